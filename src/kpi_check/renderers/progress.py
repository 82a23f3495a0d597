"""How far the reading of many files is: a bar on standard error, gone when it is done."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


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
        )
        self._task = self._bar.add_task(label)
        self._bar.start()

    def show(self, done: int, total: int) -> None:
        """Tell how many files are read, of how many."""
        self._bar.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take it off the screen."""
        self._bar.stop()
