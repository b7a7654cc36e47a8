"""The client against saved request/reply pairs.

Each file in ``pairs/`` is one exchange with the service as the reference describes it: what the
client is asked to do (``call``), the request that must go out, the reply, and what must come back
(``result``) or be raised (``error``).  Files are written by hand from the reference, not recorded.
In a result, exact numbers and JSON numbers are written as texts, times in ISO 8601.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import responses

from xlmeso.api import Client, RetryPolicy
from xlmeso.api.resource import Resource
from xlmeso.errors import XlmesoError
from xlmeso.model import document
from xlmeso.model.backtest import DeleteMode
from xlmeso.model.document import JsonNumber
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire.outbound import Route

HERE = Path(__file__).parent
PAIRS = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted((HERE / "pairs").iterdir())
}
ORIGIN = "https://portal.example.com"
TESTED_ELSEWHERE = {"backtests.wait": HERE.parent / "unit" / "api" / "test_api_backtests.py"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def body_of(reply: Mapping[str, Any]) -> bytes:
    if "json" in reply:
        return json.dumps(reply["json"]).encode()
    return base64.b64decode(reply["base64"]) if "base64" in reply else reply["text"].encode()


def plain(value: Any) -> Any:
    """Turn what the client returned into JSON data."""
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, enum.Enum) else value
    match value:
        case JsonNumber() | Decimal():
            return str(value)
        case dt.date():
            return value.isoformat()
        case bytes():
            return value.decode()
        case Path():
            return file_content(value)
        case StrategyDefinition():
            return plain(value.document)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    return [plain(item) for item in value]


def file_content(path: Path) -> Any:
    content = path.read_bytes()
    return (
        {"base64": base64.b64encode(content).decode()}
        if content.startswith(b"PK")
        else content.decode()
    )


def argument(method: str, value: Any, folder: Path) -> Any:
    if value == "<file>":
        return folder / "download"
    if method == "backtests.create_from_bytes":
        return value.encode()
    if isinstance(value, dict):
        return StrategyDefinition.from_python(value)
    return DeleteMode(value) if value in tuple(DeleteMode) else value


def perform(client: Client, call: Mapping[str, Any], folder: Path) -> Any:
    """Do what a pair asks for and read a lazy result to its end."""
    method = call["method"]
    resource, name = method.split(".")
    args = [argument(method, value, folder) for value in call["args"]]
    kwargs = {
        key: dt.datetime.fromisoformat(value) if key in ("start", "end") else value
        for key, value in call["kwargs"].items()
    }
    return plain(getattr(getattr(client, resource), name)(*args, **kwargs))


@pytest.mark.parametrize("name", PAIRS)
def test_client_satisfies_the_pair(
    name: str, mocked: responses.RequestsMock, tmp_path: Path
) -> None:
    pair = PAIRS[name]
    wanted, reply = pair["request"], pair["reply"]
    mocked.add(
        wanted["method"],
        ORIGIN + wanted["path"],
        body=body_of(reply),
        status=reply["status"],
        headers=reply["headers"],
    )
    policy = RetryPolicy(attempts=1)
    with Client(ORIGIN, "contract-test-key", contract=pair["contract"], retry=policy) as client:
        if "error" in pair:
            with pytest.raises(XlmesoError) as caught:
                perform(client, pair["call"], tmp_path)
            check_error(caught.value, pair["error"])
        else:
            assert perform(client, pair["call"], tmp_path) == pair["result"]
    check_request(mocked.calls[0].request, wanted)


def check_error(error: XlmesoError, wanted: Mapping[str, Any]) -> None:
    assert type(error).__name__ == wanted["class"]
    assert wanted["text"] in str(error)
    for name, value in wanted["attributes"].items():
        assert getattr(error, name) == value


def check_request(sent: Any, wanted: Mapping[str, Any]) -> None:
    parts = urlsplit(sent.url)
    assert (sent.method, parts.path) == (wanted["method"], wanted["path"])
    assert dict(parse_qsl(parts.query)) == wanted["query"]
    assert sent.headers["Authorization"] == "Bearer contract-test-key"
    if "body" in wanted:
        # Order and spelling count as well.
        assert sent.body.decode() == json.dumps(wanted["body"], separators=(",", ":"))
    else:
        assert sent.body is None


def public_methods() -> set[str]:
    """Name every public method of every resource of a client."""
    with Client(ORIGIN, "contract-test-key") as client:
        resources = {
            name: value for name, value in vars(client).items() if isinstance(value, Resource)
        }
        return {
            f"{name}.{method}"
            for name, resource in resources.items()
            for method, _ in inspect.getmembers(resource, inspect.ismethod)
            if not method.startswith("_")
        }


def test_every_public_method_of_every_resource_is_tested() -> None:
    in_pairs = {pair["call"]["method"] for pair in PAIRS.values()}
    assert public_methods() == in_pairs | set(TESTED_ELSEWHERE)
    for method, file in TESTED_ELSEWHERE.items():
        assert f"client.{method}(" in file.read_text("utf-8")


def test_every_route_has_a_pair() -> None:
    seen = {(pair["request"]["method"], pair["request"]["path"]) for pair in PAIRS.values()}
    assert len(seen) == len(Route)


def test_pairs_say_where_they_come_from_and_hold_a_plain_id() -> None:
    for pair in PAIRS.values():
        assert pair["source"].split()[0] in ("mesosim.md", "backtest-api.txt")
        assert pair["about"]
        assert unquote(pair["request"]["path"]) == pair["request"]["path"]
        assert ("result" in pair) is not ("error" in pair)


def test_numbers_of_raw_documents_keep_their_spelling(mocked: responses.RequestsMock) -> None:
    body = '{"StratSharpe":2.50,"StratCumRet":1E2,"X":160}'
    mocked.add("GET", f"{ORIGIN}/api/v1/backtest/b1/analytics", body=body)
    with Client(ORIGIN, "contract-test-key") as client:
        assert document.dumps(client.analytics.get_raw("b1")) == body
