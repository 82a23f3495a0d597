"""Reports add up: the sum over any split of data into files and reports is the report of the whole."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpi_check
from agreement import compile_plan, roster_source, source
from command import ROOT
from generators import (
    PlanAndSubmission,
    random_plan_and_submission,
    random_submission,
    random_submission_with_roster,
    shipped_plan,
)
from kpi_check.readers import Source
from kpi_check.report import Report
from kpi_check.submission import bind
from kpi_check.text import code_key
from oracle import Table
from returns import shipped

Json = dict[str, Any]


def as_source(report: Report, name: str) -> Source:
    data = json.dumps(report.as_dict(), ensure_ascii=False).encode()
    return Source(f"{name}.json", lambda: io.BytesIO(data))


def split(plan: kpi_check.Plan, tables: list[Table], parts: int, chance: random.Random) -> list[list[Table]]:
    """Tables dealt out to parts at random, the rows of a unit together; none is left without rows."""
    of_unit: dict[str, int] = {}
    found: list[list[Table]] = [[] for _ in range(parts)]
    for table in tables:
        place = bind(plan, table.header).columns.get(plan.unit.code)
        rows: list[list[list[str]]] = [[] for _ in range(parts)]
        for row in table.rows:
            unit = code_key(row[place]) if place is not None and place < len(row) else ""
            part = chance.randrange(parts)
            rows[of_unit.setdefault(unit, part) if unit else part].append(row)
        for part, some in enumerate(rows):
            if some or not table.rows:
                found[part].append(Table(f"{table.name}-{part}", table.header, some))
    return [some for some in found if some]


def figures(report: Report) -> Json:
    """What must be the same. Which of several names of a scope is the commonest, only its rows can say."""
    said = report.as_dict()
    for target in said["targets"]:
        del target["scope"]["name"]
    kept = ("period", "verdict", "targets", "units", "unit_count", "unread", "unplaced", "coverage")
    return {name: said[name] for name in kept}


def evaluate(plan: kpi_check.Plan, data: list[Source], case: PlanAndSubmission, **more: Any) -> Report:
    by = list(plan.levels)
    return kpi_check.evaluate(plan, data, period=case.period, by=by, limit=None, **more)


def add_up(
    plan: kpi_check.Plan, case: PlanAndSubmission, chance: random.Random, **more: Any
) -> tuple[Json, Json] | None:
    """The report of the whole, and the report of its parts: some as reports, some as tables."""
    parts = split(plan, case.tables, chance.randint(1, 4) if plan.unit.code in plan.key_codes else 1, chance)
    try:
        whole = evaluate(plan, [source(table) for table in case.tables], case, **more)
        reports = [evaluate(plan, [source(table) for table in part], case) for part in parts]
    except kpi_check.PeriodError:
        return None
    if any(report.unplaced or report.period is None for report in reports) or len({r.period for r in reports}) > 1:
        return None  # these are refused, which other tests show
    if sum("no-rows" in report.issue_codes for report in reports) > whole.issue_codes.get("no-rows", 0):
        return None  # a part has nothing but blank rows or totals
    data: list[Source] = []
    for number, (report, part) in enumerate(zip(reports, parts, strict=True)):
        as_table = case.period is not None and chance.random() < 0.3
        data += [source(table) for table in part] if as_table else [as_source(report, f"part-{number}")]
    summed = evaluate(plan, data, case, **more)
    again = evaluate(plan, [as_source(summed, "sum")], case)
    # But for the sentence on who is missing, which only a run with the roster has.
    notes = [[{**target, "note": None} for target in figures(report)["targets"]] for report in (again, summed)]
    assert notes[0] == notes[1], "a sum is a report like any other"
    pair = figures(whole), figures(summed)
    if (
        "duplicate-key" in whole.issue_codes
    ):  # a unit under two bodies counts for neither, and a report does not name them
        for one in pair:
            one["coverage"] = one["coverage"] and one["coverage"]["units"]
    return pair


def same(pair: tuple[Json, Json] | None) -> bool:
    if pair is None:
        return False
    whole, summed = pair
    assert whole == summed
    return True


SEEDS = st.integers(0, 2**32)


def shipped_case(seed: int) -> PlanAndSubmission:
    made = random_submission(random.Random(seed))
    return PlanAndSubmission(shipped_plan(), made.tables, made.period, made.by)


@settings(max_examples=150)
@given(SEEDS)
def test_returns_by_the_shipped_plan(seed: int) -> None:
    same(add_up(shipped(), shipped_case(seed), random.Random(seed)))


@settings(max_examples=150)
@given(SEEDS)
def test_returns_by_any_plan(seed: int) -> None:
    case = random_plan_and_submission(random.Random(seed))
    same(add_up(compile_plan(case.plan), case, random.Random(seed)))


@settings(max_examples=100)
@given(SEEDS)
def test_with_a_roster(seed: int) -> None:
    made = random_submission_with_roster(random.Random(seed))
    case = PlanAndSubmission(made.plan, made.tables, made.period, made.by)
    same(add_up(shipped(), case, random.Random(seed), roster=roster_source(made.roster)))


def test_most_cases_are_compared() -> None:
    """A check that most often compares nothing shows nothing."""
    compared = sum(same(add_up(shipped(), shipped_case(seed), random.Random(seed))) for seed in range(60))
    assert compared >= 30


def test_the_sample_province() -> None:
    """To the byte, but for the files: the names of districts and the issues as well."""
    folder = ROOT / "sample_data" / "2024"
    by = ["district", "unit"]
    reports = [kpi_check.evaluate(shipped(), path, by=by, limit=None) for path in sorted(folder.iterdir())]
    summed = kpi_check.evaluate(
        shipped(), [as_source(report, f"{number}") for number, report in enumerate(reports)], by=by, limit=None
    )
    whole = kpi_check.evaluate(shipped(), folder, by=by, limit=None)
    assert summed._replace(inputs=()) == whole._replace(inputs=())


# --- what is refused -------------------------------------------------------------------------------------------------


def sample(folder: Path, name: str, *, limit: int | None = None, **more: Any) -> Path:
    report = kpi_check.evaluate(shipped(), ROOT / "sample_data" / "2024" / f"{name}.csv", limit=limit, **more)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(report.as_dict()), "utf-8")
    return path


def changed(path: Path, change: Callable[[Json], object]) -> Path:
    report = json.loads(path.read_text("utf-8"))
    change(report)
    path.write_text(json.dumps(report), "utf-8")
    return path


REFUSED: dict[str, tuple[Callable[[Json], object], str]] = {
    "another plan": (lambda r: r["plan"].update(sha256="0" * 64), "another plan"),
    "another schema": (lambda r: r.update(schema="kpi-check/report/2"), "schema"),
    "another key": (lambda r: r.update(more=1), "no report of kpi-check"),
    "without a key": (lambda r: r.pop("units"), "no report of kpi-check"),
    "a float": (lambda r: r["targets"][0].update(numerator=31.0), "no report of kpi-check"),
    "true for a number": (lambda r: r["targets"][0].update(needed=True), "no report of kpi-check"),
    "a numerator": (lambda r: r["targets"][0].update(numerator=r["targets"][0]["numerator"] + 1), "do not agree"),
    "both": (
        lambda r: r["targets"][0].update(numerator=1000, denominator=1000, failing=[], failing_count=0),
        "do not agree",
    ),
    "a status": (lambda r: r["targets"][0].update(status="undetermined"), "do not agree"),
    "below nothing": (lambda r: r["targets"][0].update(unknown=-1), "do not agree"),
    "a verdict": (lambda r: r.update(verdict="met"), "do not agree"),
    "an error less": (lambda r: r["issue_count"].update(warning=1), "lists are cut"),
    "a unit less": (lambda r: r["units"].pop(), "lists are cut"),
    "a unit twice": (lambda r: r["units"].__setitem__(0, r["units"][1]), "do not agree"),
    "a target less": (lambda r: r["targets"].pop(), "do not agree"),
    "no target": (lambda r: r["targets"].clear(), "do not agree"),
    "another target": (lambda r: r["targets"][0].update(id="other"), "do not agree"),
    "no period": (lambda r: r.update(period=None), "of no period"),
    "no verdict": (lambda r: r.update(verdict=None), "only checked"),
    "no file that was read": (lambda r: r["inputs"].clear(), "do not agree"),
    "fewer rows read than counted": (lambda r: r["inputs"][0].update(rows=1), "do not agree"),
    "a failing unit less": (lambda r: r["targets"][0]["failing"].pop(), "lists are cut"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_report_that_was_changed(name: str, tmp_path: Path) -> None:
    change, why = REFUSED[name]
    path = changed(sample(tmp_path, "van-canh"), change)
    with pytest.raises(kpi_check.InputError, match=why):
        kpi_check.evaluate(shipped(), path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"schema": 1}', "[" * 100_000, '{"a": ' * 50_000])
def test_what_is_no_report(text: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(kpi_check.InputError, match="no report of kpi-check"):
        kpi_check.evaluate(shipped(), path)


def test_a_report_with_cut_lists(tmp_path: Path) -> None:
    path = sample(tmp_path, "van-canh", limit=1)
    with pytest.raises(kpi_check.InputError, match="make it with --limit all"):
        kpi_check.evaluate(shipped(), path)


def test_a_unit_in_two_reports(tmp_path: Path) -> None:
    first, second = sample(tmp_path, "van-canh"), tmp_path / "again.json"
    changed(first, lambda report: report["inputs"][0].update(path="other.csv"))
    second.write_text(json.dumps(json.loads(first.read_text("utf-8")), indent=2), "utf-8")
    with pytest.raises(kpi_check.InputError, match=r"the unit \"VC-000\" is in .*again.json, too"):
        kpi_check.evaluate(shipped(), [first, second])


def test_a_unit_in_a_report_and_a_table(tmp_path: Path) -> None:
    with pytest.raises(kpi_check.InputError, match=r"the unit \"VC-000\" is in .*van-canh.csv, too"):
        kpi_check.evaluate(shipped(), [sample(tmp_path, "van-canh"), ROOT / "sample_data/2024/van-canh.csv"])


def test_a_report_of_another_period(tmp_path: Path) -> None:
    with pytest.raises(kpi_check.PeriodError, match="of 2024, and the period is 2025"):
        kpi_check.evaluate(shipped(), sample(tmp_path, "van-canh"), period="2025")


def test_a_report_without_a_level(tmp_path: Path) -> None:
    with pytest.raises(kpi_check.InputError, match="no results by district"):
        kpi_check.evaluate(shipped(), sample(tmp_path, "van-canh"), by="district")


def test_a_report_that_is_validated(tmp_path: Path) -> None:
    with pytest.raises(kpi_check.UsageError, match="cannot be validated"):
        kpi_check.validate(shipped(), sample(tmp_path, "van-canh"))


def test_a_report_names_what_it_was_made_from(tmp_path: Path) -> None:
    report = kpi_check.evaluate(shipped(), [sample(tmp_path, "van-canh"), sample(tmp_path, "an-lao")])
    again = as_source(report._replace(issues=report.issues), "both")
    twice = kpi_check.evaluate(shipped(), again)
    named = [Path(origin.path).name for file in twice.inputs for origin in file.made_from]
    assert named == ["an-lao.csv", "van-canh.csv"]
    assert twice.targets == report.targets


def test_a_report_made_with_another_roster(tmp_path: Path) -> None:
    """What the other roster says of the missing is in its figures already."""
    header = "Mã đơn vị báo cáo,Mã CĐCS,Loại đơn vị\n"
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(header + "VC,VC-999,Cơ quan\n", "utf-8")
    second.write_text(header + "VC,VC-999,CĐCS\n", "utf-8")
    path = sample(tmp_path, "van-canh", roster=first)
    with pytest.raises(kpi_check.InputError, match="made with another roster"):
        kpi_check.evaluate(shipped(), path, roster=second)
    same = kpi_check.evaluate(shipped(), path, roster=first)
    without = kpi_check.evaluate(shipped(), path)
    assert [t._replace(note=None) for t in same.targets] == [t._replace(note=None) for t in without.targets]


@pytest.mark.parametrize("change", [lambda c: normalize("NFD", c), lambda c: c + " ", lambda c: c[:0]])
def test_codes_in_another_form(change: Callable[[str], str], tmp_path: Path) -> None:
    """The same unit, written so that it looks like another."""
    text = (ROOT / "sample_data/2024/van-canh.csv").read_text("utf-8").replace("VC-000", "Đ\u00c2-000")
    table = tmp_path / "t.csv"
    table.write_text(text, "utf-8")
    path = tmp_path / "t.json"
    report = kpi_check.evaluate(shipped(), table, limit=None).as_dict()
    report["units"] = [change(code) if "\u00c2" in code else code for code in report["units"]]
    path.write_text(json.dumps(report), "utf-8")
    with pytest.raises(kpi_check.InputError, match="do not agree"):
        kpi_check.evaluate(shipped(), [path, table])
