Attribute VB_Name = "XlmesoPython"
' Runs a macro of the Python module xlmeso.excel.macros on the active workbook.
'
' Usage:  XlmesoRun "submit"
' Errors: none leaves this module. The macros show their own messages; what keeps Python from
'         starting is shown here with Excel's or xlwings' error number:
'           1     the library xlwings64-<version>.dll is not beside the interpreter
'           1000  Python did not start
'           53    a file was not found
Option Explicit

Private Const MACROS As String = "xlmeso.excel.macros"
Private Const TITLE As String = "xlmeso"

Public Sub XlmesoRun(ByVal MacroName As String)
    On Error GoTo failed
    If ActiveWorkbook Is Nothing Then Workbooks.Add
    RunPython "import " & MACROS & " as m; m." & MacroName & "()"
    Exit Sub
failed:
    MsgBox "Python could not be started (error " & Err.Number & "): " & Err.Description & vbNewLine & _
        vbNewLine & "Run 'xlmeso doctor' in a terminal: it names the fault and its cure.", _
        vbCritical, TITLE
End Sub
