"""Commands that make and check strategy definitions: ``new`` and ``validate``."""

from __future__ import annotations

from pathlib import Path

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.exit_codes import STRATEGY_MISTAKES
from xlmeso.cli.parameters import (
    DEFINITION_FILE,
    TEMPLATE,
    allow_unknown_option,
    load_definition,
    sheet_option,
)
from xlmeso.cli.table import Column, Table
from xlmeso.cli.terminal import Terminal
from xlmeso.model.problems import Problem, errors_of


@click.command(cls=Command)
@click.argument("target", required=False)
@click.option(
    "--template",
    type=TEMPLATE,
    default="short-put",
    show_default=True,
    help="Name of a template; 'xlmeso new --list-templates' shows them.",
)
@click.option(
    "--from",
    "source",
    type=DEFINITION_FILE,
    help="Take the strategy from this .json file or workbook instead of a template.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--list-templates", is_flag=True, help="Show the templates and end.")
@pass_terminal
def new(
    terminal: Terminal,
    target: str | None,
    template: str,
    source: str | None,
    force: bool,
    list_templates: bool,
) -> None:
    """Make a workbook or .json file from a template.

    TARGET is book.xlsx, strategy.json, or - for JSON on stdout.
    """
    if list_templates:
        _print_templates(terminal)
        return
    if target is None:
        raise click.UsageError("Missing argument 'TARGET', such as my-strategy.xlsx.")
    from xlmeso.app.definitions import write
    from xlmeso.model.templates import load_template

    definition = load_definition(source).definition if source else load_template(template)
    if target == "-":
        terminal.print_machine_text(definition.to_json(indent=2) + "\n")
        return
    path = write(definition, Path(target), replace=force)
    if terminal.as_json:
        terminal.print_json({"File": str(path), "StrategyName": definition.strategy_name})
    else:
        terminal.say(f"Made {path} with the strategy '{definition.strategy_name}'.")
        terminal.say(f"Next: xlmeso run {path}" if path.suffix == ".xlsx" else "")


@click.command(cls=Command, tables=True)
@click.argument("file", type=DEFINITION_FILE)
@sheet_option
@allow_unknown_option
@pass_terminal
def validate(terminal: Terminal, file: str, sheet: str | None, allow_unknown: bool) -> None:
    """Check a strategy and print all its problems.

    For a workbook each comes with sheet and cell.  FILE is a workbook, a .json file, or - for
    JSON on stdin.  Nothing is sent anywhere.
    """
    from xlmeso.app.definitions import problems_of
    from xlmeso.migration.convert import is_old

    loaded = load_definition(file, sheet)
    problems = problems_of(loaded, allow_unknown=allow_unknown)
    if terminal.as_json:
        terminal.print_json([_problem_document(problem) for problem in problems])
    elif terminal.as_csv:
        titles = ("Severity", "Cell", "Path", "Message", "Suggestion")
        rows = [list(_problem_document(problem).values()) for problem in problems]
        terminal.print_table(Table(tuple(Column(title) for title in titles), rows))
    else:
        for problem in problems:
            terminal.print(str(problem))
    mistakes = len(errors_of(problems))
    if mistakes and is_old(loaded.definition.document):
        terminal.say(f"This is version 1 or 2: 'xlmeso migrate {file}' makes version 3 of it.")
    terminal.say(_verdict(mistakes, len(problems) - mistakes))
    if mistakes:
        raise click.exceptions.Exit(STRATEGY_MISTAKES)


def _problem_document(problem: Problem) -> dict[str, str | None]:
    return {
        "Severity": problem.severity.value,
        "Cell": problem.cell,
        "Path": problem.path_text,
        "Message": problem.message,
        "Suggestion": problem.suggestion or None,
    }


def _verdict(mistakes: int, warnings: int) -> str:
    def counted(count: int, noun: str) -> str:
        return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

    if not mistakes and not warnings:
        return "No problems."
    return f"{counted(mistakes, 'mistake')}, {counted(warnings, 'warning')}."


def _print_templates(terminal: Terminal) -> None:
    from xlmeso.model.templates import template_names, template_summary

    rows = [(name, template_summary(name)) for name in template_names()]
    if terminal.as_json:
        terminal.print_json([{"Name": name, "Summary": summary} for name, summary in rows])
    else:
        terminal.print_table(Table((Column("Template"), Column("What it is")), rows))
