"""Strategy definitions of versions 1 and 2 made into version 3 (reference section 2).

Owns the conversion and its notes; pure.  May import ``model`` and ``errors``.  `convert.migrate` is
the way in.
"""
