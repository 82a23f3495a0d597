"""Runs the command line, in this process (quick) or in one of its own (as it is)."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from kpi_check import cli

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {"LC_ALL": "en_US.UTF-8", "COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def run(*words: object, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
    """Run in this process. An exception that gets out of the program fails the test."""
    arguments = [str(word) for word in words]
    environment = {**ENVIRONMENT, **(env or {})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["kpi-check", *arguments])
        for name, value in environment.items():
            patch.setenv(name, value)
        importlib.reload(cli)
        result = CliRunner().invoke(cli.build(), arguments, input=stdin, env=environment, prog_name="kpi-check")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout_bytes.decode(), result.stderr_bytes.decode())


def spawn(*words: object, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Ran:
    """Run in a process of its own."""
    command = [str(Path(sys.executable).with_name("kpi-check")), *(str(word) for word in words)]
    environment = {"PATH": "", "PYTHONHASHSEED": "random", **ENVIRONMENT, **(env or {})}
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment, cwd=cwd, timeout=120, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
