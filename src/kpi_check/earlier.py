"""Reports of earlier runs, taken as data: read back, proven to be whole and to agree with themselves, and added up.

A district may so send its verdict and keep its register. The rules are in docs/semantics.md ("Reports add up").
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import NamedTuple, NoReturn

from pydantic import TypeAdapter, ValidationError

from kpi_check.compliance import lacking
from kpi_check.counts import Failing, Outcome, ScopeCount, TargetCount, Units
from kpi_check.errors import InputError, Message, PeriodError, message
from kpi_check.issues import KINDS
from kpi_check.locale import language
from kpi_check.measures import NOTHING, Amount, Ratio, Share, Tally
from kpi_check.periods import Period
from kpi_check.plan import Plan, Target, parse_figure
from kpi_check.readers import Source
from kpi_check.report import (
    SCHEMA,
    Input,
    Issue,
    Origin,
    Report,
    Scope,
    TargetResult,
    build_report,
    percent_digits,
)
from kpi_check.text import code_key

MAX_BYTES = 256_000_000
"""The largest report that is read."""
_IN_WORDS = ("title", "note")
"""What of a result is in the report's language."""


class Earlier(NamedTuple):
    """A report that is taken as data."""

    path: str
    sha256: str
    report: Report
    outcome: Outcome
    """What it counted."""

    @property
    def codes(self) -> Iterator[str]:
        """The units that it has, and those that it counts as missing."""
        yield from self.report.units
        if self.report.coverage is not None:
            yield from (unit.code for unit in self.report.coverage.units.missing)

    def must_be_of(self, roster: str, sha256: str, bodies: Collection[str]) -> None:
        """Raise InputError if it counts as missing what this roster, or other data, have otherwise."""
        covered = self.report.coverage
        if covered is None:
            return
        if covered.roster.sha256 != sha256:
            _refuse(
                self.path,
                message(
                    "it was made with another roster, {other}, and not with {roster}",
                    other=covered.roster.path,
                    roster=roster,
                ),
                message("make it anew without --roster, or with this one"),
            )
        there = next((body.code for body in covered.missing if body.code in bodies), None)
        if there is not None:
            _refuse(
                self.path,
                message('it counts "{body}" as missing, which is among the other data', body=there),
                message("make it anew without --roster"),
            )

    @property
    def as_input(self) -> Input:
        """How the report that it goes into names it, and what it was made from."""
        leaves = chain.from_iterable(
            file.made_from or [Origin(file.path, file.sha256, file.rows)] for file in self.report.inputs
        )
        return Input(self.path, self.sha256, sum(file.rows for file in self.report.inputs), (), tuple(leaves))


def read_report(plan: Plan, source: Source) -> Earlier:
    """Read a report back; raise InputError if it is no report by this plan, is cut, or does not agree with itself."""
    data = _bytes(source)
    report = _parsed(source.path, data)
    reading = _Reading(plan, source.path, report)
    reading.check()
    return Earlier(source.path, hashlib.sha256(data).hexdigest(), report, reading.outcome())


def report_as_it_stands(source: Source) -> Report:
    """A report that may be by another plan; raise InputError if it is none at all, or its figures cannot be."""
    report = _parsed(source.path, _bytes(source))
    try:
        Period.parse(report.period or "")
    except ValueError:
        _refuse(source.path, message("it is of no period"), message("make it with --period"))
    if not report.targets or not all(map(_agrees, report.targets)):
        _refuse(
            source.path,
            message("its figures do not agree with each other: it was changed after it was made"),
            message("make it anew from the tables"),
        )
    return report


def _agrees(result: TargetResult) -> bool:
    """Whether a result's percentage is that of its figures, whatever the plan."""
    counts = (result.numerator, result.denominator or 0, result.unknown, result.unknown_counted, result.rows)
    if min(counts) < 0 or (result.percent is None) != (not result.denominator):
        return False
    try:
        limit = parse_figure(result.threshold)
    except ValueError:
        return False
    share = Fraction(result.numerator, result.denominator) if result.denominator else None
    return share is None or percent_digits(share, limit) == result.percent


def _bytes(source: Source) -> bytes:
    with source.open() as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        _refuse(source.path, message("this is more than {limit} bytes", limit=MAX_BYTES), message("send the tables"))
    return data


def _parsed(path: str, data: bytes) -> Report:
    try:
        report = TypeAdapter(Report).validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        what = message("this is no report of kpi-check ({place}: {reason})", place=place, reason=first["msg"])
        _refuse(path, what, message("make it with: kpi-check evaluate DATA --output FILE.json, of this version"))
    if report.schema != SCHEMA:
        _refuse(
            path,
            message('its schema is "{found}", expected "{expected}"', found=report.schema, expected=SCHEMA),
            message("make it with: kpi-check evaluate DATA --output FILE.json, of this version"),
        )
    return report


def _refuse(path: str, what: Message, hint: Message | None) -> NoReturn:
    raise InputError(message("{path}: {what}", path=path, what=what), hint)


class _Reading:
    """One report on its way back into what was counted."""

    def __init__(self, plan: Plan, path: str, report: Report) -> None:
        self._plan = plan
        self._path = path
        self._report = report
        self._period = self._period_of(report)

    def check(self) -> None:
        """Raise InputError unless the report is by this plan, whole, and as it was made."""
        report = self._report
        if report.plan.sha256 != self._plan.sha256:
            self._refuse(
                message("it was made with another plan, or another version of it: {plan}", plan=report.plan.number),
                message("let the same targets.yaml be used: {path}", path=self._plan.path),
            )
        if report.verdict is None:
            self._refuse(
                message("it has no targets: the data were only checked"), message("make it with: kpi-check evaluate")
            )
        self._must_be_whole()
        if report.unplaced:
            self._refuse(
                message("it has rows that may be of any unit, so it cannot be added to others"),
                message("mend these rows, or send the table"),
            )
        self._must_agree()

    def _must_be_whole(self) -> None:
        report = self._report
        whole = len(report.units) == report.unit_count and len(report.issues) == sum(report.issue_count.values())
        if not whole or any(len(result.failing) != result.failing_count for result in report.targets):
            self._refuse(message("its lists are cut"), message("make it with --limit all"))
        unknown = next((issue.code for issue in report.issues if issue.code not in KINDS), None)
        if unknown is not None:
            self._refuse(message('it has issues of a kind that is not known: "{code}"', code=unknown), None)

    def _must_agree(self) -> None:
        """Judge what it counted again: every figure must come out as it stands."""
        if not all(map(_is_possible, self._results())):
            self._disagree("")
        report, limit = self._report, None
        again = build_report(
            self._plan, self._period, self.outcome(), (), {}, None, "", language("en"), limit, report.issues
        )
        for now, then in zip(again.targets, report.targets, strict=False):
            if _figures(now) != _figures(then):
                self._disagree(then.id)
        same = len(again.targets) == len(report.targets) and again.verdict == report.verdict
        counted = again.issue_count == report.issue_count and again.issue_codes == report.issue_codes
        sums = not self._plan.one_row_a_unit or all(map(self._adds_up, {r.scope.level for r in report.targets}))
        codes = [code for code in report.units if code and code == code_key(code)]
        units = sorted(set(codes)) == list(report.units)
        severities = all(KINDS[issue.code].severity.name.lower() == issue.severity for issue in report.issues)
        failing = all(unit.code in set(report.units) for result in report.targets[:1] for unit in result.failing)
        read = [file.rows for file in report.inputs]
        seen = min(read, default=-1) >= 0 and sum(read) >= report.targets[0].rows  # nothing counts that was not read
        if not (same and counted and sums and units and severities and failing and seen):
            self._disagree("")

    def _disagree(self, target: str) -> NoReturn:
        what = message("its figures do not agree with each other: it was changed after it was made")
        if target:
            what = message(
                "its figures do not agree with each other (target {target}): it was changed after it was made",
                target=target,
            )
        self._refuse(what, message("make it anew from the tables"))

    def _adds_up(self, level: str) -> bool:
        """Whether the scopes of a level, each row being in one, add up to the whole."""
        whole = self._scopes()[0]
        of_level = [scope for scope in self._scopes() if scope.level == (None if level == "all" else level)]
        figures = [tuple(t.tally[:5] for t in scope.targets) for scope in of_level]
        sums = [tuple(map(sum, zip(*of_target, strict=True))) for of_target in zip(*figures, strict=True)]
        same = [t.tally[:5] for t in whole.targets] == sums
        return same and sum(scope.rows for scope in of_level) == whole.rows

    def _results(self) -> Iterable[tuple[Target, TargetResult]]:
        known = {target.id: target for target in self._plan.targets}
        for result in self._report.targets:
            if result.id not in known:
                self._disagree(result.id)
            yield known[result.id], result

    def outcome(self) -> Outcome:
        """What it counted, as an engine gives it."""
        report = self._report
        units = Units(report.units, report.unit_count)
        return Outcome(tuple(self._scopes()), (), {}, {}, units, report.unread, report.unplaced)

    def _scopes(self) -> list[ScopeCount]:
        scopes: dict[Scope, dict[str, TargetResult]] = defaultdict(dict)
        for _, result in self._results():
            scopes[result.scope][result.id] = result
        order = {level: place for place, level in enumerate(dict.fromkeys(scope.level for scope in scopes))}
        found: list[tuple[tuple[int, str], ScopeCount]] = []
        for scope, results in scopes.items():
            if scope.level not in ("all", *self._plan.levels) or set(results) != {
                target.id for target in self._plan.targets
            }:
                self._disagree("")
            counts = tuple(
                TargetCount(tally_of(results[target.id]), results[target.id].failing, results[target.id].failing_count)
                for target in self._plan.targets
            )
            level, code = None if scope.level == "all" else scope.level, scope.code or ""
            rows = next(iter(results.values())).rows
            found.append(((order[scope.level], code), ScopeCount(level, code, scope.name or "", rows, counts)))
        if not found or found[0][1].level is not None:
            self._disagree("")
        return [scope for _, scope in sorted(found, key=lambda one: one[0])]

    def _period_of(self, report: Report) -> Period:
        try:
            return Period.parse(report.period or "")
        except ValueError:
            self._refuse(message("it is of no period"), message("make it with --period"))

    def _refuse(self, what: Message, hint: Message | None) -> NoReturn:
        _refuse(self._path, what, hint)


def _is_possible(one: tuple[Target, TargetResult]) -> bool:
    """Whether the figures of a result can be at all, before they are judged."""
    target, result = one
    counts = (result.numerator, result.denominator or 0, result.unknown, result.unknown_counted, result.rows)
    if min(*counts, result.unknown_numerator) < 0 or result.bounded == bool(result.unbounded):
        return False
    outside = result.unknown - result.unknown_counted - result.unknown_numerator
    if outside < 0 or not set(result.unbounded) <= {"numerator", "denominator"}:
        return False
    match target.measure:
        case Share():
            within = result.numerator + result.unknown_counted <= (result.denominator or 0)
            return within and not result.unknown_numerator and "numerator" not in result.unbounded
        case Ratio():
            return not result.unknown_counted
        case Amount():
            fixed = result.denominator is None and "denominator" not in result.unbounded
            return fixed and not (result.unknown_counted or result.unknown_numerator)


def _figures(result: TargetResult) -> dict[str, object]:
    """A result without what is in words."""
    return {name: value for name, value in result._asdict().items() if name not in _IN_WORDS}


def tally_of(result: TargetResult) -> Tally:
    """What a result says of its target, to be added to others."""
    return Tally(
        result.numerator,
        result.denominator or 0,
        result.unknown_counted,
        result.unknown - result.unknown_counted - result.unknown_numerator,
        result.unknown_numerator,
        "numerator" in result.unbounded,
        "denominator" in result.unbounded,
    )


# --- several together ------------------------------------------------------------------------------------------------


def must_fit(reports: Sequence[Earlier], period: Period, levels: Sequence[str]) -> None:
    """Raise an error if reports are of other periods, lack a level, or have a unit that another has."""
    homes: dict[str, Earlier] = {}
    for earlier in reports:
        report = earlier.report
        if report.period != str(period):
            found = message(
                "{path}: the report is of {found}, and the period is {period}",
                path=earlier.path,
                found=report.period or "",
                period=str(period),
            )
            raise PeriodError(found, message("judge one period at a time"))
        there = {result.scope.level for result in report.targets}
        for level in levels:
            if level not in there and report.targets[0].rows:
                _refuse(
                    earlier.path,
                    message("it has no results by {level}", level=level),
                    message("make it with --by {level}", level=level),
                )
        for code in earlier.codes:
            if code in homes:
                refuse_twice(code, homes[code].path, earlier.path)
            homes[code] = earlier


def must_tell_rows_apart(plan: Plan, path: str) -> None:
    """Refuse to add reports up where the same row may be in two units, which only the tables can show."""
    if plan.unit.code not in plan.key_codes:
        _refuse(
            path,
            message(
                "rows are identified by {key} alone, and a report does not say if one of them is elsewhere, too",
                key=", ".join(plan.key_codes),
            ),
            message("send the tables, or let {unit} be a part of the plan's key", unit=plan.unit.code),
        )


def refuse_twice(unit: str, first: str, second: str) -> NoReturn:
    """Refuse a unit that a report has, or counts as missing, and that is elsewhere too."""
    raise InputError(
        message('{path}: the unit "{unit}" is in {other}, too, or missing there', path=second, unit=unit, other=first),
        message("a report cannot be taken apart: leave one of the two out, or send the tables"),
    )


def issues(reports: Sequence[Earlier]) -> list[Issue]:
    """The issues of reports; what is said of all data alike, once."""
    found: dict[Issue, None] = {}
    repeated: list[Issue] = []
    for earlier in reports:
        for issue in earlier.report.issues:
            if issue.file is None:
                found[issue] = None
            else:
                repeated.append(issue)
    return [*found, *repeated]


Names = Mapping[str, Mapping[str, str]]
"""By level, what a roster calls its codes."""


def added_up(
    plan: Plan, outcomes: Sequence[Outcome], levels: Sequence[str], names: Names, limit: int | None
) -> Outcome:
    """What several outcomes of disjoint data say together; the findings are those of the first."""
    asked: tuple[str | None, ...] = (None, *levels)
    scopes: dict[tuple[int, str], list[ScopeCount]] = defaultdict(list)
    for outcome in outcomes:
        for scope in outcome.scopes:
            if scope.level in asked:
                scopes[asked.index(scope.level), scope.code].append(scope)
    unread = any(outcome.unread for outcome in outcomes)
    codes = tuple(sorted(chain.from_iterable(outcome.units.codes for outcome in outcomes)))
    return outcomes[0]._replace(
        scopes=tuple(_scope(plan, scopes[place], names, limit, unread=unread) for place in sorted(scopes)),
        units=Units(codes, sum(outcome.units.number for outcome in outcomes)),
        unread=unread,
    )


def _scope(plan: Plan, parts: Sequence[ScopeCount], known: Names, limit: int | None, *, unread: bool) -> ScopeCount:
    names: Counter[str] = Counter()
    for part in parts:
        names[part.name] += part.rows
    names.pop("", None)
    called = known.get(parts[0].level or "", {}).get(parts[0].code, "")
    counts = tuple(
        _target(target, [part.targets[place] for part in parts], limit, unread=unread)
        for place, target in enumerate(plan.targets)
    )
    name = min(names, key=lambda n: (-names[n], n)) if names else called
    return parts[0]._replace(name=name, rows=sum(part.rows for part in parts), targets=counts)


def _target(target: Target, parts: Sequence[TargetCount], limit: int | None, *, unread: bool) -> TargetCount:
    tally = sum((part.tally for part in parts), NOTHING)
    if unread:
        tally += target.measure.of_unread()
    failing = sorted(chain.from_iterable(part.failing for part in parts), key=lambda unit: _worst_first(target, unit))
    return TargetCount(tally, tuple(failing[:limit]), sum(part.failing_count for part in parts))


def _worst_first(target: Target, unit: Failing) -> tuple[int, str]:
    return -lacking(target, unit.numerator, unit.denominator), unit.code
