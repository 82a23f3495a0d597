"""A run that is asked to end does so, and leaves nothing behind: by Ctrl-C, by the system, by a terminal that closes."""

from __future__ import annotations

import signal
import sys
from types import FrameType

ASKING = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)
"""The signals that ask for it, of those that the system has."""
_asked: list[int] = []


def listen() -> None:
    """From now on, end the run (SystemExit) when a signal asks for it, unless that is ignored (as by nohup)."""
    for number in ASKING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)


def no_longer() -> None:
    """Leave it to the system again: there is nothing to be tidied."""
    for number in ASKING:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def code() -> int | None:
    """The exit code of a run that was asked to end, as shells have it; None if it was not."""
    return 128 + _asked[0] if _asked else None


def _end(number: int, _: FrameType | None) -> None:
    no_longer()  # who asks again is not kept waiting
    _asked.append(number)
    sys.exit(code())
