"""Expressions of the script engine (reference 3.1): what they may say and what comes out."""

from __future__ import annotations

import math
from typing import Any

import pytest

from xlmeso.model.strategy import Expression
from xlmeso.simulator.script.results import number, truth
from xlmeso.simulator.script.sandbox import Sandbox, Script, ScriptError, shortened

PATH = ("Exit", "Conditions", 0)


def script(text: str, *, seed: int = 0) -> Script:
    return Sandbox(seed=seed).compile(Expression(text, PATH))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 / 2", 3.5),
        ("7 % 4", 3),
        ("2 ^ 10", 1024.0),
        ("-2 ^ 2", -4.0),
        ("3 ~= 4 and not (1 > 2)", True),
        ("nil or 5", 5),
        ("nil and 1", None),
        ("1 <= 1", True),
        ("abs(-2.5)", 2.5),
        ("min(3, 1, 2)", 1),
        ("max(3, 1, 2)", 3),
        ("sqrt(16)", 4.0),
        ("pow(2, 0.5)", math.sqrt(2)),
        ("log(8, 2)", 3.0),
        ("log(1)", 0.0),
        ("ceil(2.1)", 3),
        ("floor(-2.1)", -3),
        ("int(2.9)", 2),
        ("int(-2.9)", -2),
        ("floor(4100 / 5) * 5 - 5", 4095),
        ("1 -- a comment, até o fim", 1),
        ("--[[ inside ]] 2", 2),
        ("  3  ", 3),
        ("(4)", 4),
        ("'a' == \"a\"", True),
    ],
)
def test_expression_gives(text: str, expected: Any) -> None:
    got = script(text)()
    assert got == expected
    assert type(got) is type(expected)


def test_free_names_are_the_arguments_in_alphabetical_order() -> None:
    compiled = script("max(b, a) - abs(c) + a")
    assert compiled.names == ("a", "b", "c")
    assert compiled(1, 5, -2) == 4
    assert script("x == nil")(None) is True


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x + 1", "arithmetic on a nil value ('x')"),
        ("1 % int(0.5)", "attempt to perform 'n%"),
        ("x > 1", "compare number with nil"),
        ("f(1)", "call a nil value ('f')"),
        ("1 // 0", "attempt to divide by zero"),
        ("'a' + 1", "arithmetic on a string value"),
        ("timing.hour", "index a nil value"),
        ("random(1.5, 2)", "whole numbers"),
        ("random(3, 1)", "interval is empty"),
        ("{}", "neither a number nor true or false"),
        ("'text'", "neither a number nor true or false"),
        ("abs", "neither a number nor true or false"),
    ],
)
def test_fault_names_path_cause_and_text(text: str, part: str) -> None:
    compiled = script(text)
    with pytest.raises(ScriptError) as caught:
        compiled(*[None] * len(compiled.names))
    assert caught.value.where == "Exit.Conditions[0]"
    assert part in caught.value.message
    assert caught.value.message.endswith(f"in '{text}'")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "x = 1",
        "return 1",
        "1, 2",
        "1;",
        "1) + (2",
        "1 end, (function() return 2",
        "1 end while true do end return function() return 1",
        "1 --[[ never closed",
        "...",
        "while true do end",
        "goto x",
        "x != 1",
        "\x1bLuaS",
        "(" * 300 + "1" + ")" * 300,
    ],
)
def test_what_is_not_exactly_one_expression_does_not_compile(text: str) -> None:
    with pytest.raises(ScriptError) as caught:
        script(text)
    assert caught.value.where == "Exit.Conditions[0]"


def test_long_texts_are_shortened_in_messages() -> None:
    text = "x + " + " + ".join(["1"] * 500)
    with pytest.raises(ScriptError) as caught:
        script(text)(None)
    assert len(caught.value.message) < 300
    assert shortened("a\n  b") == "a b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        (None, False),
        (0, False),
        (0.0, False),
        (-0.0, False),
        (1, True),
        (-0.5, True),
        (math.nan, False),
        (math.inf, True),
    ],
)
def test_condition_is_true_for_true_and_for_nonzero_numbers(value: Any, expected: bool) -> None:
    assert truth(value) is expected


@pytest.mark.parametrize("value", [None, True, False, math.nan, math.inf, -math.inf])
def test_quantity_must_be_a_finite_number(value: Any) -> None:
    with pytest.raises(ScriptError) as caught:
        number(value, Expression("here", PATH))
    assert "'here'" in caught.value.message


def test_quantity_becomes_a_float() -> None:
    got = number(3, Expression("3", PATH))
    assert (got, type(got)) == (3.0, float)


class TestRandom:
    def test_numbers_are_those_of_splitmix64(self) -> None:
        # Published test vector of SplitMix64, seed 1234567: the first three outputs.
        vector = [6457827717110365317, 3203168211198807973, 9817491932198370423]
        sandbox = Sandbox(seed=1234567)
        compiled = sandbox.compile(Expression("random()", PATH))
        assert [compiled() for _ in vector] == [(value >> 11) * 2.0**-53 for value in vector]

    def test_whole_numbers_cover_the_interval_with_both_ends(self) -> None:
        sandbox = Sandbox(seed=1)
        dice = sandbox.compile(Expression("random(1, 6)", PATH))
        short = sandbox.compile(Expression("random(6)", PATH))
        assert {dice() for _ in range(300)} == set(range(1, 7))
        assert {short() for _ in range(300)} == set(range(1, 7))
        assert all(type(dice()) is int for _ in range(5))
        assert sandbox.compile(Expression("random(45.0, 45)", PATH))() == 45

    def test_mean_is_near_one_half(self) -> None:
        compiled = script("random()", seed=99)
        values = [compiled() for _ in range(4000)]
        assert min(values) >= 0
        assert max(values) < 1
        assert abs(sum(values) / 4000 - 0.5) < 5 * math.sqrt(1 / 12 / 4000)

    def test_each_sandbox_begins_again_from_its_seed(self) -> None:
        first = [script("random()", seed=5)() for _ in range(2)]
        assert first[0] == first[1] != script("random()", seed=6)()

    @pytest.mark.parametrize("seed", [0, -1, 2**63, 2**64 + 5, -(2**70)])
    def test_any_whole_number_is_a_seed(self, seed: int) -> None:
        assert 0 <= script("random()", seed=seed)() < 1

    def test_widest_interval(self) -> None:
        low, high = -(2**62), 2**62 - 1
        assert low <= script(f"random({low}, {high})")() <= high
        with pytest.raises(ScriptError):
            script("random(-9223372036854775807, 9223372036854775807)")()
        assert script("random(0, 9223372036854775807)")() >= 0


def test_uses_of_modules_become_variables_of_their_own() -> None:
    compiled = script("timing.day * 2 + timing.trading_days_until(next_month, first) -- timing.x")
    assert compiled.names == ("_m1", "_m2")
    assert compiled(4, 1.5) == 9.5
    assert [use.name for use in compiled.uses.values()] == [
        "timing.day",
        "timing.trading_days_until",
    ]


def test_variable_of_a_module_does_not_take_the_name_of_another() -> None:
    compiled = script("_m1 + timing.day")
    assert compiled.names == ("__m1", "_m1")
    assert compiled(1, 2) == 3
