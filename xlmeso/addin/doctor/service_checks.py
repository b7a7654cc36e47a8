"""The service that formulas and buttons use, and the key for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from xlmeso.addin.doctor.findings import Finding, fault, from_error, note, ok
from xlmeso.addin.doctor.machine import Machine
from xlmeso.errors import AuthenticationError, ConfigurationError, NoCredentialsError, XlmesoError

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.settings import Profile

SOON: Final = dt.timedelta(days=7)
"""A key that expires within this time is worth a word."""

_ELSEWHERE: Final = "Check the address, the network and its proxy; --profile names another service."


def check_service(machine: Machine, profile: str | None) -> Iterator[Finding]:
    """Check which service is used, that it answers, and that it accepts the key."""
    from xlmeso.settings import resolve_profile

    try:
        chosen = resolve_profile(profile, machine.env)
    except ConfigurationError as error:
        yield from_error("Service", error, "Choose a profile with --profile.")
        return
    if chosen.url is None:
        yield from _local(machine, chosen)
    else:
        yield from _remote(machine, chosen)


def _local(machine: Machine, chosen: Profile) -> Iterator[Finding]:
    from xlmeso.settings import ServiceKind, data_dir
    from xlmeso.simulator.discovery import running_service

    if chosen.kind is not ServiceKind.LOCAL:
        cure = f"Sign in once: xlmeso login --profile {chosen.name} --url https://..."
        yield fault("Service", f"the profile {chosen.name!r} has no address", cure)
        return
    running = running_service(data_dir(machine.env))
    if running is None:
        yield ok("Service", "the local service; none runs, one is started when it is needed")
    else:
        yield ok("Service", f"the local service, which answers at {running.url}")
    yield ok("Key", "the local service issues its own")


def _remote(machine: Machine, chosen: Profile) -> Iterator[Finding]:
    from xlmeso.app.connect import connect
    from xlmeso.settings import find_api_key

    login = f"Sign in: xlmeso login --profile {chosen.name}"
    try:
        key = find_api_key(chosen, env=machine.env)
    except NoCredentialsError as error:
        yield from_error("Key", error, login)
        return
    except ConfigurationError as error:
        yield from_error("Key", error, login)
        return
    yield _expiry(key.reveal(), key.source.value, login)
    with connect(chosen.name if chosen.name != "environment" else None, env=machine.env) as way:
        yield _asked(way, login)


def _expiry(key: str, source: str, login: str) -> Finding:
    from xlmeso.settings import expires_at

    end = expires_at(key)
    if end is None:
        return ok("Key", f"found in the {source}")
    now = dt.datetime.now(dt.UTC)
    day = f"{end:%Y-%m-%d}"
    if end <= now:
        return fault("Key", f"found in the {source}, expired on {day}", login)
    if end - now < SOON:
        return note("Key", f"found in the {source}, expires on {day}", login)
    return ok("Key", f"found in the {source}, good until {day}")


def _asked(connection: Connection, login: str) -> Finding:
    """Ask for the newest runs of a day: the cheapest request that needs a good key."""
    now = dt.datetime.now(dt.UTC)
    try:
        next(iter(connection.client.backtests.list(now - dt.timedelta(days=1), now)), None)
    except AuthenticationError as error:
        return from_error("Service", error, login)
    except XlmesoError as error:
        return from_error("Service", error, _ELSEWHERE)
    return ok("Service", f"{connection.service} answers and accepts the key")
