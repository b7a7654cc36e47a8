"""Buttons about the service: sign in, choose, start or stop the local one, about."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING

from xlmeso.errors import ConfigurationError
from xlmeso.excel.dialogs import choose, required

if TYPE_CHECKING:
    from xlmeso.excel.macro_frame import Session
    from xlmeso.settings import Settings


def sign_in(session: Session) -> str:
    """Ask for a profile, if need be its address, and for the key; store the key in the keyring."""
    from xlmeso.app.account import DEFAULT_KIND
    from xlmeso.app.account import sign_in as store_key
    from xlmeso.settings import ServiceKind, load_settings

    present = load_settings()
    away = [
        name for name, profile in present.profiles.items() if profile.kind is not ServiceKind.LOCAL
    ]
    default = present.default_profile if present.default_profile in away else DEFAULT_KIND
    question = f"Profile to sign in with (known: {', '.join(away)}; a new name makes a new one):"
    name = required(session.dialogs.ask(session.title, question, default))
    url = _address(session, present, name)
    kind = None if name in present.profiles else str(ServiceKind.FUND)
    session.say("trying the key")
    done = store_key(
        name,
        url=url,
        kind=kind,
        ask=lambda text: required(session.dialogs.ask_secret(session.title, text)),
    )
    _let_formulas_know(done.profile.name)
    told = [f"The key of {done.profile.url} is stored under the profile {done.profile.name!r}."]
    if done.expires_at:
        told.append(f"It is good until {done.expires_at:%Y-%m-%d %H:%M} UTC.")
    if not done.is_default:
        told.append("Press Service to use this profile.")
    return "\n".join(told)


def choose_service(session: Session) -> str:
    """Let the person choose the profile that all macros and formulas use."""
    from xlmeso.settings import load_settings, update_settings
    from xlmeso.settings.resolve import URL_VARIABLE

    present = load_settings()
    choices = {
        name: profile.url or ("this machine" if str(profile.kind) == "local" else "no address yet")
        for name, profile in present.profiles.items()
    }
    name = choose(
        session.dialogs,
        session.title,
        f"In use: {present.default_profile}. Use which profile?",
        choices,
        present.default_profile,
    )
    update_settings(lambda current: current.with_default(name))
    _let_formulas_know(name)
    told = [f"The profile {name!r} is in use now ({choices[name]})."]
    if os.environ.get(URL_VARIABLE, "").strip():
        told.append(f"Note: the environment variable {URL_VARIABLE} goes before it.")
    return "\n".join(told)


def local_service(session: Session) -> str:
    """Start the local service, or say where it runs and offer to stop it."""
    from xlmeso.excel.background_service import (
        ensure_local_service,
        find_local_service,
        stop_local_service,
    )

    running = find_local_service()
    if running is None:
        started = ensure_local_service(session.say)
        _let_formulas_know("local")
        return (
            f"The local service runs at {started.url} and goes on when Excel is closed.\n"
            "Press Service and choose 'local' to use it."
        )
    stop = session.dialogs.confirm(
        session.title,
        f"The local service runs at {running.url}.\n\nStop it? Runs that have begun go on when it "
        "starts again.",
    )
    if not stop:
        return f"The local service goes on at {running.url}."
    session.say("stopping the local service")
    stop_local_service(running)
    return "The local service was stopped."


def doctor(session: Session) -> str:
    """Check the installation and say what is wrong, with a line of cure for each fault."""
    from xlmeso.addin.doctor import Level, examine

    session.say("examining the installation")
    found = examine()
    wrong = [item for item in found if item.level is not Level.OK]
    lines = [f"{len(found) - len(wrong)} of {len(found)} checks are in order."]
    for item in wrong:
        cure = f"\n  {item.cure}" if item.cure else ""
        lines.append(f"\n{item.level}: {item.check}: {item.text}{cure}")
    return "\n".join(lines)


def about(session: Session) -> str:
    """Say which versions run, from where, and which service is in use."""
    import xlwings

    from xlmeso._version import __version__
    from xlmeso.app.connect import LOCAL_SERVICE, service_label
    from xlmeso.errors import XlmesoError
    from xlmeso.settings import resolve_profile

    try:
        profile = resolve_profile()
        label = service_label(profile.url) if profile.url else LOCAL_SERVICE
        service = f"{label} (profile {profile.name})"
    except XlmesoError as error:
        service = str(error)
    return "\n".join(
        [
            f"xlmeso {__version__}",
            f"xlwings {xlwings.__version__}, Excel {session.book.app.version}",
            f"Python {platform.python_version()} at {sys.executable}",
            f"Service: {service}",
            "",
            "xlmeso is an independent client of MesoSim's API.",
        ]
    )


def _address(session: Session, present: Settings, name: str) -> str | None:
    """Ask for the address of a profile that has none."""
    from xlmeso.settings.home_file import read_home_file

    known = present.profiles.get(name)
    if known is not None and str(known.kind) == "local":
        raise ConfigurationError(
            "the local service needs no sign-in.", cure="Press Service and choose it."
        )
    if known is not None and (known.url or read_home_file(os.environ)):
        return None
    question = "Address of the service, beginning with https://"
    return required(session.dialogs.ask(session.title, question))


def _let_formulas_know(name: str) -> None:
    """Let formulas look at the settings again and ask what was refused before."""
    from xlmeso.app.formulas.purge import lift_refusals
    from xlmeso.app.formulas.session import session as formulas
    from xlmeso.settings import load_settings

    lift_refusals(load_settings().profile(name))
    formulas().look_again()
