"""The command line that xlwings' VBA builds, worked out from the text of that VBA.

Reads the function ``XLPyCommand`` of the add-in module that the installed xlwings ships and
evaluates its string expressions, so that another xlwings gives its own command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

_TOKEN = re.compile(
    r'"(?P<text>(?:[^"]|"")*)"|Chr\((?P<code>\d+)\)|GetConfig\("(?P<config>[^"]+)"[^)]*\)'
    r"|(?P<name>[A-Za-z_.]+)|(?P<joined>&)|(?P<space>\s+)"
)
_ASSIGNMENT = re.compile(r"^\s*(\w+) = (.+?)\s*$", re.MULTILINE)
_REPLACEMENT = re.compile(r'Replace\((\w+), "([^"]*)", "([^"]*)"\)')


def udf_server_command(config: Mapping[str, str], *, active_book: str, addin: str) -> str:
    """Return what ``XLPyCommand`` returns on Windows without Conda, licence and debugging."""
    known = {
        "ActiveWorkbook.FullName": active_book,
        "ThisWorkbook.FullName": addin,
        "AddExcelDir": config.get("ADD_WORKBOOK_TO_PYTHONPATH", "true"),
        "PYTHON_WIN": config["INTERPRETER_WIN"],
        "ConsoleSwitch": "",
        "LicenseKeyEnvString": "",
    }
    for name, expression in _steps(_source()):
        replacement = _REPLACEMENT.fullmatch(expression)
        if replacement:
            known[name] = known[replacement[1]].replace(replacement[2], replacement[3])
        else:
            known[name] = _evaluate(expression, known, config)
    return known["XLPyCommand"]


def _source() -> str:
    text = files("xlwings").joinpath("xlwings_custom_addin.bas").read_text(encoding="utf-8")
    return text.partition("Function XLPyCommand()")[2].partition("End Function")[0]


def _steps(source: str) -> list[tuple[str, str]]:
    """Return the assignments on the path without Conda and debugging, in their order."""
    path = [one for one in _ASSIGNMENT.findall(source) if one[0] == "PYTHONPATH"]
    first, escapes = path[0], [one for one in path if one[1].startswith("Replace(")]
    last = dict(_ASSIGNMENT.findall(source))
    quoted = [one for one in _ASSIGNMENT.findall(source) if one[0] == "PYTHON_WIN"][-1]
    rest = [(name, last[name]) for name in ("tail", "XLPyCommand")]
    return [first, *escapes, quoted, *rest]


def _evaluate(expression: str, known: Mapping[str, str], config: Mapping[str, str]) -> str:
    parts, position = [], 0
    while position < len(expression):
        token = _TOKEN.match(expression, position)
        assert token is not None, f"cannot read {expression[position:]!r}"
        position = token.end()
        if token["text"] is not None:
            parts.append(token["text"].replace('""', '"'))
        elif token["code"] is not None:
            parts.append(chr(int(token["code"])))
        elif token["config"] is not None:
            parts.append(config.get(token["config"], ""))
        elif token["name"] is not None:
            parts.append(known[token["name"]])
    return "".join(parts)
