"""Speed as ratios within one run, each with the bound that it is to keep."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from contest import BY_HAND, CONTESTANTS
from processes import PROGRAM, Timed, time_each
from rows import Tables, make_parquet, make_workbook, split, spoil

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
EVALUATE = [PROGRAM, "evaluate", "--lang", "en"]
DUCKDB = [*EVALUATE, "--by", "district", "--engine", "duckdb"]


class Line(NamedTuple):
    """A figure; where it is held to a bound, beside what and how many times that it may be."""

    what: str
    took: Timed
    beside: str = ""
    ratio: float | None = None
    bound: float | None = None
    megabytes: int | None = None
    """The most memory that it may take, where that is bounded."""

    @property
    def kept(self) -> bool | None:
        """Whether its bounds are kept; None: it has none."""
        if self.ratio is None or self.bound is None:
            return None
        return self.ratio <= self.bound and (self.megabytes is None or self.took.megabytes < self.megabytes)


def _held(what: str, took: Timed, base: Line, bound: float, megabytes: int | None = None) -> Line:
    return Line(what, took, base.what, took.median / base.took.median, bound, megabytes)


def start(tables: Tables) -> list[Line]:
    """What a small file takes is mostly start-up."""
    took = time_each(
        {"start": START, "evaluate": [*EVALUATE, tables.of(100)], "help": [PROGRAM, "--help"]},
        runs=21,
    )
    base = Line("import typer, pydantic, yaml, rich", took["start"])
    return [
        base,
        _held("evaluate, 100 rows", took["evaluate"], base, 2.0),
        _held("--help", took["help"], base, 1.2),
    ]


def workbook(tables: Tables) -> list[Line]:
    """20,000 rows of a workbook, beside reading its sheet and the same rows as text."""
    table = tables.of(20_000)
    book = tables.made("rows.xlsx", lambda path: make_workbook(path, table))
    validate = [PROGRAM, "validate", "--engine", "plain", "--lang", "en"]
    took = time_each(
        {"sheet": [sys.executable, "-c", SHEET, book], "text": [*validate, table], "book": [*validate, book]},
        runs=7,
    )
    both = tuple(a + b for a, b in zip(took["sheet"].seconds, took["text"].seconds, strict=True))
    return [
        Line("python-calamine, 20,000 rows", took["sheet"]),
        Line("validate, 20,000 rows of text", took["text"]),
        _held("validate, 20,000 rows of a workbook", took["book"], Line("these two", Timed(both, 0)), 1.5),
    ]


def plain(tables: Tables) -> list[Line]:
    """1,000,000 rows on the plain engine, beside Python's csv module."""
    table = tables.of(1_000_000)
    took = time_each(
        {"read": [sys.executable, "-c", READ, table], "plain": [*EVALUATE, "--engine", "plain", table]},
        runs=5,
    )
    base = Line("csv module, 1,000,000 rows", took["read"])
    return [base, _held("evaluate, 1,000,000 rows, plain", took["plain"], base, 2.5, megabytes=500)]


def files(tables: Tables) -> list[Line]:
    """The rows of one table in 5,000 files, beside that table, on the same engine."""
    table = tables.of(1_000_000)
    many = tables.made("many", lambda folder: split(folder, table, files=5_000, rows_each=200))
    evaluate = [*EVALUATE, "--engine", "plain"]
    took = time_each({"one": [*evaluate, table], "many": [*evaluate, many]}, runs=5)
    base = Line("evaluate, one file of 1,000,000 rows, plain", took["one"])
    return [base, _held("the same rows in 5,000 files", took["many"], base, 1.3)]


def duckdb(tables: Tables) -> list[Line]:
    """1,000,000 rows by district, without and with faults, beside DuckDB by hand."""
    table = tables.of(1_000_000)
    faulty = tables.made("faulty.csv", lambda path: spoil(path, table))
    script = CONTESTANTS["duckdb-by-hand"].command[1:]
    took = time_each(
        {"hand": [sys.executable, *script, table], "clean": [*DUCKDB, table], "faulty": [*DUCKDB, faulty]},
        runs=5,
    )
    base = Line("DuckDB by hand, 1,000,000 rows", took["hand"])
    return [
        base,
        _held("evaluate by district, duckdb", took["clean"], base, 1.3),
        _held("the same, 1% of the rows faulty", took["faulty"], base, 2.0),
    ]


def memory(tables: Tables) -> list[Line]:
    """Ten times as many rows, in a gigabyte."""
    capped = [*DUCKDB, "--memory", "1GB"]
    took = time_each({"one": [*capped, tables.of(1_000_000)], "ten": [*capped, tables.of(10_000_000)]}, runs=1)
    tables.drop(10_000_000)
    base = Line("evaluate, 1,000,000 rows, --memory 1GB", took["one"])
    return [base, _held("evaluate, 10,000,000 rows, --memory 1GB", took["ten"], base, 11, megabytes=1000)]


def parquet(tables: Tables) -> list[Line]:
    """Columns of Parquet, beside DuckDB's own aggregate over them."""
    table = tables.made("rows.parquet", lambda path: make_parquet(path, tables.of(10_000_000)))
    tables.drop(10_000_000)
    sums = str(BY_HAND / "duckdb_parquet_by_hand.py")
    took = time_each({"sums": [sys.executable, sums, table], "evaluate": [*DUCKDB, table]}, runs=5)
    base = Line("DuckDB's sums by district, 10,000,000 rows of Parquet", took["sums"])
    return [base, _held("evaluate, 10,000,000 rows of Parquet", took["evaluate"], base, 1.5)]


BOUNDS: dict[str, Callable[[Tables], list[Line]]] = {
    "start": start,
    "workbook": workbook,
    "plain": plain,
    "files": files,
    "duckdb": duckdb,
    "memory": memory,
    "parquet": parquet,
}
