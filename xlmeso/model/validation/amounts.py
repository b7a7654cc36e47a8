"""Single amounts that cannot be meant so: negative fees, no cash, half a position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xlmeso.model.document import JsonPath
from xlmeso.model.expression import constant_value
from xlmeso.model.problems import Problem, Severity
from xlmeso.model.strategy import StrategyDefinition

_SIM: Final = ("Settings", "Sim")
_FEES: Final = (*_SIM, "Commission", "DeribitCommissionSettings")
_MARGIN: Final = ("Settings", "Core", "Margin")


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a constant at a place must be; expressions are left alone."""

    path: JsonPath
    least: int
    excluded: bool = False
    whole: bool = False
    most: int | None = None
    severity: Severity = Severity.ERROR
    advice: str = ""

    def broken_by(self, value: Decimal) -> str | None:
        if value < self.least or (self.excluded and value == self.least):
            return f"must be {'more than' if self.excluded else 'at least'} {self.least}"
        if self.most is not None and value > self.most:
            return f"must be at most {self.most}"
        if self.whole and value != value.to_integral_value():
            return "must be a whole number"
        return None


_POSITIVE_STOP: Final = (
    "Write the loss as a positive amount; the service's reading of others is not documented."
)

_BOUNDS: Final = (
    _Bound(("Backtest", "Cash"), 0, excluded=True, advice="Give the planned capital."),
    _Bound(("Entry", "ReentryDays"), 0),
    _Bound(("Entry", "QtyMultiplier"), 0, excluded=True),
    _Bound(("Entry", "Concurrency", "MaxPositionsInFlight"), 1, whole=True),
    _Bound(
        ("Entry", "Concurrency", "MaxPositionsInFlight"),
        0,
        most=10,
        severity=Severity.WARNING,
        advice="The service's retail plan allows 10.",
    ),
    _Bound(("Entry", "Concurrency", "EntryShiftDays"), 0),
    _Bound(("Adjustment", "MaxAdjustmentCount"), 0, whole=True),
    _Bound(("Exit", "MaxDaysInTrade"), 0),
    _Bound(
        ("Exit", "ProfitTarget"),
        0,
        excluded=True,
        severity=Severity.WARNING,
        advice="The position would be closed at once; leave it out for no target.",
    ),
    _Bound(
        ("Exit", "StopLoss"),
        0,
        excluded=True,
        severity=Severity.WARNING,
        advice=_POSITIVE_STOP,
    ),
    _Bound((*_SIM, "SlippageAmt"), 0, advice="Slippage is always against you."),
    _Bound((*_SIM, "Commission", "OptionFee"), 0),
    _Bound((*_FEES, "MakerFeePctPerContract"), 0),
    _Bound((*_FEES, "TakerFeePctPerContract"), 0),
    _Bound((*_FEES, "MaxFeePctPerContract"), 0),
    _Bound((*_FEES, "DeliveryFeePctPerContract"), 0),
    _Bound((*_MARGIN, "HouseMultiplier"), 0, excluded=True),
    _Bound((*_MARGIN, "PMConfig", "LowerBoundPct"), 0, excluded=True, most=100),
    _Bound((*_MARGIN, "PMConfig", "UpperBoundPct"), 0, excluded=True),
)


def check_amounts(definition: StrategyDefinition) -> Iterator[Problem]:
    """Compare every constant of the table with its bounds."""
    for bound in _BOUNDS:
        value = constant_at(definition, bound.path)
        rule = bound.broken_by(value) if value is not None else None
        if rule is not None:
            message = f"{bound.path[-1]} is {value}; it {rule}."
            yield Problem(bound.severity, bound.path, message, bound.advice)


def constant_at(definition: StrategyDefinition, path: JsonPath) -> Decimal | None:
    """Return the plain number at a path; None for expressions, other values and nothing."""
    expression = definition.expression_at(path)
    return constant_value(expression.text) if expression else None
