"""Measures speed as ratios within one run: whole processes, medians of several, the machine's noise shown as a spread.

`make bench` prints them. Nothing here can fail for the weather: it only says whether each figure keeps its bound.
"""

from __future__ import annotations

import csv
import os
import random
import statistics
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from kpi_check.plan_lint import load_plan

ROOT = Path(__file__).parents[1]
PROGRAM = str(Path(sys.executable).with_name("kpi-check"))
START = [sys.executable, "-c", "import typer, pydantic, yaml, rich"]
# What Python's csv module takes to read a file and make its counts integers.
READ = """
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8") as stream:
    rows = csv.reader(stream)
    next(rows)
    total = 0
    for row in rows:
        for text in row[7:]:
            if text:
                total += int(text)
print(total)
"""


# What python-calamine takes to read a sheet.
SHEET = """
import sys, python_calamine
python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
"""


class Timed(NamedTuple):
    """Seconds of wall-clock, each run, and the largest memory of a run in megabytes."""

    seconds: list[float]
    megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.median * 1000:8.0f} ms ({low * 1000:.0f} to {high * 1000:.0f}), {self.megabytes:5.0f} MB"


def measure(commands: dict[str, list[str]], runs: int) -> dict[str, Timed]:
    """Run commands in turn, so that what disturbs the machine disturbs them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    memory = dict.fromkeys(commands, 0.0)
    for _ in range(runs):
        for name, command in commands.items():
            began = time.perf_counter()
            memory[name] = max(memory[name], _run(command))
            seconds[name].append(time.perf_counter() - began)
    return {name: Timed(seconds[name], memory[name]) for name in commands}


def _run(command: list[str]) -> float:
    """The largest memory of the process, in megabytes."""
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    process = os.posix_spawn(command[0], command, {**os.environ, "LC_ALL": "C.UTF-8"}, file_actions=actions)
    os.close(null)
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"failed: {' '.join(command)}")
    return usage.ru_maxrss / 1024


def make_rows(path: Path, rows: int) -> None:
    """A year's return of so many unions, in 14 districts, without fault."""
    chance = random.Random(1)
    header = list(load_plan(ROOT / "targets.yaml").fields)
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(_row(i, i * 14 // rows, chance) for i in range(rows))


def _row(number: int, district: int, chance: random.Random) -> list[object]:
    place = ["2024", f"D{district:02}", f"Huyện {district}", f"D{district:02}-{number:07}"]
    if number % 75 == 0:
        return [*place, "Cơ quan", "office", "", 0, 0, 0, 0, 0, "", 5, 5, 4, 0, 0, 0, 0]
    members = chance.randrange(5, 400)
    party = chance.randrange(members // 3 + 1)
    good = party - chance.randrange(party // 10 + 1)
    failed = min(party - good, chance.random() < 0.03)
    officials = chance.randrange(members // 2 + 1)
    standard = officials - (officials > 0 and chance.random() < 0.01)
    workers = members - officials
    (rating,) = chance.choices(["excellent", "good", "completed", "failed", "not_rated"], [400, 500, 80, 2, 18])
    counts = [members, party, party, good, int(failed), chance.choice([0, 1, 1, 2, 3, 3, 5]), 1, 1, 1]
    trained = int(workers * chance.uniform(0.4, 0.95))
    return [*place, f"CĐCS số {number}", "grassroots", rating, *counts, officials, standard, workers, trained]


def make_workbook(path: Path, table: Path) -> None:
    """A table as a workbook, its figures as numbers."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("2024")
    with table.open(newline="", encoding="utf-8") as stream:
        for row in csv.reader(stream):
            sheet.append([int(text) if text.isdigit() else text for text in row])
    book.save(path)


def verdict(name: str, timed: Timed, base: Timed, bound: float) -> str:
    ratio = timed.median / base.median
    return f"{name:40} {timed}  {ratio:5.2f} times; bound {bound}: {'kept' if ratio <= bound else 'NOT KEPT'}"


def bench_workbook(folder: Path) -> None:
    """20,000 rows of a workbook, beside reading its sheet and the same rows as text."""
    table, book = folder / "rows.csv", folder / "rows.xlsx"
    make_rows(table, 20_000)
    make_workbook(book, table)
    validate = [PROGRAM, "validate", "--engine", "plain", "--lang", "en"]
    took = measure(
        {
            "sheet": [sys.executable, "-c", SHEET, str(book)],
            "text": [*validate, str(table)],
            "book": [*validate, str(book)],
        },
        runs=7,
    )
    print(f"{'python-calamine, 20,000 rows':40} {took['sheet']}")
    print(f"{'validate, 20,000 rows of text':40} {took['text']}")
    both = Timed([a + b for a, b in zip(took["sheet"].seconds, took["text"].seconds, strict=True)], 0)
    print(verdict("validate, 20,000 rows of a workbook", took["book"], both, 1.5))


def spoil(path: Path, table: Path) -> None:
    """A table with a fault in one of a hundred rows."""
    chance = random.Random(2)
    with table.open(newline="", encoding="utf-8") as stream, path.open("w", newline="", encoding="utf-8") as made:
        rows, out = csv.reader(stream), csv.writer(made, lineterminator="\n")
        header = next(rows)
        out.writerow(header)
        for row in rows:
            if chance.randrange(100) == 0:
                field, text = chance.choice([("members", "1.050"), ("workers", ""), ("rating", "tot"), ("cadres", "-")])
                row[header.index(field)] = text
            out.writerow(row)


def bench_duckdb(folder: Path, table: Path) -> None:
    """1,000,000 rows by district, without and with faults, beside DuckDB by hand; and ten times as many."""
    faulty, huge = folder / "faulty.csv", folder / "huge.csv"
    spoil(faulty, table)
    evaluate = [PROGRAM, "evaluate", "--lang", "en", "--by", "district", "--engine", "duckdb"]
    took = measure(
        {
            "hand": [sys.executable, str(ROOT / "tools" / "duckdb_by_hand.py"), str(table)],
            "clean": [*evaluate, str(table)],
            "faulty": [*evaluate, str(faulty)],
        },
        runs=5,
    )
    print(f"{'DuckDB by hand, 1,000,000 rows':40} {took['hand']}")
    print(verdict("evaluate by district, duckdb", took["clean"], took["hand"], 1.3))
    print(verdict("the same, 1% of the rows faulty", took["faulty"], took["hand"], 2.0))
    make_rows(huge, 10_000_000)
    capped = [*evaluate, "--memory", "1GB"]
    took = measure({"one": [*capped, str(table)], "ten": [*capped, str(huge)]}, runs=1)
    print(verdict("evaluate, 10,000,000 rows in 1 GB", took["ten"], took["one"], 11))
    kept = "kept" if took["ten"].megabytes < 1000 else "NOT KEPT"
    print(f"{'':40} {took['ten'].megabytes:.0f} MB; bound 1000: {kept}")


def bench_files(folder: Path, table: Path) -> None:
    """The rows of one table in 5,000 files, beside that table, on the same engine."""
    many = folder / "many"
    many.mkdir()
    with table.open(encoding="utf-8") as rows:
        header = next(rows)
        for number in range(5_000):
            with (many / f"{number:04}.csv").open("w", encoding="utf-8") as stream:
                stream.writelines([header, *islice(rows, 200)])
    evaluate = [PROGRAM, "evaluate", "--engine", "plain", "--lang", "en"]
    took = measure({"one": [*evaluate, str(table)], "many": [*evaluate, str(many)]}, runs=5)
    print(f"{'evaluate, one file of 1,000,000 rows':40} {took['one']}")
    print(verdict("the same rows in 5,000 files", took["many"], took["one"], 1.3))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.csv"), Path(folder, "large.csv")
        make_rows(small, 100)
        make_rows(large, 1_000_000)
        evaluate = [PROGRAM, "evaluate", "--lang", "en"]
        start = measure(
            {"start": START, "evaluate": [*evaluate, str(small)], "help": [PROGRAM, "--help"]},
            runs=21,
        )
        print(f"{'import typer, pydantic, yaml, rich':40} {start['start']}")
        print(verdict("evaluate, 100 rows", start["evaluate"], start["start"], 2.0))
        print(verdict("--help", start["help"], start["start"], 1.2))
        rows = measure(
            {"read": [sys.executable, "-c", READ, str(large)], "plain": [*evaluate, "--engine", "plain", str(large)]},
            runs=5,
        )
        bench_workbook(Path(folder))
        print(f"{'csv module, 1,000,000 rows':40} {rows['read']}")
        print(verdict("evaluate, 1,000,000 rows, plain", rows["plain"], rows["read"], 2.5))
        kept = "kept" if rows["plain"].megabytes < 500 else "NOT KEPT"
        print(f"{'':40} {rows['plain'].megabytes:.0f} MB; bound 500: {kept}")
        bench_files(Path(folder), large)
        bench_duckdb(Path(folder), large)


if __name__ == "__main__":
    main()
