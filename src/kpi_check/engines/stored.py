"""Tables as DuckDB keeps them: it reads lines of text and columns of Parquet, and tells which rows are without fault."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

import duckdb

from kpi_check.engines.answers import SomeRows
from kpi_check.engines.base import Request
from kpi_check.engines.columns import Key
from kpi_check.engines.patterns import CellPatterns, patterns_of
from kpi_check.engines.rows import Cells, ColumnCells, LineCells, RowsSql, kind_of
from kpi_check.engines.sql import DUCKDB, Values, fields_asked
from kpi_check.plan import Plan
from kpi_check.scratch import Scratch
from kpi_check.submission import (
    LINE_FILE_NEVER,
    MAX_CELL,
    ColumnFile,
    LineFile,
    Table,
)

_BESIDE, _LEAST = 250_000_000, 150_000_000
"""Of the memory that may be taken: what Python and DuckDB take beside what DuckDB can limit, and what it cannot do without."""

_AGAIN = 0.02
"""After so many seconds DuckDB is asked again to stop."""
_TEXTS = ("ENUM", "JSON")
"""Types whose cells may be long texts, which nobody counts on."""


class Asker:
    """A connection to DuckDB, for one thread at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def another(self) -> Asker:
        """A connection to the same tables, for another thread."""
        return Asker(self._connection.cursor())

    def stop(self) -> None:
        """Let what it is doing for another thread come to nothing (duckdb.InterruptException)."""
        self._connection.interrupt()

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


class Database(Asker):
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


class Beside(threading.Thread, Generic[T]):
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


def load(plan: Plan, request: Request, database: Database, table: Table, number: int) -> Stored | None:
    """Read a table, the one with this number, if it is one that may be read so."""
    patterns, values = patterns_of(plan, request, table), Values(DUCKDB)
    source = None if patterns is None else _source(table, patterns, values)
    if patterns is None or source is None:
        return None
    levels = [plan.file.submission.levels[level] for level in request.by]
    query = RowsSql(plan, patterns, source.cells, DUCKDB).rows(values, fields_asked(plan, levels))
    name = database.name()
    read, height = threading.Event(), None
    proof = Beside(partial(_is_proven, source, database, read))
    try:
        database.execute(f"CREATE TABLE {name} AS {query}", values.used(query))
        ((height,),) = database.rows(f"SELECT count(*) FROM {name}")
    except duckdb.Error:  # whatever it is that it cannot read, the reference can, or says why not
        pass
    finally:
        read.set()
    if not proof.result() or height is None or not source.has(height):
        return None
    return Stored(table, source, number, name, source.first(), height)


def _is_proven(source: _Source, database: Database, read: threading.Event) -> bool:
    """Whether a table's rows will be what they seem; if not, DuckDB is not to read on: a small file may hold no end of text."""
    proven = False
    try:
        proven = source.is_proven()
    finally:
        while not proven and not read.is_set():  # it may not have begun
            database.stop()
            read.wait(_AGAIN)
    return proven


class _Source(Protocol):
    """What the rows of a table are read from."""

    @property
    def cells(self) -> Cells:
        """How its cells are had."""

    def is_proven(self) -> bool:
        """Read it in another way; whether the rows will be what they seem."""

    def has(self, height: int) -> bool:
        """Whether so many rows are all."""

    def first(self) -> int:
        """The place of the first row of data."""

    def numbers_of(self, places: Sequence[int]) -> Sequence[int]:
        """The numbers that a person sees of the rows at some places, which are in order."""


def _source(table: Table, patterns: CellPatterns, values: Values) -> _Source | None:
    if table.line_file is not None:
        return _Lines(table, table.line_file, patterns.width, values)
    if table.column_file is not None:
        return _Columns.of(table, table.column_file, patterns, values)
    return None


class _Lines:
    """A file of text of which every line is a record."""

    def __init__(self, table: Table, file: LineFile, width: int, values: Values) -> None:
        self._table = table
        self._file = file
        never, null = map(values.bind, LINE_FILE_NEVER)
        end = values.bind({"\n": "\\n", "\r\n": "\\r\\n"}[file.line_end])
        packing = values.bind(file.packing or "none")
        lines = (
            f"read_csv({values.bind(file.path)}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,"
            f" delim = {never}, nullstr = {null}, quote = '', escape = '', comment = '', new_line = {end},"
            f" compression = {packing}, max_line_size = {2 * MAX_CELL})"
        )
        self.cells = LineCells(lines, file.delimiter, width, DUCKDB)

    def is_proven(self) -> bool:
        return self._file.is_proven()

    def has(self, height: int) -> bool:
        return self._file.has_records(height)

    def first(self) -> int:
        return self._file.records_above(self._table.header_row + 1)

    def numbers_of(self, places: Sequence[int]) -> Sequence[int]:
        return self._file.lines_of(places)


class _Columns(NamedTuple):
    """A file whose columns have types."""

    table: Table
    file: ColumnFile
    cells: ColumnCells

    @staticmethod
    def of(table: Table, file: ColumnFile, patterns: CellPatterns, values: Values) -> _Columns | None:
        """The file, if the columns that matter are texts and integers."""
        needed = set(patterns.columns.values())
        kinds = [kind_of(column.kind) for column in file.columns]
        if any(kinds[column] is None for column in needed) or any(c.kind.startswith(_TEXTS) for c in file.columns):
            return None
        names = [f"c{column.place}" for column in file.columns]
        source = f"read_parquet([{values.bind(file.path)}], hive_partitioning = false)"
        width = max(column.place for column in file.columns) + 1
        listed = ", ".join(f"c{place}" for place in range(width))
        return _Columns(table, file, ColumnCells(f"(SELECT * FROM {source} AS t({listed}))", names, kinds, DUCKDB))

    def is_proven(self) -> bool:
        self.table.sha256()
        return True

    def has(self, height: int) -> bool:
        return height == self.file.rows

    def first(self) -> int:
        return self.table.header_row

    def numbers_of(self, places: Sequence[int]) -> Sequence[int]:
        return [place + 1 for place in places]


class Stored(NamedTuple):
    """A table as DuckDB keeps it, where each row has its place among the file's as `rowid`."""

    table: Table
    source: _Source
    number: int
    """The table's place among all."""
    name: str
    """What it is called in DuckDB."""
    first: int
    """The place of the first row of data."""
    height: int
    """How many rows there are, with those above."""

    def query(self) -> str:
        """The rows that may be data."""
        return f"SELECT {self.number} AS file, rowid AS place, * FROM {self.name} WHERE rowid >= {self.first}"

    def some(self, told: Told) -> SomeRows:
        """The rows to be looked at one by one, and beside them those that tell what they are."""
        odd = {row.place for row in told.odd if row.table == self.number}
        # A row may be the columns' numbers if it is the first, or follows one that is a header, or anything but data.
        around = {row.place + 1 for row in told.odd if row.table == self.number and not row.is_data}
        around |= {last for number, _, last in told.tables if number == self.number}  # of data ends the table
        seen = sorted({place for place in around | {self.first} if place < self.height} - odd)
        return SomeRows(self.table, odd, dict(zip(self.source.numbers_of(seen), seen, strict=True)))


class Odd(NamedTuple):
    """A row that is not certainly without fault."""

    table: int
    place: int
    is_data: bool
    key: Key | None
    """None if it is not certainly known."""


class Told(NamedTuple):
    """What DuckDB tells of all rows."""

    odd: list[Odd]
    """Those that do not count there."""
    doubled: set[Key]
    """The keys that are given twice, of those that are certain."""
    tables: list[tuple[int, int, int]]
    """Tables by number: how many rows of them count, and the place of the last one."""
