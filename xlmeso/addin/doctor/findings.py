"""What a check found."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from xlmeso.errors import XlmesoError


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is broken."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes
    ----------
    check
        What was examined, in one or two words.
    level
        How much it matters.
    text
        What was found.
    cure
        What to do next: one line; None where nothing needs doing.
    """

    check: str
    level: Level
    text: str
    cure: str | None = None


def ok(check: str, text: str) -> Finding:
    """Say that something is in order."""
    return Finding(check, Level.OK, text)


def note(check: str, text: str, cure: str | None = None) -> Finding:
    """Say something worth knowing."""
    return Finding(check, Level.NOTE, text, cure)


def fault(check: str, text: str, cure: str) -> Finding:
    """Say what is broken and what to do about it."""
    return Finding(check, Level.FAULT, text, cure)


def from_error(check: str, error: XlmesoError, cure: str) -> Finding:
    """Turn an error of ours into a fault; ``cure`` is for errors that bring none."""
    place = f"{error.where}: " if error.where else ""
    return fault(check, one_line(f"{place}{error.message}"), one_line(error.cure or cure))


def one_line(text: str) -> str:
    """Return text without line breaks."""
    return " ".join(text.split())
