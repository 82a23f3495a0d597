"""The same work by the program and by what a user would pick instead, from 100 to 10,000,000 rows."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from processes import BENCH_PYTHON, PROGRAM, ROOT, Ended, Timed, measure
from rows import Tables

BY_HAND = ROOT / "tools" / "by_hand"
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
LIMIT = 120.0
"""Seconds after which a run is ended."""


class Contestant(NamedTuple):
    """What a table is given to."""

    title: str
    command: tuple[str, ...]
    """What takes the path of a table as its last word."""
    packages: tuple[str, ...]
    """Those whose versions matter."""
    check: tuple[str, ...]
    """What says by exit code 1 that a table has faults."""

    def on(self, table: str) -> list[str]:
        return [*self.command, table]


def _by_hand(title: str, *packages: str) -> Contestant:
    command = (BENCH_PYTHON, str(BY_HAND / f"{packages[0].split('-')[0]}_by_hand.py"))
    return Contestant(title, command, packages, command)


CONTESTANTS = {
    "kpi-check": Contestant(
        "kpi-check",
        (PROGRAM, "evaluate", "--lang", "en", "--by", "district"),
        (),
        (PROGRAM, "validate", "--lang", "en"),
    ),
    "pandas": _by_hand("pandas by hand", "pandas"),
    "polars": _by_hand("polars by hand", "polars"),
    "duckdb-by-hand": _by_hand("DuckDB by hand", "duckdb"),
    "soda": _by_hand("Soda", "soda-duckdb", "duckdb"),
    "pandera": _by_hand("pandera", "pandera", "pandas"),
    "pointblank": _by_hand("Pointblank", "pointblank", "polars"),
}


def compete(
    names: Collection[str], sizes: Collection[int], tables: Tables, runs: int, out: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, Timed | Ended]]]:
    """For each size, from small to large, what each took. Who was ended at a size is not run at larger ones.

    `out` are those that were ended at smaller sizes in earlier runs.
    """
    left = [name for name in CONTESTANTS if name in names and name not in out]
    measure({name: CONTESTANTS[name].on(tables.of(100)) for name in left}, runs=1)  # from disk into memory, not counted
    for size in sorted(sizes):
        table = tables.of(size)
        print(f"{size:,} rows: {', '.join(left)}", file=sys.stderr)
        took = measure({name: CONTESTANTS[name].on(table) for name in left}, runs, LIMIT)
        if size > 1_000_000:
            tables.drop(size)
        yield size, took
        left = [name for name in left if isinstance(took[name], Timed)]


def installed() -> bool:
    return Path(BENCH_PYTHON).exists()
