"""MS-OVBA compression: read back by olevba's decompressor, and by the example of the standard."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oletools.olevba import decompress_stream

from xlmeso.addin.compression import CHUNK, compress


def test_the_standard_s_example_that_cannot_be_compressed() -> None:
    # [MS-OVBA] 3.2.1
    expected = bytes.fromhex(
        "01 19 b0 00 61 62 63 64 65 66 67 68 00 69 6a 6b 6c 6d 6e 6f 70 00 71 72 73 74 75 76 2e"
    )
    assert compress(b"abcdefghijklmnopqrstuv.") == expected


def test_the_standard_s_example_of_the_best_compression() -> None:
    # [MS-OVBA] 3.2.3: one letter and one copy of 72 letters
    assert compress(b"a" * 73) == bytes.fromhex("01 03 b0 02 61 45 00")


@pytest.mark.parametrize("size", [0, 1, 3, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_sizes_around_a_chunk_come_back(size: int) -> None:
    text = (b"Public Sub MesoSubmit(ByVal control As IRibbonControl)\r\n" * 300)[:size]
    assert bytes(decompress_stream(bytearray(compress(text)))) == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([b"End Sub\r\n", b"    Dim x As Long\r\n", b"x" * 40]), st.binary()
        ),
        max_size=200,
    )
)
def test_any_mixture_of_repeated_and_random_bytes_comes_back(parts: list[bytes]) -> None:
    text = b"".join(parts)
    back = bytes(decompress_stream(bytearray(compress(text))))
    padded = len(text) + -len(text) % CHUNK  # a last chunk that does not shrink is padded
    assert back == text or (len(back) == padded and back.rstrip(b"\0") == text.rstrip(b"\0"))


def test_a_chunk_of_noise_is_stored_as_it_is() -> None:
    noise = random.Random(7).randbytes(CHUNK)
    stored = compress(noise)
    assert stored == b"\x01\xff\x3f" + noise


def test_a_module_shrinks_to_less_than_half(vba_folder: object) -> None:
    from xlmeso.addin.sources import modules

    sources = [module.source for module in modules()]
    assert sum(len(compress(source)) for source in sources) < sum(map(len, sources)) / 2
