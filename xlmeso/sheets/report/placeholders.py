"""What a template of a user's own can be filled with: values by defined name, tables by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.model.analytics import METRICS
from xlmeso.sheets.book_plan import BookPlan
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import TablePlan
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.run_info import MODELLED, TIME_FORMAT, utc

PREFIX: Final = "meso_"
"""How the names of placeholders begin; all other names of a template are its own."""

_DAY: Final = "yyyy-mm-dd"


@dataclass(frozen=True, slots=True)
class Value:
    """One figure: the value, and the number format where the template's cell has none."""

    value: CellValue
    number_format: str | None = None


@dataclass(frozen=True, slots=True)
class Placeholders:
    """All that a template may ask for; the keys are in small letters, for Excel takes both.

    Attributes
    ----------
    values
        By defined name: ``meso_`` and the service's name of a figure, or what is said of the run.
        Those of a second run end in ``_2``.
    tables
        By the table's name.
    """

    values: Mapping[str, Value]
    tables: Mapping[str, TablePlan]
    names: Sequence[str]
    """The names of ``values`` as people write them."""


def placeholders(runs: Sequence[ReportRun], plan: BookPlan, version: str) -> Placeholders:
    """Return what a template can show of some runs: every figure, every table of their report."""
    values: dict[str, Value] = {"meso_version": Value(version)}
    for number, run in enumerate(runs, start=1):
        suffix = "" if number == 1 else f"_{number}"
        for name, value in (*_about(run), *_figures(run)):
            values[f"{PREFIX}{name}{suffix}"] = value
    values |= dict(_named(plan))
    tables = {table.name.casefold(): table for sheet in plan.sheets for table in sheet.tables}
    return Placeholders(
        {name.casefold(): value for name, value in values.items()}, tables, tuple(values)
    )


def _about(run: ReportRun) -> Iterator[tuple[str, Value]]:
    info, backtest = run.info, run.definition.backtest
    yield "run_name", Value(info.name or info.backtest_id)
    yield "run_id", Value(info.backtest_id)
    yield "strategy_name", Value(run.definition.strategy_name or info.strategy_name or None)
    yield "service", Value(info.service)
    yield "as_of", Value(utc(info.fetched_at), TIME_FORMAT)
    yield "data", Value(info.source or None)
    yield "notice", Value(MODELLED if info.modelled else None)
    yield "link", Value(run.link or None)
    yield "symbol", Value(run.definition.symbol)
    yield "start", Value(_plain(backtest.start), _DAY)
    yield "end", Value(_plain(backtest.end), _DAY)
    yield "cash", Value(None if backtest.cash is None else float(backtest.cash), "#,##0.00")


def _plain(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)


def _figures(run: ReportRun) -> Iterator[tuple[str, Value]]:
    """Yield every figure of the catalogue, blank where the run has none, and those beyond it."""
    known = {metric.name: metric for metric in METRICS}
    for name in dict.fromkeys([*known, *run.analytics]):
        value: CellValue = run.analytics.get(name)
        number_format = known[name].number_format if name in known else None
        if name in known and known[name].unit == "date" and isinstance(value, str):
            value = _as_date(value)
        yield name, Value(value, number_format)


def _as_date(text: str) -> CellValue:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


def _named(plan: BookPlan) -> Iterator[tuple[str, Value]]:
    """Yield the cells that the report itself names, such as ``meso_win_rate``."""
    for name in plan.names:
        if name.last_row is None:
            for note in plan.sheet(name.sheet).notes:
                if (note.row, note.column) == (name.row, name.column):
                    yield name.name, Value(note.text, note.number_format)
