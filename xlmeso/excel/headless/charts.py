"""Charts of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl.chart import (
    AreaChart,
    BarChart,
    LineChart,
    PieChart,
    Reference,
    ScatterChart,
    Series,
)
from openpyxl.drawing.spreadsheet_drawing import AbsoluteAnchor
from openpyxl.drawing.xdr import XDRPoint2D, XDRPositiveSize2D
from xlwings import base_classes

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless.collection import Collection
from xlmeso.report.charts import ChartLabel, label_of, set_label

if TYPE_CHECKING:
    from xlmeso.excel.headless.ranges import Range
    from xlmeso.excel.headless.sheets import Sheet

EMU_PER_POINT: Final = 12_700
CM_PER_POINT: Final = 2.54 / 72

_KINDS: Final[dict[str, Any]] = {
    "line": LineChart,
    "line_markers": LineChart,
    "area": AreaChart,
    "area_stacked": AreaChart,
    "column_clustered": BarChart,
    "column_stacked": BarChart,
    "bar_clustered": BarChart,
    "bar_stacked": BarChart,
    "pie": PieChart,
    "xy_scatter": ScatterChart,
    "xy_scatter_lines": ScatterChart,
    "xy_scatter_lines_no_markers": ScatterChart,
}
_STATE: Final = "_xlmeso_state"


class Charts(Collection):
    """The charts of a sheet."""

    def items(self) -> list[Chart]:
        """Return the charts."""
        return [Chart(self.sheet, native) for native in self.sheet.worksheet._charts]

    def add(
        self,
        left: float | None = None,
        top: float | None = None,
        width: float | None = None,
        height: float | None = None,
        chart_type: str | None = None,
        source: Any = None,
        plot_by: str | None = None,
        name: str | None = None,
        anchor: Any = None,
        style: Any = None,
    ) -> Chart:
        """Add a chart; sizes are points, ``anchor`` a range for its upper left corner."""
        kind = chart_type or "line"
        native = _native(kind)
        place = anchor.impl if anchor is not None else None
        state = {
            "kind": kind,
            "left": left if left is not None else (place.left if place else 0.0),
            "top": top if top is not None else (place.top if place else 0.0),
            "width": width or 355.0,
            "height": height or 211.0,
            "plot_by": plot_by,
        }
        native.__dict__[_STATE] = state
        set_label(native, ChartLabel(name or self.free_name("Chart")))
        self.sheet.worksheet._charts.append(native)
        chart = Chart(self.sheet, native)
        chart.place()
        if source is not None:
            chart.set_source_data(source.impl if hasattr(source, "impl") else source, plot_by)
        return chart


def _native(kind: str) -> Any:
    if kind not in _KINDS:
        raise WorkbookError(
            f"charts of type {kind} cannot be drawn without Excel",
            cure=f"Types: {', '.join(_KINDS)}.",
        )
    native = _KINDS[kind]()
    if kind.startswith("bar"):
        native.type = "bar"
    if kind.endswith("stacked"):
        native.grouping, native.overlap = "stacked", 100
    for axis in ("x_axis", "y_axis"):
        if hasattr(native, axis):
            getattr(native, axis).delete = False
    return native


class Chart(base_classes.Chart):  # type: ignore[misc,unused-ignore]
    """One chart, drawn by openpyxl when the book is saved."""

    def __init__(self, sheet: Sheet, native: Any) -> None:
        self.sheet = sheet
        self.native = native

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.native.__dict__.setdefault(_STATE, {})
        return state

    @property
    def api(self) -> Any:
        """The native object: openpyxl's chart."""
        return self.native

    @property
    def parent(self) -> Sheet:
        """The sheet."""
        return self.sheet

    @property
    def name(self) -> str:
        """Name of the chart."""
        label = label_of(self.native)
        if label is not None and label.name:
            return label.name
        return f"Chart {self.sheet.worksheet._charts.index(self.native) + 1}"

    @name.setter
    def name(self, value: str) -> None:
        label = label_of(self.native)
        set_label(self.native, ChartLabel(value, label.alt_text if label else ""))

    @property
    def chart_type(self) -> str:
        """Xlwings' word for the kind of chart."""
        for kind, native in _KINDS.items():
            if type(self.native) is native:
                return str(self._state.get("kind", kind))
        return "combination"

    @chart_type.setter
    def chart_type(self, value: str) -> None:
        fresh = _native(value)
        fresh.__dict__.update(
            {key: self.native.__dict__[key] for key in self.native.__dict__ if "xlmeso" in key}
        )
        fresh.title, fresh.anchor = self.native.title, self.native.anchor
        charts = self.sheet.worksheet._charts
        charts[charts.index(self.native)] = fresh
        self.native = fresh
        self._state["kind"] = value
        source = self._state.get("source")
        if source is not None:
            self.set_source_data(source, self._state.get("plot_by"))

    @property
    def title(self) -> str | None:
        """Text above the chart."""
        return self._state.get("title")

    @title.setter
    def title(self, value: str | None) -> None:
        self._state["title"] = value
        self.native.title = value
        if value is not None:
            self.native.title.overlay = False

    def set_source_data(self, area: Range, plot_by: str | None = None) -> None:
        """Draw a range: first row or column are names, first column or row the categories."""
        self._state["source"], self._state["plot_by"] = area, plot_by
        self.native.series.clear()
        if isinstance(self.native, ScatterChart):
            self._scatter(area)
            return
        by_rows = plot_by == "rows"
        sheet = area.sheet.worksheet
        first_row, first_column = area.row + by_rows, area.column + (not by_rows)
        data = Reference(
            sheet, min_row=first_row, max_row=area.row2, min_col=first_column, max_col=area.column2
        )
        self.native.add_data(data, from_rows=by_rows, titles_from_data=True)
        self.native.set_categories(
            Reference(sheet, min_row=area.row, min_col=area.column + 1, max_col=area.column2)
            if by_rows
            else Reference(sheet, min_row=area.row + 1, max_row=area.row2, min_col=area.column)
        )
        for series in self.native.series:
            if isinstance(self.native, BarChart):
                series.invertIfNegative = False

    def _scatter(self, area: Range) -> None:
        sheet = area.sheet.worksheet
        across = Reference(sheet, min_col=area.column, min_row=area.row + 1, max_row=area.row2)
        for column in range(area.column + 1, area.column2 + 1):
            up = Reference(sheet, min_col=column, min_row=area.row, max_row=area.row2)
            self.native.series.append(Series(up, across, title_from_data=True))

    def place(self) -> None:
        """Put the chart where its left, top, width and height say."""
        state = self._state
        points = [int(state[key] * EMU_PER_POINT) for key in ("left", "top", "width", "height")]
        left, top, width, height = points
        self.native.anchor = AbsoluteAnchor(
            pos=XDRPoint2D(left, top), ext=XDRPositiveSize2D(width, height)
        )
        self.native.width = state["width"] * CM_PER_POINT
        self.native.height = state["height"] * CM_PER_POINT

    def _measure(self, key: str) -> float:
        return float(self._state.get(key, 0.0))

    def _resize(self, key: str, value: float) -> None:
        for other in ("left", "top", "width", "height"):
            self._state.setdefault(other, 0.0)
        self._state[key] = value
        self.place()

    left = property(lambda self: self._measure("left"), lambda self, v: self._resize("left", v))
    top = property(lambda self: self._measure("top"), lambda self, v: self._resize("top", v))
    width = property(lambda self: self._measure("width"), lambda self, v: self._resize("width", v))
    height = property(
        lambda self: self._measure("height"), lambda self, v: self._resize("height", v)
    )

    def delete(self) -> None:
        """Remove the chart."""
        self.sheet.worksheet._charts.remove(self.native)
