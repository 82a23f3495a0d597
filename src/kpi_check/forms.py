"""What a form to fill in says: its columns with their help, and the cells that are known, in one language.

All of it is made from the plan; `template` writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from kpi_check.errors import Message, message
from kpi_check.locale import Language
from kpi_check.periods import Period, PeriodKind
from kpi_check.plan import (
    AnyField,
    ChoiceField,
    CodeField,
    Conditions,
    CountField,
    PartRule,
    PeriodField,
    Plan,
    in_language,
)
from kpi_check.roster import RosterUnit
from kpi_check.submission import has_default
from kpi_check.text import label_key, visible

MAX_PERIODS = 1000


class Column(NamedTuple):
    """A column of the form, with its help in the form's language."""

    field: str
    spec: AnyField
    header: str
    label: str
    """What the field is called; longer than its header, perhaps."""
    kind: str
    """What a cell holds."""
    required: str
    rules: tuple[str, ...] = ()
    """What else it must keep."""
    listed: tuple[str, ...] = ()
    """What may be chosen."""
    whole: str | None = None
    """The count field of which this is a part."""


class Form(NamedTuple):
    """What a form says: its columns, the cells that are filled in already (by field), and how to fill in the others."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, str], ...]
    how: tuple[str, ...]
    part_rules: tuple[PartRule, ...]
    frozen: int
    """How many columns stay in sight."""
    lang: Language
    reads: Callable[[str], bool]
    """Whether a reader would take a text for a header."""


def make_form(plan: Plan, lang: Language, period: str | None = None, units: Sequence[RosterUnit] = ()) -> Form:
    """A form for a plan's submissions, with a row for each unit of a roster, of one period if it is given."""
    chosen = None if period is None else str(Period.asked(period))
    columns = tuple(_column(plan, name, lang, chosen) for name in plan.fields)
    fields = tuple(plan.fields)
    unit = fields.index(plan.unit.name or plan.unit.code)
    info = plan.file.plan
    return Form(
        lang.say(message("Plan {number}: {title}", number=info.number, title=in_language(info.title, lang.code))),
        columns,
        tuple(_filled(plan, unit, chosen) for unit in units),
        tuple(map(lang.say, _how(plan, lang))),
        plan.part_rules,
        unit + 1,
        lang,
        lambda text: label_key(text) in plan.headers,
    )


def _filled(plan: Plan, unit: RosterUnit, period: str | None) -> dict[str, str]:
    """What is known of a unit's row, choices by their labels."""
    cells = {name: _shown(plan.fields[name], text) for name, text in unit.says.items()}
    if period is not None and plan.period_field is not None:
        cells[plan.period_field] = period
    return cells


# --- columns and their help ------------------------------------------------------------------------------------------


def _column(plan: Plan, name: str, lang: Language, period: str | None) -> Column:
    spec = plan.fields[name]
    header = _header(plan, name, lang)
    rules = [rule for rule in plan.part_rules if name in rule.parts]
    return Column(
        name,
        spec,
        header,
        _one_line(in_language(spec.label, lang.code, header)),
        _sentence(lang.say(_kind(spec))),
        _sentence(lang.say(_required(plan, name, lang))),
        tuple(_sentence(lang.say(rule)) for rule in (*_blank(plan, spec, lang), *_parts(plan, rules, lang))),
        _listed(plan, spec, period),
        rules[0].whole if rules else None,
    )


def _header(plan: Plan, name: str, lang: Language) -> str:
    """A header that is accepted: the field's label, else the one most like it, else the field's name."""
    label = _one_line(in_language(plan.fields[name].label, lang.code))
    if plan.headers.get(label_key(label)) == name and label == visible(label):
        return label
    # A character that cannot be seen would not be written as it is.
    accepted = [header for h in plan.fields[name].headers if (header := _one_line(h)) and header == visible(header)]
    # Headers have no language: the one with most words of the label in the form's language is most likely in it.
    words = set(label_key(label).split())
    return max(accepted, key=lambda header: len(words & set(label_key(header).split())), default=name)


def _label(plan: Plan, name: str, lang: Language) -> str:
    return _one_line(in_language(plan.fields[name].label, lang.code, name))


def _kind(spec: AnyField) -> Message:
    match spec:
        case CountField():
            return message("a whole number, 0 or more")
        case ChoiceField():
            return message("one of a list")
        case CodeField(pattern=str(pattern)):
            return message("a code of the form {pattern}", pattern=pattern)
        case CodeField():
            return message("a code")
        case PeriodField():
            return message("a period: 2024, 2024-H1, 2024-Q3 or 2024-05")
        case _:
            return message("a text")


def _required(plan: Plan, name: str, lang: Language) -> Message:
    spec = plan.fields[name]
    if spec.required == "never" or has_default(plan, name):
        return message("may be blank")
    if isinstance(spec.required, dict):
        return message("required where {conditions}", conditions=_in_words(plan, spec.required, lang))
    return message("required in every row")


_PERIODS: Mapping[PeriodKind, Message] = {
    "year": message("a year"),
    "half": message("a half-year"),
    "quarter": message("a quarter"),
    "month": message("a month"),
}


def _in_words(plan: Plan, conditions: Conditions, lang: Language) -> str:
    said = []
    for name, values in conditions.items():
        spec = plan.fields[name]
        if isinstance(spec, PeriodField):
            shown = [lang.say(said_of) for kind, said_of in _PERIODS.items() if kind in values]
        else:
            shown = [_shown(spec, value) for value in values]
        said.append(f"{_label(plan, name, lang)}: {', '.join(shown)}")
    return "; ".join(said)


def _blank(plan: Plan, spec: AnyField, lang: Language) -> Iterator[Message]:
    """What a blank means, where the plan says so."""
    if isinstance(spec, ChoiceField) and spec.default is not None:
        yield message("a blank means {value}", value=_shown(spec, spec.default))
    if isinstance(spec, CountField) and spec.default is not None:
        if spec.default in plan.fields:
            yield message("a blank means the figure of: {field}", field=_label(plan, spec.default, lang))
        else:
            yield message("a blank means {value}", value=spec.default)


def _parts(plan: Plan, rules: Sequence[PartRule], lang: Language) -> Iterator[Message]:
    """What a part must keep."""
    for rule in rules:
        whole = _label(plan, rule.whole, lang)
        parts = " + ".join(_label(plan, part, lang) for part in rule.parts)
        if rule.exact:
            yield message("{parts} = {whole}", parts=parts, whole=whole)
        elif len(rule.parts) == 1:
            yield message("no more than: {whole}", whole=whole)
        else:
            yield message("{parts} ≤ {whole}", parts=parts, whole=whole)


def _listed(plan: Plan, spec: AnyField, period: str | None) -> tuple[str, ...]:
    if isinstance(spec, ChoiceField):
        return tuple(_shown(spec, value) for value in spec.values)
    if isinstance(spec, PeriodField):
        return (period,) if period is not None else tuple(islice(_periods(plan.years), MAX_PERIODS))
    return ()


def _shown(spec: AnyField, value: str) -> str:
    """A value as a cell shows it: by its first label."""
    labels = spec.values.get(value) if isinstance(spec, ChoiceField) else None
    return _one_line(labels[0]) if labels else value


def _periods(years: range) -> Iterator[str]:
    """The periods of some years: first the years, then their halves, quarters and months."""
    numbers: Mapping[PeriodKind, int] = {"year": 1, "half": 2, "quarter": 4, "month": 12}
    for kind, most in numbers.items():
        for year in years:
            yield from (str(Period(year, kind, number)) for number in range(1, most + 1))


def _how(plan: Plan, lang: Language) -> Iterator[Message]:
    """How to fill in a form, a line each."""
    if plan.one_row_a_unit:
        yield message("One row for each: {unit}.", unit=in_language(plan.unit.title, lang.code, plan.levels[0]))
    yield message("A blank is not zero: write 0 where there are none.")
    yield message("Write counts as whole numbers, without signs between thousands: 1050.")
    yield message("Leave the header as it is, and add no titles, totals or notes.")
    yield message("Point at a header to see what belongs below it; in cells with an arrow, choose from the list.")
    yield message("A red cell is one whose figure does not fit with others of its row.")
    yield message("Before sending the form, check it: kpi-check validate FILE")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
