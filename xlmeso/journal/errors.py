"""What can go wrong with a journal."""

from __future__ import annotations

from xlmeso.errors import XlmesoError


class JournalError(XlmesoError):
    """The journal cannot be read or written, or was asked to contradict itself."""

    cell_text = "#MESO! Check the journal"
    exit_code = 12
