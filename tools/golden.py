"""Makes what is made from real runs and from the code: expected reports, examples in the docs, the schema, the list of
issues. `python tools/golden.py` before a commit; tests fail while anything is stale.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPECTED = ROOT / "sample_data" / "expected"
ENVIRONMENT = {"LC_ALL": "en_US.UTF-8", "COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}
_EXAMPLE = re.compile(r"(?m)^```console\n\$ (?P<command>kpi-check [^\n]*)\n(?P<output>.*?)^```$", re.DOTALL)

STAFF = "--targets sample_data/staff/targets.yaml"
# Every run whose report stands in sample_data/expected, by the name of its file.
RUNS = {
    "2024.json": "evaluate sample_data/2024 --format json --by district",
    "2024.en.txt": "evaluate sample_data/2024 --lang en --by district",
    "2024.vi.txt": "evaluate sample_data/2024 --lang vi --by district",
    "2025.json": "evaluate sample_data/2025 --format json",
    "2025.vi.txt": "evaluate sample_data/2025 --lang vi",
    "2024-H1.json": "evaluate sample_data/2024-H1 --format json",
    "2024-H1.vi.txt": "evaluate sample_data/2024-H1 --lang vi",
    "2024-faults.json": "evaluate sample_data/2024-faults --format json",
    "2024-faults.vi.txt": "evaluate sample_data/2024-faults --lang vi",
    "2024-faults.github.txt": "evaluate sample_data/2024-faults --lang en --format github",
    "2024-faults.junit.xml": "evaluate sample_data/2024-faults --lang en --format junit",
    "2024-faults.validate.vi.txt": "validate sample_data/2024-faults --lang vi",
    "2024-faults.validate.json": "validate sample_data/2024-faults --format json",
    "tuy-phuoc.en.txt": "evaluate sample_data/2024/tuy-phuoc.csv --lang en",
    "phu-my.en.txt": "evaluate sample_data/2024/phu-my.csv --lang en",
    "staff.json": f"evaluate sample_data/staff/2025 {STAFF} --format json --by centre",
    "staff.en.txt": f"evaluate sample_data/staff/2025 {STAFF} --lang en --by centre",
    "staff.vi.txt": f"evaluate sample_data/staff/2025 {STAFF} --lang vi --by centre",
    "staff-faults.json": f"evaluate sample_data/staff/2025-faults {STAFF} --format json",
    "staff-faults.en.txt": f"evaluate sample_data/staff/2025-faults {STAFF} --lang en",
    "staff-faults.vi.txt": f"evaluate sample_data/staff/2025-faults {STAFF} --lang vi",
    "staff-targets.en.txt": f"targets show {STAFF} --lang en",
    "staff-targets.vi.txt": f"targets show {STAFF} --lang vi",
    "series.json": "series sample_data/2024 sample_data/2025 --format json",
    "series.en.txt": "series sample_data/2024 sample_data/2025 --lang en",
    "series.vi.txt": "series sample_data/2024 sample_data/2025 --lang vi",
    "compare.json": "compare sample_data/2024/phu-my.csv sample_data/2025/phu-my.csv --format json",
    "compare.vi.txt": "compare sample_data/2024/van-canh.csv sample_data/2024-faults --lang vi",
    "targets.en.txt": "targets show --lang en",
    "targets.vi.txt": "targets show --lang vi",
}


def output(command: str) -> str:
    """What a command writes to standard output and standard error, run at the top of the project."""
    program = str(Path(sys.executable).with_name("kpi-check"))
    words = [program, *shlex.split(command)]
    env = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode("utf-8")


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def examples(document: Path) -> Iterator[tuple[str, str]]:
    """The commands in a document, and what it says they write. `…` on a line of its own stands for lines left out."""
    for found in _EXAMPLE.finditer(document.read_text("utf-8")):
        yield found["command"], found["output"]


def with_real_output(text: str) -> str:
    """A document with its examples run anew; of one that was cut as many lines stay before and after the `…`."""

    def anew(found: re.Match[str]) -> str:
        written = found["output"].splitlines()
        real = output(found["command"].removeprefix("kpi-check ")).rstrip("\n").splitlines()
        if "…" in written:
            before = written.index("…")
            after = len(written) - before - 1
            real = [*real[:before], "…", *real[len(real) - after :]]
        return "".join(f"{line}\n" for line in ("```console", f"$ {found['command']}", *real)) + "```"

    return _EXAMPLE.sub(anew, text)


# Python in a document, and what it prints if that stands there, too.
_PYTHON = re.compile(r"(?m)^```python\n(?P<code>.*?)^```$(?P<said>\n\n```text\n.*?^```$)?", re.DOTALL)


def with_real_prints(text: str, names: dict[str, object]) -> str:
    """A document with its Python run anew, in one go at the top of the project; `names` are what it leaves behind."""

    def anew(found: re.Match[str]) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(found["code"], "example", "exec"), names)
        printed = f"\n\n```text\n{out.getvalue()}```" if found["said"] else ""
        return f"```python\n{found['code']}```{printed}"

    with contextlib.chdir(ROOT):
        return _PYTHON.sub(anew, text)


EXAMPLE = {"en": "for example", "vi": "ví dụ"}


def schema() -> str:
    from kpi_check.plan import schema as plan_schema

    return json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n"


def issues() -> str:
    """docs/issues.md, from the kinds of issue in the code."""
    from examples import example

    from kpi_check.issues import KINDS
    from kpi_check.locale import language

    lines = [
        "# Issues",
        "",
        "What a report may say of the data, by its code. Codes are stable; texts are in English and Vietnamese.",
        "This page is made from `src/kpi_check/issues.py` and from real runs by `tools/golden.py`; the files of the examples",
        "are in `tools/examples.py`.",
        "",
    ]
    for kind in KINDS.values():
        titles = ", ".join(language(code).say(kind.title) for code in EXAMPLE)
        lines += [f"## {kind.code}", "", f"*{kind.severity.name.lower()}* · {titles}", ""]
        for code in ("en", "vi"):
            catalogue = language(code)
            said = [f"{catalogue.translated(m)}" for m in (kind.text, kind.hint, kind.hint_near) if m is not None]
            lines += [f"- {said[0]}", *(f"  - → {hint}" for hint in said[1:])]
            lines.append(f"  - {EXAMPLE[code]}: {example(kind.code, code)}")
        lines.append("")
    return "\n".join(lines)


def made() -> Iterator[tuple[Path, str]]:
    """Every file that is made, and what it must hold."""
    for name, command in RUNS.items():
        yield EXPECTED / name, output(command)
    yield ROOT / "docs" / "targets.schema.json", schema()
    yield ROOT / "docs" / "issues.md", issues()
    for document in documents():
        yield document, with_real_prints(with_real_output(document.read_text("utf-8")), {})


def main() -> None:
    EXPECTED.mkdir(exist_ok=True)
    for path, content in made():
        if not path.exists() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
            print(f"made {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
