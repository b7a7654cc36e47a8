"""The local service: the Backtest API over HTTP, a modelled market and the simulation behind it.

Owns the service (routes, store, workers, keys, limits), the market, the script engine and the
simulation.  May import ``measures``, ``model`` and ``errors``.  It knows nothing of the client in
``wire`` and ``api``: the two are witnesses of one contract, and neither may copy the other's error.
Import from its modules; this one stays empty, so that a name costs no more than its own module.
"""
