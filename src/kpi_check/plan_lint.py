"""What must fit together in a plan, and loading one: every problem with its line, its reason and the nearest right word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from kpi_check import plan as plans
from kpi_check import yamltext
from kpi_check.errors import InputError, Message, PlanError, PlanProblem, message
from kpi_check.measures import Condition, Rows, Share, Total, Units
from kpi_check.periods import PERIOD_KINDS
from kpi_check.plan import (
    MEASURES,
    OPERATORS,
    ByDate,
    ChoiceField,
    CodeField,
    Conditions,
    CountField,
    CountQuantity,
    HavingModel,
    PartRule,
    PeriodField,
    Plan,
    PlanFile,
    TargetModel,
    UnlikelyCheck,
    is_whole_number,
    parse_figure,
    parse_years,
    part_rules,
    quantity,
    written_threshold,
)
from kpi_check.text import label_key, nearest
from kpi_check.yamltext import Path as TreePath

MAX_PROBLEMS = 100
"""The most problems of one plan that are told."""


def load_plan(path: str | Path) -> Plan:
    """Read and check a plan; raise PlanError with everything that is wrong with it, InputError if it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(yamltext.MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            message("{path}: the plan cannot be read: {reason}", path=str(path), reason=error.strerror or str(error)),
            message("give the plan's file with --targets FILE"),
        ) from error
    return parse_plan(data, str(path))


def parse_plan(data: bytes, path: str) -> Plan:
    """Check the bytes of a plan; raise PlanError with everything that is wrong with it."""
    try:
        document = yamltext.read(data)
    except yamltext.NotPlanYamlError as error:
        raise PlanError(path, [error.problem]) from error
    try:
        file = PlanFile.model_validate(document.tree)
    except ValidationError as error:
        problems = [_shape_problem(document, details) for details in _telling(document, error)]
        raise PlanError(path, _by_line(problems)) from error
    problems = list(islice(_Linter(document, file).problems(), MAX_PROBLEMS))
    if problems:
        raise PlanError(path, _by_line(problems))
    return plans.compile_plan(path, data, file)


def _by_line(problems: Iterable[PlanProblem]) -> list[PlanProblem]:
    return sorted(problems, key=lambda p: p.line or 0)


# --- the shape: pydantic's findings in our words ---------------------------------------------------------------------


def _shape_problem(document: yamltext.Document, details: Any) -> PlanProblem:
    path: TreePath = tuple(details["loc"])
    line, given = document.line(path), str(details["input"])[:80]
    match details["type"]:
        case "extra_forbidden":
            what = message("unknown key: {key}", key=path[-1])
            return PlanProblem(line, what, _suggest(str(path[-1]), _keys_beside(path)))
        case "missing":
            return PlanProblem(line, message("the key {key} is missing", key=path[-1]))
        case "union_tag_not_found":
            return PlanProblem(line, message("the key {key} is missing", key="type"))
        case "union_tag_invalid":
            line = document.line((*path, "type"))
            return _none_of(line, "type", details["ctx"]["tag"], details["ctx"]["expected_tags"])
        case "literal_error":
            known = details["ctx"]["expected"].replace(" or ", ",")
            return _none_of(line, _key(document, path), given, known)
        case "bare":
            word, key = details["ctx"]["value"], _key(document, path)
            what = message("{key}: some readers take {word} for a number or a date", key=key, word=word)
            return PlanProblem(line, what, message('put it in quotes: "{word}"', word=word))
    return PlanProblem(line, _misshapen(details, _key(document, path), given))


def _telling(document: yamltext.Document, error: ValidationError) -> Iterator[Any]:
    """The findings that tell something: where a word or keys may stand, the one about what was not given does not."""
    found = error.errors()
    of_words = {document.written(tuple(e["loc"])) for e in found if e["type"] == "literal_error"}
    for details in found:
        word = isinstance(details["input"], str)
        about_word = details["type"] == "literal_error"
        if document.written(tuple(details["loc"])) not in of_words or about_word == word:
            yield details


def _misshapen(details: Any, key: str, given: str) -> Message:
    if not key:
        return message("the file must hold keys with values")
    match details["type"]:
        case "string_type":
            return message("{key}: a text is expected here", key=key)
        case "dict_type" | "model_type" | "model_attributes_type":
            return message('{key}: keys with values are expected here, not "{value}"', key=key, value=given)
        case "list_type":
            return message("{key}: a list is expected here", key=key)
        case "too_short":
            return message("{key}: at least one is needed", key=key)
        case "too_long":
            return message("{key}: more than {limit}", key=key, limit=plans.MANY)
        case "string_pattern_mismatch":
            return message('{key}: "{value}": small letters, digits and single hyphens only', key=key, value=given)
        case _:
            return message("{key}: {reason}", key=key, reason=str(details["msg"]))


def _key(document: yamltext.Document, path: TreePath) -> str:
    """The innermost key on a path that stands in the document; pydantic's own names for what it tried do not."""
    return yamltext.last_key(document.written(path))


def _none_of(line: int | None, key: str, word: Any, known: str) -> PlanProblem:
    words = [w.strip(" '") for w in known.split(",")]
    what = message("{key}: {word} is none of {known}", key=key, word=str(word)[:80], known=", ".join(words))
    near = nearest(str(word), words)
    return PlanProblem(line, what, message("did you mean {word}?", word=near) if near else None)


def _suggest(word: str, known: Iterable[str]) -> Message | None:
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return message("did you mean {word}?", word=near)
    return message("known here: {known}", known=", ".join(known)) if known else None


def _keys_beside(path: TreePath) -> list[str]:
    """The keys that the models around an unknown key know."""
    models: list[type[BaseModel]] = [PlanFile]
    for part in path[:-1]:
        inside = [m for model in models for m in _models_at(model, str(part))]
        # A part that leads nowhere names an entry of a table, or the kind of model that was tried there.
        models = inside or [model for model in models if _is_kind(model, str(part))] or models
    return list(dict.fromkeys(key for model in models for key in model.model_fields))


def _models_at(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    """The models that may stand under a key of a model."""
    if key in model.model_fields:
        yield from _models_in(model.model_fields[key].annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _is_kind(model: type[BaseModel], word: str) -> bool:
    """Whether a word says that a model is meant: its type, or a key that it alone has."""
    kind = model.model_fields.get("type")
    return word in model.model_fields if kind is None else word in get_args(kind.annotation)


# --- what must fit together ------------------------------------------------------------------------------------------


class _Linter:
    """Walks a plan of the right shape and yields what does not fit together."""

    def __init__(self, document: yamltext.Document, file: PlanFile) -> None:
        self._document = document
        self._file = file
        self._submission = file.submission
        self._counts = [n for n, f in file.submission.fields.items() if isinstance(f, CountField)]

    def problems(self) -> Iterator[PlanProblem]:
        steps = (
            *(self._plan_info, self._fields, self._key_and_levels, self._checks),
            *(self._layout, self._cycles, self._quantities),
        )
        sound = True
        for problem in chain.from_iterable(step() for step in steps):
            sound = False
            yield problem
        yield from self._targets(sound=sound)

    def _at(self, path: TreePath, what: Message, hint: Message | None = None) -> PlanProblem:
        return PlanProblem(self._document.line(path), what, hint)

    def _known(self, word: str, known: Sequence[str], path: TreePath, what: str) -> Iterator[PlanProblem]:
        """A name must be one of the known."""
        if word not in known:
            yield self._at(path, message(what, name=word), _suggest(word, known))

    def _count_field(self, word: str, path: TreePath) -> Iterator[PlanProblem]:
        yield from self._known(word, self._counts, path, "{name} is not a field of type count")

    def _plan_info(self) -> Iterator[PlanProblem]:
        info = self._file.plan
        try:
            parse_years(info.years)
        except ValueError:
            what = message('years: "{value}" is not a first and a last year', value=info.years)
            yield self._at(("plan", "years"), what, message("write it as 2021-2025"))
        yield from self._date(info.issued, ("plan", "issued"))

    def _date(self, text: str, path: TreePath) -> Iterator[PlanProblem]:
        if not _is_date(text):
            what = message('{key}: "{value}" is not a date', key=str(path[-1]), value=text)
            yield self._at(path, what, message("write it as 2025-12-31"))

    def _fields(self) -> Iterator[PlanProblem]:
        claimed: dict[str, str] = {}
        for name, spec in self._submission.fields.items():
            path: TreePath = ("submission", "fields", name)
            for header in (name, *spec.headers):
                other = claimed.setdefault(label_key(header), name)
                if other != name:
                    what = message(
                        'the header "{header}" of {field} is one of {other} already',
                        header=header,
                        field=name,
                        other=other,
                    )
                    yield self._at((*path, "headers"), what)
            if isinstance(spec.required, dict):
                yield from self._conditions(spec.required, (*path, "required"))
            if isinstance(spec, CountField):
                yield from self._count(name, spec, path)
            if isinstance(spec, ChoiceField):
                yield from self._choice(spec, path)
            if isinstance(spec, CodeField) and spec.pattern is not None:
                yield from self._pattern(spec.pattern, (*path, "pattern"))

    def _count(self, name: str, spec: CountField, path: TreePath) -> Iterator[PlanProblem]:
        if spec.at_most == name:
            yield self._at((*path, "at_most"), message("{name} cannot be a part of itself", name=name))
        elif spec.at_most is not None:
            yield from self._count_field(spec.at_most, (*path, "at_most"))
        if spec.default is not None and not is_whole_number(spec.default):
            yield from self._known(
                spec.default,
                self._counts,
                (*path, "default"),
                "default: {name} is neither a whole number nor a field of type count",
            )

    def _choice(self, spec: ChoiceField, path: TreePath) -> Iterator[PlanProblem]:
        claimed: dict[str, str] = {}
        for value, labels in spec.values.items():
            for label in (value, *labels):
                other = claimed.setdefault(label_key(label), value)
                if other != value:
                    what = message(
                        'the label "{label}" of {value} means {other} already', label=label, value=value, other=other
                    )
                    yield self._at((*path, "values", value), what)
        if spec.default is not None:
            known = list(spec.values)
            yield from self._known(spec.default, known, (*path, "default"), "default: {name} is not one of the values")

    def _key_and_levels(self) -> Iterator[PlanProblem]:
        fields = self._submission.fields
        for place, name in enumerate(self._submission.key):
            path: TreePath = ("submission", "key", place)
            yield from self._known(name, list(fields), path, "{name} is not a field")
            if not isinstance(fields.get(name, CodeField(type="code")), CodeField | PeriodField):
                yield self._at(path, message("key: {name} must be of type code or period", name=name))
            if name in fields and fields[name].required != "always":
                where: TreePath = ("submission", "fields", name, "required")
                yield self._at(where, message("{name} is in the key, so it is always required", name=name))
        for name, spec in fields.items():
            if isinstance(spec, PeriodField) and name not in self._submission.key:
                what = message("{name} is of type period, so it belongs in the key", name=name)
                yield self._at(("submission", "fields", name), what)
        yield from self._repeated(self._submission.key, ("submission", "key"))
        if not any(isinstance(fields.get(k), CodeField) for k in self._submission.key):
            yield self._at(("submission", "key"), message("the key needs a field of type code"))
        if sum(isinstance(f, PeriodField) for f in fields.values()) > 1:
            yield self._at(("submission", "fields"), message("there is more than one field of type period"))
        for level, spec_level in self._submission.levels.items():
            path = ("submission", "levels", level)
            codes = [n for n, f in fields.items() if isinstance(f, CodeField)]
            yield from self._known(spec_level.code, codes, (*path, "code"), "{name} is not a field of type code")
            if spec_level.name is not None:
                yield from self._known(spec_level.name, list(fields), (*path, "name"), "{name} is not a field")
            above = level != next(iter(self._submission.levels))
            if above and spec_level.code in self._submission.key:
                what = message("{name} is the code of a level above the smallest, and in the key", name=spec_level.code)
                hint = message("a unit is told by its own code alone, which must be unique in all the data")
                yield self._at(("submission", "key"), what, hint)
            if level in ("all", "rows"):
                yield self._at(path, message("a level cannot be called {name}", name=level))

    def _repeated(self, names: Sequence[str], path: TreePath) -> Iterator[PlanProblem]:
        for place, name in enumerate(names):
            if name in names[:place]:
                yield self._at((*path, place), message("{name} is given twice", name=name))

    def _checks(self) -> Iterator[PlanProblem]:
        for place, check in enumerate(self._submission.checks):
            path: TreePath = ("submission", "checks", place)
            if isinstance(check, UnlikelyCheck):
                yield from self._unlikely(check, path)
                continue
            given = [key for key in ("at_most", "equals") if getattr(check, key) is not None]
            if len(given) != 1:
                what = message("a sum has one of {known}", known="at_most, equals")
                yield self._at((*path, given[1]) if given else path, what)
                continue
            whole = check.at_most or check.equals or ""
            for position, name in enumerate(check.sum):
                yield from self._count_field(name, (*path, "sum", position))
                if name == whole:
                    yield self._at(path, message("{name} cannot be a part of itself", name=name))
            yield from self._repeated(check.sum, (*path, "sum"))
            yield from self._count_field(whole, (*path, given[0]))

    def _unlikely(self, check: UnlikelyCheck, path: TreePath) -> Iterator[PlanProblem]:
        for key in ("share", "of"):
            yield from self._count_field(getattr(check, key), (*path, key))
        for text in check.unlikely:
            if not (_is_figure(text) and ("%" in text or "/" in text)):
                what = message('{key}: "{value}" is not a share', key="unlikely", value=text[:80])
                yield self._at((*path, "unlikely"), what, message("write it as 0%, 100% or 2/3"))
        if not is_whole_number(check.least):
            yield self._at((*path, "least"), message('"{value}" is not a whole number', value=check.least))

    def _layout(self) -> Iterator[PlanProblem]:
        """What surrounds a table must not look like what is in it."""
        layout, fields = self._submission.layout, self._submission.fields
        headers = {label_key(h): name for name, f in fields.items() for h in (name, *f.headers)}
        for key in ("ordinal", "ignored"):
            for word in getattr(layout, key):
                if label_key(word) in headers:
                    what = message(
                        '{key}: "{word}" is a header of {field}', key=key, word=word, field=headers[label_key(word)]
                    )
                    yield self._at(("submission", "layout", key), what)
        choices = [f for f in fields.values() if isinstance(f, ChoiceField)]
        labels = {label_key(w) for f in choices for value, ws in f.values.items() for w in (value, *ws)}
        for word in layout.totals:
            if not word.strip() or label_key(word) in labels:
                what = message('totals: "{word}" is a label of a choice, or blank', word=word)
                yield self._at(("submission", "layout", "totals"), what)

    def _pattern(self, pattern: str, path: TreePath) -> Iterator[PlanProblem]:
        reason = _why_not_a_pattern(pattern)
        if reason is not None:
            what = message('pattern: "{value}": {reason}', value=pattern[:80], reason=reason)
            yield self._at(path, what, message("write it as [A-Z]{{2}}-[0-9]{{3}}"))

    def _cycles(self) -> Iterator[PlanProblem]:
        """No field's blank may depend on itself."""
        needs = plans.dependencies(self._submission)
        for name in self._submission.fields:
            circle = _way_back(name, needs)
            if circle:
                what = message(
                    "what a blank means goes round in a circle (at_most, default, required): {circle}",
                    circle=" → ".join(circle),
                )
                yield self._at(("submission", "fields", name), what)
                return

    def _conditions(self, conditions: Conditions, path: TreePath) -> Iterator[PlanProblem]:
        fields = self._submission.fields
        usable = [n for n, f in fields.items() if isinstance(f, ChoiceField | PeriodField)]
        for name, values in conditions.items():
            here = (*path, name)
            spec = fields.get(name)
            if not values:
                yield self._at(here, message("{key}: at least one is needed", key=name))
            if isinstance(spec, ChoiceField | PeriodField):
                known = list(spec.values) if isinstance(spec, ChoiceField) else list(PERIOD_KINDS)
                for value in values:
                    yield from self._known(value, known, here, "{name} is not one of the values")
            else:
                yield from self._known(name, usable, here, "{name} is not a field of type choice or period")

    def _quantities(self) -> Iterator[PlanProblem]:
        smallest = next(iter(self._submission.levels))
        for name, model in self._file.quantities.items():
            path: TreePath = ("quantities", name)
            if name in self._submission.fields:
                yield self._at(path, message("{name} is the name of a field already", name=name))
            yield from self._conditions(model.where, (*path, "where"))
            if not isinstance(model, CountQuantity):
                yield from self._count_field(model.total, (*path, "total"))
                continue
            kinds = ["rows", smallest]
            yield from self._known(
                model.count, kinds, (*path, "count"), "count: {name} is neither rows nor the smallest level"
            )
            yield from self._having(model, path)

    def _having(self, model: CountQuantity, path: TreePath) -> Iterator[PlanProblem]:
        if model.having and model.count == "rows":
            yield self._at((*path, "having"), message("having is for units: their rows are taken together"))
        if len(model.having) > 1:
            yield self._at((*path, "having"), message("having takes one field"))
        for field, comparison in model.having.items():
            here = (*path, "having", field)
            yield from self._count_field(field, here)
            yield from self._one_operator(comparison, field, here)
            for key, text in written_threshold(comparison):
                if not is_whole_number(text):
                    yield self._at((*here, key), message('"{value}" is not a whole number', value=text))

    def _one_operator(self, model: HavingModel | TargetModel, name: str, path: TreePath) -> Iterator[PlanProblem]:
        given = [key for key, _ in written_threshold(model)]
        if not given:
            what = message("{name} has no operator; one is needed of {known}", name=name, known=", ".join(OPERATORS))
            yield self._at(path, what)
        if len(given) > 1:
            what = message("{name} has more than one operator: {given}", name=name, given=", ".join(given))
            yield self._at((*path, given[1]), what, message("keep one, or make two targets of it"))

    def _targets(self, sound: bool) -> Iterator[PlanProblem]:
        seen: set[str] = set()
        for place, model in enumerate(self._file.targets):
            path: TreePath = ("targets", place)
            if model.id in seen:
                yield self._at((*path, "id"), message("the id {id} is given twice", id=model.id))
            seen.add(model.id)
            if isinstance(model.judged, ByDate):
                yield from self._date(model.judged.by, (*path, "judged", "by"))
            yield from self._one_operator(model, model.id, path)
            for key, text in written_threshold(model):
                yield from self._threshold(model, text, (*path, key))
            measured = list(self._measure(model, path))
            yield from measured
            if sound and not measured and model.share is not None and model.of is not None:
                yield from self._part_of_whole(model.share, model.of, (*path, "share"))

    def _measure(self, model: TargetModel, path: TreePath) -> Iterator[PlanProblem]:
        given = [key for key in MEASURES if getattr(model, key) is not None]
        if len(given) != 1:
            what = message("a target has one of {known}", known=", ".join(MEASURES))
            yield self._at((*path, given[1]) if given else path, what)
        if (model.of is None) != (model.amount is not None):
            what = message("a share or a ratio needs the key of; an amount has none")
            yield self._at((*path, "of") if model.of else path, what)
        known = [*self._file.quantities, *self._counts]
        for key in (*MEASURES, "of"):
            name = getattr(model, key)
            if name is not None:
                yield from self._known(name, known, (*path, key), "{name} is not a quantity")

    def _threshold(self, model: TargetModel, text: str, path: TreePath) -> Iterator[PlanProblem]:
        try:
            value = parse_figure(text)
        except ValueError:
            what = message('{key}: "{value}" is not a threshold', key=str(path[-1]), value=text[:80])
            meant = "".join(text.split()).replace(",", ".")
            near = message("did you mean {word}?", word=meant) if _is_figure(meant) else None
            yield self._at(path, what, near or message("write it as 85%, 0.3%, 2/3 or, for an amount, 12"))
            return
        relative = "%" in text or "/" in text
        if model.amount is not None and "%" in text:
            yield self._at(
                path, message('"{value}": an amount is compared with a number, not a percentage', value=text)
            )
        if model.amount is None and not relative:
            meant = f"{text}%" if value >= 1 else _as_percent(text)
            what = message('"{value}": a share or a ratio is compared with a percentage or a fraction', value=text)
            yield self._at(path, what, message("did you mean {word}?", word=meant))
        elif model.share is not None and (value > 1 or (path[-1] == "above" and value == 1)):
            yield self._at(path, message('"{value}": a share is never above 100%', value=text))
        elif path[-1] == "below" and value == 0:
            yield self._at(path, message('"{value}": nothing is below 0', value=text))

    def _part_of_whole(self, part: str, whole: str, path: TreePath) -> Iterator[PlanProblem]:
        reason = why_not_a_share(
            Share(quantity(self._file, part), quantity(self._file, whole)), list(part_rules(self._submission))
        )
        if reason is not None:
            what = message(
                "{part} is not shown to be a part of {whole}: {reason}", part=part, whole=whole, reason=reason
            )
            yield self._at(path, what, message("declare what is missing, or make it a ratio"))


def _way_back(name: str, needs: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The fields from one back to itself, each deciding what a blank of the one before means."""
    trails, seen = [[name]], set[str]()
    while trails:
        trail = trails.pop()
        for other in needs.get(trail[-1], ()):
            if other == name:
                return [*trail, name]
            if other not in seen:
                seen.add(other)
                trails.append([*trail, other])
    return None


def _why_not_a_pattern(pattern: str) -> Message | None:
    """What is wrong with the pattern of a code. Without groups, matching takes a bounded time."""
    outside = _CLASSES.sub("", pattern)
    if any(sign in outside for sign in "()|"):
        return message("groups and alternatives are not taken")
    if len(_VARIABLE.findall(outside)) > 3:
        return message("more than three parts of it vary in length")
    try:
        re.compile(pattern)
    except re.error:
        return message("this is not a regular expression")
    return None


_CLASSES = re.compile(r"\\.|\[\^?\]?[^\]]*\]")
_VARIABLE = re.compile(r"[*+?]|\{[0-9]*,[0-9]*\}")


def _is_figure(text: str) -> bool:
    try:
        parse_figure(text)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _as_percent(text: str) -> str:
    whole, _, digits = text.partition(".")
    return f"{int(whole + digits[:2].ljust(2, '0'))}" + (f".{digits[2:]}" if digits[2:] else "") + "%"


def why_not_a_share(share: Share, rules: Sequence[PartRule]) -> Message | None:
    """None if the part certainly lies within the whole: by its conditions, or by a check on every row."""
    part, whole = share.part, share.whole
    if type(part) is not type(whole):
        return message("they count different things")
    if not _within(part.where, whole.where):
        return message("its conditions do not include those of the whole")
    if isinstance(part, Total) and isinstance(whole, Total):
        proven = part.field == whole.field or any(part.field in r.parts and r.whole == whole.field for r in rules)
        return (
            None
            if proven
            else message("no at_most says that {part} is at most {whole}", part=part.field, whole=whole.field)
        )
    if isinstance(part, Units) and isinstance(whole, Units) and whole.having is not None:
        same = part.having == whole.having and part.where == whole.where
        return None if same else message("their having differs")
    assert isinstance(part, Rows | Units)
    return None


def _within(part: tuple[Condition, ...], whole: tuple[Condition, ...]) -> bool:
    """Every row that meets `part` meets `whole`."""
    return all(any(p.field == w.field and p.values <= w.values for p in part) for w in whole)
