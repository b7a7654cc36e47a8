Attribute VB_Name = "XlmesoWizard"
' Tells Excel's function wizard what the worksheet functions and their arguments are for.
' Generated from xlmeso/excel/udfs.py by tests/tools/make_addin.py; changes here are lost.
'
' Usage:  If XlmesoDescribeFunctions() Then ... ' True once Excel has taken the texts
' Errors: none is raised. Excel refuses (error 1004) while no workbook is open: then False comes
'         back and the caller tries again later.
Option Explicit

Public Function XlmesoDescribeFunctions() As Boolean
    #If Mac Then
        XlmesoDescribeFunctions = True ' xlwings has no worksheet functions there
    #Else
        If ActiveWorkbook Is Nothing Then Exit Function
        On Error GoTo refused
        Describe "MESO_RUN", _
            "Submit a strategy once and give the id of its backtest; the same strategy never runs twice. Example: =MESO_RUN(Strategy!A1:Q150)", _
            "The cells of a Strategy sheet, such as Strategy!A1:Q150; or JSON text; or two columns of paths and values; or the name of a template, such as short-put.", _
            "Name of the backtest, such as A1; the name in the strategy when left out.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_STATUS", _
            "State of a backtest: Created, Started, Finished, Failed or Cancelled. Example: =MESO_STATUS(A2)", _
            "Id, name or portal link of a backtest, such as A2; a range of them fills a block.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_PROGRESS", _
            "Share of a backtest that is done, 0 to 1; empty where the service does not tell. Example: =MESO_PROGRESS(A2)", _
            "Id, name or portal link of a backtest, such as A2; a range of them fills a block.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_METRIC", _
            "One figure of a finished backtest, or a block with backtests down and figures across. Example: =MESO_METRIC(A2,""Sharpe ratio"")", _
            "Id, name or portal link of a backtest, such as A2; a range of them fills a block.", _
            "Name or label of a figure, such as StratSharpe or B1; a range of them goes across.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_ANALYTICS", _
            "Table of a finished backtest's figures: metric, strategy, benchmark. Example: =MESO_ANALYTICS(A2)", _
            "Id, name or portal link of one backtest, such as A2.", _
            "Names or labels of figures, such as B1:F1 or StratSharpe; all figures when left out.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_COMPARE", _
            "Several backtests in one table: a row for each backtest, a column for each figure. Example: =MESO_COMPARE(A2:A21,B1:F1)", _
            "Ids, names or portal links of backtests, such as A2:A21.", _
            "Names or labels of figures, such as B1:F1 or StratSharpe; all figures when left out.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_BACKTESTS", _
            "List of your backtests, newest first; times are UTC. Example: =MESO_BACKTESTS(DATE(2026,1,1),,""Finished"")", _
            "First day of creation, such as 2026-01-31; 90 days before the last when left out.", _
            "Last day of creation, such as 2026-12-31; today when left out.", _
            "Only backtests in this state, such as Finished; all when left out.", _
            "Columns to show, such as Name, State, StratSharpe; Id, Name, State, Strategy, Created and Finished when left out.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_EVENTS", _
            "The blotter of a backtest, one row for each event; times are the exchange's. Example: =MESO_EVENTS(A2,""EntryTrade"")", _
            "Id, name or portal link of one backtest, such as A2.", _
            "Only events of these types, such as EntryTrade; all when left out.", _
            "First moment of the simulation, such as 2020-03-01.", _
            "Last moment of the simulation, such as 2020-03-31; a day counts to its end.", _
            "Columns to show, such as SimTime, EventType, Message or a script variable.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_NAV", _
            "Net asset value over time with whatever columns the service has; by day unless asked. Example: =MESO_NAV(A2,,,""Month"")", _
            "Id, name or portal link of one backtest, such as A2.", _
            "First moment, such as 2020-03-01.", _
            "Last moment, such as 2020-03-31; a day counts to its end.", _
            "Last value of each Day, Week, Month or Year, such as Day; All for every value.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_TRADES", _
            "Positions rebuilt from the blotter: opened, closed, days, credit, P&L, exit reason. Example: =MESO_TRADES(A2)", _
            "Id, name or portal link of one backtest, such as A2.", _
            "Columns to show, such as Opened, Closed, P&L, Exit reason; all when left out.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_DRAWDOWNS", _
            "Deepest drawdowns of the NAV: peak, valley, recovery, depth and calendar days. Example: =MESO_DRAWDOWNS(A2,5)", _
            "Id, name or portal link of one backtest, such as A2.", _
            "How many, the deepest first, such as 5; ten when left out.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_MONTHLY", _
            "Returns by calendar month, a row for each year, with the year's total; 0.01 is one percent. Example: =MESO_MONTHLY(A2)", _
            "Id, name or portal link of one backtest, such as A2.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_STRATEGY", _
            "The strategy definition of a backtest: every field, a part, or one value. Example: =MESO_STRATEGY(A2,""Backtest.Cash"")", _
            "Id, name or portal link of one backtest, such as A2.", _
            "Place in the definition, such as Exit.ProfitTarget; all fields when left out.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_VALIDATE", _
            "Problems of a strategy with severity, place and advice; OK when there are none. Example: =MESO_VALIDATE(Strategy!A1:Q150)", _
            "The cells of a Strategy sheet, such as Strategy!A1:Q150; or JSON text; or two columns of paths and values; or the name of a template, such as short-put.", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_METRICS", _
            "Catalogue of the figures: name, label, group, unit, better direction, definition. Example: =MESO_METRICS()", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_VERSION", _
            "Versions of xlmeso, xlwings and Python, and the service that formulas use. Example: =MESO_VERSION()", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_ERROR", _
            "The sentence behind an error and what to do next; empty when there is no error. Example: =MESO_ERROR(B2)", _
            "A cell with a MESO function, such as B2; or the id, name or link of a backtest.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        Describe "MESO_USAGE", _
            "Requests, cache hits, limits reached and size of the result cache. Example: =MESO_USAGE()", _
            "FALSE leaves the row of headings out, such as FALSE; they are shown otherwise.", _
            "Options as text such as Service=fund or AsOf=yes, several with semicolons, or a range of two columns; every argument can be given by name as well."
        ThisWorkbook.Saved = True
        XlmesoDescribeFunctions = True
    #End If
    Exit Function
refused:
    XlmesoDescribeFunctions = False
End Function

Private Sub Describe(ByVal FunctionName As String, ByVal Purpose As String, _
    ParamArray Texts() As Variant)
    Dim given() As String
    Dim i As Long
    ReDim given(0 To UBound(Texts))
    For i = 0 To UBound(Texts)
        given(i) = Texts(i)
    Next i
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & FunctionName, _
        Description:=Purpose, Category:="MesoSim", ArgumentDescriptions:=given
End Sub
