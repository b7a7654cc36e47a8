from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from xlmeso.simulator.market.sessions import day_number
from xlmeso.simulator.market.strikes import listed_strikes

MODERN, OLD = day_number(dt.date(2023, 2, 7)), day_number(dt.date(2011, 1, 3))


def spacing(strikes: np.ndarray, share: float, reference: float) -> float:
    place = int(np.searchsorted(strikes, share * reference))
    return float(strikes[place + 1] - strikes[place])


@pytest.mark.parametrize(
    ("day", "days", "weekly", "share", "step"),
    [
        (MODERN, 30, True, 1.00, 5),
        (MODERN, 30, True, 0.87, 5),
        (MODERN, 30, True, 1.06, 5),
        (MODERN, 30, True, 0.80, 10),
        (MODERN, 30, True, 0.70, 25),
        (MODERN, 100, False, 0.90, 5),
        (MODERN, 200, False, 1.00, 10),
        (MODERN, 200, False, 0.60, 25),
        (MODERN, 500, False, 1.20, 25),
        (MODERN, 500, False, 1.40, 100),
        (OLD, 46, False, 0.95, 5),
        (OLD, 46, False, 0.85, 25),
        (OLD, 165, False, 1.00, 25),
    ],
)
def test_spacings_are_the_modes_of_real_chains(
    day: int, days: int, weekly: bool, share: float, step: float
) -> None:
    """local-engine.md section 3.3; the reference prices make every band long enough."""
    reference = 4164.0 if day == MODERN else 1271.87
    strikes = listed_strikes(reference, day=day, days_to_expiration=days, weekly=weekly)
    assert spacing(strikes, share, reference) == step


def test_strikes_ascend_without_doubles_and_keep_to_the_ranges() -> None:
    for reference in (340.0, 1271.87, 2711.0, 6941.47):
        for day in (OLD, MODERN):
            for days in (0, 7, 45, 90, 200, 400, 1500):
                for weekly in (True, False):
                    strikes = listed_strikes(
                        reference, day=day, days_to_expiration=days, weekly=weekly
                    )
                    assert (np.diff(strikes) > 0).all()
                    assert (strikes % 5 == 0).all()
                    assert strikes[0] > 0
                    assert strikes[-1] < 1.6 * reference
    near = listed_strikes(4164.0, day=MODERN, days_to_expiration=30, weekly=True)
    assert 0.25 < near[0] / 4164.0 < 0.28
    assert 1.28 < near[-1] / 4164.0 < 1.31


def test_a_listing_is_shared_and_cannot_be_changed() -> None:
    first = listed_strikes(2711.0, day=MODERN, days_to_expiration=30, weekly=True)
    assert listed_strikes(2711.0, day=MODERN, days_to_expiration=31, weekly=True) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0
