"""Runs whole processes and measures them: wall-clock, and memory with that of the processes they start."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("kpi-check"))
BENCH_PYTHON = str(ROOT / ".venv-bench" / "bin" / "python")
"""The Python of the tools that the program is measured beside; `make .venv-bench/installed` makes it."""
ONE = str(Path(__file__).with_name("one.py"))


class Timed(NamedTuple):
    """Seconds of wall-clock, each run, and the largest memory of a run in megabytes."""

    seconds: tuple[float, ...]
    megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Ended(NamedTuple):
    """A run that was not finished, and why."""

    why: str


class Once(NamedTuple):
    """One run: its exit code, what it wrote, seconds, megabytes, and why it was ended if it was."""

    code: int
    said: str
    seconds: float
    megabytes: float
    ended: str


def measure(commands: Mapping[str, list[str]], runs: int, limit: float | None = None) -> dict[str, Timed | Ended]:
    """Run commands in turn, so that what disturbs the machine disturbs them alike; no run longer than `limit` seconds.

    A command that does not finish is not run again. SystemExit: one of them failed.
    """
    done: dict[str, list[Once]] = {name: [] for name in commands}
    ended: dict[str, Ended] = {}
    for _ in range(runs):
        for name, command in commands.items():
            if name in ended:
                continue
            once = run(command, limit)
            if once.ended:
                ended[name] = Ended(once.ended)
            elif once.code not in (0, 1) or "Traceback" in once.said:
                raise SystemExit(f"failed: {' '.join(command)}\n{once.said}")
            done[name].append(once)
    return {
        name: ended.get(name) or Timed(tuple(o.seconds for o in ran), max(o.megabytes for o in ran))
        for name, ran in done.items()
    }


def time_each(commands: Mapping[str, list[str]], runs: int) -> dict[str, Timed]:
    """Measure commands that have no limit."""
    return {name: took for name, took in measure(commands, runs).items() if isinstance(took, Timed)}


def run(command: list[str], limit: float | None = None) -> Once:
    """Run a command to its end, its standard output thrown away."""
    words = [sys.executable, "-I", "-S", ONE, f"{limit or 0}", *command]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    once = Once(said=done.stderr, **json.loads(done.stdout))
    if not once.ended and (once.code == -signal.SIGKILL or "MemoryError" in once.said or "Out of Memory" in once.said):
        return once._replace(ended="out of memory")
    return once


def memory_megabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
