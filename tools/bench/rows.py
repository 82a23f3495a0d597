"""Makes the tables that are measured: returns of so many unions, as text, as a workbook, as Parquet, in many files, with faults."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from kpi_check.plan_lint import load_plan
from processes import ROOT


class Tables:
    """The tables of a run, in a folder, each made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, rows: int) -> str:
        """The path of a table of so many rows."""
        return self.made(f"{rows}.csv", lambda path: make_rows(path, rows))

    def made(self, name: str, make: Callable[[Path], None]) -> str:
        path = self.folder / name
        if not path.exists():
            make(path)
        return str(path)

    def drop(self, rows: int) -> None:
        """Delete the table of so many rows."""
        (self.folder / f"{rows}.csv").unlink(missing_ok=True)


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


def make_workbook(path: Path, table: str) -> None:
    """A table as a workbook, its figures as numbers."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("2024")
    with open(table, newline="", encoding="utf-8") as stream:
        for row in csv.reader(stream):
            sheet.append([int(text) if text.isdigit() else text for text in row])
    book.save(path)


def make_parquet(path: Path, table: str) -> None:
    """A table as Parquet, its figures as integers."""
    import duckdb

    duckdb.read_csv(table).write_parquet(str(path))


def spoil(path: Path, table: str) -> None:
    """A table with a fault in one of a hundred rows."""
    chance = random.Random(2)
    with open(table, newline="", encoding="utf-8") as stream, path.open("w", newline="", encoding="utf-8") as made:
        rows, out = csv.reader(stream), csv.writer(made, lineterminator="\n")
        header = next(rows)
        out.writerow(header)
        for row in rows:
            if chance.randrange(100) == 0:
                field, text = chance.choice([("members", "1.050"), ("workers", ""), ("rating", "tot"), ("cadres", "-")])
                row[header.index(field)] = text
            out.writerow(row)


def split(folder: Path, table: str, files: int, rows_each: int) -> None:
    """The rows of a table in so many files."""
    folder.mkdir()
    with open(table, encoding="utf-8") as rows:
        header = next(rows)
        for number in range(files):
            with (folder / f"{number:04}.csv").open("w", encoding="utf-8") as stream:
                stream.writelines([header, *islice(rows, rows_each)])
