"""YAML as plans need it: every scalar is kept as its text, every key knows its line, and nothing is read two ways.

Built on PyYAML's events: no tags, anchors, aliases or second documents, no duplicate keys, no bare `no` or `null` that
another reader would take for false or nothing; depth and size are bounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from kpi_check.errors import PlanProblem, message

Tree = str | list["Tree"] | dict[str, "Tree"]
Path = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_SCALAR = 10_000
# What YAML 1.1 reads as true, false or nothing.
_AMBIGUOUS = frozenset({"yes", "no", "on", "off", "true", "false", "y", "n", "null", "~", ""})
# What it reads as a number or a date.
_FIGURE = re.compile(r"[-+.]?[0-9][0-9_.,:eExXoOa-fA-F+-]*(?:[Tt ][0-9:.Zz+ -]*)?", re.ASCII)


class Bare(str):
    """A text that stood without quotes and that other readers take for a number or a date."""

    __slots__ = ()


_UNREADABLE = yaml.reader.Reader.NON_PRINTABLE
# Only events are taken from it: libyaml's parser, unlike its composer, does not recurse, and is ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotPlanYamlError(Exception):
    """The text is not the YAML that plans are written in."""

    def __init__(self, problem: PlanProblem) -> None:
        super().__init__(problem.what.template)
        self.problem = problem


class Document(NamedTuple):
    """A tree of texts, and the line (from 1) of every key and item in it by its path."""

    tree: Tree
    lines: dict[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of the nearest place on `path` that was written; parts of it that stand nowhere are passed over."""
        return self.lines.get(self.written(path))

    def written(self, path: Path) -> Path:
        """The parts of a path that were written."""
        return self._along((), path)

    def _along(self, here: Path, path: Path) -> Path:
        found = [
            self._along((*here, part), path[i + 1 :]) for i, part in enumerate(path) if (*here, part) in self.lines
        ]
        return max(found, key=len, default=here)


def read(data: bytes) -> Document:
    """Read one document; raise NotPlanYamlError with its line for anything else."""
    if len(data) > MAX_BYTES:
        raise _problem(None, "the file is larger than {limit} bytes", limit=MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _problem(line, "the file is not UTF-8 text") from error
    odd = _UNREADABLE.search(text)
    if odd is not None:
        raise _odd_character(text.count("\n", 0, odd.start()) + 1, odd[0])
    try:
        events = _Events(yaml.parse(text, Loader=_LOADER))
        return events.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = message("this is not YAML: {reason}", reason=error.problem or error.context or "")
        hint = message('a text with ": " or " #" in it goes in quotes; indent with spaces, not with tabs')
        raise NotPlanYamlError(PlanProblem(mark.line + 1 if mark else None, what, hint)) from error


def last_key(path: Path) -> str:
    """The innermost key on a path; positions in lists are passed over."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _problem(line: int | None, template: str, **args: object) -> NotPlanYamlError:
    return NotPlanYamlError(PlanProblem(line, message(template, **args)))


def _odd_character(line: int, character: str) -> NotPlanYamlError:
    code = f"U+{ord(character):04X}" + (" (NUL)" if character == "\0" else "")
    return _problem(line, "a character that a plan cannot have: {code}", code=code)


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


class _Events:
    """Builds the tree from PyYAML's events."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._lines: dict[Path, int] = {}

    def document(self) -> Document:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _problem(1, "the file is empty")
        tree = self._node(next(self._events), ())
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _problem(_line(after), "a second document begins here; a plan is one document")
        return Document(tree, self._lines)

    def _node(self, event: yaml.Event, path: Path) -> Tree:
        line = _line(event)
        self._lines.setdefault(path, line)
        if len(path) > MAX_DEPTH:
            raise _problem(line, "nested deeper than {limit} levels", limit=MAX_DEPTH)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            key = last_key(path)
            raise _problem(
                line, "{key}: anchors (&) and aliases (*) are not used in plans: write the value out", key=key
            )
        tag = getattr(event, "tag", None)
        if tag:
            raise _problem(line, "tags ({tag}) are not used in plans", tag=tag)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, line, path)

    def _scalar(self, event: yaml.ScalarEvent, line: int, path: Path) -> str:
        text: str = event.value
        key = last_key(path)
        odd = next((c for c in text if unicodedata.category(c) == "Cc" and c != "\n"), None)
        if odd is not None:
            raise _odd_character(line, odd)
        if len(text) > MAX_SCALAR:
            raise _problem(line, "{key}: a text of more than {limit} characters", key=key, limit=MAX_SCALAR)
        if event.style:
            return text
        if text.lower() in _AMBIGUOUS:
            if not path:
                raise _problem(line, "the file is empty")
            if not text:
                raise _problem(line, "{key}: a value is missing", key=key)
            raise NotPlanYamlError(
                PlanProblem(
                    line,
                    message("{key}: some readers take {word} for true, false or nothing", key=key, word=text),
                    message('put it in quotes: "{word}"', word=text),
                )
            )
        return Bare(text) if _FIGURE.fullmatch(text) else text

    def _sequence(self, path: Path) -> list[Tree]:
        items: list[Tree] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Tree]:
        entries: dict[str, Tree] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _problem(line, "a key must be a word")
            key = self._node(event, (*path, "(key)"))
            assert isinstance(key, str)
            if isinstance(key, Bare):
                raise _problem(
                    line, "{key}: a key must be a word; some readers take this for a number or a date", key=key
                )
            if key == "<<":
                raise _problem(line, "merge keys (<<) are not used in plans: write the values out")
            if key in entries:
                first = self._lines[(*path, key)]
                raise _problem(
                    line, "the key {key} is given twice; the first is on line {first}", key=key, first=str(first)
                )
            self._lines[(*path, key)] = line
            entries[key] = self._node(next(self._events), (*path, key))
        return entries
