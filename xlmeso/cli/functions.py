"""The command that lists the worksheet functions."""

from __future__ import annotations

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.terminal import Terminal


@click.command(cls=Command)
@click.argument("name", required=False)
@pass_terminal
def functions(terminal: Terminal, name: str | None) -> None:
    """List the worksheet functions, or explain the one with NAME.

    --json gives name, description, arguments and category of each.
    """
    from xlmeso.excel.function_reference import as_documents

    found = as_documents()
    if name is not None:
        found = [item for item in found if item["name"] == _full(name)]
        if not found:
            raise click.UsageError(f"there is no function {name!r}; 'xlmeso functions' lists them.")
    if terminal.as_json:
        terminal.print_json(found)
        return
    for item in found:
        terminal.print(item["syntax"])
        terminal.print(f"    {item['description']}")
        for argument in item["arguments"] if name is not None else ():
            terminal.print(f"    {argument['name']}: {argument['description']}")


def _full(name: str) -> str:
    upper = name.upper()
    return upper if upper.startswith("MESO_") else f"MESO_{upper}"
