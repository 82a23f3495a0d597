"""What an engine answers: what was counted for each target in each scope, the findings, and the rows of each file."""

from __future__ import annotations

from typing import NamedTuple

from kpi_check.issues import Finding
from kpi_check.measures import Tally


class Failing(NamedTuple):
    """A unit that holds a target back, and what is known of it."""

    code: str
    name: str
    numerator: int
    denominator: int


class TargetCount(NamedTuple):
    """What was counted for one target in one scope."""

    tally: Tally
    failing: tuple[Failing, ...]
    failing_count: int


class ScopeCount(NamedTuple):
    """What was counted in one scope: the whole (level None), or one code of a level. Targets are in the plan's order."""

    level: str | None
    code: str
    name: str
    rows: int
    targets: tuple[TargetCount, ...]


class Outcome(NamedTuple):
    """What an engine found. The first scope is the whole; the others are ordered by level and code."""

    scopes: tuple[ScopeCount, ...]
    findings: tuple[Finding, ...]
    finding_counts: dict[str, int]
    """How many findings there are of each code."""
    rows: dict[str, int]
    """The number of rows that were read, by file."""
