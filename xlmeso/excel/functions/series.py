"""The NAV and what is worked out from it: MESO_NAV, MESO_DRAWDOWNS, MESO_MONTHLY."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.results import NAV_COLUMNS
from xlmeso.errors import DecodingError
from xlmeso.excel.arguments import Arguments, whole_number
from xlmeso.excel.functions.common import (
    Table,
    one_run,
    results_for,
    table,
)
from xlmeso.sheets.cells import MAX_ROWS

if TYPE_CHECKING:
    from xlmeso.measures.returns import FloatArray, Times
    from xlmeso.wire.navs import NavTable

DEFAULT_TOP: Final = 10

_EPOCH_MINUTES: Final = dt.date(1970, 1, 1).toordinal() * 1440

MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

FREQUENCIES: Final[dict[str, Callable[[dt.datetime], Any]]] = {
    "All": lambda time: time,
    "Day": lambda time: time.date(),
    "Week": lambda time: time.isocalendar()[:2],
    "Month": lambda time: (time.year, time.month),
    "Year": lambda time: time.year,
}
"""What two values of one period share."""


def nav(
    backtest: Any,
    since: Any = None,
    up_to: Any = None,
    frequency: Any = None,
    headers: Any = None,
    options: Any = None,
) -> Table:
    """Return the series with the service's columns; the last value of each period."""
    arguments = Arguments(
        {"since": since, "up_to": up_to, "frequency": frequency, "headers": headers}, options
    )
    results = results_for(arguments)
    run = one_run(results, backtest)
    chosen = _frequency(arguments.text("frequency") or "Day")
    answer = results.derived(
        Kind.NAVS, run, ("last of", chosen), lambda navs: last_of_each(navs, chosen)
    )
    start, end = arguments.moment("since"), arguments.moment("up_to", end_of_day=True)
    rows = [
        row
        for row in answer.value
        if (start is None or row[0] >= start) and (end is None or row[0] <= end)
    ]
    if len(rows) > MAX_ROWS - 2:
        raise ArgumentError(f"{len(rows):,} values do not fit on a sheet.", cure="Ask by day.")
    navs: NavTable = results.held(Kind.NAVS, run).value
    return table((navs.time_name, *navs.columns), rows, arguments, answer, run)


def drawdowns(backtest: Any, top: Any = None, headers: Any = None, options: Any = None) -> Table:
    """Return the deepest drawdowns of all values of the NAV; the first value counts as a peak."""
    arguments = Arguments({"top": top, "headers": headers}, options)
    results = results_for(arguments)
    run = one_run(results, backtest)
    given = arguments.get("top")
    count = DEFAULT_TOP if given is None else whole_number(given, "top", least=1)
    answer = results.derived(Kind.NAVS, run, "drawdowns", deepest_first)
    titles = ("Start", "Valley", "Recovered", "Depth", "Days")
    return table(titles, answer.value[:count], arguments, answer, run)


def monthly(backtest: Any, headers: Any = None, options: Any = None) -> Table:
    """Return a row for each year: its months' returns and the whole year's."""
    arguments = Arguments({"headers": headers}, options)
    results = results_for(arguments)
    run = one_run(results, backtest)
    answer = results.derived(Kind.NAVS, run, "monthly", months_by_year)
    return table(("Year", *MONTHS, "Total"), answer.value, arguments, answer, run)


def last_of_each(navs: NavTable, frequency: str) -> list[list[Any]]:
    """Return rows of time and all columns: the last of each period, dated at midnight.

    With ``All`` every row keeps its time.
    """
    period = FREQUENCIES[frequency]
    last = dict(zip(map(period, navs.times), range(len(navs)), strict=True))
    places = list(last.values())
    times = [_shown(navs.times[place], frequency) for place in places]
    columns = [navs.picked(name, places) for name in navs.columns]
    return [list(row) for row in zip(times, *columns, strict=True)]


def deepest_first(navs: NavTable) -> list[list[Any]]:
    """Return start, valley, recovery (None while open), depth (negative fraction) and days."""
    from xlmeso.measures.drawdowns import drawdown_days, drawdown_episodes, drawdown_series

    times, values = _series(navs)
    below = drawdown_series(values)
    episodes = drawdown_episodes(below)
    days = drawdown_days(times, episodes)
    moments = times.astype("datetime64[s]").tolist()
    rows = [
        [
            moments[episodes.start[place]],
            moments[episodes.valley[place]],
            None if below[episodes.end[place]] < 0 else moments[episodes.end[place]],
            float(episodes.depth[place]),
            int(days[place]),
        ]
        for place in range(len(episodes))
    ]
    return sorted(rows, key=lambda row: row[3])


def months_by_year(navs: NavTable) -> list[list[Any]]:
    """Return rows of year, twelve returns (None outside the run) and the year's return."""
    import numpy as np

    from xlmeso.measures.returns import cumulative_return, monthly_returns, simple_returns

    times, values = _series(navs)
    starts, returns = monthly_returns(times, simple_returns(values))
    found: dict[int, dict[int, float]] = {}
    for month, value in zip(starts.astype("datetime64[M]").astype(int), returns, strict=True):
        found.setdefault(1970 + int(month) // 12, {})[int(month) % 12] = float(value)
    return [
        [
            year,
            *(by_month.get(month) for month in range(12)),
            cumulative_return(np.array(list(by_month.values()))),
        ]
        for year, by_month in found.items()
    ]


def _series(navs: NavTable) -> tuple[Times, FloatArray]:
    """Return the times and values of the account; rows without a value are left out."""
    import numpy as np

    values = np.array(navs.numbers(_nav_column(tuple(navs.columns))), dtype=np.float64)
    # Twice as fast as numpy's own way from a list of datetimes.
    minutes = [time.toordinal() * 1440 + time.hour * 60 + time.minute for time in navs.times]
    times = (np.array(minutes) - _EPOCH_MINUTES).astype("datetime64[m]")
    there = ~np.isnan(values)
    return times[there], values[there]


def _nav_column(titles: Sequence[str]) -> str:
    plain = {title.casefold().replace("_", "").replace(" ", ""): title for title in titles}
    found = next((plain[name] for name in NAV_COLUMNS if name in plain), None)
    if found is None:
        raise DecodingError(f"the NAV has no column of the account's value: {', '.join(titles)}")
    return found


def _frequency(name: str) -> str:
    """Accept Day, daily, D and so on."""
    word = name.casefold()
    for known in FREQUENCIES:
        if word in (known.casefold(), known[0].casefold(), _ADVERBS[known]):
            return known
    raise ArgumentError(
        f"there is no frequency {name!r}.", cure=f"There are {', '.join(FREQUENCIES)}."
    )


_ADVERBS: Final = {
    "All": "all", "Day": "daily", "Week": "weekly", "Month": "monthly", "Year": "yearly",
}  # fmt: skip


def _shown(time: dt.datetime, frequency: str) -> dt.datetime:
    return time if frequency == "All" else dt.datetime(time.year, time.month, time.day)
