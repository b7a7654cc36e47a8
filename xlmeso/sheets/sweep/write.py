"""The plan of a new Sweep sheet, and of the variants' table with what has come of them so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from xlmeso.model.analytics import BY_NAME
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import SweepPath, known_paths
from xlmeso.model.sweep.request import DEFAULT_COLUMNS
from xlmeso.model.sweep.variants import Variant, plain
from xlmeso.sheets.cells import CellValue, plain_number
from xlmeso.sheets.plan import CellHint, ColumnPlan, NotePlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.strategy.values import text_cell
from xlmeso.sheets.sweep import layout

_TEXT: Final = "@"
_WIDTHS: Final = {1: 40.0, 2: 34.0, 3: 22.0, 4: 14.0, 5: 14.0, 6: 14.0}
_LEGEND: Final = (
    "Blue cells are yours to fill. Give each path its values, press Sweep, and the table below "
    "shows every variant with its results. The sheet Sweep paths lists what can be varied."
)
_VALUES_HELP: Final = (
    "10, 15, 20 is a list, 5..30 step 5 a range. With a Sample, 5..30 alone is drawn from. "
    "Separate values that hold commas by semicolons. null means no value."
)
BY_HAND: Final = (
    "One row is one backtest. Without a grid write the rows yourself: paths as headings, blank "
    "cells keep the strategy's value."
)
_FIRST_OFFERS: Final = ("Delta", "DTE", "ProfitTarget", "StopLoss", "MaxDaysInTrade")
_MOST_PATHS: Final = 400


@dataclass(frozen=True, slots=True)
class VariantResult:
    """What has come of a variant so far.

    Attributes
    ----------
    state
        A word for people: the service's state, or Waiting, Sending, Refused, Deleted.
    backtest_id, reason
        None where there is none yet.
    analytics
        The service's figures, None before they exist.
    """

    state: str
    backtest_id: str | None = None
    reason: str | None = None
    analytics: Mapping[str, AnalyticsValue] | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more can come."""
        return self.state in ENDED


WAITING: Final = "Waiting"
ENDED: Final = ("Finished", "Failed", "Cancelled", "Refused", "Deleted", "Withdrawn")
BAD: Final = ("Failed", "Cancelled", "Refused", "Deleted", "Withdrawn")


@dataclass(frozen=True, slots=True)
class SweepFill:
    """What a new Sweep sheet holds already.

    Attributes
    ----------
    grid
        Paths with their values as typed; without any, paths that traders vary first are offered.
    options
        Option name -> value in place of the usual one.
    variants, results, columns
        Rows of the variants' table, see `variants_table`.
    """

    grid: Sequence[tuple[SweepPath, str]] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    variants: Sequence[Variant] = ()
    results: Sequence[VariantResult] = ()
    columns: Sequence[str] = DEFAULT_COLUMNS


def plan_sweep(
    definition: StrategyDefinition,
    filled: SweepFill | None = None,
    *,
    sheet_name: str = layout.SHEET,
    suffix: str = "",
) -> SheetPlan:
    """Lay out a new Sweep sheet: grid, options, table of the variants.

    Parameters
    ----------
    suffix
        Appended to the table names, for a second Sweep sheet of a book.
    """
    held = filled or SweepFill()
    rows = held.grid or [(path, "") for path in _offers(definition)]
    grid = TablePlan(f"{layout.GRID}{suffix}", _grid_columns(rows), 5)
    options = TablePlan(
        f"{layout.OPTIONS}{suffix}", _option_columns(held.options), grid.last_row + 3
    )
    variants = variants_table(
        held.variants,
        held.results,
        held.columns,
        options.last_row + 3,
        name=f"{layout.VARIANTS}{suffix}",
    )
    name = definition.strategy_name or ""
    return SheetPlan(
        sheet_name,
        (grid, options, variants),
        (
            NotePlan(f"Sweep: {name}" if name else "Sweep", 1, style="MesoTitle"),
            NotePlan(_LEGEND, 2),
            NotePlan("Grid", grid.row - 1, style="MesoSection"),
            NotePlan("Every combination of these values is run.", grid.row - 1, 2),
            NotePlan("Options", options.row - 1, style="MesoSection"),
            NotePlan("Variants", variants.row - 1, style="MesoSection"),
            NotePlan(BY_HAND, variants.row - 1, 2),
        ),
        rules=(
            _problem_rule(grid),
            _problem_rule(options),
            *variant_rules(variants),
        ),
        widths=_WIDTHS,
        footer=f"Sweep {name}".strip(),
        tab_colour="009E73",
    )


def variants_table(
    variants: Sequence[Variant],
    results: Sequence[VariantResult],
    columns: Sequence[str],
    row: int,
    column: int = 1,
    *,
    name: str = layout.VARIANTS,
) -> TablePlan:
    """Plan the variants' table, one row per variant in their order.

    Parameters
    ----------
    results
        As many as variants; an empty one before anything was sent.
    columns
        API names of the figures to show.
    row, column
        Cell of the first heading.
    """
    shown = list(results) or [VariantResult("")] * len(variants)
    paths = list(dict.fromkeys(text for variant in variants for text in variant.parameters))
    window = [variant.window.title if variant.window else None for variant in variants]
    plans = [
        *(_path_column(path, variants) for path in paths),
        *([ColumnPlan(layout.WINDOW, window, _TEXT, width=34)] if any(window) else []),
        ColumnPlan(layout.STATE, [result.state or None for result in shown], width=12),
        *(_figure_column(figure, shown) for figure in columns),
        ColumnPlan(
            layout.PROBLEM, [result.reason for result in shown], style="MesoProblem", width=40
        ),
        ColumnPlan(layout.ID, [result.backtest_id for result in shown], width=38),
        ColumnPlan(layout.RUN, [variant.name for variant in variants], width=44),
    ]
    if not variants:
        plans = [_offer_column(), *(_blank(plan) for plan in plans)]
    return TablePlan(name, tuple(plans), row, column, filters=True)


def variant_rules(table: TablePlan) -> tuple[RulePlan, ...]:
    """Mark what did not finish; State says so in a word, Problem why."""
    words = ",".join(f'{{State}}="{word}"' for word in BAD)
    return (RulePlan(table.name, (layout.STATE, layout.PROBLEM), f"OR({words})", "bad"),)


def plan_paths(
    definition: StrategyDefinition, *, sheet_name: str = layout.PATHS_SHEET
) -> SheetPlan:
    """Plan the list of everything that can be varied, with its value now and what it means."""
    paths = known_paths(definition)[:_MOST_PATHS]
    units = [path.known.unit or None if path.known else None for path in paths]
    helps = [path.known.help if path.known else None for path in paths]
    table = TablePlan(
        layout.PATHS,
        (
            ColumnPlan("Path", [path.text for path in paths], width=44),
            ColumnPlan("Now", [_now(path) for path in paths], _TEXT, width=28, align="left"),
            ColumnPlan("Unit", units, width=12),
            ColumnPlan("What it is", helps, width=80, wrap=True),
        ),
        4,
        filters=True,
    )
    return SheetPlan(
        sheet_name,
        (table,),
        (
            NotePlan("What a sweep can vary", 1, style="MesoTitle"),
            NotePlan("Copy a path into the grid of the sheet Sweep. This list is made anew.", 2),
        ),
        freeze=(5, 2),
        repeat_row=4,
        tab_colour="6B7280",
    )


def value_cell(text: str) -> CellValue:
    """Return the cell of a value as typed: a number where the cell gives the same text back."""
    try:
        number = float(text)
    except ValueError:
        return text_cell(text)
    return number if plain_number(number) == text else text


def _offers(definition: StrategyDefinition) -> list[SweepPath]:
    """Return the parameters that traders vary first, those that the strategy has."""
    paths = [path for path in known_paths(definition) if path.current is not None]
    found = [
        path for leaf in _FIRST_OFFERS for path in paths if path.text.rsplit(".", 1)[-1] == leaf
    ]
    return found[: layout.SPARE_GRID_ROWS - 2]


def _now(path: SweepPath) -> CellValue:
    return None if path.current is None else text_cell(plain(path.current))


def _padded(cells: Iterable[CellValue], length: int) -> list[CellValue]:
    found = list(cells)
    return found + [None] * (length - len(found))


def _grid_columns(rows: Sequence[tuple[SweepPath, str]]) -> tuple[ColumnPlan, ...]:
    length = max(layout.SPARE_GRID_ROWS, len(rows) + 2)
    paths = _padded((path.text for path, _ in rows), length)
    values = _padded((text or None for _, text in rows), length)
    now = _padded((_now(path) for path, _ in rows), length)
    path_hint = CellHint("Path", "Such as Exit.ProfitTarget; the sheet Sweep paths lists them all.")
    hint = CellHint("Values", _VALUES_HELP)
    return (
        ColumnPlan("Path", paths, _TEXT, style="MesoInput", align="left", hint=path_hint),
        ColumnPlan("Values", values, _TEXT, style="MesoInput", align="left", wrap=True, hint=hint),
        ColumnPlan("Now", now, _TEXT, align="left"),
        ColumnPlan("Problem", [None] * length, style="MesoProblem"),
    )


def _option_columns(options: Mapping[str, str]) -> tuple[ColumnPlan, ...]:
    rows = layout.OPTION_ROWS
    values = [options.get(row.name, row.value) or None for row in rows]
    hints = [CellHint(row.name, row.help, row.choices) for row in rows]
    return (
        ColumnPlan("Option", [row.name for row in rows]),
        ColumnPlan("Value", values, _TEXT, style="MesoInput", align="left", hints=hints),
        ColumnPlan("Problem", [None] * len(rows), style="MesoProblem"),
        ColumnPlan("What it does", [row.help for row in rows], style="MesoNote"),
    )


def _path_column(path: str, variants: Sequence[Variant]) -> ColumnPlan:
    cells = [
        value_cell(dict(zip(variant.parameters, variant.texts, strict=True)).get(path, ""))
        for variant in variants
    ]
    numbers = all(isinstance(cell, float) for cell in cells if cell is not None)
    return ColumnPlan(
        path,
        cells,
        "General" if numbers else _TEXT,
        width=max(14.0, min(len(path) + 4.0, 44.0)),
        align="left",
        style="MesoInput",
    )


def _offer_column() -> ColumnPlan:
    length = layout.SPARE_VARIANT_ROWS
    return ColumnPlan("Exit.ProfitTarget", [None] * length, _TEXT, style="MesoInput", align="left")


def _blank(plan: ColumnPlan) -> ColumnPlan:
    return replace(plan, values=[None] * layout.SPARE_VARIANT_ROWS)


def _figure_column(name: str, results: Sequence[VariantResult]) -> ColumnPlan:
    metric = BY_NAME[name]
    return ColumnPlan(
        metric.label,
        [_figure((result.analytics or {}).get(name)) for result in results],
        metric.number_format,
        width=14,
        align="right",
    )


def _figure(value: AnalyticsValue) -> CellValue:
    return value if isinstance(value, str | None) else float(value)


def _problem_rule(table: TablePlan) -> RulePlan:
    titles = tuple(c.title for c in table.columns if c.title not in ("What it does",))
    return RulePlan(table.name, titles, "LEN({Problem})>0", "bad")
