from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xlmeso.simulator.market import parameters
from xlmeso.simulator.market.bundled import load_bundled
from xlmeso.simulator.market.clock import business_clock
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.sessions import day_number
from xlmeso.simulator.market.state import closing_state, market_state
from xlmeso.simulator.market.term import (
    TermFeatures,
    term_features,
    variance_term,
    vix_family,
)


@pytest.fixture(scope="module")
def history() -> DailyHistory:
    return load_bundled()


@pytest.fixture(scope="module")
def features(history: DailyHistory) -> TermFeatures:
    return term_features(history)


def published_coefficients() -> dict[str, dict[str, float]]:
    text = (Path(parameters.__file__).parent / "surface.json").read_text(encoding="utf-8")
    return json.loads(text)["term_regression"]


def test_the_family_at_the_close_is_the_regression_that_was_fitted(
    history: DailyHistory, features: TermFeatures
) -> None:
    """The same features from pandas, as the fit defines them, on every session after the first."""
    level = pd.Series(np.log(history.vix_close))
    returns = pd.Series(np.log(history.close)).diff()
    columns = {"c": 1.0, "lv": level, "r1": returns * 10}
    for span in (5, 22, 66, 252, 756):
        columns[f"e{span}"] = level - level.ewm(span=span).mean()
    for window in (5, 22):
        realised = np.sqrt((returns**2).rolling(window).mean() * 252) * 100
        columns[f"rv{window}"] = np.log(realised) - level
    rows = np.arange(history.days.size)
    family = vix_family(
        features,
        rows,
        history.vix_close,
        np.log(history.close / history.previous_close),
        np.ones(rows.size),
    )
    for place, name in ((0, "v9"), (2, "v3"), (3, "v6")):
        coefficients = published_coefficients()[name]
        expected = level + sum(coefficients[key] * columns[key] for key in coefficients)
        np.testing.assert_allclose(family[place][30:], np.exp(expected)[30:], rtol=1e-9)
    assert family[1].tolist() == history.vix_close.tolist()


def test_a_state_does_not_change_when_the_future_does(history: DailyHistory) -> None:
    """Cut the history after a session and double everything later: that session stays."""
    session = int(np.searchsorted(history.days, day_number(dt.date(2018, 2, 6))))
    names = ("open", "high", "low", "close", "vix_open", "vix_close", "rate", "dividend_yield")
    later = {name: getattr(history, name).copy() for name in names}
    for name in names:
        # The session's own close is future too, as seen from its bars.
        start = session if name in ("high", "low", "close", "vix_close") else session + 1
        later[name][start:] *= 2.0
    states = []
    for variant in (history, dataclasses.replace(history, **later)):
        states.append(
            market_state(
                variant,
                term_features(variant),
                session=np.array([session]),
                minute=np.array([640]),
                share=np.array([0.4]),
                spot=np.array([2650.0]),
                vix=np.array([33.0]),
            )
        )
    for field in ("spot", "log_level", "rate", "dividend_yield", "business"):
        assert getattr(states[0], field).tolist() == getattr(states[1], field).tolist()
    assert states[0].term.forward.tolist() == states[1].term.forward.tolist()
    assert states[0].term.ahead.tolist() == states[1].term.ahead.tolist()


def test_early_sessions_have_a_level_too(history: DailyHistory, features: TermFeatures) -> None:
    state = closing_state(history, features, np.arange(30))
    assert np.isfinite(state.term.forward).all()
    assert (state.term.forward > 0.0).all()


def test_total_variance_meets_the_anchors_of_the_formula() -> None:
    """Section 3.1 by hand: sigma_ATM(T) = VIX_T exp(-(0.1482 + 0.0510 u - 0.1013 L))."""
    family = np.array([[24.0], [22.0], [21.0], [21.5]])
    day, share = np.array([day_number(dt.date(2024, 5, 15))]), np.array([0.625])
    term = variance_term(family, day, share)
    clock = business_clock()
    for row, days in enumerate((9, 30, 93, 184)):
        ratio = 0.1482440 + 0.0510405 * np.log(days / 30) - 0.1013478 * np.log(22.0 / 18.0)
        sigma = family[row, 0] / 100 * np.exp(-ratio)
        ahead = clock.at(day + days, share) - clock.at(day, share)
        total = float(term.total_variance(ahead)[0])
        assert total == pytest.approx(sigma**2 * days / 365, rel=1e-5)


def test_total_variance_is_linear_between_anchors_and_beyond() -> None:
    term = variance_term(np.full((4, 1), 20.0), np.array([19_000]), np.array([1.0]))
    middle = (term.ahead[1] + term.ahead[2]) / 2
    ends = [float(term.total_variance(term.ahead[row])[0]) for row in (1, 2, 3)]
    assert float(term.total_variance(middle)[0]) == pytest.approx((ends[0] + ends[1]) / 2)
    step = term.ahead[3] - term.ahead[2]
    beyond = float(term.total_variance(term.ahead[3] + step)[0])
    assert beyond == pytest.approx(2 * ends[2] - ends[1])


def test_total_variance_rises_even_in_a_steeply_inverted_market() -> None:
    family = np.array([[120.0], [80.0], [40.0], [20.0]])
    term = variance_term(family, np.array([19_000]), np.array([1.0]))
    ahead = np.linspace(0.01, 400.0, 500)[:, None]
    assert (np.diff(term.total_variance(ahead)[:, 0]) > 0.0).all()
