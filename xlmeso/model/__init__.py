"""The service's words as types: definition, backtest, events, contracts, analytics catalogue.

Pure: imports only `xlmeso.errors` and the standard library (and Lua's compiler for syntax checks).
"""
