"""Which run is meant, and what is known about its state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.resources import RECENT
from xlmeso.errors import (
    BacktestCancelledError,
    BacktestFailedError,
    BacktestRunningError,
    NotFoundError,
    XlmesoError,
)
from xlmeso.model.backtest import BacktestState, BacktestStatus, BacktestSummary

if TYPE_CHECKING:
    from xlmeso.app.formulas.results import Results

FEW: Final = 2
"""So many running runs are asked for one by one; for more, the list is cheaper."""

_GUID = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
)
_OPAQUE = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{20,128}")


def resolve(results: Results, text: str) -> str:
    """Return the id that an id, a portal link or a name means.

    Raises
    ------
    NotFoundError
        No run has the name.
    ArgumentError
        Several runs have it.
    """
    text = text.strip()
    if not text:
        raise ArgumentError("no backtest is named.", cure="Give an id, a name or a portal link.")
    found = _GUID.search(text)
    if found and (found.group() == text or "/" in text):
        return found.group().lower()
    if text.lower().startswith(("http://", "https://")):
        return unquote(urlsplit(text).path.rstrip("/").rpartition("/")[2])
    return _named(results, text)


def _named(results: Results, text: str) -> str:
    known = results.known(Kind.LIST, RECENT)
    # Names are taken from an older list too, but not after somebody has pressed Refresh.
    matches = _matches(known.value or (), text) if known.fresh_until > 0 else []
    if not matches and not _OPAQUE.fullmatch(text):
        matches = _matches(results.held(Kind.LIST, RECENT).value, text)
    if len(matches) > 1:
        raise ArgumentError(
            f"{len(matches)} backtests are called {text!r}, the newest of them {matches[0]}.",
            cure="Use the id of the one that you mean.",
        )
    if matches:
        return matches[0]
    if _OPAQUE.fullmatch(text):
        return text
    raise NotFoundError(
        f"no backtest is called {text!r}.", status=404, cure=_nearest_name(results, text)
    )


def _matches(summaries: tuple[BacktestSummary, ...], text: str) -> list[str]:
    if any(summary.backtest_id == text for summary in summaries):
        return [text]
    folded = text.casefold()
    return [item.backtest_id for item in summaries if item.name.casefold() == folded]


def _nearest_name(results: Results, text: str) -> str:
    from xlmeso.model.nearest import nearest

    names = [summary.name for summary in results.known(Kind.LIST, RECENT).value or ()]
    near = nearest(text, names) if names else None
    return f"Did you mean {near!r}?" if near else "MESO_BACKTESTS lists your backtests."


def summary_of(results: Results, backtest_id: str) -> BacktestSummary | None:
    """Return what the list says about a run, however old; asks nobody."""
    for summary in results.known(Kind.LIST, RECENT).value or ():
        if summary.backtest_id == backtest_id:
            return summary  # type: ignore[no-any-return]
    return None


def _list_is_fresh(results: Results) -> bool:
    return results.known(Kind.LIST, RECENT).is_fresh(results.now())


def list_pays(results: Results, backtest_id: str) -> bool:
    """Whether one request for the list of runs is cheaper than one for this run.

    It pays for a run that was never seen, which may be one of many, and when more than a few runs
    are under way.  A run or two that are known to be running are followed by themselves.
    """
    summary = summary_of(results, backtest_id)
    if summary is None:
        return True
    running = [
        item for item in results.known(Kind.LIST, RECENT).value or () if not item.state.is_terminal
    ]
    return len(running) > FEW


def refusal_of(results: Results, backtest_id: str) -> XlmesoError | None:
    """Return why a run has no figures, as far as a fresh list says; None when it may have."""
    key = results.key(Kind.LIST, RECENT)
    held = results.peek(key)
    summary = summary_of(results, backtest_id)
    if summary is None or not held.is_fresh(results.now()):
        return None
    if summary.state is BacktestState.FAILED:
        return BacktestFailedError(f"the backtest failed: {reason(results, backtest_id)}")
    if summary.state is BacktestState.CANCELLED:
        return BacktestCancelledError("the backtest was cancelled.")
    if summary.state is BacktestState.FINISHED:
        return None
    return not_finished(summary.state)


def not_finished(state: BacktestState) -> BacktestRunningError:
    """Return the error of results that are not there yet."""
    return BacktestRunningError(
        f"the backtest has not finished yet ({state.value}).", cure="Refresh after it has finished."
    )


def reason(results: Results, backtest_id: str) -> str:
    """Return why a run failed, as the service says it; waits for the service."""
    try:
        status: BacktestStatus = results.fetched(Kind.STATUS, backtest_id).value
    except XlmesoError:
        return "the reason is not known yet."
    return status.failure_reason or "the service gives no reason."


def failure_reason(results: Results, backtest_id: str) -> str:
    """Return why a run failed; as `reason`, but no longer than a cell waits."""
    status: BacktestStatus = results.get(Kind.STATUS, backtest_id).value
    return status.failure_reason or "the service gives no reason."


def known_to_have_ended(results: Results, backtest_id: str) -> bool:
    """Whether something that is known already says that a run has ended; asks nobody."""
    if results.known(Kind.ANALYTICS, backtest_id).value is not None:
        return True
    status = results.known(Kind.STATUS, backtest_id).value
    if status is not None and status.state.is_terminal:
        return True
    summary = summary_of(results, backtest_id)
    return summary is not None and summary.state.is_terminal


def state_of(results: Results, backtest_id: str) -> BacktestState:
    """Return the state of a run with as few requests as possible.

    Raises
    ------
    XlmesoError
        The service refuses, or cannot be asked and nothing is known.
    """
    if results.known(Kind.ANALYTICS, backtest_id).value is not None:
        return BacktestState.FINISHED
    status = results.known(Kind.STATUS, backtest_id)
    if status.value is not None and status.is_fresh(results.now()):
        return status.value.state  # type: ignore[no-any-return]
    summary = summary_of(results, backtest_id)
    if summary is not None and (summary.state.is_terminal or _list_is_fresh(results)):
        return summary.state
    if list_pays(results, backtest_id):
        results.held(Kind.LIST, RECENT)
        summary = summary_of(results, backtest_id)
        if summary is not None:
            return summary.state
    return results.get(Kind.STATUS, backtest_id).value.state  # type: ignore[no-any-return]
