from __future__ import annotations

import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.expression import (
    constant_value,
    is_blank,
    is_identifier,
    names_in,
    scan,
    syntax_error,
)


@pytest.mark.parametrize(
    "text",
    [
        "1", "-1", "pos_delta > 10 -- too much", "-- Step 1\npos_delta > 10",
        "abs(pos_delta / pos_theta) > 1 and not (nav < initial_cash)", "floor(x / 5) * 5 - 5",
        "leg_a_qty ~= 0", "2 ^ 3 // 2 % 2", '"a" .. "b" == "ab"', "--[[ long ]] 5", "a.b",
        "[[x]] == x",
        "timing.trading_days_until(monthly_opex) < 2", "expiration_0dte_dte <= 1", "'é' ~= 'ü'",
    ],
)  # fmt: skip
def test_expressions_of_lua_are_accepted(text: str) -> None:
    assert syntax_error(text) is None


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "the expression is empty"),
        ("  \n ", "the expression is empty"),
        ("-- only a comment", "the expression is empty"),
        ("1 +", "not complete"),
        ("(pos_delta", "')' expected"),
        ("pos_delta)", "should have ended before ')'"),
        ("1) + (2", "should have ended before ')'"),
        ("1, 2", "exactly one expression"),
        ("1;", "exactly one expression"),
        ("1 2", "should have ended before '2'"),
        ("return 1", "'return'"),
        ("x = 1", "write == to compare"),
        ("x != 1", "write ~="),
        ("x <> 1", "write ~="),
        ("x && y", "write and"),
        ("x || y", "write or"),
        ("!x", "write not"),
        ("x AND y", "and"),
        ("x ≥ 1", "greater-than or equal"),
        ("5 − 3", "minus sign"),
        ("“a”", "left double quotation mark"),
        ("5\u00a0+ 3", "no-break space"),
        ('"abc', "unfinished string"),
        ("5 --[[ open", "unfinished long comment"),
        ("\x00", "unexpected symbol"),
        ("x\ud800", "no meaning"),
        ("(" * 40_000 + "1" + ")" * 40_000, "nested too deep"),
        ('"' + "a" * 2_000_000 + '"', "too large"),
    ],
)  # fmt: skip
def test_other_texts_are_explained(text: str, fragment: str) -> None:
    problem = syntax_error(text)
    assert problem is not None
    assert fragment in problem
    assert "\n" not in problem


def test_an_operator_inside_a_string_is_no_habit() -> None:
    problem = syntax_error('"a != b" +')
    assert problem is not None
    assert "operator" not in problem


def test_syntax_can_be_checked_from_several_threads() -> None:
    wrong: list[str] = []

    def check(start: int) -> None:
        for i in range(start, start + 200):
            if syntax_error(f"x{i} > {i}") is not None or syntax_error(f"x{i} > ") is None:
                wrong.append(str(i))

    threads = [threading.Thread(target=check, args=(i * 1000,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1 + 2.5e3 + 0x1F + .5", set()),
        ("pos_delta > 10 -- pos_theta", {"pos_delta"}),
        ("--[[ a ]] b --[==[ c ]] d ]==] + e", {"b", "e"}),
        ('\'a\' .. "b \\" c" .. [[d]] .. e', {"e"}),
        ("a..b", {"a", "b"}),
        ("timing . days_in_trade > x", {"timing.days_in_trade", "x"}),
        ("not (a and b or nil) == true", {"a", "b"}),
        ("abs(x)", {"abs", "x"}),
        ("expiration_0dte_dte", {"expiration_0dte_dte"}),
        ("s:rep(n)", {"s", "n"}),
        ("'it\\'s' == _x", {"_x"}),
        ("", set()),
    ],
)
def test_free_names(text: str, names: set[str]) -> None:
    assert names_in(text) == names


def test_bare_words_of_module_calls_are_told_apart() -> None:
    found = scan(
        "timing.trading_days_until(next_month, first) < 2 and "
        "options.model(position, leg_a_dte, abs(spot) * 2, pnl) > (limit) and position"
    )
    # `abs(spot)` inside takes values again; `position` also stands outside.
    assert found.words == {"next_month", "first", "leg_a_dte", "pnl"}
    assert found.calls == {"timing.trading_days_until", "options.model", "abs"}
    assert {"spot", "limit", "position"} <= found.all


def test_brackets_inside_a_module_call_still_belong_to_it() -> None:
    assert scan("options.model(position, (a + b), pnl)").words == {"position", "a", "b", "pnl"}


identifiers = st.from_regex(r"[a-z][a-z_0-9]{0,8}", fullmatch=True).filter(is_identifier)


@given(st.lists(identifiers, min_size=1, max_size=6))
def test_sum_of_names_uses_exactly_these_names(names: list[str]) -> None:
    text = " + ".join(names)
    assert syntax_error(text) is None
    assert names_in(text) == set(names)


@given(st.text(max_size=40))
def test_no_text_breaks_the_checks(text: str) -> None:
    syntax_error(text)
    names_in(text)
    constant_value(text)


@given(st.text("ab1.\"'[]=-\\\n ()", max_size=30))
def test_names_of_tricky_texts_are_names(text: str) -> None:
    assert all(is_identifier(part) for name in names_in(text) for part in name.split("."))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("-5", -5), (" -0.50 -- half", Decimal("-0.5")), ("5.", 5),
        (".5", Decimal("0.5")), ("1e3", 1000), ("--[[ x ]] 7", 7), ("+5", None), ("- 5", None),
        ("(5)", None), ("0x10", None), ("5 + 1", None), ("x", None), ("", None), ("1e1000", None),
        ("五", None),
    ],
)  # fmt: skip
def test_constant_is_a_plain_number(text: str, value: object) -> None:
    assert constant_value(text) == value


def test_blank_texts_and_identifiers() -> None:
    assert is_blank(" -- x")
    assert not is_blank("x -- y")
    assert is_identifier("_x1")
    assert not any(is_identifier(text) for text in ("", "1x", "a b", "end", "a-b", "é"))


def test_long_texts_are_worked_out_in_linear_time_and_not_kept() -> None:
    text = " + ".join(["pos_delta"] * 8_000)
    assert syntax_error(text) is None
    assert names_in(f"{text} + {text}") == {"pos_delta"}
    assert names_in('"' * 200_001) == set()
    assert names_in("a" + " " * 200_000) == {"a"}


def test_lua_is_loaded_only_for_syntax() -> None:
    code = (
        "import sys, xlmeso.model.strategy, xlmeso.model.analytics, xlmeso.model.validation\n"
        "from xlmeso.model.expression import names_in, constant_value, syntax_error\n"
        "names_in('a + b'); constant_value('5')\n"
        "assert not [name for name in sys.modules if name.startswith('lupa')]\n"
        "syntax_error('1')\n"
        "assert 'lupa.lua54' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
