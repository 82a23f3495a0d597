"""Files are written whole or not at all, and never over what was read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from typing import BinaryIO

from kpi_check.errors import KpiCheckError, UsageError, message
from kpi_check.scratch import to_be_named


def refuse_to_overwrite(path: str, read: Iterable[str], option: str = "--output") -> None:
    """Raise UsageError if a file to be written is one that was read."""
    for other in read:
        if _same(path, other):
            raise UsageError(
                message(
                    "{option} {path}: this is the file {other} that was read", option=option, path=path, other=other
                ),
                message("name another file"),
            )


def refuse_what_is_there(path: str, option: str = "--output") -> None:
    """Raise UsageError if a file is there already that somebody may have worked in."""
    if os.path.lexists(path):
        raise UsageError(
            message(
                "{option} {path}: this file is there already, and may hold somebody's work", option=option, path=path
            ),
            message("name another file, or delete this one"),
        )


def _same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False


def write_whole(path: str, write: Callable[[BinaryIO], None]) -> None:
    """Write a file whole or not at all; a link's file is written, not the link; what is no file is written into.

    Raises KpiCheckError if it cannot be written; then an earlier file of the name is as it was.
    """
    try:
        if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "wb") as stream:
                write(stream)
        else:
            with to_be_named(os.path.realpath(path)) as stream:
                write(stream)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise KpiCheckError(
            message("{path}: cannot be written: {reason}", path=path, reason=reason),
            message("close the file if it is open in another program")
            if isinstance(error, PermissionError) and os.path.exists(path)
            else message("name a file in a folder that is there and that you may write to"),
        ) from error
