"""Random submissions, and random plans with submissions to them, for tests that compare the package with the oracle.

The work is done by plain functions over a `random.Random`, `random_submission` and `random_plan_and_submission`, so
that 100,000 cases take minutes; `submissions` and `plans_and_submissions` are hypothesis strategies over them.
Nothing here comes from the package: plans are nested dicts of text, tables are texts.
"""

from __future__ import annotations

import csv
import functools
import io
import math
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

from oracle import Reader, Table

Plan = dict[str, Any]
Row = dict[str, str]
Drawn = TypeVar("Drawn")

COUNT_FAULTS = [
    "-",
    "1.050",
    "85%",
    "\uff11\uff12",  # fullwidth digits
    "\u0663",  # an Arabic-Indic digit
    "1_000",
    "\u00a07",
    "7\u00a0",
    "1234567890123456789",
    "+3",
    "-1",
    "3.0",
    "1 000",
    "x",
    "#REF!",
    "1,050",
    "0.123.456",
    "1.234,567",
    "1.23.456",
    "1234.567.890",
    "1.234.567.89",
    ".234.567",
    "1.234.567.890.123.456.789",  # nineteen digits
    "1.234.567\u00a0",
]
SEPARATED = [
    "1.050",
    "1,050",
    " 12.000\t",
    "0.050",
    "1.234.567",
    "1,234,567",
    "\t1.000.000 ",
    "123.456.789.012.345.678",
]
CHOICE_FAULTS = ["-", "?", "85%", "tot", "Tôt", "good excellent", "Tốt lắm", "1", "#N/A"]
PERIOD_FAULTS = ["2024-H3", "2024-Q5", "2024-13", "20245", "năm 2024", "\uff12\uff10\uff12\uff14", "#VALUE!"]
SHEET_ERRORS = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#n/a", " #Ref! "]
ODD_CODES = ["?", "u3", "Đá-5", "U-1", "D 1", "U1x", "U" * 100, "U" * 101, "#N/A 1"]  # some patterns refuse them
UNREADABLE = {
    "period": ["?", "năm 2024"],
    "code": [""],
    "choice": ["-", "?"],
    "count": ["ghi sau", "chưa rõ"],
    "text": [""],
}
SIZES = [0, 0, 1, 2, 3, 4, 7, 10, 20, 50, 100, 113, 250, 251, 333, 334, 668, 1000, 1050, 3340, 1234567, 10**18 - 1]
IRRELEVANT = ["STT", "Ghi chú", "Người lập", "Comment"]
OPERATORS = ["at_least", "above", "at_most", "below", "equals"]
SHARES = ["85%", "90%", "0.3%", "0.4%", "66%", "66.67%", "2/3", "1/2", "1/3", "50%", "17/20"]
RATIOS = [*SHARES, "100%", "120%", "3/2", "147.75%"]
DISTRICTS = {"D1": "Quy Nhơn", "D2": "An Nhơn", "Đ3": "Hoài Ân"}
PATTERNS = {  # each lets through enough of the codes that are made
    "district_code": ["[DĐ][0-9]", "[^ ]{1,9}"],
    "unit_code": ["[UN][0-9]{1,5}", "[A-Za-zĐá0-9-]+"],
    "member_code": ["M[0-9]+"],
}
LAYOUT = {"ordinal": ["STT", "TT"], "ignored": ["Ghi chú"], "totals": ["Tổng cộng", "Cộng", "Tổng số"]}
TONES = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook above, dot below
UNITS = ["U1", "U2", "U3", "u3", "U04", "U4", "Đá-5", "U6", "U7", "U8", "U9", "U10", "U11", "U12", "10", "9"]


@dataclass(frozen=True)
class Submission:
    """Tables and how to ask about them."""

    tables: list[Table]
    period: str | None
    by: list[str]


@dataclass(frozen=True)
class PlanAndSubmission:
    """A plan, and tables for it."""

    plan: Plan
    tables: list[Table]
    period: str | None
    by: list[str]


@dataclass(frozen=True)
class WithRoster:
    """A plan, tables for it, and a roster of those who should be in them."""

    plan: Plan
    tables: list[Table]
    period: str | None
    by: list[str]
    roster: list[Row]


def to_csv(table: Table, delimiter: str = ",") -> str:
    """The table as a csv file's text; the csv writer itself quotes the empty cell of a row that has no other."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return out.getvalue()


@functools.cache
def shipped_plan() -> Plan:
    """The shipped plan with every scalar as text."""
    path = Path(__file__).parent.parent / "targets.yaml"
    plan: Plan = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return plan


def chance(rng: random.Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def with_a_moved_tone(text: str, rng: random.Random) -> str:
    """The text with the tones of one word on another of its vowels: Hòan for Hoàn."""
    words = text.split(" ")
    at = rng.randrange(len(words))
    letters = unicodedata.normalize("NFD", words[at])
    tones = "".join(letter for letter in letters if letter in TONES)
    bare = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in TONES))
    vowels = [i for i, c in enumerate(bare) if unicodedata.normalize("NFD", c)[0] in "aeiouyAEIOUY"]
    if tones and vowels and bare.isalpha():  # what is no letter would make two words of it
        i = rng.choice(vowels) + 1
        words[at] = unicodedata.normalize("NFC", bare[:i] + tones + bare[i:])
    return " ".join(words)


def with_another_d(text: str, rng: random.Random) -> str:
    """The text with Ð or Ɖ for every Đ, which look the same."""
    return text.translate(str.maketrans("Đđ", rng.choice(["\u00d0\u00f0", "\u0189\u0256"])))


# Rows ---------------------------------------------------------------------------------------------------------------


class Filler:
    """Fills rows and tables for a plan."""

    def __init__(self, rng: random.Random, plan: Plan, run_period: str) -> None:
        self.rng = rng
        self.run_period = run_period
        self.good = chance(rng, 50)  # whether most figures are such as the targets ask for
        submission = plan["submission"]
        self.fields: dict[str, Any] = submission["fields"]
        self.key: list[str] = submission["key"]
        self.levels: dict[str, Any] = submission["levels"]
        self.thousands: str | None = submission.get("thousands")
        self.checks: list[dict[str, Any]] = [c for c in submission.get("checks", []) if "sum" in c]
        self.sums: dict[str, str] = {}
        for check in self.checks:
            self.sums.update(dict.fromkeys(check["sum"], check.get("at_most") or check["equals"]))
        self.wholes = {n: f.get("at_most") or self.sums.get(n) for n, f in self.fields.items() if f["type"] == "count"}
        self.edges: dict[tuple[str, str], Fraction] = {}
        for target in plan["targets"]:
            text = next(target[operator] for operator in OPERATORS if operator in target)
            t = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
            self.edges[target.get("share", ""), target.get("of", "")] = t
        self.labels = {
            (name, value): [value, *labels]
            for name, field in self.fields.items()
            for value, labels in field.get("values", {}).items()
        }
        self.unit_field = self.levels["unit"]["code"]
        self.district_field = self.levels["district"]["code"] if "district" in self.levels else None
        self.units = self.fitting(self.unit_field, UNITS)
        self.districts = self.fitting(self.district_field or self.unit_field, list(DISTRICTS))
        self.homes: dict[str, str] = {}
        self.used: set[tuple[str, ...]] = set()
        self.member = 0

    def fitting(self, name: str, codes: list[str]) -> list[str]:
        """Those of some codes that are of the field's pattern."""
        pattern = self.fields[name].get("pattern", ".*")
        return [code for code in codes if re.fullmatch(pattern, code)] or codes

    def written(self, text: str) -> str:
        """The same text, as people may write it."""
        roll = self.rng.randrange(12)
        if roll == 0:
            return unicodedata.normalize("NFD", text)
        if roll == 1:
            return f" {text} "
        if roll == 2:
            return f"{text}\u00a0\t"
        return text

    def required(self, name: str, values: Row) -> bool:
        required = self.fields[name].get("required", "always")
        if isinstance(required, str):
            return required == "always"
        kind = "year" if len(self.run_period) == 4 else "part of a year"
        return all((kind if on == "period" else values[on]) == wanted for on, wanted in required.items())

    def figure(self, name: str, values: Row, sizes: list[int]) -> int:
        """A count that agrees with the row so far."""
        rng, whole = self.rng, self.wholes[name]
        if whole is None:
            figure = rng.choice(sizes) if chance(rng, 70) else rng.randrange(6)
            return figure or (1 if self.good and chance(rng, 90) else 0)
        limit = int(values[whole] or 0)
        rest = limit
        for check in self.checks:
            if name in check["sum"]:
                rest = min(rest, limit - sum(int(values.get(other) or 0) for other in check["sum"] if other != name))
        if self.closes(name, values):
            return max(0, rest)
        t = self.edges.get((name, whole))
        if t is not None and self.good and chance(rng, 95):
            guess = math.ceil(t * limit) + rng.choice([0, 1, 1]) if t >= Fraction(1, 2) else math.ceil(t * limit) - 1
        elif t is not None and chance(rng, 60):
            guess = math.floor(t * limit) + rng.choice([-1, 0, 0, 1])
        elif chance(rng, 60):
            guess = rest if t is None or t >= Fraction(1, 2) else 0
        else:
            guess = rng.randrange(rest + 1)
        return max(0, min(rest, guess))

    def closes(self, name: str, values: Row) -> bool:
        """If it is the last part of a sum that must equal its whole, so that it can be one figure only."""
        sums = [check["sum"] for check in self.checks if "equals" in check and name in check["sum"]]
        return any(all(other in values for other in parts if other != name) for parts in sums)

    def grouped(self, figure: str) -> str:
        """A figure with separators where it can be read like that."""
        signs = [self.thousands] if len(figure) < 7 else [".", ","]
        sign = self.rng.choice(signs)
        return f"{int(figure):,}".replace(",", sign) if sign else figure

    def clean(self, unit: str, district: str, sizes: list[int]) -> Row:
        """A row without a fault: a text for every field."""
        rng = self.rng
        true: Row = {}  # what the row means
        row: Row = {}  # what it says
        for name, field in self.fields.items():
            kind = field["type"]
            required = self.required(name, true)
            if kind == "period":
                true[name] = row[name] = self.run_period
            elif kind == "code":
                true[name] = unit if name == self.unit_field else district if name == self.district_field else ""
                if not true[name]:
                    self.member += 1
                    true[name] = f"M{self.member}"
                row[name] = self.written(true[name])
            elif kind == "text":
                name_of = f"Công đoàn {unit}" if "unit" in name else DISTRICTS.get(district, district)
                true[name] = row[name] = self.written(name_of)
                if not required and chance(rng, 15):
                    row[name] = ""
            elif not required and chance(rng, 85):
                true[name] = row[name] = ""
            elif kind == "choice":
                values = list(field["values"])
                # the first value more often: most units are grassroots, most are rated excellent
                true[name] = values[0] if chance(rng, 93 if self.good else 40) else rng.choice(values)
                row[name] = self.label(name, true[name])
                if field.get("default") and required and chance(rng, 20):
                    true[name], row[name] = field["default"], ""
            else:
                default = field.get("default")
                if default is not None and required and chance(rng, 40) and not self.closes(name, true):
                    true[name], row[name] = true.get(default, default), ""
                    continue
                true[name] = str(self.figure(name, true, sizes))
                row[name] = self.grouped(true[name]) if chance(rng, 30) else true[name]
                if chance(rng, 10):
                    row[name] = rng.choice([f" {row[name]}\t", f"{true[name]:0>3}"])
                whole = self.wholes[name]
                if required and whole and true[whole] == "0" and chance(rng, 50):
                    row[name] = ""
        return row

    def label(self, name: str, value: str) -> str:
        return self.dressed(self.rng.choice(self.labels[name, value]))

    def dressed(self, text: str) -> str:
        """A label or a header as people may write it: in these also case, place of the tone and kind of Đ are free."""
        rng = self.rng
        if chance(rng, 20):
            text = with_a_moved_tone(text, rng)
        if chance(rng, 20):
            text = with_another_d(text, rng)
        if chance(rng, 20):
            text = rng.choice([text.upper(), text.lower(), text.title()])
        return self.written(text)

    def spoil(self, row: Row) -> None:
        """One fault of any kind in the row."""
        rng = self.rng
        counts = list(self.wholes)
        choices = [name for name, field in self.fields.items() if field["type"] == "choice"]
        codes = [name for name, field in self.fields.items() if field["type"] == "code"]
        kind = rng.randrange(24)
        if kind < 4:
            row[rng.choice(counts)] = rng.choice(COUNT_FAULTS)
        elif kind < 7:
            row[rng.choice(list(self.fields))] = rng.choice(["", "", " ", "\u00a0"])
        elif kind < 9:
            row[rng.choice(choices)] = rng.choice(CHOICE_FAULTS)
        elif kind < 11:
            row[rng.choice(choices)] = ""
        elif kind < 15:
            parts = [name for name in counts if self.wholes[name]] + list(self.sums)  # those of a sum twice as often
            if parts:
                name = rng.choice(parts)
                whole = self.wholes[name] or ""
                limit = int(row[whole]) if row[whole].strip().isascii() and row[whole].strip().isdigit() else 5
                row[name] = str(limit + rng.choice([0, 1, 1, 3]))
                if name in self.sums and limit > 0 and chance(rng, 50):
                    for other in self.sums:
                        if self.sums[other] == whole:
                            row[other] = str(limit // 2 + 1)
                elif name in self.sums and limit > 0 and chance(rng, 70):
                    row.update({other: str(limit // 3) for other in self.sums if self.sums[other] == whole})
        elif kind < 17:
            row[rng.choice(codes)] = rng.choice(["", "", " \t"])
        elif kind < 18:
            row[rng.choice(counts)] = rng.choice(["999999999999999999", "0", "000000000000000001"])
        elif kind < 19:
            row["period"] = rng.choice(["", "", *PERIOD_FAULTS])
        elif kind < 21:
            row[rng.choice(counts)] = rng.choice(SEPARATED)
        elif kind < 23:
            row[rng.choice(codes)] = rng.choice([*SHEET_ERRORS, *ODD_CODES])
        elif chance(rng, 40):
            row["period"] = rng.choice(["2024", "2024-H1", "2025", "2024-Q3", "2024-05"])
        else:
            row[rng.choice(counts)] = ""

    def silence(self, row: Row) -> None:
        """Nothing in the row can be read any more, or one cell alone: without any it is a note and no row of data."""
        spared = self.rng.choice([None, None, *self.fields])
        for name, field in self.fields.items():
            if name != spared:
                row[name] = self.rng.choice(["", *UNREADABLE[field["type"]]])
        if chance(self.rng, 20):  # a formula that failed stands where data should
            row[self.rng.choice(list(self.fields))] = self.rng.choice(SHEET_ERRORS)

    def identity(self, faulty: bool) -> tuple[str, str]:
        """A unit and its district; new ones only where the key must not repeat."""
        rng = self.rng
        by_member = self.unit_field not in self.key
        unit = rng.choice(self.units[:4] if by_member else self.units)
        if not by_member and not (faulty and chance(rng, 15)):
            free = [name for name in self.units if name not in self.homes]
            unit = free[rng.randrange(len(free))] if free else f"N{len(self.homes)}"
        home = self.homes.setdefault(unit, rng.choice(self.districts))
        return unit, rng.choice(self.districts) if faulty and chance(rng, 8) else home

    def table(self, name: str, size: int, fault_rate: int, with_period: bool) -> Table:
        """A table; `fault_rate` is the percentage of rows with a fault, 0 for a clean table."""
        rng = self.rng
        faulty = fault_rate > 0
        sizes = [figure for figure in SIZES if figure < 10**17 or (faulty and chance(rng, 30))]
        rows = []
        for _ in range(size):
            unit, district = self.identity(faulty)
            row = self.clean(unit, district, sizes)
            if faulty and chance(rng, fault_rate):
                self.spoil(row)
                if chance(rng, 25):
                    self.spoil(row)
            rows.append(row)
        if faulty and self.unit_field not in self.key and len(rows) > 1 and chance(rng, 15):
            for member_field in (field for field in self.key if field != "period"):
                rows[-1][member_field] = rows[0][member_field]
        if faulty and rows and chance(rng, 12):
            self.silence(rng.choice(rows))
        columns = list(self.fields)
        if not with_period:
            columns.remove("period")
        if chance(rng, 15):
            optional = [column for column in columns if self.droppable(column)]
            columns = [column for column in columns if column not in optional or chance(rng, 60)]
        if faulty and chance(rng, 12):
            columns.remove(rng.choice(columns))
        if faulty and chance(rng, 8):
            columns.insert(rng.randrange(len(columns) + 1), rng.choice(columns))
        if chance(rng, 30):
            rng.shuffle(columns)
        header = [self.head(column) for column in columns]
        texts = [[row[column] for column in columns] for row in rows]
        if chance(rng, 20):
            at = rng.randrange(len(header) + 1)
            beside = rng.choice(IRRELEVANT)
            header.insert(at, beside)
            for number, line in enumerate(texts):
                counted = "" if beside == "STT" else str(number + 1)  # a number among numbers makes a row data
                line.insert(at, rng.choice([counted, "", 'ghi chú; xem lại, "gấp"']))
        if faulty and texts and chance(rng, 10):
            line = rng.choice(texts)
            if chance(rng, 50):
                line.pop()
            else:
                line.append(rng.choice(["", "x"]))
        if texts and chance(rng, 10):
            blank = rng.choice([[""] * len(header), [" "] * len(header), [""], ["", "\u00a0"]])
            texts.insert(rng.randrange(len(texts) + 1), list(blank))
        return Table(name, header, texts)

    def droppable(self, column: str) -> bool:
        field = self.fields[column]
        return "default" in field or field.get("required") == "never"

    def head(self, column: str) -> str:
        if chance(self.rng, 50):
            return column
        return self.dressed(self.rng.choice([column, *self.fields[column].get("headers", [])]))

    def submission(self) -> Submission:
        rng = self.rng
        asked = self.run_period if chance(rng, 50) else None
        rate = rng.choice([0, 0, 0, 10, 25, 60])
        tables = []
        for number in range(rng.choice([1, 1, 1, 1, 2, 2, 3]) if rate else rng.choice([1, 1, 2])):
            size = rng.choice([0, 1, 2, 3, 4, 6, 8, 12]) if rate else rng.choice([1, 2, 3, 5, 8, 12])
            with_period = chance(rng, 75) if asked else not (rate and chance(rng, 5))
            tables.append(self.table(f"t{number}", size, rate, with_period))
        orders = [[], ["unit"]]
        if self.district_field:
            orders += [["district"], ["district", "unit"], ["unit", "district"]]
        return Submission(tables, asked, rng.choice(orders))

    def full_house(self) -> Submission:
        """Twenty rated units of the shipped plan, of which 16 to 18 are good: 85% is 17."""
        rng = self.rng
        good = rng.choice([16, 17, 17, 18])
        rows = []
        for number in range(20):
            unit, district = self.identity(False)
            row = self.clean(unit, district, [0, 1, 2, 20])
            row["unit_type"] = "grassroots"
            row["rating"] = rng.choice(["good", "excellent"]) if number < good else "completed"
            row["nominees"] = row["nominees"] or "1"
            rows.append(row)
        if chance(rng, 40):
            self.spoil(rng.choice(rows))
        columns = list(self.fields)
        texts = [[row[column] for column in columns] for row in rows]
        tables = [Table("t0", columns, texts[:10]), Table("t1", columns, texts[10:])]
        return Submission(tables, None if chance(rng, 50) else self.run_period, ["district"])


def random_submission(rng: random.Random) -> Submission:
    """A submission to the shipped plan."""
    filler = Filler(rng, shipped_plan(), rng.choice(["2024", "2024", "2024-H1", "2025", "2025"]))
    return filler.full_house() if chance(rng, 4) else filler.submission()


# Plans --------------------------------------------------------------------------------------------------------------


class Planner:
    """Makes up a plan."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.by_member = chance(rng, 50)
        self.choices: dict[str, list[str]] = {}
        self.counts: list[str] = ["ca", "cb", "cc", "cd"][: rng.randrange(2, 5)]
        self.fields: dict[str, Any] = {}
        self.checks: list[dict[str, Any]] = []
        self.quantities: dict[str, Any] = {}
        self.parts: list[tuple[str, str]] = []  # counts that are part of another

    def field(self, name: str, kind: str, **more: Any) -> None:
        label = f"Cột {name}"
        self.fields[name] = {"type": kind, "label": {"vi": label, "en": name}, "headers": [label], **more}

    def make_fields(self) -> None:
        rng = self.rng
        self.field("period", "period")
        self.field("district_code", "code", **self.pattern("district_code"))
        if chance(rng, 60):
            self.field("district_name", "text", required="never")
        self.field("unit_code", "code", **self.pattern("unit_code"))
        self.field("unit_name", "text", required=rng.choice(["never", "always"]))
        if self.by_member:
            self.field("member_code", "code", **self.pattern("member_code"))
        for name in ["ka", "kb"][: rng.randrange(1, 3)]:
            values = [f"{name}{letter}" for letter in "xyzw"[: rng.randrange(2, 5)]]
            more: dict[str, Any] = {"values": {value: [f"Loại {value}"] for value in values}}
            if chance(rng, 40):
                more["default"] = rng.choice(values)
            more.update(self.condition())
            self.choices[name] = values
            self.field(name, "choice", **more)
        for at, name in enumerate(self.counts):
            more = {}
            if at and chance(rng, 60):
                more["at_most"] = rng.choice(self.counts[:at])
                self.parts.append((name, more["at_most"]))
            more.update(self.condition())
            if chance(rng, 20):
                sources = [other for other in self.counts[:at] if "required" not in self.fields[other]]
                more["default"] = rng.choice(["0", *sources]) if "at_most" not in more else "0"
                if more.get("at_most") in sources:
                    more["default"] = more["at_most"]
            self.field(name, "count", **more)
        whole, *others = self.counts
        free = [name for name in others if self.fields[name].get("at_most", whole) == whole]
        free = [name for name in free if self.fields[name].get("default", "0") == "0"]
        if len(free) > 1 and chance(rng, 75):
            self.add_check(rng.sample(free, 2), rng.choice(["at_most", "equals", "equals"]), whole)
            if len(free) > 2 and "at_most" in self.checks[0] and chance(rng, 40):
                self.add_check(free, "equals", whole)

    def add_check(self, parts: list[str], operator: str, whole: str) -> None:
        self.checks.append({"sum": parts, operator: whole})
        self.parts += [(name, whole) for name in parts if (name, whole) not in self.parts]

    def pattern(self, name: str) -> dict[str, str]:
        return {"pattern": self.rng.choice(PATTERNS[name])} if chance(self.rng, 30) else {}

    def condition(self) -> dict[str, Any]:
        """When a field is required: always, mostly."""
        rng = self.rng
        if chance(rng, 60):
            return {}
        if chance(rng, 15):
            return {"required": "never"}
        conditions = {}
        if self.choices and chance(rng, 70):
            name = rng.choice(list(self.choices))
            conditions[name] = rng.choice(self.choices[name])
        if not conditions or chance(rng, 25):
            conditions["period"] = "year"
        return {"required": conditions}

    def narrow(self, where: dict[str, list[str]]) -> dict[str, list[str]]:
        """Conditions that are those given and one more, or one with fewer values; the same if there is none."""
        ways = []
        for name, values in self.choices.items():
            allowed = where.get(name, values)
            if len(allowed) > 1:
                ways.append((name, allowed))
        if not ways:
            return dict(where)
        name, allowed = self.rng.choice(ways)
        return {**where, name: sorted(self.rng.sample(allowed, self.rng.randrange(1, len(allowed))))}

    def where(self) -> dict[str, list[str]]:
        return self.narrow({}) if chance(self.rng, 60) else {}

    def having(self) -> dict[str, Any]:
        rng = self.rng
        operator = rng.choice(OPERATORS)
        number = rng.choice(["1", "2", "3", "10"] if operator in ("at_least", "below") else ["0", "1", "5"])
        return {rng.choice(self.counts): {operator: number}}

    def add(self, quantity: dict[str, Any], where: dict[str, list[str]], having: dict[str, Any] | None = None) -> str:
        """Names a quantity: a field for its plain total, else a new entry of `quantities`."""
        if "total" in quantity and not where and chance(self.rng, 80):
            return str(quantity["total"])
        name = f"q{len(self.quantities) + 1}"
        entry = dict(quantity)
        if where:
            entry["where"] = {
                on: values[0] if len(values) == 1 and chance(self.rng, 50) else values for on, values in where.items()
            }
        if having:
            entry["having"] = having
        self.quantities[name] = {**entry, "label": {"vi": f"số {name}", "en": name}}
        return name

    def any_quantity(self) -> str:
        rng = self.rng
        kind = rng.randrange(4)
        if kind == 0:
            return self.add({"count": "rows"}, self.where())
        if kind == 1:
            return self.add({"count": "unit"}, self.where(), self.having() if chance(rng, 60) else None)
        return self.add({"total": rng.choice(self.counts)}, self.where())

    def share(self) -> tuple[str, str]:
        """A part and its whole, of which it is plain that the one lies within the other."""
        rng = self.rng
        kind = rng.randrange(3)
        where = self.where()
        narrower = self.narrow(where)
        if kind == 0 and narrower != where:
            return self.add({"count": "rows"}, narrower), self.add({"count": "rows"}, where)
        if kind == 1 and self.parts:
            part, whole = rng.choice(self.parts)
            return self.add({"total": part}, where if chance(rng, 60) else narrower), self.add({"total": whole}, where)
        level = {"count": "unit"}
        if chance(rng, 10):
            base = self.having()
            return self.add(level, where, base), self.add(level, where, base)
        part = self.add(level, narrower if chance(rng, 30) else where, self.having())
        return part, self.add(level, where)

    def target(self, number: int) -> dict[str, Any]:
        rng = self.rng
        target: dict[str, Any] = {
            "id": f"t-{number}",
            "clause": f"II.{number}",
            "title": {"vi": f"Chỉ tiêu {number}", "en": f"Target {number}"},
        }
        operator = rng.choice(OPERATORS)
        kind = rng.randrange(5)
        if kind < 3:
            target["share"], target["of"] = self.share()
            text = rng.choice([*SHARES, "100%", "100%"])
            if operator == "equals":
                text = rng.choice([text, "100%", "0%"])
            elif text == "100%":
                operator = rng.choice(["at_least", "below"])
            elif operator in ("at_most", "above") and chance(rng, 15):
                text = "0%"
        elif kind == 3:
            target["ratio"] = target["of"] = self.any_quantity()
            while target["of"] == target["ratio"]:
                target["of"] = self.any_quantity()
            text = rng.choice(RATIOS)
        else:
            target["amount"] = self.any_quantity()
            text = rng.choice(["1", "2", "5", "12", "250"])
        target[operator] = text
        target["judged"] = rng.choice(["yearly", "yearly", "each period", "each period", {"by": self.by_date()}])
        return target

    def by_date(self) -> str:
        return self.rng.choice(["2024-06-30", "2024-07-01", "2024-12-31", "2025-12-31"])

    def plan(self) -> Plan:
        rng = self.rng
        self.make_fields()
        targets = [self.target(number) for number in range(1, rng.randrange(2, 6))]
        names = {"name": "district_name"} if "district_name" in self.fields else {}
        submission: dict[str, Any] = {
            "key": ["period", "member_code" if self.by_member else "unit_code"],
            "levels": {
                "unit": {"code": "unit_code", "name": "unit_name", "title": {"vi": "Đơn vị", "en": "Unit"}},
                "district": {"code": "district_code", **names, "title": {"vi": "Huyện", "en": "District"}},
            },
            "fields": self.fields,
        }
        if self.checks:
            submission["checks"] = self.checks
        if chance(rng, 40):
            submission["thousands"] = rng.choice([".", ".", ","])
        if chance(rng, 40):
            submission["layout"] = LAYOUT
        plan: Plan = {
            "plan": {
                "number": "1/KH",
                "issued": "2021-08-30",
                "years": "2021-2025",
                "issuer": {"vi": "Tỉnh", "en": "Province"},
                "title": {"vi": "Kế hoạch thử", "en": "A plan for tests"},
            },
            "submission": submission,
        }
        if self.quantities:
            plan["quantities"] = self.quantities
        plan["targets"] = targets
        return plan


def random_plan_and_submission(rng: random.Random) -> PlanAndSubmission:
    """A made-up plan and a submission to it."""
    plan = Planner(rng).plan()
    submission = Filler(rng, plan, rng.choice(["2024", "2024", "2025", "2024-H1", "2024-Q3", "2024-05"])).submission()
    return PlanAndSubmission(plan, submission.tables, submission.period, submission.by)


# Rosters ------------------------------------------------------------------------------------------------------------


class Registrar:
    """Makes up a roster for a submission."""

    def __init__(self, rng: random.Random, plan: Plan, submission: Submission | PlanAndSubmission) -> None:
        self.rng = rng
        self.levels: dict[str, Any] = plan["submission"]["levels"]
        self.fields: dict[str, Any] = plan["submission"]["fields"]
        self.filler = Filler(rng, plan, submission.period or "2024")
        self.given = [n for n, f in self.fields.items() if f["type"] in ("choice", "count") and chance(rng, 50)]
        self.homes: dict[str, str] = {}  # of the units in the tables
        for table in submission.tables:
            for row in Reader(plan, None).read(table):
                codes = [row[names["code"]] if row else "" for names in self.levels.values()]
                if isinstance(codes[0], str) and codes[0]:
                    self.homes.setdefault(codes[0], codes[-1] if isinstance(codes[-1], str) else "")

    def entry(self, unit: str, district: str) -> Row:
        rng = self.rng
        row = {"unit_code": self.filler.written(unit), "district_code": self.filler.written(district)}
        if "district_name" in self.fields:
            name = rng.choice([DISTRICTS.get(district, ""), DISTRICTS.get(district, ""), "", "Huyện khác"])
            row["district_name"] = self.filler.written(name)
        if "unit_name" in self.fields:
            row["unit_name"] = self.filler.written(f"Công đoàn {unit}" if unit and chance(rng, 80) else "")
        for name in self.given:
            row[name] = ""
            if unit and chance(rng, 70):
                values = self.fields[name].get("values")
                if values:
                    row[name] = self.filler.label(
                        name, rng.choice(list(values)[:2] if chance(rng, 60) else list(values))
                    )
                else:
                    row[name] = str(rng.choice([0, 1, 2, 3, 10, 50, 1000]))
        return row

    def dated(self, row: Row) -> Row:
        """The row with the days between which it is valid: these hold in most periods."""
        rng = self.rng
        roll = rng.randrange(20)
        begins = ends = ""
        if roll < 5:
            begins = rng.choice(["2020-01-01", "2024-05-31", "2024-06-30", "2023-12-31"])
        elif roll < 8:
            ends = rng.choice(["2025-12-31", "2026-01-01", "2025-12-30"])
        elif roll < 9:
            begins = rng.choice(["2024-07-01", "2025-01-01", "2026-01-01"])
        elif roll < 10:
            ends = rng.choice(["2024-06-29", "2024-05-31", "2024-12-31", "2020-12-31"])
        return {**row, "valid_from": begins, "valid_to": ends}

    def roster(self) -> list[Row]:
        rng = self.rng
        districts = self.filler.districts
        homes = {unit: home for unit, home in self.homes.items() if chance(rng, 88)}
        free = [unit for unit in self.filler.units if unit not in self.homes]
        for unit in rng.sample(free, min(len(free), rng.choice([0, 0, 0, 1, 1, 2]))):
            homes[unit] = rng.choice(districts)
        rows = []
        for unit, home in homes.items():
            district = rng.choice([*districts, ""]) if chance(rng, 10) else home
            if chance(rng, 8):  # what one district had until a day, another has from the next one on
                until, since = rng.choice([("2024-06-30", "2024-07-01"), ("2024-12-31", "2025-01-01")])
                rows.append({**self.entry(unit, rng.choice(districts)), "valid_from": "", "valid_to": until})
                rows.append({**self.entry(unit, district), "valid_from": since, "valid_to": ""})
            else:
                rows.append(self.dated(self.entry(unit, district)))
        if chance(rng, 25) or not rows:
            others = self.filler.fitting(self.levels["district"]["code"], ["D1", "D8", "D9"])
            rows += [self.dated(self.entry("", code)) for code in rng.sample(others, rng.randrange(1, len(others) + 1))]
        rng.shuffle(rows)
        empty = [name for name in rows[0] if not any(row[name].strip() for row in rows)]
        dropped = [name for name in empty if name != "unit_code" and chance(rng, 50)]
        return [{name: text for name, text in row.items() if name not in dropped} for row in rows]


def random_submission_with_roster(rng: random.Random) -> WithRoster:
    """A submission to the shipped plan, and a roster."""
    case = random_submission(rng)
    roster = Registrar(rng, shipped_plan(), case).roster()
    return WithRoster(shipped_plan(), case.tables, case.period, case.by, roster)


def random_plan_with_roster(rng: random.Random) -> WithRoster:
    """A made-up plan, a submission to it, and a roster."""
    case = random_plan_and_submission(rng)
    return WithRoster(case.plan, case.tables, case.period, case.by, Registrar(rng, case.plan, case).roster())


# Strategies ---------------------------------------------------------------------------------------------------------


def seeded(build: Callable[[random.Random], Drawn]) -> st.SearchStrategy[Drawn]:
    return st.randoms(use_true_random=False).map(build)


def submissions() -> st.SearchStrategy[Submission]:
    """Submissions to the shipped plan."""
    return seeded(random_submission)


def plans_and_submissions() -> st.SearchStrategy[PlanAndSubmission]:
    """Made-up plans with submissions to them."""
    return seeded(random_plan_and_submission)


def submissions_with_rosters() -> st.SearchStrategy[WithRoster]:
    """Submissions to the shipped plan, with rosters."""
    return seeded(random_submission_with_roster)


def plans_with_rosters() -> st.SearchStrategy[WithRoster]:
    """Made-up plans with submissions to them and rosters."""
    return seeded(random_plan_with_roster)
