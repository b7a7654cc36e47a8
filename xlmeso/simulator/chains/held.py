"""Quotes of held contracts over bars, each carried on until the next one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np

from xlmeso.model.contracts import OptionContract
from xlmeso.simulator.chains.grid import Grid
from xlmeso.simulator.chains.session import FIELDS, SessionChains
from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.expiration_table import ListedExpiration

MAX_BYTES: Final = 96 * 1024 * 1024
"""Quotes of sessions that are kept at a time; one session at least."""

LOOK_BACK_SESSIONS: Final = 10
"""How far back the last quote of a contract is searched."""

Load = Callable[[int], SessionChains | None]


class SessionShelf:
    """The sessions that were used last, within `MAX_BYTES`.

    Parameters
    ----------
    load
        Reads a session by its number; None where there is no file.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._kept: OrderedDict[int, SessionChains | None] = OrderedDict()

    def __getitem__(self, session: int) -> SessionChains | None:
        if session in self._kept:
            self._kept.move_to_end(session)
            return self._kept[session]
        chains = self._load(session)
        self._kept[session] = chains
        while len(self._kept) > 1 and self._total() > MAX_BYTES:
            self._kept.popitem(last=False)
        return chains

    def _total(self) -> int:
        return sum(chains.size for chains in self._kept.values() if chains is not None)


class HeldQuotes:
    """Finds quotes of contracts.

    Parameters
    ----------
    grid, shelf
        Bars of the period and the quotes of its sessions.
    expiration_of
        Expiration of a contract.
    """

    def __init__(
        self,
        grid: Grid,
        shelf: SessionShelf,
        expiration_of: Callable[[OptionContract], ListedExpiration],
    ) -> None:
        self._grid = grid
        self._shelf = shelf
        self._expiration_of = expiration_of

    def over(self, contract: OptionContract, bars: range) -> dict[str, Floats]:
        """Return each field of a contract at bars, NaN before it was ever quoted."""
        grid = self._grid
        values = {name: np.full(len(bars), np.nan) for name in FIELDS}
        low, high = np.searchsorted(grid.quoted, (bars.start, bars.stop))
        for bar in grid.quoted[low:high].tolist():
            self._put(values, bar - bars.start, self.at(contract, bar))
        if np.isnan(values["mid"][0]):
            self._put(values, 0, self._before(contract, bars.start))
        known = ~np.isnan(values["mid"])
        row = np.maximum.accumulate(np.where(known, np.arange(len(bars)), -1))
        for name, column in values.items():
            values[name] = np.where(row >= 0, column[np.maximum(row, 0)], np.nan)
        return values

    def at(self, contract: OptionContract, bar: int) -> dict[str, float] | None:
        """Return the fields of a contract at a bar with quotes; None where it has no bid and ask.

        Greeks that could not be worked out are 0 here, so that sums stay numbers.
        """
        session = self._grid.sessions.session_of(bar)
        chains = self._shelf[session]
        if chains is None:
            return None
        offset = bar - int(self._grid.sessions.first_bar[session])
        table = chains.table(offset, self._expiration_of(contract), contract.type)
        row = None if table is None else table.row(float(contract.strike))
        if table is None or row is None or np.isnan(table.fields["mid"][row]):
            return None
        found = {name: column.item(row) for name, column in table.fields.items()}
        return {name: 0.0 if np.isnan(value) else value for name, value in found.items()}

    def sessions_without(self, contract: OptionContract, session: int) -> int:
        """Count the sessions up to this one in which a contract had no quote."""
        for back in range(LOOK_BACK_SESSIONS):
            if session - back < 0:
                return back
            bars = self._grid.sessions.bars_of(session - back)
            low, high = np.searchsorted(self._grid.quoted, (bars.start, bars.stop))
            if any(self.at(contract, bar) for bar in self._grid.quoted[low:high][::-1].tolist()):
                return back
        return LOOK_BACK_SESSIONS

    def _before(self, contract: OptionContract, bar: int) -> dict[str, float] | None:
        """Return the last quote before a bar."""
        sessions = self._grid.sessions
        first = sessions.first_bar[max(sessions.session_of(bar) - LOOK_BACK_SESSIONS, 0)]
        low, high = np.searchsorted(self._grid.quoted, (int(first), bar))
        earlier = self._grid.quoted[low:high][::-1].tolist()
        return next((found for at in earlier if (found := self.at(contract, at))), None)

    @staticmethod
    def _put(values: dict[str, Floats], place: int, found: dict[str, float] | None) -> None:
        for name, value in (found or {}).items():
            values[name][place] = value
