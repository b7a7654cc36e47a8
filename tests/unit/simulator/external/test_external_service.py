"""External data from the submission to the ZIP: over HTTP, with the real simulation."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service_helpers import Caller, body, make_service

from xlmeso.model.document import to_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.simulator.external.address import ExternalDataError, WebAddress
from xlmeso.simulator.external.source import ExternalSource
from xlmeso.simulator.limits import ServiceLimits
from xlmeso.simulator.server import LocalService

CSV = "Date,signal,level\n2021-02-01,0,3\n2021-02-10,1,4\n2021-02-20,0,5\n"
URL = "https://gist.githubusercontent.com/me/1/raw/signal.csv"


class Gists:
    """Stands in for the network: texts by address, and how often each was asked for."""

    def __init__(self, **texts: str) -> None:
        self.texts = {
            f"https://gist.githubusercontent.com/{name}": text for name, text in texts.items()
        }
        self.texts[URL] = CSV
        self.asked: list[str] = []

    def __call__(self, address: WebAddress) -> bytes:
        self.asked.append(address.url)
        if address.url not in self.texts:
            raise ExternalDataError(f"{address.host} answers with status 404.")
        return self.texts[address.url].encode()


def submission(url: str, condition: str, name: str = "external") -> dict[str, Any]:
    document = to_python(load_template("short-put").document)
    document["Backtest"] |= {
        "Name": name,
        "Start": "2021-02-01T00:00:00",
        "End": "2021-02-26T23:59:59",
    }
    document["Entry"]["Conditions"] = [condition]
    document["Exit"]["MaxDaysInTrade"] = 1
    document["ExternalData"] = {"CsvUrl": url}
    return {"StrategyDefinition": document}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    opened = tmp_path_factory.mktemp("csv")
    (opened / "signal.csv").write_text(CSV, "utf-8")
    return opened


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[LocalService]:
    source = ExternalSource(folder, fetch=Gists())
    data = tmp_path_factory.mktemp("data")
    with LocalService(data, workers=1, external=source) as running:
        yield running


@pytest.fixture
def call(service: LocalService) -> Caller:
    return Caller(service.url, service.api_key)


def entries(call: Caller, backtest_id: str) -> list[dict[str, Any]]:
    found = call("GET", f"/backtest/{backtest_id}/events", eventType="EntryTrade").json
    return list(found)


@pytest.mark.parametrize("url", ["signal.csv", "file:signal.csv", URL])
def test_a_signal_opens_the_gate_the_day_after_its_row(call: Caller, url: str) -> None:
    backtest_id = call.submit(submission(url, "signal == 1 -- comment"))
    assert call.until(backtest_id, seconds=60) == "Finished"
    trades = entries(call, backtest_id)
    days = [trade["SimTime"][:10] for trade in trades]
    # The row of the 10th is known on the 11th, that of Saturday the 20th on Monday the 22nd.
    # Out after a day at 15:30, and in again a calendar day later at 15:00; the 15th is a holiday.
    assert days == ["2021-02-11", "2021-02-16", "2021-02-18"]
    assert {trade["Vars"]["level"] for trade in trades} == {4}
    reply = call("GET", f"/backtest/{backtest_id}/external-data")
    assert reply.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert archive.namelist() == ["external_data.csv"]
        assert archive.read("external_data.csv").decode() == CSV
    start = call("GET", f"/backtest/{backtest_id}/events", eventType="Start").json[0]
    assert "External data: 3 rows of signal, level, known from 2021-02-02" in start["Message"]


def test_all_mistakes_of_definition_and_data_come_together(folder: Path, call: Caller) -> None:
    (folder / "bad.csv").write_text("Day,signal\n2021-02-01,x\n", "utf-8")
    sent = submission("bad.csv", "signal > 1")
    sent["StrategyDefinition"]["Exit"]["Conditions"] = ["1 +"]
    reply = call("PUT", "/backtest/new", sent)
    assert (reply.status, reply.json["code"]) == (400, "invalid-definition")
    told = {(found["path"], found["message"]) for found in reply.json["errors"]}
    assert (
        "ExternalData.CsvUrl",
        'First column should be named "Date" or "DateTime", but is named "Day".',
    ) in told
    assert ("ExternalData.CsvUrl", 'Line 2: column signal: "x" is no number.') in told
    assert "Exit.Conditions[0]" in {path for path, _ in told}
    assert len(told) == 3


def test_a_name_that_neither_csv_nor_service_knows_is_a_mistake(call: Caller) -> None:
    reply = call("PUT", "/backtest/new", submission(URL, "sginal > 1"))
    assert reply.json["errors"] == [
        {
            "path": "Entry.Conditions[0]",
            "message": "there is no variable sginal.",
            "suggestion": "Did you mean signal?",
        }
    ]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://169.254.169.254/x.csv", "external data cannot come from 169.254.169.254"),
        ("https://example.com/x.csv", "external data cannot come from example.com"),
        ("http://docs.google.com/x.csv", "the address begins with http:, not with https:"),
        ("https://gist.githubusercontent.com/absent", "answers with status 404"),
        ("file:../secret.csv", "has no file '../secret.csv'"),
    ],
)
def test_addresses_that_are_refused(call: Caller, url: str, message: str) -> None:
    reply = call("PUT", "/backtest/new", submission(url, "nav > 1"))
    assert reply.status == 400
    assert [found["path"] for found in reply.json["errors"]] == ["ExternalData.CsvUrl"]
    assert message in reply.json["errors"][0]["message"]


def test_without_the_operators_leave_no_file_is_read() -> None:
    definition = StrategyDefinition.from_python({"ExternalData": {"CsvUrl": "signal.csv"}})
    (problem,) = ExternalSource().read(definition).problems
    assert "this service reads no files" in problem.message


def test_a_csv_is_fetched_once_in_thirty_seconds() -> None:
    gists, now = Gists(), [100.0]
    source = ExternalSource(fetch=gists, clock=lambda: now[0])
    definition = StrategyDefinition.from_python({"ExternalData": {"CsvUrl": URL}})
    assert source.read(definition).content == CSV.encode()
    gists.texts[URL] = CSV.replace("signal", "other")
    now[0] = 129.9
    assert source.read(definition).content == CSV.encode()
    now[0] = 130.0
    assert b"other" in (source.read(definition).content or b"")
    assert gists.asked == [URL, URL]


def test_failures_are_not_kept_and_few_texts_are(tmp_path: Path) -> None:
    gists = Gists(**{f"n{number}": CSV for number in range(20)})
    source = ExternalSource(fetch=gists, clock=lambda: 0.0)

    def read(name: str) -> Any:
        url = f"https://gist.githubusercontent.com/{name}"
        return source.read(StrategyDefinition.from_python({"ExternalData": {"CsvUrl": url}}))

    for _ in range(2):
        assert read("absent").problems
    for number in range(20):
        read(f"n{number}")
    read("n0")
    read("n19")
    assert gists.asked.count("https://gist.githubusercontent.com/absent") == 2
    assert gists.asked.count("https://gist.githubusercontent.com/n0") == 2
    assert gists.asked.count("https://gist.githubusercontent.com/n19") == 1


def external_body(**script: Any) -> dict[str, Any]:
    made = body(**script)
    made["StrategyDefinition"]["ExternalData"] = {"CsvUrl": URL}
    return made


def test_what_was_accepted_is_kept_for_every_attempt_and_what_was_not_leaves_nothing(
    tmp_path: Path,
) -> None:
    source = ExternalSource(fetch=Gists())
    with make_service(tmp_path, external=source, limits=ServiceLimits(in_flight=1)) as service:
        call = Caller(service.url, service.api_key)
        log = str(tmp_path / "log")
        backtest_id = call.submit(external_body(do="die", times=1, log=log, IdempotencyKey="k"))
        refused = call("PUT", "/backtest/new", external_body())
        assert refused.status == 429
        assert len(list((tmp_path / "artifacts").iterdir())) == 1
        assert call.until(backtest_id, seconds=60) == "Finished"
        home = next((tmp_path / "artifacts").iterdir())
        assert (home / "external.csv").read_text("utf-8") == CSV
        call("DELETE", f"/backtest/{backtest_id}", deleteMode="Full")
        assert list((tmp_path / "artifacts").iterdir()) == []
