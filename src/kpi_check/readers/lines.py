"""Files in which every line is a record by itself: an engine may read them in its own way, and any line again.

Whether a file is one is proven by reading it once, as bytes, which is quick: Python lets go of its lock while it hashes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple, cast

from kpi_check.readers.packed import Unpacked
from kpi_check.readers.source import EndedError, Source, changed
from kpi_check.submission import LINE_FILE_NEVER, MAX_CELL, Block

_CHUNK = 1 << 22
_WINDOW = MAX_CELL // 2
_NEVER = (b"\0", *(sign.encode() for sign in LINE_FILE_NEVER))
_MOST_QUOTED = 50_000
"""How many lines with quotation marks are parsed one by one before it takes too long."""
_UNPACKED = 5
"""About how many bytes of text one byte of a compressed table stands for."""


class _Stretch(NamedTuple):
    """Some whole lines: where they are in the file, and how many lines are before them."""

    offset: int
    size: int
    lines: int


class TextLines:
    """A file of text that may be one (`submission.LineFile`)."""

    def __init__(self, path: str, source: Source, delimiter: str) -> None:
        self.path = os.path.abspath(path)
        self.delimiter = delimiter
        self.packing = source.packing
        self.size = os.stat(path).st_size * (1 if source.packing is None else _UNPACKED)
        self.sha256 = ""
        self.ended = True
        """Whether the last line has an end."""
        self._source = source
        self._stretches: list[_Stretch] = []
        self._lines = 0
        self._blank: list[int] | None = None
        """How many blank lines are in each stretch; None: none in any."""
        self._quoted = 0
        self._before = self._state()
        with self._open() as file:
            self.line_end = "\r\n" if file.readline(MAX_CELL).endswith(b"\r\n") else "\n"

    def is_proven(self) -> bool:
        """Read the whole file; whether each line that is not blank is a record, whoever reads it."""
        try:
            with self._open() as file:
                if not self._prove(file):
                    return False
        except EndedError:
            return False
        self._must_be_the_same()
        return True

    def _prove(self, file: BinaryIO) -> bool:
        digest, offset = hashlib.sha256(), 0
        while data := file.read(_CHUNK):
            if not data.endswith(b"\n"):
                data += file.readline(MAX_CELL)
            if self.packing is None:
                digest.update(data)
            self.ended = data.endswith(b"\n")
            if not self._is_fit(data):
                return False
            self._stretches.append(_Stretch(offset, len(data), self._lines))
            offset += len(data)
            self._lines += data.count(b"\n") + (not data.endswith(b"\n"))
        raw = getattr(file, "raw", None)
        self.sha256 = raw.drain() if isinstance(raw, Unpacked) else digest.hexdigest()
        return True

    def _open(self) -> BinaryIO:
        file = self._source.open()
        return file if self.packing is None else cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", file), _CHUNK))

    def has_records(self, count: int) -> bool:
        """Whether so many lines are not blank."""
        if count != self._lines:
            with self._open() as file:
                self._blank = [self._split(file.read(stretch.size)).count(b"") for stretch in self._stretches]
        return count == self._lines - sum(self._blank or ())

    def records_above(self, line: int) -> int:
        """How many records the lines before one hold."""
        with self._open() as file:
            return sum(bool(text.strip(b"\r\n")) for text in islice(file, line - 1))

    def lines_of(self, records: Sequence[int]) -> Sequence[int]:
        """The lines of some of the records, by their places among all (from 0, in order)."""
        if self._blank is None:
            return [record + 1 for record in records]
        return [number for block in self.blocks_of(records) for number in block.numbers]

    def blocks_of(self, records: Sequence[int]) -> Iterator[Block]:
        """Some of the records, by their places among all (from 0, in order).

        Raises InputError if the file was changed since it was opened: what others made of it meanwhile is not to be trusted.
        """
        self._must_be_the_same()
        ends = [stretch.lines for stretch in self._stretches[1:]] + [self._lines]
        blank = self._blank or [0] * len(ends)
        before = at = 0
        with self._open() as file:
            for stretch, end, within in zip(self._stretches, ends, blank, strict=True):
                first, last = stretch.lines - before, end - before - within
                here = records[bisect_left(records, first) : bisect_left(records, last)]
                before += within
                if here:
                    self._go_on(file, stretch.offset - at)
                    at = stretch.offset + stretch.size
                    yield self._block(file.read(stretch.size), stretch, [record - first for record in here])
        self._must_be_the_same()

    def _go_on(self, file: BinaryIO, size: int) -> None:
        """Pass over some bytes; compressed ones have to be unpacked for that."""
        if self.packing is None:
            file.seek(size, os.SEEK_CUR)
            return
        while size > 0 and (data := file.read(min(size, _CHUNK))):
            size -= len(data)

    def _block(self, data: bytes, stretch: _Stretch, records: Sequence[int]) -> Block:
        lines = self._split(data)
        places = range(len(lines)) if self._blank is None else [p for p, line in enumerate(lines) if line]
        picked = [places[record] for record in records]
        texts = [lines[place].decode() for place in picked]
        rows = list(csv.reader((text + "\n" for text in texts), delimiter=self.delimiter, strict=True))
        return Block(rows, [stretch.lines + place + 1 for place in picked])

    def _split(self, data: bytes) -> list[bytes]:
        lines = data.split(self.line_end.encode())
        if not lines[-1]:
            lines.pop()
        return lines

    def _is_fit(self, data: bytes) -> bool:
        if any(sign in data for sign in _NEVER):
            return False
        if self.line_end == "\n":
            if b"\r" in data:
                return False
        elif not data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r"):
            return False
        windows = range(0, len(data) - _WINDOW, _WINDOW)
        if any(data.find(b"\n", start, start + _WINDOW) < 0 for start in windows):
            return False  # a cell may be too long
        return b'"' not in data or self._quotes_close(data)

    def _quotes_close(self, data: bytes) -> bool:
        """Whether every line with quotation marks is a record by itself."""
        start = data.find(b'"')
        while start >= 0:
            self._quoted += 1
            if self._quoted > _MOST_QUOTED:
                return False
            end = data.find(b"\n", start) % (len(data) + 1)
            try:
                line = data[data.rfind(b"\n", 0, start) + 1 : end].decode()
                if len(list(csv.reader([line + "\n"], delimiter=self.delimiter, strict=True))) != 1:
                    return False
            except (UnicodeDecodeError, csv.Error):
                return False
            start = data.find(b'"', end)
        return True

    def _must_be_the_same(self) -> None:
        if self._state() != self._before:
            raise changed(self._source.path)

    def _state(self) -> tuple[int, int, int]:
        state = os.stat(self.path)
        return state.st_size, state.st_mtime_ns, state.st_ino
