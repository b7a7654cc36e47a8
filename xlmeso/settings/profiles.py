"""A profile: one service under a name, with its address and the contract it speaks."""

from __future__ import annotations

import enum
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from xlmeso.errors import ConfigurationError
from xlmeso.wire.contract import Contract
from xlmeso.wire.urls import service_origin

LOCAL: Final = "local"
"""Name of the profile that is used when nothing else is said."""

ENVIRONMENT: Final = "environment"
"""Name of the profile that XLMESO_URL makes; it cannot be stored."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _check_name(name: str) -> None:
    """Refuse a profile name that could not be typed, filed or shown."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} cannot be the name of a profile",
            cure="Use up to 64 letters, digits, dots, hyphens and underscores, such as my-fund.",
        )


class ServiceKind(enum.StrEnum):
    """Whose service it is."""

    LOCAL = "local"
    """The service that ships with xlmeso."""
    CLOUD = "cloud"
    """The public MesoSim site."""
    FUND = "fund"
    """A customer's own portal."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A service under a name; never holds the API key.

    Raises
    ------
    ConfigurationError
        The name has characters that no profile has, or the address is not an acceptable origin.
    """

    name: str
    url: str | None = None
    """Origin in its normal form; None is the local service on this machine, or, for any other
    kind, an address that the user has yet to give."""
    kind: ServiceKind = ServiceKind.FUND
    contract: Contract = Contract.NEWER

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.url is not None:
            object.__setattr__(self, "url", service_origin(self.url))

    @property
    def slug(self) -> str:
        """Name for files and keyring entries, different for every name and address.

        The address is part of it: when a profile gets a new address, neither the old service's
        key nor its journal is taken for the new one's.  The digest also keeps apart names that
        differ in case only, and steers clear of the names that Windows reserves.
        """
        digest = hashlib.sha256(f"{self.name}\n{self.url or ''}".encode()).hexdigest()
        return f"{self.name.lower()}-{digest[:8]}"


# Assumption: no address of the public site is built in, because the reference does not state it.
BUILT_IN: Final = (
    Profile(LOCAL, kind=ServiceKind.LOCAL),
    Profile("cloud", kind=ServiceKind.CLOUD),
    Profile("fund", kind=ServiceKind.FUND),
)
"""Profiles that exist without a config file; those of services elsewhere lack an address."""
