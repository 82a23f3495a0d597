"""An example of each kind of issue, made by the program from a small file, for docs/issues.md."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import kpi_check
from kpi_check.locale import language
from kpi_check.plan import SumCheck
from kpi_check.renderers import words

ROOT = Path(__file__).parents[1]
HEADER = "Kỳ báo cáo,Mã đơn vị báo cáo,Mã CĐCS,Tên CĐCS,Loại đơn vị,Xếp loại,Tổng số đoàn viên,Đoàn viên là đảng viên"
HEADER += ",Lao động,Lao động được đào tạo nghề"
ROW = "2025,PM,PM-001,CĐCS Trường Tiểu học,CĐCS,Tốt,100,20,80,60"
TWO = HEADER + "\n" + ROW + "\n" + ROW.replace("PM-001", "PM-002") + "\n"


def row(old: str, new: str) -> str:
    """A table whose one row has something else in place of a text."""
    assert old in ROW
    return f"{HEADER}\n{ROW.replace(old, new, 1)}\n"


def sheets(path: Path, *, second: str, hidden: bool = False) -> None:
    """A workbook with the table, and a second sheet."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    first = book.create_sheet("2025")
    for line in TWO.splitlines():
        first.append(line.split(","))
    other = book.create_sheet("Biểu 2")
    for line in second.splitlines():
        other.append(line.split(","))
    other.sheet_state = "hidden" if hidden else "visible"
    book.save(path)


def hidden(path: Path) -> None:
    """A workbook with a row and a column that it does not show."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in TWO.splitlines():
        sheet.append(line.split(","))
    sheet.row_dimensions[3].hidden = sheet.column_dimensions["H"].hidden = True
    book.save(path)


# By code: a table, or what makes a file at a path.
FILES: Mapping[str, str | Callable[[Path], None]] = {
    "empty-file": "",
    "no-header": TWO.replace("Mã CĐCS", "Ma so CDCS")
    .replace(HEADER[: HEADER.index(",Mã CĐCS")], "Ky bao,Don vi")
    .replace(HEADER[HEADER.index(",Tên") :], ",Ten"),
    "rows-above-header": f"{ROW}\n{TWO}",
    "other-header": TWO
    + ",".join([*HEADER.split(",")[:-2], *HEADER.split(",")[:-3:-1]])
    + "\n"
    + ROW.replace("001", "009"),
    "no-rows": HEADER + "\n",
    "broken-quotes": row("CĐCS Trường", '"CĐCS Trường'),
    "cell-too-long": row("CĐCS Trường", "x" * 140_000),
    "cut-off": TWO[: TWO.rindex(",20,")],
    "cell-count": row("Tốt,", "Tốt,,"),
    "duplicate-column": TWO.replace("Lao động được đào tạo nghề", "Lao động"),
    "missing-column": TWO.replace("Tổng số đoàn viên", "Tổng đoàn viên"),
    "missing-key": row("PM-001", ""),
    "duplicate-key": TWO.replace("PM-002", "PM-001"),
    "blank": row(",100,", ",,"),
    "not-a-count": row(",100,", ",1.050,"),
    "not-a-choice": row("Tốt", "Tot"),
    "not-a-code": row("PM-001", "#REF!"),
    "not-a-period": row("2025", "Năm 2025"),
    "part-above-whole": row(",60", ",90"),
    "sum-differs": row(",60", ",50"),
    "line-break": row("CĐCS Trường", '"CĐCS\nTrường').replace("Tiểu học", 'Tiểu học"'),
    "rows-in-cell": f"{HEADER}\n{ROW.replace('CĐCS Trường', chr(34) + 'CĐCS Trường')}\n{ROW.replace('Tiểu học', 'Tiểu học' + chr(34))}\n",
    "misspelt-column": TWO.replace("Loại đơn vị", "Loại đơn vi"),
    "no-period": row("2025", ""),
    "period-outside-plan": row("2025", "2031"),
    "other-periods": TWO.replace("2025", "2024", 1),
    "missing-body": TWO,
    "missing-units": TWO,
    "not-on-roster": TWO,
    "other-body": TWO,
    "file-not-read": TWO,
    "sheet-not-read": lambda path: sheets(path, second="Đơn vị báo cáo,Tổng số đoàn viên\nPhù Mỹ,200"),
    "sheet-with-figures": lambda path: sheets(path, second="PM-003,CĐCS,50,20,30\nPM-004,CĐCS,60,20,30"),
    "hidden-sheet": lambda path: sheets(path, second=TWO.replace("PM-00", "PM-01"), hidden=True),
    "hidden-rows": hidden,
    "hidden-columns": hidden,
    "title-of-other-year": "BÁO CÁO NĂM 2024\n" + TWO,
    "unit-like-total": TWO.replace("PM-002,CĐCS Trường Tiểu học", "PM,Tổng cộng huyện Phù Mỹ"),
    "old-font": row("CĐCS Trường Tiểu học", "C«ng ®oµn Tr­êng TiÓu häc"),
    "unlikely-share": row(",100,20,80,60", ",900,20,800,800"),
    "unlikely-change": row(",100,", ",1000,"),
    "total-differs": TWO + ",,,Tổng cộng,,,210,40,160,120\n",
    "file-named-twice": TWO,
    "unnamed-columns": "\n".join(line + end for line, end in zip(TWO.splitlines(), (",", ",x", ","), strict=True)),
    "unknown-columns": TWO.replace("Lao động được đào tạo nghề", "Điện thoại"),
}
ROSTERS = {
    "missing-body": "PM,PM-001,\nPM,PM-002,\nAN,AN-001,CĐCS Trường Mầm non\n",
    "missing-units": "PM,PM-001,\nPM,PM-002,\nPM,PM-003,CĐCS Trường Mầm non\n",
    "not-on-roster": "PM,PM-001,\n",
    "other-body": "PM,PM-001,\nAN,PM-002,\n",
}
WORKBOOKS = ("sheet-not-read", "sheet-with-figures", "hidden-sheet", "hidden-rows", "hidden-columns")


def example(code: str, lang: str) -> str:
    """Where an issue of a kind stands in the file that is made for it, and what is said of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"phu-my{'.xlsx' if code in WORKBOOKS else '.csv'}")
        content = FILES[code]
        if isinstance(content, str):
            path.write_text(content, "utf-8")
        else:
            content(path)
        report = _report(code, path, lang)
        issue = next(issue for issue in report.issues if issue.code == code)
        place = words.place(issue, language(lang)).replace(folder + "/", "")
        value = f'"{issue.value[:40]}": ' if issue.value else ""
        said = ": ".join(filter(None, (place, value + issue.message)))
        return " ".join(said.replace(folder + "/", "").split())


def _report(code: str, path: Path, lang: str) -> kpi_check.Report:
    plan = kpi_check.load_plan(ROOT / "targets.yaml")
    data: Any = path
    more: dict[str, Any] = {}
    if code == "sum-differs":
        submission = plan.file.submission
        checks = [*submission.checks, SumCheck(sum=["workers_trained", "party_members"], equals="workers")]
        plan = replace(
            plan, file=plan.file.model_copy(update={"submission": submission.model_copy(update={"checks": checks})})
        )
    elif code == "other-periods":
        more["period"] = "2025"
    elif code == "unlikely-change":
        before = path.with_name("2024.csv")
        before.write_text(row("2025", "2024"), "utf-8")
        more["previous"] = before
    elif code in ROSTERS:
        more["roster"] = path.with_name("danh-sach.csv")
        more["roster"].write_text("Mã đơn vị báo cáo,Mã CĐCS,Tên CĐCS\n" + ROSTERS[code], "utf-8")
    elif code == "file-not-read":
        path.with_name("ghi-chu.docx").write_bytes(b"")
        data = path.parent
    elif code == "file-named-twice":
        data = [path, path]
    return kpi_check.validate(plan, data, lang=lang, **more)
