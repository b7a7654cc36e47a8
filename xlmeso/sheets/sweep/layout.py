"""Names and headings of the Sweep sheet's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xlmeso.model.analytics import METRICS, UnknownMetricError, metric

SHEET: Final = "Sweep"
RESULT_SHEET: Final = "Sweep results"
PATHS_SHEET: Final = "Sweep paths"

GRID: Final = "meso_sweep_grid"
OPTIONS: Final = "meso_sweep_options"
VARIANTS: Final = "meso_sweep"
BEST: Final = "meso_sweep_best"
MAP: Final = "meso_sweep_map"
WALK: Final = "meso_sweep_walk"
PARALLEL: Final = "meso_sweep_parallel"
PATHS: Final = "meso_sweep_paths"

GRID_COLUMNS: Final = ("Path", "Values", "Now", "Problem")
OPTION_COLUMNS: Final = ("Option", "Value", "What it does", "Problem")

WINDOW: Final = "Window"
STATE: Final = "State"
ID: Final = "Backtest id"
RUN: Final = "Run"
PROBLEM: Final = "Problem"
RESERVED: Final = (WINDOW, STATE, ID, RUN, PROBLEM)
"""Headings of the variants' table that are no paths; those of figures come on top."""

AS_OF: Final = "As of "
OUT_OF_DATE: Final = "OUT OF DATE: "
"""How the line above the variants begins once they have run."""

SPARE_GRID_ROWS: Final = 6
SPARE_VARIANT_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the options' table: its name, help and the first value."""

    name: str
    help: str
    value: str | None = None
    choices: tuple[str, ...] = ()


STRATEGY: Final = "Strategy sheet"
METRIC: Final = "Metric"
SHOW: Final = "Show"
SAMPLE: Final = "Sample"
SEED: Final = "Seed"
WALK_FORWARD: Final = "Walk-forward"

OPTION_ROWS: Final = (
    Option(STRATEGY, "Whose values are varied; blank where the book has one strategy only."),
    Option(
        METRIC, "Figure of the ranking and of the heat map, by its label or API name.",
        "Sharpe ratio", tuple(item.label for item in METRICS if item.better)[:12],
    ),
    Option(
        SHOW, "Figures that the table below shows, separated by commas.",
        "Sharpe ratio, CAGR, Max drawdown, Trades",
    ),
    Option(
        SAMPLE, "Blank runs every combination; lhs:200 or random:200 draws so many of them.",
        None, ("lhs:50", "lhs:200", "random:200"),
    ),
    Option(SEED, "Number that a sample starts from; the same one draws the same variants.", "1"),
    Option(
        WALK_FORWARD, "Blank runs the whole period, 12m windows of 12 months; 24m:6m tests on "
        "the 6 months after each 24.",
        None, ("12m", "24m:6m", "anchored:24m:6m"),
    ),
)  # fmt: skip


def is_variants_table(name: str) -> bool:
    """Whether a table holds the variants; Excel appends a digit when a sheet is copied."""
    return _stem(name) == VARIANTS


def kind_of(name: str) -> str | None:
    """Return GRID, OPTIONS or VARIANTS for a table of a Sweep sheet, None for any other."""
    stem = _stem(name)
    return stem if stem in (GRID, OPTIONS, VARIANTS) else None


def _stem(name: str) -> str:
    return name.casefold().rstrip("0123456789").rstrip("_")


def is_figure(heading: str) -> bool:
    """Whether a heading names a figure of the catalogue."""
    try:
        metric(heading)
    except UnknownMetricError:
        return False
    return True
