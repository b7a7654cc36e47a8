"""Requests as values: one function per route of the API (reference section 7.1)."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from xlmeso.model import document
from xlmeso.model.backtest import DeleteMode
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire import arguments
from xlmeso.wire.faults import BadArgumentError
from xlmeso.wire.paging import MAX_PAGE_SIZE

BASE_PATH: Final = "/api/v1"

SMALL_REPLY: Final = 4 * 1024 * 1024
"""Most bytes of a reply about one backtest; a definition has at most 2 MiB."""

LARGE_REPLY: Final = 1024 * 1024 * 1024
"""Most bytes of lists, events and NAV held in memory."""

JSON: Final = "application/json"
CSV: Final = "text/csv"
ZIP: Final = "application/zip"


class Route(enum.StrEnum):
    """The twelve routes."""

    CREATE = "create"
    LIST = "list"
    STATUS = "status"
    CANCEL = "cancel"
    ANALYTICS = "analytics"
    STRATEGY_DEFINITION = "strategy-definition"
    EVENTS = "events"
    NAVS = "navs"
    EXTERNAL_DATA = "external-data"
    SHARING = "sharing"
    SET_SHARING = "set-sharing"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, free of address and key.

    Attributes
    ----------
    route
        Which of the twelve.
    method, path, query
        As sent; the path starts with ``/api/v1`` and is percent-encoded.
    body
        Exact bytes of the JSON body, or None.
    accept
        Media type that the reply should have.
    repeatable
        Whether a second sending cannot do anything twice; decides about retries.
    max_reply
        Most bytes of the decoded reply that are read into memory.
    """

    route: Route
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    accept: str = JSON
    repeatable: bool = True
    max_reply: int = SMALL_REPLY

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def label(self) -> str:
        """Method and path for messages."""
        return f"{self.method} {self.path}"


def submission_body(
    definition: StrategyDefinition, *, shared: bool = False, idempotency_key: str | None = None
) -> bytes:
    """Make the body of a submission; the definition keeps its spelling to the letter.

    A replay must send these very bytes: keep them, do not make them again.

    Raises
    ------
    BadArgumentError
        The key is not acceptable.
    """
    body: dict[str, object] = {"StrategyDefinition": definition.document, "Shared": shared}
    if idempotency_key is not None:
        body["IdempotencyKey"] = arguments.idempotency_key(idempotency_key)
    return document.dumps(body).encode("utf-8")


def create(body: bytes, *, keyed: bool) -> HttpRequest:
    """PUT /backtest/new.

    Parameters
    ----------
    body
        What `submission_body` made.
    keyed
        Whether the body holds an idempotency key, so that it may be sent again.

    Raises
    ------
    BadArgumentError
        ``keyed`` and no acceptable key in the body: a retry could submit twice.
    """
    if keyed:
        _check_has_key(body)
    return HttpRequest(
        Route.CREATE, "PUT", f"{BASE_PATH}/backtest/new", body=body, repeatable=keyed
    )


def list_backtests(
    start: dt.datetime,
    end: dt.datetime,
    *,
    page: int,
    page_size: int = MAX_PAGE_SIZE,
    status: str | None = None,
    include_analytics: bool = False,
) -> HttpRequest:
    """GET /backtests: one page of the runs created from ``start`` to ``end``, both inclusive.

    Raises
    ------
    BadArgumentError
        An empty range, an unknown state, or a page size out of bounds.
    """
    first, last = arguments.created_range(start, end)
    query = [("start", first), ("end", last), ("page", str(page))]
    query.append(("pageSize", arguments.page_size(page_size)))
    if include_analytics:
        query.append(("includeAnalytics", "true"))
    state = arguments.state_filter(status)
    if state is not None:
        query.append(("status", state))
    return HttpRequest(
        Route.LIST, "GET", f"{BASE_PATH}/backtests", tuple(query), max_reply=LARGE_REPLY
    )


def status(backtest_id: str) -> HttpRequest:
    """GET /backtest/{id}/status (newer contract)."""
    return _of(Route.STATUS, "GET", backtest_id, "/status")


def cancel(backtest_id: str) -> HttpRequest:
    """POST /backtest/{id}/cancel (newer contract); safe to repeat."""
    return _of(Route.CANCEL, "POST", backtest_id, "/cancel")


def analytics(backtest_id: str) -> HttpRequest:
    """GET /backtest/{id}/analytics."""
    return _of(Route.ANALYTICS, "GET", backtest_id, "/analytics")


def strategy_definition(backtest_id: str) -> HttpRequest:
    """GET /backtest/{id}/strategy-definition."""
    return _of(Route.STRATEGY_DEFINITION, "GET", backtest_id, "/strategy-definition")


def events(
    backtest_id: str,
    *,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    event_type: str | None = None,
) -> HttpRequest:
    """GET /backtest/{id}/events; the range is in simulation time.

    Raises
    ------
    BadArgumentError
        A time with a zone, or a start after the end.
    """
    query: list[tuple[str, str]] = []
    if start is not None:
        query.append(("start", arguments.simulation_time(start)))
    if end is not None:
        query.append(("end", arguments.simulation_time(end)))
    if start is not None and end is not None and start > end:
        raise BadArgumentError(f"the start {query[0][1]} is after the end {query[1][1]}")
    if event_type is not None:
        query.append(("eventType", arguments.event_type_filter(event_type)))
    return _of(Route.EVENTS, "GET", backtest_id, "/events", tuple(query), max_reply=LARGE_REPLY)


def navs(backtest_id: str, *, view: str | None = None) -> HttpRequest:
    """GET /backtest/{id}/navs, CSV; ``view`` is None or ``analytics``, case-sensitive.

    Raises
    ------
    BadArgumentError
        Another view.
    """
    if view not in (None, "analytics"):
        raise BadArgumentError(f"{view!r} is no view of the NAV: leave it out or say 'analytics'")
    query = (("view", view),) if view else ()
    return _of(Route.NAVS, "GET", backtest_id, "/navs", query, accept=CSV, max_reply=LARGE_REPLY)


def external_data(backtest_id: str) -> HttpRequest:
    """GET /backtest/{id}/external-data, a ZIP file."""
    return _of(Route.EXTERNAL_DATA, "GET", backtest_id, "/external-data", accept=ZIP)


def sharing(backtest_id: str) -> HttpRequest:
    """GET /backtest/{id}/sharing."""
    return _of(Route.SHARING, "GET", backtest_id, "/sharing")


def set_sharing(backtest_id: str, enabled: bool) -> HttpRequest:
    """POST /backtest/{id}/sharing; sets a value, so it is safe to repeat."""
    query = (("sharingEnabled", "true" if enabled else "false"),)
    return _of(Route.SET_SHARING, "POST", backtest_id, "/sharing", query)


def delete(backtest_id: str, mode: DeleteMode) -> HttpRequest:
    """DELETE /backtest/{id}; always with a mode, because the server's own default is Full.

    Raises
    ------
    BadArgumentError
        No such mode; the spelling counts.
    """
    if mode not in tuple(DeleteMode):
        raise BadArgumentError(f"{mode!r} is no way to delete: {', '.join(DeleteMode)}")
    return _of(Route.DELETE, "DELETE", backtest_id, "", (("deleteMode", str(mode)),))


def _of(
    route: Route,
    method: str,
    backtest_id: str,
    rest: str,
    query: tuple[tuple[str, str], ...] = (),
    *,
    accept: str = JSON,
    max_reply: int = SMALL_REPLY,
) -> HttpRequest:
    path = f"{BASE_PATH}/backtest/{arguments.path_segment(backtest_id)}{rest}"
    return HttpRequest(route, method, path, query, accept=accept, max_reply=max_reply)


def _check_has_key(body: bytes) -> None:
    key = document.get_at(document.loads(body, max_bytes=LARGE_REPLY), ("IdempotencyKey",))
    if not isinstance(key, str):
        raise BadArgumentError(
            "the submission has no IdempotencyKey, so sending it again could submit twice"
        )
    arguments.idempotency_key(key)
