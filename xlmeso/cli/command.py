"""The class of all commands: the options that every command shares, and the error boundary."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import click

from xlmeso.cli.exit_codes import FILE_TROUBLE, INTERRUPTED, OTHER_FAILURE, PIPE_CLOSED
from xlmeso.cli.terminal import Terminal
from xlmeso.errors import XlmesoError

SHARED_TITLE: Final = "Options of all commands"
"""Heading of the shared options in the help of a command."""

pass_terminal = click.make_pass_decorator(Terminal, ensure=True)
"""Hand the `Terminal` of this invocation to a command."""


def _remember(attribute: str, stored: Any = True) -> Callable[..., None]:
    """Make a callback that notes a given option on the invocation's `Terminal`."""

    def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        terminal = context.ensure_object(Terminal)
        if value:
            setattr(terminal, attribute, stored if value is True else value)
        if terminal.as_json and terminal.as_csv:
            raise click.UsageError("--json and --csv exclude each other.", context)

    return callback


def _complete_profile(_context: click.Context, _parameter: Any, incomplete: str) -> list[str]:
    from xlmeso.settings import load_settings

    return [name for name in load_settings().profiles if name.startswith(incomplete)]


def _flag(*names: str, sets: str, to: Any = True, help: str) -> click.Option:
    return click.Option(
        names, is_flag=True, expose_value=False, callback=_remember(sets, to), help=help
    )


def csv_option() -> click.Option:
    """Make the option of commands that print a table."""
    return _flag("--csv", sets="as_csv", help="Write the table as CSV.")


def shared_options() -> list[click.Parameter]:
    """Make the options that may stand before or after the command's name."""
    return [
        click.Option(
            ["--profile"],
            metavar="NAME",
            expose_value=False,
            callback=_remember("profile"),
            shell_complete=_complete_profile,
            help="Service to use: a profile made with 'xlmeso login', or 'local'.",
        ),
        _flag("--json", sets="as_json", help="Write JSON with the service's own field names."),
        _flag("--quiet", "-q", sets="quiet", help="No messages except errors."),
        _flag("--verbose", "-v", sets="verbose", help="Tracebacks of unexpected errors."),
        _flag("--no-color", sets="color", to=False, help="No colours (NO_COLOR does the same)."),
    ]


class Command(click.Command):
    """A command of xlmeso: its own options first, then those that all commands share.

    Parameters
    ----------
    tables
        Whether ``--csv`` makes sense for what the command prints.
    """

    def __init__(self, *args: Any, tables: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if tables:
            self.params.append(csv_option())
        self.shared = shared_options()
        self.params.extend(self.shared)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the two groups of options."""
        options = [item for item in self.get_params(ctx) if isinstance(item, click.Option)]
        own = [item for item in options if item not in self.shared]
        for title, parameters in (("Options", own), (SHARED_TITLE, self.shared)):
            records = [item.get_help_record(ctx) for item in parameters]
            rows = [record for record in records if record is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(click.Group):
    """The root of the commands: keeps their order and turns errors into text and exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a person's work, not of the alphabet."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command within the error boundary."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except BaseException as error:
            code = report(error, verbose=ctx.ensure_object(Terminal).verbose)
            raise click.exceptions.Exit(code) from None


def report(error: BaseException, *, verbose: bool) -> int:
    """Tell an error on stderr in words and return the exit code; secrets are redacted."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo(_redacted(f"Interrupted.{_advice(error)}"), err=True)
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return PIPE_CLOSED
    if isinstance(error, SystemExit):
        raise error
    if verbose and not isinstance(error, XlmesoError):
        click.echo(_redacted("".join(traceback.format_exception(error))), err=True, nl=False)
    click.echo(_redacted(_sentence(error)), err=True)
    return _exit_code(error)


def _exit_code(error: BaseException) -> int:
    if isinstance(error, XlmesoError):
        return error.exit_code
    return FILE_TROUBLE if _is_about_a_file(error) else OTHER_FAILURE


def _is_about_a_file(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.filename is not None


def _sentence(error: BaseException) -> str:
    if isinstance(error, XlmesoError):
        return f"Error: {error}"
    if isinstance(error, OSError) and _is_about_a_file(error):
        return f"Error: {error.filename}: {error.strerror}."
    return (
        f"Error: an unexpected fault in xlmeso: {type(error).__name__}: {error}\n"
        "Run the command again with --verbose for the details."
    )


def _advice(error: BaseException) -> str:
    """Return what a use case added to an interruption: how to go on with the run."""
    return f" {error.args[0]}" if error.args else ""


def _redacted(text: str) -> str:
    from xlmeso.wire.redaction import redact

    return redact(text)


def _silence_stdout() -> None:
    """Point stdout to nowhere, or the interpreter complains when it flushes at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
