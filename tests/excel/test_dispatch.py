"""Every worksheet function through xlwings' true ``call_udf`` against the real local service."""

from __future__ import annotations

import re
from typing import Any

import pytest
import xlwings
from host_formulas import UNKNOWN_ID, formulas
from host_service import HostedRuns
from winstub import MISSING, Variant, Windows

from xlmeso.app.formulas.session import Session
from xlmeso.excel import boundary
from xlmeso.excel.boundary import NOT_AVAILABLE
from xlmeso.excel.declarations import declarations

pytestmark = pytest.mark.usefixtures("session")


def is_not_available(cell: Any) -> bool:
    return isinstance(cell, Variant) and cell.varianttype == 10 and cell.value == NOT_AVAILABLE


def test_every_function_answers_as_the_service_does(excel: Windows, runs: HostedRuns) -> None:
    called = set()
    for formula in formulas(runs):
        called.add(formula.function)
        rows = excel.rows(formula.function, *formula.arguments)
        formula.check([[None if cell == "" else cell for cell in row] for row in rows])
    assert called == {item.name for item in declarations()}


def test_com_server_gives_single_cells_and_rows_squeezed(excel: Windows, runs: HostedRuns) -> None:
    expected = runs.analytics(runs.first)["StratSharpe"]
    assert excel.call("MESO_METRIC", runs.first, "Sharpe ratio") == expected
    row = excel.call("MESO_METRIC", runs.first, (("Sharpe", "StratMaxDd"),), MISSING)
    assert row == [expected, runs.analytics(runs.first)["StratMaxDd"]]


def test_error_is_an_error_value_that_names_not_available(excel: Windows) -> None:
    assert is_not_available(excel.one("MESO_METRIC", UNKNOWN_ID, "Sharpe"))
    assert is_not_available(excel.one("MESO_METRIC", UNKNOWN_ID, "no such figure"))


def test_error_in_a_block_stands_in_its_cell_only(excel: Windows, runs: HostedRuns) -> None:
    ids = ((runs.first,), (UNKNOWN_ID,), (None,))
    rows = excel.rows("MESO_METRIC", ids, "StratSharpe")
    assert rows[0][0] == runs.analytics(runs.first)["StratSharpe"]
    assert is_not_available(rows[1][0])
    assert rows[2][0] == ""


def test_benchmark_figure_that_there_is_not_is_blank_in_a_table(
    excel: Windows, runs: HostedRuns
) -> None:
    """The service has no Treynor ratio of the benchmark: BmTreynor is null (reference 6)."""
    assert runs.analytics(runs.first)["BmTreynor"] is None
    rows = excel.rows("MESO_ANALYTICS", runs.first)
    (treynor,) = [row for row in rows if row[0] == "Treynor ratio"]
    assert treynor[2] == ""
    assert not [cell for row in rows for cell in row if is_not_available(cell)]


def test_comparison_says_which_service_and_when(excel: Windows, runs: HostedRuns) -> None:
    rows = excel.rows("MESO_COMPARE", ((runs.first,), (UNKNOWN_ID,)), "Sharpe", MISSING, "AsOf=yes")
    port = runs.url.rpartition(":")[2]
    assert re.fullmatch(rf"127\.0\.0\.1:{port}, as of [-0-9]+ [:0-9]+ UTC", rows[0][0])
    assert [row[0] for row in rows[1:]] == ["Backtest", runs.first, UNKNOWN_ID]
    rows = excel.rows("MESO_COMPARE", UNKNOWN_ID, "Sharpe", MISSING, "AsOf=yes")
    assert [row[0] for row in rows] == ["Backtest", UNKNOWN_ID], "nothing was fetched at any time"


def test_unknown_template_is_a_matter_of_the_arguments(excel: Windows) -> None:
    assert is_not_available(excel.one("MESO_VALIDATE", "short-pt"))
    boundary.use_error_form(boundary.ErrorForm.TEXT)
    assert excel.one("MESO_VALIDATE", "short-pt") == "#MESO! Check the arguments"
    assert "short-put" in excel.one("MESO_ERROR", "#MESO! Check the arguments")


def test_arguments_may_be_real_ranges_of_a_book(excel: Windows, runs: HostedRuns) -> None:
    book = xlwings.engines["excel"].apps.add(add_book=True).books[0]
    sheet = book.sheets[0]
    sheet["B1"].value = ["Sharpe ratio", "Max drawdown"]
    sheet["A2"].value = [[runs.first], [runs.second]]
    rows = excel.rows("MESO_METRIC", sheet["A2:A3"].impl, sheet["B1:C1"].impl)
    figures = [runs.analytics(run) for run in (runs.first, runs.second)]
    assert rows == [[one["StratSharpe"], one["StratMaxDd"]] for one in figures]


def test_error_of_a_cell_tells_the_sentence_of_its_formula(
    excel: Windows, runs: HostedRuns
) -> None:
    book = xlwings.engines["excel"].apps.add(add_book=True).books[0]
    sheet = book.sheets[0]
    sheet["A1"].value = [[UNKNOWN_ID], [runs.first]]
    sheet["B1"].formula = '=IFERROR(MESO_STATUS($A$1),"")'
    sheet["B2"].formula = "=MESO_STATUS(A2)"
    sheet["B3"].formula = '=MESO_METRIC(A2,"Sharp ratios")'
    sheet["B4"].formula = "=MESO_STATUS(UPPER(A2))"
    sentence = excel.one("MESO_ERROR", sheet["B1"].impl)
    assert runs.refusal(f"/backtest/{UNKNOWN_ID}/status") in sentence
    assert excel.one("MESO_ERROR", sheet["B2"].impl) == ""
    assert "Sharpe ratio (StratSharpe)" in excel.one("MESO_ERROR", sheet["B3"].impl)
    assert "MESO_ERROR(id)" in excel.one("MESO_ERROR", sheet["B4"].impl)


def test_fault_that_nobody_foresaw_is_an_error_value_and_not_its_text(
    excel: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("at /somewhere")

    monkeypatch.setattr("xlmeso.excel.functions.metrics", broken)
    assert is_not_available(excel.one("MESO_METRICS"))


def test_no_function_is_volatile_async_or_called_by_the_wizard(excel: Windows) -> None:
    from xlmeso.excel import udfs

    for item in declarations():
        info = getattr(udfs, item.name).__xlfunc__
        assert not info["volatile"]
        assert info["async_mode"] is None
        assert not info["call_in_wizard"]
        assert info["category"] == "MesoSim"
        assert info["ret"]["doc"] == item.description
        assert [part["doc"] for part in info["args"]] == [x.description for x in item.arguments]
        assert all(0 < len(part["doc"]) < 255 for part in info["args"])
        assert "Example: =" + item.name in item.description


def test_answers_come_from_the_cache_the_second_time(
    excel: Windows, runs: HostedRuns, session: Session
) -> None:
    for _ in range(3):
        excel.rows("MESO_TRADES", runs.first)
        excel.rows("MESO_NAV", runs.first)
    assert session.results().usage.session()["requests"] == 2
