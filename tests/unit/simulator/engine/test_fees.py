"""Commissions by hand: fixed fees, and Deribit's with cap, combination and delivery rules."""

from __future__ import annotations

from typing import Any

import pytest
from fake_market import definition

from xlmeso.simulator.engine.fees import DeribitFees, Fill, FixedFees, fees_of

DERIBIT = DeribitFees(
    trade=0.0003, delivery=0.00015, cap=0.125, one_side_is_free=True, dailies_settle_free=True
)
COIN = 1.0


def fill(qty: float, price: float) -> Fill:
    return Fill(qty, price, COIN, 1)


def test_a_contract_pays_a_share_of_the_coin() -> None:
    # 0.03 % of one coin, half a contract
    assert DERIBIT.of_trades([fill(-0.5, 0.02)]) == [pytest.approx(0.00015)]


def test_cheap_options_pay_a_share_of_their_price() -> None:
    # 12.5 % of 0.0012 is less than 0.0003
    assert DERIBIT.of_trades([fill(2, 0.0012)]) == [pytest.approx(2 * 0.00015)]


def test_a_combination_pays_for_its_dearer_side() -> None:
    """A spread 1 x -1: 0.0003 sold; 0.0002 bought (capped), which is free."""
    assert DERIBIT.of_trades([fill(-1, 0.02), fill(1, 0.0016)]) == [pytest.approx(0.0003), 0]
    # two bought at 0.0003 are dearer than one sold
    assert DERIBIT.of_trades([fill(-1, 0.02), fill(2, 0.02)]) == [0, pytest.approx(0.0006)]


def test_a_strangle_is_no_combination_of_two_sides() -> None:
    assert DERIBIT.of_trades([fill(-1, 0.02), fill(-1, 0.03)]) == [pytest.approx(0.0003)] * 2


def test_without_the_waiver_both_sides_pay() -> None:
    plain = DeribitFees(0.0003, 0.00015, 0.125, False, True)
    assert plain.of_trades([fill(-1, 0.02), fill(1, 0.02)]) == [pytest.approx(0.0003)] * 2


def test_delivery_pays_half_and_daily_options_nothing() -> None:
    assert DERIBIT.of_settlement(fill(1, 0.05), is_daily=False) == pytest.approx(0.00015)
    # the cap: 12.5 % of what the option pays
    assert DERIBIT.of_settlement(fill(1, 0.0004), is_daily=False) == pytest.approx(0.00005)
    assert DERIBIT.of_settlement(fill(1, 0.0), is_daily=False) == 0
    assert DERIBIT.of_settlement(fill(1, 0.05), is_daily=True) == 0
    unwaived = DeribitFees(0.0003, 0.00015, 0.125, True, False)
    assert unwaived.of_settlement(fill(1, 0.05), is_daily=True) == pytest.approx(0.00015)


def test_an_index_option_under_deribits_fees_pays_a_share_of_the_index() -> None:
    # 0.03 % of 4000 is 1.20 points, 120 money
    assert DERIBIT.of_trades([Fill(-1, 30.0, 4000.0, 100)]) == [pytest.approx(120)]


def settings(**commission: Any):
    sim = {"Commission": commission, "FillModel": commission.pop("FillModel", "AtMidPrice")}
    return definition(sim=sim).settings


def test_models_and_defaults() -> None:
    assert fees_of(settings(), "SPX") == FixedFees(0.0)
    assert fees_of(settings(), "BTCUSD") == DERIBIT
    assert fees_of(settings(CommissionModel="FixedFee", OptionFee="0.0005"), "BTCUSD") == FixedFees(
        0.0005
    )
    assert fees_of(settings(CommissionModel="FixedFee", OptionFee=1.5), "SPX") == FixedFees(1.5)


@pytest.mark.parametrize(("model", "share"), [("AtMidPrice", 0.0001), ("AtBidAsk", 0.0005)])
def test_fills_at_mid_are_a_makers_others_a_takers(model: str, share: float) -> None:
    given = {
        "MakerFeePctPerContract": "0.01",
        "TakerFeePctPerContract": 0.05,
        "MaxFeePctPerContract": 10,
        "DeliveryFeePctPerContract": 0,
        "WaiveBuySellComboOneSide": False,
        "WaiveDailyOptionsDeliveryFees": False,
    }
    found = fees_of(
        settings(CommissionModel="Deribit", DeribitCommissionSettings=given, FillModel=model),
        "BTCUSD",
    )
    assert found == DeribitFees(pytest.approx(share), 0.0, 0.1, False, False)
