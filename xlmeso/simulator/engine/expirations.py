"""Which listed expiration an alias stands for (reference section 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlmeso.simulator.engine.assumptions import DEFAULT_ROOT_PRIORITY
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.plan_parts import ExpirationPlan
from xlmeso.simulator.engine.ports import ListedExpiration


def candidates(
    moment: Moment,
    plan: ExpirationPlan,
    minimum: float | None,
    maximum: float | None,
) -> list[ListedExpiration]:
    """Return the expirations that still trade, have an allowed root and lie within Min..Max."""
    return [
        item
        for item in moment.market.expirations(moment.session)
        if (not plan.include or item.root in plan.include)
        and item.root not in plan.exclude
        and (minimum is None or days_to(moment, item) >= minimum)
        and (maximum is None or days_to(moment, item) <= maximum)
        and moment.market.last_trading_bar(item) >= moment.bar
    ]


def nearest(
    moment: Moment,
    found: Iterable[ListedExpiration],
    target: float,
    priority: Sequence[str],
) -> ListedExpiration | None:
    """Return the expiration nearest to ``target`` calendar days, None without candidates.

    UNKNOWN which of two equally near ones wins; Assumption: the earlier.  On the same date the
    root's priority decides, roots without priority follow alphabetically.
    """

    def rank(item: ListedExpiration) -> tuple[float, int, int, str]:
        days = days_to(moment, item)
        place = priority.index(item.root) if item.root in priority else len(priority)
        return abs(days - target), days, place, item.root

    return min(found, key=rank, default=None)


def choose_expiration(
    moment: Moment,
    plan: ExpirationPlan,
    target: float,
    minimum: float | None,
    maximum: float | None,
) -> ListedExpiration | None:
    """Return the expiration for an alias, None when no candidate is left."""
    priority = plan.include or DEFAULT_ROOT_PRIORITY.get(moment.market.symbol, ())
    return nearest(moment, candidates(moment, plan, minimum, maximum), target, priority)


def days_to(moment: Moment, item: ListedExpiration) -> int:
    """Return the calendar days from the session to the expiration date."""
    return (item.date - moment.date).days


def expiration_text(item: ListedExpiration) -> str:
    """Write ``2021-06-18-SPX`` (reference section 5)."""
    return f"{item.date:%Y-%m-%d}-{item.root}"
