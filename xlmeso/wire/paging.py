"""Read a paged list to its end (reference section 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final, TypeVar

MAX_PAGE_SIZE: Final = 1000
"""Largest page of the list route, and its default."""

Item = TypeVar("Item")


def read_pages(
    fetch: Callable[[int], Sequence[Item]], page_size: int, key: Callable[[Item], Hashable]
) -> Iterator[Item]:
    """Yield the items of all pages, each item once.

    The end is a page shorter than ``page_size``.  The list is newest first, so a run created
    meanwhile shifts the rest by one and an item comes twice: ``key`` tells.  A page without
    anything new also ends the list, for a server that ignores the page number.

    Parameters
    ----------
    fetch
        Returns the page of a number counted from 0.
    page_size
        The size that ``fetch`` asks for.
    key
        Identity of an item.
    """
    seen: set[Hashable] = set()
    page = 0
    while True:
        items = fetch(page)
        fresh = [item for item in items if key(item) not in seen]
        for item in fresh:
            if key(item) not in seen:
                seen.add(key(item))
                yield item
        if len(items) < page_size or not fresh:
            return
        page += 1
