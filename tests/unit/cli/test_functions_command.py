"""``xlmeso functions`` and the reference made of the declarations."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from click.testing import CliRunner

import xlmeso
from xlmeso.cli.main import cli
from xlmeso.errors import XlmesoError
from xlmeso.excel import boundary
from xlmeso.excel.function_reference import as_markdown, error_texts

DESIGN = {
    "MESO_RUN", "MESO_STATUS", "MESO_PROGRESS", "MESO_METRIC", "MESO_ANALYTICS", "MESO_COMPARE",
    "MESO_BACKTESTS", "MESO_EVENTS", "MESO_NAV", "MESO_TRADES", "MESO_DRAWDOWNS", "MESO_MONTHLY",
    "MESO_STRATEGY", "MESO_VALIDATE", "MESO_METRICS", "MESO_VERSION", "MESO_ERROR", "MESO_USAGE",
}  # fmt: skip


def test_json_lists_name_description_arguments_and_category() -> None:
    result = CliRunner().invoke(cli, ["functions", "--json"])
    assert result.exit_code == 0, result.output
    found = {item["name"]: item for item in json.loads(result.stdout)}
    assert set(found) == DESIGN
    metric = found["MESO_METRIC"]
    assert metric["category"] == "MesoSim"
    assert [part["name"] for part in metric["arguments"]] == ["backtest", "metric", "options"]
    assert [part["optional"] for part in metric["arguments"]] == [False, False, True]
    assert all(part["description"] for item in found.values() for part in item["arguments"])


def test_one_function_is_explained_with_its_arguments() -> None:
    result = CliRunner().invoke(cli, ["functions", "nav"])
    assert (
        "MESO_NAV(backtest, [since], [up_to], [frequency], [headers], [options])" in result.output
    )
    assert "    frequency: " in result.output


def test_unknown_function_is_a_mistake_of_the_command_line() -> None:
    assert CliRunner().invoke(cli, ["functions", "nothing"]).exit_code == 2


def test_reference_in_docs_is_current() -> None:
    path = Path(__file__).parents[3] / "docs" / "functions.md"
    assert path.read_text(encoding="utf-8") == as_markdown()


def test_every_text_that_a_cell_may_show_has_its_cure_in_the_reference() -> None:
    for module in pkgutil.walk_packages(xlmeso.__path__, "xlmeso."):
        if not module.name.startswith(("xlmeso.simulator", "xlmeso.__main__")):
            import_module(module.name)
    texts = {kind.cell_text for kind in _kinds(XlmesoError)} | {boundary.UNEXPECTED}
    assert texts == {text for text, _ in error_texts()}


def _kinds(kind: type[XlmesoError]) -> Iterator[type[XlmesoError]]:
    if kind.__module__.startswith("xlmeso."):
        yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)
