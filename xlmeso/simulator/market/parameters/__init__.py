"""Fitted coefficients of the market model, as JSON beside this module.

``surface.json`` holds the smile, the level, the term regression and the spread model of
local-engine.md section 3; ``synthetic.json`` the volatility index of the synthetic mode.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from xlmeso.simulator.market.arrays import Floats


@dataclass(frozen=True, eq=False)
class SurfaceParameters:
    """Coefficients of the volatility surface and the spread model.

    Attributes
    ----------
    smile
        4 x 4 matrix: ln b, atanh rho, m, ln s by 1, u, u^2, L with u = ln(T / 30 days) and
        L = ln(VIX / 18).
    level
        Ratio of VIX to at-the-money volatility: const, ln_T_30d, ln_vix_18.
    term
        Regressions v9, v3, v6 of ln(VIX_T / VIX).
    spread
        Regression of ln(spread).
    """

    smile: Floats
    level: dict[str, float]
    term: dict[str, dict[str, float]]
    spread: dict[str, float]


@lru_cache(maxsize=1)
def surface_parameters() -> SurfaceParameters:
    """Coefficients of ``surface.json`` (read once per process)."""
    document = read_parameters("surface.json")
    return SurfaceParameters(
        smile=np.array(document["nsvi"], dtype=np.float64),
        level=document["anchor_ratio"],
        term=document["term_regression"],
        spread=document["spread_ln"],
    )


def read_parameters(name: str) -> dict[str, Any]:
    """Content of one of the JSON files of this folder."""
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
