"""A call's way from LibreOffice's Python to ours and back."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from xlmeso.addin.libreoffice import bridge, worker

LEFT_OUT = {"missing": True}


def see(first: Any, second: Any = None, headers: Any = None) -> Any:
    return repr([first, second, headers])


def table(value: Any) -> Any:
    return (("a", None), (True, value[0][0]))


def nan(_value: Any) -> Any:
    return float("nan")


def fail(value: Any) -> Any:
    raise ValueError(f"key-of-the-account {value}")


FUNCTIONS = {"SEE": see, "TABLE": table, "NAN": nan, "FAIL": fail}


def ask(function: str, *arguments: Any) -> Any:
    sink = io.BytesIO()
    question = {"function": function, "arguments": arguments}
    worker.serve(FUNCTIONS, io.BytesIO(json.dumps(question).encode() + b"\n"), sink)
    return json.loads(sink.getvalue())["value"]


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ([1.5], [[[1.5]], None, None]),
        (["text", LEFT_OUT, LEFT_OUT], [[["text"]], None, None]),
        ([[["a", ""], [1, 2]]], [[["a", None], [1, 2]], None, None]),
        (["x", LEFT_OUT, 1.0], [[["x"]], None, [[True]]]),
        (["", "x"], [[[None]], [["x"]], None]),
        ([0, 0, 0], [[[0]], None, [[False]]]),  # F(0;;FALSE): 0 is left out, but FALSE for a switch
    ],
)
def test_functions_get_rows_of_cells(given: list[Any], received: list[Any]) -> None:
    assert ask("SEE", *given) == repr(received)


def test_a_broken_function_shows_a_fixed_text_only() -> None:
    assert ask("FAIL", 1) == "#MESO! Failed: run xlmeso doctor"
    assert ask("UNKNOWN", 1) == "#MESO! Failed: run xlmeso doctor"


def test_a_table_comes_as_rows_and_a_number_that_is_none_does_not_break_the_line() -> None:
    assert ask("TABLE", 1.5) == [["a", None], [True, 1.5]]
    assert ask("NAN", 1) == "#MESO! Failed: run xlmeso doctor"


def test_basic_gets_tables_as_rows_and_gives_the_mark() -> None:
    assert bridge.decode([["a", None], [1, True]]) == (("a", ""), (1, True))
    assert bridge.encode((("a", 1.0), (None, bridge.MISSING))) == [["a", 1.0], [None, LEFT_OUT]]


def program(tmp_path: Path, text: str) -> bridge.Worker:
    path = tmp_path / "helper.py"
    path.write_text(text, encoding="utf-8")
    return bridge.Worker([sys.executable, "-S", str(path)])


ECHO = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    if question["function"] == "END":
        break
    print(json.dumps({"value": question["arguments"]}), flush=True)
"""


def test_the_helper_is_kept_and_started_again_when_it_has_ended(tmp_path: Path) -> None:
    helper = program(tmp_path, ECHO)
    try:
        assert helper.ask({"function": "X", "arguments": [1, "ä€"]}) == [1, "ä€"]
        first = helper._process.pid
        assert helper.ask({"function": "X", "arguments": [2]}) == [2]
        assert helper._process.pid == first
        helper._process.kill()
        helper._process.wait()
        assert helper.ask({"function": "X", "arguments": [3]}) == [3]
    finally:
        helper.stop()


def test_a_helper_that_ends_is_not_started_for_every_cell(tmp_path: Path) -> None:
    helper = program(tmp_path, ECHO)
    try:
        assert helper.ask({"function": "END", "arguments": []}) == bridge.NOT_STARTED
        began = time.monotonic()
        answers = {helper.ask({"function": "X", "arguments": []}) for _ in range(1000)}
        assert answers == {bridge.NOT_STARTED}
        assert time.monotonic() - began < 0.5  # a thousand starts would take far longer
    finally:
        helper.stop()


def test_a_missing_interpreter_gives_a_text(tmp_path: Path) -> None:
    helper = bridge.Worker([str(tmp_path / "no-python")])
    assert helper.ask({"function": "X", "arguments": []}) == bridge.NOT_STARTED


def test_a_helper_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "ANSWER_SECONDS", 0.1)
    helper = program(tmp_path, "import sys\nsys.stdin.read()\n")
    assert helper.ask({"function": "X", "arguments": []}) == bridge.NO_ANSWER
    assert helper._process is None


def test_the_helper_does_not_get_the_offices_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "office")
    monkeypatch.setenv("PYTHONPATH", "office")
    assert not {"PYTHONHOME", "PYTHONPATH"} & set(bridge.own_environment())
