from __future__ import annotations

import datetime as dt
import json
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.model.document import (
    DocumentError,
    JsonNumber,
    canonical,
    dumps,
    from_python,
    get_at,
    loads,
    parse_path,
    path_text,
    to_python,
    walk,
)

digits = st.text("0123456789", min_size=1, max_size=5)
whole = st.one_of(st.just("0"), st.builds(lambda a, b: a + b, st.sampled_from("123456789"), digits))
numbers = st.builds(
    lambda sign, number, fraction, exponent: sign + number + fraction + exponent,
    st.sampled_from(["", "-"]),
    whole,
    st.one_of(st.just(""), digits.map(lambda text: "." + text)),
    st.one_of(
        st.just(""),
        st.builds(
            lambda e, sign, power: e + sign + power,
            st.sampled_from("eE"),
            st.sampled_from(["", "+", "-"]),
            digits,
        ),
    ),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(
    lambda text: json.dumps(text, ensure_ascii=False)
)
scalars = st.one_of(numbers, texts, st.sampled_from(["true", "false", "null"]))


def _object(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{key}:{value}" for key, value in members.items()) + "}"


# Compact JSON text, built as text, so that the expected spelling is the input itself.
compact_json = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ",".join(items) + "]"),
        st.dictionaries(texts, inner, max_size=4).map(_object),
    ),
    max_leaves=15,
)


@given(compact_json)
def test_every_spelling_and_every_order_survives(text: str) -> None:
    assert dumps(loads(text)) == text


@given(compact_json, st.sampled_from([1, 2, 4]))
def test_indented_text_holds_the_same_document(text: str, indent: int) -> None:
    indented = dumps(loads(text), indent=indent)
    assert loads(indented) == loads(text)
    assert dumps(loads(indented)) == text


@given(compact_json)
def test_standard_reader_agrees(text: str) -> None:
    assert repr(to_python(loads(text))) == repr(json.loads(text))


def test_number_literals_of_the_service_survive() -> None:
    text = '{"a":160,"b":"160","c":10000.0000,"d":1E+2,"e":-0,"f":null,"x":{"later":[1.50]}}'
    assert dumps(loads(text)) == text


def test_indented_text_looks_like_a_file_for_people() -> None:
    assert dumps(loads('{"a":[1,{"b":2}],"c":{},"d":[]}'), indent=2) == (
        '{\n  "a": [\n    1,\n    {\n      "b": 2\n    }\n  ],\n  "c": {},\n  "d": []\n}'
    )


@pytest.mark.parametrize("literal", ["01", "1.", ".5", "+1", "1e", "0x1", "NaN", "", " 1", "1\n"])
def test_number_refuses_what_json_has_not(literal: str) -> None:
    with pytest.raises(ValueError, match="is not a JSON number"):
        JsonNumber(literal)


def test_number_refuses_digits_of_other_scripts() -> None:
    with pytest.raises(ValueError, match="is not a JSON number"):
        JsonNumber("١٢")


def test_numbers_are_equal_only_in_the_same_spelling_but_have_values() -> None:
    assert JsonNumber("1.0") != JsonNumber("1")
    assert JsonNumber("10000.0000").decimal == Decimal(10000)
    assert float(JsonNumber("1e2")) == 100.0
    assert str(JsonNumber("1e2")) == "1e2"
    assert JsonNumber("-12").is_integer
    assert not JsonNumber("12.0").is_integer


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1,]", "not JSON"),
        ("NaN", "NaN is not a JSON number"),
        ('{"a":-Infinity}', "-Infinity is not a JSON number"),
        ('{"a":1,"b":2,"a":3}', "the key 'a' stands twice"),
        ('{"x":{"a":1,"a":1}}', "the key 'a' stands twice"),
        ("[" * 65 + "]" * 65, "nested deeper than 64 levels"),
        ('{"a":' * 65 + "1" + "}" * 65, "nested deeper than 64 levels"),
        (b'"\xff"', "not UTF-8 (byte 1)"),
        ("\ufeff1", "not JSON"),
    ],
)
def test_reader_refuses(text: str | bytes, fragment: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loads(text)
    assert fragment in str(caught.value)


def test_reader_takes_64_levels_and_a_byte_order_mark() -> None:
    text = "[" * 64 + "]" * 64
    assert dumps(loads(text)) == text
    assert loads(b"\xef\xbb\xbf[1]") == [JsonNumber("1")]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', '"\\"[" ['])
def test_deep_nesting_of_100_000_levels_is_refused_at_once(opening: str) -> None:
    with pytest.raises(DocumentError):
        loads(opening * 100_000)


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 500_000, '"' + '\\"' * 500_000 + "\\", '"' * 999_999]
)
def test_unfinished_strings_cost_no_quadratic_time(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(DocumentError):
        loads(text)
    assert time.perf_counter() - begin < 5


def test_brackets_inside_strings_do_not_count_as_levels() -> None:
    text = '["' + "[{" * 500 + '\\"[["]'
    assert dumps(loads(text)) == text


def test_size_is_counted_in_bytes() -> None:
    assert loads('"' + "é" * 10 + '"', max_bytes=22) == "é" * 10
    with pytest.raises(DocumentError, match="has 24 bytes; at most 22"):
        loads('"' + "é" * 11 + '"', max_bytes=22)
    with pytest.raises(DocumentError, match="at most 2,097,152"):
        loads(b" " * (2 * 1024 * 1024 + 1))


def test_half_of_a_surrogate_pair_is_written_so_that_utf_8_can_hold_it() -> None:
    text = '{"\\udc00":["\\ud800é"]}'
    written = dumps(loads(text))
    assert written.encode("utf-8").decode("utf-8") == text


def test_canonical_ignores_key_order_and_white_space_only() -> None:
    first = loads('{"b": [1, 2], "a": {"d": 1.0, "c": null}}')
    assert canonical(first) == '{"a":{"c":null,"d":1.0},"b":[1,2]}'
    assert canonical(loads('{"a":{"c":null,"d":1.0},"b":[1,2]}')) == canonical(first)
    for other in (
        '{"a":{"c":null,"d":1},"b":[1,2]}',
        '{"a":{"c":null,"d":1.0},"b":[2,1]}',
        '{"a":{"d":1.0},"b":[1,2]}',
    ):
        assert canonical(loads(other)) != canonical(first)


plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(plain)
@settings(max_examples=60)
def test_python_data_comes_back(value: object) -> None:
    assert to_python(from_python(value)) == value


def test_python_data_without_a_form_in_json_is_refused() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN"), dt.date(2021, 1, 4), {1: 2}, b"x"):
        with pytest.raises(DocumentError):
            from_python([value])


def test_python_data_nested_too_deep_is_refused_and_not_a_crash() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(DocumentError, match="nested deeper than 64 levels"):
        from_python(value)


def test_python_data_is_copied_and_tuples_become_lists() -> None:
    source = {"a": [1, Decimal("2.50"), (3,)]}
    document = from_python(source)
    source["a"].append(4)
    assert dumps(document) == '{"a":[1,2.50,[3]]}'


def test_endless_digits_become_a_float_and_not_an_error() -> None:
    assert to_python(JsonNumber("1" * 5000)) == float("inf")


def test_writer_refuses_plain_python_numbers() -> None:
    with pytest.raises(TypeError, match="int in a document"):
        dumps({"a": 1})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (
            ("Structure", "Legs", 0, "StrikeSelector", "Delta"),
            "Structure.Legs[0].StrikeSelector.Delta",
        ),
        (
            ("Adjustment", "ConditionalAdjustments", 'pos_delta > "1"'),
            'Adjustment.ConditionalAdjustments["pos_delta > \\"1\\""]',
        ),
        ((0, 1, "a"), "[0][1].a"),
        (("",), '[""]'),
        (("a b",), '["a b"]'),
    ],
)
def test_path_is_written_as_messages_write_it(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text
    assert parse_path(text) == path


@given(st.lists(st.one_of(st.text(max_size=6), st.integers(0, 999)), max_size=6).map(tuple))
def test_path_comes_back_from_its_text(path: tuple[str | int, ...]) -> None:
    assert parse_path(path_text(path)) == path


@pytest.mark.parametrize(
    "text", [".", "a.", "a..b", "a[", "a[x]", "a[-1]", 'a["x]', "a b", 'a["\\x"]', "[1"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_path(text)


def test_value_at_a_path_or_the_default() -> None:
    document = loads('{"a":[{"b":1},null],"0":2}')
    assert get_at(document, ("a", 0, "b")) == JsonNumber("1")
    assert get_at(document, ("a", 1), "default") is None
    assert get_at(document, ()) is document
    for path in (("a", 2), ("a", -1), ("a", "0"), ("b",), ("a", 0, "b", "c"), (0,)):
        assert get_at(document, path, "default") == "default"


def test_walk_gives_parents_first_in_document_order() -> None:
    document = loads('{"b":[1,{"c":2}],"a":3}')
    assert [path for path, _ in walk(document)] == [
        (), ("b",), ("b", 0), ("b", 1), ("b", 1, "c"), ("a",),
    ]  # fmt: skip
