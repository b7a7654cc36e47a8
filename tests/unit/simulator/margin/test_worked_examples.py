"""Reg T worked by hand, structure by structure, in the manner of the Cboe margin manual.

The rules are those of the manual's tables (Cboe Rule 10.3, FINRA Rule 4210(f)(2)); each row names
its rule and does the arithmetic beside the numbers.  Numbers are our own, except the two marked
"published", which stand on Cboe's public page of margin requirement examples.  All amounts are
money for a multiplier of 100; "vanilla" is the rule's amount with the long side paid in full,
"permissive" takes off the proceeds of the short sales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from xlmeso.simulator.margin.legs import MarginLeg
from xlmeso.simulator.margin.reg_t import reg_t
from xlmeso.simulator.margin.rules import BROAD_INDEX, EQUITY, RATES, UncoveredRates

MAR, JUN = 1, 2


@dataclass(frozen=True)
class Option:
    qty: float
    kind: str
    strike: float
    price: float
    expires: int = MAR


def C(qty: float, strike: float, price: float, expires: int = MAR) -> Option:
    return Option(qty, "C", strike, price, expires)


def P(qty: float, strike: float, price: float, expires: int = MAR) -> Option:
    return Option(qty, "P", strike, price, expires)


Example = tuple[str, UncoveredRates, float, list[Option], float, float]

EXAMPLES: list[Example] = [
    # Uncovered calls and puts, broad-based index: market value + 15 % of the index less out of the
    # money, at least 10 % of the index (calls) or of the exercise price (puts).
    # 600 + 6450 - 1000
    ("index call out of the money", BROAD_INDEX, 430, [C(-1, 440, 6)], 6050, 5450),
    # 50 + max(6450 - 5000, 4300)
    ("index call at the minimum", BROAD_INDEX, 430, [C(-1, 480, 0.5)], 4350, 4300),
    # 1400 + 6450
    ("index call in the money", BROAD_INDEX, 430, [C(-1, 420, 14)], 7850, 6450),
    # 400 + 6450 - 1000
    ("index put out of the money", BROAD_INDEX, 430, [P(-1, 420, 4)], 5850, 5450),
    # 40 + max(6450 - 5000, 10 % of 38000)
    ("index put at the minimum", BROAD_INDEX, 430, [P(-1, 380, 0.4)], 3840, 3800),
    # 1300 + 6450
    ("index put in the money", BROAD_INDEX, 430, [P(-1, 440, 13)], 7750, 6450),
    # 5 x (600 + 5450)
    ("five index calls", BROAD_INDEX, 430, [C(-5, 440, 6)], 30250, 27250),
    # Equity and narrow-based index: 20 % and 10 %.
    # published: 840 + 2570
    ("equity call in the money", EQUITY, 128.5, [C(-1, 120, 8.4)], 3410, 2570),
    # published: 200 + max(1900 - 1500, 800)
    ("equity put at the minimum", EQUITY, 95, [P(-1, 80, 2)], 1000, 800),
    # 150 + 2000 - 500
    ("equity call out of the money", EQUITY, 100, [C(-1, 105, 1.5)], 1650, 1500),
    # 80 + max(360 - 700, 180)
    ("VIX call at the minimum", RATES["VIX"], 18, [C(-1, 25, 0.8)], 260, 180),
    # 70 + max(3500 - 500, 1700)
    ("gold trust put", RATES["GLD"], 175, [P(-1, 170, 0.7)], 3070, 3000),
    # Long options: 100 % of the premium.
    ("long put", BROAD_INDEX, 430, [P(1, 420, 3.5)], 350, 350),
    ("five long calls", BROAD_INDEX, 430, [C(5, 480, 0.3)], 150, 150),
    ("long straddle", EQUITY, 50, [C(1, 50, 3), P(1, 50, 2)], 500, 500),
    # Short straddles and combinations: greater requirement + market value of the other side.
    # call 300 + 1000, put 200 + 1000: 1300 + 200
    ("short straddle", EQUITY, 50, [C(-1, 50, 3), P(-1, 50, 2)], 1500, 1000),
    # call 1000 + 10000, put 1200 + 10000: 11200 + 1000
    ("short strangle", BROAD_INDEX, 1000, [C(-1, 1050, 10), P(-1, 950, 12)], 12200, 10000),
    # call 1500 + 13000, put 300 + 9000: 14500 + 300
    ("strangle, put at minimum", BROAD_INDEX, 1000, [C(-1, 1020, 15), P(-1, 900, 3)], 14800, 13000),
    # the strangle above the last, and another call of 11000
    ("two calls, one put", BROAD_INDEX, 1000, [C(-2, 1050, 10), P(-1, 950, 12)], 23200, 20000),
    # the two expirations make no difference to a combination: 11200 + 1000
    (
        "strangle over two months",
        BROAD_INDEX,
        1000,
        [C(-1, 1050, 10, JUN), P(-1, 950, 12)],
        12200,
        10000,
    ),
    # calls 1000 + 10000 and 100 + 10000 against a put of 1200 + 10000: with either call the rule
    # forgives the call's 10000, so 11200 + 1000 + 10100
    (
        "which call to pair",
        BROAD_INDEX,
        1000,
        [C(-1, 1050, 10), C(-1, 1200, 1), P(-1, 950, 12)],
        22300,
        20000,
    ),
    # Spreads: the amount by which the long put's aggregate exercise price is below the short put's
    # (calls: above), the long side paid in full.
    # 500 + 120
    ("put credit spread", EQUITY, 62, [P(-1, 60, 3), P(1, 55, 1.2)], 620, 320),
    # 500 + 100
    ("call credit spread", EQUITY, 98, [C(-1, 100, 3), C(1, 105, 1)], 600, 300),
    # 0 + 500
    ("call debit spread", EQUITY, 98, [C(1, 100, 5), C(-1, 105, 3)], 500, 200),
    # 0 + 600
    ("put debit spread", EQUITY, 98, [P(1, 105, 6), P(-1, 100, 3.5)], 600, 250),
    # 10 x (2500 + 200)
    ("ten index put spreads", BROAD_INDEX, 4000, [P(-10, 3800, 9), P(10, 3775, 2)], 27000, 18000),
    # Spreads in time: allowed when the long side expires with or after the short one.
    # 0 + 400
    ("call calendar", EQUITY, 98, [C(-1, 100, 2), C(1, 100, 4, JUN)], 400, 200),
    # 500 + 250
    ("diagonal at a loss", EQUITY, 98, [C(-1, 100, 3), C(1, 105, 2.5, JUN)], 750, 450),
    # 0 + 600
    ("diagonal without", EQUITY, 98, [C(-1, 105, 1), C(1, 100, 6, JUN)], 600, 500),
    # the long side expires first and covers nothing: 400 + 2000, and 200
    ("reversed calendar", EQUITY, 100, [C(1, 100, 2), C(-1, 100, 4, JUN)], 2600, 2200),
    # Ratios: what the long side does not cover is uncovered.
    # 0 + (200 + max(2000 - 1000, 1000)) + 500
    ("ratio spread", EQUITY, 100, [C(1, 100, 5), C(-2, 110, 2)], 1700, 1300),
    # 1000 + 400
    ("backspread", EQUITY, 100, [C(-1, 100, 5), C(2, 110, 2)], 1400, 900),
    # the lesser of the spread (85000) and the uncovered put (1000 + 15000 - 5000), and 5
    ("spread too wide to help", BROAD_INDEX, 1000, [P(-1, 950, 10), P(1, 100, 0.05)], 11005, 10005),
    # Butterflies and condors: net debit when long, the interval when short.
    # 0 + 700 + 100
    ("long call butterfly", EQUITY, 100, [C(1, 95, 7), C(-2, 100, 3.5), C(1, 105, 1)], 800, 100),
    # 500 + 700
    ("short call butterfly", EQUITY, 100, [C(-1, 95, 7), C(2, 100, 3.5), C(-1, 105, 1)], 1200, 400),
    # at 85: 15 - 2 x 10 = -5: 500 + 500 + 100
    (
        "broken-wing put butterfly",
        EQUITY,
        100,
        [P(1, 100, 5), P(-2, 95, 3), P(1, 85, 1)],
        1100,
        500,
    ),
    # 0 + 1200 + 80
    (
        "long condor",
        EQUITY,
        100,
        [C(1, 90, 12), C(-1, 95, 8), C(-1, 105, 2), C(1, 110, 0.8)],
        1280,
        280,
    ),
    # 500 + 800 + 200
    (
        "short condor",
        EQUITY,
        100,
        [C(-1, 90, 12), C(1, 95, 8), C(1, 105, 2), C(-1, 110, 0.8)],
        1500,
        220,
    ),
    # only one side can lose: 500 + 150 + 120
    (
        "short iron butterfly",
        EQUITY,
        100,
        [C(-1, 100, 3.5), P(-1, 100, 3), C(1, 105, 1.5), P(1, 95, 1.2)],
        770,
        120,
    ),
    # 500 + 40 + 50
    (
        "short iron condor",
        EQUITY,
        100,
        [P(-1, 95, 1.2), P(1, 90, 0.5), C(-1, 105, 1.1), C(1, 110, 0.4)],
        590,
        360,
    ),
    # the wider side: 1000 + 20 + 40
    (
        "uneven iron condor",
        EQUITY,
        100,
        [P(-1, 95, 1.2), P(1, 85, 0.2), C(-1, 105, 1.1), C(1, 110, 0.4)],
        1060,
        830,
    ),
    # 0 + 350 + 300
    (
        "long iron butterfly",
        EQUITY,
        100,
        [C(1, 100, 3.5), P(1, 100, 3), C(-1, 105, 1.5), P(-1, 95, 1.2)],
        650,
        380,
    ),
    # over two months: 500 + 100 + 110
    (
        "calendar iron condor",
        EQUITY,
        100,
        [P(-1, 95, 1.2), P(1, 90, 1, JUN), C(-1, 105, 1.1), C(1, 110, 1.1, JUN)],
        710,
        480,
    ),
    # Boxes: net debit when long, the difference of the exercise prices when short.
    # 0 + 700 + 600
    (
        "long box",
        EQUITY,
        100,
        [C(1, 95, 7), C(-1, 105, 1.5), P(1, 105, 6), P(-1, 95, 1.1)],
        1300,
        1040,
    ),
    # 1000 + 150 + 110
    (
        "short box",
        EQUITY,
        100,
        [C(-1, 95, 7), C(1, 105, 1.5), P(-1, 105, 6), P(1, 95, 1.1)],
        1260,
        -40,
    ),
    # Mixed books.
    # put 150 + 1940 - 700, call spread 500 + 80
    (
        "short put and call spread",
        EQUITY,
        97,
        [P(-1, 90, 1.5), C(-1, 100, 2), C(1, 105, 0.8)],
        1970,
        1620,
    ),
    # the long put covers the dearer short one: 500 + 100, and 100 + max(2000 - 1000, 900) uncovered
    (
        "one wing, two short puts",
        EQUITY,
        100,
        [P(-1, 95, 2), P(-1, 90, 1), P(1, 90, 1)],
        1700,
        1400,
    ),
]


def requirement(
    rates: UncoveredRates, spot: float, options: list[Option], *, permissive: bool
) -> float:
    legs = [
        MarginLeg(o.kind == "C", o.strike, o.expires, o.qty, 100, o.price, np.array([o.price]))
        for o in options
    ]
    return reg_t(legs, np.array([float(spot)]), rates, permissive=permissive).item(0)


@pytest.mark.parametrize(
    ("rates", "spot", "options", "vanilla", "permissive"),
    [row[1:] for row in EXAMPLES],
    ids=[row[0] for row in EXAMPLES],
)
def test_worked_example(
    rates: UncoveredRates, spot: float, options: list[Option], vanilla: float, permissive: float
) -> None:
    assert requirement(rates, spot, options, permissive=False) == pytest.approx(vanilla, abs=1e-6)
    got = requirement(rates, spot, options, permissive=True)
    assert got == pytest.approx(max(permissive, 0), abs=1e-6)


def test_there_are_enough_examples() -> None:
    assert len({row[0] for row in EXAMPLES}) == len(EXAMPLES) >= 30


def test_the_market_moves_the_uncovered_side_only() -> None:
    """Marks of today count for short options, the price paid for long ones."""
    short = MarginLeg(True, 440, 1, -1, 100, 6, np.array([6.0, 16.0]))
    long = MarginLeg(False, 400, 1, 1, 100, 2, np.array([2.0, 0.5]))
    got = reg_t([short, long], np.array([430.0, 450.0]), BROAD_INDEX, permissive=True)
    # 600 + 5450 + 200 - 600, then 1600 + 6750 + 200 - 600
    np.testing.assert_allclose(got, [5650, 7950])
