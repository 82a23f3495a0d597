"""A measure, a threshold and a period make a status, with the distance to the threshold in whole cases.

Pure: no input or output, no formatting, no float. The rules are in docs/semantics.md ("Verdicts").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Literal, NamedTuple

from kpi_check.measures import Amount, Measure, Operator, Ratio, Share, Tally, Threshold, Units
from kpi_check.periods import Period, is_due
from kpi_check.plan import Target


class Status(StrEnum):
    """What may be said of a target; the whole list."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"
    NOT_DUE = "not_due"
    NO_DATA = "no_data"


class Bounds(NamedTuple):
    """The lowest and highest value that is possible; an end may be approached without being reached."""

    lowest: Fraction
    highest: Fraction | None
    """None: no upper bound."""
    lowest_reached: bool = True
    highest_reached: bool = True


class Judgement(NamedTuple):
    """What is said of one target in one scope. `value` and `bounds` are None without a denominator."""

    status: Status
    tally: Tally
    value: Fraction | None
    bounds: Bounds | None
    needed: int | None
    spare: int | None
    certain_anyway: bool
    """There are unknowns, and the status holds whatever they are."""
    better: Literal["more", "less"]
    """Which way the threshold lies from here: for `equals`, it may be either."""
    none_may_miss_below: int | None
    """The threshold allows no miss in a whole as small as this one; the smallest whole that allows one."""


def judge(target: Target, tally: Tally, period: Period | None, rows: int) -> Judgement:
    """Judge one target on what was counted; `rows` is the number of rows in the scope."""
    empty = rows == 0 if isinstance(target.measure, Amount) else tally.whole == 0
    value = None if empty else _value(target.measure, tally)
    bounds = _bounds(target.measure, tally)
    answers = _possible_answers(target.threshold, bounds) if bounds else frozenset({True, False})
    decided = not empty and len(answers) == 1
    if period is not None and not is_due(target.judged, period):
        status = Status.NOT_DUE
    elif empty:
        status = Status.NO_DATA
    elif decided and period is not None:
        status = Status.MET if True in answers else Status.NOT_MET
    else:
        status = Status.UNDETERMINED
    needed, spare = _distance(target, tally) if value is not None else (None, None)
    return Judgement(
        status,
        tally,
        value,
        bounds,
        needed,
        spare,
        certain_anyway=decided and (tally.unknown > 0 or not tally.bounded),
        better="more" if _more_is_better_here(target, value) else "less",
        none_may_miss_below=_none_may_miss_below(target, tally),
    )


def _more_is_better_here(target: Target, value: Fraction | None) -> bool:
    beyond = target.threshold.operator == "=" and value is not None and value > target.threshold.value
    return target.threshold.more_is_better and not beyond


def overall(statuses: Iterable[Status], rows: int) -> Status:
    """The verdict on a body of data from the statuses of its targets."""
    if rows == 0:
        return Status.NO_DATA
    due = [s for s in statuses if s is not Status.NOT_DUE]
    if not due:
        return Status.NOT_DUE
    if Status.NOT_MET in due:
        return Status.NOT_MET
    return Status.MET if all(s is Status.MET for s in due) else Status.UNDETERMINED


def worst_first(scopes: Iterable[tuple[str, Sequence[Status]]]) -> list[str]:
    """Scope codes with their statuses, in the order of reports: most not met, then most undetermined, then by code."""

    def rank(scope: tuple[str, Sequence[Status]]) -> tuple[int, int, str]:
        code, statuses = scope
        return (-statuses.count(Status.NOT_MET), -statuses.count(Status.UNDETERMINED), code)

    return [code for code, _ in sorted(scopes, key=rank)]


def shortfall(target: Target, tally: Tally) -> int | None:
    """A unit's part in the shortfall; None if the unit does not hold the target back for certain.

    In cases, times the threshold's denominator, so that it is a whole number.
    """
    if isinstance(target.measure, Amount):
        return None
    if not target.threshold.more_is_better:
        return lacking(target, tally.part, tally.whole) if tally.part > 0 else None
    return lacking(target, tally.part, tally.whole) if tally.whole > 0 and _certainly_behind(target, tally) else None


def lacking(target: Target, part: int, whole: int) -> int:
    """How far a share or ratio is behind its threshold, below 0 if it keeps it with some to spare.

    In cases, times the threshold's denominator, so that it is a whole number; what parts of a whole lack adds up.
    """
    limit = target.threshold.value
    behind = limit.numerator * whole - limit.denominator * part
    return behind if target.threshold.more_is_better else -behind


def shortfalls(target: Target, parts: Sequence[int], wholes: Sequence[int]) -> list[tuple[int, int]]:
    """`shortfall` for many units of which everything is known, where totals are compared: (place, shortfall) of those
    that hold the target back.
    """
    if isinstance(target.measure, Amount):
        return []
    a, b = target.threshold.value.numerator, target.threshold.value.denominator
    pairs = zip(parts, wholes, strict=True)
    if not target.threshold.more_is_better:
        return [(i, b * p - a * w) for i, (p, w) in enumerate(pairs) if p]
    if target.threshold.operator == ">":
        share = isinstance(target.measure, Share)
        return [(i, x) for i, (p, w) in enumerate(pairs) if (x := a * w - b * p) >= 0 and w and (p < w or not share)]
    return [(i, x) for i, (p, w) in enumerate(pairs) if (x := a * w - b * p) > 0]


def _certainly_behind(target: Target, tally: Tally) -> bool:
    best = tally.part + tally.inside
    if isinstance(target.measure, Share):
        if best >= tally.whole:
            return False
        if isinstance(target.measure.whole, Units):
            return True
    elif tally.part_open:
        return False
    at_best = Fraction(best, tally.whole)
    return at_best < target.threshold.value if target.threshold.operator == "=" else not target.threshold.keeps(at_best)


def _value(measure: Measure, tally: Tally) -> Fraction:
    return Fraction(tally.part) if isinstance(measure, Amount) else Fraction(tally.part, tally.whole)


def _bounds(measure: Measure, tally: Tally) -> Bounds | None:
    """What is possible; None if there is nothing to divide by."""
    part, base = tally.part, tally.whole + tally.outside
    if isinstance(measure, Amount):
        return Bounds(Fraction(part), None if tally.part_open else Fraction(part + tally.outside))
    if isinstance(measure, Ratio):
        return _bounds_of_ratio(tally)
    if tally.whole_open:
        # A known miss cannot be undone, nor can a known hit.
        no_miss = part + tally.inside == tally.whole
        return Bounds(Fraction(0), Fraction(1), lowest_reached=part == 0, highest_reached=no_miss)
    if base == 0:
        return None
    return Bounds(Fraction(part, base), Fraction(part + tally.inside + tally.outside, base))


def _bounds_of_ratio(tally: Tally) -> Bounds | None:
    if tally.whole == 0:
        return None
    highest = None if tally.part_open else Fraction(tally.part, tally.whole)
    if tally.whole_open:
        return Bounds(Fraction(0), highest, lowest_reached=tally.part == 0)
    return Bounds(Fraction(tally.part, tally.whole + tally.outside), highest)


def _possible_answers(threshold: Threshold, bounds: Bounds) -> frozenset[bool]:
    """Which answers the values between the bounds give: {True}, {False}, or both."""
    limit, low, high = threshold.value, bounds.lowest, bounds.highest
    under = low < limit
    over = high is None or high > limit
    hit = (under or (low == limit and bounds.lowest_reached)) and (over or (high == limit and bounds.highest_reached))
    keeps = {">=": over or hit, ">": over, "<=": under or hit, "<": under, "=": hit}[threshold.operator]
    breaks = {">=": under, ">": under or hit, "<=": over, "<": over or hit, "=": under or over}[threshold.operator]
    return frozenset({True} if keeps else ()) | frozenset({False} if breaks else ())


def _distance(target: Target, tally: Tally) -> tuple[int | None, int | None]:
    """`needed` and `spare`: the part may move between the fewest and the most cases that keep the threshold."""
    limit = target.threshold.value if isinstance(target.measure, Amount) else target.threshold.value * tally.whole
    ceiling = tally.whole if isinstance(target.measure, Share) else None
    lowest, highest = _kept_between(target.threshold.operator, limit)
    highest = highest if ceiling is None else ceiling if highest is None else min(highest, ceiling)
    if highest is not None and lowest > highest:
        return None, None
    if tally.part < lowest:
        return lowest - tally.part, None
    if highest is not None and tally.part > highest:
        return tally.part - highest, None
    return 0, _spare(target.threshold.operator, tally.part, lowest, highest)


def _spare(operator: Operator, part: int, lowest: int, highest: int | None) -> int | None:
    if operator == "=":
        return 0
    return part - lowest if operator in (">=", ">") or highest is None else highest - part


def _kept_between(operator: Operator, limit: Fraction) -> tuple[int, int | None]:
    """The whole numbers that compare so with `limit`; none if the first is above the second."""
    if operator == ">=":
        return math.ceil(limit), None
    if operator == ">":
        return math.floor(limit) + 1, None
    if operator == "<=":
        return 0, math.floor(limit)
    if operator == "<":
        return 0, math.ceil(limit) - 1
    return math.ceil(limit), math.floor(limit)


def _none_may_miss_below(target: Target, tally: Tally) -> int | None:
    """The smallest whole of which one case may miss, if this whole is smaller: "< 0.3%" allows none of fewer than 334.

    None for thresholds of 0% or 100%, which allow none of any number.
    """
    if not isinstance(target.measure, Share) or tally.whole == 0 or target.threshold.operator == "=":
        return None
    allowed = target.threshold.value if not target.threshold.more_is_better else 1 - target.threshold.value
    if not 0 < allowed < 1:
        return None
    one_in = 1 / allowed
    smallest = math.ceil(one_in) if target.threshold.operator in (">=", "<=") else math.floor(one_in) + 1
    return smallest if tally.whole < smallest else None
