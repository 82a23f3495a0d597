"""What the odd files are made of: a small clean return, and ways to write it by hand as xlsx, xls, ods and text.

Workbooks are written part by part, so that each thing that can be odd in one can be made odd by itself. What is made is
the same each time: no clock, no randomness without a seed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

# --- the return ------------------------------------------------------------------------------------------------------

HEADER = [
    "Kỳ báo cáo",
    "Mã đơn vị báo cáo",
    "Đơn vị báo cáo",
    "Mã CĐCS",
    "Tên CĐCS",
    "Loại đơn vị",
    "Xếp loại",
    "Tổng số đoàn viên",
    "Đoàn viên là đảng viên",
    "Đoàn viên là đảng viên được xếp loại",
    "Đoàn viên là đảng viên hoàn thành tốt",
    "Đoàn viên là đảng viên không hoàn thành",
    "Đoàn viên ưu tú giới thiệu cho Đảng",
    "Cán bộ chuyên trách",
    "Cán bộ chuyên trách có trình độ đại học trở lên",
    "Cán bộ chuyên trách có trình độ LLCT trung cấp trở lên",
    "Đoàn viên là CBCCVC",
    "Đoàn viên là CBCCVC đạt chuẩn chức danh",
    "Lao động",
    "Lao động được đào tạo, bồi dưỡng nghề",
]
"""The columns, A to T."""

_UNITS: list[tuple[str, str, str, list[int | None]]] = [
    ("Cơ quan LĐLĐ thành phố Quy Nhơn", "Cơ quan", "", [0, 0, 0, 0, 0, None, 5, 5, 4, 0, 0, 0, 0]),
    ("CĐCS Trường THCS Lê Lợi", "CĐCS", "Hoàn thành xuất sắc nhiệm vụ", [32, 15, 14, 13, 0, 2, 0, 0, 0, 30, 30, 2, 2]),
    ("CĐCS Trạm Y tế Hòa Bình", "CĐCS", "Hoàn thành tốt nhiệm vụ", [18, 8, 8, 7, 0, 1, 0, 0, 0, 16, 15, 2, 1]),
    ("CĐCS Công ty TNHH Gỗ Phú Tài", "CĐCS", "Hoàn thành nhiệm vụ", [95, 6, 6, 5, 0, 1, 1, 1, 1, 0, 0, 95, 70]),
    ("CĐCS UBND phường Đống Đa", "CĐCS", "Hoàn thành tốt nhiệm vụ", [24, 20, 19, 18, 1, 3, 0, 0, 0, 24, 24, 0, 0]),
    ("CĐCS Chi cục Thuế Quy Nhơn", "CĐCS", "Xuất sắc", [41, 30, 30, 29, 0, 2, 0, 0, 0, 41, 41, 0, 0]),
    ("CĐCS Hợp tác xã Nhơn Lý", "CĐCS", "Không xếp loại", [12, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 12, 9]),
]

FIRST_COUNT = HEADER.index("Tổng số đoàn viên")


def rows(code: str = "QN", name: str = "LĐLĐ thành phố Quy Nhơn", period: Cell = 2024) -> Grid:
    """Seven rows without fault: the office and six unions."""
    return [
        [period, code, name, f"{code}-{i:03}", unit, kind, rating or None, *counts]
        for i, (unit, kind, rating, counts) in enumerate(_UNITS)
    ]


def table(**district: Any) -> Grid:
    """The header and the rows."""
    return [list(HEADER), *rows(**district)]


def put(grid: Grid, where: str, value: Cell) -> Grid:
    """The grid with one cell changed, named as a spreadsheet names it."""
    column, row = place(where)
    grid[row][column] = value
    return grid


def place(where: str) -> tuple[int, int]:
    """Column and row, from 0, of a cell named as B7."""
    letters, digits = re.fullmatch("([A-Z]+)([0-9]+)", where).groups()  # type: ignore[union-attr] # only names of cells
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return column - 1, int(digits) - 1


def letters(column: int) -> str:
    """The name of a column, from 0."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def sums(part: Iterable[Sequence[Cell]]) -> list[Cell]:
    """The totals of the count columns of some rows."""
    columns = zip(*(row[FIRST_COUNT:] for row in part), strict=True)
    return [sum(cell for cell in column if isinstance(cell, int)) for column in columns]


# --- cells and sheets ------------------------------------------------------------------------------------------------


class Error(NamedTuple):
    """A spreadsheet's error."""

    text: str


class Formula(NamedTuple):
    """A formula, and what the workbook holds as its result: None is nothing."""

    text: str
    result: str | int | float | bool | Error | None = None


class Styled(NamedTuple):
    """A value shown in another way: one of STYLES."""

    value: Any
    style: str


class Xml(NamedTuple):
    """A cell of an xlsx as it is written, with `{at}` for its reference."""

    text: str


Cell = Any
"""A text, a number, a truth value, a day, a time, an Error, a Formula, a Styled value, an Xml, or None for a blank."""
Grid = list[list[Any]]

STYLES = {"general": 0, "percent": 1, "date": 2, "thousands": 3, "zeros": 4, "moment": 5, "text": 6, "time": 7}
_FORMATS = {
    "percent": "0.0%",
    "date": "dd/mm/yyyy",
    "thousands": "#,##0",
    "zeros": "0000",
    "moment": "dd/mm/yyyy hh:mm",
    "text": "@",
    "time": "hh:mm",
}
_STYLES_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="0000"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Times New Roman"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="8">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for number in (0, 10, 14, 3, 164, 22, 49, 20)
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass
class Sheet:
    """A sheet: its cells from `at` on, and what else is said of it."""

    grid: Grid
    name: str = "QN"
    at: str = "A1"
    merges: Sequence[str] = ()
    state: str = "visible"
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[str] = ()
    dimension: str | None = None
    refs: bool = True
    """Whether rows and cells say where they are (xlsx)."""

    def lines(self) -> list[tuple[int, list[tuple[int, Cell]]]]:
        """Rows with a value, and their cells with a value; numbers from 0."""
        left, top = place(self.at)
        found = []
        for number, row in enumerate(self.grid):
            cells = [(left + i, cell) for i, cell in enumerate(row) if cell is not None]
            if cells:
                found.append((top + number, cells))
        return found


# --- zip -------------------------------------------------------------------------------------------------------------

_DAY = (2024, 12, 5, 8, 0, 0)


def pack(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else method
            archive.writestr(info, content)
    return out.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(data: bytes, part: str, old: str, new: str, times: int = -1) -> bytes:
    """A zip file with something replaced in one of its parts."""
    parts = unpack(data)
    text = parts[part].decode()
    assert old in text, (part, old)
    parts[part] = text.replace(old, new, times).encode()
    return pack(parts)


def without(data: bytes, *names: str) -> bytes:
    """A zip file without some of its parts."""
    parts = unpack(data)
    for name in names:
        del parts[name]
    return pack(parts)


# --- xlsx ------------------------------------------------------------------------------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no time zones


def serial(moment: dt.date | dt.time) -> float:
    """A date as spreadsheets keep it."""
    if isinstance(moment, dt.time):
        return (moment.hour * 60 + moment.minute) / 1440
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
    return (moment - _EPOCH) / dt.timedelta(days=1)


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def _xlsx_cell(cell: Cell, at: str, shared: list[str] | None) -> str:
    style = 0
    if isinstance(cell, Xml):
        return cell.text.replace("{at}", at)
    if isinstance(cell, Styled):
        cell, style = cell.value, STYLES[cell.style]
    formula = ""
    if isinstance(cell, Formula):
        formula = f"<f>{escape(cell.text)}</f>"
        cell = cell.result
    place_and_style = (f' r="{at}"' if at else "") + (f' s="{style}"' if style else "")
    match cell:
        case None:
            kind, value = "", ""
        case Error():
            kind, value = "e", f"<v>{cell.text}</v>"
        case bool():
            kind, value = "b", f"<v>{int(cell)}</v>"
        case str() if formula:
            kind, value = "str", f"<v>{escape(cell)}</v>"
        case str() if shared is not None:
            if cell not in shared:
                shared.append(cell)
            kind, value = "s", f"<v>{shared.index(cell)}</v>"
        case str():
            kind, value = "inlineStr", f'<is><t xml:space="preserve">{escape(cell)}</t></is>'
        case dt.date() | dt.time():
            kind, value = "", f"<v>{_number(serial(cell))}</v>"
        case _:
            kind, value = "", f"<v>{_number(cell)}</v>"
    typed = f' t="{kind}"' if kind else ""
    return f"<c{place_and_style}{typed}>{formula}{value}</c>"


def sheet_xml(sheet: Sheet, shared: list[str] | None = None) -> str:
    """The part of a sheet; texts stand in it, or are put into `shared`."""
    out = [XML, f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">']
    if sheet.dimension:
        out.append(f'<dimension ref="{sheet.dimension}"/>')
    if sheet.hidden_columns:
        numbers = [place(name + "1")[0] + 1 for name in sheet.hidden_columns]
        out.append("<cols>" + "".join(f'<col min="{n}" max="{n}" width="0" hidden="1"/>' for n in numbers) + "</cols>")
    out.append("<sheetData>")
    for number, cells in sheet.lines():
        hidden = ' hidden="1"' if number + 1 in sheet.hidden_rows else ""
        out.append(f'<row r="{number + 1}"{hidden}>' if sheet.refs else "<row>")
        if sheet.refs:
            out += [_xlsx_cell(cell, f"{letters(column)}{number + 1}", shared) for column, cell in cells]
        else:
            filled = dict(cells)
            out += [_xlsx_cell(filled.get(column), "", shared) for column in range(max(filled) + 1)]
        out.append("</row>")
    out.append("</sheetData>")
    if sheet.merges:
        merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in sheet.merges)
        out.append(f'<mergeCells count="{len(sheet.merges)}">{merged}</mergeCells>')
    out.append("</worksheet>")
    return "".join(out)


def xlsx(*sheets: Sheet, inline: bool = False, type_of_workbook: str = _WORKBOOK_TYPE, properties: str = "") -> bytes:
    """A workbook as Excel writes it, without what does not matter."""
    shared: list[str] | None = None if inline else []
    bodies = [sheet_xml(sheet, shared) for sheet in sheets]
    names = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{i}"{_state(sheet)} r:id="rId{i}"/>'
        for i, sheet in enumerate(sheets, start=1)
    )
    targets = [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
    targets += [("styles", "styles.xml")] + ([] if shared is None else [("sharedStrings", "sharedStrings.xml")])
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": _content_types(len(sheets), type_of_workbook, shared is not None),
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}<sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(*targets),
        "xl/styles.xml": _STYLES_XML,
    }
    for i, body in enumerate(bodies, start=1):
        parts[f"xl/worksheets/sheet{i}.xml"] = body
    if shared is not None:
        parts["xl/sharedStrings.xml"] = shared_xml(shared)
    return pack(parts)


def _state(sheet: Sheet) -> str:
    return "" if sheet.state == "visible" else f' state="{sheet.state}"'


def shared_xml(texts: Iterable[str]) -> str:
    """The part of the shared strings."""
    items = [f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts]
    return f'{XML}<sst xmlns="{MAIN}" count="{len(items)}" uniqueCount="{len(items)}">{"".join(items)}</sst>'


def relations(*targets: tuple[str, str]) -> str:
    """A part that says where other parts are."""
    body = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">{body}</Relationships>'


def _content_types(sheets: int, workbook: str, shared: bool) -> str:
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    overrides = [("xl/workbook.xml", workbook), ("xl/styles.xml", f"{kinds}styles+xml")]
    overrides += [(f"xl/worksheets/sheet{i}.xml", f"{kinds}worksheet+xml") for i in range(1, sheets + 1)]
    overrides += [("xl/sharedStrings.xml", f"{kinds}sharedStrings+xml")] if shared else []
    return (
        f'{XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides)
        + "</Types>"
    )


# --- xls -------------------------------------------------------------------------------------------------------------


def xls(*sheets: Sheet) -> bytes:
    """A workbook as Excel 97 to 2003 wrote it."""
    out = io.BytesIO()
    _xlwt_book(sheets).save(out)
    return out.getvalue()


def biff(*sheets: Sheet) -> bytes:
    """The records of such a workbook, without the compound file around them."""
    stream: bytes = _xlwt_book(sheets).get_biff_data()
    return stream


def _xlwt_book(sheets: Sequence[Sheet]) -> Any:
    import xlwt  # type: ignore[import-untyped]

    book = xlwt.Workbook(encoding="utf-8")
    styles = {name: xlwt.easyxf(num_format_str=shown) for name, shown in _FORMATS.items()}
    styles["general"] = xlwt.Style.default_style
    for sheet in sheets:
        made = book.add_sheet(sheet.name)
        made.visibility = {"visible": 0, "hidden": 1, "veryHidden": 2}[sheet.state]
        for number, cells in sheet.lines():
            for column, cell in cells:
                _xlwt_cell(made, number, column, cell, styles)
            made.row(number).hidden = number + 1 in sheet.hidden_rows
        for name in sheet.hidden_columns:
            made.col(place(name + "1")[0]).hidden = True
        for merge in sheet.merges:
            (left, top), (right, bottom) = (place(end) for end in merge.split(":"))
            made.merged_ranges.append((top, bottom, left, right))
    return book


_ERROR_CODES = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}


def _xlwt_cell(made: Any, row: int, column: int, cell: Cell, styles: Mapping[str, Any]) -> None:
    import xlwt

    style = styles["general"]
    if isinstance(cell, Styled):
        cell, style = cell.value, styles[cell.style]
    match cell:
        case Error():
            made.row(row).set_cell_error(column, _ERROR_CODES[cell.text], style)
        case Formula():
            made.write(row, column, xlwt.Formula(cell.text), style)
        case dt.date() | dt.time():
            made.write(row, column, serial(cell), style)
        case None:
            made.row(row).set_cell_blank(column, style)
        case _:
            made.write(row, column, cell, style)


def compound(stream: bytes) -> bytes:
    """Records as a file: the stream `Workbook` of a compound document."""
    from xlwt.CompoundDoc import XlsDoc  # type: ignore[import-untyped]

    out = io.BytesIO()
    XlsDoc().save(out, stream)
    return out.getvalue()


def renamed_stream(data: bytes, old: str, new: str) -> bytes:
    """A compound file with another name for one of its streams."""
    entry = data.index(old.encode("utf-16-le").ljust(64, b"\0"))
    name = new.encode("utf-16-le")
    return data[:entry] + name.ljust(64, b"\0") + (len(name) + 2).to_bytes(2, "little") + data[entry + 66 :]


# --- ods -------------------------------------------------------------------------------------------------------------

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_NAMES = (
    "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for name, long in {
            "office": "office",
            "table": "table",
            "text": "text",
            "style": "style",
            "fo": "xsl-fo-compatible",
        }.items()
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(*sheets: Sheet) -> bytes:
    """A workbook as LibreOffice writes it, without what does not matter."""
    return ods_of("".join(_ods_table(sheet) for sheet in sheets))


def ods_of(tables: str) -> bytes:
    """A workbook of these tables."""
    hidden = '<style:style style:name="hid" style:family="table"><style:table-properties table:display="false"/></style:style>'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content{_ODS_NAMES} office:version="1.3">'
        f"<office:automatic-styles>{hidden}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return pack(
        {
            "mimetype": ODS_TYPE,
            "content.xml": content,
            "META-INF/manifest.xml": (
                f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="{manifest}" manifest:version="1.3">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
                '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
            ),
        }
    )


def _ods_table(sheet: Sheet) -> str:
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for merge in sheet.merges:
        (left, top), (right, bottom) = (place(end) for end in merge.split(":"))
        spans[top, left] = (bottom - top + 1, right - left + 1)
        covered.update((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1))
    covered -= spans.keys()
    lines = dict(sheet.lines())
    last_row = max([*lines, *(r for r, _ in covered)], default=-1)
    out = [
        f"<table:table table:name={quoteattr(sheet.name)}"
        + (' table:style-name="hid">' if sheet.state != "visible" else ">")
    ]
    gap = 0
    for number in range(last_row + 1):
        cells = dict(lines.get(number, []))
        width = max([*cells, *(c for r, c in covered if r == number)], default=-1) + 1
        if not width:
            gap += 1
            continue
        if gap:
            out.append(f'<table:table-row table:number-rows-repeated="{gap}"><table:table-cell/></table:table-row>')
            gap = 0
        hidden = ' table:visibility="collapse"' if number + 1 in sheet.hidden_rows else ""
        out.append(f"<table:table-row{hidden}>")
        for column in range(width):
            if (number, column) in covered:
                out.append("<table:covered-table-cell/>")
                continue
            down, right = spans.get((number, column), (1, 1))
            spanned = (
                f' table:number-columns-spanned="{right}" table:number-rows-spanned="{down}"'
                if down * right > 1
                else ""
            )
            out.append(ods_cell(cells.get(column), spanned))
        out.append("</table:table-row>")
    rest = 1_048_576 - last_row - 1
    out.append(
        f'<table:table-row table:number-rows-repeated="{rest}"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    return "".join(out) + "</table:table>"


def ods_cell(cell: Cell, more: str = "") -> str:
    """A cell of a table."""
    style = "general"
    if isinstance(cell, Styled):
        cell, style = cell.value, cell.style
    if isinstance(cell, Formula):
        more += f" table:formula={quoteattr('of:=' + cell.text)}"
        cell = cell.result
    match cell:
        case None:
            return f"<table:table-cell{more}/>"
        case Error():
            kind = ' office:value-type="string" office:string-value="" calcext:value-type="error"'
            more = more if "formula" in more else f' table:formula="of:={cell.text}"{more}'
            shown = cell.text
        case bool():
            kind = f' office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
            shown = str(cell).upper()
        case str():
            lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
            return f'<table:table-cell office:value-type="string"{more}>{lines}</table:table-cell>'
        case dt.date():
            kind = f' office:value-type="date" office:date-value="{cell.isoformat()}"'
            shown = cell.strftime("%d/%m/%Y")
        case dt.time():
            kind = f' office:value-type="time" office:time-value="PT{cell.hour:02}H{cell.minute:02}M00S"'
            shown = cell.strftime("%H:%M")
        case _:
            percent = style == "percent" and isinstance(cell, int | float)
            kind = f' office:value-type="{"percentage" if percent else "float"}" office:value="{cell}"'
            shown = f"{100 * cell:.1f}%" if percent else str(cell)
    return f"<table:table-cell{kind}{more}><text:p>{escape(shown)}</text:p></table:table-cell>"


# --- text ------------------------------------------------------------------------------------------------------------


def text(grid: Grid, delimiter: str = ",", end: str = "\n") -> str:
    """A grid as delimited text."""
    return "".join(delimiter.join(_text_cell(cell, delimiter) for cell in row) + end for row in grid)


def _text_cell(cell: Cell, delimiter: str) -> str:
    written = "" if cell is None else str(cell)
    if any(sign in written for sign in (delimiter, '"', "\n")):
        return '"' + written.replace('"', '""') + '"'
    return written


def cp1258(written: str, *, tones_apart: bool = False) -> bytes:
    """Text in the code page of Vietnamese Windows, where most tones stand behind their letters."""
    out = []
    for letter in unicodedata.normalize("NFC", written):
        whole = letter.encode("cp1258", "ignore")
        if whole and not (tones_apart and letter.lower() in "àáèéíóùú"):
            out.append(whole)
            continue
        base, *marks = list(unicodedata.normalize("NFD", letter))
        tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
        shape = "".join(mark for mark in marks if mark not in tones)
        out.append((unicodedata.normalize("NFC", base + shape) + "".join(tones)).encode("cp1258"))
    return b"".join(out)


_TCVN3 = dict(
    zip(
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\xadõøö÷ùúýûüþ¡¢£¤¥¦§",
        strict=True,
    )
)
_VNI_TONES = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
_VNI_HAT = {"": "â", "\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
_VNI_BREVE = {"": "ê", "\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
_VNI_SINGLE = {"ì": "ì", "í": "í", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "đ": "ñ", "ơ": "ô", "ư": "ö"}


def tcvn3(written: str) -> str:
    """Text as it looks without the old font TCVN3 (ABC): Công đoàn is C«ng ®oµn."""
    return "".join(
        _TCVN3.get(letter) or _TCVN3.get(letter.lower(), letter) for letter in unicodedata.normalize("NFC", written)
    )


def vni(written: str) -> str:
    """Text as it looks without the old font VNI: Công đoàn is Coâng ñoaøn."""
    return "".join(map(_vni_letter, unicodedata.normalize("NFC", written)))


def _vni_letter(letter: str) -> str:
    low = letter.lower()
    if low in _VNI_SINGLE:
        made = _VNI_SINGLE[low]
    else:
        base, *marks = list(unicodedata.normalize("NFD", low))
        tone = next((mark for mark in marks if mark in _VNI_TONES), "")
        if "\u0302" in marks:
            made = base + _VNI_HAT[tone]
        elif "\u0306" in marks:
            made = base + _VNI_BREVE[tone]
        elif "\u031b" in marks:
            made = {"o": "ô", "u": "ö"}[base] + _VNI_TONES.get(tone, "")
        else:
            made = base + _VNI_TONES.get(tone, "")
    return made if letter == low else made.upper()
