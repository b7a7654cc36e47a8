"""A journal and a connection to a fast local service, for tests that break things."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from xlmeso.journal import Submissions

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def journal(tmp_path: Path) -> Submissions:
    return Submissions(tmp_path / "journal" / "journal.sqlite")
