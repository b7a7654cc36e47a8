"""Pages, tables and prints of a plan."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import hashlib
import json
import math
import re
import stat
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from xlmeso.errors import ConfigurationError, WorkbookError
from xlmeso.report import pdf
from xlmeso.report.html import page, write_page
from xlmeso.report.tables import write_tables
from xlmeso.sheets.book_plan import BookPlan
from xlmeso.sheets.cells import CellError, Formula
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, NotePlan, SeriesPlan, SheetPlan, TablePlan

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
DAYS = [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 3, 15, 30, 0, 250000), None]
TABLE = TablePlan(
    "meso_daily",
    (
        ColumnPlan("Date", DAYS, "yyyy-mm-dd"),
        ColumnPlan("NAV", [Decimal("100000.5"), math.nan, -3], "#,##0.00", align="right"),
        ColumnPlan(EVIL, ["=1+1", EVIL, None], comment="what it is"),
        ColumnPlan("Count", [1, None, 3], "0"),
        ColumnPlan("Mixed", [1, "two", CellError("#N/A")]),
        ColumnPlan("Sum", [Formula("=SUM(A1)", 2.5), Formula("=A1"), True]),
        ColumnPlan("Flag", [True, None, False]),
    ),
    row=9,
)
CHART = ChartPlan(
    "line", "meso_equity", f"Equity {EVIL}", "meso_daily", "Date",
    (SeriesPlan("NAV", "0072B2"),), 9, 9, alt_text=EVIL,
)  # fmt: skip
PLAN = BookPlan(
    (
        SheetPlan(
            "Summary",
            (TABLE,),
            (NotePlan(EVIL, 3, 2, "MesoText"), NotePlan("MODELLED: made", 2, style="MesoWarn")),
            (CHART,),
        ),
    ),
    title=EVIL,
)


def test_nothing_of_a_run_becomes_part_of_the_page() -> None:
    text = page(PLAN, "/* library */")
    assert "<img" not in text
    assert text.count("<script") == text.count("</script>") == 3
    assert "MODELLED: made" in text
    assert re.findall(r'(?:src|href)="(?!#)', text) == []


def test_the_policy_allows_our_two_scripts_and_no_network() -> None:
    text = page(PLAN, "/* library */")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert [f"&#x27;sha256-{one}&#x27;" in policy for one in hashes] == [True, True]
    assert "default-src &#x27;none&#x27;" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_charts_have_the_values_of_their_table() -> None:
    (data,) = re.findall(r'id="figures">(.*?)</script>', page(PLAN, ""), re.DOTALL)
    (figure,) = json.loads(data).values()
    assert figure["data"][0]["x"] == ["2020-01-02T00:00:00", "2020-01-03T15:30:00.250000", None]
    assert figure["data"][0]["y"] == [100000.5, None, -3]


def test_a_page_is_one_file_with_the_library_inside(tmp_path: Path) -> None:
    path = write_page(tmp_path / "report.html", PLAN)
    text = path.read_text(encoding="utf-8")
    assert text.count("</script>") == 3
    assert "plotly.js v" in text
    assert list(tmp_path.iterdir()) == [path]


def test_csv_is_for_spreadsheets_and_executes_nothing(tmp_path: Path) -> None:
    (path,) = write_tables(tmp_path / "new" / "folder", PLAN, "csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfDate,NAV,")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["2020-01-02", "100000.5", "'=1+1", "1", "1", "2.5", "TRUE"]
    assert rows[2] == ["2020-01-03 15:30:00.250000", "", EVIL, "", "two", "", ""]
    assert rows[3] == ["", "-3", "", "3", "", "TRUE", "FALSE"]


def test_parquet_has_types_and_the_texts_as_they_are(tmp_path: Path) -> None:
    (path,) = write_tables(tmp_path, PLAN, "parquet")
    table = pq.read_table(path)
    assert [str(field.type) for field in table.schema] == [
        "timestamp[us]", "double", "string", "int64", "string", "string", "bool",
    ]  # fmt: skip
    assert table.column("Date").to_pylist() == DAYS
    assert table.column("NAV").to_pylist() == [100000.5, None, -3]
    assert table.column(EVIL).to_pylist() == ["=1+1", EVIL, None]
    assert table.column("Mixed").to_pylist() == ["1", "two", None]


def office(tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in LibreOffice's place that does what the code says."""
    program = tmp_path / "soffice"
    program.write_text(f"#!{sys.executable}\nimport sys, os, time, subprocess\n{code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: str(program))


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for a program by a script")
def test_a_program_that_hangs_is_stopped_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = f"subprocess.Popen(['sleep', '60']); open({str(tmp_path / 'up')!r}, 'w')"
    office(tmp_path, f"{child}\ntime.sleep(60)", monkeypatch)
    (tmp_path / "old.pdf").write_bytes(b"old")
    started = time.monotonic()
    with pytest.raises(WorkbookError, match=r"did not finish within 2 seconds"):
        pdf.print_pdf(tmp_path / "book.xlsx", tmp_path / "old.pdf", timeout=2)
    assert time.monotonic() - started < 20
    assert (tmp_path / "up").exists()
    assert (tmp_path / "old.pdf").read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for a program by a script")
def test_a_program_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office(tmp_path, "print('no filter'); sys.exit(1)", monkeypatch)
    with pytest.raises(WorkbookError, match="made no PDF: no filter"):
        pdf.print_pdf(tmp_path / "book.xlsx", tmp_path / "new.pdf")
    assert not (tmp_path / "new.pdf").exists()


def test_without_libreoffice_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: None)
    monkeypatch.setattr(pdf, "_PLACES", ())
    with pytest.raises(ConfigurationError, match=r"make an \.xlsx or \.html report"):
        pdf.find_libreoffice()


@pytest.mark.parametrize(
    ("library", "write"),
    [
        ("plotly", lambda folder: write_page(folder / "a.html", PLAN)),
        ("pyarrow", lambda folder: write_tables(folder, PLAN, "parquet")),
    ],
)
def test_a_library_that_is_not_installed_is_named(
    library: str, write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigurationError, match="pip install xlmeso"):
        write(tmp_path)
