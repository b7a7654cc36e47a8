"""Commands for the service that ships with xlmeso: the demo and ``serve``."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.parameters import DATE, TEMPLATE
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.simulator.market.source import HistorySource
    from xlmeso.simulator.server import LocalService

DEFAULT_PORT: Final = 8765
"""Port of ``xlmeso serve`` when it is free; otherwise any free one."""


@click.command(cls=Command)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("xlmeso-demo"),
    show_default=True,
    help="Folder for demo.xlsx; an earlier demo.xlsx there is replaced.",
)
@click.option(
    "--template",
    type=TEMPLATE,
    default="short-put",
    show_default=True,
    help="Name of a template; 'xlmeso new --list-templates' shows them.",
)
@click.option("--start", type=DATE, help="First day instead of the template's (YYYY-MM-DD).")
@click.option("--end", type=DATE, help="Last day instead of the template's (YYYY-MM-DD).")
@click.option("--report", is_flag=True, help="Also leave the report of the run, report.xlsx.")
@pass_terminal
def demo(
    terminal: Terminal,
    out: Path,
    template: str,
    start: dt.date | None,
    end: dt.date | None,
    report: bool,
) -> None:
    """Show it all: workbook, simulation, results.

    A strategy is read out of a workbook, simulated on this machine, and the results are written
    back into the book.  No account and no network are needed: the local service is started on a
    free port of this machine.  Prices are modelled from daily history of the index and its
    volatility.
    """
    from xlmeso.app.demo import run_demo, write_demo_report
    from xlmeso.cli.figures import print_key_figures
    from xlmeso.excel import books

    with terminal.progress("Demo") as progress:
        done = run_demo(
            out,
            books=books,
            template=template,
            start=start,
            end=end,
            on_progress=progress,
            on_step=terminal.say,
        )
    print_key_figures(terminal, done)
    done.result.require_finished()
    if report:
        terminal.say(f"Report: {write_demo_report(done.result, out)}")
    terminal.say("Next: open the book, or make your own with 'xlmeso new my-strategy.xlsx'.")


def _history_folder_or_kind(
    _context: click.Context, _parameter: click.Parameter, value: str
) -> HistorySource:
    from xlmeso.simulator.market.source import HistorySource

    if value in ("auto", "bundled", "synthetic"):
        return HistorySource(value)  # type: ignore[arg-type]
    folder = Path(value)
    if not folder.is_dir():
        raise click.BadParameter(f"{value!r} is neither auto, bundled, synthetic nor a folder.")
    return HistorySource("csv", folder)


@click.command(cls=Command)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port on this machine; 0 takes any free one.  [default: {DEFAULT_PORT} if it is free]",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for runs and results.  [default: a folder of your user account]",
)
@click.option(
    "--history",
    default="auto",
    show_default=True,
    callback=_history_folder_or_kind,
    help="Daily history behind the modelled prices: auto, bundled, synthetic, or a folder with "
    "spx.csv and vix.csv.",
)
@click.option(
    "--chains",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Simulate on your own recorded option chains instead; see 'xlmeso chains import'.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the market model.")
@click.option(
    "--external-data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Let strategies name CSV files of this folder (file:signal.csv) as external data.",
)
@click.option(
    "--executor",
    default="process",
    show_default=True,
    metavar="process|dask://HOST:PORT",
    help="Where simulations run: processes of this machine, or a Dask cluster.",
)
@click.option("--workers", type=click.IntRange(1), help="Simulations at once.  [default: cores]")
@click.option(
    "--user",
    "users",
    multiple=True,
    metavar="NAME",
    help="Issue a key for a further user; may be repeated.",
)
@pass_terminal
def serve(
    terminal: Terminal,
    port: int | None,
    data: Path | None,
    history: HistorySource,
    chains: Path | None,
    seed: int,
    external_data: Path | None,
    executor: str,
    workers: int | None,
    users: tuple[str, ...],
) -> None:
    """Run the local service until Ctrl-C.

    It answers the routes of the MesoSim API on 127.0.0.1 and keeps runs and results in its data
    folder.  With --json one line {"url": ..., "api_key": ...} is printed when it is ready.
    """
    from xlmeso.app.local_service import serve_until_stopped
    from xlmeso.simulator.market.source import HistorySource

    if chains is not None and history.kind != "auto":
        raise click.UsageError("--chains takes the place of --history; give one of them.")
    if chains is not None:
        history = HistorySource("chains", chains.absolute())
        terminal.say(f"Reading {chains}; the first time takes a while, as an index is made.")

    def ready(service: LocalService) -> None:
        keys = {user: service.issue_key(user) for user in users}
        if terminal.as_json:
            answer: dict[str, object] = {"url": service.url, "api_key": service.api_key}
            click.echo(json.dumps(answer | ({"keys": keys} if keys else {})))
        else:
            click.echo(_ready_text(service, keys))

    serve_until_stopped(
        data,
        port=port,
        default_port=DEFAULT_PORT,
        history=history,
        seed=seed,
        workers=workers,
        external_data=external_data,
        executor=executor,
        on_ready=ready,
    )


def _ready_text(service: LocalService, keys: dict[str, str]) -> str:
    lines = [
        f"The local service answers at {service.url} (Ctrl-C stops it).",
        f"API key: {service.api_key}",
        *(f"API key of {user}: {key}" for user, key in keys.items()),
        "",
        "On this machine 'xlmeso run book.xlsx' finds it by itself.  By hand:",
        f'  curl -H "Authorization: Bearer {service.api_key}" \\',
        f'    "{service.url}/api/v1/backtests?start=2000-01-01&end=2100-01-01&page=0"',
    ]
    return "\n".join(lines)
