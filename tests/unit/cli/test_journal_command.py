"""xlmeso journal: sets and runs as they stand, without asking the service."""

from __future__ import annotations

import csv
import io
import json

import pytest

from xlmeso.journal import IntendedRun, Submissions
from xlmeso.model.backtest import BacktestState
from xlmeso.settings import journal_path, resolve_profile

from .conftest import URL, Run


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Submissions:
    monkeypatch.setenv("XLMESO_URL", URL)
    monkeypatch.setenv("XLMESO_API_KEY", "key-of-the-tests-4711")
    made = Submissions(journal_path(resolve_profile(None)))
    made.record("GrimCat", b"{}", "single")
    made.mark_sent("single")
    made.mark_accepted("single", "id-1")
    runs = [IntendedRun(f"Delta={n}", f"run {n}", f"k{n}", b"{}") for n in range(3)]
    made.sets.add("Deltas", "abc", runs)
    with made.writing() as moves:
        for number in (0, 1):
            moves.sent(f"k{number}")
            moves.accepted(f"k{number}", f"set-id-{number}")
        moves.ended("k0", BacktestState.FAILED, "no data on 2020-01-01")
    return made


def test_sets_and_single_runs_are_shown(run: Run, journal: Submissions) -> None:
    result = run("journal")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["Set", "Title", "Runs", "Ended", "Open", "Created", "(UTC)"]
    assert lines[1].split()[:5] == ["1", "Deltas", "3", "1", "2"]
    assert any(line.split()[:3] == ["id-1", "accepted", "GrimCat"] for line in lines)
    assert "Delta=0" not in result.stdout


def test_the_runs_of_a_set_with_their_ends(run: Run, journal: Submissions) -> None:
    result = run("journal", "--set", "1", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["Label"], row["BacktestId"], row["State"], row["Outcome"]) for row in rows] == [
        ("Delta=0", "set-id-0", "ended", "Failed"),
        ("Delta=1", "set-id-1", "accepted", ""),
        ("Delta=2", "", "intended", ""),
    ]
    assert rows[0]["Reason"] == "no data on 2020-01-01"
    left = run("journal", "--set", "1", "--open", "--json")
    labels = [item["Label"] for item in json.loads(left.stdout)["Runs"]]
    assert labels == ["Delta=1", "Delta=2"]


def test_programs_get_sets_and_runs_with_states(run: Run, journal: Submissions) -> None:
    document = json.loads(run("journal", "--json").stdout)
    (found,) = document["Sets"]
    assert (found["Title"], found["Runs"], found["Ended"], found["Done"]) == ("Deltas", 3, 1, 1)
    assert found["States"] == {"accepted": 1, "ended": 1, "intended": 1}
    assert [item["Key"] for item in document["Runs"]] == ["single"]
    assert document["Runs"][0]["AcceptedAt"]


def test_an_unknown_set_and_an_empty_journal(
    run: Run, journal: Submissions, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run("journal", "--set", "9")
    assert result.exit_code == 12
    assert "no set 9" in result.stderr
    monkeypatch.setenv("XLMESO_URL", "https://another.example")
    assert "Nothing to show" in run("journal").stderr
