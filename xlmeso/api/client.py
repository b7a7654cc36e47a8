"""The front of the API: one object whose attributes are the resources."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from os import PathLike, fspath
from types import TracebackType
from typing import Self

from xlmeso._version import __version__
from xlmeso.api.analytics import Analytics
from xlmeso.api.backtests import Backtests
from xlmeso.api.events import Events
from xlmeso.api.external_data import ExternalData
from xlmeso.api.navs import Navs
from xlmeso.api.sessions import Sessions
from xlmeso.api.strategy_definition import StrategyDefinitions
from xlmeso.api.transport import Timeouts, Transport
from xlmeso.errors import ConfigurationError, NoCredentialsError
from xlmeso.wire.contract import Contract
from xlmeso.wire.redaction import Secret
from xlmeso.wire.retry import RetryPolicy
from xlmeso.wire.urls import service_origin


class Client:
    """A client of one service, for several threads; use it as a context manager or `close` it.

    Parameters
    ----------
    url
        Origin of the service: https, or http on this machine.
    api_key
        Bearer key; never shown again in a message, ``repr``, log or traceback.
    contract
        What the service offers: ``newer`` or ``seed`` (reference section 7.7).
    timeouts, retry
        How long to wait, and how often to try again.
    sleep, clock
        Waiting and a monotonic clock, in seconds; tests pass their own.
    ca_file
        Certificates (PEM) to trust in place of the system's.
    user_agent
        Header User-Agent; ``xlmeso/<version>`` by default.

    Attributes
    ----------
    backtests, analytics, strategy_definition, events, navs, external_data
        The resources.
    url, contract
        As given, the address in its normal form.

    Raises
    ------
    ConfigurationError
        An unacceptable address, certificate file or key.
    NoCredentialsError
        The key is empty.
    """

    def __init__(
        self,
        url: str,
        api_key: str | Secret,
        *,
        contract: Contract | str = Contract.NEWER,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        ca_file: str | PathLike[str] | None = None,
        user_agent: str = f"xlmeso/{__version__}",
    ) -> None:
        key = api_key if isinstance(api_key, Secret) else Secret(api_key.strip())
        del api_key  # no frame of a traceback shall hold the text
        _check_key(key)
        self.url = service_origin(url)
        self.contract = _contract(contract)
        file = None if ca_file is None else fspath(ca_file)
        self._use(
            Transport(
                self.url,
                Sessions(self.url, key, file, user_agent),
                timeouts=timeouts or Timeouts(),
                policy=retry or RetryPolicy(),
                sleep=sleep,
                clock=clock,
            )
        )

    def _use(self, transport: Transport) -> None:
        self._transport = transport
        self.backtests = Backtests(transport, self.contract)
        self.analytics = Analytics(transport, self.contract)
        self.strategy_definition = StrategyDefinitions(transport, self.contract)
        self.events = Events(transport, self.contract)
        self.navs = Navs(transport, self.contract)
        self.external_data = ExternalData(transport, self.contract)

    def with_retry(self, retry: RetryPolicy) -> Self:
        """Return a client of the same service, over the same connections, as stubborn as said.

        Closing either of the two closes both.
        """
        other = copy.copy(self)
        other._use(self._transport.with_policy(retry))
        return other

    def close(self) -> None:
        """Close all connections; the client cannot be used afterwards."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        # A traceback may show a client whose making has failed.
        return f"Client({getattr(self, 'url', None)!r})"


def _check_key(key: Secret) -> None:
    """Refuse a key that no header can carry, without showing it."""
    if not key:
        raise NoCredentialsError("the API key is empty", cure="Sign in first.")
    if not all("!" <= character <= "~" for character in key.reveal()):
        raise ConfigurationError(
            "the API key has spaces, line breaks or letters outside ASCII",
            cure="Copy it again from the portal's page API Keys.",
        )


def _contract(value: Contract | str) -> Contract:
    try:
        return Contract(value)
    except ValueError:
        choices = " or ".join(Contract)
        raise ConfigurationError(f"{value!r} is no contract of a service: {choices}") from None
