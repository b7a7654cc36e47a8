"""Twenty-seven definitions of version 2.11, one for each row of the table in reference section 11.

Written for these tests from the table's features; no text of any library is copied.
"""

from __future__ import annotations

import copy
from typing import Any

EMPTY_SELECTOR: dict[str, Any] = dict.fromkeys(
    (
        "Min", "Max", "BidPrice", "AskPrice", "MidPrice", "Delta", "Gamma", "Theta", "Vega",
        "WVega", "Rho", "IV", "Statement", "Complex",
    )
)  # fmt: skip
"""The portal of version 2 writes all selectors, empty ones as null."""

STRANGLE_MOVES = {
    "pos_delta > 8": ("short_put", "-leg_short_call_delta"),
    "pos_delta < -8": ("short_call", "-leg_short_put_delta"),
}


def selector(kind: str, value: str, low: str | None = None, high: str | None = None) -> Any:
    return EMPTY_SELECTOR | {kind: value, "Min": low, "Max": high}


def leg(
    name: str,
    qty: Any,
    kind: str,
    value: str,
    *,
    of: str = "Put",
    at: str = "main",
    low: str | None = None,
    high: str | None = None,
) -> dict[str, Any]:
    return {
        "Name": name,
        "Qty": qty,
        "StrikeSelector": selector(kind, value, low, high),
        "OptionType": of,
        "ExpirationName": at,
    }


def expiration(
    dte: str, low: str | None = None, high: str | None = None, *, name: str = "main", root: str = ""
) -> dict[str, Any]:
    roots = {"Include": [root], "Exclude": None} if root else None
    return {"Name": name, "DTE": dte, "Min": low, "Max": high, "Roots": roots}


def schedule(*, open: int | None = None, close: int | None = None, every: str = "day") -> Any:
    return {"AfterMarketOpenMinutes": open, "BeforeMarketCloseMinutes": close, "Every": every}


def v2(
    name: str,
    expirations: list[dict[str, Any]],
    legs: list[dict[str, Any]],
    *,
    symbol: str = "SPX",
    cash: Any = 10000.0,
    entry: dict[str, Any] | None = None,
    exit: dict[str, Any] | None = None,
    adjustment: dict[str, Any] | None = None,
    sim: dict[str, Any] | None = None,
    **top: Any,
) -> dict[str, Any]:
    """Return a definition with what the table calls common unless noted."""
    return {
        "Name": "generate",
        "Start": "2023-01-01T00:00:00",
        "End": "2023-12-31T23:59:59",
        "Cash": cash,
        "TemplateName": name,
        "Description": f"{name} for tests",
        "Symbol": symbol,
        "Structure": {"Name": name, "Expirations": expirations, "Legs": legs},
        "Entry": {
            "Schedule": schedule(close=30),
            "Conditions": [],
            "VarDefines": {},
            "AbortConditions": [],
            "ReentryDays": 1,
            "Concurrency": None,
            "QtyMultiplier": None,
        }
        | (entry or {}),
        "Adjustment": adjustment,
        "Exit": {
            "Schedule": schedule(close=30),
            "MaxDaysInTrade": "30",
            "ProfitTarget": None,
            "StopLoss": None,
            "Conditions": [],
        }
        | (exit or {}),
        "ExternalData": None,
        "SimSettings": {
            "FillModel": "AtMidPrice",
            "SlippageAmt": "0",
            "Commission": {
                "CommissionModel": "FixedFee",
                "OptionFee": "1.5",
                "DeribitCommissionSettings": None,
            },
            "LegSelectionConstraint": "None",
            "Margin": {"Model": "None", "HouseMultiplier": "1.0", "RegTMode": "CBOEPermissive"},
            "PositionMonitor": {"TraceCollectionInterval": "Hourly"},
        }
        | (sim or {}),
        "MesoSimVersion": "2.11.0-0-gabcdef0",
    } | top


DERIBIT = {
    "Commission": {
        "CommissionModel": "Deribit",
        "OptionFee": None,
        "DeribitCommissionSettings": {
            "MakerFeePctPerContract": "0.03",
            "TakerFeePctPerContract": "0.03",
            "MaxFeePctPerContract": "12.5",
            "DeliveryFeePctPerContract": "0.015",
            "WaiveBuySellComboOneSide": True,
            "WaiveDailyOptionsDeliveryFees": True,
        },
    },
    "PositionMonitor": {"TraceCollectionInterval": "Off"},
}
UNIQUE = {"LegSelectionConstraint": "FullyUnique"}


def moves(conditions: dict[str, tuple[str, str]], most: Any = "5", **more: Any) -> dict[str, Any]:
    return {
        "Schedule": schedule(close=30),
        "ConditionalAdjustments": {
            condition: {
                "MoveLegAdjustment": {
                    "LegName": name,
                    "StrikeSelector": selector("Delta", target, "5", "15"),
                }
            }
            | more
            for condition, (name, target) in conditions.items()
        },
        "MaxAdjustmentCount": most,
    }


def strangle(first: str = "10", second: str = "-leg_short_call_delta") -> list[dict[str, Any]]:
    return [
        leg("short_call", "-1", "Delta", first, of="Call", low="5", high="15"),
        leg("short_put", "-1", "Delta", second, low="5", high="15"),
    ]


def short_put(delta: str = "5", low: str = "3", high: str = "6") -> list[dict[str, Any]]:
    return [leg("short_put", "-1", "Delta", delta, low=low, high=high)]


LONG, MONTH = expiration("160", "140", "190"), expiration("45", "35", "55")
THETA = {"ProfitTarget": "pos_theta * 15", "StopLoss": "pos_theta * 30"}

LIBRARY: dict[str, dict[str, Any]] = {
    "BTCUSD-Butterfly": v2(
        "BTCUSD-Butterfly",
        [expiration("14")],
        [
            leg("short_put", "-1.8", "Delta", "17"),
            leg("wing", "0.9", "Delta", "7"),
            leg("hedge", "0.9", "Delta", "pos_delta"),
        ],
        symbol="BTCUSD",
        cash="1.0000",
        entry={"Schedule": schedule(close=60)},
        exit={
            "ProfitTarget": "leg_short_put_price * 0.5",
            "Conditions": ["abs(pos_delta) > 30"],
            "MaxDaysInTrade": "14",
        },
        sim=DERIBIT | UNIQUE,
    ),
    "BTCUSD-ShortPut": v2(
        "BTCUSD-ShortPut",
        [expiration("60")],
        short_put("15", "10", "25"),
        symbol="BTCUSD",
        cash="1.0000",
        exit={
            "StopLoss": "leg_short_put_price * leg_short_put_qty * 0.5",
            "Conditions": ["pos_delta > 40 or pos_delta < 2"],
            "MaxDaysInTrade": "53",
        },
        sim=DERIBIT,
    ),
    "BTCUSD-Straddle": v2(
        "BTCUSD-Straddle",
        [expiration("7", "7", "7")],
        [
            leg("short_call", "-0.9", "Delta", "50", of="Call"),
            leg("short_put", "-0.9", "Delta", "50"),
        ],
        symbol="BTCUSD",
        cash="1.0000",
        exit={"MaxDaysInTrade": "7"},
        sim=DERIBIT,
    ),
    "BoxcarNG": v2(
        "BoxcarNG",
        [expiration("8")],
        [
            leg("short", "-10", "Delta", "10"),
            leg("long", "10", "Statement", "leg_short_strike - 25"),
            leg("near", "1", "Statement", "floor(underlying_price / 5) * 5 - 5"),
            leg("hedge", "-1", "Delta", "-pos_delta"),
        ],
        entry={
            "Schedule": schedule(close=180, every="thu,fri"),
            "Conditions": ["underlying_iv_rank > 20 -- not too calm"],
            "ReentryDays": 0,
        },
        exit={
            "Conditions": ["underlying_iv_rank > 90", "underlying_price < leg_short_strike"],
            "StopLoss": "underlying_price * 0.5",
        },
    ),
    "ETHUSD-ShortPut": v2(
        "ETHUSD-ShortPut",
        [expiration("60")],
        short_put("15", "10", "25"),
        symbol="ETHUSD",
        cash="1.0000",
        exit={
            "StopLoss": "leg_short_put_price * leg_short_put_qty * 0.5",
            "MaxDaysInTrade": "53",
        },
        sim=DERIBIT,
    ),
    "NetZero": v2(
        "NetZero",
        [expiration("70", "60", "80")],
        [
            leg("upper", "1", "Delta", "60"),
            leg("body", "-2", "Delta", "40"),
            leg("hedge", "1", "Delta", "pos_delta"),
        ],
        entry={
            "AbortConditions": ["leg_hedge_strike ~= leg_hedge_strike", "pos_theta < 0"],
            "VarDefines": {"theta_at_entry": "pos_theta"},
            "Concurrency": {"MaxPositionsInFlight": "4", "EntryShiftDays": "3"},
        },
        exit={"Conditions": ["pos_theta / theta_at_entry > 3"], "MaxDaysInTrade": "30"},
        sim=UNIQUE,
    ),
    "SPX-0DTE-IronCondor": v2(
        "SPX-0DTE-IronCondor",
        [expiration("0", "0", "0", name="0dte")],
        [
            leg("short_put", "-1", "Delta", "5", at="0dte", low="4", high="6"),
            leg("long_put", "1", "Statement", "leg_short_put_strike - 25", at="0dte"),
            leg("short_call", "-1", "Delta", "5", of="Call", at="0dte", low="4", high="6"),
            leg("long_call", "1", "Statement", "leg_short_call_strike + 25", of="Call", at="0dte"),
        ],
        entry={"Schedule": schedule(open=30, every="mon,wed,fri")},
        exit={
            "Schedule": schedule(open=30, every="5min"),
            "MaxDaysInTrade": None,
            "StopLoss": "300",
        },
    ),
    "SPX-120DTE-IronCondor": v2(
        "SPX-120DTE-IronCondor",
        [expiration("120")],
        [
            leg("short_put", "-1", "Delta", "15"),
            leg("long_put", "1", "Delta", "7"),
            leg("short_call", "-1", "Delta", "15", of="Call"),
            leg("long_call", "1", "Delta", "7", of="Call"),
        ],
        entry={"Schedule": schedule(open=30, every="mon")},
        exit={"StopLoss": "1000", "MaxDaysInTrade": "60"},
    ),
    "SPX-Calendar": v2(
        "SPX-Calendar",
        [
            expiration("130", "120", "140", name="front"),
            expiration("expiration_front_dte + 40", name="back"),
        ],
        [
            leg("short", "-1", "Delta", "30", of="Call", at="front", low="25", high="35"),
            leg("long", "1", "Delta", "-pos_delta", of="Call", at="back"),
        ],
        entry={"VarDefines": {"spot": "underlying_price"}},
        exit={
            "ProfitTarget": "pos_theta * 30",
            "StopLoss": "profit_target * 2",
            "MaxDaysInTrade": "90",
        },
    ),
    "SPX-ShortPut": v2("SPX-ShortPut", [MONTH], short_put("10", "5", "15")),
    "SPX-Straddle": v2(
        "SPX-Straddle",
        [LONG],
        [
            leg("short_call", "-1", "Delta", "50", of="Call"),
            leg("short_put", "-1", "Delta", "50"),
        ],
        exit={"Conditions": ["abs(pos_delta) > 10"], "MaxDaysInTrade": "90"},
    ),
    "SPX-Strangle-Adjusting": v2(
        "SPX-Strangle-Adjusting",
        [LONG],
        strangle(),
        adjustment=moves(STRANGLE_MOVES),
        exit={"MaxDaysInTrade": "90"},
    ),
    "SPX-Strangle-Compounding": v2(
        "SPX-Strangle-Compounding",
        [LONG],
        strangle(),
        entry={"QtyMultiplier": "floor(max(1, nav / initial_cash))"},
        adjustment=moves(
            {
                "pos_delta / abs(leg_short_put_qty) > 8": ("short_put", "-leg_short_call_delta"),
                "pos_delta / abs(leg_short_put_qty) < -8": ("short_call", "-leg_short_put_delta"),
            }
        ),
        exit={"MaxDaysInTrade": "90"},
        sim={"PositionMonitor": {"TraceCollectionInterval": "Daily"}},
    ),
    "SuperBull-Relaxed": v2(
        "SuperBull-Relaxed",
        [expiration("65", "60", "75", root="SPX")],
        [
            leg("long", "2", "Delta", "48", of="Call", low="48", high="50"),
            leg("short", "-2", "MidPrice", "leg_long_price - 5", of="Call"),
        ],
        entry={
            "AbortConditions": ["leg_short_strike <= leg_long_strike", "pos_delta < 0"],
            "VarDefines": {
                "width": "leg_short_strike - leg_long_strike",
                "debit": "leg_long_price - leg_short_price",
                "max_profit": "(leg_short_strike - leg_long_strike) * 200",
            },
            "ReentryDays": 0,
            "Concurrency": {"MaxPositionsInFlight": "10", "EntryShiftDays": "7"},
        },
        exit={
            "ProfitTarget": "max_profit * 0.5",
            "StopLoss": "debit * 100",
            "MaxDaysInTrade": "60",
        },
    ),
    "ThetaEngine": v2(
        "ThetaEngine",
        [expiration("90", "70", "110", name="90dte")],
        [
            leg(
                "short_put",
                "-max(1, floor(nav * 0.01 / (leg_short_put_price * 100)))",
                "Delta",
                "15",
                at="90dte",
                low="10",
                high="20",
            )
        ],
        entry={
            "Schedule": schedule(open=5),
            "Concurrency": {"MaxPositionsInFlight": "4", "EntryShiftDays": "1"},
        },
        exit={
            "ProfitTarget": "leg_short_put_price * 50",
            "StopLoss": "leg_short_put_price * 200",
            "MaxDaysInTrade": "90",
        },
    ),
    "VolatilityHedgedThetaEngine": v2(
        "VolatilityHedgedThetaEngine",
        [expiration("90", "70", "110", name="90dte")],
        [leg("short_put", "-1", "Delta", "15", at="90dte", low="10", high="20")],
        entry={"Concurrency": {"MaxPositionsInFlight": "4", "EntryShiftDays": "5"}},
        adjustment={
            "Schedule": schedule(close=30),
            "ConditionalAdjustments": {
                "open_trades_cnt == 1 and underlying_iv_rank < 15": {
                    "AddLegsAdjustment": {
                        "Expirations": None,
                        "Legs": [leg("hedge", "3", "Delta", "4", at="90dte")],
                    }
                }
            },
            "MaxAdjustmentCount": None,
        },
        exit={"ProfitTarget": "leg_short_put_price * 50", "StopLoss": "leg_short_put_price * 200"},
    ),
    "WeekendEffect": v2(
        "WeekendEffect",
        [expiration("3", "3", "4")],
        [
            leg("short_put", "-1", "Delta", "10", low="5", high="15"),
            leg("short_call", "-1", "Delta", "10", of="Call", low="5", high="15"),
        ],
        entry={"Schedule": schedule(close=15, every="fri")},
        exit={"Schedule": schedule(open=15), "MaxDaysInTrade": "1"},
    ),
    "SPX-Entry-Campaign-Adjusting": v2(
        "SPX-Entry-Campaign-Adjusting",
        [LONG],
        strangle(),
        entry={
            "Concurrency": {"MaxPositionsInFlight": "4", "EntryShiftDays": "3"},
            "VarDefines": {"theta_at_entry": "pos_theta"},
        },
        adjustment=moves(STRANGLE_MOVES),
        exit=THETA | {"MaxDaysInTrade": "10"},
    ),
    "SPX-Entry-DownDay": v2(
        "SPX-Entry-DownDay",
        [LONG],
        strangle(),
        entry={"Conditions": ["underlying_today_open < underlying_prevday_close"]},
        adjustment=moves(STRANGLE_MOVES),
        exit=THETA,
    ),
    "SPX-Entry-EMACross": v2(
        "SPX-Entry-EMACross",
        [MONTH],
        short_put(),
        entry={"Conditions": ["ema_fast > ema_slow"]},
        Indicators={
            "Standard": {
                "ema_fast": {"Instrument": "SPX", "Type": "EMA", "Param1": 5},
                "ema_slow": {"Instrument": "SPX", "Type": "EMA", "Param1": 10},
            }
        },
    ),
    "SPX-Entry-HighIV": v2(
        "SPX-Entry-HighIV",
        [MONTH],
        short_put(),
        entry={"Conditions": ["underlying_iv_rank > 50"]},
    ),
    "SPX-Entry-RootSelector": v2(
        "SPX-Entry-RootSelector", [expiration("45", "35", "55", root="SPXW")], short_put()
    ),
    "SPX-Exit-ThetaDecay-Adjusting": v2(
        "SPX-Exit-ThetaDecay-Adjusting",
        [LONG],
        strangle(),
        entry={
            "AbortConditions": ["pos_theta < 50"],
            "VarDefines": {"theta_at_entry": "pos_theta"},
        },
        adjustment=moves(STRANGLE_MOVES),
        exit=THETA | {"Conditions": ["pos_theta < theta_at_entry * 0.5"]},
    ),
    "SPX-ExternalDataCSV": v2(
        "SPX-ExternalDataCSV",
        [MONTH],
        short_put(),
        entry={"Conditions": ["enter_now > 0 -- column of the CSV"]},
        exit={"Conditions": ["leave_now > 0 -- column of the CSV"]},
        ExternalData={"CsvUrl": "https://gist.githubusercontent.com/me/1/raw/signals.csv"},
        Start="2022-01-03T00:00:00",
        End="2022-01-12T00:00:00",
    ),
    "SPX-MultiLegAdjustment": v2(
        "SPX-MultiLegAdjustment",
        [LONG],
        [
            leg("short_call", "-1", "Delta", "50", of="Call"),
            leg("short_put", "-1", "Delta", "50"),
        ],
        entry={"VarDefines": {"spot_at_entry": "underlying_price"}},
        adjustment={
            "Schedule": schedule(close=30),
            "ConditionalAdjustments": {
                f"abs(underlying_price - spot_at_entry) > 50 -- Step {step}": {
                    "MoveLegAdjustment": {
                        "LegName": name,
                        "StrikeSelector": selector("Delta", "50"),
                    }
                }
                for step, name in ((1, "short_call"), (2, "short_put"))
            },
            "MaxAdjustmentCount": None,
        },
    ),
    "SPX-RemoveLegsAdjustment": v2(
        "SPX-RemoveLegsAdjustment",
        [MONTH],
        [
            leg("short_put", "-1", "Delta", "10", low="5", high="15"),
            leg("long_call", "1", "Delta", "25", of="Call"),
            leg("second_call", "1", "Delta", "45", of="Call"),
        ],
        adjustment={
            "Schedule": schedule(close=30),
            "ConditionalAdjustments": {
                "open_trades_cnt == 3 and pos_pnl < -100": {
                    "RemoveLegsAdjustment": {"LegNames": ["long_call", "second_call"]}
                }
            },
            "MaxAdjustmentCount": None,
        },
    ),
    "SPX-TrailingStop": v2(
        "SPX-TrailingStop",
        [MONTH],
        short_put("10", "5", "15"),
        entry={"VarDefines": {"high_water": "0"}},
        adjustment={
            "Schedule": schedule(close=30),
            "ConditionalAdjustments": {
                "pos_pnl > high_water": {
                    "UpdateVarsAdjustment": {"VarDefines": {"high_water": "pos_pnl"}}
                }
            },
            "MaxAdjustmentCount": None,
        },
        exit={"Conditions": ["high_water > 100 and pos_pnl < high_water * 0.75"]},
    ),
}


def definition(name: str) -> dict[str, Any]:
    return copy.deepcopy(LIBRARY[name])
