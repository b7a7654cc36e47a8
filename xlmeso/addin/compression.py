"""Compression of VBA source and of the project directory, as [MS-OVBA] section 2.4.1 defines it.

A container is the byte 0x01 and chunks of at most 4,096 bytes of text.  A chunk is groups of up to
eight tokens behind a flag byte: a literal byte, or a copy of earlier text in the same chunk.
"""

from __future__ import annotations

import struct
from typing import Final

CHUNK: Final = 4096
"""Bytes of text in one chunk; also the most that a compressed chunk may hold."""

_SIGNATURE: Final = b"\x01"
_COMPRESSED: Final = 0xB000
_RAW: Final = 0x3000
_SHORTEST_COPY: Final = 3
_CANDIDATES: Final = 64
"""Earlier places that are tried for each copy; more gains little on VBA source."""


def compress(text: bytes) -> bytes:
    """Return the compressed container of some bytes; the same bytes always give the same.

    A last chunk that does not shrink is padded with zeros by the format itself, so that only text
    which shrinks comes back with its own length.  VBA source always does.
    """
    chunks = (text[start : start + CHUNK] for start in range(0, len(text), CHUNK))
    return _SIGNATURE + b"".join(_framed(chunk) for chunk in chunks)


def _framed(chunk: bytes) -> bytes:
    body = _tokens(chunk)
    if len(body) > CHUNK:
        body = chunk.ljust(CHUNK, b"\0")
        return struct.pack("<H", _RAW | (CHUNK - 1)) + body
    return struct.pack("<H", _COMPRESSED | (len(body) - 1)) + body


def _tokens(chunk: bytes) -> bytes:
    body = bytearray()
    seen: dict[bytes, list[int]] = {}
    position = 0
    while position < len(chunk):
        flag_at, flags = len(body), 0
        body.append(0)
        for bit in range(8):
            if position >= len(chunk):
                break
            offset, length = _longest_copy(chunk, position, seen)
            if length:
                flags |= 1 << bit
                shift = 16 - _offset_bits(position)
                body += struct.pack("<H", ((offset - 1) << shift) | (length - _SHORTEST_COPY))
            else:
                length = 1
                body.append(chunk[position])
            _remember(chunk, range(position, position + length), seen)
            position += length
        body[flag_at] = flags
    return bytes(body)


def _offset_bits(position: int) -> int:
    """Return how many of a copy token's 16 bits hold the offset; 2.4.1.3.19.1."""
    return max(4, (position - 1).bit_length())


def _longest_copy(chunk: bytes, position: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """Return offset and length of the longest earlier copy; a length of 0 where there is none."""
    limit = min((0xFFFF >> _offset_bits(position)) + 3, len(chunk) - position)
    best, offset = 0, 0
    key = chunk[position : position + _SHORTEST_COPY]
    for start in reversed(seen.get(key, ())[-_CANDIDATES:]):
        length = _SHORTEST_COPY
        while length < limit and chunk[start + length] == chunk[position + length]:
            length += 1
        if length > best:
            best, offset = length, position - start
    return offset, best


def _remember(chunk: bytes, positions: range, seen: dict[bytes, list[int]]) -> None:
    for position in positions:
        key = chunk[position : position + _SHORTEST_COPY]
        if len(key) == _SHORTEST_COPY:
            seen.setdefault(key, []).append(position)
