"""DuckDB reads the lines, tells rows that are certainly without fault, and adds them up; the others are checked one by one.

Only files of text of which every line is a record are read so (`submission.LineFile`), and only under a header whose
columns can be told in SQL; every other table goes the way of the plain engine, and so does every row that is not
certainly without fault, with the lines around it that tell what it is. Both end in the same `Tallies`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

import duckdb

from kpi_check.checks import RowChecker
from kpi_check.counts import Failing, Outcome, Units
from kpi_check.engines import plain
from kpi_check.engines.base import Request
from kpi_check.engines.columns import CleanColumns, Key
from kpi_check.engines.kinds import Kind, Kinds, choices_of
from kpi_check.engines.sql import DUCKDB, KindsSql, LinesSql, columns_of, grouped
from kpi_check.engines.tallies import Tallies, Unit
from kpi_check.errors import message
from kpi_check.issues import Place
from kpi_check.measures import NO_VALUE, Value
from kpi_check.periods import Period
from kpi_check.plan import ChoiceField, CountField, Plan
from kpi_check.scratch import Scratch
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

_MOST_GROUPS = 20_000
"""The most scopes, their names and kinds of rows that are told apart."""
_BESIDE, _LEAST = 300_000_000, 150_000_000
"""Of the memory that may be taken: what Python and DuckDB take beside what DuckDB can limit, and what it cannot do without."""
_MOST_FIRST = 100_000
"""The most units that DuckDB lists by an order; if more are asked for, all are fetched."""


def run(plan: Plan, request: Request) -> Outcome:
    """Count everything that the plan's targets need."""
    if request.later is not None:  # whose rows count is settled file by file
        return plain.run(plan, request)
    try:
        with _Database(request.memory) as database:
            outcome = _counted(plan, request, database)
    except (duckdb.OutOfMemoryException, duckdb.IOException):  # no room for it, in memory or on the disk
        outcome = None
    if outcome is not None:
        return outcome
    request.tell(message("engine: {engine}", engine="plain"))
    return plain.run(plan, request._replace(processes=1))  # no copies of a process that DuckDB has run in


def _counted(plan: Plan, request: Request, database: _Database) -> Outcome | None:
    """What the tables say that can be read so; None if there are none."""
    tables = list(request.tables.unnoted())
    loaded = {place: rows for place, t in enumerate(tables) if (rows := _load(plan, request, database, t))}
    return _Run(plan, request, database, tables, loaded).outcome() if loaded else None


class _Asker:
    """A connection to DuckDB, for one thread at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def another(self) -> _Asker:
        """A connection to the same tables, for another thread."""
        return _Asker(self._connection.cursor())

    def execute(self, text: str, values: Mapping[str, object] | None = None) -> None:
        """Do something that has no answer."""
        try:
            self._connection.execute(text, values or None)
        except RuntimeError as error:
            # So it says that a signal came while it worked, and keeps what the signal's handler raised to itself.
            raise KeyboardInterrupt from error

    def rows(self, text: str, values: Mapping[str, object] | None = None) -> list[Any]:
        """The answer to a question."""
        self.execute(text, values)
        return self._connection.fetchall()


class _Database(_Asker):
    """DuckDB, with its temporary files in a folder of their own that goes with it."""

    def __init__(self, memory: int | None) -> None:
        try:
            self._scratch = Scratch()
        except OSError as error:
            raise duckdb.IOException from error
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": self._scratch.path,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if memory is not None:
            config["memory_limit"] = f"{max(memory - _BESIDE, _LEAST) // 1_000_000}MB"
        super().__init__(duckdb.connect(config=config))
        self._tables = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._scratch.close()

    def name(self) -> str:
        """A name for another table."""
        self._tables += 1
        return f"t{self._tables}"


T = TypeVar("T")


class _Beside(threading.Thread, Generic[T]):
    """Does something while something else goes on, in which Python's lock is let go of for the most part."""

    def __init__(self, do: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._do = do
        self._done: list[T] = []
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._done.append(self._do())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    def result(self) -> T:
        """What came of it, once it is done."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._done[0]


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
    proof = _Beside(file.is_proven)
    rows = _Rows(plan, request, request.period, database, table)
    try:
        rows.read(lines, file)
    except duckdb.Error:  # whatever it is that it cannot read, the reference can, or says why not
        proof.result()
        return None
    return rows if proof.result() and rows.prepare(file) else None


class _Rows:
    """The rows of one table in DuckDB, and which of them are not for it to count."""

    def __init__(self, plan: Plan, request: Request, period: Period, database: _Database, table: Table) -> None:
        self._plan = plan
        self._request = request
        self._period = period
        self._database = database
        self._columns = columns_of(plan)
        self._levels = [plan.file.submission.levels[level] for level in request.by]
        self._codes = [self._columns[level.code] for level in self._levels]
        self._names = [level.name for level in self._levels]
        self._keys = [self._columns[name] for name in plan.key_codes]
        self.unit = self._columns[plan.unit.code]
        """The column of the units' codes."""
        self.table = table
        self.name = database.name()
        self._odd = database.name()
        """The places of rows that are checked one by one."""
        self._doubtful = database.name()
        """Those of rows that may be no data because of what is before them."""

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
            self._kept(),
        )
        values = {**query.values, "path": file.path, "never": never, "null": null, "end": end}
        self._database.execute(f"CREATE TABLE {self.name} AS {query.text}", values)
        for name in (self._odd, self._doubtful):
            self._database.execute(f"CREATE TABLE {name} (place BIGINT)")

    def _kept(self) -> list[str]:
        """The fields that are asked for once the rows are read."""
        levels = [*self._levels, self._plan.unit]
        names = {*self._plan.key_codes, *(level.code for level in levels), *(level.name for level in levels)}
        return [n for n, f in self._plan.fields.items() if n in names or isinstance(f, ChoiceField | CountField)]

    def prepare(self, file: LineFile) -> bool:
        """Tell the rows that may be counted here; whether that can be done."""
        ((count,),) = self._database.rows(f"SELECT count(*) FROM {self.name}")
        if not file.has_records(count):
            return False
        self._first = file.records_above(self.table.header_row + 1)
        kinds = self._count_kinds()
        if kinds is None:
            return False
        self.kinds = Kinds(self._plan, self._period, kinds)
        self._sql = KindsSql(self._plan, self._period, self.kinds, self._codes, DUCKDB)
        if not self._sql.is_fit():
            return False
        self._put_aside(kinds)
        return True

    def _count_kinds(self) -> dict[Kind, int] | None:
        """How many rows there are of each kind; None if there are too many kinds in too many scopes."""
        columns = ", ".join(grouped(self._plan, self._codes, self._names))
        found = self._database.rows(
            f"SELECT {columns}, count(*) FROM {self.name} WHERE is_fine GROUP BY {columns} LIMIT {_MOST_GROUPS + 1}"
        )
        if len(found) > _MOST_GROUPS:
            return None
        kinds: Counter[Kind] = Counter()
        for row in found:
            *_, (*texts, blanks), number = row[: 2 * len(self._levels)], row[2 * len(self._levels) : -1], row[-1]
            kinds[Kind(tuple(texts), blanks)] += number
        return kinds

    def _put_aside(self, kinds: Iterable[Kind]) -> None:
        """Tell the rows that are not certainly without fault, and those that tell what they are."""
        faults = self._sql.faults()
        self._put(f"NOT is_fine OR {faults.text}", faults.values)
        self._put_kinds([kind for kind in kinds if kind not in self.kinds.known])
        first = self._first
        self._put(f"rowid < {first}")
        # A row may be the columns' numbers if it is the first, or follows one that is a header, or anything but data.
        self._database.execute(
            f"INSERT INTO {self._doubtful} SELECT {first}"
            f" UNION ALL SELECT rowid + 1 FROM {self.name} WHERE NOT is_data AND rowid >= {first}"
        )
        last = f"SELECT max(rowid) FROM {self.counted}"  # of data ends the table
        self._database.execute(f"INSERT INTO {self._odd} FROM {self._doubtful} UNION ALL {last}")

    def _put(self, test: str, values: Mapping[str, object] | None = None) -> None:
        self._database.execute(f"INSERT INTO {self._odd} SELECT rowid FROM {self.name} WHERE {test}", values)

    def _put_kinds(self, kinds: Sequence[Kind]) -> None:
        if kinds:
            columns = [*(self._columns[name] for name in choices_of(self._plan)), "CAST(blanks AS VARCHAR)"]
            listed = _by_column([(*kind.texts, str(kind.blanks)) for kind in kinds])
            self._put(f"is_fine AND ({', '.join(columns)}) IN (SELECT {_unnested(listed)})", listed)

    @property
    def counted(self) -> str:
        """What is counted here, to select from."""
        return self._beside(self._odd)

    def _beside(self, places: str) -> str:
        return f"(SELECT *, rowid FROM {self.name} WHERE NOT EXISTS (FROM {places} WHERE place = {self.name}.rowid))"

    def keys(self, rows: str) -> str:
        """A query for the keys of some of the rows."""
        return f"SELECT {', '.join(f'{key} AS k{place}' for place, key in enumerate(self._keys))} FROM {rows}"

    @property
    def all_with_key(self) -> str:
        """The rows that certainly have a key, to select from."""
        return f"(FROM {self._beside(self._doubtful)} WHERE has_key AND rowid >= {self._first})"

    def put_keys(self, keys: Iterable[Key]) -> None:
        """Leave the rows of some keys to be looked at one by one."""
        listed = _by_column(keys)
        if listed:
            self._put(f"is_fine AND ({', '.join(self._keys)}) IN (SELECT {_unnested(listed)})", listed)

    def odd_table(self) -> Table:
        """The rows that are not counted here."""
        places = self._database.rows(f"SELECT DISTINCT place FROM {self._odd} ORDER BY place")
        return _SomeRows(self.table, [place for (place,) in places if place is not None and place >= self._first])

    # counting

    def ask(self, asker: _Asker) -> _Answers:
        """What is asked of all rows that are not odd."""
        limit = self._request.limit
        most = None if limit is not None and limit > _MOST_FIRST else limit
        targets = self._plan.targets if self._plan.one_row_a_unit else ()
        queries = [self._sql.behind(self.counted, target, most) for target in targets]
        sums = self._sql.sums(self.counted, self._names)
        return _Answers(
            asker.rows(sums.text, sums.values),
            [[] if query is None else asker.rows(query.text, query.values) for query in queries],
        )

    def count(self, answers: _Answers, tallies: Tallies) -> int:
        """Let all rows count that are not odd; how many there are."""
        rows = 0
        depth, choices, figures = len(self._levels), len(choices_of(self._plan)), len(self._sql.figures)
        for row in answers.sums:
            group, names, texts = row[:depth], row[depth : 2 * depth], row[2 * depth : 2 * depth + choices]
            blanks, code, name, number, *numbers = row[2 * depth + choices :]
            known = self.kinds.known[Kind(texts, blanks)].values
            sums, one = ({**known, **self._figures(part)} for part in (numbers[:figures], numbers[figures:]))
            unit = None if code is None else Unit(code, name or "")
            tallies.add_alike(group, unit, sums, one, number)
            tallies.add_names(group, [Counter({written.strip(): number}) for written in names])
            rows += number
        for place, behind in enumerate(answers.behind):
            for *group, number, units in behind:
                if number:
                    named = ((-u[0], Failing(u[1], u[2].strip(), u[3], u[4])) for u in units or ())
                    tallies.add_behind(tuple(group), place, named, number)
        return rows

    def _figures(self, numbers: Sequence[int | None]) -> dict[str, Value]:
        return {n: NO_VALUE if v is None else int(v) for n, v in zip(self._sql.figures, numbers, strict=True)}


class _Answers(NamedTuple):
    """What DuckDB says of the rows that it counts: their sums, and for each target the units that hold it back."""

    sums: list[Any]
    behind: list[list[Any]]


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

    def __init__(
        self, plan: Plan, request: Request, database: _Database, tables: Sequence[Table], loaded: Mapping[int, _Rows]
    ) -> None:
        self._plan = plan
        self._request = request
        self._database = database
        self._tables = tables
        self._loaded = loaded

    def outcome(self) -> Outcome:
        twice = self._given_twice()
        while True:
            for rows in self._loaded.values():
                rows.put_keys(twice)
            tables = [self._loaded[i].odd_table() if i in self._loaded else t for i, t in enumerate(self._tables)]
            answers = _Beside(partial(self._ask, self._database.another()))
            done = plain.Pass(self._plan, self._request, frozenset(twice))
            try:
                done.read(tables)
                done.finished()
            finally:
                asked = answers.result()
            more = done.repeated | self._counted_too(done.seen)
            if not more:
                return self._counted(done, asked)
            twice |= more

    def _ask(self, asker: _Asker) -> list[_Answers]:
        return [rows.ask(asker) for rows in self._loaded.values()]

    def _counted(self, done: plain.Pass, asked: Sequence[_Answers]) -> Outcome:
        counts: Counter[str] = Counter()
        for rows, answers in zip(self._loaded.values(), asked, strict=True):
            counts[rows.table.path] += rows.count(answers, done.tallies)
        units = self._units(done.unit_codes())
        outcome = done.outcome()
        for table in self._tables:
            self._request.tables.note(table)
        for path, rest in outcome.rows.items():
            told = {"path": path, "number": counts[path], "rest": rest}
            self._request.tell(
                message("{path}: {number} rows counted by DuckDB, {rest} looked at more closely", **told)
            )
        numbers = {path: count + counts[path] for path, count in outcome.rows.items()}
        return outcome._replace(rows=numbers, units=units)

    def _units(self, others: Iterable[str]) -> Units:
        """All units: of the rows that are counted here, and others."""
        counted = " UNION ALL ".join(
            f"(SELECT {rows.unit} AS unit FROM {rows.counted})" for rows in self._loaded.values()
        )
        units = f"SELECT DISTINCT unit FROM ({counted} UNION ALL SELECT unnest(CAST($others AS VARCHAR[])) AS unit)"
        bound, limit = {"others": list(others)}, self._request.limit
        ((number,),) = self._database.rows(f"SELECT count(*) FROM ({units})", bound)
        first = self._database.rows(f"{units} ORDER BY unit {'' if limit is None else f'LIMIT {limit}'}", bound)
        return Units(tuple(unit for (unit,) in first), number)

    def _all_keys(self) -> str:
        return " UNION ALL ".join(f"({rows.keys(rows.counted)})" for rows in self._loaded.values())

    def _key_columns(self) -> str:
        return ", ".join(f"k{place}" for place in range(len(self._plan.key_codes)))

    def _given_twice(self) -> set[Key]:
        """The keys that are given twice among those that are certain."""
        columns = self._key_columns()
        certain = " UNION ALL ".join(f"({rows.keys(rows.all_with_key)})" for rows in self._loaded.values())
        found = self._database.rows(f"SELECT {columns} FROM ({certain}) GROUP BY {columns} HAVING count(*) > 1")
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
