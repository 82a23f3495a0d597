"""The rules a row must pass: cells are read as the plan says, and what breaks a rule becomes an issue and an unknown.

The rules are in docs/semantics.md ("Cells").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import NamedTuple

from kpi_check.cells import CellReader, cell_readers, why_not_a_code, why_not_a_count
from kpi_check.issues import Finding, Place
from kpi_check.measures import NO_VALUE, UNKNOWN, Ternary, Value, both
from kpi_check.periods import Period
from kpi_check.plan import AnyField, ChoiceField, CodeField, CountField, PartRule, PeriodField, Plan, is_whole_number
from kpi_check.submission import Binding
from kpi_check.text import code_key, nearest


def required_in(spec: AnyField, plan: Plan, period: Period | None, values: Mapping[str, Value]) -> Ternary:
    """Whether a row must have a value in a field; None if that rests on an unknown cell."""
    if isinstance(spec.required, str):
        return spec.required == "always"
    result: Ternary = True
    for name, allowed in spec.required.items():
        if name == plan.period_field:
            result = both(result, None if period is None else period.kind in allowed)
        else:
            value = values[name]
            result = both(result, None if value is UNKNOWN else value in allowed)
    return result


def may_be_required(spec: AnyField, plan: Plan, period: Period | None) -> bool:
    """Whether any row of this period must have a value in a field."""
    values: Mapping[str, Value] = dict.fromkeys(plan.fields, UNKNOWN)
    return required_in(spec, plan, period, values) is not False


class CheckedRow(NamedTuple):
    """A row's values with their unknowns, and what was found wrong with it."""

    values: dict[str, Value]
    findings: list[Finding]


class RowChecker:
    """Checks rows of one table. This is the reference: whatever is faster must say the same."""

    def __init__(self, plan: Plan, binding: Binding, period: Period | None, place: Place, period_given: bool) -> None:
        self._plan = plan
        self._binding = binding
        self._period = period
        self._place = place
        self._period_given = period_given
        self._readers = cell_readers(plan)
        self._wholes = {n: [r.whole for r in plan.part_rules if n in r.parts] for n in plan.fields}
        specs = [(name, plan.fields[name]) for name in plan.resolving_order]
        self._in_order = [(n, s, None if isinstance(s, PeriodField) else binding.columns.get(n)) for n, s in specs]
        """Fields in the order in which they are resolved; with their column, where it is read like most."""

    def reader(self, name: str) -> CellReader:
        return self._readers[name]

    def check(self, cells: Sequence[str], row: int) -> CheckedRow:
        """Check a row that has as many cells as the header."""
        return _Row(self, cells, row).checked()


class _Row:
    """One row on its way through the rules."""

    def __init__(self, checker: RowChecker, cells: Sequence[str], row: int) -> None:
        self._c = checker
        self._plan = checker._plan
        self._columns = checker._binding.columns
        self._cells = cells
        self._row = row
        self._values: dict[str, Value] = {}
        self._source: dict[str, str] = {}
        """Fields that took their value from another, by default or as a part of nothing."""
        self._findings: list[Finding] = []

    def checked(self) -> CheckedRow:
        for name, spec, column in self._c._in_order:
            self._values[name] = self._resolve(name, spec) if column is None else self._read(name, spec, column)
        marked = set(self._broken_rules())
        self._doubt(marked)
        self._mark(marked)
        return CheckedRow(self._values, self._findings)

    # rules 1 to 4, 6 and 7

    def _resolve(self, name: str, spec: AnyField) -> Value:
        if isinstance(spec, PeriodField):
            return self._resolve_period(name)
        doubled = self._c._binding.doubled.get(name)
        if doubled:
            written = any(self._cells[i].strip() for i in doubled)
            return UNKNOWN if written or self._required(spec) is not False else NO_VALUE
        return self._without_column(name, spec)

    def _read(self, name: str, spec: AnyField, column: int) -> Value:
        """What stands in the one column of a field."""
        value = self._c._readers[name][self._cells[column]]
        if value is UNKNOWN:
            self._unreadable(name, spec)
        return self._blank(name, spec) if value is NO_VALUE else value

    def _required(self, spec: AnyField) -> Ternary:
        return required_in(spec, self._plan, self._c._period, self._values)

    def _resolve_period(self, name: str) -> Value:
        """The kind of the run's period, which conditions name; unknown if the row's own is missing."""
        column = self._columns.get(name)
        kind: Value = self._c._period.kind if self._c._period else UNKNOWN
        if column is None:
            return kind if self._c._period_given and name not in self._c._binding.doubled else UNKNOWN
        value = self._c._readers[name][self._cells[column]]
        if value is NO_VALUE and not self._c._period_given:
            if self._c._period is not None:
                self._find("missing-key", name)
            return UNKNOWN
        if value is UNKNOWN:
            self._find("not-a-period", name)
            return UNKNOWN
        return kind

    def _without_column(self, name: str, spec: AnyField) -> Value:
        required = self._required(spec)
        if required is False:
            return NO_VALUE
        if required is None or name in self._c._binding.unsure:
            return UNKNOWN
        default = self._default(name, spec)
        if default is not NO_VALUE:
            return default
        if name in self._source:
            self._find("blank", name, near="0")
        return UNKNOWN

    def _blank(self, name: str, spec: AnyField) -> Value:
        required = self._required(spec)
        if required is False:
            return NO_VALUE
        if required is None:
            return UNKNOWN
        default = self._default(name, spec)
        if default is not NO_VALUE:
            return default
        whole = next((w for w in self._c._wholes[name] if self._values[w] == 0), None)
        if whole is not None:
            self._source[name] = whole
            return 0
        none = {"near": "0"} if isinstance(spec, CountField) else {}
        self._find("missing-key" if name in self._plan.key_codes else "blank", name, **none)
        return UNKNOWN

    def _default(self, name: str, spec: AnyField) -> Value:
        """What a blank means by the field's default; NO_VALUE if it has none, or its source has no value."""
        default = spec.default if isinstance(spec, CountField | ChoiceField) else None
        if default is None:
            return NO_VALUE
        if isinstance(spec, ChoiceField):
            return default
        if is_whole_number(default):
            return int(default)
        self._source[name] = default
        return self._values[default]

    def _unreadable(self, name: str, spec: AnyField) -> None:
        text = self._cells[self._columns[name]]
        if isinstance(spec, CountField):
            self._find("not-a-count", name, reason=why_not_a_count(text))
        elif isinstance(spec, CodeField):
            self._find("not-a-code", name, reason=why_not_a_code(code_key(text), spec.pattern))
        elif isinstance(spec, ChoiceField):
            labels = {label: value for value, ls in spec.values.items() for label in (value, *ls)}
            known = [ls[0] if ls else value for value, ls in spec.values.items()]
            near = nearest(text, labels, cutoff=0.85)
            self._find("not-a-choice", name, known=known, **({"near": near} if near else {}))

    # rule 5

    def _broken_rules(self) -> Iterator[str]:
        """The fields of every rule that the row breaks."""
        for rule in self._plan.part_rules:
            limit = self._values[rule.whole]
            parts = [v for p in rule.parts if isinstance(v := self._values[p], int)]
            if not isinstance(limit, int):
                continue
            short = rule.exact and len(parts) == len(rule.parts) and sum(parts) < limit
            if short or sum(parts) > limit:
                self._report_rule("sum-differs" if short else "part-above-whole", rule, sum(parts), limit)
                yield from (*rule.parts, rule.whole)

    def _report_rule(self, code: str, rule: PartRule, total: int, limit: int) -> None:
        written = [p for p in rule.parts if p in self._columns]
        difference = abs(total - limit)
        self._find(
            code,
            (written or rule.parts)[0],
            parts=rule.parts,
            sum=total,
            whole=rule.whole,
            limit=limit,
            difference=difference,
        )

    def _doubt(self, broken: AbstractSet[str]) -> None:
        """Shares that are possible and not likely, of figures that no rule refuses."""
        for rule in self._plan.unlikely:
            part, whole = self._values[rule.part], self._values[rule.whole]
            if {rule.part, rule.whole} & broken or not (isinstance(part, int) and isinstance(whole, int)):
                continue
            if whole >= max(1, rule.least) and Fraction(part, whole) in rule.shares:
                self._find("unlikely-share", rule.part, part=part, whole=rule.whole, limit=whole)

    def _mark(self, marked: set[str]) -> None:
        if not marked:
            return
        for name in self._plan.resolving_order:
            if self._source.get(name) in marked:
                marked.add(name)
        for name in marked:
            self._values[name] = UNKNOWN

    def _find(self, code: str, name: str, **args: object) -> None:
        column = self._columns.get(name)
        place = Place(self._c._place.path, self._c._place.sheet, self._row, column)
        unit = self._plan.unit
        self._findings.append(
            Finding(
                code,
                place,
                {"field": name, **args},
                name,
                self._cell(unit.code),
                self._cell(unit.name) if unit.name else None,
                self._cells[column] if column is not None else None,
            )
        )

    def _cell(self, name: str) -> str | None:
        column = self._columns.get(name)
        return self._cells[column].strip() or None if column is not None else None
