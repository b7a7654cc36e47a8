"""Signing in: address from arguments or settings, key tried, then stored in the keyring."""

from __future__ import annotations

import datetime as dt
import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import responses

from xlmeso.app.account import sign_in, sign_out
from xlmeso.errors import AuthenticationError, ConfigurationError
from xlmeso.settings import CredentialStore, Profile, ServiceKind, load_settings, resolve_profile

URL = "https://fund.example"


def token(**claims: object) -> str:
    """Write an unsigned web token; 43 marks stand for the signature."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*encoded, "s" * 43])


class MemoryStore(CredentialStore):
    """Keeps keys in memory where the keyring would."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def set(self, profile: Profile, key: str) -> None:
        self.kept[profile.name] = key

    def delete(self, profile: Profile) -> bool:
        return self.kept.pop(profile.name, None) is not None


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XLMESO_HOME": str(tmp_path), "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def never_asked(text: str) -> str:
    raise AssertionError(text)


def test_the_key_is_stored_and_the_profile_becomes_the_default(
    env: dict[str, str], store: MemoryStore
) -> None:
    key = token(exp=1893456000)
    done = sign_in(
        "fund", url=URL, kind="fund", ask=lambda _: f" {key}\n", check=False, env=env, store=store
    )
    assert store.kept == {"fund": key}
    assert done.profile == Profile("fund", URL, ServiceKind.FUND)
    assert done.expires_at == dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert (done.checked, done.is_default) == (False, True)
    assert resolve_profile(None, env) == done.profile


def test_a_second_sign_in_leaves_the_default_alone(env: dict[str, str], store: MemoryStore) -> None:
    sign_in("a", url=URL, ask=lambda _: "key-a", check=False, env=env, store=store)
    done = sign_in("b", url=URL, ask=lambda _: "key-b", check=False, env=env, store=store)
    assert not done.is_default
    assert load_settings(env).default_profile == "a"


def test_the_address_is_kept_for_the_next_time(env: dict[str, str], store: MemoryStore) -> None:
    sign_in("a", url=URL, kind="fund", ask=lambda _: "key-1", check=False, env=env, store=store)
    done = sign_in("a", ask=lambda _: "key-2", check=False, env=env, store=store)
    assert (done.profile.url, done.profile.kind) == (URL, ServiceKind.FUND)
    assert store.kept == {"a": "key-2"}


def test_the_kind_alone_names_the_profile(env: dict[str, str], store: MemoryStore) -> None:
    done = sign_in(
        None, url=URL, kind="fund", ask=lambda _: "key-1", check=False, env=env, store=store
    )
    assert done.profile.name == "fund"


def test_without_an_address_nobody_is_asked_for_a_key(
    env: dict[str, str], store: MemoryStore
) -> None:
    with pytest.raises(ConfigurationError, match="--url"):
        sign_in("cloud", ask=never_asked, env=env, store=store)


def test_the_official_clients_home_file_gives_the_address(
    env: dict[str, str], store: MemoryStore, tmp_path: Path
) -> None:
    text = "MESOSIM_INSTANCE=https://portal.example\nMESOSIM_API_KEY=other-key-123\n"
    (tmp_path / ".env.mesosim").write_text(text, encoding="utf-8")
    done = sign_in("cloud", ask=lambda _: "key-1", check=False, env=env, store=store)
    assert done.profile.url == "https://portal.example"


def test_the_local_service_needs_no_sign_in(env: dict[str, str], store: MemoryStore) -> None:
    with pytest.raises(ConfigurationError, match="no sign-in"):
        sign_in("local", ask=never_asked, env=env, store=store)


@pytest.mark.parametrize("text", ["", "two words", "nicht-schön"])
def test_a_text_that_is_no_key_is_not_stored(
    env: dict[str, str], store: MemoryStore, text: str
) -> None:
    with pytest.raises(ConfigurationError):
        sign_in("a", url=URL, ask=lambda _: text, env=env, store=store)
    assert store.kept == {}


@responses.activate
def test_the_key_is_tried_with_one_list_request(env: dict[str, str], store: MemoryStore) -> None:
    reply = responses.get(f"{URL}/api/v1/backtests", json=[])
    done = sign_in("a", url=URL, ask=lambda _: "key-1", env=env, store=store)
    assert done.checked
    assert reply.call_count == 1
    assert responses.calls[0].request.headers["Authorization"] == "Bearer key-1"


@responses.activate
def test_a_refused_key_is_not_stored_and_not_shown(env: dict[str, str], store: MemoryStore) -> None:
    responses.get(f"{URL}/api/v1/backtests", json={"title": "no"}, status=401)
    with pytest.raises(AuthenticationError) as caught:
        sign_in("a", url=URL, ask=lambda _: "key-secret-1", env=env, store=store)
    assert store.kept == {}
    assert "a" not in load_settings(env).profiles
    assert "key-secret-1" not in str(caught.value)


def test_signing_out_removes_the_key_and_says_whether_there_was_one(
    env: dict[str, str], store: MemoryStore
) -> None:
    sign_in("a", url=URL, ask=lambda _: "key-1", check=False, env=env, store=store)
    profile, removed = sign_out("a", env=env, store=store)
    assert (profile.name, removed, store.kept) == ("a", True, {})
    assert sign_out("a", env=env, store=store)[1] is False
