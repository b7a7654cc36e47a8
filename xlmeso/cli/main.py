"""The command ``xlmeso``: the group of all commands and the way in from the shell."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

import click

from xlmeso._version import __version__
from xlmeso.cli import (
    account,
    addin,
    chains,
    definitions,
    functions,
    journal,
    local,
    manage,
    migrate,
    results,
    runs,
    sweep,
)
from xlmeso.cli.command import Group, csv_option, report, shared_options
from xlmeso.cli.exit_codes import help_lines
from xlmeso.cli.report import report as report_command

_WIDTH: Final = 100
"""Widest help text in characters."""

_HELP = """Backtest option strategies with MesoSim from a workbook, a file or a script.

Data go to stdout, messages and progress to stderr.  The service is chosen by --profile, else by
the variables XLMESO_URL and XLMESO_API_KEY, else by XLMESO_PROFILE, else by the default profile;
with none of them the local service of this machine is used, which needs no account.

Begin with 'xlmeso demo', or with 'xlmeso new book.xlsx' and 'xlmeso run book.xlsx'.
"""

_EPILOG = "\b\nExit codes:\n" + "\n".join(help_lines())


@click.group(
    cls=Group,
    name="xlmeso",
    help=_HELP,
    epilog=_EPILOG,
    params=[*shared_options(), csv_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH},
)
@click.version_option(__version__, prog_name="xlmeso")
def cli() -> None:
    """Hold the commands; the help text stands above."""


for _command in (
    local.demo,
    local.serve,
    chains.chains,
    account.login,
    account.logout,
    definitions.new,
    definitions.validate,
    migrate.migrate,
    runs.submit,
    runs.run,
    sweep.sweep,
    runs.list_backtests,
    runs.status,
    runs.cancel,
    journal.journal,
    report_command,
    results.strategy,
    results.analytics,
    results.events,
    results.navs,
    results.external_data,
    manage.share,
    manage.delete,
    addin.addin,
    addin.doctor,
    functions.functions,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    _never_fail_on_a_character()
    try:
        cli.main(prog_name="xlmeso")
    except KeyboardInterrupt as error:
        sys.exit(report(error, verbose=False))
    finally:
        _flush_quietly()


def _never_fail_on_a_character() -> None:
    """Let a console that cannot show a character show another one instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def _flush_quietly() -> None:
    """Flush stdout here, where a reader that has gone is no error worth a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
