Attribute VB_Name = "XlmesoRibbon"
' Callbacks of the MesoSim tab: each runs the Python macro of its name.
'
' Usage:  named by onAction in customUI.xml; Excel calls them when a button is pressed.
' Errors: none is raised; see XlmesoPython.
Option Explicit

Public Sub MesoSignIn(ByVal control As IRibbonControl)
    XlmesoRun "sign_in"
End Sub

Public Sub MesoChooseService(ByVal control As IRibbonControl)
    XlmesoRun "choose_service"
End Sub

Public Sub MesoLocalService(ByVal control As IRibbonControl)
    XlmesoRun "local_service"
End Sub

Public Sub MesoNewFromTemplate(ByVal control As IRibbonControl)
    XlmesoRun "new_from_template"
End Sub

Public Sub MesoImportStrategy(ByVal control As IRibbonControl)
    XlmesoRun "import_strategy"
End Sub

Public Sub MesoConvertOld(ByVal control As IRibbonControl)
    XlmesoRun "convert_old"
End Sub

Public Sub MesoExportStrategy(ByVal control As IRibbonControl)
    XlmesoRun "export_strategy"
End Sub

Public Sub MesoValidate(ByVal control As IRibbonControl)
    XlmesoRun "validate"
End Sub

Public Sub MesoSubmit(ByVal control As IRibbonControl)
    XlmesoRun "submit"
End Sub

Public Sub MesoSweep(ByVal control As IRibbonControl)
    XlmesoRun "sweep"
End Sub

Public Sub MesoRefreshSelection(ByVal control As IRibbonControl)
    XlmesoRun "refresh_selection"
End Sub

Public Sub MesoRefreshSheet(ByVal control As IRibbonControl)
    XlmesoRun "refresh_sheet"
End Sub

Public Sub MesoRefreshWorkbook(ByVal control As IRibbonControl)
    XlmesoRun "refresh_workbook"
End Sub

Public Sub MesoCancel(ByVal control As IRibbonControl)
    XlmesoRun "cancel"
End Sub

Public Sub MesoShowAnalytics(ByVal control As IRibbonControl)
    XlmesoRun "show_analytics"
End Sub

Public Sub MesoShowEvents(ByVal control As IRibbonControl)
    XlmesoRun "show_events"
End Sub

Public Sub MesoShowNav(ByVal control As IRibbonControl)
    XlmesoRun "show_nav"
End Sub

Public Sub MesoShowTrades(ByVal control As IRibbonControl)
    XlmesoRun "show_trades"
End Sub

Public Sub MesoCompare(ByVal control As IRibbonControl)
    XlmesoRun "compare"
End Sub

Public Sub MesoShowTearsheet(ByVal control As IRibbonControl)
    XlmesoRun "show_tearsheet"
End Sub

Public Sub MesoExportReport(ByVal control As IRibbonControl)
    XlmesoRun "export_report"
End Sub

Public Sub MesoFreeze(ByVal control As IRibbonControl)
    XlmesoRun "freeze"
End Sub

Public Sub MesoUnfreeze(ByVal control As IRibbonControl)
    XlmesoRun "unfreeze"
End Sub

Public Sub MesoCheckFormulas(ByVal control As IRibbonControl)
    XlmesoRun "check_formulas"
End Sub

Public Sub MesoShare(ByVal control As IRibbonControl)
    XlmesoRun "share"
End Sub

Public Sub MesoUnshare(ByVal control As IRibbonControl)
    XlmesoRun "unshare"
End Sub

Public Sub MesoDelete(ByVal control As IRibbonControl)
    XlmesoRun "delete"
End Sub

Public Sub MesoFunctionsHelp(ByVal control As IRibbonControl)
    XlmesoRun "functions_help"
End Sub

Public Sub MesoUsage(ByVal control As IRibbonControl)
    XlmesoRun "usage"
End Sub

Public Sub MesoDoctor(ByVal control As IRibbonControl)
    XlmesoRun "doctor"
End Sub

Public Sub MesoAbout(ByVal control As IRibbonControl)
    XlmesoRun "about"
End Sub
