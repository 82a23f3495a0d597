"""What is made from code or from real runs is fresh: catalogues, schema, expected reports, examples in the docs."""

from __future__ import annotations

import ast
import json
import re
import string
import sys
import unicodedata
from pathlib import Path

import pytest

from command import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import catalogue
import golden

from kpi_check.issues import KINDS
from kpi_check.locale import LANGUAGES
from kpi_check.plan_lint import load_plan

CATALOGUES = catalogue.catalogues()


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_every_language_but_english_has_a_catalogue() -> None:
    assert {path.parts[-3] for path in CATALOGUES} == set(LANGUAGES) - {"en"}


def test_the_extractor_finds_every_message_in_the_code() -> None:
    functions = {name: (0 if where is None else where[0] - 1) for name, where in catalogue.KEYWORDS.items()}
    said: set[str] = set()
    for path in catalogue.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "func", None)
            place = functions.get(getattr(name, "id", getattr(name, "attr", "")))
            if isinstance(node, ast.Call) and place is not None and len(node.args) > place:
                argument = node.args[place]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    said.add(argument.value)
    found = {forms(m.id)[0] for m in catalogue.template() if m.id}
    assert said == found
    assert len(said) > 200


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
class TestCatalogue:
    def test_is_up_to_date(self, path: Path) -> None:
        assert catalogue.po_bytes(catalogue.updated(path)) == path.read_bytes()
        assert catalogue.mo_bytes(catalogue.read(path)) == path.with_suffix(".mo").read_bytes()

    def test_translates_everything_with_its_placeholders(self, path: Path) -> None:
        messages = [m for m in catalogue.read(path) if m.id]
        assert len(messages) > 200
        for message in messages:
            wanted = set().union(*(placeholders(text) for text in forms(message.id)))
            for text in forms(message.string or ""):
                assert text, message.id
                assert placeholders(text) == wanted, message.id
                assert unicodedata.is_normalized("NFC", text), message.id


def test_the_schema_is_fresh_and_the_shipped_plan_names_it() -> None:
    assert (ROOT / "docs" / "targets.schema.json").read_text("utf-8") == golden.schema()
    assert "docs/targets.schema.json" in (ROOT / "targets.yaml").read_text("utf-8").splitlines()[0]


def test_the_schema_is_one() -> None:
    schema = json.loads(golden.schema())
    assert schema["additionalProperties"] is False
    assert {"plan", "submission", "targets"} == set(schema["required"])
    fields = schema["$defs"]["Submission"]["properties"]["fields"]["additionalProperties"]
    assert fields["discriminator"]["propertyName"] == "type"


def test_the_list_of_issues_is_fresh() -> None:
    page = (ROOT / "docs" / "issues.md").read_text("utf-8")
    assert page == golden.issues()
    assert re.findall(r"(?m)^## (.*)$", page) == list(KINDS)


@pytest.mark.parametrize("name", golden.RUNS)
def test_expected_reports(name: str) -> None:
    assert golden.output(golden.RUNS[name]) == (golden.EXPECTED / name).read_text("utf-8")


def test_every_expected_report_is_made() -> None:
    assert {f.name for f in golden.EXPECTED.iterdir()} == set(golden.RUNS)


@pytest.mark.parametrize("document", golden.documents(), ids=lambda path: path.name)
def test_examples_in_documents_are_real_runs(document: Path) -> None:
    text = document.read_text("utf-8")
    assert golden.with_real_output(text) == text
    assert text.count("```console") == len(list(golden.examples(document)))


@pytest.mark.parametrize(
    "document", [d for d in golden.documents() if "```python" in d.read_text("utf-8")], ids=lambda path: path.name
)
def test_python_in_documents_runs_and_prints_what_it_says(document: Path) -> None:
    text = document.read_text("utf-8")
    assert golden.with_real_prints(text, {}) == text


def test_the_python_example_in_the_readme_ends_with_a_frame() -> None:
    names: dict[str, object] = {}
    golden.with_real_prints((ROOT / "README.md").read_text("utf-8"), names)
    assert len(names["frame"]) == 9  # type: ignore[arg-type] # a DataFrame


def test_every_plan_field_and_target_in_the_docs_of_the_contract() -> None:
    plan = load_plan(ROOT / "targets.yaml")
    assert [t.id for t in plan.targets] == [
        *("units-good", "units-failed", "party-members-good", "party-members-failed", "party-nominees"),
        *("cadres-degree", "cadres-theory", "officials-standard", "workers-trained"),
    ]


def test_the_sample_data_are_what_their_script_makes(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    import generate

    generate.generate(tmp_path)
    made = sorted(f.relative_to(tmp_path) for f in tmp_path.rglob("*.csv"))
    assert len(made) == 38
    for name in made:
        assert (tmp_path / name).read_bytes() == (ROOT / "sample_data" / name).read_bytes(), name
