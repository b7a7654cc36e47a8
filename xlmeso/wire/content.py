"""Undo the compression of a reply, bounded, and notice when its end is missing."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from xlmeso.errors import DecodingError, TransportError

ACCEPTED_ENCODING: Final = "gzip"
"""The only compression that is asked for."""

_GZIP: Final = 31
_PIECE: Final = 256 * 1024


def decode_content(chunks: Iterable[bytes], encoding: str | None, limit: int) -> Iterator[bytes]:
    """Yield the plain bytes of a body, never more than ``limit`` of them.

    Parameters
    ----------
    chunks
        The body as it came over the wire.
    encoding
        The header Content-Encoding.

    Raises
    ------
    DecodingError
        Another compression than gzip, damaged data, or a body above the limit.
    TransportError
        The compressed data end too early.
    """
    name = (encoding or "identity").strip().casefold()
    if name not in ("", "identity", "gzip", "x-gzip"):
        raise DecodingError(f"the reply is compressed with {name[:40]!r}, which was not asked for")
    total = 0
    for piece in chunks if name in ("", "identity") else _gunzip(chunks):
        total += len(piece)
        if total > limit:
            raise DecodingError(f"the reply is larger than {limit:,} bytes")
        yield piece


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of one or more gzip members in pieces of bounded size."""
    member = zlib.decompressobj(_GZIP)
    started = False
    for chunk in chunks:
        rest = chunk
        while rest := _after_padding(member, rest):
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            started = True
            yield _decompress(member, rest)
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if started and not member.eof:
        raise TransportError("the reply was cut short")


def _after_padding(member: zlib._Decompress, data: bytes) -> bytes:
    """Drop the zeros that may stand between and after members, as the gzip program does."""
    return data.lstrip(b"\0") if member.eof else data


def _decompress(member: zlib._Decompress, data: bytes) -> bytes:
    try:
        return member.decompress(data, _PIECE)
    except zlib.error:
        raise DecodingError("the reply's compressed data are damaged") from None
