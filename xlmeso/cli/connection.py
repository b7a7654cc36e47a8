"""How commands reach the service: connect, ask for a missing key on a terminal, wait."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.model.backtest import BacktestStatus


def connected(terminal: Terminal) -> Connection:
    """Connect to the service that the invocation chooses; close it with ``with``."""
    from xlmeso.app.connect import connect

    connection = connect(terminal.profile, prompt=ask_for_key if somebody_is_there() else None)
    if terminal.verbose:
        terminal.say(f"Service: {connection.service} ({connection.client.url})")
    return connection


def wait_until_ended(
    terminal: Terminal, connection: Connection, backtest_id: str, timeout: float | None = None
) -> BacktestStatus:
    """Wait with a progress bar until the run has ended, in whatever way."""
    from xlmeso.app.run import wait

    with terminal.progress(f"Backtest {backtest_id}") as progress:
        return wait(connection, backtest_id, timeout=timeout, on_progress=progress)


def somebody_is_there() -> bool:
    """Whether a person sits at the other end of stdin and can be asked."""
    return sys.stdin.isatty()


def ask_for_key(text: str) -> str:
    """Ask without showing what is typed."""
    return str(click.prompt(text, hide_input=True, err=True)).strip()
