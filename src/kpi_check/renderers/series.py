"""A series over several periods as a table for people, with a text spark-line for each target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from rich.box import ASCII, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kpi_check.compliance import Status
from kpi_check.errors import Message, message, plural_message
from kpi_check.measures import SIGNS
from kpi_check.renderers import Surface, words
from kpi_check.renderers.console import SIGN_OF, in_ascii, print_all, surface_language
from kpi_check.series import PeriodSummary, Point, Series, TargetSeries
from kpi_check.text import visible

BARS, GAP = "▁▂▃▄▅▆▇█", "·"
_LEAST_TITLE = 24
"""Below this many columns for titles a table becomes a list."""


def render(series: Series, stream: BinaryIO, surface: Surface) -> None:
    """Write the series as text."""
    print_all(_Page(series, surface).parts(), stream, surface)


class _Page:
    """A series as rich's renderables."""

    def __init__(self, series: Series, surface: Surface) -> None:
        self._series: Series = in_ascii(series) if surface.ascii_only else series
        self._surface = surface
        self._lang = surface_language(series.language, surface)

    def parts(self) -> Iterator[RenderableType]:
        yield from self._head()
        yield ""
        points = [self._point(point) for target in self._series.targets for point in target.points]
        figures = sum(2 + max(point.cell_len, 4) for point in points[: len(self._series.periods)])
        widest = 2 + max((point.cell_len for point in points), default=0)
        figures = max(figures, widest * len(self._series.periods))
        room = self._surface.width - figures - len(self._series.periods) - 20
        yield self._table() if room >= _LEAST_TITLE else self._list()

    def _head(self) -> Iterator[RenderableType]:
        series = self._series
        title = visible(self._say(message("Plan {number}", number=series.plan.number)))
        yield Text.assemble((title, "bold"), " ", visible(series.plan.title))
        for period in series.periods:
            yield Text(visible(f"{period.period}: {self._summary(period)}"), "dim")
        if series.left_out:
            left_out = message("not of this series: {periods}", periods=", ".join(series.left_out))
            yield Text(visible(self._say(left_out)), "yellow")
        for note in series.notes:
            yield Text(visible(note), "yellow")
        finals = [target.final.status for target in series.targets]
        counted = [f"{finals.count(s)} {self._say(words.STATUS[s])}" for s in Status if s in finals]
        if None in finals:
            counted.append(f"{finals.count(None)} {self._say(words.STATUS[Status.NOT_DUE])}")
        said = f"{self._say(words.STATUS[series.verdict]).upper()}: {', '.join(counted)}"
        yield Text.assemble(self._sign(series.verdict), " ", (said, SIGN_OF[series.verdict][2]))

    def _summary(self, period: PeriodSummary) -> str:
        if period.verdict is None:
            return self._say(words.STATUS[Status.NO_DATA])
        facts = [
            self._say(plural_message("{number} file", "{number} files", len(period.files))),
            self._say(plural_message("{number} error", "{number} errors", period.errors)),
            self._say(plural_message("{number} warning", "{number} warnings", period.warnings)),
        ]
        return f"{self._say(words.STATUS[period.verdict])}; {', '.join(facts)}"

    def _table(self) -> RenderableType:
        table = Table(box=ASCII if self._surface.ascii_only else SIMPLE_HEAD, pad_edge=False, expand=True)
        table.add_column(self._say(message("Target")), ratio=1)
        for period in self._series.periods:
            table.add_column(period.period, no_wrap=True, justify="right")
        table.add_column(self._say(message("trend")), no_wrap=True)
        table.add_column(self._say(message("final")), no_wrap=True)
        for target in self._series.targets:
            named = Text(self._named(target)).append("\n" + visible(target.final.note), "italic")
            figures = [self._point(point) for point in target.points]
            table.add_row(named, *figures, self._spark(target.points), self._final(target))
        return table

    def _list(self) -> RenderableType:
        """The table for a narrow screen."""
        items: list[RenderableType] = []
        for target in self._series.targets:
            items.append(Text(self._named(target), "bold"))
            facts = [Text.assemble(self._spark(target.points), " ", self._final(target))]
            facts += [Text.assemble(f"{point.period} ", self._point(point)) for point in target.points]
            facts.append(Text(visible(target.final.note), "italic"))
            items.append(Padding(Group(*facts), (0, 0, 0, 2)))
        return Group(*items)

    def _named(self, target: TargetSeries) -> str:
        threshold = f"{SIGNS[target.operator]} {self._lang.figure(target.threshold)}"
        if self._surface.ascii_only:
            threshold = f"{target.operator} {target.threshold}"
        return visible(f"{target.clause or ''} {target.title} ({threshold})".strip())

    def _point(self, point: Point) -> Text:
        if point.status is None or point.numerator is None:
            return Text("-", "dim")
        figure = self._lang.number(point.numerator)
        if point.percent is not None:
            figure = f"{self._lang.decimal(point.percent)}%"
        elif point.denominator is not None:
            figure = f"{figure}/{self._lang.number(point.denominator)}"
        return Text.assemble(self._sign(point.status), " ", figure)

    def _spark(self, points: Sequence[Point]) -> str:
        """A mark for each period: as high as its figure lies, and a gap where there is none."""
        bars, gap = ("12345678", ".") if self._surface.ascii_only else (BARS, GAP)
        return "".join(gap if point.height is None else bars[point.height - 1] for point in points)

    def _final(self, target: TargetSeries) -> Text:
        status = Status.NOT_DUE if target.final.status is None else target.final.status
        when = f" ({target.final.period})" if target.final.period else ""
        said = self._say(words.STATUS[status]) + when
        return Text.assemble(self._sign(status), " ", (said, SIGN_OF[status][2]))

    def _sign(self, status: Status) -> tuple[str, str]:
        sign, plain, style = SIGN_OF[status]
        return plain if self._surface.ascii_only else sign, style

    def _say(self, what: Message) -> str:
        return self._lang.say(what)
