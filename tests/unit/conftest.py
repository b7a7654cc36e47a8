"""Sample results and definitions, shared by the tests of sheets, report and excel."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SHEETS = Path(__file__).parent / "sheets"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_shared_{name}", SHEETS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """Made-up results of one run: RUN, ANALYTICS, events(), series()."""
    return load("sample_results")


@pytest.fixture(scope="session")
def documents() -> ModuleType:
    """Valid and awkward definitions and strategies that make them."""
    return load("definitions")
