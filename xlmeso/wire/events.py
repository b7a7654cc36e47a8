"""Read the events reply: the blotter of a run (reference section 5).

The array is large (tens of megabytes), so it is parsed by the standard library straight to
`Decimal` and not to a lossless document.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from sys import intern
from typing import Any, Final

from xlmeso.errors import DecodingError
from xlmeso.model.contracts import INDEX_MULTIPLIER, OptionContract, OptionType
from xlmeso.model.events import BlotterEvent, BlotterEventType, TradeEvent
from xlmeso.wire import values
from xlmeso.wire.decoding import not_json, wrong_shape
from xlmeso.wire.outbound import HttpRequest

_MEMBERS: Final = (
    "EventTime", "SimTime", "EventType", "Message", "Invested", "NAV", "PnL", "TradeCnt",
    "SettlementCnt", "OpenLegCnt", "TradeEvent", "Vars", "PositionId",
)  # fmt: skip
_TYPES: Final = {kind.casefold(): kind.value for kind in BlotterEventType}
_RIGHTS: Final = {
    "put": OptionType.PUT, "p": OptionType.PUT, "call": OptionType.CALL, "c": OptionType.CALL,
}  # fmt: skip


def read_events(request: HttpRequest, body: bytes) -> list[BlotterEvent]:
    """Read the whole reply.

    Raises
    ------
    DecodingError
        Not a JSON array of objects, or an event that cannot be read; its number (from 0) and its
        field are named.
    """
    try:
        found = json.loads(
            body, parse_float=Decimal, parse_int=Decimal, parse_constant=lambda _: None
        )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise not_json(request, body, f"not JSON: {error}") from None
    if not isinstance(found, list):
        raise wrong_shape(request, "a list", found)
    return decode_events(found)


def decode_events(items: Sequence[Any]) -> list[BlotterEvent]:
    """Turn parsed events into model objects; lossless documents are accepted as well.

    Raises
    ------
    DecodingError
        As `read_events`.
    """
    contracts: dict[tuple[Any, ...], OptionContract] = {}
    events = []
    for index, item in enumerate(items):
        try:
            events.append(decode_event(item, contracts))
        except DecodingError as error:
            raise DecodingError(error.message, where=f"event {index}") from None
    return events


def decode_event(
    item: Any,
    contracts: dict[tuple[Any, ...], OptionContract],
    variables: Container[str] | None = None,
) -> BlotterEvent:
    """Turn one parsed event into a model object.

    Parameters
    ----------
    contracts
        Contracts that were read before; the same contract is the same object.
    variables
        Script variables that are kept, None for all.

    Raises
    ------
    DecodingError
        As `read_events`, without the event's number.
    """
    if not isinstance(item, dict):
        raise DecodingError("it is not an object")
    fields = item if "EventType" in item and "EventTime" in item else _pascal_case(item)
    event_time = values.instant(fields.get("EventTime"))
    if event_time is None:
        raise DecodingError("EventTime is missing")
    position = values.integer(fields.get("PositionId"), -1)
    return BlotterEvent(
        event_time=event_time,
        sim_time=values.local_time(fields.get("SimTime")),
        event_type=_event_type(fields.get("EventType")),
        message=values.text(fields.get("Message")),
        invested=values.flag(fields.get("Invested")) or False,
        nav=values.number(fields.get("NAV")),
        pnl=values.number(fields.get("PnL")),
        trade_cnt=values.integer(fields.get("TradeCnt")),
        settlement_cnt=values.integer(fields.get("SettlementCnt")),
        open_leg_cnt=values.integer(fields.get("OpenLegCnt")),
        trade=_trade(fields.get("TradeEvent"), contracts),
        variables=_variables(fields.get("Vars"), variables),
        position_id=position if position >= 0 else None,
    )


def _pascal_case(item: Mapping[str, Any]) -> dict[str, Any]:
    """Rename members that differ from the contract only in case."""
    lowered = {key.casefold(): value for key, value in item.items()}
    return {name: lowered[name.casefold()] for name in _MEMBERS if name.casefold() in lowered}


def _event_type(value: Any) -> str:
    """Return the known spelling, or whatever else came: newer services may add types.

    Assumption: types are texts (reference section 5); a number is kept as its digits.
    """
    name = values.text(value)
    if not name:
        raise DecodingError("EventType is missing")
    return _TYPES.get(name.casefold(), name)


def _variables(value: Any, kept: Container[str] | None) -> dict[str, Decimal | None]:
    """Take over the variables; their names, the same in every event, are kept once."""
    if not isinstance(value, dict):
        return {}
    return {
        intern(name): item if type(item) is Decimal else values.number(item)
        for name, item in value.items()
        if kept is None or name in kept
    }


def _trade(value: Any, contracts: dict[tuple[Any, ...], OptionContract]) -> TradeEvent | None:
    if not isinstance(value, dict):
        return None
    price = values.number(values.member(value, "Price"))
    qty = values.number(values.member(value, "Qty"))
    if price is None or qty is None:
        raise DecodingError("TradeEvent has no Price or no Qty")
    return TradeEvent(
        trade_id=values.integer(values.member(value, "TradeId")),
        contract=_contract(values.member(value, "Contract"), contracts),
        price=price,
        qty=qty,
    )


def _contract(value: Any, contracts: dict[tuple[Any, ...], OptionContract]) -> OptionContract:
    """Read a contract, an object or its text form; the same contract is the same object."""
    key = tuple(value.items()) if isinstance(value, dict) else (value,)
    try:
        if key not in contracts:
            contracts[key] = (
                _contract_object(value)
                if isinstance(value, dict)
                else OptionContract.parse(values.text(value))
            )
        return contracts[key]
    except (ValueError, KeyError, TypeError):
        raise DecodingError("TradeEvent's Contract is not understood") from None


def _contract_object(value: Mapping[str, Any]) -> OptionContract:
    expiration = values.local_time(values.member(value, "Expiration"))
    strike = values.number(values.member(value, "Strike"))
    underlying = values.text(values.member(value, "Underlying"))
    if expiration is None or strike is None or not underlying:
        raise DecodingError("TradeEvent's Contract is incomplete")
    return OptionContract(
        underlying=underlying,
        root=values.text(values.member(value, "Root"), underlying) or underlying,
        expiration=expiration.date(),
        strike=strike,
        type=_RIGHTS[values.text(values.member(value, "Type")).casefold()],
        multiplier=values.integer(values.member(value, "Multiplier"), INDEX_MULTIPLIER),
    )
