"""How a workbook shows what it holds, as far as that changes what it says: 1 that is shown as 100% is no count, and what
is hidden is not seen by those who sign.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from itertools import pairwise


class Shown(IntEnum):
    """How a cell shows its number."""

    AS_IT_IS = 0
    PERCENT = 1
    """Times 100, with a sign behind it: 1 is 100%."""
    SIGNED = 2
    """With a sign behind it that is only text: 85 is 85%."""


# What is shown as it stands: "text", \c, a blank as wide as _c, a filling *c, and [colours and conditions].
_TEXT = r'"[^"]*"?|[\\_*].|\[[^\]]*\]?'
_BUILT_IN = {9: "0%", 10: "0.00%"}


def shown(code: str) -> Shown:
    """How a number format, such as `0.0%`, shows numbers."""
    if "%" not in code:
        return Shown.AS_IT_IS
    return Shown.PERCENT if "%" in re.sub(_TEXT, "", code, flags=re.DOTALL) else Shown.SIGNED


def of_styles(styles: Iterable[int], own: Mapping[int, str]) -> Mapping[int, Shown]:
    """The styles, by their places, that show percentages, given the number of each one's format and a file's own formats."""
    ways = {number: shown(code) for number, code in {**_BUILT_IN, **own}.items()}
    found = ((place, ways.get(number, Shown.AS_IT_IS)) for place, number in enumerate(styles))
    return {place: way for place, way in found if way is not Shown.AS_IT_IS}


def as_shown(text: str, way: Shown) -> str:
    """A number as a cell shows it, with all of its digits."""
    if way is Shown.SIGNED:
        return f"{text}%"
    number = Decimal(text) * 100
    return f"{number.normalize():f}%"


# --- where such cells stand ------------------------------------------------------------------------------------------

_COLUMNS = 1 << 14


class Marks:
    """Cells whose numbers are shown as percentages, each as one number: its place, and how."""

    def __init__(self) -> None:
        self._marks = array("Q")

    def add(self, row: int, column: int, way: Shown) -> None:
        """Mark a cell; row and column count from 0."""
        self._marks.append((row * _COLUMNS + column) * 4 + way)

    def in_order(self) -> Sequence[int]:
        """The marks in the order of their places."""
        marks = self._marks
        if any(after < before for before, after in pairwise(marks)):
            return array("Q", sorted(marks))
        return marks


def by_row(marks: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, Shown]]]]:
    """Columns and how they show their numbers, row by row, from marks in their order."""
    row, cells = -1, list[tuple[int, Shown]]()
    for mark in marks:
        place, way = divmod(mark, 4)
        here, column = divmod(place, _COLUMNS)
        if here != row:
            if cells:
                yield row, cells
            row, cells = here, []
        cells.append((column, Shown(way)))
    if cells:
        yield row, cells


class LookScan:
    """A quick look at how a sheet's XML shows cells, rows and columns, as it unpacks."""

    def __init__(self, styles: Mapping[int, Shown]) -> None:
        self.marks = Marks()
        self.hidden_rows = array("Q")
        self.hidden_columns: list[int] = []
        self.unusual = False
        """Whether something is written otherwise than every usual program writes it, and needs a closer look."""
        self._styles = styles
        known = "|".join(map(str, styles)) if len(styles) <= 100 else "[0-9]{1,6}"
        self._cell = re.compile(f'<c r="([A-Z]{{1,3}})([0-9]{{1,7}})" s="({known})"'.encode())
        self._any_cell = re.compile(f"<(?:\\w+:)?c\\s[^<>]*?\\bs\\s*=\\s*[\"']0*(?:{known})[\"']".encode())

    def feed(self, data: bytes, seen: int) -> None:
        """Look at a part of the XML, of which the first `seen` bytes were looked at before."""
        if self._styles:
            self._cells(data, seen)
        if b"hidden" in data:
            for found in _CONCEALED.finditer(data):
                if found.end() > seen:
                    self._conceal(found[1], found[0])

    def _cells(self, data: bytes, seen: int) -> None:
        usual = 0
        for found in self._cell.finditer(data):
            usual += 1
            way = self._styles.get(int(found[3]))
            column = column_number(found[1].decode()) - 1
            if column >= _COLUMNS:
                self.unusual = True
            elif way is not None and found.end() > seen:
                self.marks.add(int(found[2]) - 1, column, way)
        self.unusual = self.unusual or usual < len(self._any_cell.findall(data))

    def _conceal(self, tag: bytes, written: bytes) -> None:
        places = {name: int(number) for name, number in _PLACES.findall(written)}
        if tag == b"row" and b"r" in places:
            self.hidden_rows.append(places[b"r"])
        elif tag == b"col" and {b"min", b"max"} <= places.keys():
            self.hidden_columns += columns_between(places[b"min"], places[b"max"])
        else:
            self.unusual = True


_CONCEALED = re.compile(rb"""<(?:\w+:)?(row|col)\s[^<>]*?\bhidden\s*=\s*["'](?:1|true)["'][^<>]*>""")
_PLACES = re.compile(rb"""\b(r|min|max)\s*=\s*["']([0-9]{1,7})["']""")


def columns_between(first: int, last: int) -> range:
    """Columns from 0, of which the first and the last are given from 1."""
    return range(max(first, 1) - 1, min(last, _COLUMNS))


def column_number(letters: str) -> int:
    """The number of a column, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
