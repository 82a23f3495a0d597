"""Compares the package with the oracle on one submission: every figure that the report has."""

from __future__ import annotations

import io
import json
from typing import Any

import kpi_check
from generators import to_csv
from kpi_check.engines import ENGINES
from kpi_check.plan_lint import parse_plan
from kpi_check.readers import Source
from oracle import Table, TwoPeriodsError
from oracle import evaluate as by_oracle

COMPARED = (
    *("id", "status", "scope", "numerator", "denominator", "unknown", "unknown_counted", "bounded", "percent"),
    *("range", "needed", "spare", "due", "failing", "failing_count"),
)

AT_ONCE = [name for name in ENGINES if name != "spark"]
"""The engines that start at once; of Spark see test_spark."""


def compile_plan(plan: dict[str, Any]) -> kpi_check.Plan:
    """A plan of plain texts as the package reads it."""
    return parse_plan(json.dumps(plan).encode(), "plan.yaml")


def source(table: Table, delimiter: str = ",") -> Source:
    """A table as a file of CSV in memory."""
    data = to_csv(table, delimiter).encode()
    return Source(f"{table.name}.csv", lambda: io.BytesIO(data))


def roster_source(roster: list[dict[str, str]], delimiter: str = ",") -> Source:
    """A roster as a file of CSV in memory, with a column for every field that one of its rows has."""
    header = list(dict.fromkeys(name for entry in roster for name in entry))
    return source(Table("roster", header, [[entry.get(name, "") for name in header] for entry in roster]), delimiter)


def codes_covered(coverage: Any) -> dict[str, Any]:
    """What the package says of one level, as the oracle says it."""
    missing = [code for code, _ in coverage.missing]
    return {"expected": coverage.expected, "reported": coverage.reported, "missing": missing}


def by_package(
    plan: kpi_check.Plan,
    tables: list[Table],
    period: str | None,
    by: list[str],
    delimiter: str = ",",
    roster: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """The package's report as the oracle gives its own; `error` if it refuses the data."""
    more: dict[str, Any] = {} if roster is None else {"roster": roster_source(roster, delimiter)}
    try:
        report = kpi_check.evaluate(
            plan, [source(t, delimiter) for t in tables], period=period, by=by, limit=None, **more
        )
    except kpi_check.PeriodError as error:
        return {"refused": type(error).__name__}
    whole = report.as_dict()
    errors: dict[str, int] = {}
    for issue in whole["issues"]:
        if issue["severity"] == "error":
            errors[issue["code"]] = errors.get(issue["code"], 0) + 1
    targets = [
        {**t, "range": list(t["range"]) if t["range"] else None, "failing": list(t["failing"])}
        for t in whole["targets"]
    ]
    coverage: Any = report.coverage
    if coverage is not None:
        bodies = codes_covered(coverage) if len(plan.file.submission.levels) > 1 else None
        coverage = {"units": codes_covered(coverage.units), "bodies": bodies}
    return {
        "period": whole["period"],
        "verdict": whole["verdict"],
        "targets": targets,
        "error_count": errors,
        "coverage": coverage,
    }


def differences(
    plan: dict[str, Any],
    tables: list[Table],
    period: str | None,
    by: list[str],
    compiled: kpi_check.Plan | None = None,
    delimiter: str = ",",
    roster: list[dict[str, str]] | None = None,
) -> list[str]:
    """What package and oracle say differently, in words; nothing if they agree."""
    ours = by_package(compiled or compile_plan(plan), tables, period, by, delimiter, roster)
    try:
        theirs = by_oracle(plan, tables, period, by, roster)
    except TwoPeriodsError:
        theirs = {"refused": "PeriodError"}
    if "refused" in ours or "refused" in theirs:
        return [] if ours == theirs else [f"package {ours.get('refused')}, oracle {theirs.get('refused')}"]
    found = [
        f"{name}: package {ours[name]!r}, oracle {theirs[name]!r}"
        for name in ("period", "verdict", "error_count", "coverage")
        if ours[name] != theirs[name]
    ]
    if len(ours["targets"]) != len(theirs["targets"]):
        found.append(f"package {len(ours['targets'])} results, oracle {len(theirs['targets'])}")
    for mine, other in zip(ours["targets"], theirs["targets"], strict=False):
        found += [
            f"{mine['id']} {mine['scope']} {name}: package {mine[name]!r}, oracle {other[name]!r}"
            for name in COMPARED
            if mine[name] != other[name]
        ]
    return found
