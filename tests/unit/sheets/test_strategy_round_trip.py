"""JSON -> sheet -> JSON gives the same document, whatever the document."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings

from xlmeso.model.document import JsonNumber, dumps, loads
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template, template_names
from xlmeso.sheets.strategy import plan_strategy, read_strategy
from xlmeso.sheets.strategy.differences import apply, differences, resolve
from xlmeso.sheets.tables import tables_of


def shared(name: str) -> ModuleType:
    """Load a module beside this one (tests are no packages)."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


definitions = shared("definitions")
VALID, AWKWARD, LITERALS = definitions.VALID, definitions.AWKWARD, definitions.LITERALS


def through_tables(document: dict[str, object]) -> object:
    definition = StrategyDefinition(document)
    return read_strategy(tables_of(plan_strategy(definition))).definition.document


def test_valid_definition_comes_back_to_the_letter_and_without_a_problem() -> None:
    definition = StrategyDefinition.from_json(VALID)
    reading = read_strategy(tables_of(plan_strategy(definition)))
    assert reading.definition.to_json() == definition.to_json()
    assert reading.problems == ()


@settings(max_examples=150, deadline=None)
@given(definitions.objects)
def test_any_document_survives_the_tables(document: dict[str, object]) -> None:
    assert dumps(through_tables(document)) == dumps(document)


@settings(max_examples=200, deadline=None)
@given(definitions.mutations())
def test_mutated_definitions_survive_the_tables(document: dict[str, object]) -> None:
    assert dumps(through_tables(document)) == dumps(document)


@pytest.mark.parametrize("text", AWKWARD, ids=ascii)
@pytest.mark.parametrize("path", [("Symbol",), ("Backtest", "Start"), ("Exit", "Conditions", 0)])
def test_awkward_texts_survive_where_a_cell_shows_them(path: tuple[str, ...], text: str) -> None:
    document = loads(VALID)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    assert dumps(through_tables(document)) == dumps(document)


@pytest.mark.parametrize("literal", LITERALS)
def test_numbers_keep_their_spelling(literal: str) -> None:
    document = loads(VALID)
    document["Backtest"]["Cash"] = JsonNumber(literal)
    document["Structure"]["Legs"][0]["Qty"] = JsonNumber(literal)
    assert dumps(through_tables(document)) == dumps(document)


@pytest.mark.parametrize("name", template_names())
def test_templates_need_no_other_fields(name: str) -> None:
    definition = load_template(name)
    plan = plan_strategy(definition)
    reading = read_strategy(tables_of(plan))
    assert reading.definition.to_json() == definition.to_json()
    assert reading.problems == ()
    paths = plan.table("meso_other_fields").columns[0].values
    assert list(paths) == [None] * len(paths)


def test_definition_without_the_optional_sections_survives() -> None:
    """The service's own page shows a body without ExternalData (reference section 7.2)."""
    document = loads(VALID)
    for key in ("ExternalData", "Adjustment", "Description", "MesoSimVersion"):
        del document[key]
    assert dumps(through_tables(document)) == dumps(document)


@settings(max_examples=150, deadline=None)
@given(definitions.objects, definitions.objects)
def test_differences_turn_one_document_into_the_other(
    one: dict[str, object], other: dict[str, object]
) -> None:
    result = loads(dumps(one).encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass"))
    for edit in differences(one, other):
        path = resolve(one, edit.path)
        assert path is not None
        assert apply(result, type(edit)(edit.kind, path, edit.value, edit.before))
    assert dumps(result) == dumps(other)


def test_leg_with_a_name_that_fills_a_cell_survives() -> None:
    document = loads(VALID)
    document["Structure"]["Legs"][0]["Name"] = "x" * 30_000
    assert dumps(through_tables(document)) == dumps(document)
