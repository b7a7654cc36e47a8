"""What the engine needs of a market, as protocols: any market that fits can be simulated on.

Bars are flat indices over all 5-minute bars of the period, first bar of the first session = 0.
Prices are points of one option.  Greeks are per share of one long contract: delta -1..1, gamma per
point, theta money per calendar day, vega per volatility point (0.01), rho per 1.00 of rate; iv is a
fraction.  Times are exchange-local without a zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from xlmeso.model.contracts import OptionContract, OptionType

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class ListedExpiration(Protocol):
    """One expiration of one root; AM-settled series end trading the session before."""

    @property
    def root(self) -> str:
        """OCC root, such as SPXW."""

    @property
    def date(self) -> dt.date:
        """Expiration date."""

    @property
    def am_settled(self) -> bool:
        """Whether it settles on the opening value."""


class Sessions(Protocol):
    """The trading sessions of the period; arrays have one item per session."""

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """Session dates, ascending."""

    @property
    def open_minute(self) -> npt.NDArray[Any]:
        """Minutes after midnight of the first bar."""

    @property
    def close_minute(self) -> npt.NDArray[Any]:
        """Minutes after midnight of the last bar."""

    @property
    def bar_count(self) -> npt.NDArray[Any]:
        """Bars, both ends counted (79 on a normal day)."""

    @property
    def first_bar(self) -> npt.NDArray[Any]:
        """Flat index of each session's first bar."""

    @property
    def total_bars(self) -> int:
        """Number of bars of all sessions."""


class QuoteTable(Protocol):
    """Quotes as arrays; a chain has shape (strikes,), held contracts (contracts, bars)."""

    @property
    def bid(self) -> Floats:
        """Best bid in points."""

    @property
    def ask(self) -> Floats:
        """Best ask in points."""

    @property
    def mid(self) -> Floats:
        """Half of bid + ask in points."""

    @property
    def iv(self) -> Floats:
        """Implied volatility, fraction."""

    @property
    def delta(self) -> Floats:
        """Per share of one long contract, -1..1."""

    @property
    def gamma(self) -> Floats:
        """Per share and point."""

    @property
    def theta(self) -> Floats:
        """Money per share and calendar day."""

    @property
    def vega(self) -> Floats:
        """Money per share and volatility point."""

    @property
    def rho(self) -> Floats:
        """Money per share and 1.00 of rate."""


class Chain(QuoteTable, Protocol):
    """All listed strikes of one expiration and type at one bar, ascending."""

    @property
    def strike(self) -> Floats:
        """Strikes in points."""


class TradingDays(Protocol):
    """The exchange's sessions far beyond the period; arrays of one item per session, ascending."""

    @property
    def day(self) -> npt.NDArray[Any]:
        """Days since 1970-01-01."""

    @property
    def open_minute(self) -> npt.NDArray[Any]:
        """Minutes after midnight of the open."""

    @property
    def close_minute(self) -> npt.NDArray[Any]:
        """Minutes after midnight of the close."""


class Market(Protocol):
    """One underlying over one period."""

    @property
    def symbol(self) -> str:
        """Underlying."""

    @property
    def multiplier(self) -> int:
        """Money per point of one contract; for coins the coins of one contract."""

    @property
    def is_inverse(self) -> bool:
        """Whether prices, profit and cash are coins, and quantities may be fractions."""

    @property
    def periods_per_year(self) -> int:
        """5-minute steps of a year."""

    @property
    def source(self) -> str:
        """One sentence: where the prices come from."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was clipped or repaired."""

    @property
    def sessions(self) -> Sessions:
        """Sessions of the period."""

    @property
    def trading_days(self) -> TradingDays:
        """Sessions of the exchange, years before and after the period."""

    @property
    def underlying(self) -> Floats:
        """Price of the underlying per bar."""

    @property
    def vix(self) -> Floats:
        """VIX per bar, in points."""

    @property
    def quoted_bars(self) -> Ints | None:
        """Bars with quotes of their own, ascending; None where every bar has them.

        Between them a contract's last quote is carried on.
        """

    def sessions_without_quote(self, contract: OptionContract, session: int) -> int:
        """Count the sessions in a row, this one the last, without a quote of a contract."""

    def expirations(self, session: int) -> tuple[ListedExpiration, ...]:
        """Expirations listed on a session and not yet expired, by date then root."""

    def chain(self, bar: int, expiration: Any, option_type: OptionType) -> Chain:
        """Quotes of every listed strike."""

    def quotes(self, contracts: Sequence[OptionContract], bars: range) -> QuoteTable:
        """Quotes of chosen contracts over contiguous bars; NaN after a contract's last bar."""

    def revalued(self, contracts: Sequence[OptionContract], bars: range, factors: Floats) -> Floats:
        """Model prices in points, were the underlying ``factors`` times its price at the bars.

        Time, rates and each contract's implied volatility stay; shape (factors, contracts, bars).
        """

    def last_trading_bar(self, expiration: Any) -> int:
        """Last bar at which the expiration trades, at most the period's last bar."""

    def settlement_bar(self, expiration: Any) -> int | None:
        """Bar at which it settles, None when that lies beyond the period."""

    def settlement_value(self, expiration: Any) -> float:
        """Value of the underlying that it settles on."""

    def payoff(self, contract: OptionContract, price: float) -> float:
        """Return what an expired option pays, in the unit of its price."""

    def is_daily(self, expiration: Any) -> bool:
        """Whether a series is a daily one of a coin."""

    def settlement_time(self, expiration: Any) -> dt.datetime:
        """Instant of settlement, from which days to expiration are counted."""

    def rates(self, bar: int) -> tuple[float, float]:
        """Return interest rate and dividend yield, continuous fractions a year."""

    def open_price(self, session: int) -> float:
        """Return the opening price of a session."""

    def previous_close(self, session: int) -> float:
        """Return the closing price of the session before."""

    def hv(self, session: int) -> float:
        """Historical volatility, fraction, fixed during the session."""

    def iv(self, bar: int) -> float:
        """Implied volatility of the underlying, fraction."""

    def iv_rank(self, bar: int) -> float:
        """Rank of iv within its year, 0..100."""

    def iv_percentile(self, bar: int) -> float:
        """Percentile of iv within its year, 0..100."""
