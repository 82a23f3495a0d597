"""How far the reading of many files is: a bar on standard error, gone when it is done."""

from __future__ import annotations

import time
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_EVERY = 0.1
"""Seconds between two looks of the bar."""


class ProgressBar:
    """Shows how many of the files are read."""

    def __init__(self, stream: TextIO, label: str) -> None:
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=stream, markup=False, emoji=False, highlight=False),
            transient=True,
            auto_refresh=False,  # no thread: this process may make copies of itself
        )
        self._task = self._bar.add_task(label)
        self._shown = 0.0
        self._bar.start()

    def show(self, done: int, total: int) -> None:
        """Tell how many files are read, of how many."""
        now = time.monotonic()
        if now - self._shown > _EVERY or done == total:
            self._shown = now
            self._bar.update(self._task, completed=done, total=total, refresh=True)

    def close(self) -> None:
        """Take it off the screen."""
        self._bar.stop()
