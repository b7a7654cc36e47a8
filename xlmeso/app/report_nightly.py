"""Reports of all runs that finished since a time, or since the last look: a nightly job.

The folder of the reports remembers in `STATE` which runs have theirs, so that to run the job twice,
or again after it was killed, makes each report once.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso.app.files import told_as_workbook_error, write_text
from xlmeso.errors import WorkbookError, XlmesoError
from xlmeso.model.backtest import BacktestState

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.report_files import ReportForm
    from xlmeso.model.backtest import BacktestSummary

STATE: Final = "xlmeso-reports.json"
"""File in the folder of the reports: when it was last looked, and the report of each run."""

FIRST_LOOK: Final = dt.timedelta(days=1)
"""How far the first look goes back that asks for the runs since the last one."""

LONGEST_RUN: Final = dt.timedelta(days=31)
"""The service lists runs by their creation; how long before its end a run may have been made."""

_OVERLAP: Final = dt.timedelta(hours=1)
"""Clocks of service and machine may differ; runs that have their report are not made again."""

_LOCK: Final = ".xlmeso-reports.lock"


@dataclass(slots=True)
class Outcome:
    """What one look made: run -> report, and the runs whose report failed."""

    made: dict[str, Path] = field(default_factory=dict)
    failed: dict[str, XlmesoError] = field(default_factory=dict)


def report_new_runs(
    connection: Connection,
    folder: Path,
    form: ReportForm,
    *,
    since: dt.datetime | None = None,
    on_step: Callable[[str], None] = lambda _text: None,
) -> Outcome:
    """Write a report of each run that has finished and has none in the folder.

    A run whose report fails is told and tried again at the next look; the others go on.

    Parameters
    ----------
    since
        Runs that finished at or after this time; None takes the last look into this folder, or at
        the first time `FIRST_LOOK` ago.

    Raises
    ------
    WorkbookError
        The folder cannot be written, another job works on it, or its state cannot be read.
    ApiError, TransportError
        The service does not tell its runs.
    """
    ending = form.suffix or f"-{form.format}"
    with _only_job(folder):
        state = _read(folder)
        now = dt.datetime.now(dt.UTC)
        looked = state["looked"].get(ending)
        last = dt.datetime.fromisoformat(looked) if looked else now - FIRST_LOOK
        outcome = Outcome()
        for run in _finished(connection, since or last - _OVERLAP, now):
            name = _free_name(run, ending, state["reports"])
            if name in state["reports"] and not form.overwrite:
                continue
            try:
                _write(connection, folder / name, run, form, on_step)
            except XlmesoError as error:
                outcome.failed[run.backtest_id] = error
                on_step(f"no report of {run.backtest_id}: {error}")
                continue
            outcome.made[run.backtest_id] = folder / name
            state["reports"][name] = run.backtest_id
            _save(folder, state)
        if not outcome.failed:
            state["looked"][ending] = now.isoformat()
        _save(folder, state)
        return outcome


def report_name(run: BacktestSummary, ending: str, *, whole_id: bool = False) -> str:
    """Name a run's report: when it finished, what it is called, the beginning of its id."""
    words = re.sub(r"[^\w.-]+", "-", run.name).strip("-.")[:60] or "run"
    day = f"{run.finished_at:%Y-%m-%d}_" if run.finished_at else ""
    which = re.sub(r"[^\w-]", "-", run.backtest_id)
    return f"{day}{words}_{which if whole_id else which[:8]}{ending}"


def _free_name(run: BacktestSummary, ending: str, reports: dict[str, str]) -> str:
    """Return a name that no other run's report has."""
    name = report_name(run, ending)
    taken = reports.get(name, run.backtest_id) != run.backtest_id
    return report_name(run, ending, whole_id=True) if taken else name


def _finished(
    connection: Connection, since: dt.datetime, now: dt.datetime
) -> list[BacktestSummary]:
    """Return the runs that finished since a time, oldest first."""
    found = connection.client.backtests.list(
        since - LONGEST_RUN, now + dt.timedelta(days=1), status=BacktestState.FINISHED
    )
    ended = [
        (_utc(run.finished_at), run)
        for run in found
        if run.state is BacktestState.FINISHED and run.finished_at is not None
    ]
    chosen = [item for item in ended if item[0] >= _utc(since)]
    return [run for _, run in sorted(chosen, key=lambda item: (item[0], item[1].backtest_id))]


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _write(
    connection: Connection,
    path: Path,
    run: BacktestSummary,
    form: ReportForm,
    on_step: Callable[[str], None],
) -> None:
    """Write one report; a file that is there already was not written down, and is made anew."""
    from xlmeso.app.report import gather
    from xlmeso.app.report_files import write_report_as

    with tempfile.TemporaryDirectory(prefix="xlmeso-") as place:
        runs = gather(connection, [run.backtest_id], folder=Path(place), on_step=on_step)
        write_report_as(runs, path, replace(form, overwrite=True))


@contextmanager
def _only_job(folder: Path) -> Iterator[None]:
    """Keep a second job away from a folder.

    Raises
    ------
    WorkbookError
        One is at work already, or the folder cannot be made.
    """
    from filelock import FileLock, Timeout

    with told_as_workbook_error(folder, "the folder cannot be written"):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise WorkbookError(
                "another xlmeso report works on this folder",
                where=str(folder),
                cure="Wait for its end, or choose another folder.",
            ) from None
    try:
        yield
    finally:
        lock.release()


def _read(folder: Path) -> dict[str, Any]:
    path = folder / STATE
    if not path.exists():
        return {"version": 1, "looked": {}, "reports": {}}
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["version"] == 1 and isinstance(state["reports"], dict):
            for moment in state["looked"].values():
                dt.datetime.fromisoformat(moment)
            return dict(state)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise WorkbookError(
        "the list of reports that were made cannot be read",
        where=str(path),
        cure="Delete it; reports of the last day are then made again.",
    )


def _save(folder: Path, state: dict[str, Any]) -> None:
    write_text(folder / STATE, json.dumps(state, indent=1) + "\n")
