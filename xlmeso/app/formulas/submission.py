"""Submit from a cell: the same definition under the same name is submitted once, ever.

The idempotency key is a hash of the definition and its name, so that a recalculation, a copy of
the workbook, a second Excel and a reopened file all mean the same submission.  The journal knows
it before the service does.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from xlmeso.app.dispatch.delivery import deliver
from xlmeso.errors import GoneError, InvalidRequestError, RateLimitError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from xlmeso.api import Client
    from xlmeso.journal import Submission, Submissions
    from xlmeso.model.strategy import StrategyDefinition

PREFIX: Final = "xlmeso-cell-"
"""Beginning of the keys of submissions from cells."""

REFUSED_SECONDS: Final = 60.0
"""A refusal that may pass (limits, a wrong key) stands so long before it is tried again."""

SLOT_SECONDS: Final = 5.0
"""Longest wait of a formula for one of the account's slots."""

_LASTING: Final = "lasting: "
"""Beginning of a journal's reason that no repetition will change."""


def key_of(definition: StrategyDefinition) -> str:
    """Return the idempotency key of a definition: equal for all spellings of the same order.

    Order of keys and white space do not count; numbers, texts and the name do.
    """
    from xlmeso.model.document import canonical

    text = canonical(definition.document)
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()[:40]


def submit_once(
    definition: StrategyDefinition,
    journal: Submissions,
    connect: Callable[[], Client],
    now: Callable[[], dt.datetime],
) -> str:
    """Return the id of the definition's backtest, submitting it if that never happened.

    Parameters
    ----------
    definition
        Without mistakes.
    journal
        Of the service's profile.
    connect
        Returns the client; called only if something is to be sent.
    now
        Returns the current time with its zone.

    Raises
    ------
    ApiError
        The service refused; the same is not sent again soon, or ever.
    TransportError
        It is open whether the service has it; that is settled at the next recalculation.
    """
    key = key_of(definition)
    known = journal.find(key)
    if known is not None and known.backtest_id is not None:
        return known.backtest_id
    if known is not None:
        _check_may_send(known, now())
    client = connect()
    _record(definition, journal, key, keyed=client.contract.has_idempotency)
    try:
        return deliver(client, journal, key, patience=SLOT_SECONDS).backtest_id
    except InvalidRequestError as error:
        journal.mark_refused(key, _LASTING + error.message)
        raise


def _record(definition: StrategyDefinition, journal: Submissions, key: str, *, keyed: bool) -> None:
    from xlmeso.app.dispatch.sets import effort_of
    from xlmeso.app.submit import NAMELESS
    from xlmeso.wire.outbound import submission_body

    body = submission_body(definition, shared=False, idempotency_key=key if keyed else None)
    name, effort = definition.backtest.name or NAMELESS, effort_of(definition)
    journal.record(name, body, key, keyed=keyed, effort=effort)


def _check_may_send(known: Submission, now: dt.datetime) -> None:
    """Raise the refusal that stands."""
    from xlmeso.journal import SubmissionState

    if known.state is SubmissionState.ENDED:
        raise GoneError(
            "the backtest of this strategy was deleted at the service.",
            status=410,
            cure="Change the strategy, or its name; the same is not sent again.",
        )
    if known.state is not SubmissionState.REFUSED:
        return
    reason = known.reason or "the service refused it."
    if reason.startswith(_LASTING):
        raise InvalidRequestError(
            reason.removeprefix(_LASTING),
            status=400,
            cure="Change the strategy, or its name; the same is not sent again.",
        )
    age = (now - known.changed_at).total_seconds()
    if 0 <= age < REFUSED_SECONDS:
        raise RateLimitError(
            reason, status=429, cure="It is sent again when you recalculate in a minute."
        )
