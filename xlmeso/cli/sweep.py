"""The command ``sweep``: many variants of one strategy, run once each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.connection import connected
from xlmeso.cli.parameters import DEFINITION_FILE, allow_unknown_option
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.cli.sweep_input import SweepInput

_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.argument("file", type=DEFINITION_FILE, required=False),
    click.option(
        "--vary", multiple=True, metavar="PATH=VALUES",
        help="Vary a value: 'Exit.ProfitTarget=200,400', 'Legs[put].StrikeSelector.Delta=5..30 "
        "step 5'. Several make a grid.",
    ),
    click.option(
        "--variants", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Variants from a .csv (paths as headings) or .json file (list of objects).",
    ),
    click.option(
        "--sample", metavar="HOW", help="Draw from the ranges of --vary: lhs:200 or random:200."
    ),
    click.option("--seed", type=click.IntRange(0), default=0, help="Where --sample starts."),
    click.option(
        "--walk-forward", metavar="LENGTHS",
        help="Run in windows: 12m, or 24m:6m to test on the 6 months after each 24.",
    ),
    click.option("--metric", metavar="NAME", help="Figure of the ranking.  [default: Sharpe]"),
    click.option("--show", metavar="NAMES", help="Figures to show, separated by commas."),
    click.option("--sheet", metavar="NAME", help="Sweep or Strategy sheet of a book with several."),
    click.option("--resume", is_flag=True, help="Go on; without FILE, with every open sweep."),
    click.option("--retry", is_flag=True, help="Run again what failed or was refused, cancelled or "
                 "deleted."),
    click.option("--anew", is_flag=True, help="Run everything again, whatever came of it before."),
    click.option("--cancel", is_flag=True, help="Stop it: withdraw what was not sent, cancel what "
                 "runs."),
    click.option("--dry-run", is_flag=True, help="List the variants and send nothing."),
    click.option("--shared", is_flag=True, help="Let every user who has the link see the runs."),
    click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
        help="Stop waiting after so long; --resume goes on.  [default: no limit]",
    ),
    click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
        help="New .xlsx for strategy, variants and results.",
    ),
    allow_unknown_option,
    click.option(
        "--background", is_flag=True, hidden=True,
        help="End at once where a process that was told the same is at work already.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What the command line says, by the names of the options."""

    file: str | None
    vary: tuple[str, ...]
    variants: Path | None
    sample: str | None
    seed: int
    walk_forward: str | None
    metric: str | None
    show: str | None
    sheet: str | None
    resume: bool
    retry: bool
    anew: bool
    cancel: bool
    dry_run: bool
    shared: bool
    timeout: float | None
    output: Path | None
    allow_unknown: bool
    background: bool


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(cls=Command, tables=True)
@_with_options
@pass_terminal
def sweep(terminal: Terminal, /, **given: Any) -> None:
    """Run many variants of a strategy, each exactly once.

    FILE is a .json file, a workbook with a Strategy sheet, or one with a Sweep sheet, into which
    the results are written; - reads JSON from stdin.  All variants are checked before anything is
    sent, and written down before they are sent: the same command again, after whatever went wrong,
    runs the same set and sends nothing twice.  A variant that ran in an earlier sweep is not run
    again.

    With --json one object per variant is printed, one on each line.  The exit code is 0 only when
    all variants have come to an end.
    """
    from xlmeso.cli import sweep_input, sweep_work

    options = SweepOptions(**given)
    if options.file is None:
        if not options.resume:
            raise click.UsageError("Missing argument 'FILE'.")
        sweep_work.resume_everything(terminal, options.timeout, alone=options.background)
        return
    asked = sweep_input.read(options)
    for warning in asked.sweep.warnings:
        terminal.say(str(warning))
    if options.dry_run:
        _list(terminal, asked)
        return
    with connected(terminal) as connection:
        sweep_work.run(terminal, connection, asked, options)


def _list(terminal: Terminal, asked: SweepInput) -> None:
    """Print the variants and send nothing."""
    from xlmeso.cli.sweep_output import print_variants

    print_variants(terminal, asked.sweep)
