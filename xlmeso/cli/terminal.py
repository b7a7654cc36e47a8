"""What a command says and where: data on stdout, messages and progress on stderr."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from xlmeso.cli.table import Table

Progress = Callable[[str, float | None], None]
"""Called with a state and the share done (0..1, None where unknown)."""


@dataclass(slots=True)
class Terminal:
    """The choices of one invocation and the only place that prints.

    Attributes
    ----------
    profile
        Name given with ``--profile``, or None.
    as_json, as_csv
        Output for programs; with neither, text for people.
    quiet
        No messages on stderr except errors.
    verbose
        Tracebacks of unexpected errors, and what happens on the way.
    color
        False with ``--no-color``; NO_COLOR is honoured beside it.
    """

    profile: str | None = None
    as_json: bool = False
    as_csv: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool = True

    @property
    def for_people(self) -> bool:
        """Whether the output is text for people."""
        return not (self.as_json or self.as_csv)

    def say(self, text: str = "") -> None:
        """Write a message to stderr, unless quiet."""
        if not self.quiet:
            click.echo(text, err=True)

    def print(self, text: str) -> None:
        """Write text to stdout."""
        click.echo(text)

    def print_json(self, value: Any) -> None:
        """Write one JSON document to stdout: numbers keep their spelling, text is UTF-8."""
        from xlmeso.model.document import dumps, from_python

        self.print_machine_text(dumps(from_python(value), indent=2) + "\n")

    def print_json_line(self, value: Any) -> None:
        """Write one JSON document as one line of stdout."""
        from xlmeso.model.document import dumps, from_python

        self.print_machine_text(dumps(from_python(value)) + "\n")

    def print_machine_text(self, text: str) -> None:
        """Write text for programs to stdout, in UTF-8 on every system."""
        data = text if sys.stdout.isatty() else text.encode("utf-8")
        click.echo(data, nl=False)

    def print_file(self, path: Path) -> None:
        """Copy a file to stdout, byte by byte."""
        sys.stdout.flush()
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    def print_table(self, table: Table) -> None:
        """Write a table to stdout: CSV, drawn on a terminal, aligned text in a pipe."""
        from xlmeso.cli.table import csv_text, plain_lines, rich_table

        if self.as_csv:
            self.print_machine_text(csv_text(table))
        elif sys.stdout.isatty():
            self._console().print(rich_table(table))
        else:
            for line in plain_lines(table):
                click.echo(line)

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show a bar on stderr while waiting; nothing when stderr is no terminal or quiet."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _state, _share: None
            return
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn("line"),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None, state="")

            def show(state: str, share: float | None) -> None:
                total, done = (None, 0.0) if share is None else (1.0, share)
                bar.update(task, state=state, total=total, completed=done)

            yield show

    def _console(self, *, stderr: bool = False) -> Console:
        from rich.console import Console

        return Console(stderr=stderr, no_color=True if not self.color else None, highlight=False)
