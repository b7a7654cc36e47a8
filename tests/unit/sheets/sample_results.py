"""Made-up results of one run, shared by the tests of sheets, report and excel."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

from xlmeso.model.backtest import AnalyticsValue, BacktestState
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.events import BlotterEvent, TradeEvent
from xlmeso.sheets.results import RunInfo

RUN = RunInfo(
    backtest_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
    name="Short strangle 2018-2021",
    state=BacktestState.FINISHED,
    service="local service at http://127.0.0.1:8321",
    fetched_at=dt.datetime(2026, 11, 24, 9, 30, 5, tzinfo=dt.UTC),
    strategy_name="Strangle",
    source="Modelled SPX option quotes over real daily index and volatility history.",
    modelled=True,
    created_at=dt.datetime(2026, 11, 24, 9, 29, 0, tzinfo=dt.UTC),
    started_at=dt.datetime(2026, 11, 24, 9, 29, 1, tzinfo=dt.UTC),
    finished_at=dt.datetime(2026, 11, 24, 9, 29, 43, 500000, tzinfo=dt.UTC),
)

ANALYTICS: dict[str, AnalyticsValue] = {
    "StartPeriod": "2018-01-02T00:00:00",
    "EndPeriod": "2021-12-31T00:00:00",
    "StratTradeCnt": 41,
    "StratAvgDaysInTrade": Decimal("3.5667"),
    "StratAlpha": Decimal("0.4"),
    "StratCagrPct": Decimal("46.66"),
    "BmCagrPct": Decimal("10.7"),
    "StratMaxDd": Decimal("-13.4"),
    "BmMaxDd": Decimal("-27.37"),
    "StratTreynor": Decimal("-7269.28"),
    "BmTreynor": None,
    "StratAvgDdDays": 3,
    "BmAvgDdDays": 2,
    "NewFigure": Decimal("1.5"),
}

CONTRACT = OptionContract("SPX", "SPXW", dt.date(2020, 3, 31), Decimal("2945"), OptionType.PUT)


def events(count: int = 4) -> list[BlotterEvent]:
    made = []
    for number in range(count):
        is_trade = number % 4 == 1
        made.append(
            BlotterEvent(
                event_time=dt.datetime(2026, 11, 24, 9, 29, 2),
                sim_time=dt.datetime(2020, 1, 2, 15, 30) + dt.timedelta(days=number),
                event_type=("Start", "EntryTrade", "EndOfDay", "ExitSignal")[number % 4],
                message='=HYPERLINK("x")' if number % 4 == 3 else f"DIT={number}",
                invested=number > 0,
                nav=Decimal("99998.5") if number else None,
                pnl=Decimal("-1.5") if number else None,
                trade_cnt=number,
                settlement_cnt=0,
                open_leg_cnt=1,
                trade=TradeEvent(number, CONTRACT, Decimal("12.15"), Decimal(-2))
                if is_trade
                else None,
                variables={"underlying_price": Decimal("3257.85"), "pos_delta": Decimal("-4.84")},
                position_id=0 if number else None,
            )
        )
    return made


def series(days: int = 600) -> tuple[list[dt.datetime], list[float], list[float]]:
    """Two bars a day: 09:30 and 16:00."""
    times, nav, price = [], [], []
    day = dt.date(2018, 1, 2)
    for number in range(days):
        for hour, minute in ((9, 30), (16, 0)):
            times.append(dt.datetime(day.year, day.month, day.day, hour, minute))
            wave = math.sin(number / 23) * 4_000 + math.sin(number / 5) * 900
            nav.append(100_000 + 40 * number + wave - (wave if number == 0 else 0))
            price.append(2_700 + 1.1 * number + math.cos(number / 31) * 120 - 120)
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
    return times, nav, price
