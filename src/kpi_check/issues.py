"""Issues: the kinds there are, each with its stable code, its text and how to mend it; and one as it was found.

The kinds stand here once; the docs and the tests take them from `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from kpi_check.errors import Message, message


class Severity(IntEnum):
    """How bad an issue is, the worst first."""

    ERROR = 0
    WARNING = 1
    INFO = 2


class IssueKind(NamedTuple):
    """A kind of issue: its stable code and its title, what is said of it, and how to mend it."""

    code: str
    title: Message
    severity: Severity
    text: Message
    hint: Message
    hint_near: Message | None = None
    """The hint where a near word is known."""


def _kinds() -> Iterator[IssueKind]:
    error, warning, info = Severity.ERROR, Severity.WARNING, Severity.INFO
    yield IssueKind(
        "empty-file",
        message("empty file"),
        error,
        message("the file is empty"),
        message("send the table with its header and its rows"),
    )
    yield IssueKind(
        "no-header",
        message("no header"),
        error,
        message("no row is a header of this plan; the first is: {header}"),
        message("put the field names or headers of the plan above the rows, such as {expected}"),
        message('put the headers of the plan above the rows; did you mean "{near}"?'),
    )
    yield IssueKind(
        "rows-above-header",
        message("figures above the header"),
        error,
        message("rows above the header hold figures; they were not read, so nothing is certain"),
        message("put the header above all rows, or delete what does not belong to the table"),
    )
    yield IssueKind(
        "sheet-with-figures",
        message("figures on a sheet without a header"),
        error,
        message(
            "another sheet holds figures, has no complete header of the plan, and was not read; so nothing is certain"
        ),
        message("give that sheet the header of the plan, or keep it in a file of its own"),
    )
    yield IssueKind(
        "other-header",
        message("another header below"),
        error,
        message("this row is a header of the plan with other columns than the one above, so nothing is certain"),
        message("put each table on a sheet of its own, or bring the columns into the same order under one header"),
    )
    yield IssueKind(
        "no-rows",
        message("no rows"),
        error,
        message("there is a header and no row below it"),
        message("fill in a row for each unit"),
    )
    yield IssueKind(
        "broken-quotes",
        message("broken quotation marks"),
        error,
        message("a quotation mark that is not closed, or text after one that is; from here on the file was not read"),
        message('close the quotation mark; a mark inside a quoted cell is doubled: ""'),
    )
    yield IssueKind(
        "cell-too-long",
        message("cell too long"),
        error,
        message("a cell of more than {limit} characters; from here on the file was not read"),
        message("shorten the cell, or look for a quotation mark that is not closed"),
    )
    yield IssueKind(
        "cut-off",
        message("file cut off"),
        error,
        message("{reason}, and nobody knows what is missing"),
        message("get the whole file; if it is whole, complete its last row"),
    )
    yield IssueKind(
        "cell-count",
        message("wrong number of cells"),
        error,
        message("the row has {found} cells, the header has {expected}"),
        message("give every row a cell for each column; a text with the delimiter in it needs quotation marks"),
    )
    yield IssueKind(
        "duplicate-column",
        message("column given twice"),
        error,
        message("{field} stands in more than one column: {columns}"),
        message("keep one of the columns"),
    )
    yield IssueKind(
        "missing-column",
        message("column missing"),
        error,
        message("there is no column {field}"),
        message("add the column {field}, or give its header one of these names: {headers}"),
        message('is it the column "{near}"? its header should be one of: {headers}'),
    )
    yield IssueKind(
        "missing-key",
        message("code or period missing"),
        error,
        message("{field} is blank, so nobody can tell which unit or period this is"),
        message("fill in {field}"),
    )
    yield IssueKind(
        "duplicate-key",
        message("unit given twice"),
        error,
        message("the unit {unit} is given twice; it stands in {first} too"),
        message("keep one of the rows; until then none of them counts"),
    )
    yield IssueKind(
        "blank",
        message("blank cell"),
        error,
        message("{field} is blank"),
        message("fill it in"),
        message("fill it in; where there are none, write {near}"),
    )
    yield IssueKind(
        "not-a-count",
        message("not a whole number"),
        error,
        message("{field} must be a whole number, written with the digits 0 to 9 alone; {reason}"),
        message("write the number of cases, without separators, signs or units"),
    )
    yield IssueKind(
        "not-a-choice",
        message("none of the values"),
        error,
        message("{field} must be one of: {known}"),
        message("write one of them"),
        message("did you mean {near}?"),
    )
    yield IssueKind(
        "not-a-code",
        message("not a code"),
        error,
        message("{field} is not a code: {reason}"),
        message("write the code anew"),
    )
    yield IssueKind(
        "not-a-period",
        message("not a period"),
        error,
        message("{field} must be a period such as 2024, 2024-H1, 2024-Q3 or 2024-05"),
        message("write the period like that"),
    )
    yield IssueKind(
        "part-above-whole",
        message("part above its whole"),
        error,
        message("{parts} is {sum}, {difference} more than {whole}, which is {limit}"),
        message("correct whichever figure is wrong; until then neither counts"),
    )
    yield IssueKind(
        "sum-differs",
        message("sum below its whole"),
        error,
        message("{parts} is {sum}, {difference} less than {whole}, which is {limit}; they must be the same"),
        message("correct whichever figure is wrong; until then none counts"),
    )
    yield IssueKind(
        "line-break",
        message("line break in a cell"),
        warning,
        message("the cell goes over more than one line"),
        message("make sure that no quotation mark was left open and swallowed a row"),
    )
    yield IssueKind(
        "rows-in-cell",
        message("rows swallowed by a cell"),
        error,
        message("the cell goes over {number} more lines, which look like rows of the table"),
        message("close the quotation mark that was left open; until then nobody knows what the rows say"),
    )
    yield IssueKind(
        "misspelt-column",
        message("misspelt header"),
        error,
        message('there is no column {field}, but there is "{near}"; what stands in it was not read'),
        message("if it is {field}, correct its header; if not, give it a name that is not so like it"),
    )
    yield IssueKind(
        "no-period",
        message("no period"),
        error,
        message("no row says which period it is of, so nothing can be judged"),
        message("say it with --period, or fill in the period of every row"),
    )
    yield IssueKind(
        "period-outside-plan",
        message("period outside the plan"),
        warning,
        message("the period {period} is outside the years of the plan, {years}"),
        message("make sure that this is the plan to judge by"),
    )
    yield IssueKind(
        "other-periods",
        message("rows of other periods"),
        info,
        message("rows of {other} were left out, {count} in all: the period is {period}"),
        message("to judge them, ask for --period {other}"),
    )
    yield IssueKind(
        "missing-body",
        message("body that did not report"),
        warning,
        message("{body} is on the roster and did not report"),
        message("ask for its return; until then what it would say is not known"),
    )
    yield IssueKind(
        "missing-units",
        message("units that did not report"),
        warning,
        message("{number} units of {body} are on the roster and did not report: {units}"),
        message("ask for them; until then what they would say is not known"),
    )
    yield IssueKind(
        "not-on-roster",
        message("unit on no roster"),
        warning,
        message("the unit {unit} is not expected in this period by {roster}; it counts"),
        message("correct its code, or put it on the roster with the days between which it exists"),
        message("by the roster it ended on {ended}, and is followed by {near}: report under that code"),
    )
    yield IssueKind(
        "other-body",
        message("unit of another body"),
        warning,
        message("the unit {unit} reports under {body}, and is of {expected_body} by {roster}"),
        message("correct whichever is wrong; it counts where it reports"),
    )
    yield IssueKind(
        "file-not-read",
        message("file not read"),
        warning,
        message("this is a folder, or a file of no known format, and was not read"),
        message("known endings: {known}; name a folder to have its files read"),
    )
    yield IssueKind(
        "sheet-not-read",
        message("sheet not read"),
        warning,
        message("the sheet has {number} headers of the plan, fewer than the others, and was not read"),
        message("if it holds data, complete its header; if not, keep it in a file of its own"),
    )
    yield IssueKind(
        "hidden-sheet",
        message("hidden sheet"),
        warning,
        message("the sheet is hidden, and was read"),
        message("show it to see what is in it, or delete it"),
    )
    yield IssueKind(
        "hidden-rows",
        message("hidden rows"),
        warning,
        message("{number} rows are hidden or filtered out, and were read: {rows}"),
        message("show them to see what is in them, or delete them"),
    )
    yield IssueKind(
        "hidden-columns",
        message("hidden columns"),
        warning,
        message("columns are hidden, and were read: {columns}"),
        message("show them to see what is in them, or delete them"),
    )
    yield IssueKind(
        "title-of-other-year",
        message("title of another year"),
        warning,
        message("this names the year {year}, and the period is {period}"),
        message("make sure that this is the file that is meant; if it is, correct the title"),
    )
    yield IssueKind(
        "unit-like-total",
        message("unit that looks like a total"),
        warning,
        message("the row has a code and counts as a unit, but looks like a total: {reason}"),
        message("if it is a total, clear its code or delete the row; if it is a unit, nothing needs to be done"),
    )
    yield IssueKind(
        "old-font",
        message("old font encoding"),
        warning,
        message("the text is in {font}, an old font encoding, and not in Unicode; it is shown as it is"),
        message("{convert}"),
    )
    yield IssueKind(
        "unlikely-share",
        message("unlikely share"),
        warning,
        message("{field} is {part} of {limit} ({whole}), which is possible and not likely where there are so many"),
        message("look at it again; if it is right, nothing needs to be done"),
    )
    yield IssueKind(
        "unlikely-change",
        message("unlikely change"),
        warning,
        message("{field} is {value}, and was {before} in the period before ({previous})"),
        message("look at it again; if it is right, nothing needs to be done"),
    )
    yield IssueKind(
        "total-differs",
        message("total differs"),
        warning,
        message("{field}: the row of totals says {total}, the rows add up to {sum}, a difference of {difference}"),
        message("look for a row that is missing or given twice, or correct the total; the rows are what counts"),
    )
    yield IssueKind(
        "file-named-twice",
        message("file named twice"),
        info,
        message("the file was named more than once and was read once"),
        message("nothing needs to be done"),
    )
    yield IssueKind(
        "identical-file",
        message("identical file"),
        info,
        message("the file is the same, byte for byte, as {other}, and was not read a second time"),
        message("nothing needs to be done, unless one of them should have been another"),
    )
    yield IssueKind(
        "set-aside",
        message("rows set aside"),
        warning,
        message("{number} units stand in {later} too, which was changed later; their rows here do not count: {units}"),
        message("make sure that {later} is what counts"),
    )
    yield IssueKind(
        "unnamed-columns",
        message("columns without a header"),
        info,
        message("columns without a header hold something, which was not read: {columns}"),
        message("give them a header, or clear them"),
    )
    yield IssueKind(
        "unknown-columns",
        message("unknown columns"),
        info,
        message("columns that the plan does not know were not read: {columns}"),
        message("nothing needs to be done, unless one of them is misspelt"),
    )


KINDS: Mapping[str, IssueKind] = {kind.code: kind for kind in _kinds()}


class Place(NamedTuple):
    """Where an issue is: the file, the sheet, the row a person sees, the column (from 0). Parts may be unknown."""

    path: str = ""
    sheet: str | None = None
    row: int | None = None
    column: int | None = None


def natural(text: str) -> list[tuple[int, str]]:
    """A name as people order it: sheet 2 before sheet 10."""
    parts = re.split("([0-9]+)", text)
    return [(int(part[:18]), "") if part.isdigit() else (0, part) for part in parts]


class Finding(NamedTuple):
    """An issue as it was found, before anyone puts it into words."""

    code: str
    place: Place
    args: Mapping[str, object] = {}
    field: str | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    value: str | None = None

    def order(self) -> tuple[object, ...]:
        """Errors first, then as the files go; fixed by the data alone."""
        place = self.place
        column = -1 if place.column is None else place.column
        return (
            KINDS[self.code].severity,
            place.path,
            natural(place.sheet or ""),
            place.row or 0,
            column,
            self.code,
            self.field or "",
        )
