"""Awkward CSV of public collections: each file is read as its expected table says, or refused with a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import kpi_check
from agreement import compile_plan
from command import run
from kpi_check.errors import InputError
from kpi_check.readers import open_tables
from kpi_check.submission import Table, Unreadable
from kpi_check.text import label_key
from returns import text_source

AWKWARD = Path(__file__).parent / "awkward"
BESIDE = {"README.md", "index.yaml", "LICENSE"}
INDEX: list[dict[str, Any]] = yaml.safe_load((AWKWARD / "index.yaml").read_text("utf-8"))
REFUSED = [case for case in INDEX if "refused" in case]
READ = [case for case in INDEX if "refused" not in case]
TABLES = [case for case in READ if {"table", "json", "wide"} & case.keys()]
ABOUT_THE_FILE = {
    *("empty-file", "no-header", "no-rows", "broken-quotes", "cell-too-long", "cell-count", "duplicate-column"),
    *("rows-in-cell", "rows-above-header", "file-not-read"),
}
"""The codes of issues that say what a file or a row is like, and nothing of what its cells mean."""
MANY = 400
"""The most headers that are made fields; a plan has a bound."""


class Expected(NamedTuple):
    """What the index, or the collection's own JSON, says of a file."""

    header: list[str]
    rows: list[list[str]]


def expected(case: Mapping[str, Any]) -> Expected:
    if "json" in case:
        objects = json.loads((AWKWARD / case["json"]).read_text("utf-8"))
        return Expected(list(objects[0]), [list(o.values()) for o in objects])
    if "wide" in case:
        return Expected([f"c{i}" for i in range(case["wide"])], [[str(i) for i in range(case["wide"])]])
    header, *rows = case["table"]
    return Expected(header, rows)


def plan_for(headers: Sequence[str]) -> dict[str, Any]:
    """A plan whose fields are these headers, each once: the first the unit's code, the others texts. Its period is in no file."""
    first: dict[str, str] = {}
    for header in headers:
        if header.strip():
            first.setdefault(label_key(header), " ".join(header.split()))
    fields: dict[str, Any] = {"awkward_period": {"type": "period"}}
    for number, header in enumerate(list(first.values())[:MANY]):
        fields[f"awkward_{number}"] = {"type": "text" if number else "code", "headers": [header]}
    words = {"en": "t", "vi": "t"}
    target = {"id": "t", "clause": "I.1", "title": words, "amount": "units", "at_least": "1", "judged": "yearly"}
    return {
        "plan": {"number": "1", "issued": "2024-01-01", "years": "2024-2025", "title": words, "issuer": words},
        "submission": {
            "key": ["awkward_period", "awkward_0"],
            "levels": {"unit": {"title": words, "code": "awkward_0"}},
            "fields": fields,
        },
        "quantities": {"units": {"count": "unit"}},
        "targets": [target],
    }


def plan_of(case: Mapping[str, Any]) -> dict[str, Any]:
    return plan_for(case["headers"] if "headers" in case else expected(case).header)


def opened(case: Mapping[str, Any]) -> Table:
    source = text_source((AWKWARD / case["file"]).read_bytes(), str(case["file"]))
    [found] = open_tables(source, compile_plan(plan_of(case)))
    return found


def rows_of(found: Table, left_out: Sequence[int] = ()) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header that are not blank, with their lines."""
    for block in found.blocks():
        for number, cells in zip(block.numbers, block.rows, strict=True):
            if number not in left_out and any(cell.strip() for cell in cells):
                yield number, list(cells)


def names(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(case["file"]) for case in cases]


# The index


def test_every_file_is_in_the_index_and_the_other_way_round() -> None:
    there = {str(path.relative_to(AWKWARD)) for path in AWKWARD.rglob("*") if path.is_file()}
    files = {name for name in there if Path(name).name not in BESIDE and not name.endswith(".json")}
    assert files == set(names(INDEX))
    assert len(INDEX) == len(set(names(INDEX))) > 200
    assert {name for name in there if name.endswith(".json")} >= {case["json"] for case in INDEX if "json" in case}


def test_every_file_has_one_outcome() -> None:
    for case in INDEX:
        outcomes = [key for key in ("table", "json", "wide", "refused") if key in case]
        assert len(outcomes) == 1 or (not outcomes and "reports" in case), case["file"]
        assert "headers" in case or outcomes, case["file"]
        assert case["about"]


# The reader


@pytest.mark.parametrize("case", TABLES, ids=names(TABLES))
def test_a_file_is_read_as_its_table(case: dict[str, Any]) -> None:
    header, rows = expected(case)
    found = opened(case)
    assert found.header == header
    assert found.header_row == case.get("line", 1)
    numbered = list(rows_of(found, case.get("left_out", ())))
    assert [cells for _, cells in numbered] == rows
    if "lines" in case:
        assert [number for number, _ in numbered] == case["lines"]
    ends = case.get("ends")
    last = [block.unreadable for block in found.blocks()][-1]
    assert last == (Unreadable(ends["code"], ends["row"]) if ends else None)


@pytest.mark.parametrize("case", REFUSED, ids=names(REFUSED))
def test_a_file_is_refused_with_its_reason(case: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        list(rows_of(opened(case)))
    said = f"{caught.value} {caught.value.hint}"
    assert re.search(case["refused"], said)
    assert case["file"] in said


# The whole program


@pytest.mark.parametrize("case", READ, ids=names(READ))
def test_a_report_has_every_row_and_says_what_is_wrong_with_the_file(case: dict[str, Any]) -> None:
    source = text_source((AWKWARD / case["file"]).read_bytes(), str(case["file"]))
    report = kpi_check.validate(compile_plan(plan_of(case)), source, period="2024")
    wrong = set(case.get("reports", ()))
    if case in TABLES:
        header, rows = expected(case)
        assert report.inputs[0].rows == len(rows) + ("ends" in case)  # one that cannot be read to its end is a row, too
        keys = [label_key(text) for text in header if text.strip()]
        wrong |= {"cell-count"} if any(len(row) != len(header) for row in rows) else set()
        wrong |= {"duplicate-column"} if len(keys) != len(set(keys)) else set()
        wrong |= {case["ends"]["code"]} if "ends" in case else set()
        wrong |= {"no-rows"} if not rows and "ends" not in case else set()
    assert {issue.code for issue in report.issues} & ABOUT_THE_FILE == wrong


@pytest.mark.parametrize("case", [*READ[::12], *REFUSED], ids=lambda case: case["file"])
def test_the_command_ends_with_its_code_and_its_reason(case: dict[str, Any], tmp_path: Path) -> None:
    plan, report = tmp_path / "plan.yaml", tmp_path / "report.json"
    plan.write_text(json.dumps(plan_of(case)), encoding="utf-8")
    command = ("validate", AWKWARD / case["file"], "--targets", plan, "--period", "2024", "--lang", "en")
    ran = run(*command, "--output", report)
    assert "Traceback" not in ran.out + ran.err
    if "refused" in case:
        assert (ran.code, ran.out) == (2, "")
        assert not report.exists()
        assert re.search(case["refused"], ran.err)
    else:
        issues = json.loads(report.read_text("utf-8"))["issues"]
        assert {issue["code"] for issue in issues} >= set(case.get("reports", ()))
        assert ran.code == any(issue["severity"] == "error" for issue in issues), ran
