"""The shipped plan, what the linter refuses and where, figures read exactly, and the YAML that plans are written in."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_check import yamltext
from kpi_check.errors import InputError, Message, PlanError
from kpi_check.locale import language
from kpi_check.measures import Condition, Having, Rows, Share, Total, Units
from kpi_check.periods import Cadence, Once
from kpi_check.plan import Plan, parse_figure, parse_years, shipped_plan
from kpi_check.plan_lint import load_plan, parse_plan
from kpi_check.yamltext import NotPlanYamlError

TEXT = shipped_plan().read_text(encoding="utf-8")


def say(what: Message | None) -> str:
    return language("en").say(what) if what else ""


def problems(text: str) -> list[tuple[int | None, str, str]]:
    """What is wrong with a plan: the line, what, and the hint."""
    with pytest.raises(PlanError) as caught:
        parse_plan(text.encode(), "plan.yaml")
    assert caught.value.path == "plan.yaml"
    return [(p.line, say(p.what), say(p.hint)) for p in caught.value.problems]


def with_change(old: str, new: str) -> str:
    """The shipped plan with the first occurrence of a text replaced."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    """The line, from 1, on which a text first occurs."""
    return text[: text.index(part)].count("\n") + 1


# The shipped plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(shipped_plan())


def test_the_shipped_plan_has_the_nine_targets_of_the_domain(plan: Plan) -> None:
    end_of_2025 = Once(date(2025, 12, 31))
    assert [(t.id, t.model.clause, t.threshold.operator, t.threshold.value, t.judged) for t in plan.targets] == [
        ("units-good", "II.1a", ">=", Fraction(17, 20), Cadence.YEARLY),
        ("units-failed", "II.1b", "<", Fraction(3, 1000), Cadence.YEARLY),
        ("party-members-good", "II.2a", ">=", Fraction(9, 10), Cadence.YEARLY),
        ("party-members-failed", "II.2b", "<", Fraction(1, 250), Cadence.YEARLY),
        ("party-nominees", "II.3", "=", Fraction(1), Cadence.YEARLY),
        ("cadres-degree", "II.4a", ">", Fraction(19, 20), end_of_2025),
        ("cadres-theory", "II.4b", ">", Fraction(9, 10), end_of_2025),
        ("officials-standard", "II.5", "=", Fraction(1), Cadence.YEARLY),
        ("workers-trained", "II.6", ">=", Fraction(33, 50), Cadence.YEARLY),
    ]
    assert [t.threshold_text for t in plan.targets] == [
        "85%",
        "0.3%",
        "90%",
        "0.4%",
        "100%",
        "95%",
        "90%",
        "100%",
        "66%",
    ]


def test_the_shipped_targets_measure_what_the_domain_says(plan: Plan) -> None:
    grassroots = Condition("unit_type", frozenset({"grassroots"}))
    rated = Rows((grassroots, Condition("rating", frozenset({"excellent", "good", "completed", "failed"}))))
    unions = Units((grassroots,))
    assert {t.id: t.measure for t in plan.targets} == {
        "units-good": Share(Rows((grassroots, Condition("rating", frozenset({"excellent", "good"})))), rated),
        "units-failed": Share(Rows((grassroots, Condition("rating", frozenset({"failed"})))), rated),
        "party-members-good": Share(Total("party_members_good"), Total("party_members_rated")),
        "party-members-failed": Share(Total("party_members_failed"), Total("party_members_rated")),
        "party-nominees": Share(Units((grassroots,), Having("nominees", ">=", 1)), unions),
        "cadres-degree": Share(Total("cadres_degree"), Total("cadres")),
        "cadres-theory": Share(Total("cadres_theory"), Total("cadres")),
        "officials-standard": Share(Total("officials_standard"), Total("officials")),
        "workers-trained": Share(Total("workers_trained"), Total("workers")),
    }
    assert {type(t.measure) for t in plan.targets} == {Share}  # equal tuples may be of different classes
    counted = {"units-good": Rows, "units-failed": Rows, "party-nominees": Units}
    for t in plan.targets:
        assert {type(q) for q in t.measure.quantities} == {counted.get(t.id, Total)}


def test_what_else_the_shipped_plan_says(plan: Plan) -> None:
    assert plan.file.plan.number == "130/KH-LĐLĐ"
    assert (plan.file.plan.issued, plan.years) == ("2021-08-30", range(2021, 2026))
    assert (plan.levels, plan.unit.code, plan.unit.name) == (("unit", "district"), "unit_code", "unit_name")
    assert (plan.period_field, plan.key_codes, plan.one_row_a_unit) == ("period", ("unit_code",), True)
    assert plan.headers["mã cđcs"] == plan.headers["unit_code"] == "unit_code"


def test_each_part_of_the_shipped_plan_lies_within_its_whole(plan: Plan) -> None:
    assert {(rule.parts, rule.whole) for rule in plan.part_rules} == {
        (("party_members",), "members"),
        (("party_members_rated",), "party_members"),
        (("party_members_good", "party_members_failed"), "party_members_rated"),
        (("cadres_degree",), "cadres"),
        (("cadres_theory",), "cadres"),
        (("officials",), "members"),
        (("officials_standard",), "officials"),
        (("workers",), "members"),
        (("workers_trained",), "workers"),
    }


def test_fields_are_resolved_after_those_that_their_blanks_rest_on(plan: Plan) -> None:
    order = plan.resolving_order
    assert sorted(order) == sorted(plan.fields)
    chain = ["members", "party_members", "party_members_rated", "party_members_good"]
    assert [name for name in order if name in chain] == chain
    assert order.index("unit_type") < order.index("rating")


def test_a_plan_is_known_by_the_hash_of_its_bytes(plan: Plan) -> None:
    again = parse_plan(TEXT.encode(), "elsewhere.yaml")
    assert again.sha256 == plan.sha256
    assert parse_plan(TEXT.encode() + b"\n", "p").sha256 != plan.sha256


def test_a_plan_that_is_not_there_is_an_input_error_that_names_it(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            load_plan(path)


# What is refused: (what was written, what is written instead, on which line, what is said, what is suggested)

REFUSED = [
    # keys
    ("below: 0.3%", "bellow: 0.3%", "bellow:", "bellow", "below"),
    ("  years: 2021-2025", "  yeers: 2021-2025", "yeers", "yeers", "years"),
    (
        "      label: {vi: Lao động,",
        "      requird: never\n      label: {vi: Lao động,",
        "requird",
        "requird",
        "required",
    ),
    ("{nominees: {at_least: 1}}", "{nominees: {at_lest: 1}}", "at_lest", "at_lest", "at_least"),
    # words that are names
    ("share: units_good", "share: unit_good", "share: unit_good", "unit_good", "units_good"),
    ("of: units_rated\n    at", "of: unit_rated\n    at", "of: unit_rated", "unit_rated", "units_rated"),
    ("rating: [excellent, good]", "rating: [excelent, good]", "excelent", "excelent", "excellent"),
    (
        "{unit_type: grassroots, rating: failed}",
        "{unit_typ: grassroots, rating: failed}",
        "unit_typ:",
        "unit_typ",
        "unit_type",
    ),
    ("{nominees: {at_least: 1}}", "{nominee: {at_least: 1}}", "nominee:", "nominee", "nominees"),
    ("key: [period, unit_code]", "key: [period, unit_cod]", "unit_cod]", "unit_cod", "unit_code"),
    ("code: district_code", "code: district_name", "code: district_name", "district_name", "district_code"),
    ("name: district_name", "name: district_nam", "name: district_nam", "district_nam", "district_name"),
    ("at_most: members", "at_most: member", "at_most: member", "member", "members"),
    ("default: party_members", "default: party_member", "default: party_member", "party_member", "party_members"),
    ("default: grassroots", "default: grassroot", "default: grassroot", "grassroot", "grassroots"),
    ("required: {period: year}", "required: {period: yearly}", "yearly}", "yearly", "year"),
    ("{unit_type: grassroots}\n    cadres", "{unit_tpe: grassroots}\n    cadres", "unit_tpe", "unit_tpe", "unit_type"),
    (
        "good, party_members_failed]",
        "good, party_members_fialed]",
        "fialed",
        "party_members_fialed",
        "party_members_failed",
    ),
    ("    count: unit\n", "    count: units\n", "count: units", "units", "unit"),
    ("type: period", "type: perod", "type: perod", "perod", "period"),
    ("required: never", "required: nver", "required: nver", "nver", "never"),
    # figures
    ("at_least: 85%", "at_least: 85", "at_least: 85", '"85"', "85%"),
    ("at_least: 85%", "at_least: 0.85", "at_least: 0.85", '"0.85"', "85%"),
    ("below: 0.3%", "below: 0.003", "below: 0.003", '"0.003"', "0.3%"),
    ("at_least: 85%", "at_least: 85,5%", "at_least: 85,5%", '"85,5%"', "85.5%"),
    ("at_least: 85%", "at_least: 85 %", "at_least: 85 %", '"85 %"', "85%"),
    ("at_least: 85%", "at_least: most", "at_least: most", '"most"', "write it as 85%"),
    ("at_least: 85%", "at_least: 120%", "at_least: 120%", "100%", ""),
    ("{nominees: {at_least: 1}}", "{nominees: {at_least: 1.5}}", "at_least: 1.5", '"1.5"', ""),
    ("judged: {by: 2025-12-31}", "judged: {by: 31/12/2025}", "by: 31", '"31/12/2025"', "2025-12-31"),
    ("judged: {by: 2025-12-31}", "judged: {by: 2025-02-30}", "by: 2025-02", '"2025-02-30"', "2025-12-31"),
    ("years: 2021-2025", "years: 2025-2021", "years: 2025", '"2025-2021"', "2021-2025"),
    ("issued: 2021-08-30", "issued: 30/8/2021", "issued: 30", '"30/8/2021"', "2025-12-31"),
    ("judged: yearly", "judged: weekly", "judged: weekly", "weekly", ""),
    # targets that do not hold together
    ("at_least: 85%", "at_least: 85%\n    above: 80%", "above: 80%", "at_least, above", "two targets"),
    ("    at_least: 85%\n", "", "- id: units-good", "at_least, above, at_most, below, equals", ""),
    ("    of: units_rated\n    at_least", "    at_least", "- id: units-good", "of", ""),
    ("share: units_good", "share: units_good\n    ratio: units_good", "ratio: units_good", "share, ratio, amount", ""),
    ("id: units-failed", "id: Units failed", "id: Units failed", '"Units failed"', ""),
    ("    share: workers_trained\n", "    share: officials\n", "    share: officials\n", "part of workers", "ratio"),
    ("share: units_good", "share: members", "share: members", "part of units_rated", "ratio"),
    (
        "{unit_type: grassroots, rating: failed}",
        "{rating: failed}",
        "share: units_failed",
        "part of units_rated",
        "ratio",
    ),
    ("rating: [excellent, good]", "rating: [good, not_rated]", "share: units_good", "part of units_rated", "ratio"),
    # fields and quantities that do not hold together
    ("headers: [Loại đơn vị, Unit type]", "headers: [Loại đơn vị, XẾP LOẠI]", "headers: [Xếp loại,", "unit_type", ""),
    ("office: [Cơ quan,", "office: [cđcs,", "office:", "cđcs", ""),
    ("at_most: cadres", "at_most: cadres_degree", "at_most: cadres_degree", "cadres_degree", ""),
    (
        "at_most: party_members\n",
        "at_most: party_members_good\n",
        "    party_members_rated:",
        "party_members_rated",
        "",
    ),
    ("[party_members_good, party_members_failed]", "[party_members_good, party_members_good]", "- sum", "twice", ""),
    ("key: [period, unit_code]", "key: [period, unit_name]", "key:", "unit_name", ""),
    ("key: [period, unit_code]", "key: [period]", "key:", "code", ""),
    ("key: [period, unit_code]", "key: [unit_code]", "    period:", "period", ""),
    ("key: [period, unit_code]", "key: [period, unit_code, unit_code]", "key:", "twice", ""),
    ("key: [period, unit_code]", "key: []", "key:", "at least one", ""),
    ("  units_rated:", "  members:", "  members:\n    count", "members", ""),
    ("quantities:\n", "quantities:\n  sum: {total: members, having: {}}\n", "sum: {total", "having", "where"),
    ("rating: failed}\n", "rating: failed}\n    having: {members: {above: 1}}\n", "having: {members", "units", ""),
    ("      type: period\n", "", "    period:", "type", ""),
    ("[party_members_good, party_members_failed]", "[party_members_good, party_members_rated]", "- sum", "itself", ""),
    ("    unit:\n      code", "    all:\n      code", "    all:", "all", ""),
    ("  fields:\n", "  fields:\n    other: {type: period}\n", "  fields:", "more than one", ""),
    ("required: {period: year}", "required: {period: []}", "required: {period: []", "at least one", ""),
    ("{nominees: {at_least: 1}}", "{nominees: {at_least: 1}, members: {above: 1}}", "members: {above", "one field", ""),
    ("share: units_good\n    of: units_rated\n", "amount: units_good\n", "at_least: 85%", "percentage", ""),
    ("below: 0.3%", "below: 0%", "below: 0%", "0", ""),
    # values of another shape
    ("number: 130/KH-LĐLĐ", "number: [130/KH]", "number: [", "text", ""),
    ("key: [period, unit_code]", "key: unit_code", "key: unit_code", "list", ""),
    ("title: {vi: Công đoàn cơ sở, en: Union}", "title: [Union]", "title: [Union]", "keys with values", ""),
    # what other readers take for false
    ("default: grassroots", "default: no", "default: no", "no", '"no"'),
    ("number: 130/KH-LĐLĐ", "number: null", "number: null", "null", '"null"'),
    # ... or for a number or a date, where a text is meant
    ("vi: Xếp loại, en: Rating", "vi: Xếp loại, en: 2024", "en: 2024", "2024", '"2024"'),
    ("good: [Hoàn thành tốt nhiệm vụ,", "good: [1,", "good: [1,", "1", '"1"'),
]


@pytest.mark.parametrize(
    ("old", "new", "on", "what", "hint"), REFUSED, ids=[" ".join(case[1].split()) for case in REFUSED]
)
def test_a_plan_is_refused_with_the_line_what_is_wrong_and_what_to_write(
    old: str, new: str, on: str, what: str, hint: str
) -> None:
    text = with_change(old, new)
    found = problems(text)
    here = [(said, suggested) for line, said, suggested in found if line == line_of(text, on)]
    assert any(what in said and hint in suggested for said, suggested in here), found


def test_an_id_that_is_given_twice_is_refused_on_its_second_line() -> None:
    text = with_change("id: units-failed", "id: units-good")
    [(line, said, _)] = problems(text)
    assert line == text[: text.rindex("id: units-good")].count("\n") + 1
    assert "units-good" in said


def test_every_problem_is_named_in_the_order_of_lines() -> None:
    text = TEXT.replace("below: 0.3%", "below: 0.3").replace("at_most: members", "at_most: member")
    text = text.replace("share: cadres_theory", "share: cadre_theory").replace("issued: 2021-08-30", "issued: 2021")
    found = problems(text)
    lines = [line for line, _, _ in found if line is not None]
    assert lines == sorted(lines)
    assert len(lines) == 6  # at_most: members stands three times
    assert [said.partition(" ")[0] for _, said, _ in found[1:4]] == ["member"] * 3


def test_one_mistake_in_a_word_of_several_kinds_is_one_problem() -> None:
    assert len(problems(with_change("required: never", "required: nver"))) == 1


def test_a_figure_that_is_meant_in_percent_is_suggested_exactly() -> None:
    [(_, _, hint)] = problems(with_change("at_least: 85%", "at_least: 0.8512345678901"))
    assert "85.12345678901%" in hint


def test_a_date_is_written_in_one_way() -> None:
    problems(with_change("judged: {by: 2025-12-31}", "judged: {by: 2025-W52-1}"))


def test_the_sentence_of_a_refusal_counts_its_problems() -> None:
    with pytest.raises(PlanError) as one:
        parse_plan(with_change("below: 0.3%", "below: 0.3").encode(), "p")
    assert say(one.value.what) == "p: 1 problem in the plan"
    with pytest.raises(PlanError) as more:
        parse_plan(TEXT.replace("below: 0.", "below: 1.").replace("%", "").encode(), "p")
    assert say(more.value.what) == f"p: {len(more.value.problems)} problems in the plan"
    assert str(more.value).startswith("p: 13 problems in the plan\nline ")


def test_a_ratio_may_exceed_its_whole_and_an_amount_is_a_number() -> None:
    text = with_change(
        "share: units_good\n    of: units_rated\n    at_least: 85%", "amount: units_good\n    at_least: 12"
    )
    text = text.replace(
        "share: workers_trained\n    of: workers\n    at_least: 66%", "ratio: workers\n    of: cadres\n    above: 3/2"
    )
    made = parse_plan(text.encode(), "p")
    assert (made.targets[0].threshold.value, made.targets[-1].threshold.value) == (Fraction(12), Fraction(3, 2))


def test_conditions_of_the_part_may_be_narrower_than_those_of_its_whole() -> None:
    wider = with_change("where: {unit_type: grassroots}\n    label: {vi: CĐCS,", "label: {vi: CĐCS,")
    made = parse_plan(wider.encode(), "p")
    nominees = made.targets[4].measure
    assert isinstance(nominees, Share)
    assert nominees.whole == Units()


@pytest.mark.parametrize(
    ("whole", "allowed"),
    [
        ("having: {nominees: {at_least: 1}}", True),
        ("having: {nominees: {at_least: 2}}", False),
        ("having: {members: {at_least: 1}}", False),
    ],
)
def test_units_with_having_lie_within_units_with_the_same_having_alone(whole: str, *, allowed: bool) -> None:
    text = with_change("    label: {vi: CĐCS, en: unions}", f"    {whole}\n    label: {{vi: CĐCS, en: unions}}")
    if allowed:
        parse_plan(text.encode(), "p")
    else:
        [(line, said, _)] = problems(text)
        assert line == line_of(text, "share: introducing")
        assert "part of unions" in said


def test_a_total_over_fewer_rows_does_not_prove_a_total_over_more() -> None:
    # Of fewer than two nominees of its grassroots rows alone, a unit may have more on other rows.
    narrow = with_change("having: {nominees: {at_least: 1}}", "having: {nominees: {below: 2}}")
    wide = narrow.replace("    where: {unit_type: grassroots}\n    label: {vi: CĐCS,", "    label: {vi: CĐCS,")
    text = wide.replace("label: {vi: CĐCS, en: unions}", "having: {nominees: {below: 2}}")
    [(line, said, _)] = problems(text)
    assert line == line_of(text, "share: introducing")
    assert "part of unions" in said


# Figures


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("85%", Fraction(17, 20)),
        ("0.3%", Fraction(3, 1000)),
        ("147.75%", Fraction(591, 400)),
        ("66.67%", Fraction(6667, 10000)),
        ("100%", Fraction(1)),
        ("0%", Fraction(0)),
        ("2/3", Fraction(2, 3)),
        ("12", Fraction(12)),
        ("12.5", Fraction(25, 2)),
        ("007", Fraction(7)),
        ("999999999999999999", Fraction(10**18 - 1)),
        ("0.000000000000000001%", Fraction(1, 10**20)),
    ],
)
def test_figures_are_read_exactly(text: str, value: Fraction) -> None:
    assert parse_figure(text) == value


@given(st.integers(0, 10**18 - 1), st.text("0123456789", min_size=1, max_size=18))
def test_any_decimal_and_any_percentage_is_read_exactly(whole: int, decimals: str) -> None:
    value = Fraction(f"{whole}.{decimals}")
    assert parse_figure(f"{whole}.{decimals}") == value
    assert parse_figure(f"{whole}.{decimals}%") == value / 100


@given(st.integers(0, 10**18 - 1), st.integers(1, 10**18 - 1))
def test_any_fraction_is_read_exactly(part: int, whole: int) -> None:
    assert parse_figure(f"{part}/{whole}") == Fraction(part, whole)


@pytest.mark.parametrize(
    "text",
    [
        *("", "%", "85 %", " 85%", "85%\n", "85,5%", "85%%", ".5", "5.", "1.2.3", "1e2", "+5", "-5", "1_000", "0x10"),
        *(
            "nan",
            "inf",
            "1/0",
            "0/0",
            "1/",
            "/3",
            "1/3%",
            "1/2/3",
            "1.5/2",
            "８５%",
            "٣",
            "1234567890123456789",
            "≥ 85%",
        ),
    ],
)
def test_anything_else_is_not_a_figure(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_figure(text)


@pytest.mark.parametrize("text", ["2021", "2021-", "2025-2021", "2021 - 2025", "21-25", "2021-20255", "２０２１-2025"])
def test_years_are_a_first_and_a_last_one(text: str) -> None:
    assert parse_years("2021-2025") == range(2021, 2026)
    assert parse_years("2025-2025") == range(2025, 2026)
    with pytest.raises(ValueError, match=r".*"):
        parse_years(text)


# YAML


def test_scalars_stay_as_they_are_written() -> None:
    text = "a: 85%\nb: [1:30, 2021-08-30, 0o17, 1_000, .inf, 010]\nc: 'no'\nd: \"~\"\ne: >-\n  one\n  line\n"
    tree = yamltext.read(text.encode()).tree
    numbers = ["1:30", "2021-08-30", "0o17", "1_000", ".inf", "010"]
    assert tree == {"a": "85%", "b": numbers, "c": "no", "d": "~", "e": "one line"}


def test_every_key_and_item_knows_its_line() -> None:
    document = yamltext.read(b"# first\na:\n  - x\n  - {b: 1,\n     c: 2}\nd: {e: f}\n")
    places: list[tuple[yamltext.Path, int]] = [(("a",), 2), (("a", 0), 3), (("a", 1, "c"), 5), (("d", "e"), 6)]
    assert [(path, document.line(path)) for path, _ in places] == places
    assert document.line(("d", "count", "e")) == 6
    assert document.line(("d", "nothing")) == 6


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert yamltext.read(b"\xef\xbb\xbfa: b\n").tree == {"a": "b"}


def yaml_problem(data: bytes) -> tuple[int | None, str]:
    with pytest.raises(NotPlanYamlError) as caught:
        yamltext.read(data)
    return caught.value.problem.line, say(caught.value.problem.what)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("---\n", 2, "empty"),
        ("a: 1\nb: 2\na: 3\n", 3, "line 1"),
        ("x:\n  a: 1\n  'a': 3\n", 3, "line 2"),
        ("a: &anchor 1\n", 1, "anchors"),
        ("a: 1\nb: *a\n", 2, "aliases"),
        ("a: 1\nb: !!str 2\n", 2, "tag"),
        ("a: !python/object:os.system x\n", 1, "os.system"),
        ("a:\n  <<: {b: c}\n", 2, "<<"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\n...\n---\nb: 2\n", 3, "second document"),
        ("? [a]\n: b\n", 1, "key"),
        ("a:\nb: 1\n", 1, "missing"),
        ("a: 1\nb: no\n", 2, "no"),
        ("a: [Off]\n", 1, "Off"),
        ("a: ~\n", 1, "~"),
        ("true: 1\n", 1, "true"),
        ("a: b\n2024: c\n", 2, "2024"),
        ('a: b\nc: "\\a"\n', 2, "U+0007"),
        (f"a: b\nc: {'x' * (yamltext.MAX_SCALAR + 1)}\n", 2, "characters"),
        ("a: [1, 2\n", 2, "not YAML"),
        ("a: 1\n b: 2\n", 2, "not YAML"),
        ("a: b: c\n", 1, "not YAML"),
        ("a:\n\t- b\n", 2, "not YAML"),
        ("a: 1\nb: \x07\n", 2, "U+0007"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', 2, "not YAML"),
        ('a: "\\uD800"\n', 1, "not YAML"),
        ("%YAML 1.2\n---\na: 1\nb: &x 2\n", 4, "anchors"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_yaml_that_plans_are_not_written_in_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    where, what = yaml_problem(text.encode())
    assert where == line
    assert said in what


def test_a_yaml_version_of_more_digits_than_python_reads_is_refused_like_any_other_text() -> None:
    yaml_problem(b"%YAML " + b"1" * 5000 + b".1\n---\na: b\n")


@pytest.mark.parametrize("text", ["- a\n- b\n", "just a text\n", "'quoted'\n"])
def test_a_plan_holds_keys_with_values(text: str) -> None:
    [(line, said, _)] = problems(text)
    assert (line, "keys with values" in said) == (1, True)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line() -> None:
    assert yaml_problem("a: 1\nb: Xếp\nc: ".encode() + "Đ".encode("cp1258") + b"\n")[0] == 3


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_is_bounded(opening: str, closing: str) -> None:
    limit = yamltext.MAX_DEPTH
    yamltext.read((opening * limit + "x" + closing * limit).encode())
    line, said = yaml_problem((opening * (limit + 1) + "x" + closing * (limit + 1)).encode())
    assert (line, str(limit) in said) == (1, True)
    assert yaml_problem((opening * 20_000).encode())[0] == 1


def test_size_is_bounded() -> None:
    limit = yamltext.MAX_BYTES
    fits = b"a: b\n#".ljust(limit, b"x")
    assert yamltext.read(fits).tree == {"a": "b"}
    line, said = yaml_problem(fits + b"x")
    assert (line, "1,000,000" in said) == (None, True)
