"""The tables of some files: each is opened when it is its turn and let go of afterwards, with what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kpi_check import totals
from kpi_check.issues import Finding
from kpi_check.plan import Plan
from kpi_check.readers import Frame, Source, open_tables
from kpi_check.submission import LeftOut, Table, Unreadable

KEPT = 16
"""So few files stay open between readings; of more, none does, so that their number costs no memory."""


class Noted(NamedTuple):
    """What a report says of a table whose rows were read."""

    path: str
    sheet: str | None
    header: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]
    sha256: str


class Tables:
    """The tables of files, in the order of their sources. They can be gone through more than once."""

    def __init__(self, plan: Plan, sources: Sequence[Source | Frame]) -> None:
        self._plan = plan
        self._sources = sources
        self._kept: dict[int, Sequence[Table]] = {}
        self.noted: dict[tuple[str, str | None], Noted] = {}
        """By file and sheet."""
        self.place = 0
        """Which of the files is being read, from 0."""
        self.after_each: Callable[[], None] = lambda: None
        """Called when a file was read."""

    @property
    def number(self) -> int:
        """How many files there are."""
        return len(self._sources)

    def __iter__(self) -> Iterator[Table]:
        """Each table, to be read to its end; then it is noted."""
        for place in range(len(self._sources)):
            self.place = place
            for table in self._open(place):
                yield table
                self.noted[table.path, table.sheet] = _note(self._plan, table)
            self.after_each()

    def unnoted(self) -> Iterator[Table]:
        """Each table, of which nothing is noted."""
        for place in range(len(self._sources)):
            yield from self._open(place)

    def dealt(self, hands: int) -> list[Tables]:
        """The files dealt out in turn to so many."""
        return [Tables(self._plan, self._sources[hand::hands]) for hand in range(hands)]

    def _open(self, place: int) -> Sequence[Table]:
        tables = self._kept.get(place)
        if tables is None:
            tables = open_tables(self._sources[place], self._plan)
            if len(self._sources) <= KEPT:
                self._kept[place] = tables
        return tables


def _note(plan: Plan, table: Table) -> Noted:
    left_out = tuple(table.left_out())
    found = tuple(table.findings())
    if any(out.what == "total" for out in left_out):
        found += tuple(totals.findings(plan, table))
    header = () if table.header is None or isinstance(table.header, Unreadable) else tuple(table.header)
    return Noted(table.path, table.sheet, header, left_out, found, table.sha256())
