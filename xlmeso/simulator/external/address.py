"""Where a CsvUrl points, decided without touching anything.

The documented hosts are the only ones (reference section 4.8).  What a definition says is never
more than a choice among them: another host, port or scheme, credentials in the address and
numeric addresses are refused before a name is looked up, so that nobody can send the local service
to addresses of his choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from xlmeso.errors import SimulationError

HOSTS: Final = ("gist.githubusercontent.com", "docs.google.com")
"""Hosts of external data."""

DELIVERY: Final = {
    "docs.google.com": re.compile(r"doc-[a-z0-9-]{1,60}-sheets\.googleusercontent\.com")
}
"""Where a host hands the content out: docs.google.com answers for a published sheet with a redirect
to a server of this form and nowhere else.  A redirect to any other host is refused."""

LONGEST: Final = 2048
"""Characters of an address."""

_HTTPS_PORT: Final = 443
_PLAIN: Final = re.compile(r"[!-~]+")
"""Visible ASCII: no blanks, no line ends, no letters that look like others."""


class ExternalDataError(SimulationError):
    """External data cannot be had; the message says why, without the field's path."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A host that is allowed, and the path with query to ask it for."""

    host: str
    target: str

    @property
    def url(self) -> str:
        """The address as text."""
        return f"https://{self.host}{self.target}"


@dataclass(frozen=True, slots=True)
class FileName:
    """A file, as the definition names it; nothing is known of it yet."""

    text: str


def parse_address(text: str) -> WebAddress | FileName:
    """Tell web addresses from file names and refuse what is neither.

    ``file:name.csv``, ``file:///folder/name.csv`` and a bare ``name.csv`` are file names.

    Raises
    ------
    ExternalDataError
        The address is not one that external data may come from.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ExternalDataError(f"the address must have 1 to {LONGEST} characters.")
    scheme, colon, rest = text.partition(":")
    if not colon:
        return FileName(text)
    if scheme.lower() == "file":
        return FileName(unquote(rest.removeprefix("//")))
    return _web(text, HOSTS)


def redirected(start: WebAddress, here: WebAddress, location: str) -> WebAddress:
    """Return where a redirect leads; judged from the first host, so that no chain wanders off.

    Raises
    ------
    ExternalDataError
        It leads to another host than those that may answer for the first one.
    """
    address = _web(urljoin(here.url, location.strip()), None)
    pattern = DELIVERY.get(start.host)
    if address.host == start.host or (pattern and pattern.fullmatch(address.host)):
        return address
    raise ExternalDataError(f"{start.host} sends on to {address.host}; that is not followed.")


def _web(text: str, hosts: tuple[str, ...] | None) -> WebAddress:
    if not _PLAIN.fullmatch(text) or "\\" in text:
        raise ExternalDataError("the address has characters that no web address has.")
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ExternalDataError("it is not a web address.") from None
    if parts.scheme.lower() != "https":
        raise ExternalDataError(f"the address begins with {parts.scheme}:, not with https:.")
    if hosts is not None and host not in hosts:
        raise ExternalDataError(
            f"external data cannot come from {host or 'an address without a host'}.",
            cure=f"Publish the CSV at {' or '.join(hosts)}.",
        )
    if parts.username is not None or parts.password is not None:
        raise ExternalDataError("the address must hold no user name and no password.")
    if port not in (None, _HTTPS_PORT):
        raise ExternalDataError(f"the address names port {port}; only the usual one is used.")
    query = f"?{parts.query}" if parts.query else ""
    return WebAddress(host, (parts.path or "/") + query)
