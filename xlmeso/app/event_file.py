"""The blotter of a run in a file on disk, read as often as it is needed and never held whole."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, overload

from xlmeso.app.collector import collector_paused
from xlmeso.model.events import BlotterEvent
from xlmeso.wire.event_stream import EventStream

IN_MEMORY: Final = 256 * 1024**2
"""Largest file whose events are kept in memory, about as much as the file is long."""

_PIECE: Final = 1 << 20
_MARK_EVERY: Final = 5_000
"""Events between two places at which reading can begin."""


def read_event_file(
    path: Path, *, variables: Container[str] | None = None, in_memory: int = IN_MEMORY
) -> Sequence[BlotterEvent]:
    """Return the events of a downloaded blotter: a list, or of a large file a view of it.

    Parameters
    ----------
    path
        The service's JSON array; a view needs it for as long as it is used.
    variables
        Script variables that are kept of each event, None for all.
    in_memory
        Bytes of a file up to which a list is made.

    Raises
    ------
    DecodingError
        The file is no array of events.
    """
    if path.stat().st_size > in_memory:
        return EventFile.read(path, variables)
    with collector_paused():
        return list(EventStream(_pieces(path, 0), variables=variables))


class EventFile(Sequence[BlotterEvent]):
    """A sequence of events in a file; a slice is a view of the same file.

    Going through it decodes the file anew and takes no more memory for a large file than for a
    small one; to look at single events costs up to `_MARK_EVERY` of them.
    """

    def __init__(
        self,
        path: Path,
        variables: Container[str] | None,
        marks: Sequence[tuple[int, int]],
        span: range,
    ) -> None:
        self._path = path
        self._variables = variables
        self._marks = marks
        self._span = span

    @classmethod
    def read(cls, path: Path, variables: Container[str] | None = None) -> EventFile:
        """Go through a file once, to check it, to count its events and to mark places in it.

        Raises
        ------
        DecodingError
            As `read_event_file`.
        """
        marks = [(0, 0)]
        count = 0
        stream = EventStream(_pieces(path, 0), variables=())
        for count, _ in enumerate(stream, start=1):
            if count % _MARK_EVERY == 0:
                marks.append((count, stream.offset))
        return cls(path, variables, marks, range(count))

    def __len__(self) -> int:
        return len(self._span)

    def __iter__(self) -> Iterator[BlotterEvent]:
        if not self._span:
            return
        number, offset = self._marks[bisect_right(self._marks, (self._span.start, 1 << 62)) - 1]
        stream = EventStream(_pieces(self._path, offset), variables=self._variables, first=number)
        yield from islice(stream, self._span.start - number, self._span.stop - number)

    @overload
    def __getitem__(self, place: int) -> BlotterEvent: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[BlotterEvent]: ...
    def __getitem__(self, place: int | slice) -> BlotterEvent | Sequence[BlotterEvent]:
        """Return an event, or a view of consecutive events (other steps make a list)."""
        if isinstance(place, int):
            at = self._span[place]
            return next(iter(self._view(range(at, at + 1))))
        span = self._span[place]
        return self._view(span) if span.step == 1 else list(self)[place]

    def _view(self, span: range) -> EventFile:
        return EventFile(self._path, self._variables, self._marks, span)


def _pieces(path: Path, offset: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(_PIECE):
            yield piece
