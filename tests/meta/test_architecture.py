"""The walls: import contracts, the quiet import, sizes, and what must never be in the tree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "xlmeso"
SOURCES = sorted(PACKAGE.rglob("*.py"))

HEAVY = {
    "fastapi", "keyring", "lupa", "numpy", "openpyxl", "pandas", "requests", "rich", "scipy",
    "uvicorn", "xlwings",
}  # fmt: skip


def imported_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after running ``code``."""
    script = f"import sys\n{code}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(result.stdout.split())


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("code", ["import xlmeso", "import xlmeso.cli.main"])
def test_import_stays_quick_because_heavy_modules_wait_until_used(code: str) -> None:
    assert imported_by(code) & HEAVY == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_every_package_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("__init__.py")
        if not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_no_left_overs_in_the_package() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = [str(path) for path in SOURCES if mark.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_public_names_of_the_package_load() -> None:
    script = "import xlmeso; [getattr(xlmeso, name) for name in xlmeso.__all__]"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
