"""The result cache: bodies of replies on the disk, bounded in bytes, shared by processes.

Small bodies lie in the index itself, larger ones in files beside it, both compressed.  A file is
complete before the index names it and carries a digest, so that a crash at any moment leaves a
cache that is merely smaller.  The cache knows scopes (a hash of service and account), never a key.
Texts and bytes only: nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xlmeso.journal.cache_index import CacheIndex

LIMIT_BYTES: Final = 512 * 1024 * 1024
"""Most compressed bytes that the cache keeps."""

FOREVER: Final = float("inf")

_EXPIRE: Final = (
    "UPDATE entries SET fresh_until = CASE WHEN fresh_until = ? THEN fresh_until ELSE 0 END,"
    " refused_until = 0, refusal = NULL WHERE scope = ?"
)
_INLINE: Final = 16 * 1024
_KEEP_SHARE: Final = 0.9
_LEVEL: Final = 1
_ORPHAN_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What a reply is about: scope (service and account), kind of resource, id."""

    scope: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """What the cache knows about a key.

    Attributes
    ----------
    body
        The last good reply, or None.
    fetched_at
        When it came, seconds since 1970.
    fresh_until
        Until when it need not be asked for again.
    refusal
        What the service said instead, as its caller wrote it, or None.
    refused_until
        Until when the refusal stands.
    """

    body: bytes | None = field(repr=False)
    fetched_at: float
    fresh_until: float
    refusal: str | None = None
    refused_until: float = 0.0


class ResultCache:
    """A cache in one folder; safe with several threads and processes.

    Parameters
    ----------
    folder
        Where it lies; made when it is first used.
    limit
        Most compressed bytes; the least recently used bodies go first.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit: int = LIMIT_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.limit = limit
        self._index = CacheIndex(folder / "index.sqlite")
        self._bodies = folder / "bodies"
        self._clock = clock

    def get(self, key: CacheKey) -> CacheEntry | None:
        """Return what is known about a key; a body that is missing or damaged counts as none."""
        with _as_missing():
            row = (
                self._index.connection()
                .execute(
                    "SELECT * FROM entries WHERE scope = ? AND kind = ? AND id = ?",
                    (key.scope, key.kind, key.id),
                )
                .fetchone()
            )
            if row is None:
                return None
            return CacheEntry(
                self._body(key, row),
                row["fetched_at"] or 0.0,
                row["fresh_until"] or 0.0,
                row["refusal"],
                row["refused_until"] or 0.0,
            )
        return None

    def put(self, key: CacheKey, body: bytes, fresh_until: float) -> float:
        """Keep a good reply in place of the earlier one and of any refusal; return when."""
        return self.put_many({key: body}, fresh_until)

    def put_many(self, bodies: Mapping[CacheKey, bytes], fresh_until: float) -> float:
        """Keep several replies in one transaction; return the time that they carry."""
        now = self._clock()
        rows = [self._row(key, body, fresh_until, now) for key, body in bodies.items()]
        old: list[str | None] = []
        with _as_missing(), self._index.transaction() as file:
            old += [self._file_of(file, key) for key in bodies]
            file.executemany(
                "INSERT OR REPLACE INTO entries (scope, kind, id, fetched_at, fresh_until, size,"
                " inline, file, digest, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            _not_wanted(file, bodies)
            old += self._evict(file)
        self._remove(name for name in old if name is not None)
        return now

    def refuse(self, key: CacheKey, refusal: str, until: float) -> None:
        """Keep what the service said in place of a reply; the last good body stays."""
        with _as_missing(), self._index.transaction() as file:
            file.execute(
                "INSERT INTO entries (scope, kind, id, refusal, refused_until, used_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (scope, kind, id) DO UPDATE SET"
                " refusal = excluded.refusal, refused_until = excluded.refused_until",
                (key.scope, key.kind, key.id, refusal, until, self._clock()),
            )
            _not_wanted(file, (key,))

    def keep(self, key: CacheKey, fresh_until: float) -> None:
        """Say anew how long a body is fresh, without another reply."""
        with _as_missing(), self._index.transaction() as file:
            file.execute(
                "UPDATE entries SET fresh_until = ? WHERE scope = ? AND kind = ? AND id = ?",
                (fresh_until, key.scope, key.kind, key.id),
            )

    def used(self, keys: Iterable[CacheKey]) -> None:
        """Note that bodies were used just now; callers collect these for a while."""
        now = self._clock()
        values = [(now, key.scope, key.kind, key.id) for key in keys]
        with _as_missing(), self._index.transaction() as file:
            file.executemany(
                "UPDATE entries SET used_at = ? WHERE scope = ? AND kind = ? AND id = ?", values
            )

    def expire(self, scope: str, ids: Iterable[str] | None = None) -> None:
        """Let everything that may still change be asked for again, refusals included."""
        wanted = None if ids is None else list(ids)
        with _as_missing(), self._index.transaction() as file:
            for part, values in _parts(wanted):
                file.execute(_EXPIRE + part, (FOREVER, scope, *values))
            _bump(file)

    def forget(self, scope: str, run: str) -> None:
        """Remove all that is known about one run (it was deleted)."""
        self._purge("scope = ? AND (id = ? OR kind = 'list')", (scope, run))

    def forget_scopes(self, beginning: str) -> None:
        """Remove everything of the scopes that begin so (somebody signed out)."""
        self._purge("substr(scope, 1, ?) = ?", (len(beginning), beginning))

    def clear(self) -> None:
        """Remove everything."""
        self._purge("1 = 1", ())

    @property
    def generation(self) -> int:
        """A number that grows with every removal; copies in memory of an older one are void."""
        return self.counters().get("generation", 0)

    def version_seen(self) -> int:
        """Return a number that changes when another process or thread has written."""
        with _as_missing():
            return self._index.version_seen()
        return -1

    def count(self, changes: Mapping[str, int]) -> None:
        """Add to the counters that all processes share."""
        with _as_missing(), self._index.transaction() as file:
            file.executemany(
                "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET"
                " value = value + excluded.value",
                list(changes.items()),
            )

    def counters(self) -> dict[str, int]:
        """Return all counters."""
        with _as_missing():
            rows = self._index.connection().execute("SELECT name, value FROM counters")
            return {row["name"]: row["value"] for row in rows}
        return {}

    def want(self, key: CacheKey) -> None:
        """Note that a cell waits for this; see `wanted`."""
        with _as_missing(), self._index.transaction() as file:
            file.execute(
                "INSERT OR IGNORE INTO wanted VALUES (?, ?, ?, ?)",
                (key.scope, key.kind, key.id, self._clock()),
            )

    def wanted(self, scope: str) -> list[CacheKey]:
        """Return what cells of any process wait for, the oldest first."""
        with _as_missing():
            rows = self._index.connection().execute(
                "SELECT scope, kind, id FROM wanted WHERE scope = ? ORDER BY since", (scope,)
            )
            return [CacheKey(*row) for row in rows]
        return []

    def ids(self, scope: str, kind: str) -> list[str]:
        """Return the ids of which a good reply of this kind is kept."""
        with _as_missing():
            rows = self._index.connection().execute(
                "SELECT id FROM entries WHERE scope = ? AND kind = ? AND digest IS NOT NULL",
                (scope, kind),
            )
            return [row["id"] for row in rows]
        return []

    def scopes(self, beginning: str = "") -> list[str]:
        """Return the scopes that begin so."""
        with _as_missing():
            rows = self._index.connection().execute(
                "SELECT DISTINCT scope FROM entries WHERE substr(scope, 1, ?) = ?",
                (len(beginning), beginning),
            )
            return [row["scope"] for row in rows]
        return []

    def size(self) -> int:
        """Return the compressed bytes of all bodies."""
        with _as_missing():
            query = "SELECT COALESCE(SUM(size), 0) FROM entries"
            return int(self._index.connection().execute(query).fetchone()[0])
        return 0

    def sweep(self) -> None:
        """Remove files that no entry names: what a crash left half done."""
        with _as_missing():
            rows = self._index.connection().execute("SELECT file FROM entries WHERE file NOTNULL")
            named = {row["file"] for row in rows}
            before = self._clock() - _ORPHAN_SECONDS
            with contextlib.suppress(FileNotFoundError):
                self._remove(
                    path.name
                    for path in list(self._bodies.iterdir())
                    if path.name not in named and path.stat().st_mtime < before
                )

    def close(self) -> None:
        """Close the index; the cache can be used again afterwards."""
        self._index.close()

    def _row(
        self, key: CacheKey, body: bytes, fresh_until: float, now: float
    ) -> tuple[object, ...]:
        packed = zlib.compress(body, _LEVEL)
        digest = hashlib.sha256(packed).hexdigest()
        inline, name = (packed, None) if len(packed) <= _INLINE else (None, self._write(packed))
        return (
            key.scope, key.kind, key.id, now, fresh_until, len(packed), inline, name, digest, now
        )  # fmt: skip

    def _write(self, packed: bytes) -> str | None:
        """Write a file under a new name; nobody reads it before the index names it."""
        name = secrets.token_hex(16)
        try:
            self._bodies.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._bodies / name
            path.touch(mode=0o600)
            path.write_bytes(packed)
        except OSError:
            return None
        return name

    def _body(self, key: CacheKey, row: sqlite3.Row) -> bytes | None:
        if row["digest"] is None:
            return None
        packed = row["inline"]
        with contextlib.suppress(OSError, zlib.error):
            if packed is None and row["file"] is not None:
                packed = (self._bodies / row["file"]).read_bytes()
            if packed is not None and hashlib.sha256(packed).hexdigest() == row["digest"]:
                return zlib.decompress(packed)
        self._drop(key, row["digest"])
        return None

    def _drop(self, key: CacheKey, digest: str) -> None:
        with self._index.transaction() as file:
            file.execute(
                "DELETE FROM entries WHERE scope = ? AND kind = ? AND id = ? AND digest = ?",
                (key.scope, key.kind, key.id, digest),
            )

    def _file_of(self, file: sqlite3.Connection, key: CacheKey) -> str | None:
        row = file.execute(
            "SELECT file FROM entries WHERE scope = ? AND kind = ? AND id = ?",
            (key.scope, key.kind, key.id),
        ).fetchone()
        return None if row is None else row["file"]

    def _evict(self, file: sqlite3.Connection) -> list[str | None]:
        """Remove the least recently used entries beyond the limit; return their files."""
        size = file.execute("SELECT COALESCE(SUM(size), 0) FROM entries").fetchone()[0]
        if size <= self.limit:
            return []
        names: list[str | None] = []
        rows = file.execute(
            "SELECT scope, kind, id, size, file FROM entries WHERE size > 0 ORDER BY used_at"
        ).fetchall()
        for row in rows:
            if size <= self.limit * _KEEP_SHARE:
                break
            file.execute(
                "DELETE FROM entries WHERE scope = ? AND kind = ? AND id = ?",
                (row["scope"], row["kind"], row["id"]),
            )
            names.append(row["file"])
            size -= row["size"]
        return names

    def _purge(self, condition: str, values: tuple[object, ...]) -> None:
        names: list[str | None] = []
        with _as_missing(), self._index.transaction() as file:
            query = f"SELECT file FROM entries WHERE {condition}"  # noqa: S608
            names += [row["file"] for row in file.execute(query, values)]
            file.execute(f"DELETE FROM entries WHERE {condition}", values)  # noqa: S608
            file.execute(f"DELETE FROM wanted WHERE {condition}", values)  # noqa: S608
            _bump(file)
        self._remove(name for name in names if name is not None)

    def _remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is open elsewhere (Windows) is left to `sweep`."""
        for name in names:
            with contextlib.suppress(OSError):
                (self._bodies / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _as_missing() -> Iterator[None]:
    """Let a cache that cannot be used count as empty: results come from the service then."""
    with contextlib.suppress(sqlite3.Error, OSError):
        yield


def _not_wanted(file: sqlite3.Connection, keys: Iterable[CacheKey]) -> None:
    file.executemany(
        "DELETE FROM wanted WHERE scope = ? AND kind = ? AND id = ?",
        [(key.scope, key.kind, key.id) for key in keys],
    )


def _bump(file: sqlite3.Connection) -> None:
    file.execute("UPDATE counters SET value = value + 1 WHERE name = 'generation'")


def _parts(ids: list[str] | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield conditions for lists of ids; SQLite takes a limited number of values."""
    if ids is None:
        yield "", ()
        return
    yield " AND kind = 'list'", ()
    for at in range(0, len(ids), 500):
        piece = tuple(ids[at : at + 500])
        yield f" AND id IN ({', '.join('?' * len(piece))})", piece
