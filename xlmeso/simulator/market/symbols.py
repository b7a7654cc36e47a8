"""Which underlyings can be simulated on which history; imports no numpy, so any layer may ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.simulator.market.source import HistorySource

BUNDLED_FOLDER: Path = Path(__file__).parent / "history"
"""May be deleted: the synthetic mode takes over."""

INDEX_FILES: Final = (
    "spx_daily.csv.gz",
    "vix_daily.csv.gz",
    "fed_funds_daily.csv.gz",
    "shiller_monthly.csv.gz",
)
"""What the bundled history of the S&P 500 and VIX needs."""

IWM_FILE: Final = "iwm_daily.csv.gz"
BTC_FILE: Final = "btcusd_daily.csv.gz"


@dataclass(frozen=True, slots=True)
class Sources:
    """What a symbol can be simulated from.

    Attributes
    ----------
    own
        Files that a folder of the user's own series must hold.
    bundled
        Files of the bundled history; empty where it has none for this symbol.
    is_synthetic
        Whether the synthetic mode knows the symbol.
    """

    own: tuple[str, ...]
    bundled: tuple[str, ...] = ()
    is_synthetic: bool = False


SOURCES: Final = {
    "SPX": Sources(("spx.csv", "vix.csv"), INDEX_FILES, is_synthetic=True),
    "RUT": Sources(("rut.csv", "vix.csv"), (*INDEX_FILES, IWM_FILE)),
    "VIX": Sources(("spx.csv", "vix.csv"), INDEX_FILES, is_synthetic=True),
    "GLD": Sources(("gld.csv",)),
    "BTCUSD": Sources(("btcusd.csv",), (BTC_FILE,)),
    "ETHUSD": Sources(("ethusd.csv",)),
    "SOLUSD": Sources(("solusd.csv",)),
}
"""By symbol of the service."""

OPTIONAL_FILES: Final = (
    "rates.csv", "rvx.csv", "gvz.csv", "btcusd_vol.csv", "ethusd_vol.csv", "solusd_vol.csv",
)  # fmt: skip
"""Files of a folder that improve a market without being needed."""

OWN_FILES: Final = (
    tuple(dict.fromkeys([name for sources in SOURCES.values() for name in sources.own]))
    + OPTIONAL_FILES
)
"""Every file that a folder of the user's own series may hold."""


def source_for(symbol: str, source: HistorySource) -> str | None:
    """Return the kind of history that a symbol is simulated on: csv, bundled, synthetic or None.

    A folder of the user's own series that holds those of other symbols only leaves this one to the
    bundled history.
    """
    sources = SOURCES.get(symbol)
    if sources is None:
        return None
    if source.folder is not None and _is_for(source.folder, sources):
        return "csv"
    if sources.bundled and source.kind != "synthetic" and bundled_exists(sources.bundled):
        return "bundled"
    may_invent = source.kind in ("auto", "synthetic") and source.folder is None
    return "synthetic" if may_invent and sources.is_synthetic else None


def bundled_exists(names: Collection[str] = INDEX_FILES) -> bool:
    """Whether files of the bundled history are there."""
    return all((BUNDLED_FOLDER / name).is_file() for name in names)


def symbols_of(folder: Path) -> tuple[str, ...]:
    """Return the symbols whose first file a folder holds; SPX where it holds none."""
    found = [name for name, sources in SOURCES.items() if (folder / sources.own[0]).is_file()]
    return tuple(found) or ("SPX",)


def _is_for(folder: Path, sources: Sources) -> bool:
    """Whether a folder is meant for a symbol; an empty one is, so that its fault is told."""
    return sources in [SOURCES[symbol] for symbol in symbols_of(folder)]


def what_to_supply(symbol: str) -> str:
    """Return a sentence that says how a symbol without history can be simulated."""
    names = " and ".join(SOURCES[symbol].own)
    return (
        f"Put {names} (date,open,high,low,close) into a folder and start the service with "
        "'xlmeso serve --history FOLDER'."
    )
