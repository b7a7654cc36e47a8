from __future__ import annotations

import json

import pytest

from xlmeso.wire.problem_details import clean_text, parse_problem


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"title": "T.", "detail": "D."}, "D."),
        ({"Title": "Only a title"}, "Only a title"),
        ({"title": "Not Found", "status": 404}, None),
        ({"message": "from a gateway"}, "from a gateway"),
        ({"error": "short"}, "short"),
        ({"error": {"message": "nested", "code": "c"}}, "nested"),
        ({"detail": 5}, None),
        ({}, None),
        ([], None),
        (None, None),
        ("just text", "just text"),
        ({"errors": ["one", "two"]}, "not acceptable: one; two"),
        ({"detail": "D.", "errors": ["one"]}, "D: one"),
        ({"detail": "D:", "errors": {"": ["whole body"]}}, "D: whole body"),
        ({"detail": "D", "errors": {"a": "x", "b": ["", None]}}, "D: a: x"),
        (
            {"detail": "D", "errors": [{"path": "Exit", "message": "bad", "suggestion": "try"}]},
            "D: Exit: bad (try)",
        ),
        ({"detail": "D", "errors": [{"Field": "Exit"}, 7, {}]}, "D: Exit"),
        (
            {"detail": "The parameter start is wrong: no date.", "errors": {"start": "no date"}},
            "The parameter start is wrong: no date.",
        ),
    ],
)
def test_json_bodies(body: object, sentence: str | None) -> None:
    assert parse_problem(json.dumps(body).encode()).sentence == sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", None),
        (b"  \r\n", None),
        (b"upstream connect error", "upstream connect error"),
        (b"<!DOCTYPE html><html><body>502</body></html>", None),
        (b"<?xml version='1.0'?><Error/>", None),
        (b'{"detail": "cut of', '{"detail": "cut of'),
        ("caf\u00e9".encode("latin-1"), "caf\ufffd"),
    ],
)
def test_bodies_that_are_no_json(body: bytes, sentence: str | None) -> None:
    assert parse_problem(body).sentence == sentence


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "limit", "type": "urn:x"}, "limit"),
        ({"type": "urn:mesosim:limit"}, "urn:mesosim:limit"),
        ({"type": "about:blank"}, None),
        ({"type": "https://tools.ietf.org/html/rfc9110#section-15.5.5"}, None),
        ({"error": {"code": "nested"}}, "nested"),
    ],
)
def test_machine_readable_code(body: object, code: str | None) -> None:
    assert parse_problem(json.dumps(body).encode()).code == code


def test_texts_are_made_fit_for_a_terminal() -> None:
    assert clean_text("a\x1b[31mred\x07\r\n b\u2028c") == "a [31mred b c"


def test_long_texts_are_cut_after_redaction() -> None:
    text = clean_text("x" * 600)
    assert len(text) == 500
    assert text.endswith("…")


def test_a_flood_of_errors_is_bounded() -> None:
    problem = parse_problem(json.dumps({"errors": [f"e{i}" for i in range(1000)]}).encode())
    assert len(problem.errors) == 20
