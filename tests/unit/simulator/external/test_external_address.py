"""Which addresses may be asked for a CSV: the documented ones and no trick around them."""

from __future__ import annotations

import pytest

from xlmeso.simulator.external.address import (
    ExternalDataError,
    FileName,
    WebAddress,
    parse_address,
    redirected,
)

GIST = "https://gist.githubusercontent.com/me/1/raw/a.csv"
SHEET = WebAddress("docs.google.com", "/spreadsheets/d/e/2PACX/pub?gid=0&output=csv")


@pytest.mark.parametrize(
    ("text", "host", "target"),
    [
        (GIST, "gist.githubusercontent.com", "/me/1/raw/a.csv"),
        (f"  {GIST}  ", "gist.githubusercontent.com", "/me/1/raw/a.csv"),
        ("HTTPS://Gist.GithubUserContent.com:443/a", "gist.githubusercontent.com", "/a"),
        (f"{SHEET.url}#gid=0", SHEET.host, SHEET.target),
    ],
)
def test_documented_hosts(text: str, host: str, target: str) -> None:
    assert parse_address(text) == WebAddress(host, target)


@pytest.mark.parametrize(
    "text",
    [
        "http://gist.githubusercontent.com/a.csv",
        "ftp://gist.githubusercontent.com/a.csv",
        "https://example.com/a.csv",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/a.csv",
        "https://[::1]/a.csv",
        "https://localhost/a.csv",
        "https://gist.githubusercontent.com.evil.example/a.csv",
        "https://evil-gist.githubusercontent.com/a.csv",
        "https://gist.githubusercontent.com./a.csv",
        "https://gist.githubusercontent.com@evil.example/a.csv",
        "https://evil.example#@gist.githubusercontent.com/a.csv",
        "https://evil.example\\@gist.githubusercontent.com/a.csv",
        "https://me:secret@gist.githubusercontent.com/a.csv",
        "https://gist.githubusercontent.com:22/a.csv",
        "https://gist.githubusercontent.com:99999/a.csv",
        "https://gist.githubusercontent.com/a\r\nHost: evil.example",
        "https://gist.githubusercontent.com/a b",
        "https://g\u0456st.githubusercontent.com/a.csv",
        "https:///a.csv",
        "https://doc-0s-64-sheets.googleusercontent.com/a.csv",
        "javascript:alert(1)",
        "data:text/csv,date",
        "",
        "https://docs.google.com/" + "a" * 3000,
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ExternalDataError):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("signal.csv", "signal.csv"),
        ("file:signal.csv", "signal.csv"),
        ("FILE:my%20signal.csv", "my signal.csv"),
        ("file:///data/signal.csv", "/data/signal.csv"),
        ("file:%2e%2e/secret.csv", "../secret.csv"),
    ],
)
def test_files(text: str, name: str) -> None:
    assert parse_address(text) == FileName(name)


@pytest.mark.parametrize(
    ("location", "host", "target"),
    [
        ("/other?x=1", "docs.google.com", "/other?x=1"),
        (
            "https://doc-0s-64-sheets.googleusercontent.com/pub/x?output=csv",
            "doc-0s-64-sheets.googleusercontent.com",
            "/pub/x?output=csv",
        ),
    ],
)
def test_a_published_sheet_may_be_delivered_by_its_own_host(
    location: str, host: str, target: str
) -> None:
    assert redirected(SHEET, SHEET, location) == WebAddress(host, target)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/a.csv",
        "//evil.example/a.csv",
        "http://docs.google.com/a.csv",
        "https://gist.githubusercontent.com/a.csv",
        "https://accounts.google.com/login",
        "https://doc-a-sheets.googleusercontent.com.evil.example/",
        "https://a.googleusercontent.com/",
        "https://169.254.169.254/",
        "file:///etc/passwd",
    ],
)
def test_no_redirect_to_elsewhere(location: str) -> None:
    with pytest.raises(ExternalDataError):
        redirected(SHEET, SHEET, location)


def test_a_gist_is_not_delivered_by_anybody_else() -> None:
    gist = parse_address(GIST)
    assert isinstance(gist, WebAddress)
    with pytest.raises(ExternalDataError, match="that is not followed"):
        redirected(gist, gist, "https://doc-0s-64-sheets.googleusercontent.com/x")
