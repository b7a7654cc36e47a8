"""Write docs/functions.md from the declarations of the worksheet functions."""

from pathlib import Path

from xlmeso.excel.function_reference import as_markdown

if __name__ == "__main__":
    path = Path(__file__).parents[2] / "docs" / "functions.md"
    path.write_text(as_markdown(), encoding="utf-8", newline="\n")
