"""Returns and growth: periodic, cumulative, per calendar month, annualised."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

DAYS_PER_YEAR = 365.0

_EPOCH = dt.datetime(1970, 1, 1)
_SECOND = dt.timedelta(seconds=1)


def as_times(moments: Iterable[dt.datetime]) -> Times:
    """Turn times without a zone into datetime64 of whole seconds, rounded down, shape (n,).

    NumPy itself takes five times as long.
    """
    return np.array([(moment - _EPOCH) // _SECOND for moment in moments], dtype="datetime64[s]")


def dot(first: FloatArray, second: FloatArray) -> float:
    """Return the sum of products.

    Not by ``@``: the threads of the linear algebra library cost more than they gain here, and
    their sums depend on the number of cores.
    """
    return float(np.multiply(first, second).sum())


def simple_returns(values: FloatArray, base: float | None = None) -> FloatArray:
    """Turn a series of values into its simple returns, one for each value.

    Parameters
    ----------
    values
        NAV or prices, shape (n,).
    base
        The value before the first one: starting cash or the prior close.  None: the first value
        is its own base, so that the first return is 0.

    Returns
    -------
    FloatArray
        Shape (n,), fractions.  A return that does not exist (base 0, a gap before or at the
        value) is 0, as the metrics table of QuantStats fills it.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.size == 0:
        return values.copy()
    previous = np.empty_like(values)
    previous[0] = values[0] if base is None else base
    previous[1:] = values[:-1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        returns = values / previous - 1.0
    returns[~np.isfinite(returns)] = 0.0
    return returns


def cumulative_return(returns: FloatArray) -> float:
    """Compound periodic returns: prod(1 + r) - 1, a fraction; ``nan`` without data.

    Source: reference section 8.2 (CumRet), `quantstats.stats.comp`.
    """
    if returns.size == 0:
        return math.nan
    return float(np.prod(1.0 + returns) - 1.0)


def cagr(total: float, days: float) -> float:
    """Annualise a total return by calendar days: (1 + total)^(365 / days) - 1.

    Parameters
    ----------
    total
        Cumulative return, a fraction.
    days
        Calendar days from the first to the last instant.

    Returns
    -------
    float
        Fraction per year; ``nan`` for a period shorter than a day's mark, or when more than
        everything was lost (no real growth rate exists).

    Notes
    -----
    Calendar days over 365 is what QuantStats did up to 0.0.59 and what reproduces the seed's
    46.66 and 10.70 (reference section 8.1, finding 1); later versions count periods over 252.
    """
    wealth = 1.0 + total
    if not days > 0 or not wealth >= 0:
        return math.nan
    try:
        return float(wealth ** (DAYS_PER_YEAR / days) - 1.0)
    except OverflowError:
        return math.inf


def annual_volatility(returns: FloatArray, periods_per_year: float) -> float:
    """Return the yearly standard deviation: std(r, ddof 1) x sqrt(periods), a fraction.

    ``nan`` for fewer than two returns.  Source: reference section 8.2 (AnnVolatility).
    """
    return sample_deviation(returns) * math.sqrt(periods_per_year)


def sample_deviation(values: FloatArray) -> float:
    """Return the standard deviation with n - 1 in the divisor; ``nan`` for fewer than two."""
    return float(np.std(values, ddof=1)) if values.size > 1 else math.nan


def monthly_returns(times: Times, returns: FloatArray) -> tuple[Times, FloatArray]:
    """Compound periodic returns within each calendar month.

    Parameters
    ----------
    times
        Instant of each return, ascending, shape (n,).
    returns
        Shape (n,), fractions.

    Returns
    -------
    tuple
        The months that occur (datetime64[M]) and their returns, both of shape (months,).

    Notes
    -----
    Months are told apart by year and month (`quantstats` aggregate "M", now "ME").
    """
    months = times.astype("datetime64[M]")
    if months.size == 0:
        return months, np.empty(0)
    first = np.concatenate(([True], months[1:] != months[:-1]))
    starts = np.flatnonzero(first)
    return months[starts], np.multiply.reduceat(1.0 + returns, starts) - 1.0


def average_gain(returns: FloatArray, alongside: FloatArray | None = None) -> float:
    """Return the mean of the positive returns, a fraction; ``nan`` when there is none.

    Parameters
    ----------
    returns
        Shape (n,).
    alongside
        A second column of the same shape: only rows where it is positive too are counted.
        This is QuantStats' two-column quirk, a row-wise ``dropna`` over strategy and benchmark
        (reference section 8.1, finding 5).
    """
    chosen = returns > 0
    if alongside is not None:
        chosen = chosen & (alongside > 0)
    return float(returns[chosen].mean()) if chosen.any() else math.nan


def average_loss(returns: FloatArray, alongside: FloatArray | None = None) -> float:
    """Return the mean of the negative returns, negative; the mirror of `average_gain`."""
    return -average_gain(-returns, None if alongside is None else -alongside)


def average_up_month(monthly: FloatArray, alongside: FloatArray | None = None) -> float:
    """Return the mean of the months that gained, a fraction; ``nan`` when there is none.

    ``alongside`` holds the benchmark's months: then only months count in which both gained, as
    the service does (reference sections 8.1.5 and 8.2, AvgUpMonth).
    """
    return average_gain(monthly, alongside)


def average_down_month(monthly: FloatArray, alongside: FloatArray | None = None) -> float:
    """Return the mean of the months that lost, negative; ``alongside`` as `average_up_month`."""
    return average_loss(monthly, alongside)
