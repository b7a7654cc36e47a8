"""Uses of the modules timing and options in a text (reference sections 3.3 and 3.4)."""

from __future__ import annotations

import pytest

from xlmeso.model.modules import ARGUMENTS, module_uses
from xlmeso.model.variables import OPTIONS_FUNCTIONS, TIMING_FUNCTIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pos_delta > 1", []),
        ("timing.year > 1", [("timing.year", None)]),
        ("timing . year", [("timing.year", None)]),
        ("timing.trading_days_until(next_month, first) <= 1",
         [("timing.trading_days_until", ("next_month", "first"))]),
        ("timing.trading_days_in( this_month )", [("timing.trading_days_in", ("this_month",))]),
        ("timing.trading_days_until()", [("timing.trading_days_until", ())]),
        ("options.model(position, max(1, leg_a_dte), (s + 1) * 2, pnl) + timing.day",
         [("options.model", ("position", "max(1, leg_a_dte)", "(s + 1) * 2", "pnl")),
          ("timing.day", None)]),
        # Nested calls stand inside the arguments of the outer one.
        ("options.model(position, timing.calendar_days_until(next_week), 1, pnl)",
         [("options.model", ("position", "timing.calendar_days_until(next_week)", "1", "pnl"))]),
        ("'timing.year' == 1 -- timing.month", []),
        ("timing.days_in_trade -- a comment, (with brackets", [("timing.days_in_trade", None)]),
        ("options.model(position, {1, 2}, '(', pnl)",
         [("options.model", ("position", "{1, 2}", "'('", "pnl"))]),
        ("timing.zone + timing.year(1) + timing.trading_days_until", []),
        ("options.model(position, 1", [("options.model", ("position",))]),
    ],
)  # fmt: skip
def test_module_uses(text: str, expected: list[tuple[str, tuple[str, ...] | None]]) -> None:
    assert [(use.name, use.arguments) for use in module_uses(text)] == expected


def test_places_cut_the_use_out_of_the_text() -> None:
    text = "1 + timing.trading_days_until (next_month, first) * 2"
    (use,) = module_uses(text)
    assert text[: use.start] + "x" + text[use.stop :] == "1 + x * 2"


def test_every_function_has_its_number_of_arguments() -> None:
    assert set(ARGUMENTS) == {*TIMING_FUNCTIONS, *OPTIONS_FUNCTIONS}
