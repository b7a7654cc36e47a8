"""About the product and its answers: MESO_ERROR, MESO_VERSION, MESO_USAGE."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any, Final

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.results import Results
from xlmeso.app.formulas.runs import failure_reason, resolve, state_of
from xlmeso.errors import XlmesoError
from xlmeso.excel.areas import Area
from xlmeso.excel.arguments import Arguments, cell_text, is_blank, is_error, rows_of
from xlmeso.excel.boundary import Failure, failures, sentence
from xlmeso.excel.formula_scan import calls
from xlmeso.excel.formula_text import Reference, UnknownArgumentError, constant_or_reference
from xlmeso.excel.functions.common import Table, results_for, table
from xlmeso.model.backtest import BacktestState

NO_ERROR: Final = ""
"""What MESO_ERROR says when nothing is wrong."""


def error(cell_or_id: Any, options: Any = None) -> str:
    """Return the sentence behind an error, with its cure.

    A cell with a MESO function is asked again with the same arguments, which costs no request
    while the refusal stands.  For a backtest, everything that is known to be refused is told.
    """
    results_options = Arguments({}, options)
    area = cell_or_id if isinstance(cell_or_id, Area) else Area(rows_of(cell_or_id))
    formula = area.formula
    if formula is not None:
        found = _of_formula(area, formula)
        if found is not None:
            return found
    cells = [cell for row in rows_of(area) for cell in row if not is_blank(cell)]
    if not cells:
        return NO_ERROR
    if is_error(cells[0]):
        return _of_text(cells[0])
    return _of_run(results_for(results_options), cell_text(cells[0]))


def version(headers: Any = None, options: Any = None) -> Table:
    """Return versions and the service that formulas use."""
    import xlwings

    from xlmeso._version import __version__

    arguments = Arguments({"headers": headers}, options)
    rows: list[list[Any]] = [
        ["xlmeso", __version__],
        ["xlwings", xlwings.__version__],
        ["Python", platform.python_version()],
    ]
    try:
        service = results_for(arguments).service
    except XlmesoError as trouble:
        rows.append(["Service", f"none: {sentence(trouble)}"])
    else:
        rows += [["Service", service.label], ["Profile", service.profile.name]]
    return table(("What", "Version"), rows, arguments)


def usage(headers: Any = None, options: Any = None) -> Table:
    """Return the usage meter: this process beside all processes since the cache was made."""
    arguments = Arguments({"headers": headers}, options)
    results = results_for(arguments)
    now, total = results.usage.session(), results.usage.total()
    rows: list[list[Any]] = [[_LABELS[name], now[name], total[name]] for name in _LABELS]
    size = results.cache.size()
    rows.append(["Result cache, bytes", None, size])
    rows.append(["Result cache, limit in bytes", None, results.cache.limit])
    return table(("What", "This Excel", "In all"), rows, arguments)


_LABELS: Final = {
    "requests": "Requests sent",
    "hits": "Answers from the cache",
    "limited": "Limits reached",
    "offline": "Answers while the service was not reachable",
    "refused": "Refusals from the cache",
    "pending": "Cells that did not wait",
}


def _of_formula(area: Area, formula: str) -> str | None:
    """Call the cell's function again and return what it says; None for another formula."""
    from xlmeso.excel import functions

    found = calls(formula)
    if not found:
        return None
    call = found[0]
    plain = getattr(functions, call.name.removeprefix("MESO_").lower(), None)
    if plain is None or plain is error:
        return None
    try:
        answer = plain(*(_value(area, text) for text in call.arguments))
    except UnknownArgumentError as unknown:
        return str(
            ArgumentError(
                f"the formula's argument {unknown} has to be calculated first.",
                cure="Put it into a cell of its own, or ask with MESO_ERROR(id).",
            )
        )
    except XlmesoError as trouble:
        failures.add(trouble)
        return sentence(trouble)
    except TypeError:
        return "the formula has too many or too few arguments."
    return next((sentence(item.error) for item in _failures_in(answer)), NO_ERROR)


def _value(area: Area, text: str) -> Any:
    value = constant_or_reference(text)
    if not isinstance(value, Reference):
        return value
    sheet = area.source.sheet
    if value.sheet is not None:
        sheet = sheet.book.sheets[value.sheet]
    cells = sheet.range(value.cells)
    return Area(cells.options(ndim=2, err_to_str=True).value, cells)


def _failures_in(answer: Any) -> Iterator[Failure]:
    if isinstance(answer, Failure):
        yield answer
    elif isinstance(answer, list):
        for item in answer:
            yield from _failures_in(item)


def _of_text(cell: Any) -> str:
    """Return the latest sentence that shows as this text; for #N/A the latest of all."""
    text = cell if isinstance(cell, str) and cell.startswith("#MESO!") else None
    known = failures.latest(text)
    if known is not None:
        return sentence(known)
    return "nothing is remembered about this error; recalculate its cell."


def _of_run(results: Results, text: str) -> str:
    try:
        run = resolve(results, text)
        state = state_of(results, run)
    except XlmesoError as trouble:
        return sentence(trouble)
    if state is BacktestState.FAILED:
        return f"the backtest failed: {failure_reason(results, run)}"
    if state is BacktestState.CANCELLED:
        return "the backtest was cancelled."
    now = results.now()
    for kind in (Kind.ANALYTICS, Kind.EVENTS, Kind.NAVS, Kind.DEFINITION):
        held = results.known(kind, run)
        if held.is_refused(now) and held.refusal is not None:
            return sentence(held.refusal)
    if not state.is_terminal:
        return f"the backtest has not finished yet ({state.value})."
    return _offline(results)


def _offline(results: Results) -> str:
    brake = results.known(Kind.BRAKE, "")
    if brake.is_refused(results.now()) and brake.refusal is not None:
        return f"shown from the cache: {sentence(brake.refusal)}"
    return NO_ERROR
