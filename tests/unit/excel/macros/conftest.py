"""Macros on the headless engine against the real local service on loopback."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from xlmeso.api import Client
from xlmeso.app.formulas.session import Session, use_session
from xlmeso.excel import macros
from xlmeso.excel.books import new_strategy_book
from xlmeso.excel.dialogs import answered_by
from xlmeso.excel.headless import install
from xlmeso.model.backtest import DeleteMode
from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.simulator.server import LocalService


def stored(value: Any) -> Any:
    """Return what a cell stores in a form that can be compared."""
    return (value.ref, value.text) if hasattr(value, "ref") else value


@dataclass
class Script:
    """Dialogs that answer what a test lays out, in turn, and keep what was said."""

    answers: list[Any] = field(default_factory=list)
    secret: str | None = None
    files: list[Path | None] = field(default_factory=list)
    told: list[tuple[str, str, bool]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def tell(self, title: str, text: str, *, critical: bool = False) -> None:
        self.told.append((title, text, critical))

    def confirm(self, title: str, text: str) -> bool:
        self.asked.append(text)
        return bool(self.answers.pop(0))

    def ask(self, title: str, text: str, default: str = "") -> str | None:
        self.asked.append(text)
        answer = self.answers.pop(0)
        return default if answer is ... else answer

    def ask_secret(self, title: str, text: str) -> str | None:
        self.asked.append(text)
        return self.secret

    def open_file(self, title: str, ending: str) -> Path | None:
        return self.files.pop(0)

    def save_file(self, title: str, name: str) -> Path | None:
        self.asked.append(name)
        return self.files.pop(0)

    @property
    def text(self) -> str:
        """Return the one message that was shown, and forget it."""
        assert len(self.told) == 1, self.told
        return self.told.pop()[1]


@dataclass
class Desk:
    """A book open in an app without a screen, and the person in front of it."""

    book: xw.Book
    path: Path
    person: Script

    def press(self, name: str, *answers: Any) -> str:
        """Press a button and return the one message that it showed."""
        self.person.answers[:] = answers
        getattr(macros, name)()
        assert self.person.answers == [], "the macro asked less than expected"
        return self.person.text

    def press_quietly(self, name: str, *answers: Any) -> None:
        """Press a button that shows no message."""
        self.person.answers[:] = answers
        getattr(macros, name)()
        assert self.person.answers == []
        assert self.person.told == []

    def select(self, sheet: str, address: str) -> None:
        """Select cells, which brings their sheet to the front."""
        found = self.book.sheets[sheet]
        found.impl.activate()
        self.book.app.impl.selection = found.range(address).impl

    def rows(self, sheet: str, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table by heading."""
        area = self.book.sheets[sheet].tables[table].range
        headings, *rows = area.options(ndim=2, err_to_str=True).value
        return [dict(zip(headings, row, strict=True)) for row in rows]

    def runs(self) -> list[dict[str, Any]]:
        """Return the rows of the sheet Runs."""
        return self.rows("Runs", "meso_runs")

    def cell_of(self, table: str, row: int, heading: str, sheet: str = "Strategy") -> xw.Range:
        """Return the cell below a heading in a data row (from 0) of a table."""
        found = self.book.sheets[sheet].tables[table]
        headings = found.header_row_range.options(ndim=1).value
        return found.data_body_range[row, headings.index(heading)]

    def contents(self) -> dict[str, dict[str, Any]]:
        """Return everything that stands in the cells of all sheets, formulas as text."""
        return {
            sheet.title: {
                cell.coordinate: (stored(cell.value), cell.data_type, cell.number_format)
                for row in sheet.iter_rows()
                for cell in row
                if cell.value is not None
            }
            for sheet in self.book.api.worksheets
        }


def short_definition(template: str = "short-put", name: str = "Desk run") -> StrategyDefinition:
    """Make a template run over a few weeks only."""
    document = load_template(template).document
    document["Backtest"].update(
        from_python({"Name": name, "Start": "2018-01-02T00:00:00", "End": "2018-02-15T23:59:59"})
    )
    return StrategyDefinition(document)


@contextlib.contextmanager
def desks(folder: Path) -> Iterator[Callable[[Path | None], Desk]]:
    """Open books, new ones with a strategy if none is named, and let macros act on them."""
    app = install().apps.add(add_book=False)
    person = Script()
    formulas = Session()
    use_session(formulas)

    def opening(path: Path | None = None) -> Desk:
        path = path or new_strategy_book(folder / "desk.xlsx", short_definition())
        book = app.books.open(str(path))
        book.set_mock_caller()
        return Desk(book, path, person)

    try:
        with answered_by(person):
            yield opening
    finally:
        app.quit()
        formulas.close()
        use_session(None)
        if "_mock_caller" in vars(xw.Book):
            del xw.Book._mock_caller


@dataclass(frozen=True)
class Prepared:
    """Books that a desk left: with one finished run, with a second one that is listed as open,
    and with two runs that were deleted since."""

    key: str
    finished: Path
    two_runs: Path
    gone: Path


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with LocalService(tmp_path_factory.mktemp("service") / "data", workers=1) as running:
        yield running


@pytest.fixture(scope="session")
def prepared(service: LocalService, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    key = service.issue_key("prepared")
    made = Prepared(key, folder / "one.xlsx", folder / "two.xlsx", folder / "gone.xlsx")
    with (
        pytest.MonkeyPatch.context() as patch,
        Client(service.url, key) as client,
        desks(folder) as opening,
    ):
        for name, value in (("HOME", folder), ("URL", service.url), ("API_KEY", key)):
            patch.setenv(f"XLMESO_{name}", str(value))

        def submitted(desk: Desk) -> str:
            desk.book.sheets["Strategy"].impl.activate()
            desk.press("submit")
            backtest_id = str(desk.runs()[0]["Id"])
            client.backtests.wait(backtest_id, timeout=60)
            return backtest_id

        for path in (made.finished, made.gone):
            desk = opening(None)
            ids = [submitted(desk)]
            desk.press("refresh_workbook")
            if path == made.finished:
                desk.book.save(str(path))
                desk.path.unlink()
            ids.append(submitted(desk))
            desk.book.save(str(made.two_runs if path == made.finished else path))
        for backtest_id in ids:
            client.backtests.delete(backtest_id, DeleteMode.FULL)
    return made


@pytest.fixture
def key(request: pytest.FixtureRequest, service: LocalService) -> str:
    """Give each test a user of its own, except those that look at prepared runs."""
    if {"finished", "two_runs", "gone"} & set(request.fixturenames):
        return request.getfixturevalue("prepared").key
    return service.issue_key(request.node.name[:60])


@pytest.fixture
def client(service: LocalService, key: str) -> Iterator[Client]:
    with Client(service.url, key) as made:
        yield made


@pytest.fixture
def signed_in(service: LocalService, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLMESO_URL", service.url)
    monkeypatch.setenv("XLMESO_API_KEY", key)


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[Path | None], Desk]]:
    with desks(tmp_path) as opening:
        yield opening


@pytest.fixture
def desk(open_desk: Callable[[Path | None], Desk], signed_in: None) -> Desk:
    """A desk in front of the running service with a good key."""
    return open_desk(None)


@pytest.fixture
def own_finished(desk: Desk, client: Client) -> Desk:
    """A desk with a finished run of its own, which a test may delete."""
    desk.press("submit")
    client.backtests.wait(desk.runs()[0]["Id"], timeout=60)
    desk.press("refresh_workbook")
    return desk


@pytest.fixture
def finished(
    prepared: Prepared, open_desk: Callable[[Path | None], Desk], signed_in: None, tmp_path: Path
) -> Desk:
    """A desk with one finished run and its results."""
    return open_desk(shutil.copy(prepared.finished, tmp_path / "desk.xlsx"))


def with_all_runs_selected(desk: Desk) -> Desk:
    area = desk.book.sheets["Runs"].tables["meso_runs"].data_body_range
    desk.select("Runs", area.address)
    return desk


@pytest.fixture
def two_runs(
    prepared: Prepared, open_desk: Callable[[Path | None], Desk], signed_in: None, tmp_path: Path
) -> Desk:
    """A finished run and one that is listed as still open, both selected, Runs in front."""
    found = open_desk(shutil.copy(prepared.two_runs, tmp_path / "desk.xlsx"))
    return with_all_runs_selected(found)


@pytest.fixture
def gone(
    prepared: Prepared, open_desk: Callable[[Path | None], Desk], signed_in: None, tmp_path: Path
) -> Desk:
    """As two_runs, and both were deleted on the service since."""
    found = open_desk(shutil.copy(prepared.gone, tmp_path / "desk.xlsx"))
    return with_all_runs_selected(found)
