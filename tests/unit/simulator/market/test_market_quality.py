from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

TOOL = Path(__file__).parents[3] / "tools" / "quality_table.py"


@pytest.fixture(scope="module")
def quality() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quality_table", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["quality_table"] = module
    spec.loader.exec_module(module)
    return module


def test_volatilities_come_near_those_of_real_quotes(quality: ModuleType) -> None:
    """The published fit: median 0.82, p90 1.93, RMSE 1.25 on days left out of it (section 3.2)."""
    points = quality.points()
    assert len(points) == 9467
    core = quality.core_errors(points)
    assert core.size > 6000
    assert np.median(core) <= 1.0
    assert np.quantile(core, 0.9) <= 2.1
    assert np.sqrt((core**2).mean()) <= 1.4


def test_the_table_names_every_bucket(quality: ModuleType) -> None:
    for statistic in ("median", "mean"):
        lines = quality.quality_table(statistic).splitlines()
        assert [line.split()[0] for line in lines[1:-1]] == [
            "0-1", "2-3", "4-8", "9-16", "17-35", "36-65", "66-125", "126-260", "261-750",
        ]  # fmt: skip
        assert "volatility points" in lines[-1]


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_the_guide_shows_the_tables_as_they_are(quality: ModuleType, statistic: str) -> None:
    guide = (Path(__file__).parents[4] / "docs" / "local-service.md").read_text(encoding="utf-8")
    assert quality.markdown(statistic) in guide
