"""Write docs/cli.md from the help of the commands."""

from __future__ import annotations

from pathlib import Path

from xlmeso.cli.reference import command_reference

TARGET = Path(__file__).parents[2] / "docs" / "cli.md"

if __name__ == "__main__":
    TARGET.write_text(command_reference(), encoding="utf-8", newline="\n")
