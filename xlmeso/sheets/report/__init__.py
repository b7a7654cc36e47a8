"""A whole report as data: `plan_report` turns runs into a `xlmeso.sheets.book_plan.BookPlan`.

One module for each sheet; `frame` holds what they share, `inputs` what they are made of.  The
names of a report's charts do not begin with `meso_`, so that the headless engine takes a report for
a book that is to be left alone: it is a record, and a later run must not write into it.
"""

from xlmeso.sheets.report.inputs import ReportRun, RunSeries
from xlmeso.sheets.report.plan import plan_report

__all__ = ["ReportRun", "RunSeries", "plan_report"]
