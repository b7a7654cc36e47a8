"""Commands that sign in to a service and out of it."""

from __future__ import annotations

import sys

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import ask_for_key, somebody_is_there
from xlmeso.cli.terminal import Terminal


@click.command(cls=Command)
@click.option("--url", help="Address of the service; needed once for a new profile.")
@click.option(
    "--kind",
    type=click.Choice(["cloud", "fund"]),
    help="MesoSim's public site, or a fund's portal.  [default: cloud]",
)
@click.option("--no-check", is_flag=True, help="Store the key without trying it.")
@pass_terminal
def login(terminal: Terminal, url: str | None, kind: str | None, no_check: bool) -> None:
    """Store an API key in the keyring.

    The key is asked for without showing it, or read from stdin; it is never an argument, since
    arguments show in process lists and histories.  --profile names the profile (default: the
    kind); the first profile becomes the default one.
    """
    from xlmeso.app.account import sign_in

    done = sign_in(
        terminal.profile, url=url, kind=kind, ask=_key_from_person_or_stdin, check=not no_check
    )
    if terminal.as_json:
        terminal.print_json(
            {
                "Profile": done.profile.name,
                "Url": done.profile.url,
                "Kind": str(done.profile.kind),
                "ExpiresAt": done.expires_at.isoformat() if done.expires_at else None,
                "Checked": done.checked,
            }
        )
        return
    terminal.say(f"The key of {done.profile.url} is stored under profile '{done.profile.name}'.")
    if done.is_default:
        terminal.say("It is used when no other is named; '--profile local' is this machine.")
    if done.expires_at:
        terminal.say(f"The key is good until {done.expires_at:%Y-%m-%d %H:%M} UTC.")
    if not done.checked:
        terminal.say("The key was not tried against the service.")


@click.command(cls=Command)
@pass_terminal
def logout(terminal: Terminal) -> None:
    """Remove a profile's API key from the keyring."""
    from xlmeso.app.account import sign_out

    profile, removed = sign_out(terminal.profile)
    if terminal.as_json:
        terminal.print_json({"Profile": profile.name, "Removed": removed})
    elif removed:
        terminal.say(f"The key of profile '{profile.name}' was removed from this computer.")
    else:
        terminal.say(f"No key of profile '{profile.name}' was stored.")


def _key_from_person_or_stdin(text: str) -> str:
    """Ask a person; in a pipe read one line of stdin."""
    if somebody_is_there():
        return ask_for_key(text)
    return sys.stdin.readline().strip()
