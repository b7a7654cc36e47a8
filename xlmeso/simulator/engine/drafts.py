"""Draft legs: a contract of the chain under a leg's name, before it is traded."""

from __future__ import annotations

from decimal import Decimal

from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.simulator.engine.clock import minute_of
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.marks import QuoteBlock
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.ports import Chain, ListedExpiration
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation


def draft_leg(
    sim: Simulation,
    moment: Moment,
    name: str,
    alias: str,
    expiration: ListedExpiration,
    option_type: OptionType,
    chain: Chain,
) -> Leg:
    """Return a leg that stands at no contract of its chain yet."""
    settles = minute_of(sim.market.settlement_time(expiration))
    leg = Leg(name, alias, expiration, QuoteBlock(chain, moment.bar), settles)
    leg.option_type = option_type
    leg.settlement_bar = sim.market.settlement_bar(expiration)
    leg.last_bar = sim.market.last_trading_bar(expiration)
    return leg


def put_on(sim: Simulation, leg: Leg, chain: Chain, row: int) -> None:
    """Put a draft leg on a contract of its chain."""
    leg.row, leg.strike = row, chain.strike.item(row)
    strike = Decimal(int(leg.strike)) if leg.strike.is_integer() else Decimal(repr(leg.strike))
    leg.contract = OptionContract(
        underlying=sim.market.symbol,
        root=leg.expiration.root,
        expiration=leg.expiration.date,
        strike=strike,
        type=leg.option_type,
        multiplier=sim.market.multiplier,
    )


def taken_strikes(
    sim: Simulation, position: Position, expiration: ListedExpiration, option_type: OptionType,
    *, besides: Leg | None = None,
) -> set[float]:  # fmt: skip
    """Return the strikes of an expiration and type that the constraint forbids (reference 1.9).

    ``besides`` is a leg that is about to give its contract up.  Assumption: markers hold no
    contract, so they forbid none.
    """
    constraint = sim.plan.settings.leg_constraint
    if constraint == "None":
        return set()
    held = [leg for leg in position.legs.values() if not leg.is_closed]
    if constraint == "FullyUnique":
        held += [leg for other in sim.account.positions for leg in other.open_legs()]
    key = (expiration.root, expiration.date, option_type)
    return {
        leg.strike
        for leg in held
        if leg is not besides
        and not leg.is_marker
        and (leg.expiration.root, leg.expiration.date, leg.option_type) == key
    }
