"""Walk-forward windows over Backtest.Start and Backtest.End.

``12m`` cuts the period into windows of twelve months.  ``24m:6m`` tests each choice on the six
months after the 24 that it was chosen on, and moves on by six; a third length is another step.
``anchored:24m:6m`` lets every training part begin at the start of the whole period.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.values import SweepValueError

Part = Literal["train", "test", ""]

_SPEC: Final = re.compile(
    r"(?P<anchored>anchored:)?(?P<first>\d{1,4}[dwmy])(?::(?P<test>\d{1,4}[dwmy]))?"
    r"(?::(?P<step>\d{1,4}[dwmy]))?",
    re.IGNORECASE,
)
_DAYS: Final = {"d": 1, "w": 7}
_MONTHS: Final = {"m": 1, "y": 12}
_HOW: Final = (
    "Write a length such as 12m, or 24m:6m to test on the 6 months after each 24 (d w m y)."
)
MOST_WINDOWS: Final = 500


@dataclass(frozen=True, slots=True)
class Window:
    """One period: the number of the window, its part, first and last day (both included)."""

    number: int
    part: Part
    first: dt.date
    last: dt.date

    @property
    def label(self) -> str:
        """``3``, ``3 train`` or ``3 test``."""
        return f"{self.number} {self.part}".strip()

    @property
    def title(self) -> str:
        """The label with its days: ``3 test: 2020-01-01 to 2020-06-30``."""
        return f"{self.label}: {self.first} to {self.last}"

    @property
    def start(self) -> str:
        """As Backtest.Start is written."""
        return f"{self.first.isoformat()}T00:00:00"

    @property
    def end(self) -> str:
        """As Backtest.End is written."""
        return f"{self.last.isoformat()}T23:59:59"


def windows(spec: str, definition: StrategyDefinition) -> list[Window]:
    """Return the windows that fit wholly into the period of a definition.

    Raises
    ------
    SweepValueError
        The lengths cannot be read, the definition has no period, or not one window fits.
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None or not all(int(part[:-1]) for part in _lengths(match)):
        raise SweepValueError(f"{spec!r} says no windows.", cure=_HOW)
    begin, end = definition.backtest.start, definition.backtest.end
    if begin is None or end is None:
        raise SweepValueError("the strategy has no Backtest.Start and End to cut into windows.")
    found = _cut(match, begin.date(), end.date())
    if not found:
        raise SweepValueError(
            f"no window of {spec} fits between {begin.date()} and {end.date()}.",
            cure="Take shorter windows or a longer period.",
        )
    return found


def _lengths(match: re.Match[str]) -> list[str]:
    return [match[name] for name in ("first", "test", "step") if match[name]]


def _cut(match: re.Match[str], first: dt.date, last: dt.date) -> list[Window]:
    test = match["test"]
    step = match["step"] or test or match["first"]
    found: list[Window] = []
    for number in range(1, MOST_WINDOWS + 1):
        begin = _later(first, step, number - 1)
        middle = _later(begin, match["first"], 1)
        over = _later(middle, test, 1) if test else middle
        if over - dt.timedelta(days=1) > last:
            break
        opened = first if match["anchored"] else begin
        found.append(Window(number, "train" if test else "", opened, _day_before(middle)))
        if test:
            found.append(Window(number, "test", middle, _day_before(over)))
    return found


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1)


def _later(day: dt.date, length: str, times: int) -> dt.date:
    """Return the day so many lengths later; the 31st becomes the last day of a shorter month."""
    count, unit = int(length[:-1]) * times, length[-1].lower()
    if unit in _DAYS:
        left = (dt.date.max - day).days
        return day + dt.timedelta(days=min(count * _DAYS[unit], left))
    months = day.year * 12 + day.month - 1 + count * _MONTHS[unit]
    year, month = months // 12, months % 12 + 1
    if year > dt.MAXYEAR - 1:
        return dt.date.max
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
