"""``client.events``: the blotter of a run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from xlmeso.api.downloads import check_json_list
from xlmeso.api.resource import Resource
from xlmeso.model.document import JsonValue
from xlmeso.model.events import BlotterEvent
from xlmeso.wire import outbound
from xlmeso.wire.decoding import read_objects
from xlmeso.wire.events import read_events


class Events(Resource):
    """The events route.

    ``start`` and ``end`` are simulation times: exchange-local, without a zone.  ``event_type`` is
    one of `xlmeso.model.events.BlotterEventType` or a newer text.  The server reads its whole file
    for every filter, so who needs several types downloads once (reference section 5).
    """

    def get(
        self,
        backtest_id: str,
        *,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
        event_type: str | None = None,
    ) -> list[BlotterEvent]:
        """Return the events in the service's order.

        Raises
        ------
        NotFoundError, PermissionDeniedError
            No such run, its artifacts were deleted, or it is not yours.
        BadArgumentError
            A time with a zone, or a start after the end.
        """
        request = outbound.events(backtest_id, start=start, end=end, event_type=event_type)
        return read_events(request, self._transport.fetch(request))

    def get_raw(
        self,
        backtest_id: str,
        *,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
        event_type: str | None = None,
    ) -> list[dict[str, JsonValue]]:
        """Do as `get` and return the service's own documents; slow for a large blotter."""
        request = outbound.events(backtest_id, start=start, end=end, event_type=event_type)
        return read_objects(request, self._transport.fetch(request))

    def download(
        self,
        backtest_id: str,
        path: str | Path,
        *,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
        event_type: str | None = None,
    ) -> Path:
        """Write the JSON array to a file, whole or not at all; memory stays small.

        Raises
        ------
        WorkbookError
            The file cannot be written.
        DecodingError
            The reply is no JSON array.
        """
        request = outbound.events(backtest_id, start=start, end=end, event_type=event_type)
        return self._transport.download(request, path, check_json_list)
