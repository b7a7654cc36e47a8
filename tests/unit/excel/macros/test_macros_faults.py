"""What goes wrong in daily life: one clear message with the cell, and the book as it was."""

from __future__ import annotations

import socket
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlwings as xw

from xlmeso.api import Client
from xlmeso.excel import macros
from xlmeso.model.templates import load_template

NETWORK = [
    "submit", "refresh_workbook", "refresh_sheet", "show_analytics", "show_events", "show_nav",
    "show_trades", "compare", "show_tearsheet",
]  # fmt: skip
"""Buttons that speak to the service and ask nothing before."""


def unchanged(desk: Any, act: Callable[[], str]) -> str:
    """Press something and make sure that neither book nor file nor Excel's state changed."""
    app = desk.book.app
    cells, file = desk.contents(), desk.path.read_bytes()
    front = desk.book.sheets.active.name
    state = (app.screen_updating, app.calculation, app.enable_events, app.status_bar)
    text = act()
    assert desk.contents() == cells
    assert desk.path.read_bytes() == file
    assert desk.book.sheets.active.name == front
    assert (app.screen_updating, app.calculation, app.enable_events, app.status_bar) == state
    assert "Traceback" not in text
    return text


def press(desk: Any, name: str) -> str:
    if name == "submit":
        desk.book.sheets["Strategy"].impl.activate()
    return unchanged(desk, lambda: desk.press(name))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("name", NETWORK)
def test_service_down(two_runs: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLMESO_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    text = press(two_runs, name)
    if name == "refresh_workbook" or name == "refresh_sheet":
        assert "another service has them: 2 runs" in text, (
            "rows of the service that is away are not asked for"
        )
    else:
        assert "127.0.0.1" in text
        assert "Nothing was changed in the book." in text


def test_refresh_with_the_service_down(two_runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    for row in range(2):
        two_runs.cell_of("meso_runs", row, "Service", "Runs").value = f"127.0.0.1:{port}"
    monkeypatch.setenv("XLMESO_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    assert "Nothing was changed in the book." in press(two_runs, "refresh_workbook")


@pytest.mark.parametrize("name", NETWORK)
def test_key_missing(two_runs: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLMESO_API_KEY")
    text = press(two_runs, name)
    assert "no API key" in text
    assert "MesoSim > Sign in" in text


@pytest.mark.parametrize("name", NETWORK)
def test_key_wrong(two_runs: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "wrong-key-" + "x" * 40
    monkeypatch.setenv("XLMESO_API_KEY", wrong)
    text = press(two_runs, name)
    assert "MesoSim > Sign in" in text
    assert wrong not in text


@pytest.mark.parametrize("name", ["refresh_workbook", "show_analytics", "show_events", "show_nav",
                                  "show_trades", "compare", "cancel", "share", "unshare",
                                  "delete", "show_tearsheet"])  # fmt: skip
def test_run_deleted_meanwhile(gone: Any, name: str) -> None:
    cell = gone.cell_of("meso_runs", 0, "Id", "Runs")
    gone.select("Runs", cell.address if name != "compare" else cell.resize(2).address)
    answers = {"cancel": [True], "share": [True], "delete": [True, "Soft"]}.get(name, [])
    text = unchanged(gone, lambda: gone.press(name, *answers))
    assert f"Runs!D{cell.row}" in text
    assert "not found" in text.casefold() or "no such" in text.casefold()


def test_one_deleted_run_does_not_stop_the_refresh_of_the_others(gone: Any, client: Client) -> None:
    gone.book.sheets["Strategy"].impl.activate()
    gone.press("submit")
    newest = gone.runs()[0]["Id"]
    client.backtests.wait(newest, timeout=60)
    text = gone.press("refresh_workbook")
    assert [run["State"] for run in gone.runs()] == ["Finished", "Created", "Finished"]
    assert "Runs!D11" in text


def protect(desk: Any, sheet: str) -> None:
    desk.book.sheets[sheet].api.protection.sheet = True


@pytest.mark.parametrize("name", ["submit", "refresh_workbook", "refresh_sheet"])
def test_runs_sheet_protected(two_runs: Any, client: Client, name: str) -> None:
    protect(two_runs, "Runs")
    before = [item.backtest_id for item in client.backtests.list(*last_days())]
    text = press(two_runs, name)
    assert text.startswith("Runs!A9: the sheet is protected; nothing was written.")
    now = [item.backtest_id for item in client.backtests.list(*last_days())]
    assert now == before, "nothing was sent"


@pytest.mark.parametrize(
    ("name", "sheet"), [("show_analytics", "Analytics"), ("show_events", "Events"),
                        ("show_nav", "NAV"), ("refresh_workbook", "NAV")],
)  # fmt: skip
def test_result_sheet_protected(two_runs: Any, name: str, sheet: str) -> None:
    protect(two_runs, sheet)
    text = press(two_runs, name)
    assert text.startswith(f"{sheet}!A9: the sheet is protected")


def test_delete_looks_at_the_runs_sheet_before_it_asks(two_runs: Any, client: Client) -> None:
    protect(two_runs, "Runs")
    assert "Runs!A9" in press(two_runs, "delete")
    assert client.backtests.status(two_runs.runs()[0]["Id"])


def test_structure_protected(desk: Any) -> None:
    desk.book.api.security.lockStructure = True
    for name in ("submit", "new_from_template", "import_strategy", "functions_help"):
        text = unchanged(desk, lambda name=name: desk.press(name))
        assert "structure of the workbook is protected" in text


def test_table_of_runs_lacks_its_column(two_runs: Any) -> None:
    table = two_runs.book.sheets["Runs"].tables["meso_runs"]
    table.header_row_range[0, 3].value = "Identifier"
    for name in ("submit", "refresh_workbook", "show_nav"):
        text = press(two_runs, name)
        assert text.startswith("Runs!A9: the table meso_runs lacks its column 'Id'")


def test_no_table_of_runs(desk: Any) -> None:
    assert "no runs" in press(desk, "show_analytics")
    assert "lists no runs" in press(desk, "refresh_workbook")


def test_no_strategy_sheet(desk: Any) -> None:
    desk.book.sheets.add("Other")
    desk.book.sheets["Strategy"].delete()
    for name in ("validate", "export_strategy"):
        assert "no strategy sheet" in unchanged(desk, lambda name=name: desk.press(name))
    assert "no strategy sheet" in unchanged(desk, lambda: desk.press("submit"))


def remove_table(desk: Any, name: str) -> None:
    del desk.book.sheets["Strategy"].api.tables[name]


def problems_aside(desk: Any) -> dict[str, Any]:
    """Return the cells of all sheets without the Problem columns."""
    found = desk.contents()
    for sheet in desk.book.sheets:
        for table in sheet.tables:
            headings = table.header_row_range.options(ndim=1).value
            if "Problem" in headings:
                for cell in table.data_body_range[:, headings.index("Problem")]:
                    found[sheet.name].pop(cell.address.replace("$", ""), None)
    return found


@pytest.mark.parametrize("name", ["submit", "validate"])
def test_strategy_table_missing(desk: Any, client: Client, name: str) -> None:
    remove_table(desk, "meso_exit")
    before = problems_aside(desk)
    text = desk.press(name)
    assert "Strategy!A1: the sheet has no table meso_exit" in text
    assert problems_aside(desk) == before
    assert list(client.backtests.list(*last_days())) == []


@pytest.mark.parametrize("name", ["submit", "validate"])
def test_merged_cell_in_the_strategy(desk: Any, client: Client, name: str) -> None:
    cell = desk.cell_of("meso_legs", 0, "Qty")
    desk.book.sheets["Strategy"].api.merge_cells(
        f"{cell.address}:{cell.offset(1, 1).address}".replace("$", "")
    )
    text = unchanged(desk, lambda: desk.press(name))
    assert f"Strategy!B{cell.row}: merged cells lie over the table meso_legs" in text
    assert list(client.backtests.list(*last_days())) == []


def test_merged_cell_in_the_runs(two_runs: Any) -> None:
    cell = two_runs.cell_of("meso_runs", 0, "State", "Runs")
    two_runs.book.sheets["Runs"].api.merge_cells(f"B{cell.row}:C{cell.row}")
    for name in ("submit", "refresh_workbook", "show_nav"):
        text = press(two_runs, name)
        assert text.startswith(f"Runs!B{cell.row}: merged cells lie over the table meso_runs")


@pytest.mark.parametrize("name", ["submit", "validate"])
def test_formula_error_in_a_parameter(desk: Any, client: Client, name: str) -> None:
    cell = desk.cell_of("meso_legs", 0, "Qty")
    cell.number_format = "General"
    cell.value = "#DIV/0!"
    before, file = problems_aside(desk), desk.path.read_bytes()
    text = desk.press(name)
    assert f"Strategy!B{cell.row}: the cell holds the error #DIV/0!" in text
    assert problems_aside(desk) == before
    assert desk.path.read_bytes() == file
    assert "#DIV/0!" in desk.cell_of("meso_legs", 0, "Problem").value
    assert list(client.backtests.list(*last_days())) == []


def test_all_mistakes_are_told_at_once_and_cleared_when_mended(desk: Any) -> None:
    leg, cash = desk.cell_of("meso_legs", 0, "Type"), desk.cell_of("meso_backtest", 6, "Value")
    good = leg.value, cash.value
    leg.value, cash.value = "Pot", "much"
    text = desk.press("submit")
    assert f"Strategy!C{leg.row}: " in text
    assert f"Strategy!B{cash.row}: " in text
    assert desk.cell_of("meso_legs", 0, "Problem").value
    leg.value, cash.value = good
    desk.press("submit")
    assert desk.cell_of("meso_legs", 0, "Problem").value is None


def test_protected_strategy_sheet_can_be_submitted_and_its_mistakes_are_told(desk: Any) -> None:
    cell = desk.cell_of("meso_legs", 0, "Type")
    good = cell.value
    cell.value = "Pot"
    protect(desk, "Strategy")
    text = unchanged(desk, lambda: desk.press("submit"))
    assert f"Strategy!C{cell.row}: " in text
    desk.book.sheets["Strategy"].api.protection.sheet = False
    cell.value = good
    protect(desk, "Strategy")
    assert "Submitted" in desk.press("submit")


def test_run_that_was_cancelled_has_no_results(desk: Any, client: Client) -> None:
    busy = client.backtests.create(load_template("strangle")).backtest_id  # takes the one worker
    desk.press("submit")
    backtest_id = desk.runs()[0]["Id"]
    client.backtests.cancel(backtest_id)
    client.backtests.cancel(busy)
    assert client.backtests.wait(backtest_id, timeout=60).state == "Cancelled"
    text = unchanged(desk, lambda: desk.press("show_analytics"))
    assert text.startswith("Runs!D10: the backtest was cancelled")
    assert "Cancelled" in desk.press("refresh_workbook")
    assert desk.runs()[0]["State"] == "Cancelled"
    assert "Analytics" not in [sheet.name for sheet in desk.book.sheets]


def test_write_that_fails_after_the_run_was_accepted_names_the_run(
    desk: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> list[str]:
        raise OSError("the host is busy")

    monkeypatch.setattr("xlmeso.excel.result_book.write_plans", broken)
    text = unchanged(desk, lambda: desk.press("submit"))
    (run,) = client.backtests.list(*last_days())
    assert run.backtest_id in text
    assert "the host is busy" in text


def test_unexpected_fault_is_one_sentence_and_the_key_is_hidden(
    desk: Any, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError(f"something about {key}")

    monkeypatch.setattr("xlmeso.excel.actions_strategy.load_active", broken)
    text = unchanged(desk, lambda: desk.press("validate"))
    assert text == "An unexpected fault in xlmeso: RuntimeError: something about ***"
    assert key not in caplog.text


def test_excel_that_refuses_to_change_its_state_does_not_stop_a_macro(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_app: object, _value: object) -> None:
        raise OSError("call was rejected by callee")

    monkeypatch.setattr(xw.App, "calculation", property(lambda _app: "manual", refuse))
    assert desk.press("validate") == "The strategy has no mistakes."
    assert desk.book.app.screen_updating is True


def test_status_bar_tells_the_progress_and_is_put_back(desk: Any) -> None:
    desk.press("submit")
    log = desk.book.app.impl.status_log
    assert "MesoSim: submitting" in log
    assert log[-1] is None


def test_the_key_is_in_nothing_that_macros_leave(
    desk: Any, client: Client, key: str, private_home: Any, tmp_path: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(0)
    said = [desk.press("submit")]
    client.backtests.wait(desk.runs()[0]["Id"], timeout=60)
    said += [desk.press(name) for name in ("refresh_workbook", "usage", "doctor", "about")]
    desk.press_quietly("show_events")
    desk.book.save(str(tmp_path / "saved.xlsx"))
    with zipfile.ZipFile(tmp_path / "saved.xlsx") as package:
        parts = [package.read(name) for name in package.namelist()]
    files = [path.read_bytes() for path in private_home.rglob("*") if path.is_file()]
    assert files, "the journal is there"
    said += [caplog.text, *map(str, desk.book.app.impl.status_log)]
    for content in (*parts, *files, *(text.encode() for text in said)):
        assert key.encode() not in content


def test_submit_returns_while_the_service_is_busy(desk: Any, client: Client) -> None:
    busy = client.backtests.create(load_template("strangle")).backtest_id  # takes the one worker
    desk.press("submit")
    state = client.backtests.status(desk.runs()[0]["Id"]).state
    client.backtests.cancel(busy)
    assert state == "Created"


def test_every_named_macro_exists_and_takes_nothing() -> None:
    import inspect

    wanted = {
        "sign_in", "choose_service", "local_service", "new_from_template", "import_strategy",
        "export_strategy", "validate", "submit", "sweep", "refresh_selection", "refresh_sheet",
        "refresh_workbook", "cancel", "show_analytics", "show_events", "show_nav", "show_trades",
        "compare", "convert_old", "freeze", "unfreeze", "check_formulas", "share", "unshare",
        "delete", "usage", "functions_help", "doctor", "about", "show_tearsheet", "export_report",
    }  # fmt: skip
    assert set(macros.__all__) == wanted
    for name in wanted:
        found = getattr(macros, name)
        assert found.__name__ == name
        assert found.__doc__
        assert len(inspect.signature(found).parameters) == 0


def last_days() -> tuple[Any, Any]:
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    return now - dt.timedelta(days=1), now + dt.timedelta(days=1)
