"""Sign in to a service and out of it: profile in the settings, key in the keyring."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlmeso.errors import ConfigurationError

if TYPE_CHECKING:
    from xlmeso.settings import CredentialStore, Profile, Settings

DEFAULT_KIND = "cloud"
"""Profile and kind of service when nothing is said."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in left: the profile, when the key expires (UTC) and whether it was tried."""

    profile: Profile
    expires_at: dt.datetime | None
    checked: bool
    is_default: bool


def sign_in(
    name: str | None,
    *,
    url: str | None = None,
    kind: str | None = None,
    ask: Callable[[str], str],
    check: bool = True,
    env: Mapping[str, str] = os.environ,
    store: CredentialStore | None = None,
) -> SignedIn:
    """Ask for a key, try it against the service and store it in the keyring.

    The first service that one signs in to becomes the default profile.

    Parameters
    ----------
    name
        Profile, None for the kind's own.
    url, kind
        Of a new profile, or changes of an old one; None leaves what is there.
    ask
        Asks for the key, given the text to show.
    check
        Whether to try the key with one list request before it is stored.

    Raises
    ------
    ConfigurationError
        No address is known, the text cannot be a key, or there is no keyring.
    AuthenticationError
        The service does not accept the key; nothing was stored.
    """
    from xlmeso import settings

    present = settings.load_settings(env)
    profile = _with_home_address(_profile(present, name, url, kind), env)
    key = settings.ApiKey(ask(f"API key of {profile.url}").strip(), settings.KeySource.PROMPT)
    if check:
        _try(profile, key.reveal())
    (store or settings.CredentialStore()).set(profile, key.reveal())
    becomes_default = "default_profile" not in present.document

    def change(current: Settings) -> Settings:
        changed = current.with_profile(profile)
        return changed.with_default(profile.name) if becomes_default else changed

    saved = settings.update_settings(change, env)
    return SignedIn(
        profile,
        settings.expires_at(key.reveal()),
        check,
        saved.default_profile == profile.name,
    )


def sign_out(
    name: str | None,
    *,
    env: Mapping[str, str] = os.environ,
    store: CredentialStore | None = None,
) -> tuple[Profile, bool]:
    """Remove a profile's key from the keyring and its cached results; the profile itself stays.

    Returns
    -------
    tuple
        The profile, and whether a key was there.
    """
    from xlmeso import settings
    from xlmeso.app.formulas.purge import forget_service

    profile = settings.resolve_profile(name, env)
    forget_service(profile, env)
    return profile, (store or settings.CredentialStore()).delete(profile)


def _profile(present: Settings, name: str | None, url: str | None, kind: str | None) -> Profile:
    """Take the stored profile with the changes asked for, or make a new one."""
    from xlmeso.settings import Profile, ServiceKind

    name = name or kind or DEFAULT_KIND
    known = present.profiles.get(name) or Profile(name, kind=ServiceKind(kind or DEFAULT_KIND))
    if known.kind is ServiceKind.LOCAL:
        raise ConfigurationError(
            "the local service needs no sign-in.", cure="Use it with --profile local."
        )
    return replace(known, url=url or known.url, kind=ServiceKind(kind or known.kind))


def _with_home_address(profile: Profile, env: Mapping[str, str]) -> Profile:
    from xlmeso.settings.home_file import read_home_file

    if profile.url is not None:
        return profile
    if home := read_home_file(env):
        return replace(profile, url=home.instance)
    raise ConfigurationError(
        f"the profile {profile.name!r} has no address of a service.",
        cure=f"Say it once: xlmeso login --profile {profile.name} --url https://...",
    )


def _try(profile: Profile, key: str) -> None:
    """Ask for the newest runs of a day: the cheapest request that needs a good key."""
    from xlmeso.api import Client

    now = dt.datetime.now(dt.UTC)
    with Client(str(profile.url), key, contract=profile.contract) as client:
        next(iter(client.backtests.list(now - dt.timedelta(days=1), now)), None)
