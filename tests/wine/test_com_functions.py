"""Every worksheet function through CallUDF of the Windows chain, against the local service."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from host_formulas import UNKNOWN_ID, Formula, formulas
from host_service import HostedRuns
from windows_chain import MISSING, Chain, windows_chain, windows_path

from xlmeso.addin.libreoffice.declarations import declared_functions

ERROR_VALUE = -2147352572
"""What arrives for every error value: pywin32 writes "parameter not found" (0x80020004) into a
VARIANT of type VT_ERROR whatever code it is given, so the add-in's VBA has to make #N/A of it."""

SETTLE_SECONDS = 30


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, runs: HostedRuns) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("books")
    variables = {
        "XLMESO_URL": runs.url,
        "XLMESO_API_KEY": runs.api_key,
        "XLMESO_HOME": windows_path(folder / "home"),
        "PYTHON_KEYRING_BACKEND": os.environ["PYTHON_KEYRING_BACKEND"],
    }
    with windows_chain("xlmeso.excel.udfs", folder / "book.xlsx", variables) as started:
        yield started


def answer(chain: Chain, formula: Formula) -> list[list[Any]]:
    """Call as often as a person recalculates; one cell and one row come back squeezed."""
    given = [MISSING if one is None else one for one in formula.arguments]
    deadline = time.monotonic() + SETTLE_SECONDS
    while (value := chain.call(formula.function, *given)) == ERROR_VALUE:
        assert time.monotonic() < deadline, formula.function
        time.sleep(0.1)
    rows = value if isinstance(value, list) else [value]
    rows = rows if isinstance(rows[0], list) else [rows]
    return [[None if cell == "" else cell for cell in row] for row in rows]


def test_every_function_answers_as_the_service_does(chain: Chain, runs: HostedRuns) -> None:
    wrong, called = [], set()
    for formula in formulas(runs):
        called.add(formula.function)
        rows = answer(chain, formula)
        try:
            formula.check(rows)
        except (AssertionError, ValueError, IndexError) as error:
            wrong.append(f"{formula.function}{formula.arguments!s:.80}: {error}\n{rows!s:.300}")
    assert not wrong, "\n".join(wrong)
    assert called == set(declared_functions())


def test_an_error_is_an_error_value_alone_and_in_a_block(chain: Chain, runs: HostedRuns) -> None:
    assert chain.call("MESO_STATUS", UNKNOWN_ID) == ERROR_VALUE
    block = chain.call("MESO_METRIC", [[UNKNOWN_ID], [runs.first]], "StratSharpe")
    assert block == [[ERROR_VALUE], [runs.analytics(runs.first)["StratSharpe"]]]


def test_no_command_line_holds_the_key(chain: Chain, runs: HostedRuns) -> None:
    assert chain.call("MESO_STATUS", runs.first) == "Finished"  # so the server is running now
    lines = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
    assert any("xlwings.serve" in part for line in lines for part in line)
    assert not any(runs.api_key in part for line in lines for part in line)
