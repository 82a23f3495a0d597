"""Spark says what the reference says, to the byte: on files, on made submissions, in this process and behind a server.

All tests are in one group, so that they share one session, which takes seconds to start.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pyspark
import pytest
from pyspark.sql import SparkSession

import kpi_check
import test_engines as engines
from agreement import compile_plan, roster_source
from command import ENVIRONMENT, ROOT, run, spawn
from generators import (
    Filler,
    PlanAndSubmission,
    random_plan_and_submission,
    random_plan_with_roster,
    random_submission,
    shipped_plan,
)
from kpi_check import spark as sessions
from kpi_check.engines import base
from kpi_check.engines import spark as by_spark
from oracle import Table
from returns import row, shipped, table

pytestmark = [
    pytest.mark.xdist_group("spark"),
    # pyspark talks with its server over sockets and channels that it leaves to the end of the process.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SMALL = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    # Splits of a file are so small that most files have several.
    "spark.sql.files.maxPartitionBytes": "4096",
    "spark.sql.files.openCostInBytes": "1024",
    # Of a few rows, compiling takes longer than working.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    """A session in this process."""
    builder: Any = SparkSession.builder
    for name, value in SMALL.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    yield made
    made.stop()


@pytest.fixture
def spark(session: SparkSession) -> Iterator[SparkSession]:
    """The session, with the settings that it began with."""
    yield session
    for name in ("spark.sql.ansi.enabled", "spark.sql.caseSensitive", "spark.sql.session.timeZone"):
        session.conf.unset(name)
    assert session.catalog.listTables() == []  # nothing is left


@contextmanager
def counting() -> Iterator[list[int]]:
    """How many rows Spark counts, run by run."""
    counts: list[int] = []
    count = by_spark._Rows.count

    def counted(rows: by_spark._Rows, *more: Any) -> None:
        counts.append(sum(part.counted for part in rows.parts.values()))
        count(rows, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_spark._Rows, "count", counted)
        yield counts


def agrees(plan: kpi_check.Plan, data: Any, **more: Any) -> bool:
    return engines.said(plan, data, "spark", **more) == engines.said(plan, data, "plain", **more)


# files


@pytest.mark.parametrize("by", [(), "district", ("district", "unit")])
@pytest.mark.usefixtures("spark")
def test_samples(by: Any) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    with counting() as counts:
        assert {folder.name: agrees(plan, folder, by=by) for folder in engines.SAMPLES} == {
            folder.name: True for folder in engines.SAMPLES
        }
    assert sum(counts) > (0 if "unit" in by else 2000) - 1


@pytest.mark.usefixtures("spark")
def test_hostile_awkward_and_odd_files() -> None:
    """Files that Spark does not count go the way of the reference; those that it does are few enough to try all."""
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    with counting() as counts:
        for path in engines.TEXT_FILES[::6]:
            assert agrees(plan, path, by="district"), path
    assert sum(map(bool, counts)) > 15


@pytest.mark.usefixtures("spark")
def test_compressed_text_and_parquet(tmp_path: Path) -> None:
    """They go the way of the reference."""
    text = (ROOT / "sample_data" / "2024" / "phu-my.csv").read_bytes()
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text))
    engines.as_parquet(table(*[row(unit_code=f"U{i}") for i in range(30)]), tmp_path / "b.parquet", random.Random(1))
    for path in (tmp_path / "a.csv.gz", tmp_path / "b.parquet", tmp_path):
        assert agrees(shipped(), path, by="district"), path


@pytest.mark.long
@pytest.mark.parametrize("period", [None, "2024"])
@pytest.mark.usefixtures("spark")
def test_every_hostile_awkward_and_odd_file(period: str | None) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    for path in engines.TEXT_FILES:
        assert agrees(plan, path, by="district", period=period), path


# made submissions


def skewed(made: Table, rng: random.Random) -> Table:
    """A table of which most rows are of one district."""
    column = made.header.index("district_code") if "district_code" in made.header else None
    if column is None:
        return made
    first = next((cells[column] for cells in made.rows if len(cells) > column), "")
    rows = [[*c[:column], first, *c[column + 1 :]] if len(c) > column and rng.randrange(8) else c for c in made.rows]
    return Table(made.name, made.header, rows)


def check(seed: int, case: Any, plan: kpi_check.Plan, folder: Path, rng: random.Random, **more: Any) -> None:
    files = engines.written(case.tables, folder, rng.choice([",", ";", "\t"]), rng.choice(["\n", "\n", "\r\n"]))
    more |= {"period": case.period, "limit": rng.choice([None, 1000, 0, 1, 3])}
    assert agrees(plan, files, **more), f"seed {seed}: {more}"


def check_tidy(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = engines.random_tidy(rng)
        tables = [skewed(made, rng) for made in case.tables]
        if seed % 2:
            tables = [engines.dressed(made, rng) for made in tables]
        check(seed, replace(case, tables=tables), compile_plan(case.plan), folder, rng, by=case.by)


def check_long(seeds: range, folder: Path) -> None:
    """Submissions of many rows, in several splits, some of which are no data."""
    for seed in seeds:
        rng = random.Random(seed)
        filler = Filler(rng, shipped_plan(), "2025")
        made = [
            engines.tidied(filler.table(f"t{i}", 400, rng.choice([0, 1, 5]), with_period=True), rng) for i in (1, 2)
        ]
        tables = [engines.dressed(skewed(one, rng), rng) for one in made]
        case = PlanAndSubmission(shipped_plan(), tables, "2025", ["district"])
        check(seed, case, shipped(), folder, rng, by=case.by)


def check_any(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        if seed % 2:
            case = random_submission(rng)
            check(seed, case, shipped(), folder, rng, by=case.by)
        else:
            made = random_plan_and_submission(rng)
            check(seed, made, compile_plan(made.plan), folder, rng, by=made.by)


def check_rosters(seeds: range, folder: Path) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        case = random_plan_with_roster(rng)
        tidy = replace(case, tables=[engines.tidied(made, rng) for made in case.tables])
        by = [level for level in case.by if level != "unit"]
        check(seed, tidy, compile_plan(case.plan), folder, rng, by=by, roster=roster_source(case.roster))


@pytest.mark.usefixtures("spark")
def test_made_submissions(tmp_path: Path) -> None:
    check_any(range(20), tmp_path)


@pytest.mark.usefixtures("spark")
def test_made_tidy_submissions(tmp_path: Path) -> None:
    with counting() as counts:
        check_tidy(range(24), tmp_path)
    assert sum(counts) > 200


@pytest.mark.usefixtures("spark")
def test_made_submissions_with_rosters(tmp_path: Path) -> None:
    check_rosters(range(6), tmp_path)


@pytest.mark.usefixtures("spark")
def test_long_submissions(tmp_path: Path) -> None:
    with counting() as counts:
        check_long(range(2), tmp_path)
    assert sum(counts) > 200


@pytest.mark.long
@pytest.mark.parametrize(
    "checked", [check_any, check_tidy, check_long, check_rosters], ids=lambda check: check.__name__
)
@pytest.mark.usefixtures("spark")
def test_many_made_submissions(checked: Any, tmp_path: Path) -> None:
    checked(range(1000, 1300), tmp_path)


# places of lines


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [500, 501, 502, 503, 4096])
def test_a_line_has_its_place_whatever_the_splits(spark: SparkSession, size: int, end: str, tmp_path: Path) -> None:
    texts = [f"{number}," + "é" * (number % 41 + 1) for number in range(600)]
    (tmp_path / "lines.csv").write_bytes(end.join([*texts, ""]).encode())
    before = spark.conf.get("spark.sql.files.maxPartitionBytes")
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(size))
    try:
        with by_spark._Asker(spark) as asker:
            view = asker.lines(Lines(str(tmp_path / "lines.csv"), end))  # type: ignore[arg-type] # all that is asked of it
            splits = f"SELECT stretch, min(id), count(*) FROM {view} GROUP BY stretch"
            places = by_spark._Places([tuple(split) for split in asker.rows(by_spark.Query(splits, {}))])
            found = asker.rows(by_spark.Query(f"SELECT id, line FROM {view}", {}))
    finally:
        spark.conf.set("spark.sql.files.maxPartitionBytes", str(before))
    assert places.count == len(texts)
    assert {places.place(number): text for number, text in found} == dict(enumerate(texts))
    assert [places.place(places.number(place)) for place in range(600)] == list(range(600))


class Lines(NamedTuple):
    """What is asked of a file of lines."""

    path: str
    line_end: str


def test_rows_are_spread_over_partitions(spark: SparkSession, tmp_path: Path) -> None:
    lines = spark.read.text(str(engines.many(tmp_path, 400)))
    assert lines.selectExpr("spark_partition_id() AS p").distinct().count() >= 2


# sessions


@pytest.mark.parametrize(
    "settings",
    [
        {"spark.sql.ansi.enabled": "false"},
        {"spark.sql.caseSensitive": "true", "spark.sql.session.timeZone": "Asia/Ho_Chi_Minh"},
    ],
)
def test_settings_of_a_session_change_nothing(spark: SparkSession, settings: dict[str, str], tmp_path: Path) -> None:
    for name, value in settings.items():
        spark.conf.set(name, value)
    with counting() as counts:
        check_tidy(range(50, 54), tmp_path)
        assert agrees(shipped(), engines.many(tmp_path), period="2025", by="district")
    assert sum(counts) > 100


@pytest.mark.usefixtures("spark")
def test_a_file_that_is_another_one_where_spark_reads_it_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = engines.many(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text(file.read_text("utf-8").replace("U1", "V1"), "utf-8")
    changed = file.stat().st_mtime_ns // 1_000_000
    os.utime(other, (changed // 1000 - 10, changed // 1000 - 10))
    monkeypatch.setattr(by_spark, "read_at", lambda _: sessions.At(f"file:{other}", changed))
    with counting() as counts:
        assert agrees(shipped(), file, period="2025")
    assert counts == []


@pytest.mark.usefixtures("spark")
def test_what_is_told(tmp_path: Path) -> None:
    file = engines.many(tmp_path)
    ran = run("evaluate", file, "--engine", "spark", "--verbose")
    assert ran.err.splitlines() == [
        "engine: spark",
        f"{file}: 198 rows counted by Spark, 2 looked at more closely",
    ]


@pytest.mark.usefixtures("spark")
def test_what_spark_cannot_do_the_reference_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise pyspark.errors.PySparkException("no room")

    file = engines.many(tmp_path)
    monkeypatch.setattr(by_spark._Rows, "ask", fail)
    told: list[str] = []
    expected = engines.said(shipped(), file, "plain")
    assert engines.said(shipped(), file, "spark", tell=lambda what: told.append(what.english())) == expected
    assert told == ["engine: spark", "engine: plain"]


# addresses


def named(plan: kpi_check.Plan, path: Path, address: str) -> list[str]:
    """What Spark says of a file by its address, and the reference by its path, under one name."""
    reports = [engines.said(plan, address, "spark", period="2025"), engines.said(plan, path, "plain", period="2025")]
    return [report.replace(json.dumps(address)[1:-1], "X").replace(str(path), "X") for report in reports]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.usefixtures("spark")
def test_a_file_by_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, mark: str) -> None:
    file = engines.many(tmp_path)
    text = file.read_text("utf-8").rstrip("\n")
    file.write_bytes((mark + (text.replace("\n", end) if end else text) + end).encode())
    for most in (64_000_000, 10):
        monkeypatch.setattr(sessions, "_AT_ONCE", most)
        with counting() as counts:
            by_address, by_path = named(shipped(), file, f"file:{file}")
        assert by_address == by_path
        assert sum(counts) > 150
    assert sessions._READ_AT == {}


@pytest.mark.usefixtures("spark")
def test_a_folder_by_its_address() -> None:
    folder = ROOT / "sample_data" / "2024"
    report = kpi_check.evaluate(shipped(), f"file:{folder}", engine="spark")
    assert report.targets == kpi_check.evaluate(shipped(), folder).targets
    assert [file.sha256 for file in report.inputs] == [
        file.sha256 for file in kpi_check.evaluate(shipped(), folder).inputs
    ]


def test_tables_of_spark(spark: SparkSession, tmp_path: Path) -> None:
    file = engines.many(tmp_path)
    frame = spark.read.csv(str(file), header=True)
    frame.repartition(1).write.parquet(str(tmp_path / "made.parquet"))
    frame.createOrReplaceTempView("returns")
    expected = kpi_check.evaluate(shipped(), frame, period="2025")
    try:
        for data in (frame, "table:returns", f"file:{tmp_path}/made.parquet"):
            report = kpi_check.evaluate(shipped(), data, period="2025", engine="spark")
            assert (report.targets, report.issues) == (expected.targets, expected.issues)
            assert [file.sha256 for file in report.inputs] == [file.sha256 for file in expected.inputs]
    finally:
        spark.catalog.dropTempView("returns")


@pytest.mark.parametrize("address", ["file:/nowhere/at.csv", "table:nowhere", "file:/nowhere/at.parquet", "none://a/b"])
@pytest.mark.usefixtures("spark")
def test_an_address_of_nothing(address: str) -> None:
    ran = run("evaluate", address, "--engine", "spark")
    assert ran.code == 2
    assert f"{address}: Spark cannot read it: " in ran.err.replace("\n", " ")


def test_an_address_without_spark() -> None:
    ran = run("evaluate", "s3a://bucket/data.csv")
    assert ran.code == 2
    assert "only Spark can read this" in ran.err


# behind a server


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A Spark Connect server of its own, and its address."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    home = Path(pyspark.__file__).parent
    settings = {**SMALL, "spark.connect.grpc.binding.port": str(port), "spark.sql.warehouse.dir": str(folder / "w")}
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    command = [str(home / "bin" / "spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    with (folder / "log").open("wb") as log:
        made = subprocess.Popen([*command, *words, "spark-internal"], cwd=folder, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("localhost", port), 1).close()
                    break
                except OSError:
                    assert made.poll() is None, (folder / "log").read_text("utf-8")
                    assert time.monotonic() < until
                    time.sleep(0.3)
            yield f"sc://localhost:{port}"
        finally:
            made.terminate()
            made.wait(30)


def test_behind_a_server(tmp_path: Path) -> None:
    """The same in a process that has nothing of Spark but its address, and no Java."""
    file, quiet = engines.many(tmp_path), {"JAVA_HOME": "", "PYTHONWARNINGS": "ignore"}
    expected = run("evaluate", file, "--format", "json", "--by", "district")
    faults = ROOT / "sample_data" / "2024-faults"
    expected_of_faults = run("evaluate", faults, "--format", "json")
    (tmp_path / "server").mkdir()
    with server(tmp_path / "server") as address:
        words = ("--engine", "spark", "--format", "json", "--verbose")
        ran = spawn("evaluate", file, "--by", "district", *words, env={**quiet, "SPARK_REMOTE": address})
        of_faults = spawn("evaluate", faults, *words, env={**quiet, "SPARK_REMOTE": address})
    assert "198 rows counted by Spark" in ran.err, ran.err
    assert (ran.code, ran.out) == (expected.code, expected.out)
    assert (of_faults.code, of_faults.out) == (expected_of_faults.code, expected_of_faults.out), of_faults.err


# without


@pytest.mark.parametrize(("lang", "said"), [("en", "install Java 17"), ("vi", "cài Java 17")])
def test_without_java(lang: str, said: str, tmp_path: Path) -> None:
    ran = spawn("evaluate", engines.many(tmp_path, 3), "--engine", "spark", "--lang", lang, env={"PATH": ""})
    assert ran.code == 2
    assert said in " ".join(ran.err.split())


def test_with_an_old_java(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "JAVA_HOME": str(tmp_path)}
    ran = spawn("evaluate", engines.many(tmp_path, 3), "--engine", "spark", env=env)
    assert ran.code == 2
    assert "is Java 8" in " ".join(ran.err.split())


def test_with_a_java_that_does_not_start(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'no room here' >&2\nexit 1\n")
    java.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "JAVA_HOME": str(tmp_path)}
    ran = spawn("evaluate", engines.many(tmp_path, 3), "--engine", "spark", env=env)
    assert ran.code == 2
    assert "Spark does not start: no room here" in " ".join(ran.err.split())


def test_without_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyspark", "pyspark.sql", "pyspark.errors"):
        monkeypatch.setitem(sys.modules, name, None)
    ran = run("evaluate", engines.many(tmp_path, 3), "--engine", "spark")
    assert ran.code == 2
    assert "pip install 'kpi-check[spark]'" in " ".join(ran.err.split())


# processes of their own


def environment() -> dict[str, str]:
    return {**ENVIRONMENT, "PATH": os.environ["PATH"], "JAVA_HOME": os.environ.get("JAVA_HOME", "")}


def test_a_session_that_is_made_is_quiet_and_leaves_nothing(tmp_path: Path) -> None:
    file, folder, temporary = engines.many(tmp_path), tmp_path / "here", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    env = {**environment(), "TMPDIR": str(temporary)}
    ran = spawn("evaluate", file, "--engine", "spark", "--format", "json", "--memory", "1GB", env=env, cwd=folder)
    expected = run("evaluate", file, "--format", "json")
    assert (ran.code, ran.out, ran.err) == (expected.code, expected.out, "")
    assert list(folder.iterdir()) == []


def documented() -> str:
    """The script that the documentation gives to spark-submit."""
    page = (ROOT / "docs" / "spark.md").read_text("utf-8")
    return textwrap.dedent(page.partition("cat > judge.py <<'END'\n")[2].partition("    END")[0])


def test_the_documented_script_runs_under_spark_submit(tmp_path: Path) -> None:
    script = tmp_path / "judge.py"
    script.write_text(documented(), "utf-8")
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    words = [word for name, value in SMALL.items() for word in ("--conf", f"{name}={value}")]
    env = {**environment(), "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    file, report = engines.many(tmp_path), tmp_path / "report.json"
    asked = [str(script), "evaluate", str(file), "--engine", "spark", "--output", str(report), "--verbose"]
    ran = subprocess.run([str(submit), *words, *asked], env=env, cwd=tmp_path, capture_output=True, text=True)
    expected = run("evaluate", file, "--output", tmp_path / "expected.json")
    assert "198 rows counted by Spark" in ran.stdout, ran.stderr[-3000:]
    assert ran.returncode == expected.code
    assert report.read_bytes() == (tmp_path / "expected.json").read_bytes()


def test_it_is_never_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    made = engines.written([table(*(row(unit_code=f"U{i}") for i in range(30)))], tmp_path)
    monkeypatch.setattr(base, "AUTO_BYTES", 10)
    assert engines.said(shipped(), made, "auto") == engines.said(shipped(), made, "plain")
