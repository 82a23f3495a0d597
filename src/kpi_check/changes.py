"""What changed more than is likely since the period before: a figure that is ten times what it was, or a tenth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kpi_check.cells import CellReader, cell_readers
from kpi_check.issues import Finding, Place
from kpi_check.plan import CountField, Plan
from kpi_check.submission import Table, Unreadable, bind

TIMES = 10
"""How many times a figure must have grown, or shrunk, to be told."""
LEAST = 10
"""The smallest figure, of the two the larger, of which it is told."""

Figures = dict[str, int]
"""Counts by field."""


def findings(plan: Plan, tables: Iterable[Table], previous: Iterable[Table]) -> Iterator[Finding]:
    """Unlikely changes between the rows of two periods, unit by unit. A unit that either gives twice is passed over."""
    before: dict[str, Figures | None] = {}
    paths: dict[str, None] = {}
    for table in previous:
        paths[table.path] = None
        for code, _, _, figures in _rows(plan, table):
            before[code] = None if code in before else figures
    named = ", ".join(paths)
    for table in tables:
        columns = _columns(plan, table)
        for code, name, (cells, number), figures in _rows(plan, table):
            for field, value in figures.items():
                earlier = (before.get(code) or {}).get(field)
                if earlier is not None and _is_unlikely(earlier, value):
                    place = Place(table.path, table.sheet, number, columns[field])
                    args = {"field": field, "value": value, "before": earlier, "previous": named}
                    yield Finding("unlikely-change", place, args, field, code, name, cells[columns[field]])


def _is_unlikely(before: int, now: int) -> bool:
    smaller, larger = sorted((before, now))
    return smaller > 0 and larger >= LEAST and larger >= TIMES * smaller


def _columns(plan: Plan, table: Table) -> Mapping[str, int]:
    header = table.header
    return {} if header is None or isinstance(header, Unreadable) else bind(plan, header).columns


def _rows(plan: Plan, table: Table) -> Iterator[tuple[str, str | None, tuple[Sequence[str], int], Figures]]:
    """The unit's code and name, the cells with their row, and the counts, of each row that has a code."""
    columns, readers = _columns(plan, table), cell_readers(plan)
    code_column, name_column = columns.get(plan.unit.code), columns.get(plan.unit.name or "")
    if code_column is None:
        return
    counts = {n: c for n, c in columns.items() if isinstance(plan.fields[n], CountField)}
    for block in table.blocks():
        for cells, number in zip(block.rows, block.numbers, strict=True):
            if len(cells) <= max(columns.values()):
                continue
            code = readers[plan.unit.code][cells[code_column]]
            if isinstance(code, str):
                name = cells[name_column].strip() or None if name_column is not None else None
                yield code, name, (cells, number), _figures(counts, readers, cells)


def _figures(counts: Mapping[str, int], readers: Mapping[str, CellReader], cells: Sequence[str]) -> Figures:
    read = {name: readers[name][cells[column]] for name, column in counts.items()}
    return {name: value for name, value in read.items() if isinstance(value, int)}
