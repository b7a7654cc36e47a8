"""docs/cli.md is the help of the commands as they are."""

from __future__ import annotations

from pathlib import Path

from xlmeso.cli.main import cli
from xlmeso.cli.reference import command_reference

ROOT = Path(__file__).parents[3]


def test_the_command_reference_is_current() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert text == command_reference(), "run: python tests/tools/make_cli_reference.py"


def test_no_mark_of_the_formatter_shows_in_a_help() -> None:
    """A mark that Python did not read as one would print, and run lines of examples together."""
    text = command_reference()
    marks = [line for line in text.splitlines() if "\\b" in line or "\b" in line]
    assert marks == []
    assert "\n  xlmeso report ID --template ours.xlsm -o run.xlsm\n" in text


def test_the_command_reference_has_every_command_and_no_place_of_this_machine() -> None:
    text = command_reference()
    assert all(f"\n## xlmeso {name}\n" in text for name in cli.commands)
    assert str(Path.home()) not in text
    assert str(ROOT) not in text
