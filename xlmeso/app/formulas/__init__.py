"""Results for formulas: one request for each distinct resource, however many cells ask.

`results.Results` answers from memory, from the disk and only then from the service; `submission`
submits from a cell once; `purge` forgets what was deleted.  May import every layer below `app`.
"""
