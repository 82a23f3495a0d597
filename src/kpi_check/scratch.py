"""What is on the disk for a while only: a folder for a run's temporary files, and files that have yet to get their names.

Their owner holds a lock on them, which the system takes back from a process that ends, however it ends. So whoever gets
the lock may remove what a dead run has left, and never takes a live one for dead. Where there are no such locks (Windows,
some network folders) nothing is removed but by its owner.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import BinaryIO, Self

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    CAN_LOCK = False
else:
    CAN_LOCK = True

_FOLDER = re.compile(r"kpi-check-scratch-[0-9a-f]{8}")
_FILE = re.compile(r"\..+\.[0-9a-f]{8}\.kpi-check", re.DOTALL)
_INSIDE = "kept"
"""All that a folder of ours has in it."""
_MOST_OF_NAME = 50
"""So much of a file's name is in that of the file which is to get it: names have an end."""

_TRIES = 3


def temporary() -> str:
    """The system's folder for temporary files, found without writing a file to it, which a kill might leave there."""
    named = (tempfile.tempdir, *map(os.environ.get, ("TMPDIR", "TEMP", "TMP")), "/tmp")  # noqa: S108 - owners are looked at
    usable = (folder for folder in named if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK))
    return os.path.abspath(next(usable, None) or tempfile.gettempdir())


class Scratch:
    """A folder for temporary files; it goes with this, at the end of the run, or else with the next run.

    Raises OSError if there is no place for it.
    """

    def __init__(self) -> None:
        sweep()
        self._folder = ""
        self._lock: int | None = None
        atexit.register(self.close)  # whatever raises in between
        while not self._is_made():
            pass
        self.path = os.path.join(self._folder, _INSIDE)
        os.mkdir(self.path, 0o700)

    def _is_made(self) -> bool:
        """Make it; whether it is ours, and not on its way out with what dead runs left."""
        folder = os.path.join(temporary(), f"kpi-check-scratch-{_number()}")
        os.mkdir(folder, 0o700)
        if CAN_LOCK:
            try:
                lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except FileNotFoundError:
                return False
            if not _is_held(lock, folder):
                os.close(lock)
                return False
            self._lock = lock
        self._folder = folder
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove it with everything in it; what is put there meanwhile, too."""
        for _ in range(_TRIES if self._folder else 0):
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            lock, self._lock = self._lock, None
            os.close(lock)
        atexit.unregister(self.close)


@contextmanager
def to_be_named(path: str) -> Iterator[BinaryIO]:
    """A file beside `path` which takes that name, and the place of what has it, when it is written; if it is not, it goes."""
    sweep(os.path.dirname(path) or os.curdir)
    part, stream = _part_of(path)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if CAN_LOCK:  # as long as it is held; Windows renames no open file
                os.replace(part, path)
        if not CAN_LOCK:  # pragma: no cover - Windows
            os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def _part_of(path: str) -> tuple[str, BinaryIO]:
    folder, name = os.path.split(path)
    while True:
        part = os.path.join(folder, f".{name[:_MOST_OF_NAME]}.{_number()}.kpi-check")
        stream = open(part, "xb")  # noqa: SIM115 - closed by who asked for it
        if not CAN_LOCK or _is_held(stream.fileno(), part):
            return part, stream
        stream.close()


def sweep(folder: str | None = None) -> None:
    """Remove what dead runs of this user left in a folder (None: the system's for temporary files)."""
    if not CAN_LOCK:  # pragma: no cover - Windows
        return
    with contextlib.suppress(OSError), os.scandir(temporary() if folder is None else folder) as entries:
        for entry in entries:
            remove: Callable[[str], None] | None = None
            if _FOLDER.fullmatch(entry.name):
                remove = _remove_folder
            elif _FILE.fullmatch(entry.name):
                remove = _remove_file
            if remove is not None:
                with contextlib.suppress(OSError):  # it may be another's, a link, gone, or in use
                    remove(entry.path)


def _remove_folder(path: str) -> None:
    with _opened(path, os.O_RDONLY | os.O_DIRECTORY) as folder:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid() or found.st_mode & 0o777 != 0o700:
            return
        if not (_is_free(folder) and _is_at(folder, path) and set(os.listdir(folder)) <= {_INSIDE}):
            return
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(_INSIDE, dir_fd=folder)  # it follows no links
        os.rmdir(path)


def _remove_file(path: str) -> None:
    with _opened(path, os.O_RDWR | os.O_NONBLOCK) as file:
        found = os.fstat(file)
        if found.st_uid == os.geteuid() and stat.S_ISREG(found.st_mode) and _is_free(file) and _is_at(file, path):
            os.unlink(path)


@contextmanager
def _opened(path: str, flags: int) -> Iterator[int]:
    file = os.open(path, flags | os.O_NOFOLLOW)
    try:
        yield file
    finally:
        os.close(file)


def _is_free(file: int) -> bool:
    """Whether nobody holds something; it is held from now on."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_held(file: int, path: str) -> bool:
    """Hold what was just made; False if it is being removed, for nobody held it until now."""
    try:
        free = _is_free(file)
    except OSError:  # there are no locks here, and so nobody removes it
        return True
    return free and _is_at(file, path)


def _is_at(file: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _number() -> str:
    return os.urandom(4).hex()
