"""One return of 200 unions, dressed in many ways: encodings, delimiters, line ends, workbooks, and what offices put around a table.

A return is a table of texts, numbers and faults (`RETURN`). A `Layout` says what surrounds it, a writer makes bytes of it,
and what was made knows where each row went and which of its rows are dressing: that is all a report may differ in.
"""

from __future__ import annotations

import csv
import io
import random
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from generators import shipped_plan

Cell = str | int | float | bool | date
Row = dict[str, Cell]

# --- the return ------------------------------------------------------------------------------------------------------

SPECS: Mapping[str, Any] = shipped_plan()["submission"]["fields"]
FIELDS = tuple(SPECS)
COUNTS = tuple(name for name, spec in SPECS.items() if spec["type"] == "count")
UNIONS = 200
DISTRICTS: Sequence[tuple[Cell, str]] = (
    ("QN", "LĐLĐ thành phố Quy Nhơn"),
    ("AN", "LĐLĐ thị xã An Nhơn"),
    ("HN", "LĐLĐ thị xã Hoài Nhơn"),
    ("TS", "LĐLĐ huyện Tây Sơn"),
    (545, "LĐLĐ huyện Vĩnh Thạnh"),  # a code that a spreadsheet takes for a number
)
NAMES = (
    *("Trường Tiểu học Nguyễn Huệ", "Trường THCS Đống Đa", "Trạm Y tế xã Cát Nhơn", "Xí nghiệp Gỗ Phước Hưng"),
    *("Công ty TNHH Thủy sản Hòa Bình", "Ủy ban nhân dân phường Bùi Thị Xuân", "Hợp tác xã Dệt lụa Phú Phong"),
    *("Bệnh viện Đa khoa khu vực", 'Công ty CP "Thành Đạt", chi nhánh 2; xưởng Ỷ Ỹ', "Kho bạc  Nhà nước"),
)
RATINGS = ("Hoàn thành xuất sắc nhiệm vụ", *["Hoàn thành tốt nhiệm vụ"] * 3, "Hoàn thành nhiệm vụ")
FAULTS: Mapping[int, Row] = {
    3: {"members": ""},
    7: {"party_members_good": 0.865},
    12: {"rating": "Hoàn thành khá"},
    18: {"workers": 12.5},
    25: {"unit_code": "", "unit_name": "Tổng công ty PISICO"},
    31: {"officials": 1, "officials_standard": 4},
    38: {"party_members_good": "86,5%"},
    44: {"cadres": "-"},
    50: {"workers_trained": "#REF!"},
    57: {"unit_code": "QN-002"},  # a union of another district
    63: {"rating": ""},
    69: {"nominees": "1.050"},
    75: {"nominees": date(2024, 5, 1)},
    83: {"unit_code": "HN-002"},
    90: {"unit_code": "#N/A"},
    96: {"members": "1\N{NO-BREAK SPACE}050"},
    101: {"unit_name": "CĐCS " + "Công ty cổ phần Đầu tư, Xây dựng và Thương mại Quốc tế Nhơn Hội " * 40 + "(Ỗ)"},
    107: {"party_members_good": 5, "party_members_failed": 6, "party_members_rated": 10},
    115: {"workers_trained": True},
    122: {"unit_type": "Nghiệp đoàn"},
    128: {"party_members_rated": ""},  # no fault: it has a default
    133: {"members": 900, "party_members": 60, "party_members_rated": 60, "party_members_good": 0},
    140: {"rating": "Không hoàn thành nhiệm vụ"},
    146: {"rating": "Chưa xếp loại", "nominees": 0},
    151: {"unit_name": "CĐCS Tổng công ty PISICO", "nominees": -3},
    158: {"nominees": 0},
    164: {"district_code": ""},
    170: {"unit_name": ""},
    177: {"workers": "khoảng 40", "workers_trained": ""},
    183: {"unit_code": 54504},
    190: {"rating": 2},
    199: {"members": 1_234_567, "workers": 1000},
}
"""What some of the unions, counted from 0, say otherwise."""


def _union(rng: random.Random, number: int) -> Row:
    share = UNIONS // len(DISTRICTS)
    code, district = DISTRICTS[number // share]
    place = number % share + 1
    members = rng.randint(20, 400)
    party = rng.randint(5, 20)
    rated = party - rng.randint(0, 1)
    failed = int(rng.random() < 0.02)
    officials, workers = rng.randint(2, 10), rng.randint(5, members - 10)
    cadres = rng.randint(0, 2)
    return {
        "period": 2024,
        "district_code": code,
        "district_name": district,
        "unit_code": code * 100 + place if isinstance(code, int) else f"{code}-{place:03}",
        "unit_name": f"CĐCS {rng.choice(NAMES)} số {place}",
        "unit_type": "CĐCS",
        "rating": rng.choice(RATINGS),
        "members": members,
        "party_members": party,
        "party_members_rated": rated,
        "party_members_good": rated - failed - rng.randint(0, 1),
        "party_members_failed": failed,
        "nominees": int(rng.random() < 0.97),
        "cadres": cadres,
        "cadres_degree": cadres,
        "cadres_theory": cadres,
        "officials": officials,
        "officials_standard": officials - int(rng.random() < 0.05),
        "workers": workers,
        "workers_trained": workers * rng.randint(50, 90) // 100,
    }


def _office(code: Cell, district: str) -> Row:
    own = {"period": 2024, "district_code": code, "district_name": district}
    unit_code = code * 100 if isinstance(code, int) else f"{code}-000"
    unit = {"unit_code": unit_code, "unit_name": f"Cơ quan {district}", "unit_type": "Cơ quan", "rating": ""}
    return {
        **own,
        **unit,
        **dict.fromkeys(COUNTS, 0),
        "nominees": "",
        "cadres": 4,
        "cadres_degree": 4,
        "cadres_theory": 3,
    }


def _return() -> tuple[tuple[Row, ...], ...]:
    rng = random.Random(130)
    unions = [{**_union(rng, number), **FAULTS.get(number, {})} for number in range(UNIONS)]
    share = UNIONS // len(DISTRICTS)
    return tuple(
        (_office(code, name), *unions[place * share : (place + 1) * share])
        for place, (code, name) in enumerate(DISTRICTS)
    )


RETURN = _return()
"""Its rows, district by district; the first of each is of the office."""


def written(cell: Cell) -> str:
    """A cell as text."""
    if isinstance(cell, bool):
        return str(cell).upper()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


# --- other ways to write a word --------------------------------------------------------------------------------------


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def other_tone(text: str) -> str:
    """The tone on the other vowel: hòa for hoà."""
    split = re.sub("([oOuU])([aeyAEY])([\u0300\u0301\u0303\u0309\u0323])", r"\1\3\2", decomposed(text))
    return unicodedata.normalize("NFC", split)


def icelandic(text: str) -> str:
    """The letter eth for Đ; they look alike in capitals."""
    return text.replace("Đ", "Ð")


def african(text: str) -> str:
    return text.replace("Đ", "Ɖ")


def spaced(text: str) -> str:
    return "  " + text.replace(" ", " \N{NO-BREAK SPACE} ") + " "


def tones_apart(text: str) -> str:
    """The letters of cp1258, every tone as a sign of its own behind the letter, as Vietnamese keyboards type them."""
    letters = ""
    for letter in unicodedata.normalize("NFC", text):
        parts = decomposed(letter)
        tones = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        letters += unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones)) + tones
    return letters


def fewest_tones(text: str) -> str:
    """The letters of cp1258, with the tones that it has letters for in them."""

    def known(letter: str) -> bool:
        try:
            letter.encode("cp1258")
        except UnicodeEncodeError:
            return False
        return True

    return "".join(c if known(c) else tones_apart(c) for c in unicodedata.normalize("NFC", text))


# --- layouts ---------------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """A row as it is laid out: what it is (`data`, `own header`, `blank`, or what it is left out as), which row of the return."""

    what: str
    cells: list[Cell]
    origin: int | None = None


Area = tuple[int, int, int, int]
"""First and last row, first and last column, from 0."""


@dataclass
class Sheet:
    """Rows laid out, the columns that are merged in them, and the fields by column."""

    name: str
    lines: list[Line]
    columns: Mapping[int, str]
    merged: list[Area] = field(default_factory=list)
    hidden: bool = False


GROUPS = {
    "party_members": ("Đoàn viên là đảng viên", "Tổng số"),
    "party_members_rated": ("", "được xếp loại"),
    "party_members_good": ("", "hoàn thành tốt"),
    "party_members_failed": ("", "không hoàn thành"),
    "cadres": ("Cán bộ chuyên trách", "Tổng số"),
    "cadres_degree": ("", "có trình độ đại học trở lên"),
    "cadres_theory": ("", "có trình độ LLCT trung cấp trở lên"),
    "officials": ("Đoàn viên là CBCCVC", "Tổng số"),
    "officials_standard": ("", "đạt chuẩn chức danh"),
    "workers": ("Lao động", ""),
    "workers_trained": ("", "được đào tạo, bồi dưỡng nghề"),
}
ROMAN = ("I", "II", "III", "IV", "V")


@dataclass(frozen=True)
class Layout:
    """What surrounds the table, and how its headers and labels are written."""

    titles: int = 0
    blank_above: int = 0
    offset: int = 0
    """Columns left blank on the left."""
    ordinal: str = ""
    """The header of the column that numbers the rows."""
    remarks: bool = False
    """A column that is not to be read, with texts."""
    two_rows: str = ""
    """A header over two rows: `merged`, or `low`, where single headers stand in its lower row."""
    breaks: bool = False
    """Line breaks inside headers."""
    header: Callable[[str], str] | str = ""
    """`field`: names of fields; `alias`: other headers of the plan; or how each is rewritten."""
    labels: Callable[[str], str] | str = ""
    """`alias`: other labels of the plan; or how each is rewritten."""
    numbers: str = ""
    """A row of the columns' numbers: `signs`, `figures`, `letters`, `sums`."""
    headings: str = ""
    """Rows above each district: `roman`, `sums` (roman, with figures), `text`, `merged` (over the table), `merged name` (from the
    units' names on), `plain`."""
    subtotals: str = ""
    """Rows below each district: where their word stands: `name`, `first`, or `coded`, with
    the period and the codes of the district."""
    total: str = ""
    """Where the sum of all stands: `below` or `above`."""
    foot: int = 0
    """Rows of places, dates and signatures."""
    beside: int = 0
    """Columns right of the table, which signatures reach."""
    again: bool = False
    """The header once more in the middle."""
    blank_between: bool = False
    order: int | None = None
    """The seed by which columns change places."""
    sheets: bool = False
    """A sheet for each district."""
    help: bool = False
    """A sheet with words on how to fill in the others, and one without anything."""


def _order(layout: Layout) -> list[str]:
    names = list(FIELDS)
    if layout.order is not None:
        random.Random(layout.order).shuffle(names)
    return names


def _header(name: str, layout: Layout) -> str:
    headers: list[str] = SPECS[name]["headers"]
    if callable(layout.header):
        text = layout.header(headers[0])
    else:
        text = {"field": name, "alias": headers[min(1, len(headers) - 1)], "": headers[0]}[layout.header]
    return _broken(text) if layout.breaks else text


def _broken(text: str) -> str:
    """Line breaks at some of the blanks."""
    words = text.split(" ")
    return "\n".join(" ".join(words[i : i + 2]) for i in range(0, len(words), 2))


def _label(name: str, cell: Cell, layout: Layout) -> Cell:
    values: Mapping[str, list[str]] = SPECS[name].get("values", {})
    found = next((labels for labels in values.values() if cell in labels), None)
    if found is None or not isinstance(cell, str):
        return cell
    if callable(layout.labels):
        return layout.labels(cell)
    return found[-1] if layout.labels == "alias" else cell


def _sum(rows: Sequence[Row], name: str) -> int:
    """What the readable cells of a column add up to."""
    return sum(v for row in rows if isinstance(v := row[name], int) and not isinstance(v, bool) and v > 0)


class _Page:
    """A sheet on its way."""

    def __init__(self, layout: Layout, name: str) -> None:
        self.layout = layout
        self.names = _order(layout)
        self.before = [""] * layout.offset + ([layout.ordinal] if layout.ordinal else [])
        first = len(self.before)
        self.width = first + len(self.names) + layout.remarks + layout.beside
        self.column = {name: first + place for place, name in enumerate(self.names)}
        self.sheet = Sheet(name, [], {column: name for name, column in self.column.items()})
        self._number = 0

    def add(self, what: str, *cells: Cell) -> None:
        """A row, filled up to the width of the table."""
        self.sheet.lines.append(Line(what, [*cells, *[""] * (self.width - len(cells))]))

    def put(self, what: str, cells: Mapping[int, Cell]) -> None:
        """A row with cells at their columns."""
        self.sheet.lines.append(Line(what, [cells.get(column, "") for column in range(self.width)]))

    def merge_last(self, first: int, last: int) -> None:
        row = len(self.sheet.lines) - 1
        self.sheet.merged.append((row, row, first, last))

    @property
    def first(self) -> int:
        return self.layout.offset

    def top(self) -> None:
        layout, middle = self.layout, self.width // 2
        titles: list[dict[int, Cell]] = [
            {0: "LIÊN ĐOÀN LAO ĐỘNG TỈNH BÌNH ĐỊNH", middle: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"},
            {0: "Số: 12/BC-LĐLĐ", middle: "Độc lập - Tự do - Hạnh phúc"},
            {0: "BÁO CÁO KẾT QUẢ THỰC HIỆN KẾ HOẠCH 130/KH-LĐLĐ"},
            {0: "Kỳ báo cáo: năm", 3: 2024},
        ]
        for title in titles[: layout.titles]:
            self.put("title", title)
            if len(title) == 1:
                self.merge_last(0, self.width - 1)
        for _ in range(layout.blank_above):
            self.add("blank")
        self.header("own header")
        self.numbers()

    def header(self, what: str) -> None:
        layout = self.layout
        if not layout.two_rows:
            texts: list[Cell] = [*self.before, *(_header(name, layout) for name in self.names)]
            self.add(what, *texts, *(["Ghi chú"] if layout.remarks else []))
            return
        upper, lower = [*self.before], [""] * len(self.before)
        row = len(self.sheet.lines)
        merged = layout.two_rows == "merged"
        for name in self.names:
            group, below = GROUPS.get(name, (_header(name, layout), ""))
            alone = name not in GROUPS
            upper.append("" if alone and not merged else group)
            lower.append(group if alone and not merged else below)
            if alone and merged:
                self.sheet.merged.append((row, row + 1, self.column[name], self.column[name]))
        if layout.remarks:
            upper.append("Ghi chú")
        if merged:
            for first, last in (
                ("party_members", "party_members_failed"),
                ("cadres", "cadres_theory"),
                ("officials", "officials_standard"),
                ("workers", "workers_trained"),
            ):
                self.sheet.merged.append((row, row, self.column[first], self.column[last]))
        if layout.breaks:
            upper, lower = [_broken(text) for text in upper], [_broken(text) for text in lower]
        self.add(what, *upper)
        self.add(what, *lower)

    def numbers(self) -> None:
        columns = range(self.first, self.width - self.layout.beside)
        cells: dict[str, Callable[[int], Cell]] = {
            "signs": lambda n: f"({n})",
            "figures": lambda n: n,
            "letters": lambda n: "ABCDEFG"[n - 1] if n < 8 else n - 7,
            "sums": lambda n: f"({n})=({n + 1})+({n + 2})" if n == 9 else f"({n})",
        }
        if self.layout.numbers:
            number = cells[self.layout.numbers]
            self.put("numbers", {column: number(place) for place, column in enumerate(columns, start=1)})

    def sums(self, what: str, rows: Sequence[Row], words: Mapping[int, Cell]) -> None:
        figures: dict[int, Cell] = {self.column[name]: _sum(rows, name) for name in COUNTS}
        self.put(what, {**figures, **words})

    def heading(self, place: int, rows: Sequence[Row]) -> None:
        numeral, name = ROMAN[place], DISTRICTS[place][1]
        match self.layout.headings:
            case "roman":
                self.put("heading", {self.first: numeral, self.column["unit_name"]: name})
            case "sums":
                self.sums("total", rows, {self.first: numeral, self.column["unit_name"]: name})
            case "text":
                self.put("heading", {self.first: f"{numeral}. {name}"})
            case "merged":
                self.put("heading", {self.first: name})
                self.merge_last(self.first, self.width - 1)
            case "merged name":
                self.put("heading", {self.column["unit_name"]: name})
                self.merge_last(self.column["unit_name"], self.width - 1)
            case "plain":
                self.put("note", {self.first: name})

    def data(self, row: Row, index: int) -> None:
        self._number += 1
        layout = self.layout
        before: list[Cell] = [*[""] * layout.offset, *([self._number] if layout.ordinal else [])]
        cells = [_label(name, row[name], layout) for name in self.names]
        remark = ["Mới thành lập, chưa xếp loại" if index % 7 == 0 else ""] if layout.remarks else []
        beside = [""] * layout.beside
        self.sheet.lines.append(Line("data", [*before, *cells, *remark, *beside], index))

    def district(self, place: int, start: int) -> None:
        layout, rows = self.layout, RETURN[place]
        self.heading(place, rows)
        for index, row in enumerate(rows, start=start):
            self.data(row, index)
            if layout.blank_between and index % 5 == 0:
                self.add("blank")
        if layout.subtotals:
            code, name = DISTRICTS[place]
            column = self.first if layout.subtotals == "first" else self.column["unit_name"]
            words: dict[int, Cell] = {column: f"Cộng {name}"}
            if layout.subtotals == "coded":
                own: Row = {"period": 2024, "district_code": code, "district_name": name, "unit_name": "CỘNG"}
                words = {self.column[field]: cell for field, cell in own.items()}
            self.sums("total", rows, words)

    def total(self, rows: Sequence[Row]) -> None:
        self.sums("total", rows, {self.first: "Tổng cộng:"})

    def bottom(self) -> None:
        layout = self.layout
        name, last = self.column["unit_name"], self.width - (1 if layout.beside else 2)
        # Texts in the column of a text are data, unless a total came before.
        left = name if layout.total == "below" or layout.subtotals else self.first
        lines: list[dict[int, Cell]] = [
            {self.first: "Ghi chú: số liệu tính đến ngày 31/12/2024"},
            {last: "Quy Nhơn, ngày 15 tháng 01 năm 2025"},
            {left: "NGƯỜI LẬP BIỂU", last: "TM. BAN THƯỜNG VỤ"},
            {left: "(Ký, ghi rõ họ tên)", last: "CHỦ TỊCH"},
            {left: "Nguyễn Thị Thủy Tiên", last: "Trần Đình Hoà"},
        ]
        if layout.foot:
            self.add("blank")
        for line in lines[: layout.foot]:
            self.put("note", line)


def lay_out(layout: Layout) -> list[Sheet]:
    """The return with all that surrounds it."""
    starts = [sum(len(rows) for rows in RETURN[:place]) for place in range(len(RETURN))]
    every = [row for rows in RETURN for row in rows]
    parts = [[place] for place in range(len(RETURN))] if layout.sheets else [list(range(len(RETURN)))]
    found: list[Sheet] = []
    for part in parts:
        page = _Page(layout, f"{part[0] + 1}. {DISTRICTS[part[0]][1][5:]}" if layout.sheets else "Biểu 1")
        page.top()
        rows = [row for place in part for row in RETURN[place]] if layout.sheets else every
        if layout.total == "above":
            page.total(rows)
        for place in part:
            page.district(place, starts[place])
            if layout.again and place == part[len(part) // 2]:
                page.header("header")
        if layout.total == "below":
            page.total(rows)
        page.bottom()
        found.append(page.sheet)
    if layout.help:
        words = ["HƯỚNG DẪN", "Điền mỗi công đoàn cơ sở một dòng.", "Không sửa tên cột."]
        found.insert(0, Sheet("Hướng dẫn", [Line("help", [word]) for word in words], {}))
        found.append(Sheet("Sheet3", [], {}))
    return found


# --- texts -----------------------------------------------------------------------------------------------------------

_MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@dataclass(frozen=True)
class Text:
    """A file of delimited text."""

    encoding: str = "utf-8"
    delimiter: str = ","
    end: str = "\n"
    """`mixed`: each of the three, in turn."""
    quote_all: bool = False
    spelt: Callable[[str], str] = str
    """How every letter of the file is written."""
    ragged: bool = False
    """Rows beside the table only as long as they need be."""
    first_line: str = ""
    no_last_end: bool = False

    def write(self, sheets: Sequence[Sheet]) -> tuple[bytes, list[list[int]]]:
        """The bytes, and the line on which each row starts."""
        (sheet,) = sheets
        text = self.first_line
        numbers: list[int] = []
        for place, line in enumerate(sheet.lines):
            numbers.append(1 + len(re.findall("\r\n|\r|\n", text)))
            end = ("\n", "\r\n", "\r")[place % 3] if self.end == "mixed" else self.end
            text += self._line(line) + ("" if self.no_last_end and line is sheet.lines[-1] else end)
        data = self.spelt(text).encode(self.encoding)
        return _MARKS.get(self.encoding, b"") + data, [numbers]

    def _line(self, line: Line) -> str:
        cells = [written(cell) for cell in line.cells]
        if self.end == "\r":
            cells = [cell.replace("\n", "\r") for cell in cells]
        if self.ragged and line.what not in ("data", "own header"):
            while cells and not cells[-1]:
                cells.pop()
        out = io.StringIO()
        writer = csv.writer(
            out,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL,
            lineterminator="\r\n",
        )
        writer.writerow(cells)
        return out.getvalue().removesuffix("\r\n")


# --- workbooks -------------------------------------------------------------------------------------------------------


def _as_typed(cell: Cell, typed: bool) -> Cell:
    return cell if typed else written(cell)


def _numbers(sheets: Sequence[Sheet]) -> list[list[int]]:
    return [list(range(1, len(sheet.lines) + 1)) for sheet in sheets]


@dataclass(frozen=True)
class Xlsx:
    """A workbook as openpyxl writes it, its texts in the cells; or moved to where Excel puts them."""

    typed: bool = True
    """Numbers, errors, dates and truth as such; else all of them as texts."""
    texts: str = "inline"
    """`inline`, `shared`, or `rich`: shared, each in several runs."""
    formulas: bool = False
    """Every number as the result of a formula."""
    prefixed: bool = False
    """With a prefix before the name of each element of a sheet, as some programs write them."""

    def write(self, sheets: Sequence[Sheet]) -> tuple[bytes, list[list[int]]]:
        import openpyxl

        book = openpyxl.Workbook()
        for place, sheet in enumerate(sheets):
            page: Any = book.active if place == 0 else book.create_sheet()
            page.title = sheet.name
            for row, line in enumerate(sheet.lines, start=1):
                for column, cell in enumerate(line.cells, start=1):
                    if cell != "":
                        self._put(page.cell(row, column), cell)
            for top, bottom, left, right in sheet.merged:
                page.merge_cells(start_row=top + 1, end_row=bottom + 1, start_column=left + 1, end_column=right + 1)
        out = io.BytesIO()
        book.save(out)
        return self._rewritten(out.getvalue()), _numbers(sheets)

    def _put(self, cell: Any, value: Cell) -> None:
        cell.value = _as_typed(value, self.typed)
        if isinstance(value, str):
            cell.data_type = "e" if self.typed and value.startswith("#") else "s"
        if self.typed and isinstance(value, float):
            cell.number_format = "0.0##"

    def _rewritten(self, data: bytes) -> bytes:
        shared: dict[str, int] = {}

        def share(found: re.Match[str]) -> str:
            number = shared.setdefault(found[2], len(shared))
            return f'<c{found[1]}t="s"><v>{number}</v></c>'

        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = {name: book.read(name).decode() for name in book.namelist()}
        for name in [name for name in parts if name.startswith("xl/worksheets/")]:
            if self.texts != "inline":
                parts[name] = re.sub(
                    r'<c([^>]*?)t="inlineStr"><is><t[^>]*>(.*?)</t></is></c>', share, parts[name], flags=re.DOTALL
                )
            if self.formulas:
                parts[name] = re.sub(r't="n"><v>(?=[0-9])', "><f>SUM(ZZ1:ZZ9)</f><v>", parts[name])
            if self.prefixed:
                parts[name] = re.sub("<(/?)([A-Za-z])", r"<\1x:\2", parts[name]).replace("xmlns=", "xmlns:x=", 1)
        if shared:
            self._add_shared(parts, shared)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
            for name, part in parts.items():
                book.writestr(name, part)
        return out.getvalue()

    def _add_shared(self, parts: dict[str, str], texts: Mapping[str, int]) -> None:
        main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        types, links = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{main}"/></Types>'
        link = f'<Relationship Id="rIdTexts" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
        parts[types] = parts[types].replace("</Types>", override)
        parts[links] = parts[links].replace("</Relationships>", link)
        parts["xl/sharedStrings.xml"] = self._shared(texts)

    def _shared(self, texts: Mapping[str, int]) -> str:
        space = 'xml:space="preserve"'
        items = []
        for text in texts:
            if self.texts == "rich":
                runs = re.findall(r"\s*\S+\s*", text, re.DOTALL) or [text]
                items.append("".join(f"<r><rPr><b/></rPr><t {space}>{run}</t></r>" for run in runs))
            else:
                items.append(f"<t {space}>{text}</t>")
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        body = "".join(f"<si>{item}</si>" for item in items)
        return f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{main}">{body}</sst>'


@dataclass(frozen=True)
class Xls:
    """An old Excel workbook."""

    typed: bool = True

    def write(self, sheets: Sequence[Sheet]) -> tuple[bytes, list[list[int]]]:
        import xlwt  # type: ignore[import-untyped]

        book = xlwt.Workbook()
        as_date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
        plain = xlwt.easyxf()
        for sheet in sheets:
            page = book.add_sheet(sheet.name)
            areas = {(top, left): (bottom, right) for top, bottom, left, right in sheet.merged}
            for row, line in enumerate(sheet.lines):
                for column, cell in enumerate(line.cells):
                    value = _as_typed(cell, self.typed)
                    if (row, column) in areas:
                        bottom, right = areas[row, column]
                        page.write_merge(row, bottom, column, right, value)
                    elif isinstance(value, str) and value.startswith("#") and self.typed:
                        page.row(row).set_cell_error(column, "#N/A!" if value == "#N/A" else value)
                    elif value != "":
                        page.write(row, column, value, as_date if isinstance(value, date) else plain)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue(), _numbers(sheets)


@dataclass(frozen=True)
class Ods:
    """An OpenDocument spreadsheet; blank cells in a row are one that is repeated."""

    typed: bool = True
    grouped: bool = False
    """The first row is one to be repeated on every page, the others are in a group that can be folded."""

    def write(self, sheets: Sequence[Sheet]) -> tuple[bytes, list[list[int]]]:
        from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]

        book = OpenDocumentSpreadsheet()
        for sheet in sheets:
            book.spreadsheet.addElement(self._table(sheet))
        out = io.BytesIO()
        book.write(out)
        return out.getvalue(), _numbers(sheets)

    def _table(self, sheet: Sheet) -> Any:
        from odf.table import CoveredTableCell, Table, TableCell, TableHeaderRows, TableRow, TableRowGroup  # type: ignore[import-untyped]

        areas = {(top, left): (bottom, right) for top, bottom, left, right in sheet.merged}
        covered = {
            (row, column)
            for top, bottom, left, right in sheet.merged
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        } - set(areas)
        table = Table(name=sheet.name)
        above, below = (TableHeaderRows(), TableRowGroup()) if self.grouped else (table, table)
        if self.grouped:
            table.addElement(above)
            table.addElement(below)
        for row, line in enumerate(sheet.lines):
            line_of_table = TableRow()
            blank = 0
            for column, cell in enumerate(line.cells):
                place = (row, column)
                if cell == "" and place not in covered and place not in areas:
                    blank += 1
                    continue
                if blank:
                    line_of_table.addElement(TableCell(numbercolumnsrepeated=blank))
                    blank = 0
                if place in covered:
                    line_of_table.addElement(CoveredTableCell())
                    continue
                spans = {}
                if place in areas:
                    bottom, right = areas[place]
                    spans = {"numberrowsspanned": bottom - row + 1, "numbercolumnsspanned": right - column + 1}
                line_of_table.addElement(self._cell(_as_typed(cell, self.typed), spans))
            if blank:
                line_of_table.addElement(TableCell(numbercolumnsrepeated=blank))
            (below if row else above).addElement(line_of_table)
        return table

    def _cell(self, value: Cell, spans: Mapping[str, int]) -> Any:
        from odf.table import TableCell
        from odf.teletype import addTextToElement  # type: ignore[import-untyped]
        from odf.text import P  # type: ignore[import-untyped]

        shown: str = written(value)
        match value:
            case bool():
                cell = TableCell(valuetype="boolean", booleanvalue=str(value).lower(), **spans)
            case int() | float():
                cell = TableCell(valuetype="float", value=repr(value), **spans)
            case date():
                cell = TableCell(valuetype="date", datevalue=shown, **spans)
            case _ if self.typed and value.startswith("#"):
                cell = TableCell(formula=f"of:={value}", valuetype="string", stringvalue="", **spans)
            case _:
                cell = TableCell(valuetype="string", **spans) if value else TableCell(**spans)
        for part in shown.split("\n") if shown else []:
            paragraph = P()
            addTextToElement(paragraph, part)
            cell.addElement(paragraph)
        return cell


# --- guises ----------------------------------------------------------------------------------------------------------

Writer = Text | Xlsx | Xls | Ods
Place = tuple[str, str | None, int]
"""File, sheet and row number."""


class Made(NamedTuple):
    """Files, and what their report may say otherwise than that of the bare table."""

    files: list[tuple[str, bytes]]
    rows: Mapping[Place, int]
    """The row of the return that each row is."""
    columns: Mapping[str, str]
    """By its letter, the field of a column."""
    left_out: list[tuple[str, str, int, str, str]]
    """File, sheet, row (0 for a sheet as a whole), what it is and its text, sorted."""


@dataclass(frozen=True)
class Guise:
    """A way to dress the return."""

    file: str
    writer: Writer
    layout: Layout = Layout()
    composed: bool = False
    """Whether names are written in NFD, and so shown: the reports are the same once they are composed."""
    more: tuple[tuple[str, Writer], ...] = ()
    """Other files: each sheet is in one of its own."""

    def make(self, change: Callable[[list[Sheet]], None] = lambda _: None) -> Made:
        sheets = lay_out(self.layout)
        change(sheets)
        made = Made([], {}, {}, [])
        files = [(self.file, self.writer), *self.more]
        parts = [[sheet] for sheet in sheets] if self.more else [sheets]
        for (file, writer), part in zip(files, parts, strict=True):
            made = self._with_file(made, file, writer, part)
        return made._replace(left_out=sorted(made.left_out))

    def _with_file(self, made: Made, file: str, writer: Writer, sheets: Sequence[Sheet]) -> Made:
        data, numbers = writer.write(sheets)
        rows: dict[Place, int] = {}
        columns: dict[str, str] = {}
        left_out: list[tuple[str, str, int, str, str]] = []
        if isinstance(writer, Text) and writer.first_line:
            left_out.append((file, "", 1, "title", writer.first_line.strip().rstrip(writer.delimiter)))
        for sheet, lines in zip(sheets, numbers, strict=True):
            name = None if isinstance(writer, Text) else sheet.name
            columns |= {chr(ord("A") + column): of for column, of in sheet.columns.items()}
            for line, number in zip(sheet.lines, lines, strict=True):
                if line.origin is not None:
                    rows[file, name, number] = line.origin
                elif line.what not in ("blank", "own header", "help"):
                    left_out.append((file, name or "", number, line.what, self._text(line)))
            if sheet.lines and sheet.lines[0].what == "help":
                left_out.append((file, name or "", 0, "sheet", " ".join(map(self._text, sheet.lines[:2]))))
        return Made(
            [*made.files, (file, data)],
            {**made.rows, **rows},
            {**made.columns, **columns},
            [*made.left_out, *left_out],
        )

    def _text(self, line: Line) -> str:
        spelt = decomposed if self.composed else str
        return " ".join(spelt(" ".join(map(written, line.cells))).split())[:200]


BARE = Guise("bare.csv", Text())
"""Nothing but the table, in UTF-8 with commas."""

_TITLED = Layout(titles=4, blank_above=2, ordinal="STT")
_OFFICE = Layout(
    titles=4,
    blank_above=1,
    ordinal="STT",
    remarks=True,
    numbers="signs",
    headings="roman",
    subtotals="name",
    total="below",
    foot=5,
)
_TWO = Layout(titles=3, ordinal="TT", two_rows="merged", numbers="signs", headings="sums", total="below", foot=5)
_SHEETS = Layout(titles=3, ordinal="STT", sheets=True, help=True, total="below", foot=5)

GUISES: dict[str, Guise] = {
    # encodings, delimiters, line ends
    "utf-8-sig": Guise("a.csv", Text("utf-8-sig")),
    "semicolons-crlf": Guise("a.csv", Text("utf-8-sig", ";", "\r\n")),
    "tabs": Guise("a.tsv", Text(delimiter="\t")),
    "quotes": Guise("a.csv", Text(quote_all=True, end="\r\n")),
    "quotes-semicolons": Guise("a.csv", Text(delimiter=";", quote_all=True)),
    "cr": Guise("a.csv", Text(end="\r")),
    "cr-tabs": Guise("a.txt", Text(delimiter="\t", end="\r")),
    "mixed-ends": Guise("a.csv", Text(end="mixed")),
    "no-last-end": Guise("a.csv", Text(end="\r\n", no_last_end=True)),
    "excel-unicode-text": Guise("a.txt", Text("utf-16-le", "\t", "\r\n")),
    "utf-16-be": Guise("a.csv", Text("utf-16-be", ",", "\n")),
    "utf-16-be-semicolons-cr": Guise("a.csv", Text("utf-16-be", ";", "\r", quote_all=True)),
    "cp1258": Guise("a.csv", Text("cp1258", ",", "\r\n", spelt=tones_apart)),
    "cp1258-semicolons": Guise("a.csv", Text("cp1258", ";", "\r\n", spelt=fewest_tones)),
    "cp1258-tabs": Guise("a.txt", Text("cp1258", "\t", "\r", quote_all=True, spelt=fewest_tones)),
    "nfd": Guise("a.csv", Text(spelt=decomposed), composed=True),
    "nfd-utf-16": Guise("a.txt", Text("utf-16-le", "\t", "\r\n", spelt=decomposed), _OFFICE, composed=True),
    "sep-line": Guise("a.csv", Text(delimiter=";", end="\r\n", first_line="sep=;\r\n")),
    # headers and labels
    "field-names": Guise("a.csv", Text(), Layout(header="field")),
    "aliases": Guise("a.csv", Text(), Layout(header="alias", labels="alias")),
    "capitals": Guise("a.csv", Text(), Layout(header=str.upper, labels=str.upper)),
    "small-letters": Guise("a.csv", Text(delimiter=";"), Layout(header=str.lower, labels=str.lower)),
    "nfd-labels": Guise("a.csv", Text(), Layout(header=decomposed, labels=decomposed)),
    "tones-elsewhere": Guise("a.csv", Text(), Layout(header=other_tone, labels=other_tone)),
    "eth": Guise("a.csv", Text(), Layout(header=icelandic, labels=icelandic)),
    "african-d": Guise("a.csv", Text(), Layout(header=african, labels=african)),
    "blanks": Guise("a.csv", Text(), Layout(header=spaced, labels=spaced)),
    "line-breaks": Guise("a.csv", Text(end="\r\n"), Layout(breaks=True)),
    "line-breaks-cr": Guise("a.csv", Text(end="\r"), Layout(breaks=True, titles=2)),
    "other-order": Guise("a.csv", Text(), Layout(order=1)),
    "other-order-tabs": Guise("a.txt", Text("utf-16-le", "\t"), Layout(order=2, ordinal="Số TT", remarks=True)),
    # layouts in text
    "titles": Guise("a.csv", Text(), Layout(titles=4)),
    "titles-ragged": Guise("a.csv", Text(ragged=True), _TITLED),
    "column-c": Guise("a.csv", Text(), Layout(titles=3, blank_above=2, offset=2)),
    "delimiters-at-ends": Guise("a.csv", Text(), Layout(beside=1)),
    "two-rows": Guise("a.csv", Text(), Layout(two_rows="merged")),
    "two-rows-low": Guise("a.csv", Text(), Layout(two_rows="low", titles=2, numbers="figures")),
    "two-rows-breaks": Guise("a.csv", Text(end="mixed"), replace(_TWO, breaks=True)),
    "numbers-figures": Guise("a.csv", Text(), Layout(numbers="figures")),
    "numbers-letters": Guise("a.csv", Text(), Layout(ordinal="STT", numbers="letters")),
    "numbers-sums": Guise("a.csv", Text(), Layout(ordinal="STT", numbers="sums")),
    "headings": Guise("a.csv", Text(), Layout(ordinal="STT", headings="roman")),
    "headings-text": Guise("a.csv", Text(ragged=True), Layout(headings="text")),
    "headings-plain": Guise("a.csv", Text(), Layout(ordinal="TT", headings="plain")),
    "headings-sums": Guise("a.csv", Text(), Layout(ordinal="STT", headings="sums", total="below")),
    "subtotals": Guise("a.csv", Text(), Layout(subtotals="name")),
    "subtotals-first": Guise("a.csv", Text(ragged=True), Layout(ordinal="STT", subtotals="first", total="below")),
    "subtotals-coded": Guise("a.csv", Text(), Layout(subtotals="coded", total="below", foot=5)),
    "total-above": Guise("a.csv", Text(), Layout(total="above", headings="text")),
    "foot": Guise("a.csv", Text(), Layout(ordinal="STT", foot=5)),
    "foot-after-total": Guise("a.csv", Text(ragged=True), Layout(total="below", foot=5)),
    "header-again": Guise("a.csv", Text(), Layout(again=True)),
    "blank-lines": Guise("a.csv", Text(ragged=True), Layout(blank_between=True, titles=1, blank_above=3)),
    "blank-rows": Guise("a.csv", Text(end="\r\n"), Layout(blank_between=True)),
    "office-csv": Guise("a.csv", Text("utf-8-sig", ";", "\r\n"), _OFFICE),
    "office-cp1258": Guise("a.txt", Text("cp1258", "\t", "\r\n", spelt=tones_apart), _OFFICE),
    "two-rows-utf-16": Guise("a.txt", Text("utf-16-le", "\t", "\r\n"), replace(_TWO, again=True)),
    # workbooks
    "xlsx": Guise("a.xlsx", Xlsx()),
    "xlsx-texts": Guise("a.xlsx", Xlsx(typed=False)),
    "xlsx-shared": Guise("a.xlsx", Xlsx(texts="shared")),
    "xlsx-shared-texts": Guise("a.xlsx", Xlsx(typed=False, texts="shared")),
    "xlsx-rich": Guise("a.xlsx", Xlsx(texts="rich")),
    "xlsx-formulas": Guise("a.xlsx", Xlsx(texts="shared", formulas=True), _OFFICE),
    "xlsx-prefixed": Guise("a.xlsx", Xlsx(texts="shared", prefixed=True), Layout(ordinal="STT", headings="merged")),
    "xls": Guise("a.xls", Xls()),
    "xls-texts": Guise("a.xls", Xls(typed=False)),
    "ods": Guise("a.ods", Ods()),
    "ods-texts": Guise("a.ods", Ods(typed=False)),
    "ods-grouped": Guise("a.ods", Ods(grouped=True)),
    "xlsx-named-csv": Guise("a.csv", Xlsx(), _TITLED),
    **{
        f"{kind}-{name}": Guise(f"a.{kind}", writer, layout)
        for kind, writer in (("xlsx", Xlsx(texts="shared")), ("xls", Xls()), ("ods", Ods()))
        for name, layout in (
            ("office", _OFFICE),
            ("two-rows", replace(_TWO, breaks=True)),
            ("sheets", _SHEETS),
            ("headings-merged", Layout(titles=3, ordinal="STT", headings="merged", again=True, foot=5)),
            ("headings-names", Layout(ordinal="STT", headings="merged name")),
            ("beside", Layout(total="below", foot=5, beside=2)),
            ("column-c", Layout(titles=3, blank_above=2, offset=2, total="below")),
            ("other-order", Layout(order=3, labels=str.upper, numbers="figures", ordinal="STT", total="above")),
        )
    },
    "files": Guise(
        "1.csv",
        Text("cp1258", ";", "\r\n", spelt=tones_apart),
        replace(_OFFICE, sheets=True),
        more=(
            ("2.xlsx", Xlsx(texts="shared")),
            ("3.xls", Xls()),
            ("4.ods", Ods()),
            ("5.txt", Text("utf-16-le", "\t", "\r\n", ragged=True)),
        ),
    ),
    "xlsx-sheets-two-rows": Guise("a.xlsx", Xlsx(), replace(_TWO, sheets=True, help=True, headings="text")),
    "xlsx-sheets-fields": Guise("a.xlsx", Xlsx(typed=False), Layout(sheets=True, header="field", blank_between=True)),
}
