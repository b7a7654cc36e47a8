"""Commands that change what the service keeps: share and delete."""

from __future__ import annotations

import click

from xlmeso.app.formulas.purge import forget_backtests
from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import connected, somebody_is_there
from xlmeso.cli.parameters import BACKTEST_ID
from xlmeso.cli.terminal import Terminal
from xlmeso.model.backtest import DeleteMode

MODES = {
    DeleteMode.SOFT: "the run is marked deleted and no longer shown",
    DeleteMode.DETAILS: "events and NAV go for good; summary and analytics stay",
    DeleteMode.FULL: "everything goes for good: results and record",
}
"""What each mode removes (reference section 7.5)."""


@click.command(cls=Command)
@click.argument("backtest_id", metavar="ID", type=BACKTEST_ID)
@click.option("--off", is_flag=True, help="Make the run private again.")
@click.option("--show", is_flag=True, help="Only say whether the run is shared.")
@pass_terminal
def share(terminal: Terminal, backtest_id: str, off: bool, show: bool) -> None:
    """Share a run, or make it private again.

    Every user of the service who has the link sees the results and the strategy of a shared run.
    """
    if off and show:
        raise click.UsageError("--off and --show exclude each other.")
    with connected(terminal) as connection:
        if not show:
            connection.client.backtests.set_sharing(backtest_id, not off)
        enabled = connection.client.backtests.sharing(backtest_id) if show else not off
    if terminal.as_json:
        terminal.print_json({"BacktestId": backtest_id, "SharingEnabled": enabled})
    else:
        terminal.print(f"{backtest_id} is {'shared' if enabled else 'private'}.")


@click.command(cls=Command)
@click.argument("backtest_ids", metavar="ID...", type=BACKTEST_ID, nargs=-1, required=True)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in DeleteMode]),
    required=True,
    help="; ".join(f"{mode.value}: {meaning}" for mode, meaning in MODES.items()) + ".",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_terminal
def delete(terminal: Terminal, backtest_ids: tuple[str, ...], mode: str, yes: bool) -> None:
    """Delete runs on the service.

    The way of deleting must be named.  On a terminal the command asks first; in a script it needs
    --yes.
    """
    chosen = DeleteMode(mode)
    if not yes:
        _ask(backtest_ids, chosen)
    with connected(terminal) as connection:
        for backtest_id in backtest_ids:
            connection.client.backtests.delete(backtest_id, chosen)
            forget_backtests(connection.profile, [backtest_id])
            terminal.say(f"Deleted {backtest_id} ({chosen}).")
    if terminal.as_json:
        terminal.print_json([{"BacktestId": item, "DeleteMode": mode} for item in backtest_ids])


def _ask(backtest_ids: tuple[str, ...], mode: DeleteMode) -> None:
    if not somebody_is_there():
        raise click.UsageError("Nobody can be asked here: add --yes to delete without asking.")
    click.echo(f"{mode}: {MODES[mode]}.", err=True)
    for backtest_id in backtest_ids:
        click.echo(f"  {backtest_id}", err=True)
    if not click.confirm("Delete?", err=True):
        click.echo("Nothing was deleted.", err=True)
        raise click.exceptions.Exit(1)
