"""An xlwings engine over openpyxl: macro code for xlwings runs with no Excel.

``install()`` makes it known to xlwings.  Values, formulas (stored, not computed), formats, names,
tables, charts and pictures are kept in memory and saved atomically; a book that openpyxl cannot
keep whole is never overwritten.  Importing this package loads neither xlwings nor openpyxl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlwings

ENGINE_NAME = "headless"


def install(name: str = ENGINE_NAME, *, activate: bool = False) -> xlwings.Engine:
    """Make the engine known to xlwings, once per name; ``activate`` makes it the default.

    Returns
    -------
    xlwings.Engine
        The engine, the same object at every call.
    """
    import xlwings

    from xlmeso.excel.headless.engine import HeadlessEngine

    engine = xlwings.engines.engines_by_name.get(name)
    if engine is None:
        engine = xlwings.Engine(impl=HeadlessEngine(name))
        xlwings.engines.add(engine)
    if activate:
        engine.activate()
    return engine
