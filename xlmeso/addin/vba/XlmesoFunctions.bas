Attribute VB_Name = "XlmesoFunctions"
' The worksheet functions: each hands its arguments to Python and returns what comes back.
' Generated from xlmeso/excel/udfs.py by tests/tools/make_addin.py; changes here are lost.
'
' Usage:  =MESO_METRIC(A2,"Sharpe ratio") in a cell; the function wizard explains each of them.
' Errors: none is raised in a cell; what keeps Python from starting is returned as text. The error
'         numbers behind it are 1 (library not found) and 1000 (Python did not start).
Option Explicit
#Const App = "Microsoft Excel"

Function MESO_ANALYTICS(backtest, Optional metrics, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_ANALYTICS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_ANALYTICS", Array(backtest, metrics, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_ANALYTICS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_ANALYTICS", Array(backtest, metrics, headers, options))
        Exit Function
    #End If
failed:
    MESO_ANALYTICS = Err.Description
End Function

Function MESO_BACKTESTS(Optional since, Optional up_to, Optional state, Optional columns, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_BACKTESTS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_BACKTESTS", Array(since, up_to, state, columns, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_BACKTESTS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_BACKTESTS", Array(since, up_to, state, columns, headers, options))
        Exit Function
    #End If
failed:
    MESO_BACKTESTS = Err.Description
End Function

Function MESO_COMPARE(backtests, Optional metrics, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_COMPARE = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_COMPARE", Array(backtests, metrics, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_COMPARE = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_COMPARE", Array(backtests, metrics, headers, options))
        Exit Function
    #End If
failed:
    MESO_COMPARE = Err.Description
End Function

Function MESO_DRAWDOWNS(backtest, Optional top, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_DRAWDOWNS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_DRAWDOWNS", Array(backtest, top, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_DRAWDOWNS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_DRAWDOWNS", Array(backtest, top, headers, options))
        Exit Function
    #End If
failed:
    MESO_DRAWDOWNS = Err.Description
End Function

Function MESO_ERROR(cell_or_id, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_ERROR = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_ERROR", Array(cell_or_id, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_ERROR = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_ERROR", Array(cell_or_id, options))
        Exit Function
    #End If
failed:
    MESO_ERROR = Err.Description
End Function

Function MESO_EVENTS(backtest, Optional event_type, Optional since, Optional up_to, Optional columns, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_EVENTS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_EVENTS", Array(backtest, event_type, since, up_to, columns, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_EVENTS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_EVENTS", Array(backtest, event_type, since, up_to, columns, headers, options))
        Exit Function
    #End If
failed:
    MESO_EVENTS = Err.Description
End Function

Function MESO_METRIC(backtest, metric, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_METRIC = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_METRIC", Array(backtest, metric, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_METRIC = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_METRIC", Array(backtest, metric, options))
        Exit Function
    #End If
failed:
    MESO_METRIC = Err.Description
End Function

Function MESO_METRICS(Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_METRICS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_METRICS", Array(headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_METRICS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_METRICS", Array(headers, options))
        Exit Function
    #End If
failed:
    MESO_METRICS = Err.Description
End Function

Function MESO_MONTHLY(backtest, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_MONTHLY = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_MONTHLY", Array(backtest, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_MONTHLY = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_MONTHLY", Array(backtest, headers, options))
        Exit Function
    #End If
failed:
    MESO_MONTHLY = Err.Description
End Function

Function MESO_NAV(backtest, Optional since, Optional up_to, Optional frequency, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_NAV = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_NAV", Array(backtest, since, up_to, frequency, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_NAV = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_NAV", Array(backtest, since, up_to, frequency, headers, options))
        Exit Function
    #End If
failed:
    MESO_NAV = Err.Description
End Function

Function MESO_PROGRESS(backtest, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_PROGRESS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_PROGRESS", Array(backtest, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_PROGRESS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_PROGRESS", Array(backtest, options))
        Exit Function
    #End If
failed:
    MESO_PROGRESS = Err.Description
End Function

Function MESO_RUN(strategy, Optional run_name, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_RUN = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_RUN", Array(strategy, run_name, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_RUN = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_RUN", Array(strategy, run_name, options))
        Exit Function
    #End If
failed:
    MESO_RUN = Err.Description
End Function

Function MESO_STATUS(backtest, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_STATUS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_STATUS", Array(backtest, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_STATUS = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_STATUS", Array(backtest, options))
        Exit Function
    #End If
failed:
    MESO_STATUS = Err.Description
End Function

Function MESO_STRATEGY(backtest, Optional path, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_STRATEGY = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_STRATEGY", Array(backtest, path, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_STRATEGY = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_STRATEGY", Array(backtest, path, headers, options))
        Exit Function
    #End If
failed:
    MESO_STRATEGY = Err.Description
End Function

Function MESO_TRADES(backtest, Optional columns, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_TRADES = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_TRADES", Array(backtest, columns, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_TRADES = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_TRADES", Array(backtest, columns, headers, options))
        Exit Function
    #End If
failed:
    MESO_TRADES = Err.Description
End Function

Function MESO_USAGE(Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_USAGE = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_USAGE", Array(headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_USAGE = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_USAGE", Array(headers, options))
        Exit Function
    #End If
failed:
    MESO_USAGE = Err.Description
End Function

Function MESO_VALIDATE(strategy, Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_VALIDATE = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_VALIDATE", Array(strategy, headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_VALIDATE = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_VALIDATE", Array(strategy, headers, options))
        Exit Function
    #End If
failed:
    MESO_VALIDATE = Err.Description
End Function

Function MESO_VERSION(Optional headers, Optional options)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        MESO_VERSION = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_VERSION", Array(headers, options), ActiveWorkbook, Application.Caller)
        Exit Function
    #Else
        MESO_VERSION = XLPy.CallUDF("xlmeso.excel.udfs", "MESO_VERSION", Array(headers, options))
        Exit Function
    #End If
failed:
    MESO_VERSION = Err.Description
End Function
