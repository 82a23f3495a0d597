"""Tables that are in memory already: pandas, polars, Arrow, DuckDB, Spark. What their values mean is in docs/python.md.

pandas and polars are read by their own columns, block by block; everything else through the Arrow C stream, which is what
such libraries have in common. None of them is imported unless a table of it was given.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from kpi_check.errors import InputError, UsageError, message
from kpi_check.plan import Plan
from kpi_check.readers.layout import header_text
from kpi_check.readers.source import Column, Foreign, Frame
from kpi_check.submission import Block, ByItself, Grid, first_rows
from kpi_check.text import label_key

_BLOCK = 2048


class ArrowStream(Protocol):
    """A table of any library: what has the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Lazy(Protocol):
    """A query of polars or Spark, of which the table is made when it is asked for."""

    def collect(self) -> Any: ...


def is_frame(data: object) -> bool:
    """Whether something is a table of a library that is known."""
    return _adapter(data) is not None or hasattr(type(data), "__arrow_c_stream__")


UNNAMED = "<table>"
"""What reports call a table that was given no name."""


def frame(path: str, data: object) -> Frame:
    """A table as a source; raise UsageError if it is none."""
    try:
        return (_adapter(data) or _of_arrow)(path, data)
    except ImportError as error:
        raise UsageError(
            message("a table of type {type} needs pyarrow, which is not installed", type=type(data).__name__),
            message("pip install 'kpi-check[arrow]'"),
        ) from error


def frames(tables: Iterable[object]) -> list[Frame]:
    """Tables without a name, numbered if there are several."""
    listed = list(tables)
    names = [UNNAMED] if len(listed) == 1 else [f"<table {number}>" for number in range(1, len(listed) + 1)]
    return [frame(name, table) for name, table in zip(names, listed, strict=True)]


def named_frames(tables: Mapping[Any, object]) -> list[Frame]:
    """Tables by their names; raise UsageError if something else is there."""
    for name, table in tables.items():
        if not isinstance(name, str) or not name.strip():
            raise UsageError(message("the name of a table is of type {type}", type=type(name).__name__), _NAMED)
        if not is_frame(table):
            raise UsageError(
                message("{path}: this is no table, but of type {type}", path=name, type=type(table).__name__), _NAMED
            )
    return [frame(name, table) for name, table in tables.items()]


_NAMED = message("give tables by their names: {example}", example='{"north": frame, "south": frame}')


# --- libraries -------------------------------------------------------------------------------------------------------


def _adapter(data: object) -> Callable[[str, Any], Frame] | None:
    """What reads a table, by the library of its class or of one that this is made from."""
    for kind in type(data).__mro__:
        found = _ADAPTERS.get((kind.__module__.partition(".")[0], kind.__name__))
        if found is not None:
            return found
    return None


PLACEHOLDER = re.compile(r"Unnamed: [0-9]+(?:_level_[0-9]+)?")
PANDAS_TWICE = re.compile(r"(.+)\.[0-9]+", re.DOTALL)
POLARS_TWICE = re.compile(r"(.+)_duplicated_[0-9]+", re.DOTALL)


def _of_pandas(path: str, data: Any) -> Frame:
    index = [data.index.get_level_values(level) for level in range(data.index.nlevels)]
    kept = [level for level in index if level.name is not None or level.dtype.kind not in "iu"]
    names = [name if isinstance(name, tuple) else (name,) for name in data.columns]
    numbered = bool(names) and names == [(place,) for place in range(len(names))]
    named = not numbered or any(level.name is not None for level in kept)
    columns = [_pandas_column(("" if level.name is None else level.name,), level, level.__getitem__) for level in kept]
    for place, name in enumerate(untwisted(names, PANDAS_TWICE)):
        series = data.iloc[:, place]
        columns.append(_pandas_column(name, series, series.iloc.__getitem__))
    return Frame(path, columns, len(data), named, nan="")


def _pandas_column(name: Sequence[object], series: Any, part: Callable[[slice], Any]) -> Column:
    parts = ["" if isinstance(text, str) and PLACEHOLDER.fullmatch(text) else text for text in name]
    values = getattr(series.dtype, "categories", series)
    return Column(parts, lambda first, end: part(slice(first, end)).tolist(), str(values.dtype))


def _of_polars(path: str, data: Any) -> Frame:
    names = untwisted([(name,) for name in data.columns], POLARS_TWICE)
    columns = [_polars_column(name, series) for name, series in zip(names, data.get_columns(), strict=True)]
    return Frame(path, columns, data.height)


def _polars_column(name: Sequence[object], series: Any) -> Column:
    return Column(name, lambda first, end: series.slice(first, end - first).to_list(), str(series.dtype))


def _of_lazy_polars(path: str, data: Any) -> Frame:
    return _of_polars(path, data.collect())


def _of_spark(path: str, data: Any) -> Frame:
    if not hasattr(data, "toArrow"):  # before Spark 4, and of its imitation of pandas
        raise UsageError(
            message("data of type {type} cannot be read", type=type(data).__name__),
            message("turn them into a pandas DataFrame first"),
        )
    return _of_arrow(path, data.toArrow())


def _of_arrow(path: str, data: Any) -> Frame:
    """A table that is kept as a whole: a stream can be read but once."""
    import pyarrow as pa

    try:
        table = pa.table(data)
    except (pa.ArrowInvalid, TypeError) as error:
        raise UsageError(
            message("data of type {type} are no table: {reason}", type=type(data).__name__, reason=str(error)),
            message("give a table with named columns"),
        ) from error
    columns = [_arrow_column(pa, name, column) for name, column in zip(table.column_names, table.columns, strict=True)]
    return Frame(path, columns, table.num_rows)


def _arrow_column(pa: Any, name: str, column: Any) -> Column:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python's own moments have microseconds
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    return Column((name,), lambda first, end: column.slice(first, end - first).to_pylist(), str(kind))


_ADAPTERS: Mapping[tuple[str, str], Callable[[str, Any], Frame]] = {
    ("pandas", "DataFrame"): _of_pandas,
    ("polars", "DataFrame"): _of_polars,
    ("polars", "LazyFrame"): _of_lazy_polars,
    ("pyspark", "DataFrame"): _of_spark,
}
"""What reads the tables of a library, by its name and that of the class; for others there is the Arrow C stream."""


def untwisted(names: Sequence[tuple[object, ...]], twice: re.Pattern[str]) -> Iterator[tuple[object, ...]]:
    """Names as a file had them: a reader has numbered those that were there twice, which must not be lost."""
    for name in names:
        found = twice.fullmatch(name[-1]) if isinstance(name[-1], str) else None
        plain = (*name[:-1], found[1]) if found else name
        yield plain if plain in names else name


# --- values ----------------------------------------------------------------------------------------------------------


class _NoTextError(Exception):
    """A value is no text, number, date or blank."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.type = value.kind if isinstance(value, Foreign) else type(value).__name__


class _Reading(NamedTuple):
    """How the values of a column are read."""

    nan: str
    """What a float says that is not a number."""
    exact: int
    """Whole numbers from here on have been rounded, if they are floats."""
    grouped: bool = False
    """Whether its floats may be whole numbers with a sign between thousands, which somebody has read as fractions."""


_FLOATS = re.compile(r"\b(?:(float16|halffloat)|(float32|float)|float64|double)\b")


def is_float(kind: str) -> bool:
    """Whether a type, by the name that its library gives it, is one of floats."""
    return _FLOATS.search(kind.lower()) is not None


def _exact(kind: str) -> int:
    """From where on floats of a type no longer tell one whole number from the next."""
    found = _FLOATS.search(kind.lower())
    return 2**53 if found is None else 2**11 if found[1] else 2**24 if found[2] else 2**53


def _is_grouped(column: Column, height: int) -> bool:
    """Whether a float of a column is one that 1.050 may have become: then nobody knows if 2.0 was 2 or 2.000."""
    return any(
        may_be_thousands(value)
        for first in range(0, height, _BLOCK)
        for value in column.values(first, min(first + _BLOCK, height))
    )


def may_be_thousands(number: object) -> bool:
    """Whether a value is a float that a number with a sign between thousands may have become."""
    if not isinstance(number, float):
        return False
    value = float(number)
    return 1 <= value < 1000 and not value.is_integer() and len(repr(value).partition(".")[2]) <= 3


def _texts(values: Iterable[object], reading: _Reading) -> list[str]:
    """Values as a file would have them."""
    return [
        value
        if value.__class__ is str
        else str(value)
        if value.__class__ is int
        else ""
        if value is None
        else _text(value, reading)
        for value in values
    ]


def _text(value: object, reading: _Reading) -> str:
    """One value of any type."""
    match value:
        case None:
            return ""
        case str():
            return str.__str__(value)  # of an enumeration's member, its text
        case bool():
            return str(value).upper()
        case int():
            return _of_int(value)
        case float():
            return _of_float(float(value), reading)
        case Decimal():
            return _of_decimal(value, reading.nan)
    return _of_time(value) if isinstance(value, date | time) else _of_scalar(value, reading)


def _of_int(value: int) -> str:
    try:
        return str(int(value))
    except ValueError as error:  # thousands of digits
        raise _NoTextError(value) from error


def _of_float(value: float, reading: _Reading) -> str:
    """Digits alone for a whole number that is exact; for one that is not, how a number is written that was cut off."""
    if value != value:  # noqa: PLR0124 - what is not a number is not equal to itself
        return reading.nan
    if not value.is_integer():
        return _fraction(repr(value))
    if reading.grouped and 1 <= abs(value) < 1000:
        return repr(value)
    return str(int(value)) if abs(value) < reading.exact else f"{value:.16e}"


def _of_decimal(value: Decimal, nan: str) -> str:
    if not value.is_finite():
        return nan if value.is_nan() else str(value)
    if not -40 < value.adjusted() < 40:
        return str(value)
    return str(int(value)) if value == value.to_integral_value() else _fraction(f"{value:f}".rstrip("0"))


def _fraction(digits: str) -> str:
    """The digits of a fraction: 1.125 is a number, and not 1125 with a sign between thousands."""
    return f"{digits}0" if digits[-4:-3] == "." and digits.lstrip("-")[:1] != "0" else digits


def _of_time(value: date | time) -> str:
    if type(value).__name__ == "NaTType":  # pandas' own, which is a date by its class
        return ""
    if not isinstance(value, datetime):
        return value.isoformat()
    midnight = value.tzinfo is None and value.time() == time.min and not getattr(value, "nanosecond", 0)
    return value.date().isoformat() if midnight else str(value)


_PERIODS = {
    "Y-DEC": "{0.year:04}",
    "A-DEC": "{0.year:04}",
    "Q-DEC": "{0.year:04}-Q{0.quarter}",
    "M": "{0.year:04}-{0.month:02}",
}
"""How pandas' periods of calendar years, quarters and months are written; those of other years are not the plan's."""


def _is_number(kind: Any) -> bool:
    """Whether a type of numpy's is one that Python has, too."""
    return getattr(kind, "kind", "") in ("b", "i", "u", "f") and kind.itemsize <= 8


def _of_scalar(value: object, reading: _Reading) -> str:
    """A value of numpy's or pandas' own types."""
    name, kind = type(value).__name__, getattr(value, "dtype", None)
    if name == "NAType":
        return ""
    if name == "UUID":
        return str(value)
    if name == "Period" and (form := _PERIODS.get(str(getattr(value, "freqstr", "")))):
        return form.format(value)
    if not _is_number(kind) or getattr(value, "shape", None) != () or not hasattr(value, "item"):
        raise _NoTextError(value)
    return _text(value.item(), _Reading(reading.nan, _exact(str(kind))))


# --- the grid --------------------------------------------------------------------------------------------------------


def grids(source: Frame, plan: Plan) -> Sequence[Grid]:
    """The one table that it is."""
    return [FrameGrid(source, plan)]


_NAMES = _Reading("", 2**53)
"""How the names of columns are read."""


def _name_text(part: object) -> str:
    try:
        return _text(part, _NAMES)
    except _NoTextError:
        return str(part)  # an interval, say: it is told, and matches nothing


class Named(NamedTuple):
    """What is known of the columns of a table before its values are: their names, in parts, and their types."""

    path: str
    names: Sequence[Sequence[object]]
    kinds: Sequence[str]
    named: bool = True
    nan: str = "NaN"


class Wording:
    """The values of a table as texts, by the names and the types of its columns."""

    def __init__(self, table: Named, plan: Plan, is_grouped: Callable[[int], bool]) -> None:
        self._path = table.path
        self.names = [_name(parts, plan) if table.named else "" for parts in table.names]
        known = [label_key(name) in plan.headers for name in self.names]
        self.needed = known if any(known) else [True] * len(known)
        """Which columns are read, if there is a choice."""
        self._readings = [
            _Reading(table.nan, _exact(kind), self.needed[place] and is_float(kind) and is_grouped(place))
            for place, kind in enumerate(table.kinds)
        ]

    def texts(self, place: int, values: Sequence[object], first: int) -> list[str]:
        """The values of a column from a row on; raise InputError if one is no text, number, date or blank."""
        try:
            return _texts(values, self._readings[place])
        except (_NoTextError, ValueError):  # the latter of an int with thousands of digits
            return [self._cell(value, place, number) for number, value in enumerate(values, start=first)]

    def _cell(self, value: object, place: int, row: int) -> str:
        """A cell of a column in which something has no text; where nobody reads it, that is no matter."""
        try:
            return _text(value, self._readings[place])
        except _NoTextError as error:
            if not self.needed[place]:
                return "#VALUE!"  # whatever were to read it would refuse it
            raise InputError(
                message(
                    '{path}: column "{name}", row {row}: a value of type {type} is no text, number or date',
                    path=self._path,
                    name=self.names[place],
                    row=str(row),
                    type=error.type,
                ),
                message("turn the column into text or numbers first"),
            ) from None


def _name(parts: Sequence[object], plan: Plan) -> str:
    texts = [text for part in parts if (text := _name_text(part)).strip()]
    return header_text(plan, " ".join(texts[:-1]), texts[-1]) if len(texts) > 1 else "".join(texts)


class FrameGrid(ByItself):
    """The rows of a table in memory: row 0 is the names of its columns, the first row of data is row 1."""

    ended = True
    line_file = None
    column_file = None

    def __init__(self, source: Frame, plan: Plan) -> None:
        self.path = source.path
        self._source = source
        columns = source.columns
        named = Named(source.path, [c.name for c in columns], [c.kind for c in columns], source.named, source.nan)
        self._wording = Wording(named, plan, lambda place: _is_grouped(columns[place], source.height))
        self._names = self._wording.names
        self._hash: str | None = None

    def head(self, count: int) -> Block:
        """The first rows that are not blank."""
        return first_rows(self._blocks(), count)

    def blocks(self) -> Iterator[Block]:
        """All rows."""
        if self._hash is not None:
            yield from self._blocks()
            return
        digest = _Digest(self.path)
        for block in self._blocks():
            digest.add(block.rows)
            yield block
        self._hash = digest.hexdigest()

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Nobody asks for some lines of a table that has none."""
        raise NotImplementedError

    def sha256(self) -> str:
        """The hash of the table as CSV: UTF-8, commas, line feeds, quotes only where they must be."""
        if self._hash is None:
            for _ in self.blocks():
                pass
        assert self._hash is not None
        return self._hash

    def _blocks(self) -> Iterator[Block]:
        if self._source.named and self._names:
            yield Block([self._names], [0])
        for first in range(0, self._source.height if self._names else 0, _BLOCK):
            end = min(first + _BLOCK, self._source.height)
            columns = [self._column(place, first, end) for place in range(len(self._names))]
            yield block_of(columns, first + 1)

    def _column(self, place: int, first: int, end: int) -> list[str]:
        try:
            values = list(self._source.columns[place].values(first, end))
        except (ValueError, OverflowError, LookupError) as error:  # a date that Python has not, a time zone
            raise InputError(
                message(
                    '{path}: column "{name}" cannot be read: {reason}',
                    path=self.path,
                    name=self._names[place],
                    reason=str(error),
                ),
                message("turn the column into text or numbers first"),
            ) from error
        return self._wording.texts(place, values, first + 1)


def block_of(columns: Sequence[Sequence[str]], first: int) -> Block:
    """A block of the rows of some columns of texts, from a row on."""
    spans = any("\n" in text or "\r" in text for text in map("".join, columns))
    rows = list(zip(*columns, strict=True))
    return Block(rows, range(first, first + len(rows)), spans=spans)


class _Digest:
    """Hashes rows as they would stand in a file of CSV."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._hash = hashlib.sha256()

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        try:
            self._hash.update(out.getvalue().encode("utf-8"))
        except UnicodeEncodeError as error:
            raise InputError(
                message(
                    "{path}: a text has a character in it that is none: {value}",
                    path=self._path,
                    value=ascii(error.object[error.start]),
                ),
                message("read the file again with its right encoding"),
            ) from error

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
