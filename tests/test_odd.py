"""Files as they come from offices, damaged ones and bombs: each read rightly, or refused with a reason; none in silence."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from command import ROOT, Ran, run
from odd.make_bombs import bombs
from odd.make_odd import LIBREOFFICE, odd_files

ODD = Path(__file__).parent / "odd"
DATA = ODD / "data"
PLAN = ROOT / "targets.yaml"
MEMORY = 500_000_000
"""Bytes that no run may take. How long it takes is no matter of tests: measure_odd.py tells it."""


def _index() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for entry in yaml.safe_load((ODD / "index.yaml").read_text("utf-8")):
        for name in entry["files"]:
            stem, _, endings = name.rpartition(".") if "|" in name else (None, "", name)
            for ending in endings.split("|"):
                file = ending if stem is None else f"{stem}.{ending}"
                assert file not in entries, file
                entries[file] = entry
    return entries


INDEX = _index()
BOMBS = bombs()


def _case(name: str, sheet: str | None, entry: list[Any]) -> tuple[Any, ...]:
    """An expected issue, its sheet filled in."""
    named = entry[3] if len(entry) > 3 else sheet
    return (*entry[:3], None if name.endswith((".csv", ".txt")) else named)


def _same(expected: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> bool:
    return len(expected) == len(found) and all(
        all(e in ("*", f) for e, f in zip(one, other, strict=True)) for one, other in zip(expected, found, strict=True)
    )


def _order(issue: tuple[Any, ...]) -> tuple[str, ...]:
    code, row, column, sheet = issue
    return (str(sheet), f"{row if isinstance(row, int) else 0:09}", str(column or ""), code)


def check(name: str, ran: Ran, report: Path) -> None:
    """Assert that a run ended as the index says, and left the report it should have."""
    entry = INDEX[name]
    codes = entry["exit"] if isinstance(entry["exit"], list) else [entry["exit"]]
    assert ran.code in codes, ran
    assert "Traceback" not in ran.out + ran.err
    assert "root:" not in ran.out + ran.err, "a file of the machine was read"
    if ran.code == 2:
        assert not ran.out
        assert not report.exists()
        assert "bug" not in ran.err
        said = " ".join(ran.err.replace(name, "").split())
        assert "->" in said, "no advice"
        for word in entry.get("says", ()):
            assert any(one in said for one in word.split("|")), (word, said)
        return
    told = json.loads(report.read_text("utf-8"))
    found = [i for i in told["issues"] if i["severity"] != "info"]
    if "codes" in entry:
        assert {i["code"] for i in found} >= set(entry["codes"]), found
    elif ran.code == 0 or "errors" in entry:
        for severity in ("error", "warning"):
            issues = [i for i in found if i["severity"] == severity]
            places = [(i["code"], i["row"], i["column"], i["sheet"]) for i in issues]
            expected = [_case(name, entry.get("sheet"), one) for one in entry.get(f"{severity}s", ())]
            assert _same(sorted(expected, key=_order), sorted(places, key=_order)), (severity, places)
    if "values" in entry:
        assert [i["value"] for i in found if i["severity"] == "error"] == entry["values"]
    (read,) = told["inputs"]
    if "rows" in entry:
        assert read["rows"] == entry["rows"]
    _check_left_out(entry.get("left_out", []), read["left_out"])


def _check_left_out(expected: Any, left_out: list[dict[str, Any]]) -> None:
    if expected == "any":
        return
    if isinstance(expected, dict):
        what = [one["what"] for one in left_out]
        assert {one: what.count(one) for one in what} == expected
        return
    found = [(one["what"], one["row"], one["sheet"]) for one in left_out]
    sheets = {(what, row): sheet for what, row, *sheet in expected if sheet}
    assert sorted((what, row or 0) for what, row, _ in found) == sorted((one[0], one[1] or 0) for one in expected), (
        found
    )
    if sheets:
        assert sorted(sheet for _, _, sheet in found) == sorted(sheet for _, _, sheet in expected)


def test_every_file_is_in_the_index_and_the_other_way_round() -> None:
    kept = {file.name for file in DATA.iterdir()}
    assert kept == odd_files().keys() | set(LIBREOFFICE)
    assert kept.isdisjoint(BOMBS)
    assert kept | BOMBS.keys() == INDEX.keys()
    assert len(INDEX) > 500


@pytest.mark.parametrize("name", sorted(INDEX.keys() - BOMBS.keys()))
def test_odd(name: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    check(name, run("validate", DATA / name, "--targets", PLAN, "--lang", "en", "--output", report), report)


ALONE = sorted([*BOMBS, *sorted(INDEX.keys() - BOMBS.keys())[::25]])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no telling how much memory a process took")
@pytest.mark.parametrize("name", ALONE)
def test_in_a_process_of_its_own(name: str, tmp_path: Path) -> None:
    from odd.measure_odd import measure

    file = DATA / name
    if name in BOMBS:
        file = tmp_path / name
        file.write_bytes(BOMBS[name]())
    report = tmp_path / "report.json"
    done = measure(file, report)
    print(f"{name}: {done.seconds:.2f} s, {done.memory / 1e6:.0f} MB")
    assert done.memory < MEMORY
    check(name, Ran(done.code, done.out, done.err), report)
