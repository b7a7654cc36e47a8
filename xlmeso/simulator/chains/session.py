"""The quotes of one session: chains by moment, expiration and type; greeks when they are asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.chains import implied
from xlmeso.simulator.chains.columns import GREEKS
from xlmeso.simulator.market.arrays import Bools, Floats, Ints
from xlmeso.simulator.market.expiration_table import ListedExpiration
from xlmeso.simulator.market.sessions import BAR_MINUTES, OPEN_MINUTE, trading_calendar

if TYPE_CHECKING:
    import pandas as pd

AM_ROOTS: Final = frozenset(("SPX", "RUT", "NDX", "DJX", "VIX", "VIXW", "XSPAM"))
"""Assumption: roots whose series settle on the opening value; all others on the close."""

FIELDS: Final = ("bid", "ask", "mid", *GREEKS, "forward")

_SIGN: Final = {OptionType.CALL: 1.0, OptionType.PUT: -1.0}
_Key = tuple[int, str, int]

TermsOf = Callable[[ListedExpiration, int, float], tuple[float, float]]
"""Returns rate and years of an expiration at a minute of the session."""


def is_am_settled(root: str) -> bool:
    """Whether a root's series settle on the opening value."""
    return root in AM_ROOTS


@dataclass(frozen=True, eq=False)
class StrikeTable:
    """One expiration and type at one moment, strikes ascending; the fields are arrays by name."""

    strike: Floats
    fields: dict[str, Floats]

    def row(self, strike: float) -> int | None:
        """Return the row of a strike."""
        place = int(np.searchsorted(self.strike, strike))
        return place if place < self.strike.size and self.strike[place] == strike else None


class SessionChains:
    """All quotes of a session.

    Parameters
    ----------
    table
        As `xlmeso.simulator.chains.columns.normalised` returns it.
    date
        The session.
    terms_of
        Rate and time of an expiration.

    Attributes
    ----------
    offsets
        Bars of the session at which there are quotes, ascending.
    spots
        Price of the underlying at these bars.
    size
        Bytes of the quotes, about.
    """

    def __init__(self, table: pd.DataFrame, date: dt.date, terms_of: TermsOf) -> None:
        self.date = date
        self._terms_of = terms_of
        offset = bar_offsets(table["time"].to_numpy(), date)
        expiration = table["expiration"].to_numpy().astype("datetime64[D]").astype(np.int64)
        call = (table["type"] == "Call").to_numpy()
        roots, codes = np.unique(table["root"].to_numpy(dtype=str), return_inverse=True)
        order = _order((table["strike"].to_numpy(), call, expiration, codes, offset))
        nothing = np.broadcast_to(np.nan, order.size)  # takes no room
        self._columns: dict[str, Floats] = {
            name: table[name].to_numpy(dtype=np.float64)[order] if name in table else nothing
            for name in ("strike", "bid", "ask", "underlying", *GREEKS)
        }
        given = [column for column in self._columns.values() if column is not nothing]
        self.size = sum(column.nbytes for column in given)
        self._slices = _slices(offset[order], codes[order], expiration[order], call[order], roots)
        self.offsets: Ints = np.unique(offset)
        self.spots = self._spots(offset[order])
        self._tables: dict[tuple[_Key, OptionType], StrikeTable] = {}

    @property
    def expirations(self) -> tuple[ListedExpiration, ...]:
        """Every expiration of the session, by date then root."""
        found = {(day, root) for _, root, day in (key for key, _ in self._slices)}
        return tuple(
            ListedExpiration(root, _date(day), is_am_settled(root)) for day, root in sorted(found)
        )

    def newest(self, offset: int) -> int | None:
        """Return the newest bar with quotes at or before a bar of the session."""
        place = int(np.searchsorted(self.offsets, offset, side="right")) - 1
        return int(self.offsets[place]) if place >= 0 else None

    def table(
        self, offset: int, expiration: ListedExpiration, option_type: OptionType
    ) -> StrikeTable | None:
        """Return the strikes of an expiration and type at a bar with quotes; None without any."""
        key: _Key = (offset, expiration.root, _day(expiration.date))
        found = self._tables.get((key, option_type))
        if found is None and (key, option_type) in self._slices:
            self._fill(key, expiration)
            found = self._tables[key, option_type]
        return found

    def _fill(self, key: _Key, expiration: ListedExpiration) -> None:
        """Work out both types of an expiration together: they share forward and volatility."""
        parts = {kind: self._slices.get((key, kind)) for kind in OptionType}
        bounds = {kind: part for kind, part in parts.items() if part is not None}
        strikes = np.unique(
            np.concatenate([self._columns["strike"][part] for part in bounds.values()])
        )
        mids = {kind: np.full(strikes.size, np.nan) for kind in OptionType}
        rows: dict[OptionType, Ints] = {}
        for kind, part in bounds.items():
            rows[kind] = np.searchsorted(strikes, self._columns["strike"][part])
            mids[kind][rows[kind]] = (self._columns["bid"][part] + self._columns["ask"][part]) / 2
        spot = float(self.spots[np.searchsorted(self.offsets, key[0])])
        rate, years = self._terms_of(expiration, key[0], spot)
        call, put = mids[OptionType.CALL], mids[OptionType.PUT]
        terms = implied.implied_terms(spot, rate, years, strikes, call, put)
        deviation = np.full(strikes.size, np.nan)
        if any(np.isnan(self._columns["iv"][part]).any() for part in bounds.values()):
            deviation = implied.shared_deviation(terms, strikes, call, put)
        for kind, part in bounds.items():
            made = self._made(kind, part, terms, deviation[rows[kind]])
            self._tables[key, kind] = StrikeTable(self._columns["strike"][part], made)

    def _made(
        self, kind: OptionType, part: slice, terms: implied.Terms, deviation: Floats
    ) -> dict[str, Floats]:
        """Return all fields of a type; what the file has stays, the rest is computed."""
        strike = self._columns["strike"][part]
        root_years = np.sqrt(terms.years)
        given = self._columns["iv"][part] * root_years
        deviation = np.where(np.isnan(given), deviation, given)
        priced = implied.greeks(terms, strike, np.full(strike.size, _SIGN[kind]), deviation)
        bid, ask = self._columns["bid"][part], self._columns["ask"][part]
        fields = {"bid": bid, "ask": ask, "mid": (bid + ask) / 2, "iv": deviation / root_years}
        for name in GREEKS[1:]:
            own = self._columns[name][part]
            fields[name] = np.where(np.isnan(own), getattr(priced, name), own)
        fields["forward"] = np.full(strike.size, terms.forward)
        return fields

    def _spots(self, offset: Ints) -> Floats:
        """Return the price of the underlying at each bar: the median of what its rows say."""
        price = self._columns["underlying"]
        starts = np.searchsorted(offset, self.offsets)
        parts = np.split(price, starts[1:])
        return np.array([_median(part) for part in parts])


def bar_offsets(times: np.ndarray[tuple[int], np.dtype[np.datetime64]], date: dt.date) -> Ints:
    """Return the bar of the session from which on each quote is known.

    A quote between two bars belongs to the later one; one after the close to the last.
    """
    midnight = np.datetime64(date)
    minutes = (times - midnight) / np.timedelta64(60, "s")
    calendar = trading_calendar()
    close = calendar.closes_at((date - dt.date(1970, 1, 1)).days)
    offset = np.ceil((minutes - OPEN_MINUTE) / BAR_MINUTES - 1e-9)
    return np.clip(offset, 0, (close - OPEN_MINUTE) // BAR_MINUTES).astype(np.int64)


def _order(columns: tuple[Any, ...]) -> Ints:
    """Return the rows sorted by the columns, the last one first; of equal ones only the last."""
    order = np.lexsort(columns)
    differs = np.zeros(order.size, dtype=np.bool_)
    differs[-1:] = True
    for column in columns:
        placed = column[order]
        differs[:-1] |= placed[1:] != placed[:-1]
    return order[differs]


def _slices(
    offset: Ints,
    codes: Ints,
    expiration: Ints,
    call: Bools,
    roots: np.ndarray[tuple[int], np.dtype[np.str_]],
) -> dict[tuple[_Key, OptionType], slice]:
    """Return where each chain begins and ends in the sorted rows."""
    changed = np.zeros(offset.size, dtype=np.bool_)
    changed[:1] = True
    for column in (offset, codes, expiration, call):
        changed[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(changed).tolist()
    stops = [*starts[1:], offset.size]
    return {
        (
            (int(offset[start]), str(roots[codes[start]]), int(expiration[start])),
            OptionType.CALL if call[start] else OptionType.PUT,
        ): slice(start, stop)
        for start, stop in zip(starts, stops, strict=True)
    }


def _median(prices: Floats) -> float:
    known = prices[prices > 0]
    return float(np.median(known)) if known.size else float("nan")


def _day(date: dt.date) -> int:
    return (date - dt.date(1970, 1, 1)).days


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)
