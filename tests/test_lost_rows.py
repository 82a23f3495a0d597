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
    return [str(number), *row(**{"unit_code": f"U{number}", "unit_name": f"CĐCS số {number}", **cells})]


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


def codes(report: kpi_check.Report) -> list[str]:
    return [issue.code for issue in report.issues if issue.severity != "info"]


def units(first: int, last: int, district: str = "D1") -> list[list[str]]:
    """Units with figures of their own."""
    return [
        good(number, district_code=district, members=str(100 + number * number), workers=str(50 + number % 7))
        for number in range(first, last + 1)
    ]


def total_of(rows: Sequence[Sequence[str]], **cells: str) -> list[str]:
    """A row with the sums of others."""
    first = FIELDS.index("members") + 1
    sums = [str(sum(int(cells[column]) for cells in rows)) for column in range(first, len(FIELDS) + 1)]
    return [*good(0, **cells)[:first], *sums]


@pytest.mark.parametrize(
    "name", ["Tổng cộng huyện X", "TỔNG  CỘNG: Quy Nhơn", "tổng số (huyện)", "To\u0302\u0309ng co\u0323\u0302ng X"]
)
def test_a_unit_whose_name_begins_like_a_total_is_named(name: str) -> None:
    report = judged([*units(1, 5), good(6, unit_code="QN", unit_name=name)])
    assert [(i.code, i.row, i.value) for i in report.issues] == [("unit-like-total", 7, name)]
    assert report.inputs[0].rows == 6


def test_a_unit_whose_name_has_the_letters_of_a_total_is_none() -> None:
    names = ["Tổng công ty PISICO", "Cộng Hòa", "Cộngty May", "Tổng cộngty"]
    assert codes(judged([good(number, unit_name=name) for number, name in enumerate(names)])) == []


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_unit_that_is_the_sum_of_others_is_named(place: int) -> None:
    rows = [*units(1, 3), *units(4, 6, "D2")]
    beside = rows[:3] if place < 6 else rows[3:]
    report = judged([*rows[:place], total_of(beside, unit_code="QN"), *rows[place:]])
    assert [(i.code, i.row, i.unit_code) for i in report.issues] == [("unit-like-total", place + 2, "QN")]


def test_units_alike_are_no_sums_of_each_other() -> None:
    assert codes(judged([*GOOD, good(6, members="200", officials="20")])) == []
    nothing = dict.fromkeys(FIELDS[FIELDS.index("members") :], "0")
    assert "unit-like-total" not in codes(judged([good(1), good(2, **nothing), good(3, **nothing), good(4)]))


def test_a_sheet_of_sums_beside_the_units_is_named(tmp_path: Path) -> None:
    first, second = units(1, 4, "D1"), units(5, 9, "D2")
    sums = [total_of(first, unit_code="D1"), total_of(second, unit_code="D2", district_code="D2")]
    report = kpi_check.evaluate(
        shipped(), workbook(tmp_path, **{"Chi tiết": [HEADER, *first, *second], "Tổng hợp": [HEADER, *sums]})
    )
    assert [(i.code, i.sheet, i.row) for i in report.issues if i.severity == "warning"] == [
        ("unit-like-total", "Tổng hợp", 2),
        ("unit-like-total", "Tổng hợp", 3),
    ]


@pytest.mark.parametrize(
    ("title", "warned"),
    [
        ("BÁO CÁO NĂM 2023", True),
        ("6 tháng đầu năm 2024", True),
        ("Biểu tổng hợp 2026", True),
        ("BÁO CÁO NĂM 2025", False),
        ("Kế hoạch 130 năm 2021", False),
        ("Giai đoạn 2020 - 2025", False),
        ("Ngày 05 tháng 01 năm 2026", False),
        ("Số: 12/BC-LĐLĐ năm 2024", False),
        ("Bình Định, 30/8/2021", False),
    ],
)
def test_a_title_of_another_year_is_named(title: str, warned: bool) -> None:
    report = judged([HEADER, *(cells for cells in GOOD)], [title])
    assert [(i.code, i.row, i.value) for i in report.issues] == ([("title-of-other-year", 1, title)] if warned else [])


def test_a_title_of_the_right_year_settles_it() -> None:
    assert codes(judged([["NĂM 2025"], HEADER, *GOOD], ["Nghị quyết năm 2020"])) == []


def test_a_sheet_named_after_another_year_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, **{"Năm 2023": [HEADER[:1] + HEADER[2:], *(cells[:1] + cells[2:] for cells in GOOD)]})
    report = kpi_check.evaluate(shipped(), path, period="2024")
    assert ("title-of-other-year", "Năm 2023") in [(issue.code, issue.sheet) for issue in report.issues]


@pytest.mark.parametrize(
    ("header", "cells", "lost"),
    [
        (["Mã CĐCS", "Tổng số đoàn viên"], ["U9", "50"], True),
        (["Tên CĐCS", "Tổng số đoàn viên"], ["CĐCS số 9", "50"], True),
        (["Đơn vị", "Tổng số đoàn viên", "Lao động", "Đoàn viên là đảng viên"], ["CĐCS 9", "50", "40", "3"], True),
        (["Đơn vị báo cáo", "Tổng số đoàn viên", "Lao động", "Cán bộ chuyên trách"], ["D1", "50", "40", "3"], False),
        (["Mã CĐCS", "Ghi chú"], ["U9", "mới"], False),
    ],
)
def test_a_sheet_with_half_a_header_and_figures_of_units_is_a_fault(
    header: list[str], cells: list[str], lost: bool, tmp_path: Path
) -> None:
    report = kpi_check.evaluate(shipped(), workbook(tmp_path, Một=[HEADER, *GOOD], Hai=[header, cells]))
    assert codes(report) == (["sheet-with-figures"] if lost else ["sheet-not-read"])
    assert report.verdict == ("undetermined" if lost else "met")


def test_an_old_font_far_down_is_seen() -> None:
    rows = [good(number) for number in range(3000)]
    rows[2500] = good(2500, unit_name="C«ng ®oµn Tr­êng TiÓu häc")
    assert [(i.code, i.row) for i in judged(rows).issues] == [("old-font", 2502)]


def test_a_header_with_its_columns_in_another_order_makes_nothing_certain() -> None:
    other = [*HEADER[:-2], HEADER[-1], HEADER[-2]]
    for below in (other, other[1:], ["", "Mã CĐCS", "Lao động", "Tổng số đoàn viên"]):
        report = judged([*GOOD, below, good(9)])
        assert [(i.code, i.row) for i in report.issues] == [("other-header", 7)]
        assert report.verdict == "undetermined"
    assert codes(judged([*GOOD, HEADER, good(9)])) == []
