"""Ctrl-C as a wish: the work in hand is written down, then everything stops."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Interruption:
    """Whether somebody has pressed Ctrl-C."""

    asked: bool = False


@contextlib.contextmanager
def interruptible() -> Iterator[Interruption]:
    """Turn the first Ctrl-C into a wish; the second one interrupts at once.

    Only the main thread gets signals; elsewhere nothing is ever asked.
    """
    wish = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        if wish.asked:
            raise KeyboardInterrupt
        wish.asked = True

    signal.signal(signal.SIGINT, ask)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
