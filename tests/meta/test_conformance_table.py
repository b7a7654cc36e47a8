"""docs/conformance.md is what its tool writes, and the tool notices what is missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "make_conformance.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_conformance", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_current(tool: ModuleType) -> None:
    text = tool.TARGET.read_text(encoding="utf-8")
    assert text == tool.page(), "run: python tests/tools/make_conformance.py"


def test_only_tests_that_exist_count(tool: ModuleType) -> None:
    assert tool.exists("engine/test_exits.py::test_stop_loss_counts_without_its_sign")
    assert tool.exists("engine/test_exits.py::*")
    assert not tool.exists("engine/test_exits.py::test_stop_loss_counts")
    assert not tool.exists("engine/test_nothing.py::*")


def test_what_is_missing_is_told(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (tool.rules.done("a", "engine/test_exits.py::test_none"), tool.rules.done("c", "x::*"))
    monkeypatch.setattr(tool, "SECTIONS", (("Part", ["a", "b"], rules),))
    with pytest.raises(ValueError, match="Part: b has no rule") as caught:
        tool.page()
    assert str(caught.value).splitlines()[1:] == [
        "Part: rule c fits nothing",
        "Part: there is no test engine/test_exits.py::test_none",
        "Part: there is no test x::*",
    ]
