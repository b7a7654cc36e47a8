"""Margin while a run goes on: variables, series, house multiplier, both models, never enforced."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays

from xlmeso.simulator.nav_csv import GENERIC_DECIMALS, write_navs

DAYS = weekdays(dt.date(2020, 1, 6), 15)
EXPIRATION = Listed("SPXW", dt.date(2020, 1, 24))
"""18 days after the first session: the 95 put is worth 1.80 then at a spot of 100."""


def margin_run(legs: list[dict[str, Any]], spot: Any = 100.0, **margin: Any) -> Run:
    core = {"Margin": {"Model": "RegT", **margin}}
    strategy = definition(legs=legs, exit={"MaxDaysInTrade": 2}, core=core, cash=100)
    return run(strategy, FakeMarket(DAYS, spot, [EXPIRATION]))


def entry_vars(got: Run) -> dict[str, float]:
    return next(e for e in got.events if e["Message"] == "DIT=0")["Vars"]


def test_an_uncovered_put_by_hand() -> None:
    """Permissive: 15 % of 10000 less 500, the proceeds cancel the value at entry."""
    got = margin_run([leg("put", -1, "Put", StrikePrice=95)])
    assert entry_vars(got)["pos_margin"] == pytest.approx(1000)
    assert entry_vars(got)["acc_margin"] == pytest.approx(1000)
    vanilla = margin_run([leg("put", -1, "Put", StrikePrice=95)], RegTMode="CBOEVanilla")
    assert entry_vars(vanilla)["pos_margin"] == pytest.approx(1180)


def test_margin_follows_the_market_at_every_bar() -> None:
    """After a day the put has lost 0.10 of value: 10 money less."""
    got = margin_run([leg("put", -1, "Put", StrikePrice=95)])
    series = got.result.margin
    assert series is not None
    bars = got.result.market.sessions.first_bar
    entry = int(bars[0]) + 78 - 6
    assert series[entry - 1] == 0
    assert series[entry] == pytest.approx(1000)
    np.testing.assert_allclose(series[int(bars[1]) : int(bars[2])], 990)
    # the exit comes on the third session at 15:30, a new position waits a day
    assert series[int(bars[2]) + 71] == pytest.approx(980)
    assert series[int(bars[2]) + 72] == 0


def test_an_iron_condor_asks_for_one_side() -> None:
    got = margin_run(
        [
            leg("short_put", -2, "Put", StrikePrice=95),
            leg("long_put", 2, "Put", StrikePrice=90),
            leg("short_call", -2, "Call", StrikePrice=105),
            leg("long_call", 2, "Call", StrikePrice=110),
        ],
        HouseMultiplier=1.5,
    )
    # 2 x 500, every option costs the same, so no net premium
    assert entry_vars(got)["pos_margin"] == pytest.approx(1500)
    selected = [e["Vars"]["pos_margin"] for e in got.of("LegSelected")][:4]
    # drafts: 2 uncovered puts; their spread; then two strangles beside idle long puts are cheaper
    # than the spread and 2 uncovered calls: 2 x (1180 + 180) + 360 - 720; the condor
    np.testing.assert_allclose(selected, [3000, 1500, 1.5 * 2360, 1500])


def test_risk_based_margin_by_hand() -> None:
    """The fake market's model prices are intrinsic: the 95 put costs 500 at 90, 1500 at 80."""
    ten = margin_run([leg("put", -1, "Put", StrikePrice=95)], Model="PMLike")
    assert entry_vars(ten)["pos_margin"] == pytest.approx(500)
    twenty = margin_run(
        [leg("put", -1, "Put", StrikePrice=95)],
        Model="PMLike",
        PMConfig={"LowerBoundPct": 20, "UpperBoundPct": "5"},
    )
    assert entry_vars(twenty)["pos_margin"] == pytest.approx(1500)


def test_return_on_the_largest_margin_stands_on_the_last_trade() -> None:
    got = margin_run([leg("put", -1, "Put", StrikePrice=95)])
    last = got.of("ExitTrade")[0]["Vars"]
    assert last["pos_max_margin"] == pytest.approx(1000)
    # two days bring 20, two commissions cost 3
    assert last["pos_return_on_max_margin"] == pytest.approx(0.017)
    assert last["pos_margin"] == 0


def test_the_account_is_the_sum_of_its_positions() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95)],
        entry={"ReentryDays": 0, "Concurrency": {"MaxPositionsInFlight": 3, "EntryShiftDays": 1}},
        core={"Margin": {"Model": "RegT"}},
    )
    got = run(strategy, FakeMarket(DAYS, 100.0, [EXPIRATION]))
    third = [e for e in got.of("EndOfDay") if e["Message"] == "DIT=0"][2]["Vars"]
    # each 1000 at its own entry; the older ones lost 10 a day
    assert third["acc_margin"] == pytest.approx(980 + 990 + 1000)
    assert third["pos_margin"] == pytest.approx(1000)


def test_margin_is_not_enforced() -> None:
    got = margin_run([leg("put", -50, "Put", StrikePrice=95)])
    assert entry_vars(got)["pos_margin"] == pytest.approx(50_000)
    assert got.result.failure is None


def test_conditions_may_use_margin() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95)],
        exit={"Conditions": ["pos_margin < 975"]},
        core={"Margin": {"Model": "RegT"}},
    )
    got = run(strategy, FakeMarket(DAYS, 100.0, [EXPIRATION]))
    # 1000 on Monday the 6th, 970 on Thursday
    assert got.of("ExitTrade")[0]["SimTime"] == "2020-01-09T15:30:00"


def test_settled_legs_ask_for_nothing() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95), leg("call", -1, "Call", StrikePrice=105)],
        entry={"ReentryDays": 30},
        core={"Margin": {"Model": "RegT"}},
    )
    got = run(strategy, FakeMarket(DAYS, 100.0, [EXPIRATION]))
    assert [e["Vars"]["pos_margin"] for e in got.of("Settlement")] == [0, 0]
    assert got.result.margin is not None
    assert got.result.margin[-1] == 0
    assert got.of("Settlement")[1]["Vars"]["pos_max_margin"] > 0


@pytest.mark.parametrize("margin", [None, {"Model": "None"}])
def test_without_a_model_there_is_no_margin(margin: Any) -> None:
    strategy = definition(legs=[leg("put", -1, "Put", StrikePrice=95)], core={"Margin": margin})
    got = run(strategy, FakeMarket(DAYS, 100.0, [EXPIRATION]))
    assert got.result.margin is None
    assert not any("margin" in name for name in entry_vars(got))


def test_the_nav_file_has_a_column_for_it(tmp_path: Path) -> None:
    got = margin_run([leg("put", -1, "Put", StrikePrice=95)])
    margin = got.result.margin
    assert margin is not None
    path = tmp_path / "navs.csv.gz"
    write_navs(path, got.result.times, {"NAV": got.result.nav, "Margin": margin}, GENERIC_DECIMALS)
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    assert float(rows[72]["Margin"]) == 1000
    assert rows[0]["Margin"] == "0.00"
