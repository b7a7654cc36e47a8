"""Variables and adjustments read from their tables (reference sections 1.5 and 1.6)."""

from __future__ import annotations

from xlmeso.model.document import JsonPath, get_at
from xlmeso.sheets.cells import is_blank
from xlmeso.sheets.strategy.draft import Row, TableView
from xlmeso.sheets.strategy.layout import ABORT_IF, ACTIONS, LOOK_FOR
from xlmeso.sheets.strategy.legs import put_leg, put_selector
from xlmeso.sheets.strategy.values import ABSENT, scalar_of

_ADJUSTMENTS: JsonPath = ("Adjustment", "ConditionalAdjustments")


def put_variable(row: Row, path: JsonPath, *, name_title: str) -> None:
    """Read one variable of a map; a nameless, doubled or valueless one is a problem."""
    name = row.text(name_title, path)
    if not name:
        row.report(name_title, path, "the variable has no name")
        return
    target = (*path, name)
    if target in row.view.draft.cells:
        row.report(name_title, target, f"the variable {name!r} is defined twice")
        return
    value = scalar_of(row.usable("Expression", target))
    if value is ABSENT and is_blank(row.raw("Expression")):
        row.report("Expression", target, f"the variable {name!r} has no expression")
    row.view.draft.put(target, value, row.cell("Expression"))


def read_adjustments(view: TableView) -> None:
    """Read the Adjustments table; rows with one condition and action make one action."""
    words = {word.casefold(): name for word, name in ACTIONS.items()}
    words |= {name.casefold(): name for name in ACTIONS.values()}
    moved: set[JsonPath] = set()
    for row in view.rows():
        condition = row.text("Condition", _ADJUSTMENTS)
        action = words.get(row.text("Action", _ADJUSTMENTS).strip().casefold())
        if not condition:
            row.report("Condition", _ADJUSTMENTS, "the adjustment has no condition")
        elif action is None:
            row.report("Action", (*_ADJUSTMENTS, condition), "the adjustment's action is unknown",
                       f"Actions: {', '.join(ACTIONS)}.")  # fmt: skip
        else:
            view.draft.claim((*_ADJUSTMENTS, condition), row.cell("Condition"))
            _read_action(row, (*_ADJUSTMENTS, condition, action), moved)


def _read_action(row: Row, path: JsonPath, moved: set[JsonPath]) -> None:
    draft, action = row.view.draft, path[-1]
    if path not in draft.cells:
        draft.open(path, row.cell("Action"))
    if _read_part(row, path):
        return
    names_variable = not is_blank(row.raw("Variable")) or not is_blank(row.raw("Expression"))
    if names_variable:
        put_variable(row, (*path, "VarDefines"), name_title="Variable")
        if is_blank(row.raw("Leg")):
            return
    if action == "AddLegsAdjustment":
        leg = (*path, "Legs", _count(row, (*path, "Legs")))
        put_leg(row, leg, name_title="Leg")
        row.put("Group", (*leg, "LegGroupId"))
    elif path in moved:
        row.report("Condition", path, "this action stands in an earlier row already")
    elif action == "MoveLegAdjustment":
        moved.add(path)
        _read_move(row, path)
    elif action == "RemoveLegsAdjustment":
        moved.add(path)
        row.put_items("Leg", (*path, "LegNames"), ",")


def _read_move(row: Row, path: JsonPath) -> None:
    row.put("Leg", (*path, "LegName"))
    row.put("Expiration", (*path, "ExpirationName"))
    put_selector(row, (*path, "StrikeSelector"))


def _read_part(row: Row, path: JsonPath) -> bool:
    """Read a row that names an expiration to look for or an abort condition, if it is one."""
    word, action = row.text("Selector", path).strip().casefold(), path[-1]
    if word == LOOK_FOR.casefold():
        if action not in ("MoveLegAdjustment", "AddLegsAdjustment"):
            row.report("Selector", path, "only MoveLeg and AddLegs look for expirations")
            return True
        item = (*path, "Expirations", _count(row, (*path, "Expirations")))
        row.view.draft.open(item, row.cell("Expiration"))
        row.put("Expiration", (*item, "Name"))
        for title, field in (("Value", "DTE"), ("Min", "Min"), ("Max", "Max")):
            row.put(title, (*item, field))
    elif word == ABORT_IF.casefold():
        if action != "AddLegsAdjustment":
            row.report("Selector", path, "only AddLegs has abort conditions")
            return True
        place = (*path, "AbortConditions", _count(row, (*path, "AbortConditions")))
        row.put("Value", place)
    else:
        return False
    return True


def _count(row: Row, path: JsonPath) -> int:
    """Return how many items a list of the draft has."""
    node = get_at(row.view.draft.document, path)
    return len(node) if isinstance(node, list) else 0
