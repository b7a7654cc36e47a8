"""Windows CPython, pywin32, xlwings' COM server and DLL, started as the add-in starts them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from vba_command import udf_server_command
from windows_chain import HERE, MISSING, Chain, windows_chain


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("a folder's book")  # a space and a quote, as people have them
    with windows_chain("tiny_functions", folder / "book.xlsx", {}, search=[HERE]) as started:
        yield started


def test_the_command_line_is_the_one_of_the_vba() -> None:
    config = {"INTERPRETER_WIN": r"C:\Program Files\Python\python.exe", "PYTHONPATH": r"C:\x & y"}
    command = udf_server_command(config, active_book=r"C:\it's\b.xlsx", addin=r"C:\a\xlmeso.xlam")
    # by hand from the VBA: quotes around the interpreter and around all, \ ' and & escaped
    assert command == (
        r'cmd.exe  /K ""C:\Program Files\Python\python.exe" -B -c "import sys, os;'
        r"import xlwings.utils;xlwings.utils.prepare_sys_path(\"true;C:\\it\'s\\b.xlsx;"
        r"C:\\a\\xlmeso.xlam;;;;C:\\x ^& y\");import xlwings; xlwings.serve('$(CLSID)')" + '""'
    )


def test_the_chain_carries_cells_areas_and_arguments_left_out(chain: Chain) -> None:
    assert chain.call("describe", 1.5) == "[[[1.5]], 'default']"
    assert chain.call("describe", [["ä", None], [2.0, True]], 3.0) == (
        "[[['ä', None], [2.0, True]], 3.0]"
    )
    assert chain.call("describe", "x", MISSING) == "[[['x']], 'default']"
    assert chain.call("table", 0.25) == [["Größe €", ""], [0.0, 0.25], [1.0, 0.25]]


def test_an_exception_comes_back_and_the_server_goes_on(chain: Chain) -> None:
    error = chain.answer("fail", 1)["error"]
    assert re.search("DISP_E_EXCEPTION.*broken on purpose", error, re.DOTALL)
    assert chain.call("describe", 2.0) == "[[[2.0]], 'default']"
