"""Number formats of money: two decimals, or as many as a satoshi needs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

MONEY: Final = "#,##0.00"
COINS: Final = "#,##0.00######"
"""Two decimals and up to six more, for accounts that count in coins."""

COIN_ACCOUNT: Final = 1_000.0
"""An account whose amounts all stay below this counts in coins, or loses nothing by it."""


def money_format(amounts: Iterable[float | Decimal | None]) -> str:
    """Return the number format for a column of money.

    Parameters
    ----------
    amounts
        Amounts of the account; None where nothing is known.
    """
    known = [abs(float(amount)) for amount in amounts if amount is not None]
    largest = max(known, default=COIN_ACCOUNT)
    return COINS if largest < COIN_ACCOUNT else MONEY
