"""Submit a checked definition: written down first, sent once, repeated only under the same key."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from xlmeso.errors import ApiError, GoneError, ServerError, XlmesoError

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.definitions import CheckedDefinition
    from xlmeso.journal import Submission, Submissions
    from xlmeso.model.backtest import SubmittedBacktest
    from xlmeso.model.strategy import StrategyDefinition

NAMELESS: Final = "(no name)"
"""How the journal calls a run whose definition has no Backtest.Name."""


def random_key() -> str:
    """Return a new idempotency key: a random UUID, as the official client takes."""
    return str(uuid.uuid4())


def open_journal(connection: Connection, env: Mapping[str, str] = os.environ) -> Submissions:
    """Open the journal of the connection's service."""
    from xlmeso.journal import Submissions
    from xlmeso.settings import journal_path

    return Submissions(journal_path(connection.profile, env))


def submit(
    connection: Connection,
    definition: CheckedDefinition,
    *,
    shared: bool = False,
    journal: Submissions | None = None,
    new_key: Callable[[], str] = random_key,
) -> SubmittedBacktest:
    """Submit a definition to the service.

    The exact bytes and their key are on the disk before they are sent.  While the fate of an
    earlier sending of the same definition is open (no reply came, the program died), its bytes
    and key are sent again, so that the service recognises it: one backtest comes out of it.

    Parameters
    ----------
    shared
        Whether every user of the service who has the link may see the run.
    journal
        The service's journal, None for the usual one.
    new_key
        Makes idempotency keys.

    Returns
    -------
    SubmittedBacktest
        The receipt: accepted, not finished.

    Raises
    ------
    ApiError
        The service refused; the journal says so.
    TransportError, ServerError
        It is open whether the service has it; submitting the same again is safe.
    """
    journal = open_journal(connection) if journal is None else journal
    record = _open_record(connection, definition.definition, shared, journal)
    if record is not None:
        try:
            return _send(connection, journal, record)
        except GoneError:
            pass  # the earlier one had arrived and was deleted since: this is a new submission
    return _send(
        connection,
        journal,
        _new_record(connection, definition.definition, shared, journal, new_key()),
    )


def _open_record(
    connection: Connection,
    definition: StrategyDefinition,
    shared: bool,
    journal: Submissions,
) -> Submission | None:
    """Find an earlier sending of the same definition whose fate is open."""
    from xlmeso.wire.outbound import submission_body

    if not connection.client.contract.has_idempotency:
        return None
    for record in journal.pending():
        if record.body == submission_body(definition, shared=shared, idempotency_key=record.key):
            return record
    return None


def _new_record(
    connection: Connection,
    definition: StrategyDefinition,
    shared: bool,
    journal: Submissions,
    key: str,
) -> Submission:
    from xlmeso.wire.outbound import submission_body

    sent_key = key if connection.client.contract.has_idempotency else None
    body = submission_body(definition, shared=shared, idempotency_key=sent_key)
    return journal.record(definition.backtest.name or NAMELESS, body, key)


def _send(connection: Connection, journal: Submissions, record: Submission) -> SubmittedBacktest:
    """Send the recorded bytes; the client repeats them itself where that is safe."""
    keyed = connection.client.contract.has_idempotency
    journal.mark_sent(record.key)
    try:
        receipt = connection.client.backtests.create_from_bytes(record.body, keyed=keyed)
    except XlmesoError as error:
        if _is_refusal(error):
            journal.mark_refused(record.key, error.message)
        raise
    journal.mark_accepted(record.key, receipt.backtest_id)
    return receipt


def _is_refusal(error: XlmesoError) -> bool:
    """Whether the service has certainly not taken the submission."""
    return isinstance(error, ApiError) and not isinstance(error, ServerError)
