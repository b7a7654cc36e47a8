"""A reply whose body is still on the wire: read in pieces, bounded in size and time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import requests

from xlmeso.api.faults import SENDING_FAULTS, fault_of, uncertain_submission
from xlmeso.errors import TransportError, XlmesoError
from xlmeso.wire.content import decode_content
from xlmeso.wire.outbound import HttpRequest
from xlmeso.wire.problem_details import MAX_BODY

_CHUNK: Final = 64 * 1024


class Reply:
    """Status, headers and the unread body of a response.

    Parameters
    ----------
    deadline
        Reading of ``clock`` (seconds) after which nothing more is read.
    """

    def __init__(
        self,
        response: requests.Response,
        request: HttpRequest,
        service: str,
        deadline: float,
        clock: Callable[[], float],
    ) -> None:
        self._response = response
        self._request = request
        self._service = service
        self._deadline = deadline
        self._clock = clock

    @property
    def status(self) -> int:
        """HTTP status code."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers; names in any case."""
        return self._response.headers

    def chunks(self, limit: int) -> Iterator[bytes]:
        """Yield the decompressed body in pieces.

        Raises
        ------
        TransportError
            The connection broke, the body is shorter than announced, or time is over.
        DecodingError
            The body is larger than ``limit`` bytes, or its compression is damaged.
        """
        encoding = self.headers.get("Content-Encoding")
        return decode_content(self._wire_chunks(), encoding, limit)

    def body(self, limit: int) -> bytes:
        """Return the whole decompressed body; errors as `chunks`."""
        return b"".join(self.chunks(limit))

    def beginning(self) -> bytes:
        """Return what can be read of a body that is only looked at: an error's, an order's."""
        body = b""
        try:
            for piece in self.chunks(MAX_BODY):
                body += piece
        except XlmesoError:
            return body
        return body

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self._response.close()

    def _wire_chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes, at most one wait for the network per piece."""
        raw: Any = self._response.raw
        while True:
            if self._clock() > self._deadline:
                raise TransportError(
                    f"{self._service} did not send its whole answer in the time allowed",
                    where=self._request.label,
                    cure=uncertain_submission(self._request),
                )
            chunk = self._next_chunk(raw)
            if not chunk:
                return
            yield chunk

    def _next_chunk(self, raw: Any) -> bytes:
        try:
            chunk: bytes = raw.read1(_CHUNK, decode_content=False)
        except SENDING_FAULTS as error:
            fault = fault_of(error, self._request, self._service)
        else:
            return chunk
        raise fault
