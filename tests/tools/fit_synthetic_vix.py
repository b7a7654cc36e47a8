"""Fit ln VIX on index prices alone, for the synthetic mode; writes parameters/synthetic.json.

Run it from the repository's root: ``python tests/tools/fit_synthetic_vix.py``.  Fit 1991-2011,
check 2012 on.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from xlmeso.simulator.market.bundled import load_bundled
from xlmeso.simulator.market.sessions import date_of
from xlmeso.simulator.market.synthetic_vix import regressors

TARGET = Path("xlmeso/simulator/market/parameters/synthetic.json")


def main() -> None:
    history = load_bundled()
    variables = regressors(history.close, history.high, history.low)
    matrix = np.column_stack(list(variables.values()))
    target = np.log(history.vix_close)
    years = np.array([date_of(day).year for day in history.days])
    fit, check = (years >= 1991) & (years <= 2011), years >= 2012
    solution = np.linalg.lstsq(matrix[fit], target[fit], rcond=None)[0]
    pairs = zip(variables, solution, strict=True)
    coefficients = {name: round(float(value), 6) for name, value in pairs}
    TARGET.write_text(json.dumps({"log_vix": coefficients}, indent=1) + "\n", encoding="utf-8")
    error = target - matrix @ np.array(list(coefficients.values()))
    for label, rows in (("fit", fit), ("check", check)):
        share = 1 - (error[rows] ** 2).sum() / ((target[rows] - target[rows].mean()) ** 2).sum()
        lag = np.corrcoef(error[rows][1:], error[rows][:-1])[0, 1]
        print(f"{label}: R2 {share:.3f}, residual sd {error[rows].std():.3f}, lag-1 {lag:.2f}")


if __name__ == "__main__":
    main()
