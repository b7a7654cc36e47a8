"""Carrying out a deletion once nothing runs any more (reference section 7.5)."""

from __future__ import annotations

from xlmeso.model.backtest import DeleteMode
from xlmeso.simulator.artifacts import Artifacts
from xlmeso.simulator.store import BacktestStore


def carry_out_deletion(store: BacktestStore, artifacts: Artifacts, backtest_id: str) -> None:
    """Remove what the record's delete mode says; nothing while the run is waiting or running.

    Soft keeps everything hidden, Details removes the artifacts, Full the record as well.  Safe to
    call twice and from two threads.
    """
    record = store.get_any(backtest_id)
    if record is None or not record.state.is_terminal:
        return
    if record.delete_mode in (DeleteMode.DETAILS, DeleteMode.FULL):
        artifacts.remove(record)
    if record.delete_mode is DeleteMode.FULL:
        store.purge(backtest_id)
