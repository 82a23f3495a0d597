"""What each contestant does with a table that has one fault: it finds it, cannot check it, stops, or passes it over."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from contest import CONTESTANTS
from processes import run
from rows import Tables

_Rows = list[list[str]]


def _cell(text: str, field: str, rows: _Rows) -> None:
    """Another text in a field of a row near the end."""
    rows[-5][rows[0].index(field)] = text


def _twice(rows: _Rows) -> None:
    rows.append(rows[-5])


def _empty(rows: _Rows) -> None:
    del rows[1:]


def _nothing(rows: _Rows) -> None:
    rows.clear()


def _no_column(rows: _Rows) -> None:
    place = rows[0].index("workers")
    for row in rows:
        del row[place]


def _unrated(rows: _Rows) -> None:
    """As an office that writes what it likes."""
    _cell("Tốt lắm", "rating", rows)


FAULTS: dict[str, tuple[int, Callable[[_Rows], None]]] = {
    "no fault": (1_000, lambda _: None),
    "a blank count": (1_000, partial(_cell, "", "workers")),
    "`1.5` for a count": (1_000, partial(_cell, "1.5", "workers_trained")),
    "`1.5` in the last of 30,000 rows": (30_000, partial(_cell, "1.5", "workers_trained")),
    "`1.050`, which may mean 1,050": (1_000, partial(_cell, "1.050", "members")),
    "`-` for a count": (1_000, partial(_cell, "-", "workers")),
    "a part above its whole": (1_000, partial(_cell, "9999", "workers_trained")),
    "a unit given twice": (1_000, _twice),
    "a rating that is none": (1_000, _unrated),
    "no rating": (1_000, partial(_cell, "", "rating")),
    "no column of workers": (1_000, _no_column),
    "a header and no rows": (1_000, _empty),
    "a file without anything": (1_000, _nothing),
}
"""The kinds of fault: of how many rows the table is, and what is done to it."""


def make(path: Path, table: str, fault: str) -> None:
    """A table with a fault."""
    with open(table, newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    FAULTS[fault][1](rows)
    with path.open("w", newline="", encoding="utf-8") as made:
        csv.writer(made, lineterminator="\n").writerows(rows)


def say(tables: Tables, names: Collection[str] = tuple(CONTESTANTS)) -> dict[str, dict[str, str]]:
    """For each fault, what each contestant does of it."""
    found: dict[str, dict[str, str]] = {}
    for number, (fault, (rows, _)) in enumerate(FAULTS.items()):
        table = tables.made(f"fault-{number}.csv", lambda path, r=rows, f=fault: make(path, tables.of(r), f))  # type: ignore[misc]
        found[fault] = {name: _answer([*CONTESTANTS[name].check, table]) for name in names}
    return found


def _answer(command: list[str]) -> str:
    once = run(command)
    if "Traceback" in once.said:
        return "stops"
    return {0: "passes", 1: "finds it", 3: "cannot check"}[once.code]
