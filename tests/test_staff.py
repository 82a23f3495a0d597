"""The second sample plan, over a register of persons: the package and the oracle agree, and tables say what files do."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any

import pytest
import yaml

import kpi_check
from agreement import compile_plan, differences
from command import ROOT
from oracle import Table
from tables import MAKERS

STAFF = ROOT / "sample_data" / "staff"


@functools.cache
def staff_plan() -> dict[str, Any]:
    plan: dict[str, Any] = yaml.load((STAFF / "targets.yaml").read_text("utf-8"), yaml.BaseLoader)
    return plan


def tables(folder: str) -> list[Table]:
    return [table(path) for path in sorted((STAFF / folder).glob("*.csv"))]


def table(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return Table(path.stem, header, rows)


@pytest.mark.parametrize("folder", ["2025", "2025-faults"])
@pytest.mark.parametrize("by", [[], ["centre"], ["centre", "station"]], ids=["all", "centre", "station"])
def test_the_oracle_agrees(folder: str, by: list[str]) -> None:
    assert differences(staff_plan(), tables(folder), None, by) == []


def test_every_kind_of_quantity_and_target_is_there() -> None:
    quantities, targets = staff_plan()["quantities"].values(), staff_plan()["targets"]
    assert {q["count"] for q in quantities} == {"rows", "station"}
    assert any("having" in q for q in quantities)
    assert {kind for target in targets for kind in ("share", "ratio", "amount") if kind in target} == {
        *("share", "ratio", "amount")
    }


def test_stations_span_rows_and_their_centres_add_up_to_the_whole() -> None:
    report = kpi_check.evaluate(kpi_check.load_plan(STAFF / "targets.yaml"), STAFF / "2025", by="centre")
    whole, *centres = report.by_scope().values()
    assert (report.inputs[0].rows, len(centres)) == (375, 6)
    for place, target in enumerate(whole):
        assert target.numerator == sum(results[place].numerator for results in centres)
        assert (target.denominator or 0) == sum(results[place].denominator or 0 for results in centres)
    assert {t.id: t.denominator for t in whole}["stations-with-doctor"] == 271


def test_what_is_not_known_of_one_person_leaves_stations_open() -> None:
    report = kpi_check.evaluate(kpi_check.load_plan(STAFF / "targets.yaml"), STAFF / "2025-faults")
    undetermined = {t.id for t in report.targets if t.status is kpi_check.Status.UNDETERMINED}
    assert undetermined == {"stations-with-doctor", "stations-training", "hours-done"}
    assert report.verdict == "not_met"
    assert report.issue_count["error"] == 8


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("folder", ["2025", "2025-faults"])
def test_tables_in_memory_say_the_same(kind: str, folder: str) -> None:
    plan = compile_plan(staff_plan())
    data = {str(STAFF / folder / f"{t.name}.csv"): MAKERS[kind](t.header, t.rows) for t in tables(folder)}
    ours, theirs = (kpi_check.evaluate(plan, d, by="station") for d in (data, STAFF / folder))
    assert ours.targets == theirs.targets
    assert ours.inputs == theirs.inputs
    assert [i._replace(row=(i.row or 0) + 1, hint="", message="") for i in ours.issues] == [
        i._replace(hint="", message="") for i in theirs.issues
    ]
