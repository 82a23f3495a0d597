"""Rows of one kind: their choices are written alike, and the same of their counts are blank.

What a blank means depends on nothing else, so it is worked out once for each kind of row, however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kpi_check.cells import cell_readers
from kpi_check.checks import required_in
from kpi_check.measures import NO_VALUE, UNKNOWN, Value
from kpi_check.periods import Period
from kpi_check.plan import ChoiceField, CountField, PeriodField, Plan, is_whole_number

Fill = Value
"""What stands for a blank: nothing (NO_VALUE), a number or the value of a choice; for a count, the name of another field."""


class Kind(NamedTuple):
    """A kind of row."""

    texts: tuple[str, ...]
    """What stands in its choices, in the plan's order."""
    blanks: int
    """A bit for each count that is blank, the plan's first one lowest."""


class Known(NamedTuple):
    """What is known of the rows of a kind."""

    values: Mapping[str, Value]
    """Of choices and of the period."""
    fills: Mapping[str, Fill]
    """What stands for each blank."""


class Kinds:
    """The kinds of which nothing is unknown, as far as choices and blanks go, and what stands for blanks in all of them.

    A blank stands for one thing only, for what it does in most rows; a kind in which it is another is not among them.
    """

    def __init__(self, plan: Plan, period: Period, rows: Mapping[Kind, int]) -> None:
        self._plan = plan
        self._period = period
        self._choices = choices_of(plan)
        self._counts = counts_of(plan)
        self._readers = cell_readers(plan)
        told = {kind: known for kind in rows if (known := self._told(kind)) is not None}
        meant: dict[str, Counter[Fill]] = {}
        for kind, known in told.items():
            for name, fill in known.fills.items():
                meant.setdefault(name, Counter())[fill] += rows[kind]
        self.fills: Mapping[str, Fill] = {name: counts.most_common(1)[0][0] for name, counts in meant.items()}
        self.known: Mapping[Kind, Known] = {
            kind: known
            for kind, known in told.items()
            if all(self.fills[name] == fill for name, fill in known.fills.items())
        }
        self.strange = [kind for kind in rows if kind not in self.known]
        """The others."""

    def texts(self, choice: str, values: Iterable[str]) -> list[str]:
        """How a choice is written that has one of some values."""
        place, among = self._choices.index(choice), set(values)
        return sorted({kind.texts[place] for kind, known in self.known.items() if known.values[choice] in among})

    def _told(self, kind: Kind) -> Known | None:
        """What is known of a kind; None if each of its rows has to be looked at by itself."""
        if self._counts and kind.blanks == (1 << len(self._counts)) - 1:
            return None  # without any figure it may be a header of other columns
        values: dict[str, Value] = {}
        fills: dict[str, Fill] = {}
        blank = {name for bit, name in enumerate(self._counts) if kind.blanks >> bit & 1}
        for name in self._plan.resolving_order:
            spec = self._plan.fields[name]
            if isinstance(spec, PeriodField):
                values[name] = self._period.kind
            elif isinstance(spec, ChoiceField):
                value = self._readers[name][kind.texts[self._choices.index(name)]]
                if value is NO_VALUE:
                    value = fills[name] = self._fill(spec, values, fills)
                if value is UNKNOWN:
                    return None
                values[name] = value
            elif isinstance(spec, CountField) and name in blank:
                fills[name] = self._fill(spec, values, fills)
                if fills[name] is UNKNOWN:
                    return None
        return Known(values, fills)

    def _fill(self, spec: ChoiceField | CountField, values: Mapping[str, Value], fills: Mapping[str, Fill]) -> Fill:
        """What stands for a blank; UNKNOWN if that is not the same in every row of the kind."""
        required = required_in(spec, self._plan, self._period, values)
        if required is False:
            return NO_VALUE
        if required is None or spec.default is None:
            return UNKNOWN
        if isinstance(spec, CountField) and is_whole_number(spec.default):
            return int(spec.default)
        return UNKNOWN if fills.get(spec.default) is NO_VALUE else spec.default


def choices_of(plan: Plan) -> list[str]:
    """The fields that are choices."""
    return [name for name, spec in plan.fields.items() if isinstance(spec, ChoiceField)]


def counts_of(plan: Plan) -> list[str]:
    """The fields that are counts."""
    return [name for name, spec in plan.fields.items() if isinstance(spec, CountField)]
