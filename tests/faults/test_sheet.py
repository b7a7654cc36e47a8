"""A killed ``xlmeso sweep``: service, journal and the sheet of the book say the same at the end."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from fault_helpers import FIRST, LAST, connected
from processes import service

from xlmeso.journal import Submissions
from xlmeso.model.templates import load_template
from xlmeso.settings import journal_path, resolve_profile

pytestmark = pytest.mark.slow

TARGETS = [100 + 50 * n for n in range(8)]
LOSSES = (500, 1000, 1500)


def table_of(book: Path) -> list[dict[str, object]]:
    """Return the rows of the table of variants by heading."""
    sheet = openpyxl.load_workbook(book, data_only=True)["Sweep"]
    rows = [[cell.value for cell in row] for row in sheet[sheet.tables["meso_sweep"].ref]]
    return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]


def test_sheet_journal_and_service_agree_after_kills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(11)
    definition = tmp_path / "strategy.json"
    definition.write_text(load_template("short-put").to_json(), encoding="utf-8")
    command = [
        sys.executable, "-m", "xlmeso", "sweep", str(definition), "--resume", "--json",
        "--vary", "Exit.ProfitTarget=" + ",".join(map(str, TARGETS)),
        "--vary", "Exit.StopLoss=" + ",".join(map(str, LOSSES)),
    ]  # fmt: skip
    book = tmp_path / "sweep.xlsx"
    with service(tmp_path / "data", seconds=1.0, slots=4) as server:
        monkeypatch.setenv("XLMESO_URL", server.url)
        monkeypatch.setenv("XLMESO_API_KEY", server.api_key)
        journal = Submissions(journal_path(resolve_profile(None)))
        kills = 0
        for _ in range(4):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ))
            begun = time.monotonic()
            while not journal.in_flight() and time.monotonic() < begun + 30.0:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.0, 1.5))
            kills += process.poll() is None
            process.kill()
            process.wait()
        done = subprocess.run(
            [*command, "-o", str(book)], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        with connected(server.url, server.api_key) as connection:
            at_service = [
                item.backtest_id for item in connection.client.backtests.list(FIRST, LAST)
            ]
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    rows = table_of(book)
    kept = journal.sets.members(1)
    print(
        f"xlmeso sweep killed {kills} times: intended 24, at the service {len(at_service)}, "
        f"in the journal {len(kept)}, in the sheet {len(rows)}, printed {len(printed)}"
    )
    assert kills >= 2
    ids = Counter(at_service)
    assert len(at_service) == 24
    assert Counter(member.run.backtest_id for member in kept) == ids
    assert Counter(item["BacktestId"] for item in printed) == ids
    assert Counter(row["Backtest id"] for row in rows) == ids
    assert {row["State"] for row in rows} == {"Finished"}
    of_sheet = {(row["Exit.ProfitTarget"], row["Exit.StopLoss"]) for row in rows}
    assert of_sheet == {(target, loss) for target in TARGETS for loss in LOSSES}
