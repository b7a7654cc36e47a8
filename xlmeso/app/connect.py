"""Choose the service, find its key and hand out a client; start the local service if need be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from xlmeso.api import Client
    from xlmeso.settings import Profile

LOCAL_SERVICE = "local service"
"""How tables and messages call the service that ships with xlmeso."""

Prompt = Callable[[str], str]
"""Asks a person for a key, given the text to show; must not echo what is typed."""


@dataclass(slots=True)
class Connection:
    """A client for one service; use it as a context manager.

    Attributes
    ----------
    client
        Speaks to the service.
    profile
        What was chosen.
    service
        Label for people and sheets: ``local service`` or the host.
    is_local
        Whether it is the service that ships with xlmeso.
    embedded
        Whether the service was started for this connection and stops with it.
    """

    client: Client
    profile: Profile
    service: str
    is_local: bool = False
    embedded: bool = False
    _stop: Callable[[], None] | None = field(default=None, repr=False)

    def close(self) -> None:
        """Close the client and stop an embedded service; accepted runs stay in its store."""
        try:
            self.client.close()
        finally:
            if self._stop is not None:
                self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def connect(
    profile: str | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    prompt: Prompt | None = None,
    client_options: Mapping[str, Any] | None = None,
) -> Connection:
    """Connect to the service that the arguments, the environment or the settings choose.

    In this order: ``profile``; the variables XLMESO_URL and XLMESO_API_KEY; the profile named by
    XLMESO_PROFILE; the default profile of the settings; the local service.

    Parameters
    ----------
    client_options
        More arguments of `xlmeso.api.Client`, such as other time-outs.

    Raises
    ------
    ConfigurationError
        Unknown profile or unusable settings.
    NoCredentialsError
        No key was found and there is nobody to ask.
    """
    from xlmeso.settings import ServiceKind, find_api_key, resolve_profile

    chosen = resolve_profile(profile, env)
    if chosen.url is None:
        return _connect_local(chosen, env, client_options or {})
    from xlmeso.api import Client

    key = find_api_key(chosen, env=env, prompt=prompt)
    client = Client(chosen.url, key.reveal(), contract=chosen.contract, **(client_options or {}))
    is_local = chosen.kind is ServiceKind.LOCAL
    return Connection(client, chosen, service_label(chosen.url), is_local=is_local)


def service_label(url: str) -> str:
    """Return the host (and port, if it is named) of a service."""
    return urlsplit(url).netloc.rpartition("@")[2] or url


def _connect_local(
    profile: Profile, env: Mapping[str, str], client_options: Mapping[str, Any]
) -> Connection:
    from xlmeso.api import Client
    from xlmeso.app.local_service import reach_local_service

    access = reach_local_service(env)
    try:
        client = Client(access.url, access.api_key, contract=profile.contract, **client_options)
    except BaseException:
        access.stop()
        raise
    return Connection(
        client,
        profile,
        LOCAL_SERVICE,
        is_local=True,
        embedded=access.embedded,
        _stop=access.stop,
    )
