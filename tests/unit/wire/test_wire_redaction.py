from __future__ import annotations

import copy
import logging
import pickle

import pytest

from xlmeso.wire.redaction import (
    MaskedText,
    RedactingFilter,
    Secret,
    protect_logging,
    redact,
    register,
)

KEY = "k3y-of-the-redaction-tests/+x"


def test_secret_shows_itself_nowhere_but_to_reveal() -> None:
    secret = Secret(KEY)
    shown = f"{secret} {secret!r} {secret!s} {secret:>10} {[secret]} {{'key': {secret!r}}}"
    assert KEY not in shown
    assert secret.reveal() == KEY


def test_secret_cannot_be_pickled_or_copied() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError, match="cannot be pickled"):
        copy.deepcopy(Secret(KEY))


def test_secrets_compare_by_text_and_are_false_when_empty() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("another-key")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1
    assert not Secret("")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"before {KEY} after {KEY}", "before *** after ***"),
        ("?key=k3y-of-the-redaction-tests%2F%2Bx", "?key=***"),
        ("Authorization: Bearer abcdef.12345", "Authorization: Bearer ***"),
        ("authorization: bearer  abcdefghijkl", "authorization: bearer ***"),
        ("bearer%20abcdefghijkl", "bearer ***"),
        ("the bearer token expired", "the bearer token expired"),
        ("token eyJhbGciOi.eyJzdWIiOiJ.c2lnbmF0dXJl ends", "token *** ends"),
        ("http://user:pass@proxy:3128/x", "http://***@proxy:3128/x"),
        ("the bearer of news", "the bearer of news"),
        ("mail a@b.example", "mail a@b.example"),
    ],
)
def test_redact_removes_registered_and_typical_secrets(text: str, expected: str) -> None:
    register(KEY)
    assert redact(text) == expected


def test_a_longer_secret_that_contains_a_shorter_one_goes_as_a_whole() -> None:
    register("inner-secret")
    register("outer-inner-secret-rest")
    assert redact("<outer-inner-secret-rest>") == "<***>"


def test_texts_too_short_to_be_secrets_are_not_registered() -> None:
    register("1")
    register("")
    assert redact("leg 1 of 1") == "leg 1 of 1"


def test_masked_text_hides_in_repr_only() -> None:
    header = MaskedText(f"Bearer {KEY}")
    assert header == f"Bearer {KEY}"
    assert KEY not in repr({"Authorization": header})


def test_filter_redacts_message_arguments_and_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    register(KEY)
    logger = logging.getLogger("xlmeso.tests.redaction")
    logger.addFilter(RedactingFilter())
    with caplog.at_level(logging.DEBUG):
        try:
            int(KEY)
        except ValueError:
            logger.exception("sent %s with %d", KEY, 3)
    assert KEY not in caplog.text
    assert "sent *** with 3" in caplog.text
    assert "ValueError: invalid literal for int() with base 10: '***'" in caplog.text


def test_protect_logging_reaches_handlers_and_is_repeatable() -> None:
    register(KEY)
    shown: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(record.getMessage())

    parent = logging.getLogger("xlmeso.tests.protected")
    parent.addHandler(Collect())
    parent.propagate = False
    protect_logging(parent)
    protect_logging(parent)
    logging.getLogger("xlmeso.tests.protected.child").warning("key %s", KEY)
    assert shown == ["key ***"]
    assert sum(isinstance(item, RedactingFilter) for item in parent.filters) == 1


def test_protect_logging_takes_the_root_by_default() -> None:
    root = logging.getLogger()
    places = [root, *root.handlers]
    before = [list(place.filters) for place in places]
    try:
        protect_logging()
        assert all(
            any(isinstance(item, RedactingFilter) for item in place.filters) for place in places
        )
    finally:
        for place, filters in zip(places, before, strict=True):
            place.filters = filters
