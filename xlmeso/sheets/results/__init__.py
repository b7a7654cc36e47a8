"""The result sheets as plans: Analytics, Events, NAV, Runs.

Every sheet says which run it shows, which service gave it, when it was fetched and what the data
are, with a notice when the local service modelled them.
"""

from xlmeso.sheets.results.analytics import plan_analytics
from xlmeso.sheets.results.events import DEFAULT_VARIABLES, plan_events
from xlmeso.sheets.results.nav import plan_nav
from xlmeso.sheets.results.run_info import RunInfo
from xlmeso.sheets.results.runs import plan_runs

__all__ = [
    "DEFAULT_VARIABLES",
    "RunInfo",
    "plan_analytics",
    "plan_events",
    "plan_nav",
    "plan_runs",
]
