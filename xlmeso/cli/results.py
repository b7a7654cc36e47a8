"""Commands that fetch what a run left: strategy, analytics, events, NAV, external data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import connected
from xlmeso.cli.parameters import BACKTEST_ID, END_TIME, EVENT_TYPE, START_TIME
from xlmeso.cli.table import Column, Table
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.app.results import FlatTable
    from xlmeso.model.events import BlotterEvent

SHOWN_ROWS: Final = 50
"""Rows of a long table that people are shown; programs get all of them."""

_id_argument = click.argument("backtest_id", metavar="ID", type=BACKTEST_ID)


def _output_option(text: str, *, required: bool = False) -> Callable[[Any], Any]:
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        required=required,
        help=text,
    )


@click.command(cls=Command)
@_id_argument
@_output_option("Write a workbook (.xlsx) or a .json file instead of JSON on stdout.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@pass_terminal
def strategy(terminal: Terminal, backtest_id: str, output: Path | None, force: bool) -> None:
    """Fetch the strategy of a run, to the letter."""
    from xlmeso.app.definitions import write

    with connected(terminal) as connection:
        definition = connection.client.strategy_definition.get(backtest_id)
    if output is None:
        terminal.print_machine_text(definition.to_json(indent=2) + "\n")
    else:
        terminal.say(f"Wrote {write(definition, output, replace=force)}.")


@click.command(cls=Command, tables=True)
@_id_argument
@click.option(
    "--metrics",
    metavar="LIST",
    help="Only these, separated by commas: API names such as StratSharpe, or labels.",
)
@pass_terminal
def analytics(terminal: Terminal, backtest_id: str, metrics: str | None) -> None:
    """Show the analytics of a finished run.

    Labels and units come from the catalogue; the strategy stands beside its benchmark.  With
    --json the service's own object is printed, reduced to the chosen metrics if any.
    """
    from xlmeso.cli.figures import analytics_table, chosen_fields
    from xlmeso.model.analytics import parse_analytics

    fields = chosen_fields(metrics)
    with connected(terminal) as connection:
        document = connection.client.analytics.get_raw(backtest_id)
    if terminal.as_json:
        kept = {name: document[name] for name in document if fields is None or name in fields}
        terminal.print_json(kept)
    else:
        values = parse_analytics(document)
        terminal.print_table(analytics_table(values, fields, exact=terminal.as_csv))


@click.command(cls=Command, tables=True)
@_id_argument
@click.option("--type", "event_type", type=EVENT_TYPE, help="Only events of this type.")
@click.option("--start", type=START_TIME, help="Only from this simulated time on.")
@click.option("--end", type=END_TIME, help="Only up to this simulated time.")
@_output_option("Write to this file: .json as the service sends it, .csv flattened.")
@pass_terminal
def events(
    terminal: Terminal,
    backtest_id: str,
    event_type: str | None,
    start: dt.datetime | None,
    end: dt.datetime | None,
    output: Path | None,
) -> None:
    """Fetch the blotter of a run.

    --json is the service's own array, --csv one row per event with the columns of trade and
    contract.  People see the last rows.
    """
    from xlmeso.app import results

    if output is not None:
        _require_suffix(output, ".json", ".csv")
    chosen: dict[str, Any] = {"event_type": event_type, "start": start, "end": end}
    with connected(terminal) as connection:
        resource = connection.client.events
        if terminal.as_json if output is None else output.suffix.lower() == ".json":
            with results.downloaded(resource.download, backtest_id, output, **chosen) as path:
                _print_or_name(terminal, path, output)
            return
        found = resource.get(backtest_id, **chosen)
    if terminal.as_csv or output is not None:
        _write_csv(terminal, results.events_table(backtest_id, found), output)
    else:
        _print_last(terminal, _short_events(found), "events")
        if not found:
            terminal.say(_no_events(event_type))


@click.command(cls=Command, tables=True)
@_id_argument
@click.option(
    "--view", type=click.Choice(["analytics"]), help="The series that the analytics come from."
)
@_output_option("Write the service's CSV to this file.")
@pass_terminal
def navs(terminal: Terminal, backtest_id: str, view: str | None, output: Path | None) -> None:
    """Fetch the net asset value over time.

    --csv is the service's own text, byte by byte; --json a list of rows.  People see the last
    rows.
    """
    from xlmeso.app import results

    with connected(terminal) as connection:
        resource = connection.client.navs
        if output is not None or terminal.as_csv:
            with results.downloaded(resource.download, backtest_id, output, view=view) as path:
                _print_or_name(terminal, path, output)
            return
        series = results.nav_table(resource.get(backtest_id, view=view))
    if terminal.as_json:
        rows = (dict(zip(series.titles, row, strict=True)) for row in series.rows)
        terminal.print_json([{name: _plain(value) for name, value in row.items()} for row in rows])
    else:
        _print_last(terminal, _numbers_after_first(series), "rows")


@click.command("external-data", cls=Command)
@_id_argument
@_output_option("Write the ZIP file here.", required=True)
@pass_terminal
def external_data(terminal: Terminal, backtest_id: str, output: Path) -> None:
    """Fetch the external data as a ZIP file."""
    with connected(terminal) as connection:
        path = connection.client.external_data.download(backtest_id, output)
    if terminal.as_json:
        terminal.print_json({"BacktestId": backtest_id, "File": str(path)})
    else:
        terminal.say(f"Wrote {path}.")


def _require_suffix(path: Path, *suffixes: str) -> None:
    if path.suffix.lower() not in suffixes:
        raise click.BadParameter(f"{path.name!r} must end in {' or '.join(suffixes)}.")


def _print_or_name(terminal: Terminal, path: Path, output: Path | None) -> None:
    if output is None:
        terminal.print_file(path)
    else:
        terminal.say(f"Wrote {path}.")


def _write_csv(terminal: Terminal, flat: FlatTable, output: Path | None) -> None:
    from xlmeso.app.files import write_text
    from xlmeso.cli.table import csv_text

    text = csv_text(Table(tuple(Column(title) for title in flat.titles), flat.rows))
    if output is None:
        terminal.print_machine_text(text)
    else:
        write_text(output, text)
        terminal.say(f"Wrote {output}.")


def _short_events(found: Sequence[BlotterEvent]) -> Table:
    """Make the columns that fit on a terminal."""
    titles = ("Time", "Type", "Position", "NAV", "PnL")
    columns = [Column(title, number=title in ("Position", "NAV", "PnL")) for title in titles]
    rows = [
        (item.sim_time, item.event_type, item.position_id, item.nav, item.pnl, item.message)
        for item in found
    ]
    return Table((*columns, Column("Message")), rows)


def _numbers_after_first(series: FlatTable) -> Table:
    columns = tuple(Column(title, number=place > 0) for place, title in enumerate(series.titles))
    return Table(columns, series.rows)


def _no_events(event_type: str | None) -> str:
    """Say that there is nothing, and where the type may be misspelt which types there are."""
    from xlmeso.model.events import BlotterEventType

    if event_type is None:
        return "The run has no events in that time."
    text = f"The run has no events of the type {event_type!r} in that time."
    if event_type.casefold() in (item.casefold() for item in BlotterEventType):
        return text
    return f"{text} Types that we know: {', '.join(BlotterEventType)}."


def _print_last(terminal: Terminal, table: Table, noun: str) -> None:
    hidden = len(table.rows) - SHOWN_ROWS
    terminal.print_table(Table(table.columns, table.rows[-SHOWN_ROWS:]))
    if hidden > 0:
        terminal.say(f"The last {SHOWN_ROWS} of {len(table.rows):,} {noun}; --csv gives all.")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value
