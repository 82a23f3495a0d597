"""Who is expected and did not report: what that leaves unknown, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kpi_check
from command import ROOT, run
from kpi_check.compliance import Status
from kpi_check.errors import InputError
from kpi_check.readers import Source, file_source, open_tables
from kpi_check.submission import bind
from returns import FIELDS, results, row, shipped, text_source

SAMPLE = ROOT / "sample_data" / "2024"
FILES = sorted(SAMPLE.glob("*.csv"))
CERTAIN = (Status.MET, Status.NOT_MET)
UNITS = "Mã đơn vị báo cáo,Mã CĐCS,Tên CĐCS,Loại đơn vị\n"


def table(*rows: list[str], path: str = "t.csv") -> Source:
    return text_source("\n".join([";".join(FIELDS), *(";".join(cells) for cells in rows)]) + "\n", path)


def roster_of(text: str) -> Source:
    return text_source(text, "roster.csv")


@pytest.fixture(scope="module")
def province() -> Source:
    """A roster of every unit of the sample province, from its returns."""
    lines = [UNITS.strip()]
    for path in FILES:
        plan = shipped()
        [read] = open_tables(file_source(str(path)), plan)
        assert isinstance(read.header, list)
        columns = bind(plan, read.header).columns
        wanted = [columns[name] for name in ("district_code", "unit_code", "unit_name", "unit_type")]
        for block in read.blocks():
            lines += [",".join(f'"{cells[c]}"' for c in wanted) for cells in block.rows if any(cells)]
    return roster_of("\n".join(lines) + "\n")


def test_a_complete_province_is_complete(province: Source) -> None:
    report = kpi_check.evaluate(shipped(), SAMPLE, roster=province)
    without = kpi_check.evaluate(shipped(), SAMPLE)
    assert report.coverage is not None
    assert (report.coverage.expected, report.coverage.reported, report.coverage.missing) == (14, 14, ())
    assert report.coverage.units.expected == report.coverage.units.reported == 1047
    assert report.targets == without.targets
    assert report.issues == without.issues == ()


def other_returns(path: Path) -> list[str]:
    """The return that is missing, and what else it might have said: all the best, and all the worst."""
    text = path.read_text("utf-8-sig")
    labels = [
        "Hoàn thành xuất sắc nhiệm vụ",
        "Hoàn thành tốt nhiệm vụ",
        "Hoàn thành nhiệm vụ",
        "Không hoàn thành nhiệm vụ",
    ]
    versions = [text]
    for chosen in (labels[0], labels[3]):
        changed = text
        for label in (*labels, "excellent", "good", "completed", "failed"):
            for sign in ",;\t":
                changed = changed.replace(f"{sign}{label}{sign}", f"{sign}{chosen}{sign}")
        versions.append(changed)
    return versions


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_verdict_without_a_district_is_one_that_its_return_overturns(path: Path, province: Source) -> None:
    rest = [other for other in FILES if other != path]
    report = kpi_check.evaluate(shipped(), rest, roster=province)
    assert report.coverage is not None
    assert (report.coverage.expected, report.coverage.reported) == (14, 13)
    assert [issue.code for issue in report.issues] == ["missing-body"]
    told = {target.id: target.status for target in report.targets}
    assert set(told.values()) & {Status.UNDETERMINED}
    for text in other_returns(path):
        whole = kpi_check.evaluate(shipped(), [*rest, text_source(text, "late.csv")])
        for target in whole.targets:
            assert told[target.id] not in CERTAIN or told[target.id] is target.status, target.id


def test_a_missing_unit_is_one_unknown_of_what_it_may_be_in() -> None:
    roster = roster_of(UNITS + "D1,U1,,CĐCS\nD1,U2,,CĐCS\nD1,U3,,Cơ quan\n")
    found = results(kpi_check.evaluate(shipped(), table(row()), roster=roster))
    assert (found["units-good"].numerator, found["units-good"].denominator, found["units-good"].unknown) == (1, 1, 1)
    assert found["units-good"].bounded
    assert not found["cadres-degree"].bounded
    office = roster_of(UNITS + "D1,U1,,CĐCS\nD1,U3,,Cơ quan\n")
    found = results(kpi_check.evaluate(shipped(), table(row()), roster=office))
    assert (found["units-good"].unknown, found["units-good"].status) == (0, Status.MET)


def test_a_size_on_the_roster_bounds_a_total() -> None:
    sized = roster_of("Mã CĐCS,Loại đơn vị,workers\nU1,CĐCS,50\nU2,CĐCS,3\n")
    found = results(kpi_check.evaluate(shipped(), table(row()), roster=sized))["workers-trained"]
    assert (found.numerator, found.denominator, found.unknown, found.bounded) == (40, 50, 3, True)
    assert found.status is Status.MET
    assert found.note is not None


def test_figures_of_a_return_are_no_sizes() -> None:
    last = table(row(period="2024"), row(period="2024", unit_code="U2", workers="3"), path="2024.csv")
    found = results(kpi_check.evaluate(shipped(), table(row()), roster=last))["workers-trained"]
    assert not found.bounded


def test_the_period_decides_who_is_expected() -> None:
    """The abolition of districts on 1 July 2025, without a change to any file."""
    roster = "Mã đơn vị báo cáo,Mã CĐCS,valid_from,valid_to\nD1,U1,,2025-06-30\nX1,V1,2025-07-01,\nS1,S1,,\n"
    for period, expected in (
        ("2024", ["S1", "U1"]),
        ("2025-H1", ["S1", "U1"]),
        ("2025-H2", ["S1", "V1"]),
        ("2025", ["S1", "V1"]),
    ):
        report = kpi_check.validate(shipped(), table(row(unit_code="other", period=period)), roster=roster_of(roster))
        assert report.coverage is not None
        assert [unit.code for unit in report.coverage.units.missing] == expected


def test_what_is_on_no_roster_or_of_another_body_is_named_and_counts() -> None:
    roster = roster_of(UNITS + "D2,U1,,CĐCS\n")
    report = kpi_check.evaluate(shipped(), table(row(), row(unit_code="U9")), roster=roster)
    assert [(issue.code, issue.unit_code, issue.row) for issue in report.issues] == [
        ("missing-body", None, None),
        ("other-body", "U1", 2),
        ("not-on-roster", "U9", 3),
    ]
    assert results(report)["party-nominees"].denominator == 2


def test_a_body_without_units_leaves_everything_open_where_it_is() -> None:
    roster = roster_of("Mã đơn vị báo cáo,Đơn vị báo cáo,Mã CĐCS\nD1,Một,\nD2,Hai,\n")
    report = kpi_check.evaluate(shipped(), table(row()), roster=roster, by="district")
    assert report.coverage is not None
    assert [(one.code, one.name) for one in report.coverage.missing] == [("D2", "Hai")]
    assert not results(report)["units-good"].bounded
    assert results(report, "district", "D1")["units-good"].status is Status.MET
    assert results(report, "district", "D2")["units-good"].scope.name == "Hai"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Mã CĐCS,valid_from\nU1,30/6/2025\n", "2025-06-30"),
        ("Mã CĐCS,valid_from,valid_to\nU1,2025-07-01,2025-06-30\n", "before the first"),
        ("Mã CĐCS\nU1\nU1\n", "twice"),
        ("Mã CĐCS,Tên CĐCS\n,x\n", "needs its code"),
        ("Mã CĐCS,workers\nU1,1.050\n", "1.050"),
    ],
)
def test_a_roster_that_is_not_to_be_relied_upon_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        kpi_check.validate(shipped(), table(row()), roster=roster_of(text))


def test_a_code_may_be_given_again_for_other_days() -> None:
    roster = "Mã đơn vị báo cáo,Mã CĐCS,Hiệu lực từ,Hiệu lực đến\nD1,U1,,2025-06-30\nX1,U1,2025-07-01,\n"
    report = kpi_check.validate(shipped(), table(row(district_code="X1")), roster=roster_of(roster))
    assert report.issues == ()


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    roster = ROOT / "sample_data" / "roster.csv"
    ran = run("evaluate", SAMPLE, "--roster", roster, "--output", out, "--by", "district")
    assert ran.code == 1
    assert "14 of 14 reported" in ran.out
    told = json.loads(out.read_text("utf-8"))["coverage"]
    assert (told["expected"], told["reported"], told["missing"]) == (14, 14, [])
    ran = run("evaluate", *FILES[:-1], "--roster", roster, "--lang", "vi")
    assert "13/14 đã báo cáo" in ran.out
    assert run("evaluate", SAMPLE, "--roster", out, "--output", out).code == 2


def test_a_plan_may_name_its_roster(tmp_path: Path) -> None:
    text = (ROOT / "targets.yaml").read_text("utf-8").replace("  layout:\n", "  roster: units.csv\n  layout:\n", 1)
    (tmp_path / "targets.yaml").write_text(text, "utf-8")
    (tmp_path / "units.csv").write_text("Mã CĐCS\nU1\nU2\n", "utf-8")
    plan = kpi_check.load_plan(tmp_path / "targets.yaml")
    report = kpi_check.validate(plan, table(row()))
    assert report.coverage is not None
    assert report.coverage.units.missing[0].code == "U2"
