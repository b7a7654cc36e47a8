"""The columns of a session file, and a table brought into their form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xlmeso.errors import SimulationError

if TYPE_CHECKING:
    import pandas as pd

REQUIRED: Final = ("time", "expiration", "strike", "type", "bid", "ask", "underlying")
"""``time`` is exchange-local, ``expiration`` a date, ``type`` Put or Call (P, C), prices points."""

GREEKS: Final = ("iv", "delta", "gamma", "theta", "vega", "rho")
"""Optional, per share of one long contract: iv a fraction, delta -1..1, gamma per point, theta per
calendar day, vega per volatility point, rho per 1.00 of rate.  What is absent is computed."""

TEXTS: Final = ("root",)
"""Optional; without it the root is the symbol."""

COLUMNS: Final = (
    "time",
    "root",
    "expiration",
    "strike",
    "type",
    "bid",
    "ask",
    "underlying",
    *GREEKS,
)
"""All columns in the order in which they are written."""

_TYPES: Final = {"p": "Put", "put": "Put", "c": "Call", "call": "Call"}


def normalised(table: pd.DataFrame, symbol: str, where: str) -> pd.DataFrame:
    """Return a table with its columns in their types, in the order of the file.

    Greeks that the file does not have are left out.  Quotes that cannot be (negative, ask below
    bid) lose bid and ask.

    Raises
    ------
    SimulationError
        Columns are missing or hold something else; all of them are told.
    """
    import pandas as pd

    table = table.rename(columns=lambda name: str(name).strip().lower())
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise SimulationError(
            f"columns are missing: {', '.join(missing)}.",
            where=where,
            cure=f"Needed are {', '.join(REQUIRED)}.",
        )
    bad: list[str] = []
    result = pd.DataFrame(index=table.index)
    result["time"] = _times(table["time"], "time", bad)
    result["root"] = table["root"].astype(str).str.strip() if "root" in table else symbol
    result["expiration"] = _times(table["expiration"], "expiration", bad).dt.normalize()
    result["strike"] = _numbers(table["strike"], "strike", bad, needed=True)
    if (result["strike"] <= 0).any():
        bad.append("strike")
    kinds = table["type"].astype(str).str.strip().str.lower().map(_TYPES)
    if kinds.isna().any():
        bad.append("type")
    result["type"] = kinds
    for name in ("bid", "ask", "underlying"):
        result[name] = _numbers(table[name], name, bad)
    for name in GREEKS:
        if name in table:
            result[name] = _numbers(table[name], name, bad)
    if bad:
        raise SimulationError(
            f"columns with values that cannot be read: {', '.join(bad)}.", where=where
        )
    return _without_impossible(result)


def _without_impossible(table: pd.DataFrame) -> pd.DataFrame:
    wrong = (table["bid"] < 0) | (table["ask"] < table["bid"])
    table.loc[wrong, ["bid", "ask"]] = float("nan")
    given = [name for name in GREEKS if name in table]
    if "iv" in given:
        table.loc[~(table["iv"] > 0), given] = float("nan")
    return table


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Sort a table for its file; a contract that stands twice at one time keeps the last row."""
    keys = ["time", "root", "expiration", "type", "strike"]
    return table.drop_duplicates(keys, keep="last").sort_values(keys, ignore_index=True)


def _times(column: pd.Series, name: str, bad: list[str]) -> pd.Series:
    import pandas as pd

    times = column
    if not pd.api.types.is_datetime64_any_dtype(column):
        times = pd.to_datetime(column, errors="coerce", format="ISO8601")
    if times.isna().any() or getattr(times.dt, "tz", None) is not None:
        bad.append(name)
    return times


def _numbers(column: pd.Series, name: str, bad: list[str], *, needed: bool = False) -> pd.Series:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        values, is_unread = column.astype(float), False
    else:
        values = pd.to_numeric(column, errors="coerce").astype(float)
        odd = column[values.isna() & column.notna()]
        is_unread = bool((odd.astype(str).str.strip() != "").any())
    if is_unread or (needed and values.isna().any()):
        bad.append(name)
    return values
