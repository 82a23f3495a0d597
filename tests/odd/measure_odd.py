"""How long `kpi-check validate` takes with each of the odd files, and how much memory.

python tests/odd/measure_odd.py        all of them: the slowest and the largest
python tests/odd/measure_odd.py COMMAND...   one run, as JSON: this small process stands between a test and the command,
                                       since the kernel counts a parent's memory for its child
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ODD = Path(__file__).parent
ROOT = ODD.parents[1]
HANGS = 60
"""Seconds after which a run hangs; none should take 2, but that is no matter of tests."""
_ADDRESSES = 6_000_000_000


class Measured(NamedTuple):
    """A run, the seconds it took and the bytes of memory it held at most."""

    code: int
    out: str
    err: str
    seconds: float
    memory: int


def measure(file: Path, report: Path) -> Measured:
    """Validate a file in a process of its own."""
    program = [sys.executable, "-m", "kpi_check", "validate", str(file), "--targets", str(ROOT / "targets.yaml")]
    command = [sys.executable, "-S", __file__, *program, "--lang", "en", "--output", str(report)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=2 * HANGS, check=True)
    return Measured(**json.loads(done.stdout))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (HANGS, HANGS))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))


def _one(command: list[str]) -> None:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, preexec_fn=_limit)  # noqa: PLW1509 - there are no threads
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        measured = Measured(
            child.returncode, out.read().decode(), err.read().decode(), round(seconds, 3), used.ru_maxrss * unit
        )
    print(json.dumps(measured._asdict()))


def _all() -> None:
    sys.path.insert(0, str(ODD.parent))
    from odd.make_bombs import bombs

    with tempfile.TemporaryDirectory() as folder:
        files = sorted((ODD / "data").iterdir())
        for name, make in bombs().items():
            file = Path(folder) / name
            file.write_bytes(make())
            files.append(file)
        measured = []
        for file in files:
            done = measure(file, Path(folder) / "report.json")
            measured.append((done.seconds, done.memory, done.code, file.name))
    for title, place in (("slowest", 0), ("largest", 1)):
        print(f"{title} of {len(measured)}:")
        for seconds, memory, code, name in sorted(measured, key=lambda one: one[place], reverse=True)[:12]:
            print(f"  {seconds:6.2f} s {memory / 1e6:6.0f} MB  exit {code}  {name}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _one(sys.argv[1:])
    else:
        _all()
