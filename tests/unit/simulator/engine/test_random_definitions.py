"""Random valid definitions on the market model: no crash, no leak of cash, every run ends."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from account_checks import check_identities
from fake_market import Run, run
from hypothesis import HealthCheck, event, given, settings
from random_definitions import definitions

from xlmeso.model.problems import errors_of
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation import validate
from xlmeso.simulator.market import HistorySource, Market, open_market
from xlmeso.simulator.refusals import unsupported

FIRST, LAST = dt.date(2019, 2, 11), dt.date(2019, 2, 28)
PERIOD = (f"{FIRST}T00:00:00", f"{LAST}T23:59:59")
MOST_EVENTS = 20_000


def market() -> Market:
    return open_market("SPX", FIRST, LAST, history=HistorySource())


def check_open_value(got: Run, strategy: StrategyDefinition, on: Market) -> None:
    """NAV at the end is cash, all flows, and what the market pays for the contracts held."""
    flows = 0.0
    for one in got.events:
        if (trade := one["TradeEvent"]) is not None:
            flows -= trade["Qty"] * trade["Price"] * trade["Contract"]["Multiplier"]
            flows -= 0 if one["EventType"] == "Settlement" else 1.5 * abs(trade["Qty"])
    worth = 0.0
    at_mid = strategy.settings.fill_model == "AtMidPrice"
    last = got.result.bars.stop - 1
    for position in got.result.account.positions:
        for leg in position.open_legs():
            quotes = on.quotes([leg.contract], range(last, last + 1))
            side = "mid" if at_mid else "bid" if leg.qty > 0 else "ask"
            worth += leg.qty * 100 * getattr(quotes, side).item()
    assert got.result.nav[-1] == pytest.approx(100_000 + flows + worth, abs=1e-3)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategy=definitions(*PERIOD))
def test_random_valid_definition_runs_to_its_end_and_loses_no_cent(
    strategy: StrategyDefinition,
) -> None:
    assert [str(problem) for problem in errors_of(validate(strategy))] == []
    assert unsupported(strategy) == []
    on = market()
    got = run(strategy, on, seed=3)
    result = got.result
    assert len(got.events) < MOST_EVENTS
    assert got.events[-1]["EventType"] == ("Finish" if result.failure is None else "Failed")
    event("failed" if result.failure else "finished")
    event(f"trades: {min(result.account.trade_count, 5)}")
    event(f"adjusted: {result.account.tally.adjustments > 0}")
    if result.failure is not None:
        # Only what the definition itself asks for may fail, and its place is named.
        assert result.failure.startswith(("Structure.", "Entry.", "Adjustment.", "Exit."))
        return
    assert np.isfinite(result.nav).all()
    check_identities(got, 100_000, 1.5)
    check_open_value(got, strategy, on)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategy=definitions(*PERIOD))
def test_random_definition_gives_the_same_bytes_again(strategy: StrategyDefinition) -> None:
    first, again = (run(strategy, market(), seed=5) for _ in range(2))
    assert first.raw == again.raw
    assert first.result.nav.tobytes() == again.result.nav.tobytes()
