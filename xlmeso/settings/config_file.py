"""The config file: profiles and the default one, in TOML, with unknown keys kept."""

from __future__ import annotations

import copy
import difflib
import enum
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from xlmeso.errors import ConfigurationError
from xlmeso.settings.folders import config_path
from xlmeso.settings.profiles import BUILT_IN, ENVIRONMENT, LOCAL, Profile, ServiceKind
from xlmeso.wire.contract import Contract

LOCK_SECONDS: Final = 10.0

E = TypeVar("E", bound=enum.StrEnum)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the config file says, on top of what holds without one.

    Change it with the ``with_...`` methods, which return a new one, and `save_settings`.
    """

    default_profile: str = LOCAL
    profiles: Mapping[str, Profile] = field(
        default_factory=lambda: {profile.name: profile for profile in BUILT_IN}
    )
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The file as it was read, with the keys that this version does not know."""

    def profile(self, name: str) -> Profile:
        """Return a profile by name.

        Raises
        ------
        ConfigurationError
            There is none; the message names the nearest one.
        """
        if name in self.profiles:
            return self.profiles[name]
        near = difflib.get_close_matches(name, self.profiles, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        known = ", ".join(self.profiles)
        raise ConfigurationError(
            f"there is no profile {name!r}",
            cure=f"Known profiles: {known}.{hint} 'xlmeso login --profile {name}' makes one.",
        )

    def with_profile(self, profile: Profile) -> Settings:
        """Add a profile, or put it in place of the one with its name."""
        if profile.name == ENVIRONMENT:
            raise ConfigurationError(
                f"the name {ENVIRONMENT!r} stands for the service that XLMESO_URL names",
                cure="Choose another name for the profile.",
            )
        document = copy.deepcopy(dict(self.document))
        table = document.setdefault("profiles", {}).setdefault(profile.name, {})
        table.update(kind=profile.kind.value, contract=profile.contract.value)
        table.pop("url", None)
        if profile.url is not None:
            table["url"] = profile.url
        return read_document(document)

    def without_profile(self, name: str) -> Settings:
        """Remove a profile; a built-in one falls back to how it came."""
        self.profile(name)
        document = copy.deepcopy(dict(self.document))
        document.get("profiles", {}).pop(name, None)
        if document.get("default_profile") == name:
            del document["default_profile"]
        return read_document(document)

    def with_default(self, name: str) -> Settings:
        """Make a profile the one that is used when none is named."""
        self.profile(name)
        return read_document({**copy.deepcopy(dict(self.document)), "default_profile": name})


def load_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the config file; without one, the built-in settings hold.

    Raises
    ------
    ConfigurationError
        The file is not readable, not TOML, or holds a value that cannot be.
    """
    import tomllib

    path = config_path(env)
    try:
        # utf-8-sig: Windows Notepad may put a mark in front that TOML does not allow.
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"the config file cannot be read: {error}",
            where=str(path),
            cure="Correct it, or delete it to start with the built-in settings.",
        ) from error
    return read_document(document, str(path))


def save_settings(settings: Settings, env: Mapping[str, str] = os.environ) -> Path:
    """Write the config file, whole or not at all, and return its path.

    Comments and the order of tables may change; keys that xlmeso does not know are kept.
    """
    import tomli_w

    path = config_path(env)
    try:
        _replace(path, tomli_w.dumps(settings.document))
    except OSError as error:
        raise ConfigurationError(
            f"the config file cannot be written: {error.strerror}",
            where=str(path),
            cure="Check the rights of its folder, or set XLMESO_HOME to another folder.",
        ) from error
    return path


def update_settings(
    change: Callable[[Settings], Settings], env: Mapping[str, str] = os.environ
) -> Settings:
    """Read, change and save the settings; two processes doing so do not undo each other."""
    import filelock

    path = config_path(env)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", timeout=LOCK_SECONDS):
            changed = change(load_settings(env))
            save_settings(changed, env)
    except OSError as error:
        raise ConfigurationError(
            # filelock's time-out is an OSError too.
            "the config file cannot be locked for writing",
            where=str(path),
            cure="Check the rights of its folder and whether another xlmeso hangs.",
        ) from error
    return changed


def read_document(document: Mapping[str, Any], where: str = "config.toml") -> Settings:
    """Turn the parsed config file into settings; ``where`` names the file in messages."""
    tables = document.get("profiles", {})
    default = document.get("default_profile", LOCAL)
    if not isinstance(tables, dict) or not isinstance(default, str):
        raise _wrong(where, "default_profile must be a text and profiles a table of tables")
    profiles = {profile.name: profile for profile in BUILT_IN}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise _wrong(where, f"profiles.{name} must be a table")
        profiles[name] = _read_profile(name, table, profiles.get(name), where)
    return Settings(default, profiles, document)


def _read_profile(
    name: str, table: Mapping[str, Any], built_in: Profile | None, where: str
) -> Profile:
    start = built_in or Profile("new")
    url = table.get("url", start.url)
    if url is not None and not isinstance(url, str):
        raise _wrong(where, f"profiles.{name}.url must be a text")
    place = f"{where}: profiles.{name}"
    kind = _choice(ServiceKind, table.get("kind", start.kind), f"{place}.kind")
    contract = _choice(Contract, table.get("contract", start.contract), f"{place}.contract")
    try:
        return Profile(name, url, kind, contract)
    except ConfigurationError as error:
        raise ConfigurationError(error.message, where=place, cure=error.cure) from None


def _choice(choices: type[E], value: Any, where: str) -> E:
    try:
        return choices(value)
    except ValueError:
        allowed = ", ".join(choice.value for choice in choices)
        raise ConfigurationError(
            f"{value!r} is not possible here", where=where, cure=f"Use one of: {allowed}."
        ) from None


def _wrong(where: str, message: str) -> ConfigurationError:
    return ConfigurationError(
        message, where=where, cure="Correct the file, or delete it to start afresh."
    )


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
