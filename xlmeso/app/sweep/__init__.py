"""Sweeps: prepare the variants, run or resume them through the dispatcher, say what came of them.

`prepare` checks everything before anything is sent; `work` finds in the journal what ran before,
so that nothing is sent twice; `variant_files` reads variants from CSV and JSON files.
"""
