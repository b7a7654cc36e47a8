"""Commands that begin and follow runs: submit, run, list, status, cancel."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import connected, wait_until_ended
from xlmeso.cli.parameters import (
    BACKTEST_ID,
    DEFINITION_FILE,
    END_TIME,
    START_TIME,
    allow_unknown_option,
    load_definition,
    sheet_option,
)
from xlmeso.cli.table import Column, Table
from xlmeso.cli.terminal import Terminal
from xlmeso.errors import PollTimeoutError
from xlmeso.model.backtest import BacktestState

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.model.backtest import SubmittedBacktest
    from xlmeso.model.problems import Problem

_timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Wait at most so long; the run goes on after that.  [default: no limit]",
)
_shared_option = click.option(
    "--shared", is_flag=True, help="Let every user of the service who has the link see the run."
)


@click.command(cls=Command)
@click.argument("file", type=DEFINITION_FILE)
@sheet_option
@allow_unknown_option
@_shared_option
@click.option("--wait", is_flag=True, help="Wait until the run has ended.")
@_timeout_option
@pass_terminal
def submit(
    terminal: Terminal,
    file: str,
    sheet: str | None,
    allow_unknown: bool,
    shared: bool,
    wait: bool,
    timeout: float | None,
) -> None:
    """Send a strategy and print the id of its backtest.

    FILE is a workbook, a .json file, or - for JSON on stdin.  A definition with mistakes is not
    sent.  Nothing is submitted twice: a submission is written down before it is sent, and
    repeated under the same key when its reply got lost.
    """
    from xlmeso.app.definitions import checked
    from xlmeso.app.submit import submit as submit_definition

    definition = checked(load_definition(file, sheet), allow_unknown=allow_unknown)
    _show_warnings(terminal, definition.warnings)
    with connected(terminal) as connection:
        receipt = submit_definition(connection, definition, shared=shared)
        if wait:
            _wait_and_print(terminal, connection, receipt, timeout)
        else:
            _print_receipt(terminal, connection, receipt)


def _print_receipt(terminal: Terminal, connection: Connection, receipt: SubmittedBacktest) -> None:
    if terminal.as_json:
        terminal.print_json(_receipt_document(receipt))
    else:
        terminal.print(receipt.backtest_id)
    if connection.embedded:
        terminal.say(
            "The local service stops with this command; the run is kept and goes on with "
            f"'xlmeso status {receipt.backtest_id} --wait' or under 'xlmeso serve'."
        )


def _wait_and_print(
    terminal: Terminal,
    connection: Connection,
    receipt: SubmittedBacktest,
    timeout: float | None,
) -> None:
    """Print id and end of the run; the id also when waiting ends too early."""
    from xlmeso.app.run import require_finished

    try:
        status = wait_until_ended(terminal, connection, receipt.backtest_id, timeout)
    except PollTimeoutError:
        _print_receipt(terminal, connection, receipt)
        raise
    if terminal.as_json:
        document = connection.client.backtests.status_raw(receipt.backtest_id)
        terminal.print_json(_receipt_document(receipt) | document)
    else:
        terminal.print(f"{receipt.backtest_id} {status.state}")
    require_finished(receipt.backtest_id, status)


@click.command(cls=Command)
@click.argument("file", type=DEFINITION_FILE)
@sheet_option
@allow_unknown_option
@_shared_option
@_timeout_option
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Book for the results instead of FILE; needed to keep the results of a .json file.",
)
@pass_terminal
def run(
    terminal: Terminal,
    file: str,
    sheet: str | None,
    allow_unknown: bool,
    shared: bool,
    timeout: float | None,
    output: Path | None,
) -> None:
    """Check, submit, wait, and write the results back.

    FILE is a workbook with a Strategy sheet, a .json file, or - for JSON on stdin.  The sheets
    Runs, Analytics, Events and NAV are written; a book that holds things which would be lost is
    left as it is and the results go into a new one beside it.  With mistakes in the strategy all
    of them are printed and nothing is written.
    """
    from xlmeso.app.book import run_definition
    from xlmeso.app.definitions import checked
    from xlmeso.cli.figures import print_key_figures
    from xlmeso.excel import books

    definition = checked(load_definition(file, sheet), allow_unknown=allow_unknown)
    _show_warnings(terminal, definition.warnings)
    title = definition.definition.strategy_name or file
    with connected(terminal) as connection, terminal.progress(title) as progress:
        done = run_definition(
            connection,
            definition,
            books=books,
            output=output,
            shared=shared,
            timeout=timeout,
            on_progress=progress,
        )
    print_key_figures(terminal, done)
    done.result.require_finished()


@click.command("list", cls=Command, tables=True)
@click.option("--start", type=START_TIME, help="Only runs created at or after this time (UTC).")
@click.option("--end", type=END_TIME, help="Only runs created at or before this time (UTC).")
@click.option(
    "--status",
    type=click.Choice([state.value for state in BacktestState], case_sensitive=False),
    metavar="STATE",
    help=f"Only runs in this state: {', '.join(BacktestState)}.",
)
@click.option("--analytics", is_flag=True, help="With the analytics of each finished run.")
@click.option("--limit", type=click.IntRange(1), help="At most so many runs, newest first.")
@pass_terminal
def list_backtests(
    terminal: Terminal,
    start: dt.datetime | None,
    end: dt.datetime | None,
    status: str | None,
    analytics: bool,
    limit: int | None,
) -> None:
    """List the backtests, newest first.

    With --json the items are the service's own, field by field.
    """
    with connected(terminal) as connection:
        found = connection.client.backtests.list_raw(
            start or _FIRST_DAY,
            end or dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
            status=status,
            include_analytics=analytics,
        )
        items = list(itertools.islice(found, limit))
    if terminal.as_json:
        terminal.print_json(items)
    else:
        make = _table_for_programs if terminal.as_csv else _table_for_people
        terminal.print_table(make(items))


_FIRST_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Earlier than any run; the service wants both ends of the range."""

_LIST_FIELDS = ("Id", "State", "Name", "StrategyName", "Shared", "CreatedAt", "FinishedAt")
"""Fields that every item has; analytics and newer ones follow them."""


def _table_for_programs(items: list[dict[str, Any]]) -> Table:
    """Make a table of every field under the service's name."""
    fields = list(_LIST_FIELDS)
    fields += dict.fromkeys(key for item in items for key in item if key not in fields)
    rows = [[item.get(name) for name in fields] for item in items]
    return Table(tuple(Column(name) for name in fields), rows)


def _table_for_people(items: list[dict[str, Any]]) -> Table:
    """Make a table that fits on a terminal, with the id in one piece."""
    columns = (Column("Id", whole=True), Column("State", whole=True), Column("Name"))
    rows = [
        (item.get("Id"), item.get("State"), item.get("Name"), _minute(item.get("CreatedAt")))
        for item in items
    ]
    return Table((*columns, Column("Created (UTC)", whole=True)), rows)


def _minute(text: Any) -> Any:
    """Shorten an ISO time to its minute; anything else stays as it is."""
    is_time = isinstance(text, str) and text[10:11] == "T"
    return text[:16].replace("T", " ") if is_time else text


@click.command(cls=Command)
@click.argument("backtest_id", metavar="ID", type=BACKTEST_ID)
@click.option("--wait", is_flag=True, help="Wait until the run has ended.")
@_timeout_option
@pass_terminal
def status(terminal: Terminal, backtest_id: str, wait: bool, timeout: float | None) -> None:
    """Show the state of a run, or follow it to its end.

    The exit code is 10 when --wait ends with a run that failed or was cancelled.
    """
    from xlmeso.app.run import require_finished

    with connected(terminal) as connection:
        ended = wait_until_ended(terminal, connection, backtest_id, timeout) if wait else None
        document = connection.client.backtests.status_raw(backtest_id)
    if terminal.as_json:
        terminal.print_json({"BacktestId": backtest_id} | document)
    else:
        rows = [(name, value) for name, value in document.items() if value is not None]
        terminal.print_table(Table((Column("Field"), Column("Value")), rows))
    if ended is not None:
        require_finished(backtest_id, ended)


@click.command(cls=Command)
@click.argument("backtest_ids", metavar="ID...", type=BACKTEST_ID, nargs=-1, required=True)
@pass_terminal
def cancel(terminal: Terminal, backtest_ids: tuple[str, ...]) -> None:
    """Ask the service to stop runs.

    It stops them soon, not at once.  Repeating it does no harm, and a run that has ended stays as
    it is.
    """
    with connected(terminal) as connection:
        for backtest_id in backtest_ids:
            connection.client.backtests.cancel(backtest_id)
            terminal.say(f"Cancellation of {backtest_id} was accepted.")
    if terminal.as_json:
        terminal.print_json([{"BacktestId": backtest_id} for backtest_id in backtest_ids])


def _show_warnings(terminal: Terminal, warnings: tuple[Problem, ...]) -> None:
    for warning in warnings:
        terminal.say(str(warning))


def _receipt_document(receipt: SubmittedBacktest) -> dict[str, Any]:
    return {"BacktestId": receipt.backtest_id, "Name": receipt.name}
