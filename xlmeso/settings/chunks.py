"""A text of any length in keyring entries that each hold 2,560 bytes.

Windows keeps at most 2,560 bytes in a credential and `keyring` writes UTF-16, so that 1,280
characters fit; an API key that is a JSON web token can be longer.

Layout, for an entry with the name N: the entry ``xlmeso:N`` holds a small JSON manifest, either
with the text itself or with a slot, the number of parts and a SHA-256 of the whole.  Part i is in
``xlmeso:N:<slot>:<i>``.  Every entry has a service name of its own, because the Windows backend
renames an entry when a second user name comes under the same service.

A write goes to the slot that is not in use and ends with the manifest.  So whatever breaks off,
the manifest names complete parts: the old text's or the new one's.  What a broken write left
behind is removed by the next write or deletion; parts are written upwards and removed downwards,
so that what is left always begins with part 0.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, Protocol

ENTRY_BYTES: Final = 2560
"""Longest value of one entry, as UTF-16 without a mark."""

PART_CHARACTERS: Final = 1200
"""ASCII characters of one part: 2,400 bytes, some way below the limit."""

SLOTS: Final = ("a", "b")
VERSION: Final = 1
MOST_PARTS: Final = 64
"""More than any key that is accepted; a manifest that names more is not ours."""


class Entries(Protocol):
    """What is used of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the value of an entry, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Make or replace an entry."""

    def delete_password(self, service: str, username: str) -> None:
        """Remove an entry."""


class ChunkedEntry:
    """One long text in a keyring; ASCII only.

    Parameters
    ----------
    entries
        The backend; its errors are passed on.
    name
        Unique name, part of every entry's service name.
    username
        What the keyring's own window shows as the user.
    """

    def __init__(self, entries: Entries, name: str, username: str) -> None:
        self._entries = entries
        self._main = f"xlmeso:{name}"
        self._username = username

    def read(self) -> str | None:
        """Return the text; None when there is none or when it is not whole."""
        manifest = self._manifest()
        if "text" in manifest:
            return str(manifest["text"])
        slot, count = manifest.get("slot"), manifest.get("count")
        if slot not in SLOTS or not isinstance(count, int) or not 0 < count <= MOST_PARTS:
            return None
        parts = [self._get(self._part(slot, number)) or "" for number in range(count)]
        text = "".join(parts)
        return text if _digest(text) == manifest.get("sha256") else None

    def write(self, text: str) -> None:
        """Store the text in place of an earlier one."""
        short = json.dumps({"version": VERSION, "text": text})
        if len(short.encode("utf-16-le")) <= ENTRY_BYTES:
            self._set(self._main, short)
            for slot in SLOTS:
                self._clear(slot)
            return
        used = self._manifest().get("slot")
        free, other = ("b", "a") if used == "a" else ("a", "b")
        self._clear(free)
        count = 0
        for begin in range(0, len(text), PART_CHARACTERS):
            self._set(self._part(free, count), text[begin : begin + PART_CHARACTERS])
            count += 1
        manifest = {"version": VERSION, "slot": free, "count": count, "sha256": _digest(text)}
        self._set(self._main, json.dumps(manifest))
        self._clear(other)

    def delete(self) -> bool:
        """Remove every entry, left-overs too; return whether there was any."""
        found = self._get(self._main) is not None
        if found:
            self._entries.delete_password(self._main, self._username)
        removed = [self._clear(slot) for slot in SLOTS]
        return found or any(removed)

    def _manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._get(self._main) or "{}")
        except ValueError:
            return {}
        ours = isinstance(manifest, dict) and manifest.get("version") == VERSION
        return manifest if ours else {}

    def _clear(self, slot: str) -> int:
        """Remove the parts of a slot, the last one first; return how many there were."""
        count = 0
        while self._get(self._part(slot, count)) is not None:
            count += 1
        for number in reversed(range(count)):
            self._entries.delete_password(self._part(slot, number), self._username)
        return count

    def _part(self, slot: str, number: int) -> str:
        return f"{self._main}:{slot}:{number}"

    def _get(self, service: str) -> str | None:
        return self._entries.get_password(service, self._username)

    def _set(self, service: str, value: str) -> None:
        self._entries.set_password(service, self._username, value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
