"""Hypothesis strategies for valid definitions that use the whole language (reference 1, 3)."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from xlmeso.model.document import from_python
from xlmeso.model.modules import ANCHORS, GOALS, METRICS, RETURN_MODES
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.variables import MARGIN_NAMES, Point, names_at

Json = dict[str, Any]

_TIMING = st.one_of(
    st.sampled_from(
        ["timing.day_of_week", "timing.day", "timing.month", "timing.year",
         "timing.minutes_after_open", "timing.minutes_before_close", "timing.days_in_trade"]
    ),
    st.builds(
        "timing.{}_days_{}({})".format,
        st.sampled_from(["trading", "calendar"]),
        st.sampled_from(["until", "after", "in"]),
        st.sampled_from(ANCHORS),
    ),
)  # fmt: skip
_CONSTANTS = st.sampled_from(["0", "1", "2.5", "10", "45", "100", "-3"])


def options_calls(legs: list[str]) -> st.SearchStrategy[str]:
    target = st.sampled_from(["position", *(f"leg_{leg}" for leg in legs)])
    days = st.sampled_from(["0", "5", f"leg_{legs[0]}_dte", "monthly_opex"])
    model = st.builds("options.model({}, {}, underlying_price * {}, {})".format, target, days,
                      st.sampled_from(["0.95", "1", "1.1"]), st.sampled_from(METRICS))  # fmt: skip
    solver = st.builds(
        "(options.model_solver({}, {}, underlying_price * {}, {}, {}, {}) or 0)".format,
        target,
        days,
        st.sampled_from(["0.5, underlying_price * 2", "2, underlying_price * 0.5"]),
        st.sampled_from(METRICS),
        st.sampled_from(GOALS),
        st.sampled_from(RETURN_MODES),
    )
    return st.one_of(model, solver)


def numbers(names: list[str], extra: st.SearchStrategy[str] | None = None) -> Any:
    atoms = st.one_of(
        st.sampled_from(names), _CONSTANTS, _TIMING, *([] if extra is None else [extra])
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner),
            st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
            st.builds("{}({})".format, st.sampled_from(["abs", "floor", "int", "ceil"]), inner),
        ),
        max_leaves=3,
    )


def conditions(names: list[str], extra: st.SearchStrategy[str] | None = None) -> Any:
    number = numbers(names, extra)
    compare = st.builds("{} {} {}".format, number, st.sampled_from(["<", ">", ">=", "=="]), number)
    mixed = st.builds("{} {} {}".format, compare, st.sampled_from(["and", "or"]), compare)
    gate = st.sampled_from(["random(0, 3)", "random() > 0.7", "true", "not (1 > 2)"])
    return st.one_of(compare, mixed, gate, compare.map("not ({}) -- note".format))


schedules = st.builds(
    lambda side, minutes, every: {side: minutes, "Every": every},
    st.sampled_from(["AfterMarketOpenMinutes", "BeforeMarketCloseMinutes"]),
    st.sampled_from([0, 5, 30, 60, 195, "390"]),
    st.sampled_from(["day", "day", "mon,wed,fri", "tue"]),
)


@st.composite
def expirations(draw: st.DrawFn, names: list[str], earlier: list[str]) -> list[Json]:
    found: list[Json] = []
    for name in names:
        days = draw(st.sampled_from([0, 1, 3, 7, 21, "30", "45"]))
        before = [*earlier, *(item["Name"] for item in found)]
        item: Json = {"Name": name, "DTE": days}
        if before and draw(st.booleans()):
            item["DTE"] = f"expiration_{draw(st.sampled_from(before))}_dte + {days}"
        elif draw(st.booleans()):
            item |= {"Min": max(int(days) - 7, 0), "Max": int(days) + 14}
        if draw(st.booleans()):
            item["Roots"] = {"Include": ["SPXW", "SPX"], "Exclude": None}
        found.append(item)
    return found


@st.composite
def selectors(draw: st.DrawFn, names: list[str], own: str | None) -> Json:
    kind = draw(st.sampled_from(["Delta", "StrikePrice", "MidPrice", "BidPrice", "AskPrice",
                                 "Complex" if own else "Delta"]))  # fmt: skip
    if kind == "Complex":
        mine = [*names, *(f"leg_{own}_{field}" for field in ("delta", "price", "strike", "theta"))]
        rules = draw(st.lists(conditions(mine), max_size=1))
        return {
            "Complex": {"Statement": draw(numbers(mine)), "Target": draw(_CONSTANTS),
                        "Constraints": rules}
        }  # fmt: skip
    if kind == "StrikePrice":
        return {
            kind: draw(st.sampled_from(["underlying_price", "underlying_price * 0.97", "2700"]))
        }
    value = draw(st.sampled_from([1, "5", 16, "40"]))
    bounds = draw(st.sampled_from([{}, {"Min": 0}, {"Max": 45}]))
    return {kind: value, **bounds}


@st.composite
def legs(draw: st.DrawFn, names: list[str], aliases: list[str], visible: list[str]) -> list[Json]:
    return [
        {
            "Name": name,
            "Qty": draw(st.sampled_from([-2, -1, "1", 3, "0", "-1 -- short", 1])),
            "OptionType": draw(st.sampled_from(["Put", "Call"])),
            "ExpirationName": draw(st.sampled_from(aliases)),
            "StrikeSelector": draw(selectors(visible, name)),
            **draw(st.sampled_from([{}, {"LegGroupId": "1"}])),
        }
        for name in names
    ]


@st.composite
def actions(draw: st.DrawFn, structure: Json, names: list[str], extra: Any) -> Json:
    leg_names = [leg["Name"] for leg in structure["Legs"]]
    aliases = [item["Name"] for item in structure["Expirations"]]
    defines = st.dictionaries(
        st.sampled_from(["high", "seen"]), numbers(names, extra), max_size=1
    ).map(lambda found: {"VarDefines": found} if found else {})
    found: Json = {}
    for kind in draw(st.sets(st.sampled_from(["move", "remove", "add", "update"]), min_size=1)):
        more = draw(defines)
        if kind == "move":
            leg = draw(st.sampled_from(leg_names))
            fresh = draw(st.booleans())
            found["MoveLegAdjustment"] = {
                "LegName": leg,
                "StrikeSelector": draw(selectors(names, leg)),
                "ExpirationName": draw(st.sampled_from([None, "next" if fresh else aliases[-1]])),
                "Expirations": draw(expirations(["next"], aliases)) if fresh else None,
                **more,
            }
        elif kind == "remove":
            chosen = draw(st.lists(st.sampled_from(leg_names), min_size=1, max_size=2, unique=True))
            found["RemoveLegsAdjustment"] = {"LegNames": chosen, **more}
        elif kind == "add":
            found["AddLegsAdjustment"] = {
                "Legs": draw(legs(["added"], aliases, names)),
                "AbortConditions": draw(st.lists(conditions(names, extra), max_size=1)),
                **more,
            }
        else:
            found["UpdateVarsAdjustment"] = {"VarDefines": {"high": draw(numbers(names, extra))}}
    return found


@st.composite
def definitions(draw: st.DrawFn, start: str, end: str) -> StrategyDefinition:
    """Whole definitions; names in expressions are those that exist at their place."""
    aliases = ["near", "far"][: draw(st.integers(1, 2))]
    names = ["a", "b_2", "c"][: draw(st.integers(1, 3))]
    structure: Json = {
        "Name": "random",
        "Expirations": draw(expirations(aliases, [])),
        "Legs": draw(legs(names, aliases, ["underlying_price", "acc_pnl"])),
    }
    margin = draw(st.sampled_from([None, {"Model": "RegT", "RegTMode": "CBOEVanilla"},
                                   {"Model": "PMLike", "HouseMultiplier": "1.2"}]))  # fmt: skip
    document: Json = {
        "StrategyName": "random",
        "Backtest": {"Name": "random", "Start": start, "End": end, "Cash": "100000"},
        "Symbol": "SPX",
        "Structure": structure,
        "Entry": {"Schedule": draw(schedules), "VarDefines": {"high": "0", "seen": "1"}},
        "Exit": {},
        "Settings": {
            "Sim": {
                "FillModel": draw(st.sampled_from(["AtMidPrice", "AtBidAsk"])),
                "SlippageAmt": draw(st.sampled_from([0, "0.05"])),
                "Commission": {"CommissionModel": "FixedFee", "OptionFee": "1.5"},
            },
            "Core": {
                "LegSelectionConstraint": draw(
                    st.sampled_from(["FullyUnique", "UniqueInPosition", "None"])
                ),
                "ExpirationSelectionConstraint": draw(
                    st.sampled_from(["AbortOnReuse", "AllowReuse"])
                ),
                "Margin": margin,
            },
        },
    }
    known = StrategyDefinition(from_python(document))

    def at(point: Point) -> list[str]:
        found = names_at(known, point)
        return sorted(found if margin else found - MARGIN_NAMES)

    always, chosen = at(Point.ENTRY_CONDITIONS), at(Point.CHOSEN)
    # Target and stop may be absent, and then their variables are nil.
    held = [name for name in at(Point.OPEN) if name not in ("profit_target", "stop_loss")]
    held = [name for name in held if not name.endswith(("_min", "_max"))]
    chosen = [name for name in chosen if not name.endswith(("_min", "_max"))]
    calls = options_calls(names)
    document["Entry"] |= {
        "Conditions": draw(st.lists(conditions(always), max_size=1)),
        "AbortConditions": draw(st.lists(conditions(chosen, calls), max_size=1)),
        "QtyMultiplier": draw(st.sampled_from([None, "1", "2", "1 + pos_in_flight"])),
        "ReentryDays": draw(st.sampled_from([0, 1, "3"])),
        "Concurrency": draw(
            st.sampled_from([None, {"MaxPositionsInFlight": 3, "EntryShiftDays": 1}])
        ),
    }
    document["Exit"] |= {
        "Schedule": draw(
            st.one_of(schedules, st.just({"AfterMarketOpenMinutes": 0, "Every": "5min"}))
        ),
        "MaxDaysInTrade": draw(st.sampled_from([None, 2, "5"])),
        "ProfitTarget": draw(st.sampled_from([None, "400", "abs(pos_theta) * 5"])),
        "StopLoss": draw(st.sampled_from([None, "900", -300])),
        "Conditions": draw(st.lists(conditions(held, calls), max_size=2)),
        "VarDefines": draw(st.dictionaries(st.just("seen"), numbers(held), max_size=1)),
    }
    if draw(st.booleans()):
        document["Adjustment"] = {
            "Schedule": draw(schedules),
            "ConditionalAdjustments": draw(
                st.dictionaries(
                    conditions(held, calls), actions(structure, held, calls), min_size=1, max_size=3
                )
            ),
            "MaxAdjustmentCount": draw(st.sampled_from([None, 1, "4"])),
        }
    return StrategyDefinition(from_python(document))
