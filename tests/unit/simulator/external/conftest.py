"""Helpers of the service's tests are imported by name, so their folder is on the path."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "service"))
