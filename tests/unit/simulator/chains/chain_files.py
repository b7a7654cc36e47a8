"""Writes chain folders: by hand, and out of the modelled market."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.chains.columns import COLUMNS, GREEKS
from xlmeso.simulator.chains.files import write_session

EXPIRATION = dt.date(2021, 2, 19)


def quote(
    time: str,
    strike: float,
    mid: float,
    *,
    kind: str = "Put",
    spot: float = 3800.0,
    root: str = "SPXW",
    expiration: dt.date = EXPIRATION,
    half: float = 0.5,
    **greeks: float,
) -> dict[str, Any]:
    """Return one row of a session file."""
    return {
        "time": time,
        "root": root,
        "expiration": expiration.isoformat(),
        "strike": strike,
        "type": kind,
        "bid": mid - half,
        "ask": mid + half,
        "underlying": spot,
        **greeks,
    }


def lay(folder: Path, rows: Iterable[dict[str, Any]], symbol: str = "SPX") -> Path:
    """Write rows into one CSV file per session."""
    table = pd.DataFrame(rows)
    for date, part in table.groupby(table["time"].str[:10]):
        write_session(part, folder / symbol, dt.date.fromisoformat(str(date)), ".csv")
    return folder


def recorded(
    market: Any,
    folder: Path,
    offsets: Sequence[int],
    *,
    with_greeks: bool = True,
    suffix: str = ".parquet",
    days: range = range(26, 50),
    within: float = 0.13,
) -> Path:
    """Write a modelled market's chains, at some bars of each session, as session files."""
    for session, date in enumerate(market.sessions.dates):
        rows: list[pd.DataFrame] = []
        bars = market.sessions.bars_of(session)
        for offset in offsets:
            rows += _snapshot(market, session, bars[offset], days, within)
        table = pd.concat(rows, ignore_index=True)
        if not with_greeks:
            table = table.drop(columns=list(GREEKS))
        write_session(table, folder / market.symbol, date, suffix)
    return folder


def _snapshot(
    market: Any, session: int, bar: int, days: range, within: float
) -> list[pd.DataFrame]:
    date = market.sessions.dates[session]
    found = []
    for expiration in market.expirations(session):
        if (expiration.date - date).days not in days:
            continue
        for kind in OptionType:
            chain = market.chain(bar, expiration, kind)
            near = abs(chain.strike / market.underlying[bar] - 1) < within
            values = {name: getattr(chain, name)[near] for name in ("bid", "ask", *GREEKS)}
            found.append(
                pd.DataFrame({"strike": chain.strike[near], **values}).assign(
                    time=market.sessions.time_of(bar),
                    root=expiration.root,
                    expiration=pd.Timestamp(expiration.date),
                    type=kind.value,
                    underlying=market.underlying[bar],
                )[list(COLUMNS)]
            )
    return found
