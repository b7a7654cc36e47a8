"""The tree of errors that xlmeso raises on purpose; imports nothing of ours.

Every class carries what the three faces need: a sentence for people, a short text for a
worksheet cell (``cell_text``) and an exit code for the command line (``exit_code``).  A message
says what was wrong, ``where`` it was (a cell, a JSON path, a URL, a file) and ``cure`` says what
to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlmeso.model.problems import Problem


class XlmesoError(Exception):
    """Root of all errors that xlmeso raises on purpose.

    Parameters
    ----------
    message
        One sentence: what was wrong, with the value where that helps.
    where
        The cell, JSON path, URL or file concerned, or None.
    cure
        What the reader should do next, or None.
    """

    cell_text = "#MESO! Something went wrong"
    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, cure: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.cure = cure

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{with_advice(self.message, self.cure)}"


def with_advice(message: str, advice: str | None) -> str:
    """Join what is wrong and what to do into two sentences."""
    if not advice:
        return message
    stop = "" if message.endswith((".", "!", "?", ":")) else "."
    return f"{message}{stop} {advice}"


class ConfigurationError(XlmesoError):
    """A setting is missing, contradictory or unreadable."""

    cell_text = "#MESO! Check the settings"
    exit_code = 4


class NoCredentialsError(ConfigurationError):
    """No API key was found for the service that was asked for."""

    cell_text = "#MESO! Sign in first"


class StrategyDefinitionError(XlmesoError):
    """A strategy definition has mistakes; all of them are in ``problems``."""

    cell_text = "#MESO! Strategy has mistakes"
    exit_code = 3

    def __init__(self, problems: Sequence[Problem], *, where: str | None = None) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        noun = "mistake" if count == 1 else "mistakes"
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"the strategy definition has {count} {noun}:{lines}", where=where)


class TransportError(XlmesoError):
    """The service gave no reply: no network, refused connection, time-out, broken TLS."""

    cell_text = "#MESO! Service not reachable"
    exit_code = 9


class DecodingError(XlmesoError):
    """The service replied with something that its contract does not allow."""

    cell_text = "#MESO! Reply not understood"
    exit_code = 9


class ApiError(XlmesoError):
    """The service replied with an error status.

    Parameters
    ----------
    status
        HTTP status code.
    code
        Machine-readable code of the ProblemDetails body, or None.
    message
        What the service said, or our own sentence for the status.
    request_id
        Identifier for the service's support, or None.
    """

    cell_text = "#MESO! Refused by the service"
    exit_code = 7

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        request_id: str | None = None,
        where: str | None = None,
        cure: str | None = None,
    ) -> None:
        super().__init__(message, where=where, cure=cure)
        self.status = status
        self.code = code
        self.request_id = request_id


class AuthenticationError(ApiError):
    """401: the key is missing, wrong or expired."""

    cell_text = "#MESO! Sign in again"
    exit_code = 5


class PermissionDeniedError(ApiError):
    """403: the key is good, but the backtest is somebody else's and not shared."""

    cell_text = "#MESO! No right to this backtest"
    exit_code = 5


class NotFoundError(ApiError):
    """404: no such backtest, or it does not have what was asked for."""

    cell_text = "#MESO! Backtest not found"
    exit_code = 6


class GoneError(NotFoundError):
    """410: the backtest of this idempotency key was deleted; the key stays reserved."""

    cell_text = "#MESO! Backtest was deleted"


class ConflictError(ApiError):
    """409: the idempotency key was used with another payload, or the run is not in that state."""

    cell_text = "#MESO! Conflicts with an earlier request"


class InvalidRequestError(ApiError):
    """400, 413, 422: the service does not accept the request as it is."""

    cell_text = "#MESO! Request not accepted"


class TryLaterError(ApiError):
    """A refusal that may pass: ``retry_after`` is the wait in seconds that was asked for, or None.

    ``status`` defaults to the usual one of the class.
    """

    usual_status = 503

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        where: str | None = None,
        cure: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            status=self.usual_status if status is None else status,
            code=code,
            request_id=request_id,
            where=where,
            cure=cure,
        )
        self.retry_after = retry_after


class RateLimitError(TryLaterError):
    """429: too many requests or too many runs in flight."""

    cell_text = "#MESO! Limit reached, try later"
    exit_code = 8
    usual_status = 429


class ServerError(TryLaterError):
    """5xx: the service failed or is paused."""

    cell_text = "#MESO! Service has a fault"
    exit_code = 9
    usual_status = 500


class BacktestStateError(XlmesoError):
    """The backtest is in a state that has no such result."""

    cell_text = "#MESO! Not ready"
    exit_code = 10


class BacktestRunningError(BacktestStateError):
    """425: the analytics exist only after the run has finished."""

    cell_text = "#MESO! Still running"


class BacktestFailedError(BacktestStateError):
    """405: the run failed; the message carries the reason where the service tells it."""

    cell_text = "#MESO! Backtest failed"


class BacktestCancelledError(BacktestStateError):
    """409 on analytics: the run was cancelled."""

    cell_text = "#MESO! Backtest was cancelled"


class PollTimeoutError(XlmesoError):
    """The run did not reach a terminal state within the time that was allowed."""

    cell_text = "#MESO! Still running"
    exit_code = 11


class WorkbookError(XlmesoError):
    """A workbook or another file cannot be read, understood or written."""

    cell_text = "#MESO! Check the workbook"
    exit_code = 12


class SimulationError(XlmesoError):
    """The local service could not go on with a run; the message becomes its failure reason."""

    cell_text = "#MESO! Backtest failed"
    exit_code = 10
