"""The account of a run kept a second time, from its events alone."""

from __future__ import annotations

import numpy as np
import pytest
from fake_market import Run


def check_identities(got: Run, cash: float, fee: float) -> None:
    """NAV = cash + PnL, open legs, and flows against final NAV when nothing is open."""
    flows, held = 0.0, dict[tuple[int, int], float]()
    open_legs = 0
    for event in got.events:
        if event["NAV"] is not None and event["PnL"] is not None:
            assert event["NAV"] == pytest.approx(cash + event["PnL"], abs=1e-6)
        trade = event["TradeEvent"]
        if trade is not None:
            kind, multiplier = event["EventType"], trade["Contract"]["Multiplier"]
            flows -= trade["Qty"] * trade["Price"] * multiplier
            flows -= 0 if kind == "Settlement" else fee * abs(trade["Qty"])
            open_legs += 1 if kind == "EntryTrade" else -1
            key = (event["PositionId"], str(trade["Contract"]))
            held[key] = held.get(key, 0) + trade["Qty"]
            assert event["OpenLegCnt"] == open_legs
        if open_legs == 0 and event["PnL"] is not None:
            assert event["PnL"] == pytest.approx(flows, abs=1e-4)
            assert all(qty == 0 for qty in held.values())
            assert event["Invested"] is False
    times = {str(time): n for n, time in enumerate(got.result.times)}
    last = {event["SimTime"]: event["NAV"] for event in got.events if event["PnL"] is not None}
    for time, nav in last.items():
        assert got.result.nav[times[time[:16]]] == pytest.approx(nav, abs=1e-4)
    tally = got.result.account.tally
    still_open = sum(position.has_traded for position in got.result.account.positions)
    assert got.result.account.trade_count == tally.closed + still_open
    assert got.result.account.realised + sum(
        position.open_pnl(got.result.bars.stop - 1) for position in got.result.account.positions
    ) == pytest.approx(got.result.pnl[-1], abs=1e-4)
    assert got.result.account.settlement_count == len(got.of("Settlement"))
    assert sum(tally.reasons.values()) == tally.closed
    np.testing.assert_array_equal(got.result.open_legs[-1], got.result.account.open_legs())
