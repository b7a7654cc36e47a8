"""How books and charts of xlmeso are told from foreign ones."""

from __future__ import annotations

from typing import Final

BOOK_MARK: Final = "xlmeso"
"""Custom document property that marks a book as made by xlmeso; its value is the version."""

OUR_CHARTS: Final = "meso_"
"""Charts whose name begins so were made by xlmeso and are made anew with their sheet."""
