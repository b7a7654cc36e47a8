"""Profiles: names, addresses in their normal form, and file names that never collide."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import ConfigurationError
from xlmeso.settings.profiles import BUILT_IN, Profile, ServiceKind
from xlmeso.wire.contract import Contract

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)


def test_built_in_profiles_have_no_address_and_local_comes_first() -> None:
    assert [profile.name for profile in BUILT_IN] == ["local", "cloud", "fund"]
    assert [profile.url for profile in BUILT_IN] == [None, None, None]
    assert BUILT_IN[0].kind is ServiceKind.LOCAL


def test_a_profile_keeps_its_address_in_the_normal_form() -> None:
    profile = Profile("fund", " https://Portal.Example.com:443/ ")
    assert profile.url == "https://portal.example.com"
    assert profile.contract is Contract.NEWER


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example.com",
        "https://me:pass@portal.example.com",
        "https://x.example/api",
        "",
    ],
)
def test_an_unsafe_address_is_refused_and_a_password_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Profile("fund", url)
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_plain_http_is_allowed_on_this_machine(url: str) -> None:
    assert Profile("local", url).url is not None


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a b", "..", "x" * 65, "Zürich", "a\n"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Profile(name)
    assert "letters" in (caught.value.cure or "")


@given(NAMES)
def test_a_slug_is_a_safe_file_name_on_every_system(name: str) -> None:
    slug = Profile(name).slug
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*-[0-9a-f]{8}", slug)
    # What comes before the first dot must not be a device of Windows.
    assert f"{slug}.sqlite".split(".")[0].lower() not in {"con", "nul", "aux", "prn", "com1"} or (
        "." in name
    )


def test_slugs_tell_apart_case_and_address() -> None:
    profiles = [
        Profile("Fund"),
        Profile("fund"),
        Profile("fund", "https://a.example"),
        Profile("fund", "https://b.example"),
    ]
    assert len({profile.slug for profile in profiles}) == 4
