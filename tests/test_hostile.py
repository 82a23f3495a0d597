"""Inputs made to fool or to break the program: none gives a traceback, exit code 0 or a silent number."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from command import ROOT, run, spawn

HOSTILE = Path(__file__).parent / "hostile"
sys.path.insert(0, str(HOSTILE))
from make_large import large_files  # noqa: E402 - it stands with its files

INDEX: list[dict[str, Any]] = yaml.safe_load((HOSTILE / "index.yaml").read_text("utf-8"))
DATA = [case for case in INDEX if case["file"].startswith("data/")]
PLANS = [case for case in INDEX if case["file"].startswith("plans/")]
PLAN = ROOT / "targets.yaml"


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    for name, content in large_files().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _path(case: dict[str, Any], large: Path) -> Path:
    here = HOSTILE / str(case["file"])
    return here if here.exists() else large / str(case["file"])


def _names(cases: list[dict[str, Any]]) -> list[str]:
    return [case["file"] for case in cases]


def test_every_file_is_in_the_index_and_the_other_way_round() -> None:
    files = {str(f.relative_to(HOSTILE)) for folder in ("data", "plans") for f in (HOSTILE / folder).iterdir()}
    assert files | set(large_files()) == set(_names(INDEX))
    assert len(INDEX) == len(set(_names(INDEX))) > 700


def test_the_bases_are_without_fault() -> None:
    assert run("evaluate", HOSTILE / "base.csv", "--targets", PLAN).code == 0
    assert run("targets", "lint", HOSTILE / "base.yaml").code == 0


@pytest.mark.parametrize("case", DATA, ids=_names(DATA))
def test_data(case: dict[str, Any], large: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ran = run("evaluate", _path(case, large), "--targets", PLAN, "--lang", "en", "--output", report)
    assert ran.code in case["exit"], ran
    assert "Traceback" not in ran.out + ran.err
    assert not _steering(ran.out + ran.err)
    if ran.code == 2:
        assert not ran.out
        assert not report.exists()
        assert all(word in ran.err for word in case["says"]), ran.err
        assert "bug" not in ran.err
    else:
        told = json.loads(report.read_text("utf-8"))
        codes = {issue["code"] for issue in told["issues"] if issue["severity"] == "error"}
        assert codes >= set(case["says"]), codes
        assert codes or told["verdict"] in ("not_met", "undetermined", "no_data")
        for target in told["targets"]:
            assert target["status"] != "met" or target["denominator"]


@pytest.mark.parametrize("case", PLANS, ids=_names(PLANS))
def test_plan(case: dict[str, Any], large: Path) -> None:
    ran = run("targets", "lint", _path(case, large), "--lang", "en")
    assert ran.code in case["exit"], ran
    assert not ran.out
    assert all(word in ran.err for word in case["says"]), ran.err
    assert "bug" not in ran.err
    assert not _steering(ran.err)


@pytest.mark.parametrize("case", [*DATA[::40], *PLANS[::30]], ids=lambda case: case["file"])
def test_in_a_process_of_its_own(case: dict[str, Any], large: Path) -> None:
    command = ("evaluate",) if case in DATA else ("targets", "lint")
    ran = spawn(*command, _path(case, large))
    assert ran.code in case["exit"], ran
    assert "Traceback" not in ran.err


def _steering(text: str) -> list[str]:
    """Characters that steer a screen."""
    return [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u200b\u2028")]
