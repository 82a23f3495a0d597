"""Which files and tables are meant by the names of data: each once, in order, with what is passed over."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kpi_check.errors import UsageError, message
from kpi_check.issues import Finding, Place
from kpi_check.readers import KNOWN_ENDINGS, Frame, Source, file_source, find_files

if TYPE_CHECKING:
    from kpi_check.readers.frames import ArrowStream, Lazy

    Data = str | os.PathLike[str] | Source | Frame | ArrowStream | Lazy | Mapping[str, ArrowStream | Lazy]
    """A file or folder, a table in memory, or several tables by their names."""


Follow = Callable[[str], tuple[Sequence["Source | Frame"], Sequence[str]]]
"""Tells what is meant by an address: the files and tables, and the files that are passed over."""


def sources_of(data: Data | Iterable[Data], follow: Follow | None = None) -> tuple[list[Source | Frame], list[Finding]]:
    """The files and tables that are meant by some data, each once, and what is to be said of those passed over.

    Addresses (`is_address`) are followed by `follow`; without it they are refused.
    """
    return _sources(_listed(data), follow)


def _listed(data: Data | Iterable[Data]) -> list[Data | Frame]:
    """Data as a list; Source is a tuple, and a table's items are not files."""
    if isinstance(data, str | os.PathLike | Source | Mapping):
        listed: list[Any] = [data]
    elif isinstance(data, list | tuple | set | frozenset):
        listed = list(data)
    elif _is_table(data):  # of which some are iterators
        listed = [data]
    elif isinstance(data, Iterator):
        listed = list(data)
    else:
        raise _not_data(data)
    items: list[Data | Frame] = []
    for item in listed:
        items += _named_tables(item) if isinstance(item, Mapping) else [item]
    return items


def _is_table(data: object) -> bool:
    from kpi_check.readers.frames import is_frame

    return is_frame(data)


def _named_tables(tables: Mapping[str, object]) -> list[Frame]:
    from kpi_check.readers.frames import named_frames

    return named_frames(tables)


def _not_data(item: object) -> UsageError:
    return UsageError(
        message("data of type {type} cannot be read", type=type(item).__name__),
        message("name a file or a folder, give a table, or several of these in a list"),
    )


def _sources(data: Sequence[Data | Frame], follow: Follow | None) -> tuple[list[Source | Frame], list[Finding]]:
    """The files and tables that are meant, each once, and what is to be said of those passed over."""
    opened: list[Source | Frame] = [d for d in data if isinstance(d, Source | Frame)]
    named_files = [os.fspath(d) for d in data if isinstance(d, str | os.PathLike)]
    opened += _unnamed_tables([d for d in data if not isinstance(d, Source | Frame | str | os.PathLike)])
    addresses = sorted({name for name in named_files if is_address(name)})
    files, passed_over = find_files([name for name in named_files if name not in addresses])
    for address in addresses:
        if follow is None:
            raise UsageError(
                message("{path}: only Spark can read this", path=address),
                message("evaluate and validate read it with --engine spark"),
            )
        sources, others = follow(address)
        opened += sources
        passed_over += others
    if not files and not opened:
        raise UsageError(message("no data are named"), message("name a file, a folder, or - for standard input"))
    named: dict[str, list[str]] = {}
    for path in files:
        named.setdefault(_real(path), []).append(path)
    findings = [Finding("file-not-read", Place(path), {"known": list(KNOWN_ENDINGS)}) for path in passed_over]
    findings += [Finding("file-named-twice", Place(names[0])) for names in named.values() if len(names) > 1]
    alike = _alike([names[0] for names in named.values()])
    findings += [Finding("identical-file", Place(path), {"other": first}) for path, first in alike.items()]
    sources = [*opened, *(file_source(names[0]) for names in named.values() if names[0] not in alike)]
    _refuse_one_name_for_two(sources)
    return sorted(sources, key=lambda source: source.path), findings


_ADDRESS = re.compile(r"table:|[A-Za-z][A-Za-z0-9+.-]+:/")


def is_address(name: str) -> bool:
    """Whether a name is one that only Spark can follow: s3a://…, hdfs://…, file:/…, or table:NAME."""
    return _ADDRESS.match(name) is not None and not os.path.exists(name)


def _alike(paths: Sequence[str]) -> dict[str, str]:
    """Files that are the same as one before, byte for byte, and that one."""
    of_size: dict[int, list[str]] = {}
    for path in paths:
        if os.path.isfile(path) and (size := _size(path)):
            of_size.setdefault(size, []).append(path)
    found: dict[str, str] = {}
    for same in of_size.values():
        for alike in _by_digest(same, _BEGINNING):
            for first, *others in _by_digest(alike, None):
                found.update(dict.fromkeys(others, first))
    return found


_BEGINNING = 4096
"""So many bytes tell most files of one size apart."""


def _by_digest(paths: Sequence[str], size: int | None) -> Iterator[list[str]]:
    """Files that are the same, or begin with the same bytes: two at least."""
    groups: dict[str, list[str]] = {}
    for path in paths if len(paths) > 1 else ():
        with contextlib.suppress(OSError), open(path, "rb") as file:  # why it cannot be read is said when it is opened
            digest = hashlib.file_digest(file, "sha256") if size is None else hashlib.sha256(file.read(size))
            groups.setdefault(digest.hexdigest(), []).append(path)
    return (same for same in groups.values() if len(same) > 1)


def _unnamed_tables(items: Sequence[Any]) -> list[Frame]:
    """What is neither a file nor a table with a name."""
    for item in items:
        if not _is_table(item):
            raise _not_data(item)
    if not items:
        return []
    from kpi_check.readers.frames import frames

    return frames(items)


def _refuse_one_name_for_two(sources: Sequence[Source | Frame]) -> None:
    """A table must be told from every other by its name."""
    tables = {source.path for source in sources if isinstance(source, Frame)}
    for name, count in Counter(source.path for source in sources).items():
        if name in tables and count > 1:
            raise UsageError(message("two tables are named {name}", name=name), message("give each a name of its own"))


def _real(path: str) -> str:
    """What tells one file from another, however it is named."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


_MUCH = 8_000_000
"""So many bytes are worth the start of another process."""


def worth(sources: Sequence[Source | Frame]) -> int:
    """How many processes are worth it to read files."""
    files = [source for source in sources if isinstance(source, Source)]
    sizes = [size for source in files if (size := _size(source.path)) is not None]
    worth_it = min(len(sources), sum(sizes) // _MUCH)
    if len(sizes) < len(sources) or worth_it < 2:
        return 1
    from kpi_check.engines.hands import can_help

    return worth_it if can_help() else 1


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return None


def changed_when(sources: Sequence[Source | Frame], findings: Sequence[Finding]) -> dict[str, int]:
    """When files were changed last, in seconds, or else a copy of them; without those that are no files."""
    found: dict[str, int] = {}
    for source in (source for source in sources if isinstance(source, Source)):
        with contextlib.suppress(OSError, ValueError):
            found[source.path] = int(os.stat(source.path).st_mtime)
    for finding in findings:
        first = str(finding.args.get("other", ""))
        if finding.code == "identical-file" and first in found:
            with contextlib.suppress(OSError, ValueError):
                found[first] = max(found[first], int(os.stat(finding.place.path).st_mtime))
    return found
