"""DuckDB reads the lines, tells rows that are certainly without fault, and adds them up; the others are checked one by one.

Only files of text of which every line is a record are read so (`submission.LineFile`), and only under a header whose
columns can be told in SQL; every other table goes the way of the plain engine, and so does every row that is not
certainly without fault, with the lines around it that tell what it is. Both end in the same `Tallies`.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import duckdb

from kpi_check.checks import RowChecker
from kpi_check.counts import Failing, Outcome
from kpi_check.engines import plain
from kpi_check.engines.base import Request
from kpi_check.engines.columns import CleanColumns, Key
from kpi_check.engines.kinds import Kind, Kinds, choices_of
from kpi_check.engines.sql import DUCKDB, KindsSql, LinesSql, Query, columns_of, names_units
from kpi_check.engines.tallies import Tallies, Unit
from kpi_check.issues import Place
from kpi_check.measures import NO_VALUE, Value
from kpi_check.periods import Period
from kpi_check.plan import Plan
from kpi_check.submission import (
    LINE_FILE_NEVER,
    MAX_CELL,
    Block,
    LineFile,
    Table,
    Unreadable,
    bind,
    fields_found,
)

_MOST_KINDS = 5000
_MOST_SCOPES = 5000
_MOST_FIRST = 100_000
"""The most units that DuckDB lists by an order; if more are asked for, all are fetched."""


def run(plan: Plan, request: Request) -> Outcome:
    """Count everything that the plan's targets need."""
    with _Database() as database:
        try:
            outcome = _counted(plan, request, database)
        except (duckdb.OutOfMemoryException, duckdb.IOException):  # no room for it, in memory or on the disk
            outcome = None
    return plain.run(plan, request) if outcome is None else outcome


def _counted(plan: Plan, request: Request, database: _Database) -> Outcome | None:
    """What the tables say that can be read so; None if there are none."""
    loaded = {place: rows for place, t in enumerate(request.tables) if (rows := _load(plan, request, database, t))}
    return _Run(plan, request, database, loaded).outcome() if loaded else None


class _Database:
    """DuckDB, with its temporary files in a folder of their own that goes with it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kpi-check-", ignore_cleanup_errors=True)
        self._connection = duckdb.connect(
            config={
                "temp_directory": os.path.join(self._folder.name, "spilled"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._tables = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._folder.cleanup()

    def execute(self, text: str, values: Mapping[str, object] | None = None) -> None:
        """Do something that has no answer."""
        self._connection.execute(text, values or None)

    def rows(self, text: str, values: Mapping[str, object] | None = None) -> list[Any]:
        """The answer to a question."""
        return self._connection.execute(text, values or None).fetchall()

    def name(self) -> str:
        """A name for another table."""
        self._tables += 1
        return f"t{self._tables}"


class _Proof(threading.Thread):
    """Proves that each line of a file is a record, while something else goes on."""

    def __init__(self, file: LineFile) -> None:
        super().__init__(daemon=True)
        self._file = file
        self._proven = False
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._proven = self._file.is_proven()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    def holds(self) -> bool:
        self.join()
        if self._error is not None:
            raise self._error
        return self._proven


def _load(plan: Plan, request: Request, database: _Database, table: Table) -> _Rows | None:
    """The rows of a table, if it is one that may be read so."""
    header, file = table.header, table.line_file
    if file is None or header is None or isinstance(header, Unreadable) or request.period is None:
        return None
    if not fields_found(plan, header) or plan.levels[0] in request.by:
        return None
    binding = bind(plan, header)
    checker = RowChecker(plan, binding, request.period, Place(), request.period_given)
    if CleanColumns(plan, binding, checker, request.period, request.period_given).hopeless:
        return None
    lines = LinesSql(plan, binding, table.headers, request.period, request.period_given, DUCKDB)
    if not lines.is_fit():
        return None
    proof = _Proof(file)
    rows = _Rows(plan, request, request.period, database, table)
    try:
        rows.read(lines, file)
    except duckdb.Error:  # whatever it is that it cannot read, the reference can, or says why not
        proof.holds()
        return None
    return rows if proof.holds() and rows.prepare(file) else None


class _Rows:
    """The rows of one table in DuckDB, and which of them are not for it to count."""

    def __init__(self, plan: Plan, request: Request, period: Period, database: _Database, table: Table) -> None:
        self._plan = plan
        self._request = request
        self._period = period
        self._database = database
        self._columns = columns_of(plan)
        self._levels = [plan.file.submission.levels[level] for level in request.by]
        self._keys = [self._columns[name] for name in plan.key_codes]
        self.table = table
        self.name = database.name()
        self._odd = database.name()
        """The places of rows that are checked one by one."""

    # reading

    def read(self, lines: LinesSql, file: LineFile) -> None:
        """Read the file: each line is a row, whose place among them is its `rowid`."""
        never, null = tuple(LINE_FILE_NEVER)
        end = {"\n": "\\n", "\r\n": "\\r\\n"}[file.line_end]
        query = lines.rows(
            "read_csv($path, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = $never,"
            " nullstr = $null, quote = '', escape = '', comment = '', new_line = $end, compression = 'none',"
            f" max_line_size = {2 * MAX_CELL})",
            file.delimiter,
        )
        values = {**query.values, "path": file.path, "never": never, "null": null, "end": end}
        self._database.execute(f"CREATE TEMP TABLE {self.name} AS {query.text}", values)
        self._database.execute(f"CREATE TEMP TABLE {self._odd} (place BIGINT)")

    def prepare(self, file: LineFile) -> bool:
        """Tell the rows that may be counted here; whether that can be done."""
        ((count,),) = self._database.rows(f"SELECT count(*) FROM {self.name}")
        if count != file.records:
            return False
        self._first = file.records_above(self.table.header_row + 1)
        kinds = self._count_kinds()
        if len(kinds) > _MOST_KINDS:
            return False
        self.kinds = Kinds(self._plan, self._period, kinds)
        codes = [level.code for level in self._levels]
        self._sql = KindsSql(self._plan, self._period, self.kinds, codes, DUCKDB)
        if not self._sql.is_fit():
            return False
        self._put_aside(kinds)
        return len(self._names()) <= _MOST_SCOPES

    def _count_kinds(self) -> dict[Kind, int]:
        choices = [self._columns[name] for name in choices_of(self._plan)]
        grouped = ", ".join([*choices, "blanks"])
        found = self._database.rows(
            f"SELECT {grouped}, count(*) FROM {self.name} WHERE is_fine GROUP BY {grouped} LIMIT {_MOST_KINDS + 1}"
        )
        return {Kind(tuple(row[:-2]), row[-2]): row[-1] for row in found}

    def _put_aside(self, kinds: Iterable[Kind]) -> None:
        """Tell the rows that are not certainly without fault, and those that tell what they are."""
        faults = self._sql.faults()
        self._put(f"NOT is_fine OR {faults.text}", faults.values)
        for kind in kinds:
            if kind not in self.kinds.known:
                self._put_kind(kind)
        first = self._first
        self._put(f"rowid < {first}")
        # What a row is may rest on those before and behind it; and the last row of data ends the table.
        others = f"SELECT {first} UNION ALL SELECT rowid + 1 FROM {self.name} WHERE NOT is_data AND rowid >= {first}"
        last = f"SELECT max(rowid) FROM {self.counted}"
        self._database.execute(f"INSERT INTO {self._odd} SELECT * FROM ({others} UNION ALL {last})")

    def _put(self, test: str, values: Mapping[str, object] | None = None) -> None:
        self._database.execute(f"INSERT INTO {self._odd} SELECT rowid FROM {self.name} WHERE {test}", values)

    def _put_kind(self, kind: Kind) -> None:
        texts = {f"v{place}": text for place, text in enumerate(kind.texts)}
        choices = [self._columns[name] for name in choices_of(self._plan)]
        tests = [f"{column} = $v{place}" for place, column in enumerate(choices)]
        self._put(" AND ".join([*tests, f"blanks = {kind.blanks}"]), texts)

    @property
    def counted(self) -> str:
        """What is counted here, to select from."""
        return f"(SELECT *, rowid FROM {self.name} WHERE NOT EXISTS (FROM {self._odd} WHERE place = {self.name}.rowid))"

    @property
    def keys(self) -> str:
        """A query for the keys of what is counted here."""
        return f"SELECT {', '.join(f'{key} AS k{place}' for place, key in enumerate(self._keys))} FROM {self.counted}"

    def put_keys(self, keys: Iterable[Key]) -> None:
        """Leave the rows of some keys to be looked at one by one."""
        listed = _by_column(keys)
        if listed:
            self._put(f"({', '.join(self._keys)}) IN (SELECT {_unnested(listed)})", listed)

    def odd_table(self) -> Table:
        """The rows that are not counted here."""
        places = self._database.rows(f"SELECT DISTINCT place FROM {self._odd} ORDER BY place")
        return _SomeRows(self.table, [place for (place,) in places if place is not None and place >= self._first])

    # counting

    def count(self, tallies: Tallies) -> int:
        """Let all rows count that are not odd; how many there are."""
        rows = 0
        choices, figures = len(choices_of(self._plan)), len(self._sql.figures)
        for row in self._answers(self._sql.sums(self.counted)):
            group, rest = row[: len(self._levels)], row[len(self._levels) :]
            kind = Kind(tuple(rest[:choices]), rest[choices])
            code, name, number, *numbers = rest[choices + 1 :]
            known = self.kinds.known[kind].values
            sums, one = ({**known, **self._figures(part)} for part in (numbers[:figures], numbers[figures:]))
            unit = None if code is None else Unit(code, name or "")
            tallies.add_alike(group, unit, sums, one, number)
            rows += number
        for row in self._names():
            depth = len(self._levels)
            group, names, number = row[:depth], row[depth:-1], row[-1]
            tallies.add_names(group, [Counter({name.strip(): number}) for name in names])
        named = [place for place, target in enumerate(self._plan.targets) if names_units(target)]
        if named and self._plan.one_row_a_unit:
            self._count_behind(tallies, named)
        return rows

    def _figures(self, numbers: Sequence[int | None]) -> dict[str, Value]:
        return {n: NO_VALUE if v is None else int(v) for n, v in zip(self._sql.figures, numbers, strict=True)}

    def _names(self) -> list[Any]:
        """How many rows give each name to the codes of their levels."""
        names = [level.name for level in self._levels]
        return self._answers(self._sql.names(self.counted, names)) if names else []

    def _count_behind(self, tallies: Tallies, targets: Sequence[int]) -> None:
        limit = self._request.limit
        query = self._sql.behind(self.counted, None if limit is not None and limit > _MOST_FIRST else limit)
        depth = len(self._levels)
        for row in self._answers(query):
            group, answers = row[:depth], row[depth:]
            for place, number, units in zip(targets, answers[::2], answers[1::2], strict=True):
                if number:
                    named = ((u[4], Failing(u[0], u[1].strip(), u[2], u[3])) for u in units or ())
                    tallies.add_behind(group, place, named, number)

    def _answers(self, query: Query) -> list[Any]:
        return self._database.rows(query.text, query.values)


class _SomeRows:
    """A table of which only some rows are read."""

    def __init__(self, table: Table, places: Sequence[int]) -> None:
        self._table = table
        self._places = places

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def blocks(self) -> Iterator[Block]:
        """The rows."""
        return self._table.blocks_of(self._places)


class _Run:
    """Everything together: what DuckDB counts, and the reference's pass over the rest."""

    def __init__(self, plan: Plan, request: Request, database: _Database, loaded: Mapping[int, _Rows]) -> None:
        self._plan = plan
        self._request = request
        self._database = database
        self._loaded = loaded

    def outcome(self) -> Outcome:
        twice = self._given_twice()
        while True:
            for rows in self._loaded.values():
                rows.put_keys(twice)
            tables = [
                self._loaded[i].odd_table() if i in self._loaded else t for i, t in enumerate(self._request.tables)
            ]
            done = plain.Pass(self._plan, self._request._replace(tables=tables), frozenset(twice))
            done.run()
            more = done.repeated | self._counted_too(done.seen)
            if not more:
                return self._counted(done)
            twice |= more

    def _counted(self, done: plain.Pass) -> Outcome:
        counts: Counter[str] = Counter()
        for rows in self._loaded.values():
            counts[rows.table.path] += rows.count(done.tallies)
        outcome = done.outcome()
        return outcome._replace(rows={path: count + counts[path] for path, count in outcome.rows.items()})

    def _all_keys(self) -> str:
        return " UNION ALL ".join(f"({rows.keys})" for rows in self._loaded.values())

    def _key_columns(self) -> str:
        return ", ".join(f"k{place}" for place in range(len(self._plan.key_codes)))

    def _given_twice(self) -> set[Key]:
        """The keys that are given twice among the rows that are counted in DuckDB."""
        columns = self._key_columns()
        found = self._database.rows(
            f"SELECT {columns} FROM ({self._all_keys()}) GROUP BY {columns} HAVING count(*) > 1"
        )
        return set(map(_key, found))

    def _counted_too(self, seen: Iterable[Key]) -> set[Key]:
        """Those of some keys that rows have that are counted in DuckDB."""
        listed = _by_column(seen)
        if not listed:
            return set()
        columns = self._key_columns()
        found = self._database.rows(
            f"SELECT {columns} FROM ({self._all_keys()}) WHERE ({columns}) IN (SELECT {_unnested(listed)})", listed
        )
        return set(map(_key, found))


def _key(row: Sequence[Any]) -> Key:
    return row[0] if len(row) == 1 else tuple(row)


def _by_column(keys: Iterable[Key]) -> dict[str, list[Any]]:
    """Keys as a list of values for each of their columns."""
    listed = [key if isinstance(key, tuple) else (key,) for key in keys]
    return {f"k{place}": list(column) for place, column in enumerate(zip(*listed, strict=True))}


def _unnested(listed: Mapping[str, list[Any]]) -> str:
    return ", ".join(f"unnest(CAST(${name} AS VARCHAR[]))" for name in listed)
