"""``client.backtests``: submit, list, follow, cancel, share, delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

from xlmeso.api.polling import poll
from xlmeso.api.resource import Resource
from xlmeso.errors import (
    BacktestCancelledError,
    BacktestFailedError,
    BacktestRunningError,
    BacktestStateError,
)
from xlmeso.model.backtest import (
    BacktestState,
    BacktestStatus,
    BacktestSummary,
    DeleteMode,
    SubmittedBacktest,
)
from xlmeso.model.document import JsonValue
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire import decoding, outbound
from xlmeso.wire.faults import BadArgumentError, NotInContractError
from xlmeso.wire.paging import MAX_PAGE_SIZE, read_pages

TOLERATED_FAULTS: Final = 5
"""Status requests in a row that may find no answer while waiting for a run."""

_STATES: Final[dict[type[BacktestStateError], BacktestState]] = {
    BacktestRunningError: BacktestState.STARTED,
    BacktestFailedError: BacktestState.FAILED,
    BacktestCancelledError: BacktestState.CANCELLED,
}
"""What a refusal of the analytics route says about the run.

Assumption: a run that waits in the queue answers 425 as well and counts as Started here.
"""


class Backtests(Resource):
    """The runs themselves."""

    def create(
        self,
        definition: StrategyDefinition,
        *,
        shared: bool = False,
        idempotency_key: str | None = None,
    ) -> SubmittedBacktest:
        """Submit a strategy definition; the reply means accepted, not finished.

        Parameters
        ----------
        definition
            Sent as it is spelled.
        shared
            Whether any signed-in user who knows the id may see the results.
        idempotency_key
            Makes the submission safe to repeat: only then is it retried when no reply came.  A
            service of the seed contract knows no keys; none is sent to it, and nothing retried.

        Raises
        ------
        InvalidRequestError, ConflictError, GoneError, RateLimitError, ServerError
            The service refused (reference section 7.2).
        TransportError
            No reply; ``cure`` says whether the run may have been accepted.
        """
        return decoding.decode_receipt(
            self.create_raw(definition, shared=shared, idempotency_key=idempotency_key)
        )

    def create_raw(
        self,
        definition: StrategyDefinition,
        *,
        shared: bool = False,
        idempotency_key: str | None = None,
    ) -> dict[str, JsonValue]:
        """Do as `create` and return the service's own document."""
        key = idempotency_key if self._contract.has_idempotency else None
        body = outbound.submission_body(definition, shared=shared, idempotency_key=key)
        return self._object(outbound.create(body, keyed=key is not None))

    def create_from_bytes(self, body: bytes, *, keyed: bool) -> SubmittedBacktest:
        """Submit the exact bytes of `xlmeso.wire.outbound.submission_body`, for a replay.

        Parameters
        ----------
        keyed
            Whether the body holds an idempotency key and may be sent again.

        Raises
        ------
        BadArgumentError
            ``keyed``, and there is no key in the body or the contract has none.
        """
        if keyed and not self._contract.has_idempotency:
            raise BadArgumentError("this service knows no idempotency keys; a replay is not safe")
        return decoding.decode_receipt(self._object(outbound.create(body, keyed=keyed)))

    def list(
        self,
        start: dt.datetime,
        end: dt.datetime,
        *,
        status: BacktestState | str | None = None,
        include_analytics: bool = False,
        page_size: int = MAX_PAGE_SIZE,
    ) -> Iterator[BacktestSummary]:
        """Yield the runs created from ``start`` to ``end``, newest first, page by page.

        Parameters
        ----------
        start, end
            Both inclusive; a naive datetime counts as UTC.
        status
            Only runs of this state; None or ``All`` for every state.
        include_analytics
            Whether finished runs bring their figures along.

        Raises
        ------
        BadArgumentError
            ``start`` is not before ``end``, or no such state; at once, not at the first item.
        """
        items = self.list_raw(
            start,
            end,
            status=status,
            include_analytics=include_analytics,
            page_size=page_size,
        )
        return map(decoding.decode_summary, items)

    def list_raw(
        self,
        start: dt.datetime,
        end: dt.datetime,
        *,
        status: BacktestState | str | None = None,
        include_analytics: bool = False,
        page_size: int = MAX_PAGE_SIZE,
    ) -> Iterator[dict[str, JsonValue]]:
        """Do as `list` and yield the service's own documents."""
        if not self._contract.has_status and str(status).casefold() == "cancelled":
            raise BadArgumentError("runs cannot be Cancelled on this service")

        def request(page: int) -> outbound.HttpRequest:
            return outbound.list_backtests(
                start,
                end,
                page=page,
                page_size=page_size,
                status=status,
                include_analytics=include_analytics,
            )

        def fetch(page: int) -> list[dict[str, JsonValue]]:
            asked = request(page)
            return decoding.read_objects(asked, self._transport.fetch(asked))

        request(0)
        return read_pages(fetch, page_size, decoding.summary_id)

    def status(self, backtest_id: str) -> BacktestStatus:
        """Return state and times of a run.

        With the seed contract the state comes from the analytics route and there are no times.

        Raises
        ------
        NotFoundError
            No such run, or deleted, or somebody else's.
        """
        return decoding.decode_status(self.status_raw(backtest_id))

    def status_raw(self, backtest_id: str) -> dict[str, JsonValue]:
        """Do as `status` and return the service's own document; seed: ``State`` alone."""
        if self._contract.has_status:
            return self._object(outbound.status(backtest_id))
        request = outbound.analytics(backtest_id)
        try:
            self._transport.fetch(request)
        except BacktestStateError as error:
            state = _STATES[type(error)]
            reason = error.message if state is BacktestState.FAILED else None
            return {"State": state.value, "FailureReason": reason}
        return {"State": BacktestState.FINISHED.value}

    def wait(
        self,
        backtest_id: str,
        *,
        timeout: float | None = None,
        on_status: Callable[[BacktestStatus], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> BacktestStatus:
        """Ask for the status until the run is Finished, Failed or Cancelled.

        Parameters
        ----------
        timeout
            Most seconds to wait; None waits without end.
        on_status
            Told every status, for showing progress.
        is_cancelled
            Stops the waiting (not the run) when it returns True.

        Raises
        ------
        PollTimeoutError
            The run has not ended in time; it goes on.
        PollStoppedError
            ``is_cancelled`` said so.
        """
        return poll(
            lambda: self.status(backtest_id),
            lambda status: status.state.is_terminal,
            self._transport.sleep,
            self._transport.clock,
            timeout=timeout,
            on_result=on_status,
            is_cancelled=is_cancelled,
            tolerated_faults=TOLERATED_FAULTS,
        )

    def cancel(self, backtest_id: str) -> None:
        """Ask for the end of a run; it happens later, so follow it with `wait`.  Repeatable.

        Raises
        ------
        NotInContractError
            The service has no such route (seed contract).
        ConflictError
            The run is not active, or the service cannot cancel.
        """
        if not self._contract.has_status:
            raise NotInContractError(
                "this service cannot cancel a backtest",
                where=backtest_id,
                cure="Wait for its end, or delete it.",
            )
        self._transport.order(outbound.cancel(backtest_id))

    def delete(self, backtest_id: str, mode: DeleteMode) -> None:
        """Delete a run or a part of it; see `DeleteMode`."""
        self._transport.order(outbound.delete(backtest_id, mode))

    def sharing(self, backtest_id: str) -> bool:
        """Return whether a run is shared; its owner only may ask."""
        return decoding.decode_sharing(self._object(outbound.sharing(backtest_id)))

    def set_sharing(self, backtest_id: str, enabled: bool) -> None:
        """Share a run, or take it back."""
        self._transport.order(outbound.set_sharing(backtest_id, enabled))
