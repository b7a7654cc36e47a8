"""Every worksheet function with what it must answer, for any program that can call it.

What is expected comes from the service by bare ``requests`` and from the reference, not from the
functions.  Answers are rows of cells, as every host can show them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from host_service import HostedRuns, as_text, definition

from xlmeso import __version__

Rows = list[list[Any]]

RUN_NAME = "from a cell"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
NOT_FOUND_TEXT = "#MESO! Backtest not found"


@dataclass(frozen=True)
class Formula:
    """A function, its arguments (None is left out, a list is an area) and a check of its rows."""

    function: str
    arguments: tuple[Any, ...]
    check: Callable[[Rows], None]
    columns: int = 1
    rows: int = 1


def column(rows: Rows, title: str) -> list[Any]:
    """Return the cells below a heading."""
    return [row[rows[0].index(title)] for row in rows[1:]]


def formulas(runs: HostedRuns) -> Iterator[Formula]:
    """Yield every function at least once."""
    yield from _states(runs)
    yield from _figures(runs)
    yield from _tables(runs)
    yield from _definitions(runs)
    yield from _about_xlmeso(runs)


def _states(runs: HostedRuns) -> Iterator[Formula]:
    submitted = as_text(definition("in the definition"))

    def ran(rows: Rows) -> None:
        runs.await_end(str(rows[0][0]))
        listed = [one for one in runs.list() if one["Name"] == RUN_NAME]
        assert [one["Id"] for one in listed] == [rows[0][0]]

    yield Formula("MESO_RUN", (submitted, RUN_NAME), ran)
    yield Formula("MESO_RUN", (submitted, RUN_NAME), ran)  # the same strategy never runs twice
    yield Formula("MESO_STATUS", (runs.first,), _is([["Finished"]]))
    yield Formula("MESO_STATUS", (_down(runs),), _is([["Finished"], ["Finished"]]), 1, 2)
    yield Formula("MESO_PROGRESS", (runs.first,), _is([[1.0]]))


def _figures(runs: HostedRuns) -> Iterator[Formula]:
    first, second = runs.analytics(runs.first), runs.analytics(runs.second)
    names = ["StratSharpe", "StratMaxDd", "StratTradeCnt"]
    block = [[figures[name] for name in names] for figures in (first, second)]

    def analytics(rows: Rows) -> None:
        pairs = [(first["StratSharpe"], first["BmSharpe"]), (first["StratMaxDd"], first["BmMaxDd"])]
        assert [tuple(row[-2:]) for row in rows[1:]] == pairs

    def compared(rows: Rows) -> None:
        assert [row[-3:] for row in rows[1:]] == block

    yield Formula("MESO_METRIC", (runs.first, "StratSharpe"), _is([[first["StratSharpe"]]]))
    yield Formula("MESO_METRIC", (_down(runs), [names]), _is(block), 3, 2)
    yield Formula("MESO_ANALYTICS", (runs.first, [names[:2]]), analytics, 3, 3)
    yield Formula("MESO_COMPARE", (_down(runs), [names]), compared, 4, 3)


def _tables(runs: HostedRuns) -> Iterator[Formula]:
    yield Formula("MESO_BACKTESTS", (None, None, "Finished", "Id,Name"), _listed(runs), 2, 4)
    yield Formula("MESO_EVENTS", (runs.first,), _same_events(runs), 60, 200)
    yield Formula("MESO_NAV", (runs.first, None, None, "Day"), _same_days(runs), 12, 80)
    yield Formula("MESO_TRADES", (runs.first,), _as_many_trades(runs), 20, 40)
    yield Formula("MESO_DRAWDOWNS", (runs.first, 2), _deepest_first(runs), 8, 4)
    yield Formula("MESO_MONTHLY", (runs.first,), _one_year(runs), 14, 3)


def _definitions(runs: HostedRuns) -> Iterator[Formula]:
    cash = definition("x")["Backtest"]["Cash"]
    wrong = definition("wrong")
    wrong["Backtest"]["Cash"] = -1

    def problem(rows: Rows) -> None:
        assert any("Backtest.Cash" in str(cell) for row in rows[1:] for cell in row)

    def same_cash(rows: Rows) -> None:
        assert float(rows[0][0]) == float(cash)

    yield Formula("MESO_STRATEGY", (runs.first, "Backtest.Cash"), same_cash)
    yield Formula("MESO_VALIDATE", ("short-put",), _first_is("OK"))
    yield Formula("MESO_VALIDATE", (as_text(wrong),), problem, 8, 8)


def _about_xlmeso(runs: HostedRuns) -> Iterator[Formula]:
    def version(rows: Rows) -> None:
        assert __version__ in [cell for row in rows for cell in row]

    def catalogue(rows: Rows) -> None:
        named = {cell for row in rows[1:] for cell in row if cell in runs.analytics(runs.first)}
        assert len(rows[1:]) == 55  # the fields of the API
        assert {"StratSharpe", "BmMaxDd"} <= named

    def sentence(rows: Rows) -> None:
        assert runs.refusal(f"/backtest/{UNKNOWN_ID}/status") in str(rows[0][0])

    def usage(rows: Rows) -> None:
        assert len(rows) > 2

    yield Formula("MESO_METRICS", (), catalogue, 8, 56)
    yield Formula("MESO_VERSION", (), version, 4, 10)
    yield Formula("MESO_ERROR", (UNKNOWN_ID,), sentence)
    yield Formula("MESO_USAGE", (), usage, 4, 12)


def _down(runs: HostedRuns) -> Rows:
    return [[runs.first], [runs.second]]


def _is(expected: Rows) -> Callable[[Rows], None]:
    def check(rows: Rows) -> None:
        assert rows == expected

    return check


def _first_is(expected: str) -> Callable[[Rows], None]:
    def check(rows: Rows) -> None:
        assert expected in [cell for row in rows for cell in row]

    return check


def _listed(runs: HostedRuns) -> Callable[[Rows], None]:
    def check(rows: Rows) -> None:
        assert rows[0] == ["Id", "Name"]
        assert {runs.first, runs.second} <= set(column(rows, "Id"))
        assert {"first", "second"} <= set(column(rows, "Name"))

    return check


def _same_events(runs: HostedRuns) -> Callable[[Rows], None]:
    events = runs.get(f"/backtest/{runs.first}/events").json()

    def check(rows: Rows) -> None:
        expected = Counter(event["EventType"] for event in events)
        assert Counter(column(rows, "EventType")) == expected

    return check


def _same_days(runs: HostedRuns) -> Callable[[Rows], None]:
    text = runs.get(f"/backtest/{runs.first}/navs").text
    by_day = {row["At"][:10]: float(row["NAV"]) for row in csv.DictReader(io.StringIO(text))}

    def check(rows: Rows) -> None:
        assert column(rows, "NAV") == pytest.approx(list(by_day.values()), abs=1e-4)

    return check


def _as_many_trades(runs: HostedRuns) -> Callable[[Rows], None]:
    count = runs.analytics(runs.first)["StratTradeCnt"]

    def check(rows: Rows) -> None:
        assert len(rows) - 1 == count

    return check


def _deepest_first(runs: HostedRuns) -> Callable[[Rows], None]:
    deepest = runs.analytics(runs.first)["StratMaxDd"] / 100

    def check(rows: Rows) -> None:
        depths = [row[[str(one).lower() for one in rows[0]].index("depth")] for row in rows[1:]]
        assert depths[0] == pytest.approx(deepest, abs=0.005)
        assert depths == sorted(depths)
        assert len(depths) == 2

    return check


def _one_year(runs: HostedRuns) -> Callable[[Rows], None]:
    total = runs.analytics(runs.first)["StratCumRet"] / 100

    def check(rows: Rows) -> None:
        assert [row[0] for row in rows[1:]] == [2018]
        assert rows[1][-1] == pytest.approx(total, abs=0.005)

    return check
