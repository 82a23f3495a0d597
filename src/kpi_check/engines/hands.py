"""Work dealt out to processes: they are copies of this one, share what it has, and send back what they found."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import TypeVar, cast

from kpi_check import ended
from kpi_check.errors import KpiCheckError, message

T = TypeVar("T")
Work = Callable[[int, Callable[[], None]], T]
"""Does the work of a hand (from 0); calls what it is given whenever a piece of it is done."""


class GaveUpError(Exception):
    """A hand could not go on at a piece of its work (from 0)."""

    def __init__(self, piece: int, why: Exception) -> None:
        super().__init__(piece, why)
        self.piece = piece
        self.why = why


def can_help() -> bool:
    """Whether this system makes copies of a process."""
    return "fork" in multiprocessing.get_all_start_methods()


def all_hands(work: Work[T], hands: int, after_each: Callable[[], None]) -> list[T]:
    """What each hand found. Of those that give up, the one at the earliest piece of all decides what is raised.

    Pieces are dealt in turn: hand 1 of 3 has the pieces 1, 4, 7 and so on.
    """
    found: dict[int, T] = {}
    gave_up: list[tuple[int, Exception]] = []
    with _started(work, hands) as lines:
        while lines:
            for line in wait(list(lines)):
                hand = lines[cast("Connection", line)]
                said = _hear(cast("Connection", line))
                if said == "piece":
                    after_each()
                    continue
                del lines[cast("Connection", line)]
                if isinstance(said, GaveUpError):
                    gave_up.append((hand + hands * said.piece, said.why))
                else:
                    (found[hand],) = cast("tuple[T]", said)
    if gave_up:
        raise min(gave_up, key=lambda one: one[0])[1]
    return [found[hand] for hand in range(hands)]


@contextmanager
def _started(work: Work[T], hands: int) -> Iterator[dict[Connection, int]]:
    """Processes at work, by the lines on which they can be heard; none outlives this."""
    fork = multiprocessing.get_context("fork")
    lines: dict[Connection, int] = {}
    processes = []
    try:
        for hand in range(hands):
            here, there = fork.Pipe(duplex=False)
            lines[here] = hand
            process = fork.Process(target=_do, args=(work, hand, there, list(lines)), daemon=True)
            with _deaf():  # until it can be asked to end
                process.start()
            there.close()
            processes.append(process)
        yield lines
    finally:
        for process in processes:
            process.terminate()
            process.join()
        for line in lines:
            line.close()


@contextmanager
def _deaf() -> Iterator[None]:
    """Put off the signals that ask a run to end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ended.ASKING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hear(line: Connection) -> object:
    try:
        return line.recv()
    except EOFError as error:
        raise KpiCheckError(
            message("one of the processes that read the files was stopped"),
            message("run again; if there is too little memory, close other programs"),
        ) from error


def _do(work: Work[T], hand: int, line: Connection, heard: Sequence[Connection]) -> None:
    """What a hand does, in a process of its own; it ends without what this process has yet to clean up.

    A signal that asks it to end does so at once. It lets go of the ends at which hands are heard, so that it learns it when nobody listens any more.
    """
    ended.no_longer()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ended.ASKING)
    for other in heard:
        other.close()
    try:
        line.send((work(hand, lambda: line.send("piece")),))
    except GaveUpError as error:
        line.send(error)
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(1)
    line.close()
    os._exit(0)
