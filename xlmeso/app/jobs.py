"""One call for a whole job, with DataFrames: the helpers that users of Merlin know.

Each takes one item or many and connects by itself, or uses a ``connection`` that is open.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from xlmeso.model.strategy import StrategyDefinition

if TYPE_CHECKING:
    import pandas as pd

    from xlmeso.app.connect import Connection
    from xlmeso.app.definitions import LoadedDefinition
    from xlmeso.app.sweep.prepare import PreparedSweep
    from xlmeso.app.sweep.work import SweepRun
    from xlmeso.model.events import BlotterEvent
    from xlmeso.sheets.sweep.write import VariantResult

Definition = StrategyDefinition | Mapping[str, Any] | str | bytes | Path
"""A definition: an object of ours, plain Python data, JSON text, or the path of a JSON file."""

AT_ONCE: Final = 8
"""Results fetched at the same time."""

_FIRST_DAY: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_TITLE: Final = "run_job"
_T = TypeVar("_T")


def run_job(
    definition: Definition | Iterable[Definition],
    *,
    connection: Connection | None = None,
    profile: str | None = None,
    shared: bool = False,
    anew: bool = False,
    timeout: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run one definition or many and return their analytics, one row each.

    The call fills the service's slots, waits, and can be repeated: what was written down before
    is not sent again, so that a notebook's cell which runs twice pays once.

    Parameters
    ----------
    definition
        One definition or several; a table of variants comes from ``xlmeso sweep``.
    connection, profile
        An open connection, or the profile to connect to; with neither the usual service.
    shared
        Whether every user of the service who has the link may see the runs.
    anew
        Run again what ran before.
    timeout
        Most seconds to wait; runs that are open by then have no figures yet.
    on_progress
        Told how many runs have ended, and of how many.

    Returns
    -------
    pandas.DataFrame
        ``Name``, ``BacktestId``, ``State``, ``FailureReason`` and the figures under the service's
        names; a failed run has no figures.

    Raises
    ------
    StrategyDefinitionError
        Mistakes in any of them; nothing was sent.
    """
    import pandas as pd

    given = _many(definition)
    if not given:
        return pd.DataFrame()
    sweep = _checked(given)
    with _opened(connection, profile) as here:
        run = _run(here, sweep, shared=shared, anew=anew, timeout=timeout, on_progress=on_progress)
    rows = [
        {
            "Name": variant.definition.backtest.name,
            "BacktestId": result.backtest_id,
            "State": result.state,
            "FailureReason": result.reason,
            **_plain(result.analytics or {}),
        }
        for variant, result in zip(run.sweep.variants, run.results, strict=True)
    ]
    return pd.DataFrame(rows)


def run_jobs(definitions: Iterable[Definition], **options: Any) -> pd.DataFrame:
    """Run many definitions; the same as `run_job` with a list."""
    return run_job(list(definitions), **options)


def list_backtests(
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    *,
    status: str | None = None,
    analytics: bool = False,
    connection: Connection | None = None,
    profile: str | None = None,
) -> pd.DataFrame:
    """Return the backtests created between two moments (UTC, both included), newest first.

    Parameters
    ----------
    status
        Only those in this state.
    analytics
        Whether the figures of finished runs come along, under the service's names.
    """
    import pandas as pd

    from xlmeso.model.document import to_python

    with _opened(connection, profile) as here:
        items = here.client.backtests.list_raw(
            start or _FIRST_DAY,
            end or dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
            status=status,
            include_analytics=analytics,
        )
        table = pd.DataFrame([to_python(item) for item in items])
    for name in ("CreatedAt", "StartedAt", "FinishedAt"):
        if name in table:
            table[name] = pd.to_datetime(table[name], utc=True, format="ISO8601")
    return table


def get_backtest_events(
    backtest_id: str | Iterable[str],
    *,
    event_type: str | None = None,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    connection: Connection | None = None,
    profile: str | None = None,
) -> pd.DataFrame:
    """Return the blotter of one backtest or of many, in the service's order.

    Parameters
    ----------
    start, end
        Simulation times: exchange-local, without a zone.

    Returns
    -------
    pandas.DataFrame
        ``BacktestId``, the members of the event, those of its trade (``TradeId``, ``Contract``,
        ``Price`` in points, signed ``Qty``), and a column per script variable.
    """
    import pandas as pd

    ids = _ids(backtest_id)
    with _opened(connection, profile) as here:
        found = _each(
            ids,
            lambda one: here.client.events.get(one, event_type=event_type, start=start, end=end),
        )
    rows = [
        {"BacktestId": one, **_event(event)}
        for one, events in zip(ids, found, strict=True)
        for event in events
    ]
    return pd.DataFrame(rows)


def get_backtest_navs(
    backtest_id: str | Iterable[str],
    *,
    view: str | None = None,
    connection: Connection | None = None,
    profile: str | None = None,
) -> pd.DataFrame:
    """Return the net asset value of one backtest or of many, with the columns that the service has.

    Parameters
    ----------
    view
        None for the generic columns, or ``analytics``.

    Returns
    -------
    pandas.DataFrame
        ``BacktestId``, the time (exchange-local) and the service's columns; money is in the
        account's currency.
    """
    import pandas as pd

    ids = _ids(backtest_id)
    with _opened(connection, profile) as here:
        found = _each(ids, lambda one: here.client.navs.get(one, view=view))
    tables = [
        pd.DataFrame({"BacktestId": one, navs.time_name: list(navs.times), **navs.columns})
        for one, navs in zip(ids, found, strict=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def get_strategy_definition(
    backtest_id: str, *, connection: Connection | None = None, profile: str | None = None
) -> StrategyDefinition:
    """Return the definition of a backtest, spelled as it was submitted."""
    with _opened(connection, profile) as here:
        return here.client.strategy_definition.get(backtest_id)


@contextlib.contextmanager
def _opened(connection: Connection | None, profile: str | None) -> Iterator[Connection]:
    from xlmeso.app.connect import connect

    if connection is not None:
        yield connection
        return
    with connect(profile) as opened:
        yield opened


def _many(definition: Definition | Iterable[Definition]) -> list[Definition]:
    if isinstance(definition, (StrategyDefinition, Mapping, str, bytes, Path)):
        return [definition]
    return list(definition)


def _read(definition: Definition, number: int) -> LoadedDefinition:
    from xlmeso.app.definitions import LoadedDefinition, read_json, read_json_file

    where = f"definition {number}"
    match definition:
        case StrategyDefinition():
            return LoadedDefinition(definition, where)
        case Path():
            return read_json_file(definition)
        case bytes():
            return read_json(definition, where=where)
        case str():
            is_text = definition.lstrip().startswith("{")
            return (
                read_json(definition.encode(), where=where)
                if is_text
                else read_json_file(Path(definition))
            )
    return LoadedDefinition(StrategyDefinition.from_python(definition), where)


def _checked(definitions: Sequence[Definition]) -> PreparedSweep:
    """Check all of them; each becomes a variant of a sweep that varies nothing."""
    from xlmeso.app.definitions import problems_of
    from xlmeso.app.sweep.prepare import PreparedSweep
    from xlmeso.errors import StrategyDefinitionError
    from xlmeso.model.problems import errors_of
    from xlmeso.model.sweep.request import SweepRequest
    from xlmeso.model.sweep.variants import Variant

    loaded = [_read(definition, number) for number, definition in enumerate(definitions, start=1)]
    mistakes = [
        problem.at(problem.cell or item.where)
        for item in loaded
        for problem in errors_of(problems_of(item))
    ]
    if mistakes:
        raise StrategyDefinitionError(mistakes)
    variants = [
        Variant(number, _label(item.definition), {}, (), item.definition, item.where)
        for number, item in enumerate(loaded, start=1)
    ]
    title = loaded[0].definition.strategy_name or _TITLE
    return PreparedSweep(title, loaded[0], SweepRequest(), tuple(variants), ())


def _label(definition: StrategyDefinition) -> str:
    from xlmeso.model.sweep.variants import fingerprint

    return f"{definition.backtest.name} {fingerprint(definition)}"


def _run(
    connection: Connection,
    sweep: PreparedSweep,
    *,
    shared: bool,
    anew: bool,
    timeout: float | None,
    on_progress: Callable[[int, int], None] | None,
) -> SweepRun:
    from xlmeso.app.sweep import work

    known = work.look_up(connection, sweep)
    planned = work.write_down(connection, known, anew=anew, shared=shared)
    ended: set[int] = set()

    def tell(index: int, result: VariantResult) -> None:
        if result.has_ended:
            ended.add(index)
        if on_progress is not None:
            on_progress(len(ended), len(sweep.variants))

    return work.work(connection, planned, on_result=tell, seconds=timeout)


def _ids(backtest_id: str | Iterable[str]) -> list[str]:
    return [backtest_id] if isinstance(backtest_id, str) else list(backtest_id)


def _each(ids: Sequence[str], fetch: Callable[[str], _T]) -> list[_T]:
    """Fetch something of each backtest, several at a time."""
    if len(ids) < 2:
        return [fetch(one) for one in ids]
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="xlmeso") as pool:
        return list(pool.map(fetch, ids))


def _plain(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Turn decimals into floats, which pandas calculates with."""
    return {name: _number(value) for name, value in figures.items()}


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str)) else float(value)


def _event(event: BlotterEvent) -> dict[str, Any]:
    trade = event.trade
    return {
        "EventTime": event.event_time,
        "SimTime": event.sim_time,
        "EventType": event.event_type,
        "Message": event.message,
        "Invested": event.invested,
        "NAV": _number(event.nav),
        "PnL": _number(event.pnl),
        "TradeCnt": event.trade_cnt,
        "SettlementCnt": event.settlement_cnt,
        "OpenLegCnt": event.open_leg_cnt,
        "PositionId": event.position_id,
        "TradeId": trade.trade_id if trade else None,
        "Contract": str(trade.contract) if trade else None,
        "Price": float(trade.price) if trade else None,
        "Qty": float(trade.qty) if trade else None,
        **_plain(event.variables),
    }
