"""What was counted: for each target in each scope, with the findings and the rows of each file; and who reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kpi_check.issues import Finding
from kpi_check.measures import Tally, Value


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


class Units(NamedTuple):
    """Units by their codes: the first of them in order, and how many there are."""

    codes: tuple[str, ...]
    number: int


class Outcome(NamedTuple):
    """What an engine found. The first scope is the whole; the others are ordered by level and code."""

    scopes: tuple[ScopeCount, ...]
    findings: tuple[Finding, ...]
    finding_counts: dict[str, int]
    """How many findings there are of each code."""
    rows: dict[str, int]
    """The number of rows that were read, by file."""
    units: Units = Units((), 0)
    """The units that the data have."""


class Missing(NamedTuple):
    """A unit that was expected and did not report; without a code a body, of which nobody knows how many units it has."""

    code: str
    scopes: Mapping[str, tuple[str, str]]
    """The code and the name of each level that it belongs to."""
    values: Mapping[str, Value]
    """What is known of its row, by field."""


class Named(NamedTuple):
    """A unit or a body, by its code and name."""

    code: str
    name: str


class Body(NamedTuple):
    """A body, and how many of its units were expected and reported."""

    code: str
    name: str
    expected: int
    reported: int


class UnitCoverage(NamedTuple):
    """How many units were expected, how many of these reported, and which did not."""

    expected: int
    reported: int
    missing: tuple[Named, ...]


class Coverage(NamedTuple):
    """How many bodies were expected and reported (of a plan with one level: units), and the same of units."""

    expected: int
    reported: int
    missing: tuple[Named, ...]
    units: UnitCoverage
    bodies: tuple[Body, ...]
    """Every body that is expected, by code."""
