"""The cheapest way to pair the legs of a position under the strategy rules, exactly.

What a long leg may do for a short one is the spread rule of Cboe Rule 10.3 and FINRA Rule
4210(f)(2): in a group with as many long as short calls and as many long as short puts, whose long
options expire with or after the short ones, the requirement is the largest loss at expiration,
found at the exercise prices of the group.  Vertical and time spreads, butterflies, condors, boxes,
iron butterflies and iron condors are all such groups.  Two groups with the same last short
expiration never ask for more when they are merged (the worst of a sum is at most the sum of the
worsts), so one group for each expiration of a short leg is enough.  Short options outside the
groups are uncovered, and an uncovered call and put may form a straddle.

The contracts to put into each group are a mixed-integer linear program (HiGHS through
`scipy.optimize.milp`).  Only the costs of uncovered options change with the market.  So one
solution is proved to be best for a whole span of bars at once, by a second program that looks for
anything cheaper anywhere in the box of costs that the span covers; where it finds something, the
span is halved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from xlmeso.simulator.margin.legs import Floats, MarginLeg

TOLERANCE: Final = 1e-8
"""Slack relative to the size of all costs, below which two pairings cost the same."""

_WHOLE_SLACK: Final = 1e-9


@dataclass(frozen=True, slots=True)
class _Row:
    """low <= sum of coefficients x variables <= high."""

    coefficients: dict[int, float]
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class _Solution:
    """Quantities of the priced variables and the money of everything else."""

    priced: Floats
    fixed: float


class Pairing:
    """The pairings that are open to some legs.

    Parameters
    ----------
    legs
        Legs of one position; at least one is short.
    """

    def __init__(self, legs: Sequence[MarginLeg]) -> None:
        self.legs = list(legs)
        self.shorts = [leg for leg in self.legs if leg.is_short]
        self.straddles = [
            (self.shorts.index(call), self.shorts.index(put))
            for call in self.shorts
            if call.is_call
            for put in self.shorts
            if not put.is_call
        ]
        self._most = np.array(
            [leg.contracts for leg in self.shorts]
            + [min(self.shorts[c].contracts, self.shorts[p].contracts) for c, p in self.straddles]
        )
        self._size = self._most.size
        self._rows: list[_Row] = []
        self._upper = self._most.tolist()
        self._fixed_cost = [0.0] * self._size
        self._add_groups()
        self._add_straddles()
        self._is_whole = all(
            abs(leg.contracts - round(leg.contracts)) < _WHOLE_SLACK for leg in self.legs
        )

    def cheapest(self, costs: Floats) -> Floats:
        """Least total requirement beyond the premium of long options, at each bar.

        Parameters
        ----------
        costs
            Money per contract at each of n bars, shape (shorts + straddles, n): an uncovered
            contract of each short leg, and less than nothing for each straddle.
        """
        total = np.empty(costs.shape[1])
        known: list[_Solution] = []
        spans = [(0, costs.shape[1])]
        while spans:
            start, stop = spans.pop()
            part = costs[:, start:stop]
            low, high = part.min(axis=1), part.max(axis=1)
            best = self._best_known(known, 0.5 * (low + high))
            if stop - start > 1 and not self._is_cheapest_between(best, low, high):
                middle = (start + stop) // 2
                spans += [(start, middle), (middle, stop)]
                continue
            total[start:stop] = best.priced @ part + best.fixed
        return total

    def _best_known(self, known: list[_Solution], costs: Floats) -> _Solution:
        """Return a best solution at some costs; the same object for the same solution."""
        found = self._solve(costs)
        for other in known:
            if np.array_equal(other.priced, found.priced) and other.fixed == found.fixed:
                return other
        known.append(found)
        return found

    def _solve(self, costs: Floats) -> _Solution:
        values = self._run(np.concatenate((costs, self._fixed_cost[self._size :])), self._rows)
        fixed = float(np.dot(self._fixed_cost, values))
        return _Solution(values[: self._size], fixed)

    def _is_cheapest_between(self, best: _Solution, low: Floats, high: Floats) -> bool:
        """Whether no pairing is cheaper than ``best`` at any costs between low and high.

        A pairing that uses more of a variable is compared at its lowest cost, one that uses less
        at its highest; the variable ``more`` counts the surplus, ``less`` the shortage, and a
        switch forbids both at once.
        """
        extra, first = self._size, len(self._upper)
        rows = list(self._rows)
        upper = list(self._upper)
        cost = np.concatenate((np.zeros(extra), self._fixed_cost[extra:], low, -high, low * 0.0))
        for number in range(extra):
            more, less, switch = first + number, first + extra + number, first + 2 * extra + number
            have, room = float(best.priced[number]), float(self._most[number] - best.priced[number])
            rows.append(_Row({number: 1.0, more: -1.0, less: 1.0}, have, have))
            rows.append(_Row({more: 1.0, switch: -room}, -np.inf, 0.0))
            rows.append(_Row({less: 1.0, switch: have}, -np.inf, have))
        upper += np.maximum(self._most - best.priced, 0.0).tolist()
        upper += best.priced.tolist() + [1.0] * extra
        slack = TOLERANCE * max(1.0, float(np.abs(high).max()) * float(self._most.max()))
        enough = best.fixed - slack
        values = self._run(cost, rows, upper, switches=extra, good_enough=enough)
        return float(cost @ values) >= enough

    def _run(
        self,
        cost: Floats,
        rows: Sequence[_Row],
        upper: Sequence[float] | None = None,
        switches: int = 0,
        *,
        good_enough: float = np.inf,
    ) -> Floats:
        """Return the best values of the variables.

        Without the demand for whole numbers the program is ten times as fast; its answer is final
        where it happens to be whole, or costs at least ``good_enough``.
        """
        upper = self._upper if upper is None else upper
        whole = np.zeros(len(upper), dtype=np.int64)
        if self._is_whole:
            whole[:] = np.isfinite(upper)
        if switches:
            whole[-switches:] = 1
        constraint = LinearConstraint(*_matrix(rows, len(upper)))
        bounds = Bounds(np.zeros(len(upper)), np.asarray(upper))
        for integrality in (np.zeros_like(whole), whole):
            result = milp(
                cost,
                integrality=integrality,
                bounds=bounds,
                constraints=constraint,
                options={"mip_rel_gap": 0.0},
            )
            assert result.x is not None  # leaving everything uncovered is always possible
            found: Floats = result.x
            values = np.where(whole > 0, np.round(found), found)
            is_whole = np.abs(values - found).max() < _WHOLE_SLACK * max(1.0, values.max())
            if is_whole or float(result.fun) >= good_enough:
                break
        return values if is_whole else found

    def _variable(self, upper: float, cost: float = 0.0) -> int:
        self._upper.append(upper)
        self._fixed_cost.append(cost)
        return len(self._upper) - 1

    def _add_groups(self) -> None:
        """One group for each expiration of a short leg, and what is left of every leg."""
        used: list[dict[int, float]] = [{} for _ in self.legs]
        for expires in sorted({leg.expires for leg in self.shorts}):
            members = [
                (place, leg)
                for place, leg in enumerate(self.legs)
                if (leg.expires <= expires if leg.is_short else leg.expires >= expires)
            ]
            if all(leg.is_short for _, leg in members):
                continue
            self._add_group(members, used)
        short = 0
        for leg, share in zip(self.legs, used, strict=True):
            if leg.is_short:
                self._rows.append(_Row({**share, short: 1.0}, leg.contracts, leg.contracts))
                short += 1
            elif share:
                self._rows.append(_Row(share, 0.0, leg.contracts))

    def _add_group(
        self, members: Sequence[tuple[int, MarginLeg]], used: list[dict[int, float]]
    ) -> None:
        loss = self._variable(np.inf, 1.0)
        inside = []
        for place, leg in members:
            variable = self._variable(leg.contracts)
            used[place][variable] = 1.0
            inside.append((variable, leg))
        for calls in (True, False):
            balance = {
                variable: -1.0 if leg.is_short else 1.0
                for variable, leg in inside
                if leg.is_call is calls
            }
            if balance:
                self._rows.append(_Row(balance, 0.0, 0.0))
        for price in sorted({leg.strike for _, leg in inside}):
            payoff = {
                variable: leg.intrinsic(price) * (-1.0 if leg.is_short else 1.0)
                for variable, leg in inside
            }
            self._rows.append(_Row({**payoff, loss: 1.0}, 0.0, np.inf))

    def _add_straddles(self) -> None:
        """Let an uncovered contract take part in one straddle at most."""
        first = len(self.shorts)
        for short in range(first):
            row = {
                first + number: 1.0 for number, pair in enumerate(self.straddles) if short in pair
            }
            if row:
                self._rows.append(_Row({**row, short: -1.0}, -np.inf, 0.0))


def _matrix(rows: Sequence[_Row], width: int) -> tuple[csr_array, Floats, Floats]:
    entries = [(i, j, v) for i, row in enumerate(rows) for j, v in row.coefficients.items()]
    where = np.array([(i, j) for i, j, _ in entries], dtype=np.int64).reshape(-1, 2)
    data = np.array([v for _, _, v in entries])
    matrix = csr_array((data, (where[:, 0], where[:, 1])), shape=(len(rows), width))
    return matrix, np.array([row.low for row in rows]), np.array([row.high for row in rows])
