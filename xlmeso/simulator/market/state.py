"""What the pricing of options needs to know at each point in time: the state of the market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.clock import business_clock
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.sessions import MINUTES_PER_DAY, trading_calendar
from xlmeso.simulator.market.term import (
    REFERENCE_VIX,
    TermFeatures,
    variance_term,
    vix_family,
)


class Term(Protocol):
    """At-the-money total variance at each of n points, as a function of business time."""

    def part(self, start: int, stop: int) -> Term:
        """Return the points start..stop only."""

    def total_variance(self, ahead: Floats) -> Floats:
        """Total variance at business times ahead; the last axis runs over the points."""


@dataclass(frozen=True, eq=False)
class MarketState:
    """State at n points in time; arrays of length n.

    Attributes
    ----------
    minute
        Minutes since 1970-01-01 00:00, exchange time.
    business
        Business time (:mod:`clock`).
    spot
        Index, points.
    log_level
        ln(VIX / 18).
    rate, dividend_yield
        Continuous, fractions.
    term
        Level of the volatility surface.
    """

    minute: Floats
    business: Floats
    spot: Floats
    log_level: Floats
    rate: Floats
    dividend_yield: Floats
    term: Term

    def part(self, start: int, stop: int) -> MarketState:
        """Return the points start..stop only (views, no copies)."""
        return MarketState(
            self.minute[start:stop],
            self.business[start:stop],
            self.spot[start:stop],
            self.log_level[start:stop],
            self.rate[start:stop],
            self.dividend_yield[start:stop],
            self.term.part(start, stop),
        )


def market_state(
    history: DailyHistory,
    features: TermFeatures,
    *,
    session: Ints,
    minute: Ints,
    share: Floats,
    spot: Floats,
    vix: Floats,
) -> MarketState:
    """State at n points inside sessions of a history.

    Parameters
    ----------
    history, features
        Daily series and their prepared term regression.
    session
        Row of the history, per point.
    minute
        Minutes after midnight.
    share
        Share of the session's business time that has passed.
    spot, vix
        Index and volatility index at the point.
    """
    day = history.days[session]
    log_return = np.log(spot / history.previous_close[session])
    family = vix_family(features, session, vix, log_return, share)
    return MarketState(
        minute=(day * MINUTES_PER_DAY + minute).astype(np.float64),
        business=business_clock().at(day, share),
        spot=spot,
        log_level=np.log(vix / REFERENCE_VIX),
        rate=history.rate[session],
        dividend_yield=history.dividend_yield[session],
        term=variance_term(family, day, share),
    )


def closing_state(history: DailyHistory, features: TermFeatures, session: Ints) -> MarketState:
    """State at the close of each of some sessions."""
    calendar = trading_calendar()
    return market_state(
        history,
        features,
        session=session,
        minute=calendar.close_minute[history.days[session] - calendar.first_day],
        share=np.ones(session.size),
        spot=history.close[session],
        vix=history.vix_close[session],
    )
