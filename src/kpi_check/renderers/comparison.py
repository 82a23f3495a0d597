"""A comparison as tables for people, on a screen of any width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import BinaryIO

from rich.box import ASCII, SIMPLE_HEAD
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kpi_check.comparison import CellChange, CellPlace, Comparison, Figures, Side, TargetChange, UnitChange
from kpi_check.errors import Message, message, plural_message
from kpi_check.renderers import Surface, words
from kpi_check.renderers.console import NARROW, SIGN_OF, in_ascii, print_all, surface_language
from kpi_check.text import visible

UNITS_SHOWN, CELLS_SHOWN = 10, 60
"""Of units so many of each kind."""

_DIRECTIONS: Mapping[str | None, tuple[Message, str]] = {
    None: (message("on what is known"), "yellow"),
    "better": (message("better"), "green"),
    "worse": (message("worse"), "bold red"),
    "same": (message("the same"), ""),
}
_WHAT: Mapping[str, Message] = {
    "joined": message("joined"),
    "left": message("left"),
    "succeeded": message("succeeded"),
    "moved": message("moved to another body"),
    "changed": message("changed"),
}


def render(comparison: Comparison, stream: BinaryIO, surface: Surface) -> None:
    """Write the comparison as text."""
    print_all(_Page(comparison, surface).parts(), stream, surface)


class _Page:
    """A comparison as rich's renderables."""

    def __init__(self, comparison: Comparison, surface: Surface) -> None:
        self._c: Comparison = in_ascii(comparison) if surface.ascii_only else comparison
        self._surface = surface
        self._lang = surface_language(comparison.language, surface)

    def parts(self) -> Iterator[RenderableType]:
        yield from self._head()
        for scope, changes in groupby(self._c.targets, key=lambda change: change.scope):
            of_scope = list(changes)
            if scope.level == "all":
                yield ""
            else:
                yield self._title(self._scope_title(of_scope[0]))
            alike = {change.note for change in of_scope}
            if len(alike) == 1 and of_scope[0].note is not None:
                yield Text(visible(of_scope[0].note), "italic")
                continue
            yield self._list(of_scope) if self._surface.width < NARROW else self._table(of_scope)
        if self._c.units:
            yield from self._units()
        if self._c.cells:
            yield from self._cells()
        if not self._c.differs:
            yield Text("\n" + self._say(message("nothing differs")), "green")

    def _head(self) -> Iterator[RenderableType]:
        corrected = self._c.kind == "corrected"
        kind = message("A first and a corrected submission") if corrected else message("Two periods")
        yield Text(self._say(kind), "bold")
        for name, side in ((message("old"), self._c.old), (message("new"), self._c.new)):
            yield Text(f"{self._say(name)}: {visible(self._side(side))}", "dim")
        for note in self._c.notes:
            yield Text(f"! {visible(note)}", "yellow")

    def _side(self, side: Side) -> str:
        files = plural_message("{number} file", "{number} files", len(side.paths))
        units = plural_message("{number} unit", "{number} units", side.units)
        named = side.paths[0] if len(side.paths) == 1 else self._say(files)
        facts = [self._say(message("period {period}", period=side.period or "")), named, self._say(units)]
        if side.coverage is not None:
            reported, expected = side.coverage
            facts.append(self._say(message("{reported} of {expected} reported", reported=reported, expected=expected)))
        if side.errors:
            facts.append(self._say(plural_message("{number} error", "{number} errors", side.errors)))
        if side.warnings:
            facts.append(self._say(plural_message("{number} warning", "{number} warnings", side.warnings)))
        if side.verdict is not None:
            facts.append(self._say(words.STATUS[side.verdict]))
        return ", ".join(facts)

    def _scope_title(self, change: TargetChange) -> Message:
        scope = change.scope
        if scope.level == "common":
            return plural_message(
                "On the {number} unit that both have", "On the {number} units that both have", scope.units or 0
            )
        codes = " + ".join(scope.new or scope.old)
        if scope.old and scope.new and scope.old != scope.new:
            codes = f"{' + '.join(scope.old)} → {' + '.join(scope.new)}"
        named = " ".join(filter(None, (scope.name or "", f"({codes})" if codes else "")))
        level = self._c.level_titles.get(scope.level, scope.level)
        return message("{level}: {named}", level=level, named=named)

    # targets

    def _table(self, changes: Sequence[TargetChange]) -> RenderableType:
        table = Table(box=ASCII if self._surface.ascii_only else SIMPLE_HEAD, pad_edge=False, expand=True)
        table.add_column(self._say(message("Target")), ratio=1)
        for header in (message("old"), message("new"), message("change")):
            table.add_column(self._say(header), no_wrap=True)
        for change in changes:
            named = Text(self._named(change))
            if change.note:
                named.append("\n" + visible(change.note), "italic")
            table.add_row(
                named, self._figures(change.old, "\n"), self._figures(change.new, "\n"), self._change(change, "\n")
            )
        return table

    def _list(self, changes: Sequence[TargetChange]) -> RenderableType:
        text = Text()
        for change in changes:
            text.append(self._named(change) + "\n")
            for side in (change.old, change.new):
                text.append("  ").append_text(self._figures(side, " ")).append("\n")
            text.append("  ").append_text(self._change(change, " "))
            text.append(("\n  " + visible(change.note) if change.note else "") + "\n", "italic")
        text.rstrip()
        return text

    def _named(self, change: TargetChange) -> str:
        title = " ".join(filter(None, (change.clause, change.title)))
        flow = self._say(message("of what happened in the period"))
        return visible(f"{title} ({flow})" if change.nature == "flow" else title)

    def _figures(self, figures: Figures | None, between: str) -> Text:
        if figures is None:
            return Text("-")
        sign, plain, style = SIGN_OF[figures.status]
        cases = self._lang.number(figures.numerator)
        if figures.denominator is not None:
            cases = f"{cases}/{self._lang.number(figures.denominator)}"
        shown = f"{self._lang.decimal(figures.percent)}%" if figures.percent is not None else ""
        told = between.join(filter(None, (shown, cases)))
        return Text.assemble((plain if self._surface.ascii_only else sign, style), " ", told)

    def _change(self, change: TargetChange, between: str) -> Text:
        if change.change is None:
            return Text("-")
        word, style = _DIRECTIONS[change.direction]
        sign = change.change[: not change.change[0].isdigit()]
        said = sign + self._lang.decimal(change.change[len(sign) :])
        return Text.assemble(said, between, (self._say(word), style))

    # units

    def _units(self) -> Iterator[RenderableType]:
        counts = ", ".join(
            f"{self._lang.number(n)} {self._say(_WHAT[what])}" for what, n in self._c.unit_changes.items()
        )
        yield self._title(message("Units: {counts}", counts=counts))
        for what, number in self._c.unit_changes.items():
            shown = [unit for unit in self._c.units if unit.what == what][:UNITS_SHOWN]
            for unit in shown:
                yield Text(visible(self._unit(unit)))
            yield from self._rest(number - len(shown))

    def _unit(self, unit: UnitChange) -> str:
        about = " ".join(filter(None, (unit.code, unit.name)))
        what = self._say(_WHAT[unit.what])
        if unit.what == "succeeded":
            return " ".join(
                filter(None, (f"{what}: {unit.old} → {unit.new}", unit.name, f"({unit.note})" if unit.note else ""))
            )
        if unit.field is not None:
            return f"{about}: {unit.field}: {unit.old or '-'} → {unit.new or '-'}"
        return " ".join(filter(None, (f"{what}: {about}", f"({unit.note})" if unit.note else "")))

    # cells

    def _cells(self) -> Iterator[RenderableType]:
        number = self._c.cell_count
        yield self._title(plural_message("{number} cell differs", "{number} cells differ", number))
        shown = self._c.cells[:CELLS_SHOWN]
        for unit, cells in groupby(shown, key=lambda cell: (cell.unit_code, cell.unit_name)):
            yield Text(visible(" ".join(filter(None, unit))), "bold")
            for cell in cells:
                yield Padding(Text(visible(self._cell(cell))), (0, 0, 0, 2))
        yield from self._rest(number - len(shown))

    def _cell(self, cell: CellChange) -> str:
        old, new = ('"' + value + '"' if value else "-" for value in (cell.old, cell.new))
        place = cell.new_place or cell.old_place
        return f"{cell.label}: {old} → {new}" + (f" ({self._place(place)})" if place is not None else "")

    def _place(self, place: CellPlace) -> str:
        said = [place.file]
        if place.sheet is not None:
            said.append(self._say(message("sheet {sheet}", sheet=place.sheet)))
        if place.row is not None:
            said.append(self._say(message("row {row}", row=str(place.row))))
        if place.column is not None:
            said.append(self._say(message("column {column}", column=place.column)))
        return ", ".join(said)

    def _rest(self, number: int) -> Iterator[RenderableType]:
        if number > 0:
            yield Text(self._say(message("and {number} more", number=number)), "dim")

    def _title(self, what: Message) -> RenderableType:
        return Text(f"\n{visible(self._say(what))}", "bold underline")

    def _say(self, what: Message) -> str:
        said = self._lang.say(what)
        return said.replace("→", "->") if self._surface.ascii_only else said
