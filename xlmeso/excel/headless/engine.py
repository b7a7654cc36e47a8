"""The engine and its apps: what xlwings asks first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xlwings import base_classes

from xlmeso.excel.headless.app import App
from xlmeso.excel.headless.values import cleaned, to_excel
from xlmeso.sheets.cells import CellValue


class HeadlessEngine:
    """The part of an xlwings engine that does the work; ``type`` as for a local Excel."""

    type = "desktop"

    def __init__(self, name: str) -> None:
        self.name = name
        self._apps = Apps(self)

    @property
    def apps(self) -> Apps:
        """The running apps."""
        return self._apps

    @staticmethod
    def prepare_xl_data_element(value: Any, _options: Any) -> CellValue:
        """Turn one Python value into a cell's."""
        return to_excel(value)

    @staticmethod
    def clean_value_data(
        rows: Sequence[Sequence[CellValue]],
        make_datetime: Callable[..., Any],
        empty: Any,
        make_number: Callable[[float], Any] | None,
        err_to_str: bool,
    ) -> list[list[Any]]:
        """Turn raw cells into Python values by the options of a read."""
        return cleaned(rows, make_datetime, empty, make_number, err_to_str)


class Apps(base_classes.Apps):  # type: ignore[misc,unused-ignore]
    """The apps of the engine, the active one first."""

    def __init__(self, engine: HeadlessEngine) -> None:
        self.engine = engine
        self._apps: list[App] = []

    def keys(self) -> list[int]:
        """Process numbers (invented here) of the apps."""
        return [app.pid for app in self._apps]

    def add(
        self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None, **_: Any
    ) -> App:
        """Start an app; like Excel it begins with an empty book unless told not to."""
        app = App(self)
        self._apps.insert(0, app)
        if add_book or add_book is None:
            app.books.add()
        return app

    def remove(self, app: App) -> None:
        """Forget an app that has quit."""
        if app in self._apps:
            self._apps.remove(app)

    def promote(self, app: App) -> None:
        """Make an app the active one."""
        self.remove(app)
        self._apps.insert(0, app)

    def cleanup(self) -> None:  # type: ignore[override]
        """Forget all apps."""
        self._apps.clear()

    def __iter__(self) -> Iterator[App]:
        return iter(list(self._apps))

    def __len__(self) -> int:
        return len(self._apps)

    def __getitem__(self, pid: int) -> App:
        for app in self._apps:
            if app.pid == pid:
                return app
        raise KeyError(pid)
