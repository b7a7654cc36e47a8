"""``xlmeso sweep`` before anything is sent: what it would run, and mistakes all together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xlmeso.excel.sweep_books import new_sweep_book
from xlmeso.model.templates import load_template


@pytest.fixture
def put(tmp_path: Path) -> str:
    path = tmp_path / "put.json"
    path.write_text(load_template("short-put").to_json(indent=2), encoding="utf-8")
    return str(path)


def planned(run: Any, *arguments: str) -> list[dict[str, Any]]:
    result = run("sweep", *arguments, "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_grid_is_listed_with_one_object_per_line(run: Any, put: str) -> None:
    found = planned(run, put, "--vary", "Legs[short_put].StrikeSelector.Delta=12,16",
                    "--vary", "exit.profittarget=100..200 step 100")  # fmt: skip
    assert [item["Parameters"] for item in found] == [
        {"Legs[short_put].StrikeSelector.Delta": delta, "Exit.ProfitTarget": target}
        for delta in ("12", "16")
        for target in ("100", "200")
    ]
    assert [item["Variant"] for item in found] == [1, 2, 3, 4]
    assert len({item["Name"] for item in found}) == 4


def test_people_see_a_table(run: Any, put: str) -> None:
    result = run("sweep", put, "--vary", "Exit.ProfitTarget=1,2", "--dry-run")
    assert "Exit.ProfitTarget" in result.stdout
    assert "2 variants; nothing was sent." in result.stderr


def test_samples_and_windows(run: Any, put: str) -> None:
    arguments = (put, "--vary", "Exit.ProfitTarget=100..500", "--sample", "lhs:5", "--seed", "7")
    first = planned(run, *arguments)
    assert len(first) == 5
    assert first == planned(run, *arguments)
    walked = planned(run, put, "--walk-forward", "24m:12m")
    assert [item["Window"] for item in walked] == [
        "1 train: 2018-01-01 to 2019-12-31",
        "1 test: 2020-01-01 to 2020-12-31",
        "2 train: 2019-01-01 to 2020-12-31",
        "2 test: 2021-01-01 to 2021-12-31",
    ]


def test_variants_from_a_file_are_combined_with_a_grid(run: Any, put: str, tmp_path: Path) -> None:
    table = tmp_path / "v.csv"
    table.write_text("Exit.ProfitTarget\n200\n400\n", encoding="utf-8")
    found = planned(run, put, "--variants", str(table), "--vary", "Exit.MaxDaysInTrade=10,20")
    assert [list(item["Parameters"].values()) for item in found] == [
        ["200", 10], ["200", 20], ["400", 10], ["400", 20],
    ]  # fmt: skip


def test_all_mistakes_are_told_at_once_with_their_options(run: Any, put: str) -> None:
    result = run("sweep", put, "--vary", "Exit.ProfitTaget=1", "--vary", "Exit.StopLoss=1,,2")
    assert result.exit_code == 3
    assert "--vary Exit.ProfitTaget" in result.output
    assert "Did you mean Exit.ProfitTarget?" in result.output
    assert "--vary Exit.StopLoss" in result.output
    bad = run("sweep", put, "--vary", "Exit.StopLoss=1 +,2", "--vary", "Backtest.Cash=0")
    assert bad.exit_code == 3
    assert "--vary Exit.StopLoss (Exit.StopLoss)" in bad.output
    assert "--vary Backtest.Cash (Backtest.Cash)" in bad.output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 3, "nothing to vary"),
        (("--vary", "Exit.StopLoss"), 2, "has no '='"),
        (("--sample", "lhs:5"), 2, "there are none"),
        (("--vary", "Exit.StopLoss=1..5"), 3, "has no step"),
        (("--vary", "Exit.StopLoss=1", "--metric", "Sharp"), 2, "no figure"),
        (("--vary", "Exit.StopLoss=1", "-o", "out.csv"), 12, "no workbook"),
    ],
)
def test_arguments_that_cannot_be_meant(
    run: Any, put: str, arguments: tuple[str, ...], code: int, says: str
) -> None:
    result = run("sweep", put, *arguments)
    assert result.exit_code == code, result.output
    assert says in result.output


def test_without_a_file_only_resume_makes_sense(run: Any) -> None:
    result = run("sweep")
    assert result.exit_code == 2
    assert "Missing argument" in result.output


def test_a_book_with_a_sweep_sheet_says_itself_what_is_varied(run: Any, tmp_path: Path) -> None:
    import datetime as dt

    from xlmeso.model.sweep.paths import resolve
    from xlmeso.sheets.sweep.summary import SweepOutcome
    from xlmeso.sheets.sweep.write import SweepFill

    definition = load_template("short-put")
    grid = [(resolve("Exit.ProfitTarget", definition), "100, 200")]
    nothing = SweepOutcome("", (), (), "StratSharpe", (), "", dt.datetime.now(dt.UTC))
    path = new_sweep_book(tmp_path / "b.xlsx", definition, SweepFill(grid), nothing)
    found = planned(run, str(path))
    assert [item["Parameters"] for item in found] == [
        {"Exit.ProfitTarget": "100"}, {"Exit.ProfitTarget": "200"},
    ]  # fmt: skip
    wrong = [(resolve("Exit.ProfitTarget", definition), "100, 1 +")]
    new_sweep_book(path, definition, SweepFill(wrong), nothing)
    before = path.read_bytes()
    result = run("sweep", str(path))
    assert result.exit_code == 3
    assert "Sweep!B6 (Exit.ProfitTarget)" in result.output
    assert path.read_bytes() == before
