"""Clients and services that die: by SIGKILL, by Ctrl-C, in their sleep, two at a time."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_helpers import FIRST, LAST, check_exactly_once, connected
from fault_proxy import proxied
from processes import clients, service

from xlmeso.journal import Submissions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the clients are forked"),
]


@pytest.mark.parametrize(("contract", "kills"), [("newer", 40), ("seed", 15)])
def test_client_killed_again_and_again_and_resumed(
    tmp_path: Path, journal: Submissions, contract: str, kills: int
) -> None:
    chance = random.Random(20261125)
    seconds = 0.9 if kills == 40 else 0.35
    with (
        service(tmp_path / "data", seconds=seconds, slots=5, contract=contract) as server,
        clients(
            tmp_path, url=server.url, api_key=server.api_key, contract=contract, count=60
        ) as crowd,
    ):
        in_the_middle = 0
        for _ in range(kills):
            pid, _ = crowd.start()
            time.sleep(chance.uniform(0.02, 0.5))
            in_the_middle += crowd.kill(pid) == -signal.SIGKILL
        left = [m for m in journal.sets.members(1) if not m.run.is_done]
        crowd.finish()
        with connected(server.url, server.api_key, contract=contract) as connection:
            what = f"{in_the_middle} kills of the client, {contract}, {len(left)} left after them"
            check_exactly_once(connection, journal.sets.members(1), what)
    assert in_the_middle >= kills * 3 // 4


def test_service_killed_and_started_again(tmp_path: Path, journal: Submissions) -> None:
    chance = random.Random(4)
    with (
        service(tmp_path / "data", seconds=0.3, slots=4) as server,
        clients(
            tmp_path, url=server.url, api_key=server.api_key, contract="newer", count=40
        ) as crowd,
    ):
        pid, out = crowd.start()
        for _ in range(2):
            time.sleep(chance.uniform(0.5, 1.5))
            server.kill()
            time.sleep(0.3)
            server.start()
        assert crowd.wait(pid) == 0, out.read_text("utf-8")
        with connected(server.url, server.api_key) as connection:
            check_exactly_once(connection, journal.sets.members(1), "service killed twice")


def test_ctrl_c_ends_within_a_second_and_says_how_to_go_on(
    tmp_path: Path, journal: Submissions
) -> None:
    chance = random.Random(7)
    took = []
    with (
        service(tmp_path / "data", seconds=0.5, slots=4) as server,
        clients(
            tmp_path, url=server.url, api_key=server.api_key, contract="newer", count=24
        ) as crowd,
    ):
        for _ in range(8):
            pid, out = crowd.start()
            time.sleep(chance.uniform(0.15, 0.6))
            begun = time.monotonic()
            code = crowd.kill(pid, signal.SIGINT)
            took.append(time.monotonic() - begun)
            assert code == 3
            said = out.read_text("utf-8")
            assert said.startswith("KeyboardInterrupt: ")
            assert "of 24 runs have ended" in said
            assert "--resume" in said
        crowd.finish()
        with connected(server.url, server.api_key) as connection:
            what = f"8 times Ctrl-C, the slowest took {max(took):.2f} s"
            check_exactly_once(connection, journal.sets.members(1), what)
    assert max(took) < 1.0


@pytest.mark.parametrize("contract", ["newer", "seed"])
def test_two_processes_with_one_set(tmp_path: Path, journal: Submissions, contract: str) -> None:
    with (
        service(tmp_path / "data", seconds=0.2, slots=4, contract=contract) as server,
        clients(
            tmp_path, url=server.url, api_key=server.api_key, contract=contract, count=30
        ) as crowd,
    ):
        first, _ = crowd.start()
        second, _ = crowd.start()
        assert (crowd.wait(first), crowd.wait(second)) == (0, 0)
        with connected(server.url, server.api_key, contract=contract) as connection:
            check_exactly_once(
                connection, journal.sets.members(1), f"two processes at once, {contract}"
            )


def test_laptop_that_sleeps_while_its_connections_die(tmp_path: Path, journal: Submissions) -> None:
    with (
        service(tmp_path / "data", seconds=0.3, slots=4) as server,
        proxied(server.url) as proxy,
        clients(
            tmp_path, url=proxy.url, api_key=server.api_key, contract="newer", count=24
        ) as crowd,
    ):
        pid, out = crowd.start()
        for nap in (0.6, 0.9):
            time.sleep(nap)
            os.kill(pid, signal.SIGSTOP)
            proxy.cut_all()
            time.sleep(3.0)
            os.kill(pid, signal.SIGCONT)
        assert crowd.wait(pid) == 0, out.read_text("utf-8")
        with connected(server.url, server.api_key) as connection:
            check_exactly_once(connection, journal.sets.members(1), "asleep twice for 3 s")


def test_full_disk_stops_before_anything_is_lost(tmp_path: Path, journal: Submissions) -> None:
    with (
        service(tmp_path / "data", seconds=0.2, slots=4) as server,
        clients(
            tmp_path, url=server.url, api_key=server.api_key, contract="newer", count=20
        ) as crowd,
    ):
        # First no room for the plan: nothing may reach the service.
        pid, out = crowd.start(file_limit=40_000)
        assert crowd.wait(pid) == 3
        assert out.read_text("utf-8").startswith("JournalError: ")
        with connected(server.url, server.api_key) as connection:
            assert list(connection.client.backtests.list(FIRST, LAST)) == []
        assert journal.recent() == []
        # Then the disk fills up on the way.
        limits = [journal.path.stat().st_size + room for room in (180_000, 260_000)]
        for limit in limits:
            pid, out = crowd.start(file_limit=limit)
            crowd.wait(pid)
        crowd.finish()
        with connected(server.url, server.api_key) as connection:
            check_exactly_once(connection, journal.sets.members(1), "disk full three times")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that another user may enter; those of pytest are its owner's alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_folder_that_cannot_be_written_sends_nothing(tmp_path: Path, open_folder: Path) -> None:
    folder, outbox = open_folder / "sealed", open_folder / "out"
    folder.mkdir(mode=0o555)
    outbox.mkdir()
    outbox.chmod(0o777)
    with (
        service(tmp_path / "data", seconds=0.2, slots=4) as server,
        clients(outbox, url=server.url, api_key=server.api_key, contract="newer", count=5) as crowd,
    ):
        pid, out = crowd.start(journal=str(folder / "journal.sqlite"), nobody=True)
        assert crowd.wait(pid) == 3
        said = out.read_text("utf-8")
        assert said.startswith("JournalError: ")
        assert "Check the rights of its folder" in said
        with connected(server.url, server.api_key) as connection:
            assert list(connection.client.backtests.list(FIRST, LAST)) == []
    print("folder without rights: intended 5, at the service 0")
