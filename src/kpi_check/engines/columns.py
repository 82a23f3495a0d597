"""A quick look at whole columns: which rows of a block are without fault, and their values.

It may call a row faulty that is not (such a row is then checked by itself), never the other way round: what it lets
through is what `checks.RowChecker` would say, with every value known or, throughout a column, without value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from operator import gt, ne

from kpi_check.cells import why_not_a_code
from kpi_check.checks import RowChecker, required_in
from kpi_check.measures import NO_VALUE, UNKNOWN, Ternary, Value
from kpi_check.periods import Period
from kpi_check.plan import AnyField, ChoiceField, CodeField, CountField, PeriodField, Plan, TextField, is_whole_number
from kpi_check.submission import Binding, has_default
from kpi_check.text import has_unseen

Column = Sequence[Value]
Key = Value | tuple[Value, ...]
"""What identifies a row within a period: its code, or its codes."""


def _absent(values: Column) -> list[int]:
    """The places that have no value."""
    return [i for i, value in enumerate(values) if value is UNKNOWN or value is NO_VALUE]


class CleanColumns:
    """The rows without fault of one block at a time, as columns by field."""

    def __init__(self, plan: Plan, binding: Binding, checker: RowChecker, period: Period | None, given: bool) -> None:
        self._plan = plan
        self._binding = binding
        self._checker = checker
        self._period = period
        self._period_given = given
        nothing_known = dict.fromkeys(plan.fields, UNKNOWN)
        self._required: dict[str, Ternary] = {
            name: required_in(spec, plan, period, nothing_known) for name, spec in plan.fields.items()
        }
        self.hopeless = bool(binding.doubled) or any(self._needs_rows(name) for name in binding.missing)
        """Whether every row has to be checked by itself."""
        self._values: dict[str, Column] = {}
        self._texts: list[Sequence[str]] = []
        self._kept: Sequence[int] | None = None
        """The places in `_texts` of the rows without fault; None: all."""
        self.count = 0

    def _needs_rows(self, name: str) -> bool:
        """Whether a missing column is one whose cells can only be told row by row."""
        spec = self._plan.fields[name]
        if isinstance(spec, PeriodField):
            return not self._period_given
        if name in (*self._plan.key_codes, self._plan.unit.code) or name in self._binding.unsure:
            return True
        required = self._required[name]
        return required is None or (required and not has_default(self._plan, name))

    def load(self, rows: Sequence[Sequence[str]], is_twice: Callable[[Key], bool] | None) -> set[int]:
        """Take a block; the places of its rows that need a closer look. The others are then in `columns`."""
        width = self._binding.width
        self._values, self._texts, self._kept, self.count = {}, [], None, 0
        if self.hopeless:
            return set(range(len(rows)))
        faulty = {i for i, row in enumerate(rows) if len(row) != width} if set(map(len, rows)) != {width} else set()
        straight = [i for i in range(len(rows)) if i not in faulty] if faulty else range(len(rows))
        if not straight:
            return faulty
        self._texts = list(zip(*(rows[i] for i in straight), strict=True)) if faulty else list(zip(*rows, strict=True))
        self.count = len(straight)
        places: Sequence[int] = straight
        for find in (self._faults_of_cells, self._faults_between_cells):
            bad = find()
            faulty.update(places[i] for i in bad)
            places = self._drop(bad, places)
        if is_twice is not None:
            bad = {i for i, key in enumerate(self.keys()) if is_twice(key)}
            faulty.update(places[i] for i in bad)
            self._drop(bad, places)
        return faulty

    @property
    def columns(self) -> dict[str, Column]:
        """The values of the rows without fault."""
        return self._values

    def keys(self) -> Sequence[Key]:
        """The keys of the rows without fault."""
        columns = [self._values[name] for name in self._plan.key_codes]
        return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))

    def written(self, name: str | None) -> Sequence[str]:
        """What the rows without fault have in a field, trimmed; empty texts without a column."""
        column = self._binding.columns.get(name) if name else None
        if column is None:
            return [""] * self.count
        texts = self._texts[column]
        return [text.strip() for text in (texts if self._kept is None else map(texts.__getitem__, self._kept))]

    def _drop(self, bad: set[int], places: Sequence[int]) -> Sequence[int]:
        if not bad:
            return places
        fine = [i not in bad for i in range(self.count)]
        self._values = {name: list(compress(column, fine)) for name, column in self._values.items()}
        self._kept = list(compress(range(self.count) if self._kept is None else self._kept, fine))
        self.count = len(self._kept)
        return list(compress(places, fine))

    def _faults_of_cells(self) -> set[int]:
        bad: set[int] = set()
        for name in self._plan.resolving_order:
            spec = self._plan.fields[name]
            column = self._binding.columns.get(name)
            texts = None if column is None else self._texts[column]
            self._values[name], faults = self._filled(name, spec) if texts is None else self._read(name, spec, texts)
            bad.update(faults)
        return bad

    def _filled(self, name: str, spec: AnyField) -> tuple[Column, Iterable[int]]:
        """The values of a column that is missing, and the places of its faults."""
        if isinstance(spec, PeriodField):
            return self._kind(), ()
        if self._required[name] is False:
            return [NO_VALUE] * self.count, ()
        default = spec.default if isinstance(spec, CountField | ChoiceField) else None
        assert default is not None
        values = self._with_default(name, [NO_VALUE] * self.count, default)
        return values, _absent(values)

    def _kind(self) -> Column:
        return [self._period.kind if self._period else UNKNOWN] * self.count

    def _read(self, name: str, spec: AnyField, texts: Sequence[str]) -> tuple[Column, Iterable[int]]:
        """The values of a column, and the places of its faults."""
        match spec:
            case CountField():
                return self._counts(name, spec, texts)
            case ChoiceField():
                return self._choices(name, spec, list(map(self._checker.reader(name).__getitem__, texts)))
            case PeriodField():
                reader = self._checker.reader(name)
                fine: set[Value] = {str(self._period)}
                if self._period_given:
                    fine.add(NO_VALUE)
                odd = {text for text in set(texts) if reader[text] not in fine}
                return self._kind(), [i for i, text in enumerate(texts) if text in odd] if odd else ()
            case CodeField():
                return self._codes(name, spec, texts)
            case TextField():
                # What a text says is looked up where it is shown; here it matters only if something is wrong with it.
                if self._required[name] is False or all(map(str.strip, texts)):
                    return texts, ()
                return texts, [i for i, text in enumerate(texts) if not text.strip()]

    def _counts(self, name: str, spec: CountField, texts: Sequence[str]) -> tuple[Column, Iterable[int]]:
        values: list[Value] = list(map(self._checker.reader(name).__getitem__, texts))
        try:
            sum(values)  # type: ignore[arg-type] # the quickest way to see whether all of them are counts
        except TypeError:
            return self._with_blanks(name, values, spec.default)
        return values, ()

    def _choices(self, name: str, spec: ChoiceField, values: list[Value]) -> tuple[Column, Iterable[int]]:
        kinds = set(values)
        if UNKNOWN not in kinds and NO_VALUE not in kinds:
            return values, ()
        return self._with_blanks(name, values, spec.default)

    def _with_blanks(self, name: str, values: list[Value], default: str | None) -> tuple[Column, Iterable[int]]:
        required = self._required[name]
        if required is False and values.count(NO_VALUE) == len(values):
            return values, ()
        if required and default is not None:
            values = self._with_default(name, values, default)
        return values, _absent(values)

    def _with_default(self, name: str, values: list[Value], default: str) -> list[Value]:
        if isinstance(self._plan.fields[name], ChoiceField):
            return [default if v is NO_VALUE else v for v in values]
        if is_whole_number(default):
            return [int(default) if v is NO_VALUE else v for v in values]
        return [o if v is NO_VALUE else v for v, o in zip(values, self._values[default], strict=True)]

    def _codes(self, name: str, spec: CodeField, texts: Sequence[str]) -> tuple[Column, Iterable[int]]:
        if spec.pattern is not None:
            values = list(map(self._checker.reader(name).__getitem__, texts))
            return values, _absent(values)
        codes = list(map(str.strip, texts))
        together = "\n".join(codes)
        if not together.isascii() and not unicodedata.is_normalized("NFC", together):
            codes = [unicodedata.normalize("NFC", code) for code in codes]
        if "" not in codes and "#" not in together and not has_unseen("".join(codes)):
            return codes, ()
        return codes, [i for i, code in enumerate(codes) if not code or why_not_a_code(code)]

    def _faults_between_cells(self) -> set[int]:
        bad: set[int] = set()
        for rule in self._plan.part_rules if self.count else ():
            parts = [figures for name in rule.parts if (figures := self._figures(name))]
            whole = self._figures(rule.whole)
            if not parts or not whole:
                continue
            sums = parts[0] if len(parts) == 1 else [sum(row) for row in zip(*parts, strict=True)]
            differs = ne if rule.exact and len(parts) == len(rule.parts) else gt
            if any(map(differs, sums, whole)):
                bad.update(i for i, broken in enumerate(map(differs, sums, whole)) if broken)
        return bad | self._unlikely()

    def _unlikely(self) -> set[int]:
        """The places of shares that are possible and not likely: they are told, row by row."""
        bad: set[int] = set()
        for rule in self._plan.unlikely if self.count else ():
            parts, wholes = self._figures(rule.part), self._figures(rule.whole)
            if parts and wholes:
                for share in rule.shares:
                    n, d = share.numerator, share.denominator
                    pairs = enumerate(zip(parts, wholes, strict=True))
                    bad.update(i for i, (part, whole) in pairs if part * d == n * whole and whole >= rule.least)
        return bad

    def _figures(self, name: str) -> Sequence[int]:
        """A column of counts of which none is faulty; empty if it has no value throughout."""
        column = self._values[name]
        return column if isinstance(column[0], int) else ()  # type: ignore[return-value] # as the first, so all
