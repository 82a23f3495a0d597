"""Keeps what was measured in results.json, so that a run of one part leaves the others as they are."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NotRequired, TypedDict

from bounds import Line
from contest import CONTESTANTS
from kpi_check.version import VERSION
from processes import BENCH_PYTHON, ROOT, Ended, Timed, memory_megabytes

RESULTS = ROOT / "tools" / "bench" / "results.json"


class Took(TypedDict):
    """A contestant at a size: how long each run was, or why it was not finished."""

    on: str
    load: float
    seconds: NotRequired[list[float]]
    megabytes: NotRequired[int]
    ended: NotRequired[str]


class Held(TypedDict):
    """A line of `bounds`."""

    what: str
    seconds: list[float]
    megabytes: int
    beside: str
    ratio: float | None
    bound: float | None
    most_megabytes: int | None
    kept: bool | None


class Part(TypedDict):
    """The lines of a part of `bounds`."""

    on: str
    load: float
    lines: list[Held]


class Said(TypedDict):
    """For each kind of fault, what each contestant does of it."""

    on: str
    found: dict[str, dict[str, str]]


class Results(TypedDict):
    """All that is kept: where it was measured, and by part what."""

    machine: dict[str, str]
    versions: dict[str, str]
    sizes: dict[str, dict[str, Took]]
    bounds: dict[str, Part]
    faults: NotRequired[Said]


def read() -> Results:
    """What is kept, of whatever machine."""
    kept: Results = json.loads(RESULTS.read_text("utf-8"))
    return kept


def of_here() -> Results:
    """What is kept, if it was measured on this machine with these versions; else nothing, and that is said."""
    here: Results = {"machine": machine(), "versions": versions(), "sizes": {}, "bounds": {}}
    if not RESULTS.exists():
        return here
    kept = read()
    if (kept["machine"], kept["versions"]) == (here["machine"], here["versions"]):
        return kept
    print("the results that are kept are of another machine or of other versions: they are dropped", file=sys.stderr)
    return here


def write(results: Results) -> None:
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


def took(measured: Timed | Ended) -> Took:
    if isinstance(measured, Ended):
        return {"on": today(), "load": load(), "ended": measured.why}
    return {"on": today(), "load": load(), "seconds": _rounded(measured), "megabytes": round(measured.megabytes)}


def part(lines: list[Line]) -> Part:
    return {"on": today(), "load": load(), "lines": [_held(line) for line in lines]}


def _held(line: Line) -> Held:
    return {
        "what": line.what,
        "seconds": _rounded(line.took),
        "megabytes": round(line.took.megabytes),
        "beside": line.beside,
        "ratio": None if line.ratio is None else round(line.ratio, 3),
        "bound": line.bound,
        "most_megabytes": line.megabytes,
        "kept": line.kept,
    }


def _rounded(timed: Timed) -> list[float]:
    return [round(second, 4) for second in timed.seconds]


def days(results: Results) -> Iterator[str]:
    """When the parts were measured."""
    yield from (took["on"] for sizes in results["sizes"].values() for took in sizes.values())
    yield from (part["on"] for part in results["bounds"].values())
    if "faults" in results:
        yield results["faults"]["on"]


def loads(results: Results) -> Iterator[float]:
    """How many processes wanted a core at the end of each part: 1 or a few where nothing else ran."""
    yield from (took["load"] for sizes in results["sizes"].values() for took in sizes.values())
    yield from (part["load"] for part in results["bounds"].values())


def load() -> float:
    return round(os.getloadavg()[0], 1)


def today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def machine() -> dict[str, str]:
    """What the figures hang on."""
    processors = Path("/proc/cpuinfo")
    models = re.findall(r"(?m)^model name\s*: (.*)$", processors.read_text("utf-8")) if processors.exists() else []
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.platform()
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory_megabytes() / 1024:.0f} GB",
        "system": f"{system}, {platform.system()} {platform.release().split('-')[0]}",
    }


def versions() -> dict[str, str]:
    """Of the program, of Python, and of what stands beside the program."""
    packages = sorted({package for contestant in CONTESTANTS.values() for package in contestant.packages})
    ask = f"from importlib.metadata import version; print(*map(version, {packages}))"
    said = subprocess.run([BENCH_PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    return {
        "Python": platform.python_version(),
        "kpi-check": VERSION,
        **dict(zip(packages, said, strict=True)),
    }
