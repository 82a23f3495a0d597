"""What stands beside the program in docs/benchmarks.md does the same work, and what the page says of it is so."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from command import ROOT, run

sys.path.insert(0, str(ROOT / "tools" / "bench"))
import faults
import page
import processes
import rows
import store

TABLE = 1_000
# The places of numerators and denominators in a line of the scripts: code, rows, then KINDS and FIGURES of duckdb_by_hand.py.
TARGETS = {
    "units-good": (2, 3),
    "units-failed": (4, 3),
    "party-members-good": (7, 9),
    "party-members-failed": (8, 9),
    "party-nominees": (6, 5),
    "cadres-degree": (10, 12),
    "cadres-theory": (11, 12),
    "officials-standard": (13, 14),
    "workers-trained": (15, 16),
}
Figures = dict[tuple[str, str], tuple[float, float]]
counting = pytest.mark.parametrize("tool", ["pandas", "polars", "duckdb"])


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> rows.Tables:
    return rows.Tables(tmp_path_factory.mktemp("tables"))


def by_hand(tool: str, table: str) -> tuple[int, Figures, str]:
    """The exit code, numerators and denominators by district and target, and the lines of faults."""
    script = ROOT / "tools" / "by_hand" / f"{tool}_by_hand.py"
    done = subprocess.run([sys.executable, script, table], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    sums, *found = done.stdout.splitlines()
    figures = {
        (line[0], target): (line[part], line[whole])
        for line in ast.literal_eval(sums)
        for target, (part, whole) in TARGETS.items()
    }
    return done.returncode, figures, "\n".join(found)


def by_program(table: str) -> Figures:
    report = json.loads(run("evaluate", table, "--by", "district", "--format", "json").out)
    return {
        (t["scope"]["code"], t["id"]): (t["numerator"], t["denominator"])
        for t in report["targets"]
        if t["scope"]["level"] == "district"
    }


def faulty(tables: rows.Tables, fault: str) -> str:
    """A table of 1,000 or more rows with a fault in its last district."""
    size = faults.FAULTS[fault][0]
    return tables.made(f"{fault}.csv".replace("`", ""), lambda path: faults.make(path, tables.of(size), fault))


@counting
def test_counts_what_the_program_counts(tool: str, tables: rows.Tables) -> None:
    code, figures, found = by_hand(tool, tables.of(TABLE))
    assert (code, found) == (0, "[]\n[]")
    assert len(figures) == 14 * 9
    assert figures == by_program(tables.of(TABLE))


@counting
@pytest.mark.parametrize("fault", ["a part above its whole", "a unit given twice"])
def test_names_the_unit(tool: str, fault: str, tables: rows.Tables) -> None:
    code, _, found = by_hand(tool, faulty(tables, fault))
    assert code == 1
    assert "D13-0000995" in found


@counting
def test_a_blank_whole_makes_a_missed_target_look_met(tool: str, tables: rows.Tables) -> None:
    _, whole, _ = by_hand(tool, tables.of(TABLE))
    code, figures, found = by_hand(tool, faulty(tables, "a blank count"))
    assert (code, found) == (0, "[]\n[]")
    trained = "D13", "workers-trained"
    assert whole[trained] == (7294, 11211)  # 65.06%
    assert figures[trained] == (7294, 11041)  # 66.06%: at least 66% are wanted
    report = json.loads(run("evaluate", faulty(tables, "a blank count"), "--by", "district", "--format", "json").out)
    (said,) = (t for t in report["targets"] if (t["scope"]["code"], t["id"]) == trained)
    assert said["status"] == "undetermined"


@counting
@pytest.mark.parametrize("fault", ["a rating that is none", "no rating"])
def test_a_rating_that_cannot_be_read_is_passed_over(tool: str, fault: str, tables: rows.Tables) -> None:
    _, whole, _ = by_hand(tool, tables.of(TABLE))
    code, figures, found = by_hand(tool, faulty(tables, fault))
    assert (code, found) == (0, "[]\n[]")
    part, all_rated = whole["D13", "units-good"]
    assert figures["D13", "units-good"] == (part - 1, all_rated - 1)


def test_duckdb_rounds_where_it_has_told_the_types_before(tables: rows.Tables) -> None:
    table = faulty(tables, "`1.5` in the last of 30,000 rows")
    _, whole, _ = by_hand("duckdb", tables.of(30_000))
    code, figures, found = by_hand("duckdb", table)
    assert (code, found) == (0, "[]\n[]")
    written = int(Path(tables.of(30_000)).read_text("utf-8").splitlines()[-5].rsplit(",", 1)[1])
    trained = "D13", "workers-trained"
    assert figures[trained][0] == whole[trained][0] - written + 2


def test_pandas_has_no_word_for_a_table_without_rows(tables: rows.Tables) -> None:
    assert by_hand("pandas", faulty(tables, "a header and no rows")) == (0, {}, "[]\n[]")


def test_polars_adds_a_fraction_among_the_first_rows(tables: rows.Tables, tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    lines = Path(faulty(tables, "`1.5` for a count")).read_text("utf-8").splitlines(keepends=True)
    first.write_text("".join([lines[0], lines[-5], *lines[1:-5], *lines[-4:]]), "utf-8")
    code, figures, found = by_hand("polars", str(first))
    assert (code, found) == (0, "[]\n[]")
    assert figures["D13", "workers-trained"][0] % 1 == 0.5


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_the_program_finds_every_fault(fault: str, tables: rows.Tables) -> None:
    assert run("validate", faulty(tables, fault)).code == (0 if fault == "no fault" else 1)


def test_the_page_is_what_was_kept() -> None:
    text = page.PAGE.read_text("utf-8")
    assert page.rendered(text, store.read()) == text
    assert [found["name"] for found in page._MARKED.finditer(text)] == list(page.PARTS)


def test_a_process_is_measured_with_those_it_starts() -> None:
    take = "import time; kept = bytearray(150_000_000); time.sleep(0.5)"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {take!r}])"
    once = processes.run([sys.executable, "-c", start])
    assert once.code == 0
    assert once.seconds > 0.5
    assert once.megabytes > 150


def test_the_memory_of_who_measures_is_not_counted() -> None:
    held = bytes(100_000_000)
    assert processes.run([sys.executable, "-c", ""]).megabytes < len(held) / 2**20


def test_a_run_that_takes_too_long_is_ended_and_not_repeated() -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    took = processes.measure({"sleep": sleep, "quick": [sys.executable, "-c", ""]}, runs=2, limit=0.5)
    assert took["sleep"] == processes.Ended("over 0.5 s")
    quick = took["quick"]
    assert isinstance(quick, processes.Timed)
    assert len(quick.seconds) == 2


def test_a_run_that_fails_ends_the_measuring() -> None:
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        processes.measure({"wrong": [sys.executable, "-c", "1 / 0"]}, runs=1)
