from __future__ import annotations

from typing import Any

import pytest

from xlmeso.model.expression import is_identifier
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.variables import (
    CATALOGUE,
    Point,
    Vocabulary,
    expiration_of,
    is_built_in,
    leg_of,
    names_at,
)

# Names of reference section 3.2, typed in by hand.
REFERENCE = {
    "expiration_{}_dte", "expiration_{}_min", "expiration_{}_max",
    "leg_{}_price", "leg_{}_bid", "leg_{}_ask", "leg_{}_qty", "leg_{}_strike", "leg_{}_iv",
    "leg_{}_dte", "leg_{}_dit", "leg_{}_pnl",
    "leg_{}_delta", "leg_{}_gamma", "leg_{}_theta", "leg_{}_vega", "leg_{}_wvega", "leg_{}_rho",
    "pos_pnl", "pos_delta", "pos_gamma", "pos_theta", "pos_vega", "pos_wvega", "pos_rho",
    "pos_margin", "open_trades_cnt", "profit_target", "stop_loss",
    "days_in_trade", "minutes_after_open", "minutes_before_close",
    "nav", "initial_cash", "acc_pnl", "acc_delta", "acc_gamma", "acc_theta", "acc_vega",
    "acc_wvega", "acc_rho", "acc_margin", "pos_in_flight",
    "underlying_price", "underlying_today_open", "underlying_prevday_close",
    "underlying_iv", "underlying_hv", "underlying_iv_rank", "underlying_iv_pct",
}  # fmt: skip

DEFINITION: dict[str, Any] = {
    "Structure": {
        "Expirations": [{"Name": "front"}, {"Name": "0dte"}],
        "Legs": [{"Name": "short_put"}, {"Name": "long_put"}],
    },
    "Entry": {"VarDefines": {"credit": "1", "risk": "credit * 2"}},
    "Exit": {"VarDefines": {"days": "1"}},
    "Adjustment": {
        "ConditionalAdjustments": {
            "pos_delta > 1": {
                "AddLegsAdjustment": {
                    "Legs": [{"Name": "hedge"}, {"Name": 5}, 7],
                    "Expirations": [{"Name": "later"}],
                    "VarDefines": {"peak": "0"},
                },
                "MoveLegAdjustment": None,
            },
            "x": 5,
        }
    },
}


@pytest.fixture
def definition() -> StrategyDefinition:
    return StrategyDefinition.from_python(DEFINITION)


def test_catalogue_is_that_of_the_reference() -> None:
    names = [variable.name for variable in CATALOGUE]
    assert set(names) == REFERENCE
    assert len(names) == len(REFERENCE)


def test_every_variable_is_explained() -> None:
    for variable in CATALOGUE:
        assert variable.unit
        assert variable.description.endswith(".")
        assert is_identifier(variable.name.format("0dte"))


# One row per row of the table that ends reference 1.10: point, index, known, unknown.
ROWS = [
    (Point.ENTRY_CONDITIONS, None, "nav acc_delta underlying_iv",
     "expiration_front_dte leg_short_put_delta pos_delta profit_target credit"),
    (Point.EXPIRATION, 0, "nav", "expiration_front_dte expiration_0dte_dte leg_short_put_dte"),
    (Point.EXPIRATION, 1, "expiration_front_dte", "expiration_0dte_dte pos_delta profit_target"),
    (Point.LEG, 0, "expiration_0dte_dte pos_delta", "leg_short_put_delta stop_loss credit"),
    (Point.OWN_LEG, 0, "leg_short_put_delta", "leg_long_put_delta"),
    (Point.LEG, 1, "leg_short_put_strike", "leg_long_put_strike leg_hedge_strike"),
    (Point.CHOSEN, None, "leg_long_put_price pos_theta expiration_front_dte",
     "profit_target credit leg_hedge_price"),
    (Point.AT_ENTRY, 1, "leg_long_put_price credit", "risk profit_target peak"),
    (Point.AT_ENTRY, None, "credit risk", "profit_target stop_loss days"),
    (Point.STOP_LOSS, None, "profit_target risk", "stop_loss peak"),
    (Point.OPEN, None, "profit_target stop_loss credit days peak leg_hedge_dit open_trades_cnt "
     "expiration_later_dte leg_short_put_pnl days_in_trade", "leg_other_pnl unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("point", "index", "known", "unknown"), ROWS)
def test_variables_exist_when_the_reference_says_so(
    definition: StrategyDefinition, point: Point, index: int | None, known: str, unknown: str
) -> None:
    names = names_at(definition, point, index)
    assert [name for name in known.split() if name not in names] == []
    assert [name for name in unknown.split() if name in names] == []


def test_vocabulary_collects_the_names_of_adjustments(definition: StrategyDefinition) -> None:
    vocabulary = Vocabulary(definition)
    assert vocabulary.all_legs == ("short_put", "long_put", "hedge")
    assert vocabulary.all_expirations == ("front", "0dte", "later")
    assert vocabulary.user_variables == {"credit", "risk", "days", "peak"}


def test_names_tell_their_leg_and_expiration() -> None:
    assert leg_of("leg_short_put_wvega") == "short_put"
    assert leg_of("leg_a_price_b") is None
    assert expiration_of("expiration_0dte_dte") == "0dte"
    assert expiration_of("expiration_dte") is None


def test_names_of_the_service_are_taken() -> None:
    for name in ("nav", "abs", "timing", "options", "pos_rho", "leg_any_delta", "expiration_x_min"):
        assert is_built_in(name)
    for name in ("credit", "leg_delta", "my_nav"):
        assert not is_built_in(name)
