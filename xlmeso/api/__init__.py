"""The client of the Backtest API: `Client` and its resources; the only user of ``requests``.

Owns sending and receiving: sessions, proxies, certificates, time-outs, retries, downloads and
polling.  What is sent and what a reply means is decided in `xlmeso.wire`.  May import
`xlmeso.wire`, `xlmeso.model` and `xlmeso.errors`; knows neither settings nor journal.
"""

from xlmeso.api.client import Client
from xlmeso.api.polling import PollStoppedError, poll
from xlmeso.api.transport import Timeouts
from xlmeso.wire.contract import Contract
from xlmeso.wire.retry import RetryPolicy

__all__ = ["Client", "Contract", "PollStoppedError", "RetryPolicy", "Timeouts", "poll"]
