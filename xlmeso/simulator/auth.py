"""API keys of the local service: signed tokens (JWT, HS256) that the service issues itself.

The signing secret lies in the data folder, readable by its owner only.  Whoever can read the
folder can make keys, as they could read the results there anyway.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from xlmeso.errors import ConfigurationError
from xlmeso.simulator.problem_details import unauthorized

DEFAULT_USER: Final = "local"
"""User of the key that ``serve`` prints."""

SECRET_FILE: Final = "signing-secret"  # noqa: S105 - the name of the file, not a secret
"""File in the data folder that holds the signing secret."""

LIFETIME_SECONDS: Final = 365 * 24 * 3600
"""A key is good for one year."""

_AUDIENCE = "xlmeso-local-service"
_ALGORITHM = "HS256"
_LEEWAY_SECONDS = 30
_SECRET_BYTES = 32
_LONGEST_USER = 128
_LONGEST_TOKEN = 4096


class KeyIssuer:
    """Issues and checks the API keys of one data folder.

    Parameters
    ----------
    data
        The service's data folder; the signing secret is made there when it is missing.
    clock
        Seconds since 1970, for the times in the keys that are issued.

    Raises
    ------
    ConfigurationError
        The secret's file cannot be read or written, or is damaged.
    """

    def __init__(self, data: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = _load_or_make_secret(data)
        self._clock = clock

    def __repr__(self) -> str:
        return "KeyIssuer(...)"

    def issue(self, user: str, *, lifetime: float = LIFETIME_SECONDS) -> str:
        """Make a key for a user.

        Parameters
        ----------
        user
            1 to 128 printable characters; runs belong to users, not to keys.
        lifetime
            Seconds from now until the key expires.
        """
        import jwt

        if not user.strip() or len(user) > _LONGEST_USER or not user.isprintable():
            raise ConfigurationError(f"{user!r} is no name for a user of the local service.")
        now = int(self._clock())
        claims = {"sub": user, "iat": now, "exp": int(now + lifetime), "aud": _AUDIENCE}
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def user_of(self, authorization: str | None) -> str:
        """Return the user whose key an Authorization header carries.

        Raises
        ------
        RefusedError
            401 with a constant message, whatever is wrong.
        """
        import jwt

        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
            raise unauthorized()
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["sub", "iat", "exp", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise unauthorized() from None
        return str(claims["sub"])


def local_api_key(data: Path, user: str = DEFAULT_USER) -> str:
    """Make a key for the service of a data folder, running or not."""
    return KeyIssuer(data).issue(user)


def _load_or_make_secret(data: Path) -> str:
    from filelock import FileLock

    path = data / SECRET_FILE
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with FileLock(data / f"{SECRET_FILE}.lock"):
                if not path.exists():
                    _write_secret(path)
        _close_to_others(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the signing secret cannot be read or written ({type(error).__name__}).",
            where=str(path),
            cure="Check the folder's rights, or choose another folder with --data.",
        ) from None
    if len(secret) < 2 * _SECRET_BYTES:
        raise ConfigurationError(
            "the signing secret is damaged.",
            where=str(path),
            cure="Delete the file: a new one is made, and keys issued so far stop working.",
        )
    return secret


def _write_secret(path: Path) -> None:
    """Write a complete file under another name first: a reader never sees half of it."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="") as file:
            file.write(secrets.token_hex(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _close_to_others(path: Path) -> None:
    """Take away the rights of group and others where the system has such rights."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(0o600)
