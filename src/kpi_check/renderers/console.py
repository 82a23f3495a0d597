"""Tables for people, on a screen of any width; data are shown as text and never as markup or terminal codes."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from rich.box import ASCII, SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kpi_check.compliance import Status
from kpi_check.counts import Coverage, Failing
from kpi_check.errors import Message, message, plural_message
from kpi_check.issues import KINDS
from kpi_check.locale import Language, language
from kpi_check.renderers import Surface, words
from kpi_check.report import Issue, Report, Scope, TargetResult
from kpi_check.text import visible

NARROW = 70
"""Below this many columns a table becomes a list."""
UNITS_SHOWN, ISSUES_SHOWN, FAULTS_SHOWN, SCOPES_SHOWN, LEFT_OUT_SHOWN = 10, 20, 200, 60, 20
MISSING_SHOWN = 10

SIGN_OF: Mapping[Status, tuple[str, str, str]] = {
    Status.MET: ("✓", "+", "green"),
    Status.NOT_MET: ("✗", "x", "bold red"),
    Status.UNDETERMINED: ("?", "?", "bold yellow"),
    Status.NOT_DUE: ("·", ".", "dim"),
    Status.NO_DATA: ("∅", "0", "bold yellow"),
}
_SEVERITIES = {"error": ("✗", "x", "bold red"), "warning": ("!", "!", "yellow"), "info": ("i", "i", "dim")}


def render(report: Report, stream: BinaryIO, surface: Surface) -> None:
    """Write the report as text."""
    print_all(_Page(report, surface).parts(), stream, surface)


def print_all(parts: Iterable[RenderableType], stream: BinaryIO, surface: Surface) -> None:
    """Write rich's renderables as UTF-8 (or ASCII), in colours only where the surface shows them."""
    text = io.StringIO()
    console = Console(
        file=text,
        width=surface.width,
        force_terminal=surface.color,
        color_system="standard" if surface.color else None,
        no_color=not surface.color,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        safe_box=surface.ascii_only,
    )
    console.print(Group(*parts))
    page = "".join(line.rstrip() + "\n" for line in text.getvalue().split("\n")[:-1])
    stream.write(page.encode("ascii" if surface.ascii_only else "utf-8", "backslashreplace"))


class AsciiLanguage(Language):
    """A language for a screen that shows ASCII alone."""

    def say(self, what: Message) -> str:
        return _ascii(super().say(what))


def surface_language(code: str, surface: Surface) -> Language:
    """A language as a surface can show it."""
    return AsciiLanguage(code) if surface.ascii_only else language(code)


def in_ascii(value: Any) -> Any:
    """A record with its texts in ASCII."""
    if isinstance(value, Status):
        return value
    if isinstance(value, str):
        return _ascii(value)
    if isinstance(value, tuple):
        items = [in_ascii(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return {name: in_ascii(item) for name, item in value.items()} if isinstance(value, dict) else value


def _ascii(text: str) -> str:
    """A text for a screen that shows ASCII alone: letters without their marks, everything else spelt out."""
    plain = text.translate(_PLAIN) if not text.isascii() else text
    bare = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return bare.encode("ascii", "backslashreplace").decode("ascii")


_PLAIN = str.maketrans({"đ": "d", "Đ": "D", "≥": ">=", "≤": "<=", "…": "...", "–": "-", "—": "-", "→": "->", "·": "."})


class _Page:
    """A report as rich's renderables."""

    def __init__(self, report: Report, surface: Surface) -> None:
        self._report: Report = in_ascii(report) if surface.ascii_only else report
        self._surface = surface
        self._lang = surface_language(report.language, surface)
        self._by_scope = self._report.by_scope()
        self._whole: list[TargetResult] = next(iter(self._by_scope.values()), [])

    def parts(self) -> Iterator[RenderableType]:
        report, whole = self._report, self._whole
        yield from self._head()
        if whole:
            longest = max(len(words.cases(result, self._lang)) for result in whole)
            yield ""
            yield self._list(whole) if self._surface.width < max(NARROW, 3 * longest) else self._table(whole)
        behind = [r for r in whole if r.failing and (r.status is Status.NOT_MET or _may_be_short(r))]
        if behind:
            yield self._title(message("What holds the targets back"))
            for result in behind:
                yield from self._behind(result)
        if len(self._by_scope) > 1:
            yield from self._scopes()
        if report.issues:
            yield self._title(message("What is wrong with the data"))
            yield from self._issues() if whole else self._faults()
        yield from self._left_out()

    def _left_out(self) -> Iterator[RenderableType]:
        """What of each file is not data."""
        files = [file for file in self._report.inputs if file.left_out]
        for file in files[:LEFT_OUT_SHOWN]:
            said = message("left out of {path}: {what}", path=file.path, what=words.left_out(file, self._lang))
            yield Text("\n" + visible(self._say(said)), "dim")
        if len(files) > LEFT_OUT_SHOWN:
            yield Text(self._say(message("and {number} more", number=len(files) - LEFT_OUT_SHOWN)), "dim")

    # the head

    def _head(self) -> Iterator[RenderableType]:
        report = self._report
        title = visible(self._say(message("Plan {number}", number=report.plan.number)))
        yield Text.assemble((title, "bold"), " ", visible(report.plan.title))
        rows = sum(i.rows for i in report.inputs)
        facts = [
            message("period {period}", period=report.period) if report.period else message("no period"),
            plural_message("{number} file", "{number} files", len(report.inputs)),
            plural_message("{number} row", "{number} rows", rows),
            plural_message("{number} error", "{number} errors", report.issue_count["error"]),
            plural_message("{number} warning", "{number} warnings", report.issue_count["warning"]),
        ]
        yield Text(", ".join(self._say(fact) for fact in facts), "dim")
        if report.coverage is not None:
            yield from self._coverage(report.coverage)
        if report.verdict is None:
            yield self._checked()
        else:
            yield Text.assemble(
                self._sign(report.verdict), " ", (self._verdict(report.verdict), SIGN_OF[report.verdict][2])
            )

    def _coverage(self, covered: Coverage) -> Iterator[RenderableType]:
        """How many of those expected reported, and who did not."""
        missing = covered.missing or covered.units.missing
        complete = not (missing or covered.units.missing)
        said = "; ".join(self._say(part) for part in words.coverage(self._report, covered))
        yield Text(visible(said), "green" if complete else "yellow")
        if missing:
            named = [" ".join(filter(None, (one.code, one.name))) for one in missing[:MISSING_SHOWN]]
            rest = len(missing) - len(named)
            more = [self._say(message("{number} more", number=rest))] if rest else []
            listed = message("did not report: {names}", names=", ".join([*named, *more]))
            yield Text(visible(self._say(listed)), "yellow")

    def _checked(self) -> Text:
        sign = Status.NOT_MET if self._report.issue_count["error"] else Status.MET
        return Text.assemble(self._sign(sign), " ", (self._say(words.checked(self._report)), SIGN_OF[sign][2]))

    def _verdict(self, verdict: Status) -> str:
        errors = self._report.issue_count["error"]
        said = f"{self._say(words.STATUS[verdict]).upper()}: {self._counted([r.status for r in self._whole])}"
        if verdict in (Status.MET, Status.NOT_DUE) and errors:
            mend = plural_message(
                "but there is {number} error to mend", "but there are {number} errors to mend", errors
            )
            said = f"{said}; {self._say(mend)}"
        return said

    def _counted(self, statuses: Sequence[Status]) -> str:
        return ", ".join(f"{statuses.count(s)} {self._say(words.STATUS[s])}" for s in Status if s in statuses)

    # targets

    def _table(self, results: Sequence[TargetResult]) -> RenderableType:
        table = Table(box=ASCII if self._surface.ascii_only else SIMPLE_HEAD, pad_edge=False, expand=True)
        for header, style in (("status", ""), ("target", ""), ("result", "bold"), ("threshold", "")):
            fixed = header != "target"
            table.add_column(self._say(_HEADERS[header]), style=style, no_wrap=fixed, ratio=None if fixed else 1)
        for result in results:
            far = words.distance(result)
            named = Text(self._named(result))
            for line in filter(None, (self._say(far) if far else "", visible(result.note or ""))):
                named.append("\n" + line, "italic")
            table.add_row(
                Text.assemble(self._sign(result.status), " ", self._status(result.status)),
                named,
                self._figures(result, "\n"),
                Text(self._threshold(result)),
            )
        return table

    def _list(self, results: Sequence[TargetResult]) -> RenderableType:
        """The table for a narrow screen."""
        items: list[RenderableType] = []
        for result in results:
            far = words.distance(result)
            facts = [
                Text.assemble(self._status(result.status), " ", self._figures(result, " ")),
                Text(", ".join([self._threshold(result), *([self._say(far)] if far else [])])),
            ]
            if result.note:
                facts.append(Text(visible(result.note), "italic"))
            items.append(Text.assemble(self._sign(result.status), " ", self._named(result)))
            items.append(Padding(Group(*facts), (0, 0, 0, 2)))
        return Group(*items)

    def _threshold(self, result: TargetResult) -> str:
        said = words.threshold(result, self._lang)
        return _ascii(said) if self._surface.ascii_only else said

    def _named(self, result: TargetResult) -> str:
        return visible(" ".join(filter(None, (result.clause, result.title))))

    def _figures(self, result: TargetResult, between: str) -> Text:
        figure = words.figure(result, self._lang)
        cases = words.cases(result, self._lang)
        if between == " " and figure:
            cases = f"({cases})"
        return Text(between.join(filter(None, (figure, cases))))

    def _status(self, status: Status) -> tuple[str, str]:
        return self._say(words.STATUS[status]), SIGN_OF[status][2]

    def _sign(self, status: Status) -> tuple[str, str]:
        sign, plain, style = SIGN_OF[status]
        return plain if self._surface.ascii_only else sign, style

    # units

    def _behind(self, result: TargetResult) -> Iterator[RenderableType]:
        far = words.distance(result)
        units = plural_message("{number} unit holds it back", "{number} units hold it back", result.failing_count)
        said = ", ".join([*([self._say(far)] if far else []), self._say(units)])
        yield Text.assemble(self._sign(result.status), " ", (self._named(result), "bold"), f": {said}")
        yield self._units(result.failing[:UNITS_SHOWN])
        rest = result.failing_count - UNITS_SHOWN
        if rest > 0:
            yield Text("  " + self._say(message("and {number} more", number=rest)), "dim")

    def _units(self, units: Sequence[Failing]) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(overflow="fold", max_width=max(12, self._surface.width // 2))
        table.add_column(overflow="fold")
        table.add_column(justify="right", overflow="fold")
        for unit in units:
            cases = f"{self._lang.number(unit.numerator)}/{self._lang.number(unit.denominator)}"
            table.add_row(Text("  " + visible(unit.code)), Text(visible(unit.name)), Text(cases))
        return table

    # scopes

    def _scopes(self) -> Iterator[RenderableType]:
        """Level by level a matrix of scopes and targets, and what each scope needs."""
        scopes = list(self._by_scope)[1:]
        for level in dict.fromkeys(scope.level for scope in scopes):
            of_level = [scope for scope in scopes if scope.level == level]
            title = self._report.level_titles.get(level, level)
            yield self._title(message("By {level}, the worst first", level=title))
            shown = of_level[:SCOPES_SHOWN]
            if self._surface.width >= NARROW:
                yield from self._matrix(shown)
            for scope in shown:
                yield from self._needs(scope)
            if len(of_level) > len(shown):
                yield Text(self._say(message("and {number} more", number=len(of_level) - len(shown))), "dim")

    def _matrix(self, scopes: Sequence[Scope]) -> Iterator[RenderableType]:
        """Tables of as many targets as there is room for beside the names; no figure is ever cut."""
        names = [self._say(message("all")), *map(self._scope_name, scopes)]
        cells = [[self._cell(r) for r in rows] for rows in (self._whole, *(self._by_scope[s] for s in scopes))]
        heads = [self._shortened(visible(result.clause or result.id), 12) for result in self._whole]
        cell = 1 + max(*(text.cell_len for row in cells for text in row), *map(cell_len, heads))
        units = self._say(message("units"))
        beside = self._reported(scopes)
        room = self._surface.width - (1 + max(map(cell_len, [units, *beside.values()])) if beside else 0)
        label = min(max(map(cell_len, names)), max(16, self._surface.width // 4), max(4, room - cell - 1))
        number = len(self._whole)
        each = -(-number // -(-number // max(1, (room - label - 1) // cell)))
        for first in range(0, number, each):
            targets = range(first, min(first + each, number))
            table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
            table.add_column("", no_wrap=True, min_width=label)
            if beside:
                table.add_column(units, justify="right", no_wrap=True)
            for place in targets:
                table.add_column(Text(heads[place]), justify="right", no_wrap=True)
            for row, (name, of_scope) in enumerate(zip(names, cells, strict=True)):
                told = [Text(beside.get(scopes[row - 1], "") if row else "")] if beside else []
                named = Text(self._shortened(name, label), "" if row else "bold")
                table.add_row(named, *told, *(of_scope[place] for place in targets))
            yield ""
            yield table

    def _shortened(self, text: str, width: int) -> str:
        """A text cut to a width, with a sign that it is."""
        if cell_len(text) <= width:
            return text
        sign = "..." if self._surface.ascii_only else "…"
        return set_cell_size(text, width - cell_len(sign)) + sign

    def _cell(self, result: TargetResult) -> Text:
        figure = words.figure(result, self._lang) or words.cases(result, self._lang)
        return Text.assemble(self._sign(result.status), " ", figure)

    def _reported(self, scopes: Sequence[Scope]) -> dict[Scope, str]:
        """How many units of each body reported, of how many that are expected; of a body without units, if it did."""
        covered = self._report.coverage
        bodies = {body.code: body for body in covered.bodies} if covered is not None else {}
        missing = {body.code for body in covered.missing} if covered is not None else set()
        found: dict[Scope, str] = {}
        for scope in scopes:
            body = bodies.get(scope.code or "") if scope.level in list(self._report.level_titles)[1:2] else None
            if body is not None and body.expected:
                found[scope] = f"{self._lang.number(body.reported)}/{self._lang.number(body.expected)}"
            elif body is not None and body.code in missing:
                found[scope] = self._say(message("missing"))
        return found

    def _scope_name(self, scope: Scope) -> str:
        return visible(" ".join(filter(None, (scope.code, scope.name)))) or self._say(message("without a code"))

    def _needs(self, scope: Scope) -> Iterator[RenderableType]:
        """What a scope needs, and how much of what its level lacks is its own; on a narrow screen its figures, too."""
        results, narrow = self._by_scope[scope], self._surface.width < NARROW
        lacking = [r for r in results if r.status not in (Status.MET, Status.NOT_DUE)]
        if not (lacking or narrow):
            return
        yield Text.assemble("\n", (self._scope_name(scope), "bold"), f": {self._counted([r.status for r in results])}")
        for result in results if narrow else lacking:
            told = Text.assemble(visible(result.clause or result.id), " ", self._cell(result))
            said = self._need(result) if result in lacking else []
            yield Padding(told.append(": " + ", ".join(said) if said else ""), (0, 0, 0, 2))

    def _need(self, result: TargetResult) -> list[str]:
        far = words.distance(result)
        share = None
        if result.shortfall_share is not None:
            share = message("{share}% of what is lacking", share=self._lang.decimal(result.shortfall_share))
        return [self._say(told) for told in (far, share) if told is not None]

    # issues

    def _issues(self) -> Iterator[RenderableType]:
        shown = self._report.issues[:ISSUES_SHOWN]
        for issue in shown:
            yield from self._issue(issue)
        yield from self._not_shown(len(shown))

    def _not_shown(self, shown: int) -> Iterator[RenderableType]:
        rest = sum(self._report.issue_count.values()) - shown
        if rest > 0:
            more = message("and {number} more; all of them: --limit all --output report.json", number=rest)
            yield Text(self._say(more), "dim")

    # faults: what is wrong by kind, then by unit

    def _faults(self) -> Iterator[RenderableType]:
        yield self._kinds()
        shown = self._report.issues[:FAULTS_SHOWN]
        for (severity, sheet, unit), issues in words.by_unit(shown, self._lang).items():
            sign, style = self._severity(severity)
            about = ": ".join(filter(None, (visible(sheet), visible(unit)))) or self._say(message("all data"))
            yield Text.assemble("\n", (sign, style), " ", (about, "bold"))
            for issue in issues:
                yield Padding(self._fault(issue), (0, 0, 0, 2))
        yield from self._not_shown(len(shown))

    def _kinds(self) -> RenderableType:
        """How often each kind occurs, the errors first."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right")
        table.add_column(overflow="fold")
        for code, count in self._report.issue_codes.items():
            sign, style = self._severity(KINDS[code].severity.name.lower())
            table.add_row(
                Text.assemble((sign, style), " ", self._lang.number(count)),
                Text.assemble(self._say(KINDS[code].title), (f"  {code}", "dim")),
            )
        return table

    def _fault(self, issue: Issue) -> RenderableType:
        where = visible(words.cell(issue, self._lang))
        value = f'"{visible(_cut(issue.value))}"' if issue.value else ""
        head = Text(": ".join(filter(None, (where, value))), "cyan")
        return Group(*([head] if head.plain else []), *self._said(issue))

    def _said(self, issue: Issue, value: str = "") -> Iterator[RenderableType]:
        """What is wrong, and what to do."""
        yield Text(f"{value}{visible(issue.message)}")
        yield Text(("-> " if self._surface.ascii_only else "→ ") + visible(issue.hint), "green")

    def _severity(self, severity: str) -> tuple[str, str]:
        sign, plain, style = _SEVERITIES[severity]
        return plain if self._surface.ascii_only else sign, style

    def _issue(self, issue: Issue) -> Iterator[RenderableType]:
        sign, style = self._severity(issue.severity)
        where = visible(words.place(issue, self._lang))
        about = [part for part in (where, visible(words.unit(issue))) if part]
        yield Text.assemble((sign, style), " ", (": ".join(about) or self._say(message("all data")), "bold"))
        value = "" if not issue.value else f'"{visible(_cut(issue.value))}": '
        yield Padding(Group(*self._said(issue, value)), (0, 0, 0, 2))

    def _title(self, what: Message) -> RenderableType:
        return Text(f"\n{visible(self._say(what))}", "bold underline")

    def _say(self, what: Message) -> str:
        return self._lang.say(what)


_HEADERS = {
    "status": message("Status"),
    "target": message("Target"),
    "result": message("Result"),
    "threshold": message("Threshold"),
}


def _may_be_short(result: TargetResult) -> bool:
    """Whether an undetermined target is short on what is known."""
    return result.status is Status.UNDETERMINED and bool(result.needed)


def _cut(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[:length] + "…"
