"""Submit a checked definition: written down first, sent once, repeated only under the same key."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from xlmeso.app.dispatch.delivery import deliver
from xlmeso.app.dispatch.sets import effort_of
from xlmeso.errors import GoneError

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.definitions import CheckedDefinition
    from xlmeso.journal import Submission, Submissions
    from xlmeso.model.backtest import SubmittedBacktest
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.settings import Profile

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


def lost_submissions(
    profile: Profile | None = None, env: Mapping[str, str] = os.environ
) -> list[Submission]:
    """Return the single runs that were sent and of which no reply came; asks nobody.

    Parameters
    ----------
    profile
        Whose journal, None for the profile that is in use.
    """
    from xlmeso.journal import Submissions, SubmissionState
    from xlmeso.settings import journal_path, resolve_profile

    path = journal_path(profile or resolve_profile(None, env), env)
    if not path.exists():
        return []
    journal = Submissions(path)
    sent = [run for run in journal.pending() if run.state is SubmissionState.SENT]
    in_sets = journal.sets.labels() if sent else {}
    return [run for run in sent if run.key not in in_sets]


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
    earlier sending of the same definition is open (no reply came, the program died), that is
    settled first: its bytes and key are sent again, so that the service recognises them, or it is
    looked up by its name where the service knows no keys.  One backtest comes out of it.

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
        The service refused, or no slot became free; the journal says so.
    TransportError, ServerError
        It is open whether the service has it; submitting the same again is safe.
    """
    journal = open_journal(connection) if journal is None else journal
    key = _open_key(connection, definition.definition, shared, journal)
    if key is not None:
        try:
            return deliver(connection.client, journal, key)
        except GoneError:
            pass  # the earlier one had arrived and was deleted since: this is a new submission
    key = _new_key(connection, definition.definition, shared, journal, new_key())
    return deliver(connection.client, journal, key)


def _open_key(
    connection: Connection,
    definition: StrategyDefinition,
    shared: bool,
    journal: Submissions,
) -> str | None:
    """Find an earlier sending of the same definition whose fate is open."""
    from xlmeso.wire.outbound import submission_body

    in_sets = journal.sets.labels()
    for record in journal.pending():
        key = record.key if record.keyed else None
        body = submission_body(definition, shared=shared, idempotency_key=key)
        if record.body == body and record.key not in in_sets:
            return record.key
    return None


def _new_key(
    connection: Connection,
    definition: StrategyDefinition,
    shared: bool,
    journal: Submissions,
    key: str,
) -> str:
    """Write the submission down; it is on the disk when this returns."""
    from xlmeso.wire.outbound import submission_body

    keyed = connection.client.contract.has_idempotency
    body = submission_body(definition, shared=shared, idempotency_key=key if keyed else None)
    name, effort = definition.backtest.name or NAMELESS, effort_of(definition)
    return journal.record(name, body, key, keyed=keyed, effort=effort).key
