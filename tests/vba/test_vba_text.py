"""The VBA as text: line ends, declarations, heads, and names that VBA keeps for itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MODULES = sorted((Path(__file__).parents[2] / "vba").glob("*.[bc][al]s"))

RESERVED_TEXT = """
    abs addressof and any array as attribute boolean byref byte byval call case cbool cbyte ccur
    cdate cdbl cdec cint circle clng clnglng clngptr close const csng cstr currency cvar cverr date
    debug decimal declare defbool defbyte defcur defdate defdbl defdec defint deflng deflnglng
    deflngptr defobj defsng defstr defvar dim do doevents double each else elseif empty end endif
    enum eqv erase event exit false fix for friend function get global gosub goto if imp implements
    in input inputb int integer is lbound len lenb let like line lock long longlong longptr loop
    lset me mod new next not nothing null object on open option optional or paramarray preserve
    print private pset public put raiseevent redim rem resume return rset scale seek select set sgn
    shared single spc static step stop string sub tab then to true type typeof ubound unlock until
    variant wend while with withevents write xor
"""
"""Reserved identifiers of [MS-VBAL] 3.3.5.2, in small letters."""


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) == 6


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_lines_end_in_crlf(path: Path) -> None:
    content = path.read_bytes()
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_head_tells_purpose_usage_and_errors(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = text.partition("Option Explicit")[0]
    comments = [line for line in head.splitlines() if line.startswith("'")]
    assert len(comments[0]) > 30
    assert any(line.startswith("' Usage:  ") for line in comments)
    assert any(line.startswith("' Errors: ") for line in comments)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_variables_must_be_declared(path: Path) -> None:
    assert re.search(r"^Option Explicit$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_parameter_has_a_name_that_vba_reserves(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(" _\n", " ")
    signatures = re.findall(r"^(?:P\w+ )?(?:Sub|Function) \w+\((.*?)\)", text, re.MULTILINE)
    used = {
        re.split(r" As |\(", item)[0].split()[-1].lower()
        for signature in signatures
        for item in signature.split(",")
        if item.strip()
    }
    assert used & set(RESERVED_TEXT.split()) == set()


def test_no_procedure_is_called_like_a_module() -> None:
    procedures = {
        name.lower()
        for path in MODULES
        for name in re.findall(r"(?:Sub|Function) (\w+)\(", path.read_text(encoding="utf-8"))
    }
    assert procedures & {path.stem.lower() for path in MODULES} == set()
