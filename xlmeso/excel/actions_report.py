"""Buttons that make reports: a tear sheet at a press, and the whole report to a file."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.excel.actions_results import named_by
from xlmeso.excel.choice import ChosenRun, meant_run, selected_runs
from xlmeso.excel.dialogs import CancelledByUserError
from xlmeso.excel.macro_frame import Session, counted
from xlmeso.excel.runs_sheet import read_runs

if TYPE_CHECKING:
    from xlmeso.sheets.report import ReportRun

_LONGEST: Final = 60
"""Characters of a run's name in a file name."""


def show_tearsheet(session: Session) -> None:
    """Make the report of the run that is meant, without blotter and NAV rows, and open it.

    The book is a file in a temporary folder; save it elsewhere to keep it.
    """
    from xlmeso.app.report import write_report

    run = meant_run(session.book, read_runs(session.book))
    with _fetched(session, [run]) as found:
        session.say("making the tear sheet")
        folder = Path(tempfile.mkdtemp(prefix="xlmeso-"))
        path = write_report(found, folder / f"{_file_name(found)}.xlsx", with_logs=False)
    session.book.app.books.open(str(path))


def export_report(session: Session) -> str:
    """Write the report of the selected runs, or of the one that is meant, to a workbook."""
    from xlmeso.app.report import write_report
    from xlmeso.app.report_files import ReportForm, check_output

    known = read_runs(session.book)
    chosen = selected_runs(session.book, known) or [meant_run(session.book, known)]
    suggested = f"{_in_files(chosen[0].name or chosen[0].backtest_id)} report.xlsx"
    path = session.dialogs.save_file(session.title, suggested)
    if path is None:
        raise CancelledByUserError("cancelled")
    if not path.suffix:
        path = path.with_suffix(".xlsx")
    check_output(path, ReportForm(overwrite=True))
    if path.exists():
        session.demand(f"{path.name} exists. Replace it?")
    with _fetched(session, chosen) as found:
        session.say(f"writing {path.name}")
        write_report(found, path, overwrite=True)
    return f"Wrote {path}: {counted(len(chosen), 'run')}."


@contextlib.contextmanager
def _fetched(session: Session, chosen: Sequence[ChosenRun]) -> Iterator[list[ReportRun]]:
    """Fetch runs with all that they left; a refusal names the cell of its run."""
    from xlmeso.app.report import gather

    found: list[ReportRun] = []
    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        with session.connect() as connection:
            for run in chosen:
                with named_by(run.cell):
                    found += gather(
                        connection, [run.backtest_id], folder=Path(folder), on_step=session.say
                    )
        yield found


def _file_name(found: Sequence[ReportRun]) -> str:
    info = found[0].info
    return f"{_in_files(info.name or info.backtest_id)} tear sheet"


def _in_files(name: str) -> str:
    """Return a name without what file systems refuse."""
    plain = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", name)
    return " ".join(plain.split())[:_LONGEST].strip(" .") or "backtest"
