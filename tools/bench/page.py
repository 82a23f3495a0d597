"""Writes what is kept into docs/benchmarks.md, between its marks; what stands around them is written by hand."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable

from contest import CONTESTANTS
from processes import ROOT
from store import Held, Results, Took, days, loads

PAGE = ROOT / "docs" / "benchmarks.md"
_MARKED = re.compile(r"(?ms)^<!-- made by tools/bench: (?P<name>\w+) -->\n.*?^<!-- end -->$")


def rendered(page: str, results: Results) -> str:
    """The page with every marked part made anew. KeyError: it marks a part that is not made."""

    def anew(found: re.Match[str]) -> str:
        name = found["name"]
        return "\n".join([f"<!-- made by tools/bench: {name} -->", "", *PARTS[name](results), "", "<!-- end -->"])

    return _MARKED.sub(anew, page)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]], left: int = 1) -> list[str]:
    """Markdown; but for the first columns, cells stand to the right."""
    names = list(header)
    lines = [names, ["---" if i < left else "--:" for i in range(len(names))], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _machine(results: Results) -> list[str]:
    measured = sorted(days(results))
    when = " to ".join(dict.fromkeys([measured[0], measured[-1]])) if measured else ""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    load = sorted(loads(results))
    busy = f"{load[0]:g} to {load[-1]:g} processes at a time, ours among them" if load else ""
    rows = [*results["machine"].items(), ("versions", versions), ("measured", when), ("load", busy)]
    return _table(["", ""], rows, left=2)


def _by_size(results: Results, cell: Callable[[str, Took], str]) -> list[str]:
    """A table with a line for each contestant and a column for each size."""
    kept = results["sizes"]
    sizes = sorted({size for took in kept.values() for size in took}, key=int)
    names = [name for name in CONTESTANTS if name in kept]
    rows = [
        [
            CONTESTANTS[name].title,
            *(cell(size, kept[name][size]) if size in kept[name] else "–" for size in sizes),
        ]
        for name in names
    ]
    return _table(["rows", *(f"{int(size):,}" for size in sizes)], rows)


def _time(results: Results) -> list[str]:
    return _by_size(results, lambda _, took: took.get("ended") or _seconds(took["seconds"]))


def _seconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"


def _memory(results: Results) -> list[str]:
    return _by_size(results, lambda _, took: took.get("ended") or f"{took['megabytes']:,}")


def _ratio(results: Results) -> list[str]:
    program = results["sizes"].get("kpi-check", {})

    def cell(size: str, took: Took) -> str:
        base = program.get(size)
        if base is None or "seconds" not in took or "seconds" not in base:
            return "–"
        return f"{statistics.median(took['seconds']) / statistics.median(base['seconds']):.2f}"

    return _by_size(results, cell)


def _repeat(results: Results) -> list[str]:
    names = [name for name in CONTESTANTS if name in results["sizes"]]
    return _table(["", "command"], ([CONTESTANTS[name].title, _command(name)] for name in names), left=2)


def _command(name: str) -> str:
    return f"`make bench BENCH='--only {name}'`"


def _bounds(results: Results) -> list[str]:
    rows = [
        _held(line, _command(name) if number == 0 else "")
        for name, part in results["bounds"].items()
        for number, line in enumerate(part["lines"])
    ]
    return _table(["what", "repeat", "seconds", "MB", "times", "at most", "kept"], rows, left=2)


def _held(line: Held, command: str) -> list[str]:
    figures = [line["what"], command, _seconds(line["seconds"]), f"{line['megabytes']:,}"]
    if line["ratio"] is None or line["bound"] is None:
        return [*figures, "", "", ""]
    most = f", {line['most_megabytes']} MB" if line["most_megabytes"] is not None else ""
    times = f"{line['ratio']:.2f} × {line['beside']}"
    return [*figures, times, f"{line['bound']:g}{most}", "yes" if line["kept"] else "**no**"]


def _faults(results: Results) -> list[str]:
    found = results["faults"]["found"] if "faults" in results else {}
    names = list(next(iter(found.values()), {}))
    rows = ([fault, *(said[name] for name in names)] for fault, said in found.items())
    return _table(["the file has", *(CONTESTANTS[name].title for name in names)], rows, left=len(names) + 1)


PARTS: dict[str, Callable[[Results], list[str]]] = {
    "machine": _machine,
    "time": _time,
    "ratio": _ratio,
    "memory": _memory,
    "repeat": _repeat,
    "faults": _faults,
    "bounds": _bounds,
}
