"""Compound files: read by olefile in its strictest mode, and the rules of [MS-CFB] for the tree."""

from __future__ import annotations

import io
import struct
from typing import Any

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.addin.compound import compound_file

FREE = 0xFFFFFFFF


def opened(content: bytes) -> Any:
    return olefile.OleFileIO(io.BytesIO(content), raise_defects=olefile.DEFECT_POTENTIAL)


def flat(tree: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], bytes]:
    found = {}
    for name, content in tree.items():
        if isinstance(content, bytes):
            found[(*path, name)] = content
        else:
            found |= flat(content, (*path, name))
    return found


names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", min_size=1, max_size=31)
streams = st.dictionaries(names, st.binary(max_size=9000), max_size=12)


@settings(max_examples=60, deadline=None)
@given(streams, st.dictionaries(names, streams, max_size=3))
def test_every_stream_comes_back(outer: dict[str, bytes], inner: Any) -> None:
    tree = {**outer, **inner}
    with opened(compound_file(tree)) as file:
        found = {tuple(path): file.openstream(path).read() for path in file.listdir()}
        assert file.parsing_issues == []
    assert found == flat(tree)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 4095, 4096, 4097, 300_000])
def test_sizes_around_the_limits_come_back(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    with opened(compound_file({"VBA": {"one": content[:size]}, "two": b"x"})) as file:
        assert file.openstream("VBA/one").read() == content[:size]
        assert file.openstream("two").read() == b"x"


@pytest.mark.parametrize("count", range(1, 40))
def test_siblings_form_a_red_black_tree(count: int) -> None:
    tree = {"M" * (1 + i % 7) + str(i): b"" for i in range(count)}
    entries = directory(compound_file(tree))
    assert names_in_order(entries, entries[0]["child"]) == sorted(
        tree, key=lambda name: (len(name), name)
    )
    assert black_height(entries, entries[0]["child"], parent_is_red=True) > 0


def directory(content: bytes) -> list[dict[str, Any]]:
    start = struct.unpack_from("<I", content, 48)[0]
    fat_start = struct.unpack_from("<I", content, 76)[0]
    fat = struct.unpack_from("<128I", content, 512 * (fat_start + 1))
    entries, sector = [], start
    while sector < 0xFFFFFFFA:
        block = content[512 * (sector + 1) : 512 * (sector + 2)]
        for at in range(0, 512, 128):
            size, kind, color, left, right, child = struct.unpack_from("<HBBIII", block, at + 64)
            name = block[at : at + max(size - 2, 0)].decode("utf-16-le")
            entry = {"name": name, "kind": kind, "red": color == 0}
            entries.append(entry | {"left": left, "right": right, "child": child})
        sector = fat[sector]
    return entries


def names_in_order(entries: list[dict[str, Any]], at: int) -> list[str]:
    if at == FREE:
        return []
    entry = entries[at]
    before, after = (names_in_order(entries, entry[side]) for side in ("left", "right"))
    return [*before, entry["name"], *after]


def black_height(entries: list[dict[str, Any]], at: int, *, parent_is_red: bool) -> int:
    """Count the black entries down to any leaf; fails where two ways differ or red meets red."""
    if at == FREE:
        return 1
    entry = entries[at]
    assert not (parent_is_red and entry["red"])
    left, right = (
        black_height(entries, entry[side], parent_is_red=entry["red"]) for side in ("left", "right")
    )
    assert left == right
    return left + (not entry["red"])


def test_a_name_too_long_for_a_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        compound_file({"x" * 32: b""})


def test_more_than_the_table_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        compound_file({"x": bytes(7_200_000)})
