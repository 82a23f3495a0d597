"""Compressed text: gzip and zstd. It is unpacked as it is read, so that it takes no more memory than text does.

What has been unpacked counts where the file merely ends too early, or something else follows; where its bytes or its
checksums are wrong, nobody knows since where, and the file is refused, as a damaged workbook is.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from kpi_check.errors import InputError, Message, message
from kpi_check.readers.source import EndedError, Source, unreadable

FREE = 20_000_000
"""So much may be unpacked whatever it was packed to, in bytes."""
MAX_RATIO = 250
"""Beyond that, the most bytes that one byte of a file may stand for; tables of text come to 5 or 10, seldom to 50."""
MAX_WINDOW = 27
"""The most that zstd may look back, as a power of 2 (128 MB): what its own program grants."""
_CHUNK = 1 << 16


class _Member(Protocol):
    """What unpacks one part of a file: a member of gzip, a frame of zstd."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Packing(NamedTuple):
    """A way of compressing: the ending of its files, how their parts begin, and what unpacks one."""

    ending: str
    signatures: tuple[bytes, ...]
    start: Callable[[], _Member]


class _GzipMember:
    """A member of gzip; its checksum and its length are looked at."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._unpacker.eof

    @property
    def unused_data(self) -> bytes:
        return self._unpacker.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Up to so many bytes; what was not looked at is looked at next time."""
        return self._unpacker.decompress(self._unpacker.unconsumed_tail + data, max_length)


def _zstd() -> Any:
    """The library for zstd: Python's own since 3.14, else the same for those before."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def _zstd_frame() -> _Member:
    zstd = _zstd()
    return cast("_Member", zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: MAX_WINDOW}))


_SKIPPED = tuple(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))
"""How frames of zstd begin that hold no text."""
PACKINGS: Mapping[str, Packing] = {
    "gzip": Packing(".gz", (b"\x1f\x8b",), _GzipMember),
    "zstd": Packing(".zst", (b"\x28\xb5\x2f\xfd", *_SKIPPED), _zstd_frame),
}


def packing_of(beginning: bytes) -> str | None:
    """How a file is compressed, by its first bytes; None if it is not."""
    return next((name for name, packing in PACKINGS.items() if beginning.startswith(packing.signatures)), None)


def unpacked(source: Source, packing: str) -> Source:
    """A source whose bytes are the text that is compressed in another's."""

    def open_text() -> BinaryIO:
        return cast("BinaryIO", Unpacked(source.path, source.open(), packing))

    return source._replace(open=open_text, packing=packing)


class Unpacked(io.RawIOBase):
    """The text of a compressed file, as it is asked for. Raises EndedError where the rest cannot be read."""

    def __init__(self, path: str, file: BinaryIO, packing: str) -> None:
        self._path = path
        self._name = packing
        self._packing = PACKINGS[packing]
        self._file = file
        self._hash = hashlib.sha256()
        self._taken = self._size = 0
        self._member: _Member | None = None
        self._ahead = b""
        """What was taken from the file, and given to no member yet."""
        self._pending = False
        """Whether the member may have more, without being given more."""
        self._ended: Message | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view, filled = memoryview(buffer), 0
        while filled < len(view):
            data = self._next(min(len(view) - filled, _CHUNK))
            if not data:
                break
            view[filled : filled + len(data)] = data
            filled += len(data)
        if not filled and self._ended is not None and view:
            if not self._size:
                raise self._refusal(self._ended)
            raise EndedError(self._ended)
        return filled

    def drain(self) -> str:
        """The hash of the file's bytes, all of them, as hexadecimal digits."""
        while self._take():
            pass
        return self._hash.hexdigest()

    def close(self) -> None:
        self._file.close()
        super().close()

    def _next(self, most: int) -> bytes:
        """Up to so many bytes of the text; none at its end."""
        while self._ended is None and (self._member is not None or self._begin()):
            given = b"" if self._pending else self._ahead or self._take()
            self._ahead = b"" if not self._pending else self._ahead
            data = self._unpack(given, most)
            over = not given and not data and not self._pending
            self._pending = len(data) == most
            if self._member is not None and self._member.eof:
                self._ahead, self._member, self._pending = self._member.unused_data, None, False
            elif over:
                self._ended = message("the compressed text ends too early: the file looks cut off")
            if data:
                return data
        return b""

    def _begin(self) -> bool:
        """Begin with the next part; whether there is one."""
        filled_up = self._taken > 0 and self._name == "gzip"
        while True:
            if filled_up:
                self._ahead = self._ahead.lstrip(b"\0")  # with which blocks of a fixed size are filled up
            if len(self._ahead) >= 4 or not (more := self._take()):
                break
            self._ahead += more
        if not self._ahead:
            return False
        if not self._ahead.startswith(self._packing.signatures):
            self._ended = message("what follows is not compressed as the text before it is")
            return False
        self._member = self._started()
        return True

    def _started(self) -> _Member:
        try:
            return self._packing.start()
        except ImportError as error:
            raise InputError(
                message("{path}: to read {packing}, a package is needed that is not installed", **self._names()),
                message("pip install 'kpi-check[zstd]'"),
            ) from error

    def _unpack(self, data: bytes, most: int) -> bytes:
        assert self._member is not None
        try:
            text = self._member.decompress(data, most)
        except Exception as error:
            if isinstance(error, zlib.error) or type(error).__name__ == "ZstdError":
                raise self._refusal(str(error)) from error
            raise
        self._size += len(text)
        if self._size > max(FREE, MAX_RATIO * self._taken):
            raise InputError(
                message(
                    "{path}: this unpacks to more than {ratio} times its size, and to more than {size} MB",
                    path=self._path,
                    ratio=MAX_RATIO,
                    size=FREE // 1_000_000,
                ),
                message("no table does; if it is one all the same, unpack it, and name what is in it"),
            )
        return text

    def _take(self) -> bytes:
        try:
            data = self._file.read(_CHUNK)
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._taken += len(data)
        self._hash.update(data)
        return data

    def _refusal(self, reason: object) -> InputError:
        return InputError(
            message("{path}: this {packing} file is damaged: {reason}", reason=reason, **self._names()),
            message("get the file again; or unpack it, and name what is in it"),
        )

    def _names(self) -> dict[str, object]:
        return {"path": self._path, "packing": self._name}
