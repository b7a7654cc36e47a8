"""The result cache: bounded, shared by processes, whole after a crash, free of keys."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xlmeso.journal.cache import FOREVER, CacheKey, ResultCache

KEY = CacheKey("scope", "events", "run 1")


def key(number: int, scope: str = "scope") -> CacheKey:
    return CacheKey(scope, "events", f"run {number}")


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def cache(tmp_path: Path) -> ResultCache:
    return ResultCache(tmp_path / "cache")


def files(cache: ResultCache) -> list[Path]:
    folder = cache.folder / "bodies"
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("size", [0, 1, 16_000, 300_000])
def test_body_comes_back_byte_for_byte_in_another_process_too(
    cache: ResultCache, size: int
) -> None:
    body = noise(size)
    cache.put(KEY, body, FOREVER)
    entry = ResultCache(cache.folder).get(KEY)
    assert entry is not None
    assert entry.body == body
    assert entry.fresh_until == FOREVER


def test_unknown_key_is_none(cache: ResultCache) -> None:
    assert cache.get(KEY) is None


def test_refusal_leaves_the_last_good_body_and_a_good_reply_ends_it(cache: ResultCache) -> None:
    cache.put(KEY, b"good", 50.0)
    cache.refuse(KEY, "no right", 99.0)
    entry = cache.get(KEY)
    assert entry is not None
    assert (entry.body, entry.refusal, entry.refused_until) == (b"good", "no right", 99.0)
    cache.put(KEY, b"better", 60.0)
    entry = cache.get(KEY)
    assert entry is not None
    assert (entry.body, entry.refusal) == (b"better", None)


def test_replaced_body_leaves_no_file_behind(cache: ResultCache) -> None:
    for seed in range(3):
        cache.put(KEY, noise(100_000, seed), FOREVER)
    assert len(files(cache)) == 1


def test_limit_is_kept_and_the_least_recently_used_go_first(tmp_path: Path) -> None:
    now = [1000.0]
    cache = ResultCache(tmp_path, limit=500_000, clock=lambda: now[0])
    for number in range(4):
        now[0] += 1
        cache.put(key(number), noise(100_000, number), FOREVER)
    now[0] += 1
    cache.used([key(0)])
    for number in range(4, 6):
        now[0] += 1
        cache.put(key(number), noise(100_000, number), FOREVER)
    kept = [number for number in range(6) if cache.get(key(number)) is not None]
    assert 0 in kept
    assert 5 in kept
    assert 1 not in kept
    assert cache.size() <= 500_000
    assert sum(path.stat().st_size for path in files(cache)) == cache.size()


@pytest.mark.parametrize("damage", ["removed", "cut", "changed"])
def test_damaged_file_counts_as_missing(cache: ResultCache, damage: str) -> None:
    cache.put(KEY, noise(100_000), FOREVER)
    (path,) = files(cache)
    match damage:
        case "removed":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:1000])
        case _:
            path.write_bytes(b"?" + path.read_bytes()[1:])
    entry = cache.get(KEY)
    assert entry is None or entry.body is None
    cache.put(KEY, b"again", FOREVER)
    assert cache.get(KEY) is not None


def test_damaged_index_is_set_aside_and_made_anew(cache: ResultCache) -> None:
    cache.put(KEY, b"body", FOREVER)
    cache.close()
    for path in cache.folder.glob("index.sqlite*"):
        path.write_bytes(b"this is no database at all, and never was one" * 100)
    again = ResultCache(cache.folder)
    assert again.get(KEY) is None
    again.put(KEY, b"new", FOREVER)
    found = again.get(KEY)
    assert found is not None
    assert found.body == b"new"


def test_folder_that_cannot_be_used_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands here")
    cache = ResultCache(tmp_path / "cache")
    cache.put(KEY, b"body", FOREVER)
    assert cache.get(KEY) is None
    assert cache.counters() == {}


def test_forgotten_run_is_gone_with_its_file_and_void_in_other_processes(
    cache: ResultCache,
) -> None:
    other = ResultCache(cache.folder)
    before = other.generation
    cache.put(KEY, noise(100_000), FOREVER)
    cache.put(key(2), b"kept", FOREVER)
    cache.forget("scope", "run 1")
    assert other.get(KEY) is None
    assert other.get(key(2)) is not None
    assert files(cache) == []
    assert other.generation > before


def test_signing_out_removes_every_account_of_the_service_and_no_other(cache: ResultCache) -> None:
    for scope in ("one-a", "one-b", "two-a"):
        cache.put(key(1, scope), b"body", FOREVER)
    cache.forget_scopes("one-")
    assert cache.scopes() == ["two-a"]


def test_expired_is_what_may_change_and_every_refusal(cache: ResultCache) -> None:
    cache.put(key(1), b"finished", FOREVER)
    cache.put(key(2), b"running", 1e12)
    cache.refuse(key(3), "no", 1e12)
    cache.expire("scope")
    first, second, third = (cache.get(key(number)) for number in (1, 2, 3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.fresh_until, second.fresh_until, third.refusal) == (FOREVER, 0.0, None)


def test_counters_add_up_over_processes(cache: ResultCache) -> None:
    cache.count({"requests": 2})
    ResultCache(cache.folder).count({"requests": 3, "hits": 1})
    assert cache.counters()["requests"] == 5


def test_sweep_removes_what_a_crash_left_and_nothing_else(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path)
    cache.put(KEY, noise(100_000), FOREVER)
    orphan = cache.folder / "bodies" / "orphan"
    orphan.write_bytes(b"half a body")
    cache.sweep()
    assert orphan.exists()  # it may be about to be named
    old = time.time() - 7200
    os.utime(orphan, (old, old))
    cache.sweep()
    assert not orphan.exists()
    assert cache.get(KEY) is not None


def test_files_are_for_their_owner_only(cache: ResultCache) -> None:
    if os.name == "nt":
        pytest.skip("rights of POSIX")
    cache.put(KEY, noise(100_000), FOREVER)
    for path in (cache.folder / "index.sqlite", *files(cache)):
        assert path.stat().st_mode & 0o077 == 0


_WRITER = """
import hashlib, random, sys
from pathlib import Path
from xlmeso.journal.cache import FOREVER, CacheKey, ResultCache

cache = ResultCache(Path(sys.argv[1]), limit=int(sys.argv[4]))
seed, count = map(int, sys.argv[2:4])
numbers = random.Random(seed)
print("ready", flush=True)
for _ in range(count):
    run = f"run {numbers.randrange(20)}"
    body = numbers.randbytes(numbers.choice((100, 40_000, 120_000)))
    cache.put(CacheKey("scope", "events", run), hashlib.sha256(body).digest() + body, FOREVER)
"""


def writer(folder: Path, seed: int, count: int, limit: int = 10**9) -> subprocess.Popen[str]:
    arguments = [str(folder), str(seed), str(count), str(limit)]
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def check_whole(cache: ResultCache) -> int:
    """Every body that the cache gives is one that a writer wrote; return how many there are."""
    found = 0
    for number in range(20):
        entry = cache.get(key(number))
        if entry is not None and entry.body is not None:
            assert entry.body[:32] == hashlib.sha256(entry.body[32:]).digest()
            found += 1
    return found


def test_two_writers_at_once_leave_whole_bodies_within_the_limit(tmp_path: Path) -> None:
    limit = 600_000
    writers = [writer(tmp_path, seed, 120, limit) for seed in (1, 2)]
    cache = ResultCache(tmp_path, limit=limit)
    while any(process.poll() is None for process in writers):
        check_whole(cache)
        time.sleep(0.01)
    for process in writers:
        process.communicate()
        assert process.returncode == 0
    assert check_whole(cache) > 3
    assert cache.size() <= limit


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("milliseconds", [5, 25, 60, 120])
def test_killed_writer_leaves_a_cache_that_works(tmp_path: Path, milliseconds: int) -> None:
    process = writer(tmp_path, 7, 100_000)
    time.sleep(milliseconds / 1000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    cache = ResultCache(tmp_path)
    check_whole(cache)
    cache.put(key(3), hashlib.sha256(b"after").digest() + b"after", FOREVER)
    assert check_whole(cache) >= 1
