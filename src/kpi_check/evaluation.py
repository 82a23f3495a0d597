"""The whole way from named files to a report: find and open them, settle the period, count, judge."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kpi_check.cells import read_period
from kpi_check.counts import Coverage, Missing, Outcome
from kpi_check.engines import ENGINES
from kpi_check.engines.base import FindingLog, Request, choose
from kpi_check.errors import Message, UsageError, message
from kpi_check.issues import Finding, Place
from kpi_check.locale import LANGUAGES, language
from kpi_check.periods import Period
from kpi_check.plan import Plan
from kpi_check.readers import ENDINGS, Source, file_source, find_files, open_tables
from kpi_check.report import Input, LeftOutRow, Report, build_report
from kpi_check.submission import Table, Unreadable, bind
from kpi_check.text import nearest
from kpi_check.version import VERSION

if TYPE_CHECKING:
    from kpi_check.roster import Roster

Data = str | os.PathLike[str] | Source


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
    memory: int | None = None,
    tell: Callable[[Message], None] | None = None,
) -> Report:
    """Judge data by a plan.

    `data` is a file or folder, or several, which together are one body of data. `period` (such as "2024") picks the
    rows of one period; without it the data must be of one. `by` names levels of the plan to give results for, beside
    the whole. `limit` bounds the lists of issues and of failing units (None: all of them). `thousands` is the sign
    between thousands in counts, else what the plan says. `roster` says who is expected to report: who did not is
    unknown, and the report has its coverage. `memory` is about how many bytes the run may take where there are many rows,
    and `tell` is told how it is counted; neither changes the report, nor does `engine`.

    Raises InputError if a file cannot be read, PeriodError if the data are of two periods, UsageError if an argument
    is none of the known.
    """
    _must_be_a_plan(plan)
    levels = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by or ()))
    means = _Means(engine, memory, tell or _nobody)
    return _report(_with_thousands(plan, thousands), data, period, levels, lang, limit, means, roster=roster)


class _Means(NamedTuple):
    """How it is counted; nothing of it is in the report."""

    engine: str
    memory: int | None
    tell: Callable[[Message], None]


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
    memory: int | None = None,
    tell: Callable[[Message], None] | None = None,
) -> Report:
    """Check data alone: the same report without targets, and without a verdict. For the arguments see `evaluate`.

    `previous` is data of the period before: what changed more than is likely is a warning.
    """
    _must_be_a_plan(plan)
    without_targets = replace(plan, file=plan.file.model_copy(update={"targets": []}))
    means = _Means(engine, memory, tell or _nobody)
    return _report(_with_thousands(without_targets, thousands), data, period, (), lang, limit, means, previous, roster)


def _with_thousands(plan: Plan, sign: str | None) -> Plan:
    """A plan with another sign between thousands."""
    if sign is None:
        return plan
    _must_be_known([sign], THOUSANDS, "--thousands")
    submission = plan.file.submission.model_copy(update={"thousands": sign})
    return replace(plan, file=plan.file.model_copy(update={"submission": submission}))


def _report(
    plan: Plan,
    data: Data | Iterable[Data],
    period: str | None,
    levels: tuple[str, ...],
    lang: str,
    limit: int | None,
    means: _Means,
    previous: Data | Iterable[Data] | None = None,
    roster: Data | Roster | None = None,
) -> Report:
    if limit is not None and limit < 0:
        raise UsageError(message("--limit: {number} is below 0", number=limit))
    _must_be_known(levels, plan.levels, "--by")
    _must_be_known([lang], LANGUAGES, "--lang")
    _must_be_known([means.engine], ["auto", *ENGINES], "--engine")
    sources, findings = _sources(_listed(data))
    tables = [table for source in sources for table in open_tables(source, plan)]
    found = _data_period(plan, tables) if period is None else Period.asked(str(period))
    if roster is None and plan.file.submission.roster is not None:
        roster = os.path.join(os.path.dirname(plan.path), plan.file.submission.roster)
    covered: Coverage | None = None
    missing: tuple[Missing, ...] = ()
    names: Mapping[str, Mapping[str, str]] = {}
    if roster is not None and found is not None:
        covered, missing, names, said = _covered(plan, roster, found, tables)
        findings += said
    request = Request(tables, found, period is not None, levels, missing, names, limit, means.memory, means.tell)
    engine = choose(tables) if means.engine == "auto" else means.engine
    means.tell(message("engine: {engine}", engine=engine))
    outcome: Outcome = importlib.import_module(ENGINES[engine]).run(plan, request)
    if found is None and outcome.scopes[0].rows:
        findings.append(Finding("no-period", Place()))
    findings += [finding for table in tables for finding in (*table.findings(), *_totals(plan, table))]
    if previous is not None:
        from kpi_check import changes

        before = [table for source in _sources(_listed(previous))[0] for table in open_tables(source, plan)]
        findings += changes.findings(plan, tables, before)
    outcome = _with_findings(outcome, [*findings, *_outside(plan, found)], limit)
    headers = {(t.path, t.sheet): t.header for t in tables if t.header and not isinstance(t.header, Unreadable)}
    inputs = _inputs(tables, outcome)
    return build_report(plan, found, outcome, inputs, headers, covered, VERSION, language(lang))


def _covered(
    plan: Plan, roster: Data | Roster, period: Period, tables: Sequence[Table]
) -> tuple[Coverage, tuple[Missing, ...], Mapping[str, Mapping[str, str]], list[Finding]]:
    """How complete the data are, who is missing, what the roster calls them, and what is to be said of it."""
    from kpi_check import coverage
    from kpi_check.roster import Roster, read_roster

    if not isinstance(roster, Roster):
        ((source,), _) = _sources([roster])
        roster = read_roster(plan, source)
    there = coverage.reporters(plan, tables, period)
    covered = coverage.coverage(plan, roster, period, there)
    said = list(coverage.findings(plan, roster, period, there, covered))
    return covered, coverage.missing(plan, roster, period, there), coverage.names(plan, roster, period), said


THOUSANDS = (".", ",")
"""The signs that may stand between thousands."""


def _totals(plan: Plan, table: Table) -> Iterable[Finding]:
    if not any(out.what == "total" for out in table.left_out()):
        return ()
    from kpi_check import totals

    return totals.findings(plan, table)


def _inputs(tables: Sequence[Table], outcome: Outcome) -> list[Input]:
    """The files, by their names, each with what of it is not data."""
    left_out: dict[str, list[LeftOutRow]] = {}
    for table in tables:
        rows = [LeftOutRow(out.sheet, out.row, out.what, out.text) for out in table.left_out()]
        left_out.setdefault(table.path, []).extend(sorted(rows, key=lambda out: (out.row is None, out.row or 0)))
    hashes = {table.path: table.sha256() for table in tables}
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


def _listed(data: Data | Iterable[Data]) -> list[Data]:
    """Data as a list; Source is a tuple, and a table's items are not files."""
    if isinstance(data, str | os.PathLike | Source):
        return [data]
    if isinstance(data, list | tuple | set | frozenset | Iterator):
        return list(data)
    raise _not_data(data)


def _not_data(item: object) -> UsageError:
    return UsageError(
        message("data of type {type} cannot be read", type=type(item).__name__),
        message("name a file or a folder, or several in a list"),
    )


def _sources(data: Sequence[Data]) -> tuple[list[Source], list[Finding]]:
    """The files that are meant, each once, and what is to be said of those passed over."""
    for item in data:
        if not isinstance(item, str | os.PathLike | Source):
            raise _not_data(item)
    opened = [d for d in data if isinstance(d, Source)]
    files, passed_over = find_files(os.fspath(d) for d in data if not isinstance(d, Source))
    if not files and not opened:
        raise UsageError(message("no data are named"), message("name a file, a folder, or - for standard input"))
    named: dict[str, list[str]] = {}
    for path in files:
        named.setdefault(_real(path), []).append(path)
    findings = [Finding("file-not-read", Place(path), {"known": list(ENDINGS)}) for path in passed_over]
    findings += [Finding("file-named-twice", Place(names[0])) for names in named.values() if len(names) > 1]
    sources = [*opened, *(file_source(names[0]) for names in named.values())]
    return sorted(sources, key=lambda source: source.path), findings


def _real(path: str) -> str:
    """What tells one file from another, however it is named."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def _data_period(plan: Plan, tables: Sequence[Table]) -> Period | None:
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
