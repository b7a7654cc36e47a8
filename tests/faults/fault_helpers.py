"""What the fault tests share: sets of runs, and the count of what exists where."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xlmeso.api import Client
from xlmeso.app.connect import Connection
from xlmeso.app.dispatch import NewRun, plan_set
from xlmeso.journal import RunSet, SetMember, Submissions
from xlmeso.model.templates import load_template
from xlmeso.settings import Profile

FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@contextmanager
def connected(
    url: str, api_key: str, *, contract: str = "newer", **options: Any
) -> Iterator[Connection]:
    with Client(url, api_key, contract=contract, **options) as client:
        yield Connection(client, Profile("fund", url), "test")


def planned(
    connection: Connection, journal: Submissions, count: int, digest: str = "abc"
) -> RunSet:
    base = load_template("short-put")
    runs = [NewRun(f"v{n}", base.with_name(f"sweep {n}")) for n in range(count)]
    return plan_set(connection, runs, title="sweep", digest=digest, journal=journal)


def at_service(connection: Connection) -> list[tuple[str, str]]:
    """Return name and id of all runs of the service; tags of names are cut off."""
    found = connection.client.backtests.list(FIRST, LAST)
    return [(item.name.partition(" ~")[0], item.backtest_id) for item in found]


def check_exactly_once(connection: Connection, members: list[SetMember], what: str) -> None:
    """Every intended run exists once at the service, and the journal says the same."""
    found = at_service(connection)
    names = Counter(name for name, _ in found)
    intended = {f"sweep {n}" for n in range(len(members))}
    states = Counter(member.run.state.value for member in members)
    print(
        f"{what}: intended {len(intended)}, at the service {len(found)}, "
        f"twice {sum(count - 1 for count in names.values())}, "
        f"lost {len(intended - names.keys())}, journal {dict(states)}"
    )
    assert names == Counter(intended)
    assert {member.run.backtest_id for member in members} == {run for _, run in found}
    assert states == {"stored": len(members)}
    assert all(member.analytics is not None for member in members)
