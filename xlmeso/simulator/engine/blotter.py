"""Writes blotter events as the service spells them (reference section 5)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from xlmeso.model.contracts import OptionContract
from xlmeso.model.events import BlotterEventType
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.variables import COIN_DIGITS, VariableNames, plain

Sink = Callable[[bytes], object]
"""Takes pieces of the JSON text."""


class Blotter:
    """A JSON array of events, written as it grows.

    Parameters
    ----------
    sink
        Where the text goes.
    names
        Script variables for the Vars of an event.
    now
        The machine's clock, for EventTime.

    Attributes
    ----------
    names
        As given.
    """

    def __init__(
        self,
        sink: Sink,
        names: VariableNames,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._sink = sink
        self.names = names
        self._now = now
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self._before = b"[\n"

    def bare(
        self, kind: BlotterEventType, message: str, time: dt.datetime | None, cash: float | None
    ) -> None:
        """Write an event that belongs to no bar: Start, or Failed before the first bar."""
        self._write(self._event(kind, message, time, nav=cash))

    def write(
        self,
        kind: BlotterEventType,
        message: str,
        moment: Moment,
        *,
        trade: dict[str, Any] | None = None,
        with_variables: bool = True,
        position_id: int | None = None,
    ) -> None:
        """Write an event of a bar; its position is the moment's, or the one to be."""
        account, position = moment.account, moment.position
        pnl = moment.account_pnl()
        event = self._event(kind, message, moment.time, nav=account.cash + pnl)
        event["PnL"] = plain(pnl, self.names.digits)
        event["TradeCnt"] = account.trade_count
        event["SettlementCnt"] = account.settlement_count
        event["OpenLegCnt"] = legs = account.open_legs()
        event["Invested"] = legs > 0
        event["TradeEvent"] = trade
        if with_variables:
            event["Vars"] = self.names.snapshot(moment)
        event["PositionId"] = position_id if position is None else position.position_id
        self._write(event)

    def close(self) -> None:
        """End the array."""
        self._sink(b"[]\n" if self._before == b"[\n" else b"\n]\n")

    def _event(
        self, kind: BlotterEventType, message: str, time: dt.datetime | None, nav: float | None
    ) -> dict[str, Any]:
        return {
            "EventTime": self._now().isoformat(timespec="milliseconds"),
            "SimTime": None if time is None else time.isoformat(),
            "EventType": kind.value,
            "Message": message,
            "Invested": False,
            "NAV": None if nav is None else plain(nav, self.names.digits),
            "PnL": None,
            "TradeCnt": 0,
            "SettlementCnt": 0,
            "OpenLegCnt": 0,
            "TradeEvent": None,
            "Vars": None,
            "PositionId": None,
        }

    def _write(self, event: dict[str, Any]) -> None:
        self._sink(self._before + self._encode(event).encode("utf-8"))
        self._before = b",\n"


def trade_event(
    trade_id: int, contract: OptionContract, price: float, qty: float
) -> dict[str, Any]:
    """Return the TradeEvent part: price in points, quantity signed (+ buys)."""
    return {
        "TradeId": trade_id,
        "Contract": {
            "Underlying": contract.underlying,
            "Root": contract.root,
            "Type": contract.type.value,
            "Expiration": f"{contract.expiration.isoformat()}T00:00:00",
            "Strike": plain(float(contract.strike)),
            "Multiplier": contract.multiplier,
        },
        "Price": plain(price, COIN_DIGITS),
        "Qty": plain(qty),
    }
