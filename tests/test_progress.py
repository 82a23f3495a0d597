"""The bar that shows how many files are read: on a terminal alone, and gone at the end."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys

import pytest

import kpi_check
from command import ROOT
from kpi_check.renderers.progress import ProgressBar
from returns import shipped

SAMPLE = ROOT / "sample_data" / "2024"
# The command line, without the patience that spares quick runs a bar.
COMMAND = "import sys; from kpi_check import cli; cli._PATIENCE = 0; sys.argv[0] = 'kpi-check'; cli.main()"


def on_terminal(*words: str, **env: str) -> tuple[str, bytes]:
    """What the command writes to standard output, and to a terminal as standard error."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", COMMAND, *words]
    environment = {**os.environ, "LC_ALL": "en_US.UTF-8", "TERM": "xterm", "COLUMNS": "80", **env}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, env=environment, check=False, timeout=60)
    os.close(slave)
    seen = b""
    with contextlib.suppress(OSError):
        while data := os.read(master, 65536):
            seen += data
    os.close(master)
    return done.stdout.decode(), seen


def test_a_terminal_shows_it_and_it_is_gone_at_the_end() -> None:
    out, seen = on_terminal("evaluate", str(SAMPLE))
    assert b"reading files" in seen
    assert b"/14" in seen
    assert seen.rstrip().endswith((b"\x1b[2K", b"\x1b[?25h", b"\x1b[1A\x1b[2K"))
    assert "reading files" not in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("words", "env"),
    [(["--quiet"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})],
)
def test_it_is_not_shown_where_nobody_wants_it(words: list[str], env: dict[str, str]) -> None:
    assert on_terminal("evaluate", str(SAMPLE), *words, **env)[1] == b""


def test_one_file_has_none() -> None:
    assert on_terminal("evaluate", str(SAMPLE / "van-canh.csv"))[1] == b""


def test_every_file_is_counted_once() -> None:
    """Also where a unit is given twice, and the files are read a second time."""
    seen: list[tuple[int, int]] = []
    files = [SAMPLE / "van-canh.csv", ROOT / "sample_data" / "2024-faults" / "van-canh.csv"]
    kpi_check.evaluate(shipped(), files, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2), (2, 2), (2, 2)]


def test_it_writes_to_its_stream_alone(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream, "reading files")
    bar.show(1, 2)
    bar.close()
    assert capsys.readouterr() == ("", "")
