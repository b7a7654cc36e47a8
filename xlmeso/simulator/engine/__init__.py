"""The simulation core: a strategy definition driven over a market's 5-minute bars.

Owns schedules, selection of expirations and strikes, fills, marks, exits, settlement, the ledger
and the blotter (reference sections 1, 3.2, 4 and 5).  Event-driven: only scheduled bars are
visited, chains are built when a decision asks for one, marks come in blocks of several sessions.
May import `xlmeso.model`, `xlmeso.errors`, `xlmeso.simulator.script` and
`xlmeso.simulator.margin`; the market is whatever
fits `xlmeso.simulator.engine.ports`.
"""
