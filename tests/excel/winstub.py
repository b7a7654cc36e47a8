"""The true UDF code of xlwings on any system: pywin32 is a stand-in, everything else is xlwings.

Stood in for: the modules of pywin32, and Excel (a headless book).  True: ``call_udf`` with its
converters, ``XLPython.CallUDF``, the decorators, the generator of VBA, and the two functions of
xlwings' Windows engine that turn cells into Python values and back.
"""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import xlwings

MISSING = -2147352572
"""How an argument that was left out arrives."""

_MODULES = (
    "pythoncom", "pywintypes", "win32api", "win32event", "win32com", "win32com.client",
    "win32com.server", "win32com.server.util", "win32com.server.dispatcher",
    "win32com.server.policy", "win32com.server.exception",
)  # fmt: skip
_REPLACED = ("func", "arg", "ret", "sub", "script", "_xlwindows")
_OWN = ("xlwings._xlwindows", "xlwings.udfs", "xlwings.com_server")


class Variant:
    """As ``win32com.client.VARIANT``: a value of a stated type."""

    def __init__(self, varianttype: int, value: Any) -> None:
        self.varianttype = varianttype
        self.value = value


class ComError(Exception):
    """As ``pywintypes.com_error``."""


class Windows:
    """Calls functions as Excel does through COM."""

    def __init__(self, udfs: types.ModuleType, server: types.ModuleType) -> None:
        self.udfs = udfs
        self._python = server.XLPython()

    def call(self, name: str, *arguments: Any) -> Any:
        """Call by ``XLPython.CallUDF``: one cell and one row come back squeezed."""
        return self._python.CallUDF("xlmeso.excel.udfs", name, arguments, None, None)

    def rows(self, name: str, *arguments: Any) -> list[list[Any]]:
        """Call by ``call_udf``: always rows."""
        given = [MISSING if item is None else item for item in arguments]
        result: list[list[Any]] = self.udfs.call_udf("xlmeso.excel.udfs", name, given)
        return result

    def one(self, name: str, *arguments: Any) -> Any:
        """Call by ``call_udf`` and return the only cell."""
        ((cell,),) = self.rows(name, *arguments)
        return cell


@contextlib.contextmanager
def windows() -> Iterator[Windows]:
    """Let xlwings believe that it runs on Windows until the block ends."""
    kept_modules = {name: sys.modules.get(name) for name in (*_MODULES, *_OWN)}
    kept_names = {name: getattr(xlwings, name, None) for name in _REPLACED}
    known_engine = xlwings.engines.engines_by_name.get("excel")
    try:
        yield _install()
    finally:
        for name, module in kept_modules.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
        for name, value in kept_names.items():
            setattr(xlwings, name, value)
        xlwings.engines.engines_by_name.pop("excel", None)
        if known_engine is not None:
            xlwings.engines.add(known_engine)


def _install() -> Windows:
    _stand_in_for_pywin32()
    _stand_in_for_excel()
    udfs = importlib.import_module("xlwings.udfs")
    server = importlib.import_module("xlwings.com_server")
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    xlwings.sub = xlwings.script = udfs.xlsub
    from xlmeso.excel import udfs as ours

    importlib.reload(ours)
    return Windows(udfs, server)


def _stand_in_for_pywin32() -> None:
    modules = {name: mock.MagicMock(name=name) for name in _MODULES}
    for name, module in modules.items():
        module.__name__, module.__path__ = name, []
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    pythoncom = modules["pythoncom"]
    pythoncom.CoInitialize = lambda: None
    pythoncom.TypeIIDs = {pythoncom.IID_IDispatch: type("PyIDispatch", (), {})}
    modules["pywintypes"].com_error = ComError
    modules["win32com.client"].VARIANT = Variant
    modules["win32com.client"].Dispatch = lambda item: item
    modules["win32com.server.util"].unwrap.side_effect = ComError
    sys.modules.update(modules)


def _stand_in_for_excel() -> None:
    from xlmeso.excel.headless.engine import HeadlessEngine
    from xlmeso.excel.headless.ranges import Range

    true = _windows_engine()
    impl = HeadlessEngine("excel")
    impl.prepare_xl_data_element = true.prepare_xl_data_element  # type: ignore[method-assign]
    impl.clean_value_data = true.clean_value_data  # type: ignore[method-assign]
    xlwings.engines.engines_by_name.pop("excel", None)
    xlwings.engines.add(xlwings.Engine(impl=impl))

    class ComRange:
        """``_xlwindows.Range(xl=...)`` gives the headless range itself."""

        def __new__(cls, xl: Any = None) -> Any:
            return types.SimpleNamespace() if xl is None else xl

    module = types.ModuleType("xlwings._xlwindows")
    module.Range, module.Book, module.BOOK_CALLER = ComRange, lambda xl: xl, None  # type: ignore[attr-defined]
    module.is_range_instance = lambda item: isinstance(item, Range)  # type: ignore[attr-defined]
    sys.modules["xlwings._xlwindows"] = module
    xlwings._xlwindows = module


def _windows_engine() -> Any:
    """Take the engine's two conversions out of the source of xlwings' Windows module."""
    source = (Path(xlwings.__file__).parent / "_xlwindows.py").read_text(encoding="utf-8")
    wanted = {"cell_errors", "_clean_value_data_element", "Engine", "_com_time_to_datetime"}
    body = [node for node in ast.parse(source).body if _names(node) & wanted]
    import numpy
    import pandas

    space: dict[str, Any] = {"np": numpy, "pd": pandas, "time_types": (dt.datetime,), "dt": dt}
    exec(compile(ast.Module(body, []), "_xlwindows.py", "exec"), space)
    space["_datetime_to_com_time"] = lambda moment: moment
    return space["Engine"]


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return {item.id for item in node.targets if isinstance(item, ast.Name)}
    name = getattr(node, "name", None)
    return {name} if isinstance(name, str) else set()
