"""All templates over their own four years, their books re-done from the blotter alone.

The account here is kept by this file: it knows only the published rules (cash settlement at
intrinsic value, a fixed fee per contract and trade, 100 per point; for coins Deribit's fees and
amounts in coins) and reads nothing but events.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xlmeso.model.backtest import BacktestState
from xlmeso.model.templates import load_template, template_names
from xlmeso.simulator.market import HistorySource
from xlmeso.simulator.runs import RunJob, RunOutcome, run_backtest

CENT = Decimal("0.005")
SATOSHI = Decimal("0.00000002")
"""Two roundings to eight decimals."""


@dataclass
class Account:
    """Cash flows and open contracts as a person with pencil and paper would keep them."""

    fee: Decimal | None
    """Money per contract; None for Deribit's fees of 0.03 % of a coin and 0.015 % at delivery."""
    flows: Decimal = Decimal(0)
    open: dict[tuple[int, str], Decimal] = field(default_factory=dict)

    def take(self, event: dict[str, Any]) -> None:
        trade = event["TradeEvent"]
        contract = trade["Contract"]
        self.flows -= trade["Qty"] * trade["Price"] * contract["Multiplier"]
        self.flows -= self.fee_of(event) * abs(trade["Qty"])
        key = (event["PositionId"], json.dumps(contract, default=str, sort_keys=True))
        self.open[key] = self.open.get(key, Decimal(0)) + trade["Qty"]
        if not self.open[key]:
            del self.open[key]

    def fee_of(self, event: dict[str, Any]) -> Decimal:
        trade, is_settled = event["TradeEvent"], event["EventType"] == "Settlement"
        if self.fee is not None:
            return Decimal(0) if is_settled else self.fee
        if is_settled and trade["Contract"]["Root"].endswith("D"):
            return Decimal(0)
        share = Decimal("0.00015") if is_settled else Decimal("0.0003")
        return min(share, Decimal("0.125") * Decimal(trade["Price"]))


def events_of(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / "events.json.gz", "rt", encoding="utf-8") as file:
        events: list[dict[str, Any]] = json.load(file, parse_float=Decimal, parse_int=Decimal)
    return events


def nav_rows(folder: Path) -> Iterator[dict[str, str]]:
    with gzip.open(folder / "navs.csv.gz", "rt", encoding="utf-8") as file:
        names = next(file).strip().split(",")
        for line in file:
            yield dict(zip(names, line.strip().split(","), strict=True))


@pytest.fixture(scope="module", params=template_names())
def finished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, RunOutcome, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    job = RunJob(
        backtest_id="test",
        definition_json=load_template(request.param).to_json(),
        history=HistorySource(kind="bundled"),
        seed=0,
        folder=folder,
        cancel_file=None,
        progress_file=None,
    )
    return request.param, run_backtest(job), folder


@pytest.mark.slow
def test_template_finishes_with_trades(finished: tuple[str, RunOutcome, Path]) -> None:
    _, outcome, _ = finished
    assert outcome.state is BacktestState.FINISHED, outcome.failure_reason
    assert outcome.analytics is not None
    count = outcome.analytics["StratTradeCnt"]
    assert isinstance(count, int)
    assert count >= 10


@pytest.mark.slow
def test_template_accounts_hold_to_the_cent(finished: tuple[str, RunOutcome, Path]) -> None:
    name, _, folder = finished
    definition = load_template(name)
    cash = definition.backtest.cash
    fee = definition.settings.commission.option_fee
    assert cash is not None
    account = Account(fee)
    least = CENT if fee is not None else SATOSHI
    flat = 0
    for event in events_of(folder):
        if event["PnL"] is not None:
            assert abs(event["NAV"] - cash - event["PnL"]) <= least, event
        if event["TradeEvent"] is not None:
            account.take(event)
            assert event["OpenLegCnt"] == len(account.open), event
            if not account.open:
                flat += 1
                assert abs(event["NAV"] - cash - account.flows) <= least, event
    assert flat > 0


@pytest.mark.slow
def test_template_events_run_forward_and_end(finished: tuple[str, RunOutcome, Path]) -> None:
    _, _, folder = finished
    events = events_of(folder)
    times = [event["SimTime"] for event in events if event["SimTime"]]
    assert times == sorted(times)
    assert [events[0]["EventType"], events[-1]["EventType"]] == ["Start", "Finish"]
    trades = [event["TradeEvent"]["TradeId"] for event in events if event["TradeEvent"]]
    assert trades == sorted(set(trades))


@pytest.mark.slow
def test_template_nav_rows_agree_with_the_events(finished: tuple[str, RunOutcome, Path]) -> None:
    _, _, folder = finished
    navs = {row["At"].replace(" ", "T"): Decimal(row["NAV"]) for row in nav_rows(folder)}
    last = {event["SimTime"]: event for event in events_of(folder) if event["PnL"] is not None}
    checked = [
        abs(navs[time] - event["NAV"]) <= CENT for time, event in last.items() if time in navs
    ]
    assert len(checked) > 10
    assert all(checked)
