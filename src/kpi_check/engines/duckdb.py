"""DuckDB reads the rows, tells which are certainly without fault, and adds them up; the others are checked one by one.

Only files of text of which every line is a record are read so (`submission.LineFile`), and columns of texts and integers
(`submission.ColumnFile`), and only under a header whose columns can be told in SQL; every other table goes the way of the
plain engine, and so does every row that is not certainly without fault, with the lines around it that tell what it is.
Both end in the same `Tallies`. It is counted again only if it is seen that some rows do not count after all: those whose
key is given twice, and those that are no data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import duckdb

from kpi_check.counts import Outcome, Units
from kpi_check.engines import plain
from kpi_check.engines.answers import SomeRows, joined, key_of, kinds_of
from kpi_check.engines.base import Request
from kpi_check.engines.columns import Key
from kpi_check.engines.sql import DUCKDB, CountsSql, Values, columns_of, kinds_asked
from kpi_check.engines.stored import Asker, Beside, Database, Odd, Stored, Told, load
from kpi_check.errors import message
from kpi_check.plan import Plan
from kpi_check.submission import Table

_MOST_KINDS, _MOST_GROUPS = 20_000, 2_000_000
"""The most kinds of rows, and of these the most in scopes, by their names, or in units that span rows."""
_MOST_ODD = 50_000
"""So many rows, or a quarter of all, are looked at one by one; else the reference does it all."""
_MOST_OUT = 1_000
"""The most rows that turn out to be no data, though they look like it."""
_MOST_FIRST = 100_000
"""The most units that DuckDB lists by an order; if more are asked for, all are fetched."""


def run(plan: Plan, request: Request) -> Outcome:
    """Count everything that the plan's targets need."""
    if request.later is not None:  # whose rows count is settled file by file
        return plain.run(plan, request)
    try:
        with Database(request.memory) as database:
            outcome = _counted(plan, request, database)
    except (duckdb.OutOfMemoryException, duckdb.IOException):  # no room for it, in memory or on the disk
        outcome = None
    if outcome is not None:
        return outcome
    request.tell(message("engine: {engine}", engine="plain"))
    return plain.run(plan, request._replace(processes=1))  # no copies of a process that DuckDB has run in


def _counted(plan: Plan, request: Request, database: Database) -> Outcome | None:
    """What the tables say that can be read so; None if there are none."""
    tables = list(request.tables.unnoted())
    loaded = {place: rows for place, t in enumerate(tables) if (rows := load(plan, request, database, t, place))}
    return _Run(plan, request, database, tables, loaded).outcome() if loaded else None


class _Sums(NamedTuple):
    """What the rows say that count in DuckDB."""

    sums: list[Any]
    """`CountsSql.sums`."""
    behind: list[list[Any]]
    """For each target: `CountsSql.behind`."""
    units: list[Any]
    """The first of their units, if each has one row."""


class _Run:
    """Everything together: what DuckDB counts, and the reference's pass over the rest."""

    def __init__(
        self, plan: Plan, request: Request, database: Database, tables: Sequence[Table], loaded: Mapping[int, Stored]
    ) -> None:
        self._plan = plan
        self._request = request
        self._database = database
        self._tables = tables
        self._loaded = loaded
        self._columns = columns_of(plan)
        self._keys = [self._columns[name] for name in plan.key_codes]
        self._levels = [plan.file.submission.levels[level] for level in request.by]
        self._twice: set[Key] = set()
        """The keys that are given twice: their rows do not count."""
        self._out = 0
        """How many rows look like data and are none."""

    def outcome(self) -> Outcome | None:
        """What is counted; None if it is not worth it."""
        all_rows = " UNION ALL ".join(rows.query() for rows in self._loaded.values())
        self._database.execute(f"CREATE VIEW r AS {all_rows}")
        assert self._request.period is not None
        found = self._database.rows(kinds_asked(self._plan, "r", _MOST_KINDS))
        kinds = kinds_of(self._plan, self._request.period, found, _MOST_KINDS)
        if kinds is None:
            return None
        self._sql = CountsSql(self._plan, self._request.period, kinds, self._levels, DUCKDB)
        if not self._sql.is_fit():
            return None
        values = Values(DUCKDB)
        self._put_aside(f"NOT ({self._sql.sure(values)})", values)
        while self._out <= _MOST_OUT and (told := self._tell()) is not None:
            sums = Beside(partial(self._sum, self._database.another()))
            try:
                done = self._pass(told)
            finally:
                answers = sums.result()
            if done is not None:
                return None if len(answers.sums) > _MOST_GROUPS else self._counted(*done, told, answers)
        return None

    def _put_aside(self, test: str, values: Values) -> None:
        """Let some rows not count here."""
        for rows in self._loaded.values():
            text = f"UPDATE {rows.name} SET is_fine = FALSE WHERE is_fine AND {test}"
            self._database.execute(text, values.used(text))

    def _put_twice(self, keys: set[Key]) -> None:
        """Let the rows of some keys not count here."""
        self._twice |= keys
        values = Values(DUCKDB)
        self._put_aside(f"({', '.join(self._keys)}) IN (SELECT {_unnested(keys, values)})", values)

    def _put_out(self, some: Mapping[int, SomeRows]) -> bool:
        """Whether rows that were counted are no data; they do not count from now on."""
        strange = {place: rows.strange() for place, rows in some.items() if rows.strange()}
        for place, places in strange.items():
            self._out += len(places)
            values = Values(DUCKDB)
            listed = f"(SELECT unnest({values.bind(sorted(places))}))"
            text = f"UPDATE {self._loaded[place].name} SET is_fine = FALSE, has_key = FALSE WHERE rowid IN {listed}"
            self._database.execute(text, values.used(text))
        return bool(strange)

    def _tell(self) -> Told | None:
        """Which rows do not count; None if there are more of them than it is good for."""
        keys = ", ".join(self._keys)
        most = max(_MOST_ODD, sum(rows.height for rows in self._loaded.values()) // 4)
        odd = self._database.rows(
            f"SELECT file, place, is_data, has_key, {keys} FROM r WHERE NOT is_fine LIMIT {most + 1}"
        )
        if len(odd) > most:
            return None
        doubled = self._database.rows(
            f"SELECT {keys} FROM r WHERE has_key GROUP BY {keys} HAVING count(*) > 1 LIMIT {most + 1}"
        )
        if len(doubled) > most:
            return None
        return Told(
            [Odd(n, place, is_data, key_of(key) if has_key else None) for n, place, is_data, has_key, *key in odd],
            set(map(key_of, doubled)),
            self._database.rows("SELECT file, count(*), max(place) FROM r WHERE is_fine GROUP BY file"),
        )

    def _sum(self, asker: Asker) -> _Sums:
        """What the rows say that count here."""
        counted = "(SELECT * FROM r WHERE is_fine)"
        values = Values(DUCKDB)
        limit = self._request.limit
        most = None if limit is not None and limit > _MOST_FIRST else limit
        targets = self._plan.targets if self._plan.one_row_a_unit else ()
        unit, first = self._columns[self._plan.unit.code], "" if limit is None else f" LIMIT {limit}"
        units = f"SELECT {unit} FROM {counted} ORDER BY {unit}{first}" if self._plan.one_row_a_unit else None
        sums = f"{self._sql.sums(counted, values)} LIMIT {_MOST_GROUPS + 1}"
        behind = [self._sql.behind(counted, target, most, values) for target in targets]

        def rows(text: str | None) -> list[Any]:
            return [] if text is None else asker.rows(text, values.used(text))

        return _Sums(rows(sums), list(map(rows, behind)), rows(units))

    def _pass(self, told: Told) -> tuple[plain.Pass, set[Any]] | None:
        """The reference's pass over the odd rows, and their units that none of the others has; None if some other row does
        not count after all.
        """
        some = {place: rows.some(told) for place, rows in self._loaded.items()}
        if told.doubled - self._twice:
            if not self._put_out(some):
                self._put_twice(told.doubled)
            return None
        done = plain.Pass(self._plan, self._request, frozenset(self._twice), self.rows_counted(told))
        done.read(some.get(place, table) for place, table in enumerate(self._tables))
        done.finished()
        if self._put_out(some):
            return None
        units: set[Any] = set(done.unit_codes())
        known = {row.key for row in told.odd if row.key is not None}
        met = self._met((set(done.seen) | (units if self._plan.one_row_a_unit else set())) - known)
        more = (done.repeated | (met & set(done.seen))) - self._twice
        if more:
            self._put_twice(more)
            return None
        return done, units - met if self._plan.one_row_a_unit else units

    def _met(self, keys: set[Key]) -> set[Key]:
        """Those of some keys that rows have that count here."""
        if not keys:
            return set()
        values, columns = Values(DUCKDB), ", ".join(self._keys)
        text = f"SELECT {columns} FROM r WHERE is_fine AND ({columns}) IN (SELECT {_unnested(keys, values)})"
        return set(map(key_of, self._database.rows(text, values.used(text))))

    def _counted(self, done: plain.Pass, others: set[Any], told: Told, answers: _Sums) -> Outcome:
        self._sql.count(answers.sums, done.tallies)
        for place, behind in enumerate(answers.behind):
            for *group, number, units in behind:
                done.tallies.add_behind(tuple(group), place, units or (), number)
        rows = self.rows_counted(told)
        all_units = self._units(answers, others, rows.total())
        return joined("DuckDB", done, self._request, self._tables, rows, all_units)

    def rows_counted(self, told: Told) -> Counter[str]:
        """How many rows of each file are counted here."""
        return Counter({self._tables[number].path: count for number, count, _ in told.tables})

    def _units(self, answers: _Sums, others: set[str], rows: int) -> Units:
        """All units: those that are counted here, so many rows, and others."""
        if self._plan.one_row_a_unit:  # no unit is twice among them
            units, number = {*(unit for (unit,) in answers.units), *others}, rows + len(others)
        else:
            units = {*(unit.code for row in answers.sums if (unit := self._sql.unit(row))), *others}
            number = len(units)
        return Units(tuple(sorted(units)[: self._request.limit]), number)


def _unnested(keys: Iterable[Key], values: Values) -> str:
    """Keys as what a query selects, a column for each of their codes."""
    listed = [key if isinstance(key, tuple) else (key,) for key in keys]
    columns = [values.bind(list(column)) for column in zip(*listed, strict=True)]
    return ", ".join(f"unnest(CAST({column} AS VARCHAR[]))" for column in columns)
