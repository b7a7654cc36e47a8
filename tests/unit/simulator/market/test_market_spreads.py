from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.simulator.market.spreads import quote, spread_scale

prices = st.floats(0.0, 5000.0)
scales = st.floats(0.02, 3.0)


def test_the_spread_is_the_published_regression() -> None:
    """Section 3.3 by hand: mid 20, 45 days, VIX 24, forward 4500."""
    log_mid = math.log(20.0)
    expected = math.exp(
        -1.733
        + 0.197 * log_mid
        + 0.037 * log_mid**2
        + 0.304 * math.log(45 / 30)
        + 0.471 * math.log(24 / 18)
    )
    scale = spread_scale(np.array(4500.0), np.array(45.0), np.array(math.log(24 / 18)))
    bid, ask, mid = quote(np.array(20.0), scale)
    assert float(ask - bid) == pytest.approx(expected, abs=0.1)
    assert float(mid) == pytest.approx(20.0, abs=0.05)
    twice = spread_scale(np.array(9000.0), np.array(45.0), np.array(math.log(24 / 18)))
    assert float(twice) == pytest.approx(2 * float(scale))


@pytest.mark.parametrize(
    ("mid", "dollars"), [(1.5, 0.15), (7.0, 0.30), (15.0, 0.40), (30.0, 0.60), (60.0, 0.70)]
)
def test_spreads_come_near_the_medians_of_real_quotes(mid: float, dollars: float) -> None:
    """Medians of section 3.3 for 2022-2025, here at 40 days and VIX 18; median log error 0.28."""
    scale = spread_scale(np.array(4500.0), np.array(40.0), np.array(0.0))
    bid, ask, _ = quote(np.array(mid), scale)
    assert abs(math.log(float(ask - bid) / dollars)) < 0.6


@given(st.lists(prices, min_size=2, max_size=40), scales)
def test_quotes_keep_the_exchange_steps_and_the_order_of_prices(values, scale: float) -> None:
    price = np.sort(np.array(values))
    bid, ask, mid = quote(price, np.array(scale))
    for value in (*bid.tolist(), *ask.tolist()):
        step = Decimal("0.05") if value < 3 else Decimal("0.10")
        assert Decimal(repr(value)) % step == 0
    least = np.where(bid < 3.0, 0.05, 0.10)
    assert (bid >= 0.0).all()
    assert (ask - bid >= least - 1e-9).all()
    assert ((bid <= mid) & (mid <= ask)).all()
    assert mid == pytest.approx((bid + ask) / 2)
    assert (np.diff(bid) >= 0.0).all()
    assert (np.diff(ask) >= 0.0).all()


@given(prices, scales)
def test_the_model_price_lies_within_the_quote_or_a_step_of_it(price: float, scale: float) -> None:
    bid, ask, _ = quote(np.array(price), np.array(scale))
    assert float(bid) - 0.1 <= price <= float(ask) + 0.1


def test_worthless_options_have_no_bid() -> None:
    bid, ask, mid = quote(np.array([0.0, 0.004]), np.array(0.3))
    assert bid.tolist() == [0.0, 0.0]
    assert (ask >= 0.05).all()
    assert mid.tolist() == (ask / 2).tolist()
