"""The whole way from two bodies of data to a comparison: each is judged, its rows are read, and they are set side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kpi_check.cells import CellReader, cell_readers
from kpi_check.comparison import Comparison, Given, SeenRow, common_units, compared, must_be_comparable
from kpi_check.earlier import report_as_it_stands
from kpi_check.evaluation import How, Means, judged, roster_for, with_thousands
from kpi_check.locale import language
from kpi_check.measures import NO_VALUE, UNKNOWN
from kpi_check.named import sources_of
from kpi_check.opened import Tables
from kpi_check.periods import Period
from kpi_check.plan import Plan
from kpi_check.readers import Source, is_report
from kpi_check.report import Report
from kpi_check.roster import Roster, read_roster
from kpi_check.submission import Table, Unreadable, bind
from kpi_check.succession import Succession, succession
from kpi_check.version import VERSION

if TYPE_CHECKING:
    from kpi_check.named import Data


def compare(
    plan: Plan,
    old: Data | Iterable[Data],
    new: Data | Iterable[Data],
    *,
    old_period: str | None = None,
    new_period: str | None = None,
    by: Sequence[str] = (),
    lang: str = "en",
    limit: int | None = 1000,
    thousands: str | None = None,
    roster: Data | Roster | None = None,
) -> Comparison:
    """Set two bodies of data, or earlier reports, against each other: two periods, or a first and a corrected return.

    For the arguments see `evaluate`; the roster says who was expected in each period, and who followed whom between
    them. Raises PeriodError where the periods are of different lengths.
    """
    plan = with_thousands(plan, thousands)
    known = _roster(plan, roster)
    sides = [
        _Side(plan, data, How(period, tuple(by), lang, None, Means("plain"), roster=known))
        for data, period in ((old, old_period), (new, new_period))
    ]
    before, after = (side.report for side in sides)
    must_be_comparable(before, after, plan, language(lang))
    units, bodies = _successions(plan, known, before, after)
    commons: list[Report | None] = [None, None]
    if set(before.units) != set(after.units) and all(side.tables is not None for side in sides):
        parts = common_units(before.units, after.units, units)
        commons = [side.of_units(codes) for side, codes in zip(sides, parts, strict=True)]
    first, second = (side.given(common) for side, common in zip(sides, commons, strict=True))
    return compared(plan, first, second, bodies, units, language(lang), limit, VERSION)


def _roster(plan: Plan, asked: Data | Roster | None) -> Roster | None:
    named = roster_for(plan, asked)
    if named is None or isinstance(named, Roster):
        return named
    ((source,), _) = sources_of(named)
    return read_roster(plan, source)


def _successions(
    plan: Plan, roster: Roster | None, old: Report, new: Report
) -> tuple[Succession | None, Mapping[str, Succession]]:
    """Who followed whom between two periods, earlier first: of the units, and by level of the bodies."""
    if roster is None or old.period is None or new.period is None:
        return None, {}
    before, after = (Period.parse(period).end for period in (old.period, new.period))
    if before > after:
        return None, {}
    found = [succession(plan, roster, place, before, after) for place in range(len(plan.levels))]
    return found[0], dict(zip(plan.levels[1:], found[1:], strict=True))


class _Side:
    """One body of data."""

    def __init__(self, plan: Plan, data: Data | Iterable[Data], how: How) -> None:
        self._plan = plan
        self._how = how
        self._sources, _ = sources_of(data)
        self.tables: Tables | None = None
        reports = [source for source in self._sources if isinstance(source, Source) and is_report(source)]
        if not reports:
            self.tables = Tables(plan, self._sources)
        self.report = self._foreign(reports) or judged(plan, list(self._sources), how)

    def _foreign(self, reports: Sequence[Source]) -> Report | None:
        """A single report by another plan, which is taken as it stands."""
        if len(reports) != 1 or len(self._sources) != 1:
            return None
        report = report_as_it_stands(reports[0])
        return report if report.plan.sha256 != self._plan.sha256 else None

    def of_units(self, codes: frozenset[str]) -> Report:
        """The same data, judged on some units alone; nobody else is expected."""
        how = self._how._replace(levels=(), roster=None, period=self.report.period, only=codes)
        return judged(self._plan, list(self._sources), how)

    def given(self, common: Report | None) -> Given:
        """The side as it is compared, with what each of its rows says."""
        if self.tables is None:
            return Given(self.report, None, 0, common)
        found: dict[tuple[str, ...], SeenRow | None] = {}
        tables = self.tables.unnoted()
        unread = sum(_read_rows(self._plan, table, self.report.period or "", found) for table in tables)
        return Given(self.report, found, unread, common)


def _read_rows(plan: Plan, table: Table, period: str, found: dict[tuple[str, ...], SeenRow | None]) -> int:
    """Read what rows say; how many rows, and columns, cannot be compared."""
    if table.header is None or isinstance(table.header, Unreadable):
        return 1
    binding, readers = bind(plan, table.header), cell_readers(plan)
    columns = binding.columns
    keyed = {*plan.key_codes, plan.unit.code} <= set(columns)
    when = columns.get(plan.period_field or "")
    unread = sum(len(places) for places in binding.doubled.values())
    for block in table.blocks():
        unread += block.unreadable is not None
        for cells, number in zip(block.rows, block.numbers, strict=True):
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != binding.width or not keyed:
                unread += 1
                continue
            if when is not None and readers[plan.period_field or ""][cells[when]] not in (period, UNKNOWN, NO_VALUE):
                continue
            row = _seen(plan, readers, columns, cells, (table, number))
            key = tuple(str(row.values[name]) for name in plan.key_codes)
            if all(isinstance(row.values[name], str) for name in plan.key_codes):
                found[key] = None if key in found else row
            else:
                unread += 1
    return unread


def _seen(
    plan: Plan,
    readers: Mapping[str, CellReader],
    columns: Mapping[str, int],
    cells: Sequence[str],
    where: tuple[Table, int],
) -> SeenRow:
    texts = {name: (cells[column].strip(), column) for name, column in columns.items()}
    values: dict[str, object] = {}
    for name, (text, column) in texts.items():
        value = readers[name][cells[column]]
        values[name] = ("unread", text) if value is UNKNOWN else value
    table, number = where
    named = texts.get(plan.unit.name or "", ("", 0))[0] or None
    return SeenRow(texts[plan.unit.code][0], named, texts, values, table.path, table.sheet, number or None)
