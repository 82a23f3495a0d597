"""Input formats, one module each: bytes in, tables out (`submission.Table`).

A new format is a module with `tables(source) -> list[Table]` and a line in `READERS`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kpi_check.errors import InputError, message
from kpi_check.plan import Plan
from kpi_check.readers.source import Source, file_source
from kpi_check.submission import Table
from kpi_check.text import nearest


class Reader(NamedTuple):
    """An input format: the module that reads it, and the endings of its files."""

    module: str
    endings: tuple[str, ...]


READERS: Mapping[str, Reader] = {
    "csv": Reader("kpi_check.readers.csv", (".csv", ".tsv", ".txt")),
}
ENDINGS: Mapping[str, Reader] = {ending: reader for reader in READERS.values() for ending in reader.endings}


def open_tables(source: Source, plan: Plan) -> Sequence[Table]:
    """The tables of one file; raise InputError if it is of no known format or cannot be read."""
    ending = Path(source.path).suffix.lower()
    reader = READERS["csv"] if source.path == "-" else ENDINGS.get(ending)
    if reader is None:
        near = nearest(ending, ENDINGS) if ending else None
        raise InputError(
            message("{path}: files with this ending are not read", path=source.path),
            message("did you mean {word}?", word=near)
            if near
            else message("known endings: {known}", known=", ".join(ENDINGS)),
        )
    tables: Sequence[Table] = importlib.import_module(reader.module).tables(source, plan)
    return tables


def find_files(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The files that are meant by some files and folders, and what in the folders is passed over.

    A folder means what in it has a known ending; hidden files apart, everything else, folders too, is passed over. Both
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
        known = [path for path in inside if Path(path).suffix.lower() in ENDINGS and not os.path.isdir(path)]
        if not known:
            raise InputError(
                message("{path}: no file in this folder can be read", path=name),
                message("known endings: {known}", known=", ".join(ENDINGS)),
            )
        files += known
        passed_over += [path for path in inside if path not in known]
    return sorted(files), sorted(passed_over)


def _inside(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder) if not name.startswith(".")]
    except OSError as error:
        raise InputError(
            message("{path}: the folder cannot be read: {reason}", path=folder, reason=error.strerror or "")
        ) from error


__all__ = ["ENDINGS", "READERS", "Reader", "Source", "file_source", "find_files", "open_tables"]
