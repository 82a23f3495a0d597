"""The oracle by itself, on what the documents say by example; and that what is made for it is what it should be."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from typing import Any

import pytest

from generators import (
    SIZES,
    Filler,
    Planner,
    random_plan_and_submission,
    shipped_plan,
    with_a_moved_tone,
    with_another_d,
)
from oracle import Lack, Reader, Table, Value, code_of, count_of, evaluate, folded

UNKNOWN, NOTHING = Lack.UNKNOWN, Lack.NOTHING


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hòa", "hoà"),
        ("Hoàn thành  tốt", unicodedata.normalize("NFD", " HÒAN THANH̀ TÔT́\u00a0")),
        ("Mã CĐCS", "mã cÐcs"),
        ("Đoàn viên", "Ɖòan viên"),
        ("đoàn", "ðoàn"),
        ("đoàn", "ɖoàn"),
        ("được", "đựơc"),
        ("xếp loại", "xêṕ lọai"),
    ],
)
def test_labels_that_are_compared_as_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hòa", "hóa"), ("hòa", "hoa"), ("Đoàn", "Doàn"), ("Tốt", "Tôt"), ("tố a", "tô á"), ("hò-a", "ho-à"), ("ơ", "o")],
)
def test_labels_that_are_not(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("text", "plain", "dotted", "with_commas"),
    [
        ("0", 0, 0, 0),
        ("\t007 ", 7, 7, 7),
        ("1050", 1050, 1050, 1050),
        ("1.234.567", 1234567, 1234567, 1234567),
        (" 1,234,567\t", 1234567, 1234567, 1234567),
        ("1.050", None, 1050, None),
        ("1,050", None, None, 1050),
        ("999.999.999.999.999.999", 10**18 - 1, 10**18 - 1, 10**18 - 1),
    ],
)
def test_counts(text: str, plain: int | None, dotted: int | None, with_commas: int | None) -> None:
    assert (count_of(text, None), count_of(text, "."), count_of(text, ",")) == (plain, dotted, with_commas)


@pytest.mark.parametrize(
    "text",
    [
        *("0.123.456", "0.050", "01.050", "1.234,567", "1,234.567", "1.23", "1.23.456", "1234.567", "1234.567.890"),
        *("1.234.567.89", ".234.567", "1.234.", "1..234", "1.234.567.890.123.456.789", "1 234 567", "1.050\u00a0"),
        *("1.234.567\n", "1. 234", "-1.234.567", "\uff11.050", "1.05\u0663", "1234567890123456789", ""),
    ],
)
def test_what_is_no_count_whatever_the_plan_says(text: str) -> None:
    assert [count_of(text, sign) for sign in (None, ".", ",")] == [None] * 3


def plan(checks: list[dict[str, Any]] | None = None, thousands: str | None = None, **code: str) -> dict[str, Any]:
    """A plan of a unit with the parts a, b of w."""
    fields: dict[str, Any] = {
        "period": {"type": "period"},
        "unit": {"type": "code", **code},
        "name": {"type": "text", "required": "never"},
        "w": {"type": "count"},
        "a": {"type": "count"},
        "b": {"type": "count", "required": {"period": "year"}},
    }
    submission: dict[str, Any] = {"key": ["period", "unit"], "levels": {"unit": {"code": "unit"}}, "fields": fields}
    submission["checks"] = checks or []
    if thousands:
        submission["thousands"] = thousands
    target = {"id": "t", "title": "T", "amount": "w", "at_least": "1", "judged": "yearly"}
    return {"submission": submission, "targets": [target]}


EXACT = plan([{"sum": ["a", "b"], "equals": "w"}])


def read(of: dict[str, Any], *rows: str, period: str = "2025") -> tuple[list[dict[str, Value] | None], dict[str, int]]:
    """What is read in rows whose cells have | between them, and the errors."""
    reader = Reader(of, period)
    found = reader.read(Table("t", ["period", "unit", "name", "w", "a", "b"], [row.split("|") for row in rows]))
    return found, dict(reader.errors)


@pytest.mark.parametrize(
    ("cells", "figures", "error"),
    [
        ("5|2|3", (5, 2, 3), None),
        ("5|2|4", (UNKNOWN, UNKNOWN, UNKNOWN), "part-above-whole"),
        ("5|2|2", (UNKNOWN, UNKNOWN, UNKNOWN), "sum-differs"),
        ("5|?|2", (5, UNKNOWN, 2), "not-a-count"),
        ("?|2|2", (UNKNOWN, 2, 2), "not-a-count"),
        ("0||", (0, 0, 0), None),
        ("1|0|0", (UNKNOWN, UNKNOWN, UNKNOWN), "sum-differs"),
    ],
)
def test_a_sum_that_must_equal_its_whole(cells: str, figures: tuple[Value, ...], error: str | None) -> None:
    [row], errors = read(EXACT, f"2025|U||{cells}")
    assert row
    assert tuple(row[name] for name in "wab") == figures
    assert errors == ({error: 1} if error else {})


def test_a_part_without_a_value_leaves_only_what_is_above_to_be_seen() -> None:
    rows, errors = read(EXACT, "2025-H1|U||5|2|", "2025-H1|V||5|6|", period="2025-H1")
    assert [[row[name] for name in "wab"] for row in rows if row] == [[5, 2, NOTHING], [UNKNOWN] * 3]
    assert errors == {"part-above-whole": 1}


def test_a_sum_with_an_unreadable_part_may_be_above_its_whole_too() -> None:
    [row], errors = read(EXACT, "2025|U||5|?|6")
    assert row
    assert [row[name] for name in "wab"] == [UNKNOWN] * 3
    assert errors == {"not-a-count": 1, "part-above-whole": 1}


def test_the_plan_says_which_separator_stands_for_thousands() -> None:
    assert read(EXACT, "2025|U||1.050|1050|0")[1] == {"not-a-count": 1}
    assert read(plan(EXACT["submission"]["checks"], "."), "2025|U||1.050|1050|0")[1] == {}


@pytest.mark.parametrize("text", ["#N/A", "#n/a", " #REF! ", "#DIV/0!", "#Name?", "#NULL!", "#NUM!", "#VALUE!"])
def test_the_error_of_a_spreadsheet_is_no_code(text: str) -> None:
    [row], errors = read(plan(), f"2025|{text}||5|2|3")
    assert row
    assert row["unit"] is UNKNOWN
    assert errors == {"not-a-code": 1}


@pytest.mark.parametrize(
    ("text", "fits"),
    [("AB-123", True), (" AB-123\u00a0", True), ("ab-123", False), ("AB-1234", False), ("xAB-123", False)],
)
def test_a_code_is_of_its_pattern_as_a_whole(text: str, fits: bool) -> None:
    [row], errors = read(plan(pattern="[A-Z]{2}-[0-9]{3}"), f"2025|{text}||5|2|3")
    assert row
    assert row["unit"] == ("AB-123" if fits else UNKNOWN)
    assert errors == ({} if fits else {"not-a-code": 1})


def test_a_code_is_composed_before_it_is_compared_and_is_not_endless() -> None:
    of = plan(pattern="[Áa]+")
    rows, errors = read(of, "2025|A\u0301||5|2|3", f"2025|{'a' * 100}||5|2|3", f"2025|{'a' * 101}||5|2|3")
    assert [row["unit"] for row in rows if row] == ["Á", "a" * 100, UNKNOWN]
    assert errors == {"not-a-code": 1}
    assert read(plan(), f"2025|{'a' * 101}||5|2|3")[1] == {}


def test_a_row_that_says_nothing_is_left_out() -> None:
    notes = ["|||||", "năm 2025| ||chưa rõ||", "x"]
    assert read(plan(), *notes, "2025|U||5|2|3") == read(plan(), "2025|U||5|2|3")


@pytest.mark.parametrize(
    "cells",
    [
        "2025|||||",
        "|?||||",
        "||||-|",
        "||||85%|",
        "||Ghi chú|||",
        "|||5||",
        "||||?|5",
        "|a\tb||||",
        "||||||x|",
        "2024|x",
        "|#REF!||||",
        "|||#N/A||",
    ],
)
def test_a_row_that_says_anything_is_not(cells: str) -> None:
    rows, errors = read(plan(), cells, "2025|U||5|2|3", period="")
    assert len(rows) == (1 if cells == "||||||x|" else 2)
    assert bool(errors) == (cells != "||||||x|")


def test_a_table_of_notes_is_a_table_without_rows() -> None:
    report = evaluate(
        plan(), [Table("t", ["period", "unit", "w", "a", "b"], [["?", "", "chưa rõ", "", ""]])], "2025", []
    )
    assert (report["verdict"], report["error_count"]) == ("no_data", {"no-rows": 1})


# What is made


def test_what_is_dressed_is_still_compared_as_the_same() -> None:
    rng = random.Random(0)
    filler = Filler(rng, shipped_plan(), "2025")
    texts = [text for field in filler.fields.values() for text in field.get("headers", [])]
    seen = set()
    for text in texts * 30:
        for other in (with_a_moved_tone(text, rng), with_another_d(text, rng), filler.dressed(text)):
            assert folded(other) == folded(text)
            seen.add(other)
    assert {"Mã CÐCS", "Mã CƉCS", "Lọai đơn vị", "Đòan viên ưu tú"} <= seen


@pytest.mark.parametrize("seed", range(300))
def test_clean_rows_are_without_a_fault(seed: int) -> None:
    rng = random.Random(seed)
    of = Planner(rng).plan()
    filler = Filler(rng, of, "2025")
    rows = [list(filler.clean(*filler.identity(faulty=False), SIZES).values()) for _ in range(8)]
    reader = Reader(of, "2025")
    assert len(reader.read(Table("t", list(filler.fields), rows))) == 8
    assert reader.errors.total() == 0


def test_random_submissions_hit_every_rule() -> None:
    errors: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for seed in range(1500):
        case = random_plan_and_submission(random.Random(seed))
        submission = case.plan["submission"]
        reader = Reader(case.plan, case.period)
        codes = {name for name, field in submission["fields"].items() if field["type"] == "code"}
        for t in case.tables:
            rows = reader.read(t)
            filled = [row for row in t.rows if any(map(str.strip, row))]
            seen["left out"] += case.period is None and len(rows) < len(filled)
            cells = [cell for row in filled for cell in row]
            seen["separators"] += any(count_of(cell, None) is not None and "." in cell for cell in cells)
            seen["one separator"] += any(count_of(c, None) is None and count_of(c, ".") is not None for c in cells)
            seen["moved"] += any("Lọai" in cell or "Loaị" in cell for cell in cells)
            seen["no code"] += any(code_of(cell).upper() == "#N/A" for cell in cells)
        errors.update(reader.errors)
        seen["pattern"] += any("pattern" in submission["fields"][name] for name in codes)
        seen["equals"] += any("equals" in check for check in submission.get("checks", []))
        seen["layout"] += "layout" in submission
    assert min(errors[code] for code in ("part-above-whole", "sum-differs", "not-a-code", "no-rows")) > 10
    assert min(seen.values()) > 10, seen
