"""The same return in many guises gives the same report to the byte, but for the names of files and the places in them."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import kpi_check
from guises import BARE, FAULTS, GUISES, RETURN, UNIONS, Made, Sheet, lay_out
from kpi_check.text import label_key
from returns import shipped, text_source

_PLACE = "({file})(?:, trang tính (.+?))?, dòng ([0-9]+)"


def evaluated(made: Made) -> dict[str, Any]:
    sources = [text_source(data, file) for file, data in made.files]
    return kpi_check.evaluate(shipped(), sources, by=["district"], lang="vi", limit=None).as_dict()


def placeless(report: dict[str, Any], made: Made, *, in_order: bool = True, composed: bool = False) -> str:
    """A report as JSON, in which every place is one in the return, whatever the file: its row, from 0, and its field.

    Without `in_order` the issues are in an order of their own: with the columns that of a row's issues changes.
    """
    a_place = re.compile(_PLACE.format(file="|".join(re.escape(file) for file, _ in made.files)))

    def row_of(file: str, sheet: str | None, row: int) -> str:
        return f"row {made.rows.get((file, sheet, row), f'{row} of {file}, {sheet}, which is none of the return')}"

    issues = []
    for issue in report["issues"]:
        place = {
            "file": None,
            "sheet": None,
            "row": row_of(issue["file"], issue["sheet"], issue["row"]),
            "column": made.columns.get(issue["column"], issue["column"]),
            "header": shipped().headers.get(label_key(issue["header"] or ""), issue["header"]),
        }
        message = a_place.sub(lambda m: row_of(m[1], m[2], int(m[3])), issue["message"])
        issues.append({**issue, **place, "message": message})
    if not in_order:
        issues.sort(key=json.dumps)
    rows = sum(file["rows"] for file in report["inputs"])
    text = json.dumps({**report, "issues": issues, "inputs": rows}, ensure_ascii=False, indent=1)
    return unicodedata.normalize("NFC", text) if composed else text


@functools.cache
def bare(*, in_order: bool = True) -> str:
    made = BARE.make()
    return placeless(evaluated(made), made, in_order=in_order)


def left_out(report: dict[str, Any]) -> list[tuple[str, str, int, str, str]]:
    return sorted(
        (file["path"], out["sheet"] or "", out["row"] or 0, out["what"], out["text"])
        for file in report["inputs"]
        for out in file["left_out"]
    )


@pytest.mark.parametrize("name", GUISES)
def test_a_guise_says_what_the_bare_table_says(name: str) -> None:
    guise = GUISES[name]
    made = guise.make()
    report = evaluated(made)
    in_order = guise.layout.order is None
    said = placeless(report, made, in_order=in_order, composed=guise.composed)
    assert said.splitlines() == bare(in_order=in_order).splitlines()
    assert left_out(report) == made.left_out
    assert sum(file["rows"] for file in report["inputs"]) == UNIONS + len(RETURN)


def test_there_are_guises_of_every_kind() -> None:
    endings = Counter(guise.file.rpartition(".")[2] for guise in GUISES.values())
    assert len(GUISES) >= 40
    assert min(endings[ending] for ending in ("csv", "txt", "xlsx", "xls", "ods")) >= 5
    kinds = {line.what for guise in GUISES.values() for sheet in lay_out(guise.layout) for line in sheet.lines}
    assert kinds >= {"title", "header", "numbers", "total", "heading", "note", "help", "blank"}


def test_the_return_has_faults_of_many_kinds_and_verdicts_for_every_district() -> None:
    report = evaluated(BARE.make())
    assert {issue["code"] for issue in report["issues"]} >= {
        *("blank", "missing-key", "duplicate-key", "not-a-count", "not-a-choice", "not-a-code"),
        *("part-above-whole", "unlikely-share"),
    }
    assert {t["status"] for t in report["targets"]} >= {"met", "not_met", "undetermined"}
    assert {t["scope"]["code"] for t in report["targets"]} >= {"QN", "AN", "HN", "TS", "545"}
    places = [number + number // 40 + 1 for number in FAULTS]
    assert {issue["row"] - 2 for issue in report["issues"]} <= set(places)


def _one_figure_more(sheets: list[Sheet]) -> None:
    line = next(line for line in sheets[0].lines if line.origin == 6)
    column = next(column for column, name in sheets[0].columns.items() if name == "party_members_good")
    line.cells[column] = int(str(line.cells[column])) - 1


def _two_rows_swapped(sheets: list[Sheet]) -> None:
    lines = sheets[0].lines
    one, other = (next(i for i, line in enumerate(lines) if line.origin == index) for index in (4, 5))
    lines[one], lines[other] = lines[other]._replace(origin=4), lines[one]._replace(origin=5)


def _name_misspelt(sheets: list[Sheet]) -> None:
    line = next(line for line in sheets[0].lines if line.origin == 4)
    column = next(column for column, name in sheets[0].columns.items() if name == "unit_name")
    line.cells[column] = str(line.cells[column]) + "."


@pytest.mark.parametrize("change", [_one_figure_more, _two_rows_swapped, _name_misspelt])
@pytest.mark.parametrize("name", ["excel-unicode-text", "xlsx-shared", "xls", "ods"])
def test_the_comparison_sees_a_change(name: str, change: Callable[[list[Sheet]], None]) -> None:
    guise = GUISES[name]
    made = guise.make(change)
    assert placeless(evaluated(made), made) != bare()
