"""Measures the program beside what a user would pick instead, and whether its own bounds are kept.

    python tools/bench                                  all of it (`make bench`)
    python tools/bench --only start,plain               some parts
    python tools/bench --only soda --sizes 1000,10000   one contestant at some sizes, beside nothing
    python tools/bench --sizes 1000000                  all contestants at a size
    python tools/bench --page                           nothing: only writes the page from what is kept

Whole processes, medians of several, with the lowest and the highest. What is measured is kept in tools/bench/results.json
and written into docs/benchmarks.md at once. Nothing here can fail for the weather: it only says whether each figure keeps its bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import faults
import page
import store
from bounds import BOUNDS
from contest import CONTESTANTS, SIZES, compete, installed
from rows import Tables

FAULTS = "faults"
NAMES = (*CONTESTANTS, *BOUNDS, FAULTS)


def main() -> None:
    asked = _arguments()
    if asked.page:
        page.PAGE.write_text(page.rendered(page.PAGE.read_text("utf-8"), store.read()), "utf-8")
        return
    if not installed():
        sys.exit("the tools to measure beside are not installed: make .venv-bench/installed")
    names = asked.only or (tuple(CONTESTANTS) if asked.sizes else NAMES)
    results = store.of_here()
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(Path(folder))
        if FAULTS in names:
            results["faults"] = {"on": store.today(), "found": faults.say(tables)}
            keep(results)
        for name in (name for name in BOUNDS if name in names):
            print(name, file=sys.stderr)
            results["bounds"][name] = store.part(BOUNDS[name](tables))
            results["bounds"] = {n: results["bounds"][n] for n in BOUNDS if n in results["bounds"]}
            keep(results)
        contestants = [name for name in CONTESTANTS if name in names]
        if contestants:
            _contest(results, contestants, asked.sizes or SIZES, asked.runs, tables)


def _contest(results: store.Results, names: Collection[str], sizes: Collection[int], runs: int, tables: Tables) -> None:
    """Let contestants compete, without those that were ended at smaller sizes in an earlier run."""
    kept = results["sizes"]
    for name in names:
        for size in sizes:
            kept.get(name, {}).pop(str(size), None)
    out = [
        name for name in names if any("ended" in took and int(s) < min(sizes) for s, took in kept.get(name, {}).items())
    ]
    for size, measured in compete(names, sizes, tables, runs, out):
        for name, took in measured.items():
            kept.setdefault(name, {})[str(size)] = store.took(took)
        keep(results)


def keep(results: store.Results) -> None:
    """Keep what is measured so far, and write the page."""
    store.write(results)
    page.PAGE.write_text(page.rendered(page.PAGE.read_text("utf-8"), results), "utf-8")


def _arguments() -> argparse.Namespace:
    assert __doc__ is not None
    words = argparse.ArgumentParser(
        prog="python tools/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--only", type=_names, help=f"what to measure, of {', '.join(NAMES)}")
    words.add_argument("--sizes", type=_sizes, help="the rows for contestants, of any number; else 100 to 10,000,000")
    words.add_argument("--runs", type=int, default=5, help="how often each contestant runs at a size (5)")
    words.add_argument("--page", action="store_true", help="only write docs/benchmarks.md from what is kept")
    return words.parse_args()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in NAMES:
            raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(NAMES)}")
    return names


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(","))


if __name__ == "__main__":
    main()
