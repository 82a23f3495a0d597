"""The tests' oracle: a second evaluation of a plan, written from the documents alone.

Plain, naive and exact: every row is held in memory and every target is worked out from the start for every scope. It
shares no code with the package, so that the two agree only if both say what the documents say. Where these leave a
choice, a comment `reading:` names the one made here.
"""

from __future__ import annotations

import calendar
import dataclasses
import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

OPERATORS = ("at_least", "above", "at_most", "below", "equals")
PERIOD = re.compile(r"([0-9]{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?")  # reading: H and Q in capitals only
COUNT = re.compile(r"[0-9]{1,18}")
FIRST_GROUP = re.compile(r"[1-9][0-9]{0,2}")
GROUP = re.compile(r"[0-9]{3}")
SHEET_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")  # of these a code may have the space alone
MEANT_FOR_A_FIGURE = re.compile(r"[-–—+]?[0-9]|(?:[-–—?xX]|[nN]/[aA])$")
WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")  # a run of letters, each with the marks on it
TONES = re.compile(r"[\u0300\u0301\u0303\u0309\u0323]")  # grave, acute, tilde, hook above, dot below
ONE_D = str.maketrans("\u00f0\u0256", "\u0111\u0111")  # the small forms of Ð and Ɖ are read as that of Đ


class TwoPeriodsError(Exception):
    """The rows are of more than one period and none was asked for."""


class Lack(Enum):
    """Why a cell has no figure or text to go by."""

    UNKNOWN = 1
    NOTHING = 2


Value = int | str | Lack
Truth = bool | None  # None is perhaps
Plan = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """The texts of one table, as a csv reader gives them."""

    name: str
    header: list[str]
    rows: list[list[str]]


@dataclass
class Case:
    """A known row, or rows of one key (or one row without a usable key) that are unknown as a whole."""

    rows: list[dict[str, Value]]
    known: bool
    codes: dict[str, str]  # the code for each level, empty where it is not known
    anyones: bool = False  # it may belong to the unit it is held against, or to another
    missing: bool = False  # no row: what a roster says of a unit that did not report


@dataclass
class Attendance:
    """What a roster says of the run's period: who is missing, and how many are not."""

    units: list[Case]  # the missing ones
    bodies: list[dict[str, str]]  # the missing ones of which the roster names no unit: their codes
    names: dict[tuple[str, str], str]  # of a scope, by its level and code
    coverage: dict[str, Any] | None


@dataclass
class Figures:
    """A target's measure in one scope. The ends of what is possible are themselves possible if `..._in` says so."""

    n: int
    d: int | None
    unknown: int
    counted: int
    bounded: bool
    low: Fraction
    high: Fraction | None  # None: no upper bound
    low_in: bool = True
    high_in: bool = True
    part_known: bool = True


# Text ---------------------------------------------------------------------------------------------------------------


def is_blank(text: str) -> bool:
    # reading: a blank is any white space, a no-break space too, wherever text is trimmed; in a count that is a fault
    return not text.strip()


@functools.cache
def folded(text: str) -> str:
    """What of a label or a header is compared: letters apart from their marks, the tones at the end of each word."""
    letters = unicodedata.normalize("NFD", " ".join(text.split()).casefold()).translate(ONE_D)
    return WORD.sub(lambda word: TONES.sub("", word[0]) + "".join(TONES.findall(word[0])), letters)


def count_of(text: str, thousands: str | None) -> int | None:
    """The figure in a cell; `thousands` is the separator of which one is enough, where the plan says so."""
    digits = text.strip(" \t")
    if COUNT.fullmatch(digits):
        return int(digits)
    for sign in ".,":
        first, *others = digits.split(sign)
        # reading: two signs of one kind are plain also where the plan says that the other one is used
        enough = len(others) >= (1 if sign == thousands else 2)
        if enough and FIRST_GROUP.fullmatch(first) and all(GROUP.fullmatch(group) for group in others):
            return int(digits.replace(sign, "")) if len(first) + 3 * len(others) <= 18 else None
    return None


def code_of(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def kind_of(period: str | None) -> str | None:
    match = PERIOD.fullmatch(period or "")
    if not match:
        return None
    return "half" if match[2] else "quarter" if match[3] else "month" if match[4] else "year"


def last_day(period: str) -> str:
    match = PERIOD.fullmatch(period)
    assert match
    year = int(match[1])
    month = int(match[2]) * 6 if match[2] else int(match[3]) * 3 if match[3] else int(match[4] or 12)
    return f"{year:04}-{month:02}-{calendar.monthrange(year, month)[1]:02}"


def all_of(truths: Iterable[Truth]) -> Truth:
    seen = list(truths)
    return False if False in seen else None if None in seen else True


def any_of(truths: Iterable[Truth]) -> Truth:
    seen = list(truths)
    return True if True in seen else None if None in seen else False


# Rows ---------------------------------------------------------------------------------------------------------------


class Reader:
    """Reads tables into rows of values, counting the errors on the way."""

    def __init__(self, plan: Plan, asked: str | None) -> None:
        submission = plan["submission"]
        self.fields: dict[str, Any] = submission["fields"]
        self.key: list[str] = submission["key"]
        self.period_field = next(name for name, field in self.fields.items() if field["type"] == "period")
        self.thousands: str | None = submission.get("thousands")
        # parts, their whole, and if they must not be less than it either
        self.checks = [([name], field["at_most"], False) for name, field in self.fields.items() if "at_most" in field]
        for check in (c for c in submission.get("checks", []) if "sum" in c):  # others are warnings
            exact = "equals" in check
            self.checks.append((list(check["sum"]), check["equals" if exact else "at_most"], exact))
        self.asked = asked
        self.period = asked
        self.errors: Counter[str] = Counter()

    def columns(self, table: Table) -> dict[str, list[int]]:
        names = {name: {folded(text) for text in [name, *f.get("headers", [])]} for name, f in self.fields.items()}
        return {name: [at for at, text in enumerate(table.header) if folded(text) in names[name]] for name in names}

    def find_period(self, tables: list[Table]) -> None:
        if self.asked:
            return
        found = set()
        for table in tables:
            at = self.columns(table)[self.period_field]
            for row in table.rows:
                # reading: a row whose other key cells are missing still says which period the data are of
                if len(at) == 1 and len(row) == len(table.header) and PERIOD.fullmatch(row[at[0]].strip()):
                    found.add(row[at[0]].strip())
        if len(found) > 1:
            raise TwoPeriodsError(sorted(found))
        self.period = found.pop() if found else None

    def read(self, table: Table) -> list[dict[str, Value] | None]:
        """The rows of data of a table; None for one with a wrong number of cells."""
        columns = self.columns(table)
        for name, at in columns.items():
            if len(at) > 1:
                self.errors["duplicate-column"] += 1
            if not at and self.may_be_required(name) and "default" not in self.fields[name]:
                self.errors["missing-column"] += 1  # reading: also in a table without rows
        rows: list[dict[str, Value] | None] = []
        # reading: by its place a cell is one of a column, whatever the number of cells
        texts = [row for row in table.rows if any(self.is_data(row, name, at) for name, at in columns.items())]
        if not texts:  # reading: a table of nothing but notes is a table without rows
            self.errors["no-rows"] += 1
        for row in texts:
            if len(row) != len(table.header):
                self.errors["cell-count"] += 1
                rows.append(None)  # reading: its period is not read, so it is never left out as of another period
                continue
            cells = {name: row[at[0]] for name, at in columns.items() if len(at) == 1}
            period = cells.get(self.period_field, "").strip()
            if self.asked and PERIOD.fullmatch(period) and period != self.asked:
                continue  # reading: what is left out is not judged, its faults are not named
            doubled = {name: any(not is_blank(row[i]) for i in at) for name, at in columns.items() if len(at) > 1}
            rows.append(self.values(cells, doubled))
        return rows

    def is_data(self, row: list[str], name: str, at: list[int]) -> bool:
        """If something in the columns of a field makes the row one of data. A row without any such is blank or a note.

        Any text says something where a code or a text is wanted (reading: also if the code is refused). A formula that
        failed does, too: it stands where data should. Columns that claim one field between them say something as well.
        """
        field = self.fields[name]
        texts = [row[i] for i in at if i < len(row) and not is_blank(row[i])]
        if field["type"] in ("code", "text"):
            return bool(texts)
        failed = any(code_of(text).upper() in SHEET_ERRORS or code_of(text).startswith("=") for text in texts)
        if field["type"] == "count":  # something that is meant for a figure
            failed = failed or any(MEANT_FOR_A_FIGURE.match(text.strip()) for text in texts)
        if field["type"] == "period":  # likewise
            failed = failed or any(re.fullmatch("[0-9][0-9A-Z-]*", text.strip()) for text in texts)
        return failed or any(self.reading(field, text) is not Lack.UNKNOWN for text in texts)

    def may_be_required(self, name: str) -> bool:
        if name == self.period_field:
            return self.asked is None
        required = self.fields[name].get("required", "always")
        if isinstance(required, str):
            return required == "always"
        # reading: if no period is to be found, a condition on it may hold; so may one on any other field, whatever its
        # default or column
        wanted = required.get(self.period_field)
        return wanted is None or self.period is None or kind_of(self.period) in as_list(wanted)

    def values(self, cells: dict[str, str], doubled: dict[str, bool]) -> dict[str, Value]:
        """Rules 1 to 6 of the documents on one row; `doubled` says if anything is written in a doubled field's cells."""
        values: dict[str, Value] = {}
        taken: dict[str, str] = {}  # the field from which another took its value

        def value(name: str) -> Value:
            if name not in values:
                values[name] = resolve(name)
            return values[name]

        def resolve(name: str) -> Value:
            field = self.fields[name]
            if not is_blank(cells.get(name, "")):
                return self.parse(field, cells[name])
            if name == self.period_field and self.asked and name not in doubled:
                return self.asked  # reading: a doubled period column is a missing key even with --period
            required = self.required(name, value)
            if required is False and not doubled.get(name):
                return Lack.NOTHING
            if name in doubled:
                return Lack.UNKNOWN
            if required is None:
                return Lack.UNKNOWN
            default = field.get("default")
            if default in self.fields and field["type"] == "count":
                taken[name] = default
                if value(default) is not Lack.NOTHING:  # reading: else there is no figure to take: rules 3 and 4
                    return value(default)
            elif default is not None:
                return int(default) if field["type"] == "count" else str(default)
            if name not in cells and default in self.fields:
                self.errors["blank"] += 1
            if name not in cells:
                return Lack.UNKNOWN  # reading: rule 3 is not for missing columns
            for parts, whole, _ in self.checks:
                if name in parts and value(whole) == 0:
                    taken[name] = whole  # reading: of several wholes that are 0 the first, its `at_most`, gives the 0
                    return 0
            if name == self.period_field and self.period is None:
                return Lack.UNKNOWN  # no row says a period: that is one error for all of them
            self.errors["missing-key" if name in self.key else "blank"] += 1  # reading: one for each blank key cell
            return Lack.UNKNOWN

        for name in self.fields:
            value(name)
        marked: set[str] = set()
        for parts, whole, exact in self.checks:
            limit = values[whole]
            figures = [figure for figure in (values[part] for part in parts) if isinstance(figure, int)]
            if not isinstance(limit, int):
                continue
            above = sum(figures) > limit
            below = exact and len(figures) == len(parts) and sum(figures) < limit
            if above or below:
                self.errors["part-above-whole" if above else "sum-differs"] += 1
                marked.update(parts, [whole])  # reading: a part without a value is marked as well
        for _ in taken:  # reading: what took its value from a cell that took its value is marked too
            marked.update(name for name, source in taken.items() if source in marked)
        return {name: Lack.UNKNOWN if name in marked else values[name] for name in values}

    def required(self, name: str, value: Any) -> Truth:
        required = self.fields[name].get("required", "always")
        if isinstance(required, str):
            return required == "always"
        return all_of(
            meets(self.period_kind() if on == self.period_field else value(on), wanted)
            for on, wanted in required.items()
        )

    def period_kind(self) -> Value:
        return kind_of(self.period) or Lack.UNKNOWN

    def parse(self, field: dict[str, Any], text: str) -> Value:
        value = self.reading(field, text)
        if value is Lack.UNKNOWN:
            self.errors[f"not-a-{field['type']}"] += 1
        return value

    def reading(self, field: dict[str, Any], text: str) -> Value:
        """What is read in a cell that is not blank."""
        if field["type"] == "count":
            figure = count_of(text, self.thousands)
            return Lack.UNKNOWN if figure is None else figure
        if field["type"] == "choice":
            for name, labels in field["values"].items():
                if folded(text) in {folded(label) for label in [name, *as_list(labels)]}:
                    return str(name)
            return Lack.UNKNOWN
        if field["type"] == "period":
            return text.strip() if PERIOD.fullmatch(text.strip()) else Lack.UNKNOWN
        if field["type"] == "code":
            code = code_of(text)
            seen = not any(unicodedata.category(c) in UNSEEN and c != " " for c in code)
            pattern = field.get("pattern")
            # reading: the 100 characters are the code's, and only a code with a pattern is bound to them
            fits = pattern is None or (len(code) <= 100 and re.fullmatch(pattern, code) is not None)
            return code if seen and fits and code.upper() not in SHEET_ERRORS else Lack.UNKNOWN
        return text.strip()  # reading: names that differ in case or composition are different names

    def cases(self, rows: list[dict[str, Value] | None], levels: dict[str, Any]) -> list[Case]:
        groups: dict[tuple[Value, ...], list[dict[str, Value]]] = {}
        cases = []
        for row in rows:
            key = tuple(row[name] for name in self.key) if row else ()
            if row is None:
                cases.append(Case([], False, dict.fromkeys(levels, "")))
            elif any(isinstance(part, Lack) for part in key):
                cases.append(Case([row], False, codes_of([row], levels)))
            else:
                groups.setdefault(key, []).append(row)
        for group in groups.values():
            self.errors["duplicate-key"] += len(group) - 1
            cases.append(Case(group, len(group) == 1, codes_of(group, levels)))
        return cases


def codes_of(rows: list[dict[str, Value]], levels: dict[str, Any]) -> dict[str, str]:
    codes = {}
    for level, names in levels.items():
        # reading: rows of one key of which one names no district count under the one without a code too
        found = {row[names["code"]] for row in rows}
        code = found.pop()
        codes[level] = code if isinstance(code, str) and not found else ""
    return codes


# Measures -----------------------------------------------------------------------------------------------------------


def meets(value: Value, wanted: Any) -> Truth:
    return None if value is Lack.UNKNOWN else value in as_list(wanted)


def keeps(operator: str, value: Fraction | int, threshold: Fraction) -> bool:
    return {
        "at_least": value >= threshold,
        "above": value > threshold,
        "at_most": value <= threshold,
        "below": value < threshold,
        "equals": value == threshold,
    }[operator]


class Judge:
    """Works out the targets of a plan in one scope."""

    def __init__(self, plan: Plan, reader: Reader) -> None:
        self.plan = plan
        self.reader = reader
        self.levels: dict[str, Any] = plan["submission"]["levels"]
        self.smallest = next(iter(self.levels))
        self.blank_slate: dict[str, Value] = dict.fromkeys(reader.fields, Lack.UNKNOWN)
        codes = [name for name in reader.key if name != reader.period_field]
        self.units_span_rows = codes != [self.levels[self.smallest]["code"]]

    def quantity(self, name: str) -> dict[str, Any]:
        quantity: dict[str, Any] = self.plan.get("quantities", {}).get(name) or {"total": name}
        return quantity

    def row_in(self, quantity: dict[str, Any], row: dict[str, Value]) -> Truth:
        if row is self.blank_slate:
            return None  # a row that is unknown as a whole is perhaps in everything
        field = self.reader.period_field
        return all_of(
            meets(self.reader.period_kind() if on == field else row[on], wanted)
            for on, wanted in quantity.get("where", {}).items()
        )

    def group_in(self, quantity: dict[str, Any], group: list[Case]) -> Truth:
        rows = [row for case in group for row in self.rows_of(quantity, case)]
        truth = any_of(self.row_in(quantity, row) for row in rows)
        for field, condition in quantity.get("having", {}).items():
            truth = all_of([truth, self.total_keeps(quantity, rows, field, condition)])
        if quantity.get("count", "rows") != "rows" and not group[0].codes[quantity["count"]] and truth:
            return None  # reading: a row whose unit is not known is perhaps a unit of its own
        # What a missing unit adds goes to `o` alone, as if it were perhaps in. Reading: even if the roster says it all.
        return None if truth and group[0].missing else truth

    def rows_of(self, quantity: dict[str, Any], case: Case) -> list[dict[str, Value]]:
        """What a case says to a quantity: its row, or one that may be anything."""
        if case.anyones and case.known and self.row_in(quantity, case.rows[0]) is False:
            return []
        return case.rows if case.known and not case.anyones else [self.blank_slate]

    def total_keeps(self, quantity: dict[str, Any], rows: list[dict[str, Value]], field: str, condition: Any) -> Truth:
        [(operator, text)] = condition.items()
        total, complete = 0, True
        for row in rows:
            truth, figure = self.row_in(quantity, row), row[field]
            if truth and isinstance(figure, int):
                total += figure
            elif truth is not False:
                complete = False
        if complete:
            return keeps(operator, total, Fraction(text))
        if operator in ("at_least", "above"):
            return True if keeps(operator, total, Fraction(text)) else None
        return None if keeps("at_most" if operator == "equals" else operator, total, Fraction(text)) else False

    def groups(self, quantity: dict[str, Any], cases: list[Case], scope: list[Case]) -> list[list[Case]]:
        """What the quantity counts of some cases of a scope, one by one: rows, or the rows of each unit.

        A missing unit is one by itself, and no row that names no unit leaves it open: it is known that it has none.
        """
        missing = [[case] for case in cases if case.missing]
        return self.groups_of_rows(quantity, present(cases), present(scope)) + missing

    def groups_of_rows(self, quantity: dict[str, Any], cases: list[Case], scope: list[Case]) -> list[list[Case]]:
        level = quantity.get("count", "rows")
        if level == "rows":
            return [[case] for case in cases if case.known]
        if not self.units_span_rows:
            return [[case] for case in cases]  # one unknown as a whole is a unit by itself, whatever it is called
        # A row that may be of any unit leaves every unit of the scope open; it may be a unit by itself, too.
        anyones = [dataclasses.replace(case, anyones=True) for case in scope if not case.codes[level]]
        units: dict[str, list[Case]] = {}
        for case in cases:
            if case.codes[level]:
                units.setdefault(case.codes[level], []).append(case)
        return [*([*group, *anyones] for group in units.values()), *([c] for c in cases if not c.codes[level])]

    def figure(self, quantity: dict[str, Any], group: list[Case]) -> Value:
        return group[0].rows[0][quantity["total"]] if "total" in quantity else 1

    def share(self, target: dict[str, Any], cases: list[Case], scope: list[Case]) -> Figures:
        part, whole = self.quantity(target["share"]), self.quantity(target["of"])
        n = d = i = o = 0
        bounded = True
        for group in self.groups(whole, cases, scope):
            in_whole, in_part = self.group_in(whole, group), self.group_in(part, group)
            size, piece = self.figure(whole, group), self.figure(part, group)
            if in_whole is False or size is Lack.NOTHING:
                continue
            if not isinstance(size, int):
                bounded = False
            elif in_whole is None:
                o += size
            elif in_part is False:
                d += size
            elif in_part and isinstance(piece, int):
                n, d = n + piece, d + size
            else:
                d, i = d + size, i + size
        lost = sum(not case.known for case in cases)
        if "total" in whole or "total" in part:
            bounded = bounded and not lost
        elif whole["count"] == "rows":
            o += lost
        if not bounded:
            return Figures(n, d, i + o, i, False, Fraction(0), Fraction(1), n == 0, n + i == d)
        base = d + o or 1
        return Figures(n, d, i + o, i, True, Fraction(n, base), Fraction(n + i + o, base))

    def add_up(self, quantity: dict[str, Any], cases: list[Case], scope: list[Case]) -> tuple[int, int, bool]:
        """The known figure, what is perhaps in, and if it has no bound."""
        known = perhaps = 0
        hole = False
        for group in self.groups(quantity, cases, scope):
            truth, figure = self.group_in(quantity, group), self.figure(quantity, group)
            if truth is False or figure is Lack.NOTHING:
                continue  # reading: without a value there is nothing to add, in ratios and amounts
            if not isinstance(figure, int):
                hole = True
            elif truth:
                known += figure
            else:
                perhaps += figure
        lost = sum(not case.known for case in cases)
        if "total" in quantity:
            return known, perhaps, hole or lost > 0
        return known, perhaps + (lost if quantity["count"] == "rows" else 0), False

    def ratio(self, target: dict[str, Any], cases: list[Case], scope: list[Case]) -> Figures:
        n, perhaps, no_upper = self.add_up(self.quantity(target["ratio"]), cases, scope)
        d, o, no_lower = self.add_up(self.quantity(target["of"]), cases, scope)
        # reading: a figure of 0 that is perhaps in is no unknown; the unknown cases of part and whole are added
        no_upper = no_upper or perhaps > 0
        low = Fraction(n, d + o) if d and not no_lower else Fraction(0)
        high = None if no_upper or not d else Fraction(n, d)
        # reading: without a positive lower bound the ratio is still above 0 if the part is
        low_in = not no_lower or n == 0
        unknown, bounded = perhaps + o, not no_upper and not no_lower
        return Figures(n, d, unknown, 0, bounded, low, high, low_in, part_known=not no_upper)

    def amount(self, target: dict[str, Any], cases: list[Case], scope: list[Case]) -> Figures:
        quantity = self.quantity(target["amount"])
        n, perhaps, no_upper = self.add_up(quantity, cases, scope)
        no_upper = no_upper or ("total" in quantity and perhaps > 0)
        return Figures(n, None, perhaps, 0, not no_upper, Fraction(n), None if no_upper else Fraction(n + perhaps))

    def measure(self, target: dict[str, Any], cases: list[Case], scope: list[Case]) -> Figures:
        if "share" in target:
            return self.share(target, cases, scope)
        return self.ratio(target, cases, scope) if "ratio" in target else self.amount(target, cases, scope)

    def rows_are_missing(self, target: dict[str, Any], cases: list[Case]) -> bool:
        """If nobody knows how many rows there are: of a unit that spans rows and did not report."""
        named = [self.quantity(target[key]) for key in ("share", "ratio", "amount", "of") if key in target]
        counted = [quantity for quantity in named if quantity.get("count") == "rows"]
        missing = [[case] for case in cases if case.missing] if self.units_span_rows else []
        return any(self.group_in(quantity, group) is not False for quantity in counted for group in missing)

    def result(
        self, target: dict[str, Any], cases: list[Case], scope: dict[str, Any], missing_body: bool
    ) -> dict[str, Any]:
        operator, t = threshold_of(target)
        f = self.measure(target, cases, cases)
        if self.reader.errors["no-rows"] or missing_body or self.rows_are_missing(target, cases):
            f = opened(f, target)
        due, judged = due_of(target, self.reader.period)
        empty = not present(cases) if f.d is None else f.d == 0
        if self.reader.period is None:
            status = "no_data" if empty else "undetermined"
        elif not judged:
            status = "not_due"
        else:
            status = "no_data" if empty else status_of(operator, t, f)
        # reading: a share with d = 0 but o > 0 has a range
        ranged = f.bounded and f.high is not None and (f.d is None or f.d + f.unknown - f.counted > 0)
        failing = self.failing(target, present(cases))
        needed, spare = (None, None) if empty else distance(operator, t, f, "share" in target)
        show = shown if f.d is not None else lambda value, _: str(value)
        return {
            "id": target["id"],
            "status": status,
            "scope": scope,
            "numerator": f.n,
            "denominator": f.d,
            "unknown": f.unknown,
            "unknown_counted": f.counted,
            "bounded": f.bounded,
            "percent": shown(Fraction(f.n, f.d), t) if f.d else None,
            "range": [show(f.low, t), show(f.high or Fraction(0), t)] if ranged else None,
            "needed": needed,
            "spare": spare,
            "due": due,
            "failing": failing[:1000],
            "failing_count": len(failing),
        }

    def failing(self, target: dict[str, Any], cases: list[Case]) -> list[dict[str, Any]]:
        operator, t = threshold_of(target)
        if "amount" in target:
            return []
        more = operator in ("at_least", "above") or (operator == "equals" and t != 0)
        wanted = "at_least" if operator == "equals" else operator
        by_unit = "share" in target and self.quantity(target["of"]).get("count") == self.smallest
        found = []
        for code in sorted({case.codes[self.smallest] for case in cases} - {""}):
            unit = [c for c in cases if c.codes[self.smallest] == code and (c.known or self.units_span_rows)]
            f = self.measure(target, unit, cases)
            assert f.d is not None
            if not more:
                named = f.n > 0
            elif f.d == 0:
                named = False
            elif "share" in target:
                named = f.d - f.n - f.counted > 0 and (by_unit or not keeps(wanted, Fraction(f.n + f.counted, f.d), t))
            else:
                named = f.part_known and not keeps(wanted, Fraction(f.n, f.d), t)
            if named:
                entry = {"code": code, "name": self.first_name(unit), "numerator": f.n, "denominator": f.d}
                found.append((t * f.d - f.n if more else f.n - t * f.d, entry))
        return [entry for _, entry in sorted(found, key=lambda pair: (-pair[0], pair[1]["code"]))]

    def first_name(self, cases: list[Case]) -> str:
        """What a unit is called in lists: the first of its names by the alphabet."""
        field = self.levels[self.smallest].get("name")
        names = [row.get(field) for case in cases for row in case.rows]
        return min((name for name in names if isinstance(name, str)), default="")

    def name(self, level: str, cases: list[Case], otherwise: str) -> str:
        field = self.levels[level].get("name")
        values = [row.get(field, Lack.NOTHING) for case in present(cases) for row in case.rows]
        names = Counter(value for value in values if isinstance(value, str))  # reading: blanks are no names; none: ""
        return min(names, key=lambda name: (-names[name], name), default=otherwise)

    def results(self, cases: list[Case], scope: dict[str, Any], missing_body: bool) -> list[dict[str, Any]]:
        return [self.result(target, cases, scope, missing_body) for target in self.plan["targets"]]


# Verdicts -----------------------------------------------------------------------------------------------------------


def opened(f: Figures, target: dict[str, Any]) -> Figures:
    """Figures to which an unknown number of rows is missing: a table without rows is not a table of nothing."""
    if "share" in target:
        return dataclasses.replace(
            f, bounded=False, low=Fraction(0), high=Fraction(1), low_in=f.n == 0, high_in=f.n + f.counted == f.d
        )
    low = f.low if "amount" in target else Fraction(0)
    return dataclasses.replace(f, bounded=False, low=low, high=None, low_in="amount" in target or f.n == 0)


def threshold_of(target: dict[str, Any]) -> tuple[str, Fraction]:
    [operator] = [name for name in OPERATORS if name in target]
    text = target[operator]
    return operator, Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def due_of(target: dict[str, Any], period: str | None) -> tuple[str | None, bool]:
    """When the target is judged, and if this period judges it; without a period nothing is due."""
    judged = target["judged"]
    if isinstance(judged, dict):
        return str(judged["by"]), period is not None and last_day(period) >= judged["by"]
    if period is None:
        return None, False
    return (period, True) if judged == "each period" else (period[:4], kind_of(period) == "year")


def status_of(operator: str, t: Fraction, f: Figures) -> str:
    above_low = t < f.low or (t == f.low and not f.low_in)  # every possible value is above t
    below_high = f.high is not None and (t > f.high or (t == f.high and not f.high_in))  # every one is below t
    met, not_met = {
        "at_least": (t <= f.low, below_high),
        "above": (above_low, f.high is not None and t >= f.high),
        "at_most": (f.high is not None and t >= f.high, above_low),
        "below": (below_high, t <= f.low),
        "equals": (f.low == f.high == t, above_low or below_high),
    }[operator]
    return "met" if met else "not_met" if not_met else "undetermined"


def distance(operator: str, t: Fraction, f: Figures, share: bool) -> tuple[int | None, int | None]:
    """The cases needed and to spare: how far n is from the whole numbers that keep the threshold, least to most."""
    if f.d == 0:
        return None, None
    edge = t if f.d is None else t * f.d
    least, most = 0, f.d if share else None
    if operator in ("at_least", "above", "equals"):
        least = math.floor(edge) + 1 if operator == "above" else math.ceil(edge)
    if operator in ("at_most", "below", "equals"):
        top = math.ceil(edge) - 1 if operator == "below" else math.floor(edge)
        most = top if most is None else min(top, most)
    if most is not None and least > most:
        return None, None
    if f.n < least:
        return least - f.n, None
    if most is not None and f.n > most:
        return f.n - most, None
    if operator == "equals":
        return 0, 0
    return 0, f.n - least if operator in ("at_least", "above") else (most or 0) - f.n


def shown(value: Fraction, threshold: Fraction) -> str:
    def scaled(number: Fraction, places: int) -> int:
        return math.floor(number * Fraction(100 * 10**places) + Fraction(1, 2))

    places = 2
    while value != threshold and scaled(value, places) == scaled(threshold, places):
        places += 1
    digits = f"{scaled(value, places):0{places + 1}}"
    return f"{digits[:-places]}.{digits[-places:]}"


def verdict_of(results: list[dict[str, Any]], any_rows: bool) -> str:
    if not any_rows:
        return "no_data"  # reading: before all else; rows that were left out are no rows
    statuses = {result["status"] for result in results if result["status"] != "not_due"}
    if "not_met" in statuses:
        return "not_met"
    if statuses & {"undetermined", "no_data"}:
        return "undetermined"
    return "met" if statuses else "not_due"


# Rosters ------------------------------------------------------------------------------------------------------------


def present(cases: list[Case]) -> list[Case]:
    return [case for case in cases if not case.missing]


def attendance(
    roster: list[dict[str, str]] | None, reader: Reader, levels: dict[str, Any], rows: list[dict[str, Value]]
) -> Attendance:
    """Holds a roster against the rows of the run, those with the right number of cells."""
    if roster is None or reader.period is None:
        return Attendance([], [], {}, None)
    day = last_day(reader.period)
    fields = {level: names["code"] for level, names in levels.items()}
    # reading: a row is of the run's period if it is not left out; its own may be blank or not to be read
    seen = {level: {code for row in rows if isinstance(code := row[fields[level]], str)} for level in levels}
    smallest, *larger = levels
    expected: dict[str, set[str]] = {level: set() for level in levels}
    names: dict[tuple[str, str], set[str]] = {}
    found = Attendance([], [], {}, None)
    for entry in roster:
        begins, ends = entry.get("valid_from", "").strip(), entry.get("valid_to", "").strip()
        if day < begins or (ends and ends < day):
            continue
        codes = {level: code_of(entry.get(field, "")) for level, field in fields.items()}
        for level in (level for level in levels if codes[level]):
            expected[level].add(codes[level])
            # reading: rows of all that are expected name their scopes, also those of units that did report
            names.setdefault((level, codes[level]), set()).add(entry.get(levels[level].get("name"), "").strip())
        given = next((level for level in levels if codes[level]), None)
        if given is None or codes[given] in seen[given]:
            continue
        if given != smallest:
            found.bodies.append(codes)
            continue
        row: dict[str, Value] = dict.fromkeys(reader.fields, Lack.UNKNOWN)
        for name, field in reader.fields.items():
            # reading: a blank is not known even if the field has a default, and no check is made
            if field["type"] in ("choice", "count") and not is_blank(entry.get(name, "")):
                row[name] = reader.reading(field, entry[name])
        found.units.append(Case([row], True, codes, missing=True))
    found.names = {scope: min(texts - {""}, default="") for scope, texts in names.items()}

    def covered(level: str) -> dict[str, Any]:
        missing = expected[level] - seen[level]
        reported = len(expected[level]) - len(missing)
        return {"expected": len(expected[level]), "reported": reported, "missing": sorted(missing)}

    found.coverage = {"units": covered(smallest), "bodies": covered(larger[0]) if larger else None}
    return found


def evaluate(
    plan: Plan, tables: list[Table], period: str | None, by: list[str], roster: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """The report on the tables, as far as the tests compare it."""
    reader = Reader(plan, period)
    reader.find_period(tables)
    judge = Judge(plan, reader)
    rows = [row for table in tables for row in reader.read(table)]
    cases = reader.cases(rows, judge.levels)
    absent = attendance(roster, reader, judge.levels, [row for row in rows if row])
    everyone = cases + absent.units
    targets = judge.results(everyone, {"level": "all", "code": None, "name": None}, bool(absent.bodies))
    verdict = verdict_of(targets, bool(cases))
    for level in by:
        scopes = []
        bodies = {codes[level] for codes in absent.bodies} - {""}
        for code in {case.codes[level] for case in everyone} | bodies:  # reading: a body has a scope without units, too
            inside = [case for case in everyone if case.codes[level] == code]
            name = judge.name(level, inside, absent.names.get((level, code), "")) if code else ""
            results = judge.results(inside, {"level": level, "code": code, "name": name}, code in bodies)
            statuses = Counter(result["status"] for result in results)
            scopes.append((-statuses["not_met"], -statuses["undetermined"], code, results))
        for *_, results in sorted(scopes, key=lambda entry: entry[:3]):
            targets += results
    reader.errors["no-period"] = int(bool(cases) and reader.period is None)
    errors = {code: count for code, count in sorted(reader.errors.items()) if count}
    return {
        "period": reader.period,
        "verdict": verdict,
        "targets": targets,
        "error_count": errors,
        "coverage": absent.coverage,
    }
