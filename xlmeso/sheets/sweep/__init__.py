"""The Sweep sheet and the sheet of its results: tables of cells <-> variants and what came of them.

Knows no Excel library.
"""
