"""The dispatcher: all that talks to one account on this machine shares its slots and its journal.

Decisions are pure (`window`, `pace`, `forecast`, `watch`, `verdicts`) and know neither threads nor
HTTP; `dispatcher` and `learning` take them turn by turn; `crew` alone speaks to the service.  What
others use: `plan_set`, `run_set`, `settle`, `cancel_set` for sets, `deliver` for single runs.
"""

from xlmeso.app.dispatch.sets import (
    NewRun,
    Settled,
    cancel_set,
    plan_set,
    run_set,
    set_document,
    settle,
)

__all__ = [
    "NewRun",
    "Settled",
    "cancel_set",
    "plan_set",
    "run_set",
    "set_document",
    "settle",
]
