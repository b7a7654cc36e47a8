"""Which profile a command uses: argument, environment, config file, local service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from xlmeso.errors import ConfigurationError
from xlmeso.settings.config_file import load_settings
from xlmeso.settings.home_file import read_home_file
from xlmeso.settings.profiles import ENVIRONMENT, Profile, ServiceKind
from xlmeso.wire.urls import is_loopback

URL_VARIABLE: Final = "XLMESO_URL"
PROFILE_VARIABLE: Final = "XLMESO_PROFILE"


def resolve_profile(name: str | None = None, env: Mapping[str, str] = os.environ) -> Profile:
    """Return the profile to use.

    The first of these that is set: ``name``; XLMESO_URL, which makes a profile of its own; the
    name in XLMESO_PROFILE; the default profile of the config file; the local service.

    Returns
    -------
    Profile
        With an address, or, without one, the local service.  A profile of another kind that has
        no address takes it from the official client's home file.

    Raises
    ------
    ConfigurationError
        Unknown profile, unusable address or config file, or a profile that lacks its address.
    """
    environment = environment_profile(env)
    if environment is not None and name in (None, ENVIRONMENT):
        return environment
    settings = load_settings(env)
    chosen = name or env.get(PROFILE_VARIABLE, "").strip() or settings.default_profile
    return _with_address(settings.profile(chosen), env)


def environment_profile(env: Mapping[str, str] = os.environ) -> Profile | None:
    """Return the profile that XLMESO_URL makes, or None when it is not set."""
    url = env.get(URL_VARIABLE, "").strip()
    if not url:
        return None
    try:
        profile = Profile(ENVIRONMENT, url)
    except ConfigurationError as error:
        raise ConfigurationError(error.message, where=URL_VARIABLE, cure=error.cure) from None
    # Assumption: a service on this machine is the local one; any other is somebody's portal.
    if is_loopback(urlsplit(profile.url or "").hostname or ""):
        return replace(profile, kind=ServiceKind.LOCAL)
    return profile


def _with_address(profile: Profile, env: Mapping[str, str]) -> Profile:
    if profile.url is not None or profile.kind is ServiceKind.LOCAL:
        return profile
    if home := read_home_file(env):
        return replace(profile, url=home.instance)
    raise ConfigurationError(
        f"the profile {profile.name!r} has no address of a service",
        cure=f"Set it with 'xlmeso login --profile {profile.name} --url https://...'.",
    )
