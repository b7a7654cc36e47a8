"""The API key: where it comes from, in which order, and that it is never shown."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from xlmeso.errors import ConfigurationError, NoCredentialsError
from xlmeso.settings.home_file import read_home_file
from xlmeso.settings.profiles import Profile
from xlmeso.settings.resolve import environment_profile
from xlmeso.wire.redaction import Secret

if TYPE_CHECKING:
    from xlmeso.settings.credentials import CredentialStore

KEY_VARIABLE: Final = "XLMESO_API_KEY"
LONGEST_KEY: Final = 16_384
"""Characters; longer than any header that a server takes."""

Prompt = Callable[[str], str]
"""Asks a person, given the text to show; must not echo what is typed."""


class KeySource(enum.StrEnum):
    """Where a key was found."""

    ENVIRONMENT = "environment variable XLMESO_API_KEY"
    KEYRING = "keyring"
    HOME_FILE = "home file .env.mesosim"
    PROMPT = "prompt"


class ApiKey(Secret):
    """A key and where it was found; ``reveal()`` alone gives its text."""

    __slots__ = ("source",)

    def __init__(self, text: str, source: KeySource) -> None:
        super().__init__(text)
        self.source = source

    def __repr__(self) -> str:
        return f"ApiKey(***, source={self.source.name})"


def find_api_key(
    profile: Profile,
    *,
    env: Mapping[str, str] = os.environ,
    store: CredentialStore | None = None,
    prompt: Prompt | None = None,
) -> ApiKey:
    """Find the key for a profile's service.

    The first of these that has one: XLMESO_API_KEY; the keyring; the official client's home file,
    if it names the same service; ``prompt``.  When XLMESO_URL is set, XLMESO_API_KEY is the key of
    that service and is handed to no other.

    Parameters
    ----------
    profile
        The service.
    env
        Environment variables.
    store
        The keyring; None: the one of the operating system.
    prompt
        Asks a person; None where nobody can answer.

    Raises
    ------
    NoCredentialsError
        No key was found.
    ConfigurationError
        What was found cannot be a key.
    """
    key = _from_environment(profile, env) or _from_keyring(profile, store)
    key = key or _from_home_file(profile, env) or _from_prompt(profile, prompt)
    if key is None:
        raise NoCredentialsError(
            f"no API key for the profile {profile.name!r}",
            where=profile.url,
            cure=f"Sign in with 'xlmeso login --profile {profile.name}', or set {KEY_VARIABLE}.",
        )
    return key


def check_key(text: str, where: str) -> str:
    """Return the text of a key without blanks around it.

    Raises
    ------
    ConfigurationError
        Empty, too long, or with characters that cannot stand in an HTTP header.  The message
        names ``where`` the text came from and does not repeat it.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_KEY or not all("!" <= mark <= "~" for mark in text):
        raise ConfigurationError(
            "this cannot be an API key: it is empty, too long, or holds blanks or foreign letters",
            where=where,
            cure="Copy the key again from the API Keys page of the portal, in one piece.",
        )
    return text


def _from_environment(profile: Profile, env: Mapping[str, str]) -> ApiKey | None:
    text = env.get(KEY_VARIABLE, "")
    if not text.strip():
        return None
    owner = environment_profile(env)
    if owner is not None and owner.url != profile.url:
        return None
    return ApiKey(check_key(text, KEY_VARIABLE), KeySource.ENVIRONMENT)


def _from_keyring(profile: Profile, store: CredentialStore | None) -> ApiKey | None:
    if store is None:
        from xlmeso.settings.credentials import CredentialStore

        store = CredentialStore()
    return store.get(profile)


def _from_home_file(profile: Profile, env: Mapping[str, str]) -> ApiKey | None:
    home = read_home_file(env)
    if home is None or home.instance != profile.url:
        return None
    return ApiKey(check_key(home.key.reveal(), KeySource.HOME_FILE), KeySource.HOME_FILE)


def _from_prompt(profile: Profile, prompt: Prompt | None) -> ApiKey | None:
    if prompt is None:
        return None
    text = prompt(f"API key for {profile.name} ({profile.url or 'local service'})")
    if not text.strip():
        return None
    return ApiKey(check_key(text, KeySource.PROMPT), KeySource.PROMPT)
