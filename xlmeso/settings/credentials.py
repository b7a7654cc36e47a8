"""The API keys in the operating system's keyring, never in a plain file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xlmeso.errors import ConfigurationError
from xlmeso.settings.api_key import KEY_VARIABLE, ApiKey, KeySource, check_key
from xlmeso.settings.chunks import ChunkedEntry
from xlmeso.settings.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keyring.backend import KeyringBackend

RECOMMENDED: Final = 1
"""`keyring` itself recommends only backends of this priority and above: the stand-ins for a
missing keyring have 0 and -1, plain files 0.5."""


class CredentialStore:
    """Keeps one API key for each profile and address.

    Reading never fails: a keyring that is missing, locked or broken has no key.  Storing fails
    with a sentence that says what to do instead.

    Parameters
    ----------
    backend
        The keyring; None: the one that `keyring` chooses, when it is first needed.
    """

    def __init__(self, backend: KeyringBackend | None = None) -> None:
        self._given = backend

    def get(self, profile: Profile) -> ApiKey | None:
        """Return the stored key, or None."""
        backend = self._backend()
        if backend is None:
            return None
        try:
            text = _entry(backend, profile).read()
        except Exception:  # backends raise what they like: D-Bus, Win32 and OS errors
            return None
        return ApiKey(text, KeySource.KEYRING) if text else None

    def set(self, profile: Profile, key: str) -> None:
        """Store a key in place of the earlier one.

        Raises
        ------
        ConfigurationError
            The text cannot be a key, or there is no keyring that keeps it safe.
        """
        text = check_key(key, "API key")
        backend = self._backend()
        if backend is None:
            raise _no_keyring("this machine has no keyring that keeps a key safe")
        entry = _entry(backend, profile)
        try:
            entry.write(text)
            kept = entry.read() == text
        except Exception as error:
            # The type alone: a backend's message might repeat what it was to store.
            raise _no_keyring(f"the keyring failed with {type(error).__name__}") from None
        if not kept:
            raise _no_keyring("the keyring did not keep the key")

    def delete(self, profile: Profile) -> bool:
        """Remove the key and whatever a broken write left; return whether there was anything.

        Raises
        ------
        ConfigurationError
            The keyring failed, so that the key may still be there.
        """
        backend = self._backend()
        if backend is None:
            return False
        try:
            return _entry(backend, profile).delete()
        except Exception as error:
            raise ConfigurationError(
                f"the keyring failed with {type(error).__name__}; the key may still be in it",
                cure="Unlock the keyring and try again, or remove the entry xlmeso in its window.",
            ) from None

    def describe(self) -> str:
        """Return the name of the keyring in use, or why there is none."""
        backend = self._backend()
        return str(backend.name) if backend is not None else "no keyring"

    def _backend(self) -> KeyringBackend | None:
        try:
            return next(filter(keeps_keys_safe, _candidates(self._given)), None)
        except Exception:  # a backend named in PYTHON_KEYRING_BACKEND that cannot be loaded
            return None


def keeps_keys_safe(backend: KeyringBackend) -> bool:
    """Whether a backend is a real keyring: not missing, not a stand-in, not a plain file."""
    kind = type(backend)
    if kind.__module__.startswith("keyrings.alt") or "plaintext" in kind.__name__.lower():
        return False
    try:
        return backend.priority >= RECOMMENDED
    except Exception:  # a backend that cannot work here raises when asked for its priority
        return False


def _candidates(given: KeyringBackend | None) -> Iterable[KeyringBackend]:
    """List the chosen backend, or its members in order when it is a chain of several."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    backend = given if given is not None else keyring.get_keyring()
    members: Iterable[KeyringBackend] = (
        backend.backends if isinstance(backend, ChainerBackend) else [backend]
    )
    return members


def _entry(backend: KeyringBackend, profile: Profile) -> ChunkedEntry:
    return ChunkedEntry(backend, profile.slug, profile.name)


def _no_keyring(message: str) -> ConfigurationError:
    return ConfigurationError(
        f"{message}; nothing was stored",
        cure=f"Set the environment variable {KEY_VARIABLE} (and XLMESO_URL) instead.",
    )
