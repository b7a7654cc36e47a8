"""What pip installs: the pinned xlwings, no address of a registry, data files in the wheel."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_xlwings_is_pinned_because_the_add_in_names_its_library_by_version() -> None:
    pins = [item for item in PROJECT["project"]["dependencies"] if item.startswith("xlwings")]
    assert len(pins) == 1
    assert re.fullmatch(r"xlwings==\d+\.\d+\.\d+", pins[0])


def test_constraints_pin_every_direct_dependency_and_name_no_address() -> None:
    text = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    pinned = {
        line.split("==")[0].lower().replace("_", "-") for line in text.split() if "==" in line
    }
    project = PROJECT["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.split(r"[<>=\[]", item)[0].lower().replace("_", "-") for item in wanted}
    assert names - pinned == set()


def test_every_data_file_of_the_package_is_named_for_the_wheel() -> None:
    suffixes = {
        "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
        for path in (ROOT / "xlmeso").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and path.name != "py.typed"
    }
    named = {
        item.removeprefix("**/*")
        for item in PROJECT["tool"]["setuptools"]["package-data"]["xlmeso"]
    }
    assert suffixes <= named
