"""Writes forms to fill in: as CSV, or as a workbook with a sheet to fill in, one that says how, and a hidden one of lists."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kpi_check.errors import UsageError, message
from kpi_check.files import refuse_to_overwrite, refuse_what_is_there, write_whole
from kpi_check.forms import Column, Form
from kpi_check.locale import Language
from kpi_check.plan import ChoiceField, CodeField, CountField, PeriodField
from kpi_check.sheets import MAX_TEXT, escaped, saved, write_text
from kpi_check.submission import column_letter
from kpi_check.text import visible

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

BLANK_ROWS, BLANK_BELOW_ROSTER = 500, 20
"""How many rows to fill in a form has: without a roster, and below the units of one."""
MAX_CELLS = 500_000
"""The most cells of a workbook that is made; openpyxl keeps each in memory."""


def write_forms(form: Form, paths: Sequence[str], blank: int | None, read: Sequence[str]) -> None:
    """Write a form to new files, each in the format of its ending; `read` are files that must not be written over.

    Raises UsageError, before anything is written, if one is there already: it may have been filled in.
    """
    writers = [_writer(form, path, blank) for path in paths]
    for path in paths:
        refuse_to_overwrite(path, read)
        refuse_what_is_there(path)
    for path, write in zip(paths, writers, strict=True):
        write_whole(path, write)


def _writer(form: Form, path: str, blank: int | None) -> Callable[[BinaryIO], None]:
    match Path(path).suffix.lower():
        case ".xlsx":
            return partial(write_workbook, form, blank_rows(form, blank))
        case ".csv":
            return partial(write_csv, form)
    raise UsageError(
        message("--output {path}: no form has this ending", path=path),
        message("known endings: {known}", known=".xlsx, .csv"),
    )


def blank_rows(form: Form, asked: int | None) -> int:
    """How many blank rows a workbook of a form gets."""
    rows = (BLANK_BELOW_ROSTER if form.rows else BLANK_ROWS) if asked is None else asked
    most = max(0, MAX_CELLS // len(form.columns) - len(form.rows))
    if asked is None:
        rows = min(rows, most)
    if rows > most or len(form.rows) * len(form.columns) > MAX_CELLS:
        raise UsageError(
            message(
                "a workbook of {rows} rows and {columns} columns is too large",
                rows=rows + len(form.rows),
                columns=len(form.columns),
            ),
            message("ask for fewer rows, or for a .csv file"),
        )
    return rows


def write_csv(form: Form, stream: BinaryIO) -> None:
    """Write the header and the rows that are known, as CSV in UTF-8 with its mark, which Excel needs."""
    text = io.StringIO(newline="")
    # Excel takes the delimiter from the country's settings: where a decimal has a comma, it is the semicolon.
    writer = csv.writer(text, delimiter=";" if form.lang.decimal("0.5") == "0,5" else ",", lineterminator="\r\n")
    writer.writerow([column.header for column in form.columns])
    writer.writerows([row.get(column.field, "") for column in form.columns] for row in form.rows)
    stream.write(text.getvalue().encode("utf-8-sig"))


# --- workbooks -------------------------------------------------------------------------------------------------------

_LARGEST = 10**15 - 1
"""Excel keeps 15 digits."""
_BLUE, _GREY, _RED = "1F4E79", "F2F2F2", "FFC7CE"
_TITLE, _PROMPT = 32, 255
"""The longest title and text that Excel takes for the help at a cell, in UTF-16 units."""
_NAMED = 20
"""The most values of a list that a help names."""


def write_workbook(form: Form, blank: int, stream: BinaryIO) -> None:
    """Write a workbook: the form with so many blank rows, how to fill it in, and (hidden) its lists."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = form.lang.say(message("Form"))
    page = _Page(form, sheet, 1 + len(form.rows) + blank)
    page.write()
    _write_help(form, book.create_sheet(form.lang.say(message("Help"))))
    lists = book.create_sheet(form.lang.say(message("Lists")))
    page.validate(_write_lists(form, lists))
    lists.sheet_state = "hidden"
    for one in book.worksheets:
        _protect(one)
    book.properties.creator = "kpi-check"
    book.properties.title = _plain(form.title)
    stream.write(saved(book))


def _put(cell: Any, text: str) -> None:
    """Write a text as a text: one that begins with = is no formula."""
    write_text(cell, text)
    cell.number_format = "@"


def _plain(text: str) -> str:
    """A text as it may stand in a help."""
    return escaped(visible(text))


def _cut(text: str, most: int) -> str:
    """A text of no more than so many UTF-16 units."""
    if len(text.encode("utf-16-le")) <= 2 * most:
        return text
    return text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore") + "…"


def _protect(sheet: Worksheet) -> None:
    """Protect what is locked against slips; there is no password. What openpyxl calls True is forbidden."""
    protection = sheet.protection
    protection.sheet = True
    for allowed in ("formatColumns", "formatRows", "sort", "autoFilter"):
        setattr(protection, allowed, False)


def _fit_to_width(sheet: Any) -> None:
    """Print on A4, landscape, as many pages as are needed."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4  # inches
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.7, 0.4
    sheet.oddFooter.right.text = "&P / &N"


class _Page:
    """The sheet to fill in."""

    def __init__(self, form: Form, sheet: Worksheet, last: int) -> None:
        self._form = form
        self._sheet = sheet
        self._last = last
        """The last row to fill in."""
        self._letters = {column.field: column_letter(place) for place, column in enumerate(form.columns)}

    def write(self) -> None:
        """Header, cells, and how they look and print."""
        widths = [self._width(column) for column in self._form.columns]
        for place, (column, width) in enumerate(zip(self._form.columns, widths, strict=True)):
            self._sheet.column_dimensions[column_letter(place)].width = width
            self._write_header(place + 1, column)
            self._write_cells(place + 1, column)
        lines = (_lines(column.header, width - 2) for column, width in zip(self._form.columns, widths, strict=True))
        self._sheet.row_dimensions[1].height = min(400, 16 * max(lines) + 6)
        # On a small screen, too, something must be left to move.
        in_sight = self._form.frozen if sum(widths[: self._form.frozen]) <= 110 else 0
        self._sheet.freeze_panes = f"{column_letter(in_sight)}2"
        self._lay_out_for_print()
        self._mark_misfits()

    def _width(self, column: Column) -> float:
        """In characters."""
        word = max(map(len, column.header.split()), default=0)
        shown = max((len(row.get(column.field, "")) for row in self._form.rows), default=0)
        match column.spec:
            case CountField():
                least, shown = 11, 0
            case ChoiceField():
                least, shown = 12, max(map(len, column.listed), default=0)
            case CodeField() | PeriodField():
                least = 10
            case _:
                least = 24
        return float(min(34, max(least, min(word + 4, 24), shown + 2)))

    def _write_header(self, place: int, column: Column) -> None:
        from openpyxl.comments import Comment
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        cell = self._sheet.cell(1, place)
        _put(cell, column.header)
        cell.font = Font("Calibri", 11, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_BLUE)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        white = Side("thin", "FFFFFF")
        cell.border = Border(left=white, right=white)
        about = "\n".join(_plain(line) for line in _about(column, self._form.lang))[:MAX_TEXT]
        lines = sum(_lines(line, 44) for line in about.split("\n"))
        cell.comment = Comment(about, "kpi-check", height=min(500, 18 * lines + 14), width=320)

    def _write_cells(self, place: int, column: Column) -> None:
        from openpyxl.styles import PatternFill, Protection

        format_ = "0" if isinstance(column.spec, CountField) else "@"
        unlocked, grey = Protection(locked=False), PatternFill("solid", start_color=_GREY)
        for row in range(2, self._last + 1):
            cell = self._sheet.cell(row, place)
            known = self._form.rows[row - 2].get(column.field) if row - 2 < len(self._form.rows) else None
            if known is not None:
                _put(cell, known)
                cell.fill = grey
            cell.number_format = format_
            cell.protection = unlocked

    def _lay_out_for_print(self) -> None:
        sheet = self._sheet
        _fit_to_width(sheet)
        sheet.print_title_rows = "1:1"
        sheet.print_options.gridLines = True

    def _mark_misfits(self) -> None:
        """Show parts that do not fit their whole in red: a figure that was pasted is not stopped."""
        from openpyxl.formatting.rule import FormulaRule
        from openpyxl.styles import PatternFill

        red = PatternFill(end_color=_RED, fill_type="solid")
        make: Callable[..., Any] = FormulaRule
        for rule in self._form.part_rules if self._last > 1 else ():
            whole = f"${self._letters[rule.whole]}2"
            parts = ",".join(f"${self._letters[part]}2" for part in rule.parts)
            wrong = f"SUM({parts})>{whole}"
            if rule.exact:
                wrong = f"OR({wrong},AND(COUNT({parts})={len(rule.parts)},SUM({parts})<{whole}))"
            where = " ".join(self._range(self._letters[part]) for part in rule.parts)
            self._sheet.conditional_formatting.add(where, make(formula=[f"AND(ISNUMBER({whole}),{wrong})"], fill=red))

    def _range(self, letter: str) -> str:
        return f"{letter}2:{letter}{self._last}"

    def validate(self, lists: Mapping[str, str]) -> None:
        """Help and checks at the cells; `lists` are the ranges of what may be chosen, by field."""
        for column in self._form.columns if self._last > 1 else ():
            rule = self._rule(column, lists.get(column.field))
            rule.promptTitle = rule.errorTitle = _cut(_plain(column.header), _TITLE)
            prompt = "; ".join((column.kind, column.required, *column.rules))
            rule.prompt = _cut(_plain(prompt), _PROMPT)
            rule.add(self._range(self._letters[column.field]))
            self._sheet.add_data_validation(rule)

    def _rule(self, column: Column, listed: str | None) -> DataValidation:
        from openpyxl.worksheet.datavalidation import DataValidation

        make: Callable[..., Any] = partial(DataValidation, allow_blank=True, showInputMessage=True)
        say = self._form.lang.say
        if isinstance(column.spec, CountField):
            error = message("This must be a whole number, 0 or more.")
            most = str(_LARGEST)
            if column.whole is not None:
                whole = self._letters[column.whole]
                most = f"IF(ISNUMBER(${whole}2),${whole}2,{_LARGEST})"
                error = message(
                    "This must be a whole number, 0 or more, and no more than column {column}.", column=whole
                )
            made = make(type="whole", operator="between", formula1="0", formula2=most)
        elif listed is not None:
            made = make(type="list", formula1=listed)
            error = message("This is not in the list.")
            if isinstance(column.spec, PeriodField):
                made.errorStyle = "warning"  # a period outside the plan's years is no fault
        else:
            return make()  # type: ignore[no-any-return]
        made.showErrorMessage = True
        made.error = _cut(say(error), _PROMPT)
        return made  # type: ignore[no-any-return]


def _lines(text: str, width: float) -> int:
    return max(1, len(textwrap.wrap(text, max(1, int(width)))))


def _about(column: Column, lang: Language) -> list[str]:
    """The help of a column, a line each."""
    lines = [] if column.label == column.header else [column.label]
    lines += [column.kind, column.required, *column.rules]
    return [*lines, *(f"– {value}" for value in _values(column, lang))]


def _values(column: Column, lang: Language) -> list[str]:
    """What may be chosen, as far as it is not told already."""
    if not isinstance(column.spec, ChoiceField):
        return []
    named = list(column.listed[:_NAMED])
    more = len(column.listed) - len(named)
    return [*named, lang.say(message("and {number} more", number=more))] if more else named


_HELP_WIDTHS = (40, 46, 46, 60)


def _write_help(form: Form, sheet: Worksheet) -> None:
    """The sheet that says how to fill in the form. No row of it may look like a header to a reader."""
    from openpyxl.styles import Alignment, Font, PatternFill

    for place, width in enumerate(_HELP_WIDTHS):
        sheet.column_dimensions[column_letter(place)].width = width
    headers = (
        message("Column"),
        message("What it holds"),
        message("When it is required"),
        message("What it must keep"),
    )
    table = [tuple(map(form.lang.say, headers))]
    for place, column in enumerate(form.columns):
        holds = ": ".join(filter(None, (column.kind, "; ".join(_values(column, form.lang)))))
        name = f"{column_letter(place)}. {column.label}"
        table.append((name, holds, column.required, "; ".join(column.rules)))
    texts = [(form.title,), *((line,) for line in form.how), ("",), *table]
    first = len(texts) - len(table) + 1
    for row, cells in enumerate(texts, 1):
        for place, text in enumerate(cells, 1):
            cell = sheet.cell(row, place)
            _put(cell, _no_header(form, text))
            cell.alignment = Alignment(vertical="top", wrap_text=row >= first)
            if row == first:
                cell.font, cell.fill = (
                    Font("Calibri", 11, bold=True, color="FFFFFF"),
                    PatternFill("solid", start_color=_BLUE),
                )
        if row > first:
            lines = max(_lines(text, width - 4) for text, width in zip(cells, _HELP_WIDTHS, strict=True))
            sheet.row_dimensions[row].height = min(400, 15.5 * lines + 3)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(_HELP_WIDTHS))
    title = sheet.cell(1, 1)
    title.font, title.alignment = Font("Calibri", 14, bold=True), Alignment(vertical="top", wrap_text=True)
    sheet.row_dimensions[1].height = min(400, 20 * _lines(form.title, sum(_HELP_WIDTHS) * 0.7) + 6)
    _fit_to_width(sheet)


def _no_header(form: Form, text: str) -> str:
    """A text that no reader takes for a header."""
    while form.reads(text):
        text += "."
    return text


def _write_lists(form: Form, sheet: Worksheet) -> dict[str, str]:
    """Write what may be chosen, one list below the other; give the range of each, by field.

    Side by side, values that are headers, too, could make a row look like a header; one alone does so in the first row.
    """
    ranges: dict[str, str] = {}
    name = sheet.title.replace("'", "''")
    _put(sheet.cell(1, 1), _no_header(form, sheet.title))
    row = 2
    for column in form.columns:
        for text in column.listed:
            _put(sheet.cell(row, 1), text)
            row += 1
        if column.listed:
            ranges[column.field] = f"'{name}'!$A${row - len(column.listed)}:$A${row - 1}"
    return ranges
