"""What the functions share: whom to ask, which runs are meant, tables with headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xlmeso.app.formulas.errors import ArgumentError, NothingError
from xlmeso.app.formulas.results import Answer, Results
from xlmeso.app.formulas.runs import resolve
from xlmeso.app.formulas.session import session
from xlmeso.errors import XlmesoError
from xlmeso.excel.arguments import Arguments, cell_text, is_blank, is_error, one, rows_of
from xlmeso.excel.boundary import Failure
from xlmeso.model.nearest import nearest

Row = list[Any]
Table = list[Row]


def results_for(arguments: Arguments) -> Results:
    """Return the results of the profile in the option Service, of the default one without it."""
    return session().results(arguments.text("service"))


def one_run(results: Results, backtest: Any) -> str:
    """Return the id of the only backtest that an argument names."""
    return resolve(results, cell_text(one(backtest, "backtest")))


def each_run(results: Results, backtest: Any, ask: Callable[[str], Any]) -> Any:
    """Ask something about every backtest of a range and keep its shape.

    A single cell gives a single value and raises its error; in a block, an error stands in its
    cell and blank cells stay blank.
    """
    rows = rows_of(backtest)
    if len(rows) == len(rows[0]) == 1:
        return ask(one_run(results, backtest))
    return [[guarded(results, cell, ask) for cell in row] for row in rows]


def guarded(results: Results, cell: Any, ask: Callable[[str], Any]) -> Any:
    """Ask about the backtest of one cell of a block."""
    if is_blank(cell):
        return None
    try:
        if is_error(cell):
            raise ArgumentError("the cell of the backtest holds an error.", cure="Mend it first.")
        return ask(resolve(results, cell_text(cell)))
    except XlmesoError as error:
        return Failure(error)


def table(
    titles: Sequence[str],
    rows: Sequence[Sequence[Any]],
    arguments: Arguments,
    answer: Answer[Any] | None = None,
    backtest_id: str = "",
) -> Table:
    """Put headings above rows, and a line with source and time where it is asked for.

    Raises
    ------
    NothingError
        There is nothing at all to show.
    """
    found: Table = [list(row) for row in rows]
    if arguments.flag("headers", default=True):
        found.insert(0, list(titles))
    if answer is not None and arguments.flag("asof", default=False):
        found.insert(0, [as_of(answer, backtest_id)])
    if not found:
        raise NothingError("there is nothing to show.", cure="Ask for fewer conditions.")
    return found


def as_of(answer: Answer[Any], backtest_id: str = "") -> str:
    """Return the sentence that says which run, which service, when."""
    run = f"run {backtest_id}, " if backtest_id else ""
    mark = "" if answer.is_current else ", offline or being asked again"
    return f"{run}{answer.service}, as of {answer.fetched_at:%Y-%m-%d %H:%M:%S} UTC{mark}"


def chosen_columns(
    titles: Sequence[str], wanted: Sequence[str], extra: Callable[[str], str | None] | None = None
) -> list[str]:
    """Return the titles that are wanted, in the order in which they are wanted.

    Parameters
    ----------
    extra
        Says whether another name is a column too, and how it is spelled.

    Raises
    ------
    ArgumentError
        A column that there is not; the message lists those that there are.
    """
    known = {_plain(title): title for title in titles}
    found = []
    for name in wanted:
        title = known.get(_plain(name)) or (extra(name) if extra is not None else None)
        if title is None:
            near = nearest(name, titles)
            hint = f"Did you mean {near!r}? " if near else ""
            raise ArgumentError(
                f"there is no column {name!r}.", cure=f"{hint}There are {', '.join(titles)}."
            )
        found.append(title)
    return found or list(titles)


def picked(
    titles: Sequence[str], rows: Sequence[Sequence[Any]], wanted: Sequence[str]
) -> list[list[Any]]:
    """Return the columns with the titles that are wanted, in that order."""
    places = [titles.index(title) for title in wanted]
    return [[row[place] for place in places] for row in rows]


def _plain(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()
