"""targets.yaml: its models, and the plan that is compiled from them.

The pydantic models say what the file may hold (their JSON Schema is `kpi-check targets schema`); `plan_lint` says what
must fit together; a `Plan` is a file that passed both, with its targets as measures and thresholds.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from kpi_check.measures import (
    Amount,
    Condition,
    Having,
    Measure,
    Operator,
    Quantity,
    Ratio,
    Rows,
    Share,
    Threshold,
    Total,
    Units,
)
from kpi_check.periods import Cadence, Judged, Once
from kpi_check.text import label_key
from kpi_check.yamltext import Bare

OPERATORS: Mapping[str, Operator] = {
    "at_least": ">=",
    "above": ">",
    "at_most": "<=",
    "below": "<",
    "equals": "=",
}
MEASURES = ("share", "ratio", "amount")
MANY = 500
"""The most fields, quantities or targets that a plan may have."""


# --- the models ------------------------------------------------------------------------------------------------------


def _by_language(value: Any) -> Any:
    by_language = {"": value} if isinstance(value, str) else value
    _refuse_bare(by_language.values() if isinstance(by_language, dict) else ())
    return by_language


def _listed(value: Any) -> Any:
    listed = [value] if isinstance(value, str) else value
    _refuse_bare(listed if isinstance(listed, list) else ())
    return listed


def _refuse_bare(texts: Iterable[Any]) -> None:
    """A text must not be one that another reader of YAML takes for a number or a date."""
    for text in texts:
        if isinstance(text, Bare):
            raise PydanticCustomError("bare", "{value}", {"value": str(text)})


_TEXT = {"type": "string"}
Words = Annotated[
    dict[str, str],
    BeforeValidator(_by_language),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "object", "additionalProperties": _TEXT}]}),
]
"""A text, or one for each language."""
TextList = Annotated[
    list[str],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]
"""A text, or a list of them."""
Figure = Annotated[str, WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _TEXT]})]
"""A number as it is written: `85%`, `2/3`, `12`."""
Conditions = dict[str, TextList]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PlanInfo(_Model):
    """What the plan is."""

    number: str = Field(description="The plan's number, as it is cited.")
    issued: str = Field(description="The date it was issued, as 2021-08-30.")
    years: str = Field(description="The first and the last year it covers, as 2021-2025.")
    title: Words
    issuer: Words = {}


class Level(_Model):
    """A level of the organisation that rows belong to."""

    code: str = Field(description="The field with its code.")
    name: str | None = Field(default=None, description="The field with its name.")
    title: Words = Field(default={}, description="What one of them is called.")


class _FieldModel(_Model):
    label: Words = Field(default={}, description="What reports call the field.")
    headers: TextList = Field(default=[], description="Headers accepted for it, beside its own name.")
    required: Annotated[
        Literal["always", "never"] | Conditions,
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["always", "never"]},
                    {"type": "object", "additionalProperties": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}},
                ]
            }
        ),
    ] = Field(default="always", description="always, never, or the conditions under which a blank is an error.")


class CountField(_FieldModel):
    """A whole number, 0 or more. It is a quantity by itself: its total."""

    type: Literal["count"]
    at_most: str | None = Field(default=None, description="The count field of which this is a part.")
    nature: Literal["flow", "stock"] = Field(
        default="stock",
        description="Whether it counts what happened in the period (flow) or what there is at its end (stock).",
    )
    default: Figure | None = Field(
        default=None, description="What a blank means where a figure is required: a number, or another count field."
    )


class ChoiceField(_FieldModel):
    """One of some values."""

    type: Literal["choice"]
    values: dict[str, TextList] = Field(description="Each value, and the labels that mean it.")
    default: str | None = Field(default=None, description="What a blank means where a value is required.")


class CodeField(_FieldModel):
    """A code that identifies something."""

    type: Literal["code"]
    pattern: str | None = Field(
        default=None, description="What every code looks like: a regular expression without groups."
    )


class TextField(_FieldModel):
    """A text that is only shown."""

    type: Literal["text"]


class PeriodField(_FieldModel):
    """The period of a row: 2024, 2024-H1, 2024-Q3 or 2024-05."""

    type: Literal["period"]


AnyField = CountField | ChoiceField | CodeField | TextField | PeriodField


class SumCheck(_Model):
    """A check on each row: some fields add up to no more than another, or to just that."""

    sum: Annotated[list[str], Field(min_length=1)]
    at_most: str | None = None
    equals: str | None = None


class UnlikelyCheck(_Model):
    """A share that a large unit is not likely to have; a warning asks to look again."""

    unlikely: list[Figure] = Field(description="The shares, such as 0% and 100%.")
    share: str
    of: str
    least: Figure = Field(default="100", description="The smallest whole of which it is said.")


def _check_tag(value: Any) -> str:
    return "unlikely" if isinstance(value, dict) and "unlikely" in value else "sum"


AnyCheck = Annotated[
    Annotated[SumCheck, Tag("sum")] | Annotated[UnlikelyCheck, Tag("unlikely")], Discriminator(_check_tag)
]


class Layout(_Model):
    """What surrounds the table in a file."""

    ordinal: TextList = Field(default=[], description="Headers of the column that numbers the rows.")
    ignored: TextList = Field(default=[], description="Headers of columns that are not to be read.")
    totals: TextList = Field(default=[], description="Words that stand for a sum.")
    others: TextList = Field(
        default=[], description="Words in the header of a group of columns that are not the figures asked for."
    )


class Submission(_Model):
    """What a submission's table holds."""

    key: Annotated[list[str], Field(min_length=1)]
    """The fields that identify a row."""
    levels: Annotated[dict[str, Level], Field(min_length=1)]
    """The levels of the organisation, from small to large."""
    fields: Annotated[dict[str, Annotated[AnyField, Field(discriminator="type")]], Field(max_length=MANY)]
    checks: list[AnyCheck] = []
    layout: Layout = Layout()
    roster: str | None = Field(
        default=None, description="The file of the units that are expected to report, beside the plan's own file."
    )
    thousands: Literal[".", ","] | None = Field(
        default=None, description="The sign between thousands in counts; without it, 1.050 is refused."
    )


class HavingModel(_Model):
    """How a total over a unit's rows compares with a number; one of the five."""

    at_least: Figure | None = None
    above: Figure | None = None
    at_most: Figure | None = None
    below: Figure | None = None
    equals: Figure | None = None


class CountQuantity(_Model):
    """A number of rows, or of units (each once, however many rows it spans)."""

    count: str = Field(description="rows, or the name of the smallest level.")
    where: Conditions = {}
    having: dict[str, HavingModel] = Field(
        default={}, description="A count field, and how its total over the unit's rows compares."
    )
    label: Words = {}


class TotalQuantity(_Model):
    """The total of a count field over some rows."""

    total: str
    where: Conditions = {}
    label: Words = {}


def _quantity_tag(value: Any) -> str:
    return "total" if isinstance(value, dict) and "total" in value else "count"


AnyQuantity = Annotated[
    Annotated[CountQuantity, Tag("count")] | Annotated[TotalQuantity, Tag("total")], Discriminator(_quantity_tag)
]


class ByDate(_Model):
    """Judged once: in periods that end on or after a date."""

    by: str


class TargetModel(_Model):
    """One target: a share, a ratio or an amount; one of the five operators; and when it is judged."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    clause: str | None = None
    title: Words
    share: str | None = Field(default=None, description="A quantity that is a part of `of`.")
    ratio: str | None = Field(default=None, description="A quantity that may exceed `of`.")
    amount: str | None = Field(default=None, description="A quantity that is compared with a number.")
    of: str | None = None
    at_least: Figure | None = None
    above: Figure | None = None
    at_most: Figure | None = None
    below: Figure | None = None
    equals: Figure | None = None
    judged: Literal["yearly", "each period"] | ByDate


class PlanFile(_Model):
    """A plan of targets for kpi-check."""

    plan: PlanInfo
    submission: Submission
    quantities: Annotated[dict[str, AnyQuantity], Field(max_length=MANY)] = {}
    targets: Annotated[list[TargetModel], Field(min_length=1, max_length=MANY)]


def schema() -> dict[str, Any]:
    """The JSON Schema of targets.yaml, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PlanFile.model_json_schema()}


def is_whole_number(text: str) -> bool:
    """Whether a text is 1 to 18 digits 0 to 9."""
    return text.isascii() and text.isdigit() and len(text) <= 18


# --- what texts in it mean -------------------------------------------------------------------------------------------

_FIGURE = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?(%?)|([0-9]{1,18})/([0-9]{1,18})", re.ASCII)
_YEARS = re.compile(r"([1-9][0-9]{3})-([1-9][0-9]{3})", re.ASCII)


def parse_figure(text: str) -> Fraction:
    """`85%`, `0.3%`, `2/3`, `12` or `12.5`, exactly; ValueError for anything else."""
    found = _FIGURE.fullmatch(text)
    if found is None or (found[5] and int(found[5]) == 0):
        raise ValueError(text)
    if found[4]:
        return Fraction(int(found[4]), int(found[5]))
    digits = found[2] or ""
    return Fraction(int(found[1] + digits), 10 ** len(digits) * (100 if found[3] else 1))


def parse_years(text: str) -> range:
    """`2021-2025`; ValueError for anything else, or if the last is before the first."""
    found = _YEARS.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise ValueError(text)
    return range(int(found[1]), int(found[2]) + 1)


def written_threshold(model: TargetModel | HavingModel) -> list[tuple[str, str]]:
    """The operators that are given, with their figures as written."""
    return [(key, text) for key in OPERATORS if (text := getattr(model, key)) is not None]


def in_language(words: Mapping[str, str], lang: str, otherwise: str = "") -> str:
    """The text in a language, else the one that is there."""
    return words.get(lang) or next(iter(words.values()), otherwise)


# --- the compiled plan -----------------------------------------------------------------------------------------------


class PartRule(NamedTuple):
    """Parts that add up to no more than a whole (to just the whole, if exact), in each row."""

    parts: tuple[str, ...]
    whole: str
    exact: bool = False


class Unlikely(NamedTuple):
    """Shares that a large unit is not likely to have."""

    part: str
    whole: str
    shares: frozenset[Fraction]
    least: int


class Target(NamedTuple):
    """A target as it is judged."""

    id: str
    model: TargetModel
    measure: Measure
    threshold: Threshold
    threshold_text: str
    judged: Judged


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan that may be judged by: the file's models, its hash, and the targets as measures.

    Two plans are the same only if they are one object, so that what is worked out of a plan can be kept by it.
    """

    path: str
    sha256: str
    file: PlanFile

    @property
    def fields(self) -> Mapping[str, AnyField]:
        return self.file.submission.fields

    @property
    def levels(self) -> tuple[str, ...]:
        """From small to large."""
        return tuple(self.file.submission.levels)

    @property
    def unit(self) -> Level:
        """The smallest level."""
        return self.file.submission.levels[self.levels[0]]

    @cached_property
    def period_field(self) -> str | None:
        return next((name for name, f in self.fields.items() if isinstance(f, PeriodField)), None)

    @cached_property
    def key_codes(self) -> tuple[str, ...]:
        """The codes that identify a row within a period."""
        return tuple(k for k in self.file.submission.key if k != self.period_field)

    @property
    def one_row_a_unit(self) -> bool:
        """Whether a row and a unit of the smallest level are the same."""
        return self.key_codes == (self.unit.code,)

    @cached_property
    def part_rules(self) -> tuple[PartRule, ...]:
        return tuple(part_rules(self.file.submission))

    @cached_property
    def unlikely(self) -> tuple[Unlikely, ...]:
        checks = (c for c in self.file.submission.checks if isinstance(c, UnlikelyCheck))
        return tuple(Unlikely(c.share, c.of, frozenset(map(parse_figure, c.unlikely)), int(c.least)) for c in checks)

    @cached_property
    def resolving_order(self) -> tuple[str, ...]:
        """The fields, each after those that its blank may depend on."""
        return tuple(_ordered(self.file.submission))

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Each accepted header as it is compared, and its field."""
        return {label_key(h): name for name, f in self.fields.items() for h in (name, *f.headers)}

    @cached_property
    def ordinal_headers(self) -> frozenset[str]:
        """Headers of the column that numbers the rows, as they are compared."""
        return frozenset(map(label_key, self.file.submission.layout.ordinal))

    @cached_property
    def passed_headers(self) -> frozenset[str]:
        """Headers, as they are compared, of columns that are known and not read."""
        return self.ordinal_headers | {label_key(h) for h in self.file.submission.layout.ignored}

    @cached_property
    def other_words(self) -> frozenset[str]:
        """Words, as they are compared, of groups of columns that are not the figures asked for."""
        return frozenset(map(label_key, self.file.submission.layout.others))

    @cached_property
    def longest_header(self) -> int:
        """How long a text may be that is a header, with its letters taken apart and blanks between words."""
        return 4 * max(map(len, self.headers))

    @cached_property
    def total_words(self) -> frozenset[str]:
        """Words that stand for a sum, as they are compared."""
        return frozenset(map(label_key, self.file.submission.layout.totals))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        return tuple(_target(self.file, model) for model in self.file.targets)

    @cached_property
    def years(self) -> range:
        return parse_years(self.file.plan.years)


def part_rules(submission: Submission) -> Iterator[PartRule]:
    """Every rule that a row's parts and wholes must keep."""
    for name, spec in submission.fields.items():
        if isinstance(spec, CountField) and spec.at_most is not None:
            yield PartRule((name,), spec.at_most)
    for check in submission.checks:
        whole = check.at_most or check.equals if isinstance(check, SumCheck) else None
        if isinstance(check, SumCheck) and whole is not None:
            yield PartRule(tuple(check.sum), whole, exact=check.equals is not None)


def dependencies(submission: Submission) -> dict[str, list[str]]:
    """For each field, those that decide what a blank of it means."""
    fields = submission.fields
    found: dict[str, list[str]] = {name: [] for name in fields}
    for rule in part_rules(submission):
        for part in rule.parts:
            found.setdefault(part, []).append(rule.whole)
    for name, spec in fields.items():
        if isinstance(spec, CountField) and spec.default in fields:
            found[name].append(spec.default)
        if isinstance(spec.required, dict):
            found[name] += [f for f in spec.required if not isinstance(fields.get(f), PeriodField)]
    return found


def _ordered(submission: Submission) -> list[str]:
    needs = dependencies(submission)
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for other in needs[name]:
                visit(other)
            done[name] = None

    for name in submission.fields:
        visit(name)
    return list(done)


def _where(conditions: Conditions) -> tuple[Condition, ...]:
    return tuple(Condition(field, frozenset(values)) for field, values in conditions.items())


def quantity(file: PlanFile, name: str) -> Quantity:
    """A quantity by its name; a count field is one by itself."""
    model = file.quantities.get(name)
    if model is None:
        return Total(name)
    if isinstance(model, TotalQuantity):
        return Total(model.total, _where(model.where))
    if model.count == "rows":
        return Rows(_where(model.where))
    having = None
    for field, comparison in model.having.items():
        ((key, text),) = written_threshold(comparison)
        having = Having(field, OPERATORS[key], int(text))
    return Units(_where(model.where), having)


def _target(file: PlanFile, model: TargetModel) -> Target:
    ((key, text),) = written_threshold(model)
    measure: Measure
    if model.amount is not None:
        measure = Amount(quantity(file, model.amount))
    else:
        assert model.of is not None
        whole = quantity(file, model.of)
        if model.share is not None:
            measure = Share(quantity(file, model.share), whole)
        else:
            assert model.ratio is not None
            measure = Ratio(quantity(file, model.ratio), whole)
    judged: Judged = (
        Once(date.fromisoformat(model.judged.by)) if isinstance(model.judged, ByDate) else Cadence(model.judged)
    )
    return Target(model.id, model, measure, Threshold(OPERATORS[key], parse_figure(text)), text, judged)


def compile_plan(path: str, data: bytes, file: PlanFile) -> Plan:
    """A plan from a file that `plan_lint` found nothing wrong with."""
    return Plan(path, hashlib.sha256(data).hexdigest(), file)


def shipped_plan() -> Path:
    """The plan that comes with the program."""
    here = Path(__file__).parent
    packed = here / "targets.yaml"
    # In a source checkout the one copy stands at the top; a wheel carries that very file beside this module.
    return packed if packed.exists() else here.parents[1] / "targets.yaml"


def names_of(fields: Sequence[str], plan: Plan, lang: str) -> list[str]:
    """Field names as a language labels them."""
    return [in_language(plan.fields[f].label, lang, f) for f in fields]
