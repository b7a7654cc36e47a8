from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import DecodingError, TransportError
from xlmeso.wire.content import decode_content

LIMIT = 10_000_000


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[i : i + size] for i in range(0, len(data), size))


def decoded(data: bytes, encoding: str | None, limit: int = LIMIT, size: int = 7) -> bytes:
    return b"".join(decode_content(pieces(data, size), encoding, limit))


@given(data=st.binary(max_size=500), size=st.integers(1, 600))
def test_round_trip_in_any_pieces(data: bytes, size: int) -> None:
    assert decoded(gzip.compress(data), "gzip", size=size) == data
    assert decoded(data, None, size=size) == data


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
def test_names_of_gzip(encoding: str) -> None:
    assert decoded(gzip.compress(b"abc"), encoding) == b"abc"


@pytest.mark.parametrize("encoding", ["", "identity", None])
def test_no_compression(encoding: str | None) -> None:
    assert decoded(b"abc", encoding) == b"abc"


def test_members_in_a_row_and_padding_with_zeros() -> None:
    data = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 20
    assert decoded(data, "gzip") == b"one two"


def test_an_empty_body_is_empty() -> None:
    assert decoded(b"", "gzip") == b""


@pytest.mark.parametrize("lost", [1, 4, 8, 12, 20])
def test_a_missing_end_is_noticed(lost: int) -> None:
    data = gzip.compress(bytes(range(256)) * 20)
    with pytest.raises(TransportError, match="cut short"):
        decoded(data[:-lost], "gzip")


def test_a_missing_end_after_a_full_output_buffer_is_noticed() -> None:
    data = gzip.compress(b"x" * 1_000_000)
    assert len(decoded(data, "gzip", size=len(data))) == 1_000_000
    with pytest.raises(TransportError, match="cut short"):
        decoded(data[:-8], "gzip", size=len(data))


@pytest.mark.parametrize("place", [0, 12, -8])
def test_damage_is_noticed(place: int) -> None:
    data = bytearray(gzip.compress(b"some text that is long enough to be compressed"))
    data[place] ^= 0xFF
    with pytest.raises((DecodingError, TransportError)):
        decoded(bytes(data), "gzip")


def test_a_bomb_is_stopped_at_the_limit_and_not_held_in_memory() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    sizes: list[int] = []
    with pytest.raises(DecodingError, match="larger than 1,000,000 bytes"):
        sizes.extend(len(piece) for piece in decode_content([bomb], "gzip", 1_000_000))
    assert 0 < max(sizes) <= 262_144


def test_a_plain_body_is_bounded_too() -> None:
    with pytest.raises(DecodingError, match="larger than 9 bytes"):
        decoded(b"0123456789", None, limit=9)


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_a_compression_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(DecodingError, match="not asked for"):
        decoded(b"abc", encoding)
