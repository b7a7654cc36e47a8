"""What an API key tells about itself without asking the service."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from typing import Any


def expires_at(key: str) -> dt.datetime | None:
    """Return when a key expires, in UTC, if it is a JSON web token that says so.

    The token is read, not verified: only the service can tell whether it is good.  None for any
    other text, and for a token without a sensible ``exp``.
    """
    seconds = _claims(key).get("exp")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def subject(key: str) -> str | None:
    """Return whose key it is, if it is a JSON web token that says so (``sub``); not verified."""
    name = _claims(key).get("sub")
    return name if isinstance(name, str) and name else None


def _claims(key: str) -> dict[str, Any]:
    """Return what a JSON web token says; nothing for any other text."""
    parts = key.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), b"-_", validate=True)
        claims = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
