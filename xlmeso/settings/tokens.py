"""What an API key tells about itself without asking the service."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json


def expires_at(key: str) -> dt.datetime | None:
    """Return when a key expires, in UTC, if it is a JSON web token that says so.

    The token is read, not verified: only the service can tell whether it is good.  None for any
    other text, and for a token without a sensible ``exp``.
    """
    parts = key.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), b"-_", validate=True)
        claims = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        return None
    seconds = claims.get("exp") if isinstance(claims, dict) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None
