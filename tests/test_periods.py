"""Periods, and what is due when (docs: "Verdicts"; domain.md, 7)."""

from __future__ import annotations

from datetime import date

import pytest

from kpi_check.periods import PERIOD_KINDS, Cadence, Judged, Once, Period, PeriodKind, due_text, is_due

END_OF_2025 = Once(date(2025, 12, 31))


@pytest.mark.parametrize(
    ("text", "kind", "number", "end"),
    [
        ("2024", "year", 1, date(2024, 12, 31)),
        ("2024-H1", "half", 1, date(2024, 6, 30)),
        ("2024-H2", "half", 2, date(2024, 12, 31)),
        ("2024-Q1", "quarter", 1, date(2024, 3, 31)),
        ("2024-Q2", "quarter", 2, date(2024, 6, 30)),
        ("2024-Q3", "quarter", 3, date(2024, 9, 30)),
        ("2024-Q4", "quarter", 4, date(2024, 12, 31)),
        ("2024-01", "month", 1, date(2024, 1, 31)),
        ("2024-02", "month", 2, date(2024, 2, 29)),
        ("2025-02", "month", 2, date(2025, 2, 28)),
        ("2024-09", "month", 9, date(2024, 9, 30)),
        ("2024-10", "month", 10, date(2024, 10, 31)),
        ("2024-12", "month", 12, date(2024, 12, 31)),
        ("9999", "year", 1, date(9999, 12, 31)),
    ],
)
def test_a_period_is_read_and_written_and_ends(text: str, kind: PeriodKind, number: int, end: date) -> None:
    period = Period.parse(text)
    assert (period.kind, period.number, period.end) == (kind, number, end)
    assert period.year == int(text[:4])
    assert str(period) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "24", "024", "0999", "20245", "2024 ", " 2024", "2024\n", "２０２４", "năm 2024", "2024-", "-2024"),
        *("2024-H0", "2024-H3", "2024-h1", "2024H1", "2024-H", "H1-2024", "2024-H１"),
        *("2024-Q0", "2024-Q5", "2024-q1", "2024-00", "2024-13", "2024-5", "2024-005", "2024/05", "2024-05-31"),
    ],
)
def test_anything_else_is_not_a_period(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Period.parse(text)


def test_the_kinds_that_conditions_may_name() -> None:
    named = [Period.parse(text).kind for text in ("2024", "2024-H1", "2024-Q1", "2024-01")]
    assert list(PERIOD_KINDS) == named


@pytest.mark.parametrize(
    ("judged", "text", "due"),
    [
        (Cadence.YEARLY, "2024", True),
        (Cadence.YEARLY, "2024-H1", False),
        (Cadence.YEARLY, "2024-H2", False),
        (Cadence.YEARLY, "2024-Q4", False),
        (Cadence.YEARLY, "2024-12", False),
        (Cadence.EACH_PERIOD, "2024", True),
        (Cadence.EACH_PERIOD, "2024-H1", True),
        (Cadence.EACH_PERIOD, "2024-05", True),
        (END_OF_2025, "2024", False),
        (END_OF_2025, "2025-H1", False),
        (END_OF_2025, "2025-Q3", False),
        (END_OF_2025, "2025-11", False),
        (END_OF_2025, "2025", True),
        (END_OF_2025, "2025-H2", True),
        (END_OF_2025, "2025-Q4", True),
        (END_OF_2025, "2025-12", True),
        (END_OF_2025, "2026-01", True),
        (Once(date(2025, 6, 30)), "2025-H1", True),
        (Once(date(2025, 7, 1)), "2025-H1", False),
    ],
)
def test_what_a_period_judges(judged: Judged, text: str, *, due: bool) -> None:
    assert is_due(judged, Period.parse(text)) is due


@pytest.mark.parametrize("judged", [*Cadence, END_OF_2025])
def test_without_a_period_nothing_is_due(judged: Judged) -> None:
    assert is_due(judged, None) is False


@pytest.mark.parametrize(
    ("judged", "text", "shown"),
    [
        (Cadence.YEARLY, "2024", "2024"),
        (Cadence.YEARLY, "2024-H1", "2024"),
        (Cadence.EACH_PERIOD, "2024-H1", "2024-H1"),
        (Cadence.EACH_PERIOD, "2024", "2024"),
        (END_OF_2025, "2024", "2025-12-31"),
        (END_OF_2025, "2026", "2025-12-31"),
    ],
)
def test_when_a_target_is_due_as_reports_show_it(judged: Judged, text: str, shown: str) -> None:
    assert due_text(judged, Period.parse(text)) == shown


def test_without_a_period_only_a_date_can_be_shown() -> None:
    assert due_text(END_OF_2025, None) == "2025-12-31"
    assert due_text(Cadence.YEARLY, None) is None
    assert due_text(Cadence.EACH_PERIOD, None) is None
