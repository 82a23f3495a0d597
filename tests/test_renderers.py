"""What formats write: data stay data, figures agree with verdicts, the JSON is the contract's."""

from __future__ import annotations

import io
import json
import random
import re
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len

import generators
import kpi_check
from agreement import compile_plan, source
from command import ROOT
from kpi_check.compliance import Status
from kpi_check.measures import COMPARE, SIGNS
from kpi_check.renderers import RENDERERS, Surface, render
from oracle import Table
from returns import FIELDS, row, shipped, text_source

PLAN = kpi_check.load_plan(ROOT / "targets.yaml")
SIGNS_BACK = {sign: operator for operator, sign in SIGNS.items()}
STATUSES = {
    "met": "met",
    "not met": "not_met",
    "undetermined": "undetermined",
    "not due": "not_due",
    "no data": "no_data",
}
EVIL = [
    "[/red]",
    "[bold]x",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\u202eabc",
    "a\r\nb",
    "=cmd|' /C calc'!A0",
    "<b>&\"'",
    "::error::x%0A",
]


def rendered(report: kpi_check.Report, name: str, **surface: Any) -> str:
    stream = io.BytesIO()
    render(name, report, stream, Surface(**surface))
    return stream.getvalue().decode()


def report_of(rng: random.Random, lang: str = "en") -> kpi_check.Report | None:
    submission = generators.random_submission(rng)
    sources = [source(table) for table in submission.tables]
    try:
        return kpi_check.evaluate(PLAN, sources, period=submission.period, by=submission.by, lang=lang)
    except kpi_check.PeriodError:
        return None


def number(text: str, lang: str) -> Fraction:
    group, point = (",", ".") if lang == "en" else (".", ",")
    return Fraction(text.replace(group, "").replace(point, "."))


LINES = re.compile(
    r"(?m)^[✓✗?·∅] II\.\S+ [^\n]*\n(?:(?!  |[✓✗?·∅] )[^\n]+\n)*"
    r"  (?P<status>[^\d\n(]+?)(?:\s+(?P<percent>[\d.,]+)%)?\s+\(?(?P<n>[\d.,]+)/(?P<d>[\d.,]+)\)?\n"
    r"  (?P<sign>[≥>≤<=]) (?P<threshold>[\d.,]+)%"
)


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_what_the_console_prints_agrees_with_the_exact_comparison(lang: str) -> None:
    seen = 0
    for seed in range(400):
        report = report_of(random.Random(seed), lang)
        if report is None:
            continue
        page = rendered(report, "console", width=69)
        found = list(LINES.finditer(page))
        assert len(found) == len(PLAN.targets), page
        for printed, result in zip(found, report.targets, strict=False):
            n, d = (int(printed[key].translate({ord(","): None, ord("."): None})) for key in ("n", "d"))
            assert (n, d) == (result.numerator, result.denominator)
            threshold = number(printed["threshold"], lang) / 100
            compare = COMPARE[SIGNS_BACK[printed["sign"]]]  # type: ignore[index] # a sign is an operator's
            if printed["percent"] is None:
                assert d == 0
                continue
            shown = number(printed["percent"], lang) / 100
            exact = Fraction(n, d)
            assert (shown > threshold) - (shown < threshold) == (exact > threshold) - (exact < threshold)
            assert abs(shown - exact) <= Fraction(1, 20_000)
            if (
                lang == "en"
                and STATUSES[printed["status"]] in ("met", "not_met")
                and result.unknown == 0
                and result.bounded
            ):
                assert compare(exact, threshold) is (printed["status"] == "met")
                seen += 1
    assert lang == "vi" or seen > 500


def evil_report() -> kpi_check.Report:
    header = [
        "period",
        "district_code",
        "district_name",
        "unit_code",
        "unit_name",
        "rating",
        "nominees",
        "Ghi [/b] chú\x1b[0m",
    ]
    rows = [["2024", f"D{i}", evil, f"U{i}{evil}", evil, evil, evil, evil] for i, evil in enumerate(EVIL)]
    rows.append(["2024", "D", "x", "U", "x", "failed", "0", ""])
    return kpi_check.evaluate(PLAN, source(Table("evil[/]\x1b[1m", header, rows)), by=["district", "unit"])


@pytest.mark.parametrize("name", RENDERERS)
def test_data_are_never_markup_or_terminal_codes(name: str) -> None:
    page = rendered(evil_report(), name)
    if name != "json":
        assert not {c for c in page if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e")}
    for line in page.splitlines() if name == "github" else ():
        assert re.match(r"::(error|warning|notice) ", line), line


def test_what_looks_like_markup_is_shown_as_written() -> None:
    page = rendered(evil_report(), "console", width=200)
    assert '"[/red]": ' in page
    assert "[bold]x" in page
    assert "\\x1b[2J" in page
    assert "\\u202eabc" in page


def test_colours_do_not_let_data_through_either() -> None:
    page = rendered(evil_report(), "console", color=True)
    assert "\x1b[2J" not in page
    assert "\x1b]0" not in page
    assert "\x1b[" in page


def test_junit_is_xml_that_says_the_same() -> None:
    report = evil_report()
    root = ET.fromstring(rendered(report, "junit"))
    suites = {suite.get("name"): suite for suite in root}
    whole = suites["all"]
    assert [case.get("classname") for case in whole] == [t.id for t in report.targets[:9]]
    failing = sum(t.status not in ("met", "not_due") for t in report.targets[:9])
    assert len(whole.findall("*/failure")) == failing == int(whole.get("failures", ""))
    assert len(suites["data"].findall("*/failure")) == report.issue_count["error"]


def test_json_has_the_keys_of_the_contract_and_no_float() -> None:
    told = json.loads(rendered(evil_report(), "json"), parse_float=lambda text: pytest.fail(f"a float: {text}"))
    assert list(told) == [
        *(
            "schema",
            "tool",
            "plan",
            "period",
            "verdict",
            "targets",
            "issues",
            "issue_count",
            "issue_codes",
            "coverage",
            "inputs",
            "units",
            "unit_count",
            "unread",
            "unplaced",
        ),
    ]
    assert told["schema"] == "kpi-check/report/1"
    assert list(told["targets"][0]) == [
        *("id", "clause", "title", "status", "scope", "numerator", "denominator", "unknown", "unknown_counted"),
        *("bounded", "percent", "range", "operator", "threshold", "needed", "spare", "due", "note", "failing"),
        *("failing_count", "better", "rows", "unknown_numerator", "unbounded", "shortfall_share"),
    ]
    assert list(told["issues"][0]) == [
        *("code", "severity", "message", "hint", "file", "sheet", "row", "column", "header", "field", "unit_code"),
        *("unit_name", "value"),
    ]
    assert list(told["targets"][0]["scope"]) == ["level", "code", "name"]
    assert list(told["issue_count"]) == ["error", "warning", "info"]
    assert list(told["inputs"][0]) == ["path", "sha256", "rows", "left_out", "made_from"]


def test_github_annotations_name_file_and_line() -> None:
    report = kpi_check.evaluate(PLAN, ROOT / "sample_data" / "2024-faults")
    page = rendered(report, "github")
    assert re.search(r"(?m)^::error file=\S+van-canh\.csv,line=4,title=blank::column M VC-002 ", page)


def test_a_frame_has_one_row_a_target_and_scope() -> None:
    report = evil_report()
    frame = report.to_frame()
    assert len(frame) == len(report.targets)
    assert str(frame["numerator"].dtype) == "Int64"
    assert frame["status"].tolist() == [t.status.value for t in report.targets]
    assert frame.loc[0, "level"] == "all"


def test_amounts_and_ratios_are_printed() -> None:
    text = (ROOT / "targets.yaml").read_text("utf-8")
    extra = """
  - {id: joined, title: New members, amount: nominees, at_least: 12, judged: each period}
  - {id: fulfilled, title: Fulfilment, ratio: workers, of: members, at_least: 2/3, judged: each period}
"""
    from kpi_check.plan_lint import parse_plan

    plan = parse_plan((text + extra).encode(), "plan.yaml")
    report = kpi_check.evaluate(plan, ROOT / "sample_data" / "2024" / "phu-my.csv")
    joined, fulfilled = report.targets[-2:]
    assert joined.denominator is None
    assert joined.percent is None
    assert joined.range == (str(joined.numerator), str(joined.numerator))
    page = rendered(report, "console", width=69)
    assert re.search(rf"met {joined.numerator}\n  ≥ 12, {joined.spare} cases to spare", page)
    assert f"≥ 2/3, {fulfilled.spare} cases to spare" in page or f"≥ 2/3, {fulfilled.needed} cases short" in page


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("width", [40, 69, 70, 80, 100, 120, 200])
def test_the_matrix_fits_and_has_every_scope_and_target(lang: str, width: int) -> None:
    report = kpi_check.evaluate(shipped(), ROOT / "sample_data" / "2024", by="district", lang=lang)
    page = rendered(report, "console", width=width)
    assert max(cell_len(line) for line in page.splitlines()) <= width
    codes = {t.scope.code or "" for t in report.targets if t.scope.level == "district"}
    matrix = page[page.index(report.level_titles["district"]) :]
    assert all(f"\n{code} " in matrix for code in codes)
    for target in report.targets:
        if target.scope.level == "district" and target.status is not Status.NOT_DUE:
            assert (target.clause or target.id) in matrix
    share = next(t for t in report.targets if t.scope.level == "district" and t.shortfall_share)
    assert (share.shortfall_share or "").replace(".", "," if lang == "vi" else ".") in matrix


def test_the_matrix_shows_hostile_names_as_text() -> None:
    text = "\n".join([";".join(FIELDS), ";".join(row(district_code="D\x1b[2J", district_name="[red]一" * 40))]) + "\n"
    report = kpi_check.evaluate(shipped(), text_source(text, "t.csv"), by="district")
    for width, ascii_only in ((80, False), (80, True), (45, False)):
        page = rendered(report, "console", width=width, ascii_only=ascii_only)
        assert "\x1b" not in page
        assert page.isascii() or not ascii_only
        assert max(cell_len(line) for line in page.splitlines()) <= width


def test_who_is_missing_is_said_in_a_sentence() -> None:
    roster = text_source("district_code;unit_code\nD1;U1\nD2;\nD3;\n", "roster.csv")
    text = "\n".join([";".join(FIELDS), ";".join(row(nominees="0"))]) + "\n"
    report = kpi_check.evaluate(shipped(), text_source(text, "t.csv"), roster=roster)
    notes = {t.id: t.note or "" for t in report.targets}
    assert "holds whatever the 2 that are missing report (District)" in notes["party-nominees"]
    assert "2 are missing (District)" in notes["workers-trained"]


def test_the_matrix_never_cuts_a_figure() -> None:
    """Also of a plan whose targets have no clause, and of districts with short names."""
    plan = generators.shipped_plan()
    plan = json.loads(json.dumps(plan))
    for target in plan["targets"]:
        target.pop("clause", None)
    rows = [row(unit_code=f"U{place}", district_code=body, district_name="") for place, body in enumerate("AB")]
    text = "\n".join([";".join(FIELDS), *(";".join(cells) for cells in rows)]) + "\n"
    report = kpi_check.evaluate(compile_plan(plan), text_source(text, "t.csv"), by="district")
    for width in (70, 80, 120):
        page = rendered(report, "console", width=width)
        matrix = page[page.index("By District") :]
        assert not any("…" in line for line in matrix.splitlines() if line.startswith(("all", "A ", "B ")))
        assert matrix.count("100.00%") >= 6
        assert "\nall" in matrix


def test_the_matrix_says_which_body_is_missing() -> None:
    roster = text_source("district_code;unit_code\nD1;U1\nD2;\n", "roster.csv")
    text = "\n".join([";".join(FIELDS), ";".join(row(district_code="D1"))]) + "\n"
    report = kpi_check.evaluate(shipped(), text_source(text, "t.csv"), roster=roster, by="district")
    page = rendered(report, "console", width=100)
    assert re.search(r"(?m)^D2 +missing +", page)
    assert re.search(r"(?m)^D1 .*1/1 ", page)
