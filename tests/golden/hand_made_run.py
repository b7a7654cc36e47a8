"""A run of four days and two positions, written by hand; all figures were worked out on paper.

NAV, cash 100,000 (two bars a day, 10:00 and 16:00):

    30 Jan   99,997.00  101,000.00     day +1 %
    31 Jan  101,500.00  102,010.00     day +1 %
     3 Feb   99,000.00   99,969.80     day -2 %
     4 Feb   99,968.30  104,968.29     day +5 %

Underlying: 3,000 at the first bar, closes 3,030 (+1 %), 3,060.30 (+1 %), 2,999.094 (-2 %) and
3,029.08494 (+1 %).

Position 0: two puts sold at 10 (credit 2,000), bought back at 10.121 (2,024.20), 4 x 1.50 fees:
P&L -30.20, costs 6.00.  Open alone from 30 Jan 10:00 to 3 Feb 16:00, so every bar between counts:
NAV less 100,000 is 1,000, 1,500, 2,010 and -1,000.  Margin seen: 20,000, 21,000, 19,000, 25,000.

Position 1: a call sold at 60 (credit 6,000), settled at 10.0001 (1,000.01), one fee of 1.50: P&L
4,998.49.  Open from 4 Feb 10:00 to 16:00, no bar between, so the blotter's -1.50 and 4,998.49
count.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np

from xlmeso.model.backtest import AnalyticsValue, BacktestState
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.events import BlotterEvent, TradeEvent
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.report import ReportRun, RunSeries
from xlmeso.sheets.results import RunInfo

PUT = OptionContract("SPX", "SPXW", dt.date(2020, 2, 28), Decimal(2900), OptionType.PUT)
CALL = OptionContract("SPX", "SPXW", dt.date(2020, 2, 4), Decimal(3020), OptionType.CALL)

BARS = (
    ("2020-01-30T10:00", 99_997.0, 3_000.0),
    ("2020-01-30T16:00", 101_000.0, 3_030.0),
    ("2020-01-31T10:00", 101_500.0, 3_040.0),
    ("2020-01-31T16:00", 102_010.0, 3_060.3),
    ("2020-02-03T10:00", 99_000.0, 3_010.0),
    ("2020-02-03T16:00", 99_969.8, 2_999.094),
    ("2020-02-04T10:00", 99_968.3, 3_010.0),
    ("2020-02-04T16:00", 104_968.29, 3_029.08494),
)

ANALYTICS: dict[str, AnalyticsValue] = {
    "StratTradeCnt": 2,
    "StratWinCnt": 1,
    "StratLossCnt": 1,
    "StratAvgDaysInTrade": Decimal("2.25"),
    "StratCumRet": Decimal("4.97"),
    "BmCumRet": Decimal("0.97"),
    "StratMaxDd": Decimal("-2.95"),
    "BmMaxDd": Decimal("-2.00"),
    "StratSharpe": Decimal("9.50"),
}

DEFINITION = """{
  "StrategyName": "By hand",
  "Backtest": {
    "Name": "Four days",
    "Start": "2020-01-30T00:00:00",
    "End": "2020-02-04T23:59:59",
    "Cash": 100000
  },
  "Symbol": "SPX"
}"""


def event(
    when: str,
    kind: str,
    position: int | None = None,
    *,
    nav: str = "100000",
    message: str = "",
    fill: tuple[OptionContract, str, int] | None = None,
    **variables: str,
) -> BlotterEvent:
    """Write one event; variables as texts, so that no binary fraction gets in."""
    time = dt.datetime.fromisoformat(when)
    trade = None if fill is None else TradeEvent(0, fill[0], Decimal(fill[1]), Decimal(fill[2]))
    values = {name: Decimal(value) for name, value in variables.items()}
    return BlotterEvent(
        time, time, kind, message, True, Decimal(nav), None, 0, 0, 0, trade, values, position
    )


EVENTS = (
    event("2020-01-30T00:00", "Start", message="=Oh hi!"),
    event("2020-01-30T10:00", "EntrySignal", 0),
    event("2020-01-30T10:00", "EntryTrade", 0, nav="99997", fill=(PUT, "10", -2), pos_pnl="-3",
          pos_delta="30.5", pos_margin="20000", underlying_iv_rank="40", underlying_price="3000"),
    event("2020-01-30T16:00", "EndOfDay", 0, nav="101000", pos_pnl="1000", pos_margin="21000",
          acc_margin="21000"),
    event("2020-01-31T16:00", "EndOfDay", 0, nav="102010", pos_pnl="2010", pos_margin="19000",
          acc_margin="19000"),
    event("2020-02-03T16:00", "ExitSignal", 0, nav="99972.8", pos_pnl="-27.2", pos_margin="25000",
          acc_margin="25000", message="StopLoss: PnL=-27.20 reached -25.00"),
    event("2020-02-03T16:00", "ExitTrade", 0, nav="99969.8", fill=(PUT, "10.121", 2),
          pos_pnl="-30.2", underlying_price="2999.094"),
    event("2020-02-04T10:00", "EntryTrade", 1, nav="99968.3", fill=(CALL, "60", -1),
          pos_pnl="-1.5", pos_delta="-50", underlying_price="3010"),
    event("2020-02-04T16:00", "Settlement", 1, nav="104968.29", fill=(CALL, "10.0001", 1),
          pos_pnl="4998.49", underlying_price="3029.08494", message="Settled"),
)  # fmt: skip


def run(name: str = "Four days", *, modelled: bool = True) -> ReportRun:
    """Return the run, called so."""
    times = [dt.datetime.fromisoformat(time) for time, _, _ in BARS]
    nav, price = [bar[1] for bar in BARS], [bar[2] for bar in BARS]
    info = RunInfo(
        backtest_id=f"id-{name.casefold().replace(' ', '-')}",
        name=name,
        state=BacktestState.FINISHED,
        service="local service",
        fetched_at=dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC),
        strategy_name="By hand",
        source="Written by hand.",
        modelled=modelled,
    )
    series = RunSeries(
        times=np.array(times, dtype="datetime64[s]"),
        nav=np.array(nav),
        benchmark=np.array(price),
        time_name="At",
        stamps=times,
        columns={"NAV": nav, "UnderlyingPrice": price},
    )
    return ReportRun(
        info, StrategyDefinition.from_json(DEFINITION.encode()), ANALYTICS, EVENTS, series
    )


def calm_run() -> ReportRun:
    """Return a second run on the same days: +2 %, nothing, +1 %, nothing; one bar a day."""
    first = run("Calm")
    times = [dt.datetime.fromisoformat(BARS[place][0]) for place in (1, 3, 5, 7)]
    nav = [102_000.0, 102_000.0, 103_020.0, 103_020.0]
    series = RunSeries(
        times=np.array(times, dtype="datetime64[s]"),
        nav=np.array(nav),
        benchmark=None,
        time_name="At",
        stamps=times,
        columns={"NAV": nav},
    )
    return ReportRun(first.info, first.definition, {"StratSharpe": Decimal("20")}, (), series)


def silent_run(name: str) -> ReportRun:
    """Return a run that left nothing: no events, no NAV, no figures."""
    first = run(name)
    series = RunSeries(
        times=np.empty(0, "datetime64[s]"),
        nav=np.empty(0),
        benchmark=None,
        time_name="At",
        stamps=[],
        columns={"NAV": []},
    )
    return ReportRun(first.info, first.definition, {}, (), series)


def long_run(name: str = "Long", days: int = 200, phase: float = 0.0) -> ReportRun:
    """Return a run of many days, for charts and formulas; its figures mean nothing."""
    first = run(name)
    start = dt.datetime(2020, 1, 1, 16)
    times = [start + dt.timedelta(days=number) for number in range(days)]
    waves = [np.sin(number / 9 + phase) for number in range(days)]
    nav = [100_000.0 + 40 * number + 3_000 * wave for number, wave in enumerate(waves)]
    price = [3_000.0 + number - 90 * wave for number, wave in enumerate(waves)]
    events: list[BlotterEvent] = []
    for position, place in enumerate(range(0, days - 5, 5)):
        opened, closed = times[place].isoformat(), times[place + 4].isoformat()
        pnl = f"{nav[place + 4] - nav[place]:.2f}"
        events += [
            event(opened, "EntryTrade", position, nav=f"{nav[place]:.2f}", fill=(PUT, "10", -1),
                  pos_pnl="0", acc_margin="20000", pos_margin="20000", underlying_iv_rank="60"),
            event(closed, "ExitSignal", position, pos_pnl=pnl,
                  message=("ProfitTarget: x", "StopLoss: x", "=1+1: x")[position % 3]),
            event(closed, "ExitTrade", position, fill=(PUT, "9", 1), pos_pnl=pnl),
        ]  # fmt: skip
    series = RunSeries(
        times=np.array(times, dtype="datetime64[s]"),
        nav=np.array(nav),
        benchmark=np.array(price),
        time_name="At",
        stamps=times,
        columns={"NAV": nav, "UnderlyingPrice": price},
    )
    return ReportRun(first.info, first.definition, ANALYTICS, tuple(events), series)
