"""Rows by example: each rule of docs/semantics.md, "Cells" and "Rows and their keys", and every issue a row can give."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Sequence
from typing import Any

import pytest

import kpi_check
from generators import shipped_plan
from kpi_check.cells import read_count, read_period, why_not_a_count
from kpi_check.checks import CheckedRow, RowChecker
from kpi_check.issues import Finding, Place
from kpi_check.locale import language
from kpi_check.measures import NO_VALUE, UNKNOWN, Value
from kpi_check.periods import Period
from kpi_check.plan_lint import parse_plan
from kpi_check.submission import bind, column_letter
from oracle import Table
from returns import CLEAN, FIELDS, results, row, shipped, table, text_source

YEAR, HALF = Period(2025), Period(2025, "half", 1)
OFFICE = {"unit_type": "office", "rating": "", "nominees": ""}


def check(
    cells: dict[str, str],
    period: Period | None = YEAR,
    *,
    plan: kpi_check.Plan | None = None,
    without: Sequence[str] = (),
    doubled: Sequence[tuple[str, str]] = (),
    given: bool = False,
) -> CheckedRow:
    """Check a row that is clean but for some cells; without some columns, or with second ones of a field."""
    names = [name for name in FIELDS if name not in without]
    texts = [{**CLEAN, **cells}[name] for name in names] + [text for _, text in doubled]
    header = [*names, *(name for name, _ in doubled)]
    plan = plan or shipped()
    return RowChecker(plan, bind(plan, header), period, Place("phu-cat.csv"), given).check(texts, 7)


def codes(found: CheckedRow) -> list[tuple[str, str | None]]:
    return [(f.code, f.field) for f in found.findings]


def unknown(found: CheckedRow) -> set[str]:
    return {name for name, value in found.values.items() if value is UNKNOWN}


@functools.cache
def small_plan(checks: str = "[]", **fields: str) -> kpi_check.Plan:
    """A plan with a code, a choice and the counts a, b, c and d (optional), each with keys of its own."""
    optional = {"d": '{"required": "never"}'}
    kinds: dict[str, Any] = {
        name: {"type": "count", **json.loads({**optional, **fields}.get(name, "{}"))} for name in "abcd"
    }
    kind = {"type": "choice", "values": {"x": ["Loại x"], "y": []}, **json.loads(fields.get("kind", "{}"))}
    plan = {
        "plan": {"number": "1", "issued": "2021-08-30", "years": "2021-2025", "title": "T"},
        "submission": {
            "key": ["period", "code"],
            "levels": {"unit": {"code": "code"}},
            "fields": {"period": {"type": "period"}, "code": {"type": "code"}, "kind": kind, **kinds},
            "checks": json.loads(checks),
        },
        "targets": [{"id": "t", "title": "T", "amount": "a", "at_least": "1", "judged": "yearly"}],
    }
    return parse_plan(json.dumps(plan).encode(), "small.yaml")


def small(plan: kpi_check.Plan, header: str, cells: str, period: Period = YEAR) -> CheckedRow:
    """Check a row of a small plan: header and cells apart by commas."""
    checker = RowChecker(plan, bind(plan, header.split(",")), period, Place(), period_given=True)
    return checker.check(cells.split(","), 2)


# Cells: known, unknown, without a value


def test_a_clean_row_is_known_throughout() -> None:
    found = check({})
    assert found.findings == []
    assert unknown(found) == set()
    assert (found.values["period"], found.values["rating"], found.values["members"]) == ("year", "good", 100)
    assert (found.values["unit_code"], found.values["unit_type"]) == ("U1", "grassroots")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        (" 7\t", 7),
        ("999999999999999999", 10**18 - 1),
        ("", NO_VALUE),
        (" \t\u00a0", NO_VALUE),
        *(
            (text, UNKNOWN)
            for text in ("1234567890123456789", "7\u00a0", "１２", "٣", "1_000", "1 000", "+7", "-7", "7.0")
        ),
        *((text, UNKNOWN) for text in ("1.050", "85%", "-", "x", "7\n", "0x7", "1e3", "=A1", "#REF!", "7\u200b")),
    ],
)
def test_a_count_is_up_to_18_ascii_digits_with_blanks_around(text: str, value: Value) -> None:
    assert read_count(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024", "2024"),
        (" 2024-H1 ", "2024-H1"),
        ("", NO_VALUE),
        (" ", NO_VALUE),
        ("2024-H3", UNKNOWN),
        ("２０２４", UNKNOWN),
    ],
)
def test_a_period_is_read_in_its_standard_form(text: str, value: Value) -> None:
    assert read_period(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("good", "good"),
        ("GOOD", "good"),
        ("Hoàn thành tốt nhiệm vụ", "good"),
        (" HOÀN THÀNH TỐT\u00a0", "good"),
        ("Hoa\u0300n tha\u0300nh to\u0302\u0301t", "good"),  # NFD
        ("Xuất sắc", "excellent"),
        ("Không xếp loại", "not_rated"),
    ],
)
def test_a_label_is_compared_trimmed_composed_and_without_case(text: str, value: str) -> None:
    assert check({"rating": text}).values["rating"] == value


def test_codes_are_compared_trimmed_and_composed_and_with_case() -> None:
    assert check({"unit_code": " Đá-1 "}).values["unit_code"] == "Đá-1"
    assert check({"unit_code": "Đa\u0301-1"}).values["unit_code"] == "Đá-1"
    assert check({"unit_code": "đá-1"}).values["unit_code"] == "đá-1"


# Rule 1: required


def test_ratings_are_not_required_at_mid_year() -> None:
    blank = dict.fromkeys(("rating", "party_members_rated", "party_members_good", "party_members_failed"), "")
    at_year_end = [("blank", name) for name in ("party_members_failed", "party_members_good", "rating")]
    assert sorted(codes(check(blank)), key=str) == at_year_end  # party_members_rated has a default
    found = check(blank, HALF)
    assert found.findings == []
    assert {found.values[name] for name in blank} == {NO_VALUE}


def test_rating_and_nominees_are_required_of_unions_alone() -> None:
    found = check(OFFICE)
    assert found.findings == []
    assert (found.values["rating"], found.values["nominees"]) == (NO_VALUE, NO_VALUE)
    assert codes(check({"nominees": ""})) == [("blank", "nominees")]


def test_a_blank_whose_requirement_rests_on_an_unknown_cell_is_unknown_without_an_issue_of_its_own() -> None:
    found = check({**OFFICE, "unit_type": "?"})
    assert codes(found) == [("not-a-choice", "unit_type")]
    assert unknown(found) == {"unit_type", "rating", "nominees"}


def test_a_condition_that_fails_decides_though_another_is_unknown() -> None:
    found = check({"unit_type": "?", "rating": ""}, HALF)
    assert found.values["rating"] is NO_VALUE


def test_without_a_period_it_is_not_known_what_a_year_requires() -> None:
    found = check({"party_members_good": "", "period": "?"}, None)
    assert codes(found) == [("not-a-period", "period")]
    assert {"period", "party_members_good"} <= unknown(found)


def test_a_field_that_is_never_required_may_be_blank() -> None:
    found = check({"district_name": " "})
    assert (found.findings, found.values["district_name"]) == ([], NO_VALUE)


# Rule 2: default


def test_a_blank_takes_the_figure_of_another_field() -> None:
    found = check({"party_members_rated": ""})
    assert (found.findings, found.values["party_members_rated"]) == ([], 20)


def test_a_blank_is_unknown_if_the_figure_that_it_takes_is() -> None:
    found = check({"party_members": "?", "party_members_rated": ""})
    assert codes(found) == [("not-a-count", "party_members")]
    assert unknown(found) == {"party_members", "party_members_rated"}


def test_a_blank_takes_the_value_that_is_its_default() -> None:
    found = check({"unit_type": ""})
    assert (found.findings, found.values["unit_type"]) == ([], "grassroots")


def test_a_blank_takes_the_number_that_is_its_default() -> None:
    plan = small_plan(b='{"default": "12"}')
    assert small(plan, "code,kind,a,b,c", "U,x,1,,1").values["b"] == 12


def test_the_default_does_not_fill_a_blank_that_is_not_required() -> None:
    plan = small_plan(b='{"default": "12", "required": {"kind": "x"}}')
    assert small(plan, "code,kind,a,b,c", "U,y,1,,1").values["b"] is NO_VALUE
    assert small(plan, "code,kind,a,b,c", "U,x,1,,1").values["b"] == 12


def test_the_default_does_not_fill_a_blank_that_only_may_be_required() -> None:
    plan = small_plan(b='{"default": "12", "required": {"kind": "x"}}')
    assert unknown(small(plan, "code,kind,a,b,c", "U,?,1,,1")) >= {"b"}


def test_a_default_that_has_no_value_itself_leaves_a_required_blank() -> None:
    plan = small_plan(a='{"required": "never"}', b='{"default": "a"}')
    found = small(plan, "code,kind,a,b,c", "U,x,,,1")
    assert codes(found) == [("blank", "b")]
    assert unknown(found) == {"b"}


# Rule 3: a part of nothing


def test_a_blank_part_of_a_whole_that_is_0_is_0() -> None:
    found = check({"cadres": "0", "cadres_degree": "", "cadres_theory": ""})
    assert found.findings == []
    assert (found.values["cadres_degree"], found.values["cadres_theory"]) == (0, 0)


def test_a_blank_part_of_a_sum_within_0_is_0() -> None:
    found = check({"party_members_rated": "0", "party_members_good": "", "party_members_failed": ""})
    assert found.findings == []
    assert (found.values["party_members_good"], found.values["party_members_failed"]) == (0, 0)


def test_nothing_goes_down_through_the_parts_of_a_part() -> None:
    blank = dict.fromkeys(("party_members_rated", "party_members_good", "party_members_failed"), "")
    found = check({**blank, "party_members": "0"})
    assert (found.findings, {found.values[name] for name in blank}) == ([], {0})


def test_a_blank_part_of_a_whole_that_is_not_0_or_not_known_stays_blank() -> None:
    for cadres in ("1", "?"):
        found = check({"cadres": cadres, "cadres_degree": "", "cadres_theory": ""})
        assert {("blank", "cadres_degree"), ("blank", "cadres_theory")} <= set(codes(found))
        assert {"cadres_degree", "cadres_theory"} <= unknown(found)


def test_a_blank_that_is_not_required_is_no_part_of_nothing() -> None:
    found = check({"party_members": "0", "party_members_rated": "0", "party_members_good": ""}, HALF)
    assert found.values["party_members_good"] is NO_VALUE


def test_it_must_be_known_that_a_part_of_nothing_is_required() -> None:
    plan = small_plan(b='{"at_most": "a", "required": {"kind": "x"}}')
    assert small(plan, "code,kind,a,b,c", "U,x,0,,1").values["b"] == 0
    assert small(plan, "code,kind,a,b,c", "U,?,0,,1").values["b"] is UNKNOWN


# Rule 4: every other required blank


@pytest.mark.parametrize("name", [name for name in FIELDS[7:] if name != "party_members_rated"])
def test_a_blank_is_never_0(name: str) -> None:
    found = check({name: " "})
    assert codes(found) == [("blank", name)]
    assert found.values[name] is UNKNOWN


# Rule 5: checks between cells


def test_parts_may_be_as_large_as_their_whole() -> None:
    equal = {
        "party_members": "100",
        "party_members_rated": "100",
        "party_members_good": "60",
        "party_members_failed": "40",
    }
    assert check({**equal, "officials": "100", "officials_standard": "100"}).findings == []


def test_a_part_above_its_whole_leaves_both_unknown() -> None:
    found = check({"officials_standard": "11"})
    assert codes(found) == [("part-above-whole", "officials_standard")]
    assert unknown(found) == {"officials", "officials_standard"}


def test_parts_that_add_up_to_more_than_their_whole_are_all_unknown_with_it() -> None:
    found = check({"party_members_good": "19", "party_members_failed": "2"})
    assert codes(found) == [("part-above-whole", "party_members_good")]
    assert unknown(found) == {"party_members_good", "party_members_failed", "party_members_rated"}


def test_one_failed_check_does_not_hide_another() -> None:
    found = check({"officials": "101", "officials_standard": "102"})
    assert sorted(codes(found)) == [("part-above-whole", "officials"), ("part-above-whole", "officials_standard")]
    assert unknown(found) == {"members", "officials", "officials_standard"}


def test_an_unreadable_part_leaves_the_others_to_be_checked() -> None:
    found = check({"party_members_good": "?", "party_members_failed": "21"})
    assert ("part-above-whole", "party_members_good") in codes(found)
    assert unknown(found) == {"party_members_good", "party_members_failed", "party_members_rated"}


@pytest.mark.parametrize("cadres", ["?", ""])
def test_with_an_unreadable_whole_there_is_nothing_to_check(cadres: str) -> None:
    found = check({"cadres": cadres, "cadres_degree": "999"})
    assert unknown(found) == {"cadres"}


def test_what_took_its_value_from_a_marked_cell_is_marked_too() -> None:
    # party_members_rated takes its 101 from party_members, which is above members.
    found = check({"party_members": "101", "party_members_rated": ""})
    assert codes(found) == [("part-above-whole", "party_members")]
    assert unknown(found) == {"members", "party_members", "party_members_rated"}


def test_a_part_of_nothing_is_marked_with_the_whole_from_which_it_has_its_0() -> None:
    plan = small_plan(c='{"at_most": "b"}', checks='[{"sum": ["b", "d"], "at_most": "a"}]')
    found = small(plan, "code,kind,a,b,c,d", "U,x,1,0,,2")
    assert codes(found) == [("part-above-whole", "b")]
    assert unknown(found) == {"a", "b", "c", "d"}


def test_a_value_that_is_not_required_is_read_and_checked_like_any_other() -> None:
    found = check({"party_members_good": "21"}, HALF)
    assert codes(found) == [("part-above-whole", "party_members_good")]
    assert codes(check({**OFFICE, "nominees": "một"})) == [("not-a-count", "nominees")]


# Rule 6: columns that are missing, or doubled


def test_the_cells_of_a_missing_column_are_unknown_where_they_are_required_and_no_issues() -> None:
    found = check({}, without=["nominees"])
    assert (found.findings, unknown(found)) == ([], {"nominees"})
    assert check({**OFFICE}, without=["nominees"]).values["nominees"] is NO_VALUE


def test_a_missing_column_is_filled_by_its_default() -> None:
    found = check({}, without=["unit_type", "party_members_rated"])
    assert found.findings == []
    assert (found.values["unit_type"], found.values["party_members_rated"]) == ("grassroots", 20)


def test_a_missing_column_without_a_default_is_no_part_of_nothing() -> None:
    found = check({"cadres": "0", "cadres_theory": "0"}, without=["cadres_degree"])
    assert found.values["cadres_degree"] is UNKNOWN


def test_the_cells_of_a_doubled_column_are_unknown_whatever_they_say() -> None:
    found = check({}, doubled=[("nominees", "1")])
    assert (found.findings, unknown(found)) == ([], {"nominees"})
    blank = check({"nominees": "", "unit_type": "office", "rating": ""}, doubled=[("nominees", " ")])
    assert blank.values["nominees"] is NO_VALUE
    written = check({"nominees": "", "unit_type": "office", "rating": ""}, doubled=[("nominees", "1")])
    assert written.values["nominees"] is UNKNOWN


def test_a_doubled_column_is_not_filled_by_its_default() -> None:
    assert check({"unit_type": ""}, doubled=[("unit_type", "")]).values["unit_type"] is UNKNOWN


# Rule 8: what cannot be seen


@pytest.mark.parametrize(
    "unseen", ["\n", "\r\n", "\t", "\u00a0", "\u200b", "\u00ad", "\u202e", "\u3164", "\ufe0f", "\ufeff", "\x1b"]
)
@pytest.mark.parametrize("name", ["unit_code", "district_code"])
def test_a_code_with_a_character_that_cannot_be_seen_is_unknown(name: str, unseen: str) -> None:
    found = check({name: f"U{unseen}1"})
    assert codes(found) == [("not-a-code", name)]
    assert unknown(found) == {name}


def test_a_space_in_a_code_can_be_seen_and_blanks_around_it_are_no_part_of_it() -> None:
    found = check({"unit_code": "\u00a0U 1-2 \n"})
    assert (found.findings, found.values["unit_code"]) == ([], "U 1-2")


# Keys


def test_a_period_column_that_is_missing_or_blank_means_the_period_asked_for() -> None:
    assert check({}, without=["period"], given=True).values["period"] == "year"
    assert check({"period": " "}, given=True).values["period"] == "year"
    assert check({"period": ""}, given=True).findings == []


def test_without_a_period_asked_for_a_missing_or_blank_one_is_a_key_that_is_missing() -> None:
    assert check({}, without=["period"]).values["period"] is UNKNOWN
    found = check({"period": ""})
    assert codes(found) == [("missing-key", "period")]
    assert found.values["period"] is UNKNOWN


def test_a_doubled_period_is_unknown_even_where_one_is_asked_for() -> None:
    assert check({}, doubled=[("period", "2025")], given=True).values["period"] is UNKNOWN


def test_a_period_that_cannot_be_read_is_unknown_even_where_one_is_asked_for() -> None:
    found = check({"period": "2025-H3"}, given=True)
    assert codes(found) == [("not-a-period", "period")]
    assert found.values["period"] is UNKNOWN


def test_the_cells_of_a_row_without_a_key_are_still_read() -> None:
    found = check({"unit_code": "", "members": "x", "rating": "?"})
    assert {code for code, _ in codes(found)} == {"missing-key", "not-a-count", "not-a-choice"}


# Every issue a row can give, with its place


def issues(*rows: Sequence[str], period: str | None = None, header: Sequence[str] = FIELDS) -> list[kpi_check.Issue]:
    lines = [";".join(f'"{cell}"' for cell in cells) for cells in (header, *rows)]
    report = kpi_check.evaluate(shipped(), text_source("\n".join(lines), "phu-cat.csv"), period=period)
    return list(report.issues)


def place(issue: kpi_check.Issue) -> tuple[str, str, str | None, int | None, str | None, str | None]:
    return issue.code, issue.severity, issue.file, issue.row, issue.column, issue.field


def what(issue: kpi_check.Issue) -> tuple[str | None, str | None, str | None]:
    return issue.unit_code, issue.unit_name, issue.value


def letter(name: str) -> str:
    return column_letter(FIELDS.index(name))


@pytest.mark.parametrize(
    ("code", "cells", "field"),
    [
        ("blank", {"members": ""}, "members"),
        ("blank", {"unit_name": " "}, "unit_name"),
        ("blank", {"district_code": ""}, "district_code"),
        ("blank", {"rating": ""}, "rating"),
        ("not-a-count", {"workers": "1.050"}, "workers"),
        ("not-a-choice", {"rating": "Hoàn thành tôt"}, "rating"),
        ("not-a-code", {"unit_code": "U\u200b1"}, "unit_code"),
        ("not-a-period", {"period": "năm 2025"}, "period"),
        ("missing-key", {"unit_code": "\u00a0"}, "unit_code"),
        ("missing-key", {"period": ""}, "period"),
        ("part-above-whole", {"workers_trained": "51"}, "workers_trained"),
        ("part-above-whole", {"party_members_failed": "2"}, "party_members_good"),
    ],
)
def test_an_issue_of_a_cell_says_where_and_what_it_is(code: str, cells: dict[str, str], field: str) -> None:
    [found] = issues(row(unit_code="U0"), row(**cells))
    assert place(found) == (code, "error", "phu-cat.csv", 3, letter(field), field)
    written = {**CLEAN, **cells}
    unit = (written["unit_code"].strip() or None, written["unit_name"].strip() or None)
    assert what(found) == (*unit, written[field])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_text_over_more_than_one_line_is_warned_of_with_the_line_on_which_its_row_starts(ending: str) -> None:
    [found] = issues(row(unit_code="U0"), row(unit_name=f"Công{ending}đoàn"), row(unit_code="U2"))
    assert place(found)[:5] == ("line-break", "warning", "phu-cat.csv", 3, letter("unit_name"))
    assert found.value == f"Công{ending}đoàn"


def test_line_breaks_around_a_text_are_no_part_of_it() -> None:
    assert issues(row(unit_name="Công đoàn\n")) == []


def test_a_row_with_too_few_or_too_many_cells_is_named_with_both_numbers() -> None:
    few, many = issues(row()[:-1], [*row(), "x"], row())
    assert place(few) == ("cell-count", "error", "phu-cat.csv", 2, None, None)
    assert place(many) == ("cell-count", "error", "phu-cat.csv", 3, None, None)
    assert ("19" in few.message, "20" in few.message) == (True, True)
    assert ("21" in many.message, "20" in many.message) == (True, True)


def test_a_key_given_twice_is_named_at_each_row_after_the_first() -> None:
    found = issues(row(), row(unit_code="U2"), row(unit_code=" U1", unit_name="Khác"), row())
    assert [place(i) for i in found] == [
        ("duplicate-key", "error", "phu-cat.csv", 4, "D", "unit_code"),
        ("duplicate-key", "error", "phu-cat.csv", 5, "D", "unit_code"),
    ]
    assert [what(i) for i in found] == [("U1", "Khác", "U1"), ("U1", "Công đoàn U1", "U1")]
    assert all("phu-cat.csv, row 2" in i.message for i in found)


def test_rows_of_another_period_are_left_out_and_counted() -> None:
    [found] = issues(row(period="2024"), row(period="2024", members="?"), row(), period="2025")
    assert place(found) == ("other-periods", "info", None, None, None, None)
    assert "2024" in found.message
    assert "2 " in found.message


def test_these_are_all_the_kinds_of_issue_that_a_row_can_give() -> None:
    spoilt = [{"members": "", "rating": "?"}, {"unit_code": "", "workers": "?"}]
    spoilt += [{"period": "?", "cadres_theory": "3"}, {"district_code": "D\n1", "unit_name": "a\nb"}]
    rows = [row(), row(), row()[:-1], row(period="2024"), *(row(**cells) for cells in spoilt)]
    given = {issue.code for issue in issues(*rows, period="2025")}
    of_cells = {"blank", "not-a-count", "not-a-choice", "not-a-code", "not-a-period", "part-above-whole", "line-break"}
    assert given == of_cells | {"missing-key", "duplicate-key", "cell-count", "other-periods"}


# Issues of a file


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty-file", 1),
        ("\n\nMã,Tên\nU1,a\n", "no-header", 3),
        ("unit_code;members\n\n", "no-rows", 1),
        ('unit_code;members\nU1;"7\n', "broken-quotes", 2),
        ('\n"unit_code;members\n', "broken-quotes", 2),
        ("unit_code;members\nU1;" + "7" * 140_000, "cell-too-long", 2),
    ],
    ids=["empty", "no-header", "no-rows", "broken-quotes", "broken-header", "cell-too-long"],
)
def test_a_file_that_cannot_be_used_is_named(text: str, code: str, line: int) -> None:
    report = kpi_check.evaluate(shipped(), text_source(text, "phu-cat.csv"), period="2025")
    [found] = [issue for issue in report.issues if issue.code == code]
    assert (found.severity, found.file, found.row, found.column) == ("error", "phu-cat.csv", line, None)
    assert report.verdict == "no_data"


def test_behind_a_record_that_cannot_be_read_there_may_be_anything() -> None:
    rows = table(row(), row(unit_code="U2", district_code="D2"))
    text = csv_of(rows) + '2025,D1,,U3,"not closed\n'
    report = kpi_check.evaluate(shipped(), text_source(text), by="district")
    assert {t.scope.code for t in report.targets} == {None, "D1", "D2"}
    assert not any(t.bounded for t in report.targets)
    assert {t.unknown for t in report.targets} == {0}
    assert [(i.code, i.row) for i in report.issues] == [("broken-quotes", 4)]
    assert report.inputs[0].rows == 3


def test_a_record_that_cannot_be_read_is_a_row() -> None:
    report = kpi_check.evaluate(shipped(), text_source(csv_of(table()) + '"not closed'), period="2025")
    assert [issue.code for issue in report.issues] == ["broken-quotes"]


def test_columns_are_named_where_the_header_stands() -> None:
    header = ["Cột lạ", *(name for name in FIELDS if name != "workers"), "members", "Lao dộng"]
    cells = ["x", *(CLEAN[name] for name in FIELDS if name != "workers"), "100", "50"]
    found = issues(cells, header=header)
    assert [place(i)[:4] for i in found] == [
        ("missing-column", "error", "phu-cat.csv", 1),
        ("duplicate-column", "error", "phu-cat.csv", 1),
        ("unknown-columns", "info", "phu-cat.csv", 1),
    ]
    assert (found[0].field, found[1].field) == ("workers", "members")
    assert (found[1].column, found[1].value) == (column_letter(len(header) - 2), "members")
    assert "Lao dộng" in found[0].hint
    assert all(name in found[2].message for name in ("Cột lạ (A)", "Lao dộng"))


def test_a_period_outside_the_plan_is_a_warning() -> None:
    [found] = issues(row(period="2026"))
    assert (found.code, found.severity, found.file) == ("period-outside-plan", "warning", None)
    assert ("2026" in found.message, "2021-2025" in found.message) == (True, True)


# Words that help


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1234567890123456789", "18 digits"),
        ("=SUM(A1:A3)", "formula"),
        ("#REF!", "spreadsheet's error"),
        ("-", "a mark"),
        ("–", "a mark"),
        ("n/a", "a mark"),
        ("85%", "percentage"),
        ("85,5%", "percentage"),
        ("1.050", "1050 or a fraction"),
        ("1,050", "1050 or a fraction"),
        ("3.0", "fraction"),
        ("3,25", "fraction"),
        ("-1", "sign"),
        ("−1", "sign"),
        ("+3", "sign"),
        ("7\u00a0", "invisible"),
        ("7\u200b", "invisible"),
        ("１２", "not the digits"),
        ("٣", "not the digits"),
        ("bảy", "not a number"),
        ("1_000", "not a number"),
        ("1 000", "not a number"),
    ],
)
def test_why_a_text_is_no_count_is_said_in_terms_of_what_was_written(text: str, reason: str) -> None:
    assert read_count(text) is UNKNOWN
    assert reason in language("en").say(why_not_a_count(text))


def test_the_reason_stands_in_the_message_of_the_issue() -> None:
    [found] = issues(row(workers="1.050"))
    assert found.message.startswith("Workers must be a whole number")
    assert "1050 or a fraction: a separator can mean either" in found.message


def test_a_near_label_is_suggested_and_the_known_ones_are_listed() -> None:
    [near] = issues(row(rating="Hoàn thành tôt"))
    assert near.hint == "did you mean Hoàn thành tốt?"
    assert "Hoàn thành xuất sắc nhiệm vụ, Hoàn thành tốt nhiệm vụ" in near.message
    [far] = issues(row(rating="qqq"))
    assert "did you mean" not in far.hint


def test_a_part_above_its_whole_is_told_with_both_figures() -> None:
    [found] = issues(row(party_members_good="19", party_members_failed="2"))
    assert all(figure in found.message for figure in ("21", "20"))
    parts = ("Party members rated good or excellent", "Party members rated not completed")
    assert all(label in found.message for label in (*parts, "Party members rated,"))


# Rows that are unknown as a whole


@pytest.mark.parametrize(
    "spoilt",
    [
        [row(unit_code="")],
        [row(period="?")],
        [row()[:-1]],
        [row(), row(rating="failed")],
        [row(), row(district_code="D2"), row()],
    ],
    ids=["no-code", "no-period", "short", "twice", "thrice"],
)
def test_a_row_that_is_unknown_as_a_whole_is_one_unit_of_which_nothing_is_known(spoilt: list[list[str]]) -> None:
    known = [row(unit_code=f"K{number}") for number in range(9)]
    report = kpi_check.evaluate(shipped(), text_source(csv_of(table(*known, *spoilt))), by="district")
    found = results(report)
    for name in ("units-good", "units-failed", "party-nominees"):
        assert (found[name].denominator, found[name].unknown, found[name].unknown_counted) == (9, 1, 0), name
        assert found[name].bounded
    for name in ("party-members-good", "workers-trained", "cadres-degree"):
        assert (found[name].unknown, found[name].bounded) == (0, False), name


def csv_of(which: Table) -> str:
    return "".join(",".join(cells) + "\n" for cells in [which.header, *which.rows])


@pytest.mark.parametrize(
    ("spoilt", "district"),
    [
        ([row(unit_code="", district_code="D2")], "D2"),
        ([row(unit_code="", district_code="")], ""),
        ([row(district_code="D2")[:-1]], ""),
        ([row(district_code="D2"), row(district_code="D2")], "D2"),
        ([row(district_code="D1"), row(district_code="D2")], ""),
        ([row(district_code="D2"), row(district_code="")], ""),
    ],
    ids=["known", "blank", "short", "twice-in-one", "twice-in-two", "twice-in-one-and-none"],
)
def test_where_a_row_counts_that_is_unknown_as_a_whole(spoilt: list[list[str]], district: str) -> None:
    report = kpi_check.evaluate(shipped(), text_source(csv_of(table(row(unit_code="K"), *spoilt))), by="district")
    scopes = {t.scope.code: t for t in report.targets if t.id == "units-good"}
    assert set(scopes) == {None, "D1", district}
    assert {code: found.unknown for code, found in scopes.items()} == {None: 1, "D1": 0, district: 1}
    assert (scopes[district].scope.name == "") is (district == "")


def test_the_order_of_findings_is_by_severity_then_file_row_and_column() -> None:
    places = [("a", 2, 0), ("a", 2, 1), ("a", 3, 0), ("b", 1, 0)]
    errors = [Finding("blank", Place(path, None, number, column)) for path, number, column in places]
    infos = [Finding("file-named-twice", Place("a")), Finding("other-periods", Place())]
    warning = Finding("line-break", Place("z", None, 9, 9))
    mixed = [*infos, warning, *reversed(errors)]
    assert sorted(mixed, key=Finding.order) == [*errors, warning, infos[1], infos[0]]


def test_the_shipped_plan_is_not_changed_by_reading() -> None:
    before = copy.deepcopy(shipped_plan())
    issues(row(members="?"))
    assert shipped_plan() == before
