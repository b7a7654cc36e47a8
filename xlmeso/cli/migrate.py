"""The command ``migrate``: definitions of versions 1 and 2 made into version 3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.exit_codes import STRATEGY_MISTAKES
from xlmeso.cli.parameters import DEFINITION_FILE, load_definition
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.migration.convert import Migration
    from xlmeso.migration.notes import Note
    from xlmeso.model.problems import Problem


@click.command(cls=Command)
@click.argument("file", type=DEFINITION_FILE)
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a .json file or a workbook.  [default: JSON on stdout]",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@pass_terminal
def migrate(terminal: Terminal, file: str, out: Path | None, force: bool) -> None:
    """Convert a version 1 or 2 definition to version 3.

    Every change is told as [AUTO] (done), [WARN] (please look), [ERROR] (to be repaired) or
    [NOTE]; the result is written in any case and then checked.  FILE is a .json file, or - for
    JSON on stdin.  Nothing is sent anywhere.  With --json everything is one object on stdout.
    """
    from xlmeso.app.definitions import write
    from xlmeso.migration.convert import migrate as convert
    from xlmeso.model.problems import errors_of
    from xlmeso.model.validation import validate

    done = convert(load_definition(file).definition)
    problems = validate(done.definition, allow_unknown=True)
    if out is not None:
        write(done.definition, out, replace=force)
    if terminal.as_json:
        terminal.print_machine_text(_as_json(done, problems))
    else:
        _tell(terminal, done, problems)
        if out is None:
            terminal.print_machine_text(done.definition.to_json(indent=2) + "\n")
        else:
            terminal.say(f"Wrote {out}.")
    if done.errors or errors_of(problems):
        raise click.exceptions.Exit(STRATEGY_MISTAKES)


def _tell(terminal: Terminal, done: Migration, problems: list[Problem]) -> None:
    for note in done.notes:
        terminal.say(str(note))
    if problems:
        terminal.say("Checked as version 3:")
    for problem in problems:
        terminal.say(f"  {problem}")


def _as_json(done: Migration, problems: list[Problem]) -> str:
    """Write one object; the definition keeps the spelling of its numbers."""
    notes = json.dumps([_note_document(note) for note in done.notes], ensure_ascii=False)
    found = json.dumps([str(problem) for problem in problems], ensure_ascii=False)
    definition = done.definition.to_json()
    return f'{{"StrategyDefinition": {definition}, "Notes": {notes}, "Problems": {found}}}\n'


def _note_document(note: Note) -> dict[str, str | None]:
    return {
        "Level": note.level.value,
        "Path": note.path_text,
        "Message": note.message,
        "Advice": note.advice or None,
    }
