"""The command line: exit codes, streams, files, languages, and errors that say what to do."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import kpi_check
from command import ENVIRONMENT, ROOT, run, spawn
from kpi_check import cli, evaluation
from kpi_check.locale import from_environment
from kpi_check.renderers import ENDINGS, RENDERERS

PLAN = ROOT / "targets.yaml"
SAMPLE = ROOT / "sample_data"
GOOD = SAMPLE / "2024" / "tuy-phuoc.csv"
SHORT = SAMPLE / "2024" / "phu-my.csv"
FAULTY = SAMPLE / "2024-faults"
HALF = SAMPLE / "2024-H1"


def write(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


class TestExitCodes:
    def test_met(self) -> None:
        assert run("evaluate", GOOD).code == 0

    def test_not_met(self) -> None:
        assert run("evaluate", SHORT).code == 1

    def test_nothing_due(self) -> None:
        assert run("evaluate", HALF).code == 0

    def test_errors_in_the_data(self) -> None:
        assert run("evaluate", FAULTY).code == 1

    def test_errors_in_the_data_though_every_target_is_met(self, tmp_path: Path) -> None:
        lines = GOOD.read_text("utf-8").splitlines()
        fields = lines[-1].split(",")
        cell = lines[0].split(",").index("Tổng số đoàn viên")
        fields[cell] = "nhiều"
        path = write(tmp_path, "\n".join([*lines[:-1], ",".join(fields)]))
        report = tmp_path / "report.json"
        assert run("evaluate", path, "--output", report).code == 1
        told = json.loads(report.read_text("utf-8"))
        assert told["verdict"] == "met"
        assert told["issue_count"]["error"] == 1

    @pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1)])
    def test_warnings(self, tmp_path: Path, fail_on: str, code: int) -> None:
        path = write(tmp_path, GOOD.read_text("utf-8").replace("2024,", "2019,"))
        assert run("evaluate", path, "--fail-on", fail_on).code == code

    @pytest.mark.parametrize("text", ["", "\n\n", "period,unit_code\n", "Ghi chú\nx\n"])
    def test_an_empty_or_headerless_input_is_never_0(self, tmp_path: Path, text: str) -> None:
        assert run("evaluate", write(tmp_path, text), "--period", "2024").code == 1
        assert run("evaluate", "-", "--period", "2024-H1", stdin=text.encode()).code == 1

    @pytest.mark.parametrize(
        "words",
        [
            ("evaluate",),
            ("evaluate", "no-such-file.csv"),
            ("evaluate", GOOD, "--format", "jsn"),
            ("evaluate", GOOD, "--by", "distrct"),
            ("evaluate", GOOD, "--period", "2024-H3"),
            ("evaluate", GOOD, "--limit", "many"),
            ("evaluate", GOOD, "--output", "report.docx"),
            ("evaluate", GOOD, "--output", "/no/such/folder/report.json"),
            ("evaluate", GOOD, "--targets", "no-such-plan.yaml"),
            ("evaluate", GOOD, "--lang", "fr"),
            ("evaluate", GOOD, SAMPLE / "2025" / "tuy-phuoc.csv"),
            ("evaluate", PLAN),
            ("evaluate", ROOT / "src"),
            ("targets", "lint", GOOD),
            ("nonsense",),
        ],
    )
    def test_could_not_run(self, words: tuple[object, ...]) -> None:
        ran = run(*words)
        assert ran.code == 2
        assert not ran.out
        assert ran.err
        assert "Traceback" not in ran.err
        assert "bug" not in ran.err


class TestErrorsSayWhatToDo:
    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("evaluate", GOOD, "--format", "jsn"), ["jsn", "did you mean json?"]),
            (("evaluate", GOOD, "--by", "distrct"), ["distrct", "did you mean district?"]),
            (("evaluate", GOOD, "--output", "r.jsno"), ["r.jsno", "did you mean .json?"]),
            (("evaluate", GOOD, "--output", "r"), ["known endings: .txt, .json, .xml"]),
            (("evaluate", ROOT / "Makefile"), ["Makefile", "known endings: .xlsx"]),
            (("evaluate", GOOD, "--period", "H1-2024"), ["H1-2024", "2024-H1"]),
            (("evaluate", SAMPLE / "2024", SAMPLE / "2025"), ["2 periods: 2024, 2025", "--period 2024"]),
            (("evaluate", "gone.csv"), ["gone.csv", "No such file"]),
            (("evaluate", ROOT / "src"), ["no file in this folder can be read", ".csv, .tsv, .txt"]),
        ],
    )
    def test_in_words(self, words: tuple[object, ...], says: list[str]) -> None:
        err = run(*words).err
        assert all(text in err for text in says), err

    def test_a_mistyped_ending(self, tmp_path: Path) -> None:
        assert "did you mean .csv?" in run("evaluate", write(tmp_path, "", "data.cvs")).err

    def test_in_vietnamese(self) -> None:
        assert "không phải là kỳ" in run("evaluate", GOOD, "--period", "H1", "--lang", "vi").err

    def test_a_bug_is_named_and_asks_for_a_report(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("oh \x1b[31m")

        monkeypatch.setattr(evaluation, "build_report", broken)
        ran = run("evaluate", GOOD)
        assert ran.code == 2
        assert not ran.out
        assert "bug" in ran.err
        assert "ZeroDivisionError" in ran.err
        assert "please report it" in ran.err
        assert "\x1b" not in ran.err
        assert "Traceback" not in ran.err


class TestInputs:
    def test_standard_input(self) -> None:
        ran = run("evaluate", "-", "--format", "json", stdin=GOOD.read_bytes())
        assert ran.code == 0
        assert json.loads(ran.out)["inputs"][0]["path"] == "-"

    def test_standard_input_with_a_doubled_key_is_read_twice(self) -> None:
        data = GOOD.read_bytes()
        ran = run("evaluate", "-", "--format", "json", stdin=data + data.splitlines()[-1] + b"\n")
        told = json.loads(ran.out)
        assert [i["code"] for i in told["issues"]] == ["duplicate-key"]
        assert told["targets"][0]["unknown"] == 1

    def test_a_folder_is_its_files_and_names_what_it_passed_over(self, tmp_path: Path) -> None:
        for name in ("a.csv", "b.xyz", ".hidden.csv"):
            (tmp_path / name).write_bytes(GOOD.read_bytes())
        told = json.loads(run("evaluate", tmp_path, "--format", "json").out)
        assert [i["path"] for i in told["inputs"]] == [str(tmp_path / "a.csv")]
        assert [(i["code"], i["file"]) for i in told["issues"]] == [("file-not-read", str(tmp_path / "b.xyz"))]

    def test_a_file_named_twice_is_read_once_and_said(self) -> None:
        told = json.loads(run("evaluate", GOOD, GOOD.parent / "." / GOOD.name, "--format", "json").out)
        assert len(told["inputs"]) == 1
        assert [i["code"] for i in told["issues"]] == ["file-named-twice"]
        assert told["verdict"] == "met"

    def test_rows_of_other_periods_are_left_out_and_counted(self) -> None:
        told = json.loads(run("evaluate", SAMPLE / "2024", SAMPLE / "2025", "--period", "2024", "--format", "json").out)
        alone = json.loads(run("evaluate", SAMPLE / "2024", "--format", "json").out)
        assert told["targets"] == alone["targets"]
        (issue,) = told["issues"]
        assert issue["code"] == "other-periods"
        assert "1,047" in issue["message"]

    def test_the_plan_in_the_working_folder_comes_before_the_shipped_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert "130/KH-LĐLĐ" in run("targets", "show").out
        write(tmp_path, PLAN.read_text("utf-8").replace("130/KH-LĐLĐ", "7/KH"), "targets.yaml")
        assert "Plan 7/KH" in run("targets", "show").out

    def test_the_shipped_plan_is_the_one_at_the_top(self, tmp_path: Path) -> None:
        ran = spawn("evaluate", GOOD, "--format", "json", cwd=tmp_path)
        here = spawn("evaluate", GOOD, "--format", "json", "--targets", PLAN)
        assert ran == here


class TestOutputs:
    def test_files_in_the_format_of_their_ending(self, tmp_path: Path) -> None:
        files = [tmp_path / f"report{ending}" for ending in ENDINGS]
        ran = run("evaluate", SHORT, *(word for f in files for word in ("--output", f)))
        assert "NOT MET" in ran.out
        assert json.loads((tmp_path / "report.json").read_text("utf-8"))["verdict"] == "not_met"
        assert "NOT MET" in (tmp_path / "report.txt").read_text("utf-8")
        assert (tmp_path / "report.xml").read_bytes().startswith(b"<?xml")
        assert sorted(tmp_path.iterdir()) == sorted(files)

    def test_quiet(self, tmp_path: Path) -> None:
        ran = run("evaluate", SHORT, "--quiet", "--output", tmp_path / "r.json")
        assert (ran.code, ran.out, ran.err) == (1, "", "")
        assert (tmp_path / "r.json").exists()

    def test_a_failed_run_leaves_an_earlier_report_as_it_was(self, tmp_path: Path) -> None:
        report = write(tmp_path, "earlier", "report.json")
        assert run("evaluate", "no-such.csv", "--output", report).code == 2
        assert report.read_text("utf-8") == "earlier"

    def test_a_file_is_written_whole_or_not_at_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        report = write(tmp_path, "earlier", "report.json")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        ran = run("evaluate", SHORT, "--output", report)
        assert ran.code == 2
        assert "No space left on device" in ran.err
        assert report.read_text("utf-8") == "earlier"
        assert list(tmp_path.iterdir()) == [report]

    def test_nobody_reads_on(self) -> None:
        program = Path(sys.executable).with_name("kpi-check")
        command = f"'{program}' evaluate '{SAMPLE}/2024' --format json --limit all --by unit | head -c 10; echo '|'${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            env={**os.environ, **ENVIRONMENT, "LC_ALL": "C.UTF-8"},
            check=False,
        )
        assert done.stdout.decode().strip().rpartition("|")[2] == "2"
        assert not done.stderr

    @pytest.mark.parametrize("name", RENDERERS)
    def test_every_format(self, name: str) -> None:
        ran = run("evaluate", FAULTY, "--format", name)
        assert ran.code == 1
        assert len(ran.out) > 1000

    def test_limit(self) -> None:
        told = json.loads(run("evaluate", SAMPLE / "2024", FAULTY, "--format", "json", "--limit", "3").out)
        assert len(told["issues"]) == 3
        assert told["issue_count"]["error"] > 3
        assert max(len(t["failing"]) for t in told["targets"]) == 3
        everything = json.loads(run("evaluate", SAMPLE / "2024", FAULTY, "--format", "json", "--limit", "all").out)
        assert [t["failing"][:3] for t in everything["targets"]] == [t["failing"] for t in told["targets"]]
        assert all(len(t["failing"]) == t["failing_count"] for t in everything["targets"])


class TestTerminal:
    def test_no_colour_in_a_pipe(self) -> None:
        assert "\x1b" not in spawn("evaluate", SHORT, env={"NO_COLOR": ""}).out

    @pytest.mark.parametrize(
        ("env", "coloured"), [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
    )
    def test_colour_on_a_terminal(self, env: dict[str, str], coloured: bool) -> None:
        reader, writer = pty.openpty()
        program = str(Path(sys.executable).with_name("kpi-check"))
        process = subprocess.Popen(
            [program, "evaluate", str(SHORT)], stdout=writer, env={**os.environ, **ENVIRONMENT, "NO_COLOR": "", **env}
        )
        os.close(writer)
        seen = b""
        while True:
            try:
                chunk = os.read(reader, 65536)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
        process.wait()
        os.close(reader)
        assert (b"\x1b[" in seen) is coloured

    @pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 300])
    @pytest.mark.parametrize("lang", ["en", "vi"])
    def test_no_line_is_wider_than_the_screen(self, width: int, lang: str) -> None:
        out = run("evaluate", SAMPLE / "2024", "--by", "district", "--lang", lang, env={"COLUMNS": str(width)}).out
        assert max(map(len, out.splitlines())) <= width

    def test_a_screen_of_ascii(self) -> None:
        ran = spawn("evaluate", FAULTY, "--lang", "vi", env={"LC_ALL": "C"})
        assert ran.out.isascii()
        assert "CHUA XAC DINH" in ran.out
        assert "LLDL" not in ran.out

    def test_the_exit_is_the_same_everywhere(self) -> None:
        for env in (
            {"LC_ALL": "C"},
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            {"LC_ALL": "", "LANG": ""},
        ):
            for code, data in ((0, GOOD), (1, SHORT), (2, ROOT / "không có.csv")):
                assert spawn("evaluate", data, env=env).code == code


class TestLanguages:
    @pytest.mark.parametrize(
        ("environment", "code"),
        [
            ({}, "en"),
            ({"LANG": "vi_VN.UTF-8"}, "vi"),
            ({"LANG": "vi"}, "vi"),
            ({"LC_ALL": "C", "LANG": "vi_VN"}, "en"),
            ({"LC_ALL": "", "LC_MESSAGES": "vi_VN", "LANG": "en_US"}, "vi"),
            ({"LANG": "fr_FR.UTF-8"}, "en"),
        ],
    )
    def test_from_the_locale(self, environment: dict[str, str], code: str) -> None:
        assert from_environment(environment) == code

    def test_numbers_as_each_language_writes_them(self) -> None:
        english, vietnamese = (run("evaluate", SAMPLE / "2024", "--lang", lang).out for lang in ("en", "vi"))
        assert "34,658/51,093" in english
        assert "67.83%" in english
        assert "34.658/51.093" in vietnamese
        assert "67,83%" in vietnamese
        assert "< 0,3%" in vietnamese

    def test_help_in_both(self) -> None:
        assert "The verdict on every target." in run("--help").out
        assert "Kết luận về từng chỉ tiêu." in run("--help", "--lang", "vi").out
        assert "Kết luận" in run("evaluate", "--help", env={"LC_ALL": "vi_VN.UTF-8"}).out

    @pytest.mark.parametrize(
        "words", [("--help",), ("evaluate", "--help"), ("targets", "--help"), ("targets", "lint", "-h")]
    )
    def test_help_everywhere(self, words: tuple[str, ...]) -> None:
        ran = run(*words)
        assert ran.code == 0
        assert "Usage: kpi-check" in ran.out


class TestValidate:
    def test_names_the_faults_that_evaluate_names_and_gives_no_verdict(self) -> None:
        told, judged = (json.loads(run(c, FAULTY, "--format", "json").out) for c in ("validate", "evaluate"))
        assert told["verdict"] is None
        assert told["targets"] == []
        assert {**told, "verdict": 0, "targets": 0} == {**judged, "verdict": 0, "targets": 0}

    @pytest.mark.parametrize(("data", "code"), [(SHORT, 0), (FAULTY, 1), (HALF, 0), ("gone.csv", 2)])
    def test_exit_codes(self, data: Path, code: int) -> None:
        assert run("validate", data).code == code

    def test_an_empty_file_is_not_fine(self, tmp_path: Path) -> None:
        assert run("validate", write(tmp_path, "")).code == 1

    @pytest.mark.parametrize("name", RENDERERS)
    def test_every_format(self, name: str) -> None:
        assert run("validate", FAULTY, "--format", name).code == 1
        assert run("validate", GOOD, "--format", name).out

    def test_in_words(self) -> None:
        assert "✓ no error in the data" in run("validate", GOOD).out
        assert "✗ 14 errors to mend" in run("validate", FAULTY).out
        assert "Target" not in run("validate", FAULTY).out

    def test_in_python(self) -> None:
        report = kpi_check.validate(kpi_check.load_plan(PLAN), FAULTY)
        assert report.verdict is None
        assert report.issue_count["error"] == 14


def test_without_words_it_says_what_there_is() -> None:
    ran = spawn()
    assert ran.code == 2
    assert "evaluate" in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "kpi_check", "--version"], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith(b"kpi-check 0.")


def test_version() -> None:
    assert run("--version").out.startswith("kpi-check 0.")


def test_choices_come_from_the_registries() -> None:
    out = run("evaluate", "--help", env={"COLUMNS": "200"}).out
    assert "|".join(RENDERERS) in out
    assert "|".join(cli._engines()) in out


def test_lint_says_that_the_shipped_plan_is_fine() -> None:
    ran = run("targets", "lint", PLAN)
    assert ran.code == 0
    assert "9 targets" in ran.out


def test_schema_is_json() -> None:
    assert json.loads(run("targets", "schema").out)["title"] == "PlanFile"


def test_shell_completion_is_offered() -> None:
    assert "--install-completion" in run("--help").out
