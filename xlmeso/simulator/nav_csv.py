"""The two NAV files of a run: text columns, gzip, one row for each 5-minute bar.

Names and order of the columns live here alone: the reference does not know them (section 6), so
a client has to read headers, not positions.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from xlmeso.measures.returns import FloatArray, Times

# Assumption: the names follow the service's positions.parquet (At, UnderlyingPrice, VIXPrice,
# WVega) and its event log (NAV, PnL, OpenLegCnt); reference section 6.
TIME_COLUMN: Final = "At"
GENERIC_DECIMALS: Final[Mapping[str, int]] = {
    "NAV": 4,
    "PnL": 4,
    "UnderlyingPrice": 4,
    "VIXPrice": 4,
    "Delta": 4,
    "Gamma": 6,
    "Theta": 4,
    "Vega": 4,
    "WVega": 4,
    "Rho": 4,
    "OpenLegCnt": 0,
    "Margin": 2,
}
"""Columns of the generic view in order, with their decimals; Margin only while it is on."""

# Assumption: the analytics view holds what the statistics are fed with: NAV and underlying.
ANALYTICS_DECIMALS: Final[Mapping[str, int]] = {"Strategy": 4, "Benchmark": 4}
"""Columns of ``view=analytics`` in order, with their decimals."""

COIN_DECIMALS: Final[Mapping[str, int]] = {"NAV": 8, "PnL": 8, "Margin": 8, "Strategy": 8}
"""Decimals of the columns that count in coins, where the cash does."""

BLOCK_ROWS = 4096
COMPRESSION = 1
"""Higher levels take two to three times as long and save a twentieth of the bytes."""


def write_navs(
    path: Path,
    times: Times,
    columns: Mapping[str, FloatArray],
    decimals: int | Mapping[str, int],
) -> None:
    """Write a NAV file (CSV in gzip), whole or not at all.

    Parameters
    ----------
    path
        The file; it appears only when it is complete.
    times
        Exchange-local instant of each row, datetime64[m], shape (n,); written as
        ``YYYY-MM-DDThh:mm:ss`` in the column `TIME_COLUMN`.
    columns
        Title -> numbers of shape (n,), in the order of the file.
    decimals
        Fixed decimals for all columns, or for each title.

    Notes
    -----
    A number that is NaN or infinite becomes an empty field.  The point is the decimal sign in
    every locale, lines end with LF, and the gzip header holds neither time nor name: the same
    numbers give the same bytes.  Memory stays at one block of rows, whatever the length.
    """
    part = path.with_name(f"{path.name}.part")
    places = [decimals if isinstance(decimals, int) else decimals[title] for title in columns]
    try:
        with part.open("wb") as raw, gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as packed:
            packed.write(",".join([TIME_COLUMN, *columns]).encode("ascii") + b"\n")
            for text in _blocks(times, list(columns.values()), places):
                packed.write(text.encode("ascii"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _blocks(times: Times, columns: list[FloatArray], places: list[int]) -> Iterator[str]:
    row = ",".join(["%s", *(f"%.{place}f" for place in places)]) + "\n"
    for begin in range(0, len(times), BLOCK_ROWS):
        block = slice(begin, begin + BLOCK_ROWS)
        stamps = np.datetime_as_string(times[block], unit="s").tolist()
        numbers = [
            _clean(column[block], place) for column, place in zip(columns, places, strict=True)
        ]
        yield "".join(map(row.__mod__, zip(stamps, *numbers, strict=True))).replace("nan", "")


def _clean(values: FloatArray, place: int) -> list[float]:
    """Round, so that no field reads -0.00, and make every gap a NaN."""
    rounded = np.round(np.asarray(values, dtype=np.float64), place) + 0.0
    rounded[~np.isfinite(rounded)] = np.nan
    rounded_list: list[float] = rounded.tolist()
    return rounded_list
