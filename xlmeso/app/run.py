"""Follow a run to its end and fetch what it left."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlmeso.app.connect import Connection
from xlmeso.errors import BacktestCancelledError, BacktestFailedError
from xlmeso.model.backtest import AnalyticsValue, BacktestState, BacktestStatus

if TYPE_CHECKING:
    from pathlib import Path

    from xlmeso.model.backtest import SubmittedBacktest
    from xlmeso.model.events import BlotterEvent
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.wire.navs import NavTable

OnProgress = Callable[[str, float | None], None]
"""Called with the state and the share done (0..1, None where the service does not tell)."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """All that a run left on the service.

    Attributes
    ----------
    receipt, definition, status
        What was sent, and how it ended.
    service, fetched_at
        Which service said so, and when (UTC).
    modelled
        Whether it was the local service, whose quotes come from a model.
    analytics, events, navs
        None and empty unless the run has finished.
    """

    receipt: SubmittedBacktest
    definition: StrategyDefinition
    status: BacktestStatus
    service: str
    fetched_at: dt.datetime
    modelled: bool = False
    analytics: Mapping[str, AnalyticsValue] | None = None
    events: Sequence[BlotterEvent] = ()
    navs: NavTable | None = None

    def require_finished(self) -> None:
        """Raise the error of a run that failed or was cancelled."""
        require_finished(self.receipt.backtest_id, self.status)


def wait(
    connection: Connection,
    backtest_id: str,
    *,
    timeout: float | None = None,
    on_progress: OnProgress | None = None,
) -> BacktestStatus:
    """Wait until a run has ended, in whatever way.

    Parameters
    ----------
    timeout
        Seconds, None to wait as long as it takes.

    Raises
    ------
    PollTimeoutError
        The time is over; the run goes on.
    KeyboardInterrupt
        On Ctrl-C, with a sentence how to go on.
    """

    def tell(status: BacktestStatus) -> None:
        if on_progress is not None:
            on_progress(status.state.value, status.progress)

    try:
        status = connection.client.backtests.wait(backtest_id, timeout=timeout, on_status=tell)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_how_to_go_on(connection, backtest_id)) from None
    _note_end(connection, backtest_id, status)
    return status


def _note_end(connection: Connection, backtest_id: str, status: BacktestStatus) -> None:
    """Let the journal know that a run of ours has ended; its slot is free."""
    from xlmeso.app.submit import open_journal
    from xlmeso.journal.errors import JournalError

    journal = open_journal(connection)
    if not journal.path.exists():
        return
    with contextlib.suppress(JournalError):  # a sweep or Refresh looks again; the result is here
        submission = journal.find_backtest(backtest_id)
        if submission is not None:
            journal.mark_ended(submission.key, status.state, status.failure_reason)


def fetch(
    connection: Connection,
    receipt: SubmittedBacktest,
    definition: StrategyDefinition,
    status: BacktestStatus,
    *,
    folder: Path | None = None,
) -> RunResult:
    """Fetch the results of an ended run; of one that did not finish only its end is kept.

    Parameters
    ----------
    folder
        Where the blotter is laid down, of whose variables those of a report are kept then; a large
        one is read from there when it is needed.  None keeps all of it in memory.
    """
    finished = status.state is BacktestState.FINISHED
    client, backtest_id = connection.client, receipt.backtest_id
    return RunResult(
        receipt=receipt,
        definition=definition,
        status=status,
        service=connection.service,
        fetched_at=dt.datetime.now(dt.UTC),
        modelled=connection.is_local,
        analytics=client.analytics.get(backtest_id) if finished else None,
        events=_events(connection, backtest_id, folder) if finished else (),
        navs=client.navs.get(backtest_id) if finished else None,
    )


def _events(
    connection: Connection, backtest_id: str, folder: Path | None
) -> Sequence[BlotterEvent]:
    if folder is None:
        return connection.client.events.get(backtest_id)
    from xlmeso.app.event_file import read_event_file
    from xlmeso.measures.margin import ACCOUNT_MARGIN
    from xlmeso.measures.round_trips import VARIABLES
    from xlmeso.sheets.results.events import DEFAULT_VARIABLES

    path = connection.client.events.download(backtest_id, folder / f"{backtest_id}.events.json")
    return read_event_file(path, variables={*DEFAULT_VARIABLES, *VARIABLES, ACCOUNT_MARGIN})


def require_finished(backtest_id: str, status: BacktestStatus) -> None:
    """Let a finished run through.

    Raises
    ------
    BacktestFailedError, BacktestCancelledError
        It ended otherwise; the service's reason is in the message.
    """
    if status.state is BacktestState.FAILED:
        reason = status.failure_reason or "the service gives no reason."
        raise BacktestFailedError(f"the backtest failed: {reason}", where=backtest_id)
    if status.state is BacktestState.CANCELLED:
        raise BacktestCancelledError("the backtest was cancelled.", where=backtest_id)


def _how_to_go_on(connection: Connection, backtest_id: str) -> str:
    if connection.embedded:
        return (
            f"The local service stops with this command; run {backtest_id} is kept. "
            f"Go on with: xlmeso status {backtest_id} --wait"
        )
    return (
        f"Run {backtest_id} goes on at {connection.service}. Look after it with: "
        f"xlmeso status {backtest_id}, or stop it with: xlmeso cancel {backtest_id}"
    )
