"""Which addresses of a service are acceptable (reference section 7.6)."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from xlmeso.errors import ConfigurationError
from xlmeso.wire.redaction import register

EXAMPLE: Final = "https://portal.example.com"
_PORTS: Final = {"https": 443, "http": 80}
_UNSAFE = re.compile(r"[\s\\%\x00-\x20\x7f]")


def service_origin(text: str) -> str:
    """Return the origin of a service, ``scheme://host[:port]`` in its normal form.

    Parameters
    ----------
    text
        What a person or a setting gave; white space around it and one slash at its end are
        ignored.

    Raises
    ------
    ConfigurationError
        Not https (http is for loopback hosts only), a user name or password, a path, a query, a
        fragment, no host, or a port that is none.  A password in the text is not repeated.
    """
    text = text.strip()
    if not text or _UNSAFE.search(text):
        raise _refusal("the address of the service is empty or has characters that no address has")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refusal("the address of the service is not understood") from None
    if "@" in parts.netloc:
        register(parts.password or "")
        raise _refusal("the address of the service holds a user name or password")
    if "?" in text or "#" in text:
        raise _refusal("the address of the service has a query or fragment; give the origin alone")
    _check_shape(parts)
    host = (parts.hostname or "").lower()
    if parts.scheme == "http" and not is_loopback(host):
        raise _refusal(f"{host} must be spoken to over https; http is for this machine only")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        f":{port}" if port not in (None, _PORTS[parts.scheme]) else ""
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine, without asking a name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check_shape(parts: SplitResult) -> None:
    if parts.scheme not in _PORTS:
        raise _refusal("the address of the service does not start with https://")
    if not parts.hostname:
        raise _refusal("the address of the service names no host")
    if parts.path not in ("", "/"):
        raise _refusal("the address of the service has a path; give the origin alone")


def _refusal(message: str) -> ConfigurationError:
    return ConfigurationError(message, cure=f"An address looks like {EXAMPLE}.")
