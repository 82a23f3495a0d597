"""What a workbook shows otherwise than it holds: percentages, and what is hidden."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter

import kpi_check
from kpi_check.readers.looks import Shown, as_shown, shown
from odd.shapes import FIRST_COUNT, Sheet, Styled, changed, letters, ods, put, table, xls, xlsx
from returns import FIELDS, row, shipped

COUNT = "members"
LETTER = get_column_letter(FIELDS.index(COUNT) + 1)


def written(value: Any, code: str) -> openpyxl.Workbook:
    """A table of one unit, with a count in a number format."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(FIELDS))
    sheet.append([int(text) if text.isdigit() and place > 6 else text for place, text in enumerate(row())])
    sheet[f"{LETTER}2"].value, sheet[f"{LETTER}2"].number_format = value, code
    return book


def saved(book: openpyxl.Workbook, path: Path, change: Callable[[str], str] = lambda xml: xml) -> Path:
    """A workbook whose sheet is changed in its XML."""
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change(data.decode()) if part.endswith("sheet1.xml") else data)
    return path


def values(path: Path) -> list[str | None]:
    report = kpi_check.validate(shipped(), path)
    return [issue.value for issue in report.issues if issue.code == "not-a-count" and issue.field == COUNT]


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        (1, "0%", "100%"),
        (0, "0.00%", "0%"),
        (2, "0%", "200%"),
        (100, "0.0%;[Red]-0.0%", "10000%"),
        (0.9999999999999999, "0%", "100%"),
        (0.865, '_-* #,##0.0"đ"%', "86.5%"),
        (85, '0"%"', "85%"),
        (85, r"0\%", "85%"),
        (30.5, r"0.0\%", "30.5%"),
    ],
)
def test_a_percentage_is_no_count(value: float, code: str, said: str, tmp_path: Path) -> None:
    assert values(saved(written(value, code), tmp_path / "a.xlsx")) == [said]


@pytest.mark.parametrize("code", ["0", "General", "#,##0", "[Color10]0", "0.00E+00", "@"])
def test_other_formats_change_nothing(code: str, tmp_path: Path) -> None:
    assert values(saved(written(100, code), tmp_path / "a.xlsx")) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("<c ", "<c  "),
        lambda xml: xml.replace('"', "'"),
        lambda xml: xml.replace(f'r="{LETTER}2" s="1"', f's="1" r="{LETTER}2"'),
        lambda xml: xml.replace(' s="1"', ' s = "01"'),
        lambda xml: xml.replace(f'<c r="{LETTER}2"', "<c"),
        lambda xml: xml.replace("</sheetData>", '<row r="9"><c r="A9"><f>1</f></c></row></sheetData>'),
        lambda xml: xml.replace("<sheetData>", "<sheetData>" + " " * 300_000),
    ],
)
def test_however_it_is_written(change: Callable[[str], str], tmp_path: Path) -> None:
    path = saved(written(1, "0%"), tmp_path / "a.xlsx", change)
    assert values(path) == ["100%"]


def test_every_one_of_many_is_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(FIELDS))
    for number in range(3000):
        sheet.append([*row(unit_code=f"U{number}")])
        for column in range(8, len(FIELDS) + 1):
            sheet.cell(number + 2, column).value = 1
        sheet[f"{LETTER}{number + 2}"].number_format = "0%"
    report = kpi_check.validate(shipped(), saved(book, tmp_path / "a.xlsx"), limit=None)
    assert sum(issue.code == "not-a-count" for issue in report.issues) == 3000


@pytest.mark.parametrize("ending", ["xls", "ods", "xlsx"])
@pytest.mark.parametrize("value", [0, 1, 2])
def test_in_every_kind_of_workbook(ending: str, value: int, tmp_path: Path) -> None:
    make = {"xls": xls, "ods": ods, "xlsx": xlsx}[ending]
    path = tmp_path / f"a.{ending}"
    path.write_bytes(make(Sheet(put(table(), f"{letters(FIRST_COUNT)}3", Styled(value, "percent")))))
    report = kpi_check.validate(shipped(), path)
    assert [i.value for i in report.issues if i.severity == "error"] == [f"{value}00%".replace("000", "0")]


def test_a_format_is_of_text_or_of_percentages() -> None:
    ways = {code: shown(code) for code in ("0", "0%", '0"%"', r"0\%", '"a\\"0%', "0[%]", "0_%", '"', "[")}
    assert [way.name for way in ways.values()] == [
        "AS_IT_IS", "PERCENT", "SIGNED", "SIGNED", "PERCENT", "SIGNED", "SIGNED", "AS_IT_IS", "AS_IT_IS",
    ]  # fmt: skip
    assert as_shown("1e+20", Shown.PERCENT) == "10000000000000000000000%"
    assert as_shown("1.50", Shown.PERCENT) == "150%"


def test_a_column_of_styles_in_an_old_workbook(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    percent = xlwt.easyxf(num_format_str="0%")
    for column, text in enumerate(FIELDS):
        sheet.write(0, column, text)
    for column, text in enumerate(row()):
        number = text.isdigit() and column > 6
        # Numbers side by side become one record.
        sheet.write(1, column, 1 if number else text, percent if FIELDS[column] == COUNT else xlwt.Style.default_style)
    book.save(tmp_path / "a.xls")
    assert values(tmp_path / "a.xls") == ["100%"]


@pytest.mark.parametrize("rows", range(2000, 2400, 40))
def test_a_sound_workbook_is_not_called_damaged_by_where_its_parts_end(rows: int, tmp_path: Path) -> None:
    lines = [[f"x{number}", f"y{number}", f"z{number}"] for number in range(rows)]
    (tmp_path / "a.xlsx").write_bytes(xlsx(Sheet([*table(), *lines])))
    assert kpi_check.validate(shipped(), tmp_path / "a.xlsx", limit=0).inputs[0].rows


def hiding(ending: str, path: Path) -> Path:
    make = {"xls": xls, "ods": ods, "xlsx": xlsx}[ending]
    data = make(Sheet(table(), hidden_rows=(3, 4, 7, 30), hidden_columns=("E", letters(FIRST_COUNT), "Z")))
    if ending == "ods":
        column, hidden = '<table:table-column table:number-columns-repeated="{}"/>', 'table:visibility="collapse"/>'
        concealed = "<table:table-column " + hidden
        columns = column.format(4) + concealed + column.format(FIRST_COUNT - 5) + concealed
        data = changed(data, "content.xml", "<table:table-row>", columns + "<table:table-row>", 1)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("ending", ["xls", "ods", "xlsx"])
def test_hidden_rows_and_columns_are_named(ending: str, tmp_path: Path) -> None:
    report = kpi_check.validate(shipped(), hiding(ending, tmp_path / f"a.{ending}"))
    said = {i.code: (i.row, i.message) for i in report.issues}
    assert said["hidden-rows"] == (3, "3 rows are hidden or filtered out, and were read: 3-4, 7")
    row, message = said["hidden-columns"]
    assert (row, message.count("("), "(E)" in message) == (1, 2, True)


NOTE = "<office:annotation><text:p>GHI CHÚ 7</text:p></office:annotation>"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (
            f'<table:table-cell table:formula="of:=1/0" office:value-type="string">{NOTE}<text:p>#DIV/0!</text:p>',
            "#DIV/0!",
        ),
        (f'<table:table-cell table:formula="of:=A1">{NOTE}', "=A1"),
        (f'<table:table-cell office:value-type="string">{NOTE}<text:p>x</text:p>', "x"),
        ("<table:table-cell><text:p>không rõ</text:p>", "không rõ"),
        ('<table:table-cell office:value-type="string"><text:p>1<text:line-break/>3</text:p>', "1\n3"),
        ('<table:table-cell office:value-type="string"><text:p>1<text:tab/>3</text:p>', "1\t3"),
        ('<table:table-cell office:value-type="string"><text:p>1</text:p><text:p>3</text:p>', "1\n3"),
        ('<table:table-cell office:value-type="string"><text:p>1<text:s text:c="2"/>3</text:p>', "1  3"),
    ],
)
def test_what_a_cell_of_an_ods_says(cell: str, value: str, tmp_path: Path) -> None:
    data = ods(Sheet(put(table(), f"{letters(FIRST_COUNT)}3", "CELL")))
    whole = '<table:table-cell office:value-type="string"><text:p>CELL</text:p></table:table-cell>'
    (tmp_path / "a.ods").write_bytes(changed(data, "content.xml", whole, cell + "</table:table-cell>"))
    report = kpi_check.validate(shipped(), tmp_path / "a.ods")
    assert [(i.field, i.value) for i in report.issues if i.severity == "error"] == [("members", value)]


@pytest.mark.parametrize("number", ["1<!-- x -->5", "<![CDATA[15]]>", "&#49;5", "1<?x y?>5"])
def test_a_number_in_pieces_is_not_read_as_one_of_them(number: str, tmp_path: Path) -> None:
    path = saved(written(15, "0"), tmp_path / "a.xlsx", lambda xml: xml.replace("<v>15</v>", f"<v>{number}</v>"))
    with pytest.raises(kpi_check.KpiCheckError, match="damaged"):
        kpi_check.validate(shipped(), path)
