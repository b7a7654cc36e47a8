"""Markets that several tests look at; built once per test session."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest

from xlmeso.simulator.market import HistorySource, Market, open_market

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def market_2018() -> Market:
    """The year 2018 from the bundled history: calm months, a spike, three early closes."""
    bundled = HistorySource("bundled")
    return open_market("SPX", dt.date(2018, 1, 1), dt.date(2018, 12, 31), history=bundled)


@pytest.fixture(scope="session")
def market_2020() -> Market:
    """The first half of 2020: VIX from 12 to 83."""
    bundled = HistorySource("bundled")
    return open_market("SPX", dt.date(2020, 1, 1), dt.date(2020, 6, 30), history=bundled)
