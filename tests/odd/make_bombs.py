"""Files made to fill the memory or to take for ever: made when they are needed, named as index.yaml names them.

python tests/odd/make_bombs.py FOLDER      writes them all
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from odd.shapes import (
    HEADER,
    MAIN,
    RELATIONS,
    XML,
    Grid,
    Sheet,
    Xml,
    ods,
    ods_cell,
    ods_of,
    pack,
    put,
    relations,
    rows,
    table,
    text,
    unpack,
    xls,
    xlsx,
)

MB = 1 << 20
_SHEET = "xl/worksheets/sheet1.xml"
_STRINGS = "xl/sharedStrings.xml"


# --- zip files of parts that unpack to much --------------------------------------------------------------------------


class Member(NamedTuple):
    """A part of a zip file, packed."""

    packed: bytes
    crc: int
    size: int


def small(content: bytes) -> Member:
    """A part, packed as usual."""
    return blown(content, b"", 0, b"")


def blown(before: bytes, block: bytes, times: int, after: bytes) -> Member:
    """A part in which a block stands many times; it is packed once."""

    def piece(content: bytes, how: int) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(content) + packer.flush(how)

    crc = zlib.crc32(before)
    for _ in range(times):
        crc = zlib.crc32(block, crc)
    repeated = piece(block, zlib.Z_FULL_FLUSH) * times if times else b""
    packed = piece(before, zlib.Z_FULL_FLUSH) + repeated + piece(after, zlib.Z_FINISH)
    return Member(packed, zlib.crc32(after, crc), len(before) + len(block) * times + len(after))


def zip_of(
    members: Mapping[str, Member], *, stated: Mapping[str, int] | None = None, one_for: Sequence[str] = ()
) -> bytes:
    """A zip file. `stated` gives sizes that are not true; the names `one_for` share the bytes of the first of them."""
    out, directory = bytearray(), bytearray()
    places: dict[str, int] = {}
    for name, member in members.items():
        size = (stated or {}).get(name, member.size)
        fields = struct.pack("<HHHHHLLL", 20, 0, 8, 0x4100, 0x5985, member.crc, len(member.packed), size)
        shared = name in one_for
        at = places.setdefault("shared", len(out)) if shared else len(out)
        written = one_for[0] if shared else name
        if at == len(out):
            out += b"PK\x03\x04" + fields + struct.pack("<HH", len(written), 0) + written.encode() + member.packed
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, at)
        )
        directory += name.encode()
    end = struct.pack("<HHHHLLH", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


def _workbook(**parts: Member) -> dict[str, Member]:
    """A clean workbook with some parts of its own: `sheet`, `strings`, `styles`."""
    names = {"sheet": _SHEET, "strings": _STRINGS, "styles": "xl/styles.xml"}
    made = {name: small(body) for name, body in unpack(xlsx(Sheet(table()))).items()}
    return {**made, **{names[key]: member for key, member in parts.items()}}


def _split(part: str, at: str) -> tuple[bytes, bytes]:
    """A part of a clean workbook, before and from some place on."""
    body = unpack(xlsx(Sheet(table())))[part]
    place = body.index(at.encode())
    return body[:place], body[place:]


# --- the bombs -------------------------------------------------------------------------------------------------------


def _sheet_with(block: bytes, times: int) -> Member:
    before, after = _split(_SHEET, "</sheetData>")
    return blown(before, block, times, after)


def _many_sheets(number: int, size: int, *, overlapping: bool) -> bytes:
    """Sheets of one and the same content, each below every limit."""
    sheet = _sheet_with(b" " * MB, size)
    names = [f"xl/worksheets/s{i}.xml" for i in range(number)]
    listed = "".join(f'<sheet name="S{i}" sheetId="{i + 1}" r:id="rId{i + 1}"/>' for i in range(number))
    members = {name: member for name, member in _workbook().items() if name != _SHEET}
    book = f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>'
    members["xl/workbook.xml"] = small(book.encode())
    targets = [("worksheet", f"worksheets/s{i}.xml") for i in range(number)]
    members["xl/_rels/workbook.xml.rels"] = small(relations(*targets, ("sharedStrings", "sharedStrings.xml")).encode())
    members.update(dict.fromkeys(names, sheet))
    return zip_of(members, one_for=names if overlapping else ())


def _one_part_as_sheets(number: int) -> bytes:
    parts = unpack(xlsx(Sheet(table())))
    listed = "".join(f'<sheet name="S{i}" sheetId="{i + 1}" r:id="rId1"/>' for i in range(number))
    book = f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>'
    return pack({**parts, "xl/workbook.xml": book})


def _laughs(part: str, *, levels: int = 9, width: int = 10) -> bytes:
    """Entities that stand for entities."""
    declared = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * width}">' for i in range(1, levels + 1))
    return _with_entity(part, declared, f"&e{levels};")


def _with_entity(part: str, declared: str, used: str) -> bytes:
    data = ods(Sheet(table())) if part == "content.xml" else xlsx(Sheet(table()), inline=part == _SHEET)
    parts = unpack(data)
    head, rest = parts[part].decode().split("?>", 1)
    body = f"{head}?><!DOCTYPE x [{declared}]>{rest.replace('CĐCS Trường THCS Lê Lợi', used, 1)}"
    assert used in body
    return pack({**parts, part: body})


def _repeated_ods(cell: str, columns: int, down: int) -> bytes:
    """A table with a cell that is said to stand in very many places, below a return."""
    inner = _ods_inner()
    cells = cell.replace("<table:table-cell", f'<table:table-cell table:number-columns-repeated="{columns}"', 1)
    row = f'<table:table-row table:number-rows-repeated="{down}">{cells}</table:table-row>'
    return ods_of(inner.replace("</table:table>", row + "</table:table>"))


def _ods_inner() -> str:
    content = unpack(ods(Sheet(table())))["content.xml"].decode()
    inner = content[content.index("<table:table ") : content.index("</office:spreadsheet>")]
    return inner[: inner.rindex("<table:table-row table:number-rows-repeated")] + "</table:table>"


def _repeated_data_row() -> bytes:
    inner = _ods_inner()
    last = inner.rindex("<table:table-row>")
    return ods_of(inner[:last] + '<table:table-row table:number-rows-repeated="1000000">' + inner[last + 17 :])


def _repeated_columns() -> bytes:
    inner = _ods_inner()
    zero = ods_cell(0)
    assert zero in inner
    wide = zero.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16000"', 1)
    return ods_of(inner.replace("</table:table-row>", wide + "</table:table-row>"))


def _far(make: Callable[[Sheet], bytes], last: str, *, with_table: bool) -> bytes:
    """A workbook with a cell in the last corner."""
    grid: Grid = table() if with_table else [["x"]]
    if make is xlsx:
        data = xlsx(Sheet([*grid, [Xml(f'<c r="{last}"><v>1</v></c>')]]))
        parts = unpack(data)
        row = f'<row r="{len(grid) + 1}">'.encode()
        assert row in parts[_SHEET]
        parts[_SHEET] = parts[_SHEET].replace(row, b'<row r="1048576">')
        return pack(parts)
    grid = [list(row) for row in grid] + [[] for _ in range(65536 - len(grid))]
    grid[-1] = [None] * 255 + [1]
    return make(Sheet(grid))


def _far_ods(*, with_table: bool) -> bytes:
    cell = '<table:table-cell table:number-columns-repeated="16383"/>' + ods_cell(1)
    rest = 1_048_575 - 8
    far = f'<table:table-row table:number-rows-repeated="{rest}"><table:table-cell/></table:table-row><table:table-row>{cell}</table:table-row>'
    inner = (
        _ods_inner()
        if with_table
        else f'<table:table table:name="QN"><table:table-row>{ods_cell("x")}</table:table-row></table:table>'
    )
    return ods_of(inner.replace("</table:table>", far + "</table:table>"))


def _merges(ref: str | None, number: int) -> bytes:
    """Very many merged cells, all alike or each below the last."""
    listed = "".join(f'<mergeCell ref="{ref or f"A{i}:C{i}"}"/>' for i in range(20, 20 + number))
    parts = unpack(xlsx(Sheet(table())))
    parts[_SHEET] = parts[_SHEET].replace(b"</sheetData>", f"</sheetData><mergeCells>{listed}</mergeCells>".encode())
    return pack(parts)


def _attributes(number: int) -> bytes:
    many = " ".join(f'a{i}="1"' for i in range(number))
    return xlsx(Sheet(put(table(), "H3", Xml(f'<c r="{{at}}" {many}><v>32</v></c>'))))


def _styles(number: int) -> Member:
    body = unpack(xlsx(Sheet(table())))["xl/styles.xml"]
    at = body.index(b"</cellXfs>")
    xf = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    return blown(body[:at], xf * 10_000, number // 10_000, body[at:])


def _unused_strings(number: int) -> Member:
    before, after = _split(_STRINGS, "</sst>")
    return blown(before, b"<si><t>a</t></si>" * 10_000, number // 10_000, after)


def _long_string(size: int) -> Member:
    before, after = _split(_STRINGS, "CĐCS Trường")
    return blown(before, b"a" * MB, size, after)


def _cells(number: int) -> Member:
    return _sheet_with(b"<row>" + b"<c><v>1</v></c>" * 20 + b"</row>", number // 20 + 1)


def _totals(number: int) -> bytes:
    """After every row its total."""
    lines = [";".join(HEADER)]
    for i in range(number):
        lines.append(f"2024;QN;Quy Nhơn;QN-{i:06};CĐCS {i};CĐCS;Tốt;" + ";".join(["1"] * 13))
        lines.append(";;;;Cộng;;;" + ";".join(["1"] * 13))
    return "\r\n".join(lines).replace(";1;1;1;1;1;1;1;1;1;1;1;1;1", ";1;1;1;1;0;1;1;1;1;1;1;1;1").encode()


def _wide_header(number: int) -> bytes:
    misspelt = [header.replace("ơ", "o").replace("đ", "d") + "x" for header in HEADER]
    strangers = [f"Chỉ tiêu số {i} theo kế hoạch" for i in range(number)]
    return text([[*HEADER[:4], *misspelt[4:], *strangers], *([*row, *([1] * number)] for row in rows())], ";").encode()


def _members(number: int) -> bytes:
    made = _workbook()
    made.update({f"docProps/thumbnail{i}.xml": Member(b"\x03\0", 0, 0) for i in range(number)})
    return zip_of(made)


def bombs() -> dict[str, Callable[[], bytes]]:
    """What makes each file, by its name."""
    deep = b"<a>" * 1_000_000 + b"</a>" * 1_000_000
    zero_width = b"\xe2\x80\x8b" * (MB // 4)
    return {
        "sheet-2-gb-of-blanks.xlsx": lambda: zip_of(_workbook(sheet=_sheet_with(b" " * MB, 2000))),
        "sheet-2-gb-of-rows.xlsx": lambda: zip_of(_workbook(sheet=_sheet_with(b"<row/>" * 200_000, 1700))),
        "sheet-2-gb-of-cells.xlsx": lambda: zip_of(
            _workbook(sheet=_sheet_with(b"<row>" + b"<c><v>1</v></c>" * 10_000 + b"</row>", 14_000))
        ),
        "sheet-190-mb-of-blanks.xlsx": lambda: zip_of(_workbook(sheet=_sheet_with(b" " * MB, 181))),
        "strings-1-gb.xlsx": lambda: zip_of(_workbook(strings=_unused_strings(63_000_000))),
        "strings-one-of-1-gb.xlsx": lambda: zip_of(_workbook(strings=_long_string(1024))),
        "strings-one-of-100-mb.xlsx": lambda: zip_of(_workbook(strings=_long_string(100))),
        "strings-3000000.xlsx": lambda: zip_of(_workbook(strings=_unused_strings(3_000_000))),
        "content-1-gb.ods": lambda: _blown_ods(b" " * MB, 1024),
        "content-190-mb-of-comments.ods": lambda: _blown_ods(b"<!--" + b"-=" * 50_000 + b"-->", 1800),
        "states-less-than-it-is.xlsx": lambda: zip_of(
            _workbook(sheet=_sheet_with(b" " * MB, 500)), stated={_SHEET: 5000}
        ),
        "states-more-than-it-is.xlsx": lambda: zip_of(_workbook(), stated={_SHEET: 4_000_000_000}),
        "cells-4000001.xlsx": lambda: zip_of(_workbook(sheet=_cells(4_000_001))),
        "rows-blank-1000000.xlsx": lambda: zip_of(_workbook(sheet=_sheet_with(b"<row/>" * 1000, 1000))),
        "corner.xlsx": lambda: _far(xlsx, "XFD1048576", with_table=False),
        "corner-and-table.xlsx": lambda: _far(xlsx, "XFD1048576", with_table=True),
        "corner.xls": lambda: _far(xls, "IV65536", with_table=False),
        "corner-and-table.xls": lambda: _far(xls, "IV65536", with_table=True),
        "corner.ods": lambda: _far_ods(with_table=False),
        "corner-and-table.ods": lambda: _far_ods(with_table=True),
        "repeated-cells.ods": lambda: _repeated_ods(ods_cell(7), 16384, 1_000_000),
        "repeated-blanks-styled.ods": lambda: _repeated_ods("<table:table-cell/>", 2_000_000_000, 2_000_000_000),
        "repeated-rows.ods": _repeated_data_row,
        "repeated-columns.ods": _repeated_columns,
        "repeated-spaces.ods": lambda: ods_of(
            _ods_inner().replace("CĐCS Trường", 'CĐCS<text:s text:c="2000000000"/>Trường')
        ),
        "laughs-strings.xlsx": lambda: _laughs(_STRINGS),
        "laughs-sheet.xlsx": lambda: _laughs(_SHEET),
        "laughs.ods": lambda: _laughs("content.xml"),
        "quadratic-strings.xlsx": lambda: _with_entity(_STRINGS, f'<!ENTITY a "{"a" * MB}">', "&a;" * 5000),
        "laughs-few.xlsx": lambda: _with_entity(_STRINGS, '<!ENTITY a "CĐCS Trường">', "&a;"),
        "members-60000.xlsx": lambda: _members(60_000),
        "sheets-of-one-part-50000.xlsx": lambda: _one_part_as_sheets(50_000),
        "sheets-overlapping.xlsx": lambda: _many_sheets(50, 180, overlapping=True),
        "sheets-50-of-180-mb.xlsx": lambda: _many_sheets(50, 180, overlapping=False),
        "deep.xlsx": lambda: zip_of(_workbook(sheet=_sheet_with(deep, 1))),
        "merges-300000.xlsx": lambda: _merges(None, 300_000),
        "merges-alike-300000.xlsx": lambda: _merges("A1:T1", 300_000),
        "attributes-500000.xlsx": lambda: _attributes(500_000),
        "styles-1000000.xlsx": lambda: zip_of(_workbook(styles=_styles(1_000_000))),
        "line-of-17-mb.csv": lambda: text(table(), ";").encode() + b"x" * 17_000_000,
        "delimiters-10000000.csv": lambda: b";" * 10_000_000,
        "header-then-delimiters-10000000.csv": lambda: text(table(), ";").encode() + b";" * 10_000_000 + b"\n",
        "wide-header-16000.csv": lambda: _wide_header(16_000),
        "blank-lines-10000000.csv": lambda: b"\n" * 10_000_000 + text(table(), ";").encode(),
        "titles-500000.csv": lambda: "Dòng ghi chú\n".encode() * 500_000 + text(table(), ";").encode(),
        "notes-200000.csv": lambda: text([*table(), ["Tổng cộng"]], ";").encode() + "Dòng ghi chú\n".encode() * 200_000,
        "totals-20000.csv": lambda: _totals(20_000),
        "headers-repeated-20000.csv": lambda: text([*table(), *([list(HEADER)] * 20_000)], ";").encode(),
        "zero-width-15-mb.csv": lambda: text(table(), ";").encode().replace("Lê Lợi".encode(), zero_width * 20),
        "utf-16-20-mb-of-blanks.csv": lambda: (
            b"\xff\xfe" + (text(table(), ";") + (" " * 1000 + "\n") * 10_000).encode("utf-16-le")
        ),
    }


def _blown_ods(block: bytes, times: int) -> bytes:
    parts = {name: small(body) for name, body in unpack(ods(Sheet(table()))).items()}
    body = unpack(ods(Sheet(table())))["content.xml"]
    at = body.index(b"</table:table>")
    parts["content.xml"] = blown(body[:at], block, times, body[at:])
    return zip_of(parts)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    for name, make in bombs().items():
        (folder / name).write_bytes(make())
        print(name, (folder / name).stat().st_size)


if __name__ == "__main__":
    main()
