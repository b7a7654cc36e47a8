"""A whole report as data: `plan_report` turns runs into a `xlmeso.sheets.book_plan.BookPlan`.

One module for each sheet; `frame` holds what they share, `inputs` what they are made of.
"""

from xlmeso.sheets.report.inputs import ReportRun, RunSeries
from xlmeso.sheets.report.plan import plan_report

__all__ = ["ReportRun", "RunSeries", "plan_report"]
