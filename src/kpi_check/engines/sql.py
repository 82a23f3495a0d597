"""What a plan asks of rows, in the SQL that engines share: which are certainly without fault, their sums, who holds back.

Nothing is known here of faults: a row that is not certainly without is left to `checks.RowChecker`. What is certain is
so by the rules of docs/semantics.md, and tests compare it with the reference. Columns are numbered, so that no name has
to be quoted, and whatever a plan or a file says is bound.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from kpi_check.compliance import shortfall
from kpi_check.engines.kinds import Fill, Kinds, choices_of, counts_of
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
    Where,
    figures_of,
)
from kpi_check.periods import Period
from kpi_check.plan import CodeField, CountField, Plan, Target, TextField
from kpi_check.submission import Binding
from kpi_check.text import OLD_FONT_SIGNS, label_key

MOST_COUNTS = 60
"""The most fields of type count: each is a bit of a number."""
MOST_FIGURE = 1 << 31
"""Counts, and the numbers of thresholds and checks, are below this, so that no product is too large for 64 bits."""
# Letters in which nothing is hidden and which NFC leaves as they are, and signs that mean nothing by themselves.
_LETTERS = "\u00c0-\u024f\u1ea0-\u1ef9"
_IN_CODES = rf"[!$-~{_LETTERS}]"
_IN_KEYS = rf"[!$-')-9;-~{_LETTERS}]"
# Patterns of codes that mean the same to every engine, on texts of such letters.
_SHARED_PATTERN = re.compile(r"(?:[A-Za-z0-9_ -]|\\[d.-]|\[[A-Za-z0-9_-]+\]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\}|[?+*.])*")


_BETWEEN = "[^0-9A-Za-z\u00c0-\u024f\u1ea0-\u1eff]"
_MARKS = "[\u0300-\u036f]*"


@lru_cache(maxsize=200)
def _variants(letter: str) -> str:
    """A pattern of all letters that are alike but for case and accents; of another sign, of itself."""
    base = _base(letter)
    known = [
        *map(chr, range(0x30, 0x7B)),
        *map(chr, range(0xC0, 0x250)),
        *map(chr, range(0x1EA0, 0x1F00)),
        "\u212a",
        "\u212b",
    ]
    alike = "".join(other for other in known if other.isalnum() and _base(other) == base)
    return (f"[{alike}]" if alike else re.escape(letter)) + _MARKS


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", label_key(letter))[:1]


class Dialect(NamedTuple):
    """How an engine says what there is no common word for."""

    parameter: str
    matches: str
    pattern: str
    """How a pattern is written whose `$` is the end of a text, and nothing else."""
    split: str
    width: str
    """How many cells there are."""
    cell: str
    first: str = ""
    """The first so many of some values; nothing where `held_back` is asked instead of `behind`."""
    every: str = ""
    """All of some values."""
    struct: str = ""


DUCKDB = Dialect(
    parameter="${name}",
    matches="regexp_matches({text}, {pattern})",
    pattern="{pattern}",
    split="string_split({text}, {separator})",
    width="len(cells)",
    cell="cells[{number}]",
    first="min({value}, {limit})",
    every="list({value})",
    struct="row({values})",
)
SPARK = Dialect(
    parameter=":{name}",
    matches="regexp_like({text}, {pattern})",
    pattern="(?d){pattern}",  # for Java, a text ends before a line separator at its end, if not told so
    split="split({text}, {separator})",
    width="size(cells)",
    cell="try_element_at(cells, {number})",
)


class Query(NamedTuple):
    """A text, and the values of its parameters."""

    text: str
    values: dict[str, object]


class _Values(dict[str, object]):
    """Values as they are bound, one after the other."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self._parameter = dialect.parameter

    def bind(self, value: object) -> str:
        name = f"p{len(self)}"
        self[name] = value
        return self._parameter.format(name=name)

    def listed(self, values: Iterable[object]) -> str:
        return f"({', '.join(map(self.bind, values))})"

    def query(self, text: str) -> Query:
        """A text with those of the values that it asks for."""
        asked = set(re.findall(r"\bp[0-9]+\b", text))
        return Query(text, {name: value for name, value in self.items() if name in asked})


class LinesSql:
    """Lines of text as rows of cells, with what is certain of each by itself."""

    def __init__(
        self, plan: Plan, binding: Binding, headers: Sequence[Sequence[str]], period: Period, given: bool, sql: Dialect
    ) -> None:
        self._plan = plan
        self._columns = binding.columns
        self._width = binding.width
        self._headers = headers
        self._period = period
        self._period_given = given
        self._sql = sql

    def is_fit(self) -> bool:
        """Whether what the plan says of cells can be said in SQL."""
        codes = (spec for spec in self._plan.fields.values() if isinstance(spec, CodeField))
        return (
            len(counts_of(self._plan)) <= MOST_COUNTS
            and all(_SHARED_PATTERN.fullmatch(spec.pattern or "") for spec in codes)
            and bool(self._letters_of_names())
            and all(self._letters_of_codes(self._columns[name]) for name in self._plan.key_codes)
        )

    def rows(self, lines: str, separator: str, kept: Iterable[str], carried: Sequence[str] = ()) -> Query:
        """A row for each line: what is carried with the lines, a column for each of the fields that are kept, and

        `is_data`, whether it is certainly no heading, total or note; `has_key`, whether besides its key is certainly
        known; `is_fine`, whether besides nothing is wrong with it, but for what a blank means; and `blanks`, a bit for
        each count that is blank.
        """
        values = _Values(self._sql)
        columns = columns_of(self._plan)
        asked = ", ".join([*carried, *(f"{self._value(name)} AS {column}" for name, column in columns.items())])
        cells = self._sql.split.format(text="line", separator=values.bind(separator))
        data = [f"{self._sql.width} = {self._width} AND NOT contains(line, '\"')", *self._tests_of_data(values)]
        text = (
            f"SELECT {', '.join([*carried, *(columns[name] for name in kept)])}, {self._blanks()} AS blanks, is_data,"
            " is_data AND key_is_fine AS has_key, is_data AND key_is_fine AND cells_are_fine AS is_fine"
            f" FROM (SELECT {asked}, {_all(data)} AS is_data, {_all(self._tests_of_key(values))} AS key_is_fine,"
            f" {_all(self._tests_of_cells(values, separator))} AS cells_are_fine"
            f" FROM (SELECT {', '.join([*carried, 'line'])}, {cells} AS cells FROM {lines}))"
        )
        return values.query(text)

    def _cell(self, name: str) -> str:
        column = self._columns.get(name)
        return "''" if column is None else self._sql.cell.format(number=column + 1)

    def _value(self, name: str) -> str:
        cell = self._cell(name)
        return f"TRY_CAST({cell} AS INTEGER)" if isinstance(self._plan.fields[name], CountField) else cell

    def _blanks(self) -> str:
        columns = columns_of(self._plan)
        counts = [columns[name] for name in counts_of(self._plan)]
        any_of_them = " OR ".join(f"{column} IS NULL" for column in counts) or "FALSE"
        bits = [f"CASE WHEN {column} IS NULL THEN {1 << bit} ELSE 0 END" for bit, column in enumerate(counts)]
        return f"CASE WHEN {any_of_them} THEN CAST({' + '.join(bits) or '0'} AS BIGINT) ELSE 0 END"

    def _matches(self, text: str, pattern: str, values: _Values) -> str:
        return self._sql.matches.format(text=text, pattern=values.bind(self._sql.pattern.format(pattern=pattern)))

    def _tests_of_data(self, values: _Values) -> Iterator[str]:
        """A code without blanks, with a letter that no word for a total and no header has, is in a row of data."""
        for name in self._plan.key_codes:
            letters = self._letters_of_codes(self._columns[name])
            yield self._matches(self._cell(name), f"^{_IN_KEYS}*[{letters}]{_IN_KEYS}*$", values)
        unit = self._plan.unit.name
        if unit is not None and unit in self._columns and self._plan.total_words:
            yield self._matches(self._cell(unit), f"[{self._letters_of_names()}]", values)
            if self._openings():
                yield "NOT " + self._matches(self._cell(unit), f"^{_BETWEEN}*(?:{'|'.join(self._openings())})", values)
        for name in self._columns:
            if isinstance(self._plan.fields[name], TextField):
                yield "NOT " + self._matches(self._cell(name), OLD_FONT_SIGNS, values)

    def _openings(self) -> list[str]:
        """Patterns of how names begin that may be those of totals, however they are accented."""
        words = [word.split() for word in sorted(self._plan.total_words) if " " in word]
        return [f"{_BETWEEN}+".join("".join(map(_variants, part)) for part in parts) for parts in words]

    def _letters_of_codes(self, column: int) -> str:
        headers = [label_key(row[column]) for row in self._headers if column < len(row)]
        return _letters_beside([*self._plan.total_words, *headers])

    def _letters_of_names(self) -> str:
        return _letters_beside(self._plan.total_words)

    def _tests_of_key(self, values: _Values) -> Iterator[str]:
        period = self._plan.period_field
        if period is not None and period in self._columns:
            blank = [""] if self._period_given else []
            yield f"{self._cell(period)} IN {values.listed([str(self._period), *blank])}"
        for name in self._plan.key_codes:
            yield from self._tests_of_pattern(name, values)

    def _tests_of_cells(self, values: _Values, separator: str) -> Iterator[str]:
        for name, spec in self._plan.fields.items():
            if name not in self._columns or name in self._plan.key_codes:
                continue
            if isinstance(spec, CodeField):
                yield self._matches(self._cell(name), f"^{_IN_CODES}+( {_IN_CODES}+)*$", values)
                yield from self._tests_of_pattern(name, values)
            elif isinstance(spec, TextField) and spec.required != "never":
                yield _is_seen(self._cell(name))
        yield from self._tests_of_counts(values, separator)
        named = self._cell(self._plan.unit.name or "")
        if not self._plan.one_row_a_unit and named != "''":
            yield f"({named} = '' OR ({_is_seen(named)} AND {_is_seen(f'right({named}, 1)')}))"

    def _tests_of_counts(self, values: _Values, separator: str) -> Iterator[str]:
        """Counts are of up to nine digits, or blank: those that end the line are looked at in it, which is quicker."""
        columns = {self._columns[name]: name for name in counts_of(self._plan) if name in self._columns}
        last = 0
        while self._width - last - 1 in columns:
            last += 1
            del columns[self._width - last]
        if last:
            yield self._matches("line", f"(?:{separator}[0-9]{{0,9}}){{{last}}}$", values)
        if columns:
            together = f"concat_ws({values.bind(separator)}, {', '.join(map(self._cell, columns.values()))})"
            yield "NOT " + self._matches(together, f"[^0-9{separator}]|[0-9]{{10}}", values)

    def _tests_of_pattern(self, name: str, values: _Values) -> Iterator[str]:
        spec, cell = self._plan.fields[name], self._cell(name)
        if isinstance(spec, CodeField) and spec.pattern is not None:
            yield f"({self._matches(cell, f'^(?:{spec.pattern})$', values)} AND length({cell}) <= 100)"


class KindsSql:
    """What is asked of rows whose kinds are known. `rows` is what they are selected from."""

    def __init__(self, plan: Plan, period: Period, kinds: Kinds, codes: Sequence[str], sql: Dialect) -> None:
        """`codes` are the columns of those that rows are summed by."""
        self._plan = plan
        self._period = period
        self._kinds = kinds
        self._columns = columns_of(plan)
        self._figures = Figures(self._columns, kinds.fills)
        self._codes = list(codes)
        self._sql = sql
        self.figures = sorted({name for target in plan.targets for name in figures_of(target.measure)})

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

    def faults(self) -> Query:
        """Whether a row breaks a rule between its cells, or a share is unlikely."""
        values = _Values(self._sql)
        tests = ["FALSE"]
        for rule in self._plan.part_rules:
            parts, whole = [self._figures.of(part) for part in rule.parts], self._figures.of(rule.whole)
            tests.append(f"{' + '.join(f'coalesce({part}, 0)' for part in parts)} > {whole}")
            if rule.exact:
                tests.append(f"{' + '.join(parts)} < {whole}")
        for doubt in self._plan.unlikely:
            part, whole = self._figures.of(doubt.part), self._figures.of(doubt.whole)
            for share in sorted(doubt.shares):
                of, times = values.bind(share.denominator), values.bind(share.numerator)
                tests.append(f"({whole} >= {values.bind(doubt.least)} AND {part} * {of} = {whole} * {times})")
        return values.query(" OR ".join(f"coalesce({test}, FALSE)" for test in tests))

    def sums(self, rows: str, names: Sequence[str | None]) -> Query:
        """By codes, the names they are given, and kind: the number of rows, the sum of each figure and the least of it.

        Rows that are alike in what a unit must have are taken together; where units span rows, those of a unit are.
        """
        values = _Values(self._sql)
        alike = grouped(self._plan, self._codes, names)
        if self._plan.one_row_a_unit:
            tests, named = [self._has(having, values) for having in self._havings()], ["NULL", "NULL"]
        else:
            unit, name = self._columns[self._plan.unit.code], self._columns.get(self._plan.unit.name or "", "''")
            tests, named = [unit], [unit, f"min({name}) FILTER (WHERE {name} <> '')"]
        figures = [self._figures.of(name) for name in self.figures]
        asked = [*alike, *named, "count(*)", *(f"sum({f})" for f in figures), *(f"min({f})" for f in figures)]
        return values.query(f"SELECT {', '.join(asked)} FROM {rows} GROUP BY {', '.join([*alike, *tests])}")

    def behind(self, rows: str, target: Target, limit: int | None) -> Query | None:
        """By codes: how many units hold a target back, and the first of them (shortfall below zero, code, name, part, whole).

        None if no unit ever does. This is `compliance.shortfall` of units of one row, of which nothing is unknown.
        """
        values = _Values(self._sql)
        told = self._shortfall(target, values)
        if told is None:
            return None
        unit = self._plan.unit
        code, name = self._columns[unit.code], self._columns.get(unit.name or "", "''")
        value = self._sql.struct.format(values=f"-({told.shortfall}), {code}, {name}, part, whole")
        first = self._sql.every if limit is None else self._sql.first
        listed = first.format(value=value, limit=limit) if limit != 0 else "NULL"
        asked = ", ".join([*self._codes, "count(*)", listed])
        by_codes = f" GROUP BY {', '.join(self._codes)}" if self._codes else ""
        inner = f"SELECT *, {told.part} AS part, {told.whole} AS whole FROM {rows} WHERE {told.within}"
        return values.query(f"SELECT {asked} FROM ({inner}) WHERE {told.test}{by_codes}")

    def held_back(self, rows: str) -> Query | None:
        """The units that hold targets back: the codes, the target, the shortfall below zero, code, name, part, whole.

        It is what `behind` counts, one unit and target a row, for engines that cannot keep the first of many units
        without keeping all. None if no unit ever holds a target back.
        """
        values = _Values(self._sql)
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
        inner = f"SELECT {', '.join(figures)} FROM {rows}"
        every = f"SELECT *, {asked} FROM ({inner})"
        told_of = ", ".join([*self._codes, "target", "behind", f"{code} AS code", f"{name} AS name", "part", "whole"])
        return values.query(f"SELECT {told_of} FROM ({every}) WHERE behind IS NOT NULL")

    def _shortfall(self, target: Target, values: _Values) -> _Shortfall | None:
        measure = target.measure
        if isinstance(measure, Amount):
            return None
        if isinstance(measure, Ratio):
            part, whole = (self._adds(quantity, values) for quantity in measure.quantities)
            known = f"NOT ({self._is_perhaps(measure.part, values)})"
            return self._of_figures(target, values, _Shortfall("TRUE", part, whole, known, ""))
        if isinstance(measure.part, Total) and isinstance(measure.whole, Total):
            # Without its figure a part is perhaps the whole, and nothing compares with NULL.
            part, whole = (self._figures.of(total.field) for total in (measure.part, measure.whole))
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

    def _of_figures(self, target: Target, values: _Values, told: _Shortfall) -> _Shortfall:
        """Where figures decide: whether a unit is behind by them, and how much."""
        threshold = target.threshold
        a, b = values.bind(threshold.value.numerator), values.bind(threshold.value.denominator)
        if not threshold.more_is_better:
            return told._replace(test="part > 0", shortfall=f"{b} * part - {a} * whole")
        sign = "<=" if threshold.operator == ">" else "<"
        test = f"whole > 0 AND {told.test} AND {b} * part {sign} {a} * whole"
        return told._replace(test=test, shortfall=f"{a} * whole - {b} * part")

    def _is_counted(self, quantity: Quantity, values: _Values) -> str:
        """Whether a row is in a quantity of rows or units."""
        tests = [self._where(quantity.where, values)]
        if isinstance(quantity, Units) and quantity.having is not None:
            tests.append(self._has(quantity.having, values))
        return f"({' AND '.join(tests)})"

    def _adds(self, quantity: Quantity, values: _Values) -> str:
        """What a row adds to a quantity."""
        figure = f"coalesce({self._figures.of(quantity.field)}, 0)" if isinstance(quantity, Total) else "1"
        return f"CASE WHEN {self._is_counted(quantity, values)} THEN {figure} ELSE 0 END"

    def _is_perhaps(self, quantity: Quantity, values: _Values) -> str:
        """Whether a unit is perhaps in a quantity, for want of the figure that it must have."""
        if isinstance(quantity, Units) and quantity.having is not None:
            return f"{self._where(quantity.where, values)} AND {self._figures.of(quantity.having.field)} IS NULL"
        return "FALSE"

    def _has(self, having: Having, values: _Values) -> str:
        """Whether a unit of one row has what it has to; without a figure it is not known, and so it has not."""
        return f"coalesce({self._figures.of(having.field)} {having.operator} {values.bind(having.number)}, FALSE)"

    def _where(self, where: Where, values: _Values) -> str:
        tests = [self._condition(condition, values) for condition in where]
        return " AND ".join(tests) or "TRUE"

    def _condition(self, condition: Condition, values: _Values) -> str:
        if condition.field == self._plan.period_field:
            return "TRUE" if self._period.kind in condition.values else "FALSE"
        texts = self._kinds.texts(condition.field, condition.values)
        return f"{self._columns[condition.field]} IN {values.listed(texts)}" if texts else "FALSE"


def _all(tests: Iterable[str]) -> str:
    """Whether all tests are passed."""
    return f"coalesce({' AND '.join(tests) or 'TRUE'}, FALSE)"


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
    """Counts as they are added up: blanks filled in, and 64 bits wide."""

    def __init__(self, columns: Mapping[str, str], fills: Mapping[str, Fill]) -> None:
        self._columns = columns
        self._fills = fills

    def of(self, name: str) -> str:
        """The figure of a field; NULL where it has no value."""
        column, fill = f"CAST({self._columns[name]} AS BIGINT)", self._fills.get(name, NO_VALUE)
        if isinstance(fill, int):
            return f"coalesce({column}, {fill})"
        return f"coalesce({column}, {self.of(fill)})" if isinstance(fill, str) else column


def grouped(plan: Plan, codes: Sequence[str], names: Sequence[str | None]) -> list[str]:
    """What tells rows apart: the columns of codes, the names they are given (an empty one without), choices and blanks."""
    columns = columns_of(plan)
    named = [columns[name] if name else "''" for name in names]
    return [*codes, *named, *(columns[name] for name in choices_of(plan)), "blanks"]


def columns_of(plan: Plan) -> dict[str, str]:
    """The column of each field."""
    return {name: f"f{place}" for place, name in enumerate(plan.fields)}


def _is_seen(text: str) -> str:
    """Whether the first letter of a text is one that is seen; texts compare as bytes."""
    ranges = (("!", "\x7f"), ("\u00c0", "\u0250"), ("\u1ea0", "\u1efa"))
    tests = (f"({text} >= '{low}' AND {text} < '{high}')" for low, high in ranges)
    return f"({' OR '.join(tests)})"


def _letters_beside(words: Iterable[str]) -> str:
    """The digits and letters that are in none of some words, whatever their case and accents."""
    taken = set(unicodedata.normalize("NFD", "".join(words)).casefold())
    free = [c for c in "0123456789abcdefghijklmnopqrstuvwxyz" if c not in taken]
    return "".join(free) + "".join(free).upper().lstrip("0123456789")
