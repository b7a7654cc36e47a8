"""Long keys in small entries: whole or not at all, whatever breaks off in the middle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.settings.chunks import ChunkedEntry

OLD = "old-" + "a" * 4000
NEW = "new-" + "b" * 5000
SHORT = "short-key"
# What is left of the limit beside the manifest: {"version": 1, "text": "..."} has 26 characters.
LONGEST_WHOLE = 1280 - 26


def keys() -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=4000)


@pytest.mark.parametrize(
    "length", [1, 40, LONGEST_WHOLE, LONGEST_WHOLE + 1, 1280, 2400, 2401, 4000]
)
def test_a_key_of_any_length_comes_back(memory_keyring, length: int) -> None:
    backend = memory_keyring()
    entry = ChunkedEntry(backend, "fund", "fund")
    entry.write("k" * length)
    assert entry.read() == "k" * length


@pytest.mark.parametrize(
    ("length", "entries"), [(LONGEST_WHOLE, 1), (LONGEST_WHOLE + 1, 3), (4000, 5)]
)
def test_a_short_key_needs_one_entry_and_a_long_one_a_manifest_and_parts(
    memory_keyring, length: int, entries: int
) -> None:
    backend = memory_keyring()
    ChunkedEntry(backend, "fund", "fund").write("k" * length)
    assert len(backend.entries) == entries


@given(st.lists(keys(), min_size=1, max_size=4))
def test_the_last_key_written_is_read_and_deletion_leaves_nothing(keys: list[str]) -> None:
    from keyring.backend import KeyringBackend

    class Plain(KeyringBackend):
        priority = 1

        def __init__(self) -> None:
            super().__init__()
            self.entries: dict[str, str] = {}

        def get_password(self, service, username):
            return self.entries.get(service)

        def set_password(self, service, username, password):
            assert len(password.encode("utf-16-le")) <= 2560
            self.entries[service] = password

        def delete_password(self, service, username):
            del self.entries[service]

    backend = Plain()
    entry = ChunkedEntry(backend, "x", "x")
    for key in keys:
        entry.write(key)
        assert entry.read() == key
    assert entry.delete()
    assert backend.entries == {}


def test_every_entry_has_a_service_name_of_its_own(memory_keyring) -> None:
    # The keyring in memory holds one user for each service, as Windows does.
    backend = memory_keyring()
    first, second = ChunkedEntry(backend, "a", "same"), ChunkedEntry(backend, "b", "same")
    first.write(OLD)
    second.write(NEW)
    assert (first.read(), second.read()) == (OLD, NEW)
    assert first.delete()
    assert second.read() == NEW


def test_a_short_key_in_place_of_a_long_one_leaves_no_parts(memory_keyring) -> None:
    backend = memory_keyring()
    entry = ChunkedEntry(backend, "fund", "fund")
    entry.write(OLD)
    entry.write(SHORT)
    assert entry.read() == SHORT
    assert len(backend.entries) == 1


def test_a_long_key_in_place_of_a_longer_one_leaves_no_parts(memory_keyring) -> None:
    backend = memory_keyring()
    entry = ChunkedEntry(backend, "fund", "fund")
    entry.write("x" * 12_000)
    entry.write(OLD)
    assert entry.read() == OLD
    assert len(backend.entries) == 5


@pytest.mark.parametrize("before", [None, SHORT, OLD])
@pytest.mark.parametrize("after", [SHORT, NEW])
def test_a_write_killed_at_any_call_leaves_the_old_key_or_the_new_one(
    memory_keyring, before: str | None, after: str
) -> None:
    for call in range(1, 30):
        backend = memory_keyring()
        entry = ChunkedEntry(backend, "fund", "fund")
        if before is not None:
            entry.write(before)
        backend.fails_at = call
        try:
            entry.write(after)
        except OSError:
            assert entry.read() in (before, after)
        else:
            assert entry.read() == after
            assert call > 1
            break
        backend.fails_at = None
        entry.write(after)
        assert entry.read() == after
        entry.delete()
        assert backend.entries == {}
    else:
        pytest.fail("the write never ended")


def test_a_deletion_killed_at_any_call_can_be_repeated(memory_keyring) -> None:
    for call in range(1, 30):
        backend = memory_keyring()
        entry = ChunkedEntry(backend, "fund", "fund")
        entry.write(OLD)
        backend.fails_at = call
        try:
            entry.delete()
        except OSError:
            assert entry.read() in (None, OLD)
        else:
            assert call > 1
            break
        backend.fails_at = None
        assert entry.delete()
        assert backend.entries == {}
    else:
        pytest.fail("the deletion never ended")


def test_deleting_nothing_says_so(memory_keyring) -> None:
    assert not ChunkedEntry(memory_keyring(), "fund", "fund").delete()


def test_a_part_that_is_missing_or_foreign_makes_the_key_unreadable(memory_keyring) -> None:
    backend = memory_keyring()
    entry = ChunkedEntry(backend, "fund", "fund")
    entry.write(OLD)
    parts = [service for service in backend.entries if service.count(":") > 1]
    for service in parts:
        saved = backend.entries[service]
        backend.entries[service] = ("fund", "x" * len(saved[1]))
        assert entry.read() is None
        del backend.entries[service]
        assert entry.read() is None
        backend.entries[service] = saved
    assert entry.read() == OLD


@pytest.mark.parametrize(
    "manifest",
    ["", "plain text", "3", "[]", "{}", '{"version": 2, "text": "x"}',
     '{"version": 1, "slot": "c", "count": 1}', '{"version": 1, "slot": "a", "count": "1"}',
     '{"version": 1, "slot": "a", "count": 100000000}', '{"version": 1, "slot": "a", "count": 1}'],
)  # fmt: skip
def test_a_manifest_that_is_not_ours_is_no_key(memory_keyring, manifest: str) -> None:
    backend = memory_keyring()
    backend.entries["xlmeso:fund"] = ("fund", manifest)
    entry = ChunkedEntry(backend, "fund", "fund")
    assert entry.read() is None
    entry.write(SHORT)
    assert entry.read() == SHORT
