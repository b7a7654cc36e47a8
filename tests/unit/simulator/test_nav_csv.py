"""The NAV files: exact bytes of a small one, gaps, blocks, and the same bytes every time."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import locale
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xlmeso.simulator import nav_csv
from xlmeso.simulator.nav_csv import ANALYTICS_DECIMALS, GENERIC_DECIMALS, write_navs

TIMES = np.array(["2021-01-04T09:30", "2021-01-04T09:35"], dtype="datetime64[m]")


def read(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("ascii")


def test_a_small_file_reads_exactly_so(tmp_path: Path) -> None:
    path = tmp_path / "navs.csv.gz"
    columns = {"Strategy": np.array([100000.0, 99999.125]), "Benchmark": np.array([3756.07, -0.5])}
    write_navs(path, TIMES, columns, {"Strategy": 2, "Benchmark": 4})
    assert read(path) == (
        "At,Strategy,Benchmark\n"
        "2021-01-04T09:30:00,100000.00,3756.0700\n"
        "2021-01-04T09:35:00,99999.12,-0.5000\n"
    )


def test_gaps_are_empty_fields_and_nothing_is_minus_zero(tmp_path: Path) -> None:
    path = tmp_path / "navs.csv.gz"
    columns = {"Delta": np.array([math.nan, -0.001]), "Rho": np.array([math.inf, 2.0])}
    write_navs(path, TIMES, columns, 2)
    assert read(path).splitlines()[1:] == ["2021-01-04T09:30:00,,", "2021-01-04T09:35:00,0.00,2.00"]


def test_counts_are_written_without_a_point(tmp_path: Path) -> None:
    path = tmp_path / "navs.csv.gz"
    write_navs(path, TIMES, {"OpenLegCnt": np.array([0, 12])}, GENERIC_DECIMALS)
    assert read(path).splitlines()[1:] == ["2021-01-04T09:30:00,0", "2021-01-04T09:35:00,12"]


def test_an_empty_run_has_a_header_only(tmp_path: Path) -> None:
    path = tmp_path / "navs.csv.gz"
    columns = {title: np.empty(0) for title in ANALYTICS_DECIMALS}
    write_navs(path, TIMES[:0], columns, ANALYTICS_DECIMALS)
    assert read(path) == "At,Strategy,Benchmark\n"


def test_numbers_survive_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nav_csv, "BLOCK_ROWS", 7)
    rng = np.random.default_rng(4)
    times = np.datetime64("2021-01-04T09:30", "m") + 5 * np.arange(50)
    columns = {title: rng.normal(0, 1e4, 50) for title in GENERIC_DECIMALS}
    path = tmp_path / "navs.csv.gz"
    write_navs(path, times, columns, GENERIC_DECIMALS)
    frame = pd.read_csv(path, parse_dates=["At"])
    assert frame["At"].to_numpy().tolist() == times.astype(frame["At"].dtype.str[1:]).tolist()
    for title, decimals in GENERIC_DECIMALS.items():
        assert frame[title].to_numpy() == pytest.approx(columns[title], abs=0.5001 * 10**-decimals)


def test_the_same_numbers_give_the_same_bytes_under_any_name(tmp_path: Path) -> None:
    columns = {"Strategy": np.array([1.0, 2.0])}
    write_navs(tmp_path / "a.csv.gz", TIMES, columns, 2)
    write_navs(tmp_path / "b.csv.gz", TIMES, columns, 2)
    first = (tmp_path / "a.csv.gz").read_bytes()
    assert first == (tmp_path / "b.csv.gz").read_bytes()
    assert first[3] == 0  # gzip flags: no name stored
    assert first[4:8] == b"\0\0\0\0"  # no time stored
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv.gz", "b.csv.gz"]


def test_the_decimal_sign_is_a_point_in_every_locale(tmp_path: Path) -> None:
    before = locale.setlocale(locale.LC_NUMERIC)
    for name in ("de_DE.UTF-8", "German_Germany.1252", "fr_FR.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_NUMERIC, name)
            break
    try:
        write_navs(tmp_path / "navs.csv.gz", TIMES, {"NAV": np.array([1234.5, 0.25])}, 2)
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)
    rows = list(csv.reader(io.StringIO(read(tmp_path / "navs.csv.gz"))))
    assert [row[1] for row in rows] == ["NAV", "1234.50", "0.25"]


def test_a_failure_leaves_the_earlier_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "navs.csv.gz"
    write_navs(path, TIMES, {"NAV": np.array([1.0, 2.0])}, 2)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="zip"):
        write_navs(path, TIMES, {"NAV": np.array([1.0])}, 2)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        times = np.datetime64("2021-01-04T09:30", "m") + 5 * np.arange(rows)
        columns = {"Strategy": np.linspace(1e5, 2e5, rows)}
        tracemalloc.start()
        write_navs(tmp_path / "navs.csv.gz", times, columns, 2)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(40 * 4096) < 1.3 * peak(10 * 4096)
