"""A plan for people: every target in words and figures, with its measure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from kpi_check.locale import Language
from kpi_check.plan import Plan
from kpi_check.plan_words import TargetInWords, plan_in_words
from kpi_check.renderers import Surface
from kpi_check.renderers.console import in_ascii, print_all, surface_language
from kpi_check.text import visible


def render(plan: Plan, lang: Language, stream: BinaryIO, surface: Surface) -> None:
    """Write the plan's targets as text."""
    print_all(_parts(plan, surface_language(lang.code, surface), surface), stream, surface)


def _parts(plan: Plan, lang: Language, surface: Surface) -> Iterator[RenderableType]:
    title, targets = plan_in_words(plan, lang)
    if surface.ascii_only:
        title, targets = in_ascii(title), in_ascii(tuple(targets))
    yield Text(visible(title), "bold")
    for target in targets:
        yield _target(target)


def _target(target: TargetInWords) -> RenderableType:
    head = Text.assemble("\n", (visible(" ".join(filter(None, (target.clause, target.title)))), "bold"))
    lines = [Text(visible(line)) for line in target.lines]
    return Group(head, Padding(Group(Text(visible(target.id), "dim"), *lines), (0, 0, 0, 2)))
