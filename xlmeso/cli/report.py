"""The command that writes reports of finished runs, of those named or of all new ones."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import connected
from xlmeso.cli.parameters import BACKTEST_ID, START_TIME
from xlmeso.cli.terminal import Terminal
from xlmeso.errors import TransportError, TryLaterError

if TYPE_CHECKING:
    from xlmeso.app.report_files import ReportForm
    from xlmeso.app.report_nightly import Outcome

LAST: Final = "last"
"""Word for the time of the last look."""

_FILE = click.Path(dir_okay=False, path_type=Path)


class _Since(click.ParamType):  # type: ignore[type-arg]
    """A time, or `LAST`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        return LAST if value == LAST else START_TIME.convert(value, param, ctx)


@click.command(cls=Command)
@click.argument("backtests", metavar="[ID...]", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file; for csv, parquet, --since and --watch a folder.  [default: report.xlsx, or "
    "report and the format's ending]",
)
@click.option(
    "--format",
    "chosen",
    type=click.Choice(["xlsx", "html", "pdf", "csv", "parquet"]),
    help="Form of the report; by the name of the output where it is not said.",
)
@click.option(
    "--template",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fill this workbook of your own (.xlsx, .xlsm) instead of making one.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--trade-log",
    type=_FILE,
    help="Also write the trades as CSV in the columns of Option Omega's trade log.",
)
@click.option(
    "--since",
    type=_Since(),
    metavar="TIME",
    help="A report of each run that finished since this time (UTC), or since 'last' time.",
)
@click.option(
    "--watch",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Look for finished runs again and again, until Ctrl-C.",
)
@pass_terminal
def report(
    terminal: Terminal,
    backtests: tuple[str, ...],
    output: Path | None,
    chosen: str | None,
    template: Path | None,
    force: bool,
    trade_log: Path | None,
    since: dt.datetime | str | None,
    watch: float | None,
) -> None:
    """Write a report about finished runs that opens anywhere.

    ID is an id or a portal link.  One run: Summary, Equity, Monthly, Trades, Exits, Events, NAV,
    Margin, Strategy and Glossary.  Several: a comparison and a portfolio whose weights can be
    changed come before them.  A file is replaced whole or not at all.

    \b
    xlmeso report ID -o run.html              a page with interactive charts
    xlmeso report ID --template ours.xlsm -o run.xlsm
    xlmeso report --since last -o reports     each night: what is new
    """  # noqa: D301 - a backspace tells click to keep the lines as they are
    from xlmeso.app.report_files import ReportForm, form_of

    if since is None and watch is None:
        if not backtests:
            raise click.UsageError("Name a run, or ask for new ones with --since or --watch.")
        form, target = form_of(output, chosen, template, overwrite=force)
        _report_these(terminal, backtests, form, target, trade_log)
        return
    if backtests or trade_log is not None:
        raise click.UsageError("--since and --watch take neither runs nor --trade-log.")
    new_form = ReportForm(chosen or "xlsx", template, force)  # type: ignore[arg-type]
    _report_new(terminal, output or Path("reports"), new_form, since, watch)


def _report_these(
    terminal: Terminal,
    backtests: tuple[str, ...],
    form: ReportForm,
    target: Path,
    trade_log: Path | None,
) -> None:
    from xlmeso.app.report import gather, write_trade_log
    from xlmeso.app.report_files import notices, write_report_as

    ids = {BACKTEST_ID.convert(text, None, None): text for text in backtests}
    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        with connected(terminal) as connection:
            runs = gather(
                connection, list(ids), folder=Path(folder), links=ids, on_step=terminal.say
            )
        written = write_report_as(runs, target, form)
        if trade_log is not None:
            written.append(write_trade_log(runs, trade_log))
        for notice in notices(runs, form):
            terminal.say(notice)
    if terminal.as_json:
        terminal.print_json({"BacktestIds": list(ids), "Files": [str(path) for path in written]})
    elif len(written) > 2:
        terminal.say(f"Wrote {len(written)} files into {target}.")
    else:
        terminal.say(f"Wrote {' and '.join(map(str, written))}.")


def _report_new(
    terminal: Terminal,
    folder: Path,
    form: ReportForm,
    since: dt.datetime | str | None,
    watch: float | None,
) -> None:
    """Look once, or again and again; a failed report is the command's failure if it looks once."""
    from xlmeso.app.report_nightly import report_new_runs

    start = since if isinstance(since, dt.datetime) else None
    while True:
        try:
            with connected(terminal) as connection:
                outcome = report_new_runs(
                    connection, folder, form, since=start, on_step=terminal.say
                )
        except (TransportError, TryLaterError) as error:
            if watch is None:
                raise
            terminal.say(f"{error} Trying again in {watch:g} seconds.")
        else:
            start = None
            _tell(terminal, folder, outcome, always=watch is None)
            if watch is None:
                for failure in outcome.failed.values():
                    raise failure
                return
        time.sleep(watch)


def _tell(terminal: Terminal, folder: Path, outcome: Outcome, *, always: bool) -> None:
    if not (always or outcome.made or outcome.failed):
        return
    if terminal.as_json:
        terminal.print_json(
            {
                "Reports": {run: str(path) for run, path in outcome.made.items()},
                "Failed": {run: str(error) for run, error in outcome.failed.items()},
            }
        )
    else:
        terminal.say(f"{len(outcome.made)} new reports in {folder}, {len(outcome.failed)} failed.")
