"""Figures of quantstats 0.0.59 itself for the two columns of a made-up run.

The service's analytics are its report table (reference section 8.1).  The package's own tests run
a newer quantstats, which differs; so this tool is run by hand in an environment of its own::

    python -m venv old && old/bin/pip install quantstats==0.0.59 pandas==1.5.3 numpy==1.24.4 \
        scipy==1.10.1 "matplotlib<3.8" "seaborn<0.13" "setuptools<70"
    old/bin/python tests/tools/make_quantstats_golden.py

It writes ``tests/data/quantstats_0_0_59.json``, which ``test_analytics_golden.py`` reads.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np

SESSIONS = 250
BARS = 79
PERIODS_PER_YEAR = 252 * 78
GOLDEN = Path(__file__).parent.parent / "data" / "quantstats_0_0_59.json"


def series() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (datetime64[m]), NAV and benchmark of 250 sessions, by formula: no random numbers."""
    days = np.arange(np.datetime64("2021-01-04"), np.datetime64("2022-03-01"))
    days = days[(days.astype(np.int64) + 3) % 7 < 5][:SESSIONS]
    minutes = np.arange(BARS) * 5 + 570
    times = (days[:, None].astype("datetime64[m]") + minutes[None, :]).ravel()
    t = np.arange(times.size, dtype=np.float64)
    wave = np.sin(0.37 * t * np.sqrt(t + 1.0)) + 0.6 * np.sin(1.7 * t)
    slow = np.sin(2 * np.pi * t / (BARS * 45))
    strategy = 1e-5 + 4e-4 * wave * (1 + 0.3 * slow) + 5e-5 * slow
    strategy[::7] = 0.0  # nothing happens on some bars
    drift = np.sin(2 * np.pi * t / (BARS * 31) + 1.0)
    market = 2e-6 + 5e-4 * np.sin(0.53 * t * np.sqrt(t + 2.0)) - 1e-4 * wave + 4e-5 * drift
    return times, 100_000 * np.cumprod(1 + strategy), 3700 * np.cumprod(1 + market)


def main() -> None:
    """Run the report of quantstats 0.0.59 and write its figures."""
    import pandas as pd
    import quantstats as qs

    assert qs.__version__ == "0.0.59", qs.__version__
    warnings.simplefilter("ignore")
    times, nav, benchmark = series()
    index = pd.DatetimeIndex(times.astype("datetime64[ns]"))
    returns = pd.Series(nav, index=index, name="Strategy").pct_change().fillna(0)
    other = pd.Series(benchmark, index=index, name="Benchmark").pct_change().fillna(0)
    table = qs.reports.metrics(
        returns, other, rf=0, display=False, mode="full", internal=True,
        periods_per_year=PERIODS_PER_YEAR, prepare_returns=False, match_dates=False,
    )  # fmt: skip
    columns = {name: {str(k).strip(): str(v) for k, v in table[name].items()} for name in table}
    text = json.dumps(columns, indent=1, ensure_ascii=False, sort_keys=True)
    GOLDEN.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
