"""Who of those expected reported: which units are missing, and what of the data no roster expects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from kpi_check.cells import CellReader, cell_readers
from kpi_check.counts import Body, Coverage, Missing, Named, RosterCited, UnitCoverage
from kpi_check.issues import Finding, Place
from kpi_check.measures import NO_VALUE, UNKNOWN, Value
from kpi_check.periods import Period
from kpi_check.plan import CountField, Plan
from kpi_check.report import Report
from kpi_check.roster import Roster, RosterUnit
from kpi_check.submission import Binding, Table, Unreadable, bind


class Reporters(NamedTuple):
    """Who is in the data of a period: where each unit stands first, with its body's code; and the bodies."""

    units: Mapping[str, tuple[Place, str, str]]
    """By code: the first place, the unit's name and its body's code (empty if it is not known)."""
    bodies: Mapping[str, Place]


def reporters(plan: Plan, tables: Iterable[Table], period: Period) -> Reporters:
    """Read who reports. Rows of other periods and those without a usable code are nobody's."""
    found = Reporters({}, {})
    for table in tables:
        header = table.header
        if header is not None and not isinstance(header, Unreadable):
            _read_table(plan, table, bind(plan, header), str(period), found)
    return found


def _read_table(plan: Plan, table: Table, binding: Binding, period: str, found: Reporters) -> None:
    columns, readers = binding.columns, cell_readers(plan)
    unit, name = columns.get(plan.unit.code), columns.get(plan.unit.name or "")
    body = columns.get(_body_code(plan) or "")
    when = columns.get(plan.period_field or "")
    units: dict[str, tuple[Place, str, str]] = found.units  # type: ignore[assignment] # filled in here alone
    bodies: dict[str, Place] = found.bodies  # type: ignore[assignment] # likewise
    for block in table.blocks():
        for cells, number in zip(block.rows, block.numbers, strict=True):
            if len(cells) != binding.width or not any(map(str.strip, cells)):
                continue
            if when is not None and readers[plan.period_field or ""][cells[when]] not in (period, UNKNOWN, NO_VALUE):
                continue
            of_body = _code(readers, _body_code(plan), cells, body)
            if of_body:
                bodies.setdefault(of_body, Place(table.path, table.sheet, number, body))
            code = _code(readers, plan.unit.code, cells, unit)
            if code and code not in units:
                named = cells[name].strip() if name is not None else ""
                units[code] = Place(table.path, table.sheet, number, unit), named, of_body


def add_report(plan: Plan, roster: Roster, there: Reporters, path: str, report: Report) -> None:
    """Count a report's units, and the bodies that it has rows of: by its results, else by its units' places on the roster."""
    units: dict[str, tuple[Place, str, str]] = there.units  # type: ignore[assignment] # filled in here, too
    bodies: dict[str, Place] = there.bodies  # type: ignore[assignment] # likewise
    for code in report.units:
        units.setdefault(code, (Place(path), "", ""))
    if len(plan.levels) == 1:
        return
    found = {r.scope.code for r in report.targets if r.scope.level == plan.levels[1] and r.rows}
    if not found:
        has = set(report.units)
        found = {_named(plan, unit, 1).code for unit in roster.units if unit.code in has}
    for body in filter(None, found):
        bodies.setdefault(body, Place(path))


def _body_code(plan: Plan) -> str | None:
    """The field with the code of the level above the smallest."""
    return plan.file.submission.levels[plan.levels[1]].code if len(plan.levels) > 1 else None


def _code(readers: Mapping[str, CellReader], field: str | None, cells: Sequence[str], column: int | None) -> str:
    value = readers[field][cells[column]] if field is not None and column is not None else ""
    return value if isinstance(value, str) else ""


# --- who is missing --------------------------------------------------------------------------------------------------


def missing(plan: Plan, roster: Roster, period: Period, there: Reporters) -> tuple[Missing, ...]:
    """The units, and the bodies without units, that are expected and did not report."""
    expected = roster.on(period.end)
    units = [unit for unit in expected.units if unit.code not in there.units]
    body = _body_code(plan)
    bodies = [unit for unit in expected.bodies if unit.says.get(body or "", "") not in there.bodies]
    return tuple(_missing(plan, unit, period) for unit in (*units, *bodies))


def _missing(plan: Plan, unit: RosterUnit, period: Period) -> Missing:
    levels = plan.file.submission.levels
    scopes = {n: (unit.says.get(level.code, ""), unit.says.get(level.name or "", "")) for n, level in levels.items()}
    values: dict[str, Value] = {}
    for name, spec in plan.fields.items():
        said = unit.says.get(name)
        values[name] = UNKNOWN if said is None else int(said) if isinstance(spec, CountField) else said
    if plan.period_field is not None:
        values[plan.period_field] = period.kind
    return Missing(unit.code, scopes, values)


def names(plan: Plan, roster: Roster, period: Period) -> dict[str, dict[str, str]]:
    """By level, what a roster calls the codes of those expected; of several names the first by the alphabet."""
    found: dict[str, dict[str, str]] = {level: {} for level in plan.levels}
    expected = roster.on(period.end)
    for unit in (*expected.units, *expected.bodies):
        for place, level in enumerate(plan.levels):
            code, name = _named(plan, unit, place)
            if code and name:
                found[level][code] = min(found[level].get(code, name), name)
    return found


def coverage(plan: Plan, roster: Roster, period: Period, there: Reporters) -> Coverage:
    """How complete the data are."""
    expected = roster.on(period.end)
    lost = sorted(_named(plan, unit, 0) for unit in expected.units if unit.code not in there.units)
    units = UnitCoverage(len(expected.units), len(expected.units) - len(lost), tuple(lost))
    if len(plan.levels) == 1:
        return Coverage(*units, units, (), RosterCited(roster.path, roster.sha256))
    names: dict[str, str] = {}
    counts: dict[str, list[int]] = {}
    for unit in (*expected.units, *expected.bodies):
        body = _named(plan, unit, 1)
        if body.code:
            names[body.code] = min(filter(None, (names.get(body.code, ""), body.name)), default="")
            counts.setdefault(body.code, [0, 0])
    for unit in expected.units:
        code = _named(plan, unit, 1).code
        if code:
            counts[code][0] += 1
            counts[code][1] += unit.code in there.units
    bodies = tuple(Body(code, names[code], *counts[code]) for code in sorted(counts))
    without = tuple(Named(body.code, body.name) for body in bodies if body.code not in there.bodies)
    cited = RosterCited(roster.path, roster.sha256)
    return Coverage(len(bodies), len(bodies) - len(without), without, units, bodies, cited)


def _named(plan: Plan, unit: RosterUnit, level: int) -> Named:
    spec = plan.file.submission.levels[plan.levels[level]]
    return Named(unit.says.get(spec.code, ""), unit.says.get(spec.name or "", ""))


# --- what is to be said ----------------------------------------------------------------------------------------------


def findings(plan: Plan, roster: Roster, period: Period, there: Reporters, covered: Coverage) -> Iterator[Finding]:
    """Who is missing, body by body; and units that are on no roster, or of another body than it says."""
    for body in covered.missing:
        yield Finding("missing-body", Place(roster.path), {"body": f"{body.code} {body.name}".strip()})
    without = {body.code for body in covered.missing} if covered.bodies else set()
    expected = roster.on(period.end)
    lost: dict[str, list[Named]] = {}
    for unit in expected.units:
        body_code = _named(plan, unit, 1).code if len(plan.levels) > 1 else ""
        if unit.code not in there.units and body_code not in without:
            lost.setdefault(body_code, []).append(_named(plan, unit, 0))
    for body_code, units in sorted(lost.items()):
        args = {"number": len(units), "body": body_code, "units": [" ".join(filter(None, u)) for u in sorted(units)]}
        yield Finding("missing-units", Place(roster.path), args)
    homes = {unit.code: _named(plan, unit, 1).code if len(plan.levels) > 1 else "" for unit in expected.units}
    known = {_named(plan, unit, 1).code for unit in expected.bodies} if expected.bodies else set()
    followed = _followed(roster, period)
    for code, (place, name, body_code) in there.units.items():
        if code not in homes:
            if body_code not in known:
                args = {"unit": code, "roster": roster.path, **followed.get(code, {})}
                yield Finding("not-on-roster", place, args, None, code, name or None, code)
        elif homes[code] and body_code and homes[code] != body_code:
            other = {"unit": code, "body": body_code, "expected_body": homes[code], "roster": roster.path}
            yield Finding("other-body", place, other, None, code, name or None, code)


def _followed(roster: Roster, period: Period) -> dict[str, dict[str, object]]:
    """The units that ended before the end of the period and are followed by others: when, and by whom."""
    ended: dict[str, date] = {}
    followers: dict[str, list[str]] = {}
    for unit in roster.units:
        if unit.valid_to < period.end:
            ended[unit.code] = max(ended.get(unit.code, unit.valid_to), unit.valid_to)
        for code in unit.succeeds if unit.valid_from <= period.end else ():
            followers.setdefault(code, []).append(unit.code)
    return {
        code: {"ended": day.isoformat(), "near": ", ".join(sorted(followers[code]))}
        for code, day in ended.items()
        if code in followers
    }
