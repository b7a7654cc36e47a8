"""Other underlyings through the service and the client: results arrive, refusals name the field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xlmeso.api import Client
from xlmeso.errors import InvalidRequestError
from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import to_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.simulator.market.sessions import day_number, trading_calendar
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.server import LocalService

pytestmark = pytest.mark.slow


def own_gold(folder: Path) -> Path:
    """Gold that gains and loses 1 % in turn, in the sessions of 2018 and 2019."""
    sessions = trading_calendar().session_days
    first, last = day_number(dt.date(2018, 1, 2)), day_number(dt.date(2019, 12, 31))
    days = sessions[(sessions >= first) & (sessions <= last)].view("datetime64[D]")
    rows = ["date,open,high,low,close"]
    for number, day in enumerate(days):
        close = 120.0 * (1.01 if number % 2 else 1.0)
        rows.append(f"{day},{close - 0.2:.2f},{close + 0.6:.2f},{close - 0.6:.2f},{close:.2f}")
    (folder / "gld.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    history = HistorySource("csv", own_gold(tmp_path_factory.mktemp("gold")))
    with (
        LocalService(tmp_path_factory.mktemp("service"), workers=1, history=history) as service,
        Client(service.url, service.api_key) as client,
    ):
        yield client


def shortened(name: str, start: str, end: str, **changes: Any) -> StrategyDefinition:
    document: dict[str, Any] = {**to_python(load_template(name).document), **changes}
    document["Backtest"] = {**document["Backtest"], "Start": start, "End": end}
    return StrategyDefinition.from_python(document)


def finished(client: Client, definition: StrategyDefinition, key: str) -> str:
    receipt = client.backtests.create(definition, idempotency_key=key)
    status = client.backtests.wait(receipt.backtest_id, timeout=120)
    assert status.state is BacktestState.FINISHED, status.failure_reason
    trades = client.analytics.get(receipt.backtest_id)["StratTradeCnt"]
    assert isinstance(trades, int)
    assert trades > 0
    return receipt.backtest_id


def test_rut_with_margin(client: Client) -> None:
    definition = shortened("rut-iron-condor", "2018-01-02T00:00:00", "2018-03-30T23:59:59")
    run = finished(client, definition, "rut")
    table = client.navs.get(run)
    margin = table.columns["Margin"]
    assert max(margin) > 1000  # one side of 30 points less the credit
    assert min(margin) == 0


def test_gold_on_the_users_own_prices(client: Client) -> None:
    definition = shortened("short-put", "2019-01-02T00:00:00", "2019-03-29T23:59:59", Symbol="GLD")
    finished(client, definition, "gld")


def test_the_folder_of_gold_leaves_spx_as_it_is(client: Client) -> None:
    definition = shortened("short-put", "2018-01-02T00:00:00", "2018-03-01T23:59:59")
    finished(client, definition, "spx")


def test_bitcoin_in_coins(client: Client) -> None:
    definition = shortened("btc-short-put", "2017-01-01T00:00:00", "2017-02-15T23:59:59")
    run = finished(client, definition, "btc")
    events = client.events.get(run)
    settled = [event for event in events if event.trade is not None]
    assert settled
    table = client.navs.get(run)
    nav = table.columns["NAV"]
    assert nav[0] == 2
    assert 1.5 < nav[-1] < 2.5
    assert len(nav) == 288 * 46


@pytest.mark.parametrize(
    ("changes", "path", "cure"),
    [
        ({"Symbol": "ETHUSD"}, "Symbol", "ethusd.csv"),
        (
            {"Symbol": "BTCUSD", "Settings": {"Core": {"Margin": {"Model": "RegT"}}}},
            "Settings.Core.Margin.Model",
            "PMLike",
        ),
    ],
)
def test_what_cannot_be_simulated_names_field_and_cure(
    client: Client, changes: dict[str, Any], path: str, cure: str
) -> None:
    definition = shortened("short-put", "2021-01-04T00:00:00", "2021-02-01T00:00:00", **changes)
    with pytest.raises(InvalidRequestError) as refused:
        client.backtests.create(definition, idempotency_key=f"refused-{path}")
    assert path in str(refused.value)
    assert cure in str(refused.value)
