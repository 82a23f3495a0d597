"""No unit is lost and no figure is taken for another because of what surrounds it: such a file is never simply `met`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import kpi_check
from returns import CLEAN, FIELDS, results, row, shipped, text_source

BLANK = dict.fromkeys(FIELDS, "")
HEADER = ["STT", *FIELDS]
NAMES = [f"CĐCS số {number}" for number in range(1, 6)]


def good(number: int, **cells: str) -> list[str]:
    return [str(number), *row(unit_code=f"U{number}", unit_name=f"CĐCS số {number}", **cells)]


def part(ordinal: str = "", **cells: str) -> list[str]:
    """A row of which only some cells are filled."""
    return [ordinal, *({**BLANK, **cells}[name] for name in FIELDS)]


BAD = {**CLEAN, "unit_code": "", "rating": "failed", "workers_trained": "0", "nominees": "0"}
TOTAL = part(unit_name="Tổng cộng", members="500")
GOOD = [good(number) for number in range(1, 6)]


def judged(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> kpi_check.Report:
    lines = [";".join(cells) for cells in (header, *rows)]
    return kpi_check.evaluate(shipped(), text_source("\n".join(lines) + "\n"))


def is_simply_met(report: kpi_check.Report) -> bool:
    return report.verdict == "met" and not report.issue_count["error"]


def test_the_rows_themselves_are_met() -> None:
    assert is_simply_met(judged(GOOD))
    assert is_simply_met(judged([*GOOD, TOTAL, part(unit_name="Người lập biểu")]))


@pytest.mark.parametrize(
    "rows",
    [
        [*GOOD, part("II", **{**BAD, "unit_name": "Cơ quan LĐLĐ huyện"})],
        [*GOOD, part("II", unit_name="CĐCS số 6")],
        [*GOOD, part("B", unit_name="CĐCS Trường THPT"), good(7)],
        [*GOOD, part("B", unit_name="Trường THPT"), part("C", unit_name="Trường THCS"), good(7)],
        [*GOOD, TOTAL, part(unit_name="CĐCS mới (chưa gửi)")],
        [*GOOD, TOTAL, part(district_code="D1", unit_code="PM A", unit_name="CĐCS số 9")],
        [*GOOD, TOTAL, part(unit_code="U6", unit_name="CĐCS số 6")],
        [*GOOD, part("6", members="-", rating="Khá")],
        [*GOOD, part(members="1.050", nominees="6,0")],
        [part("I", unit_name="Khối"), *GOOD, part("CĐCS số 6")],
        [*GOOD, part(unit_name="CĐCS số 6")],
        [*GOOD, part(unit_code="#REF!")],
        [*GOOD, part(members="=SUM(A1)")],
        [*GOOD, part(period="20")],
        [*GOOD, part(period="CĐCS Công ty X (chưa nộp)")],
    ],
)
def test_a_unit_without_a_code_or_figures_is_not_lost(rows: list[list[str]]) -> None:
    report = judged(rows)
    assert not is_simply_met(report) or len(rows[-1][0]) > 3
    assert report.inputs[0].rows >= 6 or len(rows[-1][0]) > 3


@pytest.mark.parametrize("note", ["Cộng cả 3 đoàn viên mới", "Tổng số theo danh sách", "Total"])
@pytest.mark.parametrize("column", ["Ghi chú", "Địa chỉ"])
def test_a_word_for_a_total_in_a_column_that_is_not_read_makes_no_total(column: str, note: str) -> None:
    rows = [[*cells, ""] for cells in GOOD] + [["", *({**BAD}[name] for name in FIELDS), note]]
    report = judged(rows, [*HEADER, column])
    assert not is_simply_met(report)
    assert report.inputs[0].rows == 6


@pytest.mark.parametrize("name", ["Tổng cộng", " TỔNG  CỘNG ", "tổng cộng:", "Tổng số"])
def test_a_total_with_a_code_is_not_counted_twice(name: str) -> None:
    report = judged([*GOOD, part(unit_code="TC", unit_name=name, members="500")])
    assert report.inputs[0].rows == 5
    assert results(report)["party-nominees"].denominator == 5


@pytest.mark.parametrize("lower", [("Kế hoạch", "Thực hiện"), ("Năm trước", "Năm nay"), ("Nam", "Nữ")])
def test_a_header_over_two_columns_does_not_take_the_first_of_them(lower: tuple[str, str]) -> None:
    upper, below = [*FIELDS, ""], [""] * (len(FIELDS) - 1) + list(lower)
    rows = [[*cells[1:-1], "40", "2"] for cells in GOOD]
    assert not is_simply_met(judged([below, *rows], upper))


@pytest.mark.parametrize("group", ["Kế hoạch năm 2025", "Năm 2023", "Kế hoạch", "Cùng kỳ"])
def test_a_group_of_other_figures_is_not_read(group: str) -> None:
    upper = [*FIELDS[:-2], group, "", "Thực hiện", ""]
    below = [""] * (len(FIELDS) - 2) + ["Lao động", "Lao động được đào tạo nghề", "Số lao động", "Đã học nghề"]
    rows = [[*cells[1:-2], "50", "50", "50", "5"] for cells in GOOD]
    assert not is_simply_met(judged([below, *rows], upper))


def test_a_table_above_the_table_is_no_title() -> None:
    first = ["period", "unit_code", "unit_type", "cadres", "cadres_degree", "cadres_theory"]
    rows = [["A. Cán bộ"], first, ["2025", "U9", "office", "9", "1", "0"], ["B. CĐCS"], HEADER, *GOOD]
    report = judged(rows[1:], rows[0])
    assert [issue.code for issue in report.issues] == ["rows-above-header"]
    assert report.verdict == "undetermined"


def workbook(tmp_path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for cells in rows:
            sheet.append(list(cells))
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.parametrize(
    "second",
    [
        [part(), *(good(number, rating="failed") for number in range(6, 20))],
        [["Năm", "Mã số", "Đơn vị", "Đoàn viên"], *(["2025", f"U{n}", "CĐCS", 10, 20, 30] for n in range(6, 9))],
        [[f"=Sheet9!{letter}1" for letter in "ABCDEFGH"]],
    ],
)
def test_a_second_sheet_with_figures_is_not_passed_over(second: list[list[Any]], tmp_path: Path) -> None:
    report = kpi_check.evaluate(shipped(), workbook(tmp_path, Một=[HEADER, *GOOD], Hai=second))
    assert [(issue.code, issue.sheet) for issue in report.issues if issue.severity == "error"] == [
        ("sheet-with-figures", "Hai")
    ]
    assert report.verdict == "undetermined"


def test_a_last_row_of_formulas_without_results_is_a_row(tmp_path: Path) -> None:
    rows = [HEADER, *GOOD, [f"=Sheet9!A{number}" for number in range(len(HEADER))]]
    report = kpi_check.evaluate(shipped(), workbook(tmp_path, Một=rows))
    assert report.inputs[0].rows == 6
    assert not is_simply_met(report)


def test_a_number_of_a_workbook_has_no_separators(tmp_path: Path) -> None:
    cells: list[Any] = good(6, members="2000", workers="1500")
    cells[-1] = 1.125
    path = workbook(tmp_path, Một=[HEADER, *GOOD, cells])
    report = kpi_check.evaluate(shipped(), path, thousands=".")
    assert [issue.code for issue in report.issues] == ["not-a-count"]


def test_columns_that_are_numbered_are_no_row_where_anything_may_be_a_number() -> None:
    header = list(FIELDS)
    rows = [[str(number) for number in range(1, len(header) + 1)], *(cells[1:] for cells in GOOD)]
    assert is_simply_met(judged(rows, header))
