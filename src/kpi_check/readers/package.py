"""What a workbook's file holds besides what the workbook reader tells: how large it is, where cells stand that have an
error or a formula without a result, and why it cannot be read.

All of it is read with a bound on what is unpacked: a file of a few kilobytes may claim terabytes.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from kpi_check.errors import Message, message
from kpi_check.submission import Merged

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
    for sheet, name in sheets.items():
        scan, total_of_sheet = _SheetScan(), 0
        for chunk in package.chunks(name):
            if not total_of_sheet and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise damaged()  # UTF-16, which the workbook reader takes for nothing
            total_of_sheet += len(chunk)
            scan.feed(chunk)
            total += len(chunk)
        if total > MAX_UNPACKED:
            raise too_large()
        scan.end()
        if scan.may_be_large or scan.may_be_odd:
            walk = _SheetWalk()
            _start_tags(package.chunks(name), walk.start, walk.end, walk.text)
            if walk.rows * walk.columns > MAX_CELLS:
                raise too_large()
            facts[sheet] = SheetFacts(walk.odd)
    return facts


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


class _SheetScan:
    """A quick look at a sheet's XML as it unpacks: whether it needs a closer one."""

    _FAR = re.compile(rb'r="(?:[A-Z]{2}|[A-Z]?[0-9]{6})')
    _ROW = re.compile(rb'r="[0-9]{7,}"')
    _NO_STRING = re.compile(rb't="s"[^>]*><v>(?![0-9]+</v>)')
    _PLACE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
    _ODD = re.compile(rb"""t=["']e["']|<(?:\w+:)?f[ />]""")

    def __init__(self) -> None:
        self.may_be_odd = False
        self._unusual = False
        """Whether cells are written otherwise than every usual program writes them."""
        self._far = False
        self._rows = 0
        self._columns = 0
        self._values = 0
        self._rest = b""
        self._root = b""

    @property
    def may_be_large(self) -> bool:
        return self._unusual or self._rows * self._columns > MAX_CELLS

    def feed(self, chunk: bytes) -> None:
        """Look at a part; what may go on in the next one is looked at again."""
        data = self._rest + chunk
        self._root = self._root or data[:2000]
        self._values += data.count(b"<v>") - self._rest.count(b"<v>")
        if self._values > MAX_CELLS:
            raise too_large()
        if (b"<!" in data and b"<!DOCTYPE" in data) or self._NO_STRING.search(data[:-100]):
            raise damaged()  # what the workbook reader would pass over, or take for another text
        self._rest = data[-100:]
        cells = data.count(b"<c ")
        self._unusual = self._unusual or b"<c>" in data or b":c " in data or data.count(b'<c r="') < cells
        if not self.may_be_odd and (b'"e"' in data or b"'e'" in data or b"<f" in data or b":f" in data):
            self.may_be_odd = bool(self._ODD.search(data))
        if not self._far and self._FAR.search(data):
            # Up to here no cell was beyond these.
            self._far, self._rows, self._columns = True, 99_999, 26
        if self._far:
            places = self._PLACE.findall(data)
            self._unusual = self._unusual or len(places) < cells - 1 or bool(self._ROW.search(data))
            for letters, digits in places:
                self._rows = max(self._rows, int(digits))
                self._columns = max(self._columns, _column(letters.decode()))

    def end(self) -> None:
        """Refuse what is no sheet."""
        if b"worksheet" not in self._root:
            raise damaged()


def _row(digits: str) -> int:
    """The number of a row, from 1."""
    if not (digits.isascii() and digits.isdigit() and len(digits) < 8 and 0 < int(digits) <= MAX_ROW):
        raise damaged()
    return int(digits)


def _column(letters: str) -> int:
    """The number of a column, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class _SheetWalk:
    """Every cell of a sheet: how far those with a value reach, and those without a result."""

    def __init__(self) -> None:
        self.odd: dict[tuple[int, int], str] = {}
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
            self._formula, self._value = None, ""
        elif tag == "row":
            self._row = _row(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
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
        if found is None or _column(found[1]) > MAX_COLUMN:
            raise damaged()
        self._row, self._column = _row(found[2]) - 1, _column(found[1]) - 1


# --- ods -------------------------------------------------------------------------------------------------------------


def ods_facts(package: Package) -> dict[str, SheetFacts]:
    """The facts of each sheet of an OpenDocument spreadsheet, by name."""
    if "content.xml" not in package.parts:
        raise damaged()
    if "META-INF/manifest.xml" in package.parts and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise protected()
    walk = _OdsWalk()
    _start_tags(package.chunks("content.xml"), walk.start, walk.end, walk.text)
    return {name: SheetFacts(odd, walk.merged[name]) for name, odd in walk.odd.items()}


class _OdsWalk:
    """Every cell of a spreadsheet, with its repetitions."""

    def __init__(self) -> None:
        self.odd: dict[str, dict[tuple[int, int], str]] = {}
        self.merged: dict[str, list[Merged]] = {}
        self._merged: list[Merged] = []
        self._sheet: dict[tuple[int, int], str] = {}
        self._row = self._column = 0
        self._height = self._width = 0
        self._rows = self._columns = 1
        self._filled = False
        self._cell: dict[str, str] | None = None
        self._text = ""
        self._computed = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "table":
                name = attributes.get("name", "")
                self._sheet, self._merged = self.odd.setdefault(name, {}), self.merged.setdefault(name, [])
                self._row = self._height = self._width = 0
            case "table-row":
                self._column, self._filled = 0, False
                self._rows = _repeated(attributes.get("number-rows-repeated"))
            case "table-cell" | "covered-table-cell":
                self._cell, self._text, self._computed = attributes, "", False
                self._columns = _repeated(attributes.get("number-columns-repeated"))
                down, right = (_repeated(attributes.get(f"number-{way}-spanned")) for way in ("rows", "columns"))
                if (down > 1 or right > 1) and len(self._merged) < MAX_CELLS // 10:
                    bottom, last = self._row + down, self._column + right - 1
                    self._merged.append(Merged(self._row + 1, bottom, self._column, last))
            case "p":
                self._computed = True  # an empty text is a result as well
            case "s" if _repeated(attributes.get("c")) > MAX_SPACES:
                raise too_large()

    def text(self, text: str) -> None:
        if self._cell is not None and len(self._text) < 1000:
            self._text += text

    def end(self, tag: str) -> None:
        if tag in ("table-cell", "covered-table-cell") and self._cell is not None:
            self._end_cell(self._cell)
        elif tag == "table-row":
            self._row += self._rows
            if self._filled:
                self._height = self._row
            if self._height * self._width > MAX_CELLS:
                raise too_large()

    def _end_cell(self, cell: dict[str, str]) -> None:
        formula = cell.get("formula")
        kind = cell.get("value-type")
        if kind == "error" or (formula is not None and self._text.startswith(("#", "Err:"))):
            self._keep(self._text)
        elif formula is not None and kind is None and not self._computed:
            self._keep(formula.removeprefix("of:"))
        if kind is not None or self._text:
            self._filled = True
            self._width = max(self._width, self._column + self._columns)
        self._column += self._columns
        self._cell = None

    def _keep(self, text: str) -> None:
        if self._rows * self._columns + len(self._sheet) > MAX_CELLS // 10:
            return
        for row in range(self._row, self._row + self._rows):
            for column in range(self._column, self._column + self._columns):
                self._sheet[row, column] = text[:200]


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
MAX_OLD = 100_000_000
"""The largest old workbook that is read, in bytes."""


def xls_facts(file: BinaryIO) -> list[SheetFacts]:
    """The facts of each worksheet of an old Excel workbook, in their order (of worksheets alone)."""
    data = _workbook_stream(file)
    offsets = []
    for kind, at, size in _records(data, 0):
        if kind == _FILEPASS:
            raise protected()
        if kind == _BOUNDSHEET and size >= 6:
            offsets.append(struct.unpack_from("<I", data, at)[0])
    if not offsets:
        raise damaged()
    return [_xls_sheet(data, offset) for offset in offsets]


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


def _xls_sheet(data: bytes, offset: int) -> SheetFacts:
    odd: dict[tuple[int, int], str] = {}
    height = width = 0
    for kind, at, size in _records(data, offset):
        if kind not in _VALUES or size < 6 or at + size > len(data):
            continue
        row, column = struct.unpack_from("<HH", data, at)
        height, width = max(height, row + 1), max(width, column + 1)
        if kind == _BOOLERR and size >= 8 and data[at + 7]:
            odd[row, column] = _ERRORS.get(data[at + 6], "#N/A")
        elif kind == _FORMULA and size >= 14 and data[at + 12 : at + 14] == b"\xff\xff" and data[at + 6] == 2:
            odd[row, column] = _ERRORS.get(data[at + 8], "#N/A")
        elif kind == _MULRK:
            width = max(width, column + (size - 6) // 6)
    if height * width > MAX_CELLS:
        raise too_large()
    return SheetFacts(odd)
