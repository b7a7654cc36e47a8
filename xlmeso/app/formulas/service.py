"""Which service formulas ask, and under which name their results are cached.

A formula never starts the local service and never asks anybody for a key.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xlmeso.app.connect import LOCAL_SERVICE, service_label
from xlmeso.app.formulas.errors import LocalServiceStoppedError

if TYPE_CHECKING:
    from xlmeso.api import Client
    from xlmeso.settings import Profile
    from xlmeso.wire.redaction import Secret

_DIGITS: Final = 20

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
TOTAL_SECONDS: Final = 60.0


@dataclass(slots=True)
class FormulaService:
    """A service as formulas see it; connects when the first request is made.

    Attributes
    ----------
    profile, label
        What was chosen, and how tables call it.
    scope
        Under which results are cached: a hash of the service and one of the account.
    is_local
        Whether it is the service that ships with xlmeso.
    """

    profile: Profile
    label: str
    scope: str
    is_local: bool
    _env: Mapping[str, str] = field(repr=False)
    _client: Client | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def client(self) -> Client:
        """Return the client of this process, made once.

        Raises
        ------
        NoCredentialsError
            No key was found.
        LocalServiceStoppedError
            The local service does not run.
        """
        with self._lock:
            if self._client is None:
                url, key = _address(self.profile, self._env)
                self._client = _client(url, key, self.profile)
            return self._client

    def reset(self) -> None:
        """Connect anew at the next request: the local service may have moved to another port."""
        with self._lock:
            self._client = None  # not closed: other threads may be in the middle of a reply


def open_service(profile: str | None = None, env: Mapping[str, str] = os.environ) -> FormulaService:
    """Choose the service as `xlmeso.app.connect.connect` does, without speaking to it.

    Raises
    ------
    ConfigurationError
        Unknown profile or unusable settings.
    NoCredentialsError
        No key was found.
    """
    from xlmeso.settings import ServiceKind, resolve_profile

    chosen = resolve_profile(profile, env)
    local = chosen.kind is ServiceKind.LOCAL
    if chosen.url is None:
        return FormulaService(chosen, LOCAL_SERVICE, _local_scope(env), True, env)
    account = _account(_key(chosen, env))
    scope = f"{_digest(chosen.url)}-{_digest(account)}"
    return FormulaService(chosen, service_label(chosen.url), scope, local, env)


def scope_beginning(profile: Profile, env: Mapping[str, str] = os.environ) -> str:
    """Return how the scopes of all accounts of a profile's service begin."""
    if profile.url is None:
        return _local_scope(env)
    return f"{_digest(profile.url)}-"


def _local_scope(env: Mapping[str, str]) -> str:
    """Name the local service by the user's data folder: its port changes, its runs stay."""
    from xlmeso.settings import data_dir

    return f"{_digest('local:' + str(data_dir(env)))}-{_digest('local')}"


def _address(profile: Profile, env: Mapping[str, str]) -> tuple[str, Secret]:
    from xlmeso.wire.redaction import Secret

    if profile.url is not None:
        return profile.url, _key(profile, env)
    from xlmeso.app.local_service import running_local_service

    found = running_local_service(env)
    if found is None:
        raise LocalServiceStoppedError(
            "the local service does not run.",
            cure="Press MesoSim > Local service, or run 'xlmeso serve'.",
        )
    return found.url, Secret(found.api_key)


def _client(url: str, key: Secret, profile: Profile) -> Client:
    from xlmeso.api import Client
    from xlmeso.api.transport import Timeouts
    from xlmeso.wire.retry import RetryPolicy

    return Client(
        url,
        key,
        contract=profile.contract,
        timeouts=Timeouts(CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS, TOTAL_SECONDS),
        # A formula asks again by itself later: see `xlmeso.app.formulas.policy`.
        retry=RetryPolicy(attempts=2, first_wait=0.2, longest_wait=2.0, total=5.0),
    )


def _key(profile: Profile, env: Mapping[str, str]) -> Secret:
    from xlmeso.settings import find_api_key

    return find_api_key(profile, env=env)


def _account(key: Secret) -> str:
    """Name the account behind a key: the token's subject, else a one-way hash of the key."""
    from xlmeso.settings.tokens import subject

    found = subject(key.reveal())
    if found is not None:
        return f"subject:{found}"
    return f"key:{hashlib.sha256(b'xlmeso account ' + key.reveal().encode()).hexdigest()}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
