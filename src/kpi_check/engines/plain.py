"""The reference engine: plain Python over blocks of rows.

Rows that a quick look at whole columns shows to be without fault are tallied together; every other row is checked by
itself (`checks.RowChecker`). A second pass is made only if a key was given twice, since none of its rows counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import chain
from typing import Any, NamedTuple, cast

from kpi_check.cells import has_line_break, has_rows
from kpi_check.checks import CheckedRow, RowChecker, may_be_required
from kpi_check.counts import Outcome, Units
from kpi_check.engines.base import FindingLog, Request
from kpi_check.engines.columns import CleanColumns, Key
from kpi_check.engines.tallies import Group, Tallies, Told, Unit
from kpi_check.errors import InputError, PeriodError, message
from kpi_check.issues import Finding, Place
from kpi_check.measures import UNKNOWN, Value
from kpi_check.plan import AnyField, Plan
from kpi_check.submission import (
    MAX_CELL,
    Binding,
    Block,
    Table,
    Unreadable,
    bind,
    fields_found,
    has_default,
    nearest_header,
)
from kpi_check.text import nearest

HINTS = 100
"""How many headers that the plan does not know are compared with those that it does."""


def run(plan: Plan, request: Request) -> Outcome:
    """Count everything that the plan's targets need."""
    first = _read_all(plan, request, frozenset())
    if not first.repeated:
        return first.outcome()
    return _read_all(plan, request, frozenset(first.repeated)).outcome()


def _read_all(plan: Plan, request: Request, twice: frozenset[Key]) -> Pass:
    """One reading of all tables, by as many processes as there may be."""
    whole = Pass(plan, request, twice)
    if request.processes == 1:
        whole.read(request.tables)
        return whole.finished()
    from kpi_check.engines.hands import GaveUpError, all_hands

    dealt = request.tables.dealt(request.processes)

    def read(hand: int, after_each: Callable[[], None]) -> tuple[_Told, dict[tuple[str, str | None], Any]]:
        tables, part = dealt[hand], Pass(plan, request, twice)
        tables.after_each = after_each
        try:
            part.read(tables)
        except Exception as error:
            raise GaveUpError(tables.place, error) from error
        return part.told(), tables.noted

    for told, noted in all_hands(read, request.processes, request.tables.after_each):
        whole.take(told)
        request.tables.noted.update(noted)
    return whole.finished()


class _Row(NamedTuple):
    """A row whose key is given more than once."""

    place: Finding
    group: Group
    unit: Unit | None
    names: list[str]
    values: Mapping[str, Value]
    """Kept only if the row may count after all."""
    findings: Sequence[Finding]
    """What is wrong with the row itself."""


class _Told(NamedTuple):
    """What one reading found, on its way from one process to another."""

    log: FindingLog
    tallies: Told
    seen: set[Key]
    repeated: set[Key]
    twice: dict[Key, list[_Row]]
    other_units: set[str]
    rows: dict[str, int]
    unsure: dict[str, int]
    left_out: Counter[str]


class Pass:
    """One reading of all tables, knowing which keys are given twice."""

    def __init__(
        self, plan: Plan, request: Request, twice: frozenset[Key], elsewhere: Mapping[str, int] | None = None
    ) -> None:
        """`elsewhere` is how many rows of a file are counted by somebody else."""
        self.plan = plan
        self.request = request
        self._elsewhere = elsewhere or {}
        self.log = FindingLog(request.limit)
        self.tallies = Tallies(plan, request.by, request.limit)
        self.repeated: set[Key] = set()
        self.seen: set[Key] = set()
        self._keys_are_units = plan.key_codes == (plan.unit.code,)
        self._other_units: set[str] = set()
        """The units of rows whose key does not name them."""
        self._twice: dict[Key, list[_Row]] = {key: [] for key in twice}
        self._rows: dict[str, int] = {}
        self._unsure: dict[str, int] = {}
        """Files with rows of which nobody knows whose they are, and the first of these rows."""
        self._left_out: Counter[str] = Counter()

    def read(self, tables: Iterable[Table]) -> None:
        for table in tables:
            self._rows.setdefault(table.path, 0)
            self._rows[table.path] += self._read(table)

    def told(self) -> _Told:
        return _Told(
            self.log,
            self.tallies.told(),
            self.seen,
            self.repeated,
            self._twice,
            self._other_units,
            self._rows,
            self._unsure,
            self._left_out,
        )

    def take(self, told: _Told) -> None:
        """Add what another reading found, in other files."""
        self.log.merge(told.log)
        self.tallies.take(told.tallies)
        self.repeated |= told.repeated | (self.seen & told.seen)
        self.seen |= told.seen
        for key, rows in told.twice.items():
            self._twice[key] += rows
        self._other_units |= told.other_units
        self._rows |= told.rows
        self._unsure |= told.unsure
        self._left_out += told.left_out

    def finished(self) -> Pass:
        """Settle what can be told only when all is read."""
        if self._left_out and not self.request.period_given:
            raise _two_periods(sorted({*self._left_out, str(self.request.period)}))
        if self.request.later is not None and self._unsure and len(self._rows) > 1:
            raise _not_settled(min(self._unsure.items()))
        set_aside: dict[tuple[str, str], list[_Row]] = {}
        for rows in self._twice.values():
            self._settle(sorted(rows, key=lambda row: row.place.order()), set_aside)
        for (path, later), rows in set_aside.items():
            units = sorted({str(row.place.args["unit"]) for row in rows})
            args = {"number": len(units), "later": later, "units": units}
            self.log.add([Finding("set-aside", Place(path), args)])
        for period in sorted(self._left_out):
            args = {"other": period, "count": self._left_out[period], "period": str(self.request.period)}
            self.log.add([Finding("other-periods", Place(), args)])
        return self

    def outcome(self) -> Outcome:
        for missing in self.request.missing:
            self.tallies.add_missing(missing)
        return Outcome(
            self.tallies.scopes(self.request.roster_names),
            self.log.first(),
            dict(self.log.counts),
            self._rows,
            self._units(),
            self.tallies.unread,
            self.tallies.unplaced,
        )

    def _units(self) -> Units:
        keys, more = self._unit_codes()
        codes = chain(keys, more)
        first = sorted(codes) if self.request.limit is None else nsmallest(self.request.limit, codes)
        return Units(tuple(first), len(keys) + len(more))

    def unit_codes(self) -> Iterable[str]:
        """The units of all rows that were read, each once."""
        return chain(*self._unit_codes())

    def _unit_codes(self) -> tuple[set[str], set[str]]:
        keys = cast("set[str]", self.seen) if self._keys_are_units else set()
        return keys, self._other_units - keys

    def _read(self, table: Table) -> int:
        """Read one table; the number of its rows."""
        place, header = Place(table.path, table.sheet), table.header
        if header is None or isinstance(header, Unreadable):
            unreadable = header or Unreadable("empty-file", 1)
            self.report_unreadable(place, unreadable)
            return 0
        if not fields_found(self.plan, header):
            expected = list(self.plan.file.submission.key)
            args: dict[str, object] = {"header": ", ".join(header)[:200], "expected": expected}
            near = [word for text in header[:HINTS] if (word := self._meant(text))]
            if near:
                args["near"] = near[0]
            self.log.add([Finding("no-header", Place(place.path, place.sheet, table.header_row), args)])
            self.tallies.add_unread()
            return 0
        rows = _TableRows(self, table, bind(self.plan, header), place)
        count = rows.run()
        if count == 0 and not self._elsewhere.get(place.path):
            self.log.add([Finding("no-rows", Place(place.path, place.sheet, table.header_row))])
            self.tallies.add_unread()  # what the table should have said is missing, not 0
        return count

    def _meant(self, text: str) -> str | None:
        """The header of the plan that a text was most likely meant for."""
        known = [header for name, spec in self.plan.fields.items() for header in (name, *spec.headers)]
        return nearest(text, known, 0.8) if text.strip() else None

    def report_unreadable(self, place: Place, what: Unreadable) -> None:
        args: dict[str, object] = {"limit": MAX_CELL, "reason": what.reason or ""}
        of_sheet = what.code == "sheet-with-figures"
        where = Place(place.path, what.value if of_sheet else place.sheet, what.row or None)
        self.log.add([Finding(what.code, where, args, value=what.value or None)])
        self.doubt(where)
        self.tallies.add_unread()

    def _settle(self, rows: Sequence[_Row], set_aside: dict[tuple[str, str], list[_Row]]) -> None:
        """What rows of one key say: what the row of the latest file says, if that is asked for; else nothing is known."""
        last = self._latest(rows)
        if last is None:
            self._report_twice(rows)
            return
        for row in rows:
            if row is not last:
                set_aside.setdefault((row.place.place.path, last.place.place.path), []).append(row)
        self.log.add(last.findings)
        self.tallies.add_row(last.group, last.unit, last.values)
        self.tallies.add_names(last.group, [[name] for name in last.names])

    def _latest(self, rows: Sequence[_Row]) -> _Row | None:
        """The one row of the file that was changed last; None if no one file is the latest, or it has two."""
        if self.request.later is None:
            return None
        changed = [self.request.later.get(row.place.place.path) for row in rows]
        latest = [when for when in changed if when is not None]
        if len(latest) < len(changed):
            return None
        last = [row for row, when in zip(rows, changed, strict=True) if when == max(latest)]
        return last[0] if len(last) == 1 else None

    def _report_twice(self, rows: Sequence[_Row]) -> None:
        """One issue for each row after the first, and one unknown unit."""
        first = rows[0].place.place
        for row in rows:
            self.log.add(row.findings)
        self.log.add(row.place._replace(args={"unit": row.place.args["unit"], "first": first}) for row in rows[1:])
        columns = zip(*(row.group for row in rows), strict=True)
        group = tuple(codes[0] if len(set(codes)) == 1 else "" for codes in columns)
        self.tallies.add_unknown(group, len(rows), _agreed([row.unit for row in rows]))
        self.tallies.add_names(group, list(zip(*(row.names for row in rows), strict=True)))

    # what tables tell

    @property
    def twice_test(self) -> Callable[[Key], bool] | None:
        """Tells whether a key is given twice; None where none is."""
        return self._twice.__contains__ if self._twice else None

    def twice(self, key: Key) -> list[_Row] | None:
        return self._twice.get(key)

    def see_units(self, codes: Iterable[Value]) -> None:
        """Remember the units of rows, but for those that their keys name."""
        if not self._keys_are_units:
            self._other_units.update(code for code in codes if isinstance(code, str))

    def see_unit(self, unit: Unit | None) -> None:
        """Remember the unit of a row whose key may be unknown."""
        if unit is not None:
            self._other_units.add(unit.code)

    def see(self, keys: Sequence[Key]) -> None:
        """Remember keys; those seen before are repeated."""
        new = set(keys)
        if len(new) != len(keys):
            self.repeated.update(key for key, count in Counter(keys).items() if count > 1)
        if not self.seen.isdisjoint(new):
            self.repeated |= self.seen & new
        self.seen |= new

    def doubt(self, place: Place) -> None:
        """Remember that a row, or a file, may say something of any unit."""
        self._unsure.setdefault(place.path, place.row or 0)

    def leave_out(self, period: str) -> None:
        self._left_out[period] += 1


class _TableRows:
    """The rows of one table on their way into the tallies."""

    def __init__(self, run: Pass, table: Table, binding: Binding, place: Place) -> None:
        self._run = run
        self._plan = run.plan
        self._table = table
        self._binding = binding
        self._place = place
        self._period = run.request.period
        given = run.request.period_given
        self._checker = RowChecker(self._plan, binding, self._period, place, given)
        self._columns = CleanColumns(self._plan, binding, self._checker, self._period, given)
        levels = self._plan.file.submission.levels
        self._group_codes = [levels[level].code for level in run.request.by]
        self._group_names = [levels[level].name for level in run.request.by]

    def run(self) -> int:
        self._check_columns()
        count = 0
        for block in self._table.blocks():
            count += self._block(block)
            if block.unreadable:
                self._run.report_unreadable(self._place, block.unreadable)
                count += 1
        return count

    def _check_columns(self) -> None:
        """Columns that are missing, doubled or unknown."""
        binding, row = self._binding, self._table.header_row
        place = Place(self._place.path, self._place.sheet, row)
        unknown = [binding.header[i] for i in binding.unknown if binding.header[i].strip()][:HINTS]
        for name in binding.missing:
            spec = self._plan.fields[name]
            if self._is_missed(name, spec):
                missed: dict[str, object] = {"field": name, "headers": [name, *spec.headers]}
                near = nearest_header(unknown, name, spec)
                self._run.log.add([Finding("missing-column", place, missed | ({"near": near} if near else {}), name)])
            elif name in binding.unsure and may_be_required(spec, self._plan, self._period):
                unsure = {"field": name, "near": binding.unsure[name]}
                self._run.log.add([Finding("misspelt-column", place, unsure, name)])
        for name, columns in binding.doubled.items():
            where = Place(place.path, place.sheet, row, columns[1])
            args = {"field": name, "columns": [(i, binding.header[i].strip()) for i in columns]}
            self._run.log.add([Finding("duplicate-column", where, args, name, value=binding.header[columns[1]])])
        for index, text in enumerate(binding.header):
            if self._table.sheet is None and has_rows(text, binding.width):
                self._swallowed(Place(place.path, place.sheet, row, index), text)
        if binding.unknown:
            args = {"columns": [(i, binding.header[i].strip()) for i in binding.unknown]}
            self._run.log.add([Finding("unknown-columns", place, args)])

    def _is_missed(self, name: str, spec: AnyField) -> bool:
        if name == self._plan.period_field:
            return not self._run.request.period_given
        return may_be_required(spec, self._plan, self._period) and not has_default(self._plan, name)

    def _block(self, block: Block) -> int:
        rows, numbers = block.rows, block.numbers
        if not rows:
            return 0
        if block.spans:
            self._check_line_breaks(block)
        faulty = self._columns.load(rows, self._run.twice_test)
        kept = [self._by_itself(rows[i], numbers[i]) for i in sorted(faulty)]
        if self._columns.count:
            self._clean()
        return self._columns.count + sum(kept)

    def _check_line_breaks(self, block: Block) -> None:
        """Cells that go over more than one line: a quotation mark that was left open makes such cells, too."""
        for row, number in zip(block.rows, block.numbers, strict=True):
            for index in (i for i, text in enumerate(row) if has_line_break(text)):
                place, text = Place(self._place.path, self._place.sheet, number, index), row[index]
                if has_rows(text, self._binding.width):
                    self._swallowed(place, text)
                elif has_line_break(text.strip()):
                    self._run.log.add([Finding("line-break", place, value=text)])

    def _swallowed(self, place: Place, text: str) -> None:
        self._run.log.add([Finding("rows-in-cell", place, {"number": len(text.splitlines()) - 1}, value=text)])
        self._run.tallies.add_unread()

    # rows without fault

    def _clean(self) -> None:
        columns, count = self._columns.columns, self._columns.count
        self._run.see(self._columns.keys())
        self._run.see_units(columns[self._plan.unit.code])
        codes = [columns[code] for code in self._group_codes]
        names = [self._columns.written(name) for name in self._group_names]
        unit = self._plan.unit
        units = (columns[unit.code], self._columns.written(unit.name))
        split = codes if self._plan.one_row_a_unit else [*codes, columns[unit.code]]
        for rows, part in _parts(split, count):
            group = tuple(code if isinstance(code, str) else "" for code in part[: len(codes)])
            if rows is None:
                self._run.tallies.add_clean(group, units, columns, count)
                self._run.tallies.add_names(group, names)
            else:
                some = {name: [column[i] for i in rows] for name, column in columns.items()}
                units_here = ([units[0][i] for i in rows], [units[1][i] for i in rows])
                self._run.tallies.add_clean(group, units_here, some, len(rows))
                self._run.tallies.add_names(group, [[n[i] for i in rows] for n in names])

    # rows that need a closer look

    def _by_itself(self, cells: Sequence[str], number: int) -> bool:
        """Check one row by itself; whether it is a row at all."""
        if not any(cell.strip() for cell in cells):
            return False
        if len(cells) != self._binding.width:
            args = {"found": len(cells), "expected": self._binding.width}
            self._run.log.add([Finding("cell-count", Place(self._place.path, self._place.sheet, number), args)])
            self._run.doubt(Place(self._place.path, self._place.sheet, number))
            self._run.tallies.add_unknown(self._run.tallies.group(lambda _: UNKNOWN), 1, None)
            return True
        if self._of_another_period(cells):
            return True
        self._count(cells, number, self._checker.check(cells, number))
        return True

    def _of_another_period(self, cells: Sequence[str]) -> bool:
        name = self._plan.period_field
        column = self._binding.columns.get(name) if name else None
        if name is None or column is None:
            return False
        period = self._checker.reader(name)[cells[column]]
        if not isinstance(period, str) or period == str(self._period):
            return False
        self._run.leave_out(period)
        return True

    def _count(self, cells: Sequence[str], number: int, checked: CheckedRow) -> None:
        """Let a checked row count, unless it is unknown as a whole."""
        tallies, values = self._run.tallies, checked.values
        group = tallies.group(values.__getitem__)
        key = self._key(values)
        unit = self._unit(cells, values)
        names = [self._text(cells, name) if name else "" for name in self._group_names]
        self._run.see_unit(unit)
        twice = self._run.twice(key) if key is not None else None
        if twice is not None and key is not None:
            place = self._written_key(cells, number, key, unit)
            kept = {} if self._run.request.later is None else values
            twice.append(_Row(place, group, unit, names, kept, checked.findings))
            return
        self._run.log.add(checked.findings)
        if key is None:
            self._run.doubt(Place(self._place.path, self._place.sheet, number))
            tallies.add_unknown(group, 1, unit)
        else:
            self._run.see([key])
            tallies.add_row(group, unit, values)
        tallies.add_names(group, [[name] for name in names])

    def _key(self, values: Mapping[str, Value]) -> Key | None:
        """The codes that identify a row; None if one is missing, or the period."""
        period = self._plan.period_field
        codes = [values[name] for name in self._plan.key_codes]
        if (period and values[period] is UNKNOWN) or not all(isinstance(c, str) for c in codes):
            return None
        return codes[0] if len(codes) == 1 else tuple(codes)

    def _unit(self, cells: Sequence[str], values: Mapping[str, Value]) -> Unit | None:
        code, name = values[self._plan.unit.code], self._plan.unit.name
        return Unit(code, self._text(cells, name) if name else "") if isinstance(code, str) else None

    def _text(self, cells: Sequence[str], name: str) -> str:
        column = self._binding.columns.get(name)
        return cells[column].strip() if column is not None else ""

    def _written_key(self, cells: Sequence[str], number: int, key: Key, unit: Unit | None) -> Finding:
        name = self._plan.key_codes[-1]
        column = self._binding.columns.get(name)
        place = Place(self._place.path, self._place.sheet, number, column)
        code, title = (unit.code, unit.name or None) if unit else (None, None)
        return Finding(
            "duplicate-key",
            place,
            {"unit": " ".join(map(str, key)) if isinstance(key, tuple) else key},
            name,
            code,
            title,
            self._text(cells, name),
        )


def _not_settled(unsure: tuple[str, int]) -> InputError:
    path, row = unsure
    return InputError(
        message(
            "{path}, row {row}: nobody can tell which unit this is, so --latest cannot settle what it replaces",
            path=path,
            row=str(row),
        ),
        message("mend the row, or leave --latest away"),
    )


def _two_periods(periods: Sequence[str]) -> PeriodError:
    return PeriodError(
        message("the data have rows of {number} periods: {periods}", number=len(periods), periods=", ".join(periods)),
        message("judge one at a time, with --period {first}", first=periods[0]),
    )


def _agreed(units: Sequence[Unit | None]) -> Unit | None:
    """The unit that all rows name, by the first of its names; None if they name different ones."""
    named = [unit for unit in units if unit is not None]
    if len(named) < len(units) or len({unit.code for unit in named}) != 1:
        return None
    return Unit(named[0].code, min((unit.name for unit in named if unit.name), default=""))


def _parts(columns: Sequence[Sequence[Value]], count: int) -> Iterator[tuple[list[int] | None, tuple[Value, ...]]]:
    """The rows of each combination of codes; None for all of them if there is but one."""
    if not columns:
        yield None, ()
        return
    members: dict[tuple[Value, ...], list[int]] = {}
    for row, codes in enumerate(zip(*columns, strict=True)):
        members.setdefault(codes, []).append(row)
    for codes, rows in members.items():
        yield (None if len(rows) == count else rows), codes
