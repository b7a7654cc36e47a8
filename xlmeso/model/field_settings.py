"""The fields of section Settings (reference 1.9)."""

from __future__ import annotations

from typing import Final

from xlmeso.model.field_groups import under
from xlmeso.model.field_types import Field, Kind


def _fee(name: str, label: str, example: str, text: str) -> Field:
    return Field((name,), Kind.NUMBER, label, text, example, unit="%")


_DERIBIT: Final = (
    Field((), Kind.OBJECT, "Deribit fees", "Deribit's fee schedule, in percent."),
    _fee("MakerFeePctPerContract", "Maker fee", "0.03", "Maker fee in % per contract."),
    _fee("TakerFeePctPerContract", "Taker fee", "0.03", "Taker fee in % per contract."),
    _fee("MaxFeePctPerContract", "Highest fee", "12.5", "Highest fee in % of the option's price."),
    _fee("DeliveryFeePctPerContract", "Delivery fee", "0.015", "Fee in % at settlement."),
    Field(
        ("WaiveBuySellComboOneSide",), Kind.BOOLEAN, "One side free",
        "Whether a combination that buys and sells pays for one side only.", "true",
    ),
    Field(
        ("WaiveDailyOptionsDeliveryFees",), Kind.BOOLEAN, "Dailies settle free",
        "Whether daily options pay no fee at settlement.", "true",
    ),
)  # fmt: skip

_SIM: Final = (
    Field((), Kind.OBJECT, "Simulation", "Fills, fees and slippage."),
    Field(
        ("FillModel",), Kind.CHOICE, "Fill model",
        "Price of every fill and mark: the middle, or the side that is worse for you.",
        "AtMidPrice", choices=("AtMidPrice", "AtBidAsk"),
    ),
    Field(
        ("SlippageAmt",), Kind.NUMBER, "Slippage",
        "Points per contract and leg, always against you.", "0.05", default="0", unit="points",
    ),
    Field(("Commission",), Kind.OBJECT, "Commission", "Fees per trade."),
    Field(
        ("Commission", "CommissionModel"), Kind.CHOICE, "Commission model",
        "FixedFee for index options, Deribit for crypto.", "FixedFee",
        choices=("FixedFee", "Deribit"),
    ),
    Field(
        ("Commission", "OptionFee"), Kind.NUMBER, "Fee",
        "Money per contract and trade, for FixedFee.", "1.5", unit="money per contract",
    ),
    *under(("Commission", "DeribitCommissionSettings"), _DERIBIT),
    Field(("PositionMonitor",), Kind.OBJECT, "Position monitor", "Recording of risk curves."),
    Field(
        ("PositionMonitor", "TraceCollectionInterval"), Kind.CHOICE, "Trace interval",
        "How often the service records risk curves for its position monitor.", "Off",
        choices=("Off", "Daily", "Hourly"),
    ),
)  # fmt: skip

_MARGIN: Final = (
    Field((), Kind.OBJECT, "Margin", "Margin model; null or None turns it off."),
    Field(
        ("Model",), Kind.CHOICE, "Margin model", "None, RegT, or PMLike (portfolio margin).",
        "RegT", default="None", choices=("None", "RegT", "PMLike"),
    ),
    Field(
        ("HouseMultiplier",), Kind.NUMBER, "House multiplier",
        "Multiplies the margin, for brokers that ask for more.", "1.0", default="1.0",
        unit="times",
    ),
    Field(
        ("RegTMode",), Kind.CHOICE, "Reg-T mode", "How strictly Reg-T is applied.",
        "CBOEPermissive", choices=("CBOEVanilla", "CBOEPermissive"),
    ),
    Field(("PMConfig",), Kind.OBJECT, "Portfolio margin", "Range of the shocks."),
    Field(
        ("PMConfig", "LowerBoundPct"), Kind.NUMBER, "Shock down",
        "Largest fall of the underlying that is tested, in %.", "10", unit="%",
    ),
    Field(
        ("PMConfig", "UpperBoundPct"), Kind.NUMBER, "Shock up",
        "Largest rise of the underlying that is tested, in %.", "10", unit="%",
    ),
)  # fmt: skip

_CORE: Final = (
    Field((), Kind.OBJECT, "Core", "Margin, and which contracts may be used twice."),
    *under(("Margin",), _MARGIN),
    Field(
        ("LegSelectionConstraint",), Kind.CHOICE, "Leg constraint",
        "Whether legs may share a contract: never (FullyUnique), only across positions "
        "(UniqueInPosition), or freely (None).",
        "UniqueInPosition", choices=("FullyUnique", "UniqueInPosition", "None"),
    ),
    Field(
        ("ExpirationSelectionConstraint",), Kind.CHOICE, "Expiration constraint",
        "Whether two expirations of the list may turn out to be the same date: AllowReuse, or "
        "AbortOnReuse, which calls the entry off.",
        "AllowReuse", choices=("AbortOnReuse", "AllowReuse"),
    ),
)  # fmt: skip

SETTINGS: Final = (
    Field(
        ("Settings",), Kind.OBJECT, "Settings",
        "Fills, fees, margin and contract rules; the service's values for what is missing are "
        "not documented.",
    ),
    *under(("Settings", "Sim"), _SIM),
    *under(("Settings", "Core"), _CORE),
)  # fmt: skip
"""Section Settings, flattened."""
