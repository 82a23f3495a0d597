"""Every engine says the same as the reference, byte for byte: on samples, on hostile and odd files, on made submissions."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import kpi_check
from agreement import compile_plan
from command import ROOT
from generators import (
    Filler,
    PlanAndSubmission,
    Submission,
    random_plan_and_submission,
    random_submission,
    shipped_plan,
    to_csv,
)
from kpi_check.engines import ENGINES
from kpi_check.engines import duckdb as by_duckdb
from kpi_check.readers import READERS
from oracle import Table
from returns import shipped

OTHERS = [name for name in ENGINES if name != "plain"]
TESTS = Path(__file__).parent
TEXT_FILES = sorted(
    path
    for folder in ("hostile/data", "awkward", "odd/data")
    for path in (TESTS / folder).rglob("*")
    if path.is_file() and path.suffix.lower() in READERS["text"].endings
)
SAMPLES = sorted(path for path in (ROOT / "sample_data").iterdir() if path.is_dir() and path.name != "expected")


def said(plan: kpi_check.Plan, data: Any, engine: str, **more: Any) -> str:
    """The report as it is written, or why there is none."""
    try:
        report = kpi_check.evaluate(plan, data, engine=engine, **more)
    except kpi_check.KpiCheckError as error:
        return f"{type(error).__name__}: {error}"
    return json.dumps(report.as_dict(), ensure_ascii=False)


@contextmanager
def counting() -> Iterator[list[int]]:
    """How many rows DuckDB counts, table by table."""
    counts: list[int] = []
    count = by_duckdb._Rows.count

    def counted(rows: by_duckdb._Rows, tallies: Any) -> int:
        counts.append(count(rows, tallies))
        return counts[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_duckdb._Rows, "count", counted)
        yield counts


def differs(plan: kpi_check.Plan, data: Any, **more: Any) -> list[str]:
    """The engines that do not say what the reference says."""
    expected = said(plan, data, "plain", **more)
    return [engine for engine in OTHERS if said(plan, data, engine, **more) != expected]


# files


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("by", [(), "district", ("district", "unit")])
def test_samples(folder: Path, by: Any) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    files = [folder, *folder.iterdir()]
    assert {path.name: differs(plan, path, by=by) for path in files} == {path.name: [] for path in files}


@pytest.mark.parametrize("chunk", range(8))
def test_hostile_awkward_and_odd_files(chunk: int) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    for path in TEXT_FILES[chunk::8]:
        for period in (None, "2024"):
            assert differs(plan, path, by="district", period=period) == [], path


def test_there_are_many_such_files() -> None:
    assert len(TEXT_FILES) > 500
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    with counting() as counts:
        for path in TEXT_FILES:
            said(plan, path, "duckdb")
    assert sum(map(bool, counts)) > 100


# made submissions


def written(tables: Sequence[Table], folder: Path, delimiter: str = ",", end: str = "\n") -> list[Path]:
    """The files of a submission."""
    files = []
    for made in tables:
        files.append(folder / f"{made.name}.csv")
        files[-1].write_bytes(to_csv(made, delimiter).replace("\n", end).encode())
    return files


def tidied(made: Table, rng: random.Random) -> Table:
    """A table whose cells are written as machines write them, most of them."""

    def tidy(text: str) -> str:
        if rng.randrange(100) == 0:
            return text
        text = unicodedata.normalize("NFC", text.strip())
        return str(int(text)) if re.fullmatch("[0-9]{1,9}", text, re.ASCII) else text

    return Table(made.name, made.header, [[tidy(text) for text in cells] for cells in made.rows])


def check(
    seed: int, case: Submission | PlanAndSubmission, plan: kpi_check.Plan, folder: Path, rng: random.Random
) -> None:
    files = written(case.tables, folder, rng.choice([",", ";", "\t"]), rng.choice(["\n", "\n", "\r\n"]))
    more = {"period": case.period, "by": case.by, "limit": rng.choice([None, 1000, 0, 1, 3])}
    assert differs(plan, files, **more) == [], f"seed {seed}: {more}"


def check_shipped(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        check(seed, random_submission(rng), shipped(), folder, rng)


def check_any_plan(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = random_plan_and_submission(rng)
        check(seed, case, compile_plan(case.plan), folder, rng)


def check_tidy(seeds: range, folder: Path) -> None:
    """Tables that are tidy but for some faults, which DuckDB counts for the most part."""
    for seed in seeds:
        rng = random.Random(seed)
        made = (
            random_plan_and_submission(rng) if seed % 2 else PlanAndSubmission(shipped_plan(), [], None, ["district"])
        )
        period = rng.choice(["2024", "2024", "2025", "2024-H1"])
        filler = Filler(rng, made.plan, period)
        rate, number = rng.choice([0, 2, 10]), rng.choice([1, 1, 1, 2, 3])
        tables = [
            tidied(filler.table(f"t{i}", rng.randrange(1, 60), rate, with_period=rng.randrange(8) > 0), rng)
            for i in range(number)
        ]
        by = [level for level in made.by if level != "unit"]
        case = PlanAndSubmission(made.plan, tables, rng.choice([None, period]), by)
        check(seed, case, compile_plan(case.plan), folder, rng)


def test_made_submissions(tmp_path: Path) -> None:
    check_shipped(range(150), tmp_path)


def test_made_plans(tmp_path: Path) -> None:
    check_any_plan(range(150), tmp_path)


def test_made_tidy_submissions(tmp_path: Path) -> None:
    with counting() as counts:
        check_tidy(range(300), tmp_path)
    assert sum(counts) > 2000


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(10))
@pytest.mark.parametrize("checked", [check_shipped, check_any_plan, check_tidy], ids=lambda check: check.__name__)
def test_many_made_submissions(checked: Any, chunk: int, tmp_path: Path) -> None:
    checked(range(1000 + chunk * 1000, 2000 + chunk * 1000), tmp_path)
