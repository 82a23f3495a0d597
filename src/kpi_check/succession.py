"""Who followed whom between two days: units, or bodies, that were merged, split or renamed, by a roster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from kpi_check.plan import Plan
from kpi_check.roster import Roster, RosterUnit


class Lineage(NamedTuple):
    """Those that existed before, and those that followed them: what they say together can be compared."""

    before: tuple[str, ...]
    after: tuple[str, ...]


class Succession(NamedTuple):
    """What a roster says of one level between two days."""

    lineages: tuple[Lineage, ...]
    """Of those that changed their code, in the order of the alphabet."""
    ended: dict[str, date]
    """The last day of those that no longer exist on the second day."""
    begun: dict[str, date]
    """The first day of those that did not exist on the first day."""


def succession(plan: Plan, roster: Roster, level: int, before: date, after: date) -> Succession:
    """Who followed whom, of the level at a place (from 0) of the plan's."""
    field = plan.file.submission.levels[plan.levels[level]].code
    members = roster.units if level == 0 else roster.bodies
    coded = [(unit.says.get(field, ""), unit) for unit in members]
    known = [(code, unit) for code, unit in coded if code]
    last: dict[str, date] = {}
    first: dict[str, date] = {}
    for code, unit in known:
        last[code] = max(last.get(code, date.min), unit.valid_to)
        first[code] = min(first.get(code, date.max), unit.valid_from)
    return Succession(
        _lineages(known, before, after),
        {code: day for code, day in last.items() if day < after},
        {code: day for code, day in first.items() if day > before},
    )


def _lineages(known: Sequence[tuple[str, RosterUnit]], before: date, after: date) -> tuple[Lineage, ...]:
    """Families by succession: all that one follows, and all that follow the same."""
    family: dict[str, set[str]] = {}
    for code, unit in known:
        if unit.valid_from <= before or unit.valid_from > after:
            continue  # it followed others earlier, or does so later
        together = set().union({code}, *(family.get(other, {other}) for other in (code, *unit.succeeds)))
        for member in together if unit.succeeds else ():
            family[member] = together
    there = {code for code, unit in known if unit.exists_on(before)}
    here = {code for code, unit in known if unit.exists_on(after)}
    families = {tuple(sorted(members)) for members in family.values()}
    found = (
        Lineage(tuple(c for c in members if c in there), tuple(c for c in members if c in here)) for members in families
    )
    return tuple(sorted(line for line in found if line.before and line.after))
