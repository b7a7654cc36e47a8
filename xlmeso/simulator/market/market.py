"""The market of one underlying over one period: what the engine asks, answered on demand."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import INDEX_MULTIPLIER, OptionContract, OptionType
from xlmeso.simulator.market.arrays import Floats, frozen
from xlmeso.simulator.market.bars import bar_paths, bar_state
from xlmeso.simulator.market.clock import business_clock
from xlmeso.simulator.market.expirations import (
    AM_ROOT,
    ROOTS,
    ListedExpiration,
    expiration_table,
    settlement_of,
)
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.quotes import (
    QUOTE_FIELDS,
    Chain,
    ExpirationTerms,
    Quotes,
    expiration_terms,
    price_options,
    shifted_prices,
)
from xlmeso.simulator.market.sessions import ExchangeDays, Sessions, day_number, exchange_days
from xlmeso.simulator.market.state import MarketState
from xlmeso.simulator.market.strikes import listed_strikes
from xlmeso.simulator.market.term import TermFeatures
from xlmeso.simulator.market.volatility import ImpliedVolatility, historical_volatility

MODEL_VERSION: Final = "1"
"""Changes whenever the model gives other numbers for the same data and seed."""

_CHAINS_KEPT: Final = 64
_SIGN: Final = {OptionType.CALL: 1.0, OptionType.PUT: -1.0}

_ChainKey = tuple[int, ListedExpiration, OptionType]


class Market:
    """One underlying over one period; the same for the same data and seed.

    Nothing at a bar depends on later values, except the construction of the 5-minute path itself.

    Attributes
    ----------
    symbol
        Symbol of the underlying.
    multiplier
        Money per point of one contract.
    source
        One sentence: the quotes are modelled, and from which data.
    fingerprint
        Changes with the data, the model and the seed.
    notes
        Sentences on what was clipped or repaired.
    sessions
        The period's sessions and bars.
    underlying, vix
        Index and volatility index per bar, points; read-only.
    """

    def __init__(
        self,
        symbol: str,
        history: DailyHistory,
        features: TermFeatures,
        *,
        first: int,
        last: int,
        seed: int,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.symbol = symbol
        self.multiplier = INDEX_MULTIPLIER
        self.source = f"Option quotes are modelled, not recorded, from {history.description}."
        self.fingerprint = _fingerprint(symbol, history, seed)
        self.notes = notes
        self._history = history
        self._first = first
        self._days = history.days[first : last + 1]
        self.sessions = Sessions.from_days(self._days)
        self.underlying, self.vix = bar_paths(symbol, history, self.sessions, first, seed)
        self._state = bar_state(
            history,
            features,
            self.sessions,
            first,
            underlying=self.underlying,
            vix=self.vix,
        )
        self._volatility = ImpliedVolatility(history, features, self._state, self.sessions, first)
        self._listed: dict[int, tuple[ListedExpiration, ...]] = {}
        self._hv: dict[int, float] = {}
        self._last_bars: dict[ListedExpiration, int] = {}
        self._chains: OrderedDict[_ChainKey, Chain] = OrderedDict()

    @property
    def trading_days(self) -> ExchangeDays:
        """Sessions of the exchange from 1990 to 2036."""
        return exchange_days()

    @property
    def first_date(self) -> dt.date:
        """Date of the first session."""
        return self.sessions.dates[0]

    @property
    def last_date(self) -> dt.date:
        """Date of the last session."""
        return self.sessions.dates[-1]

    def expirations(self, session: int) -> tuple[ListedExpiration, ...]:
        """Expirations that trade in a session, sorted by date then root."""
        listed = self._listed.get(session)
        if listed is None:
            listed = expiration_table().listed_on(day_number(self.sessions.dates[session]))
            self._listed[session] = listed
        return listed

    def chain(self, bar: int, expiration: ListedExpiration, option_type: OptionType) -> Chain:
        """Quotes of all listed strikes of one expiration at one bar; NaN once it has expired."""
        key = (bar, expiration, option_type)
        chain = self._chains.pop(key, None)
        if chain is None:
            chain = self._build_chain(bar, expiration, option_type)
            if len(self._chains) >= _CHAINS_KEPT:
                self._chains.popitem(last=False)
        self._chains[key] = chain
        return chain

    def quotes(self, contracts: Sequence[OptionContract], bars: range) -> Quotes:
        """Quotes of contracts at consecutive bars; NaN after a contract's last tradable bar.

        Any strike is quoted, listed or not, so that a position stays marked when the listing
        moves with the market.

        Raises
        ------
        SimulationError
            A contract is of another underlying or root.
        IndexError
            The bars are not consecutive bars of the period.
        """
        self._check_bars(bars)
        expirations = [self._expiration_of(contract) for contract in contracts]
        strike = np.array([float(contract.strike) for contract in contracts]).reshape(-1, 1)
        sign = np.array([_SIGN[contract.type] for contract in contracts]).reshape(-1, 1)
        state = self._state.part(bars.start, bars.stop)
        quotes = price_options(state, _terms(state, expirations), strike, sign)
        for row, expiration in enumerate(expirations):
            tradable = max(self.last_trading_bar(expiration) + 1 - bars.start, 0)
            if tradable < len(bars):
                quotes.blank(row, tradable)
        return quotes

    def revalued(self, contracts: Sequence[OptionContract], bars: range, factors: Floats) -> Floats:
        """Model prices in points, were the index ``factors`` times its level at the bars.

        Each contract keeps its implied volatility (sticky strike); time, rate and dividend yield
        stay.  Shape (factors, contracts, bars).
        """
        self._check_bars(bars)
        expirations = [self._expiration_of(contract) for contract in contracts]
        strike = np.array([float(contract.strike) for contract in contracts]).reshape(-1, 1)
        sign = np.array([_SIGN[contract.type] for contract in contracts]).reshape(-1, 1)
        state = self._state.part(bars.start, bars.stop)
        return shifted_prices(state, _terms(state, expirations), strike, sign, factors)

    def last_trading_bar(self, expiration: ListedExpiration) -> int:
        """Last bar at which the expiration trades: the day before (AM) or the date (PM).

        Clipped to the last bar of the period; -1 when it expired before the period.
        """
        bar = self._last_bars.get(expiration)
        if bar is None:
            day = settlement_of(expiration.date, am_settled=expiration.am_settled).day
            side: Literal["left", "right"] = "left" if expiration.am_settled else "right"
            session = int(np.searchsorted(self._days, day, side=side)) - 1
            bar = self.sessions.bars_of(session)[-1] if session >= 0 else -1
            self._last_bars[expiration] = bar
        return bar

    def settlement_bar(self, expiration: ListedExpiration) -> int | None:
        """Bar of the settlement: first of the date (AM) or last (PM); None outside the period."""
        day = settlement_of(expiration.date, am_settled=expiration.am_settled).day
        session = int(np.searchsorted(self._days, day, side="left"))
        if session >= self._days.size or int(self._days[session]) != day:
            return None
        bars = self.sessions.bars_of(session)
        return bars[0] if expiration.am_settled else bars[-1]

    def settlement_value(self, expiration: ListedExpiration) -> float:
        """Index value of the settlement: that day's open (AM) or close (PM).

        Raises
        ------
        SimulationError
            The expiration settles outside the period.
        """
        bar = self.settlement_bar(expiration)
        if bar is None:
            raise SimulationError(
                f"{expiration.root} {expiration.date} settles outside the period "
                f"{self.first_date} to {self.last_date}."
            )
        return float(self.underlying[bar])

    def settlement_time(self, expiration: ListedExpiration) -> dt.datetime:
        """Exchange-local time of the settlement."""
        settlement = settlement_of(expiration.date, am_settled=expiration.am_settled)
        return dt.datetime(1970, 1, 1) + dt.timedelta(minutes=settlement.absolute_minute)

    def rates(self, bar: int) -> tuple[float, float]:
        """Interest rate and dividend yield at a bar, continuous fractions a year."""
        return self._state.rate.item(bar), self._state.dividend_yield.item(bar)

    def open_price(self, session: int) -> float:
        """Open of a session, points."""
        return float(self._history.open[self._first + session])

    def previous_close(self, session: int) -> float:
        """Close of the session before, points; for the history's first session its open."""
        return float(self._history.previous_close[self._first + session])

    def hv(self, session: int) -> float:
        """Historical volatility of the underlying, fraction, fixed during the day."""
        value = self._hv.get(session)
        if value is None:
            value = self._hv[session] = historical_volatility(self._history, self._first + session)
        return value

    def iv(self, bar: int) -> float:
        """Implied volatility of the at-the-money put nearest to 30 days, fraction."""
        return self._volatility.at(bar)

    def iv_rank(self, bar: int) -> float:
        """Place of :meth:`iv` between lowest and highest close of the trailing year, 0..100.

        NaN on the first session of the history, which has no year behind it.
        """
        return self._volatility.year_before(self.sessions.session_of(bar)).rank(self.iv(bar))

    def iv_percentile(self, bar: int) -> float:
        """Share of the trailing year's days that closed below :meth:`iv`, 0..100; NaN likewise."""
        return self._volatility.year_before(self.sessions.session_of(bar)).percentile(self.iv(bar))

    def _build_chain(
        self, bar: int, expiration: ListedExpiration, option_type: OptionType
    ) -> Chain:
        session = self.sessions.session_of(bar)
        day = int(self._days[session])
        strikes = listed_strikes(
            self.previous_close(session),
            day=day,
            days_to_expiration=day_number(expiration.date) - day,
            weekly=not expiration.am_settled,
        )
        state = self._state.part(bar, bar + 1)
        sign = np.full((strikes.size, 1), _SIGN[option_type])
        quotes = price_options(state, _terms(state, [expiration]), strikes[:, None], sign)
        columns = {name: frozen(getattr(quotes, name)[:, 0]) for name in QUOTE_FIELDS}
        if bar > self.last_trading_bar(expiration):
            columns = dict.fromkeys(QUOTE_FIELDS, frozen(np.full(strikes.size, np.nan)))
        return Chain(expiration, option_type, strikes, **columns)

    def _expiration_of(self, contract: OptionContract) -> ListedExpiration:
        if contract.underlying != self.symbol or contract.root not in ROOTS:
            raise SimulationError(
                f"{contract} is no option on {self.symbol}.",
                cure=f"Its roots are {' and '.join(ROOTS)}.",
            )
        return ListedExpiration(contract.root, contract.expiration, contract.root == AM_ROOT)

    def _check_bars(self, bars: range) -> None:
        if bars.step != 1 or bars.start < 0 or bars.stop > self.sessions.total_bars:
            raise IndexError(f"{bars} is no run of bars within 0..{self.sessions.total_bars - 1}")


@lru_cache(maxsize=4096)
def _settlement_point(expiration: ListedExpiration) -> tuple[float, float]:
    """Instant of settlement in absolute minutes and in business time."""
    settlement = settlement_of(expiration.date, am_settled=expiration.am_settled)
    business = business_clock().at(np.array([settlement.day]), np.array([settlement.share]))
    return float(settlement.absolute_minute), float(business[0])


def _terms(state: MarketState, expirations: Sequence[ListedExpiration]) -> ExpirationTerms:
    """Terms of one expiration per row; a single row when all are the same."""
    unique = dict.fromkeys(expirations)
    points = np.array([_settlement_point(expiration) for expiration in unique]).reshape(-1, 2)
    terms = expiration_terms(state, points[:, :1], points[:, 1:])
    if len(unique) <= 1:
        return terms
    row = {expiration: number for number, expiration in enumerate(unique)}
    return terms.rows(np.array([row[expiration] for expiration in expirations]))


def _fingerprint(symbol: str, history: DailyHistory, seed: int) -> str:
    text = f"{symbol}|{history.digest}|{MODEL_VERSION}|{seed}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()
