"""Two bodies of data against each other: what changed in each target, which units came, went or changed, cell by cell
where both are of one period.

Pure: two reports and what their rows say in, a `Comparison` out. The rules are in docs/compare.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Any, NamedTuple

from kpi_check.compliance import Status, judge
from kpi_check.counts import Coverage
from kpi_check.earlier import tally_of
from kpi_check.errors import Message, PeriodError, message, plural_message
from kpi_check.locale import Language
from kpi_check.measures import Amount, figures_of
from kpi_check.periods import Period
from kpi_check.plan import ChoiceField, CountField, Plan, Target, in_language
from kpi_check.report import Report, Scope, TargetResult, Tool, known_value, percent_digits, plain, rounded_percent
from kpi_check.submission import column_letter
from kpi_check.succession import Lineage, Succession

SCHEMA = "kpi-check/comparison/1"


class Side(NamedTuple):
    """One of the two: of which period it is, how it was judged, and by what."""

    paths: tuple[str, ...]
    period: str | None
    verdict: Status | None
    plan: str
    """The hash of the plan's file."""
    roster: str | None
    """The hash of the roster's file."""
    coverage: tuple[int, int] | None
    """How many bodies reported, of how many expected."""
    units: int
    errors: int
    warnings: int


class Figures(NamedTuple):
    """What was said of a target on one side."""

    status: Status
    numerator: int
    denominator: int | None
    unknown: int
    percent: str | None
    range: tuple[str, str] | None
    bounded: bool
    threshold: str
    """With its operator."""


class ComparedScope(NamedTuple):
    """Of what two figures are: the whole (`all`), the units that both sides have (`common`), or codes of a level."""

    level: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    name: str | None
    units: int | None = None
    """How many units `common` is, as the new side counts them."""


class TargetChange(NamedTuple):
    """One target on both sides."""

    id: str
    clause: str | None
    title: str
    scope: ComparedScope
    nature: str
    """flow or stock."""
    old: Figures | None
    new: Figures | None
    comparable: bool
    change: str | None
    """In percentage points with their sign; of an amount in cases."""
    direction: str | None
    """better, worse or same; None where one side has something unknown, so that nobody can say."""
    note: str | None


class UnitChange(NamedTuple):
    """What became of a unit: joined, left, succeeded, moved (to another body) or changed (a rating, a type)."""

    what: str
    code: str
    name: str | None
    field: str | None
    old: str | None
    new: str | None
    note: str | None


class CellPlace(NamedTuple):
    """Where a cell is."""

    file: str
    sheet: str | None
    row: int | None
    column: str | None


class CellChange(NamedTuple):
    """A cell that says something else in a corrected return."""

    unit_code: str
    unit_name: str | None
    field: str
    label: str
    old: str | None
    new: str | None
    old_place: CellPlace | None
    new_place: CellPlace | None


class Comparison(NamedTuple):
    """Two bodies of data against each other."""

    schema: str
    tool: Tool
    kind: str
    """`periods`, or `corrected`: both are of one period."""
    old: Side
    new: Side
    notes: tuple[str, ...]
    targets: tuple[TargetChange, ...]
    units: tuple[UnitChange, ...]
    unit_changes: Mapping[str, int]
    """How many there are of each kind."""
    cells: tuple[CellChange, ...]
    cell_count: int
    uncompared: int
    """Rows and columns that cannot be compared, or that only one of the two has."""
    language: str = "en"
    """Not a part of the JSON."""
    level_titles: Mapping[str, str] = {}
    """Not a part of the JSON."""

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        figures = any(target.old != target.new for target in self.targets)
        return figures or bool(self.unit_changes) or self.cell_count > 0 or self.uncompared > 0

    def as_dict(self) -> dict[str, Any]:
        """The comparison as the JSON has it."""
        return {n: plain(v) for n, v in self._asdict().items() if n not in ("language", "level_titles")}


class SeenRow(NamedTuple):
    """What a row says of a unit: by field the text and its column; and where it stands."""

    unit: str
    name: str | None
    texts: Mapping[str, tuple[str, int]]
    values: Mapping[str, object]
    """As they are read, so that two labels of one value are the same; what cannot be read, as it is written."""
    file: str
    sheet: str | None
    row: int | None

    def place(self, field: str) -> CellPlace:
        return CellPlace(self.file, self.sheet, self.row, column_letter(self.texts[field][1]))


Rows = Mapping[tuple[str, ...], SeenRow | None]
"""By key; None where it is given twice."""


class Given(NamedTuple):
    """One side as it is compared."""

    report: Report
    rows: Rows | None
    """None if the side is a report: its register stayed at home."""
    unread: int = 0
    """Rows, and columns, that cannot be compared: nobody can tell which rows or fields they are."""
    common: Report | None = None
    """Judged on the units that both sides have."""


def must_be_comparable(old: Report, new: Report, plan: Plan, lang: Language) -> None:
    """Raise PeriodError where periods of different lengths would be set against each other."""
    before, after = (Period.parse(report.period) if report.period else None for report in (old, new))
    for side, period in ((old, before), (new, after)):
        if period is None:
            named = ", ".join(file.path for file in side.inputs)
            raise PeriodError(
                message("{paths}: no row says which period it is of", paths=named), message("say it with --period")
            )
    assert before is not None
    assert after is not None
    if before.kind != after.kind:
        flows = [
            in_language(f.label, lang.code, n)
            for n, f in plan.fields.items()
            if isinstance(f, CountField) and f.nature == "flow"
        ]
        raise PeriodError(
            message("{old} and {new} are periods of different lengths", old=str(before), new=str(after)),
            message(
                "what happened in a period ({flows}) and what is judged by the year cannot be compared so; compare {old} with a period of its kind",
                flows=", ".join(flows) or "-",
                old=str(before),
            ),
        )


def compared(
    plan: Plan,
    old: Given,
    new: Given,
    bodies: Mapping[str, Succession],
    units: Succession | None,
    lang: Language,
    limit: int | None,
    version: str,
) -> Comparison:
    """Set two sides against each other; `bodies` are successions by level, `units` that of the units, by a roster."""
    return _Comparing(plan, old, new, bodies, units, lang).made(limit, version)


def common_units(
    old: Iterable[str], new: Iterable[str], units: Succession | None
) -> tuple[frozenset[str], frozenset[str]]:
    """The units of each side that the other has, too, by themselves or by those that followed them."""
    before, after = frozenset(old), frozenset(new)
    lineages = units.lineages if units else ()
    changed = {code for line in lineages for code in (*line.before, *line.after)}
    both = (before & after) - changed
    lines = [line for line in lineages if _is_complete(line, before, after)]
    return both.union(*(line.before for line in lines)), both.union(*(line.after for line in lines))


def _is_complete(line: Lineage, old: AbstractSet[str], new: AbstractSet[str]) -> bool:
    """Whether all of those before and after are there, and none goes on under a code that ended."""
    lingering = (set(line.before) - set(line.after)) & new
    return old >= set(line.before) and new >= set(line.after) and not lingering


class _Comparing:
    """Two sides on their way to a comparison."""

    def __init__(
        self,
        plan: Plan,
        old: Given,
        new: Given,
        bodies: Mapping[str, Succession],
        units: Succession | None,
        lang: Language,
    ) -> None:
        self._plan = plan
        self._old, self._new = old, new
        self._bodies, self._units = bodies, units
        self._lang = lang
        self._targets = {target.id: target for target in plan.targets}

    def made(self, limit: int | None, version: str) -> Comparison:
        old, new, plan = self._old.report, self._new.report, self._plan
        kind = "corrected" if old.period == new.period else "periods"
        changes = sorted(self._unit_changes(), key=lambda u: (_WHAT.index(u.what), u.code, u.field or ""))
        counts = {what: n for what in _WHAT if (n := sum(u.what == what for u in changes))}
        cells = list(self._cells()) if kind == "corrected" else []
        return Comparison(
            SCHEMA,
            Tool("kpi-check", version),
            kind,
            _side(old),
            _side(new),
            tuple(self._lang.say(note) for note in self._notes()),
            tuple(self._target_changes()),
            tuple(changes[:limit]),
            counts,
            tuple(cells[:limit]),
            len(cells),
            self._uncompared(),
            self._lang.code,
            {
                name: in_language(level.title, self._lang.code, name)
                for name, level in plan.file.submission.levels.items()
            },
        )

    # what is to be said of the whole

    def _notes(self) -> Iterator[Message]:
        old, new = self._old.report, self._new.report
        if old.plan.sha256 != new.plan.sha256:
            yield message(
                "the plans differ ({old}, {new}): whether a target measures the same in both is not known",
                old=old.plan.number,
                new=new.plan.number,
            )
        rosters = [report.coverage.roster.sha256 if report.coverage else None for report in (old, new)]
        if rosters[0] != rosters[1]:
            yield message("the two were made with different rosters, or one without")
        for report, covered in ((old, old.coverage), (new, new.coverage)):
            if covered is not None and covered.units.missing + covered.missing:
                yield message(
                    "{period} is not complete: {number} are missing", period=report.period or "", number=_lacks(covered)
                )
        if alone := self._alone():
            yield plural_message(
                "{number} row is in one of the two only", "{number} rows are in one of the two only", alone
            )
        for given in (self._old, self._new):
            if given.unread:
                yield message(
                    "{period}: {number} rows or columns cannot be compared: nobody can tell which they are",
                    period=given.report.period or "",
                    number=given.unread,
                )
            if given.rows is None:
                named = ", ".join(file.path for file in given.report.inputs)
                yield message(
                    "{paths}: a report has no rows, so nothing can be said of single units' ratings and cells",
                    paths=named,
                )
            elif twice := sum(row is None for row in given.rows.values()):
                yield plural_message(
                    "{period}: {number} key is given twice and is not compared",
                    "{period}: {number} keys are given twice and are not compared",
                    twice,
                    period=given.report.period or "",
                )

    def _uncompared(self) -> int:
        """How many rows and columns could not be compared, unless both sides are the same files."""
        same = [sorted(file.sha256 for file in given.report.inputs) for given in (self._old, self._new)]
        if same[0] == same[1]:
            return 0
        twice = sum(row is None for given in (self._old, self._new) for row in (given.rows or {}).values())
        return self._old.unread + self._new.unread + twice + self._alone()

    def _alone(self) -> int:
        """The rows that only one of the two has, where rows are not units."""
        if self._plan.one_row_a_unit or self._old.rows is None or self._new.rows is None:
            return 0
        return len(self._old.rows.keys() ^ self._new.rows.keys())

    # targets

    def _target_changes(self) -> Iterator[TargetChange]:
        old, new = _by_scope(self._old.report), _by_scope(self._new.report)
        whole = Scope("all", None, None)
        yield from self._pairs(ComparedScope("all", (), (), None), old.get(whole, {}), new.get(whole, {}), None)
        if self._old.common is not None and self._new.common is not None:
            before, after = _by_scope(self._old.common), _by_scope(self._new.common)
            common = ComparedScope("common", (), (), None, self._new.common.unit_count)
            yield from self._pairs(common, before.get(whole, {}), after.get(whole, {}), None)
        for level in dict.fromkeys(scope.level for scope in (*old, *new) if scope.level != "all"):
            yield from self._level(level, _of_level(old, level), _of_level(new, level))

    def _level(self, level: str, old: _Scopes, new: _Scopes) -> Iterator[TargetChange]:
        """The scopes of a level: the same ones, those that followed others together, and those that only one side has."""
        followed = self._units if level == self._plan.levels[0] else self._bodies.get(level)
        lines = followed.lineages if followed else ()
        done: tuple[set[str], set[str]] = set(), set()
        for line in lines:
            if _is_complete(line, old.keys(), new.keys()):
                done[0].update(line.before)
                done[1].update(line.after)
                scope = ComparedScope(level, line.before, line.after, self._names(new, line.after))
                before = self._together([old[code] for code in line.before], self._old.report)
                after = self._together([new[code] for code in line.after], self._new.report)
                yield from self._pairs(scope, before, after, None)
        for code in sorted((old.keys() - done[0]) | (new.keys() - done[1])):
            there, here = code in old.keys() - done[0], code in new.keys() - done[1]
            scope = ComparedScope(level, (code,) * there, (code,) * here, self._names(new if here else old, [code]))
            why = None if there and here else self._why_alone(code, followed, is_old=there)
            yield from self._pairs(scope, old[code] if there else {}, new[code] if here else {}, why)

    def _why_alone(self, code: str, followed: Succession | None, *, is_old: bool) -> Message:
        """Why a scope stands on one side only."""
        if is_old and followed and code in followed.ended:
            day = followed.ended[code].isoformat()
            line = next((line for line in followed.lineages if code in line.before), None)
            if line is None:
                return message("not comparable: it ended on {day}, and by the roster nobody follows it", day=day)
            after = ", ".join(line.after)
            return message(
                "not comparable: it ended on {day}, followed by {codes}; not all of these, or of those that they follow, reported",
                day=day,
                codes=after,
            )
        if not is_old and followed and code in followed.begun:
            return message("not comparable: it exists since {day}", day=followed.begun[code].isoformat())
        return message("not comparable: it is not in the other data")

    def _names(self, scopes: _Scopes, codes: Sequence[str]) -> str | None:
        names = [next(iter(scopes[code].values())).scope.name or "" for code in codes if scopes.get(code)]
        return " + ".join(filter(None, names)) or None

    def _together(self, parts: Sequence[Mapping[str, TargetResult]], report: Report) -> dict[str, TargetResult]:
        """The results of several scopes as one: sums, judged anew."""
        if len(parts) == 1:
            return dict(parts[0])
        period = Period.parse(report.period) if report.period else None
        found: dict[str, TargetResult] = {}
        for name in parts[0]:
            results = [part[name] for part in parts if name in part]
            known = self._targets.get(name)
            if known is None or {(r.operator, r.threshold) for r in results} != {
                (known.threshold.operator, known.threshold_text)
            }:
                continue
            tally = tally_of(results[0])
            for result in results[1:]:
                tally += tally_of(result)
            target = self._targets[name]
            judgement = judge(target, tally, period, sum(result.rows for result in results))
            percent = None
            if results[0].denominator is not None and judgement.value is not None:
                percent = percent_digits(judgement.value, target.threshold.value)
            found[name] = results[0]._replace(
                status=judgement.status,
                numerator=tally.part,
                denominator=None if results[0].denominator is None else tally.whole,
                unknown=tally.unknown,
                bounded=tally.bounded,
                range=None,
                percent=percent,
            )
        return found

    def _pairs(
        self,
        scope: ComparedScope,
        old: Mapping[str, TargetResult],
        new: Mapping[str, TargetResult],
        why: Message | None,
    ) -> Iterator[TargetChange]:
        for name in dict.fromkeys((*new, *old)):
            yield self._pair(scope, old.get(name), new.get(name), why)

    def _pair(
        self, scope: ComparedScope, old: TargetResult | None, new: TargetResult | None, why: Message | None
    ) -> TargetChange:
        shown = new or old
        assert shown is not None
        target = self._targets.get(shown.id)
        note = why or self._why_not(old, new, target)
        change, direction = (
            (None, None) if note is not None or old is None or new is None else _change(old, new, target)
        )
        return TargetChange(
            shown.id,
            shown.clause,
            shown.title,
            scope,
            _nature(self._plan, target),
            old and _figures(old),
            new and _figures(new),
            note is None,
            change,
            direction,
            None if note is None else self._lang.say(note),
        )

    def _why_not(self, old: TargetResult | None, new: TargetResult | None, target: Target | None) -> Message | None:
        if old is None or new is None:
            return message("not comparable: only one of the plans has this target")
        if target is None:
            return message("not comparable: the plan does not have this target")
        if (old.operator, old.threshold) != (new.operator, new.threshold):
            return message(
                "not comparable: the threshold was {old} and is {new}",
                old=f"{old.operator} {old.threshold}",
                new=f"{new.operator} {new.threshold}",
            )
        if known_value(old) is None or known_value(new) is None:
            return message("not comparable: one side has nothing to divide by")
        return None

    # units

    def _unit_changes(self) -> Iterator[UnitChange]:
        old, new = set(self._old.report.units), set(self._new.report.units)
        gone: set[str] = set()
        come: set[str] = set()
        for line in self._units.lineages if self._units else ():
            if old.intersection(line.before) or new.intersection(line.after):
                gone.update(line.before)
                come.update(line.after)
                complete = _is_complete(line, old, new)
                note = (
                    None
                    if complete
                    else self._lang.say(
                        message(
                            "not all of them are in the data, or one still reports under an old code; so they are not compared"
                        )
                    )
                )
                name = self._unit_name(line.after[0])
                yield UnitChange(
                    "succeeded",
                    " + ".join(line.after),
                    name,
                    None,
                    " + ".join(line.before),
                    " + ".join(line.after),
                    note,
                )
        for code in sorted(old - new - gone):
            yield UnitChange("left", code, self._unit_name(code), None, None, None, self._day(code, "ended"))
        for code in sorted(new - old - come):
            yield UnitChange("joined", code, self._unit_name(code), None, None, None, self._day(code, "begun"))
        if self._old.rows is not None and self._new.rows is not None:
            for before, after in _in_both(self._old.rows, self._new.rows):
                yield from self._changed(before, after)

    def _day(self, code: str, which: str) -> str | None:
        if self._units is None:
            return None
        ended = which == "ended"
        day = (self._units.ended if ended else self._units.begun).get(code)
        if day is None:
            return None
        said = (
            message("by the roster it ended on {day}", day=day.isoformat())
            if ended
            else message("by the roster it exists since {day}", day=day.isoformat())
        )
        return self._lang.say(said)

    def _unit_name(self, code: str) -> str | None:
        for rows in (self._new.rows, self._old.rows):
            found = (rows or {}).get((code,))
            if found is not None and found.name:
                return found.name
        return None

    def _changed(self, old: SeenRow, new: SeenRow) -> Iterator[UnitChange]:
        """Choices (a rating, a type) and bodies that are others now."""
        bodies = {
            level.code for name, level in self._plan.file.submission.levels.items() if name != self._plan.levels[0]
        }
        for field, spec in self._plan.fields.items():
            is_body = field in bodies
            if not (is_body or isinstance(spec, ChoiceField)) or field not in old.texts or field not in new.texts:
                continue
            if old.values[field] != new.values[field]:
                label = in_language(spec.label, self._lang.code, field)
                what = "moved" if is_body else "changed"
                yield UnitChange(
                    what, new.unit, new.name, label, old.texts[field][0] or None, new.texts[field][0] or None, None
                )

    # cells

    def _cells(self) -> Iterator[CellChange]:
        if self._old.rows is None or self._new.rows is None:
            return
        for before, after in _in_both(self._old.rows, self._new.rows):
            for field, spec in self._plan.fields.items():
                old, new = before.texts.get(field), after.texts.get(field)
                same = before.values.get(field) == after.values.get(field) and (old is None) == (new is None)
                if not same:
                    yield CellChange(
                        after.unit,
                        after.name or before.name,
                        field,
                        in_language(spec.label, self._lang.code, field),
                        old[0] if old else None,
                        new[0] if new else None,
                        before.place(field) if old else None,
                        after.place(field) if new else None,
                    )


_Scopes = Mapping[str, Mapping[str, TargetResult]]
"""Results by code and target."""


def _by_scope(report: Report) -> dict[Scope, dict[str, TargetResult]]:
    """Results by scope and target; the name of a scope is none of it."""
    return {
        scope._replace(name=None): {result.id: result for result in results}
        for scope, results in report.by_scope().items()
    }


def _of_level(scopes: Mapping[Scope, Mapping[str, TargetResult]], level: str) -> _Scopes:
    """The scopes of a level of which something was reported."""
    return {
        scope.code or "": results
        for scope, results in scopes.items()
        if scope.level == level and any(result.rows for result in results.values())
    }


def _side(report: Report) -> Side:
    covered = report.coverage
    return Side(
        tuple(file.path for file in report.inputs),
        report.period,
        report.verdict,
        report.plan.sha256,
        covered.roster.sha256 if covered else None,
        (covered.reported, covered.expected) if covered else None,
        report.unit_count,
        report.issue_count["error"],
        report.issue_count["warning"],
    )


def _figures(result: TargetResult) -> Figures:
    return Figures(
        result.status,
        result.numerator,
        result.denominator,
        result.unknown,
        result.percent,
        result.range,
        result.bounded,
        f"{result.operator} {result.threshold}",
    )


def _change(old: TargetResult, new: TargetResult, target: Target | None) -> tuple[str | None, str | None]:
    """By how much a figure changed, and which way."""
    before, after = known_value(old), known_value(new)
    if before is None or after is None or target is None:
        return None, None
    better = (after > before) == target.threshold.more_is_better
    certain = all(result.bounded and not result.unknown for result in (old, new))
    direction = None if not certain else "same" if after == before else "better" if better else "worse"
    if isinstance(target.measure, Amount):
        return f"{int(after - before):+d}", direction
    return _points(after - before), direction


def _points(difference: Fraction) -> str:
    """Percentage points with their sign: two decimals, and more where it would be shown as nothing though it is something."""
    places = 2
    while difference and not rounded_percent(abs(difference), places):
        places += 1
    digits = str(rounded_percent(abs(difference), places)).zfill(places + 1)
    sign = "-" if difference < 0 else "+" if difference > 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _nature(plan: Plan, target: Target | None) -> str:
    """Whether a target is of what happened in the period, or of what there is at its end."""
    specs = [plan.fields[name] for name in figures_of(target.measure)] if target else []
    return "flow" if any(isinstance(spec, CountField) and spec.nature == "flow" for spec in specs) else "stock"


def _lacks(covered: Coverage) -> int:
    return len(covered.units.missing) or len(covered.missing)


def _in_both(old: Rows, new: Rows) -> Iterator[tuple[SeenRow, SeenRow]]:
    for key in sorted(old.keys() & new.keys()):
        before, after = old[key], new[key]
        if before is not None and after is not None:
            yield before, after


_WHAT = ("joined", "left", "succeeded", "moved", "changed")
