from __future__ import annotations

import subprocess
import sys

import pytest

from xlmeso.simulator import market


def loaded_after(program: str) -> set[str]:
    code = f"import sys\n{program}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_naming_a_source_loads_no_numpy() -> None:
    loaded = loaded_after("from xlmeso.simulator.market import HistorySource; HistorySource()")
    assert "numpy" not in loaded
    assert "scipy" not in loaded


def test_a_market_opens_without_pandas() -> None:
    loaded = loaded_after(
        "import datetime as dt\n"
        "from xlmeso.simulator.market import HistorySource, open_market\n"
        "open_market('SPX', dt.date(2020, 1, 2), dt.date(2020, 1, 31), history=HistorySource())"
    )
    assert "numpy" in loaded
    assert not loaded & {"pandas", "exchange_calendars", "scipy.stats", "QuantLib"}


def test_every_public_name_loads() -> None:
    for name in market.__all__:
        assert getattr(market, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = market.nothing
