"""``xlmeso serve`` in one process, the other commands and other programs in others."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook

from .conftest import TIMEOUT, Served, Xlmeso, environment, serving

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def quarter(xlmeso: Xlmeso, **changes: str) -> str:
    """Return a template over one quarter as JSON text."""
    document = json.loads(xlmeso("new", "-", "--template", "strangle", "--json").stdout)
    document["Backtest"] |= {
        "Start": "2021-01-04T00:00:00", "End": "2021-03-31T23:59:59", **changes,
    }  # fmt: skip
    return json.dumps(document)


@pytest.fixture(scope="module")
def finished(service: Served, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Submit one run by ``submit FILE --wait --json`` and return its id."""
    folder = tmp_path_factory.mktemp("finished")
    env = environment(folder / "home", **service.env)

    def run(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "xlmeso", *arguments],
            capture_output=True, text=True, encoding="utf-8", env=env, cwd=folder,
            timeout=TIMEOUT, check=True, stdin=subprocess.DEVNULL,
        ).stdout  # fmt: skip

    document = json.loads(run("new", "-", "--template", "strangle", "--json"))
    document["Backtest"] |= {"Start": "2021-01-04T00:00:00", "End": "2021-03-31T23:59:59"}
    (folder / "strategy.json").write_text(json.dumps(document), encoding="utf-8")
    told = json.loads(run("submit", "strategy.json", "--wait", "--json"))
    assert told["State"] == "Finished"
    assert told["Name"] == document["Backtest"]["Name"]
    assert GUID.fullmatch(told["BacktestId"])
    return str(told["BacktestId"])


def test_list_shows_the_run_with_the_services_field_names(
    xlmeso: Xlmeso, service: Served, finished: str
) -> None:
    items = json.loads(xlmeso("list", "--json", "--analytics", **service.env).stdout)
    item = next(item for item in items if item["Id"] == finished)
    fields = {"Name", "StrategyName", "Shared", "State", "CreatedAt", "StartedAt", "FinishedAt"}
    assert fields <= set(item)
    assert {"StratSharpe", "BmSharpe"} <= set(item)


def test_the_results_agree_with_each_other(
    xlmeso: Xlmeso, service: Served, finished: str, tmp_path: Path
) -> None:
    figures = json.loads(xlmeso("analytics", finished, "--json", **service.env).stdout)
    events = json.loads(xlmeso("events", finished, "--json", **service.env).stdout)
    entries = xlmeso("events", finished, "--csv", "--type", "EntrySignal", **service.env).stdout
    navs = list(
        csv.DictReader(io.StringIO(xlmeso("navs", finished, "--csv", **service.env).stdout))
    )
    assert figures["StratTradeCnt"] == len(list(csv.DictReader(io.StringIO(entries)))) > 0
    assert float(navs[-1]["NAV"]) == pytest.approx(events[-1]["NAV"], abs=0.005)
    growth = float(navs[-1]["NAV"]) / float(navs[0]["NAV"]) - 1
    assert figures["StratCumRet"] == pytest.approx(100 * growth, abs=0.006)
    assert xlmeso("events", finished, "-o", "e.json", **service.env).returncode == 0
    assert json.loads((tmp_path / "e.json").read_text(encoding="utf-8")) == events


def test_the_analytics_view_of_the_nav_goes_to_a_file(
    xlmeso: Xlmeso, service: Served, finished: str, tmp_path: Path
) -> None:
    result = xlmeso("navs", finished, "--view", "analytics", "-o", "nav.csv", **service.env)
    assert result.returncode == 0
    assert (tmp_path / "nav.csv").read_text(encoding="utf-8").startswith("At,Strategy,Benchmark\n")
    shown = xlmeso("navs", finished, **service.env)
    assert len(shown.stdout.splitlines()) == 51
    assert "--csv gives all" in shown.stderr


def test_a_strategy_comes_back_as_a_book_that_reads_the_same(
    xlmeso: Xlmeso, service: Served, finished: str, tmp_path: Path
) -> None:
    assert xlmeso("strategy", finished, "-o", "back.xlsx", **service.env).returncode == 0
    xlmeso("new", "copy.json", "--from", "back.xlsx")
    copy = json.loads((tmp_path / "copy.json").read_text(encoding="utf-8"))
    assert copy == json.loads(xlmeso("strategy", finished, **service.env).stdout)


def test_new_and_run_find_the_service_by_themselves(
    xlmeso: Xlmeso, service: Served, tmp_path: Path
) -> None:
    (tmp_path / "s.json").write_text(quarter(xlmeso), encoding="utf-8")
    home = service.home
    assert xlmeso("new", "b.xlsx", "--from", "s.json", home=home).returncode == 0
    result = xlmeso("run", "b.xlsx", "--json", home=home)
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    book = load_workbook(tmp_path / "b.xlsx")
    assert book.sheetnames == ["Strategy", "Runs", "Analytics", "Events", "NAV"]
    assert book["Runs"]["D10"].value == told["BacktestId"]
    # It is the served one's run, not one of a service that the command started for itself.
    listed = json.loads(xlmeso("list", "--json", **service.env).stdout)
    assert told["BacktestId"] in {item["Id"] for item in listed}


def test_a_json_strategy_runs_into_a_new_book(
    xlmeso: Xlmeso, service: Served, tmp_path: Path
) -> None:
    result = xlmeso("run", "-", "-o", "new.xlsx", stdin=quarter(xlmeso), **service.env)
    assert result.returncode == 0, result.stderr
    names = load_workbook(tmp_path / "new.xlsx").sheetnames
    assert names == ["Strategy", "Runs", "Analytics", "Events", "NAV"]


def test_a_book_of_somebody_else_is_left_alone_and_the_results_go_beside_it(
    xlmeso: Xlmeso, service: Served, tmp_path: Path
) -> None:
    (tmp_path / "s.json").write_text(quarter(xlmeso), encoding="utf-8")
    xlmeso("new", "b.xlsx", "--from", "s.json")
    book = load_workbook(tmp_path / "b.xlsx")
    for name in list(book.custom_doc_props.names):
        del book.custom_doc_props[name]
    book.save(tmp_path / "foreign.xlsx")
    before = (tmp_path / "foreign.xlsx").read_bytes()
    result = xlmeso("run", "foreign.xlsx", **service.env)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "foreign.xlsx").read_bytes() == before
    assert (tmp_path / "foreign results.xlsx").exists()
    assert "left untouched" in result.stderr


def test_sharing_lets_the_other_user_in_and_off_shuts_the_door(
    xlmeso: Xlmeso, service: Served, finished: str
) -> None:
    other = service.env | {"XLMESO_API_KEY": service.keys["other"]}
    assert xlmeso("navs", finished, "--csv", **other).returncode == 5
    assert xlmeso("share", finished, **service.env).returncode == 0
    assert xlmeso("navs", finished, "--csv", **other).returncode == 0
    assert xlmeso("share", finished, "--off", **service.env).returncode == 0
    assert xlmeso("navs", finished, "--csv", **other).returncode == 5


def test_delete_details_takes_events_and_leaves_analytics(xlmeso: Xlmeso, service: Served) -> None:
    told = json.loads(
        xlmeso("submit", "-", "--wait", "--json", stdin=quarter(xlmeso), **service.env).stdout
    )
    backtest_id = told["BacktestId"]
    assert xlmeso("delete", backtest_id, "--mode", "Details", **service.env).returncode == 2
    deleted = xlmeso("delete", backtest_id, "--mode", "Details", "--yes", **service.env)
    assert deleted.returncode == 0
    assert xlmeso("events", backtest_id, **service.env).returncode == 6
    assert xlmeso("analytics", backtest_id, **service.env).returncode == 0
    xlmeso("delete", backtest_id, "--mode", "Full", "--yes", **service.env)
    assert xlmeso("status", backtest_id, **service.env).returncode == 6


def test_any_program_can_speak_to_the_service_with_the_printed_key(
    service: Served, finished: str
) -> None:
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {service.api_key}"}
    connection.request("GET", f"/api/v1/backtest/{finished}/status", headers=headers)
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["State"]) == (200, "Finished")
    connection.close()


@pytest.mark.skipif(os.name == "nt" or not shutil.which("curl"), reason="needs bash and curl")
def test_the_curl_line_of_the_human_text_works(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "xlmeso", "serve", "--port", "0", "--workers", "1"],
        stdout=subprocess.PIPE, text=True, env=environment(tmp_path / "home"),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        text = ""
        while "/api/v1/backtests" not in text:
            line = process.stdout.readline()
            assert line, text
            text += line
        command = text[text.index("curl") :].strip()
        replied = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=30, check=False
        )
        assert replied.stdout.strip() == "[]", replied.stderr
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="terminate() is no polite request on Windows")
def test_the_service_ends_cleanly_and_takes_its_pointer_away(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--port", "0") as served:
        pointer = tmp_path / "home" / "data" / "service.json"
        assert json.loads(pointer.read_text(encoding="utf-8"))["url"] == served.url
        served.process.terminate()
        assert served.process.wait(20) == 0
        assert not pointer.exists()
