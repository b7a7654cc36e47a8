"""Runs worksheet functions against a real local service while the books are built.

What differs from build to build (ids, times) is replaced by fixed samples, so that the same
sources give the same bytes.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlmeso.app.connect import connect
from xlmeso.app.formulas.session import Session, use_session
from xlmeso.app.local_service import default_data
from xlmeso.excel import udfs
from xlmeso.excel.areas import Area
from xlmeso.simulator.discovery import this_process, write_pointer
from xlmeso.simulator.server import LocalService

Rows = list[list[Any]]

AS_OF = "2026-01-05 09:30:00 UTC"
"""Stands for every moment at which something was fetched."""

_MOMENT = re.compile(r"(?<=as of )\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
_WAIT_SECONDS = 300.0


class Live:
    """The worksheet functions over a local service that has just started and is empty."""

    def __init__(self, env: dict[str, str], session: Session) -> None:
        self.env = env
        self.session = session
        self._samples: dict[str, str] = {}

    def rows(self, function: str, *arguments: Any) -> Rows:
        """Call a function as Excel does and return the rows of its answer.

        Raises
        ------
        RuntimeError
            It answered with an error.
        """
        if function == "MESO_BACKTESTS":
            self.session.results("local").refresh()  # a list of seconds ago would be as good
        answer = getattr(udfs, function)(*(_cells(function, one) for one in arguments))
        rows = answer if isinstance(answer, list) else [[answer]]
        for text in (cell for row in rows for cell in row if isinstance(cell, str)):
            if text.startswith("#MESO!"):
                sentence = udfs.MESO_ERROR([[text]])
                raise RuntimeError(f"{function}{arguments}: {text}: {sentence}")
        if function == "MESO_RUN":
            self._await_end(str(rows[0][0]))
        return rows

    def shown(self, rows: Rows) -> Rows:
        """Return rows as the books hold them: sample ids, one moment of fetching."""
        return [[self._sample(cell) for cell in row] for row in rows]

    def _sample(self, cell: Any) -> Any:
        if not isinstance(cell, str):
            return cell
        for real, sample in self._samples.items():
            cell = cell.replace(real, sample)
        return _MOMENT.sub(AS_OF, cell)

    def _await_end(self, run: str) -> None:
        number = len(self._samples) + 1
        name = f"https://github.com/xlmeso/samples/{number}"
        self._samples.setdefault(run, str(uuid.uuid5(uuid.NAMESPACE_URL, name)))
        with connect("local", env=self.env) as connection:
            connection.client.backtests.wait(run, timeout=_WAIT_SECONDS)


@contextlib.contextmanager
def live() -> Iterator[Live]:
    """Start an empty local service in a folder of its own until the block ends."""
    with tempfile.TemporaryDirectory(prefix="xlmeso-books-") as home:
        env = {"XLMESO_HOME": home, "HOME": home, "USERPROFILE": home}
        session = Session(env)
        use_session(session)
        try:
            with LocalService(Path(default_data(env)), workers=2) as service:
                # Found as `xlmeso serve` is, so that tables call it "local service" without a port.
                write_pointer(service.data, this_process(service.url, service.data))
                yield Live(env, session)
        finally:
            use_session(None)
            session.close()


def _cells(function: str, argument: Any) -> Any:
    if argument is None:
        return None
    rows = argument if isinstance(argument, list) else [[argument]]
    if function in ("MESO_RUN", "MESO_VALIDATE"):
        return Area(rows)
    return rows
