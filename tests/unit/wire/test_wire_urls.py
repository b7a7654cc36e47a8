from __future__ import annotations

import pytest

from xlmeso.errors import ConfigurationError
from xlmeso.wire.urls import is_loopback, service_origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://portal.example.com", "https://portal.example.com"),
        (" https://Portal.Example.com/ \n", "https://portal.example.com"),
        ("https://portal.example.com:443", "https://portal.example.com"),
        ("https://portal.example.com:8443/", "https://portal.example.com:8443"),
        ("HTTPS://portal.example.com", "https://portal.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.9.9.9:80", "http://127.9.9.9"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_acceptable_addresses_and_their_normal_form(text: str, origin: str) -> None:
    assert service_origin(text) == origin


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("http://portal.example.com", "https"),
        ("http://127.1:8000", "https"),
        ("http://localhost.evil.example", "https"),
        ("http://0.0.0.0:8000", "https"),
        ("portal.example.com", "https://"),
        ("ftp://portal.example.com", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://", "no host"),
        ("https://user:hunter22@portal.example.com", "user name or password"),
        ("http://127.0.0.1@evil.example", "user name or password"),
        ("http://127.0.0.1:80\\@evil.example", "characters"),
        ("https://portal.example.com/api", "path"),
        ("https://portal.example.com?x=1", "query"),
        ("https://portal.example.com?", "query"),
        ("https://portal.example.com/#x", "fragment"),
        ("https://portal.example.com:99999", "not understood"),
        ("https://portal.example.com:x", "not understood"),
        ("https://[::1", "not understood"),
        ("https://portal.exam ple.com", "characters"),
        ("https://portal%2eexample.com", "characters"),
        ("https://portal.example.com\nHost: x", "characters"),
    ],
)
def test_unacceptable_addresses_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        service_origin(text)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.3.2.1", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.com", "10.0.0.1", "localhost.example", "127.1"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
