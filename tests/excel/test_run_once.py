"""MESO_RUN against the real local service: one backtest, whatever is recalculated or copied."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from host_service import HostedRuns, as_text, definition
from winstub import Variant, Windows

from xlmeso.app.formulas import submission
from xlmeso.app.formulas.session import Session, use_session
from xlmeso.excel import functions
from xlmeso.excel.functions.definitions import known_ids
from xlmeso.journal import Submissions, SubmissionState
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template, template_names
from xlmeso.settings import journal_path
from xlmeso.sheets.strategy import plan_strategy
from xlmeso.sheets.tables import tables_of

CALLS = 10_000


def called(runs: HostedRuns, name: str) -> list[str]:
    return [item["Id"] for item in runs.list() if item["Name"] == name]


def reopened() -> None:
    """Do as a new Excel does: nothing is left in memory."""
    known_ids.clear()
    use_session(Session())


@pytest.mark.usefixtures("session")
def test_ten_thousand_recalculations_give_one_backtest(excel: Windows, runs: HostedRuns) -> None:
    strategy = as_text(definition("ten thousand"))
    ids = {excel.one("MESO_RUN", strategy) for _ in range(CALLS)}
    assert list(ids) == called(runs, "ten thousand")


@pytest.mark.usefixtures("session")
def test_copy_of_the_cells_and_a_reopened_excel_give_the_same_backtest(
    excel: Windows, runs: HostedRuns
) -> None:
    document = definition("copied")
    first = excel.one("MESO_RUN", json.dumps(document))
    for indent, keys in ((2, False), (None, True)):  # other blanks, other order of keys
        reopened()
        assert excel.one("MESO_RUN", json.dumps(document, indent=indent, sort_keys=keys)) == first
    assert called(runs, "copied") == [first]


@pytest.mark.usefixtures("session")
def test_another_name_or_value_is_another_backtest(excel: Windows, runs: HostedRuns) -> None:
    first = excel.one("MESO_RUN", as_text(definition("named")))
    other = excel.one("MESO_RUN", as_text(definition("named")), "renamed")
    changed = excel.one("MESO_RUN", as_text(definition("named", Cash=123456)))
    assert len({first, other, changed}) == 3
    assert called(runs, "renamed") == [other]
    assert sorted(called(runs, "named")) == sorted([first, changed])


@pytest.mark.usefixtures("session")
def test_many_threads_at_once_give_one_backtest(runs: HostedRuns) -> None:
    strategy = as_text(definition("threads"))
    found: list[str] = []

    def work() -> None:
        known_ids.clear()
        found.append(functions.run(strategy))

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert called(runs, "threads") == list(set(found))
    assert len(found) == 12


@pytest.mark.usefixtures("session")
def test_several_processes_at_once_give_one_backtest(runs: HostedRuns, tmp_path: Path) -> None:
    file = tmp_path / "strategy.json"
    file.write_text(as_text(definition("processes")), encoding="utf-8")
    code = (
        "import sys, pathlib; from xlmeso.excel import functions;"
        "print(functions.run(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert list(answers) == called(runs, "processes")


@pytest.mark.usefixtures("session")
def test_lost_reply_is_sent_again_under_the_same_key(
    runs: HostedRuns, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service took it, the answer never came: as after a crash of Excel or the network."""
    strategy = definition("lost")
    model = StrategyDefinition.from_json(as_text(strategy))
    key = submission.key_of(model)
    body = {"StrategyDefinition": strategy, "Shared": False, "IdempotencyKey": key}
    reply = requests.put(
        f"{runs.url}/api/v1/backtest/new",
        json=body,
        headers={"Authorization": f"Bearer {runs.api_key}"},
        timeout=20,
    )
    assert reply.status_code == 201, reply.text
    assert functions.run(as_text(strategy)) == reply.json()["BacktestId"]
    journal = Submissions(journal_path(session.results().service.profile))
    record = journal.find(key)
    assert record is not None
    assert record.state is SubmissionState.ACCEPTED


@pytest.mark.usefixtures("session")
def test_journal_knows_it_before_it_is_sent(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[SubmissionState] = []
    journal = Submissions(journal_path(session.results().service.profile))
    client = session.results().service.client()

    def watch(body: bytes, *, keyed: bool) -> None:
        (record,) = [item for item in journal.recent() if item.body == body]
        seen.append(record.state)
        raise ConnectionAbortedError

    monkeypatch.setattr(client.backtests, "create_from_bytes", watch)
    with pytest.raises(ConnectionAbortedError):
        functions.run(as_text(definition("watched")))
    assert seen == [SubmissionState.SENT]


@pytest.mark.usefixtures("session")
def test_mistakes_block_the_submission_and_name_the_cells(excel: Windows, runs: HostedRuns) -> None:
    cells = [["Template", "short-put"], ["Backtest.Name", "blocked"], ["Backtest.Cash", -5]]
    answer = excel.one("MESO_RUN", cells)
    assert isinstance(answer, Variant)
    assert called(runs, "blocked") == []
    assert "Cash" in str(excel.rows("MESO_VALIDATE", cells))


@pytest.mark.usefixtures("session")
def test_strategy_sheet_in_cells_is_the_definition_that_it_shows(
    excel: Windows, runs: HostedRuns
) -> None:
    model = StrategyDefinition.from_json(as_text(definition("from the sheet", "iron-condor")))
    cells = as_cells(model)
    run = excel.one("MESO_RUN", cells)
    stored = StrategyDefinition.from_python(runs.get(f"/backtest/{run}/strategy-definition").json())
    assert stored.backtest.name == "from the sheet"
    assert [leg.name for leg in stored.legs] == [leg.name for leg in model.legs]
    assert stored.get("Exit") == StrategyDefinition.from_python(definition("x", "iron-condor")).get(
        "Exit"
    )


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("columns", "rows", "table"),
    [(11, 500, "Legs"), (500, 80, "Other fields"), (13, 500, "Adjustments")],
)
def test_part_of_a_strategy_sheet_is_refused_instead_of_run_as_another_strategy(
    excel: Windows, runs: HostedRuns, columns: int, rows: int, table: str
) -> None:
    cells = as_cells(StrategyDefinition.from_json(as_text(definition("cut off", "iron-condor"))))
    part = [row[:columns] for row in cells[:rows]]
    assert isinstance(excel.one("MESO_RUN", part), Variant)
    sentence = excel.one("MESO_ERROR", "#N/A")
    assert f"the whole table '{table}'" in sentence
    assert "Strategy!A1:Q150" in sentence
    assert called(runs, "cut off") == []


def test_the_example_of_the_guide_holds_every_template() -> None:
    for name in template_names():
        cells = as_cells(load_template(name))
        assert len(cells) <= 150
        assert len(cells[0]) <= 17, "Q"


@pytest.mark.usefixtures("nowhere")
def test_nothing_is_started_or_recorded_without_a_service(excel: Windows, nowhere: Session) -> None:
    answer = excel.one("MESO_RUN", "short-put")
    assert isinstance(answer, Variant)
    assert Submissions(journal_path(nowhere.results().service.profile)).recent() == []
    assert "xlmeso serve" in excel.one("MESO_ERROR", "#N/A")


def test_key_does_not_depend_on_the_order_of_fields_but_on_every_value() -> None:
    model = load_template("strangle")
    turned = StrategyDefinition(dict(reversed(model.document.items())))
    assert submission.key_of(model) == submission.key_of(turned)
    assert len({submission.key_of(load_template(n)) for n in ("strangle", "calendar")}) == 2


def as_cells(model: StrategyDefinition) -> list[list[object]]:
    """Return what a function sees of a whole Strategy sheet."""
    plan = plan_strategy(model)
    cells: dict[tuple[int, int], object] = {
        (note.row, note.column): note.text for note in plan.notes
    }
    for table in tables_of(plan).tables:
        for down, row in enumerate((table.header, *table.rows)):
            for across, value in enumerate(row):
                cells[table.row + down, table.column + across] = value
    last, width = max(row for row, _ in cells), max(column for _, column in cells)
    return [
        [cells.get((row, column)) for column in range(1, width + 1)] for row in range(1, last + 1)
    ]
