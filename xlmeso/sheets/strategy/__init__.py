"""The strategy sheet: a definition laid out in named tables, and read back without loss.

``plan_strategy`` makes the sheet, ``read_strategy`` reads its tables wherever they were moved.
Blank cells mean absent, the word ``null`` means null; what the tables cannot say stands in the
table ``meso_other_fields``.
"""

from xlmeso.sheets.strategy.layout import section_of
from xlmeso.sheets.strategy.read import is_strategy_table, read_strategy
from xlmeso.sheets.strategy.reading import StrategyReading
from xlmeso.sheets.strategy.write import plan_strategy

__all__ = [
    "StrategyReading",
    "is_strategy_table",
    "plan_strategy",
    "read_strategy",
    "section_of",
]
