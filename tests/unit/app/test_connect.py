"""Which service a command speaks to, and the local one that starts by itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xlmeso.app import local_service
from xlmeso.app.connect import LOCAL_SERVICE, Connection, connect, service_label
from xlmeso.errors import ConfigurationError, NoCredentialsError
from xlmeso.settings import Profile, ServiceKind, data_dir, update_settings
from xlmeso.simulator.auth import local_api_key
from xlmeso.simulator.discovery import is_alive, this_process, write_pointer
from xlmeso.simulator.folder_lock import folder_lock
from xlmeso.simulator.server import LocalService

FUND = Profile("fund", "https://fund.example", ServiceKind.FUND)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XLMESO_HOME": str(tmp_path), "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}


@pytest.fixture
def with_fund(env: dict[str, str]) -> dict[str, str]:
    update_settings(lambda settings: settings.with_profile(FUND), env)
    return env


def chosen(env: dict[str, str], profile: str | None = None) -> str:
    with connect(profile, env=env) as connection:
        return connection.client.url


ELSEWHERE = {"XLMESO_URL": "https://env.example", "XLMESO_API_KEY": "key-env"}


def test_the_environment_chooses_service_and_key(env: dict[str, str]) -> None:
    with connect(env=env | ELSEWHERE) as connection:
        assert connection.client.url == "https://env.example"
        assert (connection.service, connection.is_local) == ("env.example", False)


def test_a_named_profile_goes_before_the_environment(with_fund: dict[str, str]) -> None:
    with pytest.raises(NoCredentialsError):
        chosen(with_fund | ELSEWHERE, "fund")


def test_the_profile_of_the_environment_goes_before_the_default(with_fund: dict[str, str]) -> None:
    env = with_fund | {"XLMESO_PROFILE": "fund", "XLMESO_API_KEY": "key-1"}
    assert chosen(env) == "https://fund.example"


def test_the_default_profile_goes_before_the_local_service(with_fund: dict[str, str]) -> None:
    update_settings(lambda settings: settings.with_default("fund"), with_fund)
    assert chosen(with_fund | {"XLMESO_API_KEY": "key-1"}) == "https://fund.example"


def test_a_person_is_asked_for_a_missing_key(with_fund: dict[str, str]) -> None:
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return "typed-key"

    with connect("fund", env=with_fund, prompt=prompt) as connection:
        assert connection.client.url == "https://fund.example"
    assert len(asked) == 1


def test_a_loopback_address_counts_as_local(env: dict[str, str]) -> None:
    env |= {"XLMESO_URL": "http://127.0.0.1:9999", "XLMESO_API_KEY": "key-1"}
    with connect(env=env) as connection:
        assert (connection.is_local, connection.embedded) == (True, False)
        assert connection.service == "127.0.0.1:9999"


def test_without_any_setting_the_local_service_starts_and_stops_again(env: dict[str, str]) -> None:
    with connect(env=env) as connection:
        url = connection.client.url
        assert (connection.service, connection.is_local, connection.embedded) == (
            LOCAL_SERVICE, True, True,
        )  # fmt: skip
        assert is_alive(url)
        assert list(connection.client.backtests.list(_time(2000), _time(2100))) == []
    assert not is_alive(url)


def _time(year: int) -> Any:
    import datetime as dt

    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


def test_a_running_service_is_found_and_left_running(env: dict[str, str], tmp_path: Path) -> None:
    with LocalService(tmp_path / "elsewhere", workers=1) as service:
        write_pointer(data_dir(env), this_process(service.url, service.data))
        with connect("local", env=env) as connection:
            assert connection.client.url == service.url
            assert not connection.embedded
            assert list(connection.client.backtests.list(_time(2000), _time(2100))) == []
        assert is_alive(service.url)


def test_a_data_folder_in_use_is_waited_for_then_told(env: dict[str, str]) -> None:
    waits: list[float] = []
    with (
        folder_lock(local_service.default_data(env)),
        pytest.raises(ConfigurationError, match="xlmeso serve"),
    ):
        local_service.reach_local_service(env, patience=1.0, sleep=waits.append)
    assert sum(waits) == pytest.approx(1.0)


def test_a_data_folder_that_gets_free_is_taken(env: dict[str, str]) -> None:
    lock = folder_lock(local_service.default_data(env))
    lock.__enter__()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            lock.__exit__(None, None, None)

    access = local_service.reach_local_service(env, sleep=sleep)
    try:
        assert access.embedded
        assert len(waits) == 2
    finally:
        access.stop()


def test_the_key_does_not_show_in_the_access(tmp_path: Path) -> None:
    key = local_api_key(tmp_path)
    access = local_service.LocalAccess("http://127.0.0.1:1", key, False, lambda: None)
    assert key not in repr(access)


def test_an_unusable_data_folder_is_told_at_once(env: dict[str, str]) -> None:
    blocked = local_service.default_data(env)
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the folder belongs", encoding="utf-8")
    waits: list[float] = []
    with pytest.raises(ConfigurationError):
        local_service.reach_local_service(env, patience=1.0, sleep=waits.append)
    assert waits == []


def test_closing_stops_the_service_even_if_the_client_fails() -> None:
    stopped: list[bool] = []

    def fail() -> None:
        raise OSError("broken")

    client: Any = SimpleNamespace(close=fail)
    connection = Connection(client, FUND, "x", _stop=lambda: stopped.append(True))
    with pytest.raises(OSError, match="broken"):
        connection.close()
    assert stopped == [True]


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://fund.example", "fund.example"),
        ("http://127.0.0.1:8765", "127.0.0.1:8765"),
        ("https://user:secret@fund.example", "fund.example"),
    ],
)
def test_the_label_is_the_host(url: str, label: str) -> None:
    assert service_label(url) == label


def test_serving_takes_the_friendly_port_or_a_free_one() -> None:
    import contextlib

    from xlmeso.simulator.listening import bind

    with contextlib.closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert local_service._free_or_any(port) == 0
    assert local_service._free_or_any(port) == port


def test_a_client_that_cannot_be_made_stops_the_service_again(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    access = local_service.LocalAccess("ftp://x", "key", True, lambda: stopped.append(True))
    monkeypatch.setattr(local_service, "reach_local_service", lambda _env: access)
    with pytest.raises(ConfigurationError):
        connect("local", env=env)
    assert stopped == [True]


def test_a_lock_that_nobody_holds_is_no_obstacle(tmp_path: Path) -> None:
    with folder_lock(tmp_path):
        assert local_service._is_held(tmp_path)
    assert not local_service._is_held(tmp_path)


def test_serving_refuses_a_broken_history_before_it_says_that_it_is_ready(tmp_path: Path) -> None:
    from xlmeso.app.local_service import serve_until_stopped
    from xlmeso.simulator.market import HistorySource

    (tmp_path / "spx.csv").write_text("date,open\n2020-01-02,1\n", encoding="utf-8")
    ready: list[object] = []
    with pytest.raises(ConfigurationError, match=r"spx\.csv"):
        serve_until_stopped(
            tmp_path / "data",
            port=0,
            default_port=0,
            history=HistorySource("csv", tmp_path),
            seed=0,
            workers=1,
            on_ready=ready.append,
            env={"XLMESO_HOME": str(tmp_path)},
        )
    assert ready == []
