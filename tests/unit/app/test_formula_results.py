"""Results for formulas over a service that counts and can be told to fail."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xlmeso.app.formulas import purge
from xlmeso.app.formulas.errors import ArgumentError, PendingError, from_text, to_text
from xlmeso.app.formulas.flight import Patience
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.results import Results
from xlmeso.app.formulas.runs import resolve, state_of
from xlmeso.app.formulas.service import FormulaService, scope_beginning
from xlmeso.errors import (
    BacktestFailedError,
    BacktestRunningError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TransportError,
    XlmesoError,
)
from xlmeso.journal.cache import ResultCache
from xlmeso.model.document import from_python
from xlmeso.settings import Profile

ONE, TWO, THREE = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
FIGURES = {"StratSharpe": 1.5, "StratMaxDd": -12.25, "StratTradeCnt": 7}
NAVS = b"At,NAV\n2020-01-02T09:30:00,100.0\n2020-01-03T09:30:00,101.0\n"


class FakeClient:
    """Answers like a service; counts requests; `fault` answers instead when it is set."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.items: list[dict[str, Any]] = []
        self.fault: XlmesoError | None = None
        self.delay = 0.0
        self.backtests = self.analytics = self.navs = self  # one object plays all resources
        self.strategy_definition = self.events = self

    def _asked(self, what: str) -> None:
        self.asked[what] += 1
        time.sleep(self.delay)
        if self.fault is not None:
            raise self.fault

    def list_raw(self, *_: Any, **__: Any) -> Iterator[Any]:
        self._asked("list")
        return iter([from_python(item) for item in self.items])

    def get_raw(self, backtest_id: str) -> Any:
        self._asked(f"get {backtest_id}")
        return NAVS

    def status_raw(self, backtest_id: str) -> Any:
        self._asked(f"status {backtest_id}")
        (item,) = [one for one in self.items if one["Id"] == backtest_id] or [{"State": "Started"}]
        return from_python({"State": item["State"], "FailureReason": "no data"})


class FakeService(FormulaService):
    """Keeps its client whatever happens."""

    def reset(self) -> None: ...


def run(backtest_id: str, state: str = "Finished", name: str = "run") -> dict[str, Any]:
    item = {
        "Id": backtest_id, "Name": name, "StrategyName": "s", "Shared": False, "State": state,
        "CreatedAt": "2026-01-01T00:00:00Z", "StartedAt": None, "FinishedAt": None,
    }  # fmt: skip
    return item | (FIGURES if state == "Finished" else {})


@pytest.fixture
def client() -> FakeClient:
    made = FakeClient()
    made.items = [run(ONE), run(TWO, "Failed", "other"), run(THREE, "Started", "slow")]
    return made


@pytest.fixture
def clock() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
def results(client: FakeClient, clock: list[float], tmp_path: Path) -> Iterator[Results]:
    made = new_results(client, clock, tmp_path)
    yield made
    made.close()


def new_results(client: FakeClient, clock: list[float], folder: Path) -> Results:
    """Do as another Excel does that shares the folder."""
    profile = Profile("fund", "https://example.test")
    scope = f"{scope_beginning(profile)}me"
    service = FakeService(profile, "example.test", scope, False, {}, client)  # type: ignore[arg-type]
    cache = ResultCache(folder / "results", clock=lambda: clock[0])
    return Results(service, cache, patience=Patience(5.0), clock=lambda: clock[0])


def test_one_list_request_answers_for_many_runs(results: Results, client: FakeClient) -> None:
    client.items = [run(f"00000000-0000-4000-8000-{n:012d}") for n in range(20)]
    for _ in range(50):
        for item in client.items:
            assert float(results.get(Kind.ANALYTICS, item["Id"]).value["StratSharpe"]) == 1.5
    assert client.asked == {"list": 1}


def test_threads_that_ask_at_once_share_one_request(results: Results, client: FakeClient) -> None:
    client.delay = 0.05
    threads = [threading.Thread(target=results.get, args=(Kind.NAVS, ONE)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.asked == {f"get {ONE}": 1}


def test_two_excels_that_ask_at_once_share_one_request(
    client: FakeClient, clock: list[float], tmp_path: Path
) -> None:
    client.delay = 0.05
    both = [new_results(client, clock, tmp_path) for _ in range(2)]
    threads = [threading.Thread(target=one.get, args=(Kind.NAVS, ONE)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.asked == {f"get {ONE}": 1}


def test_finished_results_are_asked_once_ever(
    results: Results, client: FakeClient, clock: list[float], tmp_path: Path
) -> None:
    results.get(Kind.ANALYTICS, ONE)
    clock[0] += 365 * 86_400
    later = new_results(client, clock, tmp_path)
    later.get(Kind.ANALYTICS, ONE)
    assert client.asked == {"list": 1}


def test_running_run_is_asked_at_a_polite_interval(
    results: Results, client: FakeClient, clock: list[float]
) -> None:
    for _ in range(100):
        with pytest.raises(BacktestRunningError):
            results.get(Kind.ANALYTICS, THREE)
    assert client.asked.total() == 1
    clock[0] += 20
    client.items[2] = run(THREE, "Finished")
    client.get_raw = lambda _: from_python(FIGURES)  # type: ignore[method-assign]
    assert results.get(Kind.ANALYTICS, THREE).value["StratTradeCnt"] == 7


def test_failed_run_tells_the_reason_and_is_not_asked_again(
    results: Results, client: FakeClient, clock: list[float]
) -> None:
    for _ in range(10):
        with pytest.raises(BacktestFailedError, match="no data"):
            results.get(Kind.ANALYTICS, TWO)
        clock[0] += 10_000
    assert client.asked == {"list": 1, f"status {TWO}": 1}


@pytest.mark.parametrize(
    "error",
    [NotFoundError("gone", status=404), PermissionDeniedError("not yours", status=403)],
    ids=["404", "403"],
)
def test_refusal_is_cached_and_kept_over_a_restart(
    error: XlmesoError, client: FakeClient, clock: list[float], tmp_path: Path
) -> None:
    client.fault = error
    for _ in range(3):
        results = new_results(client, clock, tmp_path)
        with pytest.raises(type(error), match=error.message):
            results.get(Kind.DEFINITION, ONE)
    assert client.asked.total() == 1


@pytest.mark.parametrize("kind", [Kind.NAVS, Kind.EVENTS])
def test_results_that_a_running_run_does_not_have_yet_are_not_called_missing(
    results: Results, client: FakeClient, clock: list[float], monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
) -> None:  # fmt: skip
    """The service answers 404 for the blotter and NAV of a run that is under way."""

    def missing(*_: Any) -> bytes:
        client.asked["404"] += 1
        raise NotFoundError("The backtest has no NAV series.", status=404)

    monkeypatch.setattr("xlmeso.app.formulas.resources._downloaded_events", missing)
    monkeypatch.setattr(client, "get_raw", missing)
    for _ in range(3):
        with pytest.raises(BacktestRunningError, match=r"not finished yet \(Started\)"):
            results.get(kind, THREE)
    assert client.asked["404"] == 1
    client.items[2]["State"] = "Finished"
    clock[0] += 6
    monkeypatch.setattr("xlmeso.app.formulas.resources._downloaded_events", lambda *_: b"[]")
    monkeypatch.setattr(client, "get_raw", lambda _: NAVS)
    assert results.get(kind, THREE).value is not None, "seen a few seconds after its end"


def test_results_of_a_run_that_there_is_not_stay_missing(
    results: Results, client: FakeClient
) -> None:
    client.fault = NotFoundError("no such backtest", status=404)
    with pytest.raises(NotFoundError, match="no such backtest"):
        results.get(Kind.NAVS, ONE)


def test_limit_stops_every_request_until_the_service_wants_more(
    results: Results, client: FakeClient, clock: list[float]
) -> None:
    client.fault = RateLimitError("slow down", retry_after=40)
    for kind in (Kind.NAVS, Kind.DEFINITION, Kind.NAVS):
        with pytest.raises(RateLimitError):
            results.get(kind, ONE)
    assert client.asked.total() == 1
    client.fault = None
    clock[0] += 39
    with pytest.raises(RateLimitError):
        results.get(Kind.NAVS, ONE)
    clock[0] += 2
    assert len(results.get(Kind.NAVS, ONE).value) == 2
    assert results.usage.session()["limited"] == 1


def test_last_good_value_is_shown_while_the_service_is_away_and_says_so(
    results: Results, client: FakeClient, clock: list[float]
) -> None:
    assert results.get(Kind.NAVS, THREE).is_current
    clock[0] += 600
    client.fault = TransportError("no network")
    answer = results.get(Kind.NAVS, THREE)
    assert len(answer.value) == 2
    assert not answer.is_current
    with pytest.raises(TransportError):
        results.get(Kind.NAVS, TWO)


def test_cell_does_not_wait_longer_than_patience_and_the_answer_arrives_later(
    results: Results, client: FakeClient
) -> None:
    client.delay = 0.15
    with results.gathering(), pytest.raises(PendingError):
        results.get(Kind.NAVS, ONE)
    assert results.settle(5.0)
    assert len(results.get(Kind.NAVS, ONE).value) == 2
    assert client.asked.total() == 1


def test_patience_is_shared_by_all_cells_and_comes_back() -> None:
    now = [0.0]
    patience = Patience(10.0, refill=0.5, clock=lambda: now[0])
    for _ in range(4):
        patience.spend(3.0)
    assert patience.left() == 0
    now[0] += 4
    assert patience.left() == 2
    patience.renew()
    assert patience.left() == 10


def test_what_cells_wait_for_can_be_fetched_by_another_process(
    client: FakeClient, clock: list[float], tmp_path: Path
) -> None:
    client.delay = 0.1
    excel, macro = (new_results(client, clock, tmp_path) for _ in range(2))
    excel.patience = Patience(0.01)
    with pytest.raises(PendingError):
        excel.get(Kind.NAVS, ONE)
    assert [key.id for key in macro.cache.wanted(macro.service.scope)] == [ONE]
    assert macro.fetch_wanted() == 1
    assert macro.settle(5.0)
    assert excel.settle(5.0)
    assert client.asked == {f"get {ONE}": 1}
    assert macro.cache.wanted(macro.service.scope) == []


def test_deleted_run_is_forgotten_by_every_excel(
    client: FakeClient, clock: list[float], tmp_path: Path, private_home: Path
) -> None:
    folder = purge.cache_folder().parent
    one, other = (new_results(client, clock, folder) for _ in range(2))
    for results in (one, other):
        results.get(Kind.NAVS, ONE)
    purge.forget_backtests(one.service.profile, [ONE])
    client.fault = NotFoundError("deleted", status=404)
    time.sleep(0.12)  # the other process looks ten times a second
    for results in (one, other):
        with pytest.raises(NotFoundError):
            results.get(Kind.NAVS, ONE)


def test_signing_out_leaves_nothing(
    client: FakeClient, clock: list[float], private_home: Path
) -> None:
    results = new_results(client, clock, purge.cache_folder().parent)
    results.get(Kind.NAVS, ONE)
    purge.forget_service(results.service.profile)
    assert results.cache.scopes() == []


def test_names_links_and_ids_mean_runs(results: Results, client: FakeClient) -> None:
    assert resolve(results, ONE.upper()) == ONE
    assert resolve(results, f"https://portal.test/backtest/{ONE}?tab=1") == ONE
    assert resolve(results, " OTHER ") == TWO
    with pytest.raises(NotFoundError, match="Did you mean 'other'"):
        resolve(results, "othe")
    client.items.append(run(THREE[:-1] + "9", name="other"))
    results.refresh()
    with pytest.raises(ArgumentError, match="2 backtests are called"):
        resolve(results, "other")


def test_states_of_many_runs_come_from_one_list(results: Results, client: FakeClient) -> None:
    states = [state_of(results, backtest_id).value for backtest_id in (ONE, TWO, THREE)]
    assert states == ["Finished", "Failed", "Started"]
    assert client.asked == {"list": 1}


def test_errors_survive_as_text() -> None:
    for error in (
        NotFoundError("gone", status=404, code="not-found", where="run", cure="look"),
        RateLimitError("slow", retry_after=3.5),
        BacktestFailedError("no data"),
        PendingError("wait", cure="refresh"),
    ):
        again = from_text(to_text(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert getattr(again, "retry_after", None) == getattr(error, "retry_after", None)


def test_text_of_an_error_hides_a_key() -> None:
    key = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"
    assert key not in to_text(XlmesoError(f"Bearer {key}"))


def test_times_carry_the_moment_of_the_answer(results: Results, clock: list[float]) -> None:
    answer = results.get(Kind.NAVS, ONE)
    assert answer.fetched_at == dt.datetime.fromtimestamp(clock[0], dt.UTC)
    assert answer.service == "example.test"
