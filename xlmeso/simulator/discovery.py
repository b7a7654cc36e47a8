"""How other programs of the same person find a running local service: a small pointer file."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

FILE_NAME: Final = "service.json"
"""Name of the pointer file in the user's data folder."""

HEALTH_SECONDS: Final = 1.0
"""How long a service has to answer its /health."""

_LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
_LARGEST_REPLY = 4096


@dataclass(frozen=True, slots=True)
class RunningService:
    """A local service that answers: its address, its process and its data folder."""

    url: str
    pid: int
    data: Path


def write_pointer(folder: Path, service: RunningService) -> None:
    """Say in ``folder`` where the service is."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"url": service.url, "pid": service.pid, "data": str(service.data)})
    temporary = folder / f"{FILE_NAME}.{secrets.token_hex(8)}.tmp"
    try:
        temporary.write_text(text, encoding="utf-8", newline="")
        temporary.replace(folder / FILE_NAME)
    finally:
        temporary.unlink(missing_ok=True)


def remove_pointer(folder: Path, service: RunningService) -> None:
    """Remove the pointer if it still names this service."""
    if _read_pointer(folder) == service:
        with contextlib.suppress(OSError):
            (folder / FILE_NAME).unlink(missing_ok=True)


def running_service(folder: Path) -> RunningService | None:
    """Return the service that the pointer in ``folder`` names, if it answers on loopback."""
    service = _read_pointer(folder)
    return service if service is not None and is_alive(service.url) else None


def is_alive(url: str) -> bool:
    """Whether an xlmeso service answers at a loopback URL, asked without any proxy or key."""
    try:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK_HOSTS or not parts.port:
            return False
        return _health(parts.hostname, parts.port).get("service") == "xlmeso"
    except (OSError, http.client.HTTPException, ValueError):
        return False


def this_process(url: str, data: Path) -> RunningService:
    """Describe a service that runs in this process."""
    return RunningService(url, os.getpid(), data.resolve())


def _health(host: str, port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", "/health")
        reply = connection.getresponse()
        value = json.loads(reply.read(_LARGEST_REPLY)) if reply.status == http.HTTPStatus.OK else {}
    finally:
        connection.close()
    return value if isinstance(value, dict) else {}


def _read_pointer(folder: Path) -> RunningService | None:
    try:
        value = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return RunningService(str(value["url"]), int(value["pid"]), Path(value["data"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
