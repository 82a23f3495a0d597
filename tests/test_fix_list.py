"""The copy with its faults coloured, explained and listed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles.styleable import StyleableObject

import kpi_check
from command import ROOT, run
from odd.shapes import Sheet, changed, ods, xlsx
from returns import FIELDS, row

PLAN = ROOT / "targets.yaml"
RED, YELLOW = "00FFC7CE", "00FFEB9C"
ROWS = [
    row(unit_code="U1", members="1.050"),
    row(unit_code="U2", unit_name="=HYPERLINK(1)", workers_trained="60"),
    row(unit_code="U3", rating="", workers="300", workers_trained="300", members="400"),
]


def as_csv(path: Path) -> Path:
    path.write_text("\n".join([",".join(FIELDS), *(",".join(cells) for cells in ROWS)]) + "\n", "utf-8")
    return path


def as_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Quý 'I'"
    sheet.append(["Báo cáo"])
    sheet.append(list(FIELDS))
    for number, cells in enumerate(ROWS, start=3):
        for column, text in enumerate(cells, start=1):
            cell = sheet.cell(number, column)
            cell.value = int(text) if text.isdigit() and column > 7 else text
            if not isinstance(cell.value, int):
                cell.data_type = "s"
    sheet.column_dimensions["E"].width = 44
    sheet["H3"].comment = openpyxl.comments.Comment("của tôi", "ai")
    book.save(path)
    return path


def fixed(data: Path, tmp_path: Path, *more: str) -> Any:
    before = hashlib.sha256(data.read_bytes()).hexdigest()
    out = tmp_path / "fix.xlsx"
    ran = run("validate", data, "--targets", PLAN, "--fix-list", out, *more)
    assert (ran.code, ran.err) == (1, "")
    assert hashlib.sha256(data.read_bytes()).hexdigest() == before
    return openpyxl.load_workbook(out)


@pytest.mark.parametrize(("make", "first"), [(as_csv, 2), (as_workbook, 3)])
def test_faulty_cells_are_coloured_and_say_what_to_do(make: Any, first: int, tmp_path: Path) -> None:
    book = fixed(make(tmp_path / ("a.csv" if make is as_csv else "a.xlsx")), tmp_path)
    sheet = book.worksheets[1]
    coloured = {
        cell.coordinate: (cell.fill.start_color.rgb, cell.comment.text)
        for cells in sheet.iter_rows()
        for cell in cells
        if cell.comment is not None
    }
    places = {f"H{first}": RED, f"T{first + 1}": RED, f"G{first + 2}": RED, f"T{first + 2}": YELLOW}
    assert {place: colour for place, (colour, _) in coloured.items()} == places
    assert all("→" in said for _, said in coloured.values())
    assert sheet[f"E{first + 1}"].value == "=HYPERLINK(1)"
    assert sheet[f"E{first + 1}"].data_type == "s"
    assert sheet[f"H{first}"].value == "1.050"
    if make is as_workbook:
        assert sheet.title == "Quý 'I'"
        assert sheet.column_dimensions["E"].width == 44
        assert coloured["H3"][1].startswith("của tôi\n\n")


@pytest.mark.parametrize("make", [as_csv, as_workbook])
def test_the_list_names_every_fault_and_links_to_its_cell(make: Any, tmp_path: Path) -> None:
    book = fixed(make(tmp_path / ("a.csv" if make is as_csv else "a.xlsx")), tmp_path, "--lang", "vi")
    listed, sheet = book.worksheets[:2]
    rows = [[cell.value for cell in cells] for cells in listed.iter_rows()]
    assert rows[0][:5] == ["STT", "Mức độ", "Trang tính", "Dòng", "Cột"]
    assert [r[1] for r in rows[1:]] == ["lỗi", "lỗi", "lỗi", "cảnh báo"]
    assert all(r[6].startswith("U") and r[8] and r[9] for r in rows[1:])
    for cells in listed.iter_rows(min_row=2):
        name, _, place = cells[0].hyperlink.location.rpartition("!")
        assert name == "'" + sheet.title.replace("'", "''") + "'"
        assert place == f"{cells[4].value}{cells[3].value}"
        assert sheet[place].comment is not None
    assert all(cell.data_type != "f" for cells in listed.iter_rows() for cell in cells)


@pytest.mark.parametrize("make", [as_csv, as_workbook])
def test_the_copy_is_read_like_the_original(make: Any, tmp_path: Path) -> None:
    data = make(tmp_path / ("a.csv" if make is as_csv else "a.xlsx"))
    fixed(data, tmp_path)
    plan = kpi_check.load_plan(PLAN)
    one, other = (kpi_check.validate(plan, path) for path in (data, tmp_path / "fix.xlsx"))
    assert [(i.code, i.column, i.value) for i in other.issues] == [(i.code, i.column, i.value) for i in one.issues]


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    data, other = as_csv(tmp_path / "a.csv"), as_csv(tmp_path / "b.csv")
    other.write_bytes(other.read_bytes() + b"\n")  # else it is the same file
    for words, says in (
        ((data, "--fix-list", tmp_path / "a.txt"), "FILE.xlsx"),
        ((data, other, "--fix-list", tmp_path / "x.xlsx"), "one file at a time"),
        ((tmp_path / "c.xlsx", "--fix-list", tmp_path / "c.xlsx"), "--fix-list"),
        ((tmp_path / "c.xlsx", "--fix-list", other), "FILE.xlsx"),
        ((data, "--fix-list", tmp_path / "c.xlsx"), "somebody's work"),
    ):
        as_workbook(tmp_path / "c.xlsx")
        ran = run("validate", *words, "--targets", PLAN, "--period", "2025")
        assert ran.code == 2, ran
        assert says in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.xlsx"]


def test_long_names_of_sheets_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    names = [f"Liên đoàn Lao động huyện Vĩnh Thạnh {number}" for number in range(3)]
    header = list(FIELDS)
    sheets = [
        Sheet([header, row(unit_code=f"U{number}", members="x" if number == 1 else "100")], name=name)
        for number, name in enumerate(names)
    ]
    (tmp_path / "a.ods").write_bytes(ods(*sheets))
    book = fixed(tmp_path / "a.ods", tmp_path)
    marked = [bool(sheet["H2"].comment) for sheet in book.worksheets[1:]]
    assert marked == [False, True, False]
    link = book.worksheets[0]["A2"].hyperlink.location
    assert link == f"'{book.worksheets[2].title}'!H2"


@pytest.mark.parametrize(
    "text", ["\n" * 1_048_576 + ",".join(FIELDS) + "\n,\n", ",".join([*FIELDS, *"x" * 16_400]) + "\n,\n"]
)
def test_what_a_workbook_has_no_room_for_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text, "utf-8")
    ran = run("validate", tmp_path / "a.csv", "--targets", PLAN, "--fix-list", tmp_path / "b.xlsx", "--lang", "en")
    assert ran.code == 2
    assert "16384 columns" in ran.err.replace(",", "")
    assert not (tmp_path / "b.xlsx").exists()


@pytest.mark.parametrize("much", ['<c r="{}" s="1"/>', "<mergeCells/>"])
def test_styled_and_merged_blanks_take_no_memory(much: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = xlsx(Sheet([list(FIELDS), *ROWS]))
    if much.startswith("<c "):
        far = "".join(f'<row r="{n}"><c r="XFD{n}" s="1"/></row>' for n in range(900, 1000))
        data = changed(data, "xl/worksheets/sheet1.xml", "</sheetData>", far + "</sheetData>")
    else:
        merged = '<mergeCells count="1"><mergeCell ref="A900:XFD999"/></mergeCells>'
        data = changed(data, "xl/worksheets/sheet1.xml", "</sheetData>", "</sheetData>" + merged)
    (tmp_path / "a.xlsx").write_bytes(data)
    made: list[int] = []
    known = StyleableObject.__init__

    def counted(*arguments: Any, **named: Any) -> None:
        made.append(1)
        known(*arguments, **named)

    monkeypatch.setattr("openpyxl.styles.styleable.StyleableObject.__init__", counted)
    fixed(tmp_path / "a.xlsx", tmp_path)
    assert len(made) < 10_000
