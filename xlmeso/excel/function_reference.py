"""The reference of the worksheet functions: as data, and as docs/functions.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xlmeso.excel.declarations import FunctionDeclaration, declarations

_INTRODUCTION = """# Worksheet functions

Made by `python tests/tools/make_function_reference.py` from the declarations in
`xlmeso/excel/udfs.py`; a test fails when it is stale. `xlmeso functions` prints the same.

- **Backtests** are named by id, by name (where only one has it) or by portal link; a range of them
  fills a block: ids go down, figures go across.
- **Options**: every optional argument may be written as `Name=Value` in any optional place, several
  with semicolons (`"Headers=no;AsOf=yes"`), or stand in a range of two columns. A name that there
  is not is an error that lists the names. All functions know `Service` (a profile to ask instead of
  the default one), tables know `AsOf` (a first line with run, service and time), figures know
  `RawNames` (the service's names instead of labels).
- **Dates** come as serial numbers: format the cells as dates. Times of the simulation are the
  exchange's, times of runs are UTC.
- **A strategy** is the cells of a Strategy sheet from the title down, the JSON text of a definition
  (also over several cells), two columns of paths and values (a row `Template` names what to start
  from), or the name of a template.

## When functions ask the service

Results of finished backtests never change and are kept on the disk, for all workbooks and every
Excel of the same person: they are asked for once. However many cells want the same, one request is
sent. Figures of many backtests come from one list request. A running backtest is asked about at
most every 5 seconds, the list of backtests every 15. Refusals are remembered as well.

The functions are neither volatile nor asynchronous in xlwings' sense: `async_mode="threading"`
would write the formula into its cell anew from another thread, show `#N/A waiting...` as text that
IFERROR does not catch, and fail without a calling range. Instead, every request runs in the
background, and a cell waits for it; all cells together keep Excel waiting for at most about ten
seconds. A cell whose answer takes longer shows its last good value, or an error until the next
Refresh.

Without a network, answers come from the cache: `AsOf=yes` and MESO_ERROR say so.

## Errors

An error is an error value (`#N/A` in Excel), so that IFERROR and ISERROR work. `MESO_ERROR(cell)`
gives the sentence behind it and what to do. A host without error values shows a short text:

| text | meaning and cure |
| --- | --- |
"""


def as_documents() -> list[dict[str, Any]]:
    """Return the functions as plain data: name, description, arguments, category."""
    return [
        {
            "name": item.name,
            "description": item.description,
            "syntax": item.syntax,
            "category": item.category,
            "arguments": [
                {
                    "name": argument.name,
                    "description": argument.description,
                    "optional": argument.optional,
                }
                for argument in item.arguments
            ],
        }
        for item in declarations()
    ]


def as_markdown() -> str:
    """Return docs/functions.md."""
    texts = "\n".join(f"| `{text}` | {cure} |" for text, cure in error_texts())
    parts = [f"{_INTRODUCTION}{texts}\n\n## The functions\n"]
    parts += ["\n".join(_section(item)) for item in declarations()]
    return "\n".join(parts)


def error_texts() -> list[tuple[str, str]]:
    """Return every fixed text that a cell may show, with its cure."""
    return list(_ERROR_TEXTS.items())


def _section(item: FunctionDeclaration) -> Iterator[str]:
    description, _, example = item.description.partition(" Example: ")
    yield f"### {item.name}\n"
    yield f"`{item.syntax}`\n"
    yield f"{description}\n"
    yield f"Example: `{example}`\n"
    yield "| argument | |\n| --- | --- |"
    for argument in item.arguments:
        name = f"[{argument.name}]" if argument.optional else argument.name
        yield f"| {name} | {argument.description} |"
    yield ""


_ERROR_TEXTS = {
    "#MESO! Sign in first": "No API key was found: press Sign in, or run `xlmeso login`.",
    "#MESO! Sign in again": "The key is wrong or has expired: sign in with a new one.",
    "#MESO! No right to this backtest": "It is somebody else's and not shared.",
    "#MESO! Backtest not found": "There is no such backtest, or its results were deleted.",
    "#MESO! Backtest was deleted": "It was deleted; give the run another name to run it again.",
    "#MESO! Still running": "Refresh after it has finished.",
    "#MESO! Backtest failed": "MESO_ERROR tells the service's reason.",
    "#MESO! Backtest was cancelled": "Run it again under another name.",
    "#MESO! On its way, refresh": "The answer was not there in time: refresh in a moment.",
    "#MESO! Limit reached, try later": "The service's limit was reached; it is asked again later.",
    "#MESO! Service not reachable": "No network, or the service is down.",
    "#MESO! Start the local service": "Press Local service, or run `xlmeso serve`.",
    "#MESO! Service has a fault": "The service failed; it is asked again later.",
    "#MESO! Reply not understood": "The service replied with something else than its contract.",
    "#MESO! Refused by the service": "MESO_ERROR tells what it said.",
    "#MESO! Request not accepted": "MESO_ERROR tells what it said.",
    "#MESO! Conflicts with an earlier request": "MESO_ERROR tells with which.",
    "#MESO! Not offered by this service": "The service's contract has no such route.",
    "#MESO! Check the arguments": "An argument cannot be understood; MESO_ERROR names it.",
    "#MESO! No such figure": "MESO_METRICS lists the figures.",
    "#MESO! Nothing to show": "The table is empty.",
    "#MESO! Not ready": "The backtest is in a state that has no such result.",
    "#MESO! Strategy has mistakes": "MESO_VALIDATE lists them with their cells.",
    "#MESO! Check the settings": "A setting is missing or wrong: run `xlmeso doctor`.",
    "#MESO! Check the journal": "The journal of submissions cannot be used: run `xlmeso doctor`.",
    "#MESO! Check the workbook": "A file cannot be read or written.",
    "#MESO! Waiting was stopped": "Somebody stopped the waiting; refresh.",
    "#MESO! Something went wrong": "MESO_ERROR tells what.",
    "#MESO! Fault in xlmeso, see log": "A mistake of ours: run `xlmeso doctor` and report it.",
}
