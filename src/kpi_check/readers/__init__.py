"""Input formats, one module each: bytes in, rows out (`submission.Grid`); `layout` finds the tables in them.

A new format is a module with `grids(source, plan) -> list[Grid]` and a line in `READERS`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kpi_check.errors import InputError, Message, message
from kpi_check.plan import Plan
from kpi_check.readers import globs
from kpi_check.readers.layout import LaidOut
from kpi_check.readers.packed import PACKINGS, packing_of, unpacked
from kpi_check.readers.source import Frame, Source, beginning, file_source
from kpi_check.submission import Grid, Table
from kpi_check.text import nearest


class Reader(NamedTuple):
    """An input format: the module that reads it, the endings of its files, and how their bytes begin."""

    module: str
    endings: tuple[str, ...]
    signatures: tuple[bytes, ...] = ()


_TEXT = (".csv", ".tsv", ".txt")
READERS: Mapping[str, Reader] = {
    "workbook": Reader(
        "kpi_check.readers.workbook", (".xlsx", ".xlsm", ".xls", ".ods"), (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    ),
    "parquet": Reader("kpi_check.readers.parquet", (".parquet",), (b"PAR1", b"PARE")),
    "text": Reader(
        "kpi_check.readers.csv",
        (*_TEXT, *(ending + packing.ending for packing in PACKINGS.values() for ending in _TEXT)),
    ),
}
ENDINGS: Mapping[str, Reader] = {ending: reader for reader in READERS.values() for ending in reader.endings}
REPORT_ENDING = ".json"
"""The ending of reports of earlier runs, which may be data, too."""
KNOWN_ENDINGS = (*ENDINGS, REPORT_ENDING)
_UNPACK = (*(packing.ending for packing in PACKINGS.values()), ".tgz", ".tar", ".zip", ".bz2", ".xz", ".7z", ".rar")
"""The endings of what has to be unpacked first, unless the one before is known."""


def ending_of(path: str) -> str:
    """The ending of a file's name in small letters; with the one before it, if the last says how it is compressed."""
    name = Path(path)
    last = name.suffix.lower()
    packed = any(last == packing.ending for packing in PACKINGS.values())
    return Path(name.stem).suffix.lower() + last if packed else last


def is_report(source: Source) -> bool:
    """Whether a source is a report of an earlier run, and no table."""
    ending = ending_of(source.path)
    return ending == REPORT_ENDING or (ending not in ENDINGS and beginning(source, 1) == b"{")


def open_tables(source: Source | Frame, plan: Plan) -> Sequence[Table]:
    """The tables of one file, whose bytes decide its format, or of one table in memory; raise InputError if it cannot be read."""
    return _chosen([LaidOut(grid, plan) for grid in open_grids(source, plan)])


def open_grids(source: Source | Frame, plan: Plan) -> Sequence[Grid]:
    """All that is in a file, sheet by sheet; raise InputError if it cannot be read."""
    if isinstance(source, Frame):
        from kpi_check.readers import frames

        return frames.grids(source, plan)
    _must_be_known(source.path)
    start = beginning(source, 8)
    packing = packing_of(start)
    if packing is not None:
        source, start = unpacked(source, packing), b""  # nothing but text is read from what is compressed
    reader = next((r for r in READERS.values() if start.startswith(r.signatures)), READERS["text"])
    grids: Sequence[Grid] = importlib.import_module(reader.module).grids(source, plan)
    return grids


def _must_be_known(path: str) -> None:
    ending = ending_of(path)
    if path != "-" and ending.endswith(_UNPACK) and ending not in ENDINGS:
        raise InputError(
            message("{path}: files with this ending are not read", path=path),
            message("unpack it, and name what is in it"),
        )
    if path != "-" and ending not in ENDINGS:
        near = nearest(ending, KNOWN_ENDINGS) if ending else None
        raise InputError(
            message("{path}: files with this ending are not read", path=path),
            message("did you mean {word}?", word=near)
            if near
            else message("known endings: {known}", known=", ".join(KNOWN_ENDINGS)),
        )


def _chosen(tables: Sequence[LaidOut]) -> Sequence[Table]:
    """The tables that are the plan's; the first one that has any row, if none is. The others are named with them."""
    best = max(tables, key=lambda table: (table.score, table.header is not None))
    chosen = [table for table in tables if table.score and table.score * 2 >= best.score] or [best]
    chosen[0].passed_over = [table for table in tables if table not in chosen]
    return chosen


def find_files(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The files that are meant by some files, folders and patterns of names, and what among these is passed over.

    A folder means what in it has a known ending; hidden files and those of open programs apart, everything else, folders too, is passed over. So
    does a pattern: what it matches. Both lists are sorted.
    """
    files: list[str] = []
    passed_over: list[str] = []
    for name in names:
        if not name:
            raise InputError(message("the name of a file is empty"), message("name a file, a folder, or -"))
        if name != "-" and os.path.isdir(name):
            known, others = _known(_inside(name))
            if not known:
                raise _none_known(message("{path}: no file in this folder can be read", path=name))
        elif name != "-" and not _is_there(name) and globs.is_pattern(name):
            known, others = _known(_matching(name))
            if not known:
                raise _none_known(message("{path}: no file that this matches can be read", path=name))
        else:
            known, others = [name], []
        files += known
        passed_over += others
    return sorted(files), sorted(set(passed_over))


def _is_there(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False


def _known(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """The files with a known ending, and everything else."""
    known = [path for path in paths if ending_of(path) in KNOWN_ENDINGS and not os.path.isdir(path)]
    return known, [path for path in paths if path not in set(known)]


def _none_known(what: Message) -> InputError:
    return InputError(what, message("known endings: {known}", known=", ".join(KNOWN_ENDINGS)))


def _is_kept_beside(path: str) -> bool:
    """Whether a file is hidden, or one that an office program keeps beside a file that is open in it (~$)."""
    return os.path.basename(path).startswith((".", "~$"))


def _inside(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder) if not _is_kept_beside(name)]
    except OSError as error:
        raise InputError(
            message("{path}: the folder cannot be read: {reason}", path=folder, reason=error.strerror or "")
        ) from error


def _matching(pattern: str) -> list[str]:
    """What a pattern matches; raise InputError if that is nothing."""
    found = [path for path in globs.matching(pattern) if not _is_kept_beside(path)]
    if not found:
        near = globs.nearest_pattern(pattern, KNOWN_ENDINGS)
        raise InputError(
            message("{path}: there is no file of this name, and none that it matches as a pattern", path=pattern),
            message("did you mean {word}?", word=near)
            if near
            else message("name a file or a folder, or a pattern such as {example}", example="returns/*.csv"),
        )
    return found


__all__ = [
    "ENDINGS",
    "KNOWN_ENDINGS",
    "READERS",
    "ArrowStream",
    "Frame",
    "Reader",
    "Source",
    "file_source",
    "find_files",
    "is_report",
    "open_grids",
    "open_tables",
]
