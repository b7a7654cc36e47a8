"""External data of submissions: fetched once, kept for 30 seconds, checked with the definition."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.model.problems import Problem, error, errors_of
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.external.address import (
    ExternalDataError,
    FileName,
    WebAddress,
    parse_address,
)

KEEP_SECONDS: Final = 30.0
"""How long a fetched CSV is used again (reference section 4.8: 30 s between validation and run)."""

KEEP_COUNT: Final = 16
"""Most CSVs that are kept at a time."""

Fetch = Callable[[WebAddress], bytes]


@dataclass(frozen=True, slots=True)
class ExternalReading:
    """What a submission's CsvUrl gave.

    Attributes
    ----------
    content
        The CSV as it came; None when there is none or it is of no use.
    problems
        Mistakes: of the address, of the CSV, and names that neither of the two knows.
    """

    content: bytes | None
    problems: tuple[Problem, ...] = ()


NOTHING: Final = ExternalReading(None)


class ExternalSource:
    """Reads the external data that definitions name.

    Parameters
    ----------
    folder
        Folder that the operator has opened for files, or None.
    fetch
        Gets the content behind a web address; None for the real one.
    clock
        Seconds, ascending.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def read(self, definition: StrategyDefinition) -> ExternalReading:
        """Fetch and check what a definition names; an empty reading when it names nothing."""
        url = definition.csv_url
        if not url:
            return NOTHING
        from xlmeso.model.validation import validate
        from xlmeso.simulator.external.table import PATH, read_table

        try:
            content = self._content(url)
        except ExternalDataError as problem:
            return ExternalReading(None, (error(PATH, problem.message, problem.cure or ""),))
        table = read_table(content, definition)
        found = [*table.problems]
        if table.columns is not None:
            doubts = validate(definition, allow_unknown=True)
            known = validate(definition, allow_unknown=True, external_columns=table.columns)
            found += [problem for problem in errors_of(known) if problem not in doubts]
        return ExternalReading(content, tuple(found))

    def _content(self, url: str) -> bytes:
        address = parse_address(url)
        if isinstance(address, FileName):
            from xlmeso.simulator.external.folder import read_file

            return read_file(address, self._folder)
        with self._lock:
            self._forget_old()
            kept = self._kept.get(address.url)
        if kept is not None:
            return kept[1]
        content = (self._fetch or self._real_fetch())(address)
        with self._lock:
            self._kept[address.url] = (self._clock(), content)
            while len(self._kept) > KEEP_COUNT:
                self._kept.popitem(last=False)
        return content

    def _real_fetch(self) -> Fetch:
        from xlmeso.simulator.external.fetch import Fetcher

        self._fetch = Fetcher()
        return self._fetch

    def _forget_old(self) -> None:
        now = self._clock()
        old = [url for url, (since, _) in self._kept.items() if now - since >= KEEP_SECONDS]
        for url in old:
            del self._kept[url]
