"""Parquet says what the same table says in memory, whoever wrote it; what cannot be read is refused by name."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kpi_check
from agreement import AT_ONCE
from command import ROOT, run
from generators import random_submission
from kpi_check.errors import InputError
from kpi_check.readers import Source, open_grids, open_tables
from kpi_check.readers.parquet import ParquetGrid
from kpi_check.submission import MAX_CELL, FileColumn
from returns import CLEAN, FIELDS, row, shipped
from tables import MAKERS, squared, typed

SAMPLES = [ROOT / "sample_data" / "2024" / f"{name}.csv" for name in ("an-nhon", "phu-my")]
WRITE: Mapping[str, Callable[[Any, Path], Any]] = {
    "pandas": lambda frame, path: frame.to_parquet(path),
    "polars": lambda frame, path: frame.write_parquet(path),
    "arrow": pq.write_table,
    "duckdb": lambda frame, path: frame.write_parquet(str(path)),
}
KINDS = [
    "pandas",
    "pandas-inferred",
    "pandas-nullable",
    "pandas-arrow",
    "polars",
    "arrow",
    "duckdb",
]


def write(kind: str, frame: Any, path: Path) -> Path:
    WRITE[kind.partition("-")[0]](frame, path)
    return path


def said(data: Any, **more: Any) -> Any:
    """The report as it is written but for the hashes, or why there is none."""
    try:
        found = kpi_check.evaluate(shipped(), data, limit=None, **more).as_dict()
    except kpi_check.KpiCheckError as error:
        return f"{type(error).__name__}: {error}"
    for one in found["inputs"]:
        one["sha256"] = ""
    return json.loads(json.dumps(found))


def assert_same(kind: str, frame: Any, folder: Path, **more: Any) -> Any:
    """Assert that a table says the same in memory and in a file; give what it says."""
    path = write(kind, frame, folder / "a.parquet")
    of_file = said(path, **more)
    of_frame = said({str(path): frame}, **more)
    assert of_file == of_frame
    return of_file


def of_rows(*rows: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns of rows that are clean but for some cells."""
    return {name: [{**CLEAN, "unit_code": f"U{n}", **cells}[name] for n, cells in enumerate(rows)] for name in FIELDS}


# The same as in memory


@pytest.mark.parametrize("kind", [*KINDS, "arrow-dictionary"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_is_what_it_is_in_memory(tmp_path: Path, kind: str, sample: Path) -> None:
    frame = pd.read_csv(sample, dtype=str, keep_default_na=False)
    made = MAKERS[kind](list(frame.columns), frame.to_numpy().tolist())
    found = assert_same(kind, made, tmp_path, by="unit")
    as_text = said(sample, by="unit")
    assert found["targets"] == as_text["targets"]
    assert found["verdict"] == as_text["verdict"]
    assert len(found["issues"]) == len(as_text["issues"])


@pytest.mark.parametrize("kind", KINDS)
def test_submissions_with_faults(tmp_path: Path, kind: str) -> None:
    for seed in range(4):
        rng = random.Random(seed)
        case = random_submission(rng)
        for table in map(squared, case.tables):
            if len({name.lower() for name in table.header}) == len(table.header):
                frame = MAKERS[kind](table.header, typed(table, rng))
                assert_same(kind, frame, tmp_path, period=case.period or "2025", by=case.by)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [
        [5, 0, 12],
        [5, None, 12],
        [5.0, None, 12.0],
        [1.05, 2.0, 3.0],
        [0.865, 2.0, 30000.0],
        [2.0**53, 2.0**53 - 1, 1.0],
        [Decimal("5.00"), Decimal("0.50"), None],
        [Decimal(10) ** 30, Decimal(1), Decimal(2)],
        [10**18 - 1, 10**18, -1],
        [date(2024, 5, 1), None, date(1, 1, 1)],
        [datetime(2024, 5, 1), datetime(2024, 5, 1, 12, 30), datetime(2024, 5, 1, 12, 30, 1, 5)],  # noqa: DTZ001
        [time(12, 30), time(0), None],
        [True, False, None],
        ["1", " 2 ", ""],
        ["1.050", "1.234.567", "-"],
        ["a\nb", 'a"b', "a,b"],
        [None, None, None],
    ],
    ids=str,
)
def test_values_of_every_type(tmp_path: Path, kind: str, values: list[Any]) -> None:
    columns = of_rows(*({"nominees": value} for value in values))
    if kind == "pandas" and isinstance(values[0], float):
        kind = "pandas-inferred"  # a column of objects in memory, which is one of floats in a file
    frame = MAKERS[kind](list(columns), list(zip(*columns.values(), strict=True)))
    found = assert_same(kind, frame, tmp_path)
    assert isinstance(found, dict) or "no text, number or date" in found


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()])
def test_floats_that_have_been_rounded(tmp_path: Path, kind: Any) -> None:
    for value in (2048.0, 2047.0, 16777216.0, 16777215.0, 9007199254740992.0, 1.5, 1.125, float("nan")):
        if kind != pa.float16() or value < 60000 or value != value:  # noqa: PLR0124
            column = pa.array(np.array([value], dtype=kind.to_pandas_dtype()))
            table = pa.table({**of_rows({}), "nominees": column})
            assert_same("arrow", table, tmp_path)


def test_whole_numbers_of_every_width(tmp_path: Path) -> None:
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):
        found = assert_same("arrow", pa.table({**of_rows({}), "nominees": pa.array([7], kind)}), tmp_path)
        assert found["issues"] == []


def test_moments_of_other_precision(tmp_path: Path) -> None:
    for unit in ("s", "ms", "us", "ns"):
        moment = pa.array([datetime(2024, 5, 1, 12, 30)], pa.timestamp(unit))  # noqa: DTZ001
        assert_same("arrow", pa.table({**of_rows({}), "nominees": moment}), tmp_path)
    assert_same(
        "arrow",
        pa.table({**of_rows({}), "nominees": pa.array([datetime(2024, 5, 1, 12)], pa.timestamp("us", "UTC"))}),  # noqa: DTZ001
        tmp_path,
    )


def test_a_moment_with_a_zone_is_shown_in_utc(tmp_path: Path) -> None:
    moment = pa.array([datetime(2024, 5, 1, 12, 30)], pa.timestamp("us", "Asia/Ho_Chi_Minh"))  # noqa: DTZ001
    pq.write_table(pa.table({**of_rows({}), "nominees": moment}), tmp_path / "a.parquet")
    (issue,) = kpi_check.evaluate(shipped(), tmp_path / "a.parquet").issues
    assert issue.value == "2024-05-01 12:30:00+00:00"


def test_a_category_and_a_uuid(tmp_path: Path) -> None:
    frame = pd.DataFrame(of_rows({}, {})).astype({"rating": "category", "nominees": "int8"})
    frame["nominees"] = frame["nominees"].astype("category")
    assert assert_same("pandas", frame, tmp_path)["issues"] == []
    path = tmp_path / "b.parquet"
    code = UUID(int=7)
    table = duckdb.from_arrow(pa.table(of_rows({"unit_code": str(code)})))
    table.project("* REPLACE (CAST(unit_code AS UUID) AS unit_code)").write_parquet(str(path))
    assert kpi_check.evaluate(shipped(), path, by="unit").targets[-1].scope.code == str(code)


# pandas


class TestWhatPandasNotes:
    def frame(self) -> Any:
        return pd.DataFrame(of_rows({}, {"nominees": "x"}, {"members": "1x"}))

    def test_positions_are_no_column(self, tmp_path: Path) -> None:
        found = assert_same("pandas", self.frame().iloc[[2, 0, 1]], tmp_path)
        assert [i["code"] for i in found["issues"]] == ["not-a-count"] * 2

    def test_an_index_with_a_name_is_the_first_column(self, tmp_path: Path) -> None:
        found = assert_same("pandas", self.frame().set_index("unit_code"), tmp_path)
        assert [i["unit_code"] for i in found["issues"]] == ["U1", "U2"]
        assert_same("pandas", self.frame().set_index(["unit_code", "district_code"]), tmp_path)

    def test_an_index_without_a_name_is_no_more_than_named(self, tmp_path: Path) -> None:
        frame = self.frame()
        frame.index = pd.Index(["a", "b", "c"])
        found = assert_same("pandas", frame, tmp_path)
        assert "unnamed-columns" in [i["code"] for i in found["issues"]]

    def test_levels_of_names(self, tmp_path: Path) -> None:
        frame = self.frame()
        frame.columns = pd.MultiIndex.from_tuples([("", name) for name in frame.columns])
        assert_same("pandas", frame, tmp_path)

    def test_names_that_readers_made(self, tmp_path: Path) -> None:
        frame = self.frame()
        frame["members.1"] = "7"
        frame["Unnamed: 4"] = "x"
        found = assert_same("pandas", frame, tmp_path)
        assert {"duplicate-column", "unnamed-columns"} <= {i["code"] for i in found["issues"]}
        twice = pl.DataFrame(of_rows({})).with_columns(members_duplicated_0=pl.lit("7"))
        assert "duplicate-column" in [i["code"] for i in assert_same("polars", twice, tmp_path)["issues"]]

    def test_columns_without_names(self, tmp_path: Path) -> None:
        frame = pd.DataFrame([list(FIELDS), row()])
        frame.columns = pd.Index(range(len(FIELDS)))
        path = tmp_path / "a.parquet"
        try:
            frame.to_parquet(path)
        except ValueError:  # some versions want names that are texts
            return
        assert said(path) == said({str(path): frame})

    @pytest.mark.parametrize("values", [pd.period_range("2024", periods=3, freq="Y"), pd.to_timedelta([1, 2, 3])])
    def test_types_that_parquet_has_not_are_refused(self, tmp_path: Path, values: Any) -> None:
        frame = self.frame()
        frame["nominees"] = values
        path = write("pandas", frame, tmp_path / "a.parquet")
        assert 'column "nominees", row 1' in said(path)

    def test_notes_that_are_none(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        for note in (
            b"",
            b"x",
            b"[]",
            b"{}",
            b'{"index_columns": 5}',
            b'{"index_columns": [], "columns": [5]}',
            b"\xff",
        ):
            pq.write_table(pa.table(of_rows({})).replace_schema_metadata({b"pandas": note}), path)
            assert said(path)["issues"] == [], note


# Names and places


def test_rows_count_from_1_and_names_are_row_0(tmp_path: Path) -> None:
    path = write("arrow", pa.table(of_rows({}, {"nominees": "x"})), tmp_path / "a.parquet")
    (issue,) = kpi_check.evaluate(shipped(), path).issues
    assert (issue.row, issue.column) == (2, "M")
    (table,) = open_tables(Source(str(path), lambda: path.open("rb"), file=str(path)), shipped())
    assert table.header_row == 0


def test_the_header_may_stand_in_the_rows(tmp_path: Path) -> None:
    names = [f"column{n}" for n in range(len(FIELDS))]
    cells = [["BÁO CÁO", *[""] * (len(FIELDS) - 1)], list(FIELDS), row(), row(unit_code="U2", nominees="x")]
    found = assert_same("arrow", MAKERS["arrow"](names, cells), tmp_path)
    assert [(i["code"], i["row"]) for i in found["issues"]] == [("not-a-count", 4)]


def test_names_that_sql_would_not_tell_apart(tmp_path: Path) -> None:
    columns = of_rows({})
    more = {'a"b': ["1"], "A": ["2"], "a": ["3"], "": ["4"], "c0": ["5"], "MEMBERS2": ["6"], "place": ["7"]}
    assert_same("arrow", pa.table({**more, **columns}), tmp_path)
    twice = pa.Table.from_arrays([pa.array(v) for v in [*columns.values(), ["9"]]], [*columns, "Members"])
    assert "duplicate-column" in [i["code"] for i in assert_same("arrow", twice, tmp_path)["issues"]]


@pytest.mark.skipif(os.name == "nt", reason="no file may be named so")
@pytest.mark.parametrize(
    "name", ["a*.parquet", "a[1].parquet", "a?.parquet", "{a,b}.parquet", "year=2024.parquet", "'a'.parquet"]
)
def test_a_path_is_no_pattern(tmp_path: Path, name: str) -> None:
    write("arrow", pa.table(of_rows({"nominees": "x"})), tmp_path / "a1.parquet")
    path = write("arrow", pa.table(of_rows({})), tmp_path / name)
    assert kpi_check.evaluate(shipped(), path).issues == ()


def test_folders_named_like_columns_are_none(tmp_path: Path) -> None:
    (tmp_path / "members=7").mkdir()
    assert_same("arrow", pa.table(of_rows({})), tmp_path / "members=7")


@pytest.mark.parametrize("name", ["https:__example.org_a.parquet", "s3:a.parquet"])
def test_nothing_is_fetched(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("arrow", pa.table(of_rows({})), tmp_path / name)
    assert kpi_check.evaluate(shipped(), name).issues == ()
    assert "cannot be read" in said("https://example.org/a.parquet")


def test_the_bytes_decide_and_not_the_name(tmp_path: Path) -> None:
    path = write("arrow", pa.table(of_rows({})), tmp_path / "a.csv")
    assert kpi_check.evaluate(shipped(), path).issues == ()
    (tmp_path / "b.parquet").write_text(",".join(FIELDS) + "\n" + ",".join(row()) + "\n")
    assert kpi_check.evaluate(shipped(), tmp_path / "b.parquet").issues == ()


def test_the_hash_is_of_the_file(tmp_path: Path) -> None:
    path = write("arrow", pa.table(of_rows({})), tmp_path / "a.parquet")
    (read,) = kpi_check.evaluate(shipped(), path).inputs
    assert (read.sha256, read.rows) == (hashlib.sha256(path.read_bytes()).hexdigest(), 1)


@pytest.mark.parametrize("engine", AT_ONCE)
def test_with_every_engine(tmp_path: Path, engine: str) -> None:
    write("polars", pl.DataFrame(of_rows({}, {"nominees": "x"})), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text(",".join(FIELDS) + "\n" + ",".join(row(unit_code="V1")) + "\n")
    assert said(tmp_path, engine=engine) == said(tmp_path, engine="plain")


def test_several_processes_read_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kpi_check import named

    monkeypatch.setattr(named, "_MUCH", 100)
    for number in range(4):
        write("arrow", pa.table(of_rows({"unit_code": f"V{number}"})), tmp_path / f"{number}.parquet")
    assert said(tmp_path, processes=2) == said(tmp_path, processes=1)


def test_standard_input_and_other_commands(tmp_path: Path) -> None:
    import openpyxl

    old = write("arrow", pa.table(of_rows({"period": "2024"}, {"period": "2024"})), tmp_path / "old.parquet")
    new = write("arrow", pa.table(of_rows({}, {})), tmp_path / "new.parquet")
    ran = run("evaluate", "-", "--format", "json", stdin=new.read_bytes())
    assert json.loads(ran.out)["inputs"][0] == {
        **json.loads(ran.out)["inputs"][0],
        "rows": 2,
        "sha256": hashlib.sha256(new.read_bytes()).hexdigest(),
    }
    assert run("validate", new, "--previous", old, "--roster", new).code == 0
    assert run("compare", old, new).code < 2
    assert "2024" in run("series", old, new).out
    assert len(run("template", "--period", "2025", "--roster", new).out.splitlines()) == 3
    bad = write("arrow", pa.table(of_rows({}, {"nominees": "x1"})), tmp_path / "bad.parquet")
    assert run("validate", bad, "--fix-list", tmp_path / "fix.xlsx").code == 1
    book = openpyxl.load_workbook(tmp_path / "fix.xlsx")
    cell = book["data"].cell(3, FIELDS.index("nominees") + 1)
    assert (cell.value, book["data"].cell(1, 1).value) == ("x1", FIELDS[0])
    assert cell.comment is not None
    assert any(str(c.hyperlink.location).endswith("!M3") for c in book.worksheets[0][2] if c.hyperlink)


# What cannot be read


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([[1]]), "BIGINT[]"),
        (pa.array([{"x": 1}]), "STRUCT(x BIGINT)"),
        (pa.array([b"1"]), "BLOB"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "MAP(VARCHAR, BIGINT)"),
    ],
)
def test_types_that_are_no_text_are_told_by_name(tmp_path: Path, values: Any, kind: str) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({**of_rows({}), "nominees": values}), path)
    found = said(path)
    assert f'column "nominees", row 1: a value of type {kind} is no text, number or date' in found
    pq.write_table(pa.table({**of_rows({}), "note": values}), path)  # which nobody reads
    assert [i["code"] for i in said(path)["issues"]] == ["unknown-columns"]
    nothing = pa.nulls(1, values.type)
    pq.write_table(pa.table({**of_rows({}), "nominees": nothing}), path)
    assert [i["code"] for i in said(path)["issues"]] == ["blank"]


def whole(folder: Path) -> bytes:
    columns = of_rows(*({"nominees": 7 * n} for n in range(300)))
    columns["nominees"] = [7 * n for n in range(300)]
    return write("arrow", pa.table(columns), folder / "whole.parquet").read_bytes()


def test_what_is_damaged_is_refused(tmp_path: Path) -> None:
    data, path = whole(tmp_path), tmp_path / "a.parquet"
    for size in (*range(4, 40, 3), len(data) // 2, len(data) - 8, len(data) - 1):
        path.write_bytes(data[:size])
        found = said(path)
        assert found.startswith("InputError: "), (size, found)
        assert "damaged" in found
        assert found.count("a.parquet") >= 1


def test_wrong_bytes_give_no_traceback(tmp_path: Path) -> None:
    data, path = whole(tmp_path), tmp_path / "a.parquet"
    rng = random.Random(7)
    for _ in range(60):
        wrong = bytearray(data)
        for _ in range(rng.choice([1, 3, 30])):
            wrong[rng.randrange(4, len(data) - 8)] = rng.randrange(256)
        path.write_bytes(wrong)
        found = said(path)
        assert isinstance(found, dict) or found.startswith(("InputError: ", "PeriodError: ")), found


def test_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"")
    assert [i["code"] for i in said(path)["issues"]] == ["empty-file"]
    assert [i["code"] for i in assert_same("arrow", pa.table(of_rows()), tmp_path)["issues"]] == ["no-rows"]


def test_what_is_encrypted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    connection = duckdb.connect(config={"force_mbedtls_unsafe": "true"})
    connection.execute("PRAGMA add_parquet_key('k', '0123456789012345')")
    connection.execute(f"COPY (SELECT 1 AS a) TO '{path}' (FORMAT parquet, ENCRYPTION_CONFIG {{footer_key: 'k'}})")
    assert "encrypted; write it again without encryption" in said(path)


def test_a_cell_that_is_too_long_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    names = [{}, {"unit_name": "x" * MAX_CELL}, {"unit_name": "đ" * (MAX_CELL + 1)}, {"nominees": "x"}]
    pq.write_table(pa.table(of_rows(*names)), path)
    assert [(i["code"], i["row"]) for i in said(path)["issues"]] == [("cell-too-long", 3)]


def test_long_texts_that_are_packed_into_little_take_no_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "a.parquet"
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["x" * 100_000])
    rows = 20_000
    columns = {name: pa.array([CLEAN[name]] * rows) for name in FIELDS} | {"unit_name": text}
    columns["unit_code"] = pa.array([f"U{n}" for n in range(rows)])
    pq.write_table(pa.table(columns).slice(0, 1500), path, compression="zstd")
    assert path.stat().st_size < 1_000_000
    tracemalloc.start()
    grid = grid_of(path)
    assert sum(len(block.rows) for block in grid.blocks()) == 1501
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 80_000_000


def test_a_file_that_changes(tmp_path: Path) -> None:
    path = write("arrow", pa.table(of_rows({})), tmp_path / "a.parquet")
    grid = grid_of(path)
    write("arrow", pa.table(of_rows({}, {})), path)
    with pytest.raises(InputError, match="changed while it was read"):
        list(grid.blocks())
    os.unlink(path)
    with pytest.raises(InputError, match="cannot be read"):
        list(grid.blocks())


# For engines


def grid_of(path: Path) -> ParquetGrid:
    (grid,) = open_grids(Source(str(path), lambda: path.open("rb"), file=str(path)), shipped())
    assert isinstance(grid, ParquetGrid)
    return grid


def test_its_columns_have_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({"members": [1], "note": [b"x"], "unit_code": ["U1"], "day": [timedelta(1)]}).set_index(
        "unit_code"
    )
    path = write("pandas", frame, tmp_path / "a.parquet")
    file = grid_of(path).column_file
    assert (file.path, file.rows) == (str(path), 1)
    assert file.columns == [
        FileColumn("unit_code", "VARCHAR", 3),
        FileColumn("members", "BIGINT", 0),
        FileColumn("note", "", 1),
        FileColumn("day", "", 2),
    ]
    (table,) = open_tables(Source(str(path), lambda: path.open("rb"), file=str(path)), shipped())
    assert table.column_file is not None
    assert [column.name for column in table.column_file.columns] == table.header
    assert table.line_file is None


def test_some_of_its_rows(tmp_path: Path) -> None:
    path = write("arrow", pa.table(of_rows(*[{}] * 5000)), tmp_path / "a.parquet")
    grid = grid_of(path)
    every = {number: cells for block in grid.blocks() for number, cells in zip(block.numbers, block.rows, strict=True)}
    for places in ([0], [4999], [3, 2047, 2048, 4098], list(range(0, 5000, 2)), []):
        found = [(n, cells) for b in grid.blocks_of(places) for n, cells in zip(b.numbers, b.rows, strict=True)]
        assert found == [(place + 1, every[place + 1]) for place in places]


def test_a_source_that_is_no_file_is_read_too(tmp_path: Path) -> None:
    path = write("arrow", pa.table(of_rows({}, {"nominees": "x"})), tmp_path / "a.parquet")
    data = path.read_bytes()
    assert said(Source(str(path), lambda: io.BytesIO(data))) == said(path)
