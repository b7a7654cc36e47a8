"""The market of one underlying over one period: what the engine asks, answered on demand."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.simulator.market.arrays import Floats, Ints, frozen
from xlmeso.simulator.market.bars import bar_paths, bar_state
from xlmeso.simulator.market.expiration_table import ListedExpiration
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.instruments import Instrument
from xlmeso.simulator.market.quotes import QUOTE_FIELDS, Chain, ExpirationTerms, Quotes
from xlmeso.simulator.market.sessions import (
    BAR_MINUTES,
    ExchangeDays,
    day_number,
)
from xlmeso.simulator.market.state import MarketState
from xlmeso.simulator.market.volatility import (
    TRADING_DAYS,
    ImpliedVolatility,
    historical_volatility,
)

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
        Money per point of one contract, or coins.
    is_inverse
        Whether prices, profit and cash are coins.
    periods_per_year
        5-minute steps of a year.
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
    quoted_bars
        None: every bar has quotes.
    """

    quoted_bars: Ints | None = None

    def __init__(
        self,
        instrument: Instrument,
        history: DailyHistory,
        features: Any,
        *,
        first: int,
        last: int,
        seed: int,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.symbol = symbol = instrument.symbol
        self.multiplier = instrument.multiplier
        self.is_inverse = instrument.is_inverse
        self.periods_per_year = instrument.model.hours.bars_per_year
        self.source = f"Option quotes are modelled, not recorded, from {history.description}."
        self.fingerprint = _fingerprint(symbol, history, seed)
        self.notes = notes
        self._instrument = instrument
        self._model, self._listing = instrument.model, instrument.listing
        self._history = history
        self._first = first
        self._days = history.days[first : last + 1]
        self.sessions = self._model.hours.sessions(self._days)
        paths = bar_paths(symbol, history, self.sessions, first, seed)
        self.underlying = paths.underlying
        self.vix = self._published_vix(paths.vix)
        self._state = bar_state(self._model, history, features, self.sessions, first, paths)
        self._volatility = ImpliedVolatility(
            instrument, history, features, self._state, self.sessions, first
        )
        self._listed: dict[int, tuple[ListedExpiration, ...]] = {}
        self._hv: dict[int, float] = {}
        self._settlement_points: dict[ListedExpiration, tuple[float, float]] = {}
        self._last_bars: dict[ListedExpiration, int] = {}
        self._chains: OrderedDict[_ChainKey, Chain] = OrderedDict()

    @property
    def trading_days(self) -> ExchangeDays:
        """Sessions of the exchange from 1990 to 2036."""
        return self._model.hours.trading_days()

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
            listed = self._listing.table().listed_on(day_number(self.sessions.dates[session]))
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
        quotes = self._model.quotes(state, self._terms(state, expirations), strike, sign)
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
        terms = self._terms(state, expirations)
        return self._model.shifted(state, terms, strike, sign, factors)

    def sessions_without_quote(self, contract: OptionContract, session: int) -> int:
        """Return 0: a modelled market quotes every contract in every session."""
        return 0

    def last_trading_bar(self, expiration: ListedExpiration) -> int:
        """Last bar at which the expiration trades.

        The day before (AM), the close of the date (PM), the bar before the settlement (coins).
        Clipped to the last bar of the period; -1 when it expired before the period.
        """
        bar = self._last_bars.get(expiration)
        if bar is None:
            bar = self._last_bars[expiration] = self._find_last_bar(expiration)
        return bar

    def _find_last_bar(self, expiration: ListedExpiration) -> int:
        settles = self._listing.settles(expiration)
        session = int(np.searchsorted(self._days, settles.day, side="left"))
        if session < self._days.size and int(self._days[session]) == settles.day:
            place = (settles.minute - int(self.sessions.open_minute[session])) // BAR_MINUTES
            bars = self.sessions.bars_of(session)
            trades_on = place == len(bars) - 1  # at the close it trades to the end
            return bars[0] + place - (0 if trades_on else 1)
        return self.sessions.bars_of(session - 1)[-1] if session else -1

    def settlement_bar(self, expiration: ListedExpiration) -> int | None:
        """Bar of the settlement: first of the date (AM) or last (PM); None outside the period."""
        settles = self._listing.settles(expiration)
        session = int(np.searchsorted(self._days, settles.day, side="left"))
        if session >= self._days.size or int(self._days[session]) != settles.day:
            return None
        opened = int(self.sessions.open_minute[session])
        return self.sessions.bars_of(session)[0] + (settles.minute - opened) // BAR_MINUTES

    def settlement_value(self, expiration: ListedExpiration) -> float:
        """Value of the underlying that settles: the open (AM) or close (PM) of the day.

        Coins: mean over the last 30 minutes.

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
        steps = self._listing.averaged_bars
        if not steps:
            return float(self.underlying[bar])
        ends = self.underlying[bar - steps : bar + 1]
        return float((ends[1:] + ends[:-1]).mean() / 2.0)

    def payoff(self, contract: OptionContract, price: float) -> float:
        """Return what an expired option pays, in points or coins."""
        return self._model.payoff(_SIGN[contract.type], float(contract.strike), price)

    def is_daily(self, expiration: ListedExpiration) -> bool:
        """Whether a series is a daily one of a coin."""
        return self.is_inverse and expiration.root.endswith("D")

    def settlement_time(self, expiration: ListedExpiration) -> dt.datetime:
        """Exchange-local time of the settlement."""
        settlement = self._listing.settles(expiration)
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
            value = self._hv[session] = self._historical_volatility(session)
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
        strikes = self._listing.strikes(
            self.previous_close(session), day, day_number(expiration.date) - day, expiration
        )
        state = self._state.part(bar, bar + 1)
        sign = np.full((strikes.size, 1), _SIGN[option_type])
        terms = self._terms(state, [expiration])
        quotes = self._model.quotes(state, terms, strikes[:, None], sign)
        columns = {name: frozen(getattr(quotes, name)[:, 0]) for name in QUOTE_FIELDS}
        if bar > self.last_trading_bar(expiration):
            columns = dict.fromkeys(QUOTE_FIELDS, frozen(np.full(strikes.size, np.nan)))
        return Chain(expiration, option_type, strikes, **columns)

    def _historical_volatility(self, session: int) -> float:
        year = 365.0 if self.is_inverse else TRADING_DAYS
        return historical_volatility(self._history, self._first + session, year)

    def _published_vix(self, level: Floats) -> Floats:
        """VIX itself, where the level of the surface is a multiple of it."""
        over = self._history.over_vix
        if over is None:
            return level
        sessions = self._first + np.arange(len(self.sessions.dates))
        return frozen(level / np.repeat(over[sessions], self.sessions.bar_count))

    def _expiration_of(self, contract: OptionContract) -> ListedExpiration:
        roots = self._listing.roots
        if contract.underlying != self.symbol or contract.root not in roots:
            raise SimulationError(
                f"{contract} is no option on {self.symbol}.",
                cure=f"Its roots are {' and '.join(roots)}.",
            )
        return self._listing.expiration(contract.root, contract.expiration)

    def _terms(
        self, state: MarketState, expirations: Sequence[ListedExpiration]
    ) -> ExpirationTerms:
        """Terms of one expiration per row; a single row when all are the same."""
        unique = dict.fromkeys(expirations)
        points = np.array([self._settlement_point(item) for item in unique]).reshape(-1, 2)
        terms = self._model.terms(state, points[:, :1], points[:, 1:])
        if len(unique) <= 1:
            return terms
        row = {expiration: number for number, expiration in enumerate(unique)}
        return terms.rows(np.array([row[expiration] for expiration in expirations]))

    def _settlement_point(self, expiration: ListedExpiration) -> tuple[float, float]:
        """Instant of settlement in absolute minutes and in business time."""
        point = self._settlement_points.get(expiration)
        if point is None:
            settles = self._listing.settles(expiration)
            clock = self._model.hours.business()
            business = clock.at(np.array([settles.day]), np.array([settles.share]))
            point = float(settles.absolute_minute), float(business[0])
            self._settlement_points[expiration] = point
        return point

    def _check_bars(self, bars: range) -> None:
        if bars.step != 1 or bars.start < 0 or bars.stop > self.sessions.total_bars:
            raise IndexError(f"{bars} is no run of bars within 0..{self.sessions.total_bars - 1}")


def _fingerprint(symbol: str, history: DailyHistory, seed: int) -> str:
    text = f"{symbol}|{history.digest}|{MODEL_VERSION}|{seed}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()
