"""How macros reach the service: with short waits, since Excel stands still meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
TOTAL_SECONDS: Final = 60.0
"""Longest waits of one request: for the connection, between two pieces, as a whole."""


def connect_from_excel(
    say: Callable[[str], None], env: Mapping[str, str] = os.environ
) -> Connection:
    """Connect to the chosen service.

    The local service runs as a process of its own, started here if need be: one that lived in the
    macro's process would end with it, in the middle of a run.

    Raises
    ------
    ConfigurationError
        Unusable settings, or the local service does not start.
    NoCredentialsError
        No key was found.
    """
    from xlmeso.app.connect import connect
    from xlmeso.excel.background_service import ensure_local_service
    from xlmeso.settings import resolve_profile

    if resolve_profile(None, env).url is None:
        ensure_local_service(say, env)
    return connect(None, env=env, client_options=client_options())


def client_options() -> dict[str, Any]:
    """Return the waits of a client that somebody is sitting in front of."""
    from xlmeso.api.transport import Timeouts
    from xlmeso.wire.retry import RetryPolicy

    return {
        "timeouts": Timeouts(CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS, TOTAL_SECONDS),
        "retry": RetryPolicy(attempts=2, first_wait=0.3, longest_wait=3.0, total=10.0),
    }
