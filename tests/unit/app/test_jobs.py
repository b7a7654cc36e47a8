"""The helpers that Merlin's users know, against the real local service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import xlmeso
from xlmeso.app.connect import Connection, connect
from xlmeso.errors import StrategyDefinitionError
from xlmeso.model.document import from_python
from xlmeso.model.edit import with_value
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.simulator.server import LocalService


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with LocalService(tmp_path_factory.mktemp("jobs") / "data", workers=1) as running:
        yield running


@pytest.fixture
def here(
    service: LocalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connection]:
    monkeypatch.setenv("XLMESO_HOME", str(tmp_path))
    monkeypatch.setenv("XLMESO_URL", service.url)
    monkeypatch.setenv("XLMESO_API_KEY", service.issue_key(tmp_path.name))
    with connect() as connection:
        yield connection


def short(name: str, target: str = "200") -> StrategyDefinition:
    document = load_template("short-put").document
    period = {"Name": name, "Start": "2018-01-02T00:00:00", "End": "2018-02-15T23:59:59"}
    document["Backtest"].update(from_python(period))
    return StrategyDefinition(with_value(document, ("Exit", "ProfitTarget"), target))


def test_one_definition_gives_a_row_with_the_service_s_figures(here: Connection) -> None:
    table = xlmeso.run_job(short("one"), connection=here)
    assert isinstance(table, pd.DataFrame)
    (row,) = table.to_dict("records")
    assert (row["Name"], row["State"], row["FailureReason"]) == ("one", "Finished", None)
    figures = here.client.analytics.get(row["BacktestId"])
    assert row["StratSharpe"] == float(figures["StratSharpe"])
    assert row["StratTradeCnt"] == figures["StratTradeCnt"]


def test_many_definitions_in_any_form_run_once_each(here: Connection, tmp_path: Path) -> None:
    file = tmp_path / "two.json"
    file.write_text(short("two", "300").to_json(), encoding="utf-8")
    given: list[Any] = [
        short("one").to_json(), file, from_like(short("three", "400")), short("one"),
    ]  # fmt: skip
    seen: list[tuple[int, int]] = []
    table = xlmeso.run_jobs(given, connection=here, on_progress=lambda *step: seen.append(step))
    assert list(table["Name"]) == ["one", "two", "three", "one"]
    assert set(table["State"]) == {"Finished"}
    assert table["BacktestId"].nunique() == 3
    assert seen[-1][1] == 4
    again = xlmeso.run_jobs(given, connection=here)
    pd.testing.assert_frame_equal(again, table)
    assert len(xlmeso.list_backtests(connection=here)) == 3
    anew = xlmeso.run_job(short("one"), connection=here, anew=True)
    assert anew["BacktestId"][0] not in set(table["BacktestId"])


def from_like(definition: StrategyDefinition) -> dict[str, Any]:
    import json

    return dict(json.loads(definition.to_json()))


def test_mistakes_of_all_definitions_come_together(here: Connection) -> None:
    bad = [short("a", "1 +"), short("b", "nosuch"), short("c")]
    with pytest.raises(StrategyDefinitionError) as caught:
        xlmeso.run_job(bad, connection=here)
    assert [problem.cell for problem in caught.value.problems] == ["definition 1", "definition 2"]
    assert xlmeso.list_backtests(connection=here).empty
    assert xlmeso.run_job([], connection=here).empty


def test_results_of_one_and_of_many_are_tables(here: Connection) -> None:
    ids = list(xlmeso.run_jobs([short("x"), short("y", "500")], connection=here)["BacktestId"])
    events = xlmeso.get_backtest_events(ids, connection=here)
    assert list(dict.fromkeys(events["BacktestId"])) == ids
    one = here.client.events.get(ids[0])
    mine = events[events["BacktestId"] == ids[0]]
    assert list(mine["EventType"]) == [event.event_type for event in one]
    fill = next(number for number, event in enumerate(one) if event.trade)
    assert mine["Price"].iloc[fill] == float(one[fill].trade.price)  # type: ignore[union-attr]
    starts = xlmeso.get_backtest_events(ids[0], event_type="Start", connection=here)
    assert list(starts["EventType"]) == ["Start"]
    navs = xlmeso.get_backtest_navs(ids, connection=here)
    first = here.client.navs.get(ids[0])
    assert len(navs[navs["BacktestId"] == ids[0]]) == len(first)
    assert set(first.columns) < set(navs.columns)
    definition = xlmeso.get_strategy_definition(ids[0], connection=here)
    assert definition.get("Exit", "ProfitTarget") == "200"
    listed = xlmeso.list_backtests(connection=here, analytics=True)
    assert set(listed["Id"]) == set(ids)
    assert str(listed["CreatedAt"].dt.tz) == "UTC"
    assert "StratSharpe" in listed


def test_without_a_connection_the_usual_service_is_used(here: Connection) -> None:
    assert list(xlmeso.run_job(short("usual"))["State"]) == ["Finished"]
