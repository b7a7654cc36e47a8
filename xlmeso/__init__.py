"""xlmeso: backtest option strategies with MesoSim from Excel, Python or the command line.

``import xlmeso`` stays quick: a public name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xlmeso._version import __version__
from xlmeso.errors import XlmesoError

if TYPE_CHECKING:
    from xlmeso.api import Client
    from xlmeso.app.connect import connect
    from xlmeso.app.jobs import (
        get_backtest_events,
        get_backtest_navs,
        get_strategy_definition,
        list_backtests,
        run_job,
        run_jobs,
    )
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.model.validation import validate

__all__ = [
    "Client",
    "StrategyDefinition",
    "XlmesoError",
    "__version__",
    "connect",
    "get_backtest_events",
    "get_backtest_navs",
    "get_strategy_definition",
    "list_backtests",
    "run_job",
    "run_jobs",
    "validate",
]

_HOMES = {
    "Client": "xlmeso.api",
    "StrategyDefinition": "xlmeso.model.strategy",
    "connect": "xlmeso.app.connect",
    "get_backtest_events": "xlmeso.app.jobs",
    "get_backtest_navs": "xlmeso.app.jobs",
    "get_strategy_definition": "xlmeso.app.jobs",
    "list_backtests": "xlmeso.app.jobs",
    "run_job": "xlmeso.app.jobs",
    "run_jobs": "xlmeso.app.jobs",
    "validate": "xlmeso.model.validation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'xlmeso' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
