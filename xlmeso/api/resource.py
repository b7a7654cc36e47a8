"""What all resources of the client share."""

from __future__ import annotations

from xlmeso.api.transport import Transport
from xlmeso.model.document import JsonValue
from xlmeso.wire.contract import Contract
from xlmeso.wire.decoding import read_object
from xlmeso.wire.outbound import HttpRequest


class Resource:
    """A group of routes of one service.

    Parameters
    ----------
    transport
        Carries the requests.
    contract
        Which routes and fields the service has.
    """

    def __init__(self, transport: Transport, contract: Contract) -> None:
        self._transport = transport
        self._contract = contract

    def _object(self, request: HttpRequest) -> dict[str, JsonValue]:
        """Send a request whose reply is a JSON object."""
        return read_object(request, self._transport.fetch(request))
