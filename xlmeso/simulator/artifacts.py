"""The folders of the runs: one per backtest, one below it per attempt, one for the result.

A worker writes into its attempt's folder only.  The supervisor renames that folder to the result
before it commits the terminal state, so whatever a caller reads is complete.
"""

from __future__ import annotations

import contextlib
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.simulator.records import BacktestRecord

EVENTS: Final = "events.json.gz"
"""Blotter events, one JSON array."""

NAVS: Final = "navs.csv.gz"
"""Generic view of the NAV series."""

NAVS_ANALYTICS: Final = "navs-analytics.csv.gz"
"""The series as the analytics were computed from it."""

EXTERNAL_DATA: Final = "external_data.zip"
"""Copy of the external data, where a run used some (reference section 6)."""

RUN_LOCK: Final = "running.lock"
"""Held by the worker that runs the backtest."""

EXTERNAL_CSV: Final = "external.csv"
"""The external data as they were at the submission; every attempt works on it."""

_RESULT = "result"


@dataclass(frozen=True, slots=True)
class AttemptFiles:
    """Where one attempt of a run writes and listens.

    Attributes
    ----------
    folder
        Artifacts.
    cancel_file
        The run stops when this file exists.
    progress_file
        Share done, 0..1, as text.
    lock_file
        Locked while a worker runs this backtest, whichever attempt.
    external_csv
        Copy of the external data; exists only where the definition names some.
    """

    folder: Path
    cancel_file: Path
    progress_file: Path
    lock_file: Path
    external_csv: Path


class Artifacts:
    """The artifacts of one data folder; ``root`` is made when it is missing."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def attempt(self, record: BacktestRecord) -> AttemptFiles:
        """Return the places of the record's present attempt."""
        home = self._root / record.folder
        name = f"attempt-{record.attempt}"
        return AttemptFiles(
            folder=home / name,
            cancel_file=home / f"{name}.cancel",
            progress_file=home / f"{name}.progress",
            lock_file=home / RUN_LOCK,
            external_csv=home / EXTERNAL_CSV,
        )

    def keep_external(self, folder: str, content: bytes) -> None:
        """Keep a submission's external data, before the submission itself is kept."""
        home = self._root / folder
        home.mkdir(exist_ok=True)
        part = home / f"{EXTERNAL_CSV}.part"
        part.write_bytes(content)
        part.replace(home / EXTERNAL_CSV)

    def forget(self, folder: str) -> None:
        """Remove the folder of a submission that was not kept after all."""
        _remove(self._root / folder)

    def prepare(self, record: BacktestRecord) -> AttemptFiles:
        """Make the attempt's folder, and remove what earlier attempts left."""
        home = self._root / record.folder
        home.mkdir(exist_ok=True)
        files = self.attempt(record)
        for left_over in home.iterdir():
            if left_over not in (files.lock_file, files.external_csv):
                _remove(left_over)
        files.folder.mkdir()
        return files

    def commit(self, record: BacktestRecord) -> None:
        """Make the attempt's folder the result; doing it again changes nothing."""
        files = self.attempt(record)
        if files.folder.is_dir():
            result = self._root / record.folder / _RESULT
            if result.exists():
                shutil.rmtree(result)
            files.folder.rename(result)
        for file in (files.cancel_file, files.progress_file):
            _remove(file)

    def request_cancel(self, record: BacktestRecord) -> None:
        """Tell the run that works on this attempt to stop."""
        self.attempt(record).cancel_file.touch()

    def progress(self, record: BacktestRecord) -> float | None:
        """Return the share done, 0..1, None where the run has not told it."""
        with contextlib.suppress(OSError, ValueError):
            share = float(self.attempt(record).progress_file.read_text(encoding="utf-8"))
            if math.isfinite(share):
                return min(1.0, max(0.0, share))
        return None

    def file(self, record: BacktestRecord, name: str) -> Path | None:
        """Return a file of the result, None where the backtest does not have it."""
        path = self._root / record.folder / _RESULT / name
        return path if path.is_file() else None

    def remove(self, record: BacktestRecord) -> None:
        """Remove everything of a backtest; what is in use stays for `sweep`."""
        _remove(self._root / record.folder)

    def sweep(self, keep: set[str]) -> None:
        """Remove all folders but those to keep; done when the service starts."""
        for path in self._root.iterdir():
            if path.name not in keep:
                _remove(path)


def _remove(path: Path) -> None:
    """Remove a file or a folder; one that another program holds open stays."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
