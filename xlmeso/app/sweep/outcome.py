"""What a sweep has come to, as its sheets show it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.summary import SweepOutcome
from xlmeso.sheets.sweep.write import SweepFill

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.sweep.work import SweepRun


def outcome_of(connection: Connection, run: SweepRun) -> SweepOutcome:
    """Return where a sweep stands right now."""
    sweep = run.sweep
    return SweepOutcome(
        sweep.title,
        sweep.variants,
        run.results,
        sweep.metric,
        sweep.columns,
        connection.service,
        dt.datetime.now(dt.UTC),
        modelled=connection.is_local,
    )


def fill_of(run: SweepRun) -> SweepFill:
    """Return what a new Sweep sheet of this sweep holds.

    Variants that were written one by one stand in its table alone, without a grid.
    """
    sweep, request = run.sweep, run.sweep.request
    options = {layout.METRIC: _label(sweep.metric), layout.SHOW: _labels(sweep.columns)}
    if request.sampling is not None and not request.rows:
        options[layout.SAMPLE] = f"{request.sampling.method}:{request.sampling.count}"
        options[layout.SEED] = str(request.sampling.seed)
    if request.walk_forward is not None:
        options[layout.WALK_FORWARD] = request.walk_forward[0]
    grid = [] if request.rows else [(axis.path, axis.values.text) for axis in request.axes]
    return SweepFill(grid, options, sweep.variants, run.results, sweep.columns)


def _label(name: str) -> str:
    from xlmeso.model.analytics import metric

    return metric(name).label


def _labels(names: tuple[str, ...]) -> str:
    return ", ".join(_label(name) for name in names)
