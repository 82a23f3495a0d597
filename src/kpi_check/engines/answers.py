"""What the engines that ask in SQL have in common beside the questions: rows that the reference looks at, and what is made
of the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

from kpi_check.counts import Outcome, Units
from kpi_check.engines.base import Request
from kpi_check.engines.columns import Key
from kpi_check.engines.kinds import Kind, Kinds
from kpi_check.engines.plain import Pass
from kpi_check.errors import message
from kpi_check.periods import Period
from kpi_check.plan import Plan
from kpi_check.submission import Block, Table


class SomeRows:
    """A table of which only some rows are read; of others it is only seen whether they are data."""

    def __init__(self, table: Table, places: Iterable[int], seen: Mapping[int, int]) -> None:
        """Rows are told by their places among the file's; those that are only seen by their numbers as well (number: place)."""
        self._table = table
        self._places = sorted({*places, *seen.values()})
        self._seen = seen
        self._strange: set[int] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def blocks(self) -> Iterator[Block]:
        """The rows to be looked at."""
        numbers = dict(self._seen)
        for block in self._table.blocks_of(self._places):
            told = [numbers.pop(number, None) is None for number in block.numbers]
            yield block._replace(rows=list(compress(block.rows, told)), numbers=list(compress(block.numbers, told)))
        self._strange = set(numbers.values())

    def strange(self) -> set[int]:
        """The places of those of the others that are no data."""
        if self._strange is None:
            for _ in self.blocks():
                pass
        return self._strange or set()


def kinds_of(plan: Plan, period: Period, found: Sequence[Sequence[Any]], most: int) -> Kinds | None:
    """The kinds that `sql.kinds_asked` has found; None if they are too many."""
    if len(found) > most:
        return None
    return Kinds(plan, period, {Kind(tuple(texts), blanks): number for *texts, blanks, number in found})


def key_of(row: Sequence[Any]) -> Key:
    """The key that a row of codes is."""
    return row[0] if len(row) == 1 else tuple(row)


def joined(
    engine: str, done: Pass, request: Request, tables: Iterable[Table], counted: Counter[str], units: Units
) -> Outcome:
    """What an engine has counted, so many rows of each file, with the reference's pass over the rest."""
    outcome = done.outcome()
    for table in tables:
        request.tables.note(table)
    for path, rest in outcome.rows.items():
        told = {"path": path, "number": counted[path], "rest": rest, "engine": engine}
        request.tell(message("{path}: {number} rows counted by {engine}, {rest} looked at more closely", **told))
    return outcome._replace(
        rows={path: rest + counted[path] for path, rest in outcome.rows.items()},
        units=units,
    )
