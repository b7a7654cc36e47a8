"""The Basic module that makes the functions known to LibreOffice's cells.

A cell formula finds functions of the library ``Standard`` by their names.  Each function of ours
hands its arguments to `bridge.call` and returns what comes back; the text is generated from the
same declarations as the VBA wrappers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from xlmeso.addin.libreoffice.bridge import MISSING
from xlmeso.addin.libreoffice.declarations import argument_names

MODULE_NAME: Final = "XlmesoFunctions"
SCRIPT_NAME: Final = "xlmeso_calc.py"

_FRAME: Final = """\
' Made by "xlmeso addin install --libreoffice"; made anew by every installation.
Option Explicit

Private bridge As Object

Private Function MesoBridge() As Object
  Dim factory As Object
  If IsNull(bridge) Then
    factory = CreateUnoService("com.sun.star.script.provider.MasterScriptProviderFactory")
    bridge = factory.createScriptProvider("").getScript( _
      "vnd.sun.star.script:{script}$call?language=Python&location=user")
  End If
  MesoBridge = bridge
End Function

Private Function MesoLeftOut() As String
  MesoLeftOut = Chr({opening}) & "{marker}" & Chr({closing})
End Function

Private Function MesoCall(functionName As String, values As Variant) As Variant
  Dim positions() As Integer
  Dim changed() As Variant
  Dim answer As Variant
  answer = MesoBridge().invoke(Array(functionName, values), positions(), changed())
  If IsArray(answer) Then
    MesoCall = MesoTable(answer)
  Else
    MesoCall = answer
  End If
End Function

Private Function MesoTable(rows As Variant) As Variant
  Dim lastRow As Long, lastColumn As Long, r As Long, c As Long
  Dim line As Variant
  lastRow = UBound(rows)
  lastColumn = UBound(rows(0))
  Dim cells(lastRow, lastColumn) As Variant
  For r = 0 To lastRow
    line = rows(r)
    For c = 0 To lastColumn
      cells(r, c) = line(c)
    Next c
  Next r
  MesoTable = cells
End Function
"""

_FUNCTION: Final = """
Function {name}({parameters}) As Variant
{lines}
End Function
"""

_XBA: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="{name}" \
script:language="StarBasic" script:moduleType="normal">{source}</script:module>
"""


def basic_source(functions: Mapping[str, Callable[..., Any]]) -> str:
    """Return the text of the module: the way to Python and one function per declaration."""
    opening, marker, closing = ord(MISSING[0]), MISSING[1:-1], ord(MISSING[-1])
    frame = _FRAME.format(script=SCRIPT_NAME, opening=opening, marker=marker, closing=closing)
    return frame + "".join(_wrapper(name, function) for name, function in functions.items())


def module_file(source: str) -> bytes:
    """Return the source as LibreOffice keeps a module on the disk."""
    return _XBA.format(name=MODULE_NAME, source=escape(source)).encode("utf-8")


def _wrapper(name: str, function: Callable[..., Any]) -> str:
    # The parameters' own names do not matter to a cell; a prefix keeps them off Basic's words.
    names = [f"p_{one}" for one in argument_names(function)]
    lines = [f"  Dim values({len(names) - 1}) As Variant"] if names else []
    for position, one in enumerate(names):
        lines.append(f"  values({position}) = MesoLeftOut()")
        lines.append(f"  If Not IsMissing({one}) Then values({position}) = {one}")
    handed = "values()" if names else "Array()"
    lines.append(f'  {name} = MesoCall("{name}", {handed})')
    parameters = ", ".join(f"Optional {one}" for one in names)
    return _FUNCTION.format(name=name, parameters=parameters, lines="\n".join(lines))
