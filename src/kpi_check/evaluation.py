"""The whole way from named files to a report: find and open them, settle the period, count, judge."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kpi_check.cells import read_period
from kpi_check.counts import Coverage, Missing, Outcome
from kpi_check.engines import ENGINES
from kpi_check.engines.base import FindingLog, Request, choose
from kpi_check.errors import Message, UsageError, message
from kpi_check.issues import Finding, Place
from kpi_check.locale import LANGUAGES, language
from kpi_check.named import Follow, changed_when, sources_of, worth
from kpi_check.opened import Noted, Tables
from kpi_check.periods import Period, named_year
from kpi_check.plan import Plan
from kpi_check.readers import Frame, Source, is_report
from kpi_check.report import Input, Issue, LeftOutRow, Report, build_report
from kpi_check.submission import Table, Unreadable, bind
from kpi_check.text import THOUSANDS, nearest
from kpi_check.version import VERSION

if TYPE_CHECKING:
    from kpi_check.earlier import Earlier
    from kpi_check.named import Data
    from kpi_check.roster import Roster


def evaluate(
    plan: Plan,
    data: Data | Iterable[Data],
    *,
    period: str | None = None,
    by: str | Sequence[str] | None = None,
    lang: str = "en",
    limit: int | None = 1000,
    engine: str = "auto",
    thousands: str | None = None,
    roster: Data | Roster | None = None,
    latest: bool = False,
    processes: int = 1,
    memory: int | None = None,
    tell: Callable[[Message], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Judge data by a plan.

    `data` is a file, a folder or a table (pandas, polars, Arrow, DuckDB, Spark: docs/python.md says what its values
    mean), or several in a list, which together are one body of data; `{"north": frame}` names tables. `period` (such
    as "2024") picks the rows of one period; without it the data must be of one. `by` names levels of the plan to give
    results for, beside the whole. `limit` bounds the lists of issues and of failing units (None: all of them).
    `thousands` is the sign between thousands in counts, else what the plan says. `roster` says who is expected to
    report: who did not is unknown, and the report has its coverage. `latest` lets a unit that is in two files count as
    the one says that was changed last; else that is an error. `processes` is how many processes may read files,
    `memory` about how many bytes the run may take where there are many rows, and `tell` is told how it is counted and `progress` how many files of how many are read: none
    of these changes the report, nor does `engine`.

    Raises InputError if a file cannot be read, PeriodError if the data are of two periods, UsageError if an argument
    is none of the known.
    """
    _must_be_a_plan(plan)
    levels = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by or ()))
    means = Means(engine, processes, memory, tell or _nobody, progress)
    how = How(period, levels, lang, limit, means, roster=roster, latest=latest)
    return judged(with_thousands(plan, thousands), data, how)


class Means(NamedTuple):
    """How it is counted; nothing of it is in the report."""

    engine: str = "auto"
    processes: int = 1
    memory: int | None = None
    tell: Callable[[Message], None] = lambda _: None
    progress: Callable[[int, int], None] | None = None


def _nobody(_: Message) -> None:
    """Tells nobody."""


def validate(
    plan: Plan,
    data: Data | Iterable[Data],
    *,
    period: str | None = None,
    lang: str = "en",
    limit: int | None = 1000,
    engine: str = "auto",
    thousands: str | None = None,
    previous: Data | Iterable[Data] | None = None,
    roster: Data | Roster | None = None,
    latest: bool = False,
    processes: int = 1,
    memory: int | None = None,
    tell: Callable[[Message], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check data alone: the same report without targets, and without a verdict. For the arguments see `evaluate`.

    `previous` is data of the period before: what changed more than is likely is a warning.
    """
    _must_be_a_plan(plan)
    without_targets = replace(plan, file=plan.file.model_copy(update={"targets": []}))
    means = Means(engine, processes, memory, tell or _nobody, progress)
    how = How(period, (), lang, limit, means, previous, roster, latest)
    return judged(with_thousands(without_targets, thousands), data, how)


class How(NamedTuple):
    """How data are to be judged: what `evaluate` and `validate` are asked."""

    period: str | None
    levels: tuple[str, ...]
    lang: str
    limit: int | None
    means: Means = Means()
    previous: Data | Iterable[Data] | None = None
    roster: Data | Roster | None = None
    latest: bool = False
    only: frozenset[str] | None = None
    """The units whose rows count; None for all."""

    def check(self, plan: Plan) -> None:
        """Raise UsageError for what is none of the known."""
        if self.limit is not None and self.limit < 0:
            raise UsageError(message("--limit: {number} is below 0", number=self.limit))
        _must_be_known(self.levels, plan.levels, "--by")
        _must_be_known([self.lang], LANGUAGES, "--lang")
        _must_be_known([self.means.engine], ["auto", *ENGINES], "--engine")


def with_thousands(plan: Plan, sign: str | None) -> Plan:
    """A plan with another sign between thousands."""
    if sign is None:
        return plan
    _must_be_known([sign], THOUSANDS, "--thousands")
    submission = plan.file.submission.model_copy(update={"thousands": sign})
    return replace(plan, file=plan.file.model_copy(update={"submission": submission}))


def judged(plan: Plan, data: Data | Iterable[Data], how: How) -> Report:
    """The report on data, as it is asked for."""
    how.check(plan)
    if how.latest and not plan.one_row_a_unit:
        raise UsageError(
            message("--latest: units of this plan may span many rows, of which a later file may leave some out"),
            message("give the files that are to count"),
        )
    named, findings = sources_of(data, _follow(how.means))
    sources, reports = _split(plan, named)
    tables = Tables(plan, sources, how.only)
    if how.means.progress is not None:
        tables.after_each = _counting(how.means.progress, len(sources))
    period = _period(plan, tables, reports, how.period)
    if reports and period is not None:
        _must_fit(plan, reports, period, how.levels, tables)
    covered: Coverage | None = None
    missing: tuple[Missing, ...] = ()
    names: Mapping[str, Mapping[str, str]] = {}
    roster = roster_for(plan, how.roster) if how.only is None else None
    if roster is not None and period is not None:
        covered, missing, names, said = _covered(plan, roster, period, tables, reports)
        findings += said
    later = changed_when(sources, findings) if how.latest else None
    processes = min(how.means.processes, worth(sources))
    given, means = how.period is not None, how.means
    request = Request(
        tables, period, given, how.levels, missing, names, how.limit, later, processes, means.memory, means.tell
    )
    engine = choose(tables) if means.engine == "auto" else means.engine
    means.tell(message("engine: {engine}", engine=engine))
    outcome: Outcome = importlib.import_module(ENGINES[engine]).run(plan, request)
    if period is None and outcome.scopes[0].rows:
        findings.append(Finding("no-period", Place()))
    findings += [finding for noted in tables.noted.values() for finding in noted.findings]
    findings += _like_totals(plan, tables, findings)
    findings += [finding for noted in tables.noted.values() for finding in _of_other_years(noted, period)]
    if how.previous is not None:
        from kpi_check import changes

        before = Tables(plan, sources_of(how.previous)[0])
        findings += changes.findings(plan, tables.unnoted(), before.unnoted())
    outcome = _with_findings(outcome, [*findings, *_outside(plan, period)], how.limit)
    headers = {place: noted.header for place, noted in tables.noted.items()}
    inputs = _inputs(tables.noted.values(), outcome)
    told: list[Issue] = []
    if reports:
        from kpi_check import earlier

        counted = [outcome, *(report.outcome for report in reports)]
        outcome = earlier.added_up(plan, counted, how.levels, names, how.limit)
        inputs = sorted([*inputs, *(report.as_input for report in reports)])
        told = earlier.issues(reports)
    return build_report(plan, period, outcome, inputs, headers, covered, VERSION, language(how.lang), how.limit, told)


def _follow(means: Means) -> Follow | None:
    """What follows addresses; None where Spark does not count."""
    if means.engine != "spark":
        return None
    from kpi_check import spark

    return partial(spark.find, memory=means.memory)


def _counting(progress: Callable[[int, int], None], total: int) -> Callable[[], None]:
    """Counts files that were read; of a second reading it says nothing."""
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        progress(min(done, total), total)

    return one_more


def _split(plan: Plan, named: Sequence[Source | Frame]) -> tuple[list[Source | Frame], list[Earlier]]:
    """The tables' sources, and the reports that are among the data."""
    made = [source for source in named if isinstance(source, Source) and is_report(source)]
    if not made:
        return list(named), []
    from kpi_check import earlier

    if not plan.targets:
        raise UsageError(
            message("{path}: a report cannot be validated", path=made[0].path), message("validate the tables")
        )
    return [source for source in named if source not in made], [earlier.read_report(plan, source) for source in made]


def _period(plan: Plan, tables: Tables, reports: Sequence[Earlier], asked: str | None) -> Period | None:
    """The period that is asked for, else that of the data."""
    if asked is not None:
        return Period.asked(str(asked))
    if reports:
        return Period.parse(reports[0].report.period or "")
    return _data_period(plan, tables.unnoted())


def _must_fit(plan: Plan, reports: Sequence[Earlier], period: Period, levels: Sequence[str], tables: Tables) -> None:
    """Refuse reports that cannot be added to each other, or to the tables."""
    from kpi_check import coverage, earlier

    earlier.must_fit(reports, period, levels)
    if len(reports) > 1 or tables.number:
        earlier.must_tell_rows_apart(plan, reports[0].path)
    there = coverage.reporters(plan, tables.unnoted(), period).units
    for report in reports:
        for code in report.codes:
            if code in there:
                earlier.refuse_twice(code, there[code][0].path, report.path)


def roster_for(plan: Plan, asked: Data | Roster | None) -> Data | Roster | None:
    """The roster that is asked for, else the plan's own."""
    if asked is None and plan.file.submission.roster is not None:
        return os.path.join(os.path.dirname(plan.path), plan.file.submission.roster)
    return asked


def _covered(
    plan: Plan, roster: Data | Roster, period: Period, tables: Tables, reports: Sequence[Earlier]
) -> tuple[Coverage, tuple[Missing, ...], Mapping[str, Mapping[str, str]], list[Finding]]:
    """How complete the data are, who is missing, what the roster calls them, and what is to be said of it."""
    from kpi_check import coverage
    from kpi_check.roster import Roster, read_roster

    if not isinstance(roster, Roster):
        sources, _ = sources_of(roster)
        if len(sources) != 1:
            raise UsageError(
                message("the roster is in {number} files or tables", number=len(sources)), message("give one")
            )
        roster = read_roster(plan, sources[0])
    there = coverage.reporters(plan, tables.unnoted(), period)
    for report in reports:
        coverage.add_report(plan, roster, there, report.path, report.report)
    for report in reports:
        report.must_be_of(roster.path, roster.sha256, there.bodies)
    covered = coverage.coverage(plan, roster, period, there)
    said = list(coverage.findings(plan, roster, period, there, covered))
    told = {lost.code for report in reports if report.report.coverage for lost in report.report.coverage.units.missing}
    missing = tuple(lost for lost in coverage.missing(plan, roster, period, there) if lost.code not in told)
    return covered, missing, coverage.names(plan, roster, period), said


ROWS_COMPARED = 5_000
"""The most rows, in all tables, that are looked through for units that are sums of others."""


def _like_totals(plan: Plan, tables: Tables, named: Sequence[Finding]) -> Iterator[Finding]:
    """Units that are sums of others: where there are sheets beside each other, or so few rows that it takes no time."""
    sheets = Counter(path for path, _ in tables.noted)
    if sum(noted.last_row for noted in tables.noted.values()) > ROWS_COMPARED and max(sheets.values(), default=0) < 2:
        return
    from kpi_check import totals

    places = {(f.place.path, f.place.sheet, f.place.row) for f in named if f.code == "unit-like-total"}
    for finding in totals.like_totals(plan, list(tables.unnoted())):
        if (finding.place.path, finding.place.sheet, finding.place.row) not in places:
            yield finding


def _of_other_years(table: Noted, period: Period | None) -> Iterator[Finding]:
    """A title, or the name of a sheet, that names a year, while no other one names the period's."""
    titles = [(out.row, text) for out in table.left_out if out.what == "title" for text in out.cells]
    years = [(row, text, year) for row, text in [(None, table.sheet or ""), *titles] if (year := named_year(text))]
    if period is None or any(year == period.year for _, _, year in years):
        return
    for row, text, year in years[:1]:
        args = {"year": str(year), "period": str(period)}
        yield Finding("title-of-other-year", Place(table.path, table.sheet, row), args, value=text.strip())


def _inputs(tables: Iterable[Noted], outcome: Outcome) -> list[Input]:
    """The files, by their names, each with what of it is not data."""
    left_out: dict[str, list[LeftOutRow]] = {}
    hashes: dict[str, str] = {}
    for table in tables:
        rows = [LeftOutRow(out.sheet, out.row, out.what, out.text) for out in table.left_out]
        left_out.setdefault(table.path, []).extend(sorted(rows, key=lambda out: (out.row is None, out.row or 0)))
        hashes[table.path] = table.sha256
    return [Input(path, hashes[path], outcome.rows[path], tuple(left_out[path])) for path in sorted(hashes)]


def _must_be_a_plan(plan: object) -> None:
    if not isinstance(plan, Plan):
        raise UsageError(
            message("the plan is of type {type}", type=type(plan).__name__), message("load it: load_plan(FILE)")
        )


def _must_be_known(words: Iterable[str], known: Iterable[str], what: str) -> None:
    known = list(known)
    for word in words:
        if word not in known:
            near = nearest(word, known)
            raise UsageError(
                message("{what}: {word} is none of {known}", what=what, word=word, known=", ".join(known)),
                message("did you mean {word}?", word=near) if near else None,
            )


def _data_period(plan: Plan, tables: Iterable[Table]) -> Period | None:
    """The first period that can be read; whether there is a second one is seen when all rows are read."""
    for table in tables:
        header = table.header
        if plan.period_field is None or header is None or isinstance(header, Unreadable):
            continue
        binding = bind(plan, header)
        column = binding.columns.get(plan.period_field)
        if column is None:
            continue
        for block in table.blocks():
            for row in block.rows:
                if len(row) == binding.width and isinstance(period := read_period(row[column]), str):
                    return Period.parse(period)
    return None


def _outside(plan: Plan, period: Period | None) -> list[Finding]:
    if period is None or period.year in plan.years:
        return []
    args = {"period": str(period), "years": plan.file.plan.years}
    return [Finding("period-outside-plan", Place(), args)]


def _with_findings(outcome: Outcome, more: Sequence[Finding], limit: int | None) -> Outcome:
    """An outcome with findings that no engine sees."""
    log = FindingLog(limit)
    log.add(more)
    counts = Counter(outcome.finding_counts) + log.counts
    findings = tuple(sorted([*outcome.findings, *log.first()], key=Finding.order))
    return outcome._replace(findings=findings[:limit], finding_counts=dict(counts))
