"""The package and the oracle on rosters; and the oracle by itself on what the documents say of them by example."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreement import differences
from generators import (
    WithRoster,
    plans_with_rosters,
    random_plan_with_roster,
    random_submission_with_roster,
    shipped_plan,
    submissions_with_rosters,
)
from oracle import Table, TwoPeriodsError, evaluate
from returns import row, shipped, table

DELIMITERS = st.sampled_from([",", ";", "\t"])
LARGE = [HealthCheck.large_base_example, HealthCheck.data_too_large]  # a table and a roster are no small input
Roster = list[dict[str, str]]


@given(submissions_with_rosters(), DELIMITERS)
@settings(max_examples=300, suppress_health_check=LARGE)
def test_on_submissions_to_the_shipped_plan(case: WithRoster, delimiter: str) -> None:
    assert differences(case.plan, case.tables, case.period, case.by, shipped(), delimiter, case.roster) == []


@given(plans_with_rosters(), DELIMITERS)
@settings(max_examples=300, suppress_health_check=LARGE)
def test_on_plans_of_all_kinds(case: WithRoster, delimiter: str) -> None:
    assert differences(case.plan, case.tables, case.period, case.by, None, delimiter, case.roster) == []


CHUNK = 2500


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(8))
def test_on_20_000_submissions_to_the_shipped_plan(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        case = random_submission_with_roster(random.Random(seed))
        found = differences(case.plan, case.tables, case.period, case.by, shipped(), roster=case.roster)
        assert found == [], f"seed {seed}"


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(8))
def test_on_20_000_plans_of_all_kinds(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        case = random_plan_with_roster(random.Random(seed))
        assert differences(case.plan, case.tables, case.period, case.by, roster=case.roster) == [], f"seed {seed}"


# What is made


def test_random_rosters_hit_every_rule() -> None:
    seen: Counter[str] = Counter()
    for seed in range(800):
        case = (random_submission_with_roster if seed % 2 else random_plan_with_roster)(random.Random(seed))
        try:
            with_it = evaluate(case.plan, case.tables, case.period, case.by, case.roster)
        except TwoPeriodsError:
            continue
        without = evaluate(case.plan, case.tables, case.period, case.by)
        pairs = list(zip(with_it["targets"], without["targets"], strict=False))
        coverage = with_it["coverage"]
        seen["no period"] += coverage is None
        if coverage is None:
            continue
        seen["nobody missing"] += not coverage["units"]["missing"]
        seen["units missing"] += bool(coverage["units"]["missing"])
        seen["bodies missing"] += bool(coverage["bodies"]["missing"])
        seen["not valid"] += coverage["units"]["expected"] < len(case.roster)
        seen["a scope more"] += len(with_it["targets"]) > len(without["targets"])
        same = [(one, other) for one, other in pairs if one["scope"] == other["scope"]]
        seen["wider"] += any(one["unknown"] > other["unknown"] for one, other in same)
        seen["unbounded"] += any(one["bounded"] < other["bounded"] for one, other in same)
        seen["wider and bounded"] += any(one["unknown"] > other["unknown"] and one["bounded"] for one, other in same)
        seen["another verdict"] += with_it["verdict"] != without["verdict"]
    assert min(seen.values()) > 10, seen


# The oracle by itself


def unit(code: str, district: str = "D1", **cells: str) -> dict[str, str]:
    return {"unit_code": code, "district_code": district, "valid_from": "", "valid_to": "", **cells}


def report(roster: Roster | None, *rows: list[str], period: str | None = "2025", by: tuple[str, ...] = ()) -> Any:
    return evaluate(shipped_plan(), [table(*(rows or (row(),)))], period, list(by), roster)


def result(whole: Any, target: str, code: str | None = None) -> dict[str, Any]:
    """A target in `all`, or in the scope of a code."""
    [found] = [t for t in whole["targets"] if t["id"] == target and t["scope"]["code"] == code]
    return found  # type: ignore[no-any-return]


def figures(whole: Any, target: str, code: str | None = None) -> tuple[Any, ...]:
    """n, d, the unknown, those of it in d, and if there is a bound."""
    names = ("numerator", "denominator", "unknown", "unknown_counted", "bounded")
    return tuple(result(whole, target, code)[name] for name in names)


def test_a_missing_union_widens_a_share_of_units_by_one() -> None:
    whole = report([unit("U1"), unit("U2", unit_type="grassroots")])
    for target in ("units-good", "party-nominees"):
        assert figures(whole, target) == (1, 1, 1, 0, True)
        assert result(whole, target)["range"] == ["50.00", "100.00"]
        assert result(whole, target)["status"] == "undetermined"
    assert figures(whole, "workers-trained") == (40, 50, 0, 0, False)
    assert whole["coverage"]["units"] == {"expected": 2, "reported": 1, "missing": ["U2"]}
    assert whole["coverage"]["bodies"] == {"expected": 1, "reported": 1, "missing": []}


def test_of_a_missing_unit_without_a_type_nothing_is_known() -> None:
    whole = report([unit("U1"), unit("U2")])
    assert figures(whole, "units-good") == (1, 1, 1, 0, True)
    assert figures(whole, "cadres-degree") == (2, 2, 0, 0, False)


def test_a_missing_office_is_no_union_but_may_have_any_cadres() -> None:
    whole = report([unit("U1"), unit("U2", unit_type="Cơ quan")])
    for target in ("units-good", "units-failed", "party-nominees"):
        assert result(whole, target) == result(report(None), target)
    assert figures(whole, "cadres-degree") == (2, 2, 0, 0, False)
    assert result(whole, "cadres-degree")["status"] == "undetermined"


def test_what_the_roster_gives_keeps_a_share_of_totals_bounded() -> None:
    whole = report([unit("U1"), unit("U2", workers="30")])
    assert figures(whole, "workers-trained") == (40, 50, 30, 0, True)
    assert result(whole, "workers-trained")["range"] == ["50.00", "87.50"]
    assert figures(whole, "officials-standard") == (10, 10, 0, 0, False)


def test_even_a_part_that_the_roster_gives_is_not_known_to_be_reported() -> None:
    whole = report([unit("U1"), unit("U2", workers="30", workers_trained="30")])
    assert figures(whole, "workers-trained") == (40, 50, 30, 0, True)


def test_a_missing_unit_is_never_held_against_anyone_by_name() -> None:
    whole = report([unit("U1"), unit("U2", nominees="0", unit_type="grassroots")], by=("unit",))
    assert result(whole, "party-nominees")["failing"] == []
    assert figures(whole, "party-nominees", "U2") == (0, 0, 1, 0, True)
    assert result(whole, "party-nominees", "U2")["status"] == "no_data"


def test_a_scope_that_is_only_on_the_roster_has_its_name_from_there() -> None:
    names = [unit("U2", "D2", district_name="Tuy Phước"), unit("U3", "D2", district_name="An Nhơn")]
    whole = report([*names, unit("U1", district_name="Khác"), unit("U4", "")], by=("district",))
    scopes = {t["scope"]["code"]: t["scope"]["name"] for t in whole["targets"] if t["scope"]["level"] == "district"}
    assert scopes == {"": "", "D1": "Quy Nhơn", "D2": "An Nhơn"}
    assert figures(whole, "units-good", "D2") == (0, 0, 2, 0, True)
    assert figures(whole, "units-good", "D1") == (1, 1, 0, 0, True)
    assert figures(whole, "units-good", "") == (0, 0, 1, 0, True)


def test_a_unit_that_reports_from_another_district_is_not_missing() -> None:
    whole = report([unit(" U1\u00a0", "D2")], by=("district",))
    assert whole["targets"] == report(None, by=("district",))["targets"]
    assert whole["coverage"]["bodies"] == {"expected": 1, "reported": 0, "missing": ["D2"]}


def test_a_body_without_a_row_takes_every_bound() -> None:
    whole = report([unit("U1"), unit("", "D2", district_name="An Nhơn")], row(), row(unit_code="U2"), by=("district",))
    for target in ("units-good", "cadres-degree"):
        assert [result(whole, target, code)["bounded"] for code in (None, "D1", "D2")] == [False, True, False]
    assert result(whole, "units-good")["status"] == "undetermined"
    assert result(whole, "units-good", "D2")["scope"]["name"] == "An Nhơn"
    assert whole["coverage"]["units"] == {"expected": 1, "reported": 1, "missing": []}
    assert whole["coverage"]["bodies"] == {"expected": 2, "reported": 1, "missing": ["D2"]}


def test_a_body_with_any_row_changes_nothing() -> None:
    rows = [row(rating="?"), row(rating="?")]
    assert report([unit("", "D1")], *rows)["targets"] == report(None, *rows)["targets"]


def test_a_row_with_whatever_fault_is_of_its_unit_but_not_one_with_a_cell_too_many() -> None:
    roster = [unit("U1"), unit("U2")]
    assert report(roster, row(), row(unit_code="U2", period="?"))["coverage"]["units"]["missing"] == []
    assert report(roster, row(), [*row(unit_code="U2"), ""])["coverage"]["units"]["missing"] == ["U2"]
    assert report(roster, row(), row(unit_code="U2", period="2024"))["coverage"]["units"]["missing"] == ["U2"]


def test_without_a_period_nobody_is_expected() -> None:
    rows = [row(period="")]
    assert report([unit("U2")], *rows, period=None) == report(None, *rows, period=None)


@pytest.mark.parametrize(("period", "old"), [("2024", True), ("2025-H1", True), ("2025", False), ("2025-Q3", False)])
def test_the_period_decides_who_is_expected(period: str, old: bool) -> None:
    ends, begins = {"valid_to": "2025-06-30"}, {"valid_from": "2025-07-01"}
    roster = [unit("U1", "D1", **ends), unit("U2", "D2", **ends), unit("U1", "X", **begins), unit("U2", "X", **begins)]
    whole = report(roster, row(period=period), period=period, by=("district",))
    assert whole["coverage"]["units"] == {"expected": 2, "reported": 1, "missing": ["U2"]}
    bodies = (
        {"expected": 2, "reported": 1, "missing": ["D2"]} if old else {"expected": 1, "reported": 0, "missing": ["X"]}
    )
    assert whole["coverage"]["bodies"] == bodies
    assert {t["scope"]["code"] for t in whole["targets"]} == {None, "D1", "D2" if old else "X"}


def test_a_plan_of_one_level_has_no_bodies() -> None:
    fields = {"period": {"type": "period"}, "unit": {"type": "code"}, "a": {"type": "count"}}
    submission = {"key": ["period", "unit"], "levels": {"unit": {"code": "unit"}}, "fields": fields}
    target = {"id": "t", "title": "T", "amount": "a", "at_least": "5", "judged": "yearly"}
    heading = {"number": "1", "issued": "2021-08-30", "years": "2021-2025", "title": "T"}
    plan = {"plan": heading, "submission": submission, "targets": [target]}
    tables = [Table("t", ["period", "unit", "a"], [["2025", "U", "3"]])]
    roster = [{"unit": "U"}, {"unit": "V", "a": "4"}]
    whole = evaluate(plan, tables, "2025", [], roster)
    assert whole["coverage"] == {"units": {"expected": 2, "reported": 1, "missing": ["V"]}, "bodies": None}
    assert figures(whole, "t") == (3, None, 4, 0, False)
    assert differences(plan, tables, "2025", ["unit"], roster=roster) == []
