"""The plain functions behind the worksheet functions: cells in, values and rows out.

They know nothing of Excel or COM and may be called from anywhere; errors are raised, and within a
table they stand in their cell as `xlmeso.excel.boundary.Failure`.
"""

from xlmeso.excel.functions.about import error, usage, version
from xlmeso.excel.functions.blotter import events, trades
from xlmeso.excel.functions.definitions import run, strategy, validate
from xlmeso.excel.functions.figures import analytics, compare, metric, metrics
from xlmeso.excel.functions.lists import backtests, progress, status
from xlmeso.excel.functions.series import drawdowns, monthly, nav

__all__ = [
    "analytics",
    "backtests",
    "compare",
    "drawdowns",
    "error",
    "events",
    "metric",
    "metrics",
    "monthly",
    "nav",
    "progress",
    "run",
    "status",
    "strategy",
    "trades",
    "usage",
    "validate",
    "version",
]
