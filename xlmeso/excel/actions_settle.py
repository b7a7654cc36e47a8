"""What Refresh does first: settle the submissions whose reply was lost, and list them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlmeso.excel.guards import write_checked
from xlmeso.excel.macro_frame import Session
from xlmeso.excel.runs_sheet import plan_with, read_runs
from xlmeso.model.backtest import BacktestState

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.journal import Submission
    from xlmeso.sheets.results import RunInfo


def settle_lost(session: Session) -> list[str]:
    """Settle single runs that were sent without a reply; those that exist go into sheet Runs.

    Returns
    -------
    list of str
        What to tell; nothing where no reply was lost, and then nobody is asked.
    """
    from xlmeso.app.dispatch import settle
    from xlmeso.app.submit import lost_submissions, open_journal

    lost = lost_submissions()
    if not lost:
        return []
    session.say("settling submissions without a reply")
    with session.connect() as connection:
        settle(connection)
        journal = open_journal(connection)
        rows = [journal.find(run.key) for run in lost]
        found = [row for row in rows if row is not None and row.backtest_id is not None]
        infos = [_info(connection, row) for row in found]
    book = session.book
    known = read_runs(book)
    new = [info for info in infos if known.find(info.backtest_id) is None]
    if new:
        write_checked(book, [plan_with(book, known, new)])
    told = [f"{row.name!r} was sent without a reply: it is run {row.backtest_id}." for row in found]
    if len(found) < len(lost):
        told.append(f"Still open: {len(lost) - len(found)} sent without a reply; refresh again.")
    return told


def _info(connection: Connection, run: Submission) -> RunInfo:
    from xlmeso.sheets.results import RunInfo

    return RunInfo(
        run.backtest_id or "",
        run.name,
        run.outcome or BacktestState.CREATED,
        connection.service,
        dt.datetime.now(dt.UTC).replace(microsecond=0),
        modelled=connection.is_local,
        created_at=run.accepted_at,
        failure_reason=run.reason,
    )
