"""What an installation would change or has changed: a list of actions that a person can read."""

from __future__ import annotations

import enum
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from xlmeso.errors import ConfigurationError


class Verb(enum.StrEnum):
    """What happens to a file."""

    WRITE = "write"
    REPLACE = "replace"
    REMOVE = "remove"
    KEEP = "keep"
    """It is already as it should be."""


@dataclass(frozen=True, slots=True)
class Action:
    """One step of an installation.

    Attributes
    ----------
    verb
        What happens.
    path
        The file concerned.
    what
        What the file is for, in a few words.
    """

    verb: Verb
    path: Path
    what: str

    @property
    def changes(self) -> bool:
        """Whether the step changes anything on the disk."""
        return self.verb is not Verb.KEEP

    def __str__(self) -> str:
        return f"{self.verb} {self.path} ({self.what})"


def place(path: Path, content: bytes, what: str, *, dry_run: bool) -> Action:
    """Give a file this content: nothing happens when it has it already.

    The file is written beside its place and renamed, so that a reader sees the old or the new one.

    Raises
    ------
    ConfigurationError
        The file cannot be written, on Windows most often because Excel has it open.
    """
    action = Action(_verb_for(path, content), path, what)
    if action.changes and not dry_run:
        _guarded(path, lambda: _write(path, content))
    return action


def remove(path: Path, what: str, *, dry_run: bool) -> Action | None:
    """Remove a file; None when it is not there.

    Raises
    ------
    ConfigurationError
        The file cannot be removed.
    """
    if not path.is_file():
        return None
    if not dry_run:
        _guarded(path, path.unlink)
    return Action(Verb.REMOVE, path, what)


def present(actions: Iterable[Action | None]) -> list[Action]:
    """Return the actions that are there."""
    return [action for action in actions if action is not None]


def _verb_for(path: Path, content: bytes) -> Verb:
    if not path.is_file():
        return Verb.WRITE
    return Verb.KEEP if path.read_bytes() == content else Verb.REPLACE


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _guarded(path: Path, step: Callable[[], object]) -> None:
    try:
        step()
    except OSError as error:
        raise ConfigurationError(
            f"the file cannot be changed: {error.strerror or error}",
            where=str(path),
            cure="Close Excel on this machine and run the command again.",
        ) from error
