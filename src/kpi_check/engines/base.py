"""What an engine is asked, and what it keeps on its way: findings in their order, and the units that hold back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

from kpi_check.counts import Failing, Missing
from kpi_check.errors import Message
from kpi_check.issues import Finding
from kpi_check.periods import Period
from kpi_check.submission import Table


class Tables(Protocol):
    """The tables to read, which can be gone through more than once; each is read before the next one is asked for."""

    noted: dict[tuple[str, str | None], Any]
    """What is noted of each table when it was read, by file and sheet."""
    place: int
    """Which of the files is being read, from 0."""
    after_each: Callable[[], None]
    """Called when a file was read."""

    @property
    def number(self) -> int:
        """How many files there are."""

    def __iter__(self) -> Iterator[Table]:
        """Each table, in the order of the files, to be read to its end; then it is noted."""

    def unnoted(self) -> Iterator[Table]:
        """Each table, of which nothing is noted."""

    def note(self, table: Table) -> None:
        """Note what a report says of a table whose rows were read."""

    def dealt(self, hands: int) -> Sequence[Self]:
        """The files dealt out in turn to so many."""


class Request(NamedTuple):
    """What is asked of the data."""

    tables: Tables
    period: Period | None
    period_given: bool
    """Whether the user named the period; else it is the data's own."""
    by: tuple[str, ...] = ()
    """The levels to give results for, beside the whole."""
    missing: tuple[Missing, ...] = ()
    """Who was expected and did not report."""
    roster_names: Mapping[str, Mapping[str, str]] = {}
    """By level, what a roster calls its codes, for want of rows that do."""
    limit: int | None = 1000
    """How many findings, and how many units, are kept; None for all."""
    later: Mapping[str, int] | None = None
    """When each file was changed last: a unit in two files is as the later one says. None: it is an error."""
    processes: int = 1
    """How many processes may read files."""
    memory: int | None = None
    """About how many bytes of memory the run may take; None: as many as the engine thinks fit."""
    tell: Callable[[Message], None] = lambda _: None
    """Is told how the counting goes; what it is told is in no report."""


AUTO_BYTES, AUTO_ROWS, AUTO_FILES = 3_000_000, 10_000, 16
"""From so much text, or so many rows of columns, on DuckDB is quicker, whose start takes longer (measured: tools/bench), if it is
in so few files."""


def choose(tables: Tables) -> str:
    """The engine that is likely the quickest."""
    if tables.number > AUTO_FILES:
        return "plain"
    size = rows = 0
    for table in tables.unnoted():
        if (text := table.line_file) is not None:
            size += text.size
        elif (columns := table.column_file) is not None:
            rows += columns.rows
    return "duckdb" if size >= AUTO_BYTES or rows >= AUTO_ROWS else "plain"


class FindingLog:
    """Keeps the first findings in their order, and the number of all."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._kept: list[Finding] = []
        self.counts: Counter[str] = Counter()
        """How many there are of each code."""

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.counts[finding.code] += 1
            self._kept.append(finding)
        if self._limit is not None and len(self._kept) > 2 * self._limit + 1000:
            self._kept = list(self.first())

    def merge(self, other: FindingLog) -> None:
        """Take what another log has."""
        counts = self.counts + other.counts
        self.add(other._kept)
        self.counts = counts

    def first(self) -> tuple[Finding, ...]:
        """The kept findings, in order."""
        found = sorted(self._kept, key=Finding.order)
        return tuple(found if self._limit is None else found[: self._limit])


Entry = tuple[int, str, str, int, int]
"""A unit that holds a target back: the shortfall below zero, so that entries sort as they are listed, and what `Failing` holds."""


class Worst:
    """The units that hold a target back, the largest part of the shortfall first, ties by code; up to a number of them."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._kept: list[Entry] = []
        self._last: tuple[int, str] | None = None
        """What comes after this one is not kept."""
        self.count = 0

    def add(self, shortfall: int, code: str, name: str, numerator: int, denominator: int) -> None:
        """Count a unit, and keep it if it may be among the first."""
        self.count += 1
        if self._last is None or (-shortfall, code) <= self._last:
            self._keep((-shortfall, code, name, numerator, denominator))

    def add_first(self, units: Iterable[Entry], count: int) -> None:
        """Count many units, of which the first are given."""
        self._kept += units
        self._cut()
        self.count += count

    def merge(self, other: Worst) -> None:
        self._kept += other._kept
        self._cut()
        self.count += other.count

    def _keep(self, entry: Entry) -> None:
        self._kept.append(entry)
        self._cut()

    def _cut(self) -> None:
        if self._limit is not None and len(self._kept) > 2 * self._limit + 100:
            self._kept = self._first()
            self._last = self._kept[-1][:2] if self._kept else (1, "")

    def units(self) -> tuple[Failing, ...]:
        return tuple(Failing(*entry[1:]) for entry in self._first())

    def _first(self) -> list[Entry]:
        return sorted(self._kept)[: self._limit]
