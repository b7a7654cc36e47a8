"""Commands for Excel itself: build, install and uninstall the add-in, and the doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlmeso.addin.actions import Action
    from xlmeso.addin.doctor import Finding

_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_libreoffice = click.option(
    "--libreoffice", is_flag=True, help="For LibreOffice Calc instead of Excel."
)
_office_profile = click.option(
    "--office-profile",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --libreoffice: folder of its user profile.  [default: your own]",
)


@click.group()
def addin() -> None:
    """Build or install the Excel add-in.

    The add-in brings the MesoSim tab and the worksheet functions MESO_... to Excel.
    """


@addin.command(cls=Command)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for xlmeso.xlam.  [default: this folder]",
)
@pass_terminal
def build(terminal: Terminal, out: Path) -> None:
    """Make xlmeso.xlam; needs neither Excel nor Windows.

    It is made of xlmeso's VBA and that of the installed xlwings.  The same versions give the same
    bytes on every system.
    """
    from xlmeso.addin.build import build_addin

    _tell(terminal, [build_addin(out)], dry_run=False)


@addin.command(cls=Command)
@_dry_run
@_libreoffice
@_office_profile
@pass_terminal
def install(
    terminal: Terminal, dry_run: bool, libreoffice: bool, office_profile: Path | None
) -> None:
    """Put the add-in where Excel looks for it.

    Excel opens it at its next start and uses the Python that runs this command.  Installing again
    after an update replaces it.  Needs no administrator.
    """
    from xlmeso.addin.install import Target
    from xlmeso.addin.install import install as into_excel
    from xlmeso.addin.libreoffice import install_libreoffice

    if libreoffice:
        actions = install_libreoffice(office_profile, dry_run=dry_run)
    else:
        _excel_only(office_profile)
        actions = into_excel(Target(), dry_run=dry_run)
    _tell(terminal, actions, dry_run=dry_run)
    if not dry_run and any(action.changes for action in actions):
        terminal.say(f"Next: restart {'LibreOffice' if libreoffice else 'Excel'}.")


@addin.command(cls=Command)
@_dry_run
@_libreoffice
@_office_profile
@pass_terminal
def uninstall(
    terminal: Terminal, dry_run: bool, libreoffice: bool, office_profile: Path | None
) -> None:
    """Take the add-in away from Excel; workbooks, keys and results stay."""
    from xlmeso.addin.install import Target
    from xlmeso.addin.install import uninstall as out_of_excel
    from xlmeso.addin.libreoffice import uninstall_libreoffice

    if libreoffice:
        actions = uninstall_libreoffice(office_profile, dry_run=dry_run)
    else:
        _excel_only(office_profile)
        actions = out_of_excel(Target(), dry_run=dry_run)
    _tell(terminal, actions, dry_run=dry_run)


@click.command(cls=Command)
@click.pass_context
@pass_terminal
def doctor(terminal: Terminal, context: click.Context) -> None:
    """Examine Python, packages, key, service and add-in.

    Prints what it finds and one line of cure for each fault.  Exit code 0 when nothing is broken,
    1 otherwise.
    """
    from xlmeso.addin.doctor import Level, examine
    from xlmeso.wire.redaction import redact

    findings = examine(terminal.profile)
    if terminal.as_json:
        terminal.print_json([_as_json(item, redact) for item in findings])
    else:
        for item in findings:
            _show(terminal, item, redact)
    if any(item.level is Level.FAULT for item in findings):
        context.exit(1)


def _excel_only(office_profile: Path | None) -> None:
    if office_profile is not None:
        raise click.UsageError("--office-profile goes with --libreoffice.")


def _tell(terminal: Terminal, actions: list[Action], *, dry_run: bool) -> None:
    if terminal.as_json:
        rows = [{"action": str(one.verb), "path": str(one.path)} for one in actions]
        terminal.print_json({"dryRun": dry_run, "actions": rows})
        return
    for action in actions:
        terminal.print(str(action))
    if not any(action.changes for action in actions):
        terminal.say("Nothing to do.")
    elif dry_run:
        terminal.say("Nothing was changed: this was a dry run.")


def _show(terminal: Terminal, finding: Finding, clean: Callable[[str], str]) -> None:
    terminal.print(clean(f"{finding.level:<5} {finding.check}: {finding.text}"))
    if finding.cure:
        terminal.print(clean(f"      cure: {finding.cure}"))


def _as_json(finding: Finding, clean: Callable[[str], str]) -> dict[str, Any]:
    cure = clean(finding.cure) if finding.cure else None
    return {
        "check": finding.check,
        "level": str(finding.level),
        "text": clean(finding.text),
        "cure": cure,
    }
