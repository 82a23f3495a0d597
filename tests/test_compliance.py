"""Status, needed and spare from a tally, a threshold and a period (docs/semantics.md, "Verdicts")."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_check.compliance import Bounds, Judgement, Status, judge, overall, shortfall, shortfalls, worst_first
from kpi_check.measures import Amount, Measure, Operator, Ratio, Rows, Share, Tally, Threshold, Total, Units
from kpi_check.periods import Cadence, Judged, Once, Period
from kpi_check.plan import Target, TargetModel, parse_figure

MET, NOT_MET, UNDETERMINED, NOT_DUE, NO_DATA = Status
ROWS = Share(Rows(), Rows())
TOTALS = Share(Total("part"), Total("whole"))
UNITS = Share(Units(), Units())
FULFILMENT = Ratio(Total("part"), Total("whole"))
CASES = Amount(Rows())
YEAR = Period(2024)
MODEL = TargetModel(id="t", title={"en": "T"}, share="part", of="whole", at_least="85%", judged="yearly")


def target(operator: Operator, figure: str, measure: Measure = ROWS, judged: Judged = Cadence.YEARLY) -> Target:
    return Target("t", MODEL, measure, Threshold(operator, parse_figure(figure)), figure, judged)


def told(which: Target, part: int, whole: int = 0) -> tuple[Status, int | None, int | None]:
    """Status, needed and spare of a figure of which everything is known."""
    found = judge(which, Tally(part, whole), YEAR, rows=1)
    return found.status, found.needed, found.spare


# Each operator one case below, at, and one case above its threshold


@pytest.mark.parametrize("measure", [ROWS, TOTALS, UNITS, FULFILMENT])
@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        (">=", (NOT_MET, 1, None), (MET, 0, 0), (MET, 0, 1)),
        (">", (NOT_MET, 2, None), (NOT_MET, 1, None), (MET, 0, 0)),
        ("<=", (MET, 0, 1), (MET, 0, 0), (NOT_MET, 1, None)),
        ("<", (MET, 0, 0), (NOT_MET, 1, None), (NOT_MET, 2, None)),
        ("=", (NOT_MET, 1, None), (MET, 0, 0), (NOT_MET, 1, None)),
    ],
)
def test_shares_and_ratios_beside_85_of_100(
    measure: Measure,
    operator: Operator,
    below: tuple[Status, int | None, int | None],
    at: tuple[Status, int | None, int | None],
    above: tuple[Status, int | None, int | None],
) -> None:
    which = target(operator, "85%", measure)
    assert [told(which, n, 100) for n in (84, 85, 86)] == [below, at, above]


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        (">=", (NOT_MET, 1, None), (MET, 0, 0), (MET, 0, 1)),
        (">", (NOT_MET, 2, None), (NOT_MET, 1, None), (MET, 0, 0)),
        ("<=", (MET, 0, 1), (MET, 0, 0), (NOT_MET, 1, None)),
        ("<", (MET, 0, 0), (NOT_MET, 1, None), (NOT_MET, 2, None)),
        ("=", (NOT_MET, 1, None), (MET, 0, 0), (NOT_MET, 1, None)),
    ],
)
def test_amounts_beside_12(
    operator: Operator,
    below: tuple[Status, int | None, int | None],
    at: tuple[Status, int | None, int | None],
    above: tuple[Status, int | None, int | None],
) -> None:
    which = target(operator, "12", CASES)
    assert [told(which, n) for n in (11, 12, 13)] == [below, at, above]


@pytest.mark.parametrize(
    ("operator", "low", "high"),
    [
        (">=", (NOT_MET, 1, None), (MET, 0, 0)),
        (">", (NOT_MET, 1, None), (MET, 0, 0)),
        ("<=", (MET, 0, 0), (NOT_MET, 1, None)),
        ("<", (MET, 0, 0), (NOT_MET, 1, None)),
        ("=", (NOT_MET, None, None), (NOT_MET, None, None)),
    ],
)
def test_no_whole_number_of_10_hits_two_thirds(
    operator: Operator,
    low: tuple[Status, int | None, int | None],
    high: tuple[Status, int | None, int | None],
) -> None:
    which = target(operator, "2/3")
    assert [told(which, n, 10) for n in (6, 7)] == [low, high]


@pytest.mark.parametrize(
    ("which", "part", "whole", "expected"),
    [
        (target(">=", "100%"), 10, 10, (MET, 0, 0)),
        (target(">=", "100%"), 9, 10, (NOT_MET, 1, None)),
        (target("=", "100%"), 10, 10, (MET, 0, 0)),
        (target("=", "0%"), 0, 10, (MET, 0, 0)),
        (target("=", "0%"), 1, 10, (NOT_MET, 1, None)),
        (target("<=", "0%"), 0, 10, (MET, 0, 0)),
        (target(">", "0%"), 0, 10, (NOT_MET, 1, None)),
        (target(">", "0%"), 3, 10, (MET, 0, 2)),
        (target("<", "100%"), 10, 10, (NOT_MET, 1, None)),
        (target("<=", "100%"), 4, 10, (MET, 0, 6)),
        (target("<", "0%"), 0, 10, (NOT_MET, None, None)),
        (target(">", "100%"), 10, 10, (NOT_MET, None, None)),
        (target("<", "0", CASES), 0, 0, (NOT_MET, None, None)),
        (target(">=", "12.5", CASES), 12, 0, (NOT_MET, 1, None)),
        (target("=", "12.5", CASES), 12, 0, (NOT_MET, None, None)),
    ],
)
def test_the_ends_of_the_scale(
    which: Target, part: int, whole: int, expected: tuple[Status, int | None, int | None]
) -> None:
    assert told(which, part, whole) == expected


def test_the_part_of_a_share_cannot_exceed_its_whole_and_that_of_a_ratio_can() -> None:
    assert told(target("<=", "200%", FULFILMENT), 10, 10) == (MET, 0, 10)
    assert told(target(">=", "120%", FULFILMENT), 10, 10) == (NOT_MET, 2, None)
    assert told(target("<", "100%", ROWS), 8, 10) == (MET, 0, 1)


OPERATORS: tuple[Operator, ...] = (">=", ">", "<=", "<", "=")


@pytest.mark.parametrize("figure", ["0%", "0.3%", "1/3", "50%", "2/3", "85%", "95%", "100%"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_needed_and_spare_are_what_trying_every_part_of_a_small_whole_gives(operator: Operator, figure: str) -> None:
    which = target(operator, figure)
    for whole in range(1, 25):
        keeps = [which.threshold.keeps(Fraction(n, whole)) for n in range(whole + 1)]
        for part in range(whole + 1):
            changes = [abs(part - n) for n in range(whole + 1) if keeps[n]]
            worse = range(part, -1, -1) if operator in (">=", ">") else range(part, whole + 1)
            turned = len(list(itertools.takewhile(keeps.__getitem__, worse))) - 1
            spare = None if not keeps[part] else 0 if operator == "=" else turned
            expected = (MET if keeps[part] else NOT_MET, min(changes, default=None), spare)
            assert told(which, part, whole) == expected, f"{part} of {whole}"


# The examples of the domain


@pytest.mark.parametrize(
    ("which", "part", "whole", "expected"),
    [
        (target(">=", "85%"), 96, 113, (NOT_MET, 1, None)),
        (target(">=", "85%"), 97, 113, (MET, 0, 0)),
        (target("<", "0.3%"), 1, 334, (MET, 0, 0)),
        (target("<", "0.3%"), 1, 333, (NOT_MET, 1, None)),
        (target("<", "0.4%"), 1, 251, (MET, 0, 0)),
        (target("<", "0.4%"), 1, 250, (NOT_MET, 1, None)),
        (target(">=", "90%"), 700, 770, (MET, 0, 7)),
        (target(">=", "90%"), 700, 789, (NOT_MET, 11, None)),
        (target(">=", "100%", FULFILMENT), 8865, 6000, (MET, 0, 2865)),
        (target(">", "147.75%", FULFILMENT), 8865, 6000, (NOT_MET, 1, None)),
        (target(">", "95%"), 95, 100, (NOT_MET, 1, None)),
        (target(">", "95%"), 19, 20, (NOT_MET, 1, None)),
    ],
)
def test_the_examples_of_the_domain(
    which: Target, part: int, whole: int, expected: tuple[Status, int | None, int | None]
) -> None:
    assert told(which, part, whole) == expected


@pytest.mark.parametrize(
    ("which", "smallest"),
    [
        (target("<", "0.3%"), 334),
        (target("<", "0.4%"), 251),
        (target("<=", "0.4%"), 250),
        (target(">=", "85%"), 7),
        (target(">=", "90%"), 10),
        (target(">", "90%"), 11),
        (target(">", "95%"), 21),
    ],
)
def test_in_a_small_whole_none_may_miss(which: Target, smallest: int) -> None:
    few, enough = (judge(which, Tally(0, whole), YEAR, rows=1) for whole in (smallest - 1, smallest))
    assert few.none_may_miss_below == smallest
    assert enough.none_may_miss_below is None
    missed_once = [whole - 1 if which.threshold.more_is_better else 1 for whole in (smallest - 1, smallest)]
    assert told(which, missed_once[0], smallest - 1)[0] is NOT_MET
    assert told(which, missed_once[1], smallest)[0] is MET


@pytest.mark.parametrize(
    ("which", "tally"),
    [
        (target(">=", "85%"), Tally()),
        (target("=", "100%"), Tally(1, 1)),
        (target(">=", "100%"), Tally(1, 1)),
        (target("<=", "0%"), Tally(0, 1)),
        (target(">=", "0%"), Tally(1, 1)),
        (target(">=", "85%", FULFILMENT), Tally(1, 1)),
        (target(">=", "12", CASES), Tally(1)),
    ],
)
def test_nothing_is_said_of_small_wholes_where_it_says_nothing(which: Target, tally: Tally) -> None:
    assert judge(which, tally, YEAR, rows=1).none_may_miss_below is None


# Unknown cases


def judged(which: Target, tally: Tally) -> Judgement:
    return judge(which, tally, YEAR, rows=1)


def test_a_share_lies_between_all_unknown_bad_and_all_unknown_good() -> None:
    found = judged(target(">=", "85%"), Tally(part=80, whole=100, inside=5, outside=20))
    assert found.bounds == Bounds(Fraction(80, 120), Fraction(105, 120))
    assert (found.status, found.value, found.certain_anyway) == (UNDETERMINED, Fraction(80, 100), False)
    assert (found.needed, found.spare) == (5, None)


@pytest.mark.parametrize(
    ("which", "tally", "status"),
    [
        (target(">=", "85%"), Tally(85, 90, 0, 10), MET),
        (target(">=", "85%"), Tally(84, 90, 0, 10), UNDETERMINED),
        (target(">=", "85%"), Tally(75, 90, 0, 10), UNDETERMINED),
        (target(">=", "85%"), Tally(74, 90, 0, 10), NOT_MET),
        (target(">=", "85%"), Tally(85, 100, 15), MET),
        (target(">=", "85%"), Tally(80, 100, 5), UNDETERMINED),
        (target(">=", "85%"), Tally(80, 100, 4), NOT_MET),
        (target(">", "90%"), Tally(90, 100, 10), UNDETERMINED),
        (target(">", "90%"), Tally(91, 100, 9), MET),
        (target(">", "90%"), Tally(89, 100, 1), NOT_MET),
        (target("<=", "10%"), Tally(5, 100, 5), MET),
        (target("<=", "10%"), Tally(5, 100, 6), UNDETERMINED),
        (target("<=", "10%"), Tally(11, 100, 6), NOT_MET),
        (target("<=", "10%"), Tally(11, 100, 0, 10), UNDETERMINED),
        (target("<", "10%"), Tally(5, 100, 4), MET),
        (target("<", "10%"), Tally(5, 100, 5), UNDETERMINED),
        (target("<", "10%"), Tally(10, 100, 5), NOT_MET),
        (target("=", "100%"), Tally(10, 10, 0, 1), UNDETERMINED),
        (target("=", "100%"), Tally(9, 10, 1), UNDETERMINED),
        (target("=", "100%"), Tally(8, 10, 1), NOT_MET),
        (target("=", "0%"), Tally(0, 10, 1), UNDETERMINED),
        (target("=", "0%"), Tally(1, 10, 1), NOT_MET),
    ],
)
def test_unknown_cases_leave_a_status_that_no_value_of_theirs_could_change(
    which: Target, tally: Tally, status: Status
) -> None:
    found = judged(which, tally)
    assert found.status is status
    assert found.certain_anyway is (status is not UNDETERMINED)


def test_without_unknown_cases_nothing_holds_anyway() -> None:
    assert judged(target(">=", "85%"), Tally(90, 100)).certain_anyway is False


@pytest.mark.parametrize(
    ("figure", "status"),
    [("79%", NOT_MET), ("80%", UNDETERMINED), ("90%", UNDETERMINED), ("100%", UNDETERMINED)],
)
def test_a_value_inside_the_range_counts_for_equals(figure: str, status: Status) -> None:
    assert judged(target("=", figure), Tally(80, 100, 20)).status is status


@pytest.mark.parametrize(
    ("which", "miss_known", "none_known"),
    [
        (target(">=", "85%"), UNDETERMINED, UNDETERMINED),
        (target("=", "100%"), NOT_MET, UNDETERMINED),
        (target(">=", "100%"), NOT_MET, UNDETERMINED),
        (target("<", "100%"), MET, UNDETERMINED),
        (target("<=", "100%"), MET, MET),
        (target(">=", "0%"), MET, MET),
    ],
)
def test_a_share_without_a_bound_reaches_100_percent_only_without_a_known_miss(
    which: Target, miss_known: Status, none_known: Status
) -> None:
    assert judged(which, Tally(9, 10, whole_open=True)).status is miss_known
    assert judged(which, Tally(10, 10, whole_open=True)).status is none_known
    assert judged(which, Tally(8, 10, 2, whole_open=True)).status is none_known


@pytest.mark.parametrize(
    ("which", "hit_known", "none_known"),
    [
        (target("<", "0.3%"), UNDETERMINED, UNDETERMINED),
        (target("=", "0%"), NOT_MET, UNDETERMINED),
        (target("<=", "0%"), NOT_MET, UNDETERMINED),
        (target(">", "0%"), MET, UNDETERMINED),
    ],
)
def test_a_share_without_a_bound_reaches_0_percent_only_without_a_known_hit(
    which: Target, hit_known: Status, none_known: Status
) -> None:
    assert judged(which, Tally(1, 10, whole_open=True)).status is hit_known
    assert judged(which, Tally(0, 10, whole_open=True)).status is none_known


def test_what_holds_without_a_bound_is_said_to_hold_anyway() -> None:
    found = judged(target("=", "100%"), Tally(9, 10, whole_open=True))
    assert found.certain_anyway
    assert found.bounds == Bounds(Fraction(0), Fraction(1), lowest_reached=False, highest_reached=False)


@pytest.mark.parametrize(
    ("tally", "bounds"),
    [
        (Tally(8, 10, outside=6), Bounds(Fraction(8, 16), Fraction(8, 10))),
        (Tally(8, 10, loose=3, part_open=True), Bounds(Fraction(8, 10), None)),
        (Tally(8, 10, whole_open=True), Bounds(Fraction(0), Fraction(8, 10), lowest_reached=False)),
        (Tally(0, 10, whole_open=True), Bounds(Fraction(0), Fraction(0))),
        (Tally(0, 0, outside=3), None),
    ],
)
def test_what_a_ratio_may_be(tally: Tally, bounds: Bounds | None) -> None:
    assert judged(target(">=", "50%", FULFILMENT), tally).bounds == bounds


@pytest.mark.parametrize(
    ("which", "tally", "status"),
    [
        (target(">=", "80%", FULFILMENT), Tally(8, 10, part_open=True), MET),
        (target(">", "80%", FULFILMENT), Tally(8, 10, part_open=True), UNDETERMINED),
        (target("<", "80%", FULFILMENT), Tally(8, 10, part_open=True), NOT_MET),
        (target("<=", "80%", FULFILMENT), Tally(8, 10, part_open=True), UNDETERMINED),
        (target("=", "70%", FULFILMENT), Tally(8, 10, part_open=True), NOT_MET),
        (target("=", "90%", FULFILMENT), Tally(8, 10, part_open=True), UNDETERMINED),
        (target("<=", "80%", FULFILMENT), Tally(8, 10, whole_open=True), MET),
        (target(">", "0%", FULFILMENT), Tally(8, 10, whole_open=True), MET),
        (target(">", "80%", FULFILMENT), Tally(8, 10, whole_open=True), NOT_MET),
        (target(">=", "80%", FULFILMENT), Tally(8, 10, whole_open=True), UNDETERMINED),
        (target("=", "0%", FULFILMENT), Tally(0, 10, whole_open=True), MET),
    ],
)
def test_a_ratio_with_an_open_end(which: Target, tally: Tally, status: Status) -> None:
    assert judged(which, tally).status is status


@pytest.mark.parametrize(
    ("operator", "tally", "status", "highest"),
    [
        (">=", Tally(12, outside=3), MET, 15),
        (">=", Tally(11, outside=3), UNDETERMINED, 14),
        (">=", Tally(8, outside=3), NOT_MET, 11),
        ("<", Tally(8, outside=3), MET, 11),
        ("<", Tally(9, outside=3), UNDETERMINED, 12),
        ("<", Tally(9, part_open=True), UNDETERMINED, None),
        (">=", Tally(12, part_open=True), MET, None),
        ("<=", Tally(13, part_open=True), NOT_MET, None),
    ],
)
def test_an_amount_with_unknown_cases(operator: Operator, tally: Tally, status: Status, highest: int | None) -> None:
    found = judged(target(operator, "12", CASES), tally)
    assert found.status is status
    assert found.bounds == Bounds(Fraction(tally.part), None if highest is None else Fraction(highest))


# No data, not due


@pytest.mark.parametrize(
    "tally",
    [Tally(), Tally(outside=5), Tally(whole_open=True), Tally(part_open=True), Tally(outside=5, whole_open=True)],
)
@pytest.mark.parametrize("measure", [ROWS, FULFILMENT])
def test_without_a_denominator_there_is_no_data(measure: Measure, tally: Tally) -> None:
    found = judge(target(">=", "0%", measure), tally, YEAR, rows=5)
    assert (found.status, found.value, found.needed, found.spare) == (NO_DATA, None, None, None)
    assert not found.certain_anyway


def test_what_unknown_cases_alone_leave_possible_is_still_said() -> None:
    assert judge(target(">=", "85%"), Tally(outside=2), YEAR, rows=2).bounds == Bounds(Fraction(0), Fraction(1))
    assert judge(target(">=", "85%"), Tally(), YEAR, rows=2).bounds is None


def test_an_amount_has_data_as_soon_as_there_are_rows() -> None:
    which = target("<=", "12", CASES)
    empty = judge(which, Tally(), YEAR, rows=0)
    assert (empty.status, empty.value, empty.needed) == (NO_DATA, None, None)
    assert judge(which, Tally(), YEAR, rows=1).status is MET


@pytest.mark.parametrize("tally", [Tally(9, 10), Tally(1, 10), Tally(8, 10, 2), Tally()])
def test_a_target_that_is_not_due_shows_where_it_stands_whatever_the_data(tally: Tally) -> None:
    at_mid_year = judge(target(">=", "85%"), tally, Period(2024, "half", 1), rows=10)
    at_the_end = judge(target(">=", "85%"), tally, YEAR, rows=10)
    assert at_mid_year.status is NOT_DUE
    assert (at_mid_year.value, at_mid_year.bounds) == (at_the_end.value, at_the_end.bounds)
    assert (at_mid_year.needed, at_mid_year.spare) == (at_the_end.needed, at_the_end.spare)


def test_a_target_with_a_date_is_due_from_the_period_that_ends_on_it() -> None:
    which = target(">", "95%", judged=Once(date(2025, 12, 31)))
    statuses = [judge(which, Tally(96, 100), Period(year), rows=1).status for year in (2024, 2025, 2026)]
    assert statuses == [NOT_DUE, MET, MET]


def test_without_rows_and_a_period_there_is_no_data() -> None:
    assert judge(target(">=", "85%"), Tally(), None, rows=0).status is NO_DATA


# Verdicts


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([MET, MET], MET),
        ([MET, NOT_DUE], MET),
        ([MET, UNDETERMINED], UNDETERMINED),
        ([MET, NO_DATA], UNDETERMINED),
        ([NO_DATA, NO_DATA], UNDETERMINED),
        ([UNDETERMINED, NOT_MET, NO_DATA, MET], NOT_MET),
        ([NOT_DUE, NOT_DUE], NOT_DUE),
        ([NOT_DUE, NOT_MET], NOT_MET),
        ([], NOT_DUE),
    ],
)
def test_the_verdict_is_that_of_the_worst_target_that_is_due(statuses: Sequence[Status], verdict: Status) -> None:
    assert overall(statuses, rows=1) is verdict
    assert overall(reversed(statuses), rows=1) is verdict


def test_without_rows_the_verdict_is_no_data() -> None:
    assert overall([MET, NOT_MET], rows=0) is NO_DATA
    assert overall([NOT_DUE], rows=0) is NO_DATA


def test_scopes_come_with_the_most_not_met_first_then_the_most_undetermined_then_by_code() -> None:
    scopes = {
        "A": [MET, MET, MET],
        "B": [NOT_MET, MET, MET],
        "C": [NOT_MET, NOT_MET, MET],
        "D": [NOT_MET, UNDETERMINED, MET],
        "E": [UNDETERMINED, UNDETERMINED, UNDETERMINED],
        "F": [UNDETERMINED, NO_DATA, NOT_DUE],
        "": [MET, NO_DATA, NOT_DUE],
        "AA": [NOT_MET, NO_DATA, NO_DATA],
    }
    expected = ["C", "D", "AA", "B", "E", "F", "", "A"]
    assert worst_first(scopes.items()) == expected
    assert worst_first(reversed(scopes.items())) == expected


# Who holds a target back


@pytest.mark.parametrize(
    ("which", "tally", "behind"),
    [
        # More is better: 20 times the shortfall, as 85% is 17/20.
        (target(">=", "85%", TOTALS), Tally(84, 100), 20),
        (target(">=", "85%", TOTALS), Tally(85, 100), None),
        (target(">=", "85%", TOTALS), Tally(0, 0), None),
        (target(">=", "85%", TOTALS), Tally(80, 100, inside=4), 100),
        (target(">=", "85%", TOTALS), Tally(80, 100, inside=5), None),
        (target(">=", "85%", ROWS), Tally(0, 1), 17),
        (target(">=", "85%", ROWS), Tally(1, 1), None),
        (target(">=", "85%", ROWS), Tally(0, 1, inside=1), None),
        (target(">", "95%", TOTALS), Tally(95, 100), 0),
        (target("=", "100%", TOTALS), Tally(9, 10), 1),
        (target("=", "50%", TOTALS), Tally(4, 10), 2),
        (target("=", "50%", TOTALS), Tally(6, 10), None),
        # A unit of `count: unit` is behind as soon as it is a known miss.
        (target(">=", "0%", UNITS), Tally(0, 1), 0),
        (target("=", "100%", UNITS), Tally(1, 1), None),
        (target("=", "100%", UNITS), Tally(0, 1, inside=1), None),
        # Ratios: only where the part is wholly known.
        (target(">=", "100%", FULFILMENT), Tally(8, 10), 2),
        (target(">=", "100%", FULFILMENT), Tally(12, 10), None),
        (target(">=", "100%", FULFILMENT), Tally(8, 10, part_open=True), None),
        (target(">", "120%", FULFILMENT), Tally(12, 10), 0),
        # Less is better: whoever has one.
        (target("<", "0.3%", ROWS), Tally(1, 1), 997),
        (target("<", "0.3%", ROWS), Tally(0, 1), None),
        (target("<=", "10%", TOTALS), Tally(1, 100), -90),
        (target("=", "0%", TOTALS), Tally(2, 10), 2),
        (target(">=", "12", CASES), Tally(1), None),
    ],
)
def test_the_part_of_a_unit_in_the_shortfall(which: Target, tally: Tally, behind: int | None) -> None:
    assert shortfall(which, tally) == behind


def in_turn(which: Target, parts: Sequence[int], wholes: Sequence[int]) -> list[tuple[int, int]]:
    found = [(i, shortfall(which, Tally(p, w))) for i, (p, w) in enumerate(zip(parts, wholes, strict=True))]
    return [(i, behind) for i, behind in found if behind is not None]


@pytest.mark.parametrize("figure", ["0%", "0.3%", "1/3", "50%", "85%", "100%"])
@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("measure", [TOTALS, FULFILMENT])
def test_shortfalls_of_every_small_pair_are_those_of_each_unit(
    measure: Measure, operator: Operator, figure: str
) -> None:
    which = target(operator, figure, measure)
    pairs = [(p, w) for w in range(8) for p in range(8 if measure is FULFILMENT else w + 1)]
    parts, wholes = [part for part, _ in pairs], [whole for _, whole in pairs]
    assert shortfalls(which, parts, wholes) == in_turn(which, parts, wholes)


FIGURES = st.one_of(st.integers(0, 30), st.integers(0, 10**18 - 1))
THRESHOLDS = st.sampled_from(["0%", "0.3%", "1/3", "50%", "85%", "90%", "95%", "99.999999999999999999%"])


@given(st.sampled_from(OPERATORS), THRESHOLDS, st.lists(st.tuples(FIGURES, FIGURES).map(sorted), max_size=8))
def test_shortfalls_of_shares_are_those_of_each_unit(operator: Operator, figure: str, pairs: list[list[int]]) -> None:
    which = target(operator, figure, TOTALS)
    parts, wholes = [part for part, _ in pairs], [whole for _, whole in pairs]
    assert shortfalls(which, parts, wholes) == in_turn(which, parts, wholes)


@given(
    st.sampled_from(OPERATORS),
    st.one_of(THRESHOLDS, st.sampled_from(["120%", "3/2"])),
    st.lists(st.tuples(FIGURES, FIGURES), max_size=8),
)
def test_shortfalls_of_ratios_are_those_of_each_unit(
    operator: Operator, figure: str, pairs: list[tuple[int, int]]
) -> None:
    which = target(operator, figure, FULFILMENT)
    parts, wholes = [part for part, _ in pairs], [whole for _, whole in pairs]
    assert shortfalls(which, parts, wholes) == in_turn(which, parts, wholes)


def test_amounts_name_no_unit() -> None:
    assert shortfalls(target(">=", "12", CASES), [1, 2], [0, 0]) == []


# Exactness


@given(st.integers(1, 10**18 - 1), st.sampled_from(OPERATORS), THRESHOLDS, st.integers(-2, 2))
def test_huge_figures_are_judged_to_the_last_case(whole: int, operator: Operator, figure: str, step: int) -> None:
    which = target(operator, figure, TOTALS)
    part = min(max(int(which.threshold.value * whole) + step, 0), whole)
    left, right = part * which.threshold.value.denominator, which.threshold.value.numerator * whole
    kept = {">=": left >= right, ">": left > right, "<=": left <= right, "<": left < right, "=": left == right}
    assert told(which, part, whole)[0] is (MET if kept[operator] else NOT_MET)
