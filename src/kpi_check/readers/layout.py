"""Where in a file the table is: its header, and the rows that are not data (titles, totals, headings, notes).

The rules are in docs/files.md ("Where the table is"). Nothing is left out unseen: `left_out` names it.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import compress, pairwise, repeat, starmap
from typing import NamedTuple

from kpi_check.cells import SHEET_ERRORS, cell_readers
from kpi_check.errors import message
from kpi_check.issues import Finding, Place
from kpi_check.measures import NO_VALUE, UNKNOWN
from kpi_check.plan import ChoiceField, CodeField, CountField, PeriodField, Plan, TextField
from kpi_check.readers.encodings import how_to_convert, may_be_old_font, old_font, written_in
from kpi_check.readers.source import changed
from kpi_check.submission import (
    Binding,
    Block,
    ColumnFile,
    Grid,
    LeftOut,
    LineFile,
    Merged,
    Unreadable,
    bind,
    fields_found,
)
from kpi_check.text import HIDING, alike, label_key

WIDTH = 1000
"""How many cells of a row are looked at to tell whether it is the header."""
HEAD = 100
"""How many rows that are not blank the header is looked for in."""
MAX_NAMED = 1000
"""The most rows left out that are named, and the most totals that are compared."""


class FoundHeader(NamedTuple):
    """A header: how many fields it has, its first and last row (places in the head), and its texts."""

    score: int
    first: int
    last: int
    texts: Sequence[str]


def find_header(plan: Plan, head: Block) -> FoundHeader:
    """The header among the first rows; with a score of 0 if there is none."""
    if not head.rows:
        return FoundHeader(0, 0, 0, ())
    rows = [row[:WIDTH] for row in head.rows]
    found = _best_header(plan, rows)
    if len(head.rows[found.first]) <= WIDTH >= len(head.rows[found.last]):
        return found
    upper, lower = head.rows[found.first], head.rows[found.last]
    return found._replace(texts=list(upper) if found.first == found.last else _joined(plan, upper, lower))


def _best_header(plan: Plan, rows: Sequence[Sequence[str]]) -> FoundHeader:
    first = _header_at(plan, rows, 0)
    if first.score * 2 >= len(plan.fields):
        return first
    found = [first, *(_header_at(plan, rows, place) for place in range(1, len(rows)))]
    best = max(header.score for header in found)
    least = max(2, best / 2)
    return next((header for header in found if header.score >= least), first)


def _header_at(plan: Plan, rows: Sequence[Sequence[str]], place: int) -> FoundHeader:
    """The header that a row is the first of, with the row below it if that makes it a better one."""
    upper = list(rows[place])
    single = FoundHeader(fields_found(plan, upper), place, place, upper)
    if place + 1 == len(rows):
        return single
    lower = rows[place + 1]
    if single.score == len(plan.fields) and not _is_divided(plan, upper, lower):
        return single
    texts = _joined(plan, upper, lower)
    both = fields_found(plan, texts)
    better = both > max(single.score, fields_found(plan, lower)) or (single.score and _is_divided(plan, upper, lower))
    return FoundHeader(both, place, place + 1, texts) if better else single


def _is_divided(plan: Plan, upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether a header of the plan is a group of several columns, told apart in the row below: which of them is it?"""
    cells = [text.strip() for text in lower]
    if any(re.search("[0-9]", text) for text in cells):
        return False
    for column in range(min(len(upper), len(cells)) - 1):
        group, beside = upper[column].strip(), upper[column + 1].strip()
        if group and not beside and cells[column] and cells[column + 1] and label_key(group) in plan.headers:
            return True
    return False


def _joined(plan: Plan, upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """The headers that two rows make together."""
    texts: list[str] = []
    group = ""
    for column in range(max(len(upper), len(lower))):
        above = upper[column].strip() if column < len(upper) else ""
        below = lower[column].strip() if column < len(lower) else ""
        if above or not below:
            group = above
        texts.append(header_text(plan, group, below))
    return texts


def header_text(plan: Plan, group: str, below: str) -> str:
    """The header that a group and the cell below it make together."""
    whole = not below or label_key(below) in plan.total_words
    # A figure of a year, or of what the plan calls another thing (planned, last year's), is not the figure that is asked for.
    other = re.search("[0-9]", group) or any(f" {word} " in f" {label_key(group)} " for word in plan.other_words)
    candidates = [f"{group} {below}".strip(), *([] if other else [below]), *([group] if whole else [])]
    return next((text for text in candidates if label_key(text) in plan.headers), candidates[0])


# --- the table -------------------------------------------------------------------------------------------------------

_ROMAN = r"(?:[IVX]{1,6}|[A-Z])[.)]?"
_NUMBERED = r"[IVX]{1,6}[.)/:]\s"
# Excel makes -1 of (1).
_COLUMN_NUMBER = r"([(-])?([0-9]{1,3}|[A-Za-z])\)?\.?(?:\s*=.*)?"


class LaidOut:
    """The table in a grid."""

    def __init__(self, grid: Grid, plan: Plan) -> None:
        self._grid = grid
        self._plan = plan
        self.path, self.sheet = grid.path, grid.sheet
        head = grid.head(2)
        found = find_header(plan, head)
        if found.score * 2 < len(plan.fields):
            head = grid.head(HEAD)
            found = find_header(plan, head)
        self.score = found.score
        self._head = head
        self._found = found
        self.header: Sequence[str] | Unreadable | None = found.texts if head.rows else head.unreadable
        self.header_row = head.numbers[found.last] if head.rows else 0
        self.passed_over: Sequence[LaidOut] = ()
        """The sheets beside it that hold no table of the plan."""
        self.last_row = 0
        self._left_out: list[LeftOut] = []
        self._found_beside: list[LeftOut] = []
        """What was left out so far, in a reading that goes on."""
        self._totals = 0
        self._hidden_rows = array("Q")
        """The rows of data that are hidden."""
        self._like_totals: Sequence[Finding] = ()
        self._old_font: Finding | None = None
        if head.rows and not found.score:
            self._refuse_old_font()

    def _refuse_old_font(self) -> None:
        for row in self._head.rows:
            font = old_font(" ".join(row))
            if font is not None:
                raise written_in(self.path, font)

    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return self._grid.sha256()

    def holds_figures(self) -> bool:
        """Whether a sheet that is not read has figures that may be of units: not of larger levels alone."""
        fields = {self._plan.headers.get(label_key(text)) for text in self._found.texts}
        rows = self._grid.head(HEAD).rows
        if fields & {*self._plan.key_codes, self._plan.unit.code, self._plan.unit.name} - {None}:
            columns = [c for c, text in enumerate(self._found.texts) if self._is_count(text)]
            below = rows[self._found.last + 1 :]
            if any(re.search("[0-9]", row[c]) for row in below for c in columns if c < len(row)):
                return True
        elif fields & self._codes_and_names_above():
            return False
        return any(
            sum(bool(re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*%?|=.*|#.*[!?A]", text.strip())) for text in row) >= 3
            for row in rows
        )

    def _is_count(self, header: str) -> bool:
        return isinstance(self._plan.fields.get(self._plan.headers.get(label_key(header), "")), CountField)

    def _codes_and_names_above(self) -> set[str | None]:
        """The fields of the levels above the smallest."""
        levels = [self._plan.file.submission.levels[name] for name in self._plan.levels[1:]]
        return {field for level in levels for field in (level.code, level.name) if field is not None}

    def left_out(self) -> Sequence[LeftOut]:
        """What is not data."""
        beside = [other for other in self.passed_over if not other.score and other.header is not None]
        return [*self._left_out, *(LeftOut(other.sheet, None, "sheet", other.title) for other in beside)]

    @property
    def title(self) -> str:
        """The first texts of the sheet."""
        return " ".join(" ".join(" ".join(row) for row in self._head.rows[:2]).split())[:200]

    def findings(self) -> Sequence[Finding]:
        """What is to be said of the table as a whole."""
        found = [
            Finding("sheet-not-read", Place(other.path, other.sheet), {"number": other.score})
            for other in self.passed_over
            if other.score and not other.holds_figures()
        ]
        if self._grid.hidden and self.score:
            found.append(Finding("hidden-sheet", Place(self.path, self.sheet)))
        found += [*self._unnamed(), *self._unseen(), *self._like_totals]
        return found if self._old_font is None else [*found, self._old_font]

    def _in_old_font(self, text: str, number: int, column: int) -> Finding | None:
        font = old_font(text)
        if font is None:
            return None
        args = {"font": font, "convert": how_to_convert(font)}
        return Finding("old-font", Place(self.path, self.sheet, number, column), args, value=text)

    @cached_property
    def _first_in_old_font(self) -> Finding | None:
        """The first text of the first rows that is in an old font."""
        if not any(old_font(text) for text in set().union(*(row for row, _ in self._sample())) if not text.isascii()):
            return None
        texts = ((text, number, column) for row, number in self._sample() for column, text in enumerate(row))
        return next(filter(None, starmap(self._in_old_font, texts)), None)

    def _look_for_old_font(self, block: Block) -> None:
        """Look for one in the columns of texts of all rows, until there is one."""
        for column in self._text_columns if self._old_font is None else ():
            texts = [row[column] if column < len(row) else "" for row in block.rows]
            if may_be_old_font("\n".join(texts)):
                places = (p for p in zip(texts, block.numbers, repeat(column), strict=False) if may_be_old_font(p[0]))
                self._old_font = next(filter(None, starmap(self._in_old_font, places)), None)

    @cached_property
    def _text_columns(self) -> Sequence[int]:
        fields = self._plan.fields
        return [c for name, c in self._binding.columns.items() if isinstance(fields[name], TextField)]

    def _sample(self) -> Iterator[tuple[Sequence[str], int]]:
        """The first rows below the header, with their numbers."""
        head, start = self._grid.head(HEAD), self._found.last + 1
        yield from zip(head.rows[start:], head.numbers[start:], strict=True)

    def _unnamed(self) -> Iterator[Finding]:
        """Columns without a header that hold something all the same."""
        blank = [c for c, text in enumerate(self._found.texts) if not text.strip()] if self.score else []
        beside = {out.row for out in self._left_out}
        rows = [row for row, number in self._sample() if number not in beside] if blank else []
        held = [c for c in blank if any(c < len(row) and row[c].strip() for row in rows)]
        if held:
            args = {"columns": [(c, "") for c in held]}
            yield Finding("unnamed-columns", Place(self.path, self.sheet, self.header_row), args)

    def _unseen(self) -> Iterator[Finding]:
        """Rows and columns that were read, and that the sheet does not show."""
        if self._hidden_rows:
            args = {"number": len(self._hidden_rows), "rows": _runs(self._hidden_rows)}
            yield Finding("hidden-rows", Place(self.path, self.sheet, self._hidden_rows[0]), args)
        hidden = set(self._grid.concealed.columns)
        columns = [
            c for c, text in enumerate(self._found.texts) if c in hidden and label_key(text) in self._plan.headers
        ]
        if columns and self.score:
            said = {"columns": [(c, " ".join(self._found.texts[c].split())) for c in columns]}
            yield Finding("hidden-columns", Place(self.path, self.sheet, self.header_row), said)

    def _see(self, block: Block) -> None:
        """Keep what of a block of data is hidden."""
        if block.numbers:
            self.last_row = max(self.last_row, block.numbers[-1])
            rows = self._grid.concealed.rows
            inside = rows[bisect_left(rows, block.numbers[0]) : bisect_right(rows, block.numbers[-1])]
            if inside:
                self._hidden_rows.extend(sorted(set(inside).intersection(block.numbers)))

    @property
    def headers(self) -> Sequence[Sequence[str]]:
        """The header, and the rows that it is made of."""
        return [self._found.texts, *self._head.rows[self._found.first : self._found.last + 1]]

    @property
    def line_file(self) -> LineFile | None:
        """The file, if every line of it may be a record."""
        return self._grid.line_file

    @property
    def column_file(self) -> ColumnFile | None:
        """The file, if its columns have types."""
        return self._grid.column_file

    def blocks(self) -> Iterator[Block]:
        """The rows of data."""
        return self._data(self._grid.blocks())

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """The rows of data among some records of a proven `line_file`, or of a `column_file`."""
        return self._data(self._grid.blocks_of(records))

    def _data(self, blocks: Iterable[Block]) -> Iterator[Block]:
        self._found_beside = []
        self._hidden_rows = array("Q")
        self._old_font = self._first_in_old_font
        self.last_row = 0
        self._totals = 0
        merged = self._grid.merged if self.score else ()
        wide = frozenset(area.top for area in merged if area.right - area.left >= 2)
        down = _Down(self._plan, self._binding, merged) if merged else None
        sieve = _Sieve(self._plan, self._binding, self.headers, wide) if self.score else None
        if sieve is not None:
            sieve.learn(row for row, _ in self._sample())
        ordinal = self._binding.ordinal if sieve is not None else None
        if sieve is not None and ordinal is not None:
            sieve.numbered = any(ordinal < len(row) and row[ordinal].strip().isdigit() for row, _ in self._sample())
        above = self._above()
        if above is not None:
            yield above
        for other in self.passed_over:
            if other.holds_figures():
                yield Block([], [], Unreadable("sheet-with-figures", 0, other.sheet or ""))
        last_cells: tuple[int, int] = (0, 0)
        """The number of the last row, and how many cells it has."""
        for block in blocks:
            below = self._below(block)
            if below.numbers:
                last_cells = below.numbers[-1], len(below.rows[-1])
            if below.unreadable is not None:
                last_cells = (0, 0)
            if down is not None:
                below = down.filled(below)
            if sieve is not None:
                below = sieve.sift(below, self._leave_out)
            self._see(below)
            self._look_for_old_font(below)
            yield below
        if sieve is not None:
            last = sieve.end(self._leave_out)
            self._see(last)
            if last.numbers:
                yield last
            self._like_totals = [self._like_total(*found) for found in sieve.like_totals]
            if sieve.other_header is not None:
                yield Block([], [], Unreadable("other-header", sieve.other_header))
            if self._is_cut_off(*last_cells):
                reason = message("the last row has too few cells and no line end: the file looks cut off")
                yield Block([], [], Unreadable("cut-off", self.last_row, reason=reason))
        self._left_out = self._found_beside

    def _is_cut_off(self, last_row: int, cells: int) -> bool:
        """Whether the last row of text is one of data, has too few cells and no line end."""
        return 0 < last_row == self.last_row and cells < self._binding.width and not self._grid.ended

    def _like_total(self, number: int, column: int, cells: Sequence[str]) -> Finding:
        args = {"reason": message("its name begins with a word for a total")}
        place = Place(self.path, self.sheet, number, column)
        return Finding("unit-like-total", place, args, self._plan.unit.name, value=cells[column])

    @cached_property
    def _binding(self) -> Binding:
        return bind(self._plan, self._found.texts)

    def _leave_out(self, what: str, cells: Sequence[str], number: int) -> None:
        total = what == "total"
        self._totals += total
        if self._totals <= MAX_NAMED if total else len(self._found_beside) - self._totals < MAX_NAMED:
            text = " ".join(" ".join(cells).split())[:200]
            self._found_beside.append(
                LeftOut(self.sheet, number, what, text, tuple(cells) if what in ("total", "title") else ())
            )

    def _above(self) -> Block | None:
        """Name the rows above the header; if they look like data, that is a fault."""
        titles = range(self._found.first)
        wide = sum(bool(text.strip()) for text in self._found.texts)
        readers = cell_readers(self._plan)
        count = next((readers[n] for n, f in self._plan.fields.items() if isinstance(f, CountField)), None)
        suspect: int | None = None
        for place in titles:
            cells, number = self._head.rows[place], self._head.numbers[place]
            filled = [cell for cell in cells if cell.strip()]
            figures = [cell for cell in filled if count is not None and isinstance(count[cell], int)]
            below = self._head.rows[place + 1]
            table = fields_found(self._plan, cells) >= 3 and sum(bool(text.strip()) for text in below) >= 3
            if ((len(filled) * 2 >= wide and len(figures) >= 2) or table) and suspect is None:
                suspect = number
            self._leave_out("title", cells, number)
        return None if suspect is None else Block([], [], Unreadable("rows-above-header", suspect))

    def _below(self, block: Block) -> Block:
        """The rows of a block below the header."""
        if not block.numbers or block.numbers[0] > self.header_row:
            return block
        above = sum(number <= self.header_row for number in block.numbers)
        last = block.numbers[above - 1]
        if last == self.header_row and list(block.rows[above - 1]) != list(self._head.rows[self._found.last]):
            raise changed(self.path)
        return block._replace(rows=block.rows[above:], numbers=block.numbers[above:])


class _Down:
    """Fills in what is merged down over rows and holds for each of them: the period, and the units above the smallest.

    Of a figure nobody knows whose it is; it stays where it is.
    """

    def __init__(self, plan: Plan, binding: Binding, merged: Sequence[Merged]) -> None:
        levels = [plan.file.submission.levels[name] for name in plan.levels[1:]]
        fields = {plan.period_field, *(level.code for level in levels), *(level.name for level in levels)}
        columns = {column for name, column in binding.columns.items() if name in fields}
        self._bottoms = {(m.top, m.left): m.bottom for m in merged if m.left in columns and m.bottom > m.top}
        self._columns = sorted({column for _, column in self._bottoms})
        self._headers = plan.headers
        self._held: dict[int, tuple[int, str]] = {}
        """By column, down to which row a text holds."""

    def filled(self, block: Block) -> Block:
        """A block with these cells filled in."""
        if not self._columns:
            return block
        rows = [self._row(row, number) for row, number in zip(block.rows, block.numbers, strict=True)]
        return block._replace(rows=rows)

    def _row(self, row: Sequence[str], number: int) -> Sequence[str]:
        cells = list(row)
        for column in self._columns:
            if column >= len(cells):
                continue
            if (number, column) in self._bottoms and label_key(cells[column]) not in self._headers:
                self._held[column] = self._bottoms[number, column], cells[column]
            bottom, text = self._held.get(column, (0, ""))
            if number <= bottom and not cells[column].strip():
                cells[column] = text
        return cells


def _runs(numbers: Sequence[int]) -> list[str]:
    """Numbers in their order, those that follow each other as one: 3-5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ["-".join(map(str, run)) for run in runs]


_LeaveOut = Callable[[str, Sequence[str], int], None]
"""Takes what a row is that is left out, its cells and its number."""


class _Sieve:
    """Tells rows of data from others."""

    def __init__(self, plan: Plan, binding: Binding, headers: Sequence[Sequence[str]], wide: frozenset[int]) -> None:
        self._plan = plan
        self._binding = binding
        self._wide = wide
        self._readers = cell_readers(plan)
        self._fields = [*binding.columns.items(), *((n, c) for n, cs in binding.doubled.items() for c in cs)]
        self._by_column: dict[int, list[str]] = {}
        for field, column in self._fields:
            self._by_column.setdefault(column, []).append(field)
        self._counts = {c for n, c in binding.columns.items() if isinstance(plan.fields[n], CountField)}
        self._counted = {c for n, c in self._fields if isinstance(plan.fields[n], CountField)}
        self._headers = [[label_key(text) for text in row] for row in headers]
        words = plan.total_words
        # A word that begins another one may begin anything: it counts as a whole cell only.
        self._openings = tuple(w for w in words if not any(o != w and o.startswith(w) for o in words))
        codes = [binding.columns.get(name) for name in plan.key_codes]
        self._codes = [c for c in codes if c is not None]
        unit_name = plan.unit.name
        name = binding.columns.get(unit_name) if unit_name else None
        self._name = name
        levels = [level.name for level in plan.file.submission.levels.values()]
        self._names = {c for n, c in binding.columns.items() if n in levels}
        self.first_words: set[str] = set()
        """How the names of units begin."""
        self._header_codes = {
            c: {header[c] for header in self._headers if c < len(header) and header[c]} for c in self._codes
        }
        self._telling = [c for c in (*self._codes, name) if c is not None]
        """The columns in which stands what tells a row with a code from data."""
        self._rough = re.compile(_like_totals(words, self._openings))
        self._figured = any(isinstance(field, CountField) for field in plan.fields.values())
        self.numbered = False
        """Whether rows of data have numbers in the ordinal column; else a letter there tells nothing."""
        self.other_header: int | None = None
        """The first row that is a header with other columns, or with columns in another order."""
        self.like_totals: list[tuple[int, int, Sequence[str]]] = []
        """Rows with a code and a name that begins like a total, up to a number: row, column and cells."""
        self._first = True
        self._after_total = False
        self._held: list[tuple[str, Sequence[str], int]] = []
        """Rows that are settled by what follows: a note is data if more data follow, a heading only if none does."""

    def learn(self, rows: Iterable[Sequence[str]]) -> None:
        """See how the names of units begin, in rows that have a code."""
        seen: set[str] = set()
        for row in rows:
            named = row[self._name].split(maxsplit=1) if self._name is not None and self._name < len(row) else []
            if not named or named[0] in seen:
                continue
            codes = [row[c].strip() for c in self._codes if c < len(row)]
            if any(code and (" " not in code or re.search("[0-9]", code)) for code in codes):
                seen.add(named[0])
        self.first_words |= set(map(label_key, seen))

    def sift(self, block: Block, leave_out: _LeaveOut) -> Block:
        """The rows of data of a block."""
        if not (self._held or self._after_total) and self._all_data(block.rows):
            return self._without_numbers(block, leave_out) if self._first else block
        rows: list[Sequence[str]] = []
        numbers: list[int] = []
        for cells, number in zip(block.rows, block.numbers, strict=True):
            filled = list(compress(range(len(cells)), map(str.strip, cells)))
            if not filled:
                continue
            what = self._what(cells, filled, number)
            self._first = False
            if what == "other header":
                self.other_header = self.other_header or number
                what = "header"
            if what is not None and what.startswith("held "):
                self._hold(what, cells, number, rows, numbers)
            elif what is not None:
                self._after_total = self._after_total or what == "total"
                self._first = what == "header"  # below a header, columns may be numbered
                leave_out(what, cells, number)
            else:
                for kind, held, place in self._held:
                    if kind == "held note":
                        rows.append(held)
                        numbers.append(place)
                    else:
                        leave_out(kind.split()[1], held, place)
                self._held = []
                self._after_total = False
                self._doubt(cells, number)
                rows.append(cells)
                numbers.append(number)
        return block._replace(rows=rows, numbers=numbers)

    def _doubt(self, cells: Sequence[str], number: int) -> None:
        """Remember a row whose name begins like a total; only with words such as begin no name of a unit."""
        column = self._name
        if column is None or column >= len(cells):
            return
        key = label_key(cells[column][:200])
        words = (word for word in self._openings if " " in word and key.startswith(word))
        if (
            any(key[len(word) :][:1] in " :(" for word in words)
            and any(c < len(cells) and cells[c].strip() for c in self._codes)
            and len(self.like_totals) < MAX_NAMED
        ):
            self.like_totals.append((number, column, cells))

    def _hold(
        self, what: str, cells: Sequence[str], number: int, rows: list[Sequence[str]], numbers: list[int]
    ) -> None:
        """Keep a row until it is settled. A second heading of a kind, with no data since, makes data of the first."""
        if what.endswith(("roman", "letter")):
            again = [held for held in self._held if held[0] == what]
            rows += [held[1] for held in again]
            numbers += [held[2] for held in again]
            self._held = [held for held in self._held if held[0] != what]
        self._held.append((what, cells, number))

    def end(self, leave_out: _LeaveOut) -> Block:
        """No row of data followed; those that are data for want of it."""
        data = [(c, n) for kind, c, n in self._held if kind.endswith(("roman", "letter")) and not self._after_total]
        for _, cells, number in self._held:
            if (cells, number) not in data:
                leave_out("note", cells, number)
        self._held = []
        return Block([cells for cells, _ in data], [number for _, number in data])

    def _without_numbers(self, block: Block, leave_out: _LeaveOut) -> Block:
        """A block of data but for a row of the columns' numbers at its top."""
        if not block.rows:
            return block
        self._first = False
        if not self._is_numbers(block.rows[0]):
            return block
        leave_out("numbers", block.rows[0], block.numbers[0])
        return block._replace(rows=block.rows[1:], numbers=block.numbers[1:])

    def _all_data(self, rows: Sequence[Sequence[str]]) -> bool:
        """A quick look: every row has a code, and nothing that is told from data but by a closer one."""
        if not self._codes:
            return not rows
        try:
            for column in self._codes:
                texts = [row[column] for row in rows]
                together = "\n".join(texts)
                if not all(texts) or together.isspace() or self._has_odd_code(column, texts, together):
                    return False
            if self._name is not None:
                together = "\n".join(["", *(row[self._name] for row in rows)])
                if self._rough.search(together) and any(self._is_odd_name(row[self._name]) for row in rows):
                    return False
        except IndexError:
            return False
        return not (self._figured and any(fields_found(self._plan, row) > 2 for row in self._without_figures(rows)))

    def _has_odd_code(self, column: int, texts: Sequence[str], together: str) -> bool:
        """Whether one of the codes in a column may be none: a total, a heading, a header, or a blank."""
        simple = together.isascii() and " " not in together and together.replace("\n", "").isprintable()
        folded = together.casefold()
        if simple and not any(word in folded for word in self._plan.total_words):
            return not self._header_codes[column].isdisjoint(folded.split("\n"))
        return any(not text.strip() or self._is_odd_code(column, text) for text in texts)

    def _is_odd_code(self, column: int, text: str) -> bool:
        """Whether a code may be that of a total, a heading or a header."""
        return (
            re.match(_NUMBERED, text.strip()) is not None
            or self._is_total_word(text)
            or label_key(text) in self._header_codes[column]
        )

    def _is_odd_name(self, text: str) -> bool:
        """Whether a name may be that of a total, or begins like one."""
        key = label_key(text[:200])
        return key.rstrip(" .:") in self._plan.total_words or key.startswith(self._openings)

    def _without_figures(self, rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
        """The rows that have no number in any cell."""
        column = next(iter(self._counts), None)
        if column is not None:
            texts = [row[column] for row in rows if column < len(row)]
            if len(texts) == len(rows) and all(texts) and "".join(texts).isdigit():
                return
        yield from (row for row in rows if not any(cell.strip().isdigit() for cell in row))

    def _what(self, cells: Sequence[str], filled: Sequence[int], number: int) -> str | None:
        """What a row is if it is not data; `held` if that depends on what follows."""
        codes = [cells[c] for c in self._codes if c < len(cells) and cells[c].strip()]
        keyless = not codes
        # A header may begin like a total ("Total members"), but has no figures.
        if len(filled) > 2 and not any(cells[c].strip().isdigit() for c in filled):
            if self._is_header(cells, filled):
                return "header"
            if fields_found(self._plan, cells) > 2 and any(self._names_figures(cells[c]) for c in filled):
                return "other header"
        if self._is_total(cells, filled, keyless=keyless):
            return "total"
        if len(filled) > 1 and self._is_header(cells, filled):
            return "header"
        if self._first and self._is_numbers(cells):
            return "numbers"
        if len(filled) == 1 and re.match(_NUMBERED, cells[filled[0]].strip()):
            return None if self._is_unit(re.sub(_NUMBERED, "", cells[filled[0]].strip())) else "held heading numbered"
        if not (keyless or self._after_total):
            return None
        readable = [name for c in filled for name in self._by_column.get(c, ()) if self._says(name, cells, c)]
        figures = [n for n in readable if isinstance(self._plan.fields[n], CountField)]
        if keyless:
            what = self._without_key(cells, number, filled, readable, figures=bool(figures))
            if what is not None:
                return what
            if not readable and not self._stands_for_data(cells, filled):
                return "note"
        told = any(not isinstance(self._plan.fields[n], CodeField | TextField) for n in readable)
        # A code with blanks and no digit in it is more likely the title of someone who signs; so is no code at all.
        signs = keyless or all(" " in code.strip() and not any(map(str.isdigit, code)) for code in codes)
        of_body = any(isinstance(self._plan.fields[n], CodeField) and n not in self._plan.key_codes for n in readable)
        if not self._after_total or not signs or told or of_body or self._stands_for_data(cells, filled):
            return None
        named = cells[self._name] if self._name is not None and self._name < len(cells) else ""
        return None if self._is_unit(named) else "held note"

    def _is_unit(self, name: str) -> bool:
        """Whether a name begins as those of the units do."""
        return label_key(name.strip().split(" ")[0]) in self.first_words

    def _without_key(
        self, cells: Sequence[str], number: int, filled: Sequence[int], readable: Sequence[str], *, figures: bool
    ) -> str | None:
        """Whether a row is the heading of those that follow, or of a section with its sums."""
        ordinal = self._binding.ordinal
        numbered = cells[ordinal].strip() if self.numbered and ordinal is not None and ordinal < len(cells) else ""
        kinds = {type(self._plan.fields[name]) for name in readable}
        if numbered and re.fullmatch(_ROMAN, numbered) and kinds <= {CountField, TextField, CodeField}:
            style = "roman" if re.match("[IVX]", numbered) else "letter"
            of_code = any(isinstance(self._plan.fields[name], CodeField) for name in readable)
            if not of_code and not any(self._is_unit(cells[c]) for c in filled):
                return f"held {'total' if figures else 'heading'} {style}"
        alone = len(filled) == 1 or (len(filled) == 2 and filled[0] == ordinal)
        if number in self._wide and not figures and alone and not self._is_unit(cells[filled[-1]]):
            return "held heading merged"
        return None

    def _says(self, name: str, cells: Sequence[str], column: int) -> bool:
        """Whether a cell can be read as a value of its field."""
        text = cells[column].strip() if column < len(cells) else ""
        if isinstance(self._plan.fields[name], CodeField | TextField):
            return bool(text)
        return self._readers[name][text] not in (UNKNOWN, NO_VALUE)

    def _stands_for_data(self, cells: Sequence[str], filled: Sequence[int]) -> bool:
        """Whether something stands where data should: a formula that failed or was never computed, a row in a cell."""
        fields = (cells[column].strip() for column in filled if column in self._by_column)
        if any(text[:1] == "=" or (text[:1] == "#" and text.upper() in SHEET_ERRORS) for text in fields):
            return True
        # Something that is meant for a figure, or a number among numbers.
        ordinal = self._binding.ordinal
        if self.numbered and ordinal is not None and ordinal < len(cells) and cells[ordinal].strip().isdigit():
            return True
        if any(self._is_unit(cells[c]) for c in filled):
            return True
        periods = (c for c in filled if self._plan.period_field in self._by_column.get(c, ()))
        if any(re.fullmatch("[0-9][0-9A-Z-]*", cells[c].strip()) for c in periods):
            return True
        if any(re.match(r"[-–—+]?[0-9]|[-–—?xX]$|[nN]/[aA]$", cells[c].strip()) for c in filled if c in self._counted):
            return True
        most = max((cells[c].count(sign) for c in filled for sign in ",;\t"), default=0)
        return most >= max(2, (self._binding.width - 1) // 2)

    def _is_total(self, cells: Sequence[str], filled: Sequence[int], *, keyless: bool) -> bool:
        """Whether a row stands for a sum. Where there is a code, only the code and the name can tell."""
        if not keyless:
            return any(
                label_key(cells[c]).rstrip(" .:") in self._plan.total_words
                or (c in self._codes and self._is_total_word(cells[c]))
                for c in self._telling
                if c < len(cells) and len(cells[c]) < 200
            )
        first = next(
            (c for c in filled if c in self._by_column or c == self._binding.ordinal or self._is_unnamed(c)), None
        )
        places = [c for c in filled if (c == first or c in self._telling or c in self._names) and c not in self._counts]
        if any(label_key(cells[c]).rstrip(" .:") in self._plan.total_words for c in places):
            return True
        if not any(self._is_total_word(cells[c]) for c in places):
            return False
        # "Cộng Quy Nhơn" is one only if nothing beside it says of whom or when it is.
        return not any(
            isinstance(self._plan.fields[name], PeriodField | ChoiceField) and self._says(name, cells, c)
            for c in filled
            for name in self._by_column.get(c, ())
        )

    def _is_unnamed(self, column: int) -> bool:
        header = self._binding.header
        return column >= len(header) or not header[column].strip()

    def _is_total_word(self, text: str) -> bool:
        if not text or len(text) > 200:
            return False
        key = label_key(text).rstrip(" .:")
        openings = (word for word in self._openings if key.startswith(word))
        return key in self._plan.total_words or any(key[len(word)] in " :(" for word in openings)

    def _is_header(self, cells: Sequence[str], filled: Sequence[int]) -> bool:
        """Whether the header, or one of its rows, is repeated: every cell is as it is there."""
        keys = [(i, label_key(cells[i])) for i in filled]
        return any(all(i < len(header) and key == header[i] for i, key in keys) for header in self._headers)

    def _names_figures(self, text: str) -> bool:
        """Whether a text is the header of figures."""
        return isinstance(self._plan.fields.get(self._plan.headers.get(label_key(text), "")), CountField)

    def _is_numbers(self, cells: Sequence[str]) -> bool:
        """Whether a row numbers the columns."""
        found = [re.fullmatch(_COLUMN_NUMBER, text.strip()) for text in cells if text.strip()]
        if len(found) < 3 or not all(found):
            return False
        numbers = [int(m[2]) for m in found if m and m[2].isdigit()]
        if len(found) >= 5 and numbers == list(range(1, self._binding.width + 1)):
            return True
        if not numbers or any(b != a + 1 for a, b in pairwise(numbers)):
            return False
        return any(m and m[1] for m in found) or not self._may_be_data(cells)

    def _may_be_data(self, cells: Sequence[str]) -> bool:
        """Whether every period and choice of a row can be read."""
        told = [
            (name, column)
            for name, column in self._binding.columns.items()
            if isinstance(self._plan.fields[name], PeriodField | ChoiceField)
        ]
        return all(self._says(name, cells, column) for name, column in told)


def _like_totals(words: Iterable[str], openings: Iterable[str]) -> str:
    """A pattern of lines that may be words for totals, or begin with one of several words; of more lines at any rate."""
    spelt = {word: r"[\ufeff\s]+".join(map(alike, word.split())) for word in words}
    whole = "|".join(spelt[word] for word in sorted(spelt))
    begun = "|".join(spelt[word] for word in sorted(openings) if " " in word)
    likes = [f"\n[\ufeff\\s]*(?:{part}){end}" for part, end in ((whole, r"[\ufeff\s.:]*(?:\n|$)"), (begun, "")) if part]
    return "|".join([*likes, f"[{HIDING}]"])
