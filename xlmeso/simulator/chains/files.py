"""The folder of chains: one folder per symbol, one file per session.

``FOLDER/SPX/2021-01-04.parquet`` (or ``.csv``, ``.csv.gz``).  CSV is read by pandas; Parquet by
pyarrow, pandas' own engine for it, which comes with ``pip install xlmeso[parquet]``.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.errors import ConfigurationError, SimulationError
from xlmeso.simulator.chains.columns import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")
MAX_FILE_BYTES: Final = 1024 * 1024 * 1024
"""A session file is read whole; a larger one cannot be a session."""

_NAME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(\.parquet|\.csv\.gz|\.csv)")
_SYMBOL: Final = re.compile(r"[A-Za-z0-9._^-]{1,32}")


def chain_symbols(folder: Path) -> tuple[str, ...]:
    """Return the symbols that a folder has sessions of."""
    if not folder.is_dir():
        return ()
    found = (
        path.name for path in folder.iterdir() if path.is_dir() and _SYMBOL.fullmatch(path.name)
    )
    return tuple(sorted(name for name in found if session_files(folder / name)))


def session_files(home: Path) -> dict[dt.date, Path]:
    """Return the session files of one symbol by date, ascending.

    Raises
    ------
    SimulationError
        A date has two files.
    """
    found: dict[dt.date, Path] = {}
    for path in sorted(home.iterdir()) if home.is_dir() else ():
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        date = dt.date.fromisoformat(match[1])
        if date in found:
            raise SimulationError(
                f"the session has two files, {found[date].name} and {path.name}.",
                where=str(home),
                cure="Keep one of them.",
            )
        found[date] = path
    return dict(sorted(found.items()))


def read_session(path: Path) -> pd.DataFrame:
    """Read a session file, of its columns only those that are known.

    Raises
    ------
    SimulationError
        It cannot be read.
    """
    import pandas as pd

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SimulationError(f"the file is larger than {MAX_FILE_BYTES:,} bytes.")
        if path.suffix == ".parquet":
            return _read_parquet(path)
        return pd.read_csv(path, usecols=_is_known)
    except (OSError, ValueError) as problem:  # pyarrow's and pandas' errors are ValueErrors
        raise SimulationError(
            f"the session cannot be read: {problem}.".replace("\n", " "), where=str(path)
        ) from None


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    require_parquet()
    from pyarrow.parquet import read_schema

    names = [name for name in read_schema(path).names if _is_known(name)]
    return pd.read_parquet(path, engine="pyarrow", columns=names)


def _is_known(name: object) -> bool:
    return str(name).strip().lower() in COLUMNS


def write_session(table: pd.DataFrame, home: Path, date: dt.date, suffix: str) -> Path:
    """Write a session file, whole or not at all."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"{date.isoformat()}{suffix}"
    part = home / f".{path.name}.part"
    if suffix == ".parquet":
        table.to_parquet(part, engine="pyarrow", index=False)
    else:
        packed = {"method": "gzip", "mtime": 0} if suffix.endswith(".gz") else None
        table.to_csv(part, index=False, compression=packed, lineterminator="\n")
    part.replace(path)
    return path


def has_parquet() -> bool:
    """Whether Parquet can be read and written."""
    return importlib.util.find_spec("pyarrow") is not None


def require_parquet() -> None:
    """Raise `ConfigurationError` where Parquet cannot be used."""
    if not has_parquet():
        raise ConfigurationError(
            "Parquet needs a library that is not installed.",
            cure="pip install 'xlmeso[parquet]', or use CSV.",
        )
