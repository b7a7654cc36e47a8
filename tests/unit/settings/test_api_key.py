"""The order in which a key is looked for, to whom it is given, and that it is never shown."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from pathlib import Path

import pytest

from xlmeso.errors import ConfigurationError, NoCredentialsError
from xlmeso.settings import ApiKey, CredentialStore, KeySource, Profile, find_api_key

FUND = Profile("fund", "https://fund.example.com")
SECRET = "sk-0123456789-abcdef"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}


@pytest.fixture
def store(memory_keyring) -> CredentialStore:
    return CredentialStore(memory_keyring())


def put_home_file(env: dict[str, str], instance: str) -> None:
    Path(env["HOME"], ".env.mesosim").write_text(
        f"MESOSIM_INSTANCE={instance}\nMESOSIM_API_KEY=home-key\n", encoding="utf-8"
    )


def nobody(text: str) -> str:
    pytest.fail("nobody should have been asked")


def test_the_order_of_the_sources(env, store) -> None:
    def found(prompt) -> tuple[str, KeySource]:
        key = find_api_key(FUND, env=env, store=store, prompt=prompt)
        return key.reveal(), key.source

    assert found(lambda text: " typed-key ") == ("typed-key", KeySource.PROMPT)
    put_home_file(env, FUND.url)
    assert found(nobody) == ("home-key", KeySource.HOME_FILE)
    store.set(FUND, "ring-key")
    assert found(nobody) == ("ring-key", KeySource.KEYRING)
    env["XLMESO_API_KEY"] = " env-key "
    assert found(nobody) == ("env-key", KeySource.ENVIRONMENT)


def test_the_person_is_told_which_key_is_asked_for(env, store) -> None:
    asked: list[str] = []
    find_api_key(FUND, env=env, store=store, prompt=lambda text: asked.append(text) or "key")
    assert asked == ["API key for fund (https://fund.example.com)"]


@pytest.mark.parametrize("prompt", [None, lambda text: "", lambda text: "  "])
def test_without_any_key_the_error_says_what_to_do(env, store, prompt) -> None:
    with pytest.raises(NoCredentialsError) as caught:
        find_api_key(FUND, env=env, store=store, prompt=prompt)
    assert caught.value.where == FUND.url
    assert "xlmeso login --profile fund" in (caught.value.cure or "")
    assert "XLMESO_API_KEY" in (caught.value.cure or "")


def test_without_a_store_the_systems_keyring_is_asked(env) -> None:
    with pytest.raises(NoCredentialsError):
        find_api_key(FUND, env=env)


def test_the_home_files_key_goes_to_its_own_service_only(env, store) -> None:
    put_home_file(env, "https://other.example.com")
    with pytest.raises(NoCredentialsError):
        find_api_key(FUND, env=env, store=store)
    put_home_file(env, "https://FUND.example.com:443/")
    assert find_api_key(FUND, env=env, store=store).source is KeySource.HOME_FILE
    with pytest.raises(NoCredentialsError):
        find_api_key(Profile("local"), env=env, store=store)


def test_the_environments_key_goes_to_the_environments_service_only(env, store) -> None:
    env |= {"XLMESO_API_KEY": "env-key", "XLMESO_URL": "https://other.example.com"}
    with pytest.raises(NoCredentialsError):
        find_api_key(FUND, env=env, store=store)
    other = Profile("environment", "https://other.example.com")
    assert find_api_key(other, env=env, store=store).reveal() == "env-key"
    assert find_api_key(FUND, env={"XLMESO_API_KEY": "k"}, store=store).reveal() == "k"


@pytest.mark.parametrize("text", ["two words", "schlüssel-0123", "a\x00b", "k" * 16_385])
def test_what_cannot_be_a_key_is_refused_by_source_and_not_repeated(env, store, text) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_api_key(FUND, env={"XLMESO_API_KEY": text}, store=store)
    assert caught.value.where == "XLMESO_API_KEY"
    with pytest.raises(ConfigurationError) as asked:
        find_api_key(FUND, env=env, store=store, prompt=lambda _: text)
    assert text not in str(caught.value) + str(asked.value)


def test_a_key_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    key = ApiKey(SECRET, KeySource.PROMPT)
    shown = [repr(key), str(key), f"{key}", f"{key:>30}", f"{key!r}", "%s %r" % (key, key)]  # noqa: UP031
    shown += [repr([key]), repr({"key": key}), str(getattr(key, "__dict__", ""))]
    logging.getLogger("test").warning("using %s", key)
    shown += traceback.format_exception(RuntimeError("failed", key))
    assert all(SECRET not in text for text in [*shown, caplog.text])
    assert key.reveal() == SECRET
    assert "PROMPT" in repr(key)


def test_a_key_cannot_leave_the_process_by_pickle_or_copy() -> None:
    key = ApiKey(SECRET, KeySource.PROMPT)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(key)
