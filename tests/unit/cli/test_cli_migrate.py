"""``xlmeso migrate``: the file, the notes, the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from xlmeso.cli.main import cli

OLD: dict[str, Any] = {
    "Name": "old", "Start": "2023-01-01T00:00:00", "End": "2023-12-31T23:59:59",
    "Cash": 10000.0, "TemplateName": "Short put", "Symbol": "SPX",
    "Structure": {
        "Name": "s",
        "Expirations": [{"Name": "main", "DTE": "45", "Min": None, "Max": None, "Roots": None}],
        "Legs": [
            {"Name": "put", "Qty": "-1", "OptionType": "Put", "ExpirationName": "main",
             "StrikeSelector": {"Statement": "underlying_price - 100"}}
        ],
    },
    "Entry": {
        "Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "day"}, "ReentryDays": 1,
    },
    "Exit": {"Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "day"}, "MaxDaysInTrade": "30"},
    "SimSettings": {"FillModel": "AtMidPrice"},
}  # fmt: skip


def call(*arguments: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(cli, ["migrate", *arguments], input=stdin)


def written(tmp_path: Path, document: Any = OLD) -> str:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def test_definition_on_stdout_and_notes_on_stderr(tmp_path: Path) -> None:
    result = call(written(tmp_path))
    assert result.exit_code == 0, result.output
    new = json.loads(result.stdout)
    assert new["Structure"]["Legs"][0]["StrikeSelector"] == {
        "StrikePrice": "underlying_price - 100"
    }
    assert "[AUTO] Backtest.Name: Moved from Name." in result.stderr


def test_a_file_is_written_once_and_replaced_on_demand(tmp_path: Path) -> None:
    out = tmp_path / "new.json"
    assert call(written(tmp_path), "-o", str(out)).exit_code == 0
    assert json.loads(out.read_text("utf-8"))["StrategyName"] == "Short put"
    assert call(written(tmp_path), "-o", str(out)).exit_code != 0
    assert call(written(tmp_path), "-o", str(out), "--force").exit_code == 0


def test_a_workbook_is_written(tmp_path: Path) -> None:
    out = tmp_path / "new.xlsx"
    assert call(written(tmp_path), "--out", str(out)).exit_code == 0
    assert CliRunner().invoke(cli, ["validate", str(out)]).exit_code == 0


def test_what_has_to_be_repaired_is_written_too_and_tells_by_its_exit_code() -> None:
    old = json.dumps(OLD | {"Indicators": {"Standard": {"ema": {"Type": "EMA"}}}})
    result = call("-", stdin=old)
    assert result.exit_code == 3
    assert "Indicators" not in json.loads(result.stdout)
    assert "[ERROR] ExternalData.CsvUrl: Version 3 has no indicators." in result.stderr


def test_one_object_for_scripts() -> None:
    text = json.dumps(OLD).replace("10000.0", "10000.0000")
    result = call("--json", "-", stdin=text)
    found = json.loads(result.stdout)
    assert sorted(found) == ["Notes", "Problems", "StrategyDefinition"]
    assert {"Level": "AUTO", "Path": "Backtest.Cash", "Message": "Moved from Cash.",
            "Advice": None} in found["Notes"]  # fmt: skip
    assert '"Cash":10000.0000' in result.stdout.replace(" ", "")


def test_no_json_is_told() -> None:
    result = call("-", stdin="{")
    assert result.exit_code == 3
    assert "not JSON" in result.stderr


def test_validate_points_to_it(tmp_path: Path) -> None:
    path = written(tmp_path)
    result = CliRunner().invoke(cli, ["validate", path])
    assert result.exit_code == 3
    assert f"'xlmeso migrate {path}' makes version 3 of it" in result.stderr
    new = tmp_path / "new.json"
    assert call(path, "-o", str(new)).exit_code == 0
    assert "migrate" not in CliRunner().invoke(cli, ["validate", str(new)]).output
