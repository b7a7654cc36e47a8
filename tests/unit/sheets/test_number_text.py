from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest

from xlmeso.sheets.cells import CellError, Formula
from xlmeso.sheets.number_text import shown

MOMENT = dt.datetime(2020, 3, 5, 15, 30, 9, 250_000)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (Decimal("-1234.567"), "#,##0", "-1,235"),
        (0.1234, "0.00%", "12.34%"),
        (-0.05, "0%", "-5%"),
        (1234.5, "0.0", "1234.5"),
        (7, "000000", "000007"),
        (3, '0" rows"', "3 rows"),
        (4.25, '0.0" avg"', "4.2 avg"),
        (-1234.5, "#,##0.00;[Red]-#,##0.00", "-1,234.50"),
        (2, "+General;-General;0", "+2"),
        (-2, "+General;-General;0", "-2"),
        (0, "+General;-General;0", "0"),
        (160, None, "160"),
        (0.1 + 0.2, None, "0.3"),
        (math.nan, "0.00", ""),
        (None, "0.00", ""),
        (True, None, "TRUE"),
        ("=1+1", "0.00", "=1+1"),
        (Formula("=SUM(A1)", 2.5), "0.00", "2.50"),
        (CellError("#N/A"), None, "#N/A"),
        (MOMENT, "yyyy-mm-dd hh:mm:ss", "2020-03-05 15:30:09"),
        (MOMENT, "yyyy-mm-dd", "2020-03-05"),
        (MOMENT, "mmm yyyy", "Mar 2020"),
        (dt.date(2020, 3, 5), None, "2020-03-05"),
        (dt.datetime(2020, 3, 5, 1, 2, 3), None, "2020-03-05 01:02:03"),
    ],
)
def test_values_look_as_in_a_workbook(value: Any, number_format: str | None, text: str) -> None:
    assert shown(value, number_format) == text
