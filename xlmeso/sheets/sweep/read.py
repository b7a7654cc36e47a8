"""From the tables of a Sweep sheet to what it asks for, with the cell of every mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from xlmeso.errors import XlmesoError
from xlmeso.model.analytics import metric
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import SweepPath, resolve
from xlmeso.model.sweep.request import DEFAULT_COLUMNS, DEFAULT_METRIC, SweepRequest
from xlmeso.model.sweep.space import Axis, Choice, Row, Sampling, parse_sampling
from xlmeso.model.sweep.values import parse_values
from xlmeso.sheets.cells import CellValue, is_blank
from xlmeso.sheets.strategy.values import fault, text_of
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.tables import SheetTables, TableCells

_RESERVED: Final = {name.casefold() for name in layout.RESERVED}


@dataclass(frozen=True, slots=True)
class SweepReading:
    """What a Sweep sheet asks for.

    Attributes
    ----------
    sheet
        Its name.
    request
        As far as it can be read.
    metric, columns
        API names of the figure of the ranking and of the figures shown.
    problems
        All mistakes, each with its cell.
    variants
        The table of the variants as it stands.
    by_grid
        Whether the rows come from the grid instead of the table.
    """

    sheet: str
    request: SweepRequest
    metric: str
    columns: tuple[str, ...]
    problems: tuple[Problem, ...]
    variants: TableCells
    by_grid: bool

    @property
    def has_run(self) -> bool:
        """Whether the table shows runs already."""
        titles = [text_of(title).strip().casefold() for title in self.variants.header]
        if layout.ID.casefold() not in titles:
            return False
        place = titles.index(layout.ID.casefold())
        return any(not is_blank(row[place]) for row in self.variants.rows)


@dataclass(slots=True)
class _Draft:
    tables: SheetTables
    definition: StrategyDefinition
    problems: list[Problem] = field(default_factory=list)

    def report(self, row: int, column: int, message: str, cure: str = "") -> None:
        self.problems.append(error((), message, cure).at(self.tables.cell(row, column)))

    def fail(self, row: int, column: int, failure: XlmesoError) -> None:
        self.report(row, column, failure.message, failure.cure or "")

    def text(self, row: int, column: int, cell: CellValue) -> str:
        """Return what a cell says, an empty text for a blank one and for one that is wrong."""
        wrong = fault(cell, time=True)
        if wrong is not None:
            self.report(row, column, *wrong)
            return ""
        return text_of(cell).strip()


def strategy_sheet_of(tables: SheetTables) -> str | None:
    """Return the Strategy sheet that a Sweep sheet names, None where it leaves it open."""
    for table in tables.tables:
        if layout.kind_of(table.name) == layout.OPTIONS:
            for row in table.rows:
                if row and text_of(row[0]).strip().casefold() == layout.STRATEGY.casefold():
                    return text_of(row[1]).strip() or None if len(row) > 1 else None
    return None


def read_sweep(tables: SheetTables, definition: StrategyDefinition) -> SweepReading:
    """Read the tables of a Sweep sheet, wherever they stand on it.

    Parameters
    ----------
    definition
        The strategy that is varied; paths are read against it.
    """
    draft = _Draft(tables, definition)
    found = _found(draft)
    options = _options(draft, found.get(layout.OPTIONS))
    before = len(draft.problems)
    axes = tuple(_axes(draft, found.get(layout.GRID)))
    variants = found.get(layout.VARIANTS) or TableCells(layout.VARIANTS, 1, 1, (), ())
    by_grid = bool(axes) or len(draft.problems) > before
    rows: tuple[Row, ...] = ()
    if by_grid:
        _check_nothing_typed(draft, variants)
    else:
        rows = tuple(_rows(draft, variants, in_windows=options.walk_forward is not None))
    request = SweepRequest(axes, rows, options.sampling, options.walk_forward)
    if not draft.problems and not axes and not rows and options.walk_forward is None:
        draft.report(variants.row, variants.column, "there is nothing to vary.",
                     "Fill the grid, or write variants into this table.")  # fmt: skip
    return SweepReading(
        tables.sheet, request, options.metric, options.columns, tuple(draft.problems), variants,
        by_grid,
    )  # fmt: skip


def _found(draft: _Draft) -> dict[str, TableCells]:
    found: dict[str, TableCells] = {}
    for table in draft.tables.tables:
        kind = layout.kind_of(table.name)
        if kind is None:
            continue
        if kind in found:
            draft.report(table.row, table.column, f"the table {kind} stands here twice.",
                         "Keep one of them on this sheet.")  # fmt: skip
        found.setdefault(kind, table)
        for top, left, _, _ in (area for area in draft.tables.merged if table.overlaps(area)):
            draft.report(top, left, f"merged cells lie over the table {table.name}.",
                         "Unmerge them: a merged cell hides values.")  # fmt: skip
    if layout.VARIANTS not in found:
        draft.report(1, 1, f"the sheet has no table {layout.VARIANTS}.",
                     "Delete the sheet and press Sweep: it makes a new one.")  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _Options:
    metric: str = DEFAULT_METRIC
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    sampling: Sampling | None = None
    walk_forward: tuple[str, str] | None = None


def _options(draft: _Draft, table: TableCells | None) -> _Options:
    values = _option_values(draft, table) if table else {}
    chosen = _Options()

    def value(name: str) -> tuple[str, int, int]:
        return values.get(name.casefold(), ("", 1, 1))

    metrics = _figures(draft, *value(layout.METRIC)) or (chosen.metric,)
    columns = _figures(draft, *value(layout.SHOW)) or chosen.columns
    columns = columns if metrics[0] in columns else (metrics[0], *columns)
    walk, row, column = value(layout.WALK_FORWARD)
    return _Options(
        metrics[0],
        columns,
        _sampling(draft, value(layout.SAMPLE), value(layout.SEED)),
        (walk, draft.tables.cell(row, column)) if walk else None,
    )


def _option_values(draft: _Draft, table: TableCells) -> dict[str, tuple[str, int, int]]:
    known = {option.name.casefold() for option in layout.OPTION_ROWS}
    found: dict[str, tuple[str, int, int]] = {}
    for offset, cells in enumerate(table.rows, start=table.row + 1):
        name = text_of(cells[0]).strip().casefold() if cells else ""
        if name and name not in known:
            names = ", ".join(option.name for option in layout.OPTION_ROWS)
            draft.report(offset, table.column, f"there is no option {text_of(cells[0])!r}.",
                         f"Options: {names}.")  # fmt: skip
        elif name and len(cells) > 1:
            text = draft.text(offset, table.column + 1, cells[1])
            found[name] = (text, offset, table.column + 1)
    return found


def _figures(draft: _Draft, text: str, row: int, column: int) -> tuple[str, ...]:
    found: list[str] = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(metric(name).name)
        except XlmesoError as failure:
            draft.fail(row, column, failure)
    return tuple(dict.fromkeys(found))


def _sampling(
    draft: _Draft, sample: tuple[str, int, int], seed: tuple[str, int, int]
) -> Sampling | None:
    number = seed[0] or "0"
    if not number.isdecimal():
        draft.report(*seed[1:], f"the seed is a whole number from 0, not {number!r}.")
        return None
    if not sample[0]:
        return None
    try:
        return parse_sampling(sample[0], int(number))
    except XlmesoError as failure:
        draft.fail(*sample[1:], failure)
        return None


def _axes(draft: _Draft, table: TableCells | None) -> Iterator[Axis]:
    if table is None:
        return
    at = _grid_columns(draft, table)
    for row, cells in enumerate(table.rows if at else (), start=table.row + 1):
        if is_blank(cells[at["values"]]):
            continue  # a path alone is an offer, as in a new sheet
        if is_blank(cells[at["path"]]):
            draft.report(row, table.column + at["path"], "these values have no path.",
                         "Name what they are for, such as Exit.ProfitTarget.")  # fmt: skip
            continue
        yield from _axis(draft, table, row, cells, at)


def _grid_columns(draft: _Draft, table: TableCells) -> dict[str, int]:
    """Return the places of the grid's two input columns, from 0."""
    titles = [text_of(title).strip().casefold() for title in table.header]
    needed = ("path", "values")
    found: dict[str, int] = {title: titles.index(title) for title in needed if title in titles}
    if len(found) < 2:
        draft.report(table.row, table.column, "the grid needs its columns Path and Values.",
                     "Write the headings again.")  # fmt: skip
        return {}
    return found


def _axis(
    draft: _Draft,
    table: TableCells,
    row: int,
    cells: Sequence[CellValue],
    at: Mapping[str, int],
) -> Iterator[Axis]:
    path_column, column = table.column + at["path"], table.column + at["values"]
    path = _path(draft, draft.text(row, path_column, cells[at["path"]]), row, path_column)
    text = draft.text(row, column, cells[at["values"]])
    try:
        values = parse_values(text) if text else None
    except XlmesoError as failure:
        draft.fail(row, column, failure)
        return
    if path is not None and values is not None:
        yield Axis(path, values, draft.tables.cell(row, column))


def _path(draft: _Draft, text: str, row: int, column: int) -> SweepPath | None:
    try:
        return resolve(text, draft.definition)
    except XlmesoError as failure:
        draft.fail(row, column, failure)
        return None


def path_offsets(table: TableCells) -> list[int]:
    """Return the columns of a variants' table, from 0, whose headings are meant as paths."""
    found = []
    for offset, title in enumerate(table.header):
        text = text_of(title).strip()
        if text and text.casefold() not in _RESERVED and not layout.is_figure(text):
            found.append(offset)
    return found


def _rows(draft: _Draft, table: TableCells, *, in_windows: bool) -> Iterator[Row]:
    """Yield the rows that a person wrote; a run in windows has repeated each of them."""
    paths: dict[int, SweepPath] = {}
    seen: set[tuple[str, ...]] = set()
    for offset in path_offsets(table):
        title = text_of(table.header[offset]).strip()
        if title.casefold().startswith("column") and _is_empty(table, offset):
            continue  # Excel's own heading of a column without one
        path = _path(draft, title, table.row, table.column + offset)
        if path is not None:
            paths[offset] = path
    for number, cells in enumerate(table.rows, start=table.row + 1):
        choices = tuple(_choices(draft, table, number, cells, paths))
        texts = tuple(choice.text for choice in choices)
        if choices and not (in_windows and texts in seen):
            seen.add(texts)
            yield Row(choices, draft.tables.cell(number, table.column))


def _is_empty(table: TableCells, offset: int) -> bool:
    return all(is_blank(row[offset]) for row in table.rows)


def _choices(
    draft: _Draft,
    table: TableCells,
    row: int,
    cells: Sequence[CellValue],
    paths: Mapping[int, SweepPath],
) -> Iterator[Choice]:
    for offset, path in paths.items():
        if not is_blank(cells[offset]):
            column = table.column + offset
            text = draft.text(row, column, cells[offset])
            if text:
                yield Choice(path, text, draft.tables.cell(row, column))


def _check_nothing_typed(draft: _Draft, table: TableCells) -> None:
    """Refuse a grid beside rows that a person wrote: making the grid's rows would erase them."""
    titles = [text_of(title).strip().casefold() for title in table.header]
    ours = [titles.index(name.casefold()) for name in (layout.STATE,) if name.casefold() in titles]
    for number, cells in enumerate(table.rows, start=table.row + 1):
        typed = [offset for offset in path_offsets(table) if not is_blank(cells[offset])]
        if typed and all(is_blank(cells[offset]) for offset in ours):
            cure = "Clear the grid's Values to run these rows, or clear the rows."
            draft.report(number, table.column + typed[0],
                         "the grid would replace this row, which was written by hand.",
                         cure)  # fmt: skip
            return
