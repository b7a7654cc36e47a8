"""Small chains whose results are worked out by hand: gaps, odd quotes, settlement."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chain_files import EXPIRATION, lay, quote
from fake_market import Run, definition, leg, run

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import OptionType
from xlmeso.simulator.chains.opening import check_chains, open_chains

SHORT_PUT = leg("put", -1, "Put", StrikePrice=3700)
DAYS = ("2021-01-04", "2021-01-05", "2021-01-06", "2021-01-07", "2021-01-08")


def daily(*mids: float | None, time: str = "15:45:00", **more: Any) -> list[dict[str, Any]]:
    """Return two strikes a day; the 3700 put has the given mids, None is a day without a file."""
    rows = []
    for day, mid in zip(DAYS, mids, strict=False):
        if mid is not None:
            rows.append(quote(f"{day}T{time}", 3700, mid, **more))
            rows.append(quote(f"{day}T{time}", 3600, 10.0, **more))
    return rows


def go(folder: Path, *, first: str = "2021-01-04", last: str = "2021-01-08", **parts: Any) -> Run:
    parts.setdefault("legs", [SHORT_PUT])
    parts.setdefault("expirations", [{"Name": "exp", "DTE": 45}])
    market = open_chains("SPX", dt.date.fromisoformat(first), dt.date.fromisoformat(last), folder)
    strategy = definition(start=f"{first}T00:00:00", end=f"{last}T23:59:59", **parts)
    return run(strategy, market)


def messages(got: Run, kind: str) -> list[tuple[str, str]]:
    return [(event["SimTime"], event["Message"]) for event in got.of(kind)]


def test_end_of_day_quotes_take_every_tick_of_the_day(tmp_path: Path) -> None:
    folder = lay(tmp_path, daily(40.0, 38.0, 30.0, 25.0, 20.0))
    got = go(folder, exit={"ProfitTarget": "900"}, sim={"SlippageAmt": "0.10"})
    # Sold at 40.00 - 0.10, bought back at 30.00 + 0.10 when (40 - 0.1 - 30) x 100 - 1.5 = 988.50.
    # In again the day after at 25.00 - 0.10, held to the end: marked at 20.00.
    assert [event["SimTime"] for event in got.of("EntryTrade")] == [
        "2021-01-04T15:45:00",
        "2021-01-07T15:45:00",
    ]
    assert [event["SimTime"] for event in got.of("ExitTrade")] == ["2021-01-06T15:45:00"]
    realised = (39.9 - 30.1) * 100 - 2 * 1.5
    open_pnl = (24.9 - 20.0) * 100 - 1.5
    assert got.result.pnl[-1] == pytest.approx(realised + open_pnl)
    # Between two snapshots the last one holds: the NAV does not know the 5th's price at its open.
    at_open = got.result.clock.first_bar[1]
    assert got.result.pnl[at_open] == pytest.approx((39.9 - 40.0) * 100 - 1.5)


def test_bid_and_ask_fill_and_mark(tmp_path: Path) -> None:
    folder = lay(tmp_path, daily(40.0, 38.0))
    got = go(folder, last="2021-01-05", sim={"FillModel": "AtBidAsk"})
    assert got.of("EntryTrade")[0]["TradeEvent"]["Price"] == 39.5
    assert got.result.pnl[-1] == pytest.approx((39.5 - 38.5) * 100 - 1.5)


def test_a_missing_day_is_told_and_the_mark_holds(tmp_path: Path) -> None:
    folder = lay(tmp_path, daily(40.0, None, 30.0))
    got = go(folder, last="2021-01-06")
    assert messages(got, "MissingData") == [
        ("2021-01-05T16:00:00", "No quotes of SPX on 2021-01-05"),
        (
            "2021-01-05T16:00:00",
            "Leg='put' Contract='SPX.SPXW.2021-02-19.3700.Put.100' has no quotes, sessions=1",
        ),
    ]
    assert got.of("ExitTrade") == []
    assert got.result.pnl[got.result.clock.last_bar[1]] == pytest.approx(-1.5)
    assert got.result.pnl[-1] == pytest.approx(1000 - 1.5)
    # A position is not tested on a day without quotes.
    assert "1 sessions have no file." in got.of("Start")[0]["Message"]


def test_three_missing_days_liquidate_at_the_last_known_price(tmp_path: Path) -> None:
    rows = daily(40.0, 38.0)
    rows += [quote(f"2021-01-{day}T15:45:00", 3600, 10.0) for day in ("06", "07", "08")]
    got = go(lay(tmp_path, rows), entry={"ReentryDays": 30})
    told = [event["Message"].rpartition(" ")[2] for event in got.of("MissingData")]
    assert told == ["sessions=1", "sessions=2", "sessions=3"]
    assert messages(got, "ExitSignal") == [
        ("2021-01-08T16:00:00", "MissingData: 3 sessions without quotes")
    ]
    trade = got.of("ExitTrade")[0]["TradeEvent"]
    assert (trade["Price"], trade["Qty"]) == (38.0, 1)
    assert got.result.pnl[-1] == pytest.approx((40 - 38) * 100 - 3.0)


def test_no_entry_on_a_day_without_quotes(tmp_path: Path) -> None:
    folder = lay(tmp_path, daily(40.0, None, 30.0))
    got = go(folder, last="2021-01-06", entry={"ReentryDays": 0}, exit={"MaxDaysInTrade": 0})
    assert [event["SimTime"][:10] for event in got.of("EntryTrade")] == ["2021-01-04", "2021-01-06"]


def test_a_price_of_zero_is_told(tmp_path: Path) -> None:
    folder = lay(tmp_path, daily(0.0, half=0.0))
    got = go(folder, last="2021-01-04")
    assert messages(got, "PriceZero") == [
        ("2021-01-04T15:45:00", "Leg='put' Contract='SPX.SPXW.2021-02-19.3700.Put.100' Price is 0")
    ]


def test_no_strike_in_range_is_told(tmp_path: Path) -> None:
    folder = lay(tmp_path, daily(40.0))
    far = leg("put", -1, "Put", StrikePrice=3000, Max=3100)
    got = go(folder, last="2021-01-04", legs=[far])
    assert len(got.of("StrikeNotFound")) == 1
    assert got.of("EntryTrade") == []


def test_a_quote_that_cannot_be_is_no_candidate(tmp_path: Path) -> None:
    rows = daily(40.0)
    rows[0] |= {"bid": 41.0, "ask": 39.0}
    got = go(lay(tmp_path, rows), last="2021-01-04")
    assert got.of("StrikeNotFound") == []
    # Of two strikes the crossed one has no price; the leg selects by strike, the fill needs one.
    by_price = leg("put", -1, "Put", MidPrice=40)
    got = go(tmp_path, last="2021-01-04", legs=[by_price])
    assert got.of("EntryTrade")[0]["TradeEvent"]["Contract"]["Strike"] == 3600


def test_of_two_rows_of_one_contract_the_last_counts(tmp_path: Path) -> None:
    rows = [*daily(40.0), *daily(44.0)[:1]]
    got = go(lay(tmp_path, rows), last="2021-01-04")
    assert got.of("EntryTrade")[0]["TradeEvent"]["Price"] == 44
    got = go(lay(tmp_path, rows[::-1]), last="2021-01-04")
    assert got.of("EntryTrade")[0]["TradeEvent"]["Price"] == 40


def test_pm_settlement_on_the_last_known_price(tmp_path: Path) -> None:
    expiration = dt.date(2021, 1, 5)
    rows = daily(120.0, expiration=expiration, spot=3800.0)[:2]
    rows += [quote("2021-01-05T15:45:00", 3700, 60.0, spot=3650.0, expiration=expiration)]
    got = go(lay(tmp_path, rows), last="2021-01-05", expirations=[{"Name": "exp", "DTE": 1}],
             entry={"ReentryDays": 9})  # fmt: skip
    (settled,) = got.of("Settlement")
    assert (settled["SimTime"], settled["TradeEvent"]["Price"]) == ("2021-01-05T16:00:00", 50)
    assert got.result.pnl[-1] == pytest.approx((120 - 50) * 100 - 1.5)


@pytest.mark.parametrize(
    ("official", "value"), [(None, 3800.0), ("date,root,value\n2021-01-15,SPX,3655.5\n", 3655.5)]
)
def test_am_settlement_takes_the_official_value(
    tmp_path: Path, official: str | None, value: float
) -> None:
    expiration = dt.date(2021, 1, 15)
    days = ("04", "05", "06", "07", "08", "11", "12", "13", "14", "15")
    rows = [
        quote(f"2021-01-{day}T15:45:00", 3700, 40.0, root="SPX", expiration=expiration)
        for day in days
        if day != "15"
    ]
    rows += [quote("2021-01-15T15:45:00", 3700, 40.0, spot=3600.0)]
    lay(tmp_path, rows)
    if official:
        (tmp_path / "SPX" / "settlements.csv").write_text(official, "utf-8")
    got = go(tmp_path, last="2021-01-15", expirations=[{"Name": "exp", "DTE": 11}],
             entry={"ReentryDays": 90})  # fmt: skip
    (settled,) = got.of("Settlement")
    assert settled["SimTime"] == "2021-01-15T09:30:00"
    assert settled["TradeEvent"]["Price"] == max(3700 - value, 0)


def test_intraday_snapshots_move_a_tick_to_the_next_one(tmp_path: Path) -> None:
    rows = [
        quote(f"2021-01-04T{time}", 3700, mid)
        for time, mid in (("10:00:00", 40.0), ("13:02:00", 41.0), ("15:00:00", 42.0))
    ]
    daily_at = {"BeforeMarketCloseMinutes": 180, "Every": "day"}
    got = go(lay(tmp_path, rows), last="2021-01-04", entry={"Schedule": daily_at})
    # 13:00 waits for the quotes of 13:02, known at the bar of 13:05.
    (entry,) = got.of("EntryTrade")
    assert (entry["SimTime"], entry["TradeEvent"]["Price"]) == ("2021-01-04T13:05:00", 41)
    got = go(tmp_path, last="2021-01-04")
    # 15:30 comes after the last quotes of the day.
    assert got.of("EntryTrade")[0]["SimTime"] == "2021-01-04T15:00:00"


def test_parity_gives_the_forward_and_black_the_volatility(tmp_path: Path) -> None:
    # Five strikes around a forward of 3800 at 20 %, from Black's formula with the error function.
    from math import erf, exp, log, sqrt

    def black(strike: float, kind: str, years: float, rate: float) -> float:
        deviation = 0.2 * sqrt(years)
        d1 = log(3800 / strike) / deviation + deviation / 2

        def n(x: float) -> float:
            return (1 + erf(x / sqrt(2))) / 2

        sign = 1 if kind == "Call" else -1
        return (
            exp(-rate * years) * sign * (3800 * n(sign * d1) - strike * n(sign * (d1 - deviation)))
        )

    from xlmeso.simulator.chains.rates import rate_on

    date = dt.date(2021, 1, 4)
    years = ((dt.datetime(2021, 2, 19, 16) - dt.datetime(2021, 1, 4, 15, 45)).total_seconds()) / (
        365 * 86400
    )
    rows = [
        quote("2021-01-04T15:45:00", strike, black(strike, kind, years, rate_on(date)), kind=kind,
              spot=3790.0, half=0.05)
        for strike in (3600, 3700, 3800, 3900, 4000)
        for kind in ("Put", "Call")
    ]  # fmt: skip
    market = open_chains("SPX", date, date, lay(tmp_path, rows))
    bar = int(market.quoted_bars[0])
    (expiration,) = market.expirations(0)
    chain = market.chain(bar, expiration, OptionType.PUT)
    np.testing.assert_allclose(chain.iv, 0.2, rtol=1e-6)
    assert chain.delta[0] > chain.delta[-1] > -1.02
    assert market.iv(bar) == pytest.approx(0.2)
    assert market.vix[bar] == pytest.approx(20.0)
    contract = go(tmp_path, last="2021-01-04").result.account.positions[0].legs["put"].contract
    moved = market.revalued([contract], range(bar, bar + 1), np.array([0.95, 1.0, 1.05]))[:, 0, 0]
    assert moved[1] == pytest.approx(black(3700, "Put", years, 0.0), rel=1e-6)
    assert moved[0] > moved[1] > moved[2]


MISTAKES: dict[str, tuple[str, str]] = {
    "columns": ("time,strike\n2021-01-04T15:45:00,1\n", "columns are missing: expiration, type"),
    "numbers": (
        "time,expiration,strike,type,bid,ask,underlying\n"
        "2021-01-04T15:45:00,2021-02-19,x,Pot,1,y,3800\n",
        "values that cannot be read: strike, type, ask",
    ),
    "a strike of nothing": (
        "time,expiration,strike,type,bid,ask,underlying\n"
        "2021-01-04T15:45:00,2021-02-19,0,P,1,2,3800\n",
        "values that cannot be read: strike",
    ),
    "another day": (
        "time,expiration,strike,type,bid,ask,underlying\n"
        "2021-01-05T15:45:00,2021-02-19,3700,P,1,2,3800\n",
        "holds quotes of 2021-01-05",
    ),
    "empty": ("", "cannot be read"),
    "no rows": ("time,expiration,strike,type,bid,ask,underlying\n", "has no rows"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_a_file_are_told_with_its_name(tmp_path: Path, name: str) -> None:
    text, message = MISTAKES[name]
    (tmp_path / "SPX").mkdir()
    (tmp_path / "SPX" / "2021-01-04.csv").write_text(text, "utf-8")
    with pytest.raises(SimulationError, match=message) as caught:
        check_chains(tmp_path)
    assert "2021-01-04.csv" in str(caught.value)


def test_a_day_without_a_session_and_two_files_of_one_day(tmp_path: Path) -> None:
    lay(tmp_path, [quote("2021-01-02T15:45:00", 3700, 1.0)])
    with pytest.raises(SimulationError, match="2021-01-02 was no session"):
        check_chains(tmp_path)
    (tmp_path / "SPX" / "2021-01-02.parquet").write_bytes(b"")
    with pytest.raises(SimulationError, match="has two files"):
        check_chains(tmp_path)


def test_an_empty_folder_and_a_period_without_chains(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="has no chains"):
        check_chains(tmp_path)
    lay(tmp_path, daily(40.0))
    with pytest.raises(SimulationError, match="reach from 2021-01-04 to 2021-01-04"):
        open_chains("SPX", dt.date(2022, 1, 1), dt.date(2022, 2, 1), tmp_path)


def test_chains_without_a_price_of_the_underlying_are_refused(tmp_path: Path) -> None:
    lay(tmp_path, [row | {"underlying": float("nan")} for row in daily(40.0)])
    check_chains(tmp_path)
    with pytest.raises(SimulationError, match="have no price of the underlying"):
        open_chains("SPX", dt.date(2021, 1, 4), dt.date(2021, 1, 4), tmp_path)


def test_the_index_follows_the_files(tmp_path: Path) -> None:
    lay(tmp_path, daily(40.0, 38.0))
    check_chains(tmp_path)
    index = tmp_path / "SPX" / "index.csv"
    text = index.read_text("utf-8")
    assert text.count("\n") == 3
    check_chains(tmp_path)
    assert index.read_text("utf-8") == text
    lay(tmp_path, daily(40.0, 38.0, 37.0))
    check_chains(tmp_path)
    assert index.read_text("utf-8").count("\n") == 4
    (tmp_path / "SPX" / "2021-01-05.csv").unlink()
    check_chains(tmp_path)
    assert index.read_text("utf-8").count("\n") == 3
    index.write_text("rubbish", "utf-8")
    check_chains(tmp_path)
    assert index.read_text("utf-8").count("\n") == 3


def test_memory_holds_a_few_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlmeso.simulator.chains import held

    monkeypatch.setattr(held, "MAX_BYTES", 1)
    folder = lay(tmp_path, daily(40.0, 38.0, 30.0, 25.0, 20.0))
    got = go(folder, exit={"ProfitTarget": "900"})
    assert got.result.failure is None
    market = open_chains("SPX", dt.date(2021, 1, 4), dt.date(2021, 1, 8), folder)
    for session in range(5):
        market.expirations(session)
    assert len(market._shelf._kept) == 1
    assert EXPIRATION in {item.date for item in market.expirations(0)}
