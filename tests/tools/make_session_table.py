"""Write the table of XNYS closures and early closes that the market model ships.

Run it after an update of exchange_calendars: ``python tests/tools/make_session_table.py``.
The library (and pandas under it) takes 0.7 s to import, so the product carries its answer.
"""

from __future__ import annotations

import csv
from pathlib import Path

import exchange_calendars
import pandas as pd

FIRST = "1990-01-01"
LAST = "2036-12-31"
"""Six years past the last day that can be simulated: long-dated series expire after it."""

TARGET = Path("xlmeso/simulator/market/calendar/xnys.csv")


def exceptions() -> list[tuple[str, str]]:
    """Weekdays that are no session ("closed") and sessions that end early ("13:00")."""
    schedule = exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST).schedule
    closes = schedule["close"].dt.tz_convert("America/New_York").dt.strftime("%H:%M")
    weekdays = pd.bdate_range(FIRST, LAST)
    rows = [(f"{day:%Y-%m-%d}", "closed") for day in weekdays.difference(schedule.index)]
    rows += [(f"{day:%Y-%m-%d}", close) for day, close in closes[closes != "16:00"].items()]
    return sorted(rows)


if __name__ == "__main__":
    with TARGET.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("date", "close"))
        writer.writerows(exceptions())
