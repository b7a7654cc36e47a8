"""Expiry of a key: tokens made by an independent library, and texts that are none."""

from __future__ import annotations

import base64
import datetime as dt
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.settings import expires_at

SECRET = "a test secret of at least thirty-two bytes"


@pytest.mark.parametrize("padding", ["", "x", "xx", "xxx"])
def test_the_expiry_of_a_token_is_read_without_its_secret(padding: str) -> None:
    when = dt.datetime(2027, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    token = jwt.encode({"exp": when, "sub": "ü?>" + padding}, SECRET, algorithm="HS256")
    assert expires_at(token) == when


def test_an_expired_token_tells_so_too() -> None:
    token = jwt.encode({"exp": 1_000_000_000}, SECRET, algorithm="HS256")
    assert expires_at(token) == dt.datetime(2001, 9, 9, 1, 46, 40, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "claims",
    [{}, {"exp": None}, {"exp": "2027"}, {"exp": True}, {"exp": 1e300}, {"exp": []}, [], "exp"],
)
def test_a_token_without_a_sensible_expiry_has_none(claims) -> None:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert expires_at(f"e30.{body}.sig") is None


def test_an_expiry_that_is_not_a_number_has_none() -> None:
    body = base64.urlsafe_b64encode(b'{"exp": NaN}').decode().rstrip("=")
    assert expires_at(f"e30.{body}.sig") is None


@pytest.mark.parametrize(
    "key", ["", "plain-key", "a.b", "a.b.c", "a.!!.c", "a..c", "a.é.c", "...."]
)
def test_other_keys_have_no_expiry(key: str) -> None:
    assert expires_at(key) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    expires_at(text)
    expires_at(f"e30.{text}.x")
