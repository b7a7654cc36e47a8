"""new and validate, in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xlmeso.model.templates import load_template, template_names

from .conftest import Run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", template_names())
def test_every_template_is_a_book_without_mistakes_that_reads_back_the_same(
    run: Run, name: str
) -> None:
    assert run("new", "b.xlsx", "--template", name).exit_code == 0
    checked = run("validate", "b.xlsx")
    assert checked.exit_code == 0, checked.stdout
    assert run("new", "-", "--from", "b.xlsx").stdout == run("new", "-", "--template", name).stdout


def test_new_on_stdout_is_the_definition_with_and_without_json(run: Run) -> None:
    text = run("new", "-", "--template", "calendar", "--json").stdout
    assert json.loads(text) == json.loads(load_template("calendar").to_json())
    assert run("new", "-", "--template", "calendar").stdout == text


def test_new_takes_the_short_put_unless_told_otherwise(run: Run, here: Path) -> None:
    assert run("new", "s.json").exit_code == 0
    assert (here / "s.json").read_text(encoding="utf-8") == run("new", "-").stdout
    assert "Short put" in run("new", "t.json").stderr


def test_new_refuses_to_replace_a_file_unless_forced(run: Run, here: Path) -> None:
    (here / "b.xlsx").write_bytes(b"mine")
    refused = run("new", "b.xlsx")
    assert refused.exit_code == 12
    assert "--force" in refused.stderr
    assert (here / "b.xlsx").read_bytes() == b"mine"
    assert run("new", "b.xlsx", "--force", "--json").exit_code == 0
    assert (here / "b.xlsx").read_bytes()[:2] == b"PK"


def test_new_without_a_target_is_2_and_with_an_unknown_template_too(run: Run) -> None:
    assert run("new").exit_code == 2
    result = run("new", "-", "--template", "short-putt")
    assert result.exit_code == 2
    assert "short-put" in result.stderr


def test_the_templates_are_listed_with_what_they_are(run: Run) -> None:
    lines = run("new", "--list-templates").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(template_names())
    listed = json.loads(run("new", "--list-templates", "--json").stdout)
    assert all(item["Summary"].endswith(".") for item in listed)


def test_validate_prints_problems_as_data_in_three_forms(run: Run) -> None:
    document = json.loads(load_template("short-put").to_json()) | {"Simbol": "SPX"}
    del document["Symbol"]
    text = json.dumps(document)
    plain = run("validate", "-", stdin=text)
    assert plain.exit_code == 3
    assert "Simbol" in plain.stdout
    assert "mistake" in plain.stderr
    problems = json.loads(run("validate", "-", "--json", stdin=text).stdout)
    assert {item["Path"] for item in problems if item["Severity"] == "error"} >= {"Simbol"}
    assert set(problems[0]) == {"Severity", "Cell", "Path", "Message", "Suggestion"}
    header, *rows = run("validate", "-", "--csv", stdin=text).stdout.splitlines()
    assert header == "Severity,Cell,Path,Message,Suggestion"
    assert len(rows) == len(problems)


def test_validate_lets_unknown_fields_through_on_request(run: Run) -> None:
    text = json.dumps(json.loads(load_template("short-put").to_json()) | {"Colour": "red"})
    assert run("validate", "-", stdin=text).exit_code == 3
    assert run("validate", "-", "--allow-unknown", stdin=text).exit_code == 0


def test_a_sound_strategy_has_no_problems(run: Run) -> None:
    result = run("validate", "-", stdin=load_template("short-put").to_json())
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No problems.\n")
