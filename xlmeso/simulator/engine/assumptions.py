"""Where the reference is silent: each choice once, by name, so that it can be found and changed.

Choices that are a step of an algorithm rather than a value are marked "Assumption" at that step.
"""

from __future__ import annotations

from typing import Final

DEFAULT_FILL_MODEL: Final = "AtMidPrice"
"""Assumption: an absent Settings.Sim.FillModel means the default of the portal's preferences."""

DEFAULT_OPTION_FEE: Final = 0.0
"""Assumption: an absent or null OptionFee charges nothing (the templates all write 1.5)."""

DEFAULT_LEG_SELECTION_CONSTRAINT: Final = "FullyUnique"
"""Assumption: the default of the version 2 documentation still holds where the field is absent."""

DEFAULT_EXPIRATION_SELECTION_CONSTRAINT: Final = "AllowReuse"
"""Assumption: two aliases may share an expiration unless the definition forbids it."""

SETTLEMENT_FEE_PER_CONTRACT: Final = 0.0
"""Assumption: FixedFee is charged on trades only, so settlement costs nothing."""

DEFAULT_TRADE_FEE_PCT: Final = 0.03
DEFAULT_MAX_FEE_PCT: Final = 12.5
DEFAULT_DELIVERY_FEE_PCT: Final = 0.015
"""Assumption: absent Deribit fees are those of the documentation (March 2023), percent."""

DEFAULT_REG_T_MODE: Final = "CBOEPermissive"
"""Assumption: an absent RegTMode means the mode of the documentation's examples."""

DEFAULT_PM_BOUND_PCT: Final = 10.0
"""Assumption: an absent bound of PMConfig is the one of the documentation's example."""

WHOLE_DIGITS: Final = 9
"""Decimals to which a quantity must be whole: forgives the noise of floating point only."""

MAX_CONTRACTS: Final = 10**9
"""Largest quantity of a leg: beyond it money loses its cents."""

MAX_CASH: Final = 1e15
"""Largest starting cash, for the same reason."""

NEAREST_DIGITS: Final = 9
"""Decimals to which distances are compared, so that equal ones tie in spite of rounding noise."""

RANGE_TOLERANCE: Final = 1e-9
"""Slack of Min and Max, in the selector's unit, for the same reason."""

SHORTEST_DTE_DAYS: Final = 5 / 1440
"""Assumption: wvega's sqrt(30 / dte) is taken with at least one bar to expiration."""

BLOCK_SESSIONS: Final = 10
"""Sessions of marks fetched at a time."""

MAX_MISSING_SESSIONS: Final = 3
"""Assumption: a position is liquidated after so many sessions without a quote of one of its legs
(the reference says several missing days)."""

MONEY_DIGITS: Final = 8
"""Decimals of money that are kept, a satoshi of a coin; below is noise of floating point."""

MONEY_TOLERANCE: Final = 1e-6
"""Slack of ProfitTarget and StopLoss in money, so that a target is met at its exact amount."""

DEFAULT_ROOT_PRIORITY: Final = {
    "SPX": ("SPXW", "SPX"),
    "RUT": ("RUTW", "RUT"),
    **{f"{coin}USD": tuple(coin + kind for kind in "DWMQ") for coin in ("BTC", "ETH", "SOL")},
}
"""Order of roots on the same date when Include is empty; the rest follow alphabetically.

SPX and the coins are documented (reference section 1.3); Assumption: RUT goes the same way.
"""
