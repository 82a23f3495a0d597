"""The rules a row must pass: cells are read as the plan says, and what breaks a rule becomes an issue and an unknown.

The rules are in docs/semantics.md ("Cells"). The kinds of issue stand here once; the docs and the tests take them
from `KINDS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from kpi_check.errors import Message, message
from kpi_check.measures import NO_VALUE, UNKNOWN, Ternary, Value, both
from kpi_check.periods import Period
from kpi_check.plan import AnyField, ChoiceField, CodeField, CountField, PartRule, PeriodField, Plan, TextField
from kpi_check.submission import Binding
from kpi_check.text import code_key, has_unseen, label_key, nearest


class Severity(IntEnum):
    """How bad an issue is, the worst first."""

    ERROR = 0
    WARNING = 1
    INFO = 2


class IssueKind(NamedTuple):
    """A kind of issue: its stable code, what is said of it, and how to mend it."""

    code: str
    severity: Severity
    text: Message
    hint: Message
    hint_near: Message | None = None
    """The hint where a near word is known."""


def _kinds() -> Iterator[IssueKind]:
    error, warning, info = Severity.ERROR, Severity.WARNING, Severity.INFO
    yield IssueKind(
        "empty-file",
        error,
        message("the file is empty"),
        message("send the table with its header and its rows"),
    )
    yield IssueKind(
        "no-header",
        error,
        message("the first row is not a header of this plan: {header}"),
        message("put the field names or headers of the plan in the first row, such as {expected}"),
    )
    yield IssueKind(
        "no-rows",
        error,
        message("there is a header and no row below it"),
        message("fill in a row for each unit"),
    )
    yield IssueKind(
        "broken-quotes",
        error,
        message("a quotation mark that is not closed, or text after one that is; from here on the file was not read"),
        message('close the quotation mark; a mark inside a quoted cell is doubled: ""'),
    )
    yield IssueKind(
        "cell-too-long",
        error,
        message("a cell of more than {limit} characters; from here on the file was not read"),
        message("shorten the cell, or look for a quotation mark that is not closed"),
    )
    yield IssueKind(
        "cell-count",
        error,
        message("the row has {found} cells, the header has {expected}"),
        message("give every row a cell for each column; a text with the delimiter in it needs quotation marks"),
    )
    yield IssueKind(
        "duplicate-column",
        error,
        message("{field} stands in more than one column: {columns}"),
        message("keep one of the columns"),
    )
    yield IssueKind(
        "missing-column",
        error,
        message("there is no column {field}"),
        message("add the column {field}, or give its header one of these names: {headers}"),
        message('is it the column "{near}"? its header should be one of: {headers}'),
    )
    yield IssueKind(
        "missing-key",
        error,
        message("{field} is blank, so nobody can tell which unit or period this is"),
        message("fill in {field}"),
    )
    yield IssueKind(
        "duplicate-key",
        error,
        message("the unit {unit} is given twice; it stands in {first} too"),
        message("keep one of the rows; until then none of them counts"),
    )
    yield IssueKind(
        "blank",
        error,
        message("{field} is blank"),
        message("fill it in"),
        message("fill it in; where there are none, write {near}"),
    )
    yield IssueKind(
        "not-a-count",
        error,
        message("{field} must be a whole number, written with the digits 0 to 9 alone; {reason}"),
        message("write the number of cases, without separators, signs or units"),
    )
    yield IssueKind(
        "not-a-choice",
        error,
        message("{field} must be one of: {known}"),
        message("write one of them"),
        message("did you mean {near}?"),
    )
    yield IssueKind(
        "not-a-code",
        error,
        message("{field} has a character in it that cannot be seen"),
        message("write the code anew, without line breaks"),
    )
    yield IssueKind(
        "not-a-period",
        error,
        message("{field} must be a period such as 2024, 2024-H1, 2024-Q3 or 2024-05"),
        message("write the period like that"),
    )
    yield IssueKind(
        "part-above-whole",
        error,
        message("{parts} is {sum}, more than {whole}, which is {limit}"),
        message("correct whichever figure is wrong; until then neither counts"),
    )
    yield IssueKind(
        "line-break",
        warning,
        message("{field} goes over more than one line"),
        message("make sure that no quotation mark was left open and swallowed a row"),
    )
    yield IssueKind(
        "no-period",
        error,
        message("no row says which period it is of, so nothing can be judged"),
        message("say it with --period, or fill in the period of every row"),
    )
    yield IssueKind(
        "period-outside-plan",
        warning,
        message("the period {period} is outside the years of the plan, {years}"),
        message("make sure that this is the plan to judge by"),
    )
    yield IssueKind(
        "other-periods",
        info,
        message("rows of {other} were left out, {count} in all: the period is {period}"),
        message("to judge them, ask for --period {other}"),
    )
    yield IssueKind(
        "file-not-read",
        info,
        message("the file is of no known format and was not read"),
        message("known endings: {known}"),
    )
    yield IssueKind(
        "file-named-twice",
        info,
        message("the file was named more than once and was read once"),
        message("nothing needs to be done"),
    )
    yield IssueKind(
        "unknown-columns",
        info,
        message("columns that the plan does not know were not read: {columns}"),
        message("nothing needs to be done, unless one of them is misspelt"),
    )


KINDS: Mapping[str, IssueKind] = {kind.code: kind for kind in _kinds()}


class Place(NamedTuple):
    """Where an issue is: the file, the sheet, the row a person sees, the column (from 0). Parts may be unknown."""

    path: str = ""
    sheet: str | None = None
    row: int | None = None
    column: int | None = None


class Finding(NamedTuple):
    """An issue as it was found, before anyone puts it into words."""

    code: str
    place: Place
    args: Mapping[str, object] = {}
    field: str | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    value: str | None = None

    def order(self) -> tuple[object, ...]:
        """Errors first, then as the files go; fixed by the data alone."""
        place = self.place
        column = -1 if place.column is None else place.column
        return (
            KINDS[self.code].severity,
            place.path,
            place.sheet or "",
            place.row or 0,
            column,
            self.code,
            self.field or "",
        )


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


@dataclass(slots=True)
class CheckedRow:
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
        elif isinstance(spec, TextField) and isinstance(value, str) and has_line_break(value):
            self._find("line-break", name)
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
            self._find("missing-key", name)
            return UNKNOWN
        if value is UNKNOWN:
            self._find("not-a-period", name)
            return UNKNOWN
        return kind

    def _without_column(self, name: str, spec: AnyField) -> Value:
        if self._required(spec) is False:
            return NO_VALUE
        default = self._default(name, spec)
        return UNKNOWN if default is NO_VALUE else default

    def _blank(self, name: str, spec: AnyField) -> Value:
        required = self._required(spec)
        if required is False:
            return NO_VALUE
        default = self._default(name, spec)
        if default is not NO_VALUE:
            return default
        whole = next((w for w in self._c._wholes[name] if self._values[w] == 0), None)
        if whole is not None and required:
            self._source[name] = whole
            return 0
        if required:
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
        if default.isdigit():
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
            near = nearest(text, labels)
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
