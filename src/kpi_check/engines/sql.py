"""What a plan asks of rows (`rows`), in the SQL that engines share: which break no rule, their sums, and who holds back.

Nothing is known here of faults: a row that is not certainly without is left to `checks.RowChecker`. What is certain is
so by the rules of docs/semantics.md, and tests compare it with the reference. Columns are numbered, so that no name has
to be quoted, and whatever a plan or a file says is bound.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kpi_check.compliance import shortfall
from kpi_check.engines.kinds import Fill, Kind, Kinds, choices_of, counts_of
from kpi_check.engines.tallies import Group, Tallies, Unit
from kpi_check.measures import (
    NO_VALUE,
    Amount,
    Condition,
    Having,
    Quantity,
    Ratio,
    Tally,
    Total,
    Units,
    Value,
    Where,
    figures_of,
)
from kpi_check.periods import Period
from kpi_check.plan import Level, Plan, Target

MOST_FIGURE = 1 << 31
"""Counts, and the numbers of thresholds and checks, are below this, so that no product is too large for 64 bits."""


class Dialect(NamedTuple):
    """How an engine says what there is no common word for."""

    parameter: str
    matches: str
    """Whether a pattern is found in a text."""
    matches_whole: str
    """Whether it is the whole of it."""
    split: str
    cell: str
    size: str
    first: str = ""
    """The first so many of some values; nothing where `held_back` is asked instead of `behind`."""
    every: str = ""
    """All of some values."""
    struct: str = ""
    stop: str = ""
    """Ends the query with an error, where columns that have types are read."""

    def found(self, text: str, pattern: str, values: Values) -> str:
        """Whether a pattern is found in a text."""
        return self.matches.format(text=text, pattern=values.bind(pattern))

    def whole(self, text: str, pattern: str, values: Values) -> str:
        """Whether a pattern is the whole of a text."""
        return self.matches_whole.format(text=text, pattern=values.bind(pattern))


DUCKDB = Dialect(
    parameter="${name}",
    matches="regexp_matches({text}, {pattern})",
    matches_whole="regexp_full_match({text}, {pattern})",
    split="string_split({text}, {separator})",
    cell="cells[{number}]",
    size="len(cells)",
    first="min({value}, {limit})",
    every="list({value})",
    struct="row({values})",
    stop="error('a cell is too long')",
)


SPARK = Dialect(
    parameter=":{name}",
    # If not told so (?d), a text ends for Java before any line separator at its end.
    matches="regexp_like({text}, concat('(?d)', {pattern}))",
    matches_whole="regexp_like({text}, concat('(?d)^(?:', {pattern}, ')$'))",
    split="split({text}, {separator})",
    cell="try_element_at(cells, {number})",
    size="size(cells)",
)


class Values(dict[str, object]):
    """Values as they are bound in a text, one after the other."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self._parameter = dialect.parameter

    def bind(self, value: object) -> str:
        """What stands for a value in the text."""
        name = f"p{len(self)}"
        self[name] = value
        return self._parameter.format(name=name)

    def listed(self, values: Iterable[object]) -> str:
        """What stands for a list of values."""
        return f"({', '.join(map(self.bind, values))})"

    def used(self, text: str) -> dict[str, object]:
        """Those of the values that a text asks for."""
        asked = set(re.findall(r"\bp[0-9]+\b", text))
        return {name: value for name, value in self.items() if name in asked}


def kinds_asked(plan: Plan, rows: str, most: int) -> str:
    """A query for how many of some rows there are of each kind; for one more than the most, if there are more."""
    columns = ", ".join([*(columns_of(plan)[name] for name in choices_of(plan)), "blanks"])
    return f"SELECT {columns}, count(*) FROM {rows} WHERE is_fine GROUP BY {columns} LIMIT {most + 1}"


class CountsSql:
    """What is asked of rows whose kinds are known. `rows` is what they are selected from."""

    def __init__(self, plan: Plan, period: Period, kinds: Kinds, levels: Sequence[Level], sql: Dialect) -> None:
        """`levels` are those whose codes rows are summed by."""
        self._plan = plan
        self._period = period
        self._kinds = kinds
        self._columns = columns_of(plan)
        self._figures = Figures(self._columns, kinds.fills)
        self._levels = levels
        self._codes = [self._columns[level.code] for level in levels]
        self._width = len(self._alike())
        self._sql = sql
        self.figures = sorted({name for target in plan.targets for name in figures_of(target.measure)})
        self.had = sorted({having.field for having in self._havings()})
        """The figures that a unit must have."""

    def is_fit(self) -> bool:
        """Whether the numbers of the plan are small enough."""
        shares = [share for rule in self._plan.unlikely for share in rule.shares]
        numbers = [n for share in shares for n in share.as_integer_ratio()]
        numbers += [rule.least for rule in self._plan.unlikely]
        numbers += [n for target in self._plan.targets for n in target.threshold.value.as_integer_ratio()]
        numbers += [having.number for having in self._havings()]
        numbers += [fill for fill in self._kinds.fills.values() if isinstance(fill, int)]
        return all(number < MOST_FIGURE for number in numbers)

    def _havings(self) -> list[Having]:
        quantities = (q for target in self._plan.targets for q in target.measure.quantities)
        return list(dict.fromkeys(q.having for q in quantities if isinstance(q, Units) and q.having is not None))

    def sure(self, values: Values) -> str:
        """Whether a row that is fine is of a known kind, breaks no rule between its cells, and no share is unlikely."""
        columns = [*(self._columns[name] for name in choices_of(self._plan)), "blanks"]
        kinds = [(*kind.texts, kind.blanks) for kind in self._kinds.strange]
        strange = (
            " AND ".join(f"{column} = {values.bind(value)}" for column, value in zip(columns, kind, strict=True))
            for kind in kinds
        )
        return " AND ".join(f"NOT ({test})" for test in [*strange, self._faults(values)])

    def _faults(self, values: Values) -> str:
        """Whether a row breaks a rule, as far as it has values: what is not known of it (NULL) breaks none."""
        tests = ["FALSE"]
        for rule in self._plan.part_rules:
            whole = self._figures.of(rule.whole)
            if len(rule.parts) == 1:
                sums = known = self._figures.of(rule.parts[0])
            else:
                parts = [self._figures.wide(part) for part in rule.parts]
                sums, known = " + ".join(parts), " + ".join(f"coalesce({part}, 0)" for part in parts)
            tests.append(f"{known} > {whole}")
            if rule.exact:
                tests.append(f"{sums} < {whole}")
        for doubt in self._plan.unlikely:
            part, whole = self._figures.wide(doubt.part), self._figures.wide(doubt.whole)
            for share in sorted(doubt.shares):
                of, times = values.bind(share.denominator), values.bind(share.numerator)
                tests.append(f"({whole} >= {values.bind(doubt.least)} AND {part} * {of} = {whole} * {times})")
        return f"coalesce({' OR '.join(tests)}, FALSE)"

    def sums(self, rows: str, values: Values) -> str:
        """By codes, the names they are given, and kind: the number of rows, the sum of each figure, and one of each that
        a unit must have.

        Rows that are alike in what a unit must have are taken together; where units span rows, those of a unit are.
        """
        alike = self._alike()
        if self._plan.one_row_a_unit:
            tests, named = [self._has(having, values) for having in self._havings()], ["NULL", "NULL"]
        else:
            unit, name = self._columns[self._plan.unit.code], self._columns.get(self._plan.unit.name or "", "''")
            tests, named = [unit], [unit, f"min({name}) FILTER (WHERE {name} <> '')"]
        sums = [f"sum({self._figures.of(name)})" for name in self.figures]
        ones = [f"min({self._figures.of(name)})" for name in self.had]
        asked = [*alike, *named, "count(*)", *sums, *ones]
        return f"SELECT {', '.join(asked)} FROM {rows} GROUP BY {', '.join([*alike, *tests])}"

    def count(self, sums: Iterable[Sequence[Any]], tallies: Tallies) -> None:
        """Let rows count by what `sums` says of them."""
        for row in sums:
            group, names, kind, (number, *numbers) = self._told(row)
            known = self._kinds.known[kind].values
            figures = {**known, **_figures(self.figures, numbers)}
            one = {**known, **_figures(self.had, numbers[len(self.figures) :])}
            tallies.add_alike(group, self.unit(row), figures, one, number)
            tallies.add_names(group, [Counter({written.strip(): number}) for written in names])

    def unit(self, row: Sequence[Any]) -> Unit | None:
        """The unit that a row of `sums` is of, where units span rows."""
        code, name = row[self._width : self._width + 2]
        return None if code is None else Unit(code, name or "")

    def _told(self, row: Sequence[Any]) -> tuple[Group, Sequence[str], Kind, Sequence[Any]]:
        """The codes, the names, the kind and the numbers of a row of `sums`."""
        depth = len(self._levels)
        *texts, blanks = row[2 * depth : self._width]
        return tuple(row[:depth]), row[depth : 2 * depth], Kind(tuple(texts), blanks), row[self._width + 2 :]

    def _alike(self) -> list[str]:
        """What tells rows apart: codes, the names they are given (an empty one without), choices and blanks."""
        named = [self._columns[level.name] if level.name else "''" for level in self._levels]
        return [*self._codes, *named, *(self._columns[name] for name in choices_of(self._plan)), "blanks"]

    def behind(self, rows: str, target: Target, limit: int | None, values: Values) -> str | None:
        """By codes: how many units hold a target back, and the first of them (shortfall below zero, code, name, part, whole).

        None if no unit ever does. This is `compliance.shortfall` of units of one row, of which nothing is unknown.
        """
        told = self._shortfall(target, values)
        if told is None:
            return None
        unit = self._plan.unit
        code, name = self._columns[unit.code], self._columns.get(unit.name or "", "''")
        value = self._sql.struct.format(values=f"-({told.shortfall}), {code}, trim({name}), part, whole")
        first = self._sql.every if limit is None else self._sql.first
        listed = first.format(value=value, limit=limit) if limit != 0 else "NULL"
        asked = ", ".join([*self._codes, "count(*)", listed])
        by_codes = f" GROUP BY {', '.join(self._codes)}" if self._codes else ""
        inner = f"SELECT *, {told.part} AS part, {told.whole} AS whole FROM {rows} WHERE {told.within}"
        return f"SELECT {asked} FROM ({inner}) WHERE {told.test}{by_codes}"

    def held_back(self, rows: str, values: Values) -> str | None:
        """The units that hold targets back: the codes, the target, the shortfall below zero, code, name, part, whole.

        It is what `behind` counts, one unit and target a row, for engines that cannot keep the first of many units
        without keeping all. None if no unit ever holds a target back.
        """
        unit = self._plan.unit
        code, name = self._columns[unit.code], self._columns.get(unit.name or "", "''")
        figures, stacked = ["*"], []
        for place, target in enumerate(self._plan.targets):
            told = self._shortfall(target, values)
            if told is None:
                continue
            figures += [f"CAST({told.part} AS BIGINT) AS part{place}", f"CAST({told.whole} AS BIGINT) AS whole{place}"]
            test, short = (re.sub(r"\b(part|whole)\b", rf"\g<1>{place}", text) for text in (told.test, told.shortfall))
            behind = f"CASE WHEN {told.within} AND {test} THEN CAST(-({short}) AS BIGINT) END"
            stacked.append(f"{place}, {behind}, part{place}, whole{place}")
        if not stacked:
            return None
        asked = f"stack({len(stacked)}, {', '.join(stacked)}) AS (target, behind, part, whole)"
        every = f"SELECT *, {asked} FROM (SELECT {', '.join(figures)} FROM {rows})"
        told_of = [*self._codes, "target", "behind", f"{code} AS code", f"trim({name}) AS name", "part", "whole"]
        return f"SELECT {', '.join(told_of)} FROM ({every}) WHERE behind IS NOT NULL"

    def _shortfall(self, target: Target, values: Values) -> _Shortfall | None:
        measure = target.measure
        if isinstance(measure, Amount):
            return None
        if isinstance(measure, Ratio):
            part, whole = (self._adds(quantity, values) for quantity in measure.quantities)
            known = f"NOT ({self._is_perhaps(measure.part, values)})"
            return self._of_figures(target, values, _Shortfall("TRUE", part, whole, known, ""))
        if isinstance(measure.part, Total) and isinstance(measure.whole, Total):
            # Without its figure a part is perhaps the whole, and nothing compares with NULL.
            part, whole = (self._figures.wide(total.field) for total in (measure.part, measure.whole))
            if measure.part.where:
                part = f"CASE WHEN {self._where(measure.part.where, values)} THEN {part} ELSE 0 END"
            within = f"{self._where(measure.whole.where, values)} AND {whole} IS NOT NULL"
            known = "part < whole" if target.threshold.more_is_better else "TRUE"
            return self._of_figures(target, values, _Shortfall(within, part, whole, known, ""))
        part_of = 0 if target.threshold.more_is_better else 1
        behind = shortfall(target, Tally(part=part_of, whole=1))
        if behind is None:
            return None
        within, counted = (self._is_counted(quantity, values) for quantity in (measure.whole, measure.part))
        test = counted if part_of else f"NOT {counted} AND NOT ({self._is_perhaps(measure.part, values)})"
        return _Shortfall(within, str(part_of), "1", test, str(behind))

    def _of_figures(self, target: Target, values: Values, told: _Shortfall) -> _Shortfall:
        """Where figures decide: whether a unit is behind by them, and how much."""
        threshold = target.threshold
        a, b = values.bind(threshold.value.numerator), values.bind(threshold.value.denominator)
        if not threshold.more_is_better:
            return told._replace(test="part > 0", shortfall=f"{b} * part - {a} * whole")
        sign = "<=" if threshold.operator == ">" else "<"
        test = f"whole > 0 AND {told.test} AND {b} * part {sign} {a} * whole"
        return told._replace(test=test, shortfall=f"{a} * whole - {b} * part")

    def _is_counted(self, quantity: Quantity, values: Values) -> str:
        """Whether a row is in a quantity of rows or units."""
        tests = [self._where(quantity.where, values)]
        if isinstance(quantity, Units) and quantity.having is not None:
            tests.append(self._has(quantity.having, values))
        return f"({' AND '.join(tests)})"

    def _adds(self, quantity: Quantity, values: Values) -> str:
        """What a row adds to a quantity."""
        figure = f"coalesce({self._figures.wide(quantity.field)}, 0)" if isinstance(quantity, Total) else "1"
        return f"CASE WHEN {self._is_counted(quantity, values)} THEN {figure} ELSE 0 END"

    def _is_perhaps(self, quantity: Quantity, values: Values) -> str:
        """Whether a unit is perhaps in a quantity, for want of the figure that it must have."""
        if isinstance(quantity, Units) and quantity.having is not None:
            return f"{self._where(quantity.where, values)} AND {self._figures.of(quantity.having.field)} IS NULL"
        return "FALSE"

    def _has(self, having: Having, values: Values) -> str:
        """Whether a unit of one row has what it has to; without a figure it is not known, and so it has not."""
        return f"coalesce({self._figures.of(having.field)} {having.operator} {values.bind(having.number)}, FALSE)"

    def _where(self, where: Where, values: Values) -> str:
        tests = [self._condition(condition, values) for condition in where]
        return " AND ".join(tests) or "TRUE"

    def _condition(self, condition: Condition, values: Values) -> str:
        if condition.field == self._plan.period_field:
            return "TRUE" if self._period.kind in condition.values else "FALSE"
        texts = self._kinds.texts(condition.field, condition.values)
        return f"{self._columns[condition.field]} IN {values.listed(texts)}" if texts else "FALSE"


class _Shortfall(NamedTuple):
    """Which units may hold a target back, their part and whole, whether they do, and their part of the shortfall.

    The last two are in terms of `part` and `whole`.
    """

    within: str
    part: str
    whole: str
    test: str
    shortfall: str


class Figures:
    """Counts as they are added up: blanks filled in."""

    def __init__(self, columns: Mapping[str, str], fills: Mapping[str, Fill]) -> None:
        self._columns = columns
        self._fills = fills

    def of(self, name: str) -> str:
        """The figure of a field; NULL where it has no value."""
        column, fill = self._columns[name], self._fills.get(name, NO_VALUE)
        if isinstance(fill, int):
            return f"coalesce({column}, {fill})"
        return f"coalesce({column}, {self.of(fill)})" if isinstance(fill, str) else column

    def wide(self, name: str) -> str:
        """The same for products and sums within a row: 64 bits wide."""
        return f"CAST({self.of(name)} AS BIGINT)"


def _figures(names: Iterable[str], numbers: Iterable[int | None]) -> dict[str, Value]:
    return {n: NO_VALUE if v is None else int(v) for n, v in zip(names, numbers)}  # noqa: B905 - more numbers may follow


def columns_of(plan: Plan) -> dict[str, str]:
    """The column of each field."""
    return {name: f"f{place}" for place, name in enumerate(plan.fields)}


def fields_asked(plan: Plan, levels: Sequence[Level]) -> list[str]:
    """The fields that are asked for once a row is read; `levels` are those whose codes rows are summed by."""
    names = {*choices_of(plan), *counts_of(plan), *plan.key_codes}
    for level in (*levels, plan.unit):
        names |= {level.code, level.name or level.code}
    return [name for name in plan.fields if name in names]
