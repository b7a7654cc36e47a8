"""How far the modelled implied volatilities are from those of real quotes.

Run it from the repository's root: ``python tests/tools/quality_table.py``.  The reference is
``tests/data/iv_points_2011_2025.csv.gz``: 9,467 points of 15 days, our own numbers made from public
chains.  Input of the model is the published VIX of those days; the moneyness is that of the chains'
own forwards, so the errors are those of volatility alone.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from xlmeso.simulator.market import bundled
from xlmeso.simulator.market.clock import business_clock, share_passed
from xlmeso.simulator.market.expirations import settlement_of
from xlmeso.simulator.market.quotes import expiration_terms
from xlmeso.simulator.market.sessions import day_number
from xlmeso.simulator.market.state import MarketState, closing_state, market_state
from xlmeso.simulator.market.term import term_features

POINTS = Path(__file__).parent.parent / "data" / "iv_points_2011_2025.csv.gz"
DTE_EDGES = (0, 2, 4, 9, 17, 36, 66, 126, 261, 751)
COLUMNS = (
    ("P", 0.01), ("P", 0.05), ("P", 0.1), ("P", 0.25), ("P", 0.4),
    ("C", 0.5), ("C", 0.4), ("C", 0.25), ("C", 0.1), ("C", 0.05),
)  # fmt: skip

SNAPSHOT = dt.datetime(2022, 7, 12, 11, 40)
SNAPSHOT_VIX = 26.1
"""The one chain that was not taken at the close, with the VIX of that minute."""


@dataclass(frozen=True)
class Point:
    """One implied volatility of a real quote beside the model's."""

    when: dt.datetime
    root: str
    dte: int
    option_type: str
    abs_delta: float
    iv: float
    model: float

    @property
    def error(self) -> float:
        """Model less market, in volatility points."""
        return (self.model - self.iv) * 100.0


def points() -> list[Point]:
    """All points of the reference file with the model's volatility."""
    history = bundled.load_bundled()
    features = term_features(history)
    with gzip.open(POINTS, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    result: list[Point] = []
    for (ts, root, dte), group in groupby(
        rows, key=lambda row: (row["ts"], row["root"], row["dte"])
    ):
        when, chosen = dt.datetime.fromisoformat(ts), list(group)
        moneyness = np.array([[float(row["k"])] for row in chosen])
        state = _state(history, features, when)
        for row, model in zip(
            chosen, _volatility(state, when, root, int(dte), moneyness), strict=True
        ):
            delta, iv = float(row["abs_delta"]), float(row["iv"])
            result.append(Point(when, root, int(dte), row["cp"], delta, iv, float(model)))
    return result


def core_errors(items: Sequence[Point]) -> np.ndarray:
    """Absolute errors of 10 to 50 delta and at least four days, in volatility points."""
    chosen = [p.error for p in items if p.dte >= 4 and 0.1 <= p.abs_delta <= 0.5]
    return np.abs(np.array(chosen))


def quality_table(statistic: str = "median") -> str:
    """Table of the mean or median absolute error by days to expiration and delta."""
    items = points()
    lines = ["DTE      " + "".join(f"{t}.{round(d * 100):02d}".rjust(7) for t, d in COLUMNS)]
    for low, high in pairwise(DTE_EDGES):
        cells = [_cell(items, statistic, low, high, *column) for column in COLUMNS]
        lines.append(f"{low}-{high - 1}".ljust(9) + "".join(cell.rjust(7) for cell in cells))
    core = core_errors(items)
    lines.append(
        f"10-50 delta, DTE >= 4: {core.size} points, median {np.median(core):.2f}, "
        f"mean {core.mean():.2f}, p90 {np.quantile(core, 0.9):.2f}, "
        f"RMSE {np.sqrt((core**2).mean()):.2f} volatility points"
    )
    return "\n".join(lines)


def markdown(statistic: str) -> str:
    """Rows of the table as docs/local-service.md has them, without their heading."""
    rows = []
    for line in quality_table(statistic).splitlines()[1:-1]:
        rows.append("| " + " | ".join(line.split()) + " |")
    return "\n".join(rows)


def _cell(
    items: Sequence[Point], statistic: str, low: int, high: int, kind: str, delta: float
) -> str:
    errors = [
        abs(p.error)
        for p in items
        if low <= p.dte < high and p.option_type == kind and abs(p.abs_delta - delta) < 1e-9
    ]
    if not errors:
        return "-"
    return f"{np.mean(errors) if statistic == 'mean' else np.median(errors):.1f}"


def _state(history, features, when: dt.datetime) -> MarketState:
    row = np.array([np.searchsorted(history.days, day_number(when.date()))])
    if when != SNAPSHOT:
        return closing_state(history, features, row)
    minute = np.array([when.hour * 60 + when.minute])
    return market_state(
        history,
        features,
        session=row,
        minute=minute,
        share=share_passed(minute, np.array([570]), np.array([960])),
        spot=history.previous_close[row],
        vix=np.array([SNAPSHOT_VIX]),
    )


def _volatility(
    state: MarketState, when: dt.datetime, root: str, dte: int, moneyness: np.ndarray
) -> np.ndarray:
    settlement = settlement_of(when.date() + dt.timedelta(dte), am_settled=root == "SPX")
    business = business_clock().at(np.array([settlement.day]), np.array([settlement.share]))
    terms = expiration_terms(
        state, np.array([[float(settlement.absolute_minute)]]), business[:, None]
    )
    return (terms.deviation(moneyness) / np.sqrt(terms.years))[:, 0]


if __name__ == "__main__":
    for name in ("median", "mean"):
        print(f"{name} absolute error of implied volatility, volatility points")
        print(quality_table(name))
