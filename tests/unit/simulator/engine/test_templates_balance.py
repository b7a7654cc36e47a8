"""The templates on SPX on the modelled market, over a few months: books, greeks, determinism."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from account_checks import check_identities
from fake_market import Run, definition, leg, run

from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template, template_names
from xlmeso.simulator.market import HistorySource, Market, open_market

ON_SPX = [name for name in template_names() if load_template(name).symbol == "SPX"]
"""The others are run over their own periods in tests/e2e/test_templates_account.py."""


def shortened(name: str, **sim: Any) -> StrategyDefinition:
    document = dict(load_template(name).document)
    document["Backtest"] = {
        **document["Backtest"],
        "Start": "2018-01-01T00:00:00",
        "End": "2018-06-30T23:59:59",
    }
    settings = dict(document["Settings"])
    settings["Sim"] = {**settings["Sim"], **from_python(sim)}
    document["Settings"] = settings
    return StrategyDefinition(document)


@pytest.fixture(scope="module")
def market() -> Market:
    return open_market("SPX", dt.date(2018, 1, 1), dt.date(2018, 6, 30), history=HistorySource())


@pytest.fixture(scope="module", params=ON_SPX)
def finished(request: pytest.FixtureRequest, market: Market) -> tuple[StrategyDefinition, Run]:
    strategy = shortened(request.param)
    return strategy, run(strategy, market)


def test_books_balance(finished: tuple[StrategyDefinition, Run]) -> None:
    strategy, got = finished
    fee = strategy.settings.commission.option_fee
    assert strategy.backtest.cash is not None
    assert fee is not None
    assert got.result.failure is None
    assert got.result.account.trade_count > 0
    check_identities(got, float(strategy.backtest.cash), float(fee))


def test_series_have_no_gaps(finished: tuple[StrategyDefinition, Run]) -> None:
    result = finished[1].result
    for name in ("delta", "gamma", "theta", "vega", "wvega", "rho"):
        assert np.isfinite(result.greek(name)).all()
        assert (result.greek(name)[result.open_legs == 0] == 0).all()
    assert np.isfinite(result.nav).all()


def test_running_profit_is_realised_plus_open_at_every_event(
    finished: tuple[StrategyDefinition, Run],
) -> None:
    for event in finished[1].events:
        variables = event["Vars"]
        if variables:
            assert variables["acc_pnl"] == event["PnL"]
            assert variables["nav"] == event["NAV"]


@pytest.mark.parametrize("name", ON_SPX)
def test_worse_fills_leave_less(name: str, market: Market) -> None:
    """First entry at bid and ask and with slippage costs more than at mid without."""

    def first_day(**sim: Any) -> float:
        got = run(shortened(name, **sim), market)
        day_one: float = got.of("EndOfDay")[0]["PnL"]
        return day_one

    assert (
        first_day(FillModel="AtBidAsk", SlippageAmt="0.10")
        < first_day(FillModel="AtBidAsk", SlippageAmt=0)
        < first_day(FillModel="AtMidPrice", SlippageAmt=0)
    )


def test_am_series_held_to_settlement_pay_the_opening_value(market: Market) -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", Delta=40), leg("call", 2, "Call", Delta=40)],
        expirations=[{"Name": "exp", "DTE": 20, "Roots": {"Include": ["SPX"]}}],
        start="2018-01-01T00:00:00",
        end="2018-06-30T23:59:59",
        cash="100000.00",
    )
    got = run(strategy, market)
    check_identities(got, 100000, 1.5)
    settled = got.of("Settlement")
    assert len(settled) >= 8
    for event in settled:
        trade = event["TradeEvent"]
        date = dt.date.fromisoformat(trade["Contract"]["Expiration"][:10])
        session = market.sessions.index_of(date)
        assert session is not None
        assert event["SimTime"].endswith("T09:30:00")
        sign = 1 if trade["Contract"]["Type"] == "Call" else -1
        value = max(sign * (market.open_price(session) - trade["Contract"]["Strike"]), 0)
        assert trade["Price"] == pytest.approx(value, abs=1e-6)
