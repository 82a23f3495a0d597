"""Rows of totals against the sums of the rows they may stand for (docs/files.md): a difference is a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kpi_check.cells import CellReader, cell_readers
from kpi_check.issues import Finding, Place
from kpi_check.measures import NO_VALUE
from kpi_check.plan import CountField, Plan
from kpi_check.submission import LeftOut, Table, Unreadable, bind

Sums = Mapping[str, int | None]
"""A sum by field; None where a cell of it cannot be read."""


def findings(plan: Plan, table: Table) -> Iterator[Finding]:
    """What differs in a table whose rows were read. It is read once more, if it has totals."""
    breaks = [out for out in table.left_out() if out.what in ("total", "heading") and out.row is not None]
    if isinstance(table.header, Unreadable) or table.header is None or not any(b.what == "total" for b in breaks):
        return
    columns = {n: c for n, c in bind(plan, table.header).columns.items() if isinstance(plan.fields[n], CountField)}
    adding = _Adding(columns, cell_readers(plan))
    waiting = iter(sorted(breaks, key=lambda b: b.row or 0))
    following = next(waiting, None)
    last_row = table.last_row
    for block in table.blocks():
        for cells, number in zip(block.rows, block.numbers, strict=True):
            while following is not None and (following.row or 0) < number:
                adding.stop(following)
                following = next(waiting, None)
            adding.add(cells)
        if block.numbers and block.numbers[-1] >= last_row:
            break
    while following is not None:
        adding.stop(following)
        following = next(waiting, None)
    if adding.rows:
        yield from adding.differences(table)


class _Adding:
    """Sums of columns up to each break, so that those between any two are a difference."""

    def __init__(self, columns: Mapping[str, int], readers: Mapping[str, CellReader]) -> None:
        self._columns = columns
        self._readers = readers
        self._sums = dict.fromkeys(columns, 0)
        self._unread = dict.fromkeys(columns, 0)
        """How many cells cannot be read."""
        self._breaks: list[tuple[dict[str, int], dict[str, int]]] = [(dict(self._sums), dict(self._unread))]
        """What both were at the top, and at each break."""
        self._totals: list[tuple[LeftOut, int]] = []
        """Each with the place of its break."""
        self.rows = 0

    def add(self, cells: Sequence[str]) -> None:
        self.rows += 1
        for name, column in self._columns.items():
            value = self._readers[name][cells[column]] if column < len(cells) else NO_VALUE
            if isinstance(value, int):
                self._sums[name] += value
            elif value is not NO_VALUE:
                self._unread[name] += 1

    def stop(self, row: LeftOut) -> None:
        """A row of totals, or a heading, ends a section."""
        if row.what == "total":
            self._totals.append((row, len(self._breaks)))
        self._breaks.append((dict(self._sums), dict(self._unread)))

    def differences(self, table: Table) -> Iterator[Finding]:
        self._breaks.append((self._sums, self._unread))
        last = len(self._breaks) - 1
        for row, place in self._totals:
            figures = self._figures(row)
            sections = [(place - 1, place), (0, place), (place, place + 1), (0, last)]
            candidates = [self._between(start, stop) for start, stop in sections]
            agreeing = [sum(figures[n] == sums[n] for n in figures) for sums in candidates]
            best = candidates[agreeing.index(max(agreeing))] if any(agreeing) else candidates[1 if place > 1 else 0]
            for name, figure in figures.items():
                total = best[name]
                if total is not None and figure != total:
                    args = {"field": name, "total": figure, "sum": total, "difference": abs(figure - total)}
                    where = Place(table.path, table.sheet, row.row, self._columns[name])
                    yield Finding("total-differs", where, args, name, value=row.cells[self._columns[name]])

    def _figures(self, row: LeftOut) -> dict[str, int]:
        cells = {n: row.cells[c] for n, c in self._columns.items() if c < len(row.cells)}
        read = {name: self._readers[name][text] for name, text in cells.items()}
        return {name: value for name, value in read.items() if isinstance(value, int)}

    def _between(self, start: int, stop: int) -> Sums:
        (before, unread_before), (after, unread_after) = self._breaks[start], self._breaks[stop]
        return {n: None if unread_after[n] > unread_before[n] else after[n] - before[n] for n in self._columns}
