"""Sentences that more than one format says of a report, in the report's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kpi_check.compliance import Status
from kpi_check.counts import Coverage
from kpi_check.errors import Message, message, plural_message
from kpi_check.locale import Language
from kpi_check.measures import SIGNS
from kpi_check.report import Input, Issue, Report, TargetResult

STATUS: Mapping[Status, Message] = {
    Status.MET: message("met"),
    Status.NOT_MET: message("not met"),
    Status.UNDETERMINED: message("undetermined"),
    Status.NOT_DUE: message("not due"),
    Status.NO_DATA: message("no data"),
}


def cases(result: TargetResult, lang: Language) -> str:
    """Numerator and denominator: `46/50`; for an amount its figure."""
    part = lang.number(result.numerator)
    return part if result.denominator is None else f"{part}/{lang.number(result.denominator)}"


def figure(result: TargetResult, lang: Language) -> str:
    """The percentage, for shares and ratios; nothing without a denominator."""
    return "" if result.percent is None else lang.decimal(result.percent) + "%"


def threshold(result: TargetResult, lang: Language) -> str:
    """The threshold as a language writes it: `≥ 85%`, `< 0,3%`."""
    return f"{SIGNS[result.operator]} {lang.figure(result.threshold)}"


def distance(result: TargetResult) -> Message | None:
    """How many cases are needed, or to spare; on what is known, where not all is."""
    if result.status is Status.NOT_DUE and result.due is not None:
        return message("due {due}", due=result.due)
    far = _needed(result) if result.needed else _spare(result) if result.spare is not None else None
    if far is not None and result.status is Status.UNDETERMINED:
        return message("{distance} on what is known", distance=far)
    return far


def _needed(result: TargetResult) -> Message:
    needed = result.needed or 0
    if result.better == "less":
        return plural_message("{number} case too many", "{number} cases too many", needed)
    return plural_message("{number} case short", "{number} cases short", needed)


def _spare(result: TargetResult) -> Message:
    spare = result.spare or 0
    if result.better == "less":
        return message("{number} more allowed", number=spare) if spare else message("not one more allowed")
    if not spare:
        return message("none to spare")
    return plural_message("{number} case to spare", "{number} cases to spare", spare)


def verdict(result: TargetResult, lang: Language) -> str:
    """One target in a line: what was, out of how many, what was wanted."""
    said = [figure(result, lang), f"({cases(result, lang)})" if result.denominator is not None else cases(result, lang)]
    far = distance(result)
    parts = [
        f"{lang.say(STATUS[result.status])}: {' '.join(filter(None, said))}",
        lang.say(message("wanted {threshold}", threshold=threshold(result, lang))),
        lang.say(far) if far else "",
        result.note or "",
    ]
    return "; ".join(filter(None, parts))


def checked(report: Report) -> Message:
    """What is said in place of a verdict, where the data alone were checked."""
    errors = report.issue_count["error"]
    if not errors:
        return message("no error in the data")
    return plural_message("{number} error to mend", "{number} errors to mend", errors)


def place(issue: Issue, lang: Language) -> str:
    """Where an issue is, as a person looks for it."""
    where = [issue.file] if issue.file is not None else []
    if issue.sheet is not None:
        where.append(lang.say(message("sheet {sheet}", sheet=issue.sheet)))
    if issue.row is not None:
        where.append(lang.say(message("row {row}", row=str(issue.row))))
    if issue.column is not None:
        where.append(column(issue, lang))
    return ", ".join(where)


def column(issue: Issue, lang: Language) -> str:
    """The column of an issue; nothing without one."""
    return "" if issue.column is None else lang.say(message("column {column}", column=issue.column))


def cell(issue: Issue, lang: Language) -> str:
    """Where in its sheet an issue is: row, column and header; nothing if it is about all of it."""
    row = lang.say(message("row {row}", row=str(issue.row))) if issue.row is not None else ""
    header = f"({issue.header})" if issue.header else ""
    return " ".join(filter(None, (", ".join(filter(None, (row, column(issue, lang)))), header)))


def sheet(issue: Issue, lang: Language) -> str:
    """The file and the sheet of an issue; nothing if it is about all data."""
    named = lang.say(message("sheet {sheet}", sheet=issue.sheet)) if issue.sheet is not None else ""
    return ", ".join(filter(None, (issue.file or "", named)))


def unit(issue: Issue) -> str:
    """The unit an issue is about: its code and name."""
    return " ".join(filter(None, (issue.unit_code, issue.unit_name)))


def by_unit(issues: Sequence[Issue], lang: Language) -> dict[tuple[str, str, str], list[Issue]]:
    """Issues by severity, sheet and unit, in their order; of one unit those of a kind together."""
    groups: dict[tuple[str, str, str], list[Issue]] = {}
    for issue in issues:
        groups.setdefault((issue.severity, sheet(issue, lang), unit(issue)), []).append(issue)
    return {key: sorted(found, key=lambda issue: issue.code) for key, found in groups.items()}


_LEFT_OUT: Mapping[str, Message] = {
    "title": message("titles"),
    "header": message("repeated headers"),
    "numbers": message("numbers of columns"),
    "total": message("totals"),
    "heading": message("headings"),
    "note": message("notes"),
    "sheet": message("sheets without a table of the plan"),
}
_ROWS_NAMED = 10


def left_out(file: Input, lang: Language) -> str:
    """What of a file is not data: each kind with its rows, or its sheets."""
    said: list[str] = []
    for what, kind in _LEFT_OUT.items():
        places = [out.sheet or "" if out.row is None else str(out.row) for out in file.left_out if out.what == what]
        more = len(places) - _ROWS_NAMED
        named = ", ".join(
            [*places[:_ROWS_NAMED], *([lang.say(message("{number} more", number=more))] if more > 0 else [])]
        )
        if places:
            said.append(f"{lang.say(kind)} ({named})")
    return ", ".join(said)


def coverage(report: Report, covered: Coverage) -> Iterator[Message]:
    """How many of those expected reported: bodies, then units, by what the plan calls them."""
    titles = list(report.level_titles.values())
    told = [(titles[0], covered.units.reported, covered.units.expected)]
    if covered.bodies:
        told.insert(0, (titles[1], covered.reported, covered.expected))
    for level, reported, expected in told:
        if expected:
            yield message(
                "{level}: {reported} of {expected} reported", level=level, reported=reported, expected=expected
            )
