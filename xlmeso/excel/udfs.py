# ruff: noqa: D205, D209, D400, D401, N802 -- a docstring is one text of the function wizard
"""The worksheet functions: one declaration each over a plain function of `xlmeso.excel.functions`.

This module is what Excel calls (through xlwings) and what everything else is generated from: the
VBA wrappers, the wizard's texts, the LibreOffice host and the reference.  Excel knows a function
by its Python name.  An argument must not be called like a reserved word of VBA.
"""

from __future__ import annotations

from typing import Any

from xlmeso.excel import functions
from xlmeso.excel.boundary import answer
from xlmeso.excel.declarations import worksheet_function

_BACKTEST = "Id, name or portal link of a backtest, such as A2; a range of them fills a block."
_ONE_BACKTEST = "Id, name or portal link of one backtest, such as A2."
_STRATEGY = (
    "The cells of a Strategy sheet, such as Strategy!A1:Q150; or JSON text; or two columns of "
    "paths and values; or the name of a template, such as short-put."
)
_HEADERS = "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise."
_OPTIONS = (
    "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two "
    "columns; every argument can be given by name as well."
)
_METRICS = "Names or labels of figures, such as B1:F1 or StratSharpe; all figures when left out."


@worksheet_function(
    places=("strategy",),
    strategy=_STRATEGY,
    run_name="Name of the backtest, such as A1; the name in the strategy when left out.",
    options=_OPTIONS,
)
def MESO_RUN(strategy: Any, run_name: Any = None, options: Any = None) -> Any:
    """Submit a strategy once and give the id of its backtest; the same strategy never runs twice.
    Example: =MESO_RUN(Strategy!A1:Q150)"""
    return answer(functions.run, strategy, run_name, options)


@worksheet_function(backtest=_BACKTEST, options=_OPTIONS)
def MESO_STATUS(backtest: Any, options: Any = None) -> Any:
    """State of a backtest: Created, Started, Finished, Failed or Cancelled.
    Example: =MESO_STATUS(A2)"""
    return answer(functions.status, backtest, options)


@worksheet_function(backtest=_BACKTEST, options=_OPTIONS)
def MESO_PROGRESS(backtest: Any, options: Any = None) -> Any:
    """Share of a backtest that is done, 0 to 1; empty where the service does not tell.
    Example: =MESO_PROGRESS(A2)"""
    return answer(functions.progress, backtest, options)


@worksheet_function(
    backtest=_BACKTEST,
    metric="Name or label of a figure, such as StratSharpe or B1; a range of them goes across.",
    options=_OPTIONS,
)
def MESO_METRIC(backtest: Any, metric: Any, options: Any = None) -> Any:
    """One figure of a finished backtest, or a block with backtests down and figures across.
    Example: =MESO_METRIC(A2,"Sharpe ratio")"""
    return answer(functions.metric, backtest, metric, options)


@worksheet_function(backtest=_ONE_BACKTEST, metrics=_METRICS, headers=_HEADERS, options=_OPTIONS)
def MESO_ANALYTICS(
    backtest: Any, metrics: Any = None, headers: Any = None, options: Any = None
) -> Any:
    """Table of a finished backtest's figures: metric, strategy, benchmark.
    Example: =MESO_ANALYTICS(A2)"""
    return answer(functions.analytics, backtest, metrics, headers, options)


@worksheet_function(
    backtests="Ids, names or portal links of backtests, such as A2:A21.",
    metrics=_METRICS,
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_COMPARE(
    backtests: Any, metrics: Any = None, headers: Any = None, options: Any = None
) -> Any:
    """Several backtests in one table: a row for each backtest, a column for each figure.
    Example: =MESO_COMPARE(A2:A21,B1:F1)"""
    return answer(functions.compare, backtests, metrics, headers, options)


@worksheet_function(
    since="First day of creation, such as 2026-01-31; 90 days before the last when left out.",
    up_to="Last day of creation, such as 2026-12-31; today when left out.",
    state="Only backtests in this state, such as Finished; all when left out.",
    columns="Columns to show, such as Name, State, StratSharpe; Id, Name, State, Strategy, Created "
    "and Finished when left out.",
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_BACKTESTS(
    since: Any = None,
    up_to: Any = None,
    state: Any = None,
    columns: Any = None,
    headers: Any = None,
    options: Any = None,
) -> Any:
    """List of your backtests, newest first; times are UTC.
    Example: =MESO_BACKTESTS(DATE(2026,1,1),,"Finished")"""
    return answer(functions.backtests, since, up_to, state, columns, headers, options)


@worksheet_function(
    backtest=_ONE_BACKTEST,
    event_type="Only events of these types, such as EntryTrade; all when left out.",
    since="First moment of the simulation, such as 2020-03-01.",
    up_to="Last moment of the simulation, such as 2020-03-31; a day counts to its end.",
    columns="Columns to show, such as SimTime, EventType, Message or a script variable.",
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_EVENTS(
    backtest: Any,
    event_type: Any = None,
    since: Any = None,
    up_to: Any = None,
    columns: Any = None,
    headers: Any = None,
    options: Any = None,
) -> Any:
    """The blotter of a backtest, one row for each event; times are the exchange's.
    Example: =MESO_EVENTS(A2,"EntryTrade")"""
    return answer(functions.events, backtest, event_type, since, up_to, columns, headers, options)


@worksheet_function(
    backtest=_ONE_BACKTEST,
    since="First moment, such as 2020-03-01.",
    up_to="Last moment, such as 2020-03-31; a day counts to its end.",
    frequency="Last value of each Day, Week, Month or Year, such as Day; All for every value.",
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_NAV(
    backtest: Any,
    since: Any = None,
    up_to: Any = None,
    frequency: Any = None,
    headers: Any = None,
    options: Any = None,
) -> Any:
    """Net asset value over time with whatever columns the service has; by day unless asked.
    Example: =MESO_NAV(A2,,,"Month")"""
    return answer(functions.nav, backtest, since, up_to, frequency, headers, options)


@worksheet_function(
    backtest=_ONE_BACKTEST,
    columns="Columns to show, such as Opened, Closed, P&L, Exit reason; all when left out.",
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_TRADES(
    backtest: Any, columns: Any = None, headers: Any = None, options: Any = None
) -> Any:
    """Positions rebuilt from the blotter: opened, closed, days, credit, P&L, exit reason.
    Example: =MESO_TRADES(A2)"""
    return answer(functions.trades, backtest, columns, headers, options)


@worksheet_function(
    backtest=_ONE_BACKTEST,
    top="How many, the deepest first, such as 5; ten when left out.",
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_DRAWDOWNS(backtest: Any, top: Any = None, headers: Any = None, options: Any = None) -> Any:
    """Deepest drawdowns of the NAV: peak, valley, recovery, depth and calendar days.
    Example: =MESO_DRAWDOWNS(A2,5)"""
    return answer(functions.drawdowns, backtest, top, headers, options)


@worksheet_function(backtest=_ONE_BACKTEST, headers=_HEADERS, options=_OPTIONS)
def MESO_MONTHLY(backtest: Any, headers: Any = None, options: Any = None) -> Any:
    """Returns by calendar month, a row for each year, with the year's total; 0.01 is one percent.
    Example: =MESO_MONTHLY(A2)"""
    return answer(functions.monthly, backtest, headers, options)


@worksheet_function(
    backtest=_ONE_BACKTEST,
    path="Place in the definition, such as Exit.ProfitTarget; all fields when left out.",
    headers=_HEADERS,
    options=_OPTIONS,
)
def MESO_STRATEGY(backtest: Any, path: Any = None, headers: Any = None, options: Any = None) -> Any:
    """The strategy definition of a backtest: every field, a part, or one value.
    Example: =MESO_STRATEGY(A2,"Backtest.Cash")"""
    return answer(functions.strategy, backtest, path, headers, options)


@worksheet_function(places=("strategy",), strategy=_STRATEGY, headers=_HEADERS, options=_OPTIONS)
def MESO_VALIDATE(strategy: Any, headers: Any = None, options: Any = None) -> Any:
    """Problems of a strategy with severity, place and advice; OK when there are none.
    Example: =MESO_VALIDATE(Strategy!A1:Q150)"""
    return answer(functions.validate, strategy, headers, options)


@worksheet_function(headers=_HEADERS, options=_OPTIONS)
def MESO_METRICS(headers: Any = None, options: Any = None) -> Any:
    """Catalogue of the figures: name, label, group, unit, better direction, definition.
    Example: =MESO_METRICS()"""
    return answer(functions.metrics, headers, options)


@worksheet_function(headers=_HEADERS, options=_OPTIONS)
def MESO_VERSION(headers: Any = None, options: Any = None) -> Any:
    """Versions of xlmeso, xlwings and Python, and the service that formulas use.
    Example: =MESO_VERSION()"""
    return answer(functions.version, headers, options)


@worksheet_function(
    places=("cell_or_id",),
    cell_or_id="A cell with a MESO function, such as B2; or the id, name or link of a backtest.",
    options=_OPTIONS,
)
def MESO_ERROR(cell_or_id: Any, options: Any = None) -> Any:
    """The sentence behind an error and what to do next; empty when there is no error.
    Example: =MESO_ERROR(B2)"""
    return answer(functions.error, cell_or_id, options)


@worksheet_function(headers=_HEADERS, options=_OPTIONS)
def MESO_USAGE(headers: Any = None, options: Any = None) -> Any:
    """Requests, cache hits, limits reached and size of the result cache.
    Example: =MESO_USAGE()"""
    return answer(functions.usage, headers, options)
