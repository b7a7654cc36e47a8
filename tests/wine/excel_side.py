"""Plays Excel under Windows: loads xlwings' DLL, lets it start the server, calls functions.

Runs in the Windows interpreter and speaks JSON lines over its pipes.  The first line names the
DLL, the command line and the module; every further line is a function with its arguments.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

MISSING = -2147352572
"""What a wrapper hands over for an optional argument that the formula leaves out."""


class Variant(ctypes.Structure):
    """A VARIANT that holds a pointer."""

    _fields_ = (
        ("kind", ctypes.c_ushort),
        ("reserved", ctypes.c_ushort * 3),
        ("pointer", ctypes.c_void_p),
        ("record", ctypes.c_void_p),
    )


def activate(dll: Any, command: str, mode: int) -> Variant:
    """Do what the wrappers' ``XLPy`` does: mode 1 starts the server, mode -1 ends it."""
    result = Variant()
    answer = dll.XLPyDLLActivateAuto(ctypes.byref(result), command.encode("mbcs"), mode)
    if answer != 0:
        text = ctypes.wstring_at(result.pointer) if result.kind == 8 else hex(answer)
        raise OSError(text)
    return result


def cell_value(value: Any) -> Any:
    """Turn a JSON value into what Excel hands over: areas are tuples of tuples."""
    if isinstance(value, list):
        return tuple(cell_value(one) for one in value)
    return MISSING if value == {"missing": True} else value


def json_value(value: Any) -> Any:
    """Turn an answer into JSON; a date as its text."""
    if isinstance(value, (list, tuple)):
        return [json_value(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def main() -> None:
    """Answer lines until the input ends, then end the server as Excel does when it quits."""
    import pythoncom
    import win32com.client

    setup = json.loads(sys.stdin.readline())
    dll = ctypes.WinDLL(setup["dll"])
    dll.XLPyDLLActivateAuto.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    dll.XLPyDLLActivateAuto.restype = ctypes.c_long
    started = activate(dll, setup["command"], 1)
    pointer = pythoncom.ObjectFromAddress(started.pointer, pythoncom.IID_IDispatch)
    server = win32com.client.Dispatch(pointer)
    print(json.dumps({"ready": server.Str("ready")}), flush=True)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        values = tuple(cell_value(one) for one in arguments)
        try:
            answer = {
                "value": json_value(server.CallUDF(setup["module"], name, values, None, None))
            }
        except pythoncom.com_error as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    del server, pointer
    activate(dll, setup["command"], -1)
    print(json.dumps({"ended": True}), flush=True)


if __name__ == "__main__":
    main()
