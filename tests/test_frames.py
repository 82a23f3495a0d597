"""Tables in memory say what the same table says as a file, whatever library they are of."""

from __future__ import annotations

import enum
import hashlib
import json
import os
import random
import re
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kpi_check
from agreement import compile_plan, source
from generators import random_plan_and_submission, random_submission, to_csv
from oracle import Table
from returns import CLEAN, FIELDS, shipped
from tables import MAKERS, mixed, squared, typed


class Five(enum.IntEnum):
    FIVE = 5


class Name(str, enum.Enum):  # noqa: UP042 - of these, str() is not their text
    FIVE = "5"


EVERY = pytest.mark.parametrize("kind", MAKERS)


def report(plan: kpi_check.Plan, data: Any, case: Any) -> dict[str, Any]:
    """The report as JSON has it, or why there is none."""
    try:
        found = kpi_check.evaluate(plan, data, period=case.period, by=case.by, limit=None)
    except kpi_check.PeriodError as error:
        return {"refused": str(error)}
    whole: dict[str, Any] = json.loads(json.dumps(found.as_dict(), ensure_ascii=False))
    return whole


def without_header_row(whole: dict[str, Any]) -> dict[str, Any]:
    """The report on a file with the rows of its table numbered from the one below the header."""
    for out in [row for file in whole.get("inputs", []) for row in file["left_out"]]:
        out["row"] -= 1
    for issue in whole.get("issues", []):
        issue["row"] = (issue["row"] or 1) - 1 or None
        for text in ("message", "hint"):
            issue[text] = re.sub(r"\brow ([0-9]+)", lambda m: f"row {int(m[1]) - 1}", issue[text])
    return whole


def assert_agree(plan: kpi_check.Plan, tables: list[Table], kind: str, case: Any, rows: Any) -> None:
    of_files = without_header_row(report(plan, [source(table) for table in tables], case))
    data = {f"{t.name}.csv": MAKERS[kind](t.header, cells) for t, cells in zip(tables, rows, strict=True)}
    of_frames = report(plan, data, case)
    assert of_frames == of_files


@EVERY
def test_on_submissions_to_the_shipped_plan(kind: str) -> None:
    for seed in range(60):
        rng = random.Random(seed)
        case = random_submission(rng)
        tables = list(map(squared, case.tables))
        assert_agree(shipped(), tables, kind, case, [typed(table, rng) for table in tables])


@EVERY
def test_on_plans_of_all_kinds(kind: str) -> None:
    for seed in range(60):
        rng = random.Random(seed)
        case = random_plan_and_submission(rng)
        tables = list(map(squared, case.tables))
        assert_agree(compile_plan(case.plan), tables, kind, case, [typed(table, rng) for table in tables])


def test_on_objects_of_mixed_types() -> None:
    for seed in range(200):
        rng = random.Random(seed)
        case = random_submission(rng)
        tables = list(map(squared, case.tables))
        assert_agree(shipped(), tables, "pandas", case, [mixed(table, rng) for table in tables])


# What values mean


def evaluate(data: Any, **more: Any) -> kpi_check.Report:
    return kpi_check.evaluate(shipped(), data, **more)


def one(kind: str, **cells: Any) -> kpi_check.Report:
    """The report on a table of one row: the clean one, but for some cells."""
    row = {**CLEAN, **cells}
    return evaluate(MAKERS[kind](list(FIELDS), [[row[name] for name in FIELDS]]))


def said(found: kpi_check.Report) -> list[tuple[str, str | None, str | None]]:
    return [(issue.code, issue.field, issue.value) for issue in found.issues]


def read_as(kind: str, value: Any) -> int | str:
    """The figure that a count's cell is, or what is said of it."""
    found = one(kind, nominees=value)
    issues = [f"{issue.code}: {issue.value}: {issue.message}" for issue in found.issues]
    if issues:
        return issues[0]
    (unit,) = [t for t in found.targets if t.id == "party-nominees"]
    return unit.numerator


@EVERY
@pytest.mark.parametrize("value", [5, 5.0, Decimal(5), Decimal("5.00"), "5", "005"])
def test_a_whole_number_is_a_count_whatever_its_type(kind: str, value: Any) -> None:
    assert read_as(kind, value) == 1


@EVERY
@pytest.mark.parametrize("value", [0, 0.0, -0.0, Decimal("0E+3"), "0"])
def test_zero_is_none_and_no_fault(kind: str, value: Any) -> None:
    assert read_as(kind, value) == 0


@EVERY
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.865, "0.865: .* this is a share, shown as 86.5% perhaps"),
        (Decimal("0.865"), "0.865: .* this is a share, shown as 86.5% perhaps"),
        (2.5, "2.5: .* this is a fraction"),
        (1.125, "1.1250: .* this is a fraction"),
        (Decimal("1.125"), "1.1250: .* this is a fraction"),
        (Decimal("1." + "0" * 34 + "1"), "this is a fraction"),
        (5.000000000000001, "5.000000000000001: .* this is a fraction"),
        (-3, "-3: .* a count has no sign"),
        (-3.0, "-3: .* a count has no sign"),
        (float("inf"), "inf: .* this is not a number"),
        (1e300, r"e\+300: .* only the first digits"),
        (10**18, "1000000000000000000: .* more than 18 digits"),
        (True, "TRUE: .* this is true or false"),
        (date(2024, 5, 1), "2024-05-01: .* this is a date"),
        (datetime(2024, 5, 1), "2024-05-01: .* this is a date"),  # noqa: DTZ001 - tables have such
        (datetime(2024, 5, 1, 12, 30), "2024-05-01 12:30:00: .* this is a date"),  # noqa: DTZ001
        ("1.050", "1.050: .* 1050 or a fraction"),
        ("3.0", "3.0: .* this is a fraction"),
        (" x", " x: .* a mark is not a number"),
    ],
)
def test_what_is_no_count_is_refused_with_what_it_is(kind: str, value: Any, says: str) -> None:
    assert re.search(f"not-a-count: .*{says}", str(read_as(kind, value)), re.DOTALL)


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "duckdb"])
@pytest.mark.parametrize("value", [2.0**53, 2.0**53 + 2, 2.0**60])
def test_a_float_that_is_rounded_is_no_count(kind: str, value: float) -> None:
    assert "only the first digits of a long number have been kept" in str(read_as(kind, value))


@EVERY
def test_one_of_a_million_is_not_a_thousandth_with_a_sign_between_thousands(kind: str) -> None:
    row = {**CLEAN, "nominees": 1.125}
    data = MAKERS[kind](list(FIELDS), [[row[name] for name in FIELDS]])
    assert said(evaluate(data, thousands=".")) == [("not-a-count", "nominees", "1.1250")]


@EVERY
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_value_is_blank(kind: str, value: Any) -> None:
    assert [issue[:2] for issue in said(one(kind, nominees=value))] == [("blank", "nominees")]


@pytest.mark.parametrize("value", [float("nan"), np.nan, pd.NA, pd.NaT, None, Decimal("nan")])
def test_every_missing_value_of_pandas_is_blank(value: Any) -> None:
    assert said(one("pandas", nominees=value)) == [("blank", "nominees", "")]


@pytest.mark.parametrize("kind", ["polars", "polars-lazy", "arrow", "arrow-batch", "arrow-reader", "duckdb"])
def test_elsewhere_what_is_not_a_number_is_no_blank(kind: str) -> None:
    assert said(one(kind, nominees=float("nan"))) == [("not-a-count", "nominees", "NaN")]
    # The default would make a figure of a blank: 20 rated, of whom 19 are good.
    assert said(one(kind, party_members_rated=float("nan")))[0] == ("not-a-count", "party_members_rated", "NaN")


@pytest.mark.parametrize(
    "value", [np.int8(5), np.uint64(5), np.float32(5), np.float16(5), np.float64(5), np.str_("5"), Five.FIVE, Name.FIVE]
)
def test_numbers_of_numpy_and_members_of_enumerations_are_what_they_hold(value: Any) -> None:
    assert read_as("pandas", value) == 1


def test_a_number_of_more_digits_than_python_writes_is_refused() -> None:
    with pytest.raises(kpi_check.InputError, match='column "nominees", row 1: a value of type int is no text'):
        one("pandas", nominees=10**5000)
    assert said(one("pandas", nominees=Decimal("1e+99999")))[0] == ("not-a-count", "nominees", "1E+99999")


NARROW = [
    (2**24 - 1.0, "float32", True),
    (2**24, "float32", False),
    (2047.0, "float16", True),
    (2048.0, "float16", False),
    (2**24, "float64", True),
    (2**53 - 1.0, "float64", True),
    (2**53, "float64", False),
]


@pytest.mark.parametrize(("value", "dtype", "exact"), NARROW)
def test_a_float_that_cannot_tell_one_whole_number_from_the_next_is_refused(
    value: float, dtype: str, exact: bool
) -> None:
    frame = pd.DataFrame({name: [text] for name, text in CLEAN.items()})
    frame["nominees"] = np.array([value], dtype)
    boxed = frame.assign(nominees=pd.Series([np.dtype(dtype).type(value)], dtype=object))
    category = frame if dtype == "float16" else frame.astype({"nominees": "category"})
    for data in (frame, boxed, category, pa.Table.from_pandas(frame), pl.from_pandas(frame)):
        assert [code for code, *_ in said(evaluate(data))] == ([] if exact else ["not-a-count"]), type(data)


def figures(data: Any) -> list[tuple[str | None, str | None]]:
    return [(issue.unit_code, issue.value) for issue in evaluate(data).issues if issue.code == "not-a-count"]


def test_floats_that_may_have_been_thousands_leave_none_below_a_thousand_certain() -> None:
    # As pandas and others read 1.050, 2.000, 30, 0 and 1500 from a file in which the point stands between thousands.
    frame = clean_pandas(5).assign(nominees=[1.05, 2.0, 30.0, 0.0, 1500.0])
    doubtful = [("U1", "1.05"), ("U2", "2.0"), ("U3", "30.0")]
    for data in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame), frame.astype({"nominees": "Float64"})):
        assert figures(data) == doubtful, type(data)
    assert figures(frame.astype({"nominees": "category"})) == doubtful


@pytest.mark.parametrize("fraction", [0.5, 1.0625, 1000.5, -1.05])
def test_other_fractions_leave_the_figures_beside_them_as_they_are(fraction: float) -> None:
    frame = clean_pandas(2).assign(nominees=[fraction, 2.0])
    assert [unit for unit, _ in figures(frame)] == ["U1"]


def test_in_a_column_of_objects_every_figure_has_a_type_of_its_own() -> None:
    frame = clean_pandas(2).assign(nominees=pd.Series([1.05, 2.0], dtype=object))
    assert [unit for unit, _ in figures(frame)] == ["U1"]


@EVERY
def test_numbers_are_codes_and_periods_without_a_fraction(kind: str) -> None:
    found = one(kind, period=2025.0, unit_code=101.0, nominees=0)
    assert found.period == "2025"
    (target,) = [t for t in found.targets if t.id == "party-nominees"]
    assert [unit.code for unit in target.failing] == ["101"]


@pytest.mark.parametrize("freq", ["Y", "Q", "M"])
def test_periods_of_pandas(freq: str) -> None:
    frame = pd.DataFrame({name: [text] for name, text in CLEAN.items()})
    frame["period"] = pd.PeriodIndex(["2025-08-15"], freq=freq)
    assert evaluate(frame).period == {"Y": "2025", "Q": "2025-Q3", "M": "2025-08"}[freq]


def test_periods_of_other_years_than_the_calendars_are_refused() -> None:
    frame = pd.DataFrame({name: [text] for name, text in CLEAN.items()})
    frame["period"] = pd.PeriodIndex(["2025-08-15"], freq="Y-MAR")
    with pytest.raises(kpi_check.InputError, match=r'column "period", row 1: a value of type Period'):
        evaluate(frame)


WITHOUT_TEXT = [b"5", [5], {"a": 5}, timedelta(days=1)]


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "duckdb"])
@pytest.mark.parametrize("value", WITHOUT_TEXT)
def test_what_has_no_text_is_refused_where_it_is_read(kind: str, value: Any) -> None:
    with pytest.raises(kpi_check.InputError, match='<table>: column "unit_code", row 1: a value of type '):
        one(kind, unit_code=value)


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "duckdb"])
@pytest.mark.parametrize("value", WITHOUT_TEXT)
def test_what_has_no_text_is_no_matter_where_nobody_reads_it(kind: str, value: Any) -> None:
    data = MAKERS[kind]([*FIELDS, "Geometry"], [[*CLEAN.values(), value]])
    assert [issue.code for issue in evaluate(data).issues] == ["unknown-columns"]


def test_objects_that_only_some_rows_have_are_refused_with_their_row() -> None:
    rows = [{**CLEAN, "unit_code": code} for code in ("U1", 2, 3 + 4j)]
    with pytest.raises(kpi_check.InputError, match=r'column "unit_code", row 3: a value of type complex'):
        evaluate(pd.DataFrame(rows))


@pytest.mark.parametrize(
    "value", [pd.Series([1]), np.array([1, 2]), np.longdouble(5), np.timedelta64(5, "D"), object()]
)
def test_objects_of_other_kinds_have_no_text(value: Any) -> None:
    frame = clean_pandas(2).assign(nominees=pd.Series(["1", value], dtype=object))
    with pytest.raises(kpi_check.InputError, match='column "nominees", row 2: a value of type '):
        evaluate(frame)


def test_a_date_that_python_has_not_is_refused() -> None:
    table = pa.Table.from_pandas(clean_pandas())
    dates = pa.array([2**30], pa.int32()).cast(pa.date32())
    with pytest.raises(kpi_check.InputError, match='<table>: column "nominees" cannot be read: '):
        evaluate(table.set_column(table.column_names.index("nominees"), "nominees", dates))


def test_names_that_have_no_text_are_told_and_match_nothing() -> None:
    frame = clean_pandas().assign(x="y").rename(columns={"x": pd.Interval(0, 5)})
    (issue,) = evaluate(frame.assign(z="y").rename(columns={"z": b"members"})).issues
    assert issue.code == "unknown-columns"
    assert "(0, 5]" in issue.message
    assert "b'members'" in issue.message


def test_a_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(kpi_check.InputError, match=r"a text has a character in it that is none: '\\udce9'"):
        one("pandas", unit_name="Qu\udce9")


def test_moments_of_nanoseconds() -> None:
    frame = clean_pandas().assign(nominees=pd.to_datetime(["2024-05-01 12:30:00"]).astype("datetime64[ns]"))
    for data in (frame, pa.Table.from_pandas(frame), pl.from_pandas(frame)):
        assert said(evaluate(data)) == [("not-a-count", "nominees", "2024-05-01 12:30:00")]
    frame["nominees"] = pd.Series([pd.NaT], dtype="datetime64[ns]")
    assert said(evaluate(frame)) == [("blank", "nominees", "")]


def test_an_identifier_is_its_text() -> None:
    code = UUID(int=7)
    found = one("pandas", unit_code=code, nominees=0)
    assert {unit.code for t in found.targets for unit in t.failing} == {str(code)}


# What columns and rows mean


def clean_pandas(count: int = 1, **cells: Any) -> Any:
    """A table of clean rows, with codes of their own."""
    return pd.DataFrame([{**CLEAN, "unit_code": f"U{n}", **cells} for n in range(1, count + 1)])


def test_rows_are_counted_from_1_and_the_index_of_positions_is_no_column() -> None:
    frame = clean_pandas(4)
    frame.loc[2, "nominees"] = "x"
    later = frame[1:]  # whose index goes from 1 to 3
    (issue,) = evaluate(later).issues
    assert (issue.file, issue.row, issue.column, issue.header) == ("<table>", 2, "M", "nominees")
    assert evaluate(later).inputs[0].rows == 3


def test_an_index_with_a_name_is_a_column() -> None:
    frame = clean_pandas(2)
    assert not evaluate(frame.set_index("unit_code")).issues
    assert not evaluate(frame.set_index(["district_code", "unit_code"])).issues


def test_an_index_with_a_name_is_a_column_beside_columns_without_names() -> None:
    frame = pd.DataFrame([["x"]], index=pd.Index(["U1"], name="unit_code"))
    assert "missing-column" in [issue.code for issue in evaluate(frame, period="2025").issues]


def test_an_index_without_a_name_that_says_something_is_named() -> None:
    frame = clean_pandas(2)
    found = evaluate(frame.set_index(pd.Index(["Quy Nhơn", "An Nhơn"])))
    assert [issue.code for issue in found.issues] == ["unnamed-columns"]


def test_a_total_that_a_pivot_adds_is_left_out_and_compared() -> None:
    total = {**dict.fromkeys(CLEAN, ""), "unit_name": "Tổng cộng", "members": 250}
    frame = pd.concat([clean_pandas(2, members=100), pd.DataFrame([total])])
    found = evaluate(frame)
    assert [(out.row, out.what) for out in found.inputs[0].left_out] == [(3, "total")]
    assert [(issue.code, issue.row) for issue in found.issues] == [("total-differs", 3)]


@pytest.mark.parametrize("kind", ["pandas", "pandas-inferred", "polars", "arrow"])
def test_a_column_that_is_there_twice_is_an_error(kind: str) -> None:
    header = [*FIELDS, "nominees"]
    found = evaluate(MAKERS[kind](header, [[*CLEAN.values(), "5"]]))
    assert [issue.code for issue in found.issues] == ["duplicate-column"]
    assert found.issues[0].row is None


def test_a_number_behind_a_name_is_a_column_of_its_own_if_there_is_no_such_name() -> None:
    frame = clean_pandas().assign(**{"note.1": "x"})
    (issue,) = evaluate(frame).issues
    assert "note.1" in issue.message


def test_columns_in_levels_are_headers_in_groups() -> None:
    frame = clean_pandas()
    upper = ["x" if name in ("members", "party_members") else "Unnamed: 3_level_0" for name in frame.columns]
    frame.columns = pd.MultiIndex.from_arrays([upper, list(frame.columns)])
    assert not evaluate(frame).issues
    other = frame.copy()
    other.columns = pd.MultiIndex.from_tuples([("2023", n) if n == "nominees" else (n, "") for _, n in frame.columns])
    codes = [issue.code for issue in evaluate(other).issues]  # of another year: not the figure that is asked for
    assert codes == ["missing-column", "unknown-columns"]


def test_names_of_columns_that_are_no_texts() -> None:
    frame = clean_pandas().assign(**{"2023": "x"}).rename(columns={"2023": 2023})
    frame[date(2024, 5, 1)] = "y"
    frame[None] = "z"
    found = evaluate(frame)
    assert [issue.code for issue in found.issues] == ["unknown-columns", "unnamed-columns"]
    assert "2023" in found.issues[0].message
    assert "2024-05-01" in found.issues[0].message


def test_columns_without_names_have_their_header_in_the_rows() -> None:
    frame = pd.DataFrame([["BÁO CÁO", *[""] * (len(FIELDS) - 1)], list(FIELDS), list(CLEAN.values())])
    found = evaluate(frame)
    assert not found.issues
    assert found.inputs[0].rows == 1
    assert [(out.row, out.what) for out in found.inputs[0].left_out] == [(1, "title")]


def test_a_header_below_a_title_is_found_as_in_a_file() -> None:
    names = ["BÁO CÁO", *(f"Unnamed: {place}" for place in range(1, len(FIELDS)))]
    found = evaluate(pd.DataFrame([list(FIELDS), list(CLEAN.values())], columns=names))
    assert not found.issues
    assert [(out.row, out.what, out.text) for out in found.inputs[0].left_out] == [(0, "title", "BÁO CÁO")]


@EVERY
def test_a_table_without_rows_is_no_data(kind: str) -> None:
    found = evaluate(MAKERS[kind](list(FIELDS), []))
    assert found.verdict == "no_data"
    assert [issue.code for issue in found.issues] == ["no-rows"]


@pytest.mark.parametrize("data", [pd.DataFrame(), pl.DataFrame(), pa.table({}), pd.DataFrame(index=[1, 2])])
def test_a_table_without_columns_is_an_error(data: Any) -> None:
    assert [issue.code for issue in evaluate(data, period="2025").issues] == ["empty-file"]


def test_a_line_break_in_a_cell_is_told() -> None:
    found = evaluate(clean_pandas(unit_name="a\nb"))
    assert [(issue.code, issue.row) for issue in found.issues] == [("line-break", 1)]


def test_more_rows_than_a_block() -> None:
    frame = clean_pandas(5000)
    frame.loc[4321, "nominees"] = None
    (issue,) = evaluate(frame).issues
    assert (issue.row, issue.unit_code) == (4322, "U4322")
    assert issue == evaluate(pl.from_pandas(frame)).issues[0]


# What tables are, beside files


@EVERY
def test_the_hash_is_that_of_the_table_as_csv(kind: str) -> None:
    table = Table("t", list(FIELDS), [[*CLEAN.values()], [*CLEAN.values()]])
    table.rows[1][3] = 'U2 "x", y'
    (file,) = evaluate(MAKERS[kind](table.header, table.rows)).inputs
    assert (file.path, file.sha256, file.rows) == ("<table>", hashlib.sha256(to_csv(table).encode()).hexdigest(), 2)


def test_tables_and_files_are_one_body_of_data(tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text(to_csv(Table("b", list(FIELDS), [list({**CLEAN, "unit_code": "B"}.values())])), "utf-8")
    one_row, another = clean_pandas(), pl.from_pandas(clean_pandas(unit_code="P"))
    named = {"q": pa.Table.from_pandas(clean_pandas(unit_code="Q"))}
    found = evaluate([one_row, file, named, another])
    assert [(i.path, i.rows) for i in found.inputs] == [(str(file), 1), ("<table 1>", 1), ("<table 2>", 1), ("q", 1)]
    assert not found.issues
    assert {t.denominator for t in found.targets if t.id == "party-nominees"} == {4}
    assert evaluate(iter([one_row, another])).inputs == evaluate((one_row, another)).inputs


def test_a_table_is_none_of_the_files_that_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text(to_csv(Table("a", list(FIELDS), [list(CLEAN.values())])), "utf-8")
    (tmp_path / "b.csv").write_text(to_csv(Table("b", list(FIELDS), [list(CLEAN.values())])), "utf-8")
    os.utime(tmp_path / "a.csv", (1, 1))
    monkeypatch.chdir(tmp_path)
    # Of a table nobody knows when it was changed, whatever file has the name that it was given.
    found = evaluate([{"b.csv": clean_pandas(unit_code="U1")}, "a.csv"], latest=True, processes=2)
    assert [issue.code for issue in found.issues] == ["duplicate-key"]
    assert [issue.code for issue in evaluate(["a.csv", {"b.csv": clean_pandas(unit_code="X")}]).issues] == []


def test_one_table_given_twice_is_every_unit_twice() -> None:
    frame = clean_pandas()
    assert [issue.code for issue in evaluate([frame, frame]).issues] == ["duplicate-key"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pd.Series([1]), "data of type Series are no table"),
        (pa.array([1]), "data of type Int64Array cannot be read"),
        (pl.Series([1]), "data of type Series are no table"),
        ({"a": "data.csv"}, "a: this is no table, but of type str"),
        ({"": pd.DataFrame()}, "the name of a table is of type str"),
        ({1: pd.DataFrame()}, "the name of a table is of type int"),
        ({}, "no data are named"),
        ([pd.DataFrame(), 5], "data of type int cannot be read"),
        ([{"a": pd.DataFrame()}, {"a": pd.DataFrame()}], "two tables are named a"),
        ([{"b.csv": pd.DataFrame()}, source(Table("b", [], []))], "two tables are named b.csv"),
        (np.zeros((2, 2)), "data of type ndarray cannot be read"),
        (pd.DataFrame, "data of type type cannot be read"),
    ],
)
def test_what_is_no_table_is_refused(data: Any, says: str) -> None:
    with pytest.raises(kpi_check.UsageError, match=re.escape(says)):
        evaluate(data)


def test_a_table_that_cannot_be_read_for_want_of_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise AssertionError

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(kpi_check.UsageError, match=r"needs pyarrow.*pip install 'kpi-check\[arrow\]'"):
        evaluate(Stream())


def test_a_frame_of_spark_that_cannot_give_arrow_is_refused() -> None:
    imitation = type("DataFrame", (), {"__module__": "pyspark.pandas.frame"})
    with pytest.raises(kpi_check.UsageError, match="turn them into a pandas DataFrame first"):
        evaluate(imitation())


def test_a_frame_of_spark_is_brought_here_as_arrow() -> None:
    table = pa.Table.from_pandas(clean_pandas(3))
    imitation = type("DataFrame", (), {"__module__": "pyspark.sql.dataframe", "toArrow": lambda _: table})
    assert evaluate(imitation()) == evaluate(table)


def test_pandas_and_polars_do_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    data = clean_pandas(), pl.DataFrame(clean_pandas(unit_code="P").to_dict("list"))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert not evaluate(data).issues


def test_a_table_may_be_of_a_class_made_from_a_known_one() -> None:
    class Mine(pd.DataFrame):
        pass

    assert not evaluate(Mine(clean_pandas())).issues


@EVERY
def test_rosters_and_data_of_before_may_be_tables(kind: str) -> None:
    roster = MAKERS[kind](["unit_code", "unit_name"], [["U1", "A"], ["U2", "B"]])
    found = evaluate(clean_pandas(), roster=roster)
    assert [issue.code for issue in found.issues] == ["missing-units"]
    assert found.coverage is not None
    before = MAKERS[kind](list(FIELDS), [list({**CLEAN, "period": "2024", "members": 1}.values())])
    changed = kpi_check.validate(shipped(), clean_pandas(), previous=before)
    assert [issue.code for issue in changed.issues] == ["unlikely-change"]
    with pytest.raises(kpi_check.UsageError, match="the roster is in 2 files or tables"):
        evaluate(clean_pandas(), roster={"a": clean_pandas(), "b": clean_pandas()})


def test_tables_are_left_as_they_are() -> None:
    frame = clean_pandas(3)
    before = frame.copy(deep=True)
    evaluate(frame)
    pd.testing.assert_frame_equal(frame, before)
