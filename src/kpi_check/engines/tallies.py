"""Sums what rows say, by scope: groups of rows are tallied apart and rolled up to the whole and to each level.

A group is the rows that agree in the codes of all levels asked for. Where a unit spans many rows, what its rows say is
kept by unit until the end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kpi_check.compliance import shortfall, shortfalls
from kpi_check.counts import Missing, ScopeCount, TargetCount
from kpi_check.engines.base import Entry, Worst
from kpi_check.measures import (
    ANYTHING,
    NOTHING,
    Evidence,
    Measure,
    Rows,
    Tally,
    Total,
    Value,
    conditions_of,
    counts_units,
    evidence_of,
    figures_of,
    holds,
    of_single_row,
)
from kpi_check.plan import Plan, Target

Group = tuple[str, ...]
"""A code for each level that is asked for; empty where it is not known."""
Columns = Mapping[str, Sequence[Value]]
UnitColumns = tuple[Sequence[Value], Sequence[str]]
"""The codes and the names of units, row by row."""
_MOST_SAID = 20_000
"""The most kinds of rows of which it is kept what they say."""


class Unit(NamedTuple):
    """A unit of the smallest level, as it is named."""

    code: str
    name: str


class _UnitSum:
    """What the rows of a unit say, where it may span many: for each target, its tally and its evidence."""

    def __init__(self, name: str, tallies: list[Tally], evidence: list[tuple[Evidence, Evidence]]) -> None:
        self.name = name
        self.tallies = tallies
        self.evidence = evidence

    def merge(self, other: _UnitSum) -> None:
        self.name = min(filter(None, (self.name, other.name)), default="")
        self.tallies = [a + b for a, b in zip(self.tallies, other.tallies, strict=True)]
        self.evidence = [(a + c, b + d) for (a, b), (c, d) in zip(self.evidence, other.evidence, strict=True)]


class _GroupSum:
    """What the rows of one group say."""

    def __init__(self, targets: int, levels: int, limit: int | None) -> None:
        self.tallies: list[Tally] = [NOTHING] * targets
        self.worst = [Worst(limit) for _ in range(targets)]
        self.rows = 0
        self.names: list[Counter[str]] = [Counter() for _ in range(levels)]
        self.units: dict[str, _UnitSum] = {}
        self.stray: list[tuple[Evidence, Evidence]] = [(Evidence(), Evidence())] * targets
        """What rows say that may be of any unit."""

    def merge(self, other: _GroupSum) -> None:
        """Add what other rows say; the other stays as it is."""
        self.rows += other.rows
        self.tallies = [a + b for a, b in zip(self.tallies, other.tallies, strict=True)]
        for worst, others in zip(self.worst, other.worst, strict=True):
            worst.merge(others)
        for counter, more in zip(self.names, other.names, strict=True):
            counter.update(more)
        self.stray = [(a + c, b + d) for (a, b), (c, d) in zip(self.stray, other.stray, strict=True)]
        for code, unit in other.units.items():
            if code not in self.units:
                self.units[code] = _UnitSum(unit.name, unit.tallies, unit.evidence)
            else:
                self.units[code].merge(unit)


Told = tuple[dict[Group, _GroupSum], bool]
"""What tallies hold, on its way from one process to another."""


class Tallies:
    """Sums of what rows say of every target, by group."""

    def __init__(self, plan: Plan, by: Sequence[str], limit: int | None) -> None:
        self._plan = plan
        self._by = by
        self._limit = limit
        self._one_row_a_unit = plan.one_row_a_unit
        self._targets: Sequence[tuple[int, Target, Measure]] = [(i, t, t.measure) for i, t in enumerate(plan.targets)]
        self._conditions = tuple(sorted({f for t in plan.targets for f in conditions_of(t.measure)}))
        self._figures = tuple(sorted({f for t in plan.targets for f in figures_of(t.measure)}))
        self._looked_at = [(*conditions_of(t.measure), *figures_of(t.measure)) for t in plan.targets]
        self._said: dict[tuple[Value, ...], tuple[Tally, int | None]] = {}
        """What kinds of rows say of a target, as far as it has been worked out."""
        self._groups: dict[Group, _GroupSum] = {}
        self._unread = False
        self._bodies: list[Missing] = []
        """Those missing of which nobody knows how many units they have."""

    def group(self, code_of: Callable[[str], Value]) -> Group:
        """The group of a row from its codes."""
        codes = (code_of(self._plan.file.submission.levels[level].code) for level in self._by)
        return tuple(c if isinstance(c, str) else "" for c in codes)

    def add_names(self, group: Group, names: Sequence[Iterable[str]]) -> None:
        """What rows call the levels of their group; an empty name is none."""
        for counter, written in zip(self._sum(group).names, names, strict=True):
            counter.update(written)

    def add_row(self, group: Group, unit: Unit | None, values: Mapping[str, Value]) -> None:
        """A row of which anything may be unknown; without a unit if its code is not known."""
        into = self._sum(group)
        into.rows += 1
        if self._one_row_a_unit:
            for i, tally, behind in self._said_by(values):
                into.tallies[i] += tally
                if behind is not None and unit is not None:
                    into.worst[i].add(behind, unit.code, unit.name, tally.part, tally.whole)
            return
        told = self._unit_sum(unit, values, 1)
        if unit is not None:
            self._keep(into, unit, told)
            return
        told.evidence = [(_perhaps(part), _perhaps(whole)) for part, whole in told.evidence]
        self._add_stray(into, told)

    def _said_by(self, values: Mapping[str, Value]) -> Iterator[tuple[int, Tally, int | None]]:
        """What a row says of each target, by its place, and how much it holds it back; rows that are alike say the same."""
        for i, target, measure in self._targets:
            alike = (i, *map(values.__getitem__, self._looked_at[i]))
            said = self._said.get(alike)
            if said is None:
                if len(self._said) >= _MOST_SAID:
                    self._said.clear()
                tally = of_single_row(measure, values)
                said = self._said[alike] = (tally, shortfall(target, tally))
            yield i, *said

    def add_unknown(self, group: Group, rows: int, unit: Unit | None) -> None:
        """Rows of one key (or a row without one) of which nothing is known, but perhaps the unit."""
        into = self._sum(group)
        into.rows += rows
        told = _UnitSum(
            unit.name if unit else "",
            [m.of_unknown() for _, _, m in self._targets],
            [(ANYTHING, ANYTHING)] * len(self._targets),
        )
        if unit is not None and not self._one_row_a_unit:
            self._keep(into, unit, told)
        else:
            self._add_stray(into, told)

    def _add_stray(self, into: _GroupSum, told: _UnitSum) -> None:
        """What is said of a unit nobody knows: it may be one by itself, or (where units span rows) any other."""
        for i, _, measure in self._targets:
            into.tallies[i] += told.tallies[i] + measure.of_unit(*told.evidence[i])
        if not self._one_row_a_unit:
            anyones = [(_anyones(part), _anyones(whole)) for part, whole in told.evidence]
            into.stray = [(a + c, b + d) for (a, b), (c, d) in zip(into.stray, anyones, strict=True)]

    def add_missing(self, missing: Missing) -> None:
        """A unit that was expected and did not report: it exists, and what its row would say is not known."""
        if not missing.code:
            self._bodies.append(missing)
            return
        into = self._sum(tuple(missing.scopes[level][0] for level in self._by))
        if self._one_row_a_unit:
            for i, _, measure in self._targets:
                into.tallies[i] += measure.not_there(of_single_row(measure, missing.values))
        else:
            told = self._unit_sum(None, missing.values, 1)
            told.tallies = [m.not_there(t) for t, (_, _, m) in zip(told.tallies, self._targets, strict=True)]
            told.evidence = [(_perhaps(part), _perhaps(whole)) for part, whole in told.evidence]
            for i, _, measure in self._targets:
                of_unit = measure.not_there(measure.of_unit(*told.evidence[i]))
                into.tallies[i] += told.tallies[i] + of_unit
                if any(isinstance(q, Rows) and holds(q.where, missing.values) is not False for q in measure.quantities):
                    into.tallies[i] += measure.of_unread()  # nobody knows how many rows it has

    def add_unread(self) -> None:
        """A table of which nobody knows how many rows were not read."""
        self._unread = True

    @property
    def unread(self) -> bool:
        """Whether something could not be read."""
        return self._unread

    @property
    def unplaced(self) -> bool:
        """Whether there are rows that may be of any unit, where a unit may span many."""
        nothing = (Evidence(), Evidence())
        return any(stray != nothing for told in self._groups.values() for stray in told.stray)

    def told(self) -> Told:
        """All that was told so far."""
        return self._groups, self._unread

    def take(self, told: Told) -> None:
        """Add what other tallies were told."""
        groups, unread = told
        self._unread = self._unread or unread
        for group, more in groups.items():
            if group in self._groups:
                self._groups[group].merge(more)
            else:
                self._groups[group] = more

    def add_clean(self, group: Group, units: UnitColumns, columns: Columns, count: int) -> None:
        """Many rows at once of which everything is known (or has no value throughout its column).

        Where a unit may span many rows, they are all of one unit.
        """
        into = self._sum(group)
        into.rows += count
        rows = _Rows(columns, count)
        if not self._one_row_a_unit:
            unit = Unit(_code(units, 0), min(filter(None, units[1]), default=""))
            for values, size in rows.alike(self._conditions, self._figures):
                self._keep(into, unit, self._unit_sum(unit, values, size))
            return
        for i, target, measure in self._targets:
            if counts_units(measure) or not _totals_only(measure):
                self._add_cases(into, i, target, units, rows)
            else:
                for values, size in rows.alike(conditions_of(measure), figures_of(measure)):
                    into.tallies[i] += measure.of_group(values, size)
                self._hold_totals(into.worst[i], target, units, rows)

    def add_alike(
        self, group: Group, unit: Unit | None, sums: Mapping[str, Value], one: Mapping[str, Value], count: int
    ) -> None:
        """Rows without fault that meet the same conditions: the sums of their figures, and the values of any of them.

        Where a unit may span many rows, they are all of one unit; else each unit is as good as any in what it has to have.
        """
        into = self._sum(group)
        into.rows += count
        if unit is not None:
            self._keep(into, unit, self._unit_sum(unit, sums, count))
            return
        for i, _, measure in self._targets:
            into.tallies[i] += measure.of_group(sums, count)
            if counts_units(measure):
                into.tallies[i] += measure.of_unit(*evidence_of(measure, one)).times(count)

    def add_behind(self, group: Group, target: int, units: Iterable[Entry], count: int) -> None:
        """How many units hold a target back, by its place, and the first of them."""
        self._sum(group).worst[target].add_first(units, count)

    def _add_cases(self, into: _GroupSum, place: int, target: Target, units: UnitColumns, rows: _Rows) -> None:
        """Rows that agree in all that a target looks at say the same: each kind of row is judged once."""
        names = (*conditions_of(target.measure), *figures_of(target.measure))
        kinds = rows.kinds(names)
        behind: dict[tuple[Value, ...], tuple[int, Tally]] = {}
        for kind, size in kinds.items():
            tally = of_single_row(target.measure, dict(zip(names, kind, strict=True)))
            into.tallies[place] += tally.times(size)
            short = shortfall(target, tally)
            if short is not None:
                behind[kind] = (short, tally)
        if behind:
            for row, kind in enumerate(rows.tuples(names)):
                if kind in behind:
                    short, tally = behind[kind]
                    into.worst[place].add(short, _code(units, row), units[1][row], tally.part, tally.whole)

    def _hold_totals(self, worst: Worst, target: Target, units: UnitColumns, rows: _Rows) -> None:
        """Name the units that hold back a target that compares totals."""
        names = figures_of(target.measure)
        if conditions_of(target.measure) or not rows.known(names):
            for row, values in rows.each((*conditions_of(target.measure), *names)):
                tally = of_single_row(target.measure, values)
                behind = shortfall(target, tally)
                if behind is not None:
                    worst.add(behind, _code(units, row), units[1][row], tally.part, tally.whole)
            return
        part, whole = target.measure.quantities
        assert isinstance(part, Total)
        assert isinstance(whole, Total)
        parts, wholes = rows.figures(part.field), rows.figures(whole.field)
        for row, behind in shortfalls(target, parts, wholes):
            worst.add(behind, _code(units, row), units[1][row], parts[row], wholes[row])

    def _unit_sum(self, unit: Unit | None, values: Mapping[str, Value], count: int) -> _UnitSum:
        return _UnitSum(
            unit.name if unit else "",
            [m.of_group(values, count) for _, _, m in self._targets],
            [evidence_of(m, values) if counts_units(m) else (Evidence(), Evidence()) for _, _, m in self._targets],
        )

    def _keep(self, into: _GroupSum, unit: Unit, told: _UnitSum) -> None:
        known = into.units.get(unit.code)
        if known is None:
            into.units[unit.code] = told
        else:
            known.merge(told)

    def _sum(self, group: Group) -> _GroupSum:
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = self._nothing()
        return found

    def _nothing(self) -> _GroupSum:
        return _GroupSum(len(self._targets), len(self._by), self._limit)

    # rolling up

    def scopes(self, roster_names: Mapping[str, Mapping[str, str]]) -> tuple[ScopeCount, ...]:
        """The whole, then each level that was asked for, by code. A roster's names are for scopes that no row names."""
        found = [self._scope(None, "", "", self._groups.values())]
        for position, level in enumerate(self._by):
            members: dict[str, list[_GroupSum]] = defaultdict(list)
            names: dict[str, Counter[str]] = defaultdict(Counter)
            for body in self._bodies:
                if body.scopes[level][0]:
                    members[body.scopes[level][0]]  # a scope of its own, even without rows
            for group, told in self._groups.items():
                members[group[position]].append(told)
                names[group[position]].update(told.names[position])
            found += [
                self._scope(
                    level,
                    code,
                    (_commonest(names[code]) or roster_names.get(level, {}).get(code, "")) if code else "",
                    members[code],
                )
                for code in sorted(members)
            ]
        return tuple(found)

    def _scope(self, level: str | None, code: str, name: str, groups: Iterable[_GroupSum]) -> ScopeCount:
        total = self._nothing()
        for told in groups:
            total.merge(told)
        for unit_code, unit in total.units.items():
            self._add_unit(total, Unit(unit_code, unit.name), unit)
        lost = any(level is None or body.scopes[level][0] == code for body in self._bodies)
        if self._unread or (lost and (level is None or code)):
            total.tallies = [t + m.of_unread() for t, (_, _, m) in zip(total.tallies, self._targets, strict=True)]
        counts = (
            TargetCount(tally, worst.units(), worst.count)
            for tally, worst in zip(total.tallies, total.worst, strict=True)
        )
        return ScopeCount(level, code, name, total.rows, tuple(counts))

    def _add_unit(self, total: _GroupSum, unit: Unit, told: _UnitSum) -> None:
        for i, target, measure in self._targets:
            (part, whole), (stray_part, stray_whole) = told.evidence[i], total.stray[i]
            tally = told.tallies[i] + measure.of_unit(part + stray_part, whole + stray_whole)
            total.tallies[i] += tally
            behind = shortfall(target, tally)
            if behind is not None:
                total.worst[i].add(behind, unit.code, unit.name, tally.part, tally.whole)


class _Rows:
    """Columns of rows of which everything is known, and what several targets ask of them, worked out once."""

    def __init__(self, columns: Columns, count: int) -> None:
        self._columns = columns
        self._count = count
        self._kinds: dict[tuple[str, ...], Counter[tuple[Value, ...]]] = {}
        self._sums: dict[str, Value] = {}

    def tuples(self, names: Sequence[str]) -> Iterable[tuple[Value, ...]]:
        return zip(*(self._columns[n] for n in names), strict=True) if names else [()] * self._count

    def kinds(self, names: tuple[str, ...]) -> Counter[tuple[Value, ...]]:
        """How many rows there are of each kind."""
        found = self._kinds.get(names)
        if found is None:
            found = self._kinds[names] = Counter(self.tuples(names))
        return found

    def known(self, names: Iterable[str]) -> bool:
        """Whether columns have figures; else they have no value throughout."""
        return all(isinstance(self._columns[n][0], int) for n in names)

    def figures(self, name: str) -> Sequence[int]:
        return self._columns[name]  # type: ignore[return-value] # a clean column of counts that is known

    def each(self, names: Sequence[str]) -> Iterable[tuple[int, dict[str, Value]]]:
        for row, values in enumerate(self.tuples(names)):
            yield row, dict(zip(names, values, strict=True))

    def alike(self, conditions: tuple[str, ...], figures: tuple[str, ...]) -> Iterable[tuple[dict[str, Value], int]]:
        """For each kind of row by some conditions: its values, with the sums of some figures, and its number of rows."""
        if not conditions:
            yield {name: self._sum(name) for name in figures}, self._count
            return
        members: dict[tuple[Value, ...], list[int]] = defaultdict(list)
        for row, kind in enumerate(self.tuples(conditions)):
            members[kind].append(row)
        for kind, rows in members.items():
            values = dict(zip(conditions, kind, strict=True))
            values.update((name, _total([self._columns[name][r] for r in rows])) for name in figures)
            yield values, len(rows)

    def _sum(self, name: str) -> Value:
        if name not in self._sums:
            self._sums[name] = _total(self._columns[name])
        return self._sums[name]


def _total(column: Sequence[Value]) -> Value:
    """The sum of a clean column; what it has throughout if that is no figure."""
    first = column[0]
    return sum(column) if isinstance(first, int) else first  # type: ignore[arg-type] # all are figures if one is


def _totals_only(measure: Measure) -> bool:
    return all(isinstance(q, Total) for q in measure.quantities)


def _code(units: UnitColumns, row: int) -> str:
    code = units[0][row]
    return code if isinstance(code, str) else ""


def _perhaps(evidence: Evidence) -> Evidence:
    """What a row says of the unit it is by itself, if it is one."""
    return evidence._replace(certain=False, perhaps=evidence.certain or evidence.perhaps)


def _anyones(evidence: Evidence) -> Evidence:
    """What a row says of a unit that it may belong to."""
    return ANYTHING if evidence.certain or evidence.perhaps else Evidence()


def _commonest(names: Counter[str]) -> str:
    """The name most rows give, the first of several in the order of the alphabet; empty if none gives one."""
    names.pop("", None)
    return min(names, key=lambda n: (-names[n], n)) if names else ""
