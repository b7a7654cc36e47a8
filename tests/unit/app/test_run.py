"""Following a run to its end."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from xlmeso.app.connect import Connection
from xlmeso.app.run import fetch, wait
from xlmeso.app.submit import open_journal
from xlmeso.journal import SubmissionState
from xlmeso.model.backtest import BacktestState, BacktestStatus, SubmittedBacktest
from xlmeso.model.templates import load_template
from xlmeso.settings import Profile

PROFILE = Profile("fund", "https://fund.example")
HALF = BacktestStatus(BacktestState.STARTED, progress=0.5)
DONE = BacktestStatus(BacktestState.FINISHED, progress=1.0)
RECEIPT = SubmittedBacktest("id-1", "My run")


def connection(
    end: BacktestStatus | BaseException = DONE, *, embedded: bool = False, **resources: Any
) -> Connection:
    """Connect to a service whose only run is half done and then ends so."""

    def waiting(
        backtest_id: str,
        *,
        timeout: float | None,
        on_status: Callable[[BacktestStatus], None],
    ) -> BacktestStatus:
        assert (backtest_id, timeout) == ("id-1", 60.0)
        on_status(HALF)
        if isinstance(end, BaseException):
            raise end
        on_status(end)
        return end

    client: Any = SimpleNamespace(backtests=SimpleNamespace(wait=waiting), **resources)
    return Connection(client, PROFILE, "fund.example", embedded=embedded, is_local=embedded)


def test_every_status_is_shown_as_state_and_share() -> None:
    shown: list[tuple[str, float | None]] = []
    status = wait(connection(), "id-1", timeout=60.0, on_progress=lambda *seen: shown.append(seen))
    assert status is DONE
    assert shown == [("Started", 0.5), ("Finished", 1.0)]


def test_the_journal_learns_how_a_run_of_ours_ended() -> None:
    service = connection(BacktestStatus(BacktestState.FAILED, failure_reason="no quotes"))
    journal = open_journal(service)
    journal.record("My run", b"{}", "key-1", keyed=True, effort=1)
    journal.mark_sent("key-1")
    journal.mark_accepted("key-1", "id-1")
    wait(service, "id-1", timeout=60.0)
    noted = journal.find("key-1")
    assert noted is not None
    assert (noted.state, noted.outcome) == (SubmissionState.ENDED, BacktestState.FAILED)
    assert noted.reason == "no quotes"
    assert journal.in_flight() == []


def test_a_run_of_somebody_else_leaves_no_journal_behind() -> None:
    service = connection()
    wait(service, "id-1", timeout=60.0)
    assert not open_journal(service).path.exists()


def test_nobody_needs_to_look() -> None:
    assert wait(connection(), "id-1", timeout=60.0) is DONE


@pytest.mark.parametrize(
    ("embedded", "words"),
    [
        (False, ["goes on at fund.example", "xlmeso status id-1", "xlmeso cancel id-1"]),
        (True, ["is kept", "xlmeso status id-1 --wait"]),
    ],
)
def test_ctrl_c_says_what_becomes_of_the_run(embedded: bool, words: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        wait(connection(KeyboardInterrupt(), embedded=embedded), "id-1", timeout=60.0)
    assert all(word in str(caught.value) for word in words)


def test_a_finished_run_is_fetched_whole() -> None:
    def answering(answer: object) -> Any:
        return SimpleNamespace(get=lambda backtest_id: (backtest_id, answer))

    here = connection(
        analytics=answering("figures"), events=answering("events"), navs=answering("navs")
    )
    result = fetch(here, RECEIPT, load_template("short-put"), DONE)
    assert result.analytics == ("id-1", "figures")
    assert result.events == ("id-1", "events")
    assert result.navs == ("id-1", "navs")
    assert (result.service, result.modelled) == ("fund.example", False)
    assert result.fetched_at.tzinfo is not None


def test_of_a_run_that_failed_nothing_is_asked() -> None:
    failed = BacktestStatus(BacktestState.FAILED, failure_reason="why")
    result = fetch(connection(embedded=True), RECEIPT, load_template("short-put"), failed)
    assert (result.analytics, result.events, result.navs) == (None, (), None)
    assert result.modelled
