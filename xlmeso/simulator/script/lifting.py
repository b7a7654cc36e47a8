"""Takes the uses of timing and options out of an expression, so that Lua sees plain variables.

Their arguments are bare words or numbers, so a use is a value of the moment like any variable:
``timing.trading_days_until(next_month, first) <= 1`` becomes ``_m1 <= 1``.  No function of ours
has to be handed into the sandbox.  The arguments that are numbers are worked out beforehand, even
where ``and`` would have left them out; one that cannot be worked out is nil.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlmeso.model.expression import LONGEST, names_in
from xlmeso.model.modules import ModuleUse, module_uses


@dataclass(frozen=True, slots=True)
class Lifted:
    """An expression without modules, and what stands for each of its variables ``_m1``, ..."""

    text: str
    uses: dict[str, ModuleUse]


def lift_modules(text: str) -> Lifted:
    """Replace each use of a module by a variable of its own.

    A text beyond the length that validation accepts is left as it is.
    """
    found = module_uses(text) if len(text) <= LONGEST else ()
    if not found:
        return Lifted(text, {})
    prefix = "_m"
    while any(name.startswith(prefix) for name in names_in(text)):
        prefix = f"_{prefix}"
    pieces: list[str] = []
    uses: dict[str, ModuleUse] = {}
    end = 0
    for number, use in enumerate(found, start=1):
        name = f"{prefix}{number}"
        uses[name] = use
        pieces += (text[end : use.start], name)
        end = use.stop
    return Lifted("".join((*pieces, text[end:])), uses)
