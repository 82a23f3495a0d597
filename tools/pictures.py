"""Makes the pictures of docs/can-bo.md from real runs: `python tools/pictures.py`. Needs soffice, pdftoppm and chromium.

They are looked at, not compared: fonts differ between machines.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PROGRAM = str(Path(sys.executable).with_name("kpi-check"))
DPI = "88"
FAULTS = {"M22": None, "L24": "-", "G25": "Hoàn thành khá", "I26": 30, "H27": "1.071"}
NOTE = "H27"
"""The cell of which the note is shown, as it is under the mouse."""
LINES = 25
"""How much of the report is shown."""
FONTS = """<fontconfig><alias binding="same"><family>Calibri</family>
<prefer><family>Carlito</family><family>Liberation Sans</family></prefer></alias></fontconfig>"""
PAGE = """<meta charset="utf-8"><body style="margin:0;background:#0c0c0c"><pre style="margin:12px 16px;
font:15px/20px 'Noto Sans Mono','DejaVu Sans Mono',monospace;color:#ccc">{code}</pre>"""
_DIM, _BRIGHT = (
    [(12, 12, 12), (197, 15, 31), (19, 161, 14), (193, 156, 0), (0, 55, 218), (136, 23, 152), (58, 150, 221)],
    [(118, 118, 118), (231, 72, 86), (22, 198, 12), (249, 241, 165), (59, 120, 255), (180, 0, 158), (97, 214, 214)],
)
WINDOWS = TerminalTheme((12, 12, 12), (204, 204, 204), [*_DIM, (204, 204, 204)], [*_BRIGHT, (242, 242, 242)])


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "fontconfig").mkdir()
        (work / "fontconfig" / "fonts.conf").write_text(FONTS, "utf-8")
        roster = str(ROOT / "sample_data" / "2024" / "van-canh.csv")
        run(work, PROGRAM, *f"template --period 2025 --roster {roster} --output mau.xlsx --lang vi".split())
        fill_in(work / "mau.xlsx", work / "bao-cao.xlsx")
        command = "kpi-check validate bao-cao.xlsx --lang vi"
        subprocess.run([PROGRAM, *command.split()[1:], "-q", "--fix-list", "loi.xlsx"], cwd=work, check=False)
        picture_of_terminal(work, command, "kiem-tra.png")
        picture_of_sheet(work, "mau.xlsx", 0, "A1:I9", "mau.png")
        picture_of_sheet(work, "loi.xlsx", 1, "D20:M33", "loi-to-mau.png")
        picture_of_sheet(work, "loi.xlsx", 0, f"A1:J{len(FAULTS) + 1}", "loi-danh-sach.png")


def run(work: Path, *words: str) -> None:
    env = {**os.environ, "XDG_CONFIG_HOME": str(work)}
    subprocess.run(words, cwd=work, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fill_in(form: Path, to: Path) -> None:
    """The form as an officer might fill it in, with the usual faults."""
    book = openpyxl.load_workbook(form)
    sheet: Any = book.worksheets[0]
    with (ROOT / "sample_data" / "2025" / "van-canh.csv").open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(list(csv.reader(file))[1:], start=2):
            for column, text in enumerate(row, start=1):
                sheet.cell(number, column).value = (int(text) if column > 7 else text) if text else None
    for place, value in FAULTS.items():
        sheet[place] = value
    book.save(to)


# --- what a terminal shows -------------------------------------------------------------------------------------------


def picture_of_terminal(work: Path, command: str, name: str) -> None:
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(Text(f"> {command}", "bold"))
    lines = in_colour(work, command).splitlines()
    for line in [*lines[:LINES], *(["…"] if len(lines) > LINES else [])]:
        console.print(Text.from_ansi(line))
    (work / "page.html").write_text(console.export_html(theme=WINDOWS, code_format=PAGE, inline_styles=True), "utf-8")
    height = 24 + 20 * (min(len(lines), LINES + 1) + 1)
    size, to = f"--window-size=780,{height}", f"--screenshot={PICTURES / name}"
    run(work, "chromium", "--headless", "--no-sandbox", "--hide-scrollbars", size, to, "page.html")


def in_colour(work: Path, command: str) -> str:
    """What the program writes to a terminal."""
    here, there = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    env |= {"COLUMNS": "80", "TERM": "xterm", "LC_ALL": "en_US.UTF-8"}
    written = bytearray()
    with subprocess.Popen([PROGRAM, *command.split()[1:]], cwd=work, env=env, stdout=there):
        os.close(there)
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while got := os.read(here, 65536):
                written.extend(got)
    os.close(here)
    return written.decode("utf-8")


# --- what a spreadsheet shows ----------------------------------------------------------------------------------------


def picture_of_sheet(work: Path, file: str, index: int, area: str, name: str) -> None:
    """A part of a sheet as it prints, with the letters of its columns and the numbers of its rows."""
    book = openpyxl.load_workbook(work / file)
    for other in book.worksheets:
        other.sheet_state = "hidden"
    sheet: Any = book.worksheets[index]
    sheet.sheet_state, book.active = "visible", index
    sheet.print_area, sheet.print_title_rows = area, "1:1"
    sheet.print_options.headings = sheet.print_options.gridLines = True
    sheet.page_setup.paperSize, sheet.page_setup.orientation = 8, "landscape"  # A3
    sheet.oddFooter.right.text = None
    book.save(work / "printed.xlsx")
    show_note(work / "printed.xlsx")
    profile = f"-env:UserInstallation={(work / 'profile').as_uri()}"
    run(work, "soffice", profile, "--headless", "--convert-to", "pdf", "printed.xlsx")
    run(work, "pdftoppm", "-r", DPI, "-gray", "-singlefile", "printed.pdf", "grey")
    left, top, width, height = map(str, filled((work / "grey.pgm").read_bytes()))
    crop = ("-x", left, "-y", top, "-W", width, "-H", height)
    run(work, "pdftoppm", "-r", DPI, "-png", "-singlefile", *crop, "printed.pdf", str(PICTURES / Path(name).stem))


def show_note(file: Path) -> None:
    """Have one note shown, below its cell on the right; openpyxl forgets how large it was."""
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    column, row = ord(NOTE[0]) - ord("A"), int(NOTE[1:]) - 1
    here = f"Row>{row}</ns2:Row><ns2:Column>{column}<"
    anchor = f"<ns2:Anchor>{column + 1}, 10, {row + 1}, 6, {column + 6}, 0, {row + 6}, 6</ns2:Anchor><ns2:Visible/>"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            shapes = re.split("(?=<ns1:shape )", content.decode()) if name.endswith(".vml") else []
            for place, shape in enumerate(shapes):
                if here in shape:
                    shown = shape.replace("visibility:hidden", "visibility:visible")
                    shapes[place] = shown.replace("</ns2:ClientData>", f"{anchor}</ns2:ClientData>")
            book.writestr(name, "".join(shapes).encode() or content)


def filled(pgm: bytes) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is not white in a grey picture."""
    _, size, _, pixels = pgm.split(b"\n", 3)
    width, height = map(int, size.split())
    rows = [y for y in range(height) if pixels[y * width : (y + 1) * width].strip(b"\xff")]
    columns = [x for x in range(width) if pixels[x::width].strip(b"\xff")]
    return columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1


if __name__ == "__main__":
    main()
