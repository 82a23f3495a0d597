"""Periods (2024, 2024-H1, 2024-Q3, 2024-05) and when a target is judged.

What is due is decided by the period of the data, never by today's date.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple

from kpi_check.errors import UsageError, message

PeriodKind = Literal["year", "half", "quarter", "month"]
PERIOD_KINDS: tuple[PeriodKind, ...] = ("year", "half", "quarter", "month")

_PATTERN = re.compile(r"([1-9][0-9]{3})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)


class Period(NamedTuple):
    """A year, or the `number`-th (from 1) half, quarter or month of one."""

    year: int
    kind: PeriodKind = "year"
    number: int = 1

    @staticmethod
    def parse(text: str) -> Period:
        """Read `2024`, `2024-H1`, `2024-Q3` or `2024-05`; raise ValueError for anything else."""
        found = _PATTERN.fullmatch(text)
        if found is None:
            raise ValueError(text)
        year, half, quarter, month = found.groups()
        if half:
            return Period(int(year), "half", int(half))
        if quarter:
            return Period(int(year), "quarter", int(quarter))
        if month:
            return Period(int(year), "month", int(month))
        return Period(int(year))

    @staticmethod
    def asked(text: str) -> Period:
        """Read a period that a user named; raise UsageError for anything else."""
        try:
            return Period.parse(text)
        except ValueError as error:
            raise UsageError(
                message('"{text}" is not a period', text=text),
                message("write it as 2024, 2024-H1, 2024-Q3 or 2024-05"),
            ) from error

    @property
    def end(self) -> date:
        """The last day of the period."""
        months = {"year": 12, "half": 6, "quarter": 3, "month": 1}[self.kind]
        month = months * self.number
        return date(self.year, month, calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        return (
            str(self.year)
            + {
                "year": "",
                "half": f"-H{self.number}",
                "quarter": f"-Q{self.number}",
                "month": f"-{self.number:02d}",
            }[self.kind]
        )


class Cadence(StrEnum):
    """How often a target is judged."""

    YEARLY = "yearly"
    EACH_PERIOD = "each period"


class Once(NamedTuple):
    """Judged in every period that ends on or after a date."""

    by: date


Judged = Cadence | Once


def is_due(judged: Judged, period: Period | None) -> bool:
    """Whether a period judges a target; without a period (no data said one) nothing is due."""
    if period is None:
        return False
    if isinstance(judged, Once):
        return period.end >= judged.by
    return judged is Cadence.EACH_PERIOD or period.kind == "year"


def due_text(judged: Judged, period: Period | None) -> str | None:
    """When the target is judged, as reports show it: a date, a year or a period."""
    if isinstance(judged, Once):
        return judged.by.isoformat()
    if period is None:
        return None
    return str(period.year) if judged is Cadence.YEARLY else str(period)


def named_year(text: str) -> int | None:
    """The year that a title names; None if there are more numbers in it than may go with a year (of a month, a half).

    Dates, ranges of years and numbers of documents are none of a report's year.
    """
    numbers = re.findall("[0-9]+", text)
    years = [number for number in numbers if re.fullmatch("(?:19|20)[0-9]{2}", number)]
    others = [number for number in numbers if len(number) > 1 or number == "0"]
    if len(years) != 1 or len(others) > 1 or len(numbers) > 2 or re.search("[0-9][/-][0-9]", text):
        return None
    return int(years[0])
