"""The script variables: what each name means at a moment (reference section 3.2).

A name is resolved once, when its expression is compiled, into a function of the `Moment`; so only
the names that an expression really uses are ever computed.  None stands for Lua's nil.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.marks import GREEKS
from xlmeso.simulator.engine.moment import Moment

Value = float | int | None
Getter = Callable[[Moment], Value]

PERCENT: Final = 100.0

COIN_DIGITS: Final = 8
"""Decimals that numbers are written with where money is coins: a satoshi is the eighth."""

DIGITS: Final = 6
"""Decimals that numbers of events are written with."""

_LEG_READERS: Final[dict[str, Callable[[Leg, Moment], Value]]] = {
    "price": lambda leg, m: leg.price(m.bar),
    "bid": lambda leg, m: leg.quote("bid", m.bar),
    "ask": lambda leg, m: leg.quote("ask", m.bar),
    "qty": lambda leg, _: leg.qty,
    "strike": lambda leg, _: leg.strike,
    "iv": lambda leg, m: leg.quote("iv", m.bar) * PERCENT,
    "dte": lambda leg, m: leg.dte(m.minute),
    "dit": lambda leg, m: leg.dit(m.minute),
    "pnl": lambda leg, m: leg.pnl(m.bar),
}

_ZERO_BEFORE_LEGS: Final = frozenset(("qty", "pnl", *GREEKS))
"""Leg quantities that read 0, not nil, in Entry.Conditions (reference section 1.10)."""


def _position_pnl(m: Moment) -> Value:
    return 0.0 if m.position is None else m.position.pnl(m.bar)


def _open_trades(m: Moment) -> Value:
    legs = () if m.position is None else m.position.legs.values()
    return sum(not (leg.is_closed or leg.is_marker) for leg in legs)


def _days_in_trade(m: Moment) -> Value:
    # Assumption: 0, not nil, while there is no position: the name exists at every point.
    return 0.0 if m.position is None else m.position.days(m.minute)


def _position_greek(greek: str) -> Getter:
    return lambda m: 0.0 if m.position is None else m.position.greek(greek, m.bar, m.minute)


def _return_on_margin(m: Moment) -> Value:
    if m.position is None:
        return None
    most = m.position.margin_peak(m.bar)
    return m.position.pnl(m.bar) / most if most > 0 else None


def _account_greek(greek: str) -> Getter:
    return lambda m: m.account_greek(greek)


FIXED: Final[dict[str, Getter]] = {
    "nav": lambda m: m.account.cash + m.account_pnl(),
    "initial_cash": lambda m: m.account.cash,
    "acc_pnl": Moment.account_pnl,
    **{f"acc_{greek}": _account_greek(greek) for greek in GREEKS},
    "pos_in_flight": lambda m: len(m.account.positions),
    "pos_pnl": _position_pnl,
    **{f"pos_{greek}": _position_greek(greek) for greek in GREEKS},
    "open_trades_cnt": _open_trades,
    "days_in_trade": _days_in_trade,
    "minutes_after_open": lambda m: m.minutes_after_open,
    "minutes_before_close": lambda m: m.minutes_before_close,
    "underlying_price": lambda m: m.market.underlying.item(m.bar),
    "underlying_today_open": lambda m: float(m.market.open_price(m.session)),
    "underlying_prevday_close": lambda m: float(m.market.previous_close(m.session)),
    "underlying_iv": lambda m: float(m.market.iv(m.bar)),
    "underlying_hv": lambda m: float(m.market.hv(m.session)),
    "underlying_iv_rank": lambda m: float(m.market.iv_rank(m.bar)),
    "underlying_iv_pct": lambda m: float(m.market.iv_percentile(m.bar)),
}
"""Names that do not depend on the definition."""

MARGIN: Final[dict[str, Getter]] = {
    "pos_margin": Moment.position_margin,
    "acc_margin": Moment.account_margin,
    "pos_max_margin": lambda m: None if m.position is None else m.position.margin_peak(m.bar),
    "pos_return_on_max_margin": _return_on_margin,
}
"""Names that exist while margin is on.

Assumption: the last two are ours, for the events; the reference defines the return on maximum
margin (section 4.5) without a name.
"""

LEG_FIELDS: Final = (*_LEG_READERS, *GREEKS)
EXPIRATION_FIELDS: Final = ("dte", "min", "max")


class VariableNames:
    """The names of one definition.

    Parameters
    ----------
    legs, expirations
        Leg names and expiration aliases of the definition.
    with_margin
        Whether a margin model is on.

    Attributes
    ----------
    digits
        Decimals of the values in events.
    """

    def __init__(
        self, legs: Collection[str], expirations: Collection[str], *, with_margin: bool = False
    ) -> None:
        self.digits = DIGITS
        self._getters: dict[str, Getter] = {**FIXED, **(MARGIN if with_margin else {})}
        for alias in expirations:
            for field in EXPIRATION_FIELDS:
                self._getters[f"expiration_{alias}_{field}"] = _expiration_getter(alias, field)
        for leg in legs:
            for field in LEG_FIELDS:
                self._getters[f"leg_{leg}_{field}"] = _leg_getter(leg, field)

    def add(self, getters: Iterable[tuple[str, Getter]]) -> None:
        """Make further names known, such as the columns of external data."""
        self._getters.update(getters)

    def is_own(self, name: str) -> bool:
        """Tell whether a name can only be one that VarDefines set."""
        return name not in self._getters

    def getter(self, name: str) -> Getter:
        """Return the function that reads a name; unknown names are the user's variables."""
        return self._getters.get(name) or _user_getter(name)

    def snapshot(self, moment: Moment) -> dict[str, float | int]:
        """Return every variable that has a value, the user's last: the Vars of an event.

        Numbers are written as by `plain`.  What has no history yet (``underlying_hv`` on a
        market's first days) is not a number and left out; in a condition it compares as false.
        """
        found: dict[str, float | int] = {}
        units = 10**self.digits
        for name, getter in self._getters.items():  # the busiest loop of a run
            value = getter(moment)
            if value is None or value != value:
                continue
            count = round(value * units)  # as `plain` does it, without the call
            found[name] = count / units if count % units else count // units
        if moment.position is not None:
            own = moment.position.variables
            found.update((name, plain(value, self.digits)) for name, value in own.items())
        return found


def plain(value: float, digits: int = DIGITS) -> float | int:
    """Round and drop the fraction of a whole number; -0.0 becomes 0."""
    units: int = 10**digits
    count = round(value * units)  # less than half the time of round(value, digits)
    return count / units if count % units else count // units


def _user_getter(name: str) -> Getter:
    return lambda m: None if m.position is None else m.position.variables.get(name)


def _leg_getter(name: str, field: str) -> Getter:
    before_legs = 0.0 if field in _ZERO_BEFORE_LEGS else None
    if field in GREEKS:
        return lambda m: (
            before_legs
            if m.position is None
            else None
            if (leg := m.position.legs.get(name)) is None
            else leg.greek(field, m.bar, m.minute)
        )
    reader = _LEG_READERS[field]
    return lambda m: (
        before_legs
        if m.position is None
        else None
        if (leg := m.position.legs.get(name)) is None
        else reader(leg, m)
    )


def _expiration_getter(alias: str, field: str) -> Getter:
    def days(m: Moment) -> Value:
        chosen = None if m.position is None else m.position.expirations.get(alias)
        return None if chosen is None else (chosen.date - m.date).days

    def limit(m: Moment) -> Value:
        limits = None if m.position is None else m.position.limits.get(alias)
        return None if limits is None else limits[EXPIRATION_FIELDS.index(field) - 1]

    return days if field == "dte" else limit
