from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import DecodingError
from xlmeso.model import document
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.events import BlotterEvent, TradeEvent
from xlmeso.wire import outbound
from xlmeso.wire.events import decode_events, read_events

REQUEST = outbound.events("abc")

# The shape of reference section 5.
ENTRY = {
    "EventTime": "2026-01-01T10:00:00.5Z",
    "SimTime": "2021-01-04T15:30:00",
    "EventType": "EntryTrade",
    "Message": "Leg='short_call' Qty=-1 FillPrice=18.6500",
    "Invested": True,
    "NAV": 39998.5,
    "PnL": -1.5,
    "TradeCnt": 0,
    "SettlementCnt": 0,
    "OpenLegCnt": 1,
    "TradeEvent": {
        "TradeId": 0,
        "Contract": {
            "Underlying": "SPX",
            "Root": "SPX",
            "Type": "Call",
            "Expiration": "2021-06-18T00:00:00",
            "Strike": 4225,
            "Multiplier": 100,
        },
        "Price": 18.65,
        "Qty": -1,
    },
    "Vars": {"acc_delta": 0, "leg_short_call_iv": 15.94, "unknown": None},
    "PositionId": 0,
}
DECODED = BlotterEvent(
    event_time=dt.datetime(2026, 1, 1, 10, 0, 0, 500000, tzinfo=dt.UTC),
    sim_time=dt.datetime(2021, 1, 4, 15, 30),
    event_type="EntryTrade",
    message="Leg='short_call' Qty=-1 FillPrice=18.6500",
    invested=True,
    nav=Decimal("39998.5"),
    pnl=Decimal("-1.5"),
    trade_cnt=0,
    settlement_cnt=0,
    open_leg_cnt=1,
    trade=TradeEvent(
        trade_id=0,
        contract=OptionContract(
            "SPX", "SPX", dt.date(2021, 6, 18), Decimal(4225), OptionType.CALL, 100
        ),
        price=Decimal("18.65"),
        qty=Decimal(-1),
    ),
    variables={"acc_delta": Decimal(0), "leg_short_call_iv": Decimal("15.94"), "unknown": None},
    position_id=0,
)


def read(*events: Any) -> list[BlotterEvent]:
    return read_events(REQUEST, json.dumps(events).encode())


def changed(**members: Any) -> dict[str, Any]:
    return ENTRY | members


def with_contract(**members: Any) -> dict[str, Any]:
    trade: Any = ENTRY["TradeEvent"]
    return changed(TradeEvent=trade | {"Contract": trade["Contract"] | members})


def test_the_references_shape() -> None:
    assert read(ENTRY) == [DECODED]


def test_a_lossless_document_reads_the_same() -> None:
    assert decode_events(document.loads(json.dumps([ENTRY]))) == [DECODED]


def test_numbers_may_be_texts_and_keys_of_any_case() -> None:
    text = json.dumps(ENTRY, default=str)
    spelled = json.loads(text, parse_int=str, parse_float=str)
    lowered = {key[0].lower() + key[1:]: value for key, value in spelled.items()}
    lowered["newMember"] = {"ignored": 1}
    assert read(lowered) == [DECODED]


def test_exact_decimals_survive() -> None:
    body = json.dumps([ENTRY]).replace("39998.5", "39998.5000000000000000000001").encode()
    assert read_events(REQUEST, body)[0].nav == Decimal("39998.5000000000000000000001")


def test_an_event_with_hardly_anything() -> None:
    (event,) = read({"EventTime": "2026-01-01T10:00:00", "EventType": "Start"})
    assert event == BlotterEvent(
        event_time=dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC),
        sim_time=None,
        event_type="Start",
        message="",
        invested=False,
        nav=None,
        pnl=None,
        trade_cnt=0,
        settlement_cnt=0,
        open_leg_cnt=0,
    )


def test_nulls_are_absent_values() -> None:
    nothing = dict.fromkeys(ENTRY) | {"EventTime": ENTRY["EventTime"], "EventType": "Finish"}
    (event,) = read(nothing)
    assert (event.nav, event.trade, event.variables, event.position_id) == (None, None, {}, None)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("endofday", "EndOfDay"), ("Assigned", "Assigned"), (12, "12")],
)
def test_event_types_known_in_any_case_and_newer_ones_kept(sent: Any, kept: str) -> None:
    assert read(changed(EventType=sent))[0].event_type == kept


@pytest.mark.parametrize("position", ["1e999999999", -1, 0.5, "x"])
def test_what_is_no_position_number_is_none(position: Any) -> None:
    assert read(changed(PositionId=position))[0].position_id is None


def test_a_zone_on_a_simulation_time_is_dropped() -> None:
    assert read(changed(SimTime="2021-01-04T15:30:00+00:00"))[0] == DECODED


def test_nan_and_texts_among_the_variables_have_no_value() -> None:
    body = json.dumps([changed(Vars={"a": float("nan"), "b": "NaN", "c": "x", "d": "2.5"})])
    assert read_events(REQUEST, body.encode())[0].variables == {
        "a": None,
        "b": None,
        "c": None,
        "d": Decimal("2.5"),
    }


@pytest.mark.parametrize(
    ("contract", "text"),
    [
        ("SPX.SPXW.2020-03-31.2945.Put.100", "SPX.SPXW.2020-03-31.2945.Put.100"),
        ("SPX.SPXW.2020-03-31.2945.5.Put", "SPX.SPXW.2020-03-31.2945.5.Put.100"),
    ],
)
def test_a_contract_may_be_a_text(contract: str, text: str) -> None:
    trade: Any = ENTRY["TradeEvent"]
    (event,) = read(changed(TradeEvent=trade | {"Contract": contract}))
    assert event.trade is not None
    assert str(event.trade.contract) == text


@pytest.mark.parametrize("right", ["PUT", "put", "P"])
def test_the_right_in_any_case(right: str) -> None:
    trade = read(with_contract(Type=right))[0].trade
    assert trade is not None
    assert trade.contract.type is OptionType.PUT


def test_root_and_multiplier_have_defaults() -> None:
    trade = read(with_contract(Root=None, Multiplier=None))[0].trade
    assert trade is not None
    assert (trade.contract.root, trade.contract.multiplier) == ("SPX", 100)


def test_the_same_contract_is_one_object() -> None:
    first, second = read(ENTRY, changed(EventType="ExitTrade"))
    assert first.trade is not None
    assert second.trade is not None
    assert first.trade.contract is second.trade.contract


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (5, "not an object"),
        ({}, "EventTime is missing"),
        (changed(EventTime=None), "EventTime is missing"),
        (changed(EventTime="never"), "'never' is not an ISO 8601 time"),
        (changed(EventTime=5), "'5' is not an ISO 8601 time"),
        (changed(EventType=None), "EventType is missing"),
        (changed(TradeEvent={"Price": 1}), "no Price or no Qty"),
        (changed(TradeEvent={"Price": 1, "Qty": 1}), "Contract is not understood"),
        (with_contract(Type="Straddle"), "Contract is not understood"),
        (with_contract(Strike=None), "Contract is incomplete"),
        (with_contract(Root=["x"]), "Contract is not understood"),
    ],
)
def test_what_cannot_be_read_names_event_and_field(event: Any, reason: str) -> None:
    with pytest.raises(DecodingError, match=reason) as caught:
        read(ENTRY, event)
    assert caught.value.where == "event 1"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"<html>", "web page"),
        (b"[{", "not JSON"),
        (b"{}", "a list belongs"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1e99999999999999999999]", "not JSON"),
    ],
)
def test_replies_that_are_no_list(body: bytes, message: str) -> None:
    with pytest.raises(DecodingError, match=message):
        read_events(REQUEST, body)


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from([*ENTRY, "x"]), inner, max_size=5)
            ),
            max_leaves=10,
        ),
        max_size=3,
    )
)
def test_nothing_but_our_error_comes_out_of_any_json(items: list[Any]) -> None:
    try:
        events = read(*items)
    except DecodingError:
        return
    assert len(events) == len(items)
