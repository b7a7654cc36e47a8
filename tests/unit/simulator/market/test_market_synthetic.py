from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.market import HistorySource, open_market
from xlmeso.simulator.market.bundled import load_bundled
from xlmeso.simulator.market.sessions import date_of, trading_calendar
from xlmeso.simulator.market.synthetic import simulate_history
from xlmeso.simulator.market.synthetic_vix import modelled_log_vix


def test_the_history_covers_1990_to_2030() -> None:
    history = simulate_history(0)
    assert (history.first_date, history.last_date) == (dt.date(1990, 1, 2), dt.date(2030, 12, 31))
    sessions = trading_calendar().session_days
    assert history.days.tolist() == sessions[: history.days.size].tolist()


def test_the_same_seed_gives_the_same_numbers_and_another_others() -> None:
    assert simulate_history(3).digest == simulate_history(3).digest
    assert simulate_history(3).digest != simulate_history(4).digest


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_it_behaves_like_an_equity_index(seed: int) -> None:
    """Bands around the S&P 500 and VIX of 1990-2026 (volatility 18 %, kurtosis 14, VIX 19.4)."""
    history = simulate_history(seed)
    returns = np.diff(np.log(history.close))
    assert 0.13 < returns.std() * np.sqrt(252) < 0.22
    assert 4.0 < ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 < 20.0
    assert -0.9 < np.corrcoef(returns, np.diff(np.log(history.vix_close)))[0, 1] < -0.55
    assert 15.0 < history.vix_close.mean() < 24.0
    assert 0.15 < np.corrcoef(abs(returns[1:]), abs(returns[:-1]))[0, 1] < 0.5
    for price in (history.open, history.close):
        assert ((history.low <= price) & (price <= history.high)).all()


def test_the_volatility_index_follows_from_real_prices_as_promised() -> None:
    """R2 of ln VIX on 2012-2026, after the years of the fit: 0.83 (local-engine.md section 1)."""
    history = load_bundled()
    later = np.array([date_of(day).year >= 2012 for day in history.days.tolist()])
    truth = np.log(history.vix_close)[later]
    error = truth - modelled_log_vix(history.close, history.high, history.low)[later]
    assert 1.0 - (error**2).mean() / truth.var() == pytest.approx(0.83, abs=0.02)


def test_a_market_of_the_future_can_be_opened() -> None:
    source = HistorySource("synthetic")
    market = open_market("SPX", dt.date(2029, 1, 1), dt.date(2029, 3, 31), history=source, seed=9)
    assert "no recorded data" in market.source
    expiration = market.expirations(0)[-1]
    chain = market.chain(5, expiration, OptionType.CALL)
    assert np.isfinite(chain.mid).all()
