from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from xlmeso.app import report_nightly
from xlmeso.app.report_files import ReportForm
from xlmeso.app.report_nightly import STATE, report_name, report_new_runs
from xlmeso.errors import NotFoundError, WorkbookError
from xlmeso.model.backtest import BacktestState, BacktestSummary

NOW = dt.datetime.now(dt.UTC)


def run(number: int, hours_ago: float, state: BacktestState = BacktestState.FINISHED) -> Any:
    ended = NOW - dt.timedelta(hours=hours_ago)
    return BacktestSummary(
        backtest_id=f"{number:08d}-id", name=f"Run {number}: a/b", strategy_name="S", shared=False,
        state=state, created_at=ended, started_at=ended, finished_at=ended,
    )  # fmt: skip


class Service:
    """A connection whose service lists some runs; remembers from when it was asked to."""

    def __init__(self, *runs: Any) -> None:
        self.runs = runs
        self.client = self
        self.backtests = self
        self.asked: list[dt.datetime] = []

    def list(self, start: dt.datetime, _end: dt.datetime, **_: Any) -> Any:
        self.asked.append(start)
        return iter(self.runs)


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace fetching and writing, which have tests of their own, by an empty file."""
    made: list[str] = []

    def write(_connection: Any, path: Path, run: Any, _form: Any, _on_step: Any) -> None:
        if run.name.startswith("Run 9"):
            raise NotFoundError("its artifacts were deleted", status=404)
        made.append(run.backtest_id)
        path.write_bytes(b"report")

    monkeypatch.setattr(report_nightly, "_write", write)
    return made


def test_each_run_gets_one_report_however_often_the_job_runs(
    tmp_path: Path, written: list[str]
) -> None:
    service = Service(run(2, 1), run(1, 5), run(3, 200), run(4, 2, BacktestState.STARTED))
    folder = tmp_path / "reports"
    first = report_new_runs(service, folder, ReportForm())  # type: ignore[arg-type]
    assert list(first.made) == ["00000001-id", "00000002-id"], "oldest first, the last day only"
    assert {path.name for path in first.made.values()} <= {e.name for e in folder.iterdir()}
    second = report_new_runs(service, folder, ReportForm())  # type: ignore[arg-type]
    assert second.made == {}
    service.runs = (*service.runs, run(5, 0))
    third = report_new_runs(service, folder, ReportForm())  # type: ignore[arg-type]
    assert list(third.made) == ["00000005-id"]
    assert written == ["00000001-id", "00000002-id", "00000005-id"]


def test_a_time_reaches_further_back_and_force_makes_anew(
    tmp_path: Path, written: list[str]
) -> None:
    service: Any = Service(run(1, 5), run(3, 200))
    since = NOW - dt.timedelta(days=30)
    report_new_runs(service, tmp_path, ReportForm(), since=since)
    report_new_runs(service, tmp_path, ReportForm(overwrite=True), since=since)
    assert written == ["00000003-id", "00000001-id"] * 2
    assert service.asked[0] == since - report_nightly.LONGEST_RUN


def test_another_form_is_another_report(tmp_path: Path) -> None:
    service: Any = Service(run(1, 5))
    for form in (ReportForm(), ReportForm("html"), ReportForm("csv"), ReportForm("parquet")):
        assert len(report_new_runs(service, tmp_path, form).made) == 1
        assert report_new_runs(service, tmp_path, form).made == {}


def test_a_failed_report_does_not_stop_the_others_and_is_tried_again(
    tmp_path: Path, written: list[str]
) -> None:
    service: Any = Service(run(9, 3), run(1, 2))
    outcome = report_new_runs(service, tmp_path, ReportForm())
    assert list(outcome.made) == ["00000001-id"]
    assert str(outcome.failed["00000009-id"]) == "its artifacts were deleted"
    assert json.loads((tmp_path / STATE).read_text())["looked"] == {}
    assert list(report_new_runs(service, tmp_path, ReportForm()).failed) == ["00000009-id"]
    assert written == ["00000001-id"]


def test_names_are_safe_for_every_file_system_and_never_shared(tmp_path: Path) -> None:
    name = report_name(run(1, 0), ".xlsx")
    assert name == f"{NOW:%Y-%m-%d}_Run-1-a-b_00000001.xlsx"
    twins = [run(1, 5), run(1, 5)]
    twins[1] = BacktestSummary(**{
        **{field: getattr(twins[1], field) for field in BacktestSummary.__slots__},
        "backtest_id": "00000001-other",
    })  # fmt: skip
    service: Any = Service(*twins)
    outcome = report_new_runs(service, tmp_path, ReportForm())
    assert len(set(outcome.made.values())) == 2


def test_two_jobs_do_not_share_a_folder(tmp_path: Path) -> None:
    service: Any = Service()
    with (
        FileLock(tmp_path / ".xlmeso-reports.lock"),
        pytest.raises(WorkbookError, match="another xlmeso report works"),
    ):
        report_new_runs(service, tmp_path, ReportForm())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1, "looked": 3, "reports": {}}'])
def test_a_damaged_state_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE).write_text(text)
    service: Any = Service()
    with pytest.raises(WorkbookError, match="Delete it"):
        report_new_runs(service, tmp_path, ReportForm())
