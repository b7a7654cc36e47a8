from __future__ import annotations

import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest

from xlmeso.model.templates import load_template
from xlmeso.report.books import write_workbook
from xlmeso.sheets.results import plan_analytics, plan_events, plan_nav, plan_runs
from xlmeso.sheets.strategy import plan_strategy

STYLES = {"MesoInput", "MesoCalc", "MesoLink", "MesoHead", "MesoPct", "MesoMoney"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, sample: ModuleType) -> Path:
    times, nav, price = sample.series(300)
    plans = [
        plan_strategy(load_template("iron-condor")),
        plan_runs([sample.RUN]),
        plan_analytics(sample.ANALYTICS, sample.RUN),
        plan_nav(times, nav, sample.RUN, benchmark=price, benchmark_name="SPX"),
        *plan_events(sample.events(), sample.RUN),
    ]
    return write_workbook(tmp_path_factory.mktemp("render") / "all.xlsx", plans)


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def test_sheets_come_in_the_order_of_the_plans(book: Any) -> None:
    assert book.sheetnames == ["Strategy", "Runs", "Analytics", "NAV", "Events"]


def test_named_styles_are_there_and_inputs_are_blue(book: Any) -> None:
    assert set(book.named_styles) >= STYLES
    cell = book["Strategy"]["B6"]
    assert cell.style == "MesoInput"
    assert cell.font.color.rgb.endswith("0000FF")


def test_tables_are_real_tables_with_their_headings(book: Any) -> None:
    legs = book["Strategy"].tables["meso_legs"]
    assert [column.name for column in legs.tableColumns][:6] == [
        "Name", "Qty", "Type", "Expiration", "Selector", "Value",
    ]  # fmt: skip
    first = book["Strategy"][legs.ref][0]
    assert [cell.value for cell in first][:3] == ["Name", "Qty", "Type"]
    assert book["Events"].tables["meso_events"].autoFilter.ref.startswith("A9:")


def test_drop_downs_and_input_messages(book: Any) -> None:
    found = book["Strategy"].data_validations.dataValidation
    lists = {validation.formula1 for validation in found if validation.type == "list"}
    assert '"Put,Call"' in lists
    assert '"AtMidPrice,AtBidAsk"' in lists
    expirations = book["Strategy"].tables["meso_expirations"].ref
    first, last = (int(corner.strip("ABCDEFG")) for corner in expirations.split(":"))
    assert f"$A${first + 1}:$A${last}" in lists
    assert all(not validation.showErrorMessage for validation in found)
    assert any("Lua" in (v.prompt or "") or "days" in (v.prompt or "") for v in found)


def test_views_freeze_headings_and_print_wide(book: Any) -> None:
    assert book["Analytics"].freeze_panes == "B10"
    assert book["Events"].freeze_panes == "C10"
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert book["Analytics"].print_title_rows == "$9:$9"
    assert "MODELLED" in book["NAV"].oddFooter.left.text


def test_number_formats_are_the_units(book: Any) -> None:
    sheet = book["Analytics"]
    rows = {row[7].value: row for row in sheet.iter_rows(min_row=10)}
    assert rows["StratCagrPct"][1].number_format == '0.00"%"'
    assert rows["StartPeriod"][1].number_format == "yyyy-mm-dd"
    assert book["NAV"]["D10"].number_format == "0.00%"
    assert book["Events"]["A10"].number_format == "yyyy-mm-dd hh:mm:ss"


def test_message_that_looks_like_a_formula_is_text(book: Any) -> None:
    messages = {cell.value: cell for cell in book["Events"]["D"]}
    assert messages['=HYPERLINK("x")'].data_type == "s"


def test_links_lead_to_sheets_of_the_book(book: Any) -> None:
    links = [c.hyperlink for row in book["Runs"].iter_rows() for c in row if c.hyperlink]
    assert [link.location for link in links] == [
        "'Strategy'!A1", "'Analytics'!A1", "'NAV'!A1", "'Events'!A1",
    ]  # fmt: skip


def test_charts_are_native_with_axes_titles_and_names(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        charts = [package.read(n).decode() for n in package.namelist() if "charts/chart" in n]
        (drawing,) = (package.read(n).decode() for n in package.namelist() if "drawing1.xml" in n
                      and "rels" not in n)  # fmt: skip
    assert len(charts) == 2
    equity = next(chart for chart in charts if "lineChart" in chart)
    assert "<c:dateAx>" in equity.replace("<dateAx>", "<c:dateAx>")
    for chart in charts:
        assert 'delete val="0"' in chart
        assert 'delete val="1"' not in chart
        assert "'NAV'!$A$10" in chart
    assert 'name="meso_nav_equity"' in drawing
    assert 'descr="Line chart of the daily NAV' in drawing
    assert 'name="meso_nav_drawdown"' in drawing


def test_numbers_kept_as_text_raise_no_warnings_in_the_strategy_sheet(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        strategy = package.read("xl/worksheets/sheet1.xml").decode()
        runs = package.read("xl/worksheets/sheet2.xml").decode()
    assert 'numberStoredAsText="1"' in strategy
    assert strategy.index("<ignoredErrors>") < strategy.index("<tableParts")
    assert "ignoredErrors" not in runs
