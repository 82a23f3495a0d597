"""The rows of a table, in the SQL that engines share: their values, and which of them are certainly without fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from kpi_check.engines.kinds import counts_of
from kpi_check.engines.patterns import ANYTHING, MOST_DIGITS, CellPatterns
from kpi_check.engines.sql import Dialect, Values, columns_of
from kpi_check.plan import CountField, PeriodField, Plan, TextField
from kpi_check.submission import MAX_CELL
from kpi_check.text import OLD_FONT_SIGNS


class Cells(Protocol):
    """How a table's cells are had in SQL."""

    def source(self, values: Values) -> str:
        """What to select from: whatever the cells are made of."""

    def text(self, column: int) -> str:
        """What is written in a cell."""

    def figure(self, column: int) -> str:
        """A cell as a number, as far as `fine` lets it through; NULL if it is blank."""

    def straight(self) -> list[str]:
        """Whether a row has as many cells as the table has columns, and nothing is hidden in them."""

    def fine(self, patterns: CellPatterns, values: Values) -> Iterator[str]:
        """Whether the cells of a row are as `CellPatterns.fine` has them."""


class LineCells(NamedTuple):
    """Lines of text: a relation whose column is `line`, and what is between cells."""

    lines: str
    separator: str
    width: int
    sql: Dialect

    def source(self, values: Values) -> str:
        cells = self.sql.split.format(text="line", separator=values.bind(self.separator))
        return f"(SELECT *, {cells} AS cells FROM {self.lines})"

    def text(self, column: int) -> str:
        return self.sql.cell.format(number=column + 1)

    def figure(self, column: int) -> str:
        return f"TRY_CAST({self.text(column)} AS INTEGER)"

    def straight(self) -> list[str]:
        return [f"{self.sql.size} = {self.width}", "NOT contains(line, '\"')"]

    def fine(self, patterns: CellPatterns, values: Values) -> Iterator[str]:
        # One look at the whole line is quicker than one at each cell.
        fields = {column: name for name, column in patterns.columns.items()}
        cells = [patterns.fine(fields.get(column), f'{self.separator}"') for column in range(self.width)]
        yield f"{self.sql.size} = {self.width}"
        yield self.sql.whole("line", re.escape(self.separator).join(cells), values)


class ColumnCells(NamedTuple):
    """Columns that have types: a relation, what its columns are called, and their kinds (`kind_of`)."""

    rows: str
    names: Sequence[str]
    kinds: Sequence[str | None]
    sql: Dialect

    def source(self, values: Values) -> str:
        # From such a cell on the reference reads nothing. This is a test of its own since those of what is fine are
        # left out for rows that are known not to be.
        texts = [name for name, kind in zip(self.names, self.kinds, strict=True) if kind == "text"]
        short = " AND ".join(
            f"coalesce(strlen({name}) <= {MAX_CELL} OR length({name}) <= {MAX_CELL}, TRUE)" for name in texts
        )
        return f"(SELECT * FROM {self.rows} WHERE CASE WHEN {short or 'TRUE'} THEN TRUE ELSE {self.sql.stop} END)"

    def text(self, column: int) -> str:
        name = self.names[column]
        return f"coalesce({name if self.kinds[column] == 'text' else f'CAST({name} AS VARCHAR)'}, '')"

    def figure(self, column: int) -> str:
        return f"TRY_CAST({self.names[column]} AS INTEGER)"

    def straight(self) -> list[str]:
        return []

    def fine(self, patterns: CellPatterns, values: Values) -> Iterator[str]:
        told: set[int] = set()
        for name, column in patterns.columns.items():
            pattern = patterns.fine(name)
            if self.kinds[column] == "integer" and patterns.is_count(name):
                yield f"({self.names[column]} IS NULL OR {self.names[column]} BETWEEN 0 AND {MOST_DIGITS})"
            elif pattern != ANYTHING:
                yield self.sql.whole(self.text(column), pattern, values)
                told.add(column)
        # Where any text may stand, none may go over lines: rows may be in it.
        for column, kind in enumerate(self.kinds):
            if kind == "text" and column not in told:
                yield from (f"NOT contains({self.text(column)}, {values.bind(end)})" for end in "\n\r")


def kind_of(type_name: str) -> str | None:
    """What DuckDB's name of a type means for cells: a text, or an integer; None if it is another."""
    if type_name == "VARCHAR":
        return "text"
    return "integer" if re.fullmatch("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", type_name) else None


class RowsSql:
    """Rows with what is certain of each by itself."""

    def __init__(self, plan: Plan, patterns: CellPatterns, cells: Cells, sql: Dialect) -> None:
        self._plan = plan
        self._patterns = patterns
        self._cells = cells
        self._sql = sql

    def rows(self, values: Values, kept: Iterable[str]) -> str:
        """A query for a row each: a column for each of the columns and fields that are kept, and

        `is_data`, whether it is certainly no heading, total or note; `has_key`, whether besides its key is certainly
        known; `is_fine`, whether besides nothing is wrong with it, but for what a blank means; and `blanks`, a bit for
        each count that is blank.
        """
        columns = columns_of(self._plan)
        asked = ", ".join(f"{self._value(name)} AS {column}" for name, column in columns.items())
        source = self._cells.source(values)
        fine = _all([*self._cells.fine(self._patterns, values), *self._tests_beside(values)])
        data = _all([*self._cells.straight(), *self._tests_of_data(values)])
        key = _all(self._tests_of_key(values))
        return (
            f"SELECT {', '.join(columns.get(name, name) for name in kept)}, {self._blanks()} AS blanks, is_fine, is_data,"
            f" CASE WHEN is_fine THEN TRUE ELSE is_data AND {key} END AS has_key"
            f" FROM (SELECT *, CASE WHEN is_fine THEN TRUE ELSE {data} END AS is_data"
            f" FROM (SELECT *, {asked}, {fine} AS is_fine FROM {source}))"
        )

    def _cell(self, name: str) -> str:
        column = self._patterns.columns.get(name)
        return "''" if column is None else self._cells.text(column)

    def _value(self, name: str) -> str:
        column = self._patterns.columns.get(name)
        if not isinstance(self._plan.fields[name], CountField):
            return self._cell(name)
        return "CAST(NULL AS INTEGER)" if column is None else self._cells.figure(column)

    def _blanks(self) -> str:
        columns = columns_of(self._plan)
        counts = [columns[name] for name in counts_of(self._plan)]
        any_of_them = " OR ".join(f"{column} IS NULL" for column in counts) or "FALSE"
        bits = [f"CASE WHEN {column} IS NULL THEN {1 << bit} ELSE 0 END" for bit, column in enumerate(counts)]
        return f"CASE WHEN {any_of_them} THEN CAST({' + '.join(bits) or '0'} AS BIGINT) ELSE 0 END"

    def _tests_beside(self, values: Values) -> Iterator[str]:
        """What a row without fault must be besides."""
        for name in self._patterns.columns:
            for pattern in self._patterns.more(name):
                yield self._sql.whole(self._cell(name), pattern, values)
        yield from self._tests_of_totals(values)

    def _tests_of_totals(self, values: Values) -> Iterator[str]:
        if self._patterns.named and self._patterns.totals():
            beginning = f"^(?:{'|'.join(self._patterns.totals())})"
            yield f"NOT {self._sql.found(self._cell(self._plan.unit.name or ''), beginning, values)}"

    def _tests_of_data(self, values: Values) -> Iterator[str]:
        for name in self._plan.key_codes:
            yield self._sql.whole(self._cell(name), self._patterns.key(name), values)
        if self._patterns.named:
            yield self._sql.found(self._cell(self._plan.unit.name or ""), self._patterns.letter_of_data(), values)
        yield from self._tests_of_totals(values)
        if counts_of(self._plan):  # a header of other columns has no figures
            counts = filter(self._patterns.is_count, self._patterns.columns)
            figures = [self._sql.whole(self._cell(name), "[0-9]+", values) for name in counts]
            yield f"({' OR '.join(figures) or 'FALSE'})"
        for name in self._patterns.columns:
            if isinstance(self._plan.fields[name], TextField):
                yield f"NOT {self._sql.found(self._cell(name), f'[{OLD_FONT_SIGNS}]', values)}"

    def _tests_of_key(self, values: Values) -> Iterator[str]:
        for name in self._patterns.columns:
            if isinstance(self._plan.fields[name], PeriodField):
                yield f"{self._cell(name)} IN {values.listed(self._patterns.periods)}"
        for name in self._plan.key_codes:
            for pattern in self._patterns.more(name):
                yield self._sql.whole(self._cell(name), pattern, values)


def _all(tests: Iterable[str]) -> str:
    """Whether all tests are passed."""
    return f"coalesce({' AND '.join(tests) or 'TRUE'}, FALSE)"
