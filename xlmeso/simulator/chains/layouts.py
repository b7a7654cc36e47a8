"""Vendor layouts: which of their columns become ours.

Described from the vendors' public documentation of their files.  Greeks are taken over only where
their unit is the same as ours (iv a fraction, delta per share); the rest is computed from the
quotes, so that all greeks of a run come from one formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xlmeso.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

EOD_TIME_CBOE: Final = "15:45:00"
"""Cboe DataShop's end-of-day files have a snapshot fifteen minutes before the close."""


PM_ROOTS: Final = {"SPX": "SPXW", "RUT": "RUTW", "NDX": "NDXP"}
"""Assumption: the root where a layout has none, so that series settle at the close; the few that
settle in the morning cannot be told apart in such files."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A vendor's layout.

    Attributes
    ----------
    summary
        What it is, for people.
    needs
        Columns, lower case, by which a file is recognised as of this layout.
    convert
        Makes our columns of a piece of the file whose column names are lower case.
    """

    summary: str
    needs: tuple[str, ...]
    convert: Callable[[pd.DataFrame], pd.DataFrame]


def layout_named(name: str) -> Layout:
    """Return a layout by its name."""
    try:
        return LAYOUTS[name]
    except KeyError:
        raise ConfigurationError(
            f"{name!r} is no layout that we know.", cure=f"Known are {', '.join(LAYOUTS)}."
        ) from None


def _cboe_eod(table: pd.DataFrame) -> pd.DataFrame:
    dates = table["quote_date"].astype(str).str.strip().str[:10]
    middle = (table["underlying_bid_1545"] + table["underlying_ask_1545"]) / 2
    names = {
        "bid_1545": "bid",
        "ask_1545": "ask",
        **_greeks("implied_volatility_1545", "delta_1545"),
    }
    return _picked(
        table,
        {**_CBOE, **names},
        time=dates + "T" + EOD_TIME_CBOE,
        underlying=_price(table, middle, "_1545"),
    )


def _cboe_intervals(table: pd.DataFrame) -> pd.DataFrame:
    times = table["quote_datetime"].astype(str).str.strip().str.replace(" ", "T")
    middle = (table["underlying_bid"] + table["underlying_ask"]) / 2
    names = {"bid": "bid", "ask": "ask", **_greeks("implied_volatility", "delta")}
    return _picked(table, {**_CBOE, **names}, time=times, underlying=_price(table, middle, ""))


def _price(table: pd.DataFrame, middle: pd.Series, ending: str) -> pd.Series:
    """Return the price of the underlying: the active one where the file has it.

    Indices have no bid and ask of their own.
    """
    active = table.get(f"active_underlying_price{ending}")
    return middle if active is None else active.where(active > 0, middle)


def _optionsdx(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    times = table["quote_readtime"].astype(str).str.strip().str.replace(" ", "T")
    sides = []
    for letter, kind in (("c", "Call"), ("p", "Put")):
        names = {
            "expire_date": "expiration",
            "strike": "strike",
            f"{letter}_bid": "bid",
            f"{letter}_ask": "ask",
            **_greeks(f"{letter}_iv", f"{letter}_delta"),
        }
        side = _picked(table, names, time=times, underlying=table["underlying_last"])
        sides.append(side.assign(type=kind))
    return pd.concat(sides, ignore_index=True)


def _greeks(iv: str, delta: str) -> dict[str, str]:
    return {iv: "iv", delta: "delta"}


def _picked(
    table: pd.DataFrame, names: Mapping[str, str], *, time: pd.Series, underlying: pd.Series
) -> pd.DataFrame:
    present = {old: new for old, new in names.items() if old in table.columns}
    picked = table[list(present)].rename(columns=present)
    return picked.assign(time=time, underlying=underlying)


_CBOE: Final = {
    "root": "root", "expiration": "expiration", "strike": "strike", "option_type": "type",
}  # fmt: skip

LAYOUTS: Final[dict[str, Layout]] = {
    "optionsdx": Layout(
        "OptionsDX, end of day or intraday: one row per strike, columns [C_BID], [P_BID], ...",
        (
            "quote_readtime", "underlying_last", "expire_date", "strike", "c_bid", "c_ask",
            "p_bid", "p_ask",
        ),
        _optionsdx,
    ),
    "cboe-eod": Layout(
        "Cboe DataShop end-of-day summary: bid_1545, ask_1545, underlying_bid_1545, ...",
        (
            "quote_date", "root", "expiration", "strike", "option_type", "bid_1545", "ask_1545",
            "underlying_bid_1545", "underlying_ask_1545",
        ),
        _cboe_eod,
    ),
    "cboe-intervals": Layout(
        "Cboe DataShop option quote intervals: quote_datetime, bid, ask, underlying_bid, ...",
        (
            "quote_datetime", "root", "expiration", "strike", "option_type", "bid", "ask",
            "underlying_bid", "underlying_ask",
        ),
        _cboe_intervals,
    ),
}  # fmt: skip
