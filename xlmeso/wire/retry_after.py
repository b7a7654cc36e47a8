"""The header Retry-After in both of its forms (RFC 9110 section 10.2.3, reference 7.6)."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 366 * 86_400.0
"""Seconds; a longer wait (or a number too large for a float) counts as this."""

_SECONDS = re.compile(r"\d+(?:\.\d+)?")


def retry_after_seconds(value: str | None, now: dt.datetime) -> float | None:
    """Return the seconds to wait, or None if the header is absent or not understood.

    Parameters
    ----------
    value
        The header: a number of seconds or an HTTP-date.
    now
        The present with a zone; best the reply's own Date, which no clock difference disturbs.
        A date that has passed gives 0.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    moment = http_date(text)
    if moment is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), LONGEST)


def http_date(value: str | None) -> dt.datetime | None:
    """Read an HTTP-date as an aware datetime; None if it is none."""
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
