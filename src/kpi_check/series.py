"""One plan over several periods: what was said of each target in each, and the final judgement.

Every period is judged by itself, as `evaluate` judges it; a period without data is a gap and nothing is put into it.
The rules are in docs/series.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from kpi_check.cells import cell_readers
from kpi_check.compliance import Status
from kpi_check.errors import InputError, Message, PeriodError, message
from kpi_check.evaluation import How, Means, judged, with_thousands
from kpi_check.issues import KINDS, Finding
from kpi_check.locale import Language, language
from kpi_check.measures import NO_VALUE
from kpi_check.named import sources_of
from kpi_check.opened import Tables
from kpi_check.periods import Once, Period, is_due
from kpi_check.plan import Plan, Target, in_language
from kpi_check.readers import Frame, Source, is_report
from kpi_check.report import PlanCited, Report, TargetResult, Tool, known_value, plain
from kpi_check.submission import Table, Unreadable, bind
from kpi_check.version import VERSION

if TYPE_CHECKING:
    from kpi_check.named import Data
    from kpi_check.roster import Roster

SCHEMA = "kpi-check/series/1"
HEIGHTS = 8
"""How many heights a mark of a spark-line may have."""


class Point(NamedTuple):
    """What was said of a target in a period; without data everything but the period is None."""

    period: str
    status: Status | None
    numerator: int | None
    denominator: int | None
    unknown: int | None
    percent: str | None
    range: tuple[str, str] | None
    bounded: bool | None
    height: int | None
    """1 to 8: where the figure lies between the lowest and the highest of the series and the threshold."""


class Final(NamedTuple):
    """The final judgement of a target."""

    status: Status | None
    """None: nothing judges it yet."""
    period: str | None
    """The period that judges it once, or the last one with data."""
    judged: Mapping[str, int]
    """How many periods there are of each status, of those that judge it up to that one; gaps are `no_data`."""
    note: str


class TargetSeries(NamedTuple):
    """A target over all periods."""

    id: str
    clause: str | None
    title: str
    operator: str
    threshold: str
    due: str | None
    """The date by which it is judged once; None: it is judged again and again."""
    points: tuple[Point, ...]
    threshold_height: int | None
    final: Final


class PeriodSummary(NamedTuple):
    """What was said of a period as a whole."""

    period: str
    verdict: Status | None
    errors: int
    warnings: int
    files: tuple[str, ...]


class Series(NamedTuple):
    """A plan over several periods."""

    schema: str
    tool: Tool
    plan: PlanCited
    periods: tuple[PeriodSummary, ...]
    left_out: tuple[str, ...]
    """Periods in the data that are not of the series: of another kind, or outside the plan's years."""
    notes: tuple[str, ...]
    """Files that were passed over, and why."""
    targets: tuple[TargetSeries, ...]
    verdict: Status
    """Of all final judgements."""
    language: str = "en"
    """Not a part of the JSON."""

    def as_dict(self) -> dict[str, Any]:
        """The series as the JSON has it."""
        return {name: plain(value) for name, value in self._asdict().items() if name != "language"}

    @property
    def has_errors(self) -> bool:
        """Whether the data of any period have errors."""
        return any(period.errors for period in self.periods)


def series(
    plan: Plan,
    data: Data | Iterable[Data],
    *,
    lang: str = "en",
    limit: int | None = 1000,
    thousands: str | None = None,
    roster: Data | Roster | None = None,
    latest: bool = False,
) -> Series:
    """Judge every period of some data by a plan: years if there are any, else the longest kind of period there is.

    For the arguments see `evaluate`; earlier reports may be among the data. Raises PeriodError if no row says of which
    period it is.
    """
    plan = with_thousands(plan, thousands)
    sources, passed_over = sources_of(data)
    read = _Periods(plan, sources)
    found = read.found
    if not found:
        raise PeriodError(
            message("no row of the data says which period it is of"), message("fill in the period of every row")
        )
    kind = min((period.kind for period in found), key=_KINDS.index)
    inside = sorted(period for period in found if period.kind == kind and period.year in plan.years)
    reports: dict[Period, Report] = {}
    for period in inside or sorted(period for period in found if period.kind == kind):
        how = How(str(period), (), lang, limit, Means(), roster=roster, latest=latest)
        reports[period] = judged(plan, [source for source in sources if read.may_say(source, period)], how)
    left_out = sorted(map(str, set(found) - set(reports)))
    return _made(plan, reports, left_out, [_said(finding, language(lang)) for finding in passed_over], language(lang))


_KINDS = ("year", "half", "quarter", "month")


class _Periods:
    """The periods of some data, and which files may say something of each."""

    def __init__(self, plan: Plan, sources: Sequence[Source | Frame]) -> None:
        self.found: dict[Period, set[str]] = {}
        """Each with the files that have it."""
        self._of_any: set[str] = set()
        """Files with something that may be of any period."""
        self._reader = cell_readers(plan)[plan.period_field] if plan.period_field else None
        tables = [source for source in sources if not (isinstance(source, Source) and is_report(source))]
        silent: dict[str, int] = {}
        for source in sources:
            if source not in tables and isinstance(source, Source):
                self._read_report(source)
        for table in Tables(plan, tables).unnoted():
            self._read_table(plan, table, silent)
        if silent and len(self.found) > 1:
            path = min(silent)
            raise PeriodError(
                message(
                    "{path}: {number} rows do not say of which period they are, and the data are of several",
                    path=path,
                    number=silent[path],
                ),
                message("fill in the period of every row"),
            )

    def may_say(self, source: Source | Frame, period: Period) -> bool:
        """Whether a file has something of a period, or something of which nobody knows the period."""
        named = any(source.path in paths for paths in self.found.values())
        return not named or source.path in self._of_any or source.path in self.found[period]

    def _read_report(self, source: Source) -> None:
        from kpi_check.earlier import report_as_it_stands

        text = report_as_it_stands(source).period
        if text is None:
            raise InputError(message("{path}: it is of no period", path=source.path))
        self.found.setdefault(Period.parse(text), set()).add(source.path)

    def _read_table(self, plan: Plan, table: Table, silent: dict[str, int]) -> None:
        if table.header is None or isinstance(table.header, Unreadable):
            self._of_any.add(table.path)
            return
        column = bind(plan, table.header).columns.get(plan.period_field or "")
        for block in table.blocks():
            if block.unreadable is not None:
                self._of_any.add(table.path)
            for row in block.rows:
                if any(map(str.strip, row)):
                    self._read_row(table.path, "" if column is None or column >= len(row) else row[column], silent)

    def _read_row(self, path: str, text: str, silent: dict[str, int]) -> None:
        value = NO_VALUE if self._reader is None else self._reader[text]
        if isinstance(value, str):
            self.found.setdefault(Period.parse(value), set()).add(path)
        elif value is NO_VALUE:
            silent[path] = silent.get(path, 0) + 1
        else:
            self._of_any.add(path)


def _said(finding: Finding, lang: Language) -> str:
    """What is said of a file that was passed over."""
    known = {name: ", ".join(value) if isinstance(value, list) else value for name, value in finding.args.items()}
    return f"{finding.place.path}: {lang.say(Message(KINDS[finding.code].text.template, known))}"


# --- putting it together ---------------------------------------------------------------------------------------------


def _made(
    plan: Plan, reports: Mapping[Period, Report], left_out: Sequence[str], notes: Sequence[str], lang: Language
) -> Series:
    shown = _shown(plan, list(reports))
    by_target = {
        target.id: [_whole(reports[period], target.id) if period in reports else None for period in shown]
        for target in plan.targets
    }
    targets = tuple(_target(target, shown, by_target[target.id], lang) for target in plan.targets)
    cited = next(iter(reports.values())).plan
    return Series(
        SCHEMA,
        Tool("kpi-check", VERSION),
        cited,
        tuple(_summary(period, reports.get(period)) for period in shown),
        tuple(left_out),
        tuple(notes),
        targets,
        _overall([target.final.status for target in targets]),
        lang.code,
    )


def _shown(plan: Plan, periods: Sequence[Period]) -> list[Period]:
    """All years of the plan; of shorter periods all from the first to the last."""
    first, last = periods[0], periods[-1]
    if first.kind == "year" and first.year in plan.years:
        return [Period(year) for year in plan.years]
    in_year = {"year": 1, "half": 2, "quarter": 4, "month": 12}[first.kind]
    every = [Period(y, first.kind, n) for y in range(first.year, last.year + 1) for n in range(1, in_year + 1)]
    return [period for period in every if first <= period <= last]


def _whole(report: Report, target: str) -> TargetResult:
    return next(result for result in report.targets if result.id == target)


def _summary(period: Period, report: Report | None) -> PeriodSummary:
    if report is None:
        return PeriodSummary(str(period), None, 0, 0, ())
    count = report.issue_count
    return PeriodSummary(
        str(period), report.verdict, count["error"], count["warning"], tuple(file.path for file in report.inputs)
    )


def _overall(finals: Iterable[Status | None]) -> Status:
    """Of final judgements, as `evaluate` has it of targets that are due."""
    judged_now = [status for status in finals if status is not None]
    if not judged_now:
        return Status.NOT_DUE
    if Status.NOT_MET in judged_now:
        return Status.NOT_MET
    return Status.MET if all(status is Status.MET for status in judged_now) else Status.UNDETERMINED


def _target(
    target: Target, periods: Sequence[Period], results: Sequence[TargetResult | None], lang: Language
) -> TargetSeries:
    values = [None if result is None else known_value(result) for result in results]
    limit, heights = _heights(values, target.threshold.value)
    points = tuple(map(_point, periods, results, heights))
    return TargetSeries(
        target.id,
        target.model.clause,
        in_language(target.model.title, lang.code),
        target.threshold.operator,
        target.threshold_text,
        target.judged.by.isoformat() if isinstance(target.judged, Once) else None,
        points,
        limit,
        _final(target, periods, results, lang),
    )


def _point(period: Period, result: TargetResult | None, height: int | None) -> Point:
    if result is None:
        return Point(str(period), None, None, None, None, None, None, None, None)
    return Point(
        str(period),
        result.status,
        result.numerator,
        result.denominator,
        result.unknown,
        result.percent,
        result.range,
        result.bounded,
        height,
    )


def _heights(values: Sequence[Fraction | None], limit: Fraction) -> tuple[int | None, list[int | None]]:
    """The height of the threshold and of each figure: no figure beside the threshold has its height."""
    known = [value for value in values if value is not None]
    if not known:
        return None, [None for _ in values]
    low, high = min([*known, limit]), max([*known, limit])

    def height(value: Fraction) -> int:
        return HEIGHTS if high == low else 1 + int((value - low) * (HEIGHTS - 1) / (high - low))

    own = min(max(height(limit), 1 + (low < limit)), HEIGHTS - (high > limit))
    return own, [None if v is None else _beside(height(v), v, own, limit) for v in values]


def _beside(height: int, value: Fraction, own: int, limit: Fraction) -> int:
    if value == limit:
        return own
    return min(height, own - 1) if value < limit else max(height, own + 1)


def _final(target: Target, periods: Sequence[Period], results: Sequence[TargetResult | None], lang: Language) -> Final:
    """Of a target that is judged once, the status in the first period that judges it; of one that is judged again and
    again, whether it was kept each time.
    """
    judging = [(p, r) for p, r in zip(periods, results, strict=True) if is_due(target.judged, p)]
    told = [place for place, (_, result) in enumerate(judging) if result is not None]
    if not told:
        return Final(None, None, {}, lang.say(_not_yet(target, periods, results)))
    if isinstance(target.judged, Once):
        period, first = judging[told[0]]
        assert first is not None
        note = message("judged once, in {period}", period=str(period))
        return Final(first.status, str(period), {first.status.value: 1}, lang.say(note))
    until_now = judging[: told[-1] + 1]
    statuses = [Status.NO_DATA if result is None else result.status for _, result in until_now]
    counts = {status.value: statuses.count(status) for status in Status if status in statuses}
    gaps = [str(period) for period, result in until_now if result is None]
    note = message("met in {met} of {number} periods", met=statuses.count(Status.MET), number=len(statuses))
    missing = message("no data of {periods}", periods=", ".join(gaps))
    said = [lang.say(note), *([lang.say(missing)] if gaps else [])]
    return Final(_each_time(statuses), str(until_now[-1][0]), counts, "; ".join(said))


def _each_time(statuses: Sequence[Status]) -> Status:
    """Whether a target was kept each time: a time that nobody knows of leaves it undetermined."""
    if Status.NOT_MET in statuses:
        return Status.NOT_MET
    return Status.MET if all(status is Status.MET for status in statuses) else Status.UNDETERMINED


def _not_yet(target: Target, periods: Sequence[Period], results: Sequence[TargetResult | None]) -> Message:
    known = [period for period, result in zip(periods, results, strict=True) if result is not None]
    if isinstance(target.judged, Once):
        due = target.judged.by.isoformat()
        return message("due {due}; the last data are of {period}", due=due, period=str(known[-1]))
    return message("no period of the data judges it")
