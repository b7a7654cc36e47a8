"""From the 5-minute series of a run to one value a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlmeso.measures.returns import FloatArray, Times, simple_returns


@dataclass(frozen=True, slots=True)
class DailySeries:
    """The last value of each day that has one; all arrays have shape (days,).

    Attributes
    ----------
    dates
        datetime64[D], ascending.
    nav
        Net asset value, money.
    benchmark
        Price of the underlying, ``nan`` where it is not known; None without any.
    base
        Value before the first day: the starting cash, money.
    benchmark_base
        The underlying's first price, at which its return is 0; None without a benchmark.
    """

    dates: Times
    nav: FloatArray
    benchmark: FloatArray | None
    base: float
    benchmark_base: float | None = None

    @property
    def returns(self) -> FloatArray:
        """Simple return of each day; the first is measured from ``base``."""
        return simple_returns(self.nav, self.base)

    @property
    def benchmark_returns(self) -> FloatArray | None:
        """Simple return of the underlying on each day, the first from its first price, or None."""
        if self.benchmark is None:
            return None
        return simple_returns(self.benchmark, self.benchmark_base)


def daily_series(
    times: Times,
    nav: FloatArray,
    benchmark: FloatArray | None = None,
    base: float | None = None,
) -> DailySeries:
    """Keep the last row of each calendar day that has a NAV.

    Parameters
    ----------
    times
        Exchange-local instants, ascending, shape (n,).
    nav, benchmark
        Money and price, shape (n,); rows whose NAV is ``nan`` are left out.
    base
        Starting cash in money; None takes the first NAV.
    """
    known = ~np.isnan(nav)
    days = times[known].astype("datetime64[D]")
    last = np.flatnonzero(np.append(days[1:] != days[:-1], True)) if days.size else days.view(int)
    values = nav[known]
    start = base if base is not None else (float(values[0]) if values.size else 0.0)
    if benchmark is None or np.isnan(benchmark[known][last]).all():
        return DailySeries(days[last], values[last], None, start)
    prices = benchmark[known]
    first = float(prices[~np.isnan(prices)][0])
    return DailySeries(days[last], values[last], prices[last], start, first)
