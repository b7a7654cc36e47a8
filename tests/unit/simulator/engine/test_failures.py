"""Faults of a strategy: a Failed event, a sentence with the field's path, results so far kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays

from xlmeso.errors import SimulationError

DATES = weekdays(dt.date(2020, 1, 6), 5)
FAR = Listed("SPXW", dt.date(2020, 2, 5))
SHORT_PUT = leg("put", -1, "Put", StrikePrice=95)


def go(**parts: Any) -> Run:
    parts.setdefault("legs", [SHORT_PUT])
    return run(definition(**parts), FakeMarket(DATES, 100.0, [FAR]))


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"entry": {"Conditions": ["true and 1 + nothing > 0"]}}, "Entry.Conditions[0]"),
        ({"entry": {"AbortConditions": ["false", "nothing < 1"]}}, "Entry.AbortConditions[1]"),
        ({"entry": {"VarDefines": {"a": "1", "b": "missing"}}}, "Entry.VarDefines.b"),
        ({"entry": {"QtyMultiplier": "nothing"}}, "Entry.QtyMultiplier"),
        ({"exit": {"ProfitTarget": "1/0"}}, "Exit.ProfitTarget"),
        ({"exit": {"StopLoss": "0/0"}}, "Exit.StopLoss"),
        ({"exit": {"StopLoss": "pos_pnl > 1"}}, "Exit.StopLoss"),
        ({"exit": {"Conditions": ["pos_pnl .. 'x' == ''", "nothing()"]}}, "Exit.Conditions[1]"),
        ({"exit": {"Conditions": ["1 +"]}}, "Exit.Conditions[0]"),
        ({"exit": {"Conditions": ["while true do end"]}}, "Exit.Conditions[0]"),
        (
            {"expirations": [{"Name": "exp", "DTE": "leg_put_dte + 1"}]},
            "Structure.Expirations[0].DTE",
        ),
        ({"expirations": [{"Name": "exp"}]}, "Structure.Expirations[0].DTE"),
        (
            {"legs": [leg("put", -1, "Put", Delta="{}")]},
            "Structure.Legs[0].StrikeSelector.Delta",
        ),
        ({"legs": [leg("put", -1, "Put", Min=1)]}, "Structure.Legs[0].StrikeSelector"),
        ({"legs": [leg("put", -1, "Bond", StrikePrice=1)]}, "Structure.Legs[0].OptionType"),
        (
            {"legs": [leg("put", -1, "Put", "other", StrikePrice=1)]},
            "Structure.Legs[0].ExpirationName",
        ),
        (
            {
                "legs": [
                    leg("put", -1, "Put", Complex={"Statement": "1", "Target": "leg_put_price"})
                ]
            },
            "Structure.Legs[0].StrikeSelector.Complex.Target",
        ),
        ({"entry": {"Schedule": {"Every": "day"}}}, "Entry.Schedule"),
        ({"legs": [leg("put", "-1e12", "Put", StrikePrice=95)]}, "Structure.Legs[0].Qty"),
        ({"exit": {"StopLoss": "1e999"}}, "Exit.StopLoss"),
    ],
)
def test_the_path_of_the_field_begins_the_reason(parts: dict[str, Any], path: str) -> None:
    got = go(**parts)
    assert got.result.failure is not None
    assert got.result.failure.startswith(f"{path}: ")
    assert got.kinds()[-1] == "Failed"
    assert got.events[-1]["Message"] == got.result.failure


def test_missing_variable_is_named() -> None:
    got = go(exit={"Conditions": ["pos_delta + no_such_thing > 1"]})
    assert got.result.failure == (
        "Exit.Conditions[0]: Eval failed: attempt to perform arithmetic on a nil value "
        "('no_such_thing') in 'pos_delta + no_such_thing > 1'"
    )


def test_results_up_to_the_failure_are_kept() -> None:
    got = go(exit={"Conditions": ["days_in_trade >= 2 and nothing + 1 > 0"]})
    failed = got.events[-1]
    assert failed["SimTime"] == "2020-01-08T15:30:00"
    assert (failed["PnL"], failed["OpenLegCnt"], failed["Invested"]) == (18.5, 1, True)
    assert got.result.nav.size == 2 * 79 + 73
    assert got.result.nav[-1] == 10018.5


@pytest.mark.parametrize("gap", [{"start": "soon"}, {"end": ""}, {"cash": None}, {"cash": "1e99"}])
def test_run_without_period_or_cash_cannot_start(gap: dict[str, Any]) -> None:
    with pytest.raises(SimulationError):
        go(**gap)


def test_market_without_quotes_fails_the_run_with_the_contract() -> None:
    class Gap(FakeMarket):
        def quotes(self, contracts: Any, bars: range) -> Any:
            table = super().quotes(contracts, bars)
            table.mid[:, 100:] = float("nan")
            return table

    got = run(definition(legs=[SHORT_PUT]), Gap(DATES, 100.0, [FAR]))
    assert got.result.failure == "the market has no quotes for SPX.SPXW.2020-02-05.95.Put.100"
