"""A plan in words: what each target measures, what it asks, and when it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kpi_check.errors import Message, message
from kpi_check.locale import Language
from kpi_check.measures import SIGNS, Amount, Operator, Quantity, Ratio, Rows, Share, Total, Units, Where
from kpi_check.periods import Cadence, Once
from kpi_check.plan import ChoiceField, Plan, Target, in_language


class TargetInWords(NamedTuple):
    """A target, ready to be shown: its title, and lines that say what it measures, asks and when."""

    id: str
    clause: str | None
    title: str
    lines: tuple[str, ...]


_ASKS: Mapping[Operator, Message] = {
    ">=": message("at least {threshold}"),
    ">": message("more than {threshold}"),
    "<=": message("at most {threshold}"),
    "<": message("less than {threshold}"),
    "=": message("exactly {threshold}"),
}


def plan_in_words(plan: Plan, lang: Language) -> tuple[str, list[TargetInWords]]:
    """The plan's title, and its targets."""
    info = plan.file.plan
    name = lang.say(message("Plan {number}", number=info.number))
    title = f"{name} ({info.years}): {in_language(info.title, lang.code)}"
    return title, [_target(plan, target, lang) for target in plan.targets]


def _target(plan: Plan, target: Target, lang: Language) -> TargetInWords:
    model = target.model
    asks = Message(_ASKS[target.threshold.operator].template, {"threshold": lang.figure(target.threshold_text)})
    sign = SIGNS[target.threshold.operator]
    lines = [
        *_measure(plan, target, lang),
        f"{lang.say(asks)} ({sign} {lang.figure(target.threshold_text)})",
        lang.say(_judged(target)),
    ]
    return TargetInWords(model.id, model.clause, in_language(model.title, lang.code), tuple(lines))


def _judged(target: Target) -> Message:
    match target.judged:
        case Once(by):
            return message("judged once, in periods that end on or after {date}", date=by.isoformat())
        case Cadence.YEARLY:
            return message("judged every year")
        case Cadence.EACH_PERIOD:
            return message("judged in every period")


_KINDS: Mapping[type, Message] = {
    Share: message("share: {part}"),
    Ratio: message("ratio: {part}"),
    Amount: message("amount: {part}"),
}


def _measure(plan: Plan, target: Target, lang: Language) -> list[str]:
    model = target.model
    part, whole = target.measure.quantities
    name = model.share or model.ratio or model.amount or ""
    kind = _KINDS[type(target.measure)]
    lines = [lang.say(Message(kind.template, {"part": _quantity(plan, name, part, lang)}))]
    if model.of is not None:
        lines.append(lang.say(message("of: {whole}", whole=_quantity(plan, model.of, whole, lang))))
    return lines


def _quantity(plan: Plan, name: str, quantity: Quantity, lang: Language) -> str:
    """A quantity by its label and its definition."""
    spec = plan.file.quantities.get(name)
    label = in_language(spec.label if spec else plan.fields[name].label, lang.code, name)
    if isinstance(quantity, Total):
        counted = message("total of {field}", field=_label(plan, quantity.field, lang))
    elif isinstance(quantity, Rows):
        counted = message("rows")
    else:
        counted = _units(plan, quantity, lang)
    conditions = _where(plan, quantity.where, lang)
    definition = lang.say(counted) + (f"; {conditions}" if conditions else "")
    return f"{label} ({definition})"


def _units(plan: Plan, quantity: Units, lang: Language) -> Message:
    unit = in_language(plan.unit.title, lang.code, plan.levels[0])
    having = quantity.having
    if having is None:
        return message("each {unit} once", unit=unit)
    return message(
        "each {unit} once that has {field} {sign} {number}",
        unit=unit,
        field=_label(plan, having.field, lang),
        sign=SIGNS[having.operator],
        number=having.number,
    )


def _where(plan: Plan, where: Where, lang: Language) -> str:
    return "; ".join(f"{_label(plan, c.field, lang)}: {', '.join(_values(plan, c.field, c.values))}" for c in where)


def _values(plan: Plan, field: str, values: frozenset[str]) -> list[str]:
    """Values by their first label, in the plan's order."""
    spec = plan.fields[field]
    if not isinstance(spec, ChoiceField):
        return sorted(values)
    return [labels[0] if labels else value for value, labels in spec.values.items() if value in values]


def _label(plan: Plan, field: str, lang: Language) -> str:
    return in_language(plan.fields[field].label, lang.code, field)
