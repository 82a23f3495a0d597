"""What an engine is asked, and what it keeps on its way: findings in their order, and the units that hold back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from kpi_check.counts import Failing, Missing
from kpi_check.errors import Message
from kpi_check.issues import Finding
from kpi_check.periods import Period
from kpi_check.submission import Table


class Request(NamedTuple):
    """What is asked of the data."""

    tables: Sequence[Table]
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
    """How many findings, and how many units a target, are kept; None for all."""
    memory: int | None = None
    """About how many bytes of memory the run may take; None: as many as the engine thinks fit."""
    tell: Callable[[Message], None] = lambda _: None
    """Is told how the counting goes; what it is told is in no report."""


AUTO_BYTES = 3_000_000
"""From this size on text is read quicker by DuckDB, whose start takes longer (measured: tools/bench.py)."""


def choose(tables: Iterable[Table]) -> str:
    """The engine that is likely the quickest."""
    size = sum(file.size for table in tables if (file := table.line_file) is not None)
    return "duckdb" if size >= AUTO_BYTES else "plain"


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

    def first(self) -> tuple[Finding, ...]:
        """The kept findings, in order."""
        found = sorted(self._kept, key=Finding.order)
        return tuple(found if self._limit is None else found[: self._limit])


_Entry = tuple[int, str, str, int, int]
"""The shortfall below zero, so that entries sort as they are listed, and what `Failing` holds."""


class Worst:
    """The units that hold a target back, the largest part of the shortfall first, ties by code; up to a number of them."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._kept: list[_Entry] = []
        self._last: tuple[int, str] | None = None
        """What comes after this one is not kept."""
        self.count = 0

    def add(self, shortfall: int, code: str, name: str, numerator: int, denominator: int) -> None:
        """Count a unit, and keep it if it may be among the first."""
        self.count += 1
        if self._last is None or (-shortfall, code) <= self._last:
            self._keep((-shortfall, code, name, numerator, denominator))

    def add_first(self, units: Iterable[tuple[int, Failing]], count: int) -> None:
        """Count many units, of which the first are given with their shortfalls."""
        for behind, unit in units:
            self._keep((-behind, *unit))
        self.count += count

    def merge(self, other: Worst) -> None:
        self._kept += other._kept
        self._cut()
        self.count += other.count

    def _keep(self, entry: _Entry) -> None:
        self._kept.append(entry)
        self._cut()

    def _cut(self) -> None:
        if self._limit is not None and len(self._kept) > 2 * self._limit + 100:
            self._kept = self._first()
            self._last = self._kept[-1][:2] if self._kept else (1, "")

    def units(self) -> tuple[Failing, ...]:
        return tuple(Failing(*entry[1:]) for entry in self._first())

    def _first(self) -> list[_Entry]:
        return sorted(self._kept)[: self._limit]
