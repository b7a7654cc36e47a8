"""Definitions for tests: one that uses every table, awkward values, and random ones."""

from __future__ import annotations

import copy
import json

from hypothesis import strategies as st

from xlmeso.model.document import JsonNumber, loads, walk

VALID = """
{"StrategyName": "Strangle", "Description": "", "Backtest": {"Name": "generate",
 "Start": "2018-01-01T00:00:00", "End": "2021-12-31T23:59:59", "Cash": "125000"}, "Symbol": "SPX",
 "Structure": {"Name": "short strangle", "Expirations": [
   {"Name": "front", "DTE": "45", "Min": 35, "Max": "55.0",
    "Roots": {"Include": ["SPXW", "SPX"], "Exclude": null}},
   {"Name": "90dte", "DTE": "expiration_front_dte + 40", "Min": null, "Max": null, "Roots": null}],
  "Legs": [
   {"Name": "short_put", "Qty": "-1", "OptionType": "Put", "ExpirationName": "front",
    "StrikeSelector": {"Min": "5", "Max": "15", "BidPrice": null, "Delta": "10"}},
   {"Name": "wing", "Qty": 2, "OptionType": "Put", "ExpirationName": "90dte",
    "StrikeSelector": {"Complex": {"Statement": "leg_wing_price", "Target": "1.50",
      "Constraints": ["leg_wing_strike < underlying_price", "leg_wing_delta > -5"]}},
    "LegGroupId": "1"}]},
 "Entry": {"Schedule": {"AfterMarketOpenMinutes": "30", "BeforeMarketCloseMinutes": null,
   "Every": "mon,wed,fri"}, "Conditions": ["underlying_iv_rank > 50", "random(0, 1)"],
  "VarDefines": {"entry_theta": "pos_theta", "high": 0}, "AbortConditions": [],
  "QtyMultiplier": null, "ReentryDays": 1,
  "Concurrency": {"MaxPositionsInFlight": 3, "EntryShiftDays": "5"}},
 "Adjustment": {"Schedule": {"AfterMarketOpenMinutes": 30, "Every": "day"},
  "ConditionalAdjustments": {
   "pos_delta > 10 -- Step 1": {"MoveLegAdjustment": {"LegName": "short_put",
     "StrikeSelector": {"Delta": "abs(pos_delta)"}, "VarDefines": {"moved": "1"}}},
   "pos_delta < -10": {"RemoveLegsAdjustment": {"LegNames": ["wing"]},
     "AddLegsAdjustment": {"Legs": [{"Name": "hedge", "Qty": "3", "OptionType": "Put",
       "ExpirationName": "front", "StrikeSelector": {"StrikePrice": "4000"}}],
       "Expirations": null},
     "UpdateVarsAdjustment": {"VarDefines": {"high": "max(high, pos_pnl)"}}}},
  "MaxAdjustmentCount": 5},
 "Exit": {"Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "day"}, "MaxDaysInTrade": "30",
  "ProfitTarget": "pos_theta * 45 * 0.5 -- half", "StopLoss": "profit_target*2",
  "Conditions": ["abs(pos_delta) > 20"], "VarDefines": {"dit": "days_in_trade"}},
 "ExternalData": {"CsvUrl": "https://example.org/data.csv"},
 "Settings": {"Sim": {"FillModel": "AtMidPrice", "SlippageAmt": "0.05",
   "Commission": {"CommissionModel": "FixedFee", "OptionFee": 1.50,
     "DeribitCommissionSettings": null}, "PositionMonitor": {"TraceCollectionInterval": "Daily"}},
  "Core": {"Margin": {"Model": "PMLike", "HouseMultiplier": null,
    "PMConfig": {"LowerBoundPct": 10, "UpperBoundPct": 10}},
   "LegSelectionConstraint": "None", "ExpirationSelectionConstraint": "AllowReuse"}},
 "MesoSimVersion": "3.0.1"}
"""

AWKWARD = [
    "", " ", "null", "NULL", "160", "1e5", "TRUE", "false", "=A1", "=1+1", "+1", "-1", "@x", "'x",
    "#N/A", "#REF!", " lead", "trail ", "a\nb", "a\r\nb", "tab\there", "\x00", "\x1b[0m", "_x0041_",
    "_x005F_x0041_", "\ud800", "\ufffe", "2018-01-01T00:00:00", "1899-01-01T00:00:00",
    "2018-13-01T00:00:00", "2018-01-01", "x" * 33_000, "é😀", "a,b", '"', "[0]", "(definition)",
    '{"a":1}', "\u2028", "00:30",
]  # fmt: skip
LITERALS = [
    "0", "-0", "160", "10000.0000", "1e5", "1E+5", "0.1", "1e400", "1e-320", "123456789012345678",
    "-5", "1.0", "45000", "0.30000000000000004",
]  # fmt: skip
KEYS = [
    "Name", "Legs", "StrikeSelector", "Entry", "Conditions", "", ".", "a b", "0", "_x0041_", '"',
    "a\nb", "ключ", "(definition)", "\ud800", "VarDefines", "Delta", "Every",
]  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(LITERALS).map(JsonNumber),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: JsonNumber(json.dumps(x))),
    st.sampled_from(AWKWARD),
    st.text(max_size=20),
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(
    st.sampled_from(["Structure", "Entry", "Exit", "Adjustment", "Settings", "Backtest"])
    | st.sampled_from(KEYS),
    documents,
    max_size=5,
)


@st.composite
def mutations(draw: st.DrawFn) -> object:
    """A valid definition with a few values changed, keys added, removed, renamed or moved."""
    document = loads(VALID)
    for _ in range(draw(st.integers(1, 4))):
        places = [value for _, value in walk(document) if isinstance(value, (dict, list)) and value]
        place = draw(st.sampled_from(places))
        step = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        match draw(st.sampled_from(["set", "add", "drop", "last"])):
            case "set":
                place[step] = draw(documents)
            case "drop":
                del place[step]
            case "add" if isinstance(place, dict):
                place[draw(st.sampled_from(KEYS))] = draw(documents)
            case "add":
                place.insert(step, draw(documents))
            case "last" if isinstance(place, dict):
                place[step] = place.pop(step)
            case "last":
                place.append(copy.deepcopy(place[step]))
    return document
