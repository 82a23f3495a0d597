"""Quantities, and shares, ratios and amounts of them: exact integers with their unknowns.

Every measure adds up: what each row says of it is a `Tally`, and tallies are summed in any order. So may rows be taken
together that are alike, that is, meet the same conditions: for a group of them, the value of a count field is its sum
over the group (`of_group`). The rules, with their sources, are in docs/semantics.md ("Measures"). All here is pure.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from enum import Enum
from fractions import Fraction
from typing import Any, Literal, NamedTuple

Operator = Literal[">=", ">", "<=", "<", "="]
COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}
SIGNS: Mapping[str, str] = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "=": "="}
"""The operators as people write them."""


class Threshold(NamedTuple):
    """An operator and an exact number: a share or ratio of 85% is 17/20, an amount is in cases."""

    operator: Operator
    value: Fraction

    def keeps(self, value: Fraction) -> bool:
        return bool(COMPARE[self.operator](value, self.value))

    @property
    def more_is_better(self) -> bool:
        return self.operator in (">=", ">") or (self.operator == "=" and self.value != 0)


class Absent(Enum):
    """Why a cell gives no value."""

    UNKNOWN = "unknown"
    """Blank though required, unreadable, or refused by a check."""
    NO_VALUE = "no value"
    """Blank where nothing is required."""


UNKNOWN, NO_VALUE = Absent.UNKNOWN, Absent.NO_VALUE
Value = int | str | Absent
Values = Mapping[str, Value]
Ternary = bool | None
"""True, False, or None: perhaps."""


def both(left: Ternary, right: Ternary) -> Ternary:
    """Three-valued "and"."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


class Condition(NamedTuple):
    """A field has one of some values. A cell without a value meets no condition."""

    field: str
    values: frozenset[str]

    def holds(self, values: Values) -> Ternary:
        value = values[self.field]
        return None if value is UNKNOWN else value in self.values


Where = tuple[Condition, ...]


def holds(where: Where, values: Values) -> Ternary:
    """Whether a row meets all conditions."""
    result: Ternary = True
    for condition in where:
        result = both(result, condition.holds(values))
    return result


class Having(NamedTuple):
    """The total of a count field over a unit's rows compares so with a number."""

    field: str
    operator: Operator
    number: int

    def holds(self, known: int, open_above: bool) -> Ternary:
        """`known` is exact, or a lower bound if `open_above`."""
        now = bool(COMPARE[self.operator](known, self.number))
        if not open_above:
            return now
        if self.operator in (">=", ">"):
            return True if now else None
        # A total beyond the number stays beyond it, whatever the unknowns add.
        beyond = known >= self.number if self.operator == "<" else known > self.number
        return False if beyond else None


class Sum(NamedTuple):
    """One quantity: what is known of it, the cases that are perhaps in it, and whether it is open above."""

    known: int = 0
    perhaps: int = 0
    open_above: bool = False


class Rows(NamedTuple):
    """Rows that meet conditions."""

    where: Where = ()

    def of_group(self, values: Values, count: int) -> Sum:
        found = holds(self.where, values)
        return Sum(count if found is True else 0, count if found is None else 0)


class Total(NamedTuple):
    """The total of a count field over rows that meet conditions."""

    field: str
    where: Where = ()

    def of_group(self, values: Values, count: int) -> Sum:
        found, value = holds(self.where, values), values[self.field]
        if found is False or value is NO_VALUE:
            return Sum()
        if not isinstance(value, int):
            return Sum(open_above=True)
        return Sum(value) if found else Sum(perhaps=value, open_above=value > 0)


class Evidence(NamedTuple):
    """What a unit's rows say of one `Units` quantity; evidence of the same unit adds up."""

    certain: bool = False
    """A row certainly meets the conditions."""
    perhaps: bool = False
    """A row perhaps meets them."""
    total: int = 0
    """The known total of the field of `having`."""
    open_above: bool = False
    """More may come to that total."""

    def __add__(self, other: Evidence) -> Evidence:  # type: ignore[override] # sums, where tuples would be joined
        return Evidence(
            self.certain or other.certain,
            self.perhaps or other.perhaps,
            self.total + other.total,
            self.open_above or other.open_above,
        )


ANYTHING = Evidence(perhaps=True, open_above=True)
"""What a row says of a unit if nothing is known of the row, or not whether it is the unit's."""


class Units(NamedTuple):
    """Units of the smallest level, each once however many rows it spans, with a row that meets conditions and,
    if asked, a total over such rows.
    """

    where: Where = ()
    having: Having | None = None

    def evidence(self, values: Values) -> Evidence:
        """What one row says."""
        found = holds(self.where, values)
        if found is False:
            return Evidence()
        if self.having is None:
            return Evidence(found is True, found is None)
        value = values[self.having.field]
        if found and isinstance(value, int):
            return Evidence(certain=True, total=value)
        return Evidence(found is True, found is None, open_above=True)

    def holds(self, unit: Evidence) -> Ternary:
        """Whether the unit is in the quantity."""
        found: Ternary = True if unit.certain else None if unit.perhaps else False
        if self.having is None or found is False:
            return found
        return both(found, self.having.holds(unit.total, unit.open_above))


Quantity = Rows | Total | Units


class Tally(NamedTuple):
    """What is known of a measure and what is not, in whole cases.

    A share lies between part/(whole + outside) and (part + inside + outside)/(whole + outside).
    """

    part: int = 0
    """The numerator; the figure of an amount."""
    whole: int = 0
    """The denominator; 0 for an amount."""
    inside: int = 0
    """Unknown cases that `whole` counts already (shares)."""
    outside: int = 0
    """Unknown cases that `whole` (an amount: the figure) does not count."""
    loose: int = 0
    """Unknown cases of a ratio's part."""
    part_open: bool = False
    """The part of a ratio, or an amount, has no upper bound."""
    whole_open: bool = False
    """The whole has no upper bound."""

    def __add__(self, other: Tally) -> Tally:  # type: ignore[override] # sums, where tuples would be joined
        return Tally(
            self.part + other.part,
            self.whole + other.whole,
            self.inside + other.inside,
            self.outside + other.outside,
            self.loose + other.loose,
            self.part_open or other.part_open,
            self.whole_open or other.whole_open,
        )

    def times(self, count: int) -> Tally:
        """The tally of `count` (at least 1) rows that say the same."""
        return Tally(
            self.part * count,
            self.whole * count,
            self.inside * count,
            self.outside * count,
            self.loose * count,
            self.part_open,
            self.whole_open,
        )

    @property
    def unknown(self) -> int:
        """Cases that could fall either way."""
        return self.inside + self.outside + self.loose

    @property
    def bounded(self) -> bool:
        return not (self.part_open or self.whole_open)


NOTHING = Tally()


class Share(NamedTuple):
    """A part of a whole of the same kind: the part lies within the whole (the plan's linter proves it)."""

    part: Quantity
    whole: Quantity

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.part, self.whole)

    def of_group(self, values: Values, count: int) -> Tally:
        """What `count` alike rows say; nothing where units are counted."""
        if isinstance(self.whole, Total) and isinstance(self.part, Total):
            return _share_of_totals(self.part, self.whole, values)
        if isinstance(self.whole, Rows) and isinstance(self.part, Rows):
            return _share_of_cases(holds(self.part.where, values), holds(self.whole.where, values)).times(count)
        return NOTHING

    def of_unit(self, part: Evidence, whole: Evidence) -> Tally:
        """What one unit says, where units are counted."""
        if isinstance(self.whole, Units) and isinstance(self.part, Units):
            return _share_of_cases(self.part.holds(part), self.whole.holds(whole))
        return NOTHING

    def of_unknown(self) -> Tally:
        """What a row that is unknown as a whole adds; nothing where units are counted."""
        if isinstance(self.whole, Total):
            return Tally(whole_open=True)
        return Tally(outside=1) if isinstance(self.whole, Rows) else NOTHING

    def of_unread(self) -> Tally:
        """What a file that was not read to its end adds: nobody knows how much."""
        return Tally(whole_open=True)

    def not_there(self, tally: Tally) -> Tally:
        """What a row adds that is missing, from what it would add: whatever counts it counts as not known."""
        return Tally(outside=tally.outside + tally.whole, whole_open=tally.whole_open)


def _share_of_cases(part: Ternary, whole: Ternary) -> Tally:
    if whole is False:
        return NOTHING
    if whole is None:
        return Tally(outside=1)
    return Tally(part=int(part is True), whole=1, inside=int(part is None))


def _share_of_totals(part: Total, whole: Total, values: Values) -> Tally:
    within, base = holds(whole.where, values), values[whole.field]
    if within is False or base is NO_VALUE:
        return NOTHING
    if not isinstance(base, int):
        return Tally(whole_open=True)
    if within is None:
        return Tally(outside=base)
    counted, figure = holds(part.where, values), values[part.field]
    if counted is False:
        return Tally(whole=base)
    if counted and isinstance(figure, int):
        return Tally(part=figure, whole=base)
    return Tally(whole=base, inside=base)


class Ratio(NamedTuple):
    """Two quantities of any kinds, each added up by itself; the part may exceed the whole."""

    part: Quantity
    whole: Quantity

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.part, self.whole)

    def of_group(self, values: Values, count: int) -> Tally:
        """What `count` alike rows say, but for quantities that count units."""
        return self._tally(_sum_of_group(self.part, values, count), _sum_of_group(self.whole, values, count))

    def of_unit(self, part: Evidence, whole: Evidence) -> Tally:
        """What one unit says to the quantities that count units."""
        return self._tally(_sum_of_unit(self.part, part), _sum_of_unit(self.whole, whole))

    def of_unknown(self) -> Tally:
        """What a row that is unknown as a whole adds, but to quantities that count units."""
        return self._tally(_sum_of_unknown(self.part), _sum_of_unknown(self.whole))

    def of_unread(self) -> Tally:
        """What a file that was not read to its end adds."""
        return Tally(part_open=True, whole_open=True)

    def not_there(self, tally: Tally) -> Tally:
        """What a row adds that is missing, from what it would add: whatever counts it counts as not known."""
        open_above = tally.part_open or tally.part > 0
        outside = tally.outside + tally.whole
        return Tally(0, 0, 0, outside, tally.loose + tally.part, open_above, tally.whole_open)

    def _tally(self, part: Sum, whole: Sum) -> Tally:
        uncertain = part.open_above or part.perhaps > 0
        # A total that is perhaps in has a known figure: it bounds the whole, unlike a figure that is not known.
        boundless = whole.open_above and whole.perhaps == 0
        return Tally(part.known, whole.known, 0, whole.perhaps, part.perhaps, uncertain, boundless)


class Amount(NamedTuple):
    """One quantity against a number."""

    quantity: Quantity

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity, self.quantity)

    def of_group(self, values: Values, count: int) -> Tally:
        """What `count` alike rows say; nothing where units are counted."""
        return self._tally(_sum_of_group(self.quantity, values, count))

    def of_unit(self, part: Evidence, whole: Evidence) -> Tally:
        """What one unit says, where units are counted (`whole` is the same evidence again)."""
        return self._tally(_sum_of_unit(self.quantity, part))

    def of_unknown(self) -> Tally:
        """What a row that is unknown as a whole adds, but to quantities that count units."""
        return self._tally(_sum_of_unknown(self.quantity))

    def of_unread(self) -> Tally:
        """What a file that was not read to its end adds."""
        return Tally(part_open=True)

    def not_there(self, tally: Tally) -> Tally:
        """What a row adds that is missing, from what it would add: whatever counts it counts as not known."""
        figure = tally.outside + tally.part
        return Tally(outside=figure, part_open=tally.part_open or (figure > 0 and isinstance(self.quantity, Total)))

    def _tally(self, figure: Sum) -> Tally:
        return Tally(part=figure.known, outside=figure.perhaps, part_open=figure.open_above)


Measure = Share | Ratio | Amount


def _sum_of_group(quantity: Quantity, values: Values, count: int) -> Sum:
    return Sum() if isinstance(quantity, Units) else quantity.of_group(values, count)


def _sum_of_unit(quantity: Quantity, unit: Evidence) -> Sum:
    if not isinstance(quantity, Units):
        return Sum()
    found = quantity.holds(unit)
    return Sum(int(found is True), int(found is None))


def _sum_of_unknown(quantity: Quantity) -> Sum:
    if isinstance(quantity, Total):
        return Sum(open_above=True)
    return Sum(perhaps=1) if isinstance(quantity, Rows) else Sum()


def counts_units(measure: Measure) -> bool:
    """Whether a measure needs the rows of each unit together."""
    return any(isinstance(q, Units) for q in measure.quantities)


def conditions_of(measure: Measure) -> tuple[str, ...]:
    """The fields of a measure's conditions: rows that agree in them are alike."""
    return tuple(sorted({c.field for q in measure.quantities for c in q.where}))


def figures_of(measure: Measure) -> tuple[str, ...]:
    """The count fields that a measure adds up."""
    totals = {q.field for q in measure.quantities if isinstance(q, Total)}
    return tuple(sorted(totals | {q.having.field for q in measure.quantities if isinstance(q, Units) and q.having}))


def evidence_of(measure: Measure, values: Values) -> tuple[Evidence, Evidence]:
    """What one row says to the part and to the whole, where they count units."""
    part, whole = measure.quantities
    return (
        part.evidence(values) if isinstance(part, Units) else Evidence(),
        whole.evidence(values) if isinstance(whole, Units) else Evidence(),
    )


def of_single_row(measure: Measure, values: Values) -> Tally:
    """What a row says that is a unit by itself."""
    tally = measure.of_group(values, 1)
    return tally + measure.of_unit(*evidence_of(measure, values)) if counts_units(measure) else tally
