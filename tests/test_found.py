"""What once went wrong, by example; each would have been a wrong verdict, lost data, or a message that misleads."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import kpi_check
from command import ENVIRONMENT, ROOT, run, spawn
from kpi_check.plan_lint import parse_plan
from kpi_check.readers import Source

HOSTILE = Path(__file__).parent / "hostile"
BASE = (HOSTILE / "base.csv").read_text("utf-8")
PLAN = kpi_check.load_plan(ROOT / "targets.yaml")
TEXT = (ROOT / "targets.yaml").read_text("utf-8")


def write(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def codes(report: kpi_check.Report) -> list[str]:
    return sorted(issue.code for issue in report.issues)


def with_last(text: str, *cells: str) -> str:
    """A table with one column more."""
    lines = text.splitlines()
    assert len(lines) == len(cells)
    return "".join(f"{line},{cell}\n" for line, cell in zip(lines, cells, strict=True))


class TestQuotationMarksLeftOpen:
    def test_in_a_column_that_the_plan_does_not_know(self, tmp_path: Path) -> None:
        failed = BASE.splitlines()[2].replace("QN-02", "QN-98").replace(",good,", ",failed,")
        lines = with_last(BASE, "Ghi chú", '"chờ bổ sung', *[""] * 4).splitlines()
        lines[2:2] = [failed + ",x", failed.replace("QN-98", "QN-99") + ',đã gửi"']
        report = kpi_check.evaluate(PLAN, write(tmp_path, "\n".join(lines)))
        assert report.verdict == "undetermined"
        assert "rows-in-cell" in codes(report)

    def test_in_the_header(self, tmp_path: Path) -> None:
        row = BASE.splitlines()[1]
        text = with_last(BASE, f'"Ghi chú\n{row}\n{row},xong"', *[""] * 5)
        report = kpi_check.evaluate(PLAN, write(tmp_path, text))
        assert report.verdict == "undetermined"
        assert "rows-in-cell" in codes(report)

    def test_a_line_break_in_any_cell_is_a_warning(self, tmp_path: Path) -> None:
        text = with_last(BASE, "Ghi chú", '"một\nhai"', *[""] * 4)
        report = kpi_check.evaluate(PLAN, write(tmp_path, text))
        assert report.verdict == "met"
        (issue,) = (i for i in report.issues if i.severity == "warning")
        assert (issue.code, issue.row, issue.column, issue.value) == ("line-break", 2, "U", "một\nhai")


@pytest.mark.parametrize("text", ["", BASE.splitlines()[0] + "\n", "\n\n", "Tên,Số\n"])
def test_a_return_without_rows_is_missing_and_not_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, BASE)
    write(tmp_path, text, "empty.csv")
    report = kpi_check.evaluate(PLAN, tmp_path)
    assert report.verdict == "undetermined"
    assert {t.status for t in report.targets} == {"undetermined", "not_due"}


class TestFolders:
    def test_all_that_is_passed_over_is_named(self, tmp_path: Path) -> None:
        write(tmp_path, BASE)
        (tmp_path / "QN").mkdir()
        (tmp_path / "x.csv").mkdir()
        (tmp_path / "phu-cat.docx").touch()
        report = kpi_check.evaluate(PLAN, tmp_path)
        passed_over = {Path(i.file or "").name for i in report.issues if i.code == "file-not-read"}
        assert passed_over == {"QN", "x.csv", "phu-cat.docx"}
        assert report.issue_count["warning"] == 3

    def test_a_link_to_nothing_is_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        write(tmp_path, BASE)
        (tmp_path / "an-nhon.csv").symlink_to("/nonexistent")
        ran = run("evaluate", tmp_path)
        assert ran.code == 2
        assert "an-nhon.csv" in ran.err


class TestPatterns:
    @pytest.fixture(autouse=True)
    def returns(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Returns of three unions in two folders, and what lies beside them."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "returns" / "deep" / ".hidden").mkdir(parents=True)
        for number, name in enumerate(["b.csv", "a.csv", "deep/c.csv", "deep/.hidden/d.csv", ".e.csv", "~$f.csv"]):
            write(tmp_path / "returns", BASE.replace("QN-", f"Q{number}-"), name)
        (tmp_path / "returns" / "letter.docx").touch()

    @staticmethod
    def read(*names: str) -> list[str]:
        return [file.path for file in kpi_check.evaluate(PLAN, list(names)).inputs]

    def test_mean_what_they_match_in_order_and_once(self) -> None:
        assert self.read("returns/*.csv") == ["returns/a.csv", "returns/b.csv"]
        assert self.read("returns/?.csv") == self.read("ret*/[ab].csv") == ["returns/a.csv", "returns/b.csv"]
        assert self.read("returns/**/*.csv") == ["returns/a.csv", "returns/b.csv", "returns/deep/c.csv"]
        assert self.read("**") == self.read("returns/**/*.csv")
        assert self.read("returns/[b]*", "returns/deep") == ["returns/b.csv", "returns/deep/c.csv"]

    def test_a_file_that_two_of_them_match_is_read_once(self) -> None:
        report = kpi_check.evaluate(PLAN, ["returns/*.csv", "returns/a*"])
        assert [file.path for file in report.inputs] == ["returns/a.csv", "returns/b.csv"]
        assert codes(report) == ["file-named-twice"]

    def test_what_is_passed_over_is_named(self) -> None:
        report = kpi_check.evaluate(PLAN, "returns/*")
        assert [(i.code, i.file) for i in report.issues] == [
            ("file-not-read", "returns/deep"),
            ("file-not-read", "returns/letter.docx"),
        ]
        report = kpi_check.evaluate(PLAN, "returns/**")
        assert [i.file for i in report.issues] == ["returns/letter.docx"]

    def test_a_file_of_the_very_name_comes_first(self, tmp_path: Path) -> None:
        write(tmp_path, BASE, "returns/[ab].csv")
        assert self.read("returns/[ab].csv") == ["returns/[ab].csv"]
        (tmp_path / "[x]").mkdir()
        write(tmp_path / "[x]", BASE)
        assert self.read("[x]") == ["[x]/data.csv"]
        assert self.read("[[]x]/*.csv") == ["[x]/data.csv"]

    @pytest.mark.parametrize(
        ("pattern", "near"),
        [
            ("retuns/*.csv", "returns/*.csv"),
            ("returns/depe/*.csv", "returns/deep/*.csv"),
            ("returns/*.cvs", "returns/*.csv"),
            ("./retuns/**/*.csv", "returns/**/*.csv"),
            ("returns/dee/[a-c].csv", "returns/deep/[a-c].csv"),
            ("retuns/*.cvs", "returns/*.csv"),
        ],
    )
    def test_one_that_matches_nothing_says_what_would(self, pattern: str, near: str) -> None:
        ran = run("evaluate", pattern)
        assert ran.code == 2
        assert f"{pattern}: there is no file of this name" in " ".join(ran.err.split())
        assert f"did you mean {near}?" in " ".join(ran.err.split())

    def test_what_would_match_nothing_either_is_not_what_was_meant(self) -> None:
        ran = run("evaluate", "retuns/*.xyz")
        assert ran.code == 2
        assert "did you mean" not in ran.err
        assert "returns/*.csv" in " ".join(ran.err.split())

    @pytest.mark.parametrize(
        "pattern", ["zzz/*.csv", "returns/q*.csv", "*/*/*/*/*", "[", "a\0*", "a" * 300 + "*", "/*/zzz/*"]
    )
    def test_one_that_matches_nothing_ends_the_run(self, pattern: str) -> None:
        with pytest.raises(kpi_check.InputError, match="there is no file of this name"):
            kpi_check.evaluate(PLAN, pattern)

    def test_one_that_matches_nothing_known_ends_the_run(self) -> None:
        ran = run("evaluate", "returns/*.docx")
        assert ran.code == 2
        assert "no file that this matches can be read" in " ".join(ran.err.split())

    def test_every_command_takes_them(self, tmp_path: Path) -> None:
        write(tmp_path, (BASE).replace("2024", "2023").replace("QN-", "Q0-"), "old.csv")
        assert run("validate", "returns/b*.csv").code == 0
        assert run("compare", "o?d.csv", "returns/b*.csv").code < 2
        assert run("series", "o*d.csv", "returns/b*.csv").code < 2
        assert run("evaluate", "returns/b*.csv", "--output", "returns/b.csv").code == 2


class TestWhatIsNoFile:
    def test_a_pipe_is_read_whole(self, tmp_path: Path) -> None:
        lines = BASE.splitlines()
        rows = [lines[1].replace("QN-01", f"U{i}") for i in range(16_000)]
        whole = write(tmp_path, "\n".join([*lines[:1], *rows]), "whole.csv")
        link = tmp_path / "pipe.csv"
        link.symlink_to("/dev/stdin")
        program = str(Path(sys.executable).with_name("kpi-check"))
        with subprocess.Popen(["cat", str(whole)], stdout=subprocess.PIPE) as cat:
            done = subprocess.run(
                [program, "evaluate", str(link), "--format", "json"], stdin=cat.stdout, capture_output=True, check=False
            )
        told = json.loads(done.stdout)
        assert told["inputs"][0]["rows"] == 16_000
        assert told["inputs"][0]["sha256"] == kpi_check.evaluate(PLAN, whole).inputs[0].sha256

    def test_a_device_is_refused(self) -> None:
        assert "this is not a file" in run("evaluate", "/dev/null").err

    def test_a_loop_of_links(self, tmp_path: Path) -> None:
        loop = tmp_path / "loop.csv"
        loop.symlink_to(loop)
        ran = run("evaluate", loop)
        assert ran.code == 2
        assert "bug" not in ran.err

    def test_a_name_that_no_file_can_have(self) -> None:
        for name in ("a" * 5000 + ".csv", "a\0b.csv", ""):
            with pytest.raises(kpi_check.InputError):
                kpi_check.evaluate(PLAN, name)


def test_a_file_that_changes_between_header_and_rows() -> None:
    names = BASE.splitlines()[0]
    swapped = BASE.replace(
        names, names.replace("party_members_good,party_members_failed", "party_members_failed,party_members_good")
    )
    opened: list[int] = []

    def open_it() -> io.BytesIO:
        opened.append(1)
        return io.BytesIO((BASE if len(opened) <= 4 else swapped).encode())

    with pytest.raises(kpi_check.InputError, match="changed while it was read"):
        kpi_check.evaluate(PLAN, Source("a.csv", open_it))


@pytest.mark.parametrize(
    "odd", ["\ufe0f", "\u034f", "\u3164", "\u2800", "\u17b4", "\U000e0100", "\u200b", "\u00a0X", "\x07"]
)
def test_codes_that_look_the_same_are_not_two_units(tmp_path: Path, odd: str) -> None:
    again = BASE.splitlines()[1].replace("QN-01", f"QN-01{odd}X" if odd != "\u00a0X" else "QN\u00a001")
    report = kpi_check.evaluate(PLAN, write(tmp_path, BASE + again + "\n"))
    assert codes(report) == ["not-a-code"]
    assert report.targets[0].unknown == 1


class TestDefaults:
    def test_a_misspelt_header_does_not_switch_on_a_default(self, tmp_path: Path) -> None:
        text = BASE.replace("party_members_rated", "party_member_rated")
        report = kpi_check.evaluate(PLAN, write(tmp_path, text))
        assert "misspelt-column" in codes(report)
        by_id = {t.id: t for t in report.targets}
        assert by_id["party-members-good"].status in ("undetermined", "no_data")
        assert by_id["units-good"].status == "met"

    def test_a_column_that_is_not_there_does(self, tmp_path: Path) -> None:
        lines = [line.split(",") for line in BASE.splitlines()]
        place = lines[0].index("party_members_rated")
        text = "\n".join(",".join(cells[:place] + cells[place + 1 :]) for cells in lines)
        report = kpi_check.evaluate(PLAN, write(tmp_path, text))
        assert report.verdict == "met"
        assert not report.issues

    def test_other_digits_are_a_name(self) -> None:
        text = TEXT.replace("default: party_members\n", "default: ٣\n")
        with pytest.raises(kpi_check.PlanError, match="neither a whole number nor a field"):
            parse_plan(text.encode(), "p")


class TestFilesThatWereRead:
    def test_are_not_written_over(self, tmp_path: Path) -> None:
        data = write(tmp_path, BASE, "data.txt")
        plan = write(tmp_path, TEXT, "plan.txt")
        for target in (data, plan):
            ran = run("evaluate", data, "--targets", plan, "--output", target)
            assert ran.code == 2
            assert "that was read" in ran.err
        assert (data.read_text("utf-8"), plan.read_text("utf-8")) == (BASE, TEXT)

    def test_a_link_stays_one(self, tmp_path: Path) -> None:
        real, link = write(tmp_path, "", "real.json"), tmp_path / "link.json"
        link.symlink_to(real)
        run("evaluate", write(tmp_path, BASE), "--output", link)
        assert link.is_symlink()
        assert json.loads(real.read_text("utf-8"))["verdict"] == "met"


class TestStreams:
    @pytest.mark.parametrize(
        "words",
        [
            "evaluate gone.csv 2>&-",
            "evaluate tests/hostile/base.csv >&-",
            "evaluate - <&-",
            "evaluate tests/hostile/base.csv --format json >/dev/full",
            "targets lint >/dev/full",
            "--help >/dev/full",
        ],
    )
    def test_that_are_closed_or_full(self, words: str) -> None:
        program = Path(sys.executable).with_name("kpi-check")
        environment = {**os.environ, **ENVIRONMENT, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["bash", "-c", f"'{program}' {words}"], cwd=ROOT, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 2
        assert b"bug" not in done.stderr
        assert b"Traceback" not in done.stderr

    def test_ascii_lines_keep_to_the_screen(self) -> None:
        for width in ("40", "80"):
            out = spawn(
                "evaluate", "sample_data/2024-faults", "--lang", "vi", env={"LC_ALL": "C", "COLUMNS": width}
            ).out
            assert out.isascii()
            assert max(map(len, out.splitlines())) <= int(width)
            assert ">= 85%" in out


class TestWords:
    def test_long_codes_are_not_cut(self, tmp_path: Path) -> None:
        text = BASE.replace("QN-0", "BD-QUYNHON-PHUONG-LE-HONG-PHONG-2024-0").replace(",good,", ",failed,")
        out = run("evaluate", write(tmp_path, text), env={"COLUMNS": "100"}).out
        assert all(f"BD-QUYNHON-PHUONG-LE-HONG-PHONG-2024-0{i} " in out for i in (2, 3, 4))
        assert "…" not in out

    @pytest.mark.parametrize(("threshold", "says"), [("50%", "too many"), ("0.0%", "too many"), ("100%", "short")])
    def test_equals_may_be_missed_on_either_side(self, threshold: str, says: str) -> None:
        text = TEXT.replace("of: workers\n    at_least: 66%", f"of: workers\n    equals: {threshold}")
        plan = parse_plan(text.encode(), "p")
        stream = io.BytesIO()
        from kpi_check.renderers import render

        render("console", kpi_check.evaluate(plan, HOSTILE / "base.csv"), stream)
        assert f"cases {says}" in stream.getvalue().decode()

    def test_a_verdict_over_data_with_errors_says_so(self, tmp_path: Path) -> None:
        out = run("evaluate", write(tmp_path, BASE.replace("excellent,120,", "excellent,?,"))).out
        assert "MET: 7 met, 2 not due; but there is 1 error to mend" in out

    def test_what_is_cut_is_counted(self, tmp_path: Path) -> None:
        row = BASE.splitlines()[1]
        rows = [row.replace("QN-01", f"U{i}").replace(",120,", ",?,") for i in range(30)]
        path = write(tmp_path, "\n".join([BASE.splitlines()[0], *rows]))
        assert "20 more" in run("evaluate", path, "--format", "github", "--limit", "10").out
        junit = run("evaluate", path, "--format", "junit", "--limit", "10").out
        assert junit.count("<failure") >= 11
        assert "20 more" in junit

    def test_a_suggestion_is_not_a_lower_grade(self, tmp_path: Path) -> None:
        report = kpi_check.evaluate(PLAN, write(tmp_path, BASE.replace("excellent", "Hoàn thành khá")))
        assert "did you mean" not in report.issues[0].hint

    def test_runs_of_blanks_in_headers_and_labels_do_not_matter(self, tmp_path: Path) -> None:
        text = BASE.replace("members,party_members,", '"Tổng  số\nđoàn viên",party_members,', 1).replace(
            "excellent", "Hoàn thành  xuất sắc"
        )
        report = kpi_check.evaluate(PLAN, write(tmp_path, text))
        assert report.verdict == "met"
        assert not report.issues


class TestPlans:
    def test_a_unit_is_told_by_its_own_code(self) -> None:
        text = TEXT.replace("key: [period, unit_code]", "key: [period, district_code, unit_code]")
        with pytest.raises(kpi_check.PlanError, match="district_code is the code of a level above"):
            parse_plan(text.encode(), "p")

    def test_a_long_chain_is_no_burden(self) -> None:
        fields = (
            "".join(f"    f{i}: {{type: count, at_most: f{i + 1}}}\n" for i in range(400)) + "    f400: {type: count}\n"
        )
        assert parse_plan(TEXT.replace("  checks:\n", fields + "\n  checks:\n").encode(), "p").resolving_order

    def test_many_of_anything_are_refused(self) -> None:
        fields = "".join(f"    f{i}: {{type: count}}\n" for i in range(600))
        with pytest.raises(kpi_check.PlanError, match="more than 500"):
            parse_plan(TEXT.replace("  checks:\n", fields + "\n  checks:\n").encode(), "p")

    def test_files_may_be_named_either_way(self) -> None:
        for words in (
            ("lint", "targets.yaml"),
            ("lint", "--targets", "targets.yaml"),
            ("show", "--targets", "targets.yaml"),
        ):
            assert spawn("targets", *words).code == 0


class TestPython:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ({"plan": "targets.yaml"}, "load_plan"),
            ({"data": None}, "NoneType"),
            ({"data": {"unit": 1}}, "unit: this is no table, but of type int"),
            ({"data": [1]}, "int"),
            ({"limit": -1}, "below 0"),
            ({"period": "H1"}, "2024-H1"),
            ({"by": "distrct"}, "did you mean district?"),
        ],
    )
    def test_wrong_arguments_are_refused_with_what_to_do(self, arguments: dict[str, Any], says: str) -> None:
        given: dict[str, Any] = {"plan": PLAN, "data": HOSTILE / "base.csv", **arguments}
        with pytest.raises(kpi_check.UsageError) as refused:
            kpi_check.evaluate(given.pop("plan"), given.pop("data"), **given)
        assert says in str(refused.value)

    def test_a_period_may_be_a_number(self) -> None:
        assert kpi_check.evaluate(PLAN, HOSTILE / "base.csv", period=2024).period == "2024"  # type: ignore[arg-type]

    def test_public_names_are_one_list(self) -> None:
        assert set(kpi_check._HOMES) | {"__version__"} == set(kpi_check.__all__)
        assert all(hasattr(kpi_check, name) for name in dir(kpi_check))
        with pytest.raises(AttributeError):
            kpi_check.nonsense  # noqa: B018 - the look-up is what is tested


class TestWhatOthersKeep:
    def test_the_lock_file_of_an_open_workbook_is_no_data(self, tmp_path: Path) -> None:
        write(tmp_path, BASE)
        (tmp_path / "~$bao-cao.xlsx").write_bytes(b"\x05Nguyen")
        report = kpi_check.evaluate(PLAN, tmp_path)
        assert not report.issues
