"""The protocol of the Backtest API without I/O: requests out, replies in, what an error means.

Owns the service's field names, the map from status to error, the retry decision, paging, the two
forms of Retry-After, the readers of events and NAV files, and the redaction of secrets.  May import
`xlmeso.model`, `xlmeso.errors` and the standard library; opens neither sockets nor files.
"""
