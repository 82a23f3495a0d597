"""The rules a row must pass: cells are read as the plan says, and what breaks a rule becomes an issue and an unknown.

The rules are in docs/semantics.md ("Cells").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kpi_check.errors import Message, message
from kpi_check.issues import Finding, Place
from kpi_check.measures import NO_VALUE, UNKNOWN, Ternary, Value, both
from kpi_check.periods import Period
from kpi_check.plan import (
    AnyField,
    ChoiceField,
    CodeField,
    CountField,
    PartRule,
    PeriodField,
    Plan,
    TextField,
    is_whole_number,
)
from kpi_check.submission import Binding
from kpi_check.text import code_key, has_unseen, label_key, nearest

# --- cells -----------------------------------------------------------------------------------------------------------

_COUNT = re.compile(r"[ \t]*([0-9]{1,18})[ \t]*", re.ASCII)


def read_count(text: str) -> Value:
    """A count; NO_VALUE for a blank, UNKNOWN for anything else."""
    found = _COUNT.fullmatch(text)
    if found is not None:
        return int(found[1])
    return UNKNOWN if text.strip() else NO_VALUE


def read_period(text: str) -> Value:
    """A period in its standard form; NO_VALUE for a blank, UNKNOWN for anything else."""
    text = text.strip()
    try:
        return str(Period.parse(text)) if text else NO_VALUE
    except ValueError:
        return UNKNOWN


def read_text(text: str) -> Value:
    """A text; NO_VALUE for a blank."""
    return text.strip() or NO_VALUE


def read_code(text: str) -> Value:
    """A code as it is compared; NO_VALUE for a blank, UNKNOWN if it has a character that cannot be seen."""
    code = code_key(text)
    return UNKNOWN if has_unseen(code) else code or NO_VALUE


def choice_reader(spec: ChoiceField) -> Callable[[str], Value]:
    """Reads the labels of a choice."""
    labels: dict[str, Value] = {label_key(label): value for value, ls in spec.values.items() for label in (value, *ls)}

    def read(text: str) -> Value:
        key = label_key(text)
        return labels.get(key, UNKNOWN) if key else NO_VALUE

    return read


def has_line_break(text: str) -> bool:
    """Whether a text goes over more than one line."""
    return "\n" in text or "\r" in text


def has_rows(text: str, width: int) -> bool:
    """Whether a cell of a table so wide looks as if rows were in it: one of its lines has delimiters like a row."""
    if not has_line_break(text):
        return False
    return max(line.count(sign) for line in text.splitlines() for sign in ",;\t") >= max(2, (width - 1) // 2)


class CellReader(dict[str, Value]):
    """Reads cells of one field; what was read is kept, up to a number, so that a repeated text is read once."""

    _KEPT = 20_000

    def __init__(self, spec: AnyField) -> None:
        super().__init__()
        self._read: Callable[[str], Value]
        match spec:
            case CountField():
                self._read = read_count
            case ChoiceField():
                self._read = choice_reader(spec)
            case PeriodField():
                self._read = read_period
            case CodeField():
                self._read = read_code
            case TextField():
                self._read = read_text

    def __missing__(self, text: str) -> Value:
        value = self._read(text)
        if len(self) < self._KEPT and len(text) < 100:
            self[text] = value
        return value


def why_not_a_count(text: str) -> Message:
    """What is wrong with a text where a count is expected, in the writer's terms."""
    text = text.strip(" \t")
    if len(text) > 18 and text.isascii() and text.isdigit():
        return message("more than 18 digits")
    if text.startswith("="):
        return message("this is a formula, not its result")
    if text.startswith("#"):
        return message("this is a spreadsheet's error")
    if text in ("-", "–", "—", "x", "X", "n/a", "N/A"):
        return message("a mark is not a number: none is 0, not known is to be found out")
    if text.endswith("%"):
        return message("this is a percentage")
    if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", text, re.ASCII):
        return message("{a} or a fraction: a separator can mean either", a=re.sub("[.,]", "", text))
    if re.fullmatch(r"[0-9]+[.,][0-9]+", text, re.ASCII):
        return message("this is a fraction")
    if re.fullmatch(r"[-−+][0-9]+", text, re.ASCII):
        return message("a count has no sign")
    if any(unicodedata.category(c) in ("Cf", "Zs") and c != " " for c in text):
        return message("it has an invisible character in it")
    if any(c.isnumeric() and not c.isascii() for c in text):
        return message("these are not the digits 0 to 9")
    return message("this is not a number")


# --- rows ------------------------------------------------------------------------------------------------------------


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
        self._readers = {name: CellReader(spec) for name, spec in plan.fields.items()}
        self._wholes = {n: [r.whole for r in plan.part_rules if n in r.parts] for n in plan.fields}

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
        for name in self._plan.resolving_order:
            self._values[name] = self._resolve(name, self._plan.fields[name])
        self._mark(self._broken_rules())
        return CheckedRow(self._values, self._findings)

    # rules 1 to 4, 6 and 7

    def _resolve(self, name: str, spec: AnyField) -> Value:
        if isinstance(spec, PeriodField):
            return self._resolve_period(name)
        doubled = self._c._binding.doubled.get(name)
        if doubled:
            written = any(self._cells[i].strip() for i in doubled)
            return UNKNOWN if written or self._required(spec) is not False else NO_VALUE
        column = self._columns.get(name)
        if column is None:
            return self._without_column(name, spec)
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
            self._find("not-a-code", name)
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
            if isinstance(limit, int) and sum(parts) > limit:
                self._report_rule(rule, sum(parts), limit)
                yield from (*rule.parts, rule.whole)

    def _report_rule(self, rule: PartRule, total: int, limit: int) -> None:
        written = [p for p in rule.parts if p in self._columns]
        self._find(
            "part-above-whole", (written or rule.parts)[0], parts=rule.parts, sum=total, whole=rule.whole, limit=limit
        )

    def _mark(self, fields: Iterator[str]) -> None:
        marked = set(fields)
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
