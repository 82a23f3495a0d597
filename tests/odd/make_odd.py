"""Makes the odd files under data/, named as index.yaml names them.

python tests/odd/make_odd.py           writes them all
python tests/odd/make_odd.py --check   says which of those that are kept would be written otherwise

Those of LIBREOFFICE are kept as LibreOffice 7.4 saved them from others of the files (with a password: mat-khau); they
cannot be made on every machine. The bombs are too large to keep: make_bombs.py makes them when they are needed.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
import struct
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from odd.shapes import (  # noqa: E402 - they stand beside this file
    FIRST_COUNT,
    HEADER,
    MAIN,
    ODS_TYPE,
    RELATIONS,
    XML,
    Cell,
    Error,
    Formula,
    Grid,
    Sheet,
    Styled,
    Xml,
    biff,
    changed,
    compound,
    cp1258,
    letters,
    ods,
    ods_of,
    pack,
    place,
    put,
    relations,
    renamed_stream,
    rows,
    shared_xml,
    sheet_xml,
    sums,
    table,
    tcvn3,
    text,
    unpack,
    vni,
    without,
    xls,
    xlsx,
)

DATA = HERE / "data"
LIBREOFFICE = (
    "lo-clean.xlsx",
    "lo-clean.xls",
    "lo-clean.ods",
    "lo-formulas.xlsx",
    "lo-formulas.xls",
    "lo-formulas.ods",
    "lo-official-form.xlsx",
    "lo-official-form.xls",
    "lo-official-form.ods",
    "lo-password.xlsx",
    "lo-password.xls",
    "lo-password.ods",
    "lo-page.xls",
    "lo-print.pdf",
)
"""Files that are kept and not made."""

Made = Iterator[tuple[str, bytes]]

_TITLES: Grid = [
    ["LIÊN ĐOÀN LAO ĐỘNG TỈNH BÌNH ĐỊNH"],
    ["BÁO CÁO KẾT QUẢ THỰC HIỆN KẾ HOẠCH SỐ 130/KH-LĐLĐ NĂM 2024"],
    ["(Kèm theo Báo cáo số 15/BC-LĐLĐ ngày 05/12/2024)"],
    [],
]
_PARENTHESES: list[Cell] = [f"({i})" for i in range(1, 21)]
_GROUPED: list[list[Cell]] = [
    [
        *HEADER[:8],
        *["Đoàn viên là đảng viên", None, None, None],
        HEADER[12],
        *["Cán bộ chuyên trách", None, None],
        *["Đoàn viên là CBCCVC", None],
        *["Lao động", None],
    ],
    [
        *[None] * 8,
        *["Tổng số", "được xếp loại", "hoàn thành tốt", "không hoàn thành"],
        None,
        *["Tổng số", "đại học trở lên", "LLCT trung cấp trở lên"],
        *["Tổng số", "đạt chuẩn chức danh"],
        *["Tổng số", "được đào tạo, bồi dưỡng nghề"],
    ],
]
"""A header over two rows."""


def _grouped_merges(first: int, shift: int = 0) -> list[str]:
    """The merged cells of a header over two rows, the first of them in row `first`."""
    across = [("I", "L"), ("N", "P"), ("Q", "R"), ("S", "T")]
    down = "ABCDEFGHM"
    move = {name: letters(place(name + "1")[0] + shift) for name in "ABCDEFGHIJKLMNOPQRST"}
    merges = [f"{move[a]}{first}:{move[b]}{first}" for a, b in across]
    return merges + [f"{move[name]}{first}:{move[name]}{first + 1}" for name in down]


def _everywhere(name: str, sheet: Sheet, *more: Sheet) -> Made:
    """The same in every format of workbooks."""
    yield f"{name}.xlsx", xlsx(sheet, *more)
    yield f"{name}.xls", xls(sheet, *more)
    yield f"{name}.ods", ods(sheet, *more)


def _as_text(grid: Grid, delimiter: str = ";") -> bytes:
    """As Excel in Vietnam saves it: marked UTF-8, every row as wide as the widest."""
    width = max(map(len, grid))
    return text([row + [None] * (width - len(row)) for row in grid], delimiter, "\r\n").encode("utf-8-sig")


def _with_ordinal(grid: Grid) -> Grid:
    """The table with a column that numbers the rows."""
    return [["STT", *grid[0]], *([i, *row] for i, row in enumerate(grid[1:], start=1))]


def _line(label: str, part: Grid, at: int = 0, **changes: int) -> list[Cell]:
    """A row of totals with its label in a column; `changes` are added to the totals of columns."""
    row: list[Cell] = [None] * FIRST_COUNT + sums(part)
    for column, more in changes.items():
        row[place(column + "1")[0]] += more
    row[at] = label
    return row


# --- where the table is ----------------------------------------------------------------------------------------------


def _clean() -> Made:
    yield from _everywhere("clean", Sheet(table()))
    yield "clean.csv", text(table()).encode()
    yield (
        "clean.xlsm",
        pack(
            {
                **unpack(xlsx(Sheet(table()), type_of_workbook="application/vnd.ms-excel.sheet.macroEnabled.main+xml")),
                "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 not a real one",
            }
        ),
    )
    template = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"
    yield "template.xltx", xlsx(Sheet(table()), type_of_workbook=template)
    yield "openpyxl.xlsx", _openpyxl()
    yield "odfpy.ods", _odfpy()


def _openpyxl() -> bytes:
    """As openpyxl writes it, but for the time."""
    import io

    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "QN"
    for row in table():
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    parts = unpack(out.getvalue())
    parts["docProps/core.xml"] = re.sub(
        rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2024-12-05T08:00:00Z", parts["docProps/core.xml"]
    )
    return pack(parts)


def _odfpy() -> bytes:
    """As odfpy writes it, but for the time."""
    import io

    from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]
    from odf.table import Table, TableCell, TableRow  # type: ignore[import-untyped]
    from odf.text import P  # type: ignore[import-untyped]

    document = OpenDocumentSpreadsheet()
    made = Table(name="QN")
    for row in table():
        line = TableRow()
        for cell in row:
            if isinstance(cell, int):
                line.addElement(TableCell(valuetype="float", value=str(cell)))
            else:
                filled = TableCell(valuetype="string")
                filled.addElement(P(text=cell or ""))
                line.addElement(filled)
        made.addElement(line)
    document.spreadsheet.addElement(made)
    out = io.BytesIO()
    document.write(out)
    parts = unpack(out.getvalue())
    parts["meta.xml"] = re.sub(rb"<meta:creation-date>.*?</meta:creation-date>", b"", parts["meta.xml"])
    return pack(parts)


def _titles() -> Made:
    grid = [*_TITLES, *table()]
    yield from _everywhere("titles", Sheet(grid, merges=["A1:T1", "A2:T2", "A3:T3"]))
    yield "titles.csv", _as_text(grid)
    yield "titles-ragged.csv", text(grid, ";", "\r\n").encode()
    year: Grid = [["BÁO CÁO NĂM"], ["Năm:", 2024], ["Số CĐCS:", 6], *table()]
    yield "titles-with-figures.xlsx", xlsx(Sheet(year))
    yield (
        "titles-quoted.csv",
        b'"B\xc3\x81O C\xc3\x81O; n\xc4\x83m 2024\r\nqu\xc3\xbd IV"\r\n' + text(table(), ";").encode(),
    )
    yield "separator-line.csv", b"sep=;\r\n" + text(table(), ";", "\r\n").encode()
    yield "titles-98.xlsx", xlsx(Sheet([[f"Dòng ghi chú thứ {chr(97 + i % 26)}"] for i in range(98)] + table()))
    yield "titles-150.xlsx", xlsx(Sheet([[f"Dòng ghi chú thứ {chr(97 + i % 26)}"] for i in range(150)] + table()))
    yield "titles-150.csv", text([[f"Dòng ghi chú thứ {chr(97 + i % 26)}"] for i in range(150)] + table(), ";").encode()
    yield "blank-150.xlsx", xlsx(Sheet(table(), at="A151"))
    yield "blank-150.csv", b"\r\n" * 150 + text(table(), ";", "\r\n").encode()
    yield "header-at-bottom.csv", text([*rows(), HEADER], ";").encode()
    yield "header-at-bottom.xlsx", xlsx(Sheet([*rows(), list(HEADER)]))
    yield "header-in-the-middle.csv", text([*rows()[:3], HEADER, *rows()[3:]], ";").encode()
    yield "no-header.csv", text(rows()).encode()
    yield from _everywhere("no-header", Sheet(rows()))
    yield "transposed.xlsx", xlsx(Sheet([list(line) for line in zip(*table(), strict=True)]))


def _headers() -> Made:
    grid = [*_GROUPED, *rows()]
    yield from _everywhere("groups-header", Sheet(grid, merges=_grouped_merges(1)))
    yield "groups-header.csv", _as_text(grid)
    form: Grid = [*_TITLES, *_GROUPED, list(_PARENTHESES), *rows()]
    merges = ["A1:T1", "A2:T2", "A3:T3", *_grouped_merges(5)]
    yield from _everywhere("groups-header-titles-numbers", Sheet(form, merges=merges))
    one_group: Grid = [[*HEADER[:8], "Kết quả", *[None] * 11], [*[None] * 8, *HEADER[8:]], *rows()]
    yield "groups-header-whole-below.xlsx", xlsx(Sheet(one_group, merges=["I1:T1"]))
    unmerged: Grid = [list(_GROUPED[0]), list(_GROUPED[1]), *rows()]
    yield "groups-header-not-merged.xlsx", xlsx(Sheet(unmerged))
    lower = [list(_GROUPED[0]), list(_GROUPED[1]), *rows()]
    lower[1][9] = "được phân loại"
    yield "groups-header-misspelt.xlsx", xlsx(Sheet(lower, merges=_grouped_merges(1)))
    broken = [
        [str(header).replace(" là ", "\nlà\n").replace(" hoàn thành", "\nhoàn thành") for header in HEADER],
        *rows(),
    ]
    yield from _everywhere("header-line-breaks", Sheet(broken))
    yield "header-line-breaks.csv", text(broken, ";", "\r\n").encode("utf-8-sig")
    yield from _everywhere("ordinal", Sheet(_with_ordinal(table())))
    yield "ordinal.csv", text(_with_ordinal(table()), ";").encode()
    noted = [
        [*row, note] for row, note in zip(table(), ["Ghi chú", "", "mới thành lập", "", "", "", "12", ""], strict=True)
    ]
    yield "notes-column.xlsx", xlsx(Sheet(noted))
    yield "header-capitals.xlsx", xlsx(Sheet([[str(header).upper() for header in HEADER], *rows()]))
    odd_blanks = [[f"\u00a0{header}  " for header in HEADER], *rows()]
    yield "header-nbsp.xlsx", xlsx(Sheet(odd_blanks))
    yield "header-zero-width.xlsx", xlsx(Sheet(put(table(), "G1", "Xếp loại\u200b")))
    english = ["Period", "District code", "District name", "Unit code", "Unit name", "Unit type", "Rating", "Members"]
    yield "header-mixed.xlsx", xlsx(Sheet([[*english, *HEADER[8:]], *rows()]))
    yield "header-twice-a-field.xlsx", xlsx(Sheet([[*row, row[7]] for row in table()]))
    yield "header-only.xlsx", xlsx(Sheet([list(HEADER)]))
    yield "header-and-total-only.xlsx", xlsx(Sheet([list(HEADER), _line("Tổng cộng", rows())]))
    yield "header-and-titles-only.xls", xls(Sheet([*_TITLES, list(HEADER)]))


def _numbers() -> Made:
    for name, line in {
        "parentheses": _PARENTHESES,
        "bare": list(range(1, 21)),
        "letters": [*"ABCDEFG", *range(1, 14)],
        "formulas": [*_PARENTHESES[:7], "(8)", "(9)", "(10)=(9)-(8)", *_PARENTHESES[10:19], "(20=19/18)"],
        "dotted": [f"{i}." for i in range(1, 21)],
    }.items():
        grid: Grid = [list(HEADER), list(line), *rows()]
        yield f"numbers-{name}.xlsx", xlsx(Sheet(grid))
        yield f"numbers-{name}.csv", text(grid, ";").encode()
    yield "numbers-bare.xls", xls(Sheet([list(HEADER), list(range(1, 21)), *rows()]))
    yield "numbers-bare.ods", ods(Sheet([list(HEADER), list(range(1, 21)), *rows()]))


def _left_out() -> Made:
    first, second = rows()[:3], rows()[3:]
    numbered = _with_ordinal(table())
    head, lines = numbered[0], numbered[1:]
    roman: Grid = [head, ["I", "KHỐI HÀNH CHÍNH"], *lines[:3], ["II", "KHỐI DOANH NGHIỆP"], *lines[3:]]
    yield from _everywhere("headings-roman", Sheet(roman))
    yield "headings-roman.csv", _as_text(roman)
    lettered: Grid = [head, ["A", "KHỐI HÀNH CHÍNH"], *lines[:3], ["B", "KHỐI DOANH NGHIỆP"], *lines[3:]]
    yield "headings-letters.xlsx", xlsx(Sheet(lettered))
    counted: Grid = [head, ["I", *_line("KHỐI HÀNH CHÍNH", first, 4)], *lines[:3]]
    counted += [["II", *_line("KHỐI DOANH NGHIỆP", second, 4)], *lines[3:]]
    yield from _everywhere("headings-roman-with-sums", Sheet(counted))
    wrong = [*counted]
    wrong[5] = ["II", *_line("KHỐI DOANH NGHIỆP", second, 4, H=1)]
    yield "headings-roman-with-wrong-sum.xlsx", xlsx(Sheet(wrong))
    merged: Grid = [list(HEADER), ["Khối hành chính"], *first, ["Khối doanh nghiệp"], *second]
    yield from _everywhere("headings-merged", Sheet(merged, merges=["A2:T2", "A6:T6"]))
    named: Grid = [list(HEADER), ["I. Khối hành chính"], *first, ["II. Khối doanh nghiệp"], *second]
    yield "headings-text.xlsx", xlsx(Sheet(named))
    yield "headings-text.csv", _as_text(named)
    with_subtotals: Grid = [list(HEADER), *first, _line("Cộng khối hành chính", first, 4)]
    with_subtotals += [*second, _line("Cộng khối doanh nghiệp", second, 4), _line("Tổng cộng", rows(), 4)]
    yield from _everywhere("subtotals", Sheet(with_subtotals))
    yield "subtotals.csv", _as_text(with_subtotals)
    differs = [*with_subtotals]
    differs[4] = _line("Cộng khối hành chính", first, 4, H=2, S=-1)
    yield from _everywhere("subtotals-differ", Sheet(differs))
    below: Grid = [*table(), _line("Tổng cộng", rows())]
    yield from _everywhere("total-below", Sheet(below))
    yield "total-above.xlsx", xlsx(Sheet([list(HEADER), _line("Tổng số", rows()), *rows()]))
    both: Grid = [list(HEADER), _line("Tổng cộng:", rows()), *rows(), _line("CỘNG", rows())]
    yield "total-above-and-below.xlsx", xlsx(Sheet(both))
    yield from _everywhere("total-differs", Sheet([*table(), _line("Tổng cộng", rows(), H=2, S=-1)]))
    yield "total-differs.csv", _as_text([*table(), _line("Tổng cộng", rows(), H=2, S=-1)])
    yield (
        "total-of-a-faulty-column.xlsx",
        xlsx(Sheet([*put(table(), "H3", "ba hai"), _line("Tổng cộng", rows(), S=-1)])),
    )
    yield (
        "total-as-text.xlsx",
        xlsx(Sheet([*table(), [str(c) if isinstance(c, int) else c for c in _line("Tổng cộng", rows())]])),
    )
    coded = _line("Tổng cộng", rows(), 4)
    coded[:4] = [2024, "QN", "LĐLĐ thành phố Quy Nhơn", "QN"]
    yield "total-with-code.xlsx", xlsx(Sheet([*table(), coded]))
    yield "total-in-the-ordinal.xlsx", xlsx(Sheet([*numbered, ["Tổng cộng", *_line("", rows())]]))
    yield "total-without-figures.xlsx", xlsx(Sheet([*table(), ["Tổng cộng: 07 đơn vị"]]))
    hidden_in_it: Cell = Formula("SUM(H2:H8)")
    yield "total-not-computed.xlsx", xlsx(Sheet([*table(), ["Tổng cộng", *[None] * 6, hidden_in_it]]))
    republic = put(table(), "E4", "Cộng Hòa")
    yield "unit-named-like-a-total.xlsx", xlsx(Sheet(put(republic, "E5", "Tổng Công ty PISICO")))
    lost = put(table(), "E5", "Tổng Công ty PISICO")
    yield "unit-named-like-a-total-without-code.xlsx", xlsx(Sheet(put(lost, "D5", None)))
    yield "unit-without-code.xlsx", xlsx(Sheet(put(table(), "D5", None)))
    yield "unit-of-name-alone.xlsx", xlsx(Sheet([*table(), [None] * 4 + ["CĐCS Trường Mầm non Hoa Sen"]]))
    signed: Grid = [
        *below,
        [],
        ["Bình Định, ngày 05 tháng 12 năm 2024"],
        ["NGƯỜI LẬP BIỂU", *[None] * 11, "TM. BAN THƯỜNG VỤ"],
    ]
    signed += [
        ["(Ký, ghi rõ họ tên)", *[None] * 11, "PHÓ CHỦ TỊCH"],
        [],
        [],
        ["Nguyễn Văn An", *[None] * 11, "Trần Thị Bình"],
    ]
    yield from _everywhere("signatures", Sheet(signed))
    yield "signatures.csv", _as_text(signed)
    yield "signatures-ragged.csv", text(signed, ";", "\r\n").encode()
    bare: Grid = [
        *table(),
        [],
        [*[None] * 12, "Quy Nhơn, ngày 05/12/2024"],
        [*[None] * 12, "CHỦ TỊCH"],
        [*[None] * 12, "(đã ký)"],
    ]
    yield "signatures-under-figures.xlsx", xlsx(Sheet(bare))
    plain: Grid = [
        *table(),
        [],
        [None, "Người lập biểu", *[None] * 10, "CHỦ TỊCH"],
        [None, "Nguyễn Văn An", *[None] * 10, "Trần Thị Bình"],
    ]
    yield "signatures-without-total.xlsx", xlsx(Sheet(plain))
    yield (
        "notes-below.xlsx",
        xlsx(Sheet([*below, [], ["Ghi chú: số liệu tính đến ngày 30/11/2024; chưa có 02 CĐCS mới."]])),
    )
    again: Grid = [list(HEADER), *first, list(HEADER), *second]
    yield from _everywhere("header-repeated", Sheet(again))
    yield "header-repeated.csv", text(again, ";").encode()
    pages: Grid = [*_GROUPED, list(_PARENTHESES), *first, *_GROUPED, list(_PARENTHESES), *second]
    yield "groups-header-repeated.xlsx", xlsx(Sheet(pages, merges=[*_grouped_merges(1), *_grouped_merges(7)]))
    spaced: Grid = [list(HEADER), [], *first, [], [], *second, []]
    yield from _everywhere("blank-rows", Sheet(spaced))
    yield "blank-rows.csv", _as_text(spaced)
    white: Grid = [list(HEADER), *first, [" ", "\u00a0", "", "\t"], *second]
    yield "white-rows.xlsx", xlsx(Sheet(white))
    yield from _everywhere("corner-c10", Sheet(put(table(), "H3", "ba hai"), at="C10"))
    yield "corner-c10.csv", _as_text([*([[]] * 9), *([None, None, *row] for row in put(table(), "H3", "ba hai"))])
    filled_down = [[None if i and c < 3 else cell for c, cell in enumerate(row)] for i, row in enumerate(rows())]
    yield "merged-down.xlsx", xlsx(Sheet([list(HEADER), *filled_down], merges=["A2:A8", "B2:B8", "C2:C8"]))
    yield "hidden-rows.xlsx", xlsx(Sheet(put(table(), "H4", "mười tám"), hidden_rows=[4, 5], hidden_columns=["J", "K"]))
    yield "hidden-rows.xls", xls(Sheet(put(table(), "H4", "mười tám"), hidden_rows=[4, 5], hidden_columns=["J", "K"]))
    yield "hidden-rows.ods", ods(Sheet(put(table(), "H4", "mười tám"), hidden_rows=[4, 5]))
    for code, end in [("xlsx", "1048576"), ("xls", "65536")]:
        far: Grid = [*table(), [Styled(None, "text")] * 3]
        sheet = sheet_xml(Sheet(far), []) if code == "xlsx" else ""
        if code == "xlsx":
            last = sheet.rindex('<row r="9">')
            body = sheet[:last] + sheet[last:].replace('r="9"', f'r="{end}"').replace('9" s=', f'{end}" s=')
            parts = unpack(xlsx(Sheet(far, dimension=f"A1:XFD{end}")))
            columns = '<cols><col min="1" max="16384" width="12" style="6"/></cols><sheetData>'
            body = body.replace("<sheetData>", columns, 1)
            body = body.replace("<worksheet ", "<worksheet ", 1)
            parts["xl/worksheets/sheet1.xml"] = body.encode()
            yield "formatted-to-the-end.xlsx", pack(parts)
        else:
            blank: Grid = [[] for _ in range(65536)]
            blank[:8] = table()
            blank[65535] = [Styled(None, "text")] * 3
            yield "formatted-to-the-end.xls", xls(Sheet(blank))


def _official() -> Made:
    """All of it at once, as a district's form looks."""
    first, second = _with_ordinal(table())[1:4], _with_ordinal(table())[4:]
    titles: Grid = [["LĐLĐ TỈNH BÌNH ĐỊNH", *[None] * 9, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]]
    titles += [
        ["LĐLĐ THÀNH PHỐ QUY NHƠN", *[None] * 9, "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["BIỂU TỔNG HỢP NĂM 2024"],
        [],
    ]
    grid = [*titles, ["STT", *_GROUPED[0]], [None, *_GROUPED[1]], [f"({i})" for i in range(1, 22)]]
    grid += [["I", "Khối hành chính"], *first, [None, *_line("Cộng khối hành chính", rows()[:3], 4)]]
    grid += [["II", "Khối doanh nghiệp"], *second, [None, *_line("Cộng khối doanh nghiệp", rows()[3:], 4)]]
    grid += [[None, *_line("TỔNG CỘNG (I+II)", rows(), 4)], [], [*[None] * 15, "Quy Nhơn, ngày 05 tháng 12 năm 2024"]]
    grid += [[None, "NGƯỜI LẬP BIỂU", *[None] * 13, "TM. BAN THƯỜNG VỤ"], [None, None, *[None] * 13, "CHỦ TỊCH"]]
    merges = ["A1:J1", "K1:U1", "A2:J2", "K2:U2", "A4:U4", *_grouped_merges(6, 1), "A6:A7", "B9:U9", "B14:U14"]
    yield from _everywhere("official-form", Sheet(grid, merges=merges))
    yield "official-form.csv", _as_text(grid)
    faulty = [list(row) for row in grid]
    faulty[10][8], faulty[17][7] = "3 2", "Hoàn thành tôt"
    yield from _everywhere("official-form-faulty", Sheet(faulty, merges=merges))
    yield "official-form-faulty.csv", _as_text(faulty)


def _sheets() -> Made:
    an_nhon = Sheet(table(code="AN", name="LĐLĐ thị xã An Nhơn"), name="AN")
    help_sheet = Sheet([["HƯỚNG DẪN"], ["Ghi mỗi CĐCS một dòng, không để trống ô số liệu."]], name="Hướng dẫn")
    yield from _everywhere("sheets-help", help_sheet, Sheet(table()))
    yield from _everywhere("sheets-two-districts", Sheet(table()), an_nhon)
    faulty = Sheet(put(table(code="AN", name="LĐLĐ thị xã An Nhơn"), "H3", -1), name="AN")
    yield "sheets-fault-in-the-second.xlsx", xlsx(Sheet(table()), faulty)
    an_nhon.state = "hidden"
    yield from _everywhere("sheets-hidden", Sheet(table()), an_nhon)
    yield "sheets-very-hidden.xlsx", xlsx(Sheet(table()), Sheet(an_nhon.grid, name="AN", state="veryHidden"))
    yield "sheets-hidden-copy.xlsx", xlsx(Sheet(table()), Sheet(table(), name="QN (2)", state="hidden"))
    lists: Grid = [["Xuất sắc"], ["Tốt"], ["Hoàn thành"]]
    yield "sheets-hidden-lists.xlsx", xlsx(Sheet(table()), Sheet(lists, name="DM", state="hidden"))
    yield from _everywhere("sheets-empty", Sheet(table()), Sheet([], name="Sheet2"), Sheet([], name="Sheet3"))
    summary: Grid = [["Đơn vị báo cáo", "Tổng số đoàn viên", "Lao động"], ["Quy Nhơn", 222, 111]]
    yield from _everywhere("sheets-summary", Sheet(table()), Sheet(summary, name="Tổng hợp"))
    yield "sheets-header-only.xlsx", xlsx(Sheet(table()), Sheet([list(HEADER)], name="AN"))
    last_year = Sheet(rows_of_2023 := [list(HEADER), *rows(period=2023)], name="2023")
    yield "sheets-two-years.xlsx", xlsx(Sheet(table()), last_year)
    assert len(rows_of_2023) == 8
    yield "sheets-all-empty.xlsx", xlsx(Sheet([], name="Sheet1"))
    yield "sheets-all-empty.xls", xls(Sheet([], name="Sheet1"))
    yield "sheets-all-empty.ods", ods(Sheet([], name="Sheet1"))
    yield (
        "sheets-none.xlsx",
        changed(
            xlsx(Sheet(table())),
            "xl/workbook.xml",
            '<sheets><sheet name="QN" sheetId="1" r:id="rId1"/></sheets>',
            "<sheets/>",
        ),
    )
    yield "sheets-chart.xlsx", _chart_sheet()
    other = Sheet(table(), name="QN & <LĐLĐ> 'thành phố' \"2024\"")
    yield "sheets-odd-name.xlsx", xlsx(other)
    yield (
        "sheets-many.xlsx",
        xlsx(*(Sheet(table(code=f"D{i:02}", name=f"Đơn vị {i}"), name=f"D{i:02}") for i in range(30))),
    )


def _chart_sheet() -> bytes:
    parts: dict[str, bytes | str] = dict(unpack(xlsx(Sheet(table()), Sheet([], name="Biểu đồ"))))
    del parts["xl/worksheets/sheet2.xml"]
    parts["xl/chartsheets/sheet1.xml"] = (
        f'{XML}<chartsheet xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheetViews><sheetView workbookViewId="0"/></sheetViews></chartsheet>'
    )
    rels = unpack(xlsx(Sheet([])))["xl/_rels/workbook.xml.rels"].decode()
    assert rels
    parts["xl/_rels/workbook.xml.rels"] = relations(
        ("worksheet", "worksheets/sheet1.xml"),
        ("chartsheet", "chartsheets/sheet1.xml"),
        ("styles", "styles.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    )
    types = parts["[Content_Types].xml"]
    assert isinstance(types, bytes)
    parts["[Content_Types].xml"] = types.replace(b"/xl/worksheets/sheet2.xml", b"/xl/chartsheets/sheet1.xml").replace(
        b'/xl/chartsheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet',
        b'/xl/chartsheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.chartsheet',
    )
    return pack(parts)


# --- cells -----------------------------------------------------------------------------------------------------------


def _cells() -> Made:
    day = Styled(dt.date(2024, 5, 1), "date")
    for name, where, value in [
        ("percent-format", "H3", Styled(0.865, "percent")),
        ("percent-text", "H3", "86,5%"),
        ("thousands-text", "H3", "1.050"),
        ("fraction", "H3", 1.05),
        ("date", "H3", day),
        ("date-as-period", "A3", Styled(dt.date(2024, 12, 1), "date")),
        ("moment", "H3", Styled(dt.datetime(2024, 5, 1, 13, 30), "moment")),  # noqa: DTZ001 - spreadsheets know no time zones
        ("time", "H3", Styled(dt.time(12, 30), "time")),
        ("true", "H3", True),
        ("negative", "H3", -5),
        ("sixteen-digits", "H3", 1e15),
        ("seventeen-digits", "H3", 12345678901234567),
        ("huge", "H3", 1e300),
        ("tiny", "H3", 1e-7),
        ("nbsp", "H3", "32\u00a0"),
        ("zero-width-code", "D3", "QN-\u200b001"),
        ("zero-width-count", "H3", "\u200b32"),
        ("dash", "H3", "-"),
        ("fullwidth", "H3", "３２"),
        ("twenty-digits", "H3", "12345678901234567890"),
        ("error-code", "D3", Error("#N/A")),
        ("error-count", "H3", Error("#REF!")),
        ("error-choice", "G3", Error("#VALUE!")),
        ("line-break-in-code", "D3", "QN-\n001"),
    ]:
        sheet = Sheet(put(table(), where, value))
        if isinstance(value, str):
            yield f"cell-{name}.xlsx", xlsx(sheet)
        else:
            yield from _everywhere(f"cell-{name}", sheet)
    for name, where, fine in [
        ("millions-text", "H5", "1.234.567"),
        ("thousands-format", "H5", Styled(1050, "thousands")),
        ("fifteen-digits", "H5", 999999999999999),
        ("eighteen-digits-text", "H5", "123456789012345678"),
        ("blanks-around", "H3", "  32 "),
        ("line-break-in-name", "E3", "CĐCS Trường THCS\nLê Lợi"),
        ("nbsp-in-choice", "G3", "Hoàn\u00a0thành xuất sắc\u00a0nhiệm vụ"),
        ("whole-float", "H3", 32.0),
        ("text-zero", "J8", "0"),
    ]:
        yield f"fine-{name}.xlsx", xlsx(Sheet(put(table(), where, fine)))
        yield f"fine-{name}.xls", xls(Sheet(put(table(), where, fine)))
    as_text = [[str(cell) if isinstance(cell, int) else cell for cell in row] for row in table()]
    yield from _everywhere("fine-all-text", Sheet(as_text))
    numbered = [list(HEADER), *([*row[:3], 1001 + i, *row[4:]] for i, row in enumerate(rows()))]
    yield from _everywhere("fine-codes-as-numbers", Sheet(numbered))
    shown = [list(HEADER), *([*row[:3], Styled(1 + i, "zeros"), *row[4:]] for i, row in enumerate(rows()))]
    yield "fine-codes-with-zeros-shown.xlsx", xlsx(Sheet(shown))
    yield "codes-twice-number-and-text.xlsx", xlsx(Sheet(put(put(table(), "D3", 1001), "D4", "1001")))
    errors = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
    grid = table()
    for i, error in enumerate(errors):
        grid[2][FIRST_COUNT + 6 + i] = Error(error)
    yield from _everywhere("errors-of-every-kind", Sheet(grid))
    yield "errors-new.xlsx", xlsx(Sheet(put(put(table(), "H3", Error("#SPILL!")), "M4", Error("#CALC!"))))
    yield (
        "date-1904.xlsx",
        xlsx(Sheet(put(table(), "H3", Styled(serial_1904(), "date"))), properties='<workbookPr date1904="1"/>'),
    )
    yield "date-1904-clean.xlsx", xlsx(Sheet(table()), properties='<workbookPr date1904="1"/>')


def serial_1904() -> int:
    """1 May 2024 where days are counted from 1904."""
    return (dt.date(2024, 5, 1) - dt.date(1904, 1, 1)).days


def _formulas() -> Made:
    for name, result in [
        ("not-computed", None),
        ("computed", 32),
        ("empty-text", ""),
        ("text-number", "32"),
        ("error", Error("#DIV/0!")),
        ("true", True),
    ]:
        yield f"formula-{name}.xlsx", xlsx(Sheet(put(table(), "H3", Formula("Q3+S3", result))))
    for name, result in [("not-computed", None), ("computed", 32), ("empty-text", ""), ("error", Error("#DIV/0!"))]:
        yield f"formula-{name}.ods", ods(Sheet(put(table(), "H3", Formula("[.Q3]+[.S3]", result))))
    yield "formula-not-computed.xls", xls(Sheet(put(table(), "H3", Formula("Q3+S3"))))
    dragged: Grid = [*table(), *([Formula(f'IF(Sheet9!A{i}="","",Sheet9!A{i})', "")] * 20 for i in range(9, 60))]
    yield "formula-dragged-down.xlsx", xlsx(Sheet(dragged))
    zeros: Grid = [*table(), *([None] * 7 + [Formula(f"Q{i}+S{i}", 0)] + [None] * 12 for i in range(9, 12))]
    yield "formula-dragged-down-zeros.xlsx", xlsx(Sheet(zeros))
    array = Xml('<c r="{at}"><f t="array" ref="{at}">Q3+S3</f><v>32</v></c>')
    shared = Xml('<c r="{at}"><f t="shared" si="0" ref="H3:H4">Q3+S3</f><v>32</v></c>')
    follows = Xml('<c r="{at}"><f t="shared" si="0"/><v>18</v></c>')
    yield "formula-array.xlsx", xlsx(Sheet(put(table(), "H3", array)))
    yield "formula-shared.xlsx", xlsx(Sheet(put(put(table(), "H3", shared), "H4", follows)))
    lost = Xml('<c r="{at}"><f t="shared" si="0"/></c>')
    yield (
        "formula-shared-not-computed.xlsx",
        xlsx(Sheet(put(put(table(), "H3", Xml(shared.text.replace("<v>32</v>", ""))), "H4", lost))),
    )
    source = [
        *table(),
        ["Tổng cộng", *[None] * 6, *(Formula(f"SUM({letters(c)}2:{letters(c)}8)") for c in range(7, 20))],
    ]
    put(put(source, "H3", Formula("Q3+S3")), "M4", Formula("NA()"))
    yield "formula-source.xlsx", xlsx(Sheet(put(source, "M5", Formula('IF(Q5=0,"","x")'))))


# --- how xlsx may be written -----------------------------------------------------------------------------------------


def _xlsx_forms() -> Made:
    base = xlsx(Sheet(table()))
    sheet, strings = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
    fault = xlsx(Sheet(put(table(), "H3", "ba hai")))
    yield "xlsx-inline.xlsx", without(xlsx(Sheet(table()), inline=True))
    yield "xlsx-stored.xlsx", pack(unpack(base), zipfile.ZIP_STORED)
    yield "xlsx-no-refs.xlsx", xlsx(Sheet(put(table(), "H3", "ba hai"), refs=False))
    yield "xlsx-prefix.xlsx", pack({name: _prefixed(name, body) for name, body in unpack(fault).items()})
    yield "xlsx-strict.xlsx", pack({name: _strict(body) for name, body in unpack(fault).items()})
    yield "xlsx-absolute-targets.xlsx", changed(fault, "xl/_rels/workbook.xml.rels", 'Target="', 'Target="/xl/')
    dotted = changed(fault, "xl/_rels/workbook.xml.rels", 'Target="', 'Target="./../xl/')
    yield "xlsx-dotted-targets.xlsx", dotted
    parts = unpack(fault)
    moved = {name.replace("xl/", "noi-dung/").replace("workbook", "so"): body for name, body in parts.items()}
    moved["_rels/.rels"] = moved["_rels/.rels"].replace(b"xl/workbook.xml", b"noi-dung/so.xml")
    moved["[Content_Types].xml"] = (
        moved["[Content_Types].xml"].replace(b"/xl/workbook", b"/noi-dung/so").replace(b"/xl/", b"/noi-dung/")
    )
    yield "xlsx-other-folders.xlsx", pack(moved)
    yield "xlsx-backslashes.xlsx", pack({name.replace("/", "\\"): body for name, body in parts.items()})
    yield (
        "xlsx-capitals.xlsx",
        pack({name.replace("worksheets/sheet1", "Worksheets/Sheet1"): body for name, body in parts.items()}),
    )
    yield "xlsx-rows-out-of-order.xlsx", pack({**parts, sheet: _reversed_rows(parts[sheet])})
    swapped = re.sub(rb'(<c r="H3".*?</c>)(<c r="I3".*?</c>)', rb"\2\1", parts[sheet])
    yield "xlsx-cells-out-of-order.xlsx", pack({**parts, sheet: swapped})
    twice = re.sub(rb'(<c r="H4".*?</c>)', rb"\1" + rb'<c r="H4"><v>99</v></c>', parts[sheet])
    yield "xlsx-cell-twice.xlsx", pack({**parts, sheet: twice})
    wrong = parts[sheet].replace(b'<c r="H4"', b'<c r="HH"')
    yield "xlsx-bad-reference.xlsx", pack({**parts, sheet: wrong})
    yield "xlsx-row-zero.xlsx", pack({**parts, sheet: parts[sheet].replace(b'<row r="3">', b'<row r="0">')})
    beyond = re.sub(rb'(<row r="|<c r="[A-Z])8"', rb'\g<1>99999999999"', parts[sheet])
    yield "xlsx-row-beyond.xlsx", pack({**parts, sheet: beyond})
    yield (
        "xlsx-utf-16-parts.xlsx",
        pack({**parts, sheet: parts[sheet].decode().replace("UTF-8", "UTF-16").encode("utf-16")}),
    )
    yield "xlsx-marked-parts.xlsx", pack({name: b"\xef\xbb\xbf" + body for name, body in parts.items()})
    with_comment = parts[sheet].replace(b"<sheetData>", b"<!-- <sheetData> --><?odd <row> ?><sheetData>")
    yield "xlsx-comments.xlsx", pack({**parts, sheet: with_comment})
    cdata = re.sub(
        r"<t xml:space=\"preserve\">(CĐCS Trường[^<]*)</t>", r"<t><![CDATA[\1]]></t>", parts[strings].decode()
    )
    yield "xlsx-cdata.xlsx", pack({**parts, strings: cdata.encode()})
    yield "xlsx-entities.xlsx", pack({**parts, strings: _as_entities(parts[strings].decode())})
    yield "xlsx-rich-text.xlsx", pack({**parts, strings: _rich(parts[strings].decode())})
    rich = '<c r="{at}" t="inlineStr"><is><r><t xml:space="preserve">Hoàn thành </t></r><r><rPr><b/></rPr><t>tốt</t></r></is></c>'
    yield "xlsx-rich-inline.xlsx", xlsx(Sheet(put(table(), "G4", Xml(rich))))
    phonetic = (
        parts[strings]
        .decode()
        .replace("Xuất sắc</t>", 'Xuất sắc</t><rPh sb="0" eb="4"><t>sai</t></rPh><phoneticPr fontId="0"/>')
    )
    yield "xlsx-phonetic.xlsx", pack({**parts, strings: phonetic.encode()})
    escaped = parts[strings].decode().replace("CĐCS Trường", "C_x0110_CS_x000D_ Trường")
    yield "xlsx-escaped-characters.xlsx", pack({**parts, strings: escaped.encode()})
    empty = Xml('<c r="{at}" t="s"/>')
    yield "xlsx-string-without-number.xlsx", xlsx(Sheet(put(table(), "H3", empty)))
    yield "xlsx-string-beyond.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}" t="s"><v>9999</v></c>'))))
    yield "xlsx-string-not-a-number.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}" t="s"><v>abc</v></c>'))))
    yield "xlsx-number-not-a-number.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}"><v>ba hai</v></c>'))))
    yield "xlsx-number-with-exponent.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}"><v>3.2E1</v></c>'))))
    yield (
        "xlsx-number-17-places.xlsx",
        xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}"><v>32.000000000000004</v></c>')))),
    )
    yield "xlsx-number-nan.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}"><v>NaN</v></c>'))))
    yield "xlsx-number-infinite.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}"><v>1E999</v></c>'))))
    yield "xlsx-date-type.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}" t="d"><v>2024-05-01</v></c>'))))
    yield "xlsx-unknown-type.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}" t="zz"><v>32</v></c>'))))
    yield "xlsx-style-beyond.xlsx", xlsx(Sheet(put(table(), "H3", Xml('<c r="{at}" s="999"><v>32</v></c>'))))
    yield "xlsx-empty-strings.xlsx", pack({**unpack(xlsx(Sheet(table()), inline=True)), strings: shared_xml([])})
    yield "xlsx-no-styles.xlsx", _without_relation(without(fault, "xl/styles.xml"), "styles")
    no_default = re.sub(rb"<cellStyles.*?</cellStyles>", b"", parts["xl/styles.xml"])
    yield "xlsx-no-default-style.xlsx", pack({**parts, "xl/styles.xml": no_default})
    yield "xlsx-no-content-types.xlsx", without(fault, "[Content_Types].xml")
    yield "xlsx-comment-at-end.xlsx", fault[:-2] + struct.pack("<H", 11) + b"hello world"
    yield "xlsx-junk-before.xlsx", b"MZ junk of a program that unpacks itself" + fault
    yield "xlsx-junk-behind.xlsx", fault + b"\0" * 300
    yield "xlsx-data-descriptors.xlsx", _streamed(parts)
    yield "xlsx-merge-of-all.xlsx", xlsx(Sheet(table(), merges=["A9:XFD1048576"]))
    yield "xlsx-merge-over-data.xlsx", xlsx(Sheet(table(), merges=["H3:I5"]))
    yield "xlsx-dimension-huge.xlsx", xlsx(Sheet(put(table(), "H3", "ba hai"), dimension="A1:XFD1048576"))
    yield "xlsx-dimension-small.xlsx", xlsx(Sheet(put(table(), "H3", "ba hai"), dimension="A1"))
    yield "xlsx-dimension-wrong.xlsx", xlsx(Sheet(put(table(), "H3", "ba hai"), dimension="nơi nào"))
    external = changed(fault, "xl/workbook.xml", "<sheets>", "<externalReferences/><sheets>")
    yield "xlsx-external-links.xlsx", external


def _prefixed(name: str, body: bytes) -> bytes:
    """A part in which every element has a prefix."""
    if MAIN.encode() not in body or name.startswith("["):
        return body
    written = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", body.decode())
    return written.replace("<x:?xml", "<?xml").replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"').encode()


def _strict(body: bytes) -> bytes:
    """A part with the names of strict OOXML."""
    return body.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
        RELATIONS.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    )


def _reversed_rows(body: bytes) -> bytes:
    found = re.findall(rb"<row .*?</row>", body)
    start, end = body.index(found[0]), body.index(found[-1]) + len(found[-1])
    return body[:start] + b"".join(reversed(found)) + body[end:]


def _as_entities(written: str) -> bytes:
    return "".join(c if c.isascii() else f"&#x{ord(c):x};" for c in written).encode()


def _rich(written: str) -> bytes:
    """Every shared string in two runs."""

    def runs(found: re.Match[str]) -> str:
        half = len(found[1]) // 2
        halves = (found[1][:half], found[1][half:])
        return "".join(f'<r><rPr><b/></rPr><t xml:space="preserve">{part}</t></r>' for part in halves)

    return re.sub(r'<t xml:space="preserve">([^<&]+)</t>', runs, written).encode()


def _without_relation(data: bytes, kind: str) -> bytes:
    parts = unpack(data)
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = re.sub(rb"<Relationship [^>]*/" + kind.encode() + rb'"[^>]*/>', b"", parts[name])
    return pack(parts)


def _streamed(parts: dict[str, bytes]) -> bytes:
    """A zip file as it is written to something that cannot go back: sizes stand behind the data."""
    import io

    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            info = zipfile.ZipInfo(name, (2024, 12, 5, 8, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return out.getvalue()


# --- how ods may be written ------------------------------------------------------------------------------------------


def _ods_forms() -> Made:
    content = unpack(ods(Sheet(table())))["content.xml"].decode()
    inner = content[content.index("<table:table ") : content.index("</office:spreadsheet>")]
    zero = '<table:table-cell office:value-type="float" office:value="0"><text:p>0</text:p></table:table-cell>'
    assert zero * 5 in inner
    five = zero.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="5"', 1)
    yield "ods-repeated-cells.ods", ods_of(inner.replace(zero * 5, five))
    third = inner.split("<table:table-row>")[3]
    yield (
        "ods-repeated-rows.ods",
        ods_of(inner.replace("<table:table-row>" + third, '<table:table-row table:number-rows-repeated="2">' + third)),
    )
    noted = inner.replace(
        '<table:table-cell office:value-type="float" office:value="32"><text:p>32',
        '<table:table-cell office:value-type="float" office:value="32"><office:annotation><dc:creator>An</dc:creator><text:p>sai?</text:p></office:annotation><text:p>32',
    )
    yield "ods-annotation.ods", ods_of(noted)
    named = inner.replace(
        "<text:p>Xuất sắc</text:p>",
        "<office:annotation><text:p>đã kiểm tra</text:p></office:annotation><text:p>Xuất <text:span>sắc</text:span></text:p>",
    )
    yield "ods-annotation-and-spans.ods", ods_of(named)
    spaced = inner.replace(
        "<text:p>Xuất sắc</text:p>", '<text:p>Xuất<text:s text:c="3"/>sắc<text:line-break/></text:p>'
    )
    yield "ods-spaces.ods", ods_of(spaced)
    rows_ = inner.split("<table:table-row>")
    wrapped = (
        rows_[0]
        + "<table:table-header-rows><table:table-row>"
        + rows_[1]
        + "</table:table-header-rows><table:table-row-group><table:table-row>"
    )
    wrapped += "<table:table-row>".join(rows_[2:8]) + "</table:table-row-group><table:table-row>" + rows_[8]
    yield "ods-row-groups.ods", ods_of(wrapped)
    yield (
        "ods-string-value.ods",
        ods_of(
            inner.replace(
                '<table:table-cell office:value-type="string"><text:p>QN-001</text:p>',
                '<table:table-cell office:value-type="string" office:string-value="QN-001">',
            )
        ),
    )
    yield (
        "ods-currency.ods",
        ods_of(
            inner.replace(
                'office:value-type="float" office:value="32"',
                'office:value-type="currency" office:currency="VND" office:value="32"',
            )
        ),
    )
    yield (
        "ods-filtered.ods",
        ods_of(inner.replace("<table:table-row>" + rows_[4], '<table:table-row table:visibility="filter">' + rows_[4])),
    )
    parts = unpack(ods(Sheet(table())))
    del parts["mimetype"]
    yield "ods-no-mimetype.ods", pack(parts)
    yield "ods-mimetype-last.ods", pack({**parts, "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})
    huge = "99999999999999999999"
    yield (
        "ods-repeat-beyond-numbers.ods",
        ods_of(inner.replace('table:number-rows-repeated="1048568"', f'table:number-rows-repeated="{huge}"')),
    )
    yield (
        "ods-repeat-negative.ods",
        ods_of(inner.replace('table:number-rows-repeated="1048568"', 'table:number-rows-repeated="-5"')),
    )
    yield (
        "ods-repeat-not-a-number.ods",
        ods_of(inner.replace('table:number-rows-repeated="1048568"', 'table:number-rows-repeated="nhiều"')),
    )


# --- damaged, or something else --------------------------------------------------------------------------------------

_HTML_TABLE = "<html><head><meta charset=utf-8></head><body><table border=1>{rows}</table></body></html>"


def _damaged() -> Made:
    good_xlsx, good_xls, good_ods = xlsx(Sheet(table())), xls(Sheet(table())), ods(Sheet(table()))
    sheet, strings = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
    yield "cut-half.xlsx", good_xlsx[: len(good_xlsx) // 2]
    yield "cut-end.xlsx", good_xlsx[:-30]
    yield "cut-first-100.xlsx", good_xlsx[:100]
    yield "cut-half.xls", good_xls[: len(good_xls) // 2]
    yield "cut-first-sector.xls", good_xls[:512]
    yield "cut-first-8.xls", good_xls[:8]
    yield "cut-half.ods", good_ods[: len(good_ods) // 2]
    yield "wrong-crc.xlsx", _wrong_crc(good_xlsx, sheet)
    yield "wrong-crc.ods", _wrong_crc(good_ods, "content.xml")
    yield "flipped-bits.xlsx", _flipped(good_xlsx, sheet)
    yield "no-workbook.xlsx", without(good_xlsx, "xl/workbook.xml")
    yield "no-sheet-part.xlsx", without(good_xlsx, sheet)
    yield "no-strings-part.xlsx", without(good_xlsx, strings)
    yield "no-relations.xlsx", without(good_xlsx, "xl/_rels/workbook.xml.rels")
    yield "no-content.ods", without(good_ods, "content.xml")
    parts = unpack(good_xlsx)
    yield "sheet-cut.xlsx", pack({**parts, sheet: parts[sheet][: len(parts[sheet]) // 2]})
    yield "sheet-empty.xlsx", pack({**parts, sheet: b""})
    yield "sheet-is-html.xlsx", pack({**parts, sheet: b"<html><body>404</body></html>"})
    yield "sheet-ampersand.xlsx", pack({**parts, strings: parts[strings].replace("Gỗ".encode(), b"A & B")})
    yield "sheet-control-character.xlsx", pack({**parts, strings: parts[strings].replace("Gỗ".encode(), b"G\x01")})
    yield "sheet-not-utf-8.xlsx", pack({**parts, strings: parts[strings].replace("Gỗ".encode(), b"G\xff")})
    yield "strings-cut.xlsx", pack({**parts, strings: parts[strings][: len(parts[strings]) // 2]})
    yield "workbook-cut.xlsx", pack({**parts, "xl/workbook.xml": parts["xl/workbook.xml"][:100]})
    ods_parts = unpack(good_ods)
    yield "content-cut.ods", pack({**ods_parts, "content.xml": ods_parts["content.xml"][:3000]})
    rng = random.Random(130)
    for ending in ("xlsx", "xls", "ods", "csv"):
        yield f"random.{ending}", bytes(rng.randrange(256) for _ in range(2000))
    yield "random-zip.xlsx", b"PK\x03\x04" + bytes(rng.randrange(256) for _ in range(2000))
    yield "random-ole.xls", good_xls[:8] + bytes(rng.randrange(256) for _ in range(2000))
    for ending in ("xlsx", "xls", "ods"):
        yield f"empty.{ending}", b""
    yield "nul-bytes.xlsx", b"\0" * 1024
    yield "nul-bytes-inside.csv", text(table()).encode().replace("Gỗ".encode(), b"G\0")
    yield "xml-entity.xlsx", pack({**parts, strings: _external_entity(parts[strings])})
    yield "xml-entity-in-sheet.xlsx", pack({**parts, sheet: _external_entity(parts[sheet])})
    yield "xml-entity.ods", pack({**ods_parts, "content.xml": _external_entity(ods_parts["content.xml"])})
    yield "zip-members-with-password.xlsx", _zip_with_password(good_xlsx)
    yield "zip-absolute-names.xlsx", pack({**parts, "/etc/passwd": b"x", "../../../escape.txt": b"x"})
    yield "zip-names-twice.xlsx", _twice(parts, sheet)


def _wrong_crc(data: bytes, name: str) -> bytes:
    """A zip file that states another checksum for one of its parts than it has."""
    with zipfile.ZipFile(__import__("io").BytesIO(data)) as archive:
        crc = struct.pack("<L", archive.getinfo(name).CRC)
    return data.replace(crc, struct.pack("<L", 0x12345678))


def _flipped(data: bytes, name: str) -> bytes:
    """A zip file with some wrong bytes in one of its parts."""
    with zipfile.ZipFile(__import__("io").BytesIO(data)) as archive:
        info = archive.getinfo(name)
    at = info.header_offset + 30 + len(name) + info.compress_size // 2
    return data[:at] + bytes(b ^ 0x55 for b in data[at : at + 8]) + data[at + 8 :]


def _external_entity(body: bytes) -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    head, rest = body.split(b"?>", 1)
    return (
        head
        + b"?>"
        + declared
        + rest.replace("CĐCS Trường".encode(), b"&secret;").replace(b"<v>32</v>", b"<v>&secret;</v>")
    )


def _zip_with_password(data: bytes) -> bytes:
    """A zip file whose members are marked as encrypted."""
    out = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(signature)
        while at >= 0:
            out[at + flags] |= 1
            at = out.find(signature, at + 4)
    return bytes(out)


def _twice(parts: dict[str, bytes], name: str) -> bytes:
    """A zip file in which one part stands twice, with other content."""
    import io
    import warnings

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part, body in [*parts.items(), (name, parts[name].replace(b"<v>32</v>", b"<v>33</v>"))]:
            info = zipfile.ZipInfo(part, (2024, 12, 5, 8, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return out.getvalue()


_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(range(1, 65)) + b"\xff\xd9"
_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _imposters() -> Made:
    yield "photo.xlsx", _JPEG
    yield "photo.csv", _JPEG
    yield "picture.xls", _PNG
    yield "picture.ods", _GIF
    yield "scan.xlsx", _PDF
    yield "scan.csv", _PDF
    yield "workbook-named.csv", xlsx(Sheet(table()))
    yield "workbook-named.xls", xlsx(Sheet(table()))
    yield "old-workbook-named.xlsx", xls(Sheet(table()))
    yield "old-workbook-named.csv", xls(Sheet(table()))
    yield "open-document-named.xlsx", ods(Sheet(table()))
    yield "workbook-named.ods", xlsx(Sheet(table()))
    yield "text-named.xlsx", text(table(), ";").encode("utf-8-sig")
    yield "text-named.xls", text(table(), "\t").encode("utf-16")
    yield "text-named.ods", text(table()).encode()
    html = _HTML_TABLE.format(
        rows="".join("<tr>" + "".join(f"<td>{c or ''}</td>" for c in row) + "</tr>" for row in table())
    )
    yield "web-page.xls", html.encode()
    yield "web-page-utf-16.xls", html.encode("utf-16")
    yield "web-page-excel.xls", b'\r\n\r\n<html xmlns:x="urn:schemas-microsoft-com:office:excel">\r\n' + html.encode()
    yield "web-page-bare-table.xls", html[html.index("<table") : html.index("</body")].encode()
    yield (
        "sign-in-page.xlsx",
        b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form></form></body></html>",
    )
    yield "sign-in-page.csv", b"\xef\xbb\xbf<!doctype HTML><html><body>L\xe1\xbb\x97i 404</body></html>"
    mhtml = 'MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n'
    yield "web-archive.xls", (mhtml + html + "\r\n--x--\r\n").encode()
    yield "spreadsheet-2003.xls", _spreadsheet_2003()
    yield "spreadsheet-2003.xml", _spreadsheet_2003()
    yield "some.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<baocao><donvi>Quy Nhơn</donvi></baocao>\n'.encode()
    yield "archive.zip", pack({"quy-nhon.csv": text(table()), "an-nhon.csv": text(table(code="AN"))})
    yield "archive-of-workbook.xlsx", pack({"bao-cao.xlsx": xlsx(Sheet(table()))})
    yield "archive-empty.xlsx", pack({})
    yield "archive.xls", b"Rar!\x1a\x07\x01\x00" + bytes(range(200))
    yield "archive.xlsx", b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(range(200))
    yield "packed.csv.gz", zlib.compress(b"")[:0] + _gzip(text(table()).encode())
    yield "packed.xlsx", _gzip(xlsx(Sheet(table())))
    yield (
        "numbers-of-apple.xlsx",
        pack(
            {
                "Index/Document.iwa": b"\0",
                "Index/Tables/DataList.iwa": b"\0",
                "preview.jpg": _JPEG,
                "Metadata/Properties.plist": b"bplist00",
            }
        ),
    )
    yield "binary-workbook.xlsb", _xlsb()
    yield "binary-workbook.xlsx", _xlsb()
    yield (
        "google-shortcut.gsheet",
        b'{"url":"https://docs.google.com/open?id=1AbC","doc_id":"1AbC","email":"an@example.vn"}',
    )
    yield (
        "google-shortcut.xlsx",
        b'{"url":"https://docs.google.com/open?id=1AbC","doc_id":"1AbC","email":"an@example.vn"}',
    )
    yield "windows-shortcut.xlsx", bytes.fromhex("4c0000000114020000000000c000000000000046") + b"\0" * 100
    owner = "Nguyễn Văn An"
    yield (
        "owner-file-of-excel.xlsx",
        bytes([len(owner)])
        + owner.encode("cp1258", "replace").ljust(54)
        + struct.pack("<H", len(owner))
        + owner.encode("utf-16-le").ljust(108, b" \0"[:1]),
    )
    yield (
        "lfs-pointer.xlsx",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
    )
    yield "rich-text.xls", b"{\\rtf1\\ansi\\ansicpg1258 B\\'e1o c\\'e1o\\par}"
    yield "symbolic-link.xls", b'ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"Ky"\r\nE\r\n'
    yield (
        "dbase.xls",
        b"\x03\x18\x0c\x05\x01\x00\x00\x00\x41\x00\x0b\x00" + b"\0" * 20 + b"MACDCS\0\0\0\0\0C" + b"\0" * 60,
    )
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    yield "letter.docx", _office_package("word/document.xml", word)
    yield "letter-named.xlsx", _office_package("word/document.xml", word)
    slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    yield "slides-named.xlsx", _office_package("ppt/presentation.xml", slides)
    writer = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<office:document-content/>"}
    yield "letter-named.ods", pack(writer)
    flat = unpack(ods(Sheet(table())))["content.xml"].decode().replace("office:document-content", "office:document")
    yield (
        "flat-open-document.fods",
        flat.replace("office:version", f'office:mimetype="{ODS_TYPE}" office:version', 1).encode(),
    )
    yield "letter.xls", renamed_stream(xls(Sheet(table())), "Workbook", "WordDocument")
    yield "encrypted-package.xlsx", renamed_stream(xls(Sheet(table())), "Workbook", "EncryptedPackage")
    yield "base64.xlsx", base64.encodebytes(xlsx(Sheet(table()), inline=True))[:4000]
    yield "mail.csv", b"From: an@example.vn\r\nTo: binh@example.vn\r\nSubject: Bao cao\r\n\r\nXin gui bao cao.\r\n"
    yield "sqlite.csv", b"SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20" + b"\0" * 80


def _office_package(part: str, kind: str) -> bytes:
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    body = f'{XML}<Types xmlns="{types}"><Override PartName="/{part}" ContentType="{kind}"/></Types>'
    return pack(
        {"[Content_Types].xml": body, "_rels/.rels": relations(("officeDocument", part)), part: f"{XML}<document/>"}
    )


def _gzip(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)


def _xlsb() -> bytes:
    """A binary workbook: enough of one to be known for what it is."""
    types = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    name = "QN".encode("utf-16-le")
    sheet = struct.pack("<LL", 0, 1) + struct.pack("<L", 4) + "rId1".encode("utf-16-le") + struct.pack("<L", 2) + name
    book = b"\x83\x01\x00\x8f\x01\x00\x9c\x01" + bytes([len(sheet)]) + sheet + b"\x90\x01\x00" + b"\x84\x01\x00"
    return pack(
        {
            "[Content_Types].xml": f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="{types}"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
            "_rels/.rels": relations(("officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relations(("worksheet", "worksheets/sheet1.bin")),
            "xl/worksheets/sheet1.bin": b"\x81\x01\x00\x91\x01\x00\x92\x01\x00\x82\x01\x00",
        }
    )


def _spreadsheet_2003() -> bytes:
    body = "".join(
        "<Row>"
        + "".join(
            f'<Cell><Data ss:Type="{"Number" if isinstance(c, int) else "String"}">{"" if c is None else c}</Data></Cell>'
            for c in row
        )
        + "</Row>"
        for row in table()
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return f'<?xml version="1.0"?>\r\n<?mso-application progid="Excel.Sheet"?>\r\n<Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="QN"><Table>{body}</Table></Worksheet></Workbook>'.encode()


def _old_workbooks() -> Made:
    """Compound files and their records, gone wrong."""
    good = xls(Sheet(table()))
    stream = biff(Sheet(table()))
    end = 4 + struct.unpack("<H", stream[2:4])[0]
    secret = struct.pack("<HHHHH", 0x2F, 6, 0, 0x1234, 0x5678)
    yield "password-xor.xls", compound(stream[:end] + secret + stream[end:])
    rc4 = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + bytes(range(48))
    yield "password-rc4.xls", compound(stream[:end] + rc4 + stream[end:])
    two = biff(Sheet(table()), Sheet([["=HALT()"]], name="Macro1"))
    yield "macro-sheet.xls", compound(_sheet_type(two, "Macro1", 1))
    yield "only-macro-sheet.xls", compound(_sheet_type(stream, "QN", 1))
    yield "chart-sheet.xls", compound(_sheet_type(two, "Macro1", 2))
    yield "sheet-beyond-the-file.xls", compound(_sheet_offset(stream, "QN", 0x7FFFFFF0))
    yield "old-excel-5.xls", renamed_stream(good, "Workbook", "Book")
    yield "no-workbook-stream.xls", renamed_stream(good, "Workbook", "Contents")
    yield "biff-cut.xls", compound(stream[: len(stream) * 2 // 3])
    row_6 = next(at for at, kind, _ in _records(stream) if kind != 0x208 and stream[at + 4 : at + 8] == b"\x05\0\0\0")
    yield "biff-cut-in-rows.xls", compound(stream[:row_6])
    yield "biff-record-too-long.xls", compound(_record_length(stream, 0xFC, 0x2020))
    yield "biff-strings-beyond-number.xls", compound(_strings_number(stream, 0xFFFFFFF0))
    yield "biff-no-end.xls", compound(stream[:-4])
    yield (
        "raw-biff-2.xls",
        bytes.fromhex("09000400 0200 1000 0000 0b00 0000 0100 0200 0000 2041 0a000000".replace(" ", "")),
    )
    yield "fat-loop.xls", _fat(good, lambda fat: [i if v < 0xFFFFFFF0 else v for i, v in enumerate(fat)])
    yield "fat-backwards.xls", _fat(good, lambda fat: [0 if v < 0xFFFFFFF0 else v for v in fat])
    yield "fat-beyond.xls", _fat(good, lambda fat: [0x00FFFFFF if v < 0xFFFFFFF0 else v for v in fat])
    yield "directory-loop.xls", good[:48] + struct.pack("<L", 0) + good[52:]
    yield "sector-size-absurd.xls", good[:30] + struct.pack("<H", 31) + good[32:]
    yield "fat-sectors-absurd.xls", good[:44] + struct.pack("<L", 0x7FFFFFFF) + good[48:]
    yield "difat-loop.xls", good[:68] + struct.pack("<LL", 0, 0x7FFFFFFF) + good[76:]


def _bound_sheet(stream: bytes, name: str) -> int:
    """Where the record of a sheet's name and place is."""
    at = 0
    while True:
        kind, length = struct.unpack("<HH", stream[at : at + 4])
        body = stream[at + 4 : at + 4 + length]
        if kind == 0x85 and (body[8:] in (name.encode(), name.encode("utf-16-le"))):
            return at
        at += 4 + length


def _sheet_type(stream: bytes, name: str, kind: int) -> bytes:
    at = _bound_sheet(stream, name) + 9
    return stream[:at] + bytes([kind]) + stream[at + 1 :]


def _sheet_offset(stream: bytes, name: str, offset: int) -> bytes:
    at = _bound_sheet(stream, name) + 4
    return stream[:at] + struct.pack("<L", offset) + stream[at + 4 :]


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack("<HH", stream[at : at + 4])
        yield at, kind, length
        at += 4 + length


def _record_length(stream: bytes, wanted: int, length: int) -> bytes:
    at = next(at for at, kind, _ in _records(stream) if kind == wanted)
    return stream[: at + 2] + struct.pack("<H", length) + stream[at + 4 :]


def _strings_number(stream: bytes, number: int) -> bytes:
    at = next(at for at, kind, _ in _records(stream) if kind == 0xFC)
    return stream[: at + 4] + struct.pack("<LL", number, number) + stream[at + 12 :]


def _fat(data: bytes, change: Callable[[list[int]], list[int]]) -> bytes:
    """A compound file with another table of sectors."""
    sector = struct.unpack("<L", data[76:80])[0]
    at = 512 + 512 * sector
    fat = list(struct.unpack("<128L", data[at : at + 512]))
    return data[:at] + struct.pack("<128L", *change(fat)) + data[at + 512 :]


# --- text ------------------------------------------------------------------------------------------------------------


def _texts() -> Made:
    lines = {sign: text(table(), sign, "\r\n") for sign in (",", ";", "\t")}
    comma, semicolon, tab = lines[","], lines[";"], lines["\t"]
    yield "utf-16-le-tab.txt", b"\xff\xfe" + tab.encode("utf-16-le")
    yield "utf-16-le-comma.csv", b"\xff\xfe" + comma.encode("utf-16-le")
    yield "utf-16-be-semicolon.csv", b"\xfe\xff" + semicolon.encode("utf-16-be")
    yield "utf-16-be-tab.csv", b"\xfe\xff" + tab.encode("utf-16-be")
    faulty = text(put(table(), "H3", "3\t2"), ";", "\r\n")
    yield "utf-16-le-fault.csv", b"\xff\xfe" + faulty.encode("utf-16-le")
    yield "utf-16-le-no-mark.csv", semicolon.encode("utf-16-le")
    yield "utf-16-be-no-mark.csv", semicolon.encode("utf-16-be")
    yield "utf-16-cut.csv", b"\xff\xfe" + semicolon.encode("utf-16-le")[:-1]
    yield "utf-16-cut-early.csv", b"\xff\xfe" + semicolon.encode("utf-16-le")[:1001]
    yield "utf-16-lone-surrogate.csv", b"\xff\xfe" + semicolon.encode("utf-16-le") + b"\x00\xd8;\x00"
    yield "utf-16-mark-alone.csv", b"\xff\xfe"
    yield "utf-32.csv", semicolon.encode("utf-32")
    raw = semicolon.encode()
    yield "utf-8-cut.csv", raw[: raw.rindex("ý".encode()) + 1]
    yield "utf-8-cut-in-header.csv", raw[: raw.index("ề".encode()) + 2]
    yield "utf-8-one-bad-byte.csv", raw.replace("Gỗ".encode(), b"G\xf0")
    twice = semicolon.encode().decode("cp1252", "replace")
    yield "utf-8-of-utf-8.csv", twice.encode()
    yield "cp1258.csv", cp1258(semicolon)
    yield "cp1258-tones-apart.csv", cp1258(semicolon, tones_apart=True)
    yield "cp1258-tab.txt", cp1258(tab)
    yield "cp1258-titles.csv", cp1258(_as_text([*_TITLES, *table()]).decode("utf-8-sig"))
    english = ["period", "district_code", "district_name", "unit_code", "unit_name", "unit_type", "rating", "members"]
    english += ["party_members", "party_members_rated", "party_members_good", "party_members_failed", "nominees"]
    english += [
        "cadres",
        "cadres_degree",
        "cadres_theory",
        "officials",
        "officials_standard",
        "workers",
        "workers_trained",
    ]
    yield "cp1258-english-header.csv", cp1258(text([list(english), *rows()], ";"))
    signs = put(table(), "E4", "CĐCS “Trạm Y tế” – Hòa Bình…")
    yield "cp1258-signs.csv", cp1258(text(signs, ";"))
    yield "cp1258-rare-signs.csv", cp1258(text(put(signs, "E5", "CĐCS Công ty Gỗ § Phú Tài ±½"), ";"))
    yield "cp1258-fault.csv", cp1258(text(put(table(), "G4", "Hoàn thành tôt"), ";"))
    yield "cp1258-tone-on-a-consonant.csv", cp1258(semicolon).replace(b"Tr\xfd\xf6ng"[:2], b"Tr\xec", 1)
    yield "cp1258-bad-byte.csv", cp1258(semicolon).replace(b"Quy", b"Qu\x8d")
    plain = [
        list(english),
        *([*row[:2], "LDLD Quy Nhon", row[3], "CDCS Quán Café Société", "", "", *row[7:]] for row in rows()),
    ]
    plain = [plain[0], *([*row[:5], "office", "", *row[7:]] for row in plain[1:])]
    yield "cp1252-french.csv", text(plain, ";").encode("cp1252")
    german = [
        [str(cell).replace("Café Société", "Müßiggänger") if isinstance(cell, str) else cell for cell in row]
        for row in plain
    ]
    yield "cp1252-german.csv", text(german, ";").encode("cp1252")
    russian = [plain[0], [*plain[1][:4], "Профсоюз работников", *plain[1][5:]]]
    yield "cp1251-russian.csv", text(russian, ";").encode("cp1251")
    chinese = [plain[0], [*plain[1][:4], "基层工会委员会", *plain[1][5:]]]
    yield "gbk-chinese.csv", text(chinese, ";").encode("gbk")
    yield "tcvn3.csv", tcvn3(semicolon).encode("cp1252")
    yield "vni.csv", vni(semicolon).encode("cp1252")
    yield (
        "tcvn3-english-header.csv",
        text([list(english), *([*row[:5], "office", None, *row[7:]] for row in _old(tcvn3))], ";").encode("cp1252"),
    )
    yield "tcvn3-header.csv", tcvn3(semicolon).encode()
    yield "vni-header.csv", vni(semicolon).encode()
    yield "tcvn3-names.csv", text([list(HEADER), *_old(tcvn3)], ";").encode()
    yield "vni-names.csv", text([list(HEADER), *_old(vni)], ";").encode()
    yield from _everywhere("tcvn3-names", Sheet([list(HEADER), *_old(tcvn3)]))
    yield "vni-names.xlsx", xlsx(Sheet([list(HEADER), *_old(vni)]))
    yield "tcvn3-header.xlsx", xlsx(Sheet([[tcvn3(str(header)) for header in HEADER], *_old(tcvn3)]))
    yield "vni-header.xls", xls(Sheet([[vni(str(header)) for header in HEADER], *_old(vni)]))
    choices = [
        list(HEADER),
        *([tcvn3(cell) if isinstance(cell, str) and c == 6 else cell for c, cell in enumerate(row)] for row in rows()),
    ]
    yield "tcvn3-choices.xlsx", xlsx(Sheet(choices))
    yield "eth.csv", semicolon.replace("Đ", "Ð").encode()
    yield "african-d.csv", semicolon.replace("Đ", "Ɖ").encode()
    yield "decomposed.csv", unicodedata.normalize("NFD", semicolon).encode()
    yield from _everywhere(
        "decomposed",
        Sheet([[unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in row] for row in table()]),
    )
    moved = semicolon.replace("Hoàn", "Hòan").replace("hoàn", "hòan").replace("Đoàn", "Đòan")
    yield "tones-moved.csv", moved.encode()
    mixed = text(table(), ";", "\n").split("\n")
    yield (
        "line-ends-mixed.csv",
        "".join(line + ("\n", "\r\n", "\r")[i % 3] for i, line in enumerate(mixed) if line).encode(),
    )
    yield "line-ends-mac.csv", text(table(), ";", "\r").encode()
    yield "line-ends-doubled.csv", text(table(), ";", "\r\r\n").encode()
    yield "line-end-missing.csv", raw[:-2]
    yield "mark-twice.csv", b"\xef\xbb\xbf\xef\xbb\xbf" + raw
    yield "mark-alone.csv", b"\xef\xbb\xbf"
    yield "two-files-in-one.csv", b"\xef\xbb\xbf" + raw + b"\xef\xbb\xbf" + text(table(code="AN"), ";", "\r\n").encode()
    yield "trailing-delimiters.csv", text([*table(), *([[None] * 20] * 50)], ";", ";;;;\r\n").encode()
    yield "pipes.csv", text(table(), "|").encode()
    yield (
        "fixed-width.txt",
        "".join("".join(str(c or "").ljust(12)[:12] for c in row) + "\n" for row in table()).encode(),
    )
    yield "row-too-short.csv", text([*table()[:4], table()[4][:12], *table()[5:]], ";").encode()
    yield "row-too-long.csv", text([*table()[:4], [*table()[4], 7, 8], *table()[5:]], ";").encode()
    yield (
        "quotes-around-all.csv",
        "".join(";".join(f'"{"" if c is None else c}"' for c in row) + "\r\n" for row in table()).encode(),
    )
    yield "quote-left-open.csv", text(table(), ";").replace("CĐCS Công ty", '"CĐCS Công ty').encode()
    yield "control-z.csv", raw + b"\x1a"
    for name, where, value in [
        ("thousands", "H3", "1.050"),
        ("thousands-comma", "H3", "1,050"),
        ("thousands-blank", "H3", "1 050"),
        ("decimals", "H3", "32,00"),
        ("percent", "H3", "86,5%"),
        ("share", "H3", "0.865"),
        ("excel-error", "H3", "#REF!"),
        ("formula", "H3", "=Q3+S3"),
        ("exponent", "H3", "1E+15"),
        ("number-sign-as-code", "D3", "#N/A"),
        ("day", "H3", "01/05/2024"),
        ("period-of-words", "A3", "Năm 2024"),
    ]:
        yield f"text-{name}.csv", text(put(table(), where, value), ";").encode()
    yield "text-millions.csv", text(put(put(table(), "H5", "1.234.567"), "H6", "1,234,567"), ";").encode()
    yield "header-misspelt.csv", text(put(table(), "H1", "Tổng số đoàn vien"), ";").encode()
    yield "header-misspelt.xlsx", xlsx(Sheet(put(table(), "H1", "Tổng số đoàn vien"), at="B3"))
    yield "header-misspelt-default.csv", text(put(table(), "F1", "Loại đơn v"), ";").encode()


def _old(convert: Callable[[str], str]) -> Grid:
    """The rows with their names in an old font."""
    return [
        [convert(cell) if isinstance(cell, str) and c in (2, 4) else cell for c, cell in enumerate(row)]
        for row in rows()
    ]


FAMILIES = (
    _clean,
    _titles,
    _headers,
    _numbers,
    _left_out,
    _official,
    _sheets,
    _cells,
    _formulas,
    _xlsx_forms,
    _ods_forms,
    _damaged,
    _imposters,
    _old_workbooks,
    _texts,
)


def odd_files() -> dict[str, bytes]:
    """The files that can be made, by name."""
    made: dict[str, bytes] = {}
    for family in FAMILIES:
        for name, content in family():
            assert name not in made, name
            made[name] = content
    return made


def main() -> None:
    made = odd_files()
    if "--check" in sys.argv:
        print(*sorted(name for name, content in made.items() if (DATA / name).read_bytes() != content), sep="\n")
        return
    DATA.mkdir(exist_ok=True)
    for name, content in made.items():
        (DATA / name).write_bytes(content)
    print(f"{len(made)} files made, {len(LIBREOFFICE)} kept")


if __name__ == "__main__":
    main()
