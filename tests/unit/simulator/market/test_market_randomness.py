from __future__ import annotations

import zlib

import numpy as np

from xlmeso.simulator.market.randomness import stream_keys, uniforms


def test_stream_zero_is_the_published_splitmix64() -> None:
    """First outputs of SplitMix64 seeded with 0 and with 1234567 (public test vectors)."""
    vectors = {
        0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F],
        1234567: [6457827717110365317, 3203168211198807973, 9817491932198370423],
    }
    for key, expected in vectors.items():
        values = uniforms(np.array([key], dtype=np.uint64), 3)[0]
        assert values.tolist() == [((number >> 11) + 0.5) * 2.0**-53 for number in expected]


def test_a_stream_does_not_depend_on_its_neighbours() -> None:
    keys = stream_keys(["SPX|20240102", "SPX|20240103"], 7)
    assert uniforms(keys, 9)[1].tolist() == uniforms(keys[1:], 9)[0].tolist()
    assert uniforms(keys, 9)[:, :4].tolist() == uniforms(keys, 4).tolist()


def test_names_and_seeds_give_different_streams() -> None:
    assert zlib.crc32(b"SPX|20240102") != zlib.crc32(b"SPX|20240103")
    seeds = [stream_keys(["SPX|20240102"], seed)[0] for seed in (0, 1, 2, -1)]
    assert len(set(seeds)) == 4
    assert stream_keys(["SPX|20240102"], 0)[0] != stream_keys(["SPX|20240103"], 0)[0]


def test_uniforms_look_uniform() -> None:
    values = uniforms(stream_keys([f"day {n}" for n in range(500)], 0), 80)
    assert values.min() > 0.0
    assert values.max() < 1.0
    assert abs(values.mean() - 0.5) < 4 * np.sqrt(1 / 12 / values.size)
    counts = np.histogram(values, bins=20, range=(0, 1))[0]
    assert np.abs(counts - 2000).max() < 5 * np.sqrt(2000)
    assert abs(np.corrcoef(values[:, 0], values[:, 1])[0, 1]) < 0.2
