"""Rows, cells and where they came from: what every reader gives, and which column is which field of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from kpi_check.errors import Message
from kpi_check.issues import Finding
from kpi_check.plan import MANY, AnyField, ChoiceField, CountField, Plan
from kpi_check.text import label_key, nearest

MAX_CELL = 131_072
"""The longest cell that is read, in characters."""
LINE_FILE_NEVER = "\x02\x03"
"""Signs that are in no `LineFile`."""


class Unreadable(NamedTuple):
    """From this row on a table could not be read; `code` is the issue's."""

    code: str
    row: int
    value: str = ""
    reason: Message | None = None
    """What looks so, where it may be one thing or another."""


class Block(NamedTuple):
    """Some rows of a table, as texts, with the row numbers a person sees. Rows may be of any length."""

    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    unreadable: Unreadable | None = None
    """Set where rows could not be read."""
    spans: bool = False
    """Whether a record of a text file goes over more than one line."""


def first_rows(blocks: Iterable[Block], count: int) -> Block:
    """The first rows of some blocks that are not blank, up to a number of them; unreadable if something before is."""
    rows: list[Sequence[str]] = []
    numbers: list[int] = []
    for block in blocks:
        for row, number in zip(block.rows, block.numbers, strict=True):
            if any(map(str.strip, row)):
                rows.append(row)
                numbers.append(number)
        if len(rows) >= count or block.unreadable:
            return Block(rows[:count], numbers[:count], block.unreadable if len(rows) < count else None)
    return Block(rows, numbers)


class LeftOut(NamedTuple):
    """A row (or, without one, a sheet) that is not data: what it is (docs/files.md) and its text."""

    sheet: str | None
    row: int | None
    what: str
    text: str
    cells: Sequence[str] = ()
    """Of totals, which are compared with their sums, and of titles."""


class Merged(NamedTuple):
    """Cells that are merged into one: its rows (from 1) and columns (from 0), first and last."""

    top: int
    bottom: int
    left: int
    right: int


class Hidden(NamedTuple):
    """What a sheet does not show: rows (from 1) and columns (from 0), both in their order."""

    rows: Sequence[int] = ()
    columns: Sequence[int] = ()


class ByItself:
    """What is no sheet of a workbook but a table by itself has of a `Grid`."""

    sheet = None
    hidden = False
    merged: Sequence[Merged] = ()
    concealed = Hidden()


class LineFile(Protocol):
    """A file of UTF-8 text that may be so simple that every line of it is a record, whoever reads it."""

    @property
    def path(self) -> str:
        """The file as the system names it."""

    @property
    def size(self) -> int:
        """How many bytes of text it has; if they are compressed, about how many."""

    @property
    def delimiter(self) -> str:
        """What stands between cells."""

    @property
    def line_end(self) -> str:
        """What ends a line."""

    @property
    def packing(self) -> str | None:
        """How the file is compressed: gzip, zstd, or not at all."""

    def is_proven(self) -> bool:
        """Read it; whether it is so simple. All below is known only then."""

    def has_records(self, count: int) -> bool:
        """Whether so many lines are not blank."""

    def records_above(self, line: int) -> int:
        """How many records the lines before one hold."""

    def lines_of(self, records: Sequence[int]) -> Sequence[int]:
        """The lines of some records, by their places among all (from 0, in order)."""


class FileColumn(NamedTuple):
    """A column of a file that has types."""

    name: str
    """What stands in the header."""
    kind: str
    """Its type, as DuckDB names it; empty where it is not to be read as what DuckDB takes it for."""
    place: int
    """Which column of the file it is, from 0."""


class ColumnFile(Protocol):
    """A Parquet file. Its records are its rows; the names of its columns are none."""

    @property
    def path(self) -> str:
        """The file as the system names it."""

    @property
    def rows(self) -> int:
        """How many rows it has."""

    @property
    def columns(self) -> Sequence[FileColumn]:
        """Its columns, in the order of the cells that they are read as."""


class Grid(Protocol):
    """The rows of one file or sheet as they are laid out, with all that surrounds the table."""

    @property
    def path(self) -> str:
        """The file, as the user named it."""

    @property
    def sheet(self) -> str | None:
        """The sheet, in workbooks."""

    @property
    def hidden(self) -> bool:
        """Whether the sheet is hidden."""

    @property
    def merged(self) -> Sequence[Merged]:
        """The cells that are merged."""

    @property
    def concealed(self) -> Hidden:
        """The rows and columns that are hidden."""

    @property
    def ended(self) -> bool:
        """Whether the last row has a line end, in text; known once the blocks were read."""

    def head(self, count: int) -> Block:
        """The first rows that are not blank."""

    def blocks(self) -> Iterator[Block]:
        """All rows."""

    def sha256(self) -> str:
        """The hash of the file's bytes."""

    @property
    def line_file(self) -> LineFile | None:
        """The file, if it may be so simple."""

    @property
    def column_file(self) -> ColumnFile | None:
        """The file, if its columns have types."""

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Some records of a proven `line_file`, or of a `column_file`, by their places among all (from 0, in order)."""


class Table(Protocol):
    """A table of one file or sheet. It can be read more than once and gives the same each time."""

    @property
    def path(self) -> str:
        """The file, as the user named it."""

    @property
    def sheet(self) -> str | None:
        """The sheet, in workbooks."""

    @property
    def header(self) -> Sequence[str] | Unreadable | None:
        """The header's cells; None if there is no row at all."""

    @property
    def headers(self) -> Sequence[Sequence[str]]:
        """The header, and the rows that it is made of: rows like one of these are no data."""

    @property
    def header_row(self) -> int:
        """The row the header is on, from 1."""

    @property
    def last_row(self) -> int:
        """The last row of data; known once the blocks were read."""

    def blocks(self) -> Iterator[Block]:
        """The rows of data."""

    def sha256(self) -> str:
        """The hash of the file's bytes; known once the blocks were read."""

    def left_out(self) -> Sequence[LeftOut]:
        """What is not data; known once the blocks were read."""

    def findings(self) -> Sequence[Finding]:
        """What is to be said of the table as a whole."""

    @property
    def line_file(self) -> LineFile | None:
        """The file, if every line of it may be a record."""

    @property
    def column_file(self) -> ColumnFile | None:
        """The file, if its columns have types."""

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Like `blocks`, but only of some records of a proven `line_file`, or of a `column_file`, by their places among all (from 0, in order)."""


class Binding(NamedTuple):
    """Which column of a table is which field."""

    columns: Mapping[str, int]
    """Fields that one column has."""
    doubled: Mapping[str, tuple[int, ...]]
    """Fields that two columns or more claim."""
    missing: tuple[str, ...]
    """Fields that no column has."""
    unknown: tuple[int, ...]
    """Columns with a header that is no field's."""
    width: int
    header: Sequence[str] = ()
    ordinal: int | None = None
    """The column that numbers the rows."""
    unsure: Mapping[str, str] = {}
    """Missing fields that have a default, and an unknown header that may be meant for them: the default may be wrong."""


def bind(plan: Plan, header: Sequence[str]) -> Binding:
    """Match a header with the plan's fields."""
    claims: dict[str, list[int]] = {}
    unknown: list[int] = []
    ordinal: int | None = None
    for index, text in enumerate(header):
        key = label_key(text)
        name = plan.headers.get(key)
        if name is not None:
            claims.setdefault(name, []).append(index)
        elif key in plan.ordinal_headers and ordinal is None:
            ordinal = index
        elif key and key not in plan.passed_headers:
            unknown.append(index)
    missing = tuple(name for name in plan.fields if name not in claims)
    strangers = [header[i] for i in unknown if header[i].strip()][:MANY]
    near = {
        name: nearest_header(strangers, name, plan.fields[name], 0.85) for name in missing if has_default(plan, name)
    }
    return Binding(
        {name: found[0] for name, found in claims.items() if len(found) == 1},
        {name: tuple(found) for name, found in claims.items() if len(found) > 1},
        missing,
        tuple(unknown),
        len(header),
        header,
        ordinal,
        {name: word for name, word in near.items() if word is not None},
    )


def has_default(plan: Plan, name: str) -> bool:
    """Whether a field says what a blank means."""
    spec = plan.fields[name]
    return isinstance(spec, CountField | ChoiceField) and spec.default is not None


def nearest_header(headers: Sequence[str], name: str, spec: AnyField, cutoff: float = 0.7) -> str | None:
    """The one of some unknown headers that most likely was meant for a field."""
    for accepted in (name, *spec.headers) if headers else ():
        near = nearest(accepted, headers, cutoff)
        if near is not None:
            return near
    return None


def fields_found(plan: Plan, header: Sequence[str]) -> int:
    """How many fields have a header among the cells of a row: what tells a header from other rows."""
    return len(
        {
            name
            for text in header
            if text and len(text) <= plan.longest_header and (name := plan.headers.get(label_key(text)))
        }
    )


def column_letter(index: int) -> str:
    """The name of a column as spreadsheets show it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
