"""Small submissions to the shipped plan, of which a test writes only the cells that matter to it."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from typing import Any

import kpi_check
from agreement import compile_plan
from generators import shipped_plan
from kpi_check.readers import Source
from oracle import Table

FIELDS = tuple(shipped_plan()["submission"]["fields"])
CLEAN = {
    "period": "2025",
    "district_code": "D1",
    "district_name": "Quy Nhơn",
    "unit_code": "U1",
    "unit_name": "Công đoàn U1",
    "unit_type": "grassroots",
    "rating": "good",
    "members": "100",
    "party_members": "20",
    "party_members_rated": "20",
    "party_members_good": "19",
    "party_members_failed": "0",
    "nominees": "1",
    "cadres": "2",
    "cadres_degree": "2",
    "cadres_theory": "2",
    "officials": "10",
    "officials_standard": "10",
    "workers": "50",
    "workers_trained": "40",
}
"""A row without a fault, by which every target is met."""


@functools.cache
def shipped() -> kpi_check.Plan:
    """The shipped plan."""
    return compile_plan(shipped_plan())


def row(**cells: str) -> list[str]:
    """A row of all fields: the clean one, but for some cells."""
    return [{**CLEAN, **cells}[name] for name in FIELDS]


def table(*rows: Sequence[str], name: str = "t") -> Table:
    """A table of all fields."""
    return Table(name, list(FIELDS), [list(cells) for cells in rows])


def text_source(text: str | bytes, path: str = "t.csv") -> Source:
    """A file in memory."""
    data = text.encode() if isinstance(text, str) else text
    return Source(path, lambda: io.BytesIO(data))


def results(report: kpi_check.Report, level: str = "all", code: str | None = None) -> dict[str, Any]:
    """The results of one scope, by target."""
    return {t.id: t for t in report.targets if (t.scope.level, t.scope.code) == (level, code)}
