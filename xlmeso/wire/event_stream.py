"""Read the events reply piece by piece, for blotters that are larger than memory should be.

As `xlmeso.wire.events`, but the array is taken apart while it comes: at no time is more than one
piece of the text and one event's document held.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Container, Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from xlmeso.errors import DecodingError
from xlmeso.model.contracts import OptionContract
from xlmeso.model.events import BlotterEvent
from xlmeso.wire.events import decode_event

MAX_EVENT: Final = 16 * 1024**2
"""Most characters of one event."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_BETWEEN: Final = re.compile(r"[ \t\r\n,]*")


class EventStream:
    """Decodes the events of a JSON array that comes in pieces of bytes.

    Parameters
    ----------
    pieces
        The bytes, cut anywhere.
    variables
        Script variables that are kept of each event, None for all of them.
    first
        Number of the first event, for messages.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        variables: Container[str] | None = None,
        first: int = 0,
    ) -> None:
        self._pieces = iter(pieces)
        self._variables = variables
        self._text = ""
        self._at = 0
        self._taken = 0
        self._number = first
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig" if not first else "utf-8")()
        self._contracts: dict[tuple[Any, ...], OptionContract] = {}

    @property
    def offset(self) -> int:
        """Bytes of the array before the next event, which is a place to begin again."""
        waiting = len(self._text[self._at :].encode("utf-8")) + len(self._utf8.getstate()[0])
        return self._taken - waiting

    def __iter__(self) -> Iterator[BlotterEvent]:
        """Yield the events.

        Raises
        ------
        DecodingError
            Not a JSON array of objects, or an event that cannot be read; its number (from 0) and
            its field are named.
        """
        self._open()
        while (item := self._next_item()) is not None:
            try:
                event = decode_event(item[0], self._contracts, self._variables)
            except DecodingError as error:
                raise DecodingError(error.message, where=f"event {self._number}") from None
            self._number += 1
            yield event

    def _open(self) -> None:
        """Go past the opening bracket; one that begins amid the array has none."""
        self._skip(_SPACE)
        if self._text.startswith("[", self._at):
            self._at += 1
        elif self._number == 0:
            raise DecodingError("the reply is not a JSON array of events")

    def _next_item(self) -> tuple[Any] | None:
        """Return the next document in a tuple, None at the end of the array."""
        self._skip(_BETWEEN)
        if self._text.startswith("]", self._at):
            return None
        while True:
            try:
                found, self._at = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError, ArithmeticError) as error:
                if len(self._text) - self._at > MAX_EVENT or not self._more():
                    raise DecodingError(
                        f"not JSON: {error}", where=f"event {self._number}"
                    ) from None
            else:
                return (found,)

    def _skip(self, gap: re.Pattern[str]) -> None:
        while True:
            found = gap.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._more():
                return

    def _more(self) -> bool:
        """Take the next piece; False at the end."""
        piece = next(self._pieces, None)
        try:
            text = self._utf8.decode(piece or b"", final=piece is None)
        except UnicodeDecodeError:
            raise DecodingError("the events are not UTF-8 text") from None
        self._text, self._at = self._text[self._at :] + text, 0
        self._taken += len(piece or b"")
        return piece is not None


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=lambda _: None)
