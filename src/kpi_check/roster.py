"""Who is expected to report: the units of a roster, a file with the plan's own headers and a row for each unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple, NoReturn

from kpi_check.cells import cell_readers, why_not_a_code, why_not_a_count
from kpi_check.errors import InputError, Message, message
from kpi_check.locale import LANGUAGES, language
from kpi_check.measures import NO_VALUE, UNKNOWN
from kpi_check.plan import ChoiceField, CodeField, CountField, PeriodField, Plan
from kpi_check.readers import Frame, Source, open_grids, open_tables
from kpi_check.submission import Binding, Grid, Table, Unreadable, bind, column_letter, nearest_header
from kpi_check.text import code_key, label_key, nearest

MAX_TEXT = 1000
"""The longest code or name of a unit, in characters."""


class RosterUnit(NamedTuple):
    """A unit of the smallest level, or (without a code) a body above it: what the roster says of it, and while it exists."""

    code: str
    says: Mapping[str, str]
    """By field, a choice by its value in the plan; its codes are among them, what is blank is not."""
    valid_from: date = date.min
    valid_to: date = date.max
    """The first and the last day."""
    succeeds: tuple[str, ...] = ()
    """The codes of those that it follows: merged into it, split into it and others, or renamed."""

    def exists_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_to

    def overlaps(self, other: RosterUnit) -> bool:
        return self.valid_from <= other.valid_to and other.valid_from <= self.valid_to


class Roster(NamedTuple):
    """Who is expected to report: units, and bodies of which the units are not known."""

    path: str
    units: tuple[RosterUnit, ...]
    bodies: tuple[RosterUnit, ...]
    sha256: str

    def on(self, day: date) -> Roster:
        """Those that exist on a day."""
        units, bodies = (tuple(u for u in some if u.exists_on(day)) for some in (self.units, self.bodies))
        return self._replace(units=units, bodies=bodies)


VALID_FROM, VALID_TO = message("valid_from"), message("valid_to")
"""The headers of the days between which a unit exists, in every language."""
SUCCEEDS = message("succeeds")
"""The header of the codes that a unit, or a body, follows."""


def roster_fields(plan: Plan) -> tuple[str, ...]:
    """What a return that serves as a roster says of a unit: the codes and names of its levels, and the choices that
    decide what is required. Its figures are those of another period.
    """
    fields = plan.fields
    found: dict[str, None] = {}
    for level in plan.file.submission.levels.values():
        found[level.code] = None
        if level.name is not None and not isinstance(fields[level.name], CountField | PeriodField):
            found[level.name] = None
    conditions = [name for spec in fields.values() if isinstance(spec.required, dict) for name in spec.required]
    deciding = {name for name in conditions if isinstance(fields[name], ChoiceField)}
    return tuple(name for name in fields if name in found or name in deciding)


def read_roster(plan: Plan, source: Source | Frame) -> Roster:
    """Read a roster; raise InputError, with the place, if it cannot be relied upon."""
    units: dict[str, list[tuple[RosterUnit, Message]]] = {}
    bodies: list[RosterUnit] = []
    tables = open_tables(source, plan)
    for table in tables:
        of_roster = _RosterTable(plan, table)
        for unit, place in of_roster.units():
            if not unit.code:
                bodies.append(unit)
                continue
            same = units.setdefault(unit.code, [])
            twice = next((other for other in same if unit.overlaps(other[0])), None)
            if twice is not None:
                raise InputError(
                    message('{place}: the unit "{code}" is given twice', place=place, code=unit.code),
                    message("it stands here, too: {place}", place=twice[1]),
                )
            same.append((unit, place))
        of_roster.refuse_lost(partial(open_grids, source, plan))
    if not units and not bodies:
        raise InputError(
            message("{path}: there is no unit in the roster", path=source.path),
            message("give it a header, and below it a row for each unit"),
        )
    found = tuple(unit for same in units.values() for unit, _ in same)
    _must_succeed(source.path, found, lambda unit: unit.code)
    body = plan.file.submission.levels[plan.levels[1]].code if len(plan.levels) > 1 else ""
    _must_succeed(source.path, bodies, lambda unit: unit.says.get(body, ""))
    return Roster(source.path, found, tuple(bodies), tables[0].sha256())


def _must_succeed(path: str, units: Sequence[RosterUnit], code_of: Callable[[RosterUnit], str]) -> None:
    """Refuse a successor of someone that is not on the roster, or was not there before it."""
    first: dict[str, date] = {}
    for unit in units:
        first[code_of(unit)] = min(first.get(code_of(unit), date.max), unit.valid_from)
    for unit in units:
        for other in unit.succeeds:
            names = {"path": path, "code": code_of(unit), "other": other}
            if other not in first:
                near = nearest(other, first)
                raise InputError(
                    message('{path}: "{code}" succeeds "{other}", which is not on the roster', **names),
                    message("did you mean {word}?", word=near)
                    if near
                    else message("put it on the roster with its last day, or correct the code"),
                )
            if first[other] >= unit.valid_from:
                raise InputError(
                    message('{path}: "{code}" succeeds "{other}", which was not there before it', **names),
                    message("give it its first day, later than that of whom it follows"),
                )


class _RosterTable:
    """One table of a roster."""

    def __init__(self, plan: Plan, table: Table) -> None:
        self._plan = plan
        self._table = table
        self._binding = self._bound()
        keys = [label_key(text) for text in self._binding.header]
        self._from, self._to, self._succeeds = (
            self._column(keys, header) for header in (VALID_FROM, VALID_TO, SUCCEEDS)
        )
        self._readers = cell_readers(plan)

    def units(self) -> Iterator[tuple[RosterUnit, Message]]:
        """Each unit, and where it stands."""
        columns = {name: self._binding.columns[name] for name in self._fields()}
        for block in self._table.blocks():
            for row, number in zip(block.rows, block.numbers, strict=True):
                if any(cell.strip() for cell in row):
                    says = self._says(columns, row, number)
                    yield self._unit(says, row, number), self._place(number)
            if block.unreadable is not None:
                self._refuse_to_guess(block.unreadable)

    def _unit(self, says: dict[str, str], row: Sequence[str], number: int) -> RosterUnit:
        code = says.get(self._plan.unit.code, "")
        levels = self._plan.file.submission.levels
        if not code and not any(levels[name].code in says for name in self._plan.levels[1:]):
            column = self._binding.columns[self._plan.unit.code]
            self._refuse_cell(number, column, "", message("every unit needs its code"))
        first, last = self._day(row, number, self._from, date.min), self._day(row, number, self._to, date.max)
        if first > last:
            self._refuse(number, message("the last day comes before the first"))
        succeeds = "" if self._succeeds is None else row[self._succeeds]
        followed = [code_key(part) for part in re.split("[;,]", succeeds)]
        return RosterUnit(code, says, first, last, tuple(filter(None, followed)))

    def _day(self, row: Sequence[str], number: int, column: int | None, otherwise: date) -> date:
        text = "" if column is None else row[column].strip()
        if column is None or not text:
            return otherwise
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._refuse_cell(number, column, text, message("this is not a day; write it as 2025-06-30"))

    @staticmethod
    def _column(keys: Sequence[str], header: Message) -> int | None:
        accepted = {label_key(language(lang).say(header)) for lang in LANGUAGES}
        return next((column for column, key in enumerate(keys) if key in accepted), None)

    def refuse_lost(self, open_again: Callable[[], Sequence[Grid]]) -> None:
        """Refuse rows with a code that were taken for notes: behind a total, a row without figures is none of a return's."""
        notes = {out.row for out in self._table.left_out() if out.what == "note"}
        if not notes:
            return
        column = self._binding.columns[self._plan.unit.code]
        grid = next(grid for grid in open_again() if grid.sheet == self._table.sheet)
        for block in grid.blocks():
            for row, number in zip(block.rows, block.numbers, strict=True):
                if number in notes and column < len(row) and row[column].strip():
                    what = message("behind a total, this may be a unit or a note")
                    self._refuse(number, what, message("a roster has no totals and notes: leave them out"))

    def _bound(self) -> Binding:
        header = self._table.header
        if isinstance(header, Unreadable):
            self._refuse_to_guess(header)
        binding = bind(self._plan, header or ())
        code = self._plan.unit.code
        for name in roster_fields(self._plan):
            if name in binding.doubled:
                columns = ", ".join(map(column_letter, binding.doubled[name]))
                what = message("{field} stands in more than one column: {columns}", field=name, columns=columns)
                self._refuse(self._table.header_row, what)
        if code not in binding.columns:
            spec = self._plan.fields[code]
            near = nearest_header([text for text in header or () if text.strip()], code, spec)
            accepted = ", ".join((*spec.headers, code))
            self._refuse(
                self._table.header_row or 1,
                message("no column holds the codes of the units"),
                message(
                    'is it the column "{near}"? its header should be one of: {headers}', near=near, headers=accepted
                )
                if near
                else message("its header should be one of: {headers}", headers=accepted),
            )
        return binding

    def _fields(self) -> list[str]:
        """What it says: of a return, which has periods, not its figures."""
        of_return = self._plan.period_field in self._binding.columns
        names = roster_fields(self._plan) if of_return else self._plan.fields
        return [name for name in names if name in self._binding.columns]

    def _says(self, columns: Mapping[str, int], row: Sequence[str], number: int) -> dict[str, str]:
        if len(row) != self._binding.width:
            what = message(
                "the row has {number} cells, the header {expected}", number=len(row), expected=self._binding.width
            )
            self._refuse(number, what)
        says: dict[str, str] = {}
        for name, column in columns.items():
            text = self._read(name, row[column], number, column)
            if text:
                says[name] = text
        return says

    def _read(self, name: str, cell: str, number: int, column: int) -> str:
        """A code or a value as it is compared, another text on one line; "" for a blank."""
        text = " ".join(cell.split())
        spec = self._plan.fields[name]
        if len(text) > MAX_TEXT:
            what = message("longer than {limit} characters", limit=MAX_TEXT)
            self._refuse_cell(number, column, text[:40] + "…", what)
        if not isinstance(spec, ChoiceField | CodeField | CountField):
            return text
        value = self._readers[name][cell]
        if value is UNKNOWN:
            self._refuse_cell(number, column, text, _why_not(spec, cell))
        return "" if value is NO_VALUE else str(value)

    def _place(self, number: int, column: int | None = None) -> Message:
        """A row, or a cell, as a person finds it."""
        file: str | Message = self._table.path
        if self._table.sheet is not None:
            file = message("{path}, sheet {sheet}", path=file, sheet=self._table.sheet)
        row = str(number)  # a name here, which is not grouped
        if column is None:
            return message("{file}, row {row}", file=file, row=row)
        return message(
            '{file}, row {row}, column {column} ("{header}")',
            file=file,
            row=row,
            column=column_letter(column),
            header=" ".join(self._binding.header[column].split()),
        )

    def _refuse(self, number: int, what: Message, hint: Message | None = None) -> NoReturn:
        raise InputError(message("{place}: {what}", place=self._place(number), what=what), hint)

    def _refuse_cell(self, number: int, column: int, value: str, why: Message) -> NoReturn:
        place = self._place(number, column)
        raise InputError(message('{place}: "{value}": {why}', place=place, value=value, why=why))

    def _refuse_to_guess(self, unreadable: Unreadable) -> NoReturn:
        """A roster of which a part cannot be read would leave units out in silence."""
        self._refuse(
            unreadable.row,
            message("from here on the roster cannot be read ({code})", code=unreadable.code),
            message("run kpi-check validate {path} to see why", path=self._table.path),
        )


def _why_not(spec: ChoiceField | CodeField | CountField, cell: str) -> Message:
    if isinstance(spec, CountField):
        return why_not_a_count(cell)
    if isinstance(spec, CodeField):
        return why_not_a_code(code_key(cell), spec.pattern) or message("this is not a code")
    known = ", ".join(labels[0] if labels else value for value, labels in spec.values.items())
    return message("this is none of: {known}", known=known)
