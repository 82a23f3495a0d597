"""What rows say of a quantity, a share, a ratio and an amount (docs/semantics.md, "Measures")."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kpi_check.measures import (
    ANYTHING,
    NO_VALUE,
    NOTHING,
    UNKNOWN,
    Amount,
    Condition,
    Evidence,
    Having,
    Measure,
    Operator,
    Quantity,
    Ratio,
    Rows,
    Share,
    Sum,
    Tally,
    Ternary,
    Threshold,
    Total,
    Units,
    Value,
    Where,
    both,
    conditions_of,
    counts_units,
    evidence_of,
    figures_of,
    holds,
    of_single_row,
)

RATED = (Condition("rating", frozenset({"good", "failed"})),)
GOOD = (Condition("rating", frozenset({"good"})),)
GRASSROOTS = (Condition("type", frozenset({"grassroots"})),)
INTRODUCING = Units(GRASSROOTS, Having("nominees", ">=", 1))


def rating(value: Value) -> dict[str, Value]:
    return {"rating": value}


# Thresholds and conditions


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
        ("=", False, True, False),
    ],
)
def test_each_operator_below_at_and_above_its_threshold(
    operator: Operator, *, below: bool, at: bool, above: bool
) -> None:
    threshold = Threshold(operator, Fraction(17, 20))
    values = (Fraction(84, 100), Fraction(85, 100), Fraction(86, 100))
    assert [threshold.keeps(value) for value in values] == [below, at, above]


@pytest.mark.parametrize(
    ("operator", "value", "better"),
    [(">=", 1, True), (">", 0, True), ("<=", 1, False), ("<", 1, False), ("=", 1, True), ("=", 0, False)],
)
def test_more_is_better_unless_less_is_asked_for_or_none_at_all(
    operator: Operator, value: int, *, better: bool
) -> None:
    assert Threshold(operator, Fraction(value)).more_is_better is better


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        (True, True, True),
        (True, None, None),
        (None, True, None),
        (None, None, None),
        (True, False, False),
        (False, True, False),
        (None, False, False),
        (False, None, False),
        (False, False, False),
    ],
)
def test_and_of_three_values(left: Ternary, right: Ternary, result: Ternary) -> None:
    assert both(left, right) is result


@pytest.mark.parametrize(
    ("value", "result"), [("good", True), ("completed", False), (UNKNOWN, None), (NO_VALUE, False)]
)
def test_a_cell_without_a_value_meets_no_condition_and_an_unknown_one_perhaps_does(
    value: Value, result: Ternary
) -> None:
    assert GOOD[0].holds(rating(value)) is result


@pytest.mark.parametrize(
    ("where", "result"),
    [((), True), (RATED, True), (RATED + GRASSROOTS, None), (GOOD + GRASSROOTS, False), (GRASSROOTS + GOOD, False)],
)
def test_a_row_meets_conditions_if_it_meets_every_one(where: Where, result: Ternary) -> None:
    assert holds(where, {"rating": "failed", "type": UNKNOWN}) is result


# Having: a total that is known, or known to be at least so much


@pytest.mark.parametrize(
    ("operator", "known", "exact", "open_above"),
    [
        (">=", 4, False, None),
        (">=", 5, True, True),
        (">=", 6, True, True),
        (">", 5, False, None),
        (">", 6, True, True),
        ("<=", 4, True, None),
        ("<=", 5, True, None),
        ("<=", 6, False, False),
        ("<", 4, True, None),
        ("<", 5, False, False),
        ("<", 6, False, False),
        ("=", 4, False, None),
        ("=", 5, True, None),
        ("=", 6, False, False),
    ],
)
def test_a_total_against_five_as_it_stands_and_where_more_may_come(
    operator: Operator, known: int, exact: Ternary, open_above: Ternary
) -> None:
    having = Having("nominees", operator, 5)
    assert having.holds(known, open_above=False) is exact
    assert having.holds(known, open_above=True) is open_above


# One quantity


@pytest.mark.parametrize(
    ("value", "found"), [("good", Sum(known=3)), ("failed", Sum()), (UNKNOWN, Sum(perhaps=3)), (NO_VALUE, Sum())]
)
def test_rows_alike_are_counted_together(value: Value, found: Sum) -> None:
    assert Rows(GOOD).of_group(rating(value), 3) == found


@pytest.mark.parametrize(
    ("value", "figure", "found"),
    [
        ("good", 7, Sum(known=7)),
        ("good", 0, Sum()),
        ("good", UNKNOWN, Sum(open_above=True)),
        ("good", NO_VALUE, Sum()),
        ("failed", 7, Sum()),
        ("failed", UNKNOWN, Sum()),
        (UNKNOWN, 7, Sum(perhaps=7, open_above=True)),
        (UNKNOWN, 0, Sum()),
        (UNKNOWN, UNKNOWN, Sum(open_above=True)),
        (UNKNOWN, NO_VALUE, Sum()),
    ],
)
def test_a_total_and_what_is_not_known_of_it(value: Value, figure: Value, found: Sum) -> None:
    assert Total("members", GOOD).of_group({"rating": value, "members": figure}, 1) == found


@pytest.mark.parametrize(
    ("kind", "nominees", "evidence"),
    [
        ("grassroots", 2, Evidence(certain=True, total=2)),
        ("grassroots", UNKNOWN, Evidence(certain=True, open_above=True)),
        ("grassroots", NO_VALUE, Evidence(certain=True, open_above=True)),
        ("office", 2, Evidence()),
        (UNKNOWN, 2, Evidence(perhaps=True, open_above=True)),
        (UNKNOWN, UNKNOWN, Evidence(perhaps=True, open_above=True)),
    ],
)
def test_what_a_row_says_of_its_unit(kind: Value, nominees: Value, evidence: Evidence) -> None:
    assert INTRODUCING.evidence({"type": kind, "nominees": nominees}) == evidence


@pytest.mark.parametrize(
    ("kind", "evidence", "found"),
    [
        ("grassroots", Evidence(certain=True), True),
        ("office", Evidence(), False),
        (UNKNOWN, Evidence(perhaps=True), None),
    ],
)
def test_a_unit_without_having_is_counted_by_its_conditions_alone(
    kind: Value, evidence: Evidence, found: Ternary
) -> None:
    unions = Units(GRASSROOTS)
    assert unions.evidence({"type": kind}) == evidence
    assert unions.holds(evidence) is found


def test_the_rows_of_a_unit_add_up() -> None:
    rows: list[tuple[Value, Value]] = [("grassroots", 0), ("grassroots", 0), ("office", 5)]
    told = [INTRODUCING.evidence({"type": kind, "nominees": nominees}) for kind, nominees in rows]
    assert INTRODUCING.holds(told[0] + told[1] + told[2]) is False
    more = INTRODUCING.evidence({"type": "grassroots", "nominees": UNKNOWN})
    assert INTRODUCING.holds(told[0] + more) is None
    assert INTRODUCING.holds(INTRODUCING.evidence({"type": "grassroots", "nominees": 1}) + more) is True


def test_one_certain_row_makes_a_unit_certain_and_one_doubtful_row_leaves_its_total_open() -> None:
    doubtful = Evidence(perhaps=True, open_above=True)
    together = Evidence(certain=True, total=3) + doubtful
    assert together == Evidence(certain=True, perhaps=True, total=3, open_above=True)
    assert Units(GRASSROOTS, Having("nominees", "<=", 3)).holds(together) is None
    assert Units(GRASSROOTS, Having("nominees", "<", 3)).holds(together) is False


def test_a_unit_of_which_nothing_is_known_may_be_in_anything() -> None:
    assert Units().holds(ANYTHING) is None
    assert INTRODUCING.holds(ANYTHING) is None
    assert Units((), Having("nominees", "=", 0)).holds(ANYTHING) is None


# Tallies


def test_tallies_add_up_and_an_open_end_stays_open() -> None:
    left, right = Tally(1, 2, 3, 4, 5, part_open=True), Tally(10, 20, 30, 40, 50, whole_open=True)
    assert left + right == Tally(11, 22, 33, 44, 55, part_open=True, whole_open=True)
    assert (left + NOTHING, NOTHING + right) == (left, right)


def test_the_tally_of_rows_that_say_the_same() -> None:
    assert Tally(1, 2, 3, 4, 5, whole_open=True).times(3) == Tally(3, 6, 9, 12, 15, whole_open=True)
    assert Tally(1, part_open=True).times(2) == Tally(2, part_open=True)


def test_unknown_cases_of_a_tally_and_whether_it_has_bounds() -> None:
    assert Tally(9, 10, 1, 2, 4).unknown == 7
    assert Tally(9, 10, 1, 2, 4).bounded
    assert not Tally(part_open=True).bounded
    assert not Tally(whole_open=True).bounded


# Shares: the table of docs/semantics.md, line by line


@pytest.mark.parametrize(
    ("value", "tally"),
    [
        ("not rated", Tally()),
        (NO_VALUE, Tally()),
        ("good", Tally(part=4, whole=4)),
        ("failed", Tally(whole=4)),
        (UNKNOWN, Tally(outside=4)),
    ],
)
def test_a_share_of_rows(value: Value, tally: Tally) -> None:
    assert Share(Rows(GOOD), Rows(RATED)).of_group(rating(value), 4) == tally


def test_a_row_in_the_whole_whose_part_is_not_known_is_an_unknown_inside_it() -> None:
    share = Share(Rows(RATED), Rows())
    assert share.of_group(rating(UNKNOWN), 2) == Tally(whole=2, inside=2)


@pytest.mark.parametrize(
    ("value", "part", "whole", "tally"),
    [
        ("not rated", 5, 8, Tally()),
        ("not rated", UNKNOWN, UNKNOWN, Tally()),
        ("good", 5, 8, Tally(part=5, whole=8)),
        ("good", 0, 0, Tally()),
        ("failed", 5, 8, Tally(whole=8)),
        ("failed", UNKNOWN, 8, Tally(whole=8)),
        ("good", UNKNOWN, 8, Tally(whole=8, inside=8)),
        ("good", NO_VALUE, 8, Tally(whole=8, inside=8)),
        ("good", UNKNOWN, 0, Tally()),
        (UNKNOWN, 5, 8, Tally(outside=8)),
        (UNKNOWN, UNKNOWN, 8, Tally(outside=8)),
        ("good", 5, NO_VALUE, Tally()),
        ("good", UNKNOWN, NO_VALUE, Tally()),
        (UNKNOWN, 5, NO_VALUE, Tally()),
        ("good", 5, UNKNOWN, Tally(whole_open=True)),
        (UNKNOWN, 5, UNKNOWN, Tally(whole_open=True)),
    ],
)
def test_a_share_of_totals(value: Value, part: Value, whole: Value, tally: Tally) -> None:
    share = Share(Total("part", GOOD), Total("whole", RATED))
    assert share.of_group({"rating": value, "part": part, "whole": whole}, 1) == tally


def test_a_row_that_is_perhaps_in_the_part_leaves_its_whole_figure_unknown() -> None:
    share = Share(Total("part", GOOD), Total("whole"))
    assert share.of_group({"rating": UNKNOWN, "part": 5, "whole": 8}, 1) == Tally(whole=8, inside=8)


@pytest.mark.parametrize(
    ("kind", "nominees", "tally"),
    [
        ("office", 3, Tally()),
        ("grassroots", 1, Tally(part=1, whole=1)),
        ("grassroots", 0, Tally(whole=1)),
        ("grassroots", UNKNOWN, Tally(whole=1, inside=1)),
        (UNKNOWN, 3, Tally(outside=1)),
    ],
)
def test_a_share_of_units(kind: Value, nominees: Value, tally: Tally) -> None:
    share = Share(INTRODUCING, Units(GRASSROOTS))
    values: dict[str, Value] = {"type": kind, "nominees": nominees}
    assert share.of_unit(*evidence_of(share, values)) == tally
    assert of_single_row(share, values) == tally


def test_a_unit_that_reaches_its_number_with_what_is_known_reaches_it() -> None:
    share = Share(INTRODUCING, Units(GRASSROOTS))
    known = evidence_of(share, {"type": "grassroots", "nominees": 1})
    blank = evidence_of(share, {"type": "grassroots", "nominees": UNKNOWN})
    assert share.of_unit(known[0] + blank[0], known[1] + blank[1]) == Tally(part=1, whole=1)


# Ratios: part and whole each by itself


@pytest.mark.parametrize(
    ("part", "whole", "tally"),
    [
        (9, 6, Tally(part=9, whole=6)),
        (9, NO_VALUE, Tally(part=9)),
        (NO_VALUE, 6, Tally(whole=6)),
        (UNKNOWN, 6, Tally(whole=6, part_open=True)),
        (9, UNKNOWN, Tally(part=9, whole_open=True)),
        (UNKNOWN, UNKNOWN, Tally(part_open=True, whole_open=True)),
    ],
)
def test_a_ratio_of_totals(part: Value, whole: Value, tally: Tally) -> None:
    assert Ratio(Total("done"), Total("planned")).of_group({"done": part, "planned": whole}, 1) == tally


def test_a_total_that_is_perhaps_in_is_a_known_figure_outside_or_loose() -> None:
    values: dict[str, Value] = {"rating": UNKNOWN, "done": 9, "planned": 6}
    ratio = Ratio(Total("done", GOOD), Total("planned", GOOD))
    assert ratio.of_group(values, 1) == Tally(outside=6, loose=9, part_open=True)
    assert Ratio(Total("done"), Total("planned", GOOD)).of_group(values, 1) == Tally(part=9, outside=6)


def test_a_ratio_of_different_kinds_takes_rows_from_groups_and_units_from_units() -> None:
    ratio = Ratio(Total("nominees"), Units(GRASSROOTS))
    values: dict[str, Value] = {"type": "grassroots", "nominees": 2}
    assert ratio.of_group(values, 1) == Tally(part=2)
    assert ratio.of_unit(*evidence_of(ratio, values)) == Tally(whole=1)
    assert of_single_row(ratio, values) == Tally(part=2, whole=1)
    doubtful: dict[str, Value] = {"type": UNKNOWN, "nominees": 2}
    assert of_single_row(ratio, doubtful) == Tally(part=2, outside=1)


def test_a_unit_that_is_perhaps_in_the_part_of_a_ratio_is_loose() -> None:
    ratio = Ratio(Units(GRASSROOTS), Rows())
    assert of_single_row(ratio, {"type": UNKNOWN}) == Tally(whole=1, loose=1, part_open=True)


# Amounts


@pytest.mark.parametrize(
    ("quantity", "value", "tally"),
    [
        (Rows(GOOD), "good", Tally(part=1)),
        (Rows(GOOD), "failed", Tally()),
        (Rows(GOOD), UNKNOWN, Tally(outside=1)),
        (Units(GOOD), "good", Tally(part=1)),
        (Units(GOOD), UNKNOWN, Tally(outside=1)),
        (Total("members", GOOD), "good", Tally(part=7)),
        (Total("members", GOOD), UNKNOWN, Tally(outside=7, part_open=True)),
    ],
)
def test_an_amount(quantity: Quantity, value: Value, tally: Tally) -> None:
    assert of_single_row(Amount(quantity), {"rating": value, "members": 7}) == tally


# What nobody could read


@pytest.mark.parametrize(
    ("measure", "unknown_row", "unread_file"),
    [
        (Share(Rows(GOOD), Rows(RATED)), Tally(outside=1), Tally(whole_open=True)),
        (Share(Total("a"), Total("b")), Tally(whole_open=True), Tally(whole_open=True)),
        (Share(INTRODUCING, Units(GRASSROOTS)), NOTHING, Tally(whole_open=True)),
        (Ratio(Total("a"), Rows()), Tally(outside=1, part_open=True), Tally(part_open=True, whole_open=True)),
        (
            Ratio(Rows(), Total("b")),
            Tally(loose=1, part_open=True, whole_open=True),
            Tally(part_open=True, whole_open=True),
        ),
        (Ratio(Units(), Units()), NOTHING, Tally(part_open=True, whole_open=True)),
        (Amount(Rows()), Tally(outside=1), Tally(part_open=True)),
        (Amount(Total("a")), Tally(part_open=True), Tally(part_open=True)),
        (Amount(Units()), NOTHING, Tally(part_open=True)),
    ],
)
def test_a_row_that_is_unknown_as_a_whole_and_a_file_that_was_not_read_to_its_end(
    measure: Measure, unknown_row: Tally, unread_file: Tally
) -> None:
    assert measure.of_unknown() == unknown_row
    assert measure.of_unread() == unread_file


@pytest.mark.parametrize(
    ("measure", "tally"),
    [
        (Share(INTRODUCING, Units(GRASSROOTS)), Tally(outside=1)),
        (Ratio(Units(), Units(GRASSROOTS)), Tally(outside=1, loose=1, part_open=True)),
        (Amount(INTRODUCING), Tally(outside=1)),
        (Share(Rows(GOOD), Rows(RATED)), NOTHING),
        (Share(Total("a"), Total("b")), NOTHING),
        (Ratio(Rows(), Total("a")), NOTHING),
        (Amount(Rows()), NOTHING),
    ],
)
def test_a_unit_of_which_nothing_is_known_adds_to_counts_of_units_alone(measure: Measure, tally: Tally) -> None:
    assert measure.of_unit(ANYTHING, ANYTHING) == tally


def test_rows_add_nothing_to_a_share_of_units() -> None:
    values: dict[str, Value] = {"type": "grassroots", "nominees": 1}
    assert Share(INTRODUCING, Units(GRASSROOTS)).of_group(values, 5) == NOTHING


# What a measure looks at


@pytest.mark.parametrize(
    ("measure", "units", "conditions", "figures"),
    [
        (Share(Rows(GOOD), Rows(GOOD + GRASSROOTS)), False, ("rating", "type"), ()),
        (Share(Total("a", GOOD), Total("b")), False, ("rating",), ("a", "b")),
        (Share(INTRODUCING, Units(GRASSROOTS)), True, ("type",), ("nominees",)),
        (Ratio(Total("nominees"), INTRODUCING), True, ("type",), ("nominees",)),
        (Ratio(Total("z"), Units()), True, (), ("z",)),
        (Amount(Rows()), False, (), ()),
    ],
)
def test_the_fields_a_measure_needs(
    measure: Measure, conditions: tuple[str, ...], figures: tuple[str, ...], *, units: bool
) -> None:
    assert counts_units(measure) is units
    assert conditions_of(measure) == conditions
    assert figures_of(measure) == figures


def test_a_quantity_that_counts_no_units_has_no_evidence() -> None:
    ratio = Ratio(Total("nominees"), Units(GRASSROOTS))
    part, whole = evidence_of(ratio, {"type": "grassroots", "nominees": 2})
    assert (part, whole) == (Evidence(), Evidence(certain=True))
    part, whole = evidence_of(Ratio(Units(), Rows()), {})
    assert (part, whole) == (Evidence(certain=True), Evidence())
