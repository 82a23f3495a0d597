"""What is possible and not likely, what differs from last time, and figures with separators that are declared."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

import kpi_check
from agreement import compile_plan
from command import ROOT, run
from generators import shipped_plan
from kpi_check.errors import PlanError, UsageError
from kpi_check.plan_lint import parse_plan
from returns import FIELDS, results, row, shipped, text_source

TEXT = (ROOT / "targets.yaml").read_text("utf-8")


def source(*rows: list[str], path: str = "t.csv", header: tuple[str, ...] = FIELDS) -> Any:
    return text_source("\n".join([";".join(header), *(";".join(cells) for cells in rows)]) + "\n", path)


def issues(*rows: list[str], **more: Any) -> list[tuple[str, int | None, str | None]]:
    report = kpi_check.validate(shipped(), source(*rows), **more)
    return [(issue.code, issue.row, issue.field) for issue in report.issues]


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"members": "400", "workers": "200", "workers_trained": "200"}, "workers_trained"),
        ({"members": "400", "workers": "200", "workers_trained": "0"}, "workers_trained"),
        ({"members": "400", "workers": "199", "workers_trained": "199"}, None),
        ({"party_members": "50", "party_members_rated": "50", "party_members_good": "0"}, "party_members_good"),
        ({"party_members": "50", "party_members_rated": "50", "party_members_good": "50"}, None),
    ],
)
def test_shares_that_are_not_likely_in_a_large_unit(cells: dict[str, str], field: str | None) -> None:
    assert issues(row(**cells)) == ([("unlikely-share", 2, field)] if field else [])


def test_an_unlikely_share_changes_no_figure() -> None:
    cells = {"members": "400", "workers": "200", "workers_trained": "200"}
    report = kpi_check.evaluate(shipped(), source(row(**cells)))
    target = results(report)["workers-trained"]
    assert (target.numerator, target.denominator, target.unknown) == (200, 200, 0)
    assert report.verdict == "met"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [("10", "100", True), ("11", "100", False), ("100", "10", True), ("100", "11", False), ("1", "9", False)],
)
def test_figures_ten_times_or_a_tenth_of_last_time(before: str, now: str, told: bool) -> None:
    small = {name: "0" for name in FIELDS[7:] if name != "members"}
    previous = source(row(**small, period="2024", members=before), path="2024.csv")
    found = issues(row(**small, members=now), previous=previous)
    assert found == ([("unlikely-change", 2, "members")] if told else [])


def test_units_that_are_new_or_given_twice_last_time_are_passed_over() -> None:
    previous = source(row(unit_code="U2"), row(unit_code="U1", members="1000"), row(unit_code="U1"), path="2024.csv")
    assert issues(row(members="100"), previous=previous) == []


def test_the_sign_between_thousands_may_be_declared() -> None:
    rows = [row(members="1.050", party_members="1.000", party_members_rated="20")]
    assert {code for code, _, _ in issues(*rows)} == {"not-a-count"}
    assert issues(*rows, thousands=".") == []
    assert {code for code, _, _ in issues(*rows, thousands=",")} == {"not-a-count"}
    plan = copy.deepcopy(shipped_plan())
    plan["submission"]["thousands"] = "."
    assert kpi_check.validate(compile_plan(plan), source(*rows)).issues == ()
    with pytest.raises(UsageError, match="--thousands"):
        kpi_check.validate(shipped(), source(*rows), thousands=" ")


def test_the_command_takes_both(tmp_path: Path) -> None:
    now, before = tmp_path / "now.csv", tmp_path / "before.csv"
    for path, cells in ((now, row(members="1.050")), (before, row(members="100", period="2024"))):
        path.write_text(f"{';'.join(FIELDS)}\n{';'.join(cells)}\n", "utf-8")
    ran = run("validate", now, "--thousands", ".", "--previous", before, env={"COLUMNS": "400"})
    assert ran.code == 0, ran
    assert "unlikely-change" in ran.out
    assert "before.csv" in ran.out
    assert run("validate", now).code == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("unlikely: [0%]", "unlikely: [0]", "0%, 100%"),
        ("least: 50", "least: many", "whole number"),
        ("share: party_members_good, of: party_members_rated", "share: good, of: party_members_rated", "good"),
        ("ordinal: [STT", "ordinal: [Xếp loại", "Xếp loại"),
        ("totals: [Tổng cộng", "totals: [Xuất sắc", "Xuất sắc"),
        ("    layout:", "    layouts:", "layouts"),
        ("      at_most: party_members_rated\n    #", "    #", "at_most, equals"),
        (
            "    district_code:\n      type: code\n",
            '    district_code:\n      type: code\n      pattern: "(a+)+"\n',
            "groups",
        ),
        (
            "    district_code:\n      type: code\n",
            '    district_code:\n      type: code\n      pattern: "a*b*c*d*"\n',
            "vary",
        ),
        (
            "    district_code:\n      type: code\n",
            '    district_code:\n      type: code\n      pattern: "[a"\n',
            "expression",
        ),
        ("  layout:\n", '  thousands: " "\n  layout:\n', "thousands"),
    ],
)
def test_what_is_wrong_with_them_in_a_plan_is_said(old: str, new: str, says: str) -> None:
    text = TEXT.replace(old, new, 1) if old in TEXT else TEXT.replace(old.strip(), new.strip(), 1)
    assert text != TEXT
    with pytest.raises(PlanError) as caught:
        parse_plan(text.encode(), "p")
    told = [
        problem.what.english() + (problem.hint.english() if problem.hint else "") for problem in caught.value.problems
    ]
    assert any(says in text for text in told), told


def test_a_sum_that_must_equal_its_whole_shows_the_difference() -> None:
    plan = copy.deepcopy(shipped_plan())
    plan["submission"]["checks"] = [
        {"sum": ["party_members_good", "party_members_failed"], "equals": "party_members_rated"}
    ]
    for good, code, said in (("18", "sum-differs", "2 less"), ("21", "part-above-whole", "1 more"), ("20", None, "")):
        report = kpi_check.evaluate(compile_plan(plan), source(row(party_members_good=good)))
        assert [issue.code for issue in report.issues] == ([code] if code else [])
        assert not code or said in report.issues[0].message
        assert results(report)["party-members-good"].bounded is (code is None)
