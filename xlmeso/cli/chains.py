"""Commands for recorded option chains: ``chains import`` and ``chains check``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.terminal import Terminal

_LAYOUTS = ("optionsdx", "cboe-eod", "cboe-intervals")


@click.group()
def chains() -> None:
    """Prepare recorded option chains for 'xlmeso serve --chains'."""


@chains.command("import", cls=Command)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--layout",
    type=click.Choice(_LAYOUTS),
    required=True,
    help="Layout of the vendor's files.",
)
@click.option("--symbol", default="SPX", show_default=True, help="Symbol of the underlying.")
@click.option(
    "--root",
    help="Root of all contracts.  [default: the file's; without one SPXW for SPX, RUTW for RUT]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "csv.gz"]),
    help="Form of the session files.  [default: parquet where it is installed, else csv.gz]",
)
@pass_terminal
def import_(
    terminal: Terminal,
    source: Path,
    folder: Path,
    layout: str,
    symbol: str,
    root: str | None,
    form: str | None,
) -> None:
    """Make session files of a vendor's files.

    SOURCE is a file (CSV, plain, in gzip or a ZIP of one) or a folder of such files; one file per
    session is written below FOLDER.  Files are read a piece at a time.  Importing the same again
    changes nothing.
    """
    from xlmeso.simulator.chains.files import has_parquet, require_parquet
    from xlmeso.simulator.chains.importing import import_chains
    from xlmeso.simulator.chains.layouts import layout_named

    form = form or ("parquet" if has_parquet() else "csv.gz")
    if form == "parquet":
        require_parquet()
    with terminal.progress("Import") as progress:
        dates = import_chains(
            source,
            folder,
            layout_named(layout),
            symbol=symbol,
            suffix=f".{form}",
            root=root,
            on_session=lambda date: progress(date.isoformat(), None),
        )
    _index(terminal, folder, symbol)
    first, last = dates[0].isoformat(), dates[-1].isoformat()
    if terminal.as_json:
        terminal.print_json({"Sessions": len(dates), "First": first, "Last": last})
        return
    terminal.say(f"{len(dates)} sessions from {first} to {last}.")
    terminal.say(f"Next: xlmeso serve --chains {folder}")


@chains.command(cls=Command)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@pass_terminal
def check(terminal: Terminal, folder: Path) -> None:
    """Read all sessions of a folder and bring its index up to date."""
    from xlmeso.simulator.chains.files import chain_symbols, session_files
    from xlmeso.simulator.chains.opening import check_chains

    symbols = chain_symbols(folder)
    for symbol in symbols:
        _index(terminal, folder, symbol)
    check_chains(folder)
    found = {symbol: list(session_files(folder / symbol)) for symbol in symbols}
    if terminal.as_json:
        terminal.print_json(
            [
                {"Symbol": symbol, "Sessions": len(dates), "First": dates[0].isoformat(),
                 "Last": dates[-1].isoformat()}
                for symbol, dates in found.items()
            ]
        )  # fmt: skip
        return
    for symbol, dates in found.items():
        terminal.print(f"{symbol}: {len(dates)} sessions from {dates[0]} to {dates[-1]}")


def _index(terminal: Terminal, folder: Path, symbol: str) -> None:
    from xlmeso.simulator.chains.index import open_index

    with terminal.progress(f"Index of {symbol}") as progress:

        def tell(date: dt.date) -> None:
            progress(date.isoformat(), None)

        open_index(folder / symbol, symbol, on_session=tell)
