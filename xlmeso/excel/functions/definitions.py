"""Strategies in formulas: MESO_RUN, MESO_VALIDATE, MESO_STRATEGY."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final

from xlmeso.app.formulas import submission
from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.results import Results
from xlmeso.app.formulas.session import session
from xlmeso.errors import StrategyDefinitionError
from xlmeso.excel.arguments import Arguments, rows_of
from xlmeso.excel.functions.common import (
    one_run,
    results_for,
    table,
)
from xlmeso.excel.strategy_cells import StrategyInCells, read_cells
from xlmeso.model.document import (
    JsonNumber,
    JsonValue,
    dumps,
    get_at,
    parse_path,
    path_text,
    walk,
)
from xlmeso.model.nearest import nearest
from xlmeso.model.problems import Problem, errors_of
from xlmeso.model.strategy import StrategyDefinition

_REMEMBERED: Final = 2000
_ABSENT: Final = object()


class _Ids:
    """Which cells gave which id: a recalculation with unchanged cells reads nothing again."""

    def __init__(self) -> None:
        self._ids: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> str | None:
        with self._lock:
            return self._ids.get(key)

    def put(self, key: Hashable, backtest_id: str) -> None:
        with self._lock:
            self._ids[key] = backtest_id
            if len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._ids.clear()


known_ids = _Ids()
"""Ids of this process."""


def run(strategy: Any, run_name: Any = None, options: Any = None) -> str:
    """Submit a strategy once and return the id of its backtest."""
    arguments = Arguments({"run_name": run_name}, options)
    results = results_for(arguments)
    name = arguments.text("run_name")
    key = (results.service.scope, name, _frozen(strategy))
    known = known_ids.get(key)
    if known is not None:
        return known
    found = read_cells(strategy)
    definition = found.definition.with_name(name) if name is not None else found.definition
    _refuse_mistakes(StrategyInCells(definition, found.reading))
    backtest_id = _submitted(results, definition)
    known_ids.put(key, backtest_id)
    return backtest_id


def validate(strategy: Any, headers: Any = None, options: Any = None) -> Any:
    """Return the problems of a strategy, or the text OK."""
    arguments = Arguments({"headers": headers}, options)
    problems = _problems(read_cells(strategy))
    if not problems:
        return "OK"
    rows = [
        [item.severity.value, item.cell or item.path_text, item.message, item.suggestion]
        for item in problems
    ]
    return table(("Severity", "Place", "Problem", "Advice"), rows, arguments)


def strategy(backtest: Any, path: Any = None, headers: Any = None, options: Any = None) -> Any:
    """Return every field of a definition with its path, those below a path, or one value."""
    arguments = Arguments({"path": path, "headers": headers}, options)
    results = results_for(arguments)
    backtest_id = one_run(results, backtest)
    answer = results.get(Kind.DEFINITION, backtest_id)
    document = answer.value.document
    text = arguments.text("path") or ""
    value = get_at(document, parse_path(text), _ABSENT)
    if value is _ABSENT:
        raise _unknown_path(document, text)
    if text and not isinstance(value, dict | list):
        return _plain(value)
    rows = [
        [path_text(place), _plain(item)]
        for place, item in walk(value, parse_path(text))
        if not isinstance(item, dict | list) or not item
    ]
    return table(("Field", "Value"), rows, arguments, answer, backtest_id)


def _submitted(results: Results, definition: StrategyDefinition) -> str:
    from xlmeso.journal import Submissions
    from xlmeso.settings import journal_path

    journal = Submissions(journal_path(results.service.profile, session().env))
    return results.background(
        ("run", submission.key_of(definition)),
        lambda client: submission.submit_once(
            definition, journal, client, lambda: dt.datetime.now(dt.UTC)
        ),
    )


def _refuse_mistakes(found: StrategyInCells) -> None:
    mistakes = errors_of(_problems(found))
    if mistakes:
        raise StrategyDefinitionError(mistakes)


def _problems(found: StrategyInCells) -> list[Problem]:
    from xlmeso.model.validation import validate as check

    problems = check(found.definition)
    return problems if found.reading is None else found.reading.locate(problems)


def _frozen(strategy: Any) -> Hashable:
    """Return the cells as a key; 1 and TRUE are told apart."""
    return tuple(tuple((type(cell), cell) for cell in row) for row in rows_of(strategy))


def _unknown_path(document: dict[str, JsonValue], text: str) -> ArgumentError:
    places = [path_text(place) for place, _ in walk(document) if place]
    near = nearest(text, places)
    return ArgumentError(
        f"the definition has no field {text!r}.",
        cure=f"Did you mean {near}?" if near else "MESO_STRATEGY(id) lists all of them.",
    )


def _plain(value: JsonValue) -> Any:
    match value:
        case JsonNumber():
            return value.decimal
        case None:
            return "null"
        case dict() | list():
            return dumps(value)
    return value
