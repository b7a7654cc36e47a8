"""One `requests.Session` per thread: who is spoken to through which proxy and trusted how."""

from __future__ import annotations

import os
import ssl
import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from xlmeso.errors import ConfigurationError
from xlmeso.wire.content import ACCEPTED_ENCODING
from xlmeso.wire.redaction import MaskedText, Secret, register
from xlmeso.wire.urls import is_loopback

_POOL: Final = 2


class BearerAuth(AuthBase):
    """Adds ``Authorization: Bearer <key>``; the header hides itself in ``repr``."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the header on a request that is about to be sent."""
        request.headers["Authorization"] = MaskedText(f"Bearer {self._key.reveal()}")
        return request


class TlsAdapter(HTTPAdapter):
    """An adapter whose trust comes from one TLS context and nothing else."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=_POOL, pool_maxsize=_POOL)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give the pool our context."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Give the connections through a proxy our context."""
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Demand a certificate; requests would add its own list of authorities here."""
        conn.cert_reqs = "CERT_REQUIRED"


class QuietSession(requests.Session):
    """A session that never looks where a redirect points, and so never reads its body."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Say that there is none: the caller treats a 3xx as an error."""
        return None


class Sessions:
    """Hands each thread its own session to one service; all are closed together.

    Parameters
    ----------
    origin
        Of the service, as `xlmeso.wire.urls.service_origin` returns it.
    key
        Bearer key.
    ca_file
        Certificates (PEM) to trust in place of the system's, or None.  Without it the variables
        REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE count, as everywhere with requests.
    user_agent
        Header User-Agent.

    Raises
    ------
    ConfigurationError
        The certificate file cannot be read.
    """

    def __init__(self, origin: str, key: Secret, ca_file: str | None, user_agent: str) -> None:
        self._origin = origin
        self._auth = BearerAuth(key)
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": ACCEPTED_ENCODING}
        self._proxies, environment_file = _environment(origin)
        self._given = _given_trust(origin, ca_file or environment_file)
        self._lock = threading.Lock()
        self._sessions: dict[tuple[int, threading.Thread], requests.Session] = {}
        self._closed = False

    def current(self) -> requests.Session:
        """Return the session of the running thread.

        Raises
        ------
        ConfigurationError
            The client has been closed.
        """
        place = (os.getpid(), threading.current_thread())
        with self._lock:
            if self._closed:
                raise ConfigurationError("the client has been closed")
            if place not in self._sessions:
                self._close_left_behind()
                self._sessions[place] = self._new()
            return self._sessions[place]

    def close(self) -> None:
        """Close all sessions; none is handed out afterwards."""
        with self._lock:
            self._closed = True
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()

    def _close_left_behind(self) -> None:
        """Close the sessions of threads that have ended; forget those of a parent process."""
        for process, thread in list(self._sessions):
            if process != os.getpid():
                del self._sessions[process, thread]
            elif not thread.is_alive():
                self._sessions.pop((process, thread)).close()

    def _new(self) -> requests.Session:
        session = QuietSession()
        session.auth = self._auth
        session.headers.update(self._headers)
        session.proxies.update(self._proxies)
        # Looking proxies up can take seconds on Windows; it was done once for all requests.
        session.trust_env = False
        if self._origin.startswith("https:"):
            session.mount("https://", TlsAdapter(self._given or _system_trust()))
        return session


def _system_trust() -> ssl.SSLContext:
    """Trust what the system trusts; one context per session, as it locks while it connects."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _given_trust(origin: str, place: str | None) -> ssl.SSLContext | None:
    """Trust the certificates of one file or folder alone; None if none is named or needed."""
    if place is None or not origin.startswith("https:"):
        return None
    try:
        if Path(place).is_dir():
            return ssl.create_default_context(capath=place)
        return ssl.create_default_context(cafile=place)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"the certificates cannot be read ({error.strerror or error})",
            where=place,
            cure="Give a file with certificates in PEM form.",
        ) from None


def _environment(origin: str) -> tuple[dict[str, str], str | None]:
    """Ask the environment once for proxies and certificates; this machine needs neither."""
    if is_loopback(urlsplit(origin).hostname or ""):
        return {}, None
    with requests.Session() as session:
        found = session.merge_environment_settings(origin, {}, None, None, None)
    proxies = {name: str(address) for name, address in found["proxies"].items() if address}
    for address in proxies.values():
        password = urlsplit(address).password
        if password:
            register(password)
            register(unquote(password))
    verify = found["verify"]
    return proxies, verify if isinstance(verify, str) else None
