"""Reg T pairing against exhaustive search, and what must hold for any position."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.simulator.margin.legs import MarginLeg
from xlmeso.simulator.margin.pairing import Pairing
from xlmeso.simulator.margin.portfolio import shock_factors, worst_drop
from xlmeso.simulator.margin.reg_t import reg_t, short_requirement
from xlmeso.simulator.margin.rules import BROAD_INDEX, EQUITY, straddle_relief, uncovered

SPOT = np.array([100.0])


def leg(call: bool, strike: float, qty: float, price: float, expires: int = 1) -> MarginLeg:
    return MarginLeg(call, strike, expires, qty, 100, price, np.array([price]))


one_leg = st.builds(
    leg,
    st.booleans(),
    st.sampled_from([80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 125.0]),
    st.sampled_from([-2, -1, 1, 2]),
    st.sampled_from([0.05, 0.5, 2.0, 6.0]),
    st.sampled_from([1, 2]),
)
positions = st.lists(one_leg, min_size=1, max_size=4)


def group_loss(legs: Sequence[MarginLeg], used: Sequence[int]) -> float | None:
    """Largest loss at the exercise prices; None where the rule allows no such group."""
    members = [(leg, n) for leg, n in zip(legs, used, strict=True) if n]
    for calls in (True, False):
        side = [(leg, n) for leg, n in members if leg.is_call is calls]
        if sum(-n if leg.is_short else n for leg, n in side):
            return None
    shorts = [leg.expires for leg, _ in members if leg.is_short]
    longs = [leg.expires for leg, _ in members if not leg.is_short]
    if shorts and max(shorts) > min(longs):
        return None
    prices = {leg.strike for leg, _ in members}
    pays = [
        sum(leg.intrinsic(p) * (-n if leg.is_short else n) for leg, n in members) for p in prices
    ]
    return max([0.0, *(-pay for pay in pays)])


def exhaustive(legs: Sequence[MarginLeg]) -> float:
    """Try every split into up to two groups, uncovered options and straddles."""
    counts = [int(leg.contracts) for leg in legs]
    losses = {}
    for used in product(*(range(n + 1) for n in counts)):
        loss = group_loss(legs, used)
        if loss is not None:
            losses[used] = loss
    best = np.inf
    for first, loss in losses.items():
        for second, other in losses.items():
            total = [a + b for a, b in zip(first, second, strict=True)]
            if all(t <= n for t, n in zip(total, counts, strict=True)):
                left = [
                    leg
                    for leg, t in zip(legs, total, strict=True)
                    if leg.is_short
                    for _ in range(int(leg.contracts) - t)
                ]
                best = min(best, loss + other + uncovered_and_straddles(left))
    return float(best)


def uncovered_and_straddles(left: Sequence[MarginLeg]) -> float:
    """Single contracts, each with the best partner or none."""
    if not left:
        return 0.0
    first, rest = left[0], left[1:]
    alone = uncovered(first, SPOT, EQUITY).item()
    best = alone + uncovered_and_straddles(rest)
    for place, other in enumerate(rest):
        if other.is_call != first.is_call:
            a, b = alone, uncovered(other, SPOT, EQUITY).item()
            lesser = other if a >= b else first
            pair = max(a, b) + 100 * lesser.value.item()
            best = min(best, pair + uncovered_and_straddles([*rest[:place], *rest[place + 1 :]]))
    return best


@given(st.lists(one_leg, min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_no_pairing_found_by_exhaustive_search_is_cheaper(legs: list[MarginLeg]) -> None:
    assert short_requirement(legs, SPOT, EQUITY).item() == pytest.approx(exhaustive(legs), abs=1e-4)


@given(positions, positions)
@settings(max_examples=40, deadline=None)
def test_two_positions_in_one_never_ask_for_more(
    one: list[MarginLeg], other: list[MarginLeg]
) -> None:
    apart = reg_t(one, SPOT, EQUITY, permissive=False) + reg_t(
        other, SPOT, EQUITY, permissive=False
    )
    assert reg_t([*one, *other], SPOT, EQUITY, permissive=False) <= apart + 1e-4


@given(positions)
@settings(max_examples=40, deadline=None)
def test_everything_uncovered_is_the_most_and_premium_the_least(legs: list[MarginLeg]) -> None:
    paid = sum(leg.premium for leg in legs if not leg.is_short)
    alone = sum(leg.contracts * uncovered(leg, SPOT, EQUITY).item() for leg in legs if leg.is_short)
    vanilla = reg_t(legs, SPOT, EQUITY, permissive=False).item()
    assert paid - 1e-6 <= vanilla <= paid + alone + 1e-6
    permissive = reg_t(legs, SPOT, EQUITY, permissive=True).item()
    proceeds = sum(leg.premium for leg in legs if leg.is_short)
    assert permissive == pytest.approx(max(vanilla - proceeds, 0), abs=1e-6)


@given(st.sampled_from([80.0, 90.0, 95.0]), st.sampled_from([5.0, 10.0, 30.0]), st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_a_long_box_asks_for_nothing_beyond_its_price(low: float, wide: float, qty: int) -> None:
    high = low + wide
    box = [leg(True, low, qty, 7), leg(True, high, -qty, 1), leg(False, high, qty, 6)]
    box.append(leg(False, low, -qty, 1))
    assert short_requirement(box, SPOT, EQUITY).item() == pytest.approx(0, abs=1e-6)


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.sampled_from([90.0, 97.0, 100.0, 103.0, 110.0]),
            st.sampled_from([-2, -1, 1]), st.sampled_from([0.5, 2.0, 6.0]),
        ),
        min_size=2, max_size=5,
    ),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
@settings(max_examples=12, deadline=None)
def test_a_span_of_bars_agrees_with_each_bar_by_itself(
    drawn: list[tuple[bool, float, int, float]], seed: int
) -> None:
    """Spans are decided at once only where the proof holds; here the market moves wildly."""
    random = np.random.default_rng(seed)
    spot = 100 * np.exp(np.cumsum(random.normal(0, 0.02, 12)))
    legs = [
        MarginLeg(c, k, 1, q, 100, p, p * np.exp(random.normal(0, 0.3, 12))) for c, k, q, p in drawn
    ]
    whole = short_requirement(legs, spot, BROAD_INDEX)
    for bar in range(spot.size):
        at = slice(bar, bar + 1)
        single = [MarginLeg(x.is_call, x.strike, 1, x.qty, 100, x.paid, x.value[at]) for x in legs]
        assert whole[bar] == pytest.approx(
            short_requirement(single, spot[at], BROAD_INDEX).item(), rel=1e-7, abs=1e-4
        )


def test_the_closed_form_of_a_strangle_is_the_programs_answer() -> None:
    legs = [leg(True, 105, -3, 2), leg(False, 95, -2, 1.5)]
    costs = [uncovered(x, SPOT, EQUITY) for x in legs]
    costs.append(-straddle_relief(*legs, SPOT, EQUITY))
    assert Pairing(legs).cheapest(np.array(costs)) == pytest.approx(
        short_requirement(legs, SPOT, EQUITY)
    )


def test_fractions_of_contracts_are_split_as_fractions() -> None:
    legs = [leg(True, 100, -0.5, 3), leg(True, 105, 0.3, 1)]
    # 0.3 spreads of 500 and 0.2 uncovered of 300 + 2000
    assert short_requirement(legs, SPOT, EQUITY).item() == pytest.approx(150 + 460)


def test_risk_based_margin_is_the_worst_of_the_shocks() -> None:
    factors = shock_factors(10, 10)
    assert factors[0] == pytest.approx(0.9)
    assert factors[-1] == pytest.approx(1.1)
    assert 1.0 in factors
    # a short 95 put without time value on a spot of 100: at 90 it costs 5
    values = np.array([[-max(95 - 100 * f, 0.0) * 100] for f in factors])
    assert worst_drop(values, factors).item() == pytest.approx(500)
    assert worst_drop(-values, factors).item() == pytest.approx(0)


def test_uneven_bounds_keep_todays_price_in_the_curve() -> None:
    factors = shock_factors(12, 7)
    assert 1.0 in factors
    assert (factors.min(), factors.max()) == (pytest.approx(0.88), pytest.approx(1.07))
