"""The hostile files that are too large to commit: made when they are needed, named as index.yaml names them.

python tests/hostile/make_large.py FOLDER      writes them all under FOLDER/data and FOLDER/plans
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent


def _base_csv() -> tuple[str, list[str]]:
    """The header and the rows of base.csv, without their line ends."""
    header, *rows = (HERE / "base.csv").read_text(encoding="utf-8").splitlines()
    return header, rows


def _csv(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _named(rows: list[str], unit_code: str, unit_name: str) -> list[str]:
    """The rows, with another name for the unit of this code."""
    renamed = []
    for row in rows:
        cells = row.split(",")
        if cells[3] == unit_code:
            cells[4] = unit_name
        renamed.append(",".join(cells))
    return renamed


def _many(rows: list[str], how_many: int, count: str) -> list[str]:
    """So many grassroots unions, each with this in the cell of its members."""
    made = []
    for number in range(how_many):
        cells = rows[0].split(",")
        cells[3], cells[7] = f"QN-{number:05}", count
        made.append(",".join(cells))
    return made


def _large_data() -> dict[str, bytes]:
    header, rows = _base_csv()
    width = header.count(",") + 1
    bad = rows[1].replace(",80,", ",8O,")
    return {
        "cell-of-1-mb.csv": _csv(header, *_named(rows, "QN-02", "a" * 1_048_576)),
        "cell-of-1-mb-quoted.csv": _csv(header, *_named(rows, "QN-02", '"' + "a, b\n" * 209_716 + '"')),
        "cell-of-1-mb-in-header.csv": _csv(header + "," + "a" * 1_048_576, *(row + "," for row in rows)),
        "cell-one-too-long.csv": _csv(header, *_named(rows, "QN-02", "a" * 131_073)),
        "cell-one-too-long-3-bytes-each.csv": _csv(header, *_named(rows, "QN-02", "ế" * 131_073)),
        "unit-name-of-200-kb.csv": _csv(header, *_named(rows, "QN-02", "Công đoàn " * 20_480)),
        "count-of-1-mb-of-digits.csv": _csv(
            header, rows[0], rows[1].replace(",80,", "," + "8" * 1_048_576 + ","), *rows[2:]
        ),
        "columns-100000-in-header.csv": _csv(header + "," + ",".join(f"c{n:05}" for n in range(100_000)), *rows),
        "columns-100000-in-one-row.csv": _csv(header, rows[0], rows[1] + "," * 100_000, *rows[2:]),
        "columns-100000-unknown.csv": _csv(",".join(f"c{n:05}" for n in range(100_000)), "," * 99_999 + "1"),
        "rows-20000-of-delimiters.csv": _csv(header, *["," * (width - 1)] * 20_000),
        "rows-20000-of-delimiters-then-a-fault.csv": _csv(
            header, *rows, *["," * (width - 1)] * 20_000, bad.replace("QN-02", "QN-99")
        ),
        "rows-5000-with-one-key.csv": _csv(header, *[rows[0]] * 5_000),
        "rows-2000-each-with-a-fault.csv": _csv(header, *_many(rows, 2_000, "12O")),
        "rows-30000-the-last-one-bad.csv": _csv(header, *_many(rows, 30_000, "120"), bad.replace("QN-02", "QN-99999")),
        "quote-unclosed-then-500-kb.csv": _csv(
            header, rows[0], rows[1].replace("QN-02,", 'QN-02,"'), *_many(rows, 5_000, "120")
        ),
        "line-of-1-mb.csv": b"a" * 1_048_576,
        "line-of-1-mb-of-delimiters.csv": b"," * 1_048_576,
        "line-of-1-mb-of-quotes.csv": b'"' * 1_048_577,
        "blank-lines-1-mb.csv": b"\n" * 1_048_576,
        "nul-bytes-1-mb.csv": bytes(1_048_576),
    }


def _large_plans() -> dict[str, bytes]:
    base = (HERE / "base.yaml").read_text(encoding="utf-8")
    field = "    meetings: {"
    many = "".join(
        f"    extra_{n:05}: {{type: count, label: {{vi: Thêm {n:05}, en: Extra {n:05}}}, headers: [Extra {n:05}]}}\n"
        for n in range(25_000)
    )
    return {
        "brackets-nested-100000.yaml": b"[" * 100_000,
        "brackets-nested-100000-closed.yaml": b"[" * 100_000 + b"]" * 100_000,
        "braces-nested-100000.yaml": b"{a: " * 100_000,
        "sequences-nested-100000.yaml": b"- " * 100_000 + b"a\n",
        "keys-nested-1000-deep.yaml": "".join(" " * n + "a:\n" for n in range(1_000)).encode(),
        "question-marks-nested-100000.yaml": b"? " * 100_000 + b"a\n",
        "title-nested-100000.yaml": base.replace(
            "title: {vi: Kế hoạch thử", "title: {vi: " + "[" * 100_000 + "]" * 100_000
        ).encode(),
        "plan-of-2-mb-of-fields.yaml": base.replace(field, many + field).encode(),
        "plan-of-2-mb-of-comment.yaml": (
            base + "# a comment that says nothing at all, over and over\n" * 40_000
        ).encode(),
        "title-of-2-mb.yaml": base.replace("Test plan", "Test plan " * 200_000).encode(),
        "title-of-250-kb.yaml": base.replace("Test plan", "Test plan " * 25_000).encode(),
        "threshold-of-100000-digits.yaml": base.replace("at_least: 85%", "at_least: " + "8" * 100_000 + "%").encode(),
        "threshold-of-100000-decimals.yaml": base.replace(
            "at_least: 85%", "at_least: 100." + "0" * 100_000 + "1%"
        ).encode(),
        "key-of-100000-letters.yaml": base.replace("at_least: 85%", "at_least" + "t" * 100_000 + ": 85%").encode(),
        "field-reference-of-100000-letters.yaml": base.replace(
            "at_most: members", "at_most: member" + "s" * 100_000
        ).encode(),
        "aliases-100000.yaml": ("a: [&a x, " + "*a, " * 100_000 + "*a]\n").encode(),
    }


def large_files() -> dict[str, bytes]:
    """Name, as in index.yaml, to content."""
    return {f"data/{name}": content for name, content in _large_data().items()} | {
        f"plans/{name}": content for name, content in _large_plans().items()
    }


if __name__ == "__main__":
    for name, content in large_files().items():
        path = Path(sys.argv[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
