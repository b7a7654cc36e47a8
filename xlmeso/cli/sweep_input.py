"""From the arguments of ``xlmeso sweep`` to a checked sweep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlmeso.cli.parameters import load_definition
from xlmeso.errors import WorkbookError, XlmesoError

if TYPE_CHECKING:
    from xlmeso.app.definitions import LoadedDefinition
    from xlmeso.app.sweep.prepare import PreparedSweep
    from xlmeso.cli.sweep import SweepOptions
    from xlmeso.model.problems import Problem
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.model.sweep.space import Axis


@dataclass(frozen=True, slots=True)
class SweepInput:
    """A sweep ready to run.

    Attributes
    ----------
    sweep
        The variants.
    sheet
        Sweep sheet of the book ``sweep.loaded.book`` that asked for it, None if options did.
    """

    sweep: PreparedSweep
    sheet: str | None = None


def read(options: SweepOptions) -> SweepInput:
    """Read and check what the options ask for.

    Raises
    ------
    StrategyDefinitionError
        Mistakes; the error carries all of them, each with its cell or option.
    """
    _check_output(options.output)
    given = options.vary or options.variants or options.sample or options.walk_forward
    assert options.file is not None
    if not given and options.file != "-":
        found = _from_sheet(options)
        if found is not None:
            return found
    return _from_options(options)


def _check_output(output: Path | None) -> None:
    if output is not None and output.suffix.lower() != ".xlsx":
        raise WorkbookError(
            f"{output.name!r} is no workbook.", cure="Let the name of the output end in .xlsx."
        )


def _from_sheet(options: SweepOptions) -> SweepInput | None:
    """Read the Sweep sheet of a workbook, None where FILE has none."""
    from xlmeso.app.definitions import LoadedDefinition, is_book
    from xlmeso.app.sweep.prepare import prepare

    path = Path(str(options.file))
    if not is_book(path):
        return None
    from xlmeso.excel.sweep_books import read_sweep_book

    found = read_sweep_book(path, options.sheet)
    if found is None:
        return None
    reading = found.reading
    loaded = LoadedDefinition(found.strategy.definition, str(path), path, found.strategy)
    metric, columns = _figures(options, reading.metric, reading.columns)
    sweep = prepare(
        loaded,
        reading.request,
        metric=metric,
        columns=columns,
        problems=reading.problems,
        allow_unknown=options.allow_unknown,
    )
    return SweepInput(sweep, reading.sheet)


def _from_options(options: SweepOptions) -> SweepInput:
    from xlmeso.app.sweep.prepare import prepare
    from xlmeso.app.sweep.variant_files import read_variants
    from xlmeso.model.sweep.request import DEFAULT_COLUMNS, DEFAULT_METRIC, SweepRequest
    from xlmeso.model.sweep.space import parse_sampling

    loaded = _load(options)
    axes, problems = _axes(options.vary, loaded.definition)
    rows, more = (
        read_variants(options.variants, loaded.definition) if options.variants else ((), ())
    )
    if options.sample and not options.vary:
        raise click.UsageError("--sample draws from the ranges of --vary; there are none.")
    request = SweepRequest(
        tuple(axes),
        rows,
        parse_sampling(options.sample, options.seed) if options.sample else None,
        (options.walk_forward, "--walk-forward") if options.walk_forward else None,
    )
    metric, columns = _figures(options, DEFAULT_METRIC, DEFAULT_COLUMNS)
    sweep = prepare(
        loaded,
        request,
        metric=metric,
        columns=columns,
        problems=[*problems, *more],
        allow_unknown=options.allow_unknown,
    )
    return SweepInput(sweep)


def _load(options: SweepOptions) -> LoadedDefinition:
    return load_definition(str(options.file), options.sheet)


def _axes(
    vary: tuple[str, ...], definition: StrategyDefinition
) -> tuple[list[Axis], list[Problem]]:
    """Read every --vary; all mistakes together, each with the option that made it."""
    from xlmeso.model.problems import error
    from xlmeso.model.sweep.paths import resolve
    from xlmeso.model.sweep.space import Axis
    from xlmeso.model.sweep.values import parse_values

    axes: list[Axis] = []
    problems: list[Problem] = []
    for option in vary:
        name, values = _split(option)
        place = f"--vary {name}"
        try:
            path = resolve(name, definition)
            axes.append(Axis(path, parse_values(values), place))
        except XlmesoError as fault:
            problems.append(error((), fault.message, fault.cure or "").at(place))
    return axes, problems


def _split(option: str) -> tuple[str, str]:
    """Split at the first ``=`` outside of brackets: keys of maps may hold one."""
    depth = 0
    for place, character in enumerate(option):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "=" and depth == 0:
            return option[:place].strip(), option[place + 1 :].strip()
    raise click.UsageError(f"--vary {option!r} has no '='. Write --vary 'Exit.ProfitTarget=1,2'.")


def _figures(
    options: SweepOptions, metric: str, columns: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return the API names of the figure of the ranking and of those shown, it among them."""
    from xlmeso.model.analytics import metric as figure

    if options.metric:
        metric = figure(options.metric).name
    if options.show:
        names = (name.strip() for name in options.show.split(","))
        columns = tuple(dict.fromkeys(figure(name).name for name in names if name))
    return metric, columns if metric in columns else (metric, *columns)
