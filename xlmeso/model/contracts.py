"""Option contracts and their text forms (reference section 5)."""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

INDEX_MULTIPLIER: Final = 100
"""Money per point of an index or equity option (reference sections 3.2 and 4.9)."""


class OptionType(enum.StrEnum):
    """The service's two words for the right of an option."""

    PUT = "Put"
    CALL = "Call"


_TEXT = re.compile(
    r"(?P<underlying>\w+)\.(?P<root>\w+)\.(?P<date>\d{4}-\d\d-\d\d)\."
    r"(?P<strike>\d+(?:\.\d+)?)\.(?P<type>Put|Call)(?:\.(?P<multiplier>\d+))?"
)


@dataclass(frozen=True, slots=True, order=True)
class OptionContract:
    """One listed option.

    Attributes
    ----------
    underlying, root
        Symbol of the underlying (``SPX``) and OCC root (``SPXW``).
    expiration
        Expiration date.
    strike
        Strike in points of the underlying.
    type
        Put or Call.
    multiplier
        Money per point.
    """

    underlying: str
    root: str
    expiration: dt.date
    strike: Decimal
    type: OptionType
    multiplier: int = INDEX_MULTIPLIER

    def __str__(self) -> str:
        """Write ``SPX.SPXW.2020-03-31.2945.Put.100``, the form of version 2.11."""
        strike = f"{self.strike:f}"
        if "." in strike:
            strike = strike.rstrip("0").rstrip(".")
        return (
            f"{self.underlying}.{self.root}.{self.expiration:%Y-%m-%d}.{strike}."
            f"{self.type}.{self.multiplier}"
        )

    @classmethod
    def parse(cls, text: str) -> OptionContract:
        """Read the text form; the multiplier was absent up to version 2.0 and counts as 100.

        Raises
        ------
        ValueError
            The text is no contract.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a contract such as SPX.SPXW.2020-03-31.2945.Put.100")
        return cls(
            underlying=match["underlying"],
            root=match["root"],
            expiration=dt.date.fromisoformat(match["date"]),
            strike=Decimal(match["strike"]),
            type=OptionType(match["type"]),
            multiplier=int(match["multiplier"] or INDEX_MULTIPLIER),
        )
