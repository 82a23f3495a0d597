"""What every renderer is given, and the only thing it is given: the JSON report of the contract as typed objects.

Everything is settled here: texts are in the report's language, figures are digits. A renderer computes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from kpi_check.compliance import Judgement, Status, judge, lacking, overall, worst_first
from kpi_check.counts import Coverage, Failing, Outcome, ScopeCount, TargetCount
from kpi_check.errors import Message, UsageError, message, plural_message
from kpi_check.issues import KINDS, Finding, Place, Severity, natural
from kpi_check.locale import Language
from kpi_check.measures import Amount
from kpi_check.periods import Period, due_text
from kpi_check.plan import Plan, Target, in_language, names_of
from kpi_check.submission import column_letter

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "kpi-check/report/1"


class Scope(NamedTuple):
    """Of what a figure is: the whole (level `all`, without code and name) or one code of a level."""

    level: str
    code: str | None
    name: str | None


class TargetResult(NamedTuple):
    """What is said of one target in one scope."""

    id: str
    clause: str | None
    title: str
    status: Status
    scope: Scope
    numerator: int
    denominator: int | None
    unknown: int
    unknown_counted: int
    bounded: bool
    percent: str | None
    range: tuple[str, str] | None
    operator: str
    threshold: str
    needed: int | None
    spare: int | None
    due: str | None
    note: str | None
    failing: tuple[Failing, ...]
    failing_count: int
    better: str
    """more or less: which way the threshold lies."""
    rows: int
    """The rows of its scope."""
    unknown_numerator: int
    """Of the unknown cases those that may come to the numerator of a ratio."""
    unbounded: tuple[str, ...]
    """Which of numerator and denominator have no upper bound."""
    shortfall_share: str | None
    """What part this scope has in what the scopes of its level lack, those that lack anything, where the whole is short."""


class Issue(NamedTuple):
    """Something in the data that a person should know of, with its place."""

    code: str
    severity: str
    message: str
    hint: str
    file: str | None
    sheet: str | None
    row: int | None
    column: str | None
    header: str | None
    """The column's header, as it is written."""
    field: str | None
    unit_code: str | None
    unit_name: str | None
    value: str | None

    def order(self) -> tuple[object, ...]:
        """As findings are ordered: errors first, then as the files go."""
        column = self.column or ""
        place = (self.file or "", natural(self.sheet or ""), self.row or 0, len(column), column)
        return (KINDS[self.code].severity, *place, self.code, self.field or "")


class LeftOutRow(NamedTuple):
    """A row, or a sheet, of a file that is not data: what it is instead, and its text."""

    sheet: str | None
    row: int | None
    what: str
    text: str


class Origin(NamedTuple):
    """A file that a report among the inputs was made from."""

    path: str
    sha256: str
    rows: int


class Input(NamedTuple):
    """A file that was read."""

    path: str
    sha256: str
    rows: int
    left_out: tuple[LeftOutRow, ...] = ()
    made_from: tuple[Origin, ...] = ()
    """Of a report the files that it was made from."""


class PlanCited(NamedTuple):
    """The plan that was judged by."""

    number: str
    title: str
    sha256: str


class Tool(NamedTuple):
    """The program that made the report."""

    name: str
    version: str


class Report(NamedTuple):
    """The verdict on a body of data."""

    schema: str
    tool: Tool
    plan: PlanCited
    period: str | None
    verdict: Status | None
    """None if the data alone were checked."""
    targets: tuple[TargetResult, ...]
    issues: tuple[Issue, ...]
    issue_count: Mapping[str, int]
    """By severity."""
    issue_codes: Mapping[str, int]
    """By code, in the order of their severity."""
    coverage: Coverage | None
    """None without a roster."""
    inputs: tuple[Input, ...]
    units: tuple[str, ...]
    """The codes of the units in the data."""
    unit_count: int
    unread: bool
    """Whether something could not be read, so that nothing is certain."""
    unplaced: bool
    """Whether there are rows that may be of any unit, where a unit may span many."""
    language: str = "en"
    """The language of its texts; not a part of the JSON."""
    level_titles: Mapping[str, str] = {}
    """What the plan calls its levels; not a part of the JSON."""

    def by_scope(self) -> dict[Scope, list[TargetResult]]:
        """The results of each scope, in the report's order."""
        scopes: dict[Scope, list[TargetResult]] = {}
        for result in self.targets:
            scopes.setdefault(result.scope, []).append(result)
        return scopes

    def as_dict(self) -> dict[str, Any]:
        """The report as the JSON has it."""
        return {
            name: plain(value) for name, value in self._asdict().items() if name not in ("language", "level_titles")
        }

    def to_frame(self) -> pd.DataFrame:
        """A pandas DataFrame, one row a target and scope; counts are nullable integers."""
        try:
            import pandas as pd
        except ImportError as error:
            raise UsageError(
                message("a DataFrame needs pandas, which is not installed"), message("pip install 'kpi-check[pandas]'")
            ) from error

        rows = [_flat(target) for target in self.targets]
        frame = pd.DataFrame(rows, columns=list(_FRAME))
        return frame.astype({name: "Int64" for name in _FRAME if name in _COUNTS})


def plain(value: Any) -> Any:
    """A record as a dictionary, and so on inside it."""
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        items = [plain(item) for item in value]
        return items if fields is None else dict(zip(fields, items, strict=True))
    return value.value if isinstance(value, Status) else value


_COUNTS = ("numerator", "denominator", "unknown", "unknown_counted", "needed", "spare", "failing_count")
_FRAME = (
    *("id", "clause", "title", "status", "level", "code", "name", "numerator", "denominator", "unknown"),
    *("unknown_counted", "bounded", "percent", "lowest", "highest", "operator", "threshold", "needed", "spare"),
    *("due", "note", "failing_count"),
)


def _flat(target: TargetResult) -> dict[str, object]:
    lowest, highest = target.range or (None, None)
    row = {name: getattr(target, name) for name in TargetResult._fields if name in _FRAME}
    scope = {"level": target.scope.level, "code": target.scope.code, "name": target.scope.name}
    return {**row, **scope, "status": target.status.value, "lowest": lowest, "highest": highest}


def known_value(result: TargetResult) -> Fraction | None:
    """What is known of a target, exactly: a share or ratio, an amount in cases; None with nothing to divide by."""
    if result.denominator is None:
        return Fraction(result.numerator)
    return Fraction(result.numerator, result.denominator) if result.denominator else None


# --- figures ---------------------------------------------------------------------------------------------------------


def percent_digits(value: Fraction, threshold: Fraction) -> str:
    """A share in percent: two decimals, and more where it would not be told from the threshold though it differs."""
    places = 2
    while value != threshold and rounded_percent(value, places) == rounded_percent(threshold, places):
        places += 1
    digits = str(rounded_percent(value, places)).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}"


def rounded_percent(value: Fraction, places: int) -> int:
    """Percent times a power of ten, half up."""
    scaled = value * 100 * 10**places
    return int((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator))


def _digits(target: Target, value: Fraction) -> str:
    return str(int(value)) if isinstance(target.measure, Amount) else percent_digits(value, target.threshold.value)


# --- building --------------------------------------------------------------------------------------------------------


def build_report(
    plan: Plan,
    period: Period | None,
    outcome: Outcome,
    inputs: Sequence[Input],
    headers: Headers,
    covered: Coverage | None,
    version: str,
    lang: Language,
    limit: int | None = None,
    told: Sequence[Issue] = (),
) -> Report:
    """Judge what was counted, and put everything into a language.

    Headers are by file and sheet; `told` are the issues of reports among the inputs, which are in words already.
    """
    by_scope = [(scope, _judged(plan, scope, period)) for scope in outcome.scopes]
    whole, judgements = by_scope[0]
    shares, lost = _shortfall_shares(plan, by_scope), _who_is_missing(covered, plan, lang)
    targets = [
        _result(target, scope, count, judgement, period, lang, shares.get((scope.level, scope.code, target.id)), lost)
        for scope, judged in _in_order(by_scope)
        for target, count, judgement in zip(plan.targets, scope.targets, judged, strict=True)
    ]
    info = plan.file.plan
    issues = [_issue(finding, plan, headers, lang) for finding in outcome.findings]
    more = [issue for issue in told if issue.file is not None or issue not in issues]  # of all data it is said once
    counts = Counter(outcome.finding_counts) + Counter(issue.code for issue in more)
    return Report(
        SCHEMA,
        Tool("kpi-check", version),
        PlanCited(info.number, in_language(info.title, lang.code), plan.sha256),
        str(period) if period else None,
        overall((j.status for j in judgements), whole.rows) if plan.targets else None,
        tuple(targets),
        tuple(sorted([*issues, *more], key=Issue.order)[:limit] if more else issues),
        {s.name.lower(): sum(n for c, n in counts.items() if KINDS[c].severity is s) for s in Severity},
        {c: n for s in Severity for c, n in sorted(counts.items()) if KINDS[c].severity is s},
        covered,
        tuple(inputs),
        outcome.units.codes[:limit],
        outcome.units.number,
        outcome.unread,
        outcome.unplaced,
        lang.code,
        {name: in_language(level.title, lang.code, name) for name, level in plan.file.submission.levels.items()},
    )


Headers = Mapping[tuple[str, str | None], Sequence[str]]
_Judged = tuple[ScopeCount, Sequence[Judgement]]


def _judged(plan: Plan, scope: ScopeCount, period: Period | None) -> list[Judgement]:
    return [judge(t, count.tally, period, scope.rows) for t, count in zip(plan.targets, scope.targets, strict=True)]


def _in_order(by_scope: Sequence[_Judged]) -> list[_Judged]:
    """The whole, then level by level the worst scopes first."""
    ordered = [by_scope[0]]
    for level in dict.fromkeys(scope.level for scope, _ in by_scope[1:]):
        of_level = {scope.code: (scope, judged) for scope, judged in by_scope[1:] if scope.level == level}
        statuses = ((code, [j.status for j in judged]) for code, (_, judged) in of_level.items())
        ordered += [of_level[code] for code in worst_first(statuses)]
    return ordered


_ScopeAndTarget = tuple[str | None, str, str]


def _shortfall_shares(plan: Plan, by_scope: Sequence[_Judged]) -> dict[_ScopeAndTarget, str]:
    """For the targets of which the whole is short: what part each scope has in what its level lacks."""
    shares: dict[_ScopeAndTarget, str] = {}
    for place, (target, judgement) in enumerate(zip(plan.targets, by_scope[0][1], strict=True)):
        if not _is_short(target, judgement):
            continue
        lacks = [
            (s, lacking(target, s.targets[place].tally.part, s.targets[place].tally.whole)) for s, _ in by_scope[1:]
        ]
        for level in {scope.level for scope, _ in lacks}:
            short = [(scope.code, lack) for scope, lack in lacks if scope.level == level and lack > 0]
            total = sum(lack for _, lack in short)
            shares.update({(level, code, target.id): _hundredths(Fraction(lack, total)) for code, lack in short})
    return shares


def _is_short(target: Target, judgement: Judgement) -> bool:
    """Whether what is known of the whole is on the wrong side of the threshold, the one that its scopes can mend."""
    if isinstance(target.measure, Amount) or judgement.value is None or target.threshold.keeps(judgement.value):
        return False
    return (judgement.better == "more") == target.threshold.more_is_better


def _hundredths(share: Fraction) -> str:
    """A share in percent with two decimals; none that is more than nothing is shown as nothing."""
    digits = str(max(1, rounded_percent(share, 2))).zfill(3)
    return f"{digits[:-2]}.{digits[-2:]}"


def _result(
    target: Target,
    scope: ScopeCount,
    count: TargetCount,
    judgement: Judgement,
    period: Period | None,
    lang: Language,
    shortfall_share: str | None,
    lost: _Lost | None,
) -> TargetResult:
    tally, amount = judgement.tally, isinstance(target.measure, Amount)
    limits = _range(target, judgement)
    return TargetResult(
        target.id,
        target.model.clause,
        in_language(target.model.title, lang.code),
        judgement.status,
        Scope("all", None, None) if scope.level is None else Scope(scope.level, scope.code, scope.name),
        tally.part,
        None if amount else tally.whole,
        tally.unknown,
        tally.inside,
        tally.bounded,
        None if amount or judgement.value is None else _digits(target, judgement.value),
        limits,
        target.threshold.operator,
        target.threshold_text,
        judgement.needed,
        judgement.spare,
        due_text(target.judged, period),
        _note(judgement, limits, amount, lang, lost if scope.level is None else None),
        count.failing,
        count.failing_count,
        judgement.better,
        scope.rows,
        tally.loose,
        tuple(n for n, is_open in (("numerator", tally.part_open), ("denominator", tally.whole_open)) if is_open),
        shortfall_share,
    )


def _range(target: Target, judgement: Judgement) -> tuple[str, str] | None:
    bounds = judgement.bounds
    if bounds is None or bounds.highest is None or not judgement.tally.bounded:
        return None
    return _digits(target, bounds.lowest), _digits(target, bounds.highest)


def _who_is_missing(covered: Coverage | None, plan: Plan, lang: Language) -> _Lost | None:
    """How many bodies, or else units, did not report, and what the plan calls them."""
    if covered is None or not (covered.missing or covered.units.missing):
        return None
    of_bodies = bool(covered.bodies and covered.missing)
    level = plan.levels[1 if of_bodies else 0]
    title = in_language(plan.file.submission.levels[level].title, lang.code, level)
    return _Lost(len(covered.missing) if of_bodies else len(covered.units.missing), title)


class _Lost(NamedTuple):
    """Those that were expected and did not report."""

    number: int
    level: str


def _note(
    judgement: Judgement, limits: tuple[str, str] | None, amount: bool, lang: Language, lost: _Lost | None
) -> str | None:
    notes: list[Message] = []
    if judgement.status is Status.UNDETERMINED and limits is not None:
        sign = "" if amount else "%"
        low, high = (lang.decimal(end) + sign for end in limits)
        notes.append(message("anywhere between {low} and {high}, depending on what is not known", low=low, high=high))
    elif judgement.status is Status.UNDETERMINED:
        notes.append(message("what is not known has no bound"))
    elif judgement.certain_anyway and lost is not None and judgement.status in (Status.MET, Status.NOT_MET):
        notes.append(
            plural_message(
                "holds whatever the {number} that is missing reports ({level})",
                "holds whatever the {number} that are missing report ({level})",
                lost.number,
                level=lost.level,
            )
        )
    elif judgement.certain_anyway and judgement.tally.bounded and judgement.status in (Status.MET, Status.NOT_MET):
        unknown = judgement.tally.unknown
        notes.append(
            plural_message(
                "holds whatever the {number} unknown case is", "holds whatever the {number} unknown cases are", unknown
            )
        )
    elif judgement.certain_anyway and judgement.status in (Status.MET, Status.NOT_MET):
        notes.append(message("holds whatever is not known"))
    if judgement.status is Status.UNDETERMINED and lost is not None:
        notes.append(
            plural_message(
                "{number} is missing ({level})", "{number} are missing ({level})", lost.number, level=lost.level
            )
        )
    if judgement.none_may_miss_below is not None:
        smallest = judgement.none_may_miss_below
        notes.append(message("a whole of fewer than {number} cannot afford a single miss", number=smallest))
    return "; ".join(lang.say(note) for note in notes) or None


def _issue(finding: Finding, plan: Plan, headers: Headers, lang: Language) -> Issue:
    kind, place = KINDS[finding.code], finding.place
    header = headers.get((place.path, place.sheet), ())
    named = place.column is not None and place.column < len(header)
    args = _in_words(finding.args, plan, lang)
    hint = kind.hint_near if kind.hint_near is not None and "near" in args else kind.hint
    return Issue(
        kind.code,
        kind.severity.name.lower(),
        lang.say(Message(kind.text.template, args)),
        lang.say(Message(hint.template, args)),
        place.path or None,
        place.sheet,
        place.row or None,  # the names of a table's columns are no row of it
        None if place.column is None else column_letter(place.column),
        " ".join(header[place.column].split()) or None if named and place.column is not None else None,
        finding.field,
        finding.unit_code,
        finding.unit_name,
        finding.value,
    )


def _in_words(args: Mapping[str, object], plan: Plan, lang: Language) -> dict[str, object]:
    """The arguments of a finding as a person reads them: fields by their labels, places in words, lists joined."""
    words: dict[str, object] = {}
    for name, value in args.items():
        match value:
            case Place():
                words[name] = lang.say(place_in_words(value))
            case Message():
                words[name] = value
            case tuple() | list():
                words[name] = (" + " if name == "parts" else ", ").join(_labels(name, value, plan, lang))
            case str() if name in ("field", "whole"):
                words[name] = in_language(plan.fields[value].label, lang.code, value)
            case _:
                words[name] = value
    return words


_LISTED = 20


def _labels(name: str, values: Sequence[object], plan: Plan, lang: Language) -> list[str]:
    shown = values[:_LISTED]
    if name in ("parts", "expected"):
        labels = names_of([str(v) for v in shown], plan, lang.code)
    elif name == "columns":
        labels = [
            f"{header} ({letter})" if header else str(letter) for header, letter in map(_header_and_letter, shown)
        ]
    else:
        labels = [str(v) for v in shown]
    rest = len(values) - len(shown)
    return [*labels, lang.say(message("{number} more", number=rest))] if rest else labels


def _header_and_letter(column: object) -> tuple[str, str]:
    index, header = column if isinstance(column, tuple) else (0, str(column))
    return header, column_letter(index)


def place_in_words(place: Place) -> Message:
    """Where something is, for a sentence."""
    if not place.row:
        return Message("{path}", {"path": place.path})
    if place.sheet:
        return message("{path}, sheet {sheet}, row {row}", path=place.path, sheet=place.sheet, row=str(place.row))
    return message("{path}, row {row}", path=place.path, row=str(place.row))
