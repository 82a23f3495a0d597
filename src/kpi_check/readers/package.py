"""What a workbook's file holds besides what the workbook reader tells: how large it is, where cells stand that have an
error, a formula without a result or a number shown as a percentage, what is hidden, and why it cannot be read.

All of it is read with a bound on what is unpacked: a file of a few kilobytes may claim terabytes.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from kpi_check.errors import Message, message
from kpi_check.readers.looks import LookScan, Marks, Shown, column_number, columns_between, of_styles
from kpi_check.submission import Hidden, Merged

MAX_PART = 120_000_000
"""The most that one part of a workbook may unpack to, in bytes."""
MAX_STRINGS = 50_000_000
"""The most that the texts of a workbook may unpack to, in bytes; each is kept by itself."""
MAX_UNPACKED = 200_000_000
MAX_PARTS = 10_000
MAX_SHEETS = 500
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_CELLS = 4_000_000
"""The most cells of a sheet, from the first cell to the last row and column with a value."""
_CHUNK = 1 << 18

Cells = Mapping[tuple[int, int], str]
"""Texts by row and column, from 0."""


class SheetFacts(NamedTuple):
    """What is to be known of a sheet beside its values."""

    odd: Cells
    """The cells that have an error, or a formula without a result."""
    merged: Sequence[Merged] = ()
    """The cells that are merged, where the workbook reader does not tell."""
    percents: Sequence[int] = ()
    """The cells whose numbers are shown as percentages, in their order (`looks.Marks`)."""
    hidden: Hidden = Hidden()
    """The rows and columns that are hidden."""


class UnreadableWorkbookError(Exception):
    """The file is not a workbook that can be read: `what` it is instead, and what to do."""

    def __init__(self, what: Message, hint: Message | None = None) -> None:
        super().__init__(what.english())
        self.what = what
        self.hint = hint or message("open it in your office program and save it as .xlsx")


def damaged() -> UnreadableWorkbookError:
    """The refusal of a workbook that does not hold what it should."""
    return UnreadableWorkbookError(
        message("the workbook is damaged"),
        message("open it in your office program, let it be repaired, and save it as .xlsx"),
    )


def protected() -> UnreadableWorkbookError:
    """The refusal of a workbook that needs a password."""
    return UnreadableWorkbookError(
        message("the workbook is protected by a password"), message("open it with the password and save it without one")
    )


def too_large() -> UnreadableWorkbookError:
    """The refusal of a workbook that takes too much memory."""
    return UnreadableWorkbookError(
        message(
            "the workbook is too large: at most {cells} cells a sheet are read, and {size} MB of it unpacked",
            cells=MAX_CELLS,
            size=MAX_PART // 1_000_000,
        ),
        message("save the sheet as CSV UTF-8, or delete what lies outside the table"),
    )


# --- zip packages: xlsx and ods --------------------------------------------------------------------------------------


class Package:
    """The parts of a zip file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            parts = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError) as error:
            raise damaged() from error
        self.parts = {part.filename.lstrip("/"): part for part in parts}
        if len(parts) > MAX_PARTS or len(self.parts) < len(parts):
            raise damaged()
        if any(part.flag_bits & 1 for part in parts):
            raise protected()
        if sum(part.file_size for part in parts if part.filename.lower().endswith(".xml")) > MAX_UNPACKED:
            raise too_large()

    def chunks(self, name: str, most: int = MAX_PART) -> Iterator[bytes]:
        """A part as it unpacks, whatever size it claims; raise UnreadableWorkbookError if that is more than `most`."""
        part = self.parts[name]
        self._file.seek(part.header_offset)
        header = self._file.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise damaged()
        self._file.seek(sum(struct.unpack("<HH", header[26:30])), 1)
        unpack: Callable[[bytes], bytes]
        if part.compress_type == zipfile.ZIP_STORED:
            unpack = bytes
        elif part.compress_type == zipfile.ZIP_DEFLATED:
            unpack = zlib.decompressobj(-15).decompress
        else:
            raise damaged()
        left, size = part.compress_size, 0
        while left > 0 and (packed := self._file.read(min(left, 1 << 14))):
            left -= len(packed)
            try:
                data = unpack(packed)
            except zlib.error as error:
                raise damaged() from error
            size += len(data)
            if size > most:
                raise too_large()
            yield data
        if left:
            raise damaged()

    def read(self, name: str) -> bytes:
        """A small part."""
        return b"".join(self.chunks(name, 5_000_000))


def _start_tags(
    chunks: Iterator[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Walk through XML. Names lose their namespace, entities are not followed."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def local(name: str) -> str:
        return name.rsplit(" ", 1)[-1]

    def refuse(*_: object) -> None:
        raise damaged()

    parser.StartElementHandler = lambda name, attributes: start(
        local(name), {local(k): v for k, v in attributes.items()}
    )
    if end is not None:
        parser.EndElementHandler = lambda name: end(local(name))
    if text is not None:
        parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged() from error


# --- xlsx ------------------------------------------------------------------------------------------------------------


def xlsx_facts(package: Package) -> dict[str, SheetFacts]:
    """The facts of each sheet of a workbook, by name."""
    total = 0
    facts: dict[str, SheetFacts] = {}
    for name in package.parts:
        if not name.lower().endswith((".xml", ".rels")) or "/media/" in name:
            continue
        if "sharedstrings" in name.lower() or not re.search("worksheets/[^/]*$", name, re.IGNORECASE):
            total += sum(map(len, package.chunks(name, MAX_STRINGS)))
        if total > MAX_UNPACKED:
            raise too_large()
    sheets = _sheets(package)
    if len(sheets) > MAX_SHEETS:
        raise too_large()
    styles = _styles(package)
    for sheet, name in sheets.items():
        scan, total_of_sheet = _SheetScan(styles), 0
        for chunk in package.chunks(name):
            if not total_of_sheet and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise damaged()  # UTF-16, which the workbook reader takes for nothing
            total_of_sheet += len(chunk)
            scan.feed(chunk)
            total += len(chunk)
        if total > MAX_UNPACKED:
            raise too_large()
        scan.end()
        if scan.needs_a_walk:
            walk = _SheetWalk(styles)
            _start_tags(package.chunks(name), walk.start, walk.end, walk.text)
            if walk.rows * walk.columns > MAX_CELLS:
                raise too_large()
            facts[sheet] = _sheet_facts(walk.odd, walk)
        else:
            facts[sheet] = _sheet_facts({}, scan.look)
    return facts


def _sheet_facts(odd: Cells, look: LookScan | _SheetWalk) -> SheetFacts:
    hidden = Hidden(array("Q", sorted(look.hidden_rows)), sorted(look.hidden_columns))
    return SheetFacts(odd, (), look.marks.in_order(), hidden)


def _styles(package: Package) -> Mapping[int, Shown]:
    """The styles of cells that show percentages, by their places."""
    name = next((n for n in package.parts if n.lower() == "xl/styles.xml"), None)
    if name is None:
        return {}
    own: dict[int, str] = {}
    formats: list[int] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            own[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif tag == "xf" and inside:
            formats.append(_number(attributes.get("numFmtId")))
        elif tag == "cellXfs":
            inside = True

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    _start_tags(package.chunks(name, MAX_STRINGS), start, end)
    return of_styles(formats, own)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0


_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']"""
)


def cells_written(file: BinaryIO) -> int:
    """How many cells the sheets of an xlsx hold or merge, blank or not."""
    package, total = Package(file), 0
    for name in package.parts:
        if not re.search(r"worksheets/[^/]*\.xml$", name, re.IGNORECASE):
            continue
        rest = b""
        for chunk in package.chunks(name):
            data = rest + chunk
            end = max(data.rfind(b"<"), 0)
            data, rest = data[:end], data[end:]
            total += len(_CELL.findall(data))
            total += sum(
                (column_number(right.decode()) - column_number(left.decode()) + 1) * (int(bottom) - int(top) + 1)
                for left, top, right, bottom in _MERGED.findall(data)
            )
    return total


def _sheets(package: Package) -> dict[str, str]:
    """The part of each worksheet, by the sheet's name."""
    sheets: dict[str, str] = {}
    parts: dict[str, str] = {}
    book = next((n for n in package.parts if n.lower() == "xl/workbook.xml"), None)
    links = next((n for n in package.parts if n.lower() == "xl/_rels/workbook.xml.rels"), None)
    if book is None or links is None:
        raise damaged()

    def link(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            parts[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and attributes.get("id") in parts:
            sheets[attributes.get("name", "")] = parts[attributes["id"]]

    _start_tags(iter([package.read(links)]), link)
    _start_tags(iter([package.read(book)]), sheet)
    if any(part not in package.parts for part in sheets.values()):
        raise damaged()
    return sheets


_AGAIN = 400
"""How much of a sheet's XML is looked at again with what follows: more than a tag is long."""


class _SheetScan:
    """A quick look at a sheet's XML as it unpacks: whether it needs a closer one."""

    _FAR = re.compile(rb'r="(?:[A-Z]{2}|[A-Z]?[0-9]{6})')
    _ROW = re.compile(rb'r="[0-9]{7,}"')
    # Told by a letter that is there, so that no end of a part looks like one.
    _NO_STRING = re.compile(rb't="s"[^>]*><v>(?:[^0-9]|[0-9]+(?:[^0-9<]|<[^/]|</[^v]|</v[^>]))')
    # A number in pieces, of which the workbook reader takes one.
    _PIECES = re.compile(rb"""<c(?: r="[A-Z0-9]+"| s="[0-9]+"| t="n")*>(?:<f[^<]*</f>)?<v>[0-9.Ee+-]*(?:<[!?]|&)""")
    _PLACE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
    _ODD = re.compile(rb"""t=["']e["']|<(?:\w+:)?f[ />]""")

    def __init__(self, styles: Mapping[int, Shown]) -> None:
        self.look = LookScan(styles)
        self._may_be_odd = False
        self._unusual = False
        """Whether cells are written otherwise than every usual program writes them."""
        self._far = False
        self._rows = 0
        self._columns = 0
        self._values = 0
        self._rest = b""
        self._root = b""

    @property
    def needs_a_walk(self) -> bool:
        """Whether it may be too large, hold errors or formulas without a result, or is written in an unusual way."""
        large = self._rows * self._columns > MAX_CELLS
        return large or self._unusual or self._may_be_odd or self.look.unusual

    def feed(self, chunk: bytes) -> None:
        """Look at a part; what may go on in the next one is looked at again."""
        data = self._rest + chunk
        self._root = self._root or data[:2000]
        self._values += data.count(b"<v>") - self._rest.count(b"<v>")
        if self._values > MAX_CELLS:
            raise too_large()
        if (b"<!" in data and b"<!DOCTYPE" in data) or self._NO_STRING.search(data):
            raise damaged()  # what the workbook reader would pass over, or take for another text
        if (b"&" in data or b"<!" in data or b"<?" in data) and self._PIECES.search(data):
            raise damaged()
        self.look.feed(data, len(self._rest))
        self._rest = data[-_AGAIN:]
        cells = data.count(b"<c ")
        self._unusual = self._unusual or b"<c>" in data or b":c " in data or data.count(b'<c r="') < cells
        if not self._may_be_odd and (b'"e"' in data or b"'e'" in data or b"<f" in data or b":f" in data):
            self._may_be_odd = bool(self._ODD.search(data))
        if not self._far and self._FAR.search(data):
            # Up to here no cell was beyond these.
            self._far, self._rows, self._columns = True, 99_999, 26
        if self._far:
            places = self._PLACE.findall(data)
            self._unusual = self._unusual or len(places) < cells - 1 or bool(self._ROW.search(data))
            for letters, digits in places:
                self._rows = max(self._rows, int(digits))
                self._columns = max(self._columns, column_number(letters.decode()))

    def end(self) -> None:
        """Refuse what is no sheet."""
        if b"worksheet" not in self._root:
            raise damaged()


def _row(digits: str) -> int:
    """The number of a row, from 1."""
    if not (digits.isascii() and digits.isdigit() and len(digits) < 8 and 0 < int(digits) <= MAX_ROW):
        raise damaged()
    return int(digits)


_TRUE = ("1", "true")


class _SheetWalk:
    """Every cell of a sheet: how far those with a value reach, and those without a result."""

    def __init__(self, styles: Mapping[int, Shown]) -> None:
        self.odd: dict[tuple[int, int], str] = {}
        self.marks = Marks()
        self.hidden_rows = array("Q")
        self.hidden_columns: list[int] = []
        self._styles = styles
        self._style: Shown | None = None
        self.rows = 0
        self.columns = 0
        self._row = -1
        self._column = -1
        self._kind = ""
        self._formula: str | None = None
        self._value = ""
        self._inside = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._place(attributes.get("r"))
            self._kind = attributes.get("t", "")
            self._style = self._styles.get(_number(attributes.get("s"))) if self._styles else None
            self._formula, self._value = None, ""
        elif tag == "row":
            self._row = _row(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
            if attributes.get("hidden") in _TRUE:
                self.hidden_rows.append(self._row + 1)
        elif tag == "col" and attributes.get("hidden") in _TRUE:
            self.hidden_columns += columns_between(_number(attributes.get("min")), _number(attributes.get("max")))
        elif tag == "f":
            self._formula = ""
        if tag in ("f", "v", "is"):
            self._inside = tag

    def text(self, text: str) -> None:
        if self._inside == "f" and self._formula is not None:
            self._formula += text
        elif self._inside:
            self._value += text

    def end(self, tag: str) -> None:
        if tag in ("f", "v", "is"):
            self._inside = ""
        if tag != "c" or not (self._value or self._formula is not None):
            return
        if self._value:
            self.rows, self.columns = max(self.rows, self._row + 1), max(self.columns, self._column + 1)
        if self._style is not None and self._value and self._row >= 0:
            self.marks.add(self._row, self._column, self._style)
        if self._kind == "e":
            self._keep(self._value)
        elif self._formula is not None and not self._value and self._kind != "str":
            self._keep(f"={self._formula}")

    def _keep(self, text: str) -> None:
        if len(self.odd) < MAX_CELLS // 10:
            self.odd[self._row, self._column] = text[:200]

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            return
        found = re.fullmatch("([A-Z]{1,3})([0-9]{1,7})", reference)
        if found is None or column_number(found[1]) > MAX_COLUMN:
            raise damaged()
        self._row, self._column = _row(found[2]) - 1, column_number(found[1]) - 1


# --- ods -------------------------------------------------------------------------------------------------------------


def ods_facts(package: Package) -> dict[str, SheetFacts]:
    """The facts of each sheet of an OpenDocument spreadsheet, by name."""
    if "content.xml" not in package.parts:
        raise damaged()
    if "META-INF/manifest.xml" in package.parts and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise protected()
    walk = _OdsWalk()
    _start_tags(package.chunks("content.xml"), walk.start, walk.end, walk.text)
    return {name: facts.facts() for name, facts in walk.sheets.items()}


class _OdsSheet:
    """What is found of one sheet."""

    def __init__(self) -> None:
        self.odd: dict[tuple[int, int], str] = {}
        self.merged: list[Merged] = []
        self.marks = Marks()
        self.hidden_rows = array("Q")
        self.hidden_columns: list[int] = []

    def facts(self) -> SheetFacts:
        hidden = Hidden(self.hidden_rows, self.hidden_columns)
        return SheetFacts(self.odd, self.merged, self.marks.in_order(), hidden)


class _OdsWalk:
    """Every cell of a spreadsheet, with its repetitions."""

    def __init__(self) -> None:
        self.sheets: dict[str, _OdsSheet] = {}
        self._sheet = _OdsSheet()
        self._row = self._column = 0
        self._height = self._width = 0
        self._rows = self._columns = 1
        self._filled = self._concealed = False
        self._cell: dict[str, str] | None = None
        self._text = ""
        self._computed = False
        self._broken = False
        """Whether a text has line breaks or tabs in it, which the workbook reader takes for nothing."""
        self._beside = 0
        """How deep inside a comment this is."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "annotation":
                self._beside += 1
            case "s" if _repeated(attributes.get("c")) > MAX_SPACES:
                raise too_large()
            case _ if self._beside:
                pass
            case "table":
                self._sheet = self.sheets.setdefault(attributes.get("name", ""), _OdsSheet())
                self._row = self._column = self._height = self._width = 0
            case "table-column":
                self._pass_columns(attributes)
            case "table-row":
                self._column, self._filled = 0, False
                self._rows = _repeated(attributes.get("number-rows-repeated"))
                self._concealed = attributes.get("visibility") in _CONCEALED
            case "table-cell" | "covered-table-cell":
                self._cell, self._text, self._computed, self._broken = attributes, "", False, False
                self._columns = _repeated(attributes.get("number-columns-repeated"))
                down, right = (_repeated(attributes.get(f"number-{way}-spanned")) for way in ("rows", "columns"))
                if (down > 1 or right > 1) and len(self._sheet.merged) < MAX_CELLS // 10:
                    bottom, last = self._row + down, self._column + right - 1
                    self._sheet.merged.append(Merged(self._row + 1, bottom, self._column, last))
            case "p":
                self._computed = True  # an empty text is a result as well
                self.text("\n" if self._text else "")
            case "line-break" | "tab":
                self._broken = True
                self.text("\n" if tag == "line-break" else "\t")
            case "s":
                self.text(" " * _repeated(attributes.get("c")))

    def text(self, text: str) -> None:
        if self._cell is not None and not self._beside and len(self._text) < 1000:
            self._text += text

    def end(self, tag: str) -> None:
        if tag == "annotation":
            self._beside -= 1
        elif self._beside:
            return
        elif tag in ("table-cell", "covered-table-cell") and self._cell is not None:
            self._end_cell(self._cell)
        elif tag == "table-row":
            self._row += self._rows
            if self._filled:
                self._height = self._row
            if self._height * self._width > MAX_CELLS:
                raise too_large()
            if self._filled and self._concealed:
                self._sheet.hidden_rows.extend(range(self._row - self._rows + 1, self._row + 1))

    def _end_cell(self, cell: dict[str, str]) -> None:
        formula, kind, text = cell.get("formula"), cell.get("value-type"), self._text.strip()
        if kind == "error" or (formula is not None and text.startswith(("#", "Err:"))):
            self._keep(text[:200])
        elif formula is not None and kind is None and not self._computed:
            self._keep(formula.removeprefix("of:")[:200])
        elif kind == "percentage":
            self._mark()
        elif text and self._is_untold(cell):
            self._keep(text)
        if kind is not None or self._text:
            self._filled = True
            self._width = max(self._width, self._column + self._columns)
        self._column += self._columns
        self._cell = None

    def _keep(self, text: str) -> None:
        if self._rows * self._columns + len(self._sheet.odd) > MAX_CELLS // 10:
            return
        for row, column in self._places():
            self._sheet.odd[row, column] = text

    def _is_untold(self, cell: dict[str, str]) -> bool:
        """Whether the workbook reader does not tell a text, or not its line breaks and tabs."""
        if cell.get("value-type") is None:
            return "value" not in cell
        return self._broken and cell["value-type"] == "string" and "string-value" not in cell

    def _mark(self) -> None:
        if self._rows * self._columns > MAX_CELLS or self._column + self._columns > MAX_COLUMN:
            raise too_large()
        for row, column in self._places():
            self._sheet.marks.add(row, column, Shown.PERCENT)

    def _places(self) -> Iterator[tuple[int, int]]:
        """The row and column of a cell, and of its repetitions."""
        for row in range(self._row, self._row + self._rows):
            for column in range(self._column, self._column + self._columns):
                yield row, column

    def _pass_columns(self, attributes: dict[str, str]) -> None:
        first, self._column = self._column, self._column + _repeated(attributes.get("number-columns-repeated"))
        if attributes.get("visibility") in _CONCEALED:
            self._sheet.hidden_columns += columns_between(first + 1, self._column)


_CONCEALED = ("collapse", "filter")
MAX_SPACES = 10_000
"""The most blanks that one element may stand for."""


def _repeated(number: str | None) -> int:
    """How often something is repeated, from 1."""
    if number is None:
        return 1
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise damaged()
    return int(number)


# --- xls -------------------------------------------------------------------------------------------------------------

_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_FILEPASS, _BOUNDSHEET, _FORMULA, _MULRK, _MULBLANK, _BOOLERR, _BLANK = 0x2F, 0x85, 0x06, 0xBD, 0xBE, 0x205, 0x201
_VALUES = {_FORMULA, _MULRK, _BOOLERR, 0x203, 0x204, 0x27E, 0xFD, 0xD6}
_NUMBERS = {_FORMULA, 0x203, 0x27E}
_BOF, _FORMAT, _XF, _ROW, _COLINFO = 0x809, 0x41E, 0xE0, 0x208, 0x7D
MAX_OLD = 100_000_000
"""The largest old workbook that is read, in bytes."""


def xls_facts(file: BinaryIO) -> list[SheetFacts]:
    """The facts of each worksheet of an old Excel workbook, in their order (of worksheets alone)."""
    data = _workbook_stream(file)
    offsets: list[int] = []
    own: dict[int, str] = {}
    formats: list[int] = []
    wide = True
    for kind, at, size in _records(data, 0):
        if kind == _FILEPASS:
            raise protected()
        if kind == _BOUNDSHEET and size >= 6:
            offsets.append(struct.unpack_from("<I", data, at)[0])
        elif kind == _BOF and size >= 2:
            wide = data[at : at + 2] == b"\x00\x06"
        elif kind == _FORMAT and size >= 5:
            own[int.from_bytes(data[at : at + 2], "little")] = _format_code(data[at + 2 : at + size], wide=wide)
        elif kind == _XF and size >= 4:
            formats.append(int.from_bytes(data[at + 2 : at + 4], "little"))
    if not offsets:
        raise damaged()
    styles = of_styles(formats, own)
    return [_xls_sheet(data, offset, styles) for offset in offsets]


def _format_code(data: bytes, *, wide: bool) -> str:
    """A number format: its length, then its text; since Excel 97 of two bytes, and a sign of how letters are written."""
    if not wide:
        return data[1 : 1 + data[0]].decode("latin-1")
    length, two_bytes = int.from_bytes(data[:2], "little"), data[2] & 1
    return data[3 : 3 + length * (1 + two_bytes)].decode("utf-16-le" if two_bytes else "latin-1", "replace")


def _workbook_stream(file: BinaryIO) -> bytes:
    if file.seek(0, 2) > MAX_OLD:
        raise too_large()
    file.seek(0)
    try:
        names, stream = _streams(file)
    except Exception as error:  # whatever a parser meets in damaged bytes
        raise damaged() from error
    if "EncryptedPackage" in names:
        raise protected()
    if "WordDocument" in names:
        raise UnreadableWorkbookError(message("this is a Word document"))
    if not stream:
        raise UnreadableWorkbookError(message("this is an office file, but no workbook"))
    return stream


def _streams(file: BinaryIO) -> tuple[set[str], bytes]:
    """The names of what an OLE file holds, and its workbook (empty if there is none)."""
    import olefile

    with olefile.OleFileIO(file) as ole:
        names = {entry[0] for entry in ole.listdir()}
        name = next((n for n in ("Workbook", "Book") if ole.exists(n)), None)
        return names, ole.openstream(name).read() if name else b""


def _records(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """The records of a part of a workbook: kind, place and size of what is in each."""
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        if at + 4 + size > len(data):
            break
        yield kind, at + 4, size
        if kind == 0x0A:
            return
        at += 4 + size
    raise damaged()  # cut off before its end


def _xls_sheet(data: bytes, offset: int, styles: Mapping[int, Shown]) -> SheetFacts:
    odd: dict[tuple[int, int], str] = {}
    marks, hidden_rows, hidden_columns = Marks(), array("Q"), list[int]()
    height = width = 0
    for kind, at, size in _records(data, offset):
        if size < 6 or at + size > len(data):
            continue
        row, column, style = struct.unpack_from("<HHH", data, at)
        if kind == _ROW and size >= 14 and data[at + 12] & 0x20:
            hidden_rows.append(row + 1)
        elif kind == _COLINFO and size >= 10 and data[at + 8] & 1:
            hidden_columns += columns_between(row + 1, column + 1)
        if kind not in _VALUES:
            continue
        height, width = max(height, row + 1), max(width, column + 1)
        if kind in _NUMBERS and style in styles:
            marks.add(row, column, styles[style])
        if kind == _BOOLERR and size >= 8 and data[at + 7]:
            odd[row, column] = _ERRORS.get(data[at + 6], "#N/A")
        elif kind == _FORMULA and size >= 14 and data[at + 12 : at + 14] == b"\xff\xff" and data[at + 6] == 2:
            odd[row, column] = _ERRORS.get(data[at + 8], "#N/A")
        elif kind == _MULRK:
            width = max(width, column + (size - 6) // 6)
            _mark_many(data[at + 4 : at + size - 2], row, column, styles, marks)
    if height * width > MAX_CELLS:
        raise too_large()
    return SheetFacts(odd, (), marks.in_order(), Hidden(array("Q", sorted(hidden_rows)), sorted(hidden_columns)))


def _mark_many(data: bytes, row: int, column: int, styles: Mapping[int, Shown], marks: Marks) -> None:
    """Mark percentages among numbers that stand side by side: a style and a number each."""
    for place in range(len(data) // 6 if styles else 0):
        way = styles.get(int.from_bytes(data[place * 6 : place * 6 + 2], "little"))
        if way is not None:
            marks.add(row, column + place, way)
