"""What every result sheet says about its run, above the table and at the foot of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.model.backtest import BacktestState
from xlmeso.sheets.plan import NotePlan

MODELLED: Final = (
    "MODELLED: the local service made these figures from modelled option quotes. They are no "
    "record of a market and no MesoSim result."
)
"""Notice on every sheet whose run came from the local service."""

REWRITTEN: Final = "Each run writes this sheet anew; keep notes of your own on other sheets."

TABLE_ROW: Final = 9
"""Row of the headings of a result sheet's table."""

TIME_FORMAT: Final = "yyyy-mm-dd hh:mm:ss"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One backtest as the result sheets present it.

    Attributes
    ----------
    backtest_id, name, strategy_name
        As the service knows them.
    state
        State when the results were fetched.
    service
        Which service, in words: ``MesoSim cloud``, ``local service at http://127.0.0.1:8000``.
    fetched_at
        When the results were fetched; with a zone (shown as UTC).
    source
        One sentence about the data behind the run, or an empty text.
    modelled
        Whether the local service made the results from modelled quotes.
    created_at, started_at, finished_at
        Times of the run, UTC; None where it has not happened or is not known.
    failure_reason
        Why the run failed, or None.
    """

    backtest_id: str
    name: str
    state: BacktestState
    service: str
    fetched_at: dt.datetime
    strategy_name: str = ""
    source: str = ""
    modelled: bool = False
    created_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    failure_reason: str | None = None

    @property
    def wall_seconds(self) -> float | None:
        """Seconds from start to finish, None while unknown."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (utc(self.finished_at) - utc(self.started_at)).total_seconds()


def utc(moment: dt.datetime) -> dt.datetime:
    """Return a moment as UTC without a zone, as cells hold it; without a zone it counts as UTC."""
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def utc_or_none(moment: dt.datetime | None) -> dt.datetime | None:
    """Return `utc` of a moment that may be missing."""
    return None if moment is None else utc(moment)


def header(title: str, run: RunInfo, *extra: str) -> tuple[NotePlan, ...]:
    """Return the notes in rows 1 to 7 above a result table."""
    name = f"{title}: {run.name}" if run.name else title
    as_of = f"{utc(run.fetched_at):%Y-%m-%d %H:%M:%S} UTC"
    lines = [
        ("Run", f"{run.backtest_id}   ({run.strategy_name or 'strategy'}, {run.state.value})"),
        ("Service", f"{run.service}, as of {as_of}"),
        ("Data", run.source or "as the service has it"),
        ("Note", " ".join([*extra, REWRITTEN])),
    ]
    notes = [NotePlan(name, 1, style="MesoTitle")]
    for row, (label, text) in enumerate(lines, start=3):
        notes.append(NotePlan(label, row, style="MesoLabel"))
        notes.append(NotePlan(text, row, 2, style="MesoText"))
    if run.modelled:
        notes.append(NotePlan(MODELLED, 2, style="MesoWarn"))
    return tuple(notes)


def footer(run: RunInfo) -> str:
    """Return the text at the foot of each printed page."""
    mark = "MODELLED - " if run.modelled else ""
    stamp = f"{utc(run.fetched_at):%Y-%m-%d %H:%M} UTC"
    return f"{mark}{run.name} - {run.backtest_id} - {run.service} - {stamp}"


def common(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the newest of several runs, None for none."""
    return max(runs, key=lambda run: utc(run.fetched_at), default=None)
