"""A sweep: one strategy definition with some values varied, as data.

Paths and values as people type them, grids, samples and walk-forward windows, and the variants
that come out of them.  Pure: imports the model only.
"""
