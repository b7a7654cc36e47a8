"""Volatility and forward out of prices: there and back, with Black's formula written out here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.simulator.chains.implied import (
    Terms,
    implied_deviation,
    implied_terms,
    shared_deviation,
)


def black(forward: float, strike: float, deviation: float, sign: int, discount: float) -> float:
    d1 = math.log(forward / strike) / deviation + deviation / 2

    def normal(x: float) -> float:
        return math.erfc(-x / math.sqrt(2)) / 2

    return (
        discount * sign * (forward * normal(sign * d1) - strike * normal(sign * (d1 - deviation)))
    )


@settings(deadline=None)
@given(
    forward=st.floats(5, 6000),
    distance=st.floats(-1.5, 1.5),
    deviation=st.floats(0.01, 3.0),
    rate=st.floats(-0.01, 0.1),
    years=st.floats(0.001, 3.0),
)
def test_a_price_gives_back_its_volatility(
    forward: float, distance: float, deviation: float, rate: float, years: float
) -> None:
    terms = Terms(forward, forward, rate, years)
    strike = forward * math.exp(distance * deviation)
    sign = 1 if strike >= forward else -1
    price = black(forward, strike, deviation, sign, terms.discount)
    found = implied_deviation(terms, np.array([strike]), np.array([price]), np.array([float(sign)]))
    assert found[0] == pytest.approx(deviation, rel=1e-6)


@settings(deadline=None)
@given(forward=st.floats(90, 110), rate=st.floats(0, 0.08), years=st.floats(0.01, 2.0))
def test_parity_gives_back_the_forward(forward: float, rate: float, years: float) -> None:
    strike = np.arange(80.0, 121.0, 5.0)
    discount = math.exp(-rate * years)
    call, put = (
        np.array([black(forward, k, 0.2, sign, discount) for k in strike]) for sign in (1, -1)
    )
    call[0] = put[3] = np.nan  # what is not quoted does not disturb
    found = implied_terms(100.0, rate, years, strike, call, put)
    assert found.forward == pytest.approx(forward, rel=1e-9)
    np.testing.assert_allclose(shared_deviation(found, strike, call, put), 0.2, rtol=0.02)


def test_prices_that_no_volatility_explains() -> None:
    terms = Terms(100.0, 100.0, 0.0, 1.0)
    strike, sign = np.array([90.0, 90.0, 110.0, 100.0]), np.array([1.0, 1.0, 1.0, -1.0])
    price = np.array([10.0, 9.0, 0.0, np.nan])  # at and below intrinsic value, nothing, no quote
    assert np.isnan(implied_deviation(terms, strike, price, sign)).all()
    assert np.isnan(implied_deviation(terms, strike, np.full(4, 101.0), sign)).all()


def test_without_any_pair_the_forward_grows_with_the_rate() -> None:
    nothing = np.array([np.nan])
    found = implied_terms(100.0, 0.05, 1.0, np.array([100.0]), nothing, np.array([4.0]))
    assert found.forward == pytest.approx(105.1271, abs=1e-4)
