"""The script engine: Lua expressions in a sandbox (reference section 3.1).

Owns compiling, running, limiting and judging expressions.  Knows nothing of positions or markets:
whoever runs an expression hands over the values of its free names.  May import `xlmeso.model` and
`xlmeso.errors`; it is the only user of lupa's runtime beside the syntax check of the model.
"""
