"""Python's collector of cycles, held back where it only costs time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let millions of objects come and stay without looks for cycles, which they do not make.

    Each look goes through all objects that are held; without cycles it finds nothing to free.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
