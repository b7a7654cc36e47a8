"""Vendor files made into session files, a piece at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.errors import SimulationError
from xlmeso.simulator.chains.columns import COLUMNS, normalised, ordered
from xlmeso.simulator.chains.files import read_session, session_files, write_session
from xlmeso.simulator.chains.layouts import PM_ROOTS, Layout

if TYPE_CHECKING:
    import pandas as pd

PIECE_ROWS: Final = 200_000
"""Rows read at a time, so that memory does not grow with the vendor's file."""

_ENDINGS: Final = (".csv", ".txt", ".zip", ".gz")


def import_chains(
    source: Path,
    folder: Path,
    layout: Layout,
    *,
    symbol: str,
    suffix: str,
    root: str | None = None,
    on_session: Callable[[dt.date], object] = lambda date: None,
) -> tuple[dt.date, ...]:
    """Read vendor files and write one file per session below ``folder / symbol``.

    Sessions that are there already gain the new rows; the same rows again change nothing.

    Parameters
    ----------
    source
        A file, or a folder whose files are taken in the order of their names; CSV, plain, in gzip
        or in a ZIP of one.
    root
        Root of all contracts; None for that of the file, or where the layout has none for the
        symbol's series that settle at the close.
    on_session
        Is told each session that was written.

    Raises
    ------
    SimulationError
        A file has other columns, or cannot be read.
    """
    written: dict[dt.date, None] = {}
    kept: pd.DataFrame | None = None
    for table in _pieces(source, layout, symbol, root):
        kept = table if kept is None else _joined(kept, table)
        days = kept["time"].dt.date
        last = days.iloc[-1]
        for date, rows in kept[days != last].groupby(days):
            _store(rows, folder / symbol, date, suffix, symbol)
            written[date] = None
            on_session(date)
        kept = kept[days == last]
    if kept is not None and len(kept):
        date = kept["time"].dt.date.iloc[-1]
        _store(kept, folder / symbol, date, suffix, symbol)
        written[date] = None
        on_session(date)
    if not written:
        raise SimulationError("there is no row to import.", where=str(source))
    return tuple(sorted(written))


def _pieces(source: Path, layout: Layout, symbol: str, root: str | None) -> Iterator[pd.DataFrame]:
    import pandas as pd

    for path in _files(source):
        try:
            with pd.read_csv(path, chunksize=PIECE_ROWS, skipinitialspace=True) as reader:
                for piece in reader:
                    yield _converted(piece, layout, symbol, root, path)
        except (OSError, ValueError) as problem:
            told = str(problem).replace("\n", " ")
            raise SimulationError(f"the file cannot be read: {told}.", where=str(path)) from None


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    return [path for path in sorted(source.iterdir()) if path.suffix.lower() in _ENDINGS]


def _converted(
    piece: pd.DataFrame, layout: Layout, symbol: str, root: str | None, path: Path
) -> pd.DataFrame:
    piece.columns = [str(name).strip().strip("[]").lower() for name in piece.columns]
    missing = [name for name in layout.needs if name not in piece.columns]
    if missing:
        raise SimulationError(
            f"the file is not of this layout; columns are missing: {', '.join(missing)}.",
            where=str(path),
        )
    table = layout.convert(piece)
    if root is not None:
        table["root"] = root
    elif "root" not in table.columns:
        table["root"] = PM_ROOTS.get(symbol, symbol)
    return normalised(table, symbol, str(path)).reindex(columns=list(COLUMNS))


def _store(rows: pd.DataFrame, home: Path, date: dt.date, suffix: str, symbol: str) -> None:
    present = session_files(home).get(date)
    if present is not None:
        before = normalised(read_session(present), symbol, str(present))
        rows = normalised(_joined(before, rows), symbol, str(present))
    path = write_session(ordered(rows).reindex(columns=list(COLUMNS)), home, date, suffix)
    if present is not None and present != path:
        present.unlink()


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([first, second], ignore_index=True)
