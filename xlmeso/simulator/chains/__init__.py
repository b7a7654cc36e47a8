"""Recorded option chains as a market: the user's own end-of-day or intraday quotes.

Owns the folder of session files (`files`), the importers of vendor layouts (`layouts`,
`importing`), the index (`index`), the quotes of one session (`session`, `implied`) and the market
that the engine runs on (`market`).  Import from its modules; this one stays empty.
"""
