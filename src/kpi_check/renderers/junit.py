"""JUnit XML: every target is a test of its scope, every error in the data a failing test of the suite `data`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO
from xml.etree import ElementTree as ET

from kpi_check.compliance import Status
from kpi_check.errors import message
from kpi_check.locale import Language, language
from kpi_check.renderers import Surface, words
from kpi_check.report import Issue, Report, Scope, TargetResult
from kpi_check.text import visible


def render(report: Report, stream: BinaryIO, _surface: Surface) -> None:
    """Write the XML."""
    lang = language(report.language)
    root = ET.Element("testsuites", name=visible(f"kpi-check {report.plan.number}"))
    for scope, results in report.by_scope().items():
        _suite(root, results, scope, lang)
    _data(root, report, lang)
    ET.indent(root)
    stream.write(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _suite(root: ET.Element, results: Sequence[TargetResult], scope: Scope, lang: Language) -> None:
    failures = [r for r in results if r.status not in (Status.MET, Status.NOT_DUE)]
    skipped = [r for r in results if r.status is Status.NOT_DUE]
    name = " ".join(filter(None, (scope.level, scope.code, scope.name)))
    suite = _element(root, "testsuite", name=name, tests=len(results), failures=len(failures), skipped=len(skipped))
    for result in results:
        title = " ".join(filter(None, (result.clause, result.title)))
        case = _element(suite, "testcase", classname=result.id, name=title)
        if result.status is Status.NOT_DUE:
            _element(case, "skipped", message=words.verdict(result, lang))
        elif result.status is not Status.MET:
            _element(case, "failure", type=result.status.value, message=words.verdict(result, lang))
        else:
            _element(case, "system-out").text = visible(words.verdict(result, lang))


def _data(root: ET.Element, report: Report, lang: Language) -> None:
    errors = [issue for issue in report.issues if issue.severity == "error"]
    count = report.issue_count["error"]
    rest = count - len(errors)
    listed = len(errors) + bool(rest)
    suite = _element(root, "testsuite", name="data", tests=max(listed, 1), failures=listed, skipped=0)
    if not count:
        _element(suite, "testcase", classname="data", name=lang.say(words.STATUS[Status.MET]))
    for issue in errors:
        name = " ".join(filter(None, (words.place(issue, lang), words.unit(issue))))
        case = _element(suite, "testcase", classname=issue.code, name=name)
        _element(case, "failure", type=issue.code, message=_said(issue))
    if rest:
        more = lang.say(message("and {number} more", number=rest))
        _element(_element(suite, "testcase", classname="data", name=more), "failure", type="more", message=more)


def _said(issue: Issue) -> str:
    value = "" if not issue.value else f'"{issue.value[:200]}": '
    return f"{value}{issue.message}; {issue.hint}"


def _element(parent: ET.Element, tag: str, **attributes: str | int) -> ET.Element:
    return ET.SubElement(parent, tag, {name: visible(str(value)) for name, value in attributes.items()})
