from __future__ import annotations

import json

import pytest

from xlmeso.model.document import from_python
from xlmeso.model.expression import syntax_error
from xlmeso.model.field_types import MAX_HELP
from xlmeso.model.fields import FIELDS, ITEM, VALUE, Field, Kind, field_at, field_of
from xlmeso.model.strategy import SELECTORS
from xlmeso.model.validation.scalars import check_scalar

CONTAINERS = (Kind.OBJECT, Kind.LIST, Kind.MAP)

# Top-level and section fields of reference 1.1-1.9, typed in by hand.
REFERENCE = [
    "StrategyName",
    "Description",
    "Symbol",
    "MesoSimVersion",
    "Structure.Name",
    "ExternalData.CsvUrl",
    "Backtest.Name",
    "Backtest.Start",
    "Backtest.End",
    "Backtest.Cash",
    "Structure.Expirations.[].Name",
    "Structure.Expirations.[].DTE",
    "Structure.Expirations.[].Min",
    "Structure.Expirations.[].Max",
    "Structure.Expirations.[].Roots.Include.[]",
    "Structure.Expirations.[].Roots.Exclude.[]",
    "Structure.Legs.[].Name",
    "Structure.Legs.[].Qty",
    "Structure.Legs.[].OptionType",
    "Structure.Legs.[].ExpirationName",
    "Structure.Legs.[].LegGroupId",
    "Structure.Legs.[].StrikeSelector.Min",
    "Structure.Legs.[].StrikeSelector.Max",
    "Structure.Legs.[].StrikeSelector.BidPrice",
    "Structure.Legs.[].StrikeSelector.AskPrice",
    "Structure.Legs.[].StrikeSelector.MidPrice",
    "Structure.Legs.[].StrikeSelector.Delta",
    "Structure.Legs.[].StrikeSelector.StrikePrice",
    "Structure.Legs.[].StrikeSelector.Complex.Statement",
    "Structure.Legs.[].StrikeSelector.Complex.Target",
    "Structure.Legs.[].StrikeSelector.Complex.Constraints.[]",
    "Entry.Schedule.AfterMarketOpenMinutes",
    "Entry.Schedule.BeforeMarketCloseMinutes",
    "Entry.Schedule.Every",
    "Entry.Conditions.[]",
    "Entry.VarDefines.{}",
    "Entry.AbortConditions.[]",
    "Entry.QtyMultiplier",
    "Entry.ReentryDays",
    "Entry.Concurrency.MaxPositionsInFlight",
    "Entry.Concurrency.EntryShiftDays",
    "Adjustment.Schedule.AfterMarketOpenMinutes",
    "Adjustment.Schedule.BeforeMarketCloseMinutes",
    "Adjustment.Schedule.Every",
    "Adjustment.MaxAdjustmentCount",
    "Exit.Schedule.AfterMarketOpenMinutes",
    "Exit.Schedule.BeforeMarketCloseMinutes",
    "Exit.Schedule.Every",
    "Exit.MaxDaysInTrade",
    "Exit.ProfitTarget",
    "Exit.StopLoss",
    "Exit.Conditions.[]",
    "Exit.VarDefines.{}",
    "Settings.Sim.FillModel",
    "Settings.Sim.SlippageAmt",
    "Settings.Sim.Commission.CommissionModel",
    "Settings.Sim.Commission.OptionFee",
    "Settings.Sim.Commission.DeribitCommissionSettings.MakerFeePctPerContract",
    "Settings.Sim.Commission.DeribitCommissionSettings.TakerFeePctPerContract",
    "Settings.Sim.Commission.DeribitCommissionSettings.MaxFeePctPerContract",
    "Settings.Sim.Commission.DeribitCommissionSettings.DeliveryFeePctPerContract",
    "Settings.Sim.Commission.DeribitCommissionSettings.WaiveBuySellComboOneSide",
    "Settings.Sim.Commission.DeribitCommissionSettings.WaiveDailyOptionsDeliveryFees",
    "Settings.Sim.PositionMonitor.TraceCollectionInterval",
    "Settings.Core.Margin.Model",
    "Settings.Core.Margin.HouseMultiplier",
    "Settings.Core.Margin.RegTMode",
    "Settings.Core.Margin.PMConfig.LowerBoundPct",
    "Settings.Core.Margin.PMConfig.UpperBoundPct",
    "Settings.Core.LegSelectionConstraint",
    "Settings.Core.ExpirationSelectionConstraint",
]

ACTIONS = [
    "MoveLegAdjustment.LegName",
    "MoveLegAdjustment.ExpirationName",
    "MoveLegAdjustment.VarDefines.{}",
    "MoveLegAdjustment.StrikeSelector.Delta",
    "MoveLegAdjustment.Expirations.[].DTE",
    "RemoveLegsAdjustment.LegNames.[]",
    "RemoveLegsAdjustment.VarDefines.{}",
    "AddLegsAdjustment.Legs.[].Qty",
    "AddLegsAdjustment.Expirations.[].Name",
    "AddLegsAdjustment.AbortConditions.[]",
    "AddLegsAdjustment.VarDefines.{}",
    "UpdateVarsAdjustment.VarDefines.{}",
]


def test_leaves_outside_adjustments_are_those_of_the_reference() -> None:
    leaves = {
        ".".join(item.path)
        for item in FIELDS
        if item.kind not in CONTAINERS and "ConditionalAdjustments" not in item.path
    }
    assert leaves == set(REFERENCE)


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_have_the_fields_of_the_reference(name: str) -> None:
    field_of(("Adjustment", "ConditionalAdjustments", VALUE, *name.split(".")))


def test_every_selector_is_a_field() -> None:
    for selector in SELECTORS:
        field_of(("Structure", "Legs", ITEM, "StrikeSelector", selector))


def test_paths_are_unique_and_parents_come_first() -> None:
    seen: set[tuple[str, ...]] = {()}
    for item in FIELDS:
        assert item.path not in seen
        assert item.path[:-1] in seen or item.path[:-1] == ("Settings",)
        seen.add(item.path)


@pytest.mark.parametrize("item", FIELDS, ids=lambda item: ".".join(item.path))
def test_field_has_words_for_people(item: Field) -> None:
    assert item.label
    assert item.help.endswith(".")
    assert len(item.help) <= MAX_HELP
    if item.kind not in CONTAINERS:
        assert item.example
    if item.kind is Kind.NUMBER:
        assert item.unit


@pytest.mark.parametrize(
    "item",
    [item for item in FIELDS if item.example and item.kind is not Kind.BOOLEAN],
    ids=lambda item: ".".join(item.path),
)
def test_example_is_valid(item: Field) -> None:
    assert check_scalar(item, item.example, item.path) is None
    if item.kind is Kind.EXPRESSION:
        assert syntax_error(item.example) is None


def test_every_expression_has_a_point_and_only_they_have_one() -> None:
    for item in FIELDS:
        is_condition = item.path[-2:] == ("ConditionalAdjustments", VALUE)
        assert (item.point is not None) == (item.kind is Kind.EXPRESSION or is_condition)


def test_defaults_are_json_or_plain_words() -> None:
    for item in FIELDS:
        if item.default is not None and item.default not in item.choices:
            from_python(json.loads(item.default))


def test_field_is_found_by_a_place_in_a_definition() -> None:
    found = field_at(("Structure", "Legs", 3, "StrikeSelector", "Delta"))
    assert found is field_of(("Structure", "Legs", ITEM, "StrikeSelector", "Delta"))
    found = field_at(("Entry", "VarDefines", "anything"))
    assert found is field_of(("Entry", "VarDefines", VALUE))
    assert field_at(()) is None
    assert field_at(("Structure", "Legz")) is None
    assert field_at(("Structure", "Legs", 0, "Qty", "deeper")) is None
    with pytest.raises(KeyError):
        field_of(("Nope",))
    with pytest.raises(KeyError):
        field_of(())
