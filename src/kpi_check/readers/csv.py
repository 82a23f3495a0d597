"""CSV in UTF-8, with or without BOM, delimited by comma, semicolon or tab.

Parsing is strict: an unclosed quote or text behind a closed one ends the reading with its place; nothing is repaired.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice

from kpi_check.errors import InputError, message
from kpi_check.plan import Plan
from kpi_check.readers.source import CheckedBytes, Source
from kpi_check.submission import MAX_CELL, Block, Table, Unreadable, fields_found

DELIMITERS = (",", ";", "\t")
_BLOCK = 2048
# How Python keeps bytes that are not UTF-8.
_ESCAPED = re.compile("[\udc80-\udcff]")
_LINE_BREAK = re.compile("\r\n|\r|\n")


def tables(source: Source, plan: Plan) -> Sequence[Table]:
    """The one table of a CSV file."""
    return [CsvTable(source, plan)]


class CsvTable:
    """A CSV file. The delimiter is the one by which the first row shows the most headers of the plan."""

    sheet = None

    def __init__(self, source: Source, plan: Plan) -> None:
        self._source = source
        self._hash: str | None = None
        self.path = source.path
        found = [self._first_row(delimiter) for delimiter in DELIMITERS]
        score = [_headers_in(row, plan) for row, _ in found]
        best = score.index(max(score))
        self._delimiter = DELIMITERS[best]
        self.header: Sequence[str] | Unreadable | None = found[best][0]
        self.header_row: int = found[best][1]

    def _first_row(self, delimiter: str) -> tuple[list[str] | Unreadable | None, int]:
        """The first row that is not blank, and its line."""
        with closing(_Records(self._source, delimiter)) as records:
            for block in records.blocks(1):
                for row, number in zip(block.rows, block.numbers, strict=True):
                    if any(cell.strip() for cell in row):
                        return list(row), number
                if block.unreadable:
                    return block.unreadable, block.unreadable.row
        return None, 0

    def blocks(self) -> Iterator[Block]:
        """The rows below the header."""
        with closing(_Records(self._source, self._delimiter)) as records:
            for block in records.blocks(_BLOCK):
                above = bool(block.numbers) and block.numbers[0] <= self.header_row
                yield self._below(block) if above else block
            digest = records.digest()
        if self._hash not in (None, digest):
            raise self._changed()
        self._hash = digest

    def _below(self, block: Block) -> Block:
        """The rows of a block without the header and the blank lines above it."""
        above = sum(number <= self.header_row for number in block.numbers)
        if block.numbers[above - 1] == self.header_row and list(block.rows[above - 1]) != self.header:
            raise self._changed()
        return Block(block.rows[above:], block.numbers[above:], block.unreadable)

    def _changed(self) -> InputError:
        return InputError(
            message("{path}: the file changed while it was read", path=self.path),
            message("run again when it is complete"),
        )

    def sha256(self) -> str:
        """The hash of the file's bytes."""
        if self._hash is None:
            with CheckedBytes(self._source) as file:
                self._hash = file.drain()
        return self._hash


def _headers_in(row: Sequence[str] | Unreadable | None, plan: Plan) -> float:
    """How much of a header a first row is; one with a broken quote is more of it than one that has none of the plan's."""
    if isinstance(row, Unreadable):
        return 0.5 if row.code == "broken-quotes" else 0
    return fields_found(plan, row or ())


class _Records:
    """One reading of a file."""

    def __init__(self, source: Source, delimiter: str) -> None:
        csv.field_size_limit(MAX_CELL)
        self._source = source
        self._bytes = CheckedBytes(source)
        buffered = io.BufferedReader(self._bytes, 1 << 18)
        self._text = io.TextIOWrapper(buffered, "utf-8-sig", newline="")
        self._reader = csv.reader(self._text, delimiter=delimiter, strict=True)

    def close(self) -> None:
        self._text.close()

    def digest(self) -> str:
        return self._bytes.drain()

    def blocks(self, size: int) -> Iterator[Block]:
        """Blocks of up to `size` rows, then of more; the last one, which may be empty, says if the rest could not be read."""
        more = True
        while more:
            before = self._reader.line_num
            rows: list[list[str]] = []
            unreadable = None
            try:
                rows.extend(islice(self._reader, size))
            except csv.Error as error:
                unreadable = "cell-too-long" if "field larger" in str(error) else "broken-quotes"
            except UnicodeDecodeError as error:
                raise self._not_utf8() from error
            more = len(rows) == size and unreadable is None
            size = min(2 * size, _BLOCK)
            numbers, following = self._numbers(rows, before, exact=unreadable is None)
            yield Block(rows, numbers, Unreadable(unreadable, following) if unreadable else None)

    def _numbers(self, rows: list[list[str]], before: int, *, exact: bool) -> tuple[Sequence[int], int]:
        """The line on which each row starts, and the line after them."""
        if exact and self._reader.line_num - before == len(rows):
            return range(before + 1, before + len(rows) + 1), before + len(rows) + 1
        starts: list[int] = []
        line = before + 1
        for row in rows:
            starts.append(line)
            line += 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)
        return starts, line

    def _not_utf8(self) -> InputError:
        """Find the first line that is not UTF-8."""
        with io.TextIOWrapper(self._source.open(), "utf-8", errors="surrogateescape") as lines:
            number = next(number for number, line in enumerate(lines, start=1) if _ESCAPED.search(line))
        return InputError(
            message("{path}: line {line} is not UTF-8 text", path=self._source.path, line=str(number)),
            message("open it where it was made and save it as CSV UTF-8"),
        )
