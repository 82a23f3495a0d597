"""Annotations for GitHub Actions: a line each for what a due target lacks and for every issue, with file and line."""

from __future__ import annotations

from typing import BinaryIO

from kpi_check.compliance import Status
from kpi_check.errors import message
from kpi_check.locale import Language, language
from kpi_check.renderers import Surface, words
from kpi_check.report import Issue, Report, TargetResult
from kpi_check.text import visible

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, stream: BinaryIO, _surface: Surface) -> None:
    """Write workflow commands."""
    lang = language(report.language)
    lines = [_target(result, report, lang) for result in report.targets if _is_worth_saying(result)]
    lines += [_issue(issue, lang) for issue in report.issues]
    rest = sum(report.issue_count.values()) - len(report.issues)
    if rest:
        more = lang.say(message("and {number} more", number=rest))
        lines.append(f"::notice::{_text(more)}")
    title = _value(f"kpi-check {report.plan.number}")
    said = words.checked(report) if report.verdict is None else words.STATUS[report.verdict]
    lines.append(f"::notice title={title}::{_text(lang.say(said))}")
    stream.write("".join(line + "\n" for line in lines).encode())


def _is_worth_saying(result: TargetResult) -> bool:
    return result.status not in (Status.MET, Status.NOT_DUE)


def _target(result: TargetResult, report: Report, lang: Language) -> str:
    level = "error" if result.scope.level == "all" else "warning"
    scope = "" if result.scope.level == "all" else f" [{result.scope.code} {result.scope.name}]"
    title = f"{report.plan.number} {result.clause or ''} {result.title}{scope}"
    return f"::{level} title={_value(' '.join(title.split()))}::{_text(words.verdict(result, lang))}"


def _issue(issue: Issue, lang: Language) -> str:
    where = {"file": issue.file, "line": None if issue.row is None else str(issue.row), "title": issue.code}
    properties = ",".join(f"{name}={_value(value)}" for name, value in where.items() if value)
    value = "" if not issue.value else f' "{issue.value[:200]}"'
    about = " ".join(filter(None, (words.column(issue, lang), words.unit(issue)))) + value
    said = ": ".join(filter(None, (about, issue.message)))
    return f"::{_LEVELS[issue.severity]} {properties}::{_text(f'{said}; {issue.hint}')}"


def _text(text: str) -> str:
    return visible(text).replace("%", "%25")


def _value(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
