"""The hand-made run, for every test here."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def hand() -> ModuleType:
    path = Path(__file__).with_name("hand_made_run.py")
    spec = importlib.util.spec_from_file_location("hand_made_run", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
