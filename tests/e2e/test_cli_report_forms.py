"""``xlmeso report`` in every form, of a real run; the files before judges that are not ours."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table, TableColumn
from python_calamine import CalamineWorkbook

from xlmeso.cli.main import cli

pytestmark = pytest.mark.slow

SHEETS = [
    "Summary", "Equity", "Monthly", "Trades", "Exits", "Events", "NAV", "Margin", "Strategy",
    "Glossary",
]  # fmt: skip
HOSTILE = '=HYPERLINK("http://x","y") 😀 שלום'


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def done(*arguments: str | Path) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the id of a finished run whose name and message are as bad as can be."""
    monkeypatch.chdir(tmp_path)
    assert call("new", "s.json", "--template", "short-put").exit_code == 0
    document = json.loads(Path("s.json").read_text(encoding="utf-8"))
    document["Backtest"] |= {
        "Name": HOSTILE,
        "Start": "2021-01-04T00:00:00",
        "End": "2021-03-05T00:00:00",
    }
    Path("s.json").write_text(json.dumps(document), encoding="utf-8")
    return str(done("run", "s.json")["BacktestId"])


def audit(path: Path) -> list[str]:
    """Return what openxml-audit finds; that Excel will share inline texts on saving is no fault."""
    command = [sys.executable, "-m", "openxml_audit", "-f", "microsoft365", "-o", "json", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return [
        f"{item['part_uri']}: {item['description']}"
        for item in json.loads(result.stdout)[0]["errors"]
        if "inline-string" not in item["description"]
    ]


def chart_references(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as package:
        charts = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
        assert charts
        return [
            reference
            for name in charts
            for reference in re.findall(r"<(?:c:)?f>(.*?)</", package.read(name).decode())
        ]


def test_the_workbook_before_independent_judges(run: str, tmp_path: Path) -> None:
    done("report", run)
    path = tmp_path / "report.xlsx"
    assert audit(path) == []
    with zipfile.ZipFile(path) as package:
        assert not [name for name in package.namelist() if "externalLink" in name]
    judge = CalamineWorkbook.from_path(str(path))
    assert judge.sheet_names == SHEETS
    book = openpyxl.load_workbook(path)
    for reference in chart_references(path):
        sheet, area = reference.replace("$", "").rsplit("!", 1)
        found = book[sheet.strip("'").replace("''", "'")][area]
        cells = [cell for row in found for cell in row] if isinstance(found, tuple) else [found]
        assert any(cell.value is not None for cell in cells), reference
    nav = judge.get_sheet_by_name("NAV")
    assert nav.height == book["NAV"].max_row
    assert nav.height > 2_000, "the rows were streamed"
    title = book["Summary"]["A1"]
    assert HOSTILE in title.value
    assert title.data_type == "s"


def test_page_tables_and_a_book_of_ones_own(run: str, tmp_path: Path) -> None:
    assert done("report", run, "-o", "run.html")["Files"] == ["run.html"]
    text = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert HOSTILE.replace('"', "&quot;") in text
    assert "MODELLED" in text
    done("report", run, "--format", "csv", "-o", "tables")
    done("report", run, "--format", "parquet")
    with (tmp_path / "tables" / "events.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "report-parquet" / "events.parquet")
    assert table.num_rows == len(rows) > 10
    assert table.column("EventType").to_pylist() == [row["EventType"] for row in rows]

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Ours"
    for name, place in (("meso_run_name", "Ours!$A$1"), ("meso_StratTradeCnt", "Ours!$A$2"),
                        ("meso_notice", "Ours!$A$3")):  # fmt: skip
        book.defined_names[name] = DefinedName(name, attr_text=place)
    sheet["B10"], sheet["C10"] = "EventType", "NAV"
    events = Table(displayName="meso_events", name="meso_events", ref="B10:C11")
    events.tableColumns = [TableColumn(id=1, name="EventType"), TableColumn(id=2, name="NAV")]
    sheet.add_table(events)
    book.save(tmp_path / "ours.xlsx")
    done("report", run, "--template", "ours.xlsx", "-o", "filled.xlsx")
    filled = openpyxl.load_workbook(tmp_path / "filled.xlsx")["Ours"]
    assert filled["A1"].value == HOSTILE
    assert filled["A1"].data_type == "s"
    assert filled["A3"].value.startswith("MODELLED")
    assert filled["A2"].value == done("analytics", run)["StratTradeCnt"]
    assert [row[0] for row in filled.iter_rows(min_row=11, min_col=2, values_only=True)] == [
        row["EventType"] for row in rows
    ]


def test_each_night_what_is_new(run: str, tmp_path: Path) -> None:
    first = done("report", "--since", "last", "-o", "reports")
    assert list(first["Reports"]) == [run]
    assert first["Failed"] == {}
    assert (tmp_path / first["Reports"][run]).is_file()
    assert done("report", "--since", "last", "-o", "reports")["Reports"] == {}
    assert done("report", "--since", "2020-01-01", "-o", "reports")["Reports"] == {}


@pytest.mark.libreoffice
def test_a_pdf_by_libreoffice(run: str, tmp_path: Path) -> None:
    done("report", run, "-o", "run.pdf")
    content = (tmp_path / "run.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type/Page") + content.count(b"/Type /Page") > 5


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["report"], 2, "Name a run"),
        (["report", "x", "--since", "last"], 2, "take neither runs"),
        (["report", "x", "-o", "a.xlsx", "--format", "pdf"], 12, "end in .pdf"),
        (["report", "x", "-o", "a.pdf", "--template", "t.xlsx"], 12, "gives a workbook"),
        (["report", "--since", "yesterday"], 2, "is no time"),
        (["report", "x", "--format", "csv", "-o", "t.xlsx"], 12, "Name a folder"),
    ],
)
def test_contradictions_are_told_before_anything_is_fetched(
    arguments: list[str], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    openpyxl.Workbook().save("t.xlsx")
    result = call(*arguments)
    assert result.exit_code == code, result.stderr
    assert message in result.stderr
