"""Parquet, read by DuckDB. Its types mean what they mean in tables in memory (`frames`, docs/python.md).

DuckDB sees nothing but the one file: a path is never a pattern or an address, and nothing is installed or loaded.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import duckdb

from kpi_check.errors import InputError, message
from kpi_check.plan import Plan
from kpi_check.readers.frames import (
    PANDAS_TWICE,
    PLACEHOLDER,
    POLARS_TWICE,
    Named,
    Wording,
    block_of,
    may_be_thousands,
    untwisted,
)
from kpi_check.readers.source import PATTERN_SIGNS, Foreign, Source, changed, unreadable
from kpi_check.scratch import Scratch
from kpi_check.submission import MAX_CELL, Block, ByItself, FileColumn, Grid, Unreadable, first_rows

_BLOCK = 2048
_FIRST = 2048
"""So many rows are looked at for the first ones that are not blank, before all are."""
_BLOCK_BYTES = 16_000_000
"""About how much text a block of rows may have."""
_MEMORY = "1GB"
"""What DuckDB may take for one file: a page of it may claim any size."""
_MOST_COLUMNS = 16_384
"""The most columns that are read: as many as a sheet has."""


def grids(source: Source, plan: Plan) -> Sequence[Grid]:
    """The one table of a Parquet file; raise InputError if it cannot be read."""
    return [ParquetGrid(_ParquetFile(source), plan)]


# --- the file --------------------------------------------------------------------------------------------------------


class _FileColumn(NamedTuple):
    """A column as the file has it: its name and place there, its type as DuckDB names it, and what it may be else."""

    name: str
    place: int
    kind: str
    logical: str


class _ParquetFile:
    """A file, as DuckDB reads it."""

    def __init__(self, source: Source) -> None:
        self.shown = source.path
        path = None if source.file is None else os.path.abspath(source.file)
        self.path = self._kept(source) if path is None or PATTERN_SIGNS.intersection(path) else path
        self._state = self._look()
        bound = {"path": self.path}
        with self.opened() as ask:
            kinds = ask("DESCRIBE FROM read_parquet([$path], hive_partitioning = false)", bound).fetchall()
            schema = ask("SELECT name, num_children, logical_type FROM parquet_schema($path)", bound).fetchall()
            ((self.rows,),) = ask("SELECT sum(num_rows) FROM parquet_file_metadata($path)", bound).fetchall()
            noted = ask("SELECT value FROM parquet_kv_metadata($path) WHERE key = 'pandas'", bound).fetchall()
        names = list(_top(schema))
        if len(names) != len(kinds) or len(names) > _MOST_COLUMNS:
            raise self.refusal(f"{len(names)} columns")
        self.columns = [
            _FileColumn(name, place, kind, logical or "")
            for place, ((name, logical), (_, kind, *_)) in enumerate(zip(names, kinds, strict=True))
        ]
        self.pandas = _of_pandas(noted)

    def _kept(self, source: Source) -> str:
        """A copy of what is no file, or has a name that may be taken for a pattern; it goes with this."""
        scratch = Scratch()
        weakref.finalize(self, scratch.close)
        path = os.path.join(scratch.path, "data.parquet")
        try:
            with source.open() as file, open(path, "wb") as kept:
                shutil.copyfileobj(file, kept)
        except OSError as error:
            raise unreadable(source.path, error) from error
        return path

    @contextmanager
    def opened(self) -> Iterator[Callable[..., duckdb.DuckDBPyConnection]]:
        """What asks DuckDB something about this file, and can do nothing else."""
        connection = duckdb.connect(
            config={
                "threads": 1,
                "memory_limit": _MEMORY,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        connection.execute("SET temp_directory = ''")
        connection.execute("SET allowed_paths = $paths", {"paths": [self.path]})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")

        def ask(text: str, values: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
            answer: duckdb.DuckDBPyConnection = self.told(lambda: connection.execute(text, values))
            return answer

        try:
            yield ask
        finally:
            connection.close()

    def told(self, do: Callable[[], Any]) -> Any:
        """What comes of asking; raise InputError if DuckDB cannot tell."""
        try:
            return do()
        except duckdb.Error as error:
            raise self.refusal(str(error)) from error
        except (UnicodeError, OverflowError, ValueError) as error:  # names and values that Python has not
            raise self.refusal(str(error)) from error
        except RuntimeError as error:
            # So it says that a signal came while it worked, and keeps what the signal's handler raised to itself.
            raise KeyboardInterrupt from error

    def refusal(self, said: str) -> InputError:
        """Why the file cannot be read, and what to do."""
        if not os.path.exists(self.path):
            return unreadable(self.shown, FileNotFoundError(2, os.strerror(2)))
        if "encrypt" in said.lower():
            return InputError(
                message("{path}: this Parquet file is encrypted", path=self.shown),
                message("write it again without encryption"),
            )
        reason = said.replace(self.path, self.shown).strip().splitlines()[:1]
        return InputError(
            message(
                "{path}: this Parquet file is damaged, or of a kind that is not read: {reason}",
                path=self.shown,
                reason=" ".join(reason),
            ),
            message("write it again where it was made, or save the table as CSV UTF-8"),
        )

    def must_be_the_same(self) -> None:
        """Raise InputError if the file was changed since it was opened."""
        if self._look() != self._state:
            raise changed(self.shown)

    def _look(self) -> tuple[int, int, int]:
        try:
            state = os.stat(self.path)
        except OSError as error:
            raise unreadable(self.shown, error) from error
        return state.st_size, state.st_mtime_ns, state.st_ino

    @property
    def rows_here(self) -> str:
        """The rows, to select from: column 3 is `c3`, whatever its name is, and `place` which row it is, from 0."""
        columns = ", ".join([*(f"c{place}" for place in range(len(self.columns))), "place"])
        return f"read_parquet([$path], hive_partitioning = false, file_row_number = true) AS t({columns})"


def _top(schema: Sequence[tuple[str, int | None, str | None]]) -> Iterator[tuple[str, str | None]]:
    """The names and logical types of the columns, without what is inside them: elements follow their group."""
    place = 1
    while place < len(schema):
        name, _, logical = schema[place]
        yield name, logical
        left = 1
        while left and place < len(schema):
            left += (schema[place][1] or 0) - 1
            place += 1


# --- what pandas notes of a table ------------------------------------------------------------------------------------


class _Pandas(NamedTuple):
    """What pandas says of a table that it wrote."""

    index_names: Sequence[str] = ()
    """The columns that were its index, by their names in the file."""
    unnamed: frozenset[str] = frozenset()
    """Those of the index that have no name."""
    kinds: Mapping[str, str] = {}
    """pandas' own types, by the names in the file."""
    levels: int = 1
    """How many levels the names of the columns have."""
    numbered: bool = False
    """Whether the names are numbers."""


def _of_pandas(noted: Sequence[tuple[Any]]) -> _Pandas | None:
    """What is noted, as far as it can be read."""
    try:
        ((text,),) = noted
        said = json.loads(text)
        index = [name for name in said["index_columns"] if isinstance(name, str)]
        columns = {str(column.get("field_name", column["name"])): column for column in said["columns"]}
        levels = said.get("column_indexes") or [{}]
        return _Pandas(
            index,
            frozenset(
                name for name in index if columns.get(name, {}).get("name") is None or _POSITIONS.fullmatch(name)
            ),
            {name: str(column.get("numpy_type")) for name, column in columns.items()},
            len(levels),
            "int" in str(levels[0].get("numpy_type")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


_POSITIONS = re.compile("__index_level_[0-9]+__")
_WITHOUT_A_TYPE = re.compile("period|interval|timedelta|duration|complex")
"""Types of pandas that Parquet has not: their numbers mean something else."""
_INTEGERS = re.compile("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")


def _arranged(file: _ParquetFile) -> tuple[list[_FileColumn], list[tuple[object, ...]], bool]:
    """The columns as tables in memory have them, the index first; their names in parts; whether they have names."""
    noted = file.pandas
    if noted is None:
        names: list[tuple[object, ...]] = [(column.name,) for column in file.columns]
        return file.columns, _as_they_were(names), True
    index = [column for name in noted.index_names for column in file.columns if column.name == name]
    index = [c for c in index if c.name not in noted.unnamed or _INTEGERS.fullmatch(c.kind) is None]
    others = [column for column in file.columns if column.name not in noted.index_names]
    numbered = bool(others) and noted.numbered and [c.name for c in others] == [str(n) for n in range(len(others))]
    named = not numbered or any(column.name not in noted.unnamed for column in index)
    first: list[tuple[object, ...]] = [("" if c.name in noted.unnamed else c.name,) for c in index]
    parts = [_parts(column.name, noted.levels) for column in others]
    rest = [tuple("" if PLACEHOLDER.fullmatch(str(p)) else p for p in name) for name in _as_they_were(parts)]
    return [*index, *others], [*first, *rest], named


def _as_they_were(names: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return list(untwisted(list(untwisted(names, PANDAS_TWICE)), POLARS_TWICE))


def _parts(name: str, levels: int) -> tuple[object, ...]:
    """A name of several levels, which stands in the file as Python writes it."""
    if levels > 1:
        try:
            parts = ast.literal_eval(name)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return (name,)
        if isinstance(parts, tuple) and len(parts) == levels:
            return parts
    return (name,)


# --- the columns -----------------------------------------------------------------------------------------------------

_AS_THEY_ARE = re.compile(
    'BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|DATE|TIMESTAMP(_S|_MS|_NS)?|UUID|"NULL"'
)
_TEXTS = re.compile("VARCHAR|JSON|ENUM.*")
_TIMES = re.compile("TIME(_NS| WITH TIME ZONE|TZ)?")
_MOMENTS = re.compile("TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ|TIMESTAMP_TZ")


class _Way(NamedTuple):
    """How a column is read: what is selected, and what is made of each value that is not null."""

    select: str
    make: Callable[[Any], object] | None = None
    is_text: bool = False
    is_foreign: bool = False


def _way(column: _FileColumn, pandas: _Pandas | None) -> _Way:
    name, kind = f"c{column.place}", column.kind
    own = pandas.kinds.get(column.name, "") if pandas is not None else ""
    if _WITHOUT_A_TYPE.search(own):
        return _foreign(name, own)
    if _AS_THEY_ARE.fullmatch(kind):
        return _Way(name)
    if _TEXTS.fullmatch(kind):
        return _Way(
            f"CASE WHEN strlen({name}) > {MAX_CELL} THEN left({name}, {MAX_CELL + 1}) ELSE {name} END", None, True
        )
    if _TIMES.fullmatch(kind):
        return _Way(f"CAST({name} AS TIME)")
    if _MOMENTS.fullmatch(kind):  # a text in UTC, whatever zone this machine is in
        return _Way(f"make_timestamp(epoch_us({name}))", _in_utc)
    return _foreign(name, kind)


def _foreign(name: str, kind: str) -> _Way:
    return _Way(f"{name} IS NOT NULL", lambda there: Foreign(kind) if there else None, is_foreign=True)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _kind(column: _FileColumn) -> str:
    """The type of a column, as tables in memory name it."""
    if "Float16" in column.logical:
        return "float16"
    return {"FLOAT": "float32", "DOUBLE": "float64"}.get(column.kind, column.kind.lower())


class _Columns(NamedTuple):
    """A `submission.ColumnFile`."""

    path: str
    rows: int
    columns: Sequence[FileColumn]


# --- the grid --------------------------------------------------------------------------------------------------------


class ParquetGrid(ByItself):
    """The rows of a Parquet file: row 0 is the names of its columns, the first row of data is row 1."""

    ended = True
    line_file = None

    def __init__(self, file: _ParquetFile, plan: Plan) -> None:
        self.path = file.shown
        self._file = file
        self._columns, names, self._named = _arranged(file)
        self._ways = [_way(column, file.pandas) for column in self._columns]
        kinds = [_kind(column) for column in self._columns]
        nan = "NaN" if file.pandas is None else ""
        self._wording = Wording(Named(self.path, names, kinds, self._named, nan), plan, self._is_grouped)
        self._heads: dict[int, Block] = {}
        self._hash: str | None = None

    def head(self, count: int) -> Block:
        """The first rows that are not blank."""
        if count not in self._heads:
            blocks = chain(self._names(), self._stretch(0, _FIRST), self._stretch(_FIRST, None))
            self._heads[count] = first_rows(blocks, count)
        return self._heads[count]

    def blocks(self) -> Iterator[Block]:
        """All rows."""
        yield from self._names()
        yield from self._stretch(0, None)
        self._file.must_be_the_same()

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Some rows, by their places among all (from 0, in order)."""
        where = "WHERE place IN (SELECT unnest(CAST($records AS BIGINT[])))"
        numbers = iter(records)
        for block in self._blocks(where, {"records": list(records)}, 0):
            yield block._replace(numbers=[next(numbers) + 1 for _ in block.rows])
        self._file.must_be_the_same()

    def sha256(self) -> str:
        """The hash of the file's bytes."""
        if self._hash is None:
            try:
                with open(self._file.path, "rb") as file:
                    self._hash = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise unreadable(self.path, error) from error
            self._file.must_be_the_same()
        return self._hash

    @cached_property
    def column_file(self) -> _Columns:
        """The file, by its columns."""
        found = zip(self._wording.names, self._columns, self._ways, strict=True)
        columns = [FileColumn(name, "" if way.is_foreign else c.kind, c.place) for name, c, way in found]
        return _Columns(self._file.path, self._file.rows, columns)

    def _is_grouped(self, place: int) -> bool:
        """Whether a float of a column is one that 1.050 may have become."""
        name = f"c{self._columns[place].place}"
        query = (
            f"SELECT {name} FROM {self._file.rows_here} WHERE {name} >= 1 AND {name} < 1000 AND {name} <> floor({name})"
        )
        with self._file.opened() as ask:
            found = ask(query, {"path": self._file.path})
            while some := self._file.told(lambda: found.fetchmany(_BLOCK)):
                if any(may_be_thousands(value) for (value,) in some):
                    return True
        return False

    def _names(self) -> Iterator[Block]:
        if self._named and self._columns:
            yield Block([self._wording.names], [0])

    def _stretch(self, first: int, most: int | None) -> Iterator[Block]:
        """Rows from a place on."""
        if first >= self._file.rows:
            return
        bounds = f"LIMIT {most}" if most is not None else f"OFFSET {first}" if first else ""
        yield from self._blocks(bounds, {}, first)

    def _blocks(self, which: str, bound: Mapping[str, object], first: int) -> Iterator[Block]:
        """Some of the rows, in blocks that do not take too much memory."""
        if not self._columns:
            return
        values, source = {"path": self._file.path, **bound}, self._file.rows_here
        lengths = " + ".join(f"coalesce(strlen(c{c.place}), 0)" for c, way in self._read() if way.is_text)
        with self._file.opened() as ask:
            size = _BLOCK
            if lengths:
                ((longest,),) = ask(f"SELECT max({lengths}) FROM (SELECT * FROM {source} {which})", values).fetchall()
                size = max(1, min(_BLOCK, _BLOCK_BYTES // max(longest or 0, 1)))
            found = ask(f"SELECT {', '.join(way.select for way in self._ways)} FROM {source} {which}", values)
            while rows := self._file.told(lambda: found.fetchmany(size)):
                block = self._block(rows, first)
                yield block
                if block.unreadable:
                    return
                first += len(rows)

    def _read(self) -> Iterator[tuple[_FileColumn, _Way]]:
        return zip(self._columns, self._ways, strict=True)

    def _block(self, rows: Sequence[Sequence[Any]], first: int) -> Block:
        """Rows as texts; those from a cell on that is too long cannot be read."""
        columns = []
        for place, (values, way) in enumerate(zip(zip(*rows, strict=True), self._ways, strict=True)):
            make = way.make
            made = values if make is None else [None if value is None else make(value) for value in values]
            columns.append(self._wording.texts(place, made, first + 1))
        long = [i for texts in columns for i, text in enumerate(texts) if len(text) > MAX_CELL]
        if not long:
            return block_of(columns, first + 1)
        readable = [texts[: min(long)] for texts in columns]
        return block_of(readable, first + 1)._replace(unreadable=Unreadable("cell-too-long", first + 1 + min(long)))
