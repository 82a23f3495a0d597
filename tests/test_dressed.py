"""Files that are only dressed otherwise (encodings, totals, signatures, a header given twice) say what the bare one says."""

from __future__ import annotations

from pathlib import Path

import pytest

import kpi_check
from command import ROOT

BASE = Path(__file__).parent / "hostile" / "base.csv"
DRESSED = sorted((Path(__file__).parent / "dressed").iterdir())
PLAN = kpi_check.load_plan(ROOT / "targets.yaml")
LEFT_OUT = {
    "comment-row": ["note"],
    "header-again-in-the-middle": ["header"],
    "header-twice": ["header"],
    "signature-line": ["note"],
    "signature-row": ["note"],
    "total-row": ["total"],
    "total-row-above": ["total"],
    "total-row-no-period": ["total"],
    "total-row-with-code": ["total"],
}


def figures(report: kpi_check.Report) -> list[object]:
    """All but the names of units, which one of the files has without accents."""
    return [(t._replace(failing=()), [unit[:1] + unit[2:] for unit in t.failing]) for t in report.targets]


@pytest.mark.parametrize("path", DRESSED, ids=lambda path: path.stem)
def test_a_dressed_file_says_what_the_bare_one_says(path: Path) -> None:
    bare, dressed = kpi_check.evaluate(PLAN, BASE), kpi_check.evaluate(PLAN, path)
    assert figures(dressed) == figures(bare)
    assert dressed.issues == bare.issues == ()
    assert [out.what for out in dressed.inputs[0].left_out] == LEFT_OUT.get(path.stem, [])
    assert dressed.inputs[0].rows == bare.inputs[0].rows
