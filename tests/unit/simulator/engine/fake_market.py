"""A market simple enough to work every number out by hand.

Spot is given per session (or per bar).  An option is worth its intrinsic value plus 0.10 points for
each calendar day to its expiration date; bid and ask lie 0.10 around it.  A call's delta is
0.5 + (spot - strike) / 400 within 0..1, a put's one less.  gamma 0.01, theta -0.10, vega 0.20,
rho 0.30, iv 20 % for every option.  AM series settle on the first bar of their date.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.engine.simulate import SimulationResult, simulate

DAY_VALUE = 0.10
HALF_SPREAD = 0.10
FIELDS = ("bid", "ask", "mid", "iv", "delta", "gamma", "theta", "vega", "rho")


@dataclass(frozen=True)
class Listed:
    root: str
    date: dt.date
    am_settled: bool = False


def weekdays(first: dt.date, count: int) -> tuple[dt.date, ...]:
    days = (first + dt.timedelta(days=n) for n in range(2 * count + 7))
    return tuple(day for day in days if day.weekday() < 5)[:count]


class FakeMarket:
    """Sessions on the given dates; ``spot`` has one number per session or one per bar."""

    def __init__(
        self,
        dates: Sequence[dt.date],
        spot: Sequence[float] | float,
        expirations: Sequence[Listed],
        *,
        early_closes: Sequence[dt.date] = (),
        strikes: Sequence[float] = tuple(range(80, 125, 5)),
    ) -> None:
        self.symbol, self.multiplier = "SPX", 100
        self.is_inverse, self.periods_per_year = False, 252 * 78
        self.source, self.notes = "Prices are invented.", ()
        bars = np.array([43 if date in early_closes else 79 for date in dates])
        first = np.cumsum(bars) - bars
        self.sessions = SimpleNamespace(
            dates=tuple(dates),
            open_minute=np.full(len(dates), 570),
            close_minute=570 + 5 * (bars - 1),
            bar_count=bars,
            first_bar=first,
            total_bars=int(bars.sum()),
        )
        self.session = np.repeat(np.arange(len(dates)), bars)
        prices = (
            np.broadcast_to(np.asarray(spot, dtype=float), (len(dates),))
            if (np.ndim(spot) == 0 or len(spot) == len(dates))
            else np.asarray(spot, dtype=float)
        )
        self.underlying = prices[self.session] if prices.size == len(dates) else prices
        self.vix = np.full(self.underlying.size, 20.0)
        self.listed = tuple(sorted(expirations, key=lambda item: (item.date, item.root)))
        self.strikes = np.array(strikes, dtype=float)
        every = weekdays(dt.date(2019, 1, 1), 800)
        self.trading_days = SimpleNamespace(
            day=np.array([(day - dt.date(1970, 1, 1)).days for day in every]),
            open_minute=np.full(len(every), 570),
            close_minute=np.full(len(every), 960),
        )
        self.quoted_bars = None
        self.chain_calls = 0
        self.quote_calls: list[range] = []

    def expirations(self, session: int) -> tuple[Listed, ...]:
        return tuple(item for item in self.listed if item.date >= self.sessions.dates[session])

    def _price(self, strike: Any, option_type: OptionType, date: dt.date, bars: Any) -> Any:
        spot = self.underlying[bars]
        days = np.array([(date - self.sessions.dates[s]).days for s in self.session[bars]])
        sign = 1.0 if option_type is OptionType.CALL else -1.0
        mid = np.maximum(sign * (spot - strike), 0.0) + DAY_VALUE * days
        call_delta = np.clip(0.5 + (spot - strike) / 400, 0.0, 1.0)
        flat = np.ones_like(mid)
        return SimpleNamespace(
            bid=np.maximum(mid - HALF_SPREAD, 0.0),
            ask=mid + HALF_SPREAD,
            mid=mid,
            iv=0.2 * flat,
            delta=call_delta - (0.0 if sign > 0 else 1.0),
            gamma=0.01 * flat,
            theta=-0.1 * flat,
            vega=0.2 * flat,
            rho=0.3 * flat,
        )

    def chain(self, bar: int, expiration: Listed, option_type: OptionType) -> Any:
        self.chain_calls += 1
        table = self._price(self.strikes, option_type, expiration.date, np.array([bar]))
        table.strike = self.strikes
        return table

    def quotes(self, contracts: Sequence[OptionContract], bars: range) -> Any:
        self.quote_calls.append(bars)
        rows = []
        for contract in contracts:
            row = self._price(
                float(contract.strike),
                contract.type,
                contract.expiration,
                np.arange(bars.start, bars.stop),
            )
            item = next(
                x for x in self.listed if (x.root, x.date) == (contract.root, contract.expiration)
            )
            last = self.last_trading_bar(item)
            for name in FIELDS:
                getattr(row, name)[max(last + 1 - bars.start, 0) :] = np.nan
            rows.append(row)
        return SimpleNamespace(
            **{name: np.array([getattr(row, name) for row in rows]) for name in FIELDS}
        )

    def payoff(self, contract: OptionContract, price: float) -> float:
        sign = 1.0 if contract.type is OptionType.CALL else -1.0
        return max(sign * (price - float(contract.strike)), 0.0)

    def is_daily(self, expiration: Listed) -> bool:
        return False

    def revalued(self, contracts: Sequence[OptionContract], bars: range, factors: Any) -> Any:
        table = []
        for contract in contracts:
            sign = 1.0 if contract.type is OptionType.CALL else -1.0
            spots = np.asarray(factors)[:, None] * self.underlying[bars.start : bars.stop]
            table.append(np.maximum(sign * (spots - float(contract.strike)), 0.0))
        return np.stack(table, axis=1)

    def _session_on(self, date: dt.date) -> int | None:
        return self.sessions.dates.index(date) if date in self.sessions.dates else None

    def last_trading_bar(self, expiration: Listed) -> int:
        before = [
            n
            for n, date in enumerate(self.sessions.dates)
            if date < expiration.date or (date == expiration.date and not expiration.am_settled)
        ]
        if not before:
            return -1
        return int(self.sessions.first_bar[before[-1]] + self.sessions.bar_count[before[-1]] - 1)

    def settlement_bar(self, expiration: Listed) -> int | None:
        session = self._session_on(expiration.date)
        if session is None:
            return None
        first = int(self.sessions.first_bar[session])
        return first if expiration.am_settled else first + int(self.sessions.bar_count[session]) - 1

    def settlement_value(self, expiration: Listed) -> float:
        bar = self.settlement_bar(expiration)
        assert bar is not None
        return float(self.underlying[bar])

    def settlement_time(self, expiration: Listed) -> dt.datetime:
        hour, minute = (9, 30) if expiration.am_settled else (16, 0)
        return dt.datetime.combine(expiration.date, dt.time(hour, minute))

    def rates(self, bar: int) -> tuple[float, float]:
        return 0.0, 0.0

    def open_price(self, session: int) -> float:
        return float(self.underlying[self.sessions.first_bar[session]])

    def previous_close(self, session: int) -> float:
        return float(self.underlying[self.sessions.first_bar[session] - 1]) if session else 99.0

    def hv(self, session: int) -> float:
        return 0.11

    def iv(self, bar: int) -> float:
        return 0.12

    def iv_rank(self, bar: int) -> float:
        return 55.0

    def iv_percentile(self, bar: int) -> float:
        return 66.0


def leg(name: str, qty: Any, kind: str, expiration: str = "exp", **selector: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Qty": qty,
        "OptionType": kind,
        "ExpirationName": expiration,
        "StrikeSelector": selector,
    }


def definition(
    *,
    legs: Sequence[dict[str, Any]] = (),
    expirations: Sequence[dict[str, Any]] = ({"Name": "exp", "DTE": 30},),
    entry: dict[str, Any] | None = None,
    exit: dict[str, Any] | None = None,
    sim: dict[str, Any] | None = None,
    core: dict[str, Any] | None = None,
    adjust: dict[str, Any] | None = None,
    adjustment: dict[str, Any] | None = None,
    start: str = "2020-01-01T00:00:00",
    end: str = "2020-12-31T23:59:59",
    cash: Any = 10000,
) -> StrategyDefinition:
    """A definition with a daily schedule at 15:30 and nothing else that is not asked for.

    ``adjust`` maps conditions to actions; ``adjustment`` holds the rest of that section.
    """
    daily = {"BeforeMarketCloseMinutes": 30, "Every": "day"}
    adjusting = {"Schedule": daily, "ConditionalAdjustments": adjust, **(adjustment or {})}
    return StrategyDefinition(
        from_python(
            {
                "StrategyName": "test",
                "Symbol": "SPX",
                "Backtest": {"Name": "test", "Start": start, "End": end, "Cash": cash},
                "Structure": {"Expirations": list(expirations), "Legs": list(legs)},
                "Entry": {"Schedule": daily, "ReentryDays": 1, **(entry or {})},
                "Adjustment": None if adjust is None else adjusting,
                "Exit": {"Schedule": daily, **(exit or {})},
                "Settings": {
                    "Sim": {
                        "FillModel": "AtMidPrice",
                        "Commission": {"CommissionModel": "FixedFee", "OptionFee": 1.5},
                        **(sim or {}),
                    },
                    "Core": {"LegSelectionConstraint": "None", **(core or {})},
                },
            }
        )
    )


@dataclass
class Run:
    """Result and events of a run."""

    result: SimulationResult
    raw: bytes
    events: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.events = json.loads(self.raw)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["EventType"] == kind]

    def kinds(self) -> list[str]:
        return [event["EventType"] for event in self.events]


def run(
    strategy: StrategyDefinition,
    market: Any,
    *,
    seed: int = 0,
    now: Callable[[], dt.datetime] = lambda: dt.datetime(2026, 1, 1),
) -> Run:
    pieces = bytearray()
    result = simulate(strategy, market, pieces.extend, seed=seed, now=now)
    return Run(result, bytes(pieces))
