"""Forms to fill in: what they say and allow, and that a form that was filled in is read without a fault."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import kpi_check
from command import ROOT, run
from generators import shipped_plan
from kpi_check.errors import InputError
from kpi_check.forms import Form, make_form
from kpi_check.locale import LANGUAGES, language
from kpi_check.plan import ChoiceField, CountField, PeriodField, Plan
from kpi_check.plan_lint import parse_plan
from kpi_check.readers import file_source
from kpi_check.roster import RosterUnit, read_roster
from kpi_check.template import MAX_CELLS, write_forms, write_workbook
from kpi_check.text import label_key
from returns import CLEAN, FIELDS, shipped

PLAN = ROOT / "targets.yaml"
BOTH = pytest.mark.parametrize("lang", LANGUAGES)
ROSTER = """Mã đơn vị báo cáo,Đơn vị báo cáo,Mã CĐCS,Tên CĐCS,Loại đơn vị
D1,Quy Nhơn,D1-0,Cơ quan Quy Nhơn,Cơ quan LĐLĐ
D1,Quy Nhơn,D1-1,CĐCS Một,CĐCS
D2,An Nhơn,D2-1,"CĐCS Hai, xã Ba",
"""
ODD = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "#REF!",
    "_x0041_",
    "tab\tand\x07bell",
    "a\ufffeb",
    "'quoted",
    '"',
    "007",
    "x" * 999,
]


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, "utf-8")
    return path


def book_of(form: Form, blank: int = 5) -> Any:
    stream = io.BytesIO()
    write_workbook(form, blank, stream)
    return openpyxl.load_workbook(stream)


def form_of(plan: Plan, lang: str = "en", period: str | None = None, units: Sequence[RosterUnit] = ()) -> Form:
    return make_form(plan, language(lang), period, units)


def compile_plan(plan: dict[str, Any]) -> Plan:
    return parse_plan(json.dumps(plan, ensure_ascii=False).encode(), "plan.yaml")


def fill(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Fill in the cells of a form that are not, as a person would: into the rows below the header."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for number, cells in enumerate(rows, 2):
        for place, field in enumerate(FIELDS, 1):
            cell: Any = sheet.cell(number, place)
            if cell.value is None and cells.get(field) is not None:
                assert not cell.protection.locked
                cell.value = cells[field]
    book.save(path)


def figures(**cells: object) -> dict[str, object]:
    """A clean row, whose counts are numbers and whose rating is a label of the form."""
    row: dict[str, object] = {
        name: int(text) if isinstance(shipped().fields[name], CountField) else text for name, text in CLEAN.items()
    }
    return row | {"rating": "Hoàn thành tốt nhiệm vụ"} | cells


def office() -> dict[str, object]:
    return figures(rating=None, nominees=None, **dict.fromkeys([n for n in FIELDS if n.startswith("party")], 0))


def generic_plan(**fields: Any) -> dict[str, Any]:
    words = {"en": "t"}
    return {
        "plan": {"number": "1", "issued": "2024-01-01", "years": "2024-2025", "title": words},
        "submission": {
            "key": ["when", "id"],
            "levels": {"site": {"code": "id"}},
            "fields": {"when": {"type": "period"}, "id": {"type": "code"}, **fields},
        },
        "quantities": {"units": {"count": "site"}},
        "targets": [{"id": "t", "title": words, "amount": "units", "at_least": "1", "judged": "yearly"}],
    }


# --- filled in, a form is read without a fault -----------------------------------------------------------------------


@BOTH
def test_a_form_that_is_filled_in_has_no_fault(lang: str, roster: Path, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    ran = run("template", "--period", "2025", "--roster", roster, "--lang", lang, "--output", path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    fill(path, [office(), figures(), figures()])
    report = kpi_check.evaluate(shipped(), path, by="district")
    assert report.issues == ()
    assert (report.verdict, report.period) == ("met", "2025")
    assert {s.scope.code for s in report.targets if s.scope.level == "district"} == {"D1", "D2"}
    nominees = next(t for t in report.targets if t.id == "party-nominees")
    assert (nominees.numerator, nominees.denominator) == (2, 2), "the office is no union"
    assert report.inputs[0].rows == 3
    assert {out.what for out in report.inputs[0].left_out} <= {"sheet"}
    assert run("validate", path, "--lang", lang).code == 0


@BOTH
def test_a_blank_form_says_only_that_it_is_blank(lang: str, roster: Path, tmp_path: Path) -> None:
    blank, named = tmp_path / "blank.xlsx", tmp_path / "named.xlsx"
    assert run("template", "--lang", lang, "--output", blank).code == 0
    assert {i.code for i in kpi_check.validate(shipped(), blank).issues} == {"no-rows"}
    assert run("template", "--lang", lang, "--output", named, "--roster", roster, "--period", "2024").code == 0
    report = kpi_check.validate(shipped(), named)
    assert {i.code for i in report.issues} == {"blank"}
    assert {(i.sheet, i.row) for i in report.issues} == {(report.issues[0].sheet, row) for row in (2, 3, 4)}
    assert not [i for i in report.issues if i.unit_code == "D1-0" and i.field in ("rating", "nominees")]


@BOTH
def test_a_form_without_roster_takes_rows(lang: str, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    assert run("template", "--lang", lang, "--output", path, "--rows", "3").code == 0
    fill(path, [figures(unit_type="CĐCS", unit_code=f"U{number}") for number in range(3)])
    assert kpi_check.evaluate(shipped(), path).issues == ()


@BOTH
def test_csv_is_read_back(lang: str, roster: Path, tmp_path: Path) -> None:
    ran = run("template", "--lang", lang, "--roster", roster, "--period", "2025")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("\ufeff")
    delimiter = ";" if lang == "vi" else ","
    header, *rows = csv.reader(io.StringIO(ran.out.removeprefix("\ufeff")), delimiter=delimiter)
    assert [row[3] for row in rows] == ["D1-0", "D1-1", "D2-1"]
    known = [dict(zip(FIELDS, row, strict=True)) for row in rows]
    filled = [office(), figures(), figures()]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([k[n] or f[n] for n in FIELDS] for k, f in zip(known, filled, strict=True))
    path = tmp_path / "form.csv"
    path.write_text(out.getvalue(), "utf-8-sig")
    report = kpi_check.evaluate(shipped(), path)
    assert (report.issues, report.verdict) == ((), "met")


def test_csv_to_a_file_is_what_goes_to_standard_output(roster: Path, tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    assert run("template", "--roster", roster, "--output", path).out == ""
    assert path.read_bytes().decode() == run("template", "--roster", roster).out


# --- what the workbook allows ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=LANGUAGES)
def sheets(request: pytest.FixtureRequest) -> Any:
    return book_of(form_of(shipped(), request.param))


def test_headers_are_accepted_locked_and_explained(sheets: Any) -> None:
    sheet = sheets.worksheets[0]
    for cell, field in zip(sheet[1], FIELDS, strict=True):
        assert shipped().headers[label_key(cell.value)] == field
        assert cell.protection.locked
        assert cell.comment.text.strip()
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert sheet.freeze_panes == "F2"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 1)


def test_cells_are_open_and_of_their_type(sheets: Any) -> None:
    sheet = sheets.worksheets[0]
    assert sheet.max_row == 6
    for place, field in enumerate(FIELDS, 1):
        for row in range(2, 7):
            cell = sheet.cell(row, place)
            assert (cell.value, cell.protection.locked) == (None, False)
            assert cell.number_format == ("0" if isinstance(shipped().fields[field], CountField) else "@")
    assert sheet.cell(7, 1).protection.locked


def test_every_column_is_checked(sheets: Any) -> None:
    sheet, lists = sheets.worksheets[0], sheets.worksheets[2]
    assert lists.sheet_state == "hidden"
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert len(rules) == len(FIELDS)
    letters = {field: openpyxl.utils.get_column_letter(place) for place, field in enumerate(FIELDS, 1)}
    for field, spec in shipped().fields.items():
        rule = rules[f"{letters[field]}2:{letters[field]}6"]
        assert rule.showInputMessage
        assert rule.prompt
        if isinstance(spec, CountField):
            assert (rule.type, rule.operator, rule.formula1) == ("whole", "between", "0")
            assert rule.showErrorMessage
            assert rule.error
            rules_of = [r.whole for r in shipped().part_rules if field in r.parts]
            assert (f"${letters[rules_of[0]]}2" in rule.formula2) if rules_of else rule.formula2.isdigit()
        elif isinstance(spec, ChoiceField | PeriodField):
            found = re.fullmatch(rf"'{re.escape(lists.title)}'!\$A\$(\d+):\$A\$(\d+)", rule.formula1)
            assert rule.type == "list"
            assert found
            values = [lists.cell(row, 1).value for row in range(int(found[1]), int(found[2]) + 1)]
            if isinstance(spec, ChoiceField):
                assert values == [labels[0] for labels in spec.values.values()]
            else:
                assert values[:5] == ["2021", "2022", "2023", "2024", "2025"]
                assert {"2024-H1", "2025-Q4", "2021-12"} <= set(values)
        else:
            assert rule.type in (None, "none")


def test_parts_that_do_not_fit_are_marked(sheets: Any) -> None:
    marked = sheets.worksheets[0].conditional_formatting
    assert len(marked) == len({rule.parts for rule in shipped().part_rules})
    formulas = [rule.formula[0] for one in marked for rule in one.rules]
    assert "AND(ISNUMBER($J2),SUM($K2,$L2)>$J2)" in formulas


def assert_within_limits(book: Any) -> None:
    for rule in book.worksheets[0].data_validations.dataValidation:
        for text, most in ((rule.promptTitle, 32), (rule.errorTitle, 32), (rule.prompt, 255), (rule.error, 255)):
            assert len((text or "").encode("utf-16-le")) <= 2 * most
        assert max(len(rule.formula1 or ""), len(rule.formula2 or "")) <= 255
    for sheet in book.worksheets:
        assert len(sheet.title) <= 31
        assert all(d.height is None or d.height <= 409 for d in sheet.row_dimensions.values())
        assert all(d.width <= 255 for d in sheet.column_dimensions.values())
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_excels_limits_are_kept(sheets: Any) -> None:
    assert_within_limits(sheets)


def test_a_period_is_the_only_one_of_its_form() -> None:
    book = book_of(form_of(shipped(), period="2024-H1"))
    (rule,) = [r for r in book.worksheets[0].data_validations.dataValidation if "A2:A6" in str(r.sqref)]
    found = re.search(r"\$A\$(\d+):\$A\$(\d+)$", rule.formula1)
    assert found
    assert found[1] == found[2]
    assert book.worksheets[2].cell(int(found[1]), 1).value == "2024-H1"
    assert book.worksheets[0]["A2"].value is None, "a row with nothing but a period would be a fault"


def test_no_rows_no_checks() -> None:
    book = book_of(form_of(shipped()), 0)
    assert book.worksheets[0].max_row == 1
    assert not book.worksheets[0].data_validations.dataValidation


# --- what users wrote stays text -------------------------------------------------------------------------------------


def test_texts_of_a_roster_never_become_formulas(tmp_path: Path) -> None:
    units = [RosterUnit(f"U{n}", {"unit_code": f"U{n}", "unit_name": name}) for n, name in enumerate(ODD)]
    codes = [RosterUnit(c, {"unit_code": c, "unit_name": "x"}) for c in ("=2+2", "+84", "-7", "@x", "_x0042_", "0012")]
    form = form_of(shipped(), "vi", "2025", [*units, *codes])
    assert_within_limits(book_of(form))
    for name in ("form.xlsx", "form.csv"):
        path = str(tmp_path / name)
        write_forms(form, [path], 0, [])
        read = {unit.code: unit.says["unit_name"] for unit in read_roster(shipped(), file_source(str(path))).units}
        assert list(read) == [unit.code for unit in (*units, *codes)]
        for unit in units:
            seen = unit.says["unit_name"]
            if "\x07" not in seen and "\ufffe" not in seen:
                assert read[unit.code] == seen, name


# --- odd plans -------------------------------------------------------------------------------------------------------

LONG = "A very long label that goes on and on, " * 12
ODD_PLANS = {
    "commas": generic_plan(kind={"type": "choice", "values": {"a": ["One, two", 'Three "3"'], "b": ["=Four"]}}),
    "many": generic_plan(kind={"type": "choice", "values": {f"v{n}": [f"Label number {n}"] for n in range(60)}}),
    "without labels": generic_plan(kind={"type": "choice", "values": {"a": [], "b": []}}),
    "long": generic_plan(
        size={"type": "count", "label": LONG, "headers": [LONG]},
        kind={"type": "choice", "values": {"a": ["x" * 300]}, "headers": ["😀" * 200]},
    ),
    "odd names": generic_plan(
        **{
            "=1+1": {"type": "count"},
            "a'b!c": {"type": "text", "required": "never"},
            "-": {"type": "code", "pattern": "[A-Z]{2}"},
        }
    ),
    "sums": generic_plan(
        **{n: {"type": "count", "default": "0"} for n in ("a", "b", "c")},
        whole={"type": "count", "label": {"en": "Whole", "vi": "Cả"}, "headers": ["Cả", "Toàn bộ"]},
        far={"type": "count", "required": {"when": ["half", "month"]}, "default": "whole"},
    ),
    # Words of the help sheet, and of its lists, that are headers.
    "like the help": generic_plan(
        column={"type": "count", "headers": ["Column", "A code", "A. when"]},
        holds={"type": "text", "headers": ["What it holds", "Form", "Lists", "Lists."], "required": "never"},
        needed={"type": "text", "headers": ["When it is required", "Required in every row"], "required": "never"},
        list={"type": "choice", "values": {"x": ["holds"], "y": ["column"], "z": ["needed"]}},
        twin={"type": "choice", "values": {"x": ["needed"], "y": ["column"], "z": ["when"]}},
    ),
    "many fields": generic_plan(**{f"n{n}": {"type": "count"} for n in range(400)}),
}
ODD_PLANS["sums"]["submission"]["checks"] = [
    {"sum": ["a", "b"], "equals": "whole"},
    {"sum": ["b", "c"], "at_most": "far"},
]
VALUES = {"period": "2024", "code": "AB", "text": "t", "count": 2}


@BOTH
@pytest.mark.parametrize("name", ODD_PLANS)
def test_odd_plans(name: str, lang: str, tmp_path: Path) -> None:
    plan = compile_plan(ODD_PLANS[name])
    form = form_of(plan, lang)
    path = tmp_path / "form.xlsx"
    write_forms(form, [str(path), str(tmp_path / "form.csv")], 4, [])
    assert {i.code for i in kpi_check.validate(plan, path).issues} == {"no-rows"}
    book = openpyxl.load_workbook(path)
    assert_within_limits(book)
    sheet = book.worksheets[0]
    for place, column in enumerate(form.columns, 1):
        cell: Any = sheet.cell(2, place)
        cell.value = column.listed[0] if isinstance(column.spec, ChoiceField) else VALUES[column.spec.type]
        if cell.data_type == "f":
            cell.data_type = "s"
        if (name, column.field) == ("sums", "whole"):
            cell.value = 4
        if (name, column.field) == ("sums", "far"):
            cell.value = 5
    book.save(path)
    assert kpi_check.validate(plan, path).issues == ()


def test_a_plan_without_names_has_its_unit_by_the_code() -> None:
    plan = compile_plan(generic_plan(size={"type": "count"}))
    book = book_of(form_of(plan, units=[RosterUnit("a", {"id": "a"})]))
    assert book.worksheets[0].freeze_panes == "C2"
    assert book.worksheets[0]["B2"].value == "a"


def test_the_header_is_the_one_most_like_the_label() -> None:
    fields = {
        "size": {"type": "count", "label": {"en": "Size of the site", "vi": "Cỡ"}, "headers": ["Cỡ", "Site size", "S"]},
        "bare": {"type": "count"},
        "first": {"type": "count", "label": "Something else", "headers": ["Xyz", "Uvw"]},
    }
    plan = compile_plan(generic_plan(**fields))
    assert [c.header for c in form_of(plan, "en").columns][2:] == ["Site size", "bare", "Xyz"]
    assert [c.header for c in form_of(plan, "vi").columns][2:] == ["Cỡ", "bare", "Xyz"]


def test_help_tells_conditions_defaults_and_sums() -> None:
    columns = {c.field: c for c in form_of(shipped(), "en").columns}
    assert columns["rating"].required == "Required where Unit type: CĐCS; Period: a year"
    assert columns["unit_type"].rules == ("A blank means CĐCS",)
    assert columns["party_members_rated"].rules == (
        "A blank means the figure of: Party members",
        "No more than: Party members",
    )
    assert columns["party_members_good"].rules == (
        "Party members rated good or excellent + Party members rated not completed ≤ Party members rated",
    )
    assert columns["district_name"].required == "May be blank"


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    there, other = tmp_path / "form.xlsx", tmp_path / "form.csv"
    there.write_bytes(b"filled in")
    ran = run("template", "--output", other, "--output", there, "--lang", "en")
    assert (ran.code, ran.out) == (2, "")
    assert "may hold somebody's work" in ran.err
    assert "->" in ran.err
    assert there.read_bytes() == b"filled in"
    assert not other.exists(), "nothing is written when one cannot be"


@pytest.mark.parametrize("name", ["plan.yaml", "roster.csv"])
def test_what_was_read_is_not_written_over(name: str, roster: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_bytes(PLAN.read_bytes())
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / name)
    ran = run("template", "--targets", plan, "--roster", roster, "--output", link, "--lang", "en")
    assert ran.code == 2
    assert "that was read" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output", "form.pdf"], "no form has this ending"),
        (["--output", "no/such/folder/form.csv"], "cannot be written"),
        (["--rows", "many"], "is not a number"),
        (["--rows", "999999999", "--output", "form.xlsx"], "too large"),
        (["--period", "2024-13"], "is not a period"),
        (["--roster", "none.csv"], "cannot be read"),
        (["--targets", "none.yaml"], "cannot be read"),
    ],
)
def test_wrong_words(words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("template", *words, "--lang", "en")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "->" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_large_roster_is_for_csv(tmp_path: Path) -> None:
    units = [RosterUnit(str(n), {"unit_code": str(n)}) for n in range(MAX_CELLS // len(FIELDS) + 1)]
    form = form_of(shipped(), "en", None, units)
    with pytest.raises(kpi_check.UsageError, match="too large"):
        write_forms(form, [str(tmp_path / "form.xlsx")], None, [])
    write_forms(form, [str(tmp_path / "form.csv")], None, [])
    just = form._replace(rows=form.rows[:-1])
    assert len(just.rows) * len(just.columns) <= MAX_CELLS


# --- rosters ---------------------------------------------------------------------------------------------------------


def test_a_roster_says_codes_names_and_types(roster: Path) -> None:
    units = read_roster(shipped(), file_source(str(roster))).units
    assert [unit.code for unit in units] == ["D1-0", "D1-1", "D2-1"]
    assert units[0].says == {
        "district_code": "D1",
        "district_name": "Quy Nhơn",
        "unit_code": "D1-0",
        "unit_name": "Cơ quan Quy Nhơn",
        "unit_type": "office",
    }
    assert "unit_type" not in units[2].says


def test_a_return_is_a_roster() -> None:
    units = read_roster(shipped(), file_source(str(ROOT / "sample_data" / "2024" / "tuy-phuoc.csv"))).units
    assert len(units) == 83
    assert set(units[1].says) == {"district_code", "district_name", "unit_code", "unit_name", "unit_type"}, "no rating"


def test_totals_and_notes_without_a_code_are_no_units(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("Tên CĐCS,Mã CĐCS\na,1\nb,2\nCộng,\nNgười lập biểu,\n", "utf-8")
    assert [unit.code for unit in read_roster(shipped(), file_source(str(path))).units] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("", "no column holds the codes", "should be one of"),
        ("a,b\n1,2\n", "no column holds the codes", "should be one of"),
        ("Mã CDCS,Tên CĐCS\n1,2\n", "row 1: no column holds the codes", "Mã CDCS"),
        ("Mã CĐCS,Tên CĐCS\n", "there is no unit", "a row for each unit"),
        ("Mã CĐCS,Tên CĐCS\n1,a\n,b\n", 'row 3, column A ("Mã CĐCS"): "": every unit needs its code', None),
        ("Mã CĐCS,Tên CĐCS\n1,a\n2,b\n 1 ,c\n", 'row 4: the unit "1" is given twice', "row 2"),
        ("Mã CĐCS,Unit code\n1,1\n", "in more than one column: A, B", None),
        ("Mã CĐCS,Tên CĐCS,Loại đơn vị\n1,a,abc\n", 'row 2, column C ("Loại đơn vị"): "abc": this is none of', None),
        ("Mã CĐCS,Tên CĐCS\n1\u200b,a\n", "column A", None),
        ("Mã CĐCS,Tên CĐCS\n1,a,b\n", "row 2: the row has 3 cells", None),
        ('Mã CĐCS,Tên CĐCS\n1,"a\n', "cannot be read", "validate"),
        ("Mã CĐCS,Tên CĐCS\n1,a\nCộng,1\nHải Cảng,b\n", "row 4: behind a total, this may be a unit", "leave them out"),
        (f"Mã CĐCS,Tên CĐCS\n1,{'x' * 1001}\n", "longer than 1,000 characters", None),
        (f"Mã CĐCS,Tên CĐCS\n1,a\n2,{'x' * 140_000}\n", "row 3: from here on the roster cannot be read", "validate"),
    ],
)
def test_rosters_that_are_refused(text: str, said: str, hint: str | None, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_roster(shipped(), file_source(str(path)))
    en = language("en")
    assert said in en.say(caught.value.what)
    assert str(path) in en.say(caught.value.what)
    assert hint is None or (caught.value.hint is not None and hint in en.say(caught.value.hint))
    ran = run("template", "--roster", path, "--lang", "en")
    assert (ran.code, ran.out) == (2, "")


def test_a_roster_in_a_workbook_names_its_sheet(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    book = openpyxl.Workbook()
    for sheet, code in ((book.worksheets[0], "1"), (book.create_sheet("More"), "1")):
        sheet.append(["Mã CĐCS", "Tên CĐCS"])
        sheet.append([code, "a"])
    book.save(path)
    with pytest.raises(InputError) as caught:
        read_roster(shipped(), file_source(str(path)))
    assert f"{path}, sheet More, row 2" in str(caught.value)


def test_the_shipped_plan_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("template", "--lang", "en").out.startswith("\ufeffPeriod,District code")
    assert shipped_plan()["submission"]["fields"].keys() == set(FIELDS)
