"""`series`: each period as `evaluate` judges it, gaps as gaps, and the final judgement."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpi_check
from agreement import source
from command import ROOT, run
from generators import random_submission
from kpi_check.compliance import Status
from kpi_check.readers import Source
from kpi_check.series import Series, TargetSeries, series
from oracle import Table
from returns import FIELDS, row, shipped, text_source

SAMPLE = ROOT / "sample_data"
BOTH = [SAMPLE / "2024", SAMPLE / "2025"]


def target(made: Series, name: str) -> TargetSeries:
    return next(one for one in made.targets if one.id == name)


def table(*rows: list[str], path: str = "t.csv") -> Source:
    return text_source("\n".join([";".join(FIELDS), *(";".join(cells) for cells in rows)]) + "\n", path)


def year(number: int, rating: str = "Tốt", **more: str) -> list[str]:
    return row(period=str(number), unit_code=f"U{number}", rating=rating, **more)


def test_each_period_is_what_evaluate_says() -> None:
    made = series(shipped(), BOTH)
    for place, period in ((3, "2024"), (4, "2025")):
        report = kpi_check.evaluate(shipped(), SAMPLE / period)
        for one in made.targets:
            result = next(t for t in report.targets if t.id == one.id)
            point = one.points[place]
            assert point[:8] == (
                period,
                result.status,
                result.numerator,
                result.denominator,
                result.unknown,
                result.percent,
                result.range,
                result.bounded,
            )


def test_years_without_data_are_gaps() -> None:
    made = series(shipped(), BOTH)
    assert [period.period for period in made.periods] == ["2021", "2022", "2023", "2024", "2025"]
    assert [period.verdict for period in made.periods[:3]] == [None, None, None]
    assert all(one.points[0].status is None and one.points[0].height is None for one in made.targets)


def test_targets_of_a_date_are_judged_once() -> None:
    made = series(shipped(), BOTH)
    degree, theory = target(made, "cadres-degree"), target(made, "cadres-theory")
    assert (degree.final.status, degree.final.period, degree.due) == (Status.MET, "2025", "2025-12-31")
    assert theory.final.status is Status.NOT_MET
    before = target(series(shipped(), SAMPLE / "2024"), "cadres-degree")
    assert (before.final.status, before.final.note) == (None, "due 2025-12-31; the last data are of 2024")


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ({2021: "Tốt", 2022: "Tốt"}, Status.MET),
        ({2021: "Tốt", 2022: "Hoàn thành"}, Status.NOT_MET),
        ({2021: "Hoàn thành", 2022: "Tốt"}, Status.NOT_MET),
        ({2022: "Tốt"}, Status.UNDETERMINED),  # nobody knows of 2021
        ({2021: "Tốt", 2023: "Tốt"}, Status.UNDETERMINED),
        ({2021: "Tốt", 2022: "?"}, Status.UNDETERMINED),
        ({2021: "Tốt", 2022: "?", 2023: "Hoàn thành"}, Status.NOT_MET),
    ],
)
def test_yearly_targets_are_kept_each_time_or_not(years: dict[int, str], expected: Status) -> None:
    made = series(shipped(), table(*(year(number, rating) for number, rating in years.items())))
    assert target(made, "units-good").final.status is expected


def test_other_periods_are_named() -> None:
    rows = [year(2024), row(period="2024-H1", rating=""), year(2031)]
    made = series(shipped(), table(*rows))
    assert made.left_out == ("2024-H1", "2031")
    halves = series(shipped(), SAMPLE / "2024-H1")
    assert [period.period for period in halves.periods] == ["2024-H1"]


def test_no_period_is_refused() -> None:
    with pytest.raises(kpi_check.PeriodError, match="no row of the data says"):
        series(shipped(), table(row(period="")))


def test_reports_and_tables_say_the_same(tmp_path: Path) -> None:
    for period in ("2024", "2025"):
        report = kpi_check.evaluate(shipped(), SAMPLE / period, limit=None)
        (tmp_path / f"{period}.json").write_text(json.dumps(report.as_dict()), "utf-8")
    made = series(shipped(), tmp_path)
    assert made.targets == series(shipped(), BOTH).targets
    mixed = series(shipped(), [tmp_path / "2024.json", SAMPLE / "2025"])
    assert mixed.targets == made.targets


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_the_order_of_files_changes_nothing_and_each_period_is_as_evaluated(seed: int) -> None:
    rng = random.Random(seed)
    made = random_submission(rng)
    tables = [Table(f"{place}-{one.name}", one.header, one.rows) for place, one in enumerate(made.tables)]
    try:
        first = series(shipped(), [source(one) for one in tables])
    except kpi_check.PeriodError:
        return
    assert first == series(shipped(), [source(one) for one in reversed(tables)])
    for period in first.periods:
        if period.verdict is not None and len(period.files) == len(tables):
            report = kpi_check.evaluate(shipped(), [source(one) for one in tables], period=period.period)
            assert report.verdict is period.verdict
            assert report.issue_count["error"] == period.errors


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("columns", ["40", "80", "110", "200"])
def test_the_page_fits(lang: str, columns: str) -> None:
    said = run("series", *BOTH, "--lang", lang, env={"COLUMNS": columns})
    assert (said.code, said.err) == (1, "")
    assert max(map(len, said.out.splitlines())) <= int(columns)
    assert said.out.count("···▆█") >= 1
    plain = run("series", *BOTH, "--lang", lang, env={"COLUMNS": columns, "LC_ALL": "C"})
    assert plain.out.isascii()
    assert "...68" in plain.out


def test_exit_codes_and_files(tmp_path: Path) -> None:
    out = tmp_path / "series.json"
    assert run("series", *BOTH, "--quiet", "--output", out).code == 1
    told = json.loads(out.read_text("utf-8"), parse_float=lambda text: pytest.fail(f"a float: {text}"))
    assert told["schema"] == "kpi-check/series/1"
    assert run("series", tmp_path / "none.csv").code == 2
    good = tmp_path / "good.csv"
    good.write_text("\n".join([";".join(FIELDS), ";".join(year(2021))]) + "\n", "utf-8")
    made = series(shipped(), good)
    assert run("series", good).code == (0 if made.verdict in (Status.MET, Status.NOT_DUE) else 1)


def test_rows_without_a_period_among_several_are_refused() -> None:
    """Whichever period they are counted in, they would be counted in others as well."""
    rows = [year(2024), year(2025), row(period="", unit_code="X")]
    with pytest.raises(kpi_check.PeriodError, match=r"t\.csv: 1 rows do not say"):
        series(shipped(), table(*rows))
    bare = text_source("unit_code;members\nU1;5\n", "bare.csv")
    with pytest.raises(kpi_check.PeriodError, match=r"bare\.csv: 1 rows do not say"):
        series(shipped(), [table(year(2024), year(2025)), bare])


def test_a_row_of_which_nobody_knows_the_period_is_in_each() -> None:
    """As evaluate has it: it may be of any."""
    files = [table(year(2023), path="a.csv"), table(year(2024), row(period="2O23", unit_code="X"), path="b.csv")]
    made = series(shipped(), files)
    for period in ("2023", "2024"):
        report = kpi_check.evaluate(shipped(), files, period=period)
        summary = next(one for one in made.periods if one.period == period)
        assert (summary.verdict, summary.errors) == (report.verdict, report.issue_count["error"])
        assert summary.errors == 1


def test_no_mark_contradicts_the_threshold() -> None:
    """Just below 85% beside much above it."""
    rows = [row(period="2023", unit_code=f"A{n}", rating="Tốt" if n < 849 else "Hoàn thành") for n in range(1000)]
    rows += [row(period="2024", unit_code=f"A{n}", rating="Tốt" if n < 999 else "Hoàn thành") for n in range(1000)]
    good = target(series(shipped(), table(*rows)), "units-good")
    heights = [point.height for point in good.points if point.height is not None]
    assert good.threshold_height is not None
    assert heights[0] < good.threshold_height < heights[1]


def test_files_that_are_passed_over_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join([";".join(FIELDS), ";".join(year(2024))]) + "\n", "utf-8")
    (tmp_path / "notes.docx").write_bytes(b"")
    (note,) = series(shipped(), tmp_path).notes
    assert "notes.docx" in note
    assert "was not read" in note


def test_halves_that_are_missing_are_gaps() -> None:
    rows = [row(period=period, rating="", unit_code=period) for period in ("2023-H1", "2024-H1")]
    made = series(shipped(), table(*rows))
    assert [(p.period, p.verdict is None) for p in made.periods] == [
        ("2023-H1", False),
        ("2023-H2", True),
        ("2024-H1", False),
    ]
