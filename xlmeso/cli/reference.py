"""The command reference as Markdown, made of the commands' own help; see docs/cli.md."""

from __future__ import annotations

from collections.abc import Iterator

import click

from xlmeso.cli.command import SHARED_TITLE
from xlmeso.cli.main import cli

_INTRODUCTION = """# Command line

Every command's help, as the command prints it.  Made by `python tests/tools/make_cli_reference.py`;
a test fails when it is stale.  The options that all commands share are shown once, under `xlmeso`;
they may stand before or after the command's name.

Data go to stdout, messages and progress to stderr; `--json` uses the service's own field names.
Machine output is UTF-8 on every system.

Which service is used: `--profile NAME`, else the environment variables `XLMESO_URL` and
`XLMESO_API_KEY`, else the profile named by `XLMESO_PROFILE`, else the default profile, else the
local service of this machine.  `XLMESO_HOME` puts settings, journals and the local service's data
below one folder.

Shell completion, templates and profiles included, comes with the command:

| shell | line for its start file |
| --- | --- |
| bash | `eval "$(_XLMESO_COMPLETE=bash_source xlmeso)"` |
| zsh | `eval "$(_XLMESO_COMPLETE=zsh_source xlmeso)"` |
| fish | `_XLMESO_COMPLETE=fish_source xlmeso \\| source` |
"""


def command_reference(width: int = 90) -> str:
    """Return the whole reference; the same on every machine and terminal."""

    def context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
        return click.Context(
            command,
            info_name=name,
            parent=parent,
            terminal_width=width,
            max_content_width=width,
            help_option_names=["-h", "--help"],
        )

    def sections(group: click.Group, own: click.Context) -> Iterator[str]:
        for name in group.list_commands(own):
            command = group.commands[name]
            below = context(command, name, own)
            text = command.get_help(below).partition(f"\n{SHARED_TITLE}:")[0]
            yield _section(below.command_path, text)
            if isinstance(command, click.Group):
                yield from sections(command, below)

    root = context(cli, "xlmeso", None)
    return "\n".join([_INTRODUCTION, _section("xlmeso", cli.get_help(root)), *sections(cli, root)])


def _section(title: str, text: str) -> str:
    body = "\n".join(line.rstrip() for line in text.rstrip().splitlines())
    return f"## {title}\n\n```text\n{body}\n```\n"
