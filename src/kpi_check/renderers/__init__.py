"""Output formats, one module each: a report in, bytes out.

A new format is a module with `render(report, stream, surface)` and a line in `RENDERERS`, which feeds the choices of
`--format`, the endings of `--output`, the help and the docs.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from kpi_check.errors import Message, message

if TYPE_CHECKING:
    from kpi_check.comparison import Comparison
    from kpi_check.report import Report
    from kpi_check.series import Series


class Renderer(NamedTuple):
    """An output format: the module that writes it, the endings of its files, and what it is for."""

    module: str
    endings: tuple[str, ...]
    about: Message


RENDERERS: Mapping[str, Renderer] = {
    "console": Renderer("kpi_check.renderers.console", (".txt",), message("tables for people")),
    "json": Renderer("kpi_check.renderers.json", (".json",), message("the whole report, for programs")),
    "github": Renderer("kpi_check.renderers.github", (), message("annotations for GitHub Actions")),
    "junit": Renderer("kpi_check.renderers.junit", (".xml",), message("test results for CI servers")),
}
COMPARISON_RENDERERS: Mapping[str, Renderer] = {
    "console": Renderer("kpi_check.renderers.comparison", (".txt",), message("tables for people")),
    "json": Renderer("kpi_check.renderers.json", (".json",), message("the whole comparison, for programs")),
}
SERIES_RENDERERS: Mapping[str, Renderer] = {
    "console": Renderer("kpi_check.renderers.series", (".txt",), message("tables for people")),
    "json": Renderer("kpi_check.renderers.json", (".json",), message("the whole series, for programs")),
}
ENDINGS: Mapping[str, str] = {ending: name for name, r in RENDERERS.items() for ending in r.endings}


class Surface(NamedTuple):
    """What a report is written on: the columns of a screen, and whether it shows colours and more than ASCII."""

    width: int = 100
    color: bool = False
    ascii_only: bool = False


def render_comparison(name: str, comparison: Comparison, stream: BinaryIO, surface: Surface | None = None) -> None:
    """Write a comparison in the format of this name."""
    importlib.import_module(COMPARISON_RENDERERS[name].module).render(comparison, stream, surface or Surface())


def render_series(name: str, series: Series, stream: BinaryIO, surface: Surface | None = None) -> None:
    """Write a series in the format of this name."""
    importlib.import_module(SERIES_RENDERERS[name].module).render(series, stream, surface or Surface())


def render(name: str, report: Report, stream: BinaryIO, surface: Surface | None = None) -> None:
    """Write a report in the format of this name."""
    importlib.import_module(RENDERERS[name].module).render(report, stream, surface or Surface())
