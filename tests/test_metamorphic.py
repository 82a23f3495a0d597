"""What may not change a report, what may change it in one direction only, and that the quick path is the slow one.

No expected figure stands here: the package is compared with itself.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpi_check
from agreement import compile_plan
from generators import Filler, random_plan_and_submission, random_submission, shipped_plan
from kpi_check.engines.columns import CleanColumns
from kpi_check.measures import Amount, Share
from kpi_check.readers import open_tables
from kpi_check.text import label_key
from oracle import Table
from returns import FIELDS, results, row, shipped, table, text_source

SEEDS = st.integers(0, 10**9)


@dataclass(frozen=True)
class Case:
    """A plan, a submission, and how its files are written."""

    plan: kpi_check.Plan
    tables: list[Table]
    period: str | None
    by: list[str]
    write: Callable[[Table], bytes]


def plain_csv(written: Table, **style: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, **{"lineterminator": "\n", **style}).writerows([written.header, *written.rows])
    return out.getvalue().encode()


def random_case(rng: random.Random) -> Case:
    """A submission to the shipped plan, or to one made up."""
    if rng.randrange(2):
        ours = random_submission(rng)
        return Case(shipped(), ours.tables, ours.period, ours.by, plain_csv)
    theirs = random_plan_and_submission(rng)
    return Case(compile_plan(theirs.plan), theirs.tables, theirs.period, theirs.by, plain_csv)


def evaluate(case: Case) -> kpi_check.Report | None:
    """The report; None if the data are of two periods or of none."""
    files = [text_source(case.write(t), f"{t.name}.csv") for t in case.tables]
    try:
        return kpi_check.evaluate(case.plan, files, period=case.period, by=case.by, limit=None)
    except kpi_check.PeriodError:
        return None


# These speak of a column, a row or a file where others speak of a unit: where something stands is in their words.
PLACES_IN_WORDS = {"duplicate-key", "duplicate-column", "unknown-columns", "missing-column", "cell-count"}
OF_A_FILE = {"duplicate-column", "unknown-columns", "missing-column", "no-rows"}


def essence(report: kpi_check.Report | None) -> dict[str, Any]:
    """A report without its files and without where in them something stands."""
    if report is None:
        return {}
    whole = report.as_dict()
    del whole["inputs"]
    for issue in whole["issues"]:
        del issue["file"], issue["row"], issue["column"], issue["header"]
        if issue["code"] in PLACES_IN_WORDS:
            del issue["message"], issue["hint"], issue["value"]
        if issue["code"] == "duplicate-key":
            del issue["unit_name"]  # of two rows of a key, it depends on their order which one is the second
    whole["issues"] = sorted(whole["issues"], key=repr)
    return whole


# What may not change a report: each takes a case and gives one that says the same


def rows_in_another_order(case: Case, rng: random.Random) -> Case:
    return replace(case, tables=[replace(t, rows=rng.sample(t.rows, len(t.rows))) for t in case.tables])


def columns_in_another_order(case: Case, rng: random.Random) -> Case:
    def moved(t: Table) -> Table:
        order = rng.sample(range(len(t.header)), len(t.header))
        rows = [[cells[i] for i in order] if len(cells) == len(order) else cells for cells in t.rows]
        return replace(t, header=[t.header[i] for i in order], rows=rows)

    return replace(case, tables=[moved(t) for t in case.tables])


def files_in_another_order(case: Case, rng: random.Random) -> Case:
    names = rng.sample([t.name for t in case.tables], len(case.tables))
    tables = [replace(t, name=name) for t, name in zip(case.tables, names, strict=True)]
    return replace(case, tables=rng.sample(tables, len(tables)))


def other_headers(case: Case, rng: random.Random) -> Case:
    def renamed(text: str) -> str:
        name = case.plan.headers.get(text.strip().casefold())
        return rng.choice([name, *case.plan.fields[name].headers]) if name else text

    return replace(case, tables=[replace(t, header=[renamed(text) for text in t.header]) for t in case.tables])


def headers_written_otherwise(case: Case, rng: random.Random) -> Case:
    def written(text: str) -> str:
        return rng.choice([text.upper(), text.lower(), f"  {text}\t", f"{text}\u00a0"])

    return replace(case, tables=[replace(t, header=[written(text) for text in t.header]) for t in case.tables])


def another_delimiter(case: Case, rng: random.Random) -> Case:
    delimiter = rng.choice([";", "\t"])
    return replace(case, write=lambda t: plain_csv(t, delimiter=delimiter))


def everything_quoted(case: Case, _: random.Random) -> Case:
    return replace(case, write=lambda t: plain_csv(t, quoting=csv.QUOTE_ALL))


def lines_end_otherwise(case: Case, rng: random.Random) -> Case:
    ending = rng.choice(["\r\n", "\r"])
    return replace(case, write=lambda t: plain_csv(t, lineterminator=ending))


def byte_order_mark(case: Case, _: random.Random) -> Case:
    return replace(case, write=lambda t: b"\xef\xbb\xbf" + plain_csv(t))


def no_line_end_at_the_end(case: Case, _: random.Random) -> Case:
    return replace(case, write=lambda t: plain_csv(t).removesuffix(b"\n"))


def blank_lines(case: Case, rng: random.Random) -> Case:
    """Blank lines anywhere, above the header too; and rows of nothing but delimiters and blanks below it."""

    def write(t: Table) -> bytes:
        lines = plain_csv(replace(t, rows=[])).decode()
        parts = ["\n" * rng.randrange(3), lines]
        for cells in t.rows:
            parts.append(rng.choice(["", "", "\n", "\n\n", ",".join([" "] * len(t.header)) + "\n", ",,\n"]))
            parts.append(plain_csv(Table("", cells, [])).decode())
        return "".join([*parts, "\n"]).encode()

    return replace(case, write=write)


SAME = [
    rows_in_another_order,
    columns_in_another_order,
    files_in_another_order,
    other_headers,
    headers_written_otherwise,
    another_delimiter,
    everything_quoted,
    lines_end_otherwise,
    byte_order_mark,
    no_line_end_at_the_end,
    blank_lines,
]


@pytest.mark.parametrize("change", SAME, ids=lambda change: change.__name__)
@given(seed=SEEDS)
@settings(max_examples=50)
def test_the_report_stays_the_same_with(change: Callable[[Case, random.Random], Case], seed: int) -> None:
    rng = random.Random(seed)
    case = random_case(rng)
    assert essence(evaluate(change(case, rng))) == essence(evaluate(case))


@given(seed=SEEDS)
@settings(max_examples=50)
def test_all_changes_together_change_nothing_but_the_lines_of_the_rows(seed: int) -> None:
    rng = random.Random(seed)
    case = changed = random_case(rng)
    for change in SAME[:5]:
        changed = change(changed, rng)
    assert essence(evaluate(changed)) == essence(evaluate(case))


def of_rows(report: kpi_check.Report | None) -> dict[str, Any]:
    """A report's essence without issues that are one for each file."""
    whole = essence(report)
    if whole:
        del whole["issue_count"], whole["issue_codes"]
        whole["issues"] = [issue for issue in whole["issues"] if issue["code"] not in OF_A_FILE]
    return whole


@given(seed=SEEDS)
@settings(max_examples=100)
def test_a_table_may_be_split_over_files(seed: int) -> None:
    rng = random.Random(seed)
    case = random_case(rng)
    split = []
    for t in case.tables:
        at = rng.randrange(len(t.rows) + 1)
        parts = [replace(t, name=f"{t.name}a", rows=t.rows[:at]), replace(t, name=f"{t.name}b", rows=t.rows[at:])]
        # A file without rows would say something: that what it should hold is missing.
        split += parts if all(has_data(case, part) for part in parts) else [t]
    assert of_rows(evaluate(replace(case, tables=split))) == of_rows(evaluate(case))


def has_data(case: Case, part: Table) -> bool:
    """Whether a table has a row that is not a note."""
    [found] = open_tables(text_source(case.write(part)), case.plan)
    return any(any(map(str.strip, cells)) for block in found.blocks() for cells in block.rows)


@given(seed=SEEDS)
@settings(max_examples=100)
def test_a_column_that_is_no_field_is_named_and_changes_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    case = random_case(rng)
    added = []
    for t in case.tables:
        rows = [
            [*cells, rng.choice(["1", "", 'xem "lại"; gấp']) if any(map(str.strip, cells)) else ""] for cells in t.rows
        ]
        added.append(replace(t, header=[*t.header, "Qwx"], rows=rows))
    before, after = evaluate(case), evaluate(replace(case, tables=added))
    assert of_rows(after) == of_rows(before)
    if before is not None and after is not None:
        named = [issue for issue in after.issues if issue.code == "unknown-columns"]
        assert len(named) == len(added)
        assert all("Qwx" in issue.message for issue in named)
        counted = [Counter(i.code for i in r.issues if i.code != "unknown-columns") for r in (before, after)]
        assert counted[0] == counted[1]


# What may change a report in one direction only

BETTER = {"not_met": 0, "undetermined": 1, "met": 2}
ALL_GOOD = {"party_members_good": "20", "workers_trained": "50"}
ALL_BAD = {
    "rating": "failed",
    "nominees": "0",
    "party_members_good": "0",
    "party_members_failed": "20",
    "cadres_degree": "0",
    "cadres_theory": "0",
    "officials_standard": "0",
    "workers_trained": "0",
}


def statuses(report: kpi_check.Report) -> dict[str, str]:
    return {name: result.status.value for name, result in results(report).items()}


@pytest.mark.parametrize(("cells", "sign"), [(ALL_GOOD, 1), (ALL_BAD, -1)], ids=["good", "bad"])
@given(seed=SEEDS)
@settings(max_examples=150)
def test_one_more_unit_moves_every_status_its_own_way_only(cells: dict[str, str], sign: int, seed: int) -> None:
    made = random_submission(random.Random(seed))
    case = Case(shipped(), made.tables, made.period, made.by, plain_csv)
    before = evaluate(case)
    if before is None or before.period is None:
        return
    one_more = table(row(unit_code="Z", period=before.period, **cells), name="z")
    after = evaluate(replace(case, tables=[*case.tables, one_more]))
    assert after is not None
    then, now = statuses(before), statuses(after)
    for name, status in then.items():
        if status in BETTER:
            assert sign * (BETTER[now[name]] - BETTER[status]) >= 0, f"{name}: {status}, then {now[name]}"
        else:
            assert now[name] == "not_due" or status == "no_data"


def everything_known(rng: random.Random) -> Case:
    """A submission without a fault."""
    while True:
        case = replace(random_case(rng), by=[])
        report = evaluate(case)
        if report is not None and report.issue_count["error"] == 0 and report.verdict != "no_data":
            return case


Spot = tuple[int, int, int]
"""A cell: the place of its table, of its row and of its column."""


def spots(case: Case, rng: random.Random, number: int) -> list[Spot]:
    """Some cells that have a count, a choice or a code in them.

    Not of fields on which it rests whether a default fills a blank: "perhaps" fills it too (rule 2), where "no" does not.
    """
    fields = case.plan.fields
    deciding = {
        n for f in fields.values() if getattr(f, "default", None) and isinstance(f.required, dict) for n in f.required
    }
    kinds = {n for n, f in fields.items() if f.type in ("count", "choice", "code") and n not in deciding}
    found = [
        (i, j, k)
        for i, t in enumerate(case.tables)
        for k, text in enumerate(t.header)
        if case.plan.headers.get(label_key(text)) in kinds
        for j, cells in enumerate(t.rows)
        if len(cells) == len(t.header) and cells[k].strip()
    ]
    return rng.sample(found, min(number, len(found)))


def field_at(case: Case, spot: Spot) -> Any:
    return case.plan.fields[case.plan.headers[label_key(case.tables[spot[0]].header[spot[2]])]]


def filled(case: Case, cells: dict[Spot, str]) -> Case:
    """The case with other texts in some cells."""
    tables = [replace(t, rows=[list(line) for line in t.rows]) for t in case.tables]
    for (i, j, k), text in cells.items():
        tables[i].rows[j][k] = text
    return replace(case, tables=tables)


def hidden(case: Case, where: list[Spot]) -> Case:
    """The case with some cells that nobody can read; a code that is missing leaves its row unknown as a whole."""
    return filled(case, {spot: "" if field_at(case, spot).type == "code" else "?" for spot in where})


def legal(case: Case, spot: Spot, rng: random.Random) -> str:
    """Another text that the cell may have, as far as the cell goes."""
    field, (i, j, k) = field_at(case, spot), spot
    text = case.tables[i].rows[j][k]
    if field.type == "choice":
        return str(rng.choice(list(field.values)))
    return (
        rng.choice(["0", "1", "2", str(rng.randrange(100)), str(max(int(re.sub("[.,]", "", text)) - 1, 0))])
        if field.type == "count"
        else text
    )


@given(seed=SEEDS, number=st.integers(1, 4))
@settings(max_examples=150)
def test_hidden_cells_make_a_verdict_less_certain_and_never_another_one(seed: int, number: int) -> None:
    rng = random.Random(seed)
    case = everything_known(rng)
    for cells in (number, 1):
        less = hidden(case, spots(case, rng, cells))
        before, after = evaluate(case), evaluate(less)
        assert before is not None
        assert after is not None
        then, now = statuses(before), statuses(after)
        for name, status in then.items():
            assert now[name] in (status, "undetermined", "no_data"), f"{name}: {status}, then {now[name]}"
        case = less  # and once more, where something is unknown already


@given(seed=SEEDS, number=st.integers(1, 4))
@settings(max_examples=200)
def test_whatever_the_hidden_cells_were_keeps_to_the_range_and_to_a_status_that_was_given(
    seed: int, number: int
) -> None:
    rng = random.Random(seed)
    case = everything_known(rng)
    where = spots(case, rng, number)
    less = evaluate(hidden(case, where))
    assert less is not None
    for attempt in range(4):
        cells = {spot: legal(case, spot, rng) for spot in where} if attempt else {}
        report = evaluate(filled(case, cells))
        assert report is not None
        if report.issue_count["error"]:
            continue
        truth = results(report)
        for target in case.plan.targets:
            told, found = results(less)[target.id], truth[target.id]
            if told.status in ("met", "not_met"):
                assert found.status in (told.status, "no_data"), target.id
            if found.status != "no_data":
                assert_within(target.measure, told, found)


def assert_within(measure: object, told: kpi_check.TargetResult, found: kpi_check.TargetResult) -> None:
    """What is known lies within the range that was given without knowing it."""
    if isinstance(measure, Amount):
        assert told.numerator <= found.numerator, told.id
        assert not told.bounded or found.numerator <= told.numerator + told.unknown, told.id
        return
    assert told.denominator is not None
    assert found.denominator is not None
    base = told.denominator + told.unknown - told.unknown_counted
    if told.bounded and found.denominator and base:
        value = Fraction(found.numerator, found.denominator)
        assert Fraction(told.numerator, base) <= value, told.id
        if isinstance(measure, Share):
            assert value <= Fraction(told.numerator + told.unknown, base), told.id
        elif told.denominator:
            assert value <= Fraction(told.numerator, told.denominator), told.id


# The quick look at whole columns and the check of each row by itself


def all_need_a_closer_look(columns: CleanColumns, rows: Sequence[Sequence[str]], _: object) -> set[int]:
    columns.count = 0
    return set(range(len(rows)))


def by_the_reference(case: Case) -> kpi_check.Report | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CleanColumns, "load", all_need_a_closer_look)
        return evaluate(case)


@given(seed=SEEDS)
@settings(max_examples=150)
def test_the_quick_path_says_what_the_reference_says(seed: int) -> None:
    case = random_case(random.Random(seed))
    assert evaluate(case) == by_the_reference(case)


@pytest.mark.parametrize(
    "unseen", ["\u034f", "\u115f", "\u17b4", "\u200b", "\u2800", "\u3000", "\u3164", "\ufe0f", "\uffa0"]
)
def test_the_quick_path_sees_what_cannot_be_seen_in_a_code(unseen: str) -> None:
    rows = [row(unit_code=f"U{unseen}1"), row(), row(unit_code="U2", district_code=f"D{unseen}1")]
    case = Case(shipped(), [table(*rows)], None, ["district"], plain_csv)
    report = evaluate(case)
    assert report is not None
    assert [(i.code, i.field) for i in report.issues] == [("not-a-code", "unit_code"), ("not-a-code", "district_code")]
    assert report == by_the_reference(case)


def long_table(rng: random.Random, plan: dict[str, Any], size: int, fault_rate: int, name: str = "t") -> Table:
    """A table of several blocks, some of whose names have line breaks in them."""
    made = Filler(rng, plan, "2025").table(name, size, fault_rate, with_period=True)
    fields = compile_plan(plan).headers
    names = [i for i, text in enumerate(made.header) if (fields.get(label_key(text)) or "").endswith("_name")]
    for line in made.rows:
        if names and len(line) == len(made.header) and rng.randrange(10) == 0:
            line[names[0]] = rng.choice(["Công đoàn\nxã", "a\r\nb\r\n", "\n\n"])
    return made


@pytest.mark.parametrize("fault_rate", [0, 1, 30])
def test_the_quick_path_says_what_the_reference_says_of_many_rows(fault_rate: int) -> None:
    made = long_table(random.Random(fault_rate), shipped_plan(), 5000, fault_rate)
    case = Case(shipped(), [made], "2025", ["district"], plain_csv)
    quick = evaluate(case)
    assert quick is not None
    assert quick.inputs[0].rows >= 4990
    assert quick == by_the_reference(case)


@pytest.mark.parametrize("seed", range(6))
def test_the_quick_path_says_what_the_reference_says_of_many_rows_of_any_plan(seed: int) -> None:
    rng = random.Random(seed)
    made = random_plan_and_submission(rng)
    tables = [long_table(rng, made.plan, 2500, 2, name) for name in ("a", "b")]
    case = Case(compile_plan(made.plan), tables, "2025", made.by, plain_csv)
    assert evaluate(case) == by_the_reference(case)


@pytest.mark.parametrize("limit", [0, 1, 50])
def test_a_limit_cuts_the_lists_and_nothing_else(limit: int) -> None:
    made = long_table(random.Random(limit), shipped_plan(), 2500, 80)
    file = text_source(plain_csv(made))
    whole = kpi_check.evaluate(shipped(), file, period="2025", by="district", limit=None).as_dict()
    found = kpi_check.evaluate(shipped(), file, period="2025", by="district", limit=limit).as_dict()
    assert len(whole["issues"]) > 1000 + 2 * limit
    assert max(len(target["failing"]) for target in whole["targets"]) > 100 + 2 * limit
    whole["issues"] = whole["issues"][:limit]
    whole["units"] = whole["units"][:limit]
    for target in whole["targets"]:
        target["failing"] = target["failing"][:limit]
    assert found == whole


def units(count: int, first: int = 0) -> list[list[str]]:
    return [row(unit_code=f"U{number}", unit_name=f"Công đoàn {number}") for number in range(first, first + count)]


def test_keys_given_twice_in_different_blocks_and_files_are_found() -> None:
    rows = units(5000)
    rows[4500][FIELDS.index("unit_code")] = "U7"
    rows[2100][FIELDS.index("unit_code")] = "U2047"
    again = units(3000, first=4990)
    case = Case(shipped(), [table(*rows, name="a"), table(*again, name="b")], None, ["district"], plain_csv)
    report = evaluate(case)
    assert report is not None
    assert report == by_the_reference(case)
    twice = [issue for issue in report.issues if issue.code == "duplicate-key"]
    # The header is on line 1: U7 stood on line 9 before, and U2047 on line 2049.
    assert [(i.file, i.row, i.value) for i in twice[:2]] == [("a.csv", 2102, "U2047"), ("a.csv", 4502, "U7")]
    assert [i.message.partition("; ")[2] for i in twice[:2]] == [
        "it stands in a.csv, row 2049 too",
        "it stands in a.csv, row 9 too",
    ]
    assert [(i.file, i.row) for i in twice[2:]] == [("b.csv", line) for line in range(2, 12)]
    unions = results(report)["party-nominees"]
    assert (unions.denominator, unions.unknown) == (8000 - 2 * 12, 12)


def test_faults_of_all_kinds_in_many_rows_stand_on_the_lines_where_a_person_sees_them() -> None:
    rng = random.Random(1)
    rows = units(5000)
    faults = {
        "blank": ("members", ""),
        "not-a-count": ("workers", "1.050"),
        "not-a-choice": ("rating", "tot"),
        "part-above-whole": ("officials_standard", "11"),
        "not-a-period": ("period", "nam"),
        "missing-key": ("unit_code", " "),
    }
    expected, broken = [], []
    line = 2
    for number, cells in enumerate(rows):
        start = line
        if number % 50 == 7:
            breaks = rng.choice([1, 2, 5])
            cells[FIELDS.index("unit_name")] = "Công đoàn" + rng.choice(["\n", "\r\n"]) * breaks + "cơ sở"
            line += breaks
            broken.append(start)
        if number % 97 == 5:
            code = rng.choice(list(faults))
            name, text = faults[code]
            cells[FIELDS.index(name)] = text
            expected.append((start, code, name))
        line += 1
    case = Case(shipped(), [table(*rows)], "2025", ["district"], plain_csv)
    report = evaluate(case)
    assert report is not None
    assert [(i.row, i.code, i.field) for i in report.issues if i.severity == "error"] == expected
    assert [i.row for i in report.issues if i.code == "line-break"] == broken
    assert report == by_the_reference(case)
