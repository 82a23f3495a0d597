"""Imports point the way docs/architecture.md draws them, and heavy libraries stay in their rooms."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from command import ROOT

PACKAGE = ROOT / "src" / "kpi_check"
FOUNDATION = {"errors", "text", "version"}
# What each room may import from the package, beside the foundation and itself.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "text": set(),
    "version": set(),
    "locale": set(),
    "periods": set(),
    "measures": set(),
    "yamltext": set(),
    "plan": {"measures", "periods", "yamltext"},
    "plan_lint": {"plan", "measures", "periods", "yamltext"},
    "plan_words": {"plan", "measures", "periods", "locale"},
    "cells": {"plan", "measures", "periods"},
    "submission": {"issues", "plan"},
    "issues": set(),
    "counts": {"issues", "measures"},
    "coverage": {"cells", "counts", "issues", "measures", "periods", "plan", "report", "roster", "submission"},
    "ended": set(),
    "files": {"scratch"},
    "checks": {"cells", "issues", "plan", "submission", "measures", "periods"},
    "totals": {"cells", "issues", "plan", "submission", "measures"},
    "named": {"engines", "issues", "readers"},
    "spark": {"readers", "scratch"},
    "opened": {"issues", "plan", "readers", "submission", "totals"},
    "compliance": {"plan", "measures", "periods"},
    "readers": {"cells", "issues", "measures", "scratch", "submission", "plan"},
    "engines": {
        "cells",
        "checks",
        "compliance",
        "counts",
        "ended",
        "issues",
        "measures",
        "periods",
        "plan",
        "scratch",
        "spark",
        "submission",
    },
    "report": {"compliance", "issues", "measures", "plan", "periods", "submission", "locale", "counts"},
    "renderers": {
        "comparison",
        "series",
        "counts",
        "issues",
        "report",
        "locale",
        "compliance",
        "measures",
        "plan",
        "plan_words",
    },
    "evaluation": {
        "named",
        "counts",
        "cells",
        "changes",
        "coverage",
        "earlier",
        "roster",
        "totals",
        "issues",
        "engines",
        "locale",
        "opened",
        "periods",
        "plan",
        "readers",
        "report",
        "spark",
        "submission",
    },
    "scratch": set(),
    "sheets": {"scratch"},
    "earlier": {
        "compliance",
        "counts",
        "issues",
        "locale",
        "measures",
        "periods",
        "plan",
        "readers",
        "report",
    },
    "changes": {"cells", "issues", "plan", "submission"},
    "fix_list": {"cells", "locale", "plan", "readers", "report", "sheets", "submission"},
    "roster": {"cells", "locale", "measures", "plan", "readers", "submission"},
    "forms": {"locale", "periods", "plan", "roster", "submission"},
    "template": {"files", "forms", "locale", "plan", "sheets", "submission"},
    "succession": {"plan", "roster"},
    "series": {
        "issues",
        "measures",
        "named",
        "cells",
        "compliance",
        "earlier",
        "evaluation",
        "locale",
        "opened",
        "periods",
        "plan",
        "readers",
        "report",
        "roster",
        "submission",
    },
    "comparison": {
        "compliance",
        "counts",
        "earlier",
        "locale",
        "measures",
        "periods",
        "plan",
        "report",
        "submission",
        "succession",
    },
    "comparing": {
        "named",
        "cells",
        "comparison",
        "earlier",
        "evaluation",
        "locale",
        "measures",
        "opened",
        "periods",
        "plan",
        "readers",
        "report",
        "roster",
        "submission",
        "succession",
    },
    "__init__": {"comparing", "comparison", "series", "compliance", "evaluation", "plan", "plan_lint", "report"},
    "__main__": {"cli", "ended"},
    "cli": {
        "ended",
        "scratch",
        "named",
        "comparing",
        "series",
        "files",
        "fix_list",
        "forms",
        "roster",
        "template",
        "compliance",
        "engines",
        "evaluation",
        "locale",
        "plan",
        "plan_lint",
        "readers",
        "renderers",
        "report",
    },
}
# Where a library may be imported.
ROOMS = {
    "typer": {"cli"},
    "rich": {
        "renderers.comparison",
        "renderers.console",
        "renderers.progress",
        "renderers.series",
        "renderers.targets",
    },
    "pandas": {"report"},
    "pydantic": {"earlier", "plan", "plan_lint"},
    "python_calamine": {"readers.workbook"},
    "olefile": {"readers.package"},
    "openpyxl": {"fix_list", "template"},
    "pydantic_core": {"plan"},
    "yaml": {"yamltext"},
    "duckdb": {"engines.duckdb", "engines.stored", "readers.parquet"},
    "backports": {"readers.packed"},
    "compression": {"readers.packed"},
    "numpy": set(),
    "polars": set(),
    "pyarrow": {"readers.frames"},
    "pyspark": {"spark"},
    "py4j": {"spark"},
}


def modules() -> list[str]:
    return [".".join(f.relative_to(PACKAGE).with_suffix("").parts) for f in sorted(PACKAGE.rglob("*.py"))]


def imports(module: str) -> set[str]:
    """Every module that one imports, wherever in it: ours without the package's name."""
    tree = ast.parse((PACKAGE / Path(*module.split("."))).with_suffix(".py").read_text("utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            origin = node.module or ""
            inside = [f"{origin}.{name.name}" for name in node.names]
            found |= {name if _is_module(name) else origin for name in inside}
    return {name.removeprefix("kpi_check.") for name in found}


def _is_module(name: str) -> bool:
    path = PACKAGE.parent / Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def room(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


@pytest.mark.parametrize("module", modules())
def test_arrows(module: str) -> None:
    allowed = ARROWS[room(module)] | FOUNDATION | {room(module)}
    ours = {name for name in imports(module) if _is_module(f"kpi_check.{name}")}
    against = {name for name in ours if not any(name == a or name.startswith(f"{a}.") for a in allowed)}
    assert not against


@pytest.mark.parametrize("module", modules())
def test_libraries_stay_in_their_rooms(module: str) -> None:
    strangers = {room(name) for name in imports(module)} & set(ROOMS)
    assert {name for name in strangers if module not in ROOMS[name]} == set()


def test_the_arrows_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(ARROWS):
        free = {name for name, to in ARROWS.items() if {room(t) for t in to} - {name} <= done} - done
        assert free, set(ARROWS) - done
        done |= free


def test_every_module_says_what_it_is_for() -> None:
    for module in modules():
        path = (PACKAGE / Path(*module.split("."))).with_suffix(".py")
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), module


def test_every_room_is_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for name in {room(m) for m in modules()} - {"__init__", "__main__"}:
        assert f"| `{name}" in picture or name == "version", name


def test_nothing_of_the_plan_is_in_the_code() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8").casefold()
        for word in ("cđcs", "lđlđ", "công đoàn", "bình định", "130/kh", "party_members", "nominees", "grassroots"):
            assert word not in text, f"{path.name}: {word}"
