"""Whatever the network and the service do: every intended run exists once."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path

import pytest
from fast_service import fast_service
from fault_helpers import at_service, check_exactly_once, connected, planned
from fault_proxy import PASS, Fault, Script, proxied

from xlmeso.api.transport import Timeouts
from xlmeso.app.dispatch import crew, dispatcher, learning, run_set
from xlmeso.errors import AuthenticationError, DecodingError
from xlmeso.journal import Submissions

pytestmark = pytest.mark.slow

QUICK = Timeouts(connect=1.0, read=1.0, total=1.5)
RUNS = 16


@pytest.fixture(autouse=True)
def short_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service without keys is believed sooner that it does not have a run."""
    short = functools.partial(dispatcher.Contract, absence=2.0)
    monkeypatch.setattr(dispatcher, "Contract", short)


def every(step: int, fault: Fault, method: str = "PUT", part: str = "") -> Script:
    """Strike every ``step``-th request of a method whose path has a part."""

    def script(sent: str, path: str, number: int) -> Fault:
        hit = sent == method and part in path and number % step == 0
        return fault if hit else PASS

    return script


def first(count: int, fault: Fault, method: str = "PUT") -> Script:
    """Strike the requests of a method from the third on, so many of them."""

    def script(sent: str, path: str, number: int) -> Fault:
        return fault if sent == method and 3 <= number < 3 + count else PASS

    return script


def survive(
    tmp_path: Path, journal: Submissions, script: Script, what: str, contract: str = "newer"
) -> None:
    """Run a set through a proxy that breaks what the script says, then count."""
    with (
        fast_service(tmp_path / "data", slots=6, contract=contract, retry_after=1.0) as service,
        proxied(service.url, script) as proxy,
        connected(proxy.url, service.api_key, contract=contract, timeouts=QUICK) as broken,
        connected(service.url, service.api_key, contract=contract) as sound,
    ):
        made = planned(broken, journal, RUNS)
        members = run_set(broken, made.set_id, journal=journal, patience=30.0)
        faults = {kind: count for kind, count in proxy.faults.items() if count}
        check_exactly_once(sound, members, f"{what}, {contract}, struck {faults}")
    assert faults


@pytest.mark.parametrize("contract", ["newer", "seed"])
@pytest.mark.parametrize("kind", ["cut-before", "cut-in", "cut-after"])
def test_connection_cut_around_the_reply(
    tmp_path: Path, journal: Submissions, kind: str, contract: str
) -> None:
    survive(tmp_path, journal, every(3, Fault(kind)), f"submissions {kind}", contract)


def in_seconds() -> tuple[tuple[str, str], ...]:
    return (("Retry-After", "1"),)


def as_a_date() -> tuple[tuple[str, str], ...]:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    return (("Retry-After", format_datetime(moment, usegmt=True)),)


def not_at_all() -> tuple[tuple[str, str], ...]:
    return ()


@pytest.mark.parametrize("when", [in_seconds, as_a_date, not_at_all])
@pytest.mark.parametrize("status", [429, 503])
def test_storms_of_refusals(
    tmp_path: Path,
    journal: Submissions,
    status: int,
    when: Callable[[], tuple[tuple[str, str], ...]],
) -> None:
    def script(method: str, path: str, number: int) -> Fault:
        hit = method == "PUT" and 3 <= number < 9
        return Fault("reply", status, when()) if hit else PASS

    survive(tmp_path, journal, script, f"storm of {status}, {when.__name__}")


def test_storm_of_503_on_a_service_without_keys(tmp_path: Path, journal: Submissions) -> None:
    survive(tmp_path, journal, first(4, Fault("reply", 503)), "storm of 503", "seed")


def test_limits_of_reading_requests_too(tmp_path: Path, journal: Submissions) -> None:
    fault = Fault("reply", 429, (("Retry-After", "1"),))
    survive(tmp_path, journal, every(4, fault, "GET"), "every fourth reading refused")


@pytest.mark.parametrize("method", ["PUT", "GET"])
@pytest.mark.parametrize("kind", ["truncated", "corrupt"])
def test_bodies_that_are_not_what_they_should_be(
    tmp_path: Path, journal: Submissions, kind: str, method: str
) -> None:
    survive(tmp_path, journal, every(3, Fault(kind), method), f"{method} {kind}")


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_slow_loris(tmp_path: Path, journal: Submissions, method: str) -> None:
    survive(tmp_path, journal, every(5, Fault("drip"), method), f"{method} drips")


@pytest.mark.parametrize("jump", [dt.timedelta(days=3), -dt.timedelta(days=3)])
def test_clock_that_jumps(
    tmp_path: Path, journal: Submissions, jump: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the tenth look at the clock on it is three days later, or earlier, and back again."""
    looks = 0

    def jumping() -> dt.datetime:
        nonlocal looks
        looks += 1
        offset = jump if looks // 40 % 2 else dt.timedelta()
        return dt.datetime.now(dt.UTC) + offset

    monkeypatch.setattr(crew.ThreadCrew, "wall", lambda self: jumping())
    jumpy = Submissions(journal.path, clock=jumping)
    fault = Fault("reply", 429, (("Retry-After", "1"),))
    script = every(7, fault)
    survive(tmp_path, jumpy, script, f"clock jumps by {jump.days} days and back")
    print(f"  looks at the clock: {looks}")
    assert looks > 80


def test_results_that_stay_unreadable_are_told_and_fetched_the_next_time(
    tmp_path: Path, journal: Submissions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "MOST_ATTEMPTS", 2)
    script = every(1, Fault("corrupt"), "GET", "/analytics")
    with (
        fast_service(tmp_path / "data", slots=6) as service,
        proxied(service.url, script) as proxy,
        connected(proxy.url, service.api_key) as broken,
        connected(service.url, service.api_key) as sound,
    ):
        made = planned(broken, journal, 5)
        with pytest.raises(DecodingError) as caught:
            run_set(broken, made.set_id, journal=journal)
        assert "concerns 5 runs" in (caught.value.cure or "")
        states = {member.run.state.value for member in journal.sets.members(made.set_id)}
        assert states == {"ended"}
        members = run_set(sound, made.set_id, journal=journal)
        check_exactly_once(sound, members, "analytics unreadable until the second attempt")


def test_a_key_that_is_revoked_on_the_way_stops_at_once_and_loses_nothing(
    tmp_path: Path, journal: Submissions
) -> None:
    def script(method: str, path: str, number: int) -> Fault:
        return Fault("reply", 401) if method == "PUT" and number >= 4 else PASS

    with (
        fast_service(tmp_path / "data", slots=6) as service,
        proxied(service.url, script) as proxy,
        connected(proxy.url, service.api_key) as broken,
        connected(service.url, service.api_key) as sound,
    ):
        made = planned(broken, journal, RUNS)
        with pytest.raises(AuthenticationError):
            run_set(broken, made.set_id, journal=journal)
        states = {member.run.state.value for member in journal.sets.members(made.set_id)}
        assert "intended" in states
        assert "refused" not in states
        members = run_set(sound, made.set_id, journal=journal)
        check_exactly_once(sound, members, "key revoked after three submissions")


def test_a_run_that_the_service_refuses_does_not_stop_the_others(
    tmp_path: Path, journal: Submissions
) -> None:
    def script(method: str, path: str, number: int) -> Fault:
        return Fault("reply", 400) if method == "PUT" and number == 3 else PASS

    with (
        fast_service(tmp_path / "data", slots=6) as service,
        proxied(service.url, script) as proxy,
        connected(proxy.url, service.api_key) as connection,
    ):
        made = planned(connection, journal, 8)
        members = run_set(connection, made.set_id, journal=journal)
        (refused,) = [member.run for member in members if member.run.state == "refused"]
        assert "does not accept the request" in (refused.reason or "")
        assert len(at_service(connection)) == 7
        assert sum(member.run.state == "stored" for member in members) == 7
