"""The keyring: keys in and out, and what happens where there is none or an unsafe one."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked

from xlmeso.errors import ConfigurationError
from xlmeso.settings import CredentialStore, KeySource, Profile
from xlmeso.settings.credentials import keeps_keys_safe

FUND = Profile("fund", "https://fund.example.com")
LONG = "eyJ" + "x" * 3997


class PlaintextKeyring(KeyringBackend):
    """Stands for keyrings.alt.file.PlaintextKeyring, with a priority that claims too much."""

    priority = 9

    def get_password(self, service, username):
        return "from a plain file"

    def set_password(self, service, username, password):
        pytest.fail("a key went to a plain file")

    def delete_password(self, service, username):
        pytest.fail("a plain file was touched")


class AltKeyring(PlaintextKeyring):
    """Any other backend of keyrings.alt."""


AltKeyring.__module__ = "keyrings.alt.Windows"


class Unable(PlaintextKeyring):
    """A backend that cannot work on this machine says so by raising."""

    @property
    def priority(self):
        raise RuntimeError("no D-Bus")


class Locked(KeyringBackend):
    priority = 5

    def get_password(self, service, username):
        raise KeyringLocked("locked; the last key was " + LONG)

    set_password = delete_password = get_password


class Forgetful(KeyringBackend):
    """Claims to store and does not."""

    priority = 5

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        pass

    def delete_password(self, service, username):
        pass


UNSAFE = [PlaintextKeyring, AltKeyring, null.Keyring, fail.Keyring]


@pytest.mark.parametrize("key", ["short-key", LONG])
def test_a_key_is_stored_found_and_deleted(memory_keyring, key: str) -> None:
    backend = memory_keyring()
    store = CredentialStore(backend)
    assert store.get(FUND) is None
    store.set(FUND, f" {key}\n")
    found = store.get(FUND)
    assert found is not None
    assert found.reveal() == key
    assert found.source is KeySource.KEYRING
    assert store.delete(FUND)
    assert not store.delete(FUND)
    assert store.get(FUND) is None
    assert backend.entries == {}


def test_a_key_belongs_to_the_address_it_was_given_for(memory_keyring) -> None:
    store = CredentialStore(memory_keyring())
    store.set(FUND, "key")
    assert store.get(Profile("fund", "https://elsewhere.example.com")) is None
    assert store.get(Profile("desk", "https://fund.example.com")) is None


def test_the_keyring_that_is_chosen_by_keyring_is_used(memory_keyring, monkeypatch) -> None:
    backend = memory_keyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    CredentialStore().set(FUND, "key")
    assert CredentialStore().get(FUND) is not None
    assert CredentialStore().describe() == backend.name


@pytest.mark.parametrize("backend", UNSAFE)
def test_a_missing_or_unsafe_keyring_is_read_as_empty_and_never_written(backend) -> None:
    store = CredentialStore(backend())
    assert store.get(FUND) is None
    assert store.delete(FUND) is False
    assert store.describe() == "no keyring"
    with pytest.raises(ConfigurationError) as caught:
        store.set(FUND, LONG)
    assert "XLMESO_API_KEY" in (caught.value.cure or "")
    assert LONG not in str(caught.value)


def test_a_backend_that_cannot_say_its_priority_is_not_used() -> None:
    assert not keeps_keys_safe(Unable())


def test_the_null_keyring_of_the_tests_is_what_keyring_chooses_here() -> None:
    assert CredentialStore().get(FUND) is None
    assert CredentialStore().describe() == "no keyring"


def test_a_keyring_that_cannot_be_loaded_is_no_keyring(monkeypatch) -> None:
    def broken() -> KeyringBackend:
        raise ModuleNotFoundError("no module named 'nowhere'")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert CredentialStore().get(FUND) is None
    with pytest.raises(ConfigurationError):
        CredentialStore().set(FUND, "key")


def test_a_chain_of_keyrings_is_searched_for_a_safe_one(memory_keyring) -> None:
    safe = memory_keyring()

    class Chain(chainer.ChainerBackend):
        backends = [PlaintextKeyring(), safe]  # noqa: RUF012

    CredentialStore(Chain()).set(FUND, "key")
    assert safe.entries
    Chain.backends.remove(safe)
    with pytest.raises(ConfigurationError):
        CredentialStore(Chain()).set(FUND, "key")


def test_a_locked_keyring_reads_as_empty_and_refuses_without_repeating_its_message() -> None:
    store = CredentialStore(Locked())
    assert store.get(FUND) is None
    for action in (lambda: store.set(FUND, LONG), lambda: store.delete(FUND)):
        with pytest.raises(ConfigurationError, match="KeyringLocked") as caught:
            action()
        assert LONG not in f"{caught.value!r} {caught.value}"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
        assert caught.value.cure


def test_a_keyring_that_forgets_is_found_out() -> None:
    with pytest.raises(ConfigurationError, match="did not keep"):
        CredentialStore(Forgetful()).set(FUND, "key")


@pytest.mark.parametrize("text", ["", "  ", "two words", "schlüssel", "a\nb", "k" * 16_385])
def test_a_text_that_is_no_key_is_refused_and_not_repeated(memory_keyring, text: str) -> None:
    backend = memory_keyring()
    with pytest.raises(ConfigurationError) as caught:
        CredentialStore(backend).set(FUND, text)
    assert backend.entries == {}
    assert not text.strip() or text.strip() not in str(caught.value)
