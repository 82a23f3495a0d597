"""The reference engine: plain Python over blocks of rows.

Rows that a quick look at whole columns shows to be without fault are tallied together; every other row is checked by
itself (`checks.RowChecker`). A second pass is made only if a key was given twice, since none of its rows counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from kpi_check.cells import has_line_break, has_rows
from kpi_check.checks import CheckedRow, RowChecker, may_be_required
from kpi_check.counts import Outcome
from kpi_check.engines.base import FindingLog, Request
from kpi_check.engines.columns import CleanColumns, Key
from kpi_check.engines.tallies import Group, Tallies, Unit
from kpi_check.errors import PeriodError, message
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
    first = Pass(plan, request, frozenset())
    first.run()
    if not first.repeated:
        return first.outcome()
    second = Pass(plan, request, frozenset(first.repeated))
    second.run()
    return second.outcome()


class _Twice:
    """A key that is given more than once: what each of its rows says of where it belongs."""

    def __init__(self) -> None:
        self.places: list[Finding] = []
        self.groups: list[Group] = []
        self.units: list[Unit | None] = []
        self.names: list[list[str]] = []


class Pass:
    """One reading of all tables, knowing which keys are given twice."""

    def __init__(self, plan: Plan, request: Request, twice: frozenset[Key]) -> None:
        self.plan = plan
        self.request = request
        self.log = FindingLog(request.limit)
        self.tallies = Tallies(plan, request.by, request.limit)
        self.repeated: set[Key] = set()
        self.seen: set[Key] = set()
        self._twice: dict[Key, _Twice] = {key: _Twice() for key in twice}
        self._rows: dict[str, int] = {}
        self._left_out: Counter[str] = Counter()

    def run(self) -> None:
        for table in self.request.tables:
            self._rows.setdefault(table.path, 0)
            self._rows[table.path] += self._read(table)
        if self._left_out and not self.request.period_given:
            raise _two_periods(sorted({*self._left_out, str(self.request.period)}))
        for twice in self._twice.values():
            self._report_twice(twice)
        for period in sorted(self._left_out):
            args = {"other": period, "count": self._left_out[period], "period": str(self.request.period)}
            self.log.add([Finding("other-periods", Place(), args)])

    def outcome(self) -> Outcome:
        for missing in self.request.missing:
            self.tallies.add_missing(missing)
        return Outcome(
            self.tallies.scopes(self.request.roster_names), self.log.first(), dict(self.log.counts), self._rows
        )

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
        if count == 0:
            self.log.add([Finding("no-rows", Place(place.path, place.sheet, table.header_row))])
            self.tallies.add_unread()  # what the table should have said is missing, not 0
        return count

    def _meant(self, text: str) -> str | None:
        """The header of the plan that a text was most likely meant for."""
        known = [header for name, spec in self.plan.fields.items() for header in (name, *spec.headers)]
        return nearest(text, known, 0.8) if text.strip() else None

    def report_unreadable(self, place: Place, what: Unreadable) -> None:
        args = {"limit": MAX_CELL}
        of_sheet = what.code == "sheet-with-figures"
        where = Place(place.path, what.value if of_sheet else place.sheet, what.row or None)
        self.log.add([Finding(what.code, where, args, value=what.value or None)])
        self.tallies.add_unread()

    def _report_twice(self, twice: _Twice) -> None:
        """One issue for each row after the first, and one unknown unit."""
        found = sorted(twice.places, key=Finding.order)
        first = found[0].place
        self.log.add(
            Finding(
                "duplicate-key",
                f.place,
                {"unit": f.args["unit"], "first": first},
                f.field,
                f.unit_code,
                f.unit_name,
                f.value,
            )
            for f in found[1:]
        )
        columns = zip(*twice.groups, strict=True)
        group = tuple(codes[0] if len(set(codes)) == 1 else "" for codes in columns)
        self.tallies.add_unknown(group, len(found), _agreed(twice.units))
        self.tallies.add_names(group, list(zip(*twice.names, strict=True)))

    # what tables tell

    @property
    def twice_test(self) -> Callable[[Key], bool] | None:
        """Tells whether a key is given twice; None where none is."""
        return self._twice.__contains__ if self._twice else None

    def twice(self, key: Key) -> _Twice | None:
        return self._twice.get(key)

    def see(self, keys: Sequence[Key]) -> None:
        """Remember keys; those seen before are repeated."""
        new = set(keys)
        if len(new) != len(keys):
            self.repeated.update(key for key, count in Counter(keys).items() if count > 1)
        if not self.seen.isdisjoint(new):
            self.repeated |= self.seen & new
        self.seen |= new

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
            self._run.tallies.add_unknown(self._run.tallies.group(lambda _: UNKNOWN), 1, None)
            return True
        if self._of_another_period(cells):
            return True
        checked = self._checker.check(cells, number)
        self._run.log.add(checked.findings)
        self._count(cells, number, checked)
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
        twice = self._run.twice(key) if key is not None else None
        if twice is not None and key is not None:
            twice.groups.append(group)
            twice.units.append(unit)
            twice.names.append(names)
            twice.places.append(self._written_key(cells, number, key, unit))
            return
        if key is None:
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
