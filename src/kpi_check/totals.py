"""Rows of totals against the sums of the rows they may stand for (docs/files.md): a difference is a warning, and so is a
row that counts as a unit though its figures are the sums of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kpi_check.cells import CellReader, cell_readers
from kpi_check.errors import message
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


# --- units that are totals -------------------------------------------------------------------------------------------

_BITS = 80
"""Room for the sum of a million counts of 18 digits."""
_LEAST = 5
"""How many figures of a row must be above 0 so that it is not the sum of others by chance; fewer if the plan has fewer."""


class _Row(NamedTuple):
    number: int
    figures: int
    """All counts of the row in one number, so that rows are added and compared in one go."""
    body: str
    """The code of the level above the smallest."""
    unit: str


class _Group(NamedTuple):
    figures: int
    rows: int
    """How many of them have a figure above 0."""


def like_totals(plan: Plan, tables: Sequence[Table]) -> Iterator[Finding]:
    """Rows with a code whose figures are the sums of rows above or below them, of a body or of a table. All rows are read."""
    counts = [name for name, spec in plan.fields.items() if isinstance(spec, CountField)]
    if len(counts) < 3:
        return
    read = [_rows(plan, table, counts) for table in tables]
    groups = _groups(read)
    by_figures: dict[int, list[tuple[int | None, str | None]]] = {}
    for key, group in groups.items():
        by_figures.setdefault(group.figures, []).append(key)
    for place, (table, rows) in enumerate(zip(tables, read, strict=True)):
        runs = _Runs(rows)
        for index, row in enumerate(rows):
            if _above_zero(row.figures, len(counts)) < min(_LEAST, len(counts)):
                continue
            of = max(runs.beside(index), _of_groups(groups, by_figures, place, row))
            if of >= 2:
                args = {"reason": message("its figures are the sums of those of {number} other rows", number=of)}
                where = Place(table.path, table.sheet, row.number)
                yield Finding("unit-like-total", where, args, unit_code=row.unit or None)


def _rows(plan: Plan, table: Table, counts: Sequence[str]) -> list[_Row]:
    if table.header is None or isinstance(table.header, Unreadable):
        return []
    columns = bind(plan, table.header).columns
    readers = cell_readers(plan)
    places = [(_BITS * i, columns[name], readers[name]) for i, name in enumerate(counts) if name in columns]
    body = columns.get(plan.file.submission.levels[plan.levels[1]].code) if len(plan.levels) > 1 else None
    unit = columns.get(plan.unit.code)
    found: list[_Row] = []
    last = table.last_row
    for block in table.blocks():
        for cells, number in zip(block.rows, block.numbers, strict=True):
            values = ((shift, reader[cells[c]]) for shift, c, reader in places if c < len(cells))
            figures = sum(value << shift for shift, value in values if isinstance(value, int))
            found.append(_Row(number, figures, _cell(cells, body), _cell(cells, unit)))
        if block.numbers and block.numbers[-1] >= last > 0:
            break  # what follows is no data
    return found


def _cell(cells: Sequence[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _above_zero(figures: int, counts: int) -> int:
    most = (1 << _BITS) - 1
    return sum(bool(figures >> (_BITS * i) & most) for i in range(counts))


def _groups(read: Sequence[Sequence[_Row]]) -> dict[tuple[int | None, str | None], _Group]:
    """The sums of each table, of each body, and of each body in each table."""
    groups: dict[tuple[int | None, str | None], _Group] = {}
    for place, rows in enumerate(read):
        for row in rows:
            for key in {(place, None), (None, row.body), (place, row.body)}:
                figures, count = groups.get(key, (0, 0))
                groups[key] = _Group(figures + row.figures, count + bool(row.figures))
    return groups


def _of_groups(
    groups: Mapping[tuple[int | None, str | None], _Group],
    by_figures: Mapping[int, Sequence[tuple[int | None, str | None]]],
    place: int,
    row: _Row,
) -> int:
    """How many rows there are in a group whose sum a row is: of one without it, or of one that is twice as much with it."""
    own = {(place, None), (None, row.body), (place, row.body)}
    others = [groups[key].rows for key in by_figures.get(row.figures, ()) if key not in own]
    beside = [groups[key].rows - 1 for key in own if groups[key].figures == 2 * row.figures]
    return max([*others, *beside], default=0)


class _Runs:
    """Rows that follow each other, and their sums."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows
        self._sums = [0]
        self._filled = [0]
        for row in rows:
            self._sums.append(self._sums[-1] + row.figures)
            self._filled.append(self._filled[-1] + bool(row.figures))
        # Sums never fall, and one that is reached twice is so by rows without figures.
        self._places = {total: place for place, total in enumerate(self._sums)}

    def beside(self, index: int) -> int:
        """How many rows right above a row, or right below it, it is the sum of."""
        figures = self._rows[index].figures
        above = self._places.get(self._sums[index] - figures)
        below = self._places.get(self._sums[index + 1] + figures)
        counted = [0 if above is None else self._filled[index] - self._filled[above]]
        counted.append(0 if below is None else self._filled[below] - self._filled[index + 1])
        return max(counted)
