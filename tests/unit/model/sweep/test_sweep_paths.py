"""Paths as people type them, read against a definition."""

from __future__ import annotations

import pytest

from xlmeso.model.document import JsonNumber
from xlmeso.model.edit import with_value
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import SweepPathError, known_paths, resolve, short_text
from xlmeso.model.templates import load_template, template_names

CONDOR = load_template("iron-condor")


@pytest.mark.parametrize(
    ("text", "path", "shown"),
    [
        (
            "Legs[short_put].StrikeSelector.Delta",
            ("Structure", "Legs", 0, "StrikeSelector", "Delta"),
            "Legs[short_put].StrikeSelector.Delta",
        ),
        ("Structure.Legs[1].Qty", ("Structure", "Legs", 1, "Qty"), "Legs[long_put].Qty"),
        ("exit.profittarget", ("Exit", "ProfitTarget"), "Exit.ProfitTarget"),
        (" Backtest.Start ", ("Backtest", "Start"), "Backtest.Start"),
        ("Expirations[main].DTE", ("Structure", "Expirations", 0, "DTE"), "Expirations[main].DTE"),
        ("Entry.VarDefines.credit", ("Entry", "VarDefines", "credit"), "Entry.VarDefines.credit"),
        (
            'Entry.VarDefines["credit"]',
            ("Entry", "VarDefines", "credit"),
            "Entry.VarDefines.credit",
        ),
        ("Exit.Conditions[1]", ("Exit", "Conditions", 1), "Exit.Conditions[1]"),
        (
            "Entry.Concurrency.MaxPositionsInFlight",
            ("Entry", "Concurrency", "MaxPositionsInFlight"),
            "Entry.Concurrency.MaxPositionsInFlight",
        ),
    ],
)
def test_a_path_is_found_and_spelled_as_headings_do(
    text: str, path: tuple[str | int, ...], shown: str
) -> None:
    found = resolve(text, CONDOR)
    assert found.path == path
    assert found.text == shown
    assert found.current == CONDOR.get(*path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ProfitTarget", "Did you mean Exit.ProfitTarget?"),
        ("Exit.ProfitTaget", "Exit has no ProfitTaget. Did you mean Exit.ProfitTarget?"),
        ("Legs[shrt_put].Qty", "Did you mean Legs[short_put].Qty?"),
        ("Legs[7].Qty", "has no [7] but [short_put], [long_put]"),
        ("Entry.VarDefines.kredit", "Did you mean Entry.VarDefines.credit?"),
        ("Exit..ProfitTarget", "is no path"),
        ("", "is no path"),
    ],
)
def test_an_unknown_path_names_the_nearest(text: str, says: str) -> None:
    with pytest.raises(SweepPathError) as caught:
        resolve(text, CONDOR)
    assert says in str(caught.value)


def test_a_key_that_is_an_expression_is_quoted() -> None:
    adjusted = StrategyDefinition.from_python(
        {"Adjustment": {"ConditionalAdjustments": {"pos_delta > 10": {"X": {"LegName": "a"}}}}}
    )
    found = resolve('Adjustment.ConditionalAdjustments["pos_delta > 10"].X.LegName', adjusted)
    assert found.current == "a"
    assert resolve(found.text, adjusted).path == found.path


def test_fields_that_version_3_does_not_know_can_be_varied_where_they_stand() -> None:
    unknown = StrategyDefinition(with_value(CONDOR.document, ("Exit", "Future"), JsonNumber("1")))
    assert resolve("Exit.Future", unknown).known is None


def test_a_leg_whose_name_stands_twice_is_shown_by_number() -> None:
    twice = StrategyDefinition(
        with_value(CONDOR.document, ("Structure", "Legs", 1, "Name"), "short_put")
    )
    path = ("Structure", "Legs", 1, "Qty")
    assert short_text(path, twice) == "Legs[1].Qty"
    assert resolve("Legs[1].Qty", twice).path == path


@pytest.mark.parametrize("name", template_names())
def test_every_known_path_leads_back_to_its_value(name: str) -> None:
    definition = load_template(name)
    paths = known_paths(definition)
    assert len({path.text for path in paths}) == len(paths) > 30
    for path in paths:
        assert resolve(path.text, definition).path == path.path


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Legs[short_put].StrikeSelector.Delta", "short_put Delta"),
        ("Exit.ProfitTarget", "ProfitTarget"),
        ("Exit.Conditions[0]", "Conditions[0]"),
    ],
)
def test_labels_are_short(text: str, label: str) -> None:
    assert resolve(text, CONDOR).label == label
