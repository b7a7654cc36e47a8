"""Coins need more decimals than money."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xlmeso.sheets.money import COINS, MONEY, money_format
from xlmeso.sheets.number_text import shown


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([Decimal("2.0001"), None, Decimal("1.9")], COINS),
        ([-0.00012345], COINS),
        ([10_000.0, 9_990.5], MONEY),
        ([Decimal(-1000)], MONEY),
        ([None], MONEY),
        ([], MONEY),
    ],
)
def test_accounts_that_count_in_coins_show_satoshis(amounts, expected: str) -> None:
    assert money_format(amounts) == expected


def test_coins_show_at_least_two_decimals_and_no_more_than_needed() -> None:
    assert shown(1.9998, COINS) == "1.9998"
    assert shown(-0.00012345, COINS) == "-0.00012345"
    assert shown(2.0, COINS) == "2.00"
