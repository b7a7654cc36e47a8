"""Pure numbers: returns, drawdowns, ratios and figures against a benchmark, as numpy functions.

Owns the formulas of the analytics table (reference section 8.2).  Every function takes arrays or
plain numbers and returns the same; none reads a file, a clock or a setting.  May import numpy,
`xlmeso.model` and `xlmeso.errors`.  The functions live in `returns`, `drawdowns`, `ratios` and
`against_benchmark`; this package loads none of them, so importing it costs nothing.

Conventions, unless a function says otherwise:

- returns are simple returns per period as fractions (0.01 is one per cent), NAV values are money;
- a loss, a drawdown and an average of losses are negative;
- a figure that is undefined (no data, division by zero) is ``nan``; NaN in the data gives ``nan``.
"""
