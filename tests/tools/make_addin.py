"""Write what is generated of the add-in: wrappers, wizard texts, the package's copies, the file.

Run it after a change of `xlmeso.excel.udfs`, of ``vba/``, of the version or of the pinned xlwings.
With ``--functions`` it only prints the wrappers, and with ``--wizard`` the wizard's texts.
"""

from __future__ import annotations

import importlib
import io
import sys
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
VBA = ROOT / "vba"
COPY = ROOT / "xlmeso" / "addin" / "vba"
WORKBOOKS = ROOT / "workbooks"
SHIPPED = ROOT / "xlmeso" / "addin" / "xlmeso.xlam"

UDF_MODULE = "xlmeso.excel.udfs"
FUNCTIONS = "XlmesoFunctions.bas"
WIZARD = "XlmesoWizard.bas"

FUNCTIONS_HEAD = """Attribute VB_Name = "XlmesoFunctions"
' The worksheet functions: each hands its arguments to Python and returns what comes back.
' Generated from xlmeso/excel/udfs.py by tests/tools/make_addin.py; changes here are lost.
'
' Usage:  =MESO_METRIC(A2,"Sharpe ratio") in a cell; the function wizard explains each of them.
' Errors: none is raised in a cell; what keeps Python from starting is returned as text. The error
'         numbers behind it are 1 (library not found) and 1000 (Python did not start).
Option Explicit
#Const App = "Microsoft Excel"

"""

WIZARD_HEAD = """Attribute VB_Name = "XlmesoWizard"
' Tells Excel's function wizard what the worksheet functions and their arguments are for.
' Generated from xlmeso/excel/udfs.py by tests/tools/make_addin.py; changes here are lost.
'
' Usage:  If XlmesoDescribeFunctions() Then ... ' True once Excel has taken the texts
' Errors: none is raised. Excel refuses (error 1004) while no workbook is open: then False comes
'         back and the caller tries again later.
Option Explicit

"""

WIZARD_TAIL = """
Private Sub Describe(ByVal FunctionName As String, ByVal Purpose As String, _
    ParamArray Texts() As Variant)
    Dim given() As String
    Dim i As Long
    ReDim given(0 To UBound(Texts))
    For i = 0 To UBound(Texts)
        given(i) = Texts(i)
    Next i
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & FunctionName, _
        Description:=Purpose, Category:="{category}", ArgumentDescriptions:=given
End Sub
"""


def wrappers(udfs: types.ModuleType, module: types.ModuleType) -> str:
    """Return the wrappers that xlwings' own generator writes for an add-in.

    Parameters
    ----------
    udfs
        xlwings.udfs, real or under stubs of pywin32.
    module
        The declarations, imported with the decorators of ``udfs``.
    """
    out = io.StringIO()
    book = types.SimpleNamespace(Name="xlmeso.xlam")
    udfs.generate_vba_wrapper(UDF_MODULE, module, out, book)
    return FUNCTIONS_HEAD + out.getvalue().rstrip() + "\n"


def wizard(declarations: Iterable[Any], category: str) -> str:
    """Return the module with the wizard's texts."""
    lines = [
        "Public Function XlmesoDescribeFunctions() As Boolean",
        "    #If Mac Then",
        "        XlmesoDescribeFunctions = True ' xlwings has no worksheet functions there",
        "    #Else",
        "        If ActiveWorkbook Is Nothing Then Exit Function",
        "        On Error GoTo refused",
    ]
    for item in declarations:
        texts = [item.description, *(argument.description for argument in item.arguments)]
        quoted = [f"            {_quoted(text)}" for text in texts]
        lines.append(f'        Describe "{item.name}", _')
        lines.append(", _\n".join(quoted))
    lines += [
        "        ThisWorkbook.Saved = True",
        "        XlmesoDescribeFunctions = True",
        "    #End If",
        "    Exit Function",
        "refused:",
        "    XlmesoDescribeFunctions = False",
        "End Function",
    ]
    return WIZARD_HEAD + "\n".join(lines) + "\n" + WIZARD_TAIL.replace("{category}", category)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def generated() -> dict[str, str]:
    """Return name and text of the modules that are generated, with LF."""
    sys.path.insert(0, str(ROOT / "tests" / "excel"))
    from winstub import windows

    with windows() as excel:
        module = importlib.import_module(UDF_MODULE)
        declared = importlib.import_module("xlmeso.excel.declarations")
        return {
            FUNCTIONS: wrappers(excel.udfs, module),
            WIZARD: wizard(declared.declarations(), declared.CATEGORY),
        }


def write_crlf(path: Path, text: str) -> None:
    """Write a module as VBA wants it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\r\n")


def main(arguments: Sequence[str]) -> None:
    """Print one generated module, or write everything."""
    texts = generated()
    if arguments:
        sys.stdout.write(texts[{"--functions": FUNCTIONS, "--wizard": WIZARD}[arguments[0]]])
        return
    for name, text in texts.items():
        write_crlf(VBA / name, text)
    for source in VBA.iterdir():
        COPY.mkdir(parents=True, exist_ok=True)
        (COPY / source.name).write_bytes(source.read_bytes())
    from xlmeso.addin.build import FILE_NAME, addin_bytes

    for path in (WORKBOOKS / FILE_NAME, SHIPPED):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(addin_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
