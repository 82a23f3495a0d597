"""Where data come from: a table in memory, or the bytes of a file or of standard input, hashed as they are read, with a
bound on the length of a line.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from kpi_check.errors import InputError, Message, message

MAX_LINE = 16_000_000
"""The longest line that is read, in bytes."""
PATTERN_SIGNS = frozenset("*?[]{}")
"""Signs in a path that another reader might take for a pattern of paths."""
_CHUNK = 1 << 16
_PART = 1 << 20
_SIGNATURES = (
    (b"PK\x03\x04", message("a workbook or a zip file")),
    (b"\xd0\xcf\x11\xe0", message("an old Excel workbook")),
    (b"%PDF", message("a PDF")),
    (b"\x89PNG", message("a picture")),
    (b"\xff\xd8\xff", message("a picture")),
    (b"GIF8", message("a picture")),
    (b"\x1f\x8b", message("a gzip file")),
    (b"\x28\xb5\x2f\xfd", message("a zstd file")),
    (b"PAR1", message("a Parquet file")),
    (b"Rar!", message("an archive")),
    (b"7z\xbc\xaf", message("an archive")),
    (b"{\\rtf", message("a text document")),
    (b"\xff\xfe\0\0", message("UTF-32 text")),
    (b"\0\0\xfe\xff", message("UTF-32 text")),
)
_TAR = (257, b"ustar")
"""Where an archive of tar says that it is one."""
_WEB_PAGE = re.compile(rb"\s*<(!doctype|html|head|body|table|meta|style|\?xml|svg|!--)", re.IGNORECASE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class EndedError(Exception):
    """Compressed text ended before its end, or something else follows; `what` says which."""

    def __init__(self, what: Message) -> None:
        super().__init__(what.english())
        self.what = what


class Source(NamedTuple):
    """Something to read, as the user named it; `open` gives its bytes from the start, each time anew."""

    path: str
    open: Callable[[], BinaryIO]
    close: Callable[[], None] = lambda: None
    """Lets go of what was kept for reading again."""
    file: str | None = None
    """Where the bytes are, if they are a file's."""
    packing: str | None = None
    """How they are compressed there (`packed.PACKINGS`), if `open` gives what was."""


class Column(NamedTuple):
    """A column of a table: the parts of its name, and its values from one row to another."""

    name: Sequence[object]
    values: Callable[[int, int], Iterable[object]]
    kind: str = ""
    """Its type, as its library writes it."""


class Foreign(NamedTuple):
    """A value of a type that is no text, number, date or blank."""

    kind: str


class Frame(NamedTuple):
    """A table in memory, as a source of data."""

    path: str
    """What reports call it."""
    columns: Sequence[Column]
    height: int
    named: bool = True
    """Whether the columns have names; else the header is looked for in the rows."""
    nan: str = "NaN"
    """What a float says that is not a number."""


def file_source(path: str) -> Source:
    """A file; a pipe is kept like standard input, since it can be read but once."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISFIFO(mode):
            with open(path, "rb") as pipe:
                return stream_source(pipe, path)
        if not stat.S_ISREG(mode):
            raise InputError(message("{path}: this is not a file", path=path), message("name a file or a folder"))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error

    def open_file() -> BinaryIO:
        try:
            return open(path, "rb")
        except OSError as error:
            raise unreadable(path, error) from error

    return Source(path, open_file, file=path)


def unreadable(path: str, error: Exception) -> InputError:
    """The refusal of a file that the system does not give."""
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(
        message("{path}: cannot be read: {reason}", path=path, reason=reason),
        message("close it if it is open in another program, and check who may read it")
        if isinstance(error, PermissionError)
        else message("check the name of the file and who may read it"),
    )


def beginning(source: Source, size: int) -> bytes:
    """The first bytes, fewer only if there are no more."""
    parts: list[bytes] = []
    with source.open() as file:
        try:
            while size > 0 and (part := file.read(min(size, _PART))):
                parts.append(part)
                size -= len(part)
        except EndedError:
            pass  # who reads on is told
        except OSError as error:
            raise unreadable(source.path, error) from error
    return b"".join(parts)


def changed(path: str) -> InputError:
    """The refusal of a file that is not what it was a moment ago."""
    return InputError(
        message("{path}: the file changed while it was read", path=path), message("run again when it is complete")
    )


def stream_source(stream: BinaryIO, path: str = "-") -> Source:
    """Standard input, or a pipe. It is kept in an unnamed temporary file, since data may have to be read twice."""
    import shutil
    import tempfile

    from kpi_check.scratch import temporary

    kept = tempfile.TemporaryFile(dir=temporary())  # noqa: SIM115 - it must outlive this call, and goes with the process
    try:
        shutil.copyfileobj(stream, kept)
        kept.flush()
    except OSError as error:
        kept.close()
        raise unreadable(path, error) from error

    def open_again() -> BinaryIO:
        kept.seek(0)
        return _Unclosed(kept)

    return Source(path, open_again, kept.close)


class _Unclosed(io.BufferedReader):
    """Reads a file without closing it at the end."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(io.FileIO(file.fileno(), "rb", closefd=False))


class _Packed(Protocol):
    """What gives the text of a compressed file."""

    def drain(self) -> str:
        """The hash of the file's own bytes, all of them, as hexadecimal digits."""


class CheckedBytes(io.RawIOBase):
    """Passes bytes on, hashes them, and refuses what is not text."""

    def __init__(self, source: Source) -> None:
        self._path = source.path
        self._file = source.open()
        self._packed = source.packing is not None
        self._hash = hashlib.sha256()
        self._line_length = 0
        self.last = b""
        """The last two bytes so far."""
        self._started = False
        self._wide = False
        """Whether this is UTF-16, in which NUL bytes are halves of letters."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        try:
            data = self._file.read(min(len(view), _CHUNK))
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._check(data)
        self._hash.update(data)
        self.last = data[-2:] or self.last
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()

    def drain(self) -> str:
        """Read what is left, for the hash of the whole; give it as hexadecimal digits."""
        if self._packed:
            return cast("_Packed", self._file).drain()
        while data := self._file.read(_CHUNK):
            self._hash.update(data)
        return self._hash.hexdigest()

    def _check(self, data: bytes) -> None:
        if not self._started and data:
            self._started = True
            for signature, what in _SIGNATURES:
                if data.startswith(signature):
                    raise self._no_text(what)
            if data[_TAR[0] : _TAR[0] + len(_TAR[1])] == _TAR[1]:
                raise self._no_text(message("an archive"))
            refuse_web_page(self._path, data)
            self._wide = data.startswith(_UTF16_MARKS)
        if not self._wide and b"\0" in data:
            raise self._no_text(message("something else (it has NUL bytes)"))
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._line_length = self._line_length + len(data) if end < 0 else len(data) - end
        if self._line_length > MAX_LINE:
            raise InputError(
                message("{path}: a line is longer than {limit} bytes", path=self._path, limit=MAX_LINE),
                message("this is not a table with a row on each line"),
            )

    def _no_text(self, what: Message) -> InputError:
        if not self._packed:
            return not_text(self._path, what)
        return InputError(
            message("{path}: what is compressed in it is not a table of text but {what}", path=self._path, what=what),
            message("unpack it, and name what is in it"),
        )


def not_text(path: str, what: Message) -> InputError:
    """The refusal of what is no table of text."""
    return InputError(
        message("{path}: this is not a table of text but {what}", path=path, what=what),
        message("open it where it was made and save it as .xlsx or as CSV UTF-8"),
    )


def refuse_web_page(path: str, data: bytes) -> None:
    """Raise InputError if text begins as a web page or XML does."""
    if _WEB_PAGE.match(data.removeprefix(b"\xef\xbb\xbf")[:200]):
        raise not_text(path, message("a web page or XML"))
