"""Which daily history a market is made from; imports no numpy, so that any layer may name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xlmeso.errors import ConfigurationError

HistoryKind = Literal["auto", "bundled", "synthetic", "csv", "chains"]
_KINDS = ("auto", "bundled", "synthetic", "csv", "chains")


@dataclass(frozen=True, slots=True)
class HistorySource:
    """The choice of daily history behind the modelled quotes; picklable.

    Attributes
    ----------
    kind
        ``csv`` the user's own folder, ``bundled`` the series that ship with the package,
        ``synthetic`` a simulated history that needs no series at all, ``auto`` the first of
        these that exists: folder, bundled, synthetic; ``chains`` recorded option chains in place
        of any model (`xlmeso.simulator.chains`).
    folder
        Folder with ``spx.csv``, ``vix.csv`` and optionally ``rates.csv``, for ``csv`` and
        ``auto``; folder of chains for ``chains``.

    Raises
    ------
    ConfigurationError
        The kind is unknown, or it does not go with the folder.
    """

    kind: HistoryKind = "auto"
    folder: Path | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ConfigurationError(
                f"{self.kind!r} is no kind of history.", cure=f"Use one of {', '.join(_KINDS)}."
            )
        if self.kind == "csv" and self.folder is None:
            raise ConfigurationError(
                "History from CSV files needs a folder.",
                cure="Name the folder that holds spx.csv and vix.csv.",
            )
        if self.kind == "chains" and self.folder is None:
            raise ConfigurationError("Recorded chains need their folder.")
        if self.kind in ("bundled", "synthetic") and self.folder is not None:
            raise ConfigurationError(
                f"The {self.kind} history takes no folder.", where=str(self.folder)
            )
