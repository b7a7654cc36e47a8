"""The service's socket: loopback only unless asked otherwise, bound before anything else starts."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket

from xlmeso.errors import ConfigurationError


def check_host(host: str, *, allow_remote: bool) -> None:
    """Refuse an address that other machines can reach, unless that is wanted.

    Raises
    ------
    ConfigurationError
        The host is no loopback address.
    """
    if allow_remote or host == "localhost":
        return
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    raise ConfigurationError(
        f"{host!r} is not a loopback address; other machines could reach the service.",
        cure="Use 127.0.0.1, or allow remote callers on purpose.",
    )


def bind(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 takes a free one.

    Raises
    ------
    ConfigurationError
        The port is taken or the address does not exist here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigurationError(
            f"port {port} on {host} cannot be used ({error}).",
            cure="Choose another port, or 0 for a free one.",
        ) from None
    return listener


def origin_of(listener: socket.socket) -> str:
    """Return the http origin by which programs on this machine reach a bound socket."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
