"""The button Sweep and Refresh, against the real service."""

from __future__ import annotations

import datetime as dt
import subprocess
from typing import Any

import pytest

from xlmeso.api import Client
from xlmeso.excel import actions_sweep, background_sweep
from xlmeso.model.backtest import DeleteMode


def run_count(client: Client) -> int:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    return len(list(client.backtests.list(now - day, now + day)))


def type_into(desk: Any, table: str, row: int, heading: str, value: Any) -> None:
    desk.cell_of(table, row, heading, "Sweep").value = value


def variants(desk: Any) -> list[dict[str, Any]]:
    return desk.rows("Sweep", "meso_sweep")


@pytest.fixture
def asked(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Sweep sheet whose grid asks for two targets; the button waits until all have ended."""
    monkeypatch.setattr(actions_sweep, "WATCH_SECONDS", 60.0)
    desk.press("sweep")
    targets = [row["Path"] for row in desk.rows("Sweep", "meso_sweep_grid")]
    type_into(desk, "meso_sweep_grid", targets.index("Exit.ProfitTarget"), "Values", "200, 400")
    return desk


def test_the_first_press_adds_a_sheet_and_sends_nothing(desk: Any, client: Client) -> None:
    text = desk.press("sweep")
    assert "'Sweep' was added" in text
    names = [sheet.name for sheet in desk.book.sheets]
    assert names == ["Strategy", "Sweep", "Sweep paths"]
    assert desk.book.sheets.active.name == "Sweep"
    paths = [row["Path"] for row in desk.rows("Sweep paths", "meso_sweep_paths")]
    assert "Exit.ProfitTarget" in paths
    assert run_count(client) == 0


def test_the_second_press_runs_every_variant_once(asked: Any, client: Client) -> None:
    text = asked.press("sweep", True)
    assert "2 of 2 finished" in text
    rows = variants(asked)
    assert [(row["Exit.ProfitTarget"], row["State"]) for row in rows] == [
        (200.0, "Finished"), (400.0, "Finished"),
    ]  # fmt: skip
    for row in rows:
        figures = client.analytics.get(row["Backtest id"])
        assert row["Sharpe ratio"] == pytest.approx(float(figures["StratSharpe"]))
        assert row["Trades"] == figures["StratTradeCnt"]
    best = asked.rows("Sweep results", "meso_sweep_best")
    assert {row["Best choices"] for row in best} == {"ProfitTarget=200", "ProfitTarget=400"}
    assert asked.book.sheets.active.name == "Sweep results"
    asked.book.sheets["Sweep"].impl.activate()
    again = asked.press("sweep")
    assert "2 of 2 finished" in again
    assert run_count(client) == 2


def test_a_grid_that_grew_runs_the_new_variants_only(asked: Any, client: Client) -> None:
    asked.press("sweep", True)
    ids = {row["Exit.ProfitTarget"]: row["Backtest id"] for row in variants(asked)}
    paths = [row["Path"] for row in asked.rows("Sweep", "meso_sweep_grid")]
    type_into(asked, "meso_sweep_grid", paths.index("Exit.ProfitTarget"), "Values", "200, 300, 400")
    text = asked.press("sweep", True)
    assert "2 variants of 3 ran before" in asked.person.asked[-1]
    assert "3 of 3 finished" in text
    found = {row["Exit.ProfitTarget"]: row["Backtest id"] for row in variants(asked)}
    assert {key: found[key] for key in ids} == ids
    assert run_count(client) == 3


def test_a_changed_strategy_makes_its_results_out_of_date(asked: Any, client: Client) -> None:
    asked.press("sweep", True)
    table = asked.book.sheets["Sweep"].tables["meso_sweep"].range
    note = asked.book.sheets["Sweep"].range((table.row - 1, table.column + 1))
    assert note.value.startswith("As of 20")
    assert "2 of 2 finished. MODELLED" in note.value
    fields = [row["Field"] for row in asked.rows("Strategy", "meso_exit")]
    asked.cell_of("meso_exit", fields.index("MaxDaysInTrade"), "Value").value = 12
    before = variants(asked)
    text = asked.press("refresh_workbook")
    assert "have changed since these variants ran" in text
    assert note.value.startswith("OUT OF DATE")
    assert variants(asked) == before
    note.value = "my own words"
    asked.press("refresh_workbook")
    assert note.value == "my own words"


def test_no_means_no(asked: Any, client: Client) -> None:
    asked.person.answers[:] = [False]
    from xlmeso.excel import macros

    macros.sweep()
    assert asked.person.told == []
    assert "Run 2 backtests at" in asked.person.asked[-1]
    assert run_count(client) == 0


def test_mistakes_are_marked_in_their_rows_and_nothing_is_sent(desk: Any, client: Client) -> None:
    desk.press("sweep")
    type_into(desk, "meso_sweep_grid", 0, "Values", "12, 1 +")
    type_into(desk, "meso_sweep_options", 1, "Value", "Sharpe")
    text = desk.press("sweep")
    assert "nothing was sent" in text
    assert "Sweep!B6" in text
    rows = desk.rows("Sweep", "meso_sweep_grid")
    assert "Lua" in rows[0]["Problem"]
    assert rows[1]["Problem"] is None
    assert run_count(client) == 0


def test_cells_in_the_way_are_found_before_anything_is_sent(asked: Any, client: Client) -> None:
    table = asked.book.sheets["Sweep"].tables["meso_sweep"].range
    below = asked.book.sheets["Sweep"].range((table.row + 1, table.column + table.shape[1] + 1))
    grid_paths = [row["Path"] for row in asked.rows("Sweep", "meso_sweep_grid")]
    row = grid_paths.index("Exit.StopLoss")
    type_into(asked, "meso_sweep_grid", row, "Values", "1000, 2000")
    type_into(asked, "meso_sweep_options", 2, "Value", "Sharpe, CAGR, Calmar, Omega, Trades")
    below.value = "my own note"
    text = asked.press("sweep")
    assert "my own note" in text
    assert run_count(client) == 0
    assert below.value == "my own note"


def test_what_was_deleted_at_the_service_says_so_and_can_run_again(
    asked: Any, client: Client
) -> None:
    asked.press("sweep", True)
    gone, kept = (row["Backtest id"] for row in variants(asked))
    client.backtests.delete(gone, DeleteMode.FULL)
    asked.press("refresh_workbook")
    assert [row["Backtest id"] for row in variants(asked)] == [gone, kept]


def test_a_sweep_goes_on_in_the_background_and_refresh_brings_the_rest(
    asked: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = background_sweep.start_resuming
    monkeypatch.setattr(background_sweep, "start_resuming", lambda: started.append(start()))
    monkeypatch.setattr(actions_sweep, "WATCH_SECONDS", 0.0)
    fields = [row["Field"] for row in asked.rows("Strategy", "meso_backtest")]
    end = asked.cell_of("meso_backtest", fields.index("Backtest.End"), "Value")
    end.value = dt.datetime(2021, 12, 31)  # long enough to be open when the button comes back
    text = asked.press("sweep", True)
    assert "goes on in the background" in text
    (process,) = started
    assert process.wait(90) == 0
    assert "2 of 2 finished" in asked.press("refresh_workbook")
    assert {row["State"] for row in variants(asked)} == {"Finished"}
    assert run_count(client) == 2


def test_cancel_withdraws_what_was_not_sent_and_stops_what_runs(
    asked: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_sweep, "start_resuming", lambda: None)
    monkeypatch.setattr(actions_sweep, "WATCH_SECONDS", 0.0)
    fields = [row["Field"] for row in asked.rows("Strategy", "meso_backtest")]
    end = asked.cell_of("meso_backtest", fields.index("Backtest.End"), "Value")
    end.value = dt.datetime(2024, 12, 31)
    asked.press("sweep", True)
    asked.select("Sweep", "A1")
    text = asked.press("cancel", True)
    assert "Stop the sweep of Sweep?" in asked.person.asked[-1]
    assert "press Refresh" in text
    for row in variants(asked):
        client.backtests.wait(row["Backtest id"], timeout=60)
    asked.press("refresh_workbook")
    states = [row["State"] for row in variants(asked)]
    assert "Cancelled" in states
    assert set(states) <= {"Cancelled", "Finished"}
    asked.select("Sweep", "A1")
    assert "nothing of this sweep is open" in asked.press("cancel")
    asked.press("sweep", True)  # the question whether to run them again
    assert run_count(client) == 2 + states.count("Cancelled")


def test_refresh_leaves_a_sweep_that_never_ran_alone(desk: Any, client: Client) -> None:
    desk.press("sweep")
    before = desk.contents()
    text = desk.press("refresh_sheet")
    assert "nothing to vary" in text
    assert desk.contents() == before
