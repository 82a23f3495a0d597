"""Every engine says the same as the reference, byte for byte: on samples, on hostile and odd files, on made submissions."""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kpi_check
from agreement import AT_ONCE, compile_plan, roster_source
from command import ROOT, run
from generators import (
    Filler,
    PlanAndSubmission,
    Submission,
    random_plan_and_submission,
    random_plan_with_roster,
    random_submission,
    random_submission_with_roster,
    shipped_plan,
    to_csv,
)
from kpi_check.engines import base, patterns, stored
from kpi_check.engines import duckdb as by_duckdb
from kpi_check.errors import Message
from kpi_check.readers import READERS
from kpi_check.readers.lines import TextLines
from kpi_check.submission import MAX_CELL
from kpi_check.text import has_unseen
from oracle import Table
from returns import FIELDS, row, shipped, table

OTHERS = [name for name in AT_ONCE if name != "plain"]
TESTS = Path(__file__).parent
TEXT_FILES = sorted(
    path
    for folder in ("hostile/data", "awkward", "odd/data")
    for path in (TESTS / folder).rglob("*")
    if path.is_file() and path.suffix.lower() in READERS["text"].endings
)
SAMPLES = sorted(path for path in (ROOT / "sample_data").iterdir() if path.is_dir() and path.name != "expected")


def said(plan: kpi_check.Plan, data: Any, engine: str, **more: Any) -> str:
    """The report as it is written, or why there is none."""
    try:
        report = kpi_check.evaluate(plan, data, engine=engine, **more)
    except kpi_check.KpiCheckError as error:
        return f"{type(error).__name__}: {error}"
    return json.dumps(report.as_dict(), ensure_ascii=False)


@contextmanager
def counting() -> Iterator[list[int]]:
    """How many rows DuckDB counts, table by table."""
    counts: list[int] = []
    count = by_duckdb._Run.rows_counted

    def counted(run: by_duckdb._Run, told: Any) -> Counter[str]:
        rows = count(run, told)
        counts.extend(rows.values())
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_duckdb._Run, "rows_counted", counted)
        yield counts


def differs(plan: kpi_check.Plan, data: Any, **more: Any) -> list[str]:
    """The engines that do not say what the reference says."""
    expected = said(plan, data, "plain", **more)
    return [engine for engine in OTHERS if said(plan, data, engine, **more) != expected]


# files


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("by", [(), "district", ("district", "unit")])
def test_samples(folder: Path, by: Any) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    files = [folder, *folder.iterdir()]
    assert {path.name: differs(plan, path, by=by) for path in files} == {path.name: [] for path in files}


@pytest.mark.parametrize("chunk", range(8))
def test_hostile_awkward_and_odd_files(chunk: int) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    for path in TEXT_FILES[chunk::8]:
        for period in (None, "2024"):
            assert differs(plan, path, by="district", period=period) == [], path


def test_there_are_many_such_files() -> None:
    assert len(TEXT_FILES) > 500
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    with counting() as counts:
        for path in TEXT_FILES:
            said(plan, path, "duckdb")
    assert sum(map(bool, counts)) > 100


# made submissions


def written(tables: Sequence[Table], folder: Path, delimiter: str = ",", end: str = "\n") -> list[Path]:
    """The files of a submission."""
    files = []
    for made in tables:
        files.append(folder / f"{made.name}.csv")
        files[-1].write_bytes(to_csv(made, delimiter).replace("\n", end).encode())
    return files


def as_parquet(made: Table, path: Path, rng: random.Random) -> Path:
    """The same as Parquet: columns of counts are integers where they can be, blanks are null or empty."""
    columns: dict[str, pa.Array] = {}
    for place, name in enumerate(made.header):
        cells = [cells[place] if place < len(cells) else "" for cells in made.rows]
        if rng.randrange(8) and all(re.fullmatch("(0|-?[1-9][0-9]{0,17})?", text, re.ASCII) for text in cells):
            kind = pa.int64() if rng.randrange(2) or any(len(text) > 9 for text in cells) else pa.int32()
            columns[name] = pa.array([int(text) if text else None for text in cells], kind)
        else:
            columns[name] = pa.array([text or rng.choice(["", None]) for text in cells], pa.string())
    pq.write_table(pa.table(columns), path, row_group_size=rng.choice([7, 1000]))
    return path


def tidied(made: Table, rng: random.Random) -> Table:
    """A table whose cells are written as machines write them, most of them."""

    def tidy(text: str) -> str:
        if rng.randrange(100) == 0:
            return text
        text = unicodedata.normalize("NFC", text.strip())
        return str(int(text)) if re.fullmatch("[0-9]{1,9}", text, re.ASCII) else text

    return Table(made.name, made.header, [[tidy(text) for text in cells] for cells in made.rows])


def check(
    seed: int, case: Submission | PlanAndSubmission, plan: kpi_check.Plan, folder: Path, rng: random.Random
) -> None:
    files = written(case.tables, folder, rng.choice([",", ";", "\t"]), rng.choice(["\n", "\n", "\r\n"]))
    more = {"period": case.period, "by": case.by, "limit": rng.choice([None, 1000, 0, 1, 3])}
    assert differs(plan, files, **more) == [], f"seed {seed}: {more}"


def check_parquet(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = random_tidy(rng)
        plan = compile_plan(case.plan)
        files = [as_parquet(made, folder / f"{made.name}.parquet", rng) for made in case.tables if _is_plain(made)]
        if files:
            more = {"period": case.period, "by": case.by, "limit": rng.choice([None, 1000, 0, 1, 3])}
            assert differs(plan, files, **more) == [], f"seed {seed}: {more}"


def _is_plain(made: Table) -> bool:
    """Whether every column has a name of its own."""
    return len(set(made.header)) == len(made.header) and "" not in made.header


def check_shipped(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        check(seed, random_submission(rng), shipped(), folder, rng)


def check_any_plan(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = random_plan_and_submission(rng)
        check(seed, case, compile_plan(case.plan), folder, rng)


def random_tidy(rng: random.Random) -> PlanAndSubmission:
    """Tables that are tidy but for some faults, which DuckDB counts for the most part."""
    made = (
        random_plan_and_submission(rng)
        if rng.randrange(2)
        else PlanAndSubmission(shipped_plan(), [], None, ["district"])
    )
    period = rng.choice(["2024", "2024", "2025", "2024-H1"])
    filler = Filler(rng, made.plan, period)
    rate, number = rng.choice([0, 2, 10]), rng.choice([1, 1, 1, 2, 3])
    tables = [
        tidied(filler.table(f"t{i}", rng.randrange(1, 60), rate, with_period=rng.randrange(8) > 0), rng)
        for i in range(number)
    ]
    by = [level for level in made.by if level != "unit"]
    return PlanAndSubmission(made.plan, tables, rng.choice([None, period]), by)


def beside(header: Sequence[str], rng: random.Random) -> list[str]:
    """A row that is no data, or looks as if it were none."""
    cells = [""] * len(header)
    kind = rng.randrange(9)
    if kind == 0:
        return list(header)
    if kind == 1:
        return [str(number + 1) for number in range(len(header))]
    if kind == 2:
        return [f"({number + 1})" for number in range(len(header))]
    if kind == 3:
        return []
    word = rng.choice(
        ["Tổng cộng", "TỔNG CỘNG:", "Cộng", "Total", "Người lập biểu", "I. Khối xã", "Ghi chú", "CĐCS Cộng Hòa"]
    )
    cells[rng.randrange(len(cells))] = word
    if kind > 5:
        for _ in range(rng.randrange(1, 6)):
            cells[rng.randrange(len(cells))] = rng.choice(["12", "0", "U1", "A B", "x"])
    return cells


def dressed(made: Table, rng: random.Random) -> Table:
    """A table with rows that are no data among and behind its rows, and names in quotation marks."""
    rows: list[list[str]] = []
    for cells in made.rows:
        if rng.randrange(12) == 0:
            rows += [beside(made.header, rng) for _ in range(rng.choice([1, 1, 2, 3]))]
        quoted = [text if rng.randrange(60) else f'{text}, "A" {text}' for text in cells]
        rows.append(quoted)
    if rng.randrange(20) == 0 and rows[-1]:
        rows[-1][0] += "\n"
    rows += [beside(made.header, rng) for _ in range(rng.choice([0, 0, 1, 2, 4]))]
    return Table(made.name, made.header, rows)


def check_tidy(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = random_tidy(rng)
        check(seed, case, compile_plan(case.plan), folder, rng)


def check_dressed(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = random_tidy(rng)
        case = PlanAndSubmission(case.plan, [dressed(table, rng) for table in case.tables], case.period, case.by)
        check(seed, case, compile_plan(case.plan), folder, rng)


def check_rosters(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = (random_plan_with_roster if seed % 2 else random_submission_with_roster)(rng)
        files = written([tidied(made, rng) for made in case.tables], folder)
        by = [level for level in case.by if level != "unit"]
        roster = roster_source(case.roster)
        assert differs(compile_plan(case.plan), files, period=case.period, by=by, roster=roster) == [], f"seed {seed}"


def test_made_submissions_with_rosters(tmp_path: Path) -> None:
    check_rosters(range(60), tmp_path)


def test_made_submissions(tmp_path: Path) -> None:
    check_shipped(range(150), tmp_path)


def test_made_plans(tmp_path: Path) -> None:
    check_any_plan(range(150), tmp_path)


def test_made_tidy_submissions(tmp_path: Path) -> None:
    with counting() as counts:
        check_tidy(range(300), tmp_path)
    assert sum(counts) > 2000


def test_made_parquet_files(tmp_path: Path) -> None:
    with counting() as counts:
        check_parquet(range(200), tmp_path)
    assert sum(counts) > 2000


def test_made_submissions_with_rows_that_are_no_data(tmp_path: Path) -> None:
    with counting() as counts:
        check_dressed(range(150), tmp_path)
    assert sum(counts) > 500


def test_a_long_table_with_some_faults(tmp_path: Path) -> None:
    rng = random.Random(1)
    made = tidied(Filler(rng, shipped_plan(), "2025").table("long", 6000, 3, with_period=True), rng)
    files = written([dressed(made, rng)], tmp_path)
    with counting() as counts:
        assert differs(shipped(), files, period="2025", by="district") == []
    assert sum(counts) > 1000


CHECKS = [check_shipped, check_any_plan, check_tidy, check_parquet, check_dressed, check_rosters]


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(10))
@pytest.mark.parametrize("checked", CHECKS, ids=lambda check: check.__name__)
def test_many_made_submissions(checked: Any, chunk: int, tmp_path: Path) -> None:
    checked(range(1000 + chunk * 1000, 2000 + chunk * 1000), tmp_path)


# columns of Parquet


def column_file(folder: Path, odd: dict[str, list[str]], number: int = 60) -> Path:
    """A Parquet file of clean rows, but that some columns have other texts in the rows from the tenth on."""
    rows = [row(unit_code=f"U{i}") for i in range(number)]
    columns = {name: [cells[place] for cells in rows] for place, name in enumerate(FIELDS)}
    for name, texts in odd.items():
        column = columns.setdefault(name, [""] * number)
        column[9 : 9 + len(texts)] = texts
    path = folder / "t.parquet"
    pq.write_table(pa.table(columns), path)
    return path


SWALLOWED = "x\nU1,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"


@pytest.mark.parametrize("text", [SWALLOWED, "a\nb", "a\rb", "\n"])
@pytest.mark.parametrize("column", ["beside", "rating", "district_name", "unit_name", "period", "members"])
def test_texts_over_lines_in_columns(text: str, column: str, tmp_path: Path) -> None:
    """Rows may be in them, wherever they are; so no target is met, whatever the other rows say."""
    file = column_file(tmp_path, {column: [text]})
    with counting() as counts:
        assert differs(shipped(), file) == []
    assert max(counts) == 59
    report = kpi_check.evaluate(shipped(), file, engine="duckdb")
    assert text != SWALLOWED or report.verdict == "undetermined"


@pytest.mark.parametrize("column", ["beside", "rating", "unit_name", "unit_code", "members"])
def test_cells_too_long_in_columns(column: str, tmp_path: Path) -> None:
    """From such a cell on nothing is read, not even keys that are given twice; the row is named."""
    file = column_file(tmp_path, {column: ["\u1ea1" * (MAX_CELL + 1)]}, 2000)
    assert differs(shipped(), file) == []
    file = column_file(tmp_path, {column: ["\u1ea1" * (MAX_CELL + 1)], "unit_code": ["U1", "U2", "U2"]})
    assert differs(shipped(), file) == []
    assert '"row": 10,' in said(shipped(), file, "duckdb")


def test_cells_of_many_bytes_and_not_too_many_letters(tmp_path: Path) -> None:
    file = column_file(tmp_path, {"beside": ["\u1ea1" * MAX_CELL]})
    with counting() as counts:
        assert differs(shipped(), file) == []
    assert set(counts) == {60}


# what is certain


def test_letters_of_codes_are_seen_and_as_nfc_has_them() -> None:
    letters = [chr(c) for c in (*range(0x21, 0x7F), *range(0xC0, 0x250), *range(0x1EA0, 0x1EFA))]
    for letter in letters:
        assert unicodedata.normalize("NFC", letter) == letter
        assert letter == letter.strip()
        assert not has_unseen(letter)


def test_letters_of_no_total_are_in_no_word_for_one() -> None:
    free = patterns._letters_beside(["tổng cộng", "Đ1"])
    assert not set("tongcđ1TONGC") & set(free)
    assert set("023456789abefhijklmpqrsuvwxyz") - {"d"} <= set(free)


def other_plan(**fields: dict[str, Any]) -> kpi_check.Plan:
    """The shipped plan with something else said of some fields, and with more words for totals."""
    source = copy.deepcopy(shipped_plan())
    for name, said_of_it in fields.items():
        source["submission"]["fields"][name] |= said_of_it
    source["submission"]["layout"]["totals"] += ["Toàn đoàn", "Всего по", "Final sum"]
    return compile_plan(source)


@pytest.mark.parametrize("length", [100, 101])
@pytest.mark.parametrize("column", ["unit_code", "district_code"])
def test_codes_of_a_pattern_that_are_too_long(column: str, length: int, tmp_path: Path) -> None:
    plan = other_plan(**{column: {"pattern": "[A-Z0-9]+"}})
    rows = [row(unit_code=f"U{i}") for i in range(20)]
    rows[9] = row(**{"unit_code": "U9", column: "Z" * length})
    file = written([table(*rows)], tmp_path)
    assert differs(plan, file, by="district") == []
    assert ('"not-a-code"' in said(plan, file, "duckdb")) is (length > 100)


LIKE_TOTALS = [
    "Tổng cộng",
    "TỔNG CỘNG",
    "Tổng số:",
    "Tông\u0309 công\u0323",
    unicodedata.normalize("NFD", "tổng số"),
    "T\ufeffổng số",
    "Toàn đoàn",
    "TOÀN ÐOÀN",
    "toàn \u0256òan",
    "Всего по",
    "ВСЕГО ПО",
    "\ufb01nal sum",
    "Final \u017fum",
]


@pytest.mark.parametrize("beginning", LIKE_TOTALS, ids=ascii)
def test_names_like_totals_are_looked_at(beginning: str, tmp_path: Path) -> None:
    """The name of another unit is so, too, so that the reference looks at both of them closely, whatever it does else."""
    plan = other_plan(unit_name={"required": "never"})
    rows = [row(unit_code=f"U{i}") for i in range(20)]
    rows[9] = row(unit_code="U9", unit_name=f"{beginning} xã 1")
    rows[10] = row(unit_code="U10", unit_name="Tổng cộng xã 2 bằng chữ")
    file = written([table(*rows)], tmp_path)
    with counting() as counts:
        assert differs(plan, file) == []
    assert min(counts) == 18
    assert said(plan, file, "duckdb").count('"unit-like-total", "severity"') == 2


# how it is chosen, and what is told of it


def many(folder: Path, number: int = 200) -> Path:
    """A file of clean rows."""
    rows = [row(unit_code=f"U{i}", district_code=f"D{i % 3}") for i in range(number)]
    return written([table(*rows)], folder)[0]


def test_large_files_are_for_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, told = many(tmp_path), []

    def tell(what: Message) -> None:
        told.append(what.english())

    expected = said(shipped(), file, "auto", tell=tell)
    monkeypatch.setattr(base, "AUTO_BYTES", 1000)
    assert said(shipped(), file, "auto", tell=tell, memory=300_000_000) == expected
    assert told == [
        "engine: plain",
        "engine: duckdb",
        f"{file}: 200 rows counted by DuckDB, 0 looked at more closely",
    ]


def test_duckdb_is_not_imported_for_small_files(tmp_path: Path) -> None:
    code = (
        "import sys, kpi_check; from kpi_check.plan import shipped_plan;"
        f"kpi_check.evaluate(kpi_check.load_plan(shipped_plan()), {str(many(tmp_path, 3))!r});"
        "sys.exit('duckdb' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_told_is_no_part_of_the_report(tmp_path: Path) -> None:
    file = many(tmp_path)
    quiet = run("evaluate", file, "--engine", "duckdb", "--format", "json")
    ran = run("evaluate", file, "--engine", "duckdb", "--format", "json", "--verbose", "--memory", "1GB")
    assert (ran.code, ran.out) == (quiet.code, quiet.out)
    assert quiet.err == ""
    assert "engine: duckdb" in ran.err
    assert "200 rows counted by DuckDB" in ran.err


@pytest.mark.parametrize("text", ["", "1", "100MB", "1TB", "1.5GB", "-1GB", "99999999GB"])
def test_a_size_that_is_none(text: str, tmp_path: Path) -> None:
    ran = run("evaluate", many(tmp_path, 3), "--memory", text)
    assert ran.code == 2
    assert "--memory" in ran.err


def test_nothing_temporary_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, folder = many(tmp_path), tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert run("evaluate", file, "--engine", "duckdb").code in (0, 1)
    assert list(folder.iterdir()) == []


def test_without_room_the_reference_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise duckdb.OutOfMemoryException

    file = many(tmp_path)
    expected = said(shipped(), file, "plain")
    monkeypatch.setattr(by_duckdb._Run, "rows_counted", full)
    told: list[str] = []
    assert said(shipped(), file, "duckdb", tell=lambda what: told.append(what.english())) == expected
    assert told == ["engine: duckdb", "engine: plain"]


def test_what_is_interrupted_is_not_taken_for_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    with stored.Database(None) as database:
        monkeypatch.setattr(database, "_connection", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            database.rows("SELECT 1")


class Interrupted:
    """A connection to which a signal comes."""

    def execute(self, *_: object) -> None:
        raise RuntimeError("Query interrupted")

    def close(self) -> None:
        pass


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([(1, 1, 1), (2, 2, 2)])
    monkeypatch.setattr(TextLines, "_state", lambda _: next(states))
    assert "changed while it was read" in said(shipped(), many(tmp_path), "duckdb")


@pytest.mark.parametrize("rating", ["excellent", "good"])
def test_a_file_that_changes_once_it_is_proven_is_refused(
    rating: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB may read it later: the report would have the figures of one file and the hash of another."""

    def of(rating: str) -> str:
        rows = [FIELDS, *(row(unit_code=f"U{i:03}", rating=rating) for i in range(300))]
        return "".join(",".join(cells) + "\n" for cells in rows)

    file = tmp_path / "t.csv"
    file.write_text(of("completed"))
    prove = TextLines.is_proven

    def proving(lines: TextLines) -> bool:
        proven = prove(lines)
        file.write_text(of(rating))
        return proven

    execute = stored.Asker.execute

    def late(asker: stored.Asker, text: str, values: Any = None) -> None:
        while text.startswith("CREATE TABLE") and file.read_text() != of(rating):
            time.sleep(0.01)
        execute(asker, text, values)

    monkeypatch.setattr("kpi_check.evaluation.ROWS_COMPARED", 0)  # more rows than that are not read again
    monkeypatch.setattr(TextLines, "is_proven", proving)
    monkeypatch.setattr(stored.Asker, "execute", late)
    assert "changed while it was read" in said(shipped(), file, "duckdb")


def test_the_numbers_of_the_columns_are_no_unit_given_twice(tmp_path: Path) -> None:
    numbers = [str(place + 1) for place in range(len(FIELDS))]
    made = table(row(unit_code="U1"), list(FIELDS), numbers, row(unit_code=numbers[FIELDS.index("unit_code")]))
    assert differs(shipped(), written([made], tmp_path), period="2025") == []
    assert '"duplicate-key"' not in said(shipped(), written([made], tmp_path), "duckdb", period="2025")


ODD_ROWS: dict[str, list[str]] = {
    "a name with its tones at other places": row(unit_name="tông\u0309 công\u0323"),
    "a name with more blanks": row(unit_name="Tổng  số"),
    "a name that begins so": row(unit_name="Tổng\u00a0 số xã 1"),
    "a code in letters of any case": row(unit_code="ToTaL"),
    "a code with something behind it": row(unit_code="Total(1)"),
    "a code with dots": row(unit_code="Total.."),
    "a code with a tab": ["", "", "", "I.\tX", *[""] * (len(FIELDS) - 4)],
    "a header in letters of any case": [name.title() for name in FIELDS],
    "a header of other columns": ["", "JZ", "JZ", "JZ", "JZ", *reversed(FIELDS[5:])],
}


@pytest.mark.parametrize("period", [None, "2025"])
@pytest.mark.parametrize("odd", ODD_ROWS.values(), ids=ODD_ROWS)
def test_what_a_row_is_rests_on_no_block_that_it_is_in(odd: list[str], period: str | None, tmp_path: Path) -> None:
    """A total makes the reader look closely at all rows around it."""
    rows = [row(unit_code=f"Z{i}Q") for i in range(5000)]
    total = row(unit_code="Total")
    near = [*rows[:100], odd, odd, total, *rows[101:]]
    far = [*rows[:100], odd, odd, *rows[101:4000], total, *rows[4000:]]
    for made in (near, far):
        assert differs(shipped(), written([table(*made)], tmp_path), period=period) == []
    left = [kpi_check.evaluate(shipped(), written([table(*made)], tmp_path), period=period) for made in (near, far)]
    assert left[0].targets == left[1].targets
    assert len(left[0].inputs[0].left_out) == len(left[1].inputs[0].left_out)


def test_rows_without_figures_may_be_headers(tmp_path: Path) -> None:
    """Three headers of figures, and no figure: not every cell of such a row is needed."""
    plan = other_plan(**{name: {"default": "0"} for name in FIELDS[7:]})
    odd = row(unit_code="JZ", district_name="Workers", unit_name="Members ", **dict.fromkeys(FIELDS[7:], ""))
    rows = [[*row(unit_code=f"U{i}"), ""] for i in range(20)]
    rows[9] = [*odd, "Cadres"]
    file = written([Table("t", [*FIELDS, "beside"], rows)], tmp_path)
    with counting() as counts:
        assert differs(plan, file) == []
    assert set(counts) == {19}


def test_a_path_is_never_a_pattern(tmp_path: Path) -> None:
    """Another file that a path would match, were it a pattern, is not read."""
    text = (ROOT / "sample_data" / "2024" / "van-canh.csv").read_text("utf-8")
    (tmp_path / "a*.csv").write_text(text, "utf-8")
    (tmp_path / "ab.csv").write_text(text.replace("VC-", "XX-"), "utf-8")
    report = kpi_check.evaluate(shipped(), tmp_path / "a*.csv", engine="duckdb")
    assert report.units[0].startswith("VC-")
    assert report == kpi_check.evaluate(shipped(), tmp_path / "a*.csv", engine="plain")
