"""Single runs: one sending through the account's window, its outcome told to the caller."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

from xlmeso.errors import RateLimitError, TransportError, XlmesoError
from xlmeso.model.backtest import SubmittedBacktest

if TYPE_CHECKING:
    from xlmeso.api import Client
    from xlmeso.app.dispatch.dispatcher import Dispatcher
    from xlmeso.journal import Submission, Submissions

SLOT_PATIENCE: Final = 60.0
"""Seconds that a single run waits for one of the account's slots."""

OPEN: Final = (
    "It is open whether the service has the run. Submit the same again, or press Refresh: that is "
    "settled first, and nothing is submitted twice."
)
"""What to do when the reply to a single run was lost."""

_WITHDRAWN: Final = "interrupted before it was sent"


def deliver(
    client: Client, journal: Submissions, key: str, *, patience: float = SLOT_PATIENCE
) -> SubmittedBacktest:
    """Send a recorded run once and return the service's receipt.

    It waits for a slot that the account has free, before all runs of sets.  What was sent before
    without a reply is settled first: sent again under its key, or looked up by its name where
    the service knows no keys.

    Parameters
    ----------
    patience
        Seconds to wait for a slot, or for another process that is sending the same.

    Raises
    ------
    RateLimitError
        No slot became free, or the service refused for a limit; the run is not sent later.
    ApiError
        The service refused; the journal says so.
    TransportError, ServerError
        It is open whether the service has it; submitting the same again is safe.
    KeyboardInterrupt
        On Ctrl-C, within a second, with a sentence how to go on.
    """
    from xlmeso.app.dispatch.crew import ThreadCrew
    from xlmeso.app.dispatch.dispatcher import Contract, Dispatcher
    from xlmeso.app.dispatch.interruption import interruptible
    from xlmeso.app.dispatch.tasks import Kind
    from xlmeso.journal.flights import Scope
    from xlmeso.journal.owners import owning

    offered = client.contract
    contract = Contract(keyed=offered.has_idempotency, has_status=offered.has_status)
    crew = ThreadCrew(client)
    with owning(journal.path.parent) as owner, interruptible() as wish:
        with journal.writing() as moves:
            moves.intended_again(key)
            journal.flights.queue_up(moves, key, owner)
        dispatcher = Dispatcher(journal, crew, Scope(key=key), owner, contract)
        end = time.monotonic() + patience

        def stop() -> bool:
            is_sending = dispatcher.memory.is_busy(Kind.SEND)
            late = time.monotonic() >= end and not is_sending
            return wish.asked or late or _is_settled(journal, dispatcher, key)

        try:
            with contextlib.suppress(XlmesoError):  # what ended the sending is told below
                dispatcher.run(stop)
        finally:
            crew.dismiss()
            run = _concluded(journal, dispatcher, key, interrupted=wish.asked)
    if run.backtest_id is not None:
        return dispatcher.memory.receipts.get(key) or SubmittedBacktest(run.backtest_id, run.name)
    if wish.asked:
        raise KeyboardInterrupt(_how_to_go_on(run))
    raise _told(dispatcher.memory.errors.get(key) or _not_sent(run, patience), run)


def _is_settled(journal: Submissions, dispatcher: Dispatcher, key: str) -> bool:
    """Whether the sending has come to an end, here or in another process."""
    from xlmeso.journal.rows import PENDING

    run = journal.find(key)
    return key in dispatcher.memory.errors or run is None or run.state not in PENDING


def _concluded(
    journal: Submissions, dispatcher: Dispatcher, key: str, *, interrupted: bool
) -> Submission:
    """Leave no single run behind that would be sent later, when nobody expects it."""
    from xlmeso.journal import SubmissionState

    with journal.writing() as moves:
        run = moves.get(key)
        error = dispatcher.memory.errors.get(key)
        if run.state is not SubmissionState.INTENDED:
            return run
        if error is not None:
            return moves.refused(key, error.message)
        return moves.refused(key, _WITHDRAWN if interrupted else "no slot became free in time")


def _told(error: XlmesoError, run: Submission) -> XlmesoError:
    """Say what to do where it is open whether the service has the run."""
    from xlmeso.journal import SubmissionState

    if run.state is SubmissionState.SENT:
        error.cure = OPEN
    return error


def _not_sent(run: Submission, patience: float) -> XlmesoError:
    from xlmeso.journal import SubmissionState

    if run.state is SubmissionState.SENT:
        return TransportError(
            f"{run.name!r} was sent, and it is not known yet whether the service has it"
        )
    return RateLimitError(
        f"all runs that the service takes at once are in use, and none ended in {patience:,.0f} s",
        cure="Submit it again later; nothing was sent.",
    )


def _how_to_go_on(run: Submission) -> str:
    from xlmeso.journal import SubmissionState

    if run.state is SubmissionState.REFUSED:
        return "Nothing was submitted."
    return OPEN
