"""Tables of text, delimited by comma, semicolon or tab.

Parsing is strict: an unclosed quote or text behind a closed one ends the reading with its place; nothing is repaired.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from functools import cached_property
from itertools import compress, islice

from kpi_check.errors import InputError, message
from kpi_check.plan import Plan
from kpi_check.readers.encodings import CP1258, UTF8, UTF16, composed, encoding_of
from kpi_check.readers.layout import HEAD, find_header
from kpi_check.readers.lines import TextLines
from kpi_check.readers.source import PATTERN_SIGNS, CheckedBytes, EndedError, Source, changed
from kpi_check.submission import MAX_CELL, Block, ByItself, Grid, Unreadable, first_rows

DELIMITERS = (",", ";", "\t")
_BLOCK = 2048
# How Python keeps bytes that are not UTF-8.
_ESCAPED = re.compile("[\udc80-\udcff]")
_LINE_BREAK = re.compile("\r\n|\r|\n")


def grids(source: Source, plan: Plan) -> Sequence[Grid]:
    """The one table of a text file, by the delimiter that shows the most headers of the plan."""
    encoding = encoding_of(source)
    found = [CsvGrid(source, encoding, delimiter) for delimiter in DELIMITERS]
    scores = [_header_in(grid, plan, 2) for grid in found]
    if max(scores) * 2 < len(plan.fields):
        scores = [_header_in(grid, plan, HEAD) for grid in found]
    return [found[scores.index(max(scores))]]


def _header_in(grid: CsvGrid, plan: Plan, rows: int) -> float:
    """How much of a header there is; one with a broken quote is more of it than one that has none of the plan's."""
    head = grid.head(rows)
    broken = head.unreadable is not None and head.unreadable.code == "broken-quotes"
    return find_header(plan, head).score or (0.5 if broken else 0)


class CsvGrid(ByItself):
    """The rows of a text file."""

    column_file = None

    def __init__(self, source: Source, encoding: str, delimiter: str) -> None:
        self._source = source
        self._encoding = encoding
        self._delimiter = delimiter
        self._hash: str | None = None
        self._heads: dict[int, Block] = {}
        self.ended = True
        self.path = source.path

    def head(self, count: int) -> Block:
        """The first rows that are not blank."""
        if count not in self._heads:
            self._heads[count] = self._head(count)
        return self._heads[count]

    def _head(self, count: int) -> Block:
        with closing(self._records()) as records:
            return first_rows(records.blocks(count), count)

    def blocks(self) -> Iterator[Block]:
        """All rows."""
        with closing(self._records()) as records:
            yield from records.blocks(_BLOCK)
            self.ended = records.ended()
            digest = records.digest()
        if self._hash not in (None, digest):
            raise changed(self.path)
        self._hash = digest

    def sha256(self) -> str:
        """The hash of the file's bytes."""
        if self._hash is None:
            with CheckedBytes(self._source) as file:
                self._hash = file.drain()
        return self._hash

    @cached_property
    def line_file(self) -> TextLines | None:
        """The file, if every line of it may be a record."""
        path = self._source.file
        if path is None or self._encoding != UTF8 or PATTERN_SIGNS.intersection(path):
            return None
        return TextLines(path, self._source, self._delimiter)

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Some records of a proven `line_file`."""
        assert self.line_file is not None
        yield from self.line_file.blocks_of(records)
        self._hash = self.line_file.sha256
        self.ended = self.line_file.ended

    def _records(self) -> _Records:
        return _Records(self._source, self._encoding, self._delimiter)


class _Records:
    """One reading of a file."""

    def __init__(self, source: Source, encoding: str, delimiter: str) -> None:
        csv.field_size_limit(MAX_CELL)
        self._source = source
        self._bytes = CheckedBytes(source)
        buffered = io.BufferedReader(self._bytes, 1 << 18)
        self._encoding = encoding
        self._skipped = _skip_blank_lines(buffered) if encoding == UTF8 else 0
        self._text = io.TextIOWrapper(buffered, encoding, newline="")
        self._reader = csv.reader(self._text, delimiter=delimiter, strict=True)

    def close(self) -> None:
        self._text.close()

    def ended(self) -> bool:
        """Whether what was read last ends a line; of UTF-16 it is half a letter that tells."""
        last = self._bytes.last if self._encoding == UTF16 else self._bytes.last[-1:]
        return not last or b"\n" in last or b"\r" in last

    def digest(self) -> str:
        return self._bytes.drain()

    def blocks(self, size: int) -> Iterator[Block]:
        """Blocks of up to `size` rows, then of more; the last one, which may be empty, says if the rest could not be read."""
        more = True
        while more:
            before = self._reader.line_num
            rows: list[list[str]] = []
            unreadable = reason = None
            try:
                rows.extend(islice(self._reader, size))
            except csv.Error as error:
                unreadable = "cell-too-long" if "field larger" in str(error) else "broken-quotes"
            except EndedError as error:
                unreadable, reason = "cut-off", error.what
            except UnicodeDecodeError as error:
                raise self._undecodable() from error
            if self._encoding == CP1258:
                rows = composed(rows)
            more = len(rows) == size and unreadable is None
            size = min(2 * size, _BLOCK)
            numbers, following = self._numbers(rows, before, exact=unreadable is None)
            rest = Unreadable(unreadable, following, reason=reason) if unreadable else None
            spans = not isinstance(numbers, range)
            if not all(rows):  # blank lines, of which a file may have millions
                numbers, rows = list(compress(numbers, rows)), list(filter(None, rows))
            yield Block(rows, numbers, rest, spans)

    def _numbers(self, rows: list[list[str]], before: int, *, exact: bool) -> tuple[Sequence[int], int]:
        """The line on which each row starts, and the line after them."""
        if exact and self._reader.line_num - before == len(rows):
            first = self._skipped + before + 1
            return range(first, first + len(rows)), first + len(rows)
        starts: list[int] = []
        line = self._skipped + before + 1
        for row in rows:
            starts.append(line)
            line += 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)
        return starts, line

    def _undecodable(self) -> InputError:
        """Find the first line that is not UTF-8."""
        if self._encoding == UTF16:
            return InputError(
                message(
                    "{path}: this UTF-16 text is broken, or cut off in the middle of a letter", path=self._source.path
                ),
                message("open it where it was made and save it as CSV UTF-8"),
            )
        with io.TextIOWrapper(self._source.open(), "utf-8", errors="surrogateescape") as lines:
            number = next(number for number, line in enumerate(lines, start=1) if _ESCAPED.search(line))
        return InputError(
            message("{path}: line {line} is not UTF-8 text", path=self._source.path, line=str(number)),
            message("open it where it was made and save it as CSV UTF-8"),
        )


def _skip_blank_lines(file: io.BufferedReader[CheckedBytes]) -> int:
    """Pass over the blank lines at the top, of which there may be millions; how many there were."""
    lines = 0
    with suppress(EndedError):  # who reads on is told
        while blank := re.match(rb"(?:\r?\n)+", file.peek()):
            lines += file.read(blank.end()).count(b"\n")
    return lines
