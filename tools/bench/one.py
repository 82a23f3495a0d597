"""Runs one command to its end and prints, as JSON, its exit code, seconds, megabytes and why it was ended, if it was.

    python -I -S tools/bench/one.py LIMIT COMMAND [WORD...]

LIMIT is in seconds; 0 is none. Its standard output is thrown away, its standard error passed on. It is a process of its own, and a
small one: the system counts the memory of the one that starts a process as that of the process.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import threading
import time

_WATCH = 0.05
"""Seconds between two looks at the memory of a process and its children."""
_MOST = 0.85
"""The part of the machine's memory that a run may take before it is ended."""
_PSS = re.compile(r"(?m)^Pss: +(\d+) kB")


def main() -> None:
    limit, command = float(sys.argv[1]), sys.argv[2:]
    null = os.open(os.devnull, os.O_WRONLY)
    began = time.perf_counter()
    process = os.posix_spawn(
        command[0],
        command,
        {**os.environ, "LC_ALL": "C.UTF-8"},
        file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)],
        setpgroup=0,
    )
    watch = _Watch(process, limit)
    watch.start()
    try:
        _, status, usage = os.wait4(process, 0)
    except BaseException:
        os.killpg(process, signal.SIGKILL)
        raise
    seconds = time.perf_counter() - began
    watch.stop()
    megabytes = max(usage.ru_maxrss / 1024, watch.megabytes)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"code": code, "seconds": seconds, "megabytes": megabytes, "ended": watch.ended}))


class _Watch(threading.Thread):
    """Looks at a process from time to time: how much memory it and its children take; ends them when it is too much."""

    def __init__(self, process: int, limit: float) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._limit = limit
        self._until = time.monotonic() + limit if limit else None
        self._most = _MOST * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
        self._done = threading.Event()
        self.megabytes = 0.0
        self.ended = ""

    def run(self) -> None:
        while not self._done.wait(_WATCH):
            taken = _resident(_family(self._process))
            self.megabytes = max(self.megabytes, taken)
            if taken > self._most:
                self._end("out of memory")
            elif self._until is not None and time.monotonic() > self._until:
                self._end(f"over {self._limit:g} s")

    def stop(self) -> None:
        self._done.set()
        self.join()

    def _end(self, why: str) -> None:
        self.ended = why
        self._done.set()
        with contextlib.suppress(ProcessLookupError):  # it came to its end meanwhile
            os.killpg(self._process, signal.SIGKILL)


def _family(process: int) -> list[int]:
    """A process and those it has started, theirs included."""
    found = [process]
    for number in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{number}/task"):
                found += [int(child) for child in _read(f"/proc/{number}/task/{task}/children").split()]
    return found


def _resident(family: list[int]) -> float:
    """Megabytes in memory; what processes share counts once."""
    if len(family) == 1:  # the quick way
        pages = _read(f"/proc/{family[0]}/statm").split()
        return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if pages else 0.0
    shares = (_PSS.search(_read(f"/proc/{process}/smaps_rollup")) for process in family)
    return sum(int(share[1]) for share in shares if share) / 1024


def _read(path: str) -> str:
    """What /proc says; nothing when the process is gone, or where there is no /proc."""
    try:
        with open(path, encoding="ascii") as stream:
            return stream.read()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
