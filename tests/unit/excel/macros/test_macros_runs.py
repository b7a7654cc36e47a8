"""Submit, refresh, cancel, share, delete: pressed as buttons, against the real service."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from xlmeso.api import Client
from xlmeso.api.backtests import Backtests
from xlmeso.errors import NotFoundError, TransportError
from xlmeso.model.backtest import BacktestState
from xlmeso.model.templates import load_template


def all_runs(client: Client) -> list[Any]:
    now = dt.datetime.now(dt.UTC)
    return list(client.backtests.list(now - dt.timedelta(days=1), now + dt.timedelta(days=1)))


def submit_again(desk: Any, client: Client) -> str:
    """Submit the same strategy once more, wait for its end and bring it into the book."""
    desk.book.sheets["Strategy"].impl.activate()
    desk.press("submit")
    backtest_id = desk.runs()[0]["Id"]
    client.backtests.wait(backtest_id, timeout=60)
    desk.press("refresh_workbook")
    return backtest_id


def test_submit_sends_the_strategy_and_lists_the_run(desk: Any, client: Client) -> None:
    before = desk.path.read_bytes()
    text = desk.press("submit")
    (run,) = desk.runs()
    assert run["Backtest"] == "Desk run"
    assert run["State"] == "Created"
    assert run["Id"] in text
    assert [item.backtest_id for item in all_runs(client)] == [run["Id"]]
    sent = client.strategy_definition.get(run["Id"])
    assert sent.symbol == load_template("short-put").symbol
    assert desk.path.read_bytes() == before, "a macro never saves the book"


def test_pressing_submit_twice_after_an_accepted_run_is_a_second_run(
    desk: Any, client: Client
) -> None:
    desk.press("submit")
    first = desk.runs()[0]["Id"]
    desk.press("submit")
    assert [run["Id"] for run in desk.runs()][1] == first
    assert len(all_runs(client)) == 2


def test_refresh_brings_state_and_results(desk: Any, client: Client) -> None:
    desk.press("submit")
    backtest_id = desk.runs()[0]["Id"]
    client.backtests.wait(backtest_id, timeout=60)
    text = desk.press("refresh_workbook")
    assert "Finished" in text
    (run,) = desk.runs()
    assert run["State"] == "Finished"
    assert run["Wall seconds"] >= 0
    names = [sheet.name for sheet in desk.book.sheets]
    assert {"Strategy", "Runs", "Analytics", "Events", "NAV"} == set(names)
    figures = {row["API name"]: row["Strategy"] for row in desk.rows("Analytics", "meso_analytics")}
    wanted = client.analytics.get(backtest_id)
    assert figures["StratTradeCnt"] == wanted["StratTradeCnt"]
    assert figures["StratSharpe"] == pytest.approx(float(wanted["StratSharpe"]))
    assert len(desk.rows("Events", "meso_events")) == len(client.events.get(backtest_id))


def test_refresh_without_open_runs_asks_for_nothing_and_changes_nothing(finished: Any) -> None:
    before = finished.contents()
    assert "No run was open" in finished.press("refresh_workbook")
    assert finished.contents() == before


def test_refresh_keeps_columns_order_and_runs_of_other_services(finished: Any) -> None:
    sheet = finished.book.sheets["Runs"]
    finished.cell_of("meso_runs", 0, "Service", "Runs").value = "elsewhere.example"
    finished.cell_of("meso_runs", 0, "State", "Runs").value = "Started"
    sheet.impl.activate()
    assert "since another service has them: 1 run" in finished.press("refresh_sheet")
    assert finished.runs()[0]["State"] == "Started"


def test_refresh_of_a_result_sheet_fetches_its_run_again(finished: Any) -> None:
    finished.cell_of("meso_analytics", 0, "Strategy", "Analytics").value = -12345
    finished.book.sheets["Analytics"].impl.activate()
    assert "Fetched Desk run" in finished.press("refresh_sheet")
    assert finished.rows("Analytics", "meso_analytics")[0]["Strategy"] != -12345


def test_refresh_of_the_selected_rows_only(desk: Any, client: Client) -> None:
    desk.press("submit")
    desk.press("submit")
    newer, older = (run["Id"] for run in desk.runs())
    for backtest_id in (newer, older):
        client.backtests.wait(backtest_id, timeout=60)
    desk.select("Runs", desk.cell_of("meso_runs", 1, "Backtest", "Runs").address)
    desk.press("refresh_selection")
    assert [run["State"] for run in desk.runs()] == ["Created", "Finished"]
    note = desk.book.sheets["Analytics"].range("B3").value
    assert note.startswith(older)


def test_refresh_of_a_selected_finished_run_writes_its_results_again(finished: Any) -> None:
    finished.cell_of("meso_analytics", 0, "Strategy", "Analytics").value = -12345
    finished.select("Runs", "A10")
    assert "Written: Analytics" in finished.press("refresh_selection")
    assert finished.rows("Analytics", "meso_analytics")[0]["Strategy"] != -12345
    assert finished.runs()[0]["State"] == "Finished"


def test_the_meant_run_is_shown(own_finished: Any, client: Client) -> None:
    first = own_finished.runs()[0]["Id"]
    second = submit_again(own_finished, client)
    own_finished.select("Runs", own_finished.cell_of("meso_runs", 1, "Id", "Runs").address)
    for name, sheet in (("show_analytics", "Analytics"), ("show_events", "Events"),
                        ("show_nav", "NAV"), ("show_trades", "Trades")):  # fmt: skip
        own_finished.press_quietly(name)
        assert own_finished.book.sheets.active.name == sheet
        assert own_finished.book.sheets[sheet].range("B3").value.startswith(first)
        own_finished.select("Runs", own_finished.cell_of("meso_runs", 1, "Id", "Runs").address)
    trades = own_finished.rows("Trades", "meso_trades")
    assert len(trades) == client.analytics.get(first)["StratTradeCnt"]
    assert sum(row["P&L"] for row in trades) != 0
    own_finished.select("Strategy", "A1")
    own_finished.press_quietly("show_nav")
    assert own_finished.book.sheets["NAV"].range("B3").value.startswith(second)


def test_an_id_or_a_link_in_any_cell_names_a_run(finished: Any) -> None:
    backtest_id = finished.runs()[0]["Id"]
    sheet = finished.book.sheets.add("Mine")
    sheet.range("C4").value = f"https://portal.example/backtests/{backtest_id}"
    finished.select("Mine", "B3:D5")
    finished.press_quietly("show_analytics")
    assert finished.book.sheets["Analytics"].range("B3").value.startswith(backtest_id)


def test_compare_puts_figures_and_differing_settings_side_by_side(
    own_finished: Any, client: Client
) -> None:
    own_finished.cell_of("meso_legs", 0, "Qty").value = -2
    own_finished.book.sheets["Strategy"].impl.activate()
    second = submit_again(own_finished, client)
    own_finished.select(
        "Runs", f"A{own_finished.book.sheets['Runs'].tables['meso_runs'].range.row}:A99"
    )
    own_finished.press_quietly("compare")
    figures = own_finished.rows("Compare", "meso_compare")
    by_label = {row["Metric"]: row for row in figures}
    wanted = client.analytics.get(second)
    assert own_finished.book.sheets.active.name == "Compare"
    sharpe = next(row for row in figures if row["Metric"] == "Sharpe ratio")
    assert sharpe["Desk run"] == pytest.approx(float(wanted["StratSharpe"]))
    assert set(by_label["Sharpe ratio"]) == {"Metric", "Unit", "Better", "Desk run", "Desk run (2)"}
    settings = own_finished.rows("Compare", "meso_compare_settings")
    assert [row["Setting"] for row in settings] == ["Structure.Legs[0].Qty"]
    assert (settings[0]["Desk run"], settings[0]["Desk run (2)"]) == ("-2", "-1")


def test_compare_needs_two_runs(finished: Any) -> None:
    before = finished.contents()
    assert "nothing to compare" in finished.press("compare").casefold()
    assert finished.contents() == before


def test_cancel_asks_and_orders(desk: Any, client: Client, service: Any) -> None:
    desk.press("submit")
    backtest_id = desk.runs()[0]["Id"]
    desk.select("Runs", desk.cell_of("meso_runs", 0, "Id", "Runs").address)
    desk.press_quietly("cancel", False)
    assert "Desk run" in desk.person.asked[-1]
    text = desk.press("cancel", True)
    state = client.backtests.wait(backtest_id, timeout=60).state
    assert state in (BacktestState.CANCELLED, BacktestState.FINISHED)
    assert "1 run" in text


def test_share_and_unshare(own_finished: Any, client: Client) -> None:
    backtest_id = own_finished.runs()[0]["Id"]
    own_finished.select("Runs", own_finished.cell_of("meso_runs", 0, "Id", "Runs").address)
    assert backtest_id in own_finished.press("share", True)
    assert client.backtests.sharing(backtest_id)
    own_finished.press("unshare")
    assert not client.backtests.sharing(backtest_id)


def test_delete_names_explains_asks_and_sends_the_mode(own_finished: Any, client: Client) -> None:
    backtest_id = own_finished.runs()[0]["Id"]
    own_finished.select("Runs", own_finished.cell_of("meso_runs", 0, "Id", "Runs").address)
    above = own_finished.book.sheets["Runs"].range("A1:B4").value
    assert "as of" in str(above)
    text = own_finished.press("delete", True, "Full")
    question, mode = own_finished.person.asked[-2:]
    assert f"Desk run ({backtest_id})" in question
    assert all(word in question for word in ("Soft:", "Details:", "Full:"))
    assert "Soft" in mode
    assert "Deleted (Full)" in text
    with pytest.raises(NotFoundError):
        client.backtests.status(backtest_id)
    assert own_finished.runs()[0]["State"] == "Deleted (Full)"
    head = own_finished.book.sheets["Runs"].range("A1:B4").value
    assert head == above, "what is told about service and time stays"
    assert "No run was open" in own_finished.press("refresh_workbook")


@pytest.mark.parametrize("answers", [(False,), (True, None)])
def test_a_delete_that_is_not_confirmed_deletes_nothing(
    finished: Any, client: Client, answers: tuple[Any, ...]
) -> None:
    backtest_id = finished.runs()[0]["Id"]
    finished.select("Runs", finished.cell_of("meso_runs", 0, "Id", "Runs").address)
    finished.press_quietly("delete", *answers)
    assert client.backtests.status(backtest_id).state is BacktestState.FINISHED


def test_delete_never_guesses_a_mode(finished: Any, client: Client) -> None:
    backtest_id = finished.runs()[0]["Id"]
    finished.select("Runs", finished.cell_of("meso_runs", 0, "Id", "Runs").address)
    assert "none of the choices" in finished.press("delete", True, "everything")
    assert client.backtests.status(backtest_id).state is BacktestState.FINISHED


@pytest.mark.parametrize("name", ["cancel", "share", "unshare", "delete", "refresh_selection"])
def test_buttons_that_must_not_guess_want_a_selection(finished: Any, name: str) -> None:
    before = finished.contents()
    finished.select("Strategy", "A1")
    assert finished.press(name).startswith("desk.xlsx: no run is selected. Select rows")
    assert finished.contents() == before


def test_refresh_settles_a_submission_whose_reply_was_lost(
    desk: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service took it, then the connection broke: it is listed, and not sent twice."""
    really = Backtests.create_from_bytes

    def taken_but_cut(self: Any, body: bytes, *, keyed: bool) -> Any:
        really(self, body, keyed=keyed)
        raise TransportError("the connection broke")

    monkeypatch.setattr(Backtests, "create_from_bytes", taken_but_cut)
    assert "The connection broke" in desk.press("submit")
    monkeypatch.setattr(Backtests, "create_from_bytes", really)
    (sent,) = all_runs(client)
    text = desk.press("refresh_workbook")
    assert f"'Desk run' was sent without a reply: it is run {sent.backtest_id}." in text
    assert [run["Id"] for run in desk.runs()] == [sent.backtest_id]
    assert len(all_runs(client)) == 1
    assert "without a reply" not in desk.press("refresh_workbook")
