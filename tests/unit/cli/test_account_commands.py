"""login and logout: the key comes from stdin or a hidden prompt and is never shown."""

from __future__ import annotations

import json

import keyring
import pytest
import responses
from keyring.backend import KeyringBackend

from xlmeso.settings import Profile, load_settings, update_settings

from .conftest import API, URL, Run

KEY = "key-typed-by-a-person-0815"


class MemoryKeyring(KeyringBackend):
    """Keeps passwords in memory."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return backend


def kept(memory: MemoryKeyring) -> str:
    return " ".join(memory.entries.values())


@pytest.fixture
def portal() -> object:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def accepts(portal: responses.RequestsMock) -> None:
    portal.get(f"{API}/backtests", json=[])


@pytest.mark.usefixtures("accepts")
def test_login_reads_the_key_from_stdin_tries_it_and_keeps_it(
    run: Run, memory: MemoryKeyring
) -> None:
    result = run("login", "--profile", "mine", "--url", URL, "--kind", "fund", stdin=f"{KEY}\n")
    assert result.exit_code == 0, result.stderr
    assert KEY in kept(memory)
    assert KEY not in result.output
    assert "mine" in result.stderr
    assert load_settings().default_profile == "mine"


def test_login_without_a_check_asks_no_service(run: Run, memory: MemoryKeyring) -> None:
    result = run(
        "login", "--profile", "mine", "--url", URL, "--no-check", "--json", stdin=f"{KEY}\n"
    )
    told = json.loads(result.stdout)
    assert told == {
        "Profile": "mine", "Url": URL, "Kind": "cloud", "ExpiresAt": None, "Checked": False,
    }  # fmt: skip
    assert KEY in kept(memory)


def test_a_refused_key_is_5_and_not_kept(
    run: Run, memory: MemoryKeyring, portal: responses.RequestsMock
) -> None:
    portal.get(f"{API}/backtests", status=401)
    result = run("login", "--profile", "mine", "--url", URL, "-v", stdin=f"{KEY}\n")
    assert result.exit_code == 5
    assert KEY not in result.output
    assert memory.entries == {}


@pytest.mark.usefixtures("accepts")
def test_on_a_terminal_the_key_is_asked_for_without_showing_it(
    run: Run, memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlmeso.cli.account.somebody_is_there", lambda: True)
    result = run("login", "--profile", "mine", "--url", URL, stdin=f"{KEY}\n")
    assert result.exit_code == 0
    assert KEY not in result.output
    assert KEY in kept(memory)


def test_the_key_is_no_argument(run: Run) -> None:
    assert run("login", "--profile", "mine", "--url", URL, KEY).exit_code == 2


def test_logout_removes_the_key(run: Run, memory: MemoryKeyring) -> None:
    update_settings(lambda settings: settings.with_profile(Profile("mine", URL)))
    run("login", "--profile", "mine", "--no-check", stdin=f"{KEY}\n")
    assert kept(memory)
    first = run("logout", "--profile", "mine")
    assert (first.exit_code, memory.entries) == (0, {})
    assert "was removed" in first.stderr
    assert json.loads(run("logout", "--profile", "mine", "--json").stdout)["Removed"] is False
