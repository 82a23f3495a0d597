"""Input formats, one module each: bytes in, rows out (`submission.Grid`); `layout` finds the tables in them.

A new format is a module with `grids(source, plan) -> list[Grid]` and a line in `READERS`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kpi_check.errors import InputError, message
from kpi_check.plan import Plan
from kpi_check.readers.layout import LaidOut
from kpi_check.readers.source import Frame, Source, beginning, file_source
from kpi_check.submission import Grid, Table
from kpi_check.text import nearest


class Reader(NamedTuple):
    """An input format: the module that reads it, the endings of its files, and how their bytes begin."""

    module: str
    endings: tuple[str, ...]
    signatures: tuple[bytes, ...] = ()


READERS: Mapping[str, Reader] = {
    "workbook": Reader(
        "kpi_check.readers.workbook", (".xlsx", ".xlsm", ".xls", ".ods"), (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    ),
    "text": Reader("kpi_check.readers.csv", (".csv", ".tsv", ".txt")),
}
ENDINGS: Mapping[str, Reader] = {ending: reader for reader in READERS.values() for ending in reader.endings}
REPORT_ENDING = ".json"
"""The ending of reports of earlier runs, which may be data, too."""
KNOWN_ENDINGS = (*ENDINGS, REPORT_ENDING)


def is_report(source: Source) -> bool:
    """Whether a source is a report of an earlier run, and no table."""
    ending = Path(source.path).suffix.lower()
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
    reader = next((r for r in READERS.values() if start.startswith(r.signatures)), READERS["text"])
    grids: Sequence[Grid] = importlib.import_module(reader.module).grids(source, plan)
    return grids


def _must_be_known(path: str) -> None:
    ending = Path(path).suffix.lower()
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
    """The files that are meant by some files and folders, and what in the folders is passed over.

    A folder means what in it has a known ending; hidden files and those of open programs apart, everything else, folders too, is passed over. Both
    lists are sorted.
    """
    files: list[str] = []
    passed_over: list[str] = []
    for name in names:
        if not name:
            raise InputError(message("the name of a file is empty"), message("name a file, a folder, or -"))
        if name == "-" or not os.path.isdir(name):
            files.append(name)
            continue
        inside = _inside(name)
        known = [path for path in inside if Path(path).suffix.lower() in KNOWN_ENDINGS and not os.path.isdir(path)]
        if not known:
            raise InputError(
                message("{path}: no file in this folder can be read", path=name),
                message("known endings: {known}", known=", ".join(KNOWN_ENDINGS)),
            )
        files += known
        passed_over += [path for path in inside if path not in known]
    return sorted(files), sorted(passed_over)


def _inside(folder: str) -> list[str]:
    try:
        # ~$ begins what an office program keeps beside a file that is open in it.
        return [os.path.join(folder, name) for name in os.listdir(folder) if not name.startswith((".", "~$"))]
    except OSError as error:
        raise InputError(
            message("{path}: the folder cannot be read: {reason}", path=folder, reason=error.strerror or "")
        ) from error


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
