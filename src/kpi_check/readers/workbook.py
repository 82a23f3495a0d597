"""Workbooks: xlsx, xls and ods. A cell's own type counts, and whether its number is shown as a percentage.

python-calamine reads the values. It gives an empty text for a blank, an error and a formula without a result alike, and
takes the memory that a file asks for; `package` looks at the file itself for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import python_calamine

from kpi_check.errors import InputError, message
from kpi_check.plan import Plan
from kpi_check.readers import package
from kpi_check.readers.looks import Shown, as_shown, by_row
from kpi_check.readers.package import Package, SheetFacts, UnreadableWorkbookError
from kpi_check.readers.source import Source, unreadable
from kpi_check.submission import Block, Grid, Hidden, Merged

_BLOCK = 2048
_NOTHING = SheetFacts({})
_NONE: tuple[int, list[tuple[int, Shown]]] = (-1, [])


def grids(source: Source, plan: Plan) -> Sequence[Grid]:  # noqa: ARG001 - every reader is called alike
    """The worksheets of a workbook; raise InputError if it is none, or cannot be read."""
    try:
        with source.open() as file:
            facts = _facts(file)
            file.seek(0)
            return _opened(source, file, facts)
    except UnreadableWorkbookError as error:
        raise InputError(message("{path}: {what}", path=source.path, what=error.what), error.hint) from error
    except OSError as error:
        raise unreadable(source.path, error) from error


def _facts(file: Any) -> dict[str, SheetFacts] | list[SheetFacts]:
    if file.read(4) == b"\xd0\xcf\x11\xe0":
        return package.xls_facts(file)
    parts = Package(file)
    names = {name.lower() for name in parts.parts}
    if "xl/workbook.xml" in names:
        return package.xlsx_facts(parts)
    if "mimetype" in parts.parts and b"opendocument.spreadsheet" in parts.read("mimetype"):
        return package.ods_facts(parts)
    if "xl/workbook.bin" in names:
        raise UnreadableWorkbookError(message("this is a binary workbook (.xlsb)"))
    folders = {name.split("/")[0] for name in names}
    if folders & {"word", "ppt"}:
        raise UnreadableWorkbookError(message("this is a text document or a presentation"))
    if "[content_types].xml" in names or "xl" in folders:
        raise package.damaged()
    raise UnreadableWorkbookError(
        message("this is a zip file, but no workbook"), message("unpack it, and name what is in it")
    )


def _opened(source: Source, file: Any, facts: dict[str, SheetFacts] | list[SheetFacts]) -> list[Grid]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        sheets = [(m, book.get_sheet_by_name(m.name)) for m in book.sheets_metadata if _is_sheet(m)]
    except python_calamine.PasswordError as error:
        raise package.protected() from error
    except (python_calamine.CalamineError, ValueError) as error:
        raise package.damaged() from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of the reader's own language; it is no Exception
            raise package.damaged() from error
        raise
    digest = _digest(source)
    places = {m.name: place for place, m in enumerate(book.sheets_metadata)}
    found: list[Grid] = []
    for metadata, sheet in sheets:
        if isinstance(facts, dict):
            of_sheet = facts.get(metadata.name, _NOTHING)
        else:
            place = places[metadata.name]
            of_sheet = facts[place] if place < len(facts) else _NOTHING
        hidden = metadata.visible != python_calamine.SheetVisibleEnum.Visible
        found.append(SheetGrid(source.path, sheet, of_sheet, digest, hidden))
    if not found:
        raise UnreadableWorkbookError(message("the workbook has no sheet with cells"))
    return found


def _is_sheet(metadata: Any) -> bool:
    return bool(metadata.typ == python_calamine.SheetTypeEnum.WorkSheet)


def _digest(source: Source) -> str:
    import hashlib

    with source.open() as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


class _Texts(dict[Any, str]):
    """Numbers as texts, each made once, with the 15 digits that Excel keeps; more come out as 1.2e+16."""

    def __missing__(self, value: float) -> str:
        text = f"{value:.15g}"
        if text[-4:-3] == "." and text.lstrip("-")[:1] != "0":
            text += "0"  # 1.125 is a number, and not 1125 with a sign between thousands
        if len(self) < 100_000:
            self[value] = text
        return text


class SheetGrid:
    """The rows of a worksheet."""

    ended = True
    line_file = None
    column_file = None

    def __init__(
        self, path: str, sheet: python_calamine.CalamineSheet, facts: SheetFacts, digest: str, hidden: bool
    ) -> None:
        self.path = path
        self.sheet: str = sheet.name
        self.hidden = hidden
        self._sheet = sheet
        self._merged = facts.merged
        self._percents = facts.percents
        self.concealed: Hidden = facts.hidden
        self._digest = digest
        self._height = sheet.end[0] + 1 if sheet.end else 0
        self._numbers = _Texts()
        self._heads: dict[int, Block] = {}
        self._by_row: dict[int, list[tuple[int, str]]] = {}
        for (row, column), text in facts.odd.items():
            self._by_row.setdefault(row, []).append((column, text))

    @property
    def merged(self) -> Sequence[Merged]:
        """The cells that are merged."""
        merged = self._sheet.merged_cell_ranges or []
        return self._merged or [Merged(t + 1, b + 1, left, right) for (t, left), (b, right) in merged]

    def head(self, count: int) -> Block:
        """The first rows that are not blank."""
        if count not in self._heads:
            rows: list[Sequence[str]] = []
            numbers: list[int] = []
            for row, number in self._rows():
                if any(map(str.strip, row)):
                    rows.append(row)
                    numbers.append(number)
                    if len(rows) == count:
                        break
            self._heads[count] = Block(rows, numbers)
        return self._heads[count]

    def blocks(self) -> Iterator[Block]:
        """All rows."""
        rows: list[Sequence[str]] = []
        first = 1
        for row, number in self._rows():
            if not rows:
                first = number
            rows.append(row)
            if len(rows) == _BLOCK:
                yield Block(rows, range(first, first + len(rows)))
                rows = []
        yield Block(rows, range(first, first + len(rows)))

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Nobody asks for some lines of a file that has none."""
        raise NotImplementedError

    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return self._digest

    def _rows(self) -> Iterator[tuple[list[str], int]]:
        numbers = self._numbers
        start = self._sheet.start[1] if self._sheet.start else 0
        left = [""] * start
        percents = by_row(self._percents)
        marked, columns = next(percents, _NONE)
        for place, cells in enumerate(self._sheet.iter_rows()):
            row = [
                cell if cell.__class__ is str else numbers[cell] if cell.__class__ is float else _text(cell)
                for cell in cells
            ]
            if left:
                row = left + row
            if marked == place:
                for column, way in columns:
                    if 0 <= column - start < len(cells) and cells[column - start].__class__ in (float, int):
                        row[column] = as_shown(row[column], way)
                marked, columns = next(percents, _NONE)
            for column, text in self._by_row.get(place, ()):
                row.extend([""] * (column + 1 - len(row)))
                row[column] = text
            yield row, place + 1
        for place in sorted(place for place in self._by_row if place >= self._height):
            row = []
            for column, text in self._by_row[place]:
                row.extend([""] * (column + 1 - len(row)))
                row[column] = text
            yield row, place + 1


def _text(cell: Any) -> str:
    """What is neither a text nor a number."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int):
        return str(cell)
    return "" if cell is None else str(cell)
