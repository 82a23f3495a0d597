"""What can go wrong before a verdict, each saying what to do.

A message is kept as its English template and its arguments until someone reads it, so that one text serves every
language: `locale` translates it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Message(NamedTuple):
    """A template (`{name}` placeholders; the key into the catalogues) and what fills it.

    Whole numbers among the arguments are written as the language writes them; a number that is a name (a row, a year)
    is given as text. With `plural` and `number` the catalogue chooses the form.
    """

    template: str
    args: Mapping[str, object] = {}
    plural: str | None = None
    number: int = 1

    def english(self) -> str:
        """The text as it stands in the code."""
        template = self.template if self.plural is None or self.number == 1 else self.plural
        return template.format(**{k: v.english() if isinstance(v, Message) else v for k, v in self.args.items()})


def message(template: str, **args: object) -> Message:
    """A message; the name is what the catalogue's extractor looks for."""
    return Message(template, args)


def plural_message(singular: str, plural: str, number: int, **args: object) -> Message:
    """A message whose form depends on `number`, which also fills `{number}`."""
    return Message(singular, {"number": number, **args}, plural, number)


class KpiCheckError(Exception):
    """The run could not be made: `what` went wrong, and `hint` is what to do about it."""

    def __init__(self, what: Message, hint: Message | None = None) -> None:
        super().__init__(what.english() if hint is None else f"{what.english()}; {hint.english()}")
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """How it goes from one process to another."""
        return type(self), (self.what, self.hint)


class UsageError(KpiCheckError):
    """The words of the command do not fit together."""


class InputError(KpiCheckError):
    """A file of data could not be read at all."""


class PeriodError(KpiCheckError):
    """The period of the data is not to be found, or there are two."""


class PlanProblem(NamedTuple):
    """One thing wrong in a plan: the line it is on (from 1; None where it has none), what, and what to do."""

    line: int | None
    what: Message
    hint: Message | None = None


class PlanError(KpiCheckError):
    """The plan was refused; `problems` are all that was found, in the order of their lines."""

    def __init__(self, path: str, problems: Sequence[PlanProblem]) -> None:
        super().__init__(
            plural_message(
                "{path}: {number} problem in the plan",
                "{path}: {number} problems in the plan",
                len(problems),
                path=path,
            ),
            message("mend the lines above, then run: kpi-check targets lint {path}", path=path),
        )
        self.path = path
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[object, ...]:
        """How it goes from one process to another."""
        return type(self), (self.path, self.problems)

    def __str__(self) -> str:
        lines = [f"line {p.line}: {p.what.english()}" for p in self.problems]
        return "\n".join([self.what.english(), *lines])
