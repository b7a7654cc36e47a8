"""Writer of compound files ([MS-CFB] version 3): the container of a VBA project.

A compound file is a small file system: sectors of 512 bytes chained by an allocation table (FAT),
small streams packed into a mini stream of 64-byte sectors, and a directory whose entries form a
red-black tree per storage.  Times and class ids stay zero, so that equal input gives equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Tree: TypeAlias = Mapping[str, "bytes | Tree"]
"""Name -> bytes of a stream, or the tree of a storage."""

SECTOR: Final = 512
MINI_SECTOR: Final = 64
MINI_LIMIT: Final = 4096
"""Streams below this size live in the mini stream."""

_FREE: Final = 0xFFFFFFFF
_END: Final = 0xFFFFFFFE
_FAT_SECTOR: Final = 0xFFFFFFFD
_HEADER_FAT_SLOTS: Final = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_SIGNATURE: Final = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(slots=True)
class _Entry:
    """One directory entry; the numbers are indexes of other entries or of a first sector."""

    name: str
    kind: int
    content: bytes = b""
    color: int = _BLACK
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = 0

    @property
    def sort_key(self) -> tuple[int, str]:
        """Order of siblings ([MS-CFB] 2.6.4): shorter names first, then by capitals."""
        return len(self.name.encode("utf-16-le")), self.name.upper()


@dataclass(slots=True)
class _Sectors:
    """Sectors written so far and the chains through them."""

    size: int
    data: bytearray = field(default_factory=bytearray)
    table: list[int] = field(default_factory=list)

    def append(self, content: bytes) -> int:
        """Store bytes as one chain and return its first sector."""
        if not content:
            return _END
        first, count = len(self.table), -(-len(content) // self.size)
        self.table += [*range(first + 1, first + count), _END]
        self.data += content.ljust(count * self.size, b"\0")
        return first


def compound_file(tree: Tree) -> bytes:
    """Return the bytes of a compound file with these storages and streams.

    Raises
    ------
    ValueError
        The content needs more than 6.8 MB, which no VBA project does, or a name has more than 31
        characters.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _add_siblings(entries, tree)
    sectors, mini = _Sectors(SECTOR), _Sectors(MINI_SECTOR)
    for entry in entries:
        if entry.kind == _STREAM:
            target = mini if len(entry.content) < MINI_LIMIT else sectors
            entry.start = target.append(entry.content)
    entries[0].content = bytes(mini.data)
    entries[0].start = sectors.append(entries[0].content)
    mini_table = _padded_table(mini.table)
    mini_start = sectors.append(mini_table)
    directory_start = sectors.append(_directory(entries))
    fat_start, fat = _allocation_table(sectors.table)
    header = _header(fat_start, len(fat) // SECTOR, directory_start, mini_start, len(mini_table))
    return header + bytes(sectors.data) + fat


def _add_siblings(entries: list[_Entry], tree: Tree) -> int:
    """Add the entries of one storage and return the root of their red-black tree."""
    indexes = []
    for name, content in tree.items():
        if len(name) > 31:
            raise ValueError(f"{name!r} is too long for the name of a stream")
        is_stream = isinstance(content, bytes)
        entry = _Entry(name, _STREAM, content) if is_stream else _Entry(name, _STORAGE)  # type: ignore[arg-type]
        entries.append(entry)
        indexes.append(len(entries) - 1)
        if not isinstance(content, bytes):
            entry.child = _add_siblings(entries, content)
    indexes.sort(key=lambda index: entries[index].sort_key)
    return _balanced(entries, indexes, depth=0, red_depth=_red_depth(len(indexes)))


def _red_depth(count: int) -> int:
    """Return the depth of the last, incomplete level: its entries are red, all others black."""
    is_complete = (count + 1) & count == 0
    return -1 if is_complete else count.bit_length() - 1


def _balanced(entries: list[_Entry], indexes: list[int], *, depth: int, red_depth: int) -> int:
    if not indexes:
        return _FREE
    middle = len(indexes) // 2
    entry = entries[indexes[middle]]
    if depth == red_depth and depth > 0:
        entry.color = _RED
    entry.left = _balanced(entries, indexes[:middle], depth=depth + 1, red_depth=red_depth)
    entry.right = _balanced(entries, indexes[middle + 1 :], depth=depth + 1, red_depth=red_depth)
    return indexes[middle]


def _directory(entries: list[_Entry]) -> bytes:
    records = [_record(entry) for entry in entries]
    empty = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, _FREE, _FREE, _FREE) + bytes(48)
    records += [empty] * (-len(records) % (SECTOR // 128))
    return b"".join(records)


def _record(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    links = struct.pack(
        "<HBBIII", len(name), entry.kind, entry.color, entry.left, entry.right, entry.child
    )
    no_class_state_or_times = bytes(16 + 4 + 8 + 8)
    place = struct.pack("<IQ", entry.start, len(entry.content))
    return name.ljust(64, b"\0") + links + no_class_state_or_times + place


def _allocation_table(chains: list[int]) -> tuple[int, bytes]:
    """Return the sector where the FAT begins and its bytes; it lists its own sectors too."""
    per_sector = SECTOR // 4
    count = 0
    while count * per_sector < len(chains) + count:
        count += 1
    if count > _HEADER_FAT_SLOTS:
        raise ValueError("the project is too large for a compound file without a second table")
    return len(chains), _padded_table([*chains, *[_FAT_SECTOR] * count])


def _padded_table(table: list[int]) -> bytes:
    per_sector = SECTOR // 4
    filled = table + [_FREE] * (-len(table) % per_sector)
    return struct.pack(f"<{len(filled)}I", *filled)


def _header(
    fat_start: int, fat_count: int, directory_start: int, mini_start: int, mini_bytes: int
) -> bytes:
    # Minor version 0x3E, major version 3, little-endian, sectors of 2**9 and 2**6 bytes.
    head = _SIGNATURE + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    files = (0, fat_count, directory_start, 0, MINI_LIMIT)
    tables = (mini_start, mini_bytes // SECTOR, _END, 0)
    slots = [fat_start + i if i < fat_count else _FREE for i in range(_HEADER_FAT_SLOTS)]
    return (
        head + struct.pack("<9I", *files, *tables) + struct.pack(f"<{_HEADER_FAT_SLOTS}I", *slots)
    )
