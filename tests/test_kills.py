"""However a run ends, no temporary file outlives the next one, and no part of a report is taken for a whole one."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

import kpi_check
from command import ENVIRONMENT, ROOT
from kpi_check.renderers import RENDERERS
from returns import FIELDS, row

GOOD = ROOT / "sample_data" / "2024" / "tuy-phuoc.csv"
YEAR = ROOT / "sample_data" / "2024"
PROGRAM = (str(Path(sys.executable).with_name("kpi-check")),)
# The program, with so little memory for DuckDB that it puts rows aside on the disk.
SQUEEZED = """
import duckdb
connect = duckdb.connect
duckdb.connect = lambda *names, config: connect(*names, config={**config, "memory_limit": "30MB", "threads": 2})
"""
# The program, with a file that shows that it has begun: what comes before is Python's.
BEGUN = """
import os
from kpi_check import ended
ended.listen()
open(os.path.join(os.environ["TMPDIR"], "begun"), "x").close()
"""
MAIN = "\nfrom kpi_check.__main__ import main\nmain()"
TOLD = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def python(code: str) -> tuple[str, ...]:
    """The program, after some code."""
    return (sys.executable, "-c", code + MAIN)


class Place(NamedTuple):
    """Where a run writes: a folder for reports, and one for what is temporary."""

    out: Path
    temporary: Path

    @property
    def reports(self) -> tuple[Path, Path]:
        return self.out / "report.json", self.out / "report.txt"

    @property
    def outputs(self) -> list[str]:
        return [word for path in self.reports for word in ("--output", str(path))]

    def environment(self, *passed_on: str) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if name.startswith(("PATH", *passed_on))}
        return {**kept, **ENVIRONMENT, "LC_ALL": "C.UTF-8", "LANG": "", "TMPDIR": str(self.temporary)}

    def start(
        self, words: Sequence[object], program: Sequence[str] = PROGRAM, *passed_on: str
    ) -> subprocess.Popen[bytes]:
        """Start the program in a group of processes of its own.

        Coverage is not measured in it unless its settings are passed on: a signal that comes while coverage holds its
        lock leaves it held, and the process waits for itself.
        """
        return subprocess.Popen(
            [*program, *map(str, words)],
            env=self.environment(*passed_on),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *words: object, program: Sequence[str] = PROGRAM) -> subprocess.CompletedProcess[bytes]:
        process = self.start(words, program, "COV")
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def left(self) -> list[Path]:
        """What is there beside reports."""
        return sorted({*self.out.iterdir(), *self.temporary.iterdir()} - {*self.reports})

    def begin(self, words: Sequence[object], program: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start the program, and return when it has begun."""
        process, begun = self.start(words, program), self.temporary / "begun"
        while not begun.exists():
            assert process.poll() is None
            time.sleep(0.001)
        begun.unlink()
        return process

    def contents(self) -> list[bytes]:
        return [path.read_bytes() for path in self.reports]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "out", tmp_path / "temporary")
    for folder in made:
        folder.mkdir()
    return made


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150,000 rows."""
    path = tmp_path_factory.mktemp("big") / "big.csv"
    line = ",".join(row(unit_code="@", district_code="#"))
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(FIELDS) + "\n")
        stream.writelines(line.replace("@", f"U{i:07}").replace("#", f"D{i % 14}") + "\n" for i in range(150_000))
    return path


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files enough for several processes."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(400):
        lines = [FIELDS, *(row(unit_code=f"U{number}-{i}", district_code=f"D{number % 14}") for i in range(100))]
        (folder / f"{number:03}.csv").write_text("".join(",".join(line) + "\n" for line in lines), "utf-8")
    return folder


def evaluating(data: Path, place: Place) -> list[object]:
    return ["evaluate", data, "--engine", "duckdb", "--memory", "256MB", *place.outputs]


def by_duckdb(data: Path, place: Place) -> tuple[list[bytes], float]:
    """What a whole run writes to standard output and the reports, and how long it takes."""
    began = time.monotonic()
    ran = place.run(*evaluating(data, place), program=python(SQUEEZED))
    assert (ran.returncode, ran.stderr) == (0, b"")
    return [ran.stdout, *place.contents()], time.monotonic() - began


def has_ended(group: int, within: float = 10) -> bool:
    """Whether every process of a group ends soon."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


# killed


def test_killed_at_any_moment(place: Place, big: Path) -> None:
    new, took = by_duckdb(big, place)
    place.run("evaluate", GOOD, "--quiet", *place.outputs)
    old, kills, spilled = place.contents(), 40, 0
    for kill in range(kills):
        process = place.start(evaluating(big, place), python(SQUEEZED))
        time.sleep(took * kill / kills)
        spilled += any(path.is_file() for path in place.temporary.rglob("duckdb*"))
        process.kill()
        out, _ = process.communicate()
        assert out in (b"", new[0])
        for path, before, after in zip(place.reports, old, new[1:], strict=True):
            assert path.read_bytes() in (before, after)
            path.write_bytes(before)
    assert spilled, "no run was killed while it had rows on the disk"
    assert place.run("evaluate", GOOD, *place.outputs).returncode == 0
    assert place.contents() == old
    assert place.left() == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_killed_while_a_report_is_written(step: str, place: Place) -> None:
    place.run("evaluate", GOOD, "--quiet", *place.outputs)
    old = place.contents()
    killing = f"import os, signal\nos.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)"
    assert place.run("evaluate", YEAR, *place.outputs, program=python(killing)).returncode == -signal.SIGKILL
    assert place.contents() == old
    assert len(place.left()) == 1
    assert place.run("evaluate", YEAR, "--quiet", "--output", place.reports[1]).returncode == 1
    assert place.left() == []
    assert json.loads(old[0])["verdict"] == "met"
    assert place.contents()[0] == old[0]
    assert place.contents()[1] != old[1]


@pytest.mark.parametrize("next_run", [["evaluate", GOOD], ["template"], ["targets", "lint"]])
def test_killed_while_a_workbook_is_made(next_run: list[object], place: Place) -> None:
    killing = "import os, signal, zipfile\nzipfile.ZipFile.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)"
    form = place.out / "form.xlsx"
    assert place.run("template", "--output", form, program=python(killing)).returncode == -signal.SIGKILL
    assert not form.exists()
    assert len(list(place.temporary.iterdir())) == 1
    place.run(*next_run)
    assert list(place.temporary.iterdir()) == []
    assert place.run("template", "--output", form).returncode == 0
    assert list(place.out.iterdir()) == [form]
    assert list(place.temporary.iterdir()) == []


def test_hands_end_when_the_run_is_killed(place: Place, many: Path) -> None:
    for wait in (0.2, 0.3, 0.4, 0.5):
        process = place.start(["evaluate", many, "--engine", "plain"])
        time.sleep(wait)
        process.kill()
        process.communicate()
        assert has_ended(process.pid)


# asked to end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_asked_to_end_at_any_moment(number: signal.Signals, place: Place, big: Path) -> None:
    new, took = by_duckdb(big, place)
    for path in place.reports:
        path.unlink()
    codes, asks = [], 12
    for ask in range(asks):
        process = place.begin(evaluating(big, place), python([SQUEEZED + BEGUN, BEGUN][ask % 2]))
        time.sleep(took * ask / asks)
        process.send_signal(number)
        codes.append(ends_tidily(process, number, place, new))
    assert codes.count(TOLD[number]) >= asks // 2, codes


def ends_tidily(process: subprocess.Popen[bytes], number: signal.Signals, place: Place, new: list[bytes]) -> int:
    """The exit code of a run that was asked to end; fails if anything is left of it."""
    out, err = process.communicate(timeout=20)
    # Where there is no more to tidy, the system ends it.
    assert process.returncode in (TOLD[number], 0) or (process.returncode, out) == (-number, new[0])
    assert err == b""
    assert out in (b"", new[0])
    for path, whole in zip(place.reports, new[1:], strict=True):
        if path.exists():
            assert path.read_bytes() == whole
            path.unlink()
    assert place.left() == []
    assert has_ended(process.pid)
    return int(process.returncode)


@pytest.mark.parametrize(
    ("number", "everyone"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, True)], ids=str
)
def test_hands_are_asked_to_end(number: signal.Signals, everyone: bool, place: Place, many: Path) -> None:
    words = ["evaluate", many, "--engine", "plain", *place.outputs]
    new = [place.run(*words).stdout, *place.contents()]
    for path in place.reports:
        path.unlink()
    codes = []
    for wait in (0, 0.1, 0.15, 0.2, 0.25, 0.3):
        process = place.begin(words, python(BEGUN))
        time.sleep(wait)
        (os.killpg if everyone else os.kill)(process.pid, number)
        codes.append(ends_tidily(process, number, place, new))
    assert TOLD[number] in codes


def test_who_ignores_a_signal_goes_on(place: Place, many: Path) -> None:
    ignoring = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)"
    process = place.start(["evaluate", many, "--engine", "plain"], python(ignoring))
    time.sleep(0.4)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    assert process.returncode == 0


# two at the same time


def stopped(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process stops itself."""
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    return os.WIFSTOPPED(status)


def test_a_run_leaves_alone_what_another_has_on_the_disk(
    place: Place, big: Path, request: pytest.FixtureRequest
) -> None:
    new, _ = by_duckdb(big, place)
    # It stops before a report gets its name.
    stopping = """
import os, signal
replace = os.replace
os.replace = lambda *names: (os.kill(os.getpid(), signal.SIGSTOP), replace(*names))
"""
    # The first run keeps its folder to the end, as if it had not let go of it.
    keeping = "\nfrom kpi_check import scratch\nscratch.Scratch.close = lambda *_: None"
    for path in place.reports:
        path.unlink()
    process = place.start(evaluating(big, place), python(SQUEEZED + stopping + keeping))
    request.addfinalizer(process.kill)
    assert stopped(process)
    held = place.left()
    assert len(held) == 2
    assert place.run("evaluate", GOOD, *place.outputs).returncode == 0
    assert place.run(*evaluating(big, place), program=python(SQUEEZED)).returncode == 0
    assert place.left() == held
    assert place.contents() == new[1:]
    for path in place.reports:
        path.unlink()
    process.send_signal(signal.SIGCONT)
    assert stopped(process)  # at the second report
    process.send_signal(signal.SIGCONT)
    process.communicate()
    assert process.returncode == 0
    assert place.contents() == new[1:]
    assert len(place.left()) == 1
    place.run("evaluate", GOOD)
    assert place.left() == []


# what is not ours


def test_nothing_is_removed_that_may_be_anyone_elses(place: Place, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("kept")

    def folder(name: str, *inside: str, mode: int = 0o700) -> Path:
        made = place.temporary / name
        made.mkdir(mode)
        made.chmod(mode)
        for file in inside:
            (made / file).write_text("kept") if file != "kept" else (made / file).mkdir()
        return made

    prefix = "kpi-check-scratch-"
    folder("other", "kept")
    folder("kpi-check-own", "kept")
    folder(f"{prefix}mine", "kept")
    folder(f"{prefix}aaaaaaaa", "kept", "notes.txt")
    folder(f"{prefix}bbbbbbbb", "kept", mode=0o755)
    (folder(f"{prefix}cccccccc") / "kept").write_text("kept")
    (folder(f"{prefix}dddddddd") / "kept").symlink_to(kept)
    (place.temporary / f"{prefix}eeeeeeee").symlink_to(folder("linked", "kept"))
    (place.temporary / f"{prefix}ffffffff").write_text("kept")
    (place.out / ".report.json.aaaaaaaa.kpi-check").symlink_to(kept / "file")
    (place.out / ".report.json.bbbbbbbb.kpi-check").mkdir()
    (place.out / ".report.json.cccccccc.part").write_text("kept")
    (place.out / "report.json.dddddddd.kpi-check").write_text("kept")
    if os.geteuid() == 0:
        for path in (folder(f"{prefix}99999999", "kept"), place.out / ".report.json.eeeeeeee.kpi-check"):
            path.exists() or path.write_text("kept")
            os.chown(path, 12345, 12345)
    before = everything(tmp_path)

    dead = folder(f"{prefix}00000000", "kept")
    (dead / "kept" / "link").symlink_to(kept)
    folder(f"{prefix}11111111")
    (place.out / ".report.json.00000000.kpi-check").write_text("cut")
    assert place.run("evaluate", GOOD, *place.outputs).returncode == 0
    for path in place.reports:
        path.unlink()
    assert everything(tmp_path) == before


def everything(folder: Path) -> dict[str, object]:
    return {
        str(path): path.read_text() if stat.S_ISREG(path.lstat().st_mode) else path.lstat().st_mode
        for path in sorted(folder.rglob("*"))
    }


# no room


LIMITED = """
import atexit, resource
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, most))
atexit.register(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))
"""


@pytest.mark.parametrize(
    "words", [("evaluate", GOOD), ("template",), ("targets", "lint"), ("--help",), ("series", GOOD)]
)
def test_standard_output_is_full(words: tuple[object, ...], place: Place) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, *map(str, words)], stdout=full, stderr=subprocess.PIPE, env=place.environment(), check=False
        )
    assert done.returncode == 2
    assert b"cannot be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") <= 2


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_the_disk_of_a_report_is_full(size: int, place: Place) -> None:
    place.run("evaluate", GOOD, "--quiet", *place.outputs)
    old = place.contents()
    ran = place.run("evaluate", YEAR, *place.outputs, program=python(LIMITED.format(size=size)))
    assert ran.returncode == 2
    assert f"{place.reports[0]}: cannot be written: File too large".encode() in ran.stderr
    assert ran.stdout == b""
    assert place.contents() == old
    assert place.left() == []


def test_the_disk_of_a_form_is_full(place: Place) -> None:
    form = place.out / "form.xlsx"
    ran = place.run("template", "--output", form, program=python(LIMITED.format(size=1000)))
    assert ran.returncode == 2
    assert f"{form}: cannot be written: File too large".encode() in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert b"bug" not in ran.stderr
    assert place.left() == []


def test_the_disk_for_rows_put_aside_is_full(place: Place, big: Path) -> None:
    new, _ = by_duckdb(big, place)
    limited = python(SQUEEZED + LIMITED.format(size=300_000))
    ran = place.run(*evaluating(big, place), "--verbose", program=limited)
    assert ran.returncode == 0
    assert ran.stderr.splitlines() == [b"engine: duckdb", b"engine: plain"]
    assert place.contents() == new[1:]
    assert place.left() == []


def test_there_is_no_folder_for_what_is_temporary(place: Place, big: Path) -> None:
    new, _ = by_duckdb(big, place)
    limited = python(SQUEEZED + "import os\nmkdir = os.mkdir\ndef full(*_): raise OSError(28, 'full')\nos.mkdir = full")
    ran = place.run(*evaluating(big, place), "--verbose", program=limited)
    assert ran.returncode == 0
    assert ran.stderr.splitlines() == [b"engine: duckdb", b"engine: plain"]
    assert place.contents() == new[1:]


# nobody reads


def shell(command: str, place: Place) -> tuple[int, bytes, bytes]:
    """What a command of the shell's comes to; `kpi` is the program."""
    text = f"set -o pipefail; kpi() {{ '{PROGRAM[0]}' \"$@\"; }}; {command}"
    done = subprocess.run(["bash", "-c", text], capture_output=True, env=place.environment(), timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [*(f"evaluate {YEAR} --format {name}" for name in RENDERERS), "template", "--help"])
def test_the_reader_goes_away(words: str, place: Place) -> None:
    code, _, err = shell(f"(sleep 0.01; kpi {words}) | true", place)
    assert (code, err) == (2, b"")


@pytest.mark.parametrize(("data", "verdict"), [(GOOD, 0), (YEAR, 1), ("gone.csv", 2)])
def test_closed_streams(data: object, verdict: int, place: Place) -> None:
    words = f"evaluate {data}"
    whole = shell(f"kpi {words}", place)[1]
    assert shell(f"kpi {words} 2>&-", place) == (verdict, whole, b"")
    assert shell(f"kpi {words} 2>/dev/full", place) == (verdict, whole, b"")
    code, _, err = shell(f"kpi {words} >&-", place)
    assert code == 2
    assert err.startswith(b"kpi-check: ")
    assert b"Traceback" not in err
    assert shell(f"kpi {words} >&- 2>&-", place) == (2, b"", b"")
    quiet = f"kpi {words} --quiet --output {place.reports[0]} <&- >&- 2>&-"
    assert shell(quiet, place) == (verdict, b"", b"")
    if verdict != 2:
        assert json.loads(place.reports[0].read_bytes())["schema"] == "kpi-check/report/1"


def test_messages_that_cannot_be_written(place: Place) -> None:
    for to in ("2>&-", "2>/dev/full"):
        assert shell(f"kpi evaluate {GOOD} --nonsense {to}", place)[:2] == (2, b"")
        assert shell(f"kpi nonsense {to}", place)[:2] == (2, b"")
        assert shell(f"kpi evaluate {GOOD} --verbose {to} >/dev/full", place)[:2] == (2, b"")


# cut short


def cuts(text: bytes) -> list[int]:
    """Where a text is cut: everywhere near its ends, and at many places between."""
    whole = len(text.rstrip())
    return sorted({*range(0, whole, 97), *range(100), *range(whole - 100, whole)})


def test_no_part_of_a_report_is_taken_for_a_whole_one(tmp_path: Path) -> None:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    report = kpi_check.evaluate(plan, GOOD)
    path = tmp_path / "report.json"
    text = (json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n").encode()
    for end in cuts(text):
        path.write_bytes(text[:end])
        for refused in (lambda: kpi_check.evaluate(plan, path), lambda: kpi_check.compare(plan, GOOD, path)):
            with pytest.raises(kpi_check.InputError) as raised:
                refused()
            assert str(path) in str(raised.value)
            assert raised.value.hint is not None
    path.write_bytes(text)
    assert kpi_check.evaluate(plan, path).verdict == report.verdict


def test_no_part_of_a_report_reads_as_json_or_xml(place: Place) -> None:
    for command in ("evaluate", "series", "compare"):
        words = [GOOD, GOOD] if command == "compare" else [GOOD]
        text = place.run(command, *words, "--format", "json").stdout
        assert json.loads(text)
        for end in cuts(text):
            with pytest.raises(ValueError, match=r"."):
                json.loads(text[:end])
    xml = place.run("evaluate", GOOD, "--format", "junit").stdout
    assert ET.fromstring(xml) is not None
    for end in cuts(xml):
        with pytest.raises(ET.ParseError):
            ET.fromstring(xml[:end])


def test_a_report_that_was_cut_is_refused(place: Place) -> None:
    (json_report, _) = place.reports
    place.run("evaluate", GOOD, "--output", json_report)
    json_report.write_bytes(json_report.read_bytes()[:-100])
    for words in (
        ["evaluate", json_report],
        ["validate", json_report],
        ["series", json_report],
        ["compare", GOOD, json_report],
    ):
        ran = place.run(*words)
        assert (ran.returncode, ran.stdout) == (2, b"")
        assert str(json_report).encode() in ran.stderr
        assert b"bug" not in ran.stderr
