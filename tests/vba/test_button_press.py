"""A button pressed without Excel: callback, recorded Python command, macro, book."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xlwings as xw
from pyopenvba.apps.excel import ExcelApplication

from xlmeso.api import Client
from xlmeso.excel.books import new_strategy_book
from xlmeso.excel.dialogs import answered_by
from xlmeso.excel.headless import install
from xlmeso.model.templates import load_template
from xlmeso.simulator.server import LocalService

VBA = Path(__file__).parents[2] / "vba"
CALLBACKS = re.findall(
    r'Sub (\w+)\(.*\n    XlmesoRun "(\w+)"', (VBA / "XlmesoRibbon.bas").read_text(encoding="utf-8")
)

RECORD = """Option Explicit
Public Function RunPython(PythonCommand As String)
    Debug.Print PythonCommand
End Function
"""
"""In place of xlwings' own: pyOpenVBA does not read that module."""

FAIL = """Option Explicit
Public Function RunPython(PythonCommand As String)
    Err.Raise 1, , "Could not load xlwings64-0.37.8.dll"
End Function
"""

DRIVER = """Option Explicit
Public Sub Press()
    {callback} Nothing
End Sub
Public Function OpenBooks() As Long
    OpenBooks = Workbooks.Count
End Function
"""


def excel(callback: str, run_python: str = RECORD) -> ExcelApplication:
    """Return Excel's stand-in with our modules, and Press to push the button."""
    application = ExcelApplication()
    for name in ("XlmesoPython", "XlmesoRibbon"):
        source = (VBA / f"{name}.bas").read_text(encoding="utf-8")
        application.add_module(source, name=name)
    application.add_module(run_python, name="xlwings")
    application.add_module(DRIVER.format(callback=callback), name="Driver")
    return application


@pytest.mark.parametrize(("callback", "macro"), CALLBACKS)
def test_a_button_runs_its_macro_by_one_python_command(callback: str, macro: str) -> None:
    application = excel(callback)
    application.run("Press")
    assert application.console == [f"import xlmeso.excel.macros as m; m.{macro}()"]
    assert application.dialogs == []


def test_every_callback_was_pressed() -> None:
    assert len(CALLBACKS) > 20


def test_a_python_that_does_not_start_gives_one_message_with_the_cure() -> None:
    application = excel("MesoSubmit", FAIL)
    application.run("Press")
    ((kind, text, title, _buttons),) = application.dialogs
    assert (kind, title) == ("MsgBox", "xlmeso")
    assert "(error 1): Could not load xlwings64-0.37.8.dll" in text
    assert "xlmeso doctor" in text


class Person:
    """Reads the one message of a macro; any other box fails the test."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def tell(self, title: str, text: str, *, critical: bool = False) -> None:
        assert not critical, text
        self.read.append(text)


def test_a_whole_press_of_submit_sends_the_strategy_and_lists_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = excel("MesoSubmit")
    application.run("Press")
    (command,) = application.console
    path = new_strategy_book(tmp_path / "book.xlsx", load_template("short-put"))
    app = install().apps.add(add_book=False)
    person = Person()
    with LocalService(tmp_path / "service", workers=1) as service:
        monkeypatch.setenv("XLMESO_URL", service.url)
        monkeypatch.setenv("XLMESO_API_KEY", service.api_key)
        book = app.books.open(str(path))
        monkeypatch.setattr(xw.Book, "_mock_caller", book, raising=False)
        with answered_by(person):
            exec(command, {})
        with Client(service.url, service.api_key) as client:
            sent = client.strategy_definition.get(run_ids(book)[0])
    assert len(run_ids(book)) == 1
    assert run_ids(book)[0] in person.read[0]
    assert sent.document == load_template("short-put").document
    app.quit()


def run_ids(book: xw.Book) -> list[str]:
    """Return the ids in the table of the sheet Runs."""
    headings, *rows = book.sheets["Runs"].tables["meso_runs"].range.options(ndim=2).value
    return [row[headings.index("Id")] for row in rows]
