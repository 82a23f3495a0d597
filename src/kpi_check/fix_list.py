"""A copy of a workbook or a table of text, as a workbook, in which every faulty cell is coloured and says what to do.

Its first sheet lists all faults with links to their cells. What users wrote stays text: nothing in it becomes a formula.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from kpi_check.cells import read_count
from kpi_check.errors import Message, UsageError, message
from kpi_check.locale import Language
from kpi_check.plan import Plan
from kpi_check.readers import Source, open_grids
from kpi_check.readers.layout import HEAD, find_header
from kpi_check.readers.package import MAX_COLUMN, MAX_ROW, cells_written
from kpi_check.report import Issue, Report
from kpi_check.sheets import saved, write_text
from kpi_check.submission import Grid
from kpi_check.text import visible

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_CELLS = 1_000_000
"""The most cells of a copy; each takes some hundred bytes."""
MAX_STYLED = 400_000
"""The most cells, blank ones too, of a workbook that is copied with its looks; each takes some hundred bytes more."""
MAX_COMMENT = 2000
_COLOURS = {"error": "FFC7CE", "warning": "FFEB9C"}
_LIST = "kpi-check"
_WIDTHS = (6, 11, 16, 8, 7, 26, 30, 16, 46, 46)


def write_fix_list(plan: Plan, source: Source, report: Report, lang: Language, stream: BinaryIO) -> None:
    """Write the copy of a report's one file. Raises UsageError if it is too large for that."""
    copy = _copied(plan, source)
    issues = [issue for issue in report.issues if issue.severity in _COLOURS]
    for (sheet, row, column), found in _by_cell(issues, copy.titles).items():
        _mark(copy.sheet(sheet), row + copy.above, column, found)
    _list(copy, issues, lang)
    stream.write(saved(copy.book))


# --- the copy --------------------------------------------------------------------------------------------------------


class _Copy(NamedTuple):
    """A workbook, and what each sheet of the file is called in it: names may be too long for it, or alike."""

    book: Workbook
    titles: Mapping[str | None, str]
    above: int = 0
    """How many rows there are in it above the first one of the file: 1 if the names of the columns are none."""

    def sheet(self, sheet: str | None) -> Worksheet:
        """The copy of a sheet."""
        copied: Worksheet = self.book[self.titles[sheet]]
        return copied


def _copied(plan: Plan, source: Source) -> _Copy:
    grids = open_grids(source, plan)
    _must_fit(grids)
    if grids[0].sheet is not None:
        copy = _as_it_is(source)
        if copy is not None and all(grid.sheet in copy.sheetnames for grid in grids):
            return _Copy(copy, {grid.sheet: str(grid.sheet) for grid in grids})
    return _as_values(grids, plan)


def _must_fit(grids: Sequence[Grid]) -> None:
    """Refuse what a workbook has no room for, or what would take too much memory."""
    size = 0
    for grid in grids:
        for block in grid.blocks():
            size += sum(map(len, block.rows))
            rows, columns = max(block.numbers, default=0), max(map(len, block.rows), default=0)
            if rows > MAX_ROW or columns > MAX_COLUMN:
                raise _too_large(
                    message(
                        "{path}: a workbook has room for {rows} rows and {columns} columns, and this goes beyond",
                        path=grid.path,
                        rows=MAX_ROW,
                        columns=MAX_COLUMN,
                    )
                )
    if size > MAX_CELLS:
        path = grids[0].path
        raise _too_large(
            message("{path}: {cells} cells are too many for a list of faults in a copy", path=path, cells=size)
        )


def _too_large(what: Message) -> UsageError:
    return UsageError(what, message("use --output report.json --limit all"))


def _as_it_is(source: Source) -> Workbook | None:
    """The user's own workbook; None if it is of another format than openpyxl writes, or would take too much memory."""
    import warnings

    import openpyxl

    with source.open() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep
        try:
            if cells_written(file) > MAX_STYLED:
                return None
            file.seek(0)
            book = openpyxl.load_workbook(file)
        except Exception:  # noqa: BLE001 - whatever it meets in a file that another program wrote
            return None
    for sheet in book.worksheets:
        # Those that there are: to go through rows would make every cell up to the last one.
        for cell in list(sheet._cells.values()):
            if cell.comment is not None:
                cell.comment.width, cell.comment.height = _size(cell.comment.text)
    return book


def _as_values(grids: Sequence[Grid], plan: Plan) -> _Copy:
    """A workbook with what the cells say."""
    import openpyxl

    book = openpyxl.Workbook()
    titles: dict[str | None, str] = {}
    above = int(grids[0].head(1).numbers[:1] == [0])
    for grid in grids:
        sheet = book.create_sheet(_free_name(book, grid.sheet or "data"))
        titles[grid.sheet] = sheet.title
        sheet.sheet_state = "hidden" if grid.hidden else "visible"
        _lay_out(sheet, grid, plan, above)
        for block in grid.blocks():
            for cells, number in zip(block.rows, block.numbers, strict=True):
                for column, text in enumerate(cells, start=1):
                    if text:
                        _put(sheet, number + above, column, text)
    book.remove(book.worksheets[0])
    return _Copy(book, titles, above)


def _lay_out(sheet: Worksheet, grid: Grid, plan: Plan, above: int) -> None:
    """Columns as wide as their first cells, and the header in sight."""
    from openpyxl.utils import get_column_letter

    head = grid.head(HEAD)
    found = find_header(plan, head)
    last = head.numbers[found.last] + above if found.score else 0
    sheet.freeze_panes = f"A{last + 1}"
    for column in range(max(map(len, head.rows), default=0)):
        texts = [row[column] for row in head.rows[found.last :] if column < len(row)]
        width = max(8, *(min(len(text) + 2, 30) for text in texts[1:]), min(len(texts[0]) // 2, 20)) if texts else 8
        sheet.column_dimensions[get_column_letter(column + 1)].width = width


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A text as it is; a count that Excel can hold as a number, unless that would lose zeros in front."""
    count = read_count(text)
    cell: Any = sheet.cell(row, column)
    if isinstance(count, int) and text.strip() == str(count) and count < 10**15:
        cell.value = count
    else:
        write_text(cell, text)


def _free_name(book: Workbook, name: str) -> str:
    name = "".join("_" if c in "[]:*?/\\\\" else c for c in visible(name)).strip("'")[:31] or "_"
    taken = {other.casefold() for other in book.sheetnames}
    names = (name, *(f"{name[:25]}-{number}" for number in range(len(taken), 2 * len(taken) + 2)))
    return next(free for free in names if free.casefold() not in taken)


# --- marks -----------------------------------------------------------------------------------------------------------


def _by_cell(
    issues: Sequence[Issue], sheets: Container[str | None]
) -> Mapping[tuple[str | None, int, int], list[Issue]]:
    """Issues by sheet, row and column (from 1); of those of a whole row, its first cell."""
    from openpyxl.utils import column_index_from_string

    found: dict[tuple[str | None, int, int], list[Issue]] = {}
    for issue in issues:
        if issue.row is not None and issue.sheet in sheets:
            column = column_index_from_string(issue.column) if issue.column else 1
            found.setdefault((issue.sheet, issue.row, column), []).append(issue)
    return found


def _mark(sheet: Worksheet, row: int, column: int, issues: Sequence[Issue]) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell: Any = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        merged = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(merged.min_row, merged.min_col)
    worst = "error" if any(issue.severity == "error" for issue in issues) else "warning"
    cell.fill = PatternFill("solid", start_color=_COLOURS[worst])
    before = [cell.comment.text] if cell.comment else []
    text = "\n\n".join([*before, *map(_said, issues)])[:MAX_COMMENT]
    width, height = _size(text)
    cell.comment = Comment(text, "kpi-check", width=width, height=height)


def _size(text: str) -> tuple[int, int]:
    """The width and the height of a note that shows all of a text; a workbook that is read does not tell them."""
    return 360, 40 + 18 * (text.count("\n") + len(text) // 50)


def _said(issue: Issue) -> str:
    return f"{visible(issue.message)}\n→ {visible(issue.hint)}"


# --- the list --------------------------------------------------------------------------------------------------------


def _list(copy: _Copy, issues: Sequence[Issue], lang: Language) -> None:
    """The first sheet: all faults, each with a link to its cell."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = copy.book
    sheet = book.create_sheet(_free_name(book, _LIST), 0)
    book.active = 0
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    for row, texts in enumerate(_rows(copy, issues, lang), start=1):
        for column, (text, link) in enumerate(texts, start=1):
            cell: Any = sheet.cell(row, column)
            if isinstance(text, int):
                cell.value = text
            else:
                write_text(cell, text)
            cell.alignment = Alignment("center" if column in (1, 4, 5) else None, "top", wrap_text=True)
            if link:
                _link(cell, link)
            if row == 1:
                cell.font = Font(name="Calibri", size=11, bold=True)
                cell.fill = PatternFill("solid", start_color="D9E1F2")
        lines = max(len(str(text)) // width + 1 for (text, _), width in zip(texts, _WIDTHS, strict=True))
        sheet.row_dimensions[row].height = 15 * min(lines, 20)  # not every program fits rows to wrapped texts
        if row > 1:
            sheet.cell(row, 2).fill = PatternFill("solid", start_color=_COLOURS[issues[row - 2].severity])
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_WIDTHS))}{len(issues) + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


_HEADERS = (
    message("No."),
    message("Severity"),
    message("Sheet"),
    message("Row"),
    message("Column"),
    message("Header"),
    message("Unit (code and name)"),
    message("Written"),
    message("What is wrong"),
    message("What to do"),
)
_SEVERITIES: Mapping[str, Message] = {"error": message("error"), "warning": message("warning")}


def _rows(copy: _Copy, issues: Sequence[Issue], lang: Language) -> Iterator[list[tuple[str | int, str | None]]]:
    """The cells of the list, each a text and the place that it links to."""
    yield [(lang.say(header), None) for header in _HEADERS]
    for number, issue in enumerate(issues, start=1):
        place = None
        if issue.row is not None and issue.sheet in copy.titles:
            name = copy.titles[issue.sheet]
            place = f"'{name.replace(chr(39), chr(39) * 2)}'!{issue.column or 'A'}{issue.row + copy.above}"
        texts: list[str | int] = [
            f"{number}.",
            lang.say(_SEVERITIES[issue.severity]),
            issue.sheet or "",
            issue.row or "",
            issue.column or "",
            issue.header or "",
            " ".join(filter(None, (issue.unit_code, issue.unit_name))),
            issue.value or "",
            issue.message,
            issue.hint,
        ]
        yield [(text, place if index in (0, 3, 4) else None) for index, text in enumerate(texts)]


def _link(cell: Any, place: str) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place)
    cell.font = Font(name="Calibri", size=11, color="0563C1", underline="single")
