"""Every target of the shipped plan at its threshold, one case better and one case worse, through whole evaluations.

The thresholds stand here a second time, as the plan's own words have them (domain.md), and a status is worked out by
exact fractions. A district of a table is a case, so that one evaluation judges many.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

import kpi_check
from agreement import differences, source
from generators import shipped_plan
from returns import FIELDS, results, row, shipped, table

HUGE = (10**6, 10**9 + 7, 2**53 - 1, 2**53 + 1, 10**17, 10**18 - 2, 10**18 - 1)


@dataclass(frozen=True)
class Rule:
    """A target in the plan's words: its part and whole, how they compare, with what."""

    id: str
    keeps: Callable[[Fraction, Fraction], bool]
    limit: Fraction
    more_is_better: bool = True

    def around(self, whole: int) -> list[int]:
        """Parts of a whole at the threshold, one case and two better, one case and two worse, and both ends."""
        edge = self.limit * whole
        steps = (math.floor(edge) - 1, math.floor(edge), math.ceil(edge), math.ceil(edge) + 1, 0, whole)
        return sorted({part for part in steps if 0 <= part <= whole})

    def kept(self, part: int, whole: int) -> bool:
        return self.keeps(Fraction(part, whole), self.limit)


UNITS_GOOD = Rule("units-good", operator.ge, Fraction(85, 100))
UNITS_FAILED = Rule("units-failed", operator.lt, Fraction(3, 1000), more_is_better=False)
NOMINEES = Rule("party-nominees", operator.eq, Fraction(1))
UNIT_RULES = (UNITS_GOOD, UNITS_FAILED, NOMINEES)
PARTY_GOOD = Rule("party-members-good", operator.ge, Fraction(90, 100))
PARTY_FAILED = Rule("party-members-failed", operator.lt, Fraction(4, 1000), more_is_better=False)
DEGREE = Rule("cadres-degree", operator.gt, Fraction(95, 100))
THEORY = Rule("cadres-theory", operator.gt, Fraction(90, 100))
OFFICIALS = Rule("officials-standard", operator.eq, Fraction(1))
WORKERS = Rule("workers-trained", operator.ge, Fraction(66, 100))
TOTAL_RULES = (PARTY_GOOD, PARTY_FAILED, DEGREE, THEORY, OFFICIALS, WORKERS)
COLUMNS = {
    "party-members-good": ("party_members_good", "party_members"),
    "party-members-failed": ("party_members_failed", "party_members"),
    "cadres-degree": ("cadres_degree", "cadres"),
    "cadres-theory": ("cadres_theory", "cadres"),
    "officials-standard": ("officials_standard", "officials"),
    "workers-trained": ("workers_trained", "workers"),
}


def of_totals(rule: Rule, part: int, whole: int, code: str) -> list[str]:
    """A row that is a district by itself, with one target's part and whole."""
    part_field, whole_field = COLUMNS[rule.id]
    cells = dict.fromkeys(FIELDS[7:], "0")  # every count
    cells |= {"members": str(10**18 - 1), "party_members_rated": "", "nominees": "1"}
    cells |= {whole_field: str(whole), part_field: str(part)}
    return row(district_code=code, unit_code=code, **cells)


def of_units(rule: Rule, part: int, whole: int, code: str) -> Iterator[list[str]]:
    """The unions of a district, of which some are in the part of one target."""
    inside = {UNITS_GOOD: {"rating": "good"}, UNITS_FAILED: {"rating": "failed"}, NOMINEES: {"nominees": "2"}}[rule]
    outside = {"rating": "completed", "nominees": "0"}
    for number in range(whole):
        cells = {**outside, **inside} if number < part else outside
        yield row(district_code=code, unit_code=f"{code}.{number}", **cells)


def check(rule: Rule, part: int, whole: int, result: kpi_check.TargetResult) -> None:
    """Status, needed and spare of a result, from the definition of each."""
    case = f"{rule.id}: {part} of {whole}"
    kept = rule.kept(part, whole)
    worse = -1 if rule.more_is_better else 1
    assert (result.numerator, result.denominator, result.unknown) == (part, whole, 0), case
    assert result.status == ("met" if kept else "not_met"), case
    assert result.range == (result.percent, result.percent), case
    if kept:
        assert result.needed == 0, case
        spare = result.spare
        assert spare is not None, case
        assert rule.kept(part + worse * spare, whole), case
        next_one = part + worse * (spare + 1)
        assert not 0 <= next_one <= whole or not rule.kept(next_one, whole), case
    else:
        assert result.spare is None, case
        needed = result.needed
        assert needed is not None, case
        assert rule.kept(part - worse * needed, whole), case
        assert not rule.kept(part - worse * (needed - 1), whole), case
    shown, limit = Fraction(result.percent or "0"), rule.limit * 100
    assert (shown >= limit, shown <= limit) == (
        Fraction(part * 100, whole) >= limit,
        Fraction(part * 100, whole) <= limit,
    ), case


def evaluate(rows: list[list[str]], by: str = "district") -> kpi_check.Report:
    report = kpi_check.evaluate(shipped(), source(table(*rows)), by=by, limit=0)
    assert (report.issue_count["error"], report.issue_count["info"]) == (0, 0)  # a warning may ask to look again
    return report


@pytest.mark.parametrize("rule", TOTAL_RULES, ids=lambda rule: rule.id)
def test_totals_around_their_threshold(rule: Rule) -> None:
    cases = {f"D{whole}.{part}": (part, whole) for whole in (*range(1, 401), *HUGE) for part in rule.around(whole)}
    report = evaluate([of_totals(rule, part, whole, code) for code, (part, whole) in cases.items()])
    found = {t.scope.code: t for t in report.targets if t.id == rule.id}
    for code, (part, whole) in cases.items():
        check(rule, part, whole, found[code])
    total = found[None]
    assert total.numerator == sum(part for part, _ in cases.values())
    assert total.denominator == sum(whole for _, whole in cases.values())


@pytest.mark.parametrize("rule", UNIT_RULES, ids=lambda rule: rule.id)
def test_unions_around_their_threshold(rule: Rule) -> None:
    wholes = (*range(1, 41), 99, 100, 101, 113, 250, 251, 332, 333, 334, 335, 400, 667)
    cases = {f"D{whole}.{part}": (part, whole) for whole in wholes for part in rule.around(whole)}
    report = evaluate([line for code, (part, whole) in cases.items() for line in of_units(rule, part, whole, code)])
    found = {t.scope.code: t for t in report.targets if t.id == rule.id}
    for code, (part, whole) in cases.items():
        check(rule, part, whole, found[code])


@pytest.mark.parametrize("whole", [1, 2, 6, 7, 10, 20, 21, 113, 250, 251, 333, 334, 10**18 - 1])
@pytest.mark.parametrize("rule", TOTAL_RULES, ids=lambda rule: rule.id)
def test_totals_of_a_whole_submission_around_their_threshold(rule: Rule, whole: int) -> None:
    for part in rule.around(whole):
        report = evaluate([of_totals(rule, part, whole, "D")], by="unit")
        check(rule, part, whole, results(report)[rule.id])
        check(rule, part, whole, results(report, "unit", "D")[rule.id])


@pytest.mark.parametrize("whole", [1, 7, 20, 113])
@pytest.mark.parametrize("rule", UNIT_RULES, ids=lambda rule: rule.id)
def test_unions_of_a_whole_submission_around_their_threshold(rule: Rule, whole: int) -> None:
    for part in rule.around(whole):
        check(rule, part, whole, results(evaluate([*of_units(rule, part, whole, "D")]))[rule.id])


@pytest.mark.parametrize("rule", TOTAL_RULES, ids=lambda rule: rule.id)
def test_totals_around_their_threshold_are_to_the_oracle_what_they_are_here(rule: Rule) -> None:
    wholes = (1, 2, 3, 7, 10, 20, 21, 250, 251, 10**18 - 1)
    cases = {f"D{whole}.{part}": (part, whole) for whole in wholes for part in rule.around(whole)}
    rows = [of_totals(rule, part, whole, code) for code, (part, whole) in cases.items()]
    assert differences(shipped_plan(), [table(*rows)], None, ["district"], shipped()) == []


@pytest.mark.parametrize("rule", UNIT_RULES, ids=lambda rule: rule.id)
def test_unions_around_their_threshold_are_to_the_oracle_what_they_are_here(rule: Rule) -> None:
    cases = {f"D{whole}.{part}": (part, whole) for whole in (1, 2, 6, 7, 20) for part in rule.around(whole)}
    rows = [line for code, (part, whole) in cases.items() for line in of_units(rule, part, whole, code)]
    assert differences(shipped_plan(), [table(*rows)], None, ["district"], shipped()) == []


def test_one_union_of_334_may_fail_and_of_333_none_to_the_oracle_too() -> None:
    for whole in (333, 334):
        rows = [*of_units(UNITS_FAILED, 1, whole, "D")]
        assert differences(shipped_plan(), [table(*rows)], None, [], shipped()) == []


# The examples of the domain, as reports show them


def one(rule: Rule, part: int, whole: int) -> dict[str, Any]:
    rows = [of_totals(rule, part, whole, "D")] if rule in TOTAL_RULES else [*of_units(rule, part, whole, "D")]
    found = results(evaluate(rows))[rule.id]
    return {name: getattr(found, name) for name in ("status", "percent", "needed", "spare", "note")}


def test_96_of_113_is_not_shown_as_85_percent() -> None:
    found = one(UNITS_GOOD, 96, 113)
    assert found == {"status": "not_met", "percent": "84.96", "needed": 1, "spare": None, "note": None}


def test_1_of_334_is_not_shown_as_the_threshold_that_it_keeps() -> None:
    found = one(UNITS_FAILED, 1, 334)
    assert found == {"status": "met", "percent": "0.299", "needed": 0, "spare": 0, "note": None}


def test_1_of_333_is_not_shown_as_the_threshold_that_it_breaks_and_says_that_none_may_fail() -> None:
    found = one(UNITS_FAILED, 1, 333)
    assert (found["status"], found["percent"], found["needed"]) == ("not_met", "0.3003", 1)
    assert found["note"] == "a whole of fewer than 334 cannot afford a single miss"


@pytest.mark.parametrize(("whole", "allows"), [(250, False), (251, True)])
def test_below_251_no_party_member_may_fail(whole: int, *, allows: bool) -> None:
    found = one(PARTY_FAILED, 1, whole)
    assert found["status"] == ("met" if allows else "not_met")
    assert (found["note"] is None) is allows


def test_the_base_is_what_was_rated() -> None:
    rated = [*of_units(UNITS_GOOD, 700, 770, "D")]
    not_rated = [row(district_code="D", unit_code=f"N{number}", rating="not_rated") for number in range(19)]
    found = results(evaluate(rated + not_rated))["units-good"]
    assert (found.numerator, found.denominator, found.percent) == (700, 770, "90.91")
    assert (found.status, found.needed, found.spare) == ("met", 0, 45)


def test_a_share_that_differs_in_the_eighteenth_digit_is_told_from_its_threshold() -> None:
    whole = 10**18 - 1
    least = math.ceil(Fraction(66, 100) * whole)
    below, at = one(WORKERS, least - 1, whole), one(WORKERS, least, whole)
    assert (below["status"], at["status"]) == ("not_met", "met")
    assert Fraction(below["percent"]) < 66 < Fraction(at["percent"])
