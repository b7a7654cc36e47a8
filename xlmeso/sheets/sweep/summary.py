"""The sheet Sweep results: the best choices, how stable they are, heat map and charts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.measures.neighbourhood import Standing, Verdict
from xlmeso.model.analytics import BY_NAME, MetricDefinition
from xlmeso.model.sweep.variants import Variant
from xlmeso.sheets.plan import ColumnPlan, NotePlan, RulePlan, ScalePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import MODELLED, REWRITTEN, TABLE_ROW, utc
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.candidates import Ranking, rank
from xlmeso.sheets.sweep.heat import HeatMap, heat_map, map_table, stops
from xlmeso.sheets.sweep.pictures import parallel, profiles
from xlmeso.sheets.sweep.walk import walk_table
from xlmeso.sheets.sweep.write import VariantResult

MOST_BEST: Final = 10
"""Choices that the ranking lists."""

MEAN: Final = "Neighbours' mean"
STABILITY: Final = "Stability"
VERDICT: Final = "Verdict"
EDGE: Final = "Edge"

_EXPLAINED: Final = (
    "Stability is the share of the lead over the median of all runs that the neighbours keep: "
    "100% they are as good, 0% a lone peak, which is luck more often than skill."
)
_WIDTH_FIRST: Final = 40.0
_WIDTH: Final = 14.0
_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """A sweep with all that is known of it.

    Attributes
    ----------
    title
        Name of the strategy.
    variants, results
        In the same order.
    metric, columns
        API names of the figure of the ranking and of those shown.
    service, fetched_at, modelled
        Which service said so, when (UTC), and whether its quotes come from a model.
    """

    title: str
    variants: Sequence[Variant]
    results: Sequence[VariantResult]
    metric: str
    columns: Sequence[str]
    service: str
    fetched_at: dt.datetime
    modelled: bool = False

    def as_of(self) -> str:
        """Say who said so, and when, in one line above the variants."""
        mark = " MODELLED quotes." if self.modelled else ""
        when = f"{utc(self.fetched_at):%Y-%m-%d %H:%M} UTC"
        return f"{layout.AS_OF}{when}, {self.service}: {self.counts()}.{mark}"

    def counts(self) -> str:
        """Say how many runs are in which state: ``98 of 100 finished, 2 Failed``."""
        states = Counter(result.state for result in self.results)
        others = [f"{states[state]} {state.lower()}" for state in states if state != "Finished"]
        return ", ".join([f"{states['Finished']} of {len(self.results)} finished", *others])


def plan_summary(outcome: SweepOutcome, *, sheet_name: str = layout.RESULT_SHEET) -> SheetPlan:
    """Plan the sheet; it can be planned at any moment of a sweep, with what has ended so far."""
    metric = BY_NAME[outcome.metric]
    ranking = rank(outcome.variants, outcome.results, outcome.metric, outcome.columns)
    best = _best(outcome, ranking, metric)
    tables, notes = [best], [*_head(outcome, metric, ranking)]
    row = best.last_row + _GAP
    walk = walk_table(outcome.variants, ranking, outcome.results, outcome.metric, row)
    if walk is not None:
        tables.append(walk)
        notes.append(NotePlan("Walk-forward", row - 1, style="MesoSection"))
        notes.append(
            NotePlan("The best choice of each training window, and how it tested.", row - 1, 2)
        )
        row = walk.last_row + _GAP
    heat = heat_map(ranking, outcome.metric)
    scales: list[ScalePlan] = []
    if heat is not None:
        table = map_table(heat, outcome.metric, row)
        tables.append(table)
        notes += _map_notes(heat, metric, row - 1)
        scales.append(_scale(table, heat, metric))
        row = table.last_row + _GAP
    charts = []
    drawn = profiles(heat, metric, row, tables)
    if drawn is not None:
        charts.append(drawn.chart)
        row = drawn.last_row + _GAP
    drawn = parallel(ranking, metric, row)
    if drawn is not None and drawn.table is not None:
        charts.append(drawn.chart)
        tables.append(drawn.table)
    return SheetPlan(
        sheet_name,
        tuple(tables),
        tuple(notes),
        tuple(charts),
        rules=_rules(best),
        scales=tuple(scales),
        freeze=None,
        widths=_widths(tables),
        footer=f"Sweep {outcome.title} - {outcome.service} - {_stamp(outcome)}",
        tab_colour="D55E00",
    )


def _stamp(outcome: SweepOutcome) -> str:
    return f"{utc(outcome.fetched_at):%Y-%m-%d %H:%M} UTC"


def _head(outcome: SweepOutcome, metric: MetricDefinition, ranking: Ranking) -> list[NotePlan]:
    better = {"higher": "Higher is better.", "lower": "Lower is better."}.get(
        metric.better or "", ""
    )
    lines = [
        ("Runs", outcome.counts()),
        ("Service", f"{outcome.service}, as of {utc(outcome.fetched_at):%Y-%m-%d %H:%M:%S} UTC"),
        ("Ranked by", f"{metric.label}. {better} {metric.definition}"),
        ("Stability", _EXPLAINED),
        ("Note", _warning(ranking) or REWRITTEN),
    ]
    notes = [NotePlan(f"Sweep: {outcome.title}", 1, style="MesoTitle")]
    for row, (label, text) in enumerate(lines, start=3):
        notes.append(NotePlan(label, row, style="MesoLabel"))
        style = "MesoWarn" if label == "Note" and text != REWRITTEN else "MesoText"
        notes.append(NotePlan(text, row, 2, style=style))
    if outcome.modelled:
        notes.append(NotePlan(MODELLED, 2, style="MesoWarn"))
    return notes


def _warning(ranking: Ranking) -> str:
    """Say in words what is doubtful about the best choice, an empty text if nothing is."""
    if not ranking.standings:
        return ""
    best = ranking.standings[0]
    text = ranking.text(ranking.candidates[best.index])
    found = []
    if best.verdict is Verdict.LONE_PEAK:
        kept = max(best.stability or 0.0, 0.0)
        found.append(f"{text} is a lone peak: its neighbours keep {kept:.0%} of its lead.")
    if best.at_edge:
        found.append(f"{text} lies at the edge of what was tried; better values may lie beyond.")
    return " ".join(found)


def _best(outcome: SweepOutcome, ranking: Ranking, metric: MetricDefinition) -> TablePlan:
    shown = ranking.standings[:MOST_BEST]
    chosen = [ranking.candidates[standing.index] for standing in shown]
    others = [BY_NAME[name] for name in outcome.columns if name != metric.name]
    tested = any(candidate.tested for candidate in ranking.candidates)
    ids = [
        outcome.results[candidate.members[0]].backtest_id if len(candidate.members) == 1 else None
        for candidate in chosen
    ]
    columns = [
        ColumnPlan("Best choices", [ranking.text(candidate) for candidate in chosen]),
        _figure(metric.label, metric, [standing.value for standing in shown]),
        *(
            [_figure("In test", metric, [c.tested.get(metric.name) for c in chosen])]
            if tested
            else []
        ),
        _figure(MEAN, metric, [standing.neighbour_mean for standing in shown]),
        ColumnPlan("Neighbours", [s.neighbours for s in shown], "#,##0", align="right"),
        ColumnPlan(STABILITY, [s.stability for s in shown], "0%", align="right"),
        ColumnPlan(VERDICT, [s.verdict.value for s in shown], align="center"),
        ColumnPlan(EDGE, [_edge(standing) for standing in shown], align="center"),
        *(_figure(item.label, item, [c.figures.get(item.name) for c in chosen]) for item in others),
        *([ColumnPlan(layout.ID, ids)] if any(ids) else []),
    ]
    return TablePlan(layout.BEST, tuple(columns), TABLE_ROW)


def _edge(standing: Standing) -> str | None:
    return "at the edge" if standing.at_edge else None


def _figure(title: str, metric: MetricDefinition, values: Sequence[float | None]) -> ColumnPlan:
    return ColumnPlan(title, list(values), metric.number_format, align="right")


def _map_notes(heat: HeatMap, metric: MetricDefinition, row: int) -> list[NotePlan]:
    mean = ", mean of all runs with these values" if heat.is_mean else ""
    text = f"{metric.label}{mean}: {heat.labels[0]} down, {heat.labels[1]} across. Blue is better."
    if metric.better is None:
        text = text.replace("Blue is better.", "Blue is higher.")
    return [NotePlan("Heat map", row, style="MesoSection"), NotePlan(text, row, 2)]


def _scale(table: TablePlan, heat: HeatMap, metric: MetricDefinition) -> ScalePlan:
    titles = tuple(column.title for column in table.columns[1:])
    ends = stops(list(heat.figures.values()))
    return ScalePlan(table.name, titles, "heat", stops=ends, falling=metric.better == "lower")


def _rules(best: TablePlan) -> tuple[RulePlan, ...]:
    lone = f'{{{VERDICT}}}="{Verdict.LONE_PEAK}"'
    return (
        RulePlan(best.name, (STABILITY, VERDICT), lone, "bad"),
        RulePlan(best.name, (EDGE,), f"LEN({{{EDGE}}})>0", "attention"),
        RulePlan(best.name, (VERDICT,), f'{{{VERDICT}}}="{Verdict.PLATEAU}"', "good"),
    )


def _widths(tables: Sequence[TablePlan]) -> dict[int, float]:
    last = max(table.last_column for table in tables if table.name != layout.PARALLEL)
    widths = dict.fromkeys(range(2, last + 1), _WIDTH)
    widths[1] = _WIDTH_FIRST  # ids, in the last column, run over into the blank cells beside them
    for table in tables:
        if table.name == layout.BEST:
            widths[table.column_of(MEAN)] = 17.0
    return widths
