"""Files that overlap: the same unit in two files, the same file twice, and `--latest`."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kpi_check
from command import ROOT
from kpi_check.report import Report
from returns import shipped

SAMPLE = ROOT / "sample_data" / "2024"
DAY = 86_400


def returns(folder: Path, name: str, text: str, day: int) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    os.utime(path, (day * DAY, day * DAY))
    return path


def lines(name: str = "van-canh") -> list[str]:
    return (SAMPLE / f"{name}.csv").read_text("utf-8").splitlines(keepends=True)


def figures(report: Report) -> tuple[object, ...]:
    return report.targets, report.verdict, report.units, report.issue_codes


def test_a_unit_in_two_files_is_an_error_that_names_both(tmp_path: Path) -> None:
    text = lines()
    returns(tmp_path, "first.csv", "".join(text), 1)
    returns(tmp_path, "second.csv", text[0] + text[3], 2)
    report = kpi_check.evaluate(shipped(), tmp_path)
    (issue,) = [issue for issue in report.issues if issue.code == "duplicate-key"]
    assert (Path(issue.file or "").name, issue.row) == ("second.csv", 2)
    assert "first.csv, row 4" in issue.message
    assert any(target.unknown for target in report.targets)


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_the_latest_counts(tmp_path: Path, names: tuple[str, str]) -> None:
    """Whatever the files are called: by when they were changed."""
    text = lines()
    corrected = text[3].replace("Hoàn thành xuất sắc nhiệm vụ", "Không hoàn thành nhiệm vụ")
    assert corrected != text[3]
    returns(tmp_path, names[0], "".join(text), 1)
    later = returns(tmp_path, names[1], text[0] + corrected, 2)
    report = kpi_check.evaluate(shipped(), tmp_path, latest=True)
    whole = returns(tmp_path, "whole.csv", "".join([*text[:3], corrected, *text[4:]]), 3)
    expected = kpi_check.evaluate(shipped(), whole)
    assert report.targets == expected.targets
    (issue,) = report.issues
    assert issue.code == "set-aside"
    assert Path(issue.file or "").name == names[0]
    assert str(later) in issue.message
    assert text[3].split(",")[3] in issue.message


def test_files_of_one_second_are_not_settled(tmp_path: Path) -> None:
    text = lines()
    returns(tmp_path, "a.csv", "".join(text), 1)
    returns(tmp_path, "b.csv", text[0] + text[3] + text[4], 1)
    report = kpi_check.evaluate(shipped(), tmp_path, latest=True)
    assert report.issue_codes == {"duplicate-key": 2}


def test_a_unit_twice_in_the_latest_is_not_settled(tmp_path: Path) -> None:
    text = lines()
    returns(tmp_path, "a.csv", "".join(text), 1)
    returns(tmp_path, "b.csv", text[0] + text[3] + text[3], 2)
    assert kpi_check.evaluate(shipped(), tmp_path, latest=True).issue_codes == {"duplicate-key": 2}


def test_faults_of_what_is_set_aside_are_not_told(tmp_path: Path) -> None:
    text = lines()
    broken = text[3].replace("Hoàn thành xuất sắc nhiệm vụ", "Tot lam")
    assert broken != text[3]
    returns(tmp_path, "a.csv", "".join([*text[:3], broken, *text[4:]]), 1)
    returns(tmp_path, "b.csv", text[0] + text[3], 2)
    report = kpi_check.evaluate(shipped(), tmp_path, latest=True)
    assert report.issue_codes == {"set-aside": 1}
    assert report.targets == kpi_check.evaluate(shipped(), SAMPLE / "van-canh.csv").targets


def test_identical_files_are_read_once(tmp_path: Path) -> None:
    text = "".join(lines())
    first, second = returns(tmp_path, "a.csv", text, 1), returns(tmp_path, "b.csv", text, 2)
    report = kpi_check.evaluate(shipped(), [second, first])
    (issue,) = report.issues
    assert (issue.code, issue.severity, issue.file) == ("identical-file", "info", str(second))
    assert str(first) in issue.message
    assert report.targets == kpi_check.evaluate(shipped(), SAMPLE / "van-canh.csv").targets
    assert [file.path for file in report.inputs] == [str(first)]


PROCESSES = """
import json, sys
from kpi_check import cli, evaluation, load_plan, named
named._MUCH = 1
plan, (folder, number) = load_plan(sys.argv[1]), sys.argv[2:]
try:
    report = evaluation.evaluate(plan, folder, by="district", processes=int(number))
    print(json.dumps([named.worth(named.sources_of(folder)[0]), report.as_dict()]))
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


def by_processes(folder: Path, number: int) -> list[object]:
    command = [sys.executable, "-c", PROCESSES, str(ROOT / "targets.yaml"), str(folder), str(number)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    found: list[object] = json.loads(done.stdout)
    return found


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="files are read by one process there")
def test_more_processes_say_the_same(tmp_path: Path) -> None:
    """Many files, some with faults and a unit in two of them, read by one process and by several."""
    for path in [*SAMPLE.iterdir(), ROOT / "sample_data" / "2024-faults" / "van-canh.csv"]:
        (tmp_path / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    one = by_processes(tmp_path, 1)
    assert one[0] == 15
    assert one == by_processes(tmp_path, 2) == by_processes(tmp_path, 4)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="files are read by one process there")
def test_the_first_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path in SAMPLE.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "hoai-an.csv").write_bytes(b"%PDF-1.4")
    (tmp_path / "an-nhon.csv").write_bytes(b"PK\x03\x04")
    one = by_processes(tmp_path, 1)
    assert one[0] == "InputError"
    assert "an-nhon.csv" in str(one[1])
    assert one == by_processes(tmp_path, 2) == by_processes(tmp_path, 5)


KILLED = """
import os, signal
from kpi_check.engines.hands import all_hands
from kpi_check.errors import KpiCheckError

def work(hand, after_each):
    after_each()
    if hand:
        os.kill(os.getpid(), signal.SIGKILL)
    return hand

try:
    all_hands(work, 2, lambda: None)
except KpiCheckError as error:
    print(error)
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="files are read by one process there")
def test_a_process_that_is_killed_is_told() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False, timeout=60)
    assert "one of the processes that read the files was stopped" in done.stdout
    assert done.stderr == ""


def test_a_file_of_the_year_1970_has_a_time_like_any_other(tmp_path: Path) -> None:
    text = lines()
    returns(tmp_path, "a.csv", "".join(text), 0)
    returns(tmp_path, "b.csv", text[0] + text[3], 0)
    report = kpi_check.evaluate(shipped(), tmp_path, latest=True)
    assert report.issue_codes == {"duplicate-key": 1}


def test_going_back_to_an_earlier_version_counts(tmp_path: Path) -> None:
    """The newest file is a copy of the oldest."""
    text = lines()
    corrected = text[3].replace("Hoàn thành xuất sắc nhiệm vụ", "Không hoàn thành nhiệm vụ")
    first = returns(tmp_path, "a.csv", "".join(text), 1)
    returns(tmp_path, "b.csv", "".join([*text[:3], corrected, *text[4:]]), 2)
    returns(tmp_path, "c.csv", "".join(text), 3)
    report = kpi_check.evaluate(shipped(), tmp_path, latest=True)
    assert report.targets == kpi_check.evaluate(shipped(), first).targets


@pytest.mark.parametrize("broken", [",\n", "code"])
def test_nothing_is_settled_where_nobody_knows_whose_a_row_is(tmp_path: Path, broken: str) -> None:
    """A row of the later file may be the correction of any of the earlier."""
    text = lines()
    row = text[3].rstrip("\n") + broken if broken != "code" else text[3].replace("VC-002", "")
    assert row != text[3]
    returns(tmp_path, "a.csv", "".join(text), 1)
    returns(tmp_path, "b.csv", text[0] + row + text[4], 2)
    with pytest.raises(kpi_check.InputError, match=r"b\.csv, row 2: nobody can tell which unit this is"):
        kpi_check.evaluate(shipped(), tmp_path, latest=True)


def test_units_of_many_rows_are_not_settled() -> None:
    plan = kpi_check.load_plan(ROOT / "sample_data" / "staff" / "targets.yaml")
    with pytest.raises(kpi_check.UsageError, match="may span many rows"):
        kpi_check.evaluate(plan, ROOT / "sample_data" / "staff" / "2025", latest=True)


CHANGED = """
import sys
from kpi_check import evaluation, load_plan, named, opened
from pathlib import Path
named._MUCH = 1
plan, folder, processes = load_plan(sys.argv[1]), sys.argv[2], int(sys.argv[3])
victim = Path(folder, "b.csv")
seen = opened.Tables.dealt

def dealt(self, hands):
    victim.write_text("".join(victim.read_text("utf-8").splitlines(keepends=True)[:5]), "utf-8")
    return seen(self, hands)

opened.Tables.dealt = dealt
try:
    report = evaluation.evaluate(plan, folder, processes=processes, roster=sys.argv[4])
    print(report.verdict)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="files are read by one process there")
def test_a_file_that_changes_between_two_readings_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name, district in (("a", "van-canh"), ("b", "an-lao")):
        (folder / f"{name}.csv").write_bytes((SAMPLE / f"{district}.csv").read_bytes())
    roster = ROOT / "sample_data" / "roster.csv"
    command = [sys.executable, "-c", CHANGED, str(ROOT / "targets.yaml"), str(folder), "2", str(roster)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("InputError")
    assert "changed while it was read" in done.stdout


ORPHANS = """
import os, signal, time
from kpi_check.engines.hands import all_hands

def work(hand, after_each):
    os.write(1, b"%d\\n" % os.getpid())  # at once, however Python buffers
    while True:
        time.sleep(0.05)
        after_each()

def stop():
    os.kill(os.getpid(), signal.SIGKILL)

all_hands(work, 2, stop)
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="files are read by one process there")
def test_no_process_outlives_the_one_that_asked() -> None:
    """Else whoever waits for the end of its output waits for ever."""
    done = subprocess.run([sys.executable, "-c", ORPHANS], capture_output=True, text=True, check=False, timeout=20)
    assert len(done.stdout.split()) == 2
