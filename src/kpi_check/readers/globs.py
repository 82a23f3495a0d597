"""Patterns of names: `returns/*.csv`, `**/2024-*.xlsx`. Where no shell has made names of them, that is done here."""

from __future__ import annotations

import os
import re
from collections.abc import Collection

from kpi_check.text import nearest

_SIGNS = re.compile("[*?[]")
_ANYWHERE = "**"


def is_pattern(name: str) -> bool:
    """Whether a name may be a pattern: `*` any signs, `?` one, `[0-9]` one of some, `**` any folders."""
    return _SIGNS.search(name) is not None


def matching(pattern: str) -> list[str]:
    """What a pattern matches, sorted; of `**` not the folders, but what is in them. Nothing hidden, unless named so."""
    import glob

    try:
        found = sorted(set(glob.glob(pattern, recursive=True)))
    except (OSError, ValueError, re.error):  # a name that no file can have
        return []
    parts = re.split(r"[/\\\\]" if os.sep == "\\" else "/", pattern)
    return [path for path in found if not os.path.isdir(path)] if _ANYWHERE in parts else found


def nearest_pattern(pattern: str, endings: Collection[str]) -> str | None:
    """The pattern that was most likely meant, of those that match something; `endings` are those of files that are read."""
    near = _replaced(pattern, endings)
    while near is not None and not matching(near):
        near = _replaced(near, endings)
    return near


def _replaced(pattern: str, endings: Collection[str]) -> str | None:
    """A pattern whose first part that is not there is replaced by what is most like it."""
    before, rest = _start(pattern)
    parts = rest.split(os.sep)
    for place, part in enumerate(parts):
        there = _names(before)
        last = place == len(parts) - 1
        if is_pattern(part) or last:
            kinds = {f"*{name[-len(end) :]}" for name in there for end in endings if name.lower().endswith(end)}
            near = nearest(part, (there if not is_pattern(part) else set()) | kinds, 0.5) if last else None
            return None if near is None or near == part else os.path.join(before, near)
        if part and part not in there:
            near = nearest(part, there)
            return None if near is None else os.path.join(before, near, *parts[place + 1 :])
        before = os.path.join(before, part)
    return None


def _start(pattern: str) -> tuple[str, str]:
    """Where a pattern begins, and the rest of it."""
    drive, rest = os.path.splitdrive(os.path.normpath(pattern))
    root = rest[: len(rest) - len(rest.lstrip(os.sep))]
    return drive + root, rest[len(root) :]


def _names(folder: str) -> set[str]:
    try:
        return {name for name in os.listdir(folder or os.curdir) if not name.startswith(".")}
    except OSError:
        return set()
