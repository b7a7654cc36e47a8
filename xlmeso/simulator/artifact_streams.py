"""Compressed artifacts as streams of bytes, the events filtered on the way, in bounded memory."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CHUNK_BYTES: Final = 256 * 1024
"""Size of the pieces that are read and sent."""

_BETWEEN_ITEMS = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a caller wants.

    Attributes
    ----------
    start, end
        Simulated exchange-local time.  Assumption: both ends are inclusive, a zone in the request
        is ignored, and an event without SimTime is left out when either is given.
    event_type
        Assumption: compared without regard to case; an unknown type matches nothing.
    """

    start: dt.datetime | None = None
    end: dt.datetime | None = None
    event_type: str | None = None

    @property
    def passes_all(self) -> bool:
        """Whether nothing is filtered."""
        return self.start is None and self.end is None and self.event_type is None

    def matches(self, event: dict[str, Any]) -> bool:
        """Whether an event of the blotter is wanted."""
        if self.event_type is not None:
            found = event.get("EventType")
            if not isinstance(found, str) or found.casefold() != self.event_type.casefold():
                return False
        return self._matches_time(event.get("SimTime"))

    def _matches_time(self, sim_time: Any) -> bool:
        if self.start is None and self.end is None:
            return True
        if not isinstance(sim_time, str):
            return False
        time = dt.datetime.fromisoformat(sim_time).replace(tzinfo=None)
        after_start = self.start is None or time >= self.start.replace(tzinfo=None)
        return after_start and (self.end is None or time <= self.end.replace(tzinfo=None))


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a caller takes gzip (header Accept-Encoding, RFC 9110 section 12.5.3)."""
    weights: dict[str, float] = {}
    for item in (accept_encoding or "").split(","):
        coding, _, parameter = item.partition(";")
        weights[coding.strip().lower()] = _weight(parameter)
    return weights.get("gzip", weights.get("*", 0.0)) > 0.0


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def raw_bytes(path: Path) -> Iterator[bytes]:
    """Yield a file as it is."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def unpacked_bytes(path: Path) -> Iterator[bytes]:
    """Yield the content of a gzip file."""
    with gzip.open(path, "rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def filtered_events(path: Path, wanted: EventFilter) -> Iterator[bytes]:
    """Yield a JSON array of the events that a filter lets through, spelled as in the file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        pieces: list[str] = []
        size, separator = 0, "["
        for text, event in array_items(file.read):
            if wanted.matches(event):
                pieces += (separator, text)
                size, separator = size + len(text), ","
            if size > CHUNK_BYTES:
                yield "".join(pieces).encode()
                pieces, size = [], 0
        yield "".join((*pieces, "[]" if separator == "[" else "]")).encode()


def array_items(
    read: Callable[[int], str], *, chunk: int = CHUNK_BYTES
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON array, each as its text and its value.

    Memory holds one chunk or one object, whichever is larger.

    Parameters
    ----------
    read
        Returns at most so many characters, an empty text at the end.

    Raises
    ------
    ValueError
        The text is no complete array of objects.
    """
    decoder = json.JSONDecoder()
    buffer = read(chunk).lstrip()
    if not buffer.startswith("["):
        raise ValueError("the events are no JSON array")
    at = 1
    while True:
        at = _after(_BETWEEN_ITEMS, buffer, at)
        if buffer.startswith("]", at):
            return
        try:
            event, end = decoder.raw_decode(buffer, at)
        except json.JSONDecodeError:
            more = read(max(chunk, len(buffer) - at))
            if not more:
                raise
            buffer, at = buffer[at:] + more, 0
            continue
        yield buffer[at:end], event
        at = end


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
