"""Drives a running LibreOffice: runs in the Python that has its bridge, speaks JSON lines.

Every line is ``[command, argument...]``; the answer is ``{"value": ...}`` or ``{"error": text}``.
"""

from __future__ import annotations

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

CONNECT_SECONDS = 60
AS_THE_MENU_DOES = 3  # MacroExecMode.USE_CONFIG: the person's own macro security


def properties(**values):
    made = []
    for name, value in values.items():
        one = PropertyValue()
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


def connect(pipe):
    local = uno.getComponentContext()
    make = local.ServiceManager.createInstanceWithContext
    resolver = make("com.sun.star.bridge.UnoUrlResolver", local)
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return context.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", context
            )


class Calc:
    def __init__(self, desktop):
        self.desktop = desktop
        self.book = None

    def open(self, path, mode=AS_THE_MENU_DOES):
        arguments = properties(Hidden=True, MacroExecutionMode=mode)
        url = uno.systemPathToFileUrl(path) if path else "private:factory/scalc"
        self.book = self.desktop.loadComponentFromURL(url, "_blank", 0, arguments)
        return self.book is not None

    def recalculate(self):
        self.book.calculateAll()

    def values(self, sheet, area):
        return [list(row) for row in self._cells(sheet, area).getDataArray()]

    def texts(self, sheet, area):
        cells = self._cells(sheet, area)
        count, width = cells.Rows.Count, cells.Columns.Count
        return [[cells.getCellByPosition(c, r).String for c in range(width)] for r in range(count)]

    def formula(self, sheet, cell):
        return self._cells(sheet, cell).Formula

    def set(self, sheet, cell, formula):
        self._cells(sheet, cell).Formula = formula

    def set_array(self, sheet, area, formula):
        self._cells(sheet, area).setArrayFormula(formula)

    def save(self, path, filter_name):
        self.book.storeToURL(uno.systemPathToFileUrl(path), properties(FilterName=filter_name))

    def close(self):
        self.book.close(True)

    def quit(self):
        return self.desktop.terminate()

    def _cells(self, sheet, area):
        return self.book.Sheets.getByName(sheet).getCellRangeByName(area)


def main():
    calc = Calc(connect(sys.argv[1]))
    print(json.dumps({"value": "ready"}), flush=True)
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer = {"value": getattr(calc, command)(*arguments)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
        if command == "quit":
            return


main()
