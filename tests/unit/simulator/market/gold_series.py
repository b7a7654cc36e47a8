"""A made-up gold trust as a folder of a user's own series."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from xlmeso.simulator.market.sessions import day_number, trading_calendar

HEADER = "date,open,high,low,close\n"


def gold_folder(folder: Path, *, with_index: bool = False) -> Path:
    """A made-up gold trust over 2019: 120 dollars, moving 1 % up and down, 15 % volatility."""
    folder.mkdir(exist_ok=True)
    sessions = trading_calendar().session_days
    first, last = day_number(dt.date(2018, 1, 2)), day_number(dt.date(2019, 12, 31))
    days = sessions[(sessions >= first) & (sessions <= last)].view("datetime64[D]")
    rows = []
    for number, day in enumerate(days):
        price = 120.0 * (1.01 if number % 2 else 1.0) + number * 0.02
        rows.append(f"{day},{price - 0.3:.2f},{price + 0.9:.2f},{price - 0.9:.2f},{price:.2f}")
    (folder / "gld.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    if with_index:
        lines = "\n".join(f"{day},15,16,14,15.5" for day in days)
        (folder / "gvz.csv").write_text(HEADER + lines + "\n", encoding="utf-8")
    return folder
