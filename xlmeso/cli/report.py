"""The command that writes a report of finished runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import connected
from xlmeso.cli.parameters import BACKTEST_ID
from xlmeso.cli.terminal import Terminal


@click.command(cls=Command)
@click.argument("backtests", metavar="ID...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.xlsx"),
    show_default=True,
    help="The workbook (.xlsx).",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--trade-log",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the trades as CSV in the columns of Option Omega's trade log.",
)
@pass_terminal
def report(
    terminal: Terminal,
    backtests: tuple[str, ...],
    output: Path,
    force: bool,
    trade_log: Path | None,
) -> None:
    """Write a workbook about finished runs that opens anywhere.

    ID is an id or a portal link.  One run: Summary, Equity, Monthly, Trades, Exits, Events, NAV,
    Margin, Strategy and Glossary.  Several: a comparison and a portfolio whose weights can be
    changed come before them.  The file is replaced whole or not at all.
    """
    from xlmeso.app.report import check_output, gather, write_report, write_trade_log

    check_output(output, overwrite=force)
    ids = {BACKTEST_ID.convert(text, None, None): text for text in backtests}
    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        with connected(terminal) as connection:
            runs = gather(
                connection, list(ids), folder=Path(folder), links=ids, on_step=terminal.say
            )
        written = [write_report(runs, output, overwrite=force)]
        if trade_log is not None:
            written.append(write_trade_log(runs, trade_log))
    if terminal.as_json:
        terminal.print_json({"BacktestIds": list(ids), "Files": [str(path) for path in written]})
    else:
        terminal.say(f"Wrote {' and '.join(map(str, written))}.")
