"""Turn what requests and urllib3 raise into sentences of ours that hold no secret.

Their exceptions carry the request with its Authorization header, and their frames hold it in local
variables.  So ours are raised without a chain, and `leave_no_locals` empties the frames below.
"""

from __future__ import annotations

import http.client
import ssl
import traceback
from typing import Final

import requests
import urllib3.exceptions

from xlmeso.errors import TransportError, XlmesoError
from xlmeso.wire.faults import LastingTransportError, NotSentError
from xlmeso.wire.outbound import HttpRequest, Route
from xlmeso.wire.problem_details import clean_text

SENDING_FAULTS: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""Everything that sending a request or reading its reply is known to raise."""

_TIMEOUTS: Final = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_NEVER_SENT: Final = (requests.ConnectTimeout, urllib3.exceptions.NewConnectionError)


def fault_of(error: BaseException, request: HttpRequest, service: str) -> TransportError:
    """Return our error for one of `SENDING_FAULTS`.

    Parameters
    ----------
    service
        Origin of the service, for the message.
    """
    chain = _chain(error)
    reason = _reason(chain)
    cure = _cure(request, chain)
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
        return LastingTransportError(
            f"the certificate of {service} is not trusted{reason}",
            where=request.label,
            cure="Where a company's proxy signs all traffic, give its certificate file (ca_file).",
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return LastingTransportError(
            f"the proxy on the way to {service} refused{reason}",
            where=request.label,
            cure="Check the proxy settings (HTTPS_PROXY, NO_PROXY).",
        )
    never_sent = any(isinstance(link, _NEVER_SENT) for link in chain)
    kind = NotSentError if never_sent else TransportError
    return kind(_sentence(error, chain, service) + reason, where=request.label, cure=cure)


def leave_no_locals(error: BaseException) -> None:
    """Empty the local variables of the frames below, which may hold the key.

    A traceback that shows local variables would print them.  An error of ours also loses its
    chain: its message says everything.
    """
    for link in _chain(error):
        traceback.clear_frames(link.__traceback__)
    if isinstance(error, XlmesoError):
        error.__cause__ = error.__context__ = None


def _sentence(error: BaseException, chain: list[BaseException], service: str) -> str:
    if any(isinstance(link, urllib3.exceptions.NameResolutionError) for link in chain):
        return f"the host of {service} is unknown"
    if any(isinstance(link, _NEVER_SENT) for link in chain):
        return f"there is no connection to {service}"
    if any(isinstance(link, _TIMEOUTS) for link in chain):
        return f"{service} did not answer in time"
    if any(isinstance(link, urllib3.exceptions.IncompleteRead) for link in chain):
        return f"the reply of {service} was cut short"
    if isinstance(error, requests.exceptions.InvalidURL | urllib3.exceptions.LocationParseError):
        return f"{service} is not an address that can be reached"
    return f"the connection to {service} broke"


def _cure(request: HttpRequest, chain: list[BaseException]) -> str | None:
    """Say for a submission whether it may have arrived; for others where to look."""
    never_sent = any(isinstance(link, _NEVER_SENT) for link in chain)
    if request.route is not Route.CREATE:
        return "Check the address, and whether the service runs." if never_sent else None
    if never_sent:
        return "Nothing was submitted."
    return uncertain_submission(request)


def uncertain_submission(request: HttpRequest) -> str | None:
    """Return the advice for a submission whose reply was not seen; None for other requests."""
    if request.route is not Route.CREATE:
        return None
    if request.repeatable:
        return "It may have been accepted: send the same request with the same key again."
    return "It may have been accepted: look at the list of backtests before sending it again."


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and all that it wraps: as reason, argument, cause or context."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and not any(link is known for known in found):
            found.append(link)
            inner = (getattr(link, "reason", None), link.__cause__, link.__context__)
            waiting.extend((*link.args, *inner))
    return found


def _reason(chain: list[BaseException]) -> str:
    """Return the operating system's or the certificate check's own words in brackets."""
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return f" ({clean_text(link.verify_message, 120)})"
    texts = (link.strerror for link in reversed(chain) if isinstance(link, OSError))
    text = next((text for text in texts if isinstance(text, str)), "")
    return f" ({clean_text(text, 120)})" if text else ""
