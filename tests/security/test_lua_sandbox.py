"""Hostile expressions: every one fails clearly, soon, in bounded memory, and names its path."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import psutil
import pytest

from xlmeso.errors import SimulationError
from xlmeso.model.backtest import BacktestState
from xlmeso.model.strategy import Expression
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.runs import RunJob, run_backtest
from xlmeso.simulator.script.sandbox import Sandbox, ScriptLimitError

PATH = ("Exit", "Conditions", 0)
SECONDS = 2.0
MEGABYTES = 150

ENDLESS = {
    "loop": "(function() while true do end end)()",
    "repeat": "(function() repeat until false end)()",
    "goto": "(function() ::top:: goto top end)()",
    "for": "(function() for i = 1, math and 1 or 1e18 do end end)()",
    "tail call": "(function() local function f() return f() end return f() end)()",
    "loop over random": "(function() while random() >= 0 do end end)()",
    "empty iterator": "(function() for _ in function() return 1 end do end end)()",
}

GREEDY = {
    "string doubling": "(function() local s = 'x' while true do s = s .. s end end)()",
    "table": "(function() local t = {} for i = 1, 1e9 do t[i] = i end end)()",
    "nested tables": "(function() local t = {} while true do t = {t, t} end end)()",
    "closures": (
        "(function() local t = {} for i = 1, 1e9 do t[i] = function() return i end end end)()"
    ),
    "recursion": "(function() local function f(n) return 1 + f(n + 1) end return f(1) end)()",
    "big pieces": "(function() local s = '"
    + "x" * 1_000_000
    + "' for i = 1, 1e9 do local t = s .. i end end)()",
    "bigger pieces": "(function() local s = '"
    + "x" * 1_000_000
    + "' s = s .. s .. s for i = 1, 1e9 do local t = s .. i end end)()",
    "concatenation": "(function() local s = '"
    + "x" * 1000
    + "' for i = 1, 1e9 do s = s .. i end end)()",
}

OUT_OF_REACH = [
    "os.execute('id')",
    "os.exit()",
    "io.open('/etc/passwd')",
    "io.popen('id')",
    "require('os')",
    "package.loadlib('x', 'y')",
    "load('return 1')()",
    "loadstring('return 1')()",
    "loadfile('x')()",
    "dofile('x')",
    "debug.sethook()",
    "debug.getregistry()",
    "getmetatable('').__index",
    "setmetatable({}, {})",
    "rawset({}, 1, 1)",
    "rawget({}, 1)",
    "coroutine.wrap(function() end)()",
    "pcall(error)",
    "xpcall(error, error)",
    "collectgarbage('stop')",
    "python.eval('1')",
    "python.builtins.open('x')",
    "print(1)",
    "error('x')",
    "tostring(1)",
    "string.rep('x', 1e9)",
    "('x'):rep(1e9)",
    "('x'):find(('a*'):rep(100))",
    "('x').rep",
    "#('x'):upper()",
    "table.concat({})",
    "utf8.char(1)",
    "math.floor(1)",
    "_G.os",
    "_ENV.os.execute('id')",
    "abs.__class__",
    "abs.x",
    "(function() abs = nil end)()",
    "(function() _ENV = {} return os.x end)()",
    "(function() _ENV.abs = nil end)()",
    "(1).x",
    "(nil).x",
    "(function(...) return ... end).x",
    "'x' + 'y'",
]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


def evaluate(sandbox: Sandbox, text: str) -> None:
    script = sandbox.compile(Expression(text, PATH))
    script(*[None] * len(script.names))


def failure_of(sandbox: Sandbox, text: str) -> tuple[SimulationError, float, float]:
    """Return the error, the seconds it took and the growth of this process in MB."""
    process = psutil.Process()
    before, began = process.memory_info().rss, time.perf_counter()
    with pytest.raises(SimulationError) as caught:
        evaluate(sandbox, text)
    seconds = time.perf_counter() - began
    return caught.value, seconds, (process.memory_info().rss - before) / 1e6


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_stopped(sandbox: Sandbox, text: str) -> None:
    error, seconds, _ = failure_of(sandbox, text)
    assert isinstance(error, ScriptLimitError)
    assert "does not come to an end" in error.message
    assert error.where == "Exit.Conditions[0]"
    assert seconds < SECONDS


@pytest.mark.parametrize("text", GREEDY.values(), ids=GREEDY)
def test_what_wants_too_much_memory_is_stopped(sandbox: Sandbox, text: str) -> None:
    error, seconds, megabytes = failure_of(sandbox, text)
    assert error.where == "Exit.Conditions[0]"
    assert len(str(error)) < 400
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


@pytest.mark.parametrize("text", OUT_OF_REACH)
def test_nothing_outside_can_be_reached(sandbox: Sandbox, text: str) -> None:
    error, seconds, megabytes = failure_of(sandbox, text)
    assert error.where == "Exit.Conditions[0]"
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_memory_that_was_dropped_can_be_used_again(sandbox: Sandbox) -> None:
    for text in GREEDY.values():
        failure_of(sandbox, text)
    assert sandbox.compile(Expression("1 + 1", PATH))() == 2


def test_budget_is_per_call_not_per_run(sandbox: Sandbox) -> None:
    # 40,000 instructions a call, far more than the budget over all calls.
    text = "(function() local n = 0 for i = 1, 10000 do n = n + i end return n end)()"
    script = sandbox.compile(Expression(text, PATH))
    assert {script() for _ in range(200)} == {50005000}


def test_stopped_call_does_not_spoil_the_next(sandbox: Sandbox) -> None:
    bomb = sandbox.compile(Expression(ENDLESS["loop"], PATH))
    for _ in range(3):
        with pytest.raises(ScriptLimitError):
            bomb()
        assert sandbox.compile(Expression("max(1, 2)", PATH))() == 2


@pytest.mark.parametrize("last", ["return {}", "return 'x' .. #t", "return nil + 1", "return t"])
def test_full_memory_never_ends_the_process(last: str) -> None:
    # Lua stops the whole process when memory runs out outside of a protected call, as while a
    # table is kept for Python.  So leave with ever so little memory left, in many amounts.
    small = Sandbox(max_memory=60_000)
    script = small.compile(
        Expression(
            f"(function() local t = {{}} for i = 1, n do t[i] = {{}} end {last} end)()", PATH
        )
    )
    limited = 0
    for size in range(0, 1500):
        with pytest.raises(SimulationError) as caught:
            script(*[size if name == "n" else None for name in script.names])
        limited += isinstance(caught.value, ScriptLimitError)
    assert 0 < limited < 1500
    _, seconds, _ = failure_of(small, "'" + "x" * 1_000_000 + "'")
    assert seconds < SECONDS


def test_nothing_can_be_kept_from_call_to_call(sandbox: Sandbox) -> None:
    # Assigning to the environment only changes a local of that call.
    keep = sandbox.compile(Expression("(function() _ENV = {kept = 7} return kept end)()", PATH))
    look = sandbox.compile(Expression("kept == nil and _ENV == nil", PATH))
    assert keep(*[None] * len(keep.names)) in (7, None)
    assert look(*[None] * len(look.names)) is True


def test_huge_texts_end_soon(sandbox: Sandbox) -> None:
    for text in ("{" * 100_000, "'" + "x" * 1_900_000 + "'", "a" * 1_000_000 + "+ 1", "(" * 10_000):
        _, seconds, _ = failure_of(sandbox, text)
        assert seconds < SECONDS
    began = time.perf_counter()
    assert sandbox.compile(Expression("1" + " + 1" * 300_000, PATH))() == 300_001
    assert time.perf_counter() - began < SECONDS


def definition(condition: str) -> str:
    daily = {"BeforeMarketCloseMinutes": 30, "Every": "day"}
    return json.dumps(
        {
            "StrategyName": "hostile",
            "Symbol": "SPX",
            "Backtest": {
                "Name": "hostile",
                "Start": "2019-01-02T00:00:00",
                "End": "2019-01-31T00:00:00",
                "Cash": 10000,
            },
            "Structure": {
                "Expirations": [{"Name": "exp", "DTE": "30"}],
                "Legs": [
                    {
                        "Name": "put",
                        "Qty": "-1",
                        "OptionType": "Put",
                        "ExpirationName": "exp",
                        "StrikeSelector": {"Delta": "10"},
                    }
                ],
            },
            "Entry": {"Schedule": daily, "ReentryDays": 1},
            "Exit": {"Schedule": daily, "Conditions": [condition]},
        }
    )


@pytest.mark.parametrize(
    "condition",
    [
        "while true do end",
        ENDLESS["loop"],
        GREEDY["string doubling"],
        "os.exit()",
        "io.open('x')",
        "require('os')",
        "load('x')",
        "getmetatable('')",
        "('x'):rep(1e9)",
    ],
)
def test_run_with_a_hostile_expression_fails_with_its_path(condition: str, tmp_path: Path) -> None:
    job = RunJob("id", definition("pos_pnl > 1e9"), HistorySource("synthetic"), 0, tmp_path)
    assert run_backtest(job).state is BacktestState.FINISHED  # warm: the market is loaded
    bad = RunJob("id", definition(condition), HistorySource("synthetic"), 0, tmp_path)
    began = time.perf_counter()
    outcome = run_backtest(bad)
    assert time.perf_counter() - began < SECONDS
    assert outcome.state is BacktestState.FAILED
    assert outcome.failure_reason is not None
    assert outcome.failure_reason.startswith("Exit.Conditions[0]: ")
    with gzip.open(tmp_path / "events.json.gz", "rt", encoding="utf-8") as file:
        last = json.load(file)[-1]
    assert (last["EventType"], last["Message"]) == ("Failed", outcome.failure_reason)
