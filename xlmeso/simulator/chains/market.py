"""Recorded chains of one underlying over one period, as the engine's market."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import INDEX_MULTIPLIER, OptionContract, OptionType
from xlmeso.simulator.chains.columns import GREEKS
from xlmeso.simulator.chains.grid import lay_out
from xlmeso.simulator.chains.held import HeldQuotes, SessionShelf
from xlmeso.simulator.chains.index import ChainIndex, load_session
from xlmeso.simulator.chains.rates import rate_on, yield_on
from xlmeso.simulator.chains.session import FIELDS, SessionChains, is_am_settled
from xlmeso.simulator.chains.settlements import Settlements
from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.black import DAYS_PER_YEAR, black
from xlmeso.simulator.market.expiration_table import ListedExpiration, settlement_of
from xlmeso.simulator.market.quotes import LEAST_YEARS, Chain, Quotes
from xlmeso.simulator.market.sessions import (
    BAR_MINUTES,
    MINUTES_PER_DAY,
    OPEN_MINUTE,
    ExchangeDays,
    day_number,
    exchange_days,
)
from xlmeso.simulator.market.volatility import (
    HV_WINDOW_DAYS,
    RANK_WINDOW_DAYS,
    TRADING_DAYS,
    TrailingYear,
)

BARS_PER_YEAR: Final = 252 * 78
"""5-minute steps of a year, as in a modelled market: marks hold between snapshots."""

_QUOTES: Final = ("bid", "ask", "mid", *GREEKS)
_SIGN: Final = {OptionType.CALL: 1.0, OptionType.PUT: -1.0}


@dataclass(frozen=True, slots=True)
class _Closes:
    """Last snapshot of each session, the sessions before the period included."""

    day: Ints
    underlying: Floats
    iv: Floats


class ChainMarket:
    """One underlying over one period of recorded chains; fits `xlmeso.simulator.engine.ports`.

    Attributes
    ----------
    quoted_bars
        Flat bars at which there are quotes: decisions are taken there only.
    vix
        Implied volatility of the chains themselves x 100, as nobody knows the index.
    """

    def __init__(
        self, symbol: str, index: ChainIndex, start: dt.date, end: dt.date, home: Path
    ) -> None:
        self.symbol = symbol
        self.multiplier = INDEX_MULTIPLIER
        self.is_inverse = False
        self.periods_per_year = BARS_PER_YEAR
        self._index = index
        grid = lay_out(index, start, end)
        self.sessions = grid.sessions
        self.quoted_bars: Ints = grid.quoted
        self.underlying = grid.underlying
        self._iv = grid.iv
        self.vix: Floats = np.nan_to_num(grid.iv * 100.0)
        self._days = np.array([day_number(date) for date in self.sessions.dates], dtype=np.int64)
        self._shelf = SessionShelf(self._load)
        self._held = HeldQuotes(grid, self._shelf, self._expiration_of)
        self._closes = _closing(index)
        self._settlements = Settlements.read(home)
        self._years: dict[int, TrailingYear] = {}
        self.source = (
            f"Option quotes are the user's own recorded chains of {symbol}: "
            f"{grid.quoted.size:,} snapshots in {self.sessions.dates[0]} to "
            f"{self.sessions.dates[-1]}; VIXPrice is their own 30-day volatility."
        )
        self.notes = self._about_the_period(start, end)

    def _about_the_period(self, start: dt.date, end: dt.date) -> tuple[str, ...]:
        dates = self.sessions.dates
        missing = sum(date not in self._index.files for date in dates)
        notes = [f"{missing} sessions have no file."] if missing else []
        if (dates[0] - start).days > 4 or (end - dates[-1]).days > 4:
            notes.append(f"The period asked for was {start} to {end}.")
        return tuple(notes)

    @property
    def trading_days(self) -> ExchangeDays:
        """Sessions of the exchange from 1990 to 2036."""
        return exchange_days()

    def rates(self, bar: int) -> tuple[float, float]:
        """Return interest rate and dividend yield, continuous fractions a year.

        Assumption: the yield is the S&P 500's, or a flat one; the quotes themselves are worked
        with the forward that they imply.
        """
        date = self.sessions.dates[self.sessions.session_of(bar)]
        return rate_on(date), yield_on(date)

    def expirations(self, session: int) -> tuple[ListedExpiration, ...]:
        """Expirations that the session's chains have, by date then root."""
        chains = self._shelf[session]
        return () if chains is None else chains.expirations

    def chain(self, bar: int, expiration: ListedExpiration, option_type: OptionType) -> Chain:
        """Quotes at the newest snapshot of the session; no strikes where there is none.

        A contract without bid and ask is left out.
        """
        session = self.sessions.session_of(bar)
        chains = self._shelf[session]
        offset = (
            None if chains is None else chains.newest(bar - int(self.sessions.first_bar[session]))
        )
        table = None
        if chains is not None and offset is not None and bar <= self.last_trading_bar(expiration):
            table = chains.table(offset, expiration, option_type)
        if table is None:
            nothing = np.empty(0)
            return Chain(expiration, option_type, nothing, **dict.fromkeys(_QUOTES, nothing))
        known = ~np.isnan(table.fields["mid"])
        fields = {name: table.fields[name][known] for name in _QUOTES}
        return Chain(expiration, option_type, table.strike[known], **fields)

    def quotes(self, contracts: Sequence[OptionContract], bars: range) -> Quotes:
        """Quotes of contracts, each carried on until the next; NaN after its last tradable bar."""
        found = self._fields(contracts, bars)
        return Quotes(**{name: found[name] for name in _QUOTES})

    def revalued(self, contracts: Sequence[OptionContract], bars: range, factors: Floats) -> Floats:
        """Model prices, were the underlying ``factors`` times its price; volatilities stay.

        Shape (factors, contracts, bars).
        """
        found = self._fields(contracts, bars)
        strike = np.array([float(contract.strike) for contract in contracts]).reshape(-1, 1)
        sign = np.array([_SIGN[contract.type] for contract in contracts]).reshape(-1, 1)
        years = np.array([self._years_to(contract, bars) for contract in contracts])
        moved = factors[:, None, None]
        forward = found["forward"] * moved
        priced = black(
            spot=self.underlying[bars.start : bars.stop] * moved,
            forward=forward,
            discount=np.ones_like(years),
            years=years,
            rate=np.zeros(1),
            dividend_yield=np.zeros(1),
            strike=strike,
            sign=sign,
            log_moneyness=np.log(strike / forward),
            deviation=np.maximum(found["iv"] * np.sqrt(years), 1e-6),
        )
        return priced.price

    def sessions_without_quote(self, contract: OptionContract, session: int) -> int:
        """Count the sessions in a row, this one the last, without a quote of a contract."""
        return self._held.sessions_without(contract, session)

    def last_trading_bar(self, expiration: ListedExpiration) -> int:
        """Last bar at which the expiration trades, at most the period's last; -1 if before it."""
        day = settlement_of(expiration.date, am_settled=expiration.am_settled).day
        place = np.searchsorted(self._days, day, side="left" if expiration.am_settled else "right")
        return self.sessions.bars_of(int(place) - 1)[-1] if place else -1

    def settlement_bar(self, expiration: ListedExpiration) -> int | None:
        """Bar of the settlement: first of the date (AM) or last (PM); None outside the period."""
        day = settlement_of(expiration.date, am_settled=expiration.am_settled).day
        place = int(np.searchsorted(self._days, day))
        if place >= self._days.size or int(self._days[place]) != day:
            return None
        bars = self.sessions.bars_of(place)
        return bars[0] if expiration.am_settled else bars[-1]

    def settlement_value(self, expiration: ListedExpiration) -> float:
        """Official value where ``settlements.csv`` has it, else the price known at that bar."""
        official = self._settlements.value(expiration.root, expiration.date)
        bar = self.settlement_bar(expiration)
        if bar is None:
            raise SimulationError(f"{expiration.root} {expiration.date} settles outside the period")
        return float(self.underlying[bar]) if official is None else official

    def payoff(self, contract: OptionContract, price: float) -> float:
        """Return the intrinsic value in points."""
        return max(_SIGN[contract.type] * (price - float(contract.strike)), 0.0)

    def is_daily(self, expiration: ListedExpiration) -> bool:
        """Whether a series is a daily one of a coin: never."""
        return False

    def settlement_time(self, expiration: ListedExpiration) -> dt.datetime:
        """Exchange-local time of the settlement."""
        settlement = settlement_of(expiration.date, am_settled=expiration.am_settled)
        return dt.datetime(1970, 1, 1) + dt.timedelta(minutes=settlement.absolute_minute)

    def open_price(self, session: int) -> float:
        """First price that the session's chains know."""
        bars = self.sessions.bars_of(session)
        place = int(np.searchsorted(self.quoted_bars, bars.start))
        has_own = place < self.quoted_bars.size and self.quoted_bars[place] < bars.stop
        return float(self.underlying[self.quoted_bars[place] if has_own else bars.start])

    def previous_close(self, session: int) -> float:
        """Last price of the session before; for the very first one its own first price."""
        place = int(np.searchsorted(self._closes.day, self._days[session])) - 1
        return float(self._closes.underlying[place]) if place >= 0 else self.open_price(session)

    def hv(self, session: int) -> float:
        """Historical volatility of the closes of the 30 days before, fraction (reference 4.8)."""
        day = self._days[session]
        low, high = np.searchsorted(self._closes.day, (day - HV_WINDOW_DAYS, day))
        closes = self._closes.underlying[low:high]
        if closes.size < 2:
            return float("nan")
        return float(np.std(np.diff(np.log(closes))) * np.sqrt(TRADING_DAYS))

    def iv(self, bar: int) -> float:
        """Implied volatility of the at-the-money put nearest to 30 days, fraction."""
        return float(self._iv[bar])

    def iv_rank(self, bar: int) -> float:
        """Rank of iv within the 365 days before, as far as the chains reach, 0..100."""
        return self._year(bar).rank(self.iv(bar))

    def iv_percentile(self, bar: int) -> float:
        """Percentile of iv within the 365 days before, as far as the chains reach, 0..100."""
        return self._year(bar).percentile(self.iv(bar))

    def _year(self, bar: int) -> TrailingYear:
        session = self.sessions.session_of(bar)
        year = self._years.get(session)
        if year is None:
            day = self._days[session]
            low, high = np.searchsorted(self._closes.day, (day - RANK_WINDOW_DAYS, day))
            values = self._closes.iv[low:high]
            year = self._years[session] = TrailingYear(values[~np.isnan(values)])
        return year

    def _load(self, session: int) -> SessionChains | None:
        date = self.sessions.dates[session]
        path = self._index.files.get(date)
        return None if path is None else load_session(path, date, self.symbol)

    def _fields(self, contracts: Sequence[OptionContract], bars: range) -> dict[str, Floats]:
        rows = [self._held.over(contract, bars) for contract in contracts]
        found = {name: np.array([row[name] for row in rows]) for name in FIELDS}
        for place, contract in enumerate(contracts):
            after = self.last_trading_bar(self._expiration_of(contract)) + 1 - bars.start
            for column in found.values():
                column[place, max(after, 0) :] = np.nan
        return found

    def _years_to(self, contract: OptionContract, bars: range) -> Floats:
        end = settlement_of(contract.expiration, am_settled=is_am_settled(contract.root))
        minutes = [self._minute(bar) for bar in bars]
        years = (end.absolute_minute - np.array(minutes)) / (MINUTES_PER_DAY * DAYS_PER_YEAR)
        return np.maximum(years, LEAST_YEARS)

    def _minute(self, bar: int) -> int:
        session = self.sessions.session_of(bar)
        place = bar - int(self.sessions.first_bar[session])
        return int(self._days[session]) * MINUTES_PER_DAY + OPEN_MINUTE + BAR_MINUTES * place

    @staticmethod
    def _expiration_of(contract: OptionContract) -> ListedExpiration:
        return ListedExpiration(contract.root, contract.expiration, is_am_settled(contract.root))


def _closing(index: ChainIndex) -> _Closes:
    last = np.flatnonzero(np.append(index.day[1:] != index.day[:-1], True))
    known = last[~np.isnan(index.underlying[last])]
    return _Closes(index.day[known], index.underlying[known], index.iv[known])
