"""`compare`: two periods, a corrected return, and what is comparable across a succession."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpi_check
from agreement import source
from command import ROOT, run
from generators import random_submission
from kpi_check.comparison import Comparison, TargetChange
from kpi_check.readers import Source
from returns import FIELDS, row, shipped, text_source

SAMPLE = ROOT / "sample_data"
SEEDS = st.integers(0, 2**32)


def table(*rows: list[str], path: str = "t.csv") -> Source:
    return text_source("\n".join([";".join(FIELDS), *(";".join(cells) for cells in rows)]) + "\n", path)


def unit(code: str, body: str, period: str, **more: str) -> list[str]:
    return row(unit_code=code, unit_name=f"Công đoàn {code}", district_code=body, period=period, **more)


def of(comparison: Comparison, level: str, name: str, *codes: str) -> TargetChange:
    found = [
        change
        for change in comparison.targets
        if change.id == name
        and change.scope.level == level
        and (not codes or set(codes) <= {*change.scope.old, *change.scope.new})
    ]
    assert len(found) == 1
    return found[0]


# --- a succession ----------------------------------------------------------------------------------------------------

ROSTER = (
    """\
district_code,district_name,unit_code,valid_from,valid_to,succeeds
D1,Huyện Một,,,2025-06-30,
D2,Huyện Hai,,,2025-06-30,
D3,Huyện Ba,,,2025-06-30,
S,Ngành Giáo dục,,,,
X,Liên đoàn mới,,2025-07-01,,D1; D2
,,A,,2025-06-30,
,,B,,2025-06-30,
,,C,,2025-06-30,
,,E,,2025-06-30,
,,F,,2025-06-30,
,,K,,,
,,AB,2025-07-01,,A; B
,,C1,2025-07-01,,C
,,C2,2025-07-01,,C
,,E9,2025-07-01,,E
,,G,2025-07-01,,
""".replace(",,A,", "D1,Huyện Một,A,")
    .replace(",,B,", "D1,Huyện Một,B,")
    .replace(",,C,", "D2,Huyện Hai,C,")
    .replace(",,E,", "D2,Huyện Hai,E,")
    .replace(",,F,", "D3,Huyện Ba,F,")
    .replace(",,K,", "S,Ngành Giáo dục,K,")
    .replace(",,AB,", "X,Liên đoàn mới,AB,")
    .replace(",,C1,", "X,Liên đoàn mới,C1,")
    .replace(",,C2,", "X,Liên đoàn mới,C2,")
    .replace(",,E9,", "X,Liên đoàn mới,E9,")
    .replace(",,G,", "X,Liên đoàn mới,G,")
)


def roster() -> Source:
    return text_source(ROSTER, "roster.csv")


def before() -> Source:
    """2024: workers trained 40 of 50 in each, but 10 in F, whose district nobody follows."""
    units = [("A", "D1"), ("B", "D1"), ("C", "D2"), ("E", "D2"), ("K", "S")]
    rows = [unit(code, body, "2024", workers="50", workers_trained="40") for code, body in units]
    return table(*rows, unit("F", "D3", "2024", workers="50", workers_trained="10"), path="2024.csv")


def after() -> Source:
    """2025: 45 of 50 in each, and 0 in G, which is new."""
    units = [("AB", "X"), ("C1", "X"), ("C2", "X"), ("E9", "X"), ("K", "S")]
    rows = [unit(code, body, "2025", workers="50", workers_trained="45") for code, body in units]
    return table(*rows, unit("G", "X", "2025", workers="50", workers_trained="0"), path="2025.csv")


def test_both_sides_of_a_succession_are_evaluated_rightly() -> None:
    """Who is expected is decided by the period: none is missing in either, and none is a stranger."""
    for data, bodies in ((before(), ["D1", "D2", "D3", "S"]), (after(), ["S", "X"])):
        report = kpi_check.evaluate(shipped(), data, roster=roster())
        assert report.coverage is not None
        assert [body.code for body in report.coverage.bodies] == bodies
        assert report.coverage.units.missing == report.coverage.missing == ()
        assert not {"not-on-roster", "other-body", "missing-units", "missing-body"} & set(report.issue_codes)


def test_a_comparison_across_a_succession_says_what_is_comparable() -> None:
    found = kpi_check.compare(shipped(), before(), after(), roster=roster(), by=["district"])
    whole = of(found, "all", "workers-trained")
    assert (whole.old and whole.old.numerator, whole.new and whole.new.numerator) == (210, 225)
    common = of(found, "common", "workers-trained")
    assert common.comparable
    assert common.old is not None
    assert common.new is not None
    assert (common.old.numerator, common.old.denominator) == (200, 250), "all but F, which nobody follows"
    assert (common.new.numerator, common.new.denominator) == (225, 250), "all but G, which is new"
    assert (common.change, common.direction) == ("+10.00", "better")
    together = of(found, "district", "workers-trained", "D1", "D2", "X")
    assert together.comparable
    assert (together.scope.old, together.scope.new) == (("D1", "D2"), ("X",))
    assert together.old is not None
    assert (together.old.numerator, together.old.denominator, together.old.percent) == (160, 200, "80.00")
    lost = of(found, "district", "workers-trained", "D3")
    assert not lost.comparable
    assert lost.new is None
    assert lost.note == "not comparable: it ended on 2025-06-30, and by the roster nobody follows it"
    assert of(found, "district", "workers-trained", "S").comparable


def test_units_that_followed_others_neither_joined_nor_left() -> None:
    found = kpi_check.compare(shipped(), before(), after(), roster=roster())
    told = {(change.what, change.code, change.old) for change in found.units}
    assert ("succeeded", "AB", "A + B") in told
    assert ("succeeded", "C1 + C2", "C") in told
    assert ("succeeded", "E9", "E") in told
    assert [(c.code, c.note) for c in found.units if c.what == "left"] == [
        ("F", "by the roster it ended on 2025-06-30")
    ]
    assert [(c.code, c.note) for c in found.units if c.what == "joined"] == [
        ("G", "by the roster it exists since 2025-07-01")
    ]
    assert found.unit_changes == {"joined": 1, "left": 1, "succeeded": 3}


def test_a_succession_of_which_a_part_is_missing_is_not_compared() -> None:
    rows = [unit("A", "D1", "2024"), unit("K", "S", "2024")]
    found = kpi_check.compare(shipped(), table(*rows, path="2024.csv"), after(), roster=roster(), by=["district"])
    line = next(change for change in found.units if change.code == "AB")
    assert (
        line.note == "not all of them are in the data, or one still reports under an old code; so they are not compared"
    )
    common = of(found, "common", "workers-trained")
    assert common.scope.units == 1, "K alone"
    alone = of(found, "district", "workers-trained", "D1")
    assert not alone.comparable
    assert alone.note is not None
    assert "followed by X; not all of these" in alone.note
    assert any("2024 is not complete" in note for note in found.notes)


def test_without_a_roster_codes_are_compared_as_they_are() -> None:
    found = kpi_check.compare(shipped(), before(), after())
    assert found.unit_changes == {"joined": 5, "left": 5}


def test_a_successor_of_a_stranger_is_refused() -> None:
    text = ROSTER.replace("C1,2025-07-01,,C\n", "C1,2025-07-01,,CC\n")
    with pytest.raises(kpi_check.InputError, match='"C1" succeeds "CC", which is not on the roster'):
        kpi_check.compare(shipped(), before(), after(), roster=text_source(text, "roster.csv"))


# --- periods ---------------------------------------------------------------------------------------------------------


def test_half_a_year_against_a_year_is_refused_with_the_reason() -> None:
    said = run("compare", SAMPLE / "2024-H1", SAMPLE / "2024" / "tuy-phuoc.csv", "--lang", "en")
    assert said.code == 2
    assert "2024-H1 and 2024 are periods of different lengths" in said.err
    assert "Nominees for the Party" in said.err


def test_flows_and_stocks_are_named() -> None:
    found = kpi_check.compare(shipped(), SAMPLE / "2024" / "phu-my.csv", SAMPLE / "2025" / "phu-my.csv")
    assert of(found, "all", "party-nominees").nature == "flow"
    assert of(found, "all", "cadres-degree").nature == "stock"


def test_no_period_is_refused() -> None:
    with pytest.raises(kpi_check.PeriodError, match="no row says which period"):
        kpi_check.compare(shipped(), table(unit("A", "D", ""), path="a.csv"), before())


def test_a_change_of_rating_is_named_and_another_label_for_the_same_is_none() -> None:
    old = table(unit("A", "D", "2024", rating="Tốt"), unit("B", "D", "2024", rating="Tốt"), path="a.csv")
    new = table(unit("A", "D", "2025", rating="Xuất sắc"), unit("B", "D", "2025", rating="good"), path="b.csv")
    found = kpi_check.compare(shipped(), old, new)
    assert [(c.what, c.code, c.old, c.new) for c in found.units] == [("changed", "A", "Tốt", "Xuất sắc")]
    assert found.cells == (), "cells are of corrected returns"


# --- corrected returns -----------------------------------------------------------------------------------------------


def test_a_corrected_return_cell_by_cell() -> None:
    old = table(unit("A", "D", "2024", workers="1.050"), unit("B", "D", "2024"), path="a.csv")
    new = table(unit("A", "D", "2024", workers="60"), unit("B", "D", "2024", rating=""), path="b.csv")
    found = kpi_check.compare(shipped(), old, new)
    assert found.kind == "corrected"
    told = [(cell.unit_code, cell.field, cell.old, cell.new) for cell in found.cells]
    assert [one[1] for one in told] == ["workers", "rating"]
    assert told[0] == ("A", "workers", "1.050", "60")
    place = found.cells[0].new_place
    assert place is not None
    assert (place.file, place.row, place.column) == ("b.csv", 2, chr(ord("A") + FIELDS.index("workers")))


def test_what_reads_the_same_is_no_change() -> None:
    old = table(unit("A", "D", "2024", rating="Tốt", workers="50"), path="a.csv")
    new = table(unit("A", "D", "2024", rating="hoàn thành tốt", workers=" 050"), path="b.csv")
    found = kpi_check.compare(shipped(), old, new)
    assert not found.differs


@settings(max_examples=60)
@given(SEEDS)
def test_data_against_themselves_differ_in_nothing(seed: int) -> None:
    made = random_submission(random.Random(seed))
    data = [source(one) for one in made.tables]
    try:
        found = kpi_check.compare(
            shipped(), data, data, old_period=made.period, new_period=made.period, by=["district"]
        )
    except kpi_check.PeriodError:
        return
    assert not found.differs
    assert all(change.direction in ("same", None) for change in found.targets)


# --- reports ---------------------------------------------------------------------------------------------------------


def as_file(folder: Path, name: str, data: Any, **more: Any) -> Path:
    path = folder / name
    report = kpi_check.evaluate(shipped(), data, limit=None, **more)
    path.write_text(json.dumps(report.as_dict(), ensure_ascii=False), "utf-8")
    return path


def test_reports_are_compared_as_tables_are(tmp_path: Path) -> None:
    old, new = SAMPLE / "2024" / "phu-my.csv", SAMPLE / "2025" / "phu-my.csv"
    by_table = kpi_check.compare(shipped(), old, new)
    by_report = kpi_check.compare(shipped(), as_file(tmp_path, "a.json", old), as_file(tmp_path, "b.json", new))
    whole = [change for change in by_table.targets if change.scope.level == "all"]
    assert list(by_report.targets) == whole
    assert {c.code for c in by_report.units} == {c.code for c in by_table.units if c.what in ("joined", "left")}
    assert any("a report has no rows" in note for note in by_report.notes)


def test_another_plan_and_another_roster_are_said(tmp_path: Path) -> None:
    path = as_file(tmp_path, "a.json", before(), roster=roster())
    report = json.loads(path.read_text("utf-8"))
    report["plan"]["sha256"] = "0" * 64
    report["targets"][0]["threshold"] = "80%"
    path.write_text(json.dumps(report), "utf-8")
    found = kpi_check.compare(shipped(), path, after())
    assert any("the plans differ" in note for note in found.notes)
    assert any("different rosters" in note for note in found.notes)
    first = found.targets[0]
    assert not first.comparable
    assert first.note == "not comparable: the threshold was >= 80% and is >= 85%"


def test_a_report_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = as_file(tmp_path, "a.json", before())
    report = json.loads(path.read_text("utf-8"))
    report["targets"][0]["numerator"] -= 1
    path.write_text(json.dumps(report), "utf-8")
    with pytest.raises(kpi_check.InputError, match="do not agree"):
        kpi_check.compare(shipped(), path, after())


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_page_fits(lang: str, columns: str) -> None:
    said = run(
        "compare", SAMPLE / "2024", SAMPLE / "2025", "--lang", lang, "--by", "district", env={"COLUMNS": columns}
    )
    assert said.code == 1
    assert said.err == ""
    assert max(map(len, said.out.splitlines())) <= int(columns)


def test_exit_codes_and_files(tmp_path: Path) -> None:
    old = SAMPLE / "2024" / "phu-my.csv"
    assert run("compare", old, old, "--quiet").code == 0
    out = tmp_path / "found.json"
    said = run("compare", old, SAMPLE / "2025" / "phu-my.csv", "--output", out, "--format", "json")
    assert said.code == 1
    assert json.loads(said.out) == json.loads(out.read_text("utf-8"))
    assert json.loads(said.out)["schema"] == "kpi-check/comparison/1"
    assert run("compare", old, tmp_path / "none.csv").code == 2
    assert run("compare", old, old, "--output", old).code == 2


def test_data_are_no_terminal_codes() -> None:
    old = table(unit("A\x1b[2J", "D", "2024", unit_type="\x1b]0,x\x07"), path="a.csv")
    new = table(unit("A\x1b[2J", "D", "2024", unit_type="[red]"), path="b.csv")
    import io

    from kpi_check.renderers import Surface, render_comparison

    page = io.BytesIO()
    render_comparison("console", kpi_check.compare(shipped(), old, new), page, Surface(width=80))
    assert b"\x1b" not in page.getvalue()


def test_a_return_under_an_old_code_is_told_who_follows() -> None:
    report = kpi_check.evaluate(shipped(), table(unit("A", "D1", "2025"), unit("K", "S", "2025")), roster=roster())
    (issue,) = [issue for issue in report.issues if issue.code == "not-on-roster"]
    assert issue.hint == "by the roster it ended on 2025-06-30, and is followed by AB: report under that code"


def test_nobody_says_better_where_something_is_unknown() -> None:
    old = table(unit("A", "D", "2024", workers="50", workers_trained="40"), path="a.csv")
    new = table(
        unit("A", "D", "2025", workers="50", workers_trained="45"), unit("B", "D", "2025", workers="x"), path="b.csv"
    )
    change = of(kpi_check.compare(shipped(), old, new), "all", "workers-trained")
    assert (change.change, change.direction, change.comparable) == ("+10.00", None, True)


def test_who_goes_on_under_an_old_code_is_not_lost() -> None:
    """B's units still report as D2, though X follows both."""
    late = table(
        unit("AB", "X", "2025", workers="50", workers_trained="45"),
        unit("E", "D2", "2025", workers="50", workers_trained="0"),
        path="2025.csv",
    )
    found = kpi_check.compare(shipped(), before(), late, roster=roster(), by=["district"])
    scopes = {change.scope.new for change in found.targets if change.scope.level == "district"}
    assert ("D2",) in scopes
    assert not [c for c in found.targets if c.scope.level == "district" and set(c.scope.old) == {"D1", "D2"}]
    line = next(change for change in found.units if change.old == "E")
    assert line.note is not None


def swapped(text: str) -> tuple[Source, Source]:
    """The same table, and one with something changed in it."""
    return text_source(text, "a.csv"), text_source(text.replace("50", "60"), "b.csv")


@pytest.mark.parametrize(
    "rows",
    [
        ["2024;D;;50"],  # no code
        ["2024;D;U1;50;more"],  # a cell too many
        ["2024;D;U1;50", "2024;D;U1;50"],  # twice
    ],
)
def test_nothing_is_the_same_that_cannot_be_compared(rows: list[str]) -> None:
    header = "period;district_code;unit_code;workers"
    good = "2024;D;U9;7"
    old, new = swapped("\n".join([header, good, *rows]) + "\n")
    found = kpi_check.compare(shipped(), old, new)
    assert found.uncompared
    assert found.differs
    assert found.notes


def test_columns_that_claim_one_field_are_not_compared() -> None:
    old, new = swapped("period;district_code;unit_code;workers;Workers\n2024;D;U1;7;50\n")
    assert kpi_check.compare(shipped(), old, new).differs


def test_rows_that_only_one_has_are_counted_where_rows_are_no_units() -> None:
    plan = kpi_check.load_plan(SAMPLE / "staff" / "targets.yaml")
    (path,) = sorted((SAMPLE / "staff" / "2025").iterdir())[:1]
    text = path.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    fewer = text_source("".join([*lines[:-1]]), "fewer.csv")
    found = kpi_check.compare(plan, text_source(text, "all.csv"), fewer)
    assert found.uncompared == 1
    assert any("1 row is in one of the two only" in note for note in found.notes)


@pytest.mark.parametrize("line", ["D1,Huyện Một,A,2025-07-01,,B", "D1,Huyện Một,B,,,A", "D1,Huyện Một,A,2025-01-01,,A"])
def test_a_successor_comes_later(line: str) -> None:
    head = "district_code,district_name,unit_code,valid_from,valid_to,succeeds"
    other = "D1,Huyện Một,B,2025-07-01,,A" if ",A," in line else "D1,Huyện Một,A,2025-07-01,,"
    text = f"{head}\n{line}\n{other}\n"
    with pytest.raises(kpi_check.InputError, match="which was not there before it"):
        kpi_check.evaluate(shipped(), before(), roster=text_source(text, "roster.csv"))


def test_a_foreign_report_with_figures_that_cannot_be_is_refused(tmp_path: Path) -> None:
    changes: tuple[Callable[[dict[str, Any]], object], ...] = (
        lambda r: r["targets"][0].update(numerator=r["targets"][0]["numerator"] + 1),
        lambda r: r["targets"].clear(),
        lambda r: r.update(period="2024-13"),
    )
    for change in changes:
        path = as_file(tmp_path, "a.json", before())
        report = json.loads(path.read_text("utf-8"))
        report["plan"]["sha256"] = "0" * 64
        change(report)
        path.write_text(json.dumps(report), "utf-8")
        with pytest.raises(kpi_check.InputError):
            kpi_check.compare(shipped(), path, after())
