"""A keyring in memory for tests, with the limit of Windows and failures on demand."""

from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Entries by service, as Windows keeps them: one user name for each service.

    ``fails_at`` counts down calls that change something; the call that reaches 0 raises, and so
    do all after it, as if the process had been killed there.
    """

    priority = 5

    def __init__(self, limit: int | None = 2560, fails_at: int | None = None) -> None:
        super().__init__()
        self.entries: dict[str, tuple[str, str]] = {}
        self.limit = limit
        self.fails_at = fails_at

    def _change(self) -> None:
        if self.fails_at is not None:
            if self.fails_at <= 1:
                self.fails_at = 0
                raise OSError("killed here")
            self.fails_at -= 1

    def get_password(self, service: str, username: str) -> str | None:
        user, value = self.entries.get(service, ("", ""))
        return value if user == username else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._change()
        if self.limit is not None and len(password.encode("utf-16-le")) > self.limit:
            raise OSError(1783, "The stub received bad data")
        self.entries[service] = (username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._change()
        if self.get_password(service, username) is None:
            raise PasswordDeleteError("no such entry")
        del self.entries[service]


@pytest.fixture
def memory_keyring() -> type[MemoryKeyring]:
    """Return the class, for tests that want a keyring of their own making."""
    return MemoryKeyring
