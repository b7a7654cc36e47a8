"""Stand-ins for the simulation, told by the definition's Description what to do.

They live in a module of their own, because worker processes import them by name.
"""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlmeso.model.backtest import BacktestState

if TYPE_CHECKING:
    from xlmeso.simulator.runs import RunJob, RunOutcome

EVENTS = [
    {"EventType": "Start", "SimTime": "2021-01-04T00:00:00", "NAV": 1e4, "Message": "Oh hi!"},
    {"EventType": "EntryTrade", "SimTime": "2021-01-04T15:30:00", "NAV": 9998.5, "PositionId": 0},
    {"EventType": "EndOfDay", "SimTime": "2021-01-04T16:00:00", "NAV": 9990.0, "Message": "DIT=0"},
    {"EventType": "ExitTrade", "SimTime": "2021-01-05T15:30:00", "NAV": 10050.25, "PositionId": 0},
    {"EventType": "Finish", "SimTime": None, "NAV": 10050.25},
]
NAVS = "Time,NAV\r\n2021-01-04T15:30:00,9998.5\r\n"
NAVS_ANALYTICS = "Time,NAV,Benchmark\r\n2021-01-04T15:30:00,9998.5,3700.65\r\n"
ANALYTICS: dict[str, Any] = {"StratTradeCnt": 1, "StratSharpe": 2.56, "BmTreynor": None}


def scripted_run(job: RunJob) -> RunOutcome:
    """Do what ``{"do": ..., "log": file}`` in Description says; each begin is one line in log."""
    from xlmeso.simulator.runs import RunOutcome

    script = read_script(job)
    begun = note(script, "begin")
    write_artifacts(job.folder, with_external=script["do"] == "external")
    match script["do"]:
        case "fail":
            return RunOutcome(BacktestState.FAILED, "Entry.Conditions[0]: no such name", None)
        case "raise":
            raise KeyError("planted")
        case "die" if begun <= script.get("times", 99):
            os._exit(9)
        case "slow" if not waited(job, script.get("seconds", 60.0)):
            return RunOutcome(BacktestState.CANCELLED, None, None)
        case "deaf":
            time.sleep(script.get("seconds", 60.0))
        case "nan":
            return RunOutcome(BacktestState.FINISHED, None, {"StratSharpe": float("nan")})
    note(script, "end")
    return RunOutcome(BacktestState.FINISHED, None, dict(ANALYTICS))


def read_script(job: RunJob) -> dict[str, Any]:
    text = json.loads(job.definition_json).get("Description") or '{"do": "finish"}'
    script: dict[str, Any] = json.loads(text)
    return script


def note(script: dict[str, Any], word: str) -> int:
    """Write a line to the script's log; return how many lines of that word it has now."""
    if "log" not in script:
        return 1
    log = Path(script["log"])
    with log.open("a", encoding="utf-8", newline="") as file:
        file.write(f"{word} {os.getpid()}\n")
    return sum(line.startswith(word) for line in log.read_text("utf-8").splitlines())


def waited(job: RunJob, seconds: float) -> bool:
    """Wait, with progress, until the time is over (True) or a cancellation comes (False)."""
    assert job.cancel_file is not None
    assert job.progress_file is not None
    job.progress_file.write_text("0.25", encoding="utf-8")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if job.cancel_file.exists():
            return False
        time.sleep(0.02)
    return True


def write_artifacts(folder: Path, *, with_external: bool) -> None:
    pack(folder / "events.json.gz", json.dumps(EVENTS))
    pack(folder / "navs.csv.gz", NAVS)
    pack(folder / "navs-analytics.csv.gz", NAVS_ANALYTICS)
    if with_external:
        (folder / "external_data.zip").write_bytes(b"PK\x05\x06" + bytes(18))


def pack(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
