"""The tables of some files: each is opened when it is its turn and let go of afterwards, with what is noted of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from kpi_check import totals
from kpi_check.issues import Finding
from kpi_check.plan import Plan
from kpi_check.readers import Frame, Source, open_tables
from kpi_check.readers.source import changed
from kpi_check.submission import Block, LeftOut, Table, Unreadable, bind
from kpi_check.text import code_key

KEPT = 16
"""So few files stay open between readings; of more, none does, so that their number costs no memory."""


class Noted(NamedTuple):
    """What a report says of a table whose rows were read."""

    path: str
    sheet: str | None
    header: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]
    last_row: int
    sha256: str


class Tables:
    """The tables of files, in the order of their sources. They can be gone through more than once."""

    def __init__(self, plan: Plan, sources: Sequence[Source | Frame], only: AbstractSet[str] | None = None) -> None:
        self._plan = plan
        self._sources = sources
        self._only = only
        """The units whose rows there are; None for all rows."""
        self._kept: dict[int, Sequence[Table]] = {}
        self._states: dict[str, tuple[int, int]] = {}
        """How each file was when it was first opened: its size, and when it was changed."""
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
                self.note(table)
            self.after_each()

    def note(self, table: Table) -> None:
        """Note what a report says of a table whose rows were read."""
        new, old = _note(self._plan, table), self.noted.get((table.path, table.sheet))
        if old is not None and old.sha256 != new.sha256:
            raise changed(table.path)
        self.noted[table.path, table.sheet] = new

    def unnoted(self) -> Iterator[Table]:
        """Each table, of which nothing is noted."""
        for place in range(len(self._sources)):
            yield from self._open(place)

    def dealt(self, hands: int) -> list[Tables]:
        """The files dealt out in turn to so many."""
        parts = [Tables(self._plan, self._sources[hand::hands], self._only) for hand in range(hands)]
        for part in parts:
            part.noted, part._states = dict(self.noted), self._states
        return parts

    def _must_be_the_same(self, source: Source | Frame) -> None:
        """Refuse a file that was changed since it was opened first."""
        state = _state(source.file) if isinstance(source, Source) and source.file is not None else None
        if state is not None and self._states.setdefault(source.path, state) != state:
            raise changed(source.path)

    def _open(self, place: int) -> Sequence[Table]:
        tables = self._kept.get(place)
        self._must_be_the_same(self._sources[place])
        if tables is None:
            tables = open_tables(self._sources[place], self._plan)
            if self._only is not None:
                some = [_RowsOf(self._plan, table, self._only) for table in tables]
                tables = [table for table in some if table.tells_anything()]
            if len(self._sources) <= KEPT:
                self._kept[place] = tables
        return tables


def _state(path: str) -> tuple[int, int] | None:
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return state.st_size, state.st_mtime_ns


class _RowsOf:
    """A table with the rows of some units alone."""

    line_file = None
    column_file = None

    def __init__(self, plan: Plan, table: Table, units: AbstractSet[str]) -> None:
        self._table = table
        self._units = units
        self.path, self.sheet = table.path, table.sheet
        self.header, self.header_row = table.header, table.header_row
        known = self.header is not None and not isinstance(self.header, Unreadable)
        self._column = bind(plan, table.header or ()).columns.get(plan.unit.code) if known else None  # type: ignore[arg-type] # known

    def tells_anything(self) -> bool:
        """Whether it has such rows, or something that cannot be read."""
        return not isinstance(self.header, Sequence) or any(block.rows or block.unreadable for block in self.blocks())

    @property
    def last_row(self) -> int:
        """The last row of data."""
        return self._table.last_row

    def blocks(self) -> Iterator[Block]:
        """The rows of these units."""
        for block in self._table.blocks():
            kept = [
                (row, number)
                for row, number in zip(block.rows, block.numbers, strict=True)
                if self._column is not None and self._column < len(row) and code_key(row[self._column]) in self._units
            ]
            yield block._replace(rows=[row for row, _ in kept], numbers=[number for _, number in kept])

    @property
    def headers(self) -> Sequence[Sequence[str]]:
        """The header, and the rows that it is made of."""
        return self._table.headers

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Some records: there is no `line_file` to tell which."""
        raise NotImplementedError

    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return self._table.sha256()

    def left_out(self) -> Sequence[LeftOut]:
        """Nothing: a part of a table has no totals."""
        return ()

    def findings(self) -> Sequence[Finding]:
        """What is to be said of the table as a whole."""
        return self._table.findings()


def _note(plan: Plan, table: Table) -> Noted:
    left_out = tuple(table.left_out())
    found = tuple(table.findings())
    if any(out.what == "total" for out in left_out):
        found += tuple(totals.findings(plan, table))
    header = () if table.header is None or isinstance(table.header, Unreadable) else tuple(table.header)
    return Noted(table.path, table.sheet, header, left_out, found, table.last_row, table.sha256())
