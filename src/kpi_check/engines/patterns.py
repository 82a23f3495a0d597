"""What the cells of a row without fault look like, in patterns that mean the same to every engine.

What they let through is certainly data and without fault by the rules of docs/semantics.md, as far as a cell can tell;
what they do not is left to `checks.RowChecker`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from kpi_check.cells import MAX_PATTERNED
from kpi_check.checks import RowChecker
from kpi_check.engines.base import Request
from kpi_check.engines.columns import CleanColumns
from kpi_check.engines.kinds import counts_of
from kpi_check.issues import Place
from kpi_check.periods import Period
from kpi_check.plan import CodeField, CountField, PeriodField, Plan, TextField
from kpi_check.submission import Binding, Table, Unreadable, bind, fields_found
from kpi_check.text import HIDING, OLD_FONT_SIGNS, alike, label_key

MOST_COUNTS = 60
"""The most fields of type count: each is a bit of a number."""
MOST_DIGITS = 999_999_999
"""The largest count that a pattern lets through."""
ANYTHING = ".*"
"""A pattern that lets anything through."""
# Letters in which nothing is hidden and which NFC leaves as they are, and signs that mean nothing by themselves.
_LETTERS = "\u00c0-\u024f\u1ea0-\u1ef9"
_SEEN = "".join(map(chr, range(ord("!"), 0x7F)))
_IN_CODES = _SEEN.translate({ord(sign): None for sign in '"#'})
_IN_KEYS = _SEEN.translate({ord(sign): None for sign in '"#(:'})
# Patterns of codes that mean the same to every engine, on texts of such letters.
_SHARED_PATTERN = re.compile(r"(?:[A-Za-z0-9_ -]|\\[d.-]|\[[A-Za-z0-9_-]+\]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\}|[?+*.])*")
# Blanks that are not trimmed everywhere alike.
_BLANKS = "\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BETWEEN = "[^0-9A-Za-z\u00c0-\u024f\u1ea0-\u1eff]"


def patterns_of(plan: Plan, request: Request, table: Table) -> CellPatterns | None:
    """The patterns of a table's cells, if its rows are such that many of them may be told to be without fault."""
    header, period = table.header, request.period
    if header is None or isinstance(header, Unreadable) or period is None:
        return None
    if not fields_found(plan, header) or plan.levels[0] in request.by:
        return None
    binding = bind(plan, header)
    checker = RowChecker(plan, binding, period, Place(), request.period_given)
    if CleanColumns(plan, binding, checker, period, request.period_given).hopeless:
        return None
    patterns = CellPatterns(plan, binding, table.headers, period, request.period_given)
    return patterns if patterns.is_fit() else None


class CellPatterns:
    """Patterns of the cells of one table, by its columns."""

    def __init__(
        self, plan: Plan, binding: Binding, headers: Sequence[Sequence[str]], period: Period, given: bool
    ) -> None:
        """`headers` are the rows that the header is made of: a row like one of them is no data."""
        self._plan = plan
        self.columns = binding.columns
        self.width = binding.width
        self._headers = headers
        self._period = period
        self._period_given = given

    def is_fit(self) -> bool:
        """Whether what the plan says of cells can be said so."""
        codes = (spec for spec in self._plan.fields.values() if isinstance(spec, CodeField))
        return (
            len(counts_of(self._plan)) <= MOST_COUNTS
            and all(_SHARED_PATTERN.fullmatch(spec.pattern or "") for spec in codes)
            and bool(self._letters_of_names())
            and all(self._letters_of_codes(self.columns[name]) for name in self._plan.key_codes)
        )

    @property
    def periods(self) -> list[str]:
        """What may stand in the period's column."""
        return [str(self._period), ""] if self._period_given else [str(self._period)]

    def fine(self, name: str | None, without: str = "") -> str:
        """A cell of a field (None: of no field) in a row without fault, if some signs are not in it."""
        spec = self._plan.fields[name] if name is not None else None
        match spec:
            case CountField():
                return "[0-9]{0,9}"
            case PeriodField():
                return f"(?:{'|'.join(map(re.escape, self.periods))})"
            case CodeField() if name in self._plan.key_codes:
                return self.key(name, without)
            case CodeField():
                inside = _class(_IN_CODES, without)
                return f"{inside}+(?: {inside}+)*"
            case TextField():
                return self._text(name, spec, without)
        return f"[^{re.escape(without)}]*" if without else ANYTHING

    def is_count(self, name: str) -> bool:
        """Whether a field is a count."""
        return isinstance(self._plan.fields[name], CountField)

    def key(self, name: str, without: str = "") -> str:
        """A code without blanks, with a letter that no word for a total and no header has, is in a row of data."""
        inside = _class(_IN_KEYS, without)
        return f"{inside}*[{self._letters_of_codes(self.columns[name])}]{inside}*"

    def _text(self, name: str | None, spec: TextField, without: str) -> str:
        rest = f"[^{re.escape(without)}{OLD_FONT_SIGNS}{_BLANKS}]*"
        first = "" if spec.required == "never" else _class(_SEEN, without)
        if name != self._plan.unit.name or not self._plan.total_words:
            return first + rest
        letters = f"[{self._letters_of_names()}]"
        return f"(?:{letters}|{first}{rest}{letters}){rest}"

    def more(self, name: str) -> Iterator[str]:
        """What else a cell of a field is like in a row without fault."""
        spec = self._plan.fields[name]
        if isinstance(spec, CodeField) and spec.pattern is not None:
            yield f"(?:{spec.pattern})"
            yield f".{{0,{MAX_PATTERNED}}}"
        if name == self._plan.unit.name and not self._plan.one_row_a_unit:  # nothing is trimmed from it
            seen = _class(_SEEN)
            yield f"(?:{seen}(?:.*{seen})?)?"

    @property
    def named(self) -> bool:
        """Whether the unit's name tells data from totals."""
        return self._plan.unit.name in self.columns and bool(self._plan.total_words)

    def letter_of_data(self) -> str:
        """A letter that is in the name of a unit, and in no total's."""
        return f"[{self._letters_of_names()}]"

    def totals(self) -> list[str]:
        """How names begin that may be those of totals, however they are accented."""
        words = [word.split() for word in sorted(self._plan.total_words) if " " in word]
        found = [_BETWEEN + "*" + f"{_BETWEEN}+".join(map(alike, parts)) for parts in words]
        return [*found, f".*[{HIDING}]"] if found else []

    def _letters_of_codes(self, column: int) -> str:
        headers = [label_key(row[column]) for row in self._headers if column < len(row)]
        return _letters_beside([*self._plan.total_words, *headers])

    def _letters_of_names(self) -> str:
        return _letters_beside(self._plan.total_words)


def _class(signs: str, without: str = "") -> str:
    """One of some ASCII signs, or a letter beyond them in which nothing is hidden."""
    return f"[{re.escape(''.join(sign for sign in signs if sign not in without))}{_LETTERS}]"


def _letters_beside(words: Iterable[str]) -> str:
    """The digits and letters that are in none of some words, whatever their case and accents."""
    taken = set(unicodedata.normalize("NFD", "".join(words)).casefold())
    free = [c for c in "0123456789abcdefghijklmnopqrstuvwxyz" if c not in taken]
    return "".join(free) + "".join(free).upper().lstrip("0123456789")
