"""Spark reads the lines, tells rows that are certainly without fault, and adds them up; the others are checked one by one.

It asks what DuckDB is asked (`sql`), of the same files: those of which every line is a record. Spark has no number for a
row, so a line is told by its split of the file and its number there, which is turned into its place among all lines. All
that is asked is SQL on views, which Spark Connect has as well. Every other row and table goes the way of the reference.
"""

from __future__ import annotations

import os
import re
import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, islice
from types import TracebackType
from typing import Any, NamedTuple, Self

from kpi_check.counts import Outcome, Units
from kpi_check.engines import plain
from kpi_check.engines.answers import SomeRows, joined, key_of, kinds_of
from kpi_check.engines.base import Request
from kpi_check.engines.columns import Key
from kpi_check.engines.patterns import CellPatterns, patterns_of
from kpi_check.engines.rows import LineCells, RowsSql
from kpi_check.engines.sql import SPARK, CountsSql, Values, columns_of, fields_asked, kinds_asked
from kpi_check.engines.tallies import Tallies
from kpi_check.errors import message
from kpi_check.periods import Period
from kpi_check.plan import Plan
from kpi_check.spark import failures, read_at, session
from kpi_check.submission import LineFile, Table

_MOST_TABLES = 200
"""So many tables, the largest, are read by Spark; what it does for one takes some time, however small it is."""
_MOST_KINDS = 1000
"""The most kinds of rows that are told apart."""
_LONGEST = 10_000
"""Longer lines are looked at one by one: Java goes deeper into itself with every word that a pattern repeats."""
_MOST_LISTED = 1000
"""Of more lines than these a query is not made of, but joined with."""
_BITS = 53
"""A line's number is below 2 to this power: it has the number of a partition above 33 bits for the lines in it."""
_BETWEEN = "\n"
"""Stands between values that are bound as one text; it is in no line."""
_NO_PATH = frozenset("\\")
"""What in a path Spark takes for a sign of a pattern, beside those that no `LineFile` has in it."""


def run(plan: Plan, request: Request) -> Outcome:
    """Count everything that the plan's targets need."""
    given = session(request.memory)
    if request.later is not None:  # whose rows count is settled file by file
        return plain.run(plan, request)
    with _Asker(given) as spark:
        try:
            outcome = _counted(plan, request, spark)
        except failures():  # whatever it is that Spark cannot do, the reference can, or says why not
            outcome = None
    if outcome is not None:
        return outcome
    request.tell(message("engine: {engine}", engine="plain"))
    return plain.run(plan, request._replace(processes=1))  # no copies of a process that talks with Spark


def _counted(plan: Plan, request: Request, spark: _Asker) -> Outcome | None:
    """What the tables say that can be read so; None if there are none."""
    tables = list(request.tables.unnoted())
    fit = {place: lines for place, table in enumerate(tables) if (lines := _lines(plan, request, table)) is not None}
    largest = sorted(fit, key=lambda place: -fit[place].file.size)[:_MOST_TABLES]
    if not largest or request.period is None:
        return None
    rows = _Rows(plan, request, request.period, spark)
    with ThreadPoolExecutor(1) as beside:
        proofs = beside.submit(lambda: [place for place in largest if fit[place].file.is_proven()])
        try:
            rows.read({place: fit[place] for place in sorted(largest)})
        finally:
            proven = proofs.result()
    return _Run(plan, request, tables, rows).outcome() if rows.prepare(proven) else None


class Query(NamedTuple):
    """A text, and the values of its parameters."""

    text: str
    values: Mapping[str, object]


class _Lines(NamedTuple):
    """A table of which every line may be a record, and what its cells are like without fault."""

    file: LineFile
    patterns: CellPatterns
    header_row: int


class _Cells(LineCells):
    """Lines of text, but for very long ones."""

    def fine(self, patterns: CellPatterns, values: Values) -> Iterator[str]:
        yield f"length(line) <= {_LONGEST}"
        yield from super().fine(patterns, values)


def _lines(plan: Plan, request: Request, table: Table) -> _Lines | None:
    """How the lines of a table are asked for, if it is one that may be read so."""
    file = table.line_file
    if file is None or file.packing is not None or _NO_PATH.intersection(file.path):
        return None
    patterns = patterns_of(plan, request, table)
    return None if patterns is None else _Lines(file, patterns, table.header_row)


class _Asker:
    """A session of Spark, and the views that are made in it."""

    def __init__(self, given: Any) -> None:
        self._session = given
        self._name = f"kpi_check_{uuid.uuid4().hex}"
        self._views: list[str] = []
        self._kept: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            for name in self._views:
                self._session.catalog.dropTempView(name)
            for frame in self._kept:
                frame.unpersist()
        except failures():  # the session has ended, and they with it
            return

    def lines(self, file: LineFile) -> str:
        """A view of the lines of a file, but for blank ones and those that are no UTF-8.

        `stretch` tells the splits of the file in their order, `id` the lines of a split. Of a file that is another one
        where Spark reads it there are none.
        """
        address, changed = read_at(file.path)
        same = f"_metadata.file_size = {os.stat(file.path).st_size}"
        same += f" AND unix_millis(_metadata.file_modification_time) = {changed}"
        frame = self._session.read.text(address, lineSep=file.line_end)
        frame = frame.where(f"{same} AND value <> '' AND is_valid_utf8(value)")
        number = "monotonically_increasing_id() AS id"
        return self._view(frame.selectExpr("value AS line", "_metadata.file_block_start AS stretch", number))

    def view(self, query: Query, *, kept: bool = False) -> str:
        """A view of what a query gives. If it is kept, it is worked out once: else lines might get other numbers."""
        frame = self._session.sql(query.text, args=dict(query.values))
        if kept:
            frame.persist()
            self._kept.append(frame)
        return self._view(frame)

    def _view(self, frame: Any) -> str:
        name = f"{self._name}_{len(self._views)}"
        frame.createOrReplaceTempView(name)
        self._views.append(name)
        return name

    def rows(self, query: Query) -> list[Any]:
        """The answer to a question."""
        rows: list[Any] = self._session.sql(query.text, args=dict(query.values)).collect()
        return rows


class _Places:
    """Which place a line of a file has among all, by its number, and the other way round."""

    def __init__(self, splits: Iterable[tuple[int, int, int]]) -> None:
        """`splits` are those of a file: where it begins, the number of its first line, and how many lines it has."""
        ordered = sorted(splits)
        self._before = [0, *accumulate(count for _, _, count in ordered)]
        self.count = self._before.pop()
        self._first = [first for _, first, _ in ordered]
        self._splits = sorted(range(len(ordered)), key=self._first.__getitem__)
        self._numbers = [self._first[split] for split in self._splits]

    def place(self, number: int) -> int:
        """The place of a line, from 0."""
        split = self._splits[bisect_right(self._numbers, number) - 1]
        return self._before[split] + number - self._first[split]

    def number(self, place: int) -> int:
        """The number of the line at a place."""
        split = bisect_right(self._before, place) - 1
        return self._first[split] + place - self._before[split]


class _Part:
    """What is known of the rows of one table."""

    def __init__(self, place: int, lines: _Lines, places: _Places) -> None:
        self.place = place
        """Of the table among all."""
        self.places = places
        self.first = lines.file.records_above(lines.header_row + 1)
        """The place of the first row below the header."""
        self.odd: set[int] = set()
        """The places of rows that are checked one by one."""
        self.doubtful: set[int] = set()
        """Those of rows that may be no data because of what is before them."""

    def number(self, place: int) -> int:
        """What tells a row from all others."""
        return self.place << _BITS | self.places.number(place)

    def put_aside(self, odd: Iterable[tuple[int, bool]]) -> set[int]:
        """Tell the rows that are not counted, knowing those that may have a fault, and which of these are data for sure.

        Gives those that are not counted because of where they are.
        """
        told = {self.places.place(number): is_data for number, is_data in odd}
        # A row may be the columns' numbers if it is the first, or follows one that is a header, or anything but data.
        after = {place + 1 for place, is_data in told.items() if not is_data and place >= self.first}
        self.doubtful = {place for place in {self.first, *after} if place < self.places.count}
        aside = {*range(self.first), *self.doubtful}
        places = range(self.places.count - 1, self.first - 1, -1)
        aside.update(islice((place for place in places if place not in told and place not in aside), 1))
        # The last one that is left is among them: the end of the data is told by it.
        self.odd = told.keys() | aside
        return aside - told.keys()

    @property
    def to_check(self) -> list[int]:
        """The places of rows below the header that are not counted."""
        return sorted(place for place in self.odd if place >= self.first)

    @property
    def counted(self) -> int:
        """How many rows are counted."""
        return self.places.count - len(self.odd)


class _Rows:
    """The rows of all tables that Spark reads, and which of them are not for it to count."""

    def __init__(self, plan: Plan, request: Request, period: Period, spark: _Asker) -> None:
        self._plan = plan
        self._limit = request.limit
        self._period = period
        self._spark = spark
        self._columns = columns_of(plan)
        self._levels = [plan.file.submission.levels[level] for level in request.by]
        self._codes = [self._columns[level.code] for level in self._levels]
        self._keys = [self._columns[name] for name in plan.key_codes]
        self._unit = self._columns[plan.unit.code]
        self.parts: dict[int, _Part] = {}
        """What is known of each table, by its place."""

    # reading

    def read(self, tables: Mapping[int, _Lines]) -> None:
        """Read files: each line that is not blank is a row."""
        self._tables = tables
        texts: list[str] = []
        values: dict[str, object] = {}
        kept = ["stretch", "id", *fields_asked(self._plan, self._levels)]
        for place, (file, patterns, _) in tables.items():
            cells = _Cells(self._spark.lines(file), file.delimiter, patterns.width, SPARK)
            of_file = Values(SPARK)
            text = RowsSql(self._plan, patterns, cells, SPARK).rows(of_file, kept)
            asked = _renamed(Query(text, of_file.used(text)), f"t{place}_")
            texts.append(f"SELECT *, {place} AS place, id + {place << _BITS} AS number FROM ({asked.text})")
            values |= asked.values
        self._all = self._spark.view(Query(" UNION ALL ".join(texts), values), kept=True)
        query = f"SELECT place, stretch, min(id), count(*) FROM {self._all} GROUP BY place, stretch"
        splits: dict[int, list[tuple[int, int, int]]] = {}
        for place, start, first, count in self._spark.rows(Query(query, {})):
            splits.setdefault(place, []).append((start, first, count))
        self._places = {place: _Places(of_file) for place, of_file in splits.items()}

    def prepare(self, proven: Iterable[int]) -> bool:
        """Tell the rows that may be counted here, of tables of which each line is a record; whether that can be done."""
        for place in proven:
            places = self._places.get(place)
            if places is not None and self._tables[place].file.has_records(places.count):
                self.parts[place] = _Part(place, self._tables[place], places)
        if not self.parts:
            return False
        if len(self.parts) < len(self._tables):
            listed = ", ".join(map(str, self.parts))
            self._all = self._spark.view(Query(f"SELECT * FROM {self._all} WHERE place IN ({listed})", {}))
        found = self._spark.rows(Query(kinds_asked(self._plan, self._all, _MOST_KINDS), {}))
        kinds = kinds_of(self._plan, self._period, found, _MOST_KINDS)
        if kinds is None:
            return False
        self._sql = CountsSql(self._plan, self._period, kinds, self._levels, SPARK)
        if not self._sql.is_fit():
            return False
        self._put_aside()
        return True

    def _put_aside(self) -> None:
        """Tell the rows that are not certainly without fault, and those that tell what they are."""
        values = Values(SPARK)
        text = f"SELECT *, is_fine AND {self._sql.sure(values)} AS counts FROM {self._all}"
        told = self._spark.view(Query(text, values.used(text)))
        odd: dict[int, list[tuple[int, bool]]] = {}
        for place, number, is_data in self._spark.rows(
            Query(f"SELECT place, id, is_data FROM {told} WHERE NOT counts", {})
        ):
            odd.setdefault(place, []).append((number, is_data))
        aside = [p.number(place) for p in self.parts.values() for place in p.put_aside(odd.get(p.place, ()))]
        self._counted = self._without(f"SELECT * FROM {told} WHERE counts", aside)

    def _without(self, query: str, numbers: Collection[int]) -> str:
        """A view of rows without some."""
        listed = ", ".join(map(str, numbers))
        if len(numbers) <= _MOST_LISTED:
            return self._spark.view(Query(query + (f" AND number NOT IN ({listed})" if listed else ""), {}))
        places = "SELECT CAST(explode(split(:numbers, ', ')) AS BIGINT) AS listed"
        text = f"SELECT * FROM ({query}) LEFT ANTI JOIN ({places}) ON number = listed"
        return self._spark.view(Query(text, {"numbers": listed}))

    def _keys_of(self, rows: str) -> str:
        """A query for the keys of some of the rows."""
        return f"SELECT {', '.join(f'{key} AS k{place}' for place, key in enumerate(self._keys))} FROM {rows}"

    def given_twice(self) -> set[Key]:
        """The keys that are given twice among those that are certain."""
        doubtful = [p.number(place) for p in self.parts.values() for place in {*range(p.first), *p.doubtful}]
        certain = self._without(f"SELECT * FROM {self._all} WHERE has_key", doubtful)
        columns = ", ".join(f"k{place}" for place in range(len(self._keys)))
        query = f"SELECT {columns} FROM ({self._keys_of(certain)}) GROUP BY {columns} HAVING count(*) > 1"
        return set(map(key_of, self._spark.rows(Query(query, {}))))

    def put_keys(self, keys: Iterable[Key]) -> None:
        """Leave the rows of some keys to be looked at one by one."""
        listed = _listed(keys)
        if listed is None:
            return
        same = " AND ".join(f"{key} = k{place}" for place, key in enumerate(self._keys))
        query = f"SELECT place, id FROM {self._counted} LEFT SEMI JOIN ({listed.text}) ON {same}"
        found = self._spark.rows(listed._replace(text=query))
        for place, number in found:
            self.parts[place].odd.add(self.parts[place].places.place(number))
        if found:
            text = f"SELECT * FROM {self._counted} LEFT ANTI JOIN ({listed.text}) ON {same}"
            self._counted = self._spark.view(listed._replace(text=text))

    def counted_too(self, seen: Iterable[Key]) -> set[Key]:
        """Those of some keys that rows have that are counted."""
        listed = _listed(seen)
        if listed is None:
            return set()
        same = " AND ".join(f"counted.k{place} = listed.k{place}" for place in range(len(self._keys)))
        counted = f"({self._keys_of(self._counted)}) AS counted"
        query = f"SELECT * FROM {counted} LEFT SEMI JOIN ({listed.text}) AS listed ON {same}"
        return set(map(key_of, self._spark.rows(listed._replace(text=query))))

    # counting

    def ask(self) -> _Answers:
        """What is asked of all rows that are not odd."""
        values = Values(SPARK)
        text = self._sql.sums(self._counted, values)
        sums = self._spark.rows(Query(text, values.used(text)))
        behind = self._sql.held_back(self._counted, values) if self._plan.one_row_a_unit else None
        if behind is None:
            return _Answers(sums, {}, [])
        units, codes = self._spark.view(Query(behind, values.used(behind))), ", ".join([*self._codes, "target"])
        first: list[Any] = []
        if self._limit != 0:
            number = f"row_number() OVER (PARTITION BY {codes} ORDER BY behind, code, name, part, whole)"
            ranked = f"SELECT *, {number} AS number FROM {units}"
            text = (
                f"SELECT * FROM {units}"
                if self._limit is None
                else f"SELECT * FROM ({ranked}) WHERE number <= {self._limit}"
            )
            first = self._spark.rows(Query(text, {}))
        depth = len(self._levels) + 1
        counts = Counter(tuple(row[:depth]) for row in first)
        if self._limit is not None and max(counts.values(), default=0) == self._limit:  # there may be more
            told = self._spark.rows(Query(f"SELECT {codes}, count(*) FROM {units} GROUP BY {codes}", {}))
            counts = Counter({tuple(row[:depth]): row[depth] for row in told})
        return _Answers(sums, counts, first)

    def count(self, answers: _Answers, tallies: Tallies) -> None:
        """Let all rows count that are not odd."""
        depth = len(self._levels)
        self._sql.count(answers.sums, tallies)
        for (*group, target), number in answers.behind.items():
            tallies.add_behind(tuple(group), target, (), number)
        for row in answers.first:
            target, short, code, name, part, whole = row[depth : depth + 6]
            tallies.add_behind(tuple(row[:depth]), target, [(short, code, name, part, whole)], 0)

    def units(self, others: Iterable[str]) -> Units:
        """All units: of the rows that are counted here, and others."""
        listed = _listed(others) or Query("", {})
        more = f" UNION ALL SELECT k0 FROM ({listed.text})" if listed.text else ""
        units = f"SELECT DISTINCT unit FROM (SELECT {self._unit} AS unit FROM {self._counted}{more})"
        most = "" if self._limit is None else f" LIMIT {self._limit + 1}"
        first = [unit for (unit,) in self._spark.rows(listed._replace(text=f"{units} ORDER BY unit{most}"))]
        number = len(first)
        if self._limit is not None and number > self._limit:
            ((number,),) = self._spark.rows(listed._replace(text=f"SELECT count(*) FROM ({units})"))
        return Units(tuple(first[: self._limit]), number)


class _Answers(NamedTuple):
    """What Spark says of the rows that it counts: their sums; how many units hold a target back, and the first of these."""

    sums: list[Any]
    behind: Mapping[tuple[Any, ...], int]
    """By the codes and the target's place."""
    first: list[Any]


class _Run:
    """Everything together: what Spark counts, and the reference's pass over the rest."""

    def __init__(self, plan: Plan, request: Request, tables: Sequence[Table], rows: _Rows) -> None:
        self._plan = plan
        self._request = request
        self._tables = tables
        self._rows = rows

    def outcome(self) -> Outcome:
        twice = self._rows.given_twice()
        while True:
            self._rows.put_keys(twice)
            with ThreadPoolExecutor(1) as beside:
                answers = beside.submit(self._rows.ask)
                done = plain.Pass(self._plan, self._request, frozenset(twice), self._numbers())
                done.read(self._rest(place, table) for place, table in enumerate(self._tables))
                done.finished()
            more = done.repeated | self._rows.counted_too(done.seen)
            if not more:
                self._rows.count(answers.result(), done.tallies)
                return self._counted(done)
            twice |= more

    def _rest(self, place: int, table: Table) -> Table:
        """The rows of a table that Spark does not count."""
        part = self._rows.parts.get(place)
        return table if part is None else SomeRows(table, part.to_check, {})

    def _numbers(self) -> Counter[str]:
        """How many rows of each file Spark counts."""
        return Counter({self._tables[place].path: part.counted for place, part in self._rows.parts.items()})

    def _counted(self, done: plain.Pass) -> Outcome:
        units = self._rows.units(done.unit_codes())
        return joined("Spark", done, self._request, self._tables, self._numbers(), units)


def _renamed(query: Query, prefix: str) -> Query:
    """A query whose parameters have names of their own."""
    text = re.sub(r":(p[0-9]+)\b", rf":{prefix}\1", query.text)
    return Query(text, {f"{prefix}{name}": value for name, value in query.values.items()})


def _listed(keys: Iterable[Key]) -> Query | None:
    """A query for keys, a column for each of their codes; None if no line can have any of them."""
    listed = [key if isinstance(key, tuple) else (key,) for key in keys]
    columns = list(zip(*(key for key in listed if not any(_BETWEEN in str(code) for code in key)), strict=True))
    if not columns:
        return None
    bound: dict[str, object] = {f"k{place}": _BETWEEN.join(map(str, column)) for place, column in enumerate(columns)}
    parts = ", ".join(f"split(:k{place}, :between)" for place in range(len(columns)))
    asked = ", ".join(f"key['{place}'] AS k{place}" for place in range(len(columns)))
    return Query(f"SELECT {asked} FROM (SELECT explode(arrays_zip({parts})) AS key)", {**bound, "between": _BETWEEN})
