"""Margin of option positions: the published rules as arithmetic, without engine or market.

Reg T by the strategy rules of the Cboe margin manual (`rules` the amounts, `pairing` the best way
to pair the legs, `reg_t` their sum) and a risk-based approximation (`portfolio`).  May import numpy
and scipy.
"""
