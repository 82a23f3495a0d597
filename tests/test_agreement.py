"""The package says what the oracle says, which was written from the documents alone.

Beside random cases, some that the generators do not make stand here by example.
"""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement import compile_plan, differences
from generators import (
    PlanAndSubmission,
    Submission,
    plans_and_submissions,
    random_plan_and_submission,
    random_submission,
    shipped_plan,
    submissions,
)
from kpi_check import PlanError
from oracle import Table
from returns import CLEAN, FIELDS, row, shipped, table

DELIMITERS = st.sampled_from([",", ";", "\t"])


@given(submissions(), DELIMITERS)
@settings(max_examples=250)
def test_on_submissions_to_the_shipped_plan(case: Submission, delimiter: str) -> None:
    assert differences(shipped_plan(), case.tables, case.period, case.by, shipped(), delimiter) == []


@given(plans_and_submissions(), DELIMITERS)
@settings(max_examples=250)
def test_on_plans_of_all_kinds(case: PlanAndSubmission, delimiter: str) -> None:
    assert differences(case.plan, case.tables, case.period, case.by, delimiter=delimiter) == []


CHUNK = 5000


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(12))
def test_on_60_000_submissions_to_the_shipped_plan(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        case = random_submission(random.Random(seed))
        assert differences(shipped_plan(), case.tables, case.period, case.by, shipped()) == [], f"seed {seed}"


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(8))
def test_on_40_000_plans_of_all_kinds(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        case = random_plan_and_submission(random.Random(seed))
        assert differences(case.plan, case.tables, case.period, case.by) == [], f"seed {seed}"


# What the generators do not make


def changed(**fields: dict[str, Any]) -> dict[str, Any]:
    """The shipped plan with some keys of some fields changed."""
    plan = copy.deepcopy(shipped_plan())
    for name, keys in fields.items():
        plan["submission"]["fields"][name].update(keys)
    return plan


def without(column: str, *rows: dict[str, str]) -> Table:
    """A table without one of the columns."""
    columns = [name for name in FIELDS if name != column]
    return Table("t", columns, [[{**CLEAN, **cells}[name] for name in columns] for cells in rows])


def test_an_optional_level_code_whose_column_is_missing_is_the_district_without_a_code() -> None:
    plan = changed(district_code={"required": "never"})
    assert differences(plan, [without("district_code", {})], None, ["district"]) == []


def test_an_optional_level_code_that_is_blank_is_the_district_without_a_code() -> None:
    plan = changed(district_code={"required": "never"})
    rows = table(row(district_code=""), row(unit_code="U2"))
    assert differences(plan, [rows], None, ["district"]) == []


def test_a_key_that_is_not_required_is_refused() -> None:
    with pytest.raises(PlanError, match="unit_code is in the key, so it is always required"):
        compile_plan(changed(unit_code={"required": "never"}))


def test_rows_without_their_key_column_are_unknown_each_by_itself() -> None:
    assert differences(shipped_plan(), [without("unit_code", {}, {})], None, ["district"]) == []


def members_of_units(**unit: str) -> dict[str, Any]:
    """A plan of rows that are members, in units of which each is to have one with a figure of at least 1."""
    fields = {
        "period": {"type": "period"},
        "member": {"type": "code"},
        "unit": {"type": "code", **unit},
        "a": {"type": "count"},
    }
    target = {"id": "t", "title": "T", "share": "some", "of": "units", "equals": "100%", "judged": "yearly"}
    return {
        "plan": {"number": "1", "issued": "2021-08-30", "years": "2021-2025", "title": "T"},
        "submission": {"key": ["period", "member"], "levels": {"unit": {"code": "unit"}}, "fields": fields},
        "quantities": {"units": {"count": "unit"}, "some": {"count": "unit", "having": {"a": {"at_least": "1"}}}},
        "targets": [target],
    }


def test_members_of_a_unit_that_is_blank_may_be_of_any_unit() -> None:
    rows = Table("t", ["period", "member", "unit", "a"], [["2025", "M1", "", "1"], ["2025", "M2", "U", "0"]])
    for unit in ({}, {"required": "never"}):
        assert differences(members_of_units(**unit), [rows], None, ["unit"]) == []


@pytest.mark.parametrize("unit", [{}, {"required": "never"}], ids=["required", "optional"])
def test_members_without_a_column_of_units_are_not_one_unit_together(unit: dict[str, str]) -> None:
    rows = Table("t", ["period", "member", "a"], [["2025", "M1", "1"], ["2025", "M2", "0"]])
    assert differences(members_of_units(**unit), [rows], None, []) == []


def test_a_missing_column_whose_default_has_no_value_is_unknown() -> None:
    plan = changed(party_members={"required": "never"})
    rows = without("party_members_rated", {"party_members": ""})
    assert differences(plan, [rows], None, []) == []


def test_a_share_above_100_percent_is_refused() -> None:
    plan = copy.deepcopy(shipped_plan())
    del plan["targets"][-1]["at_least"]
    plan["targets"][-1]["above"] = "100%"
    with pytest.raises(PlanError, match="a share is never above 100%"):
        compile_plan(plan)
