"""Errors of the client's own: nothing was sent, or the connection cannot be trusted."""

from __future__ import annotations

from xlmeso.errors import TransportError, XlmesoError


class BadArgumentError(XlmesoError):
    """An argument that no service would accept; nothing was sent."""

    cell_text = "#MESO! Check the arguments"
    exit_code = 2


class NotInContractError(XlmesoError):
    """The service's contract has no such route or parameter; nothing was sent."""

    cell_text = "#MESO! Not offered by this service"
    exit_code = 7


class LastingTransportError(TransportError):
    """No reply, and another attempt would not change that: an untrusted certificate, a proxy."""


class NotSentError(TransportError):
    """No connection came about, so the service has certainly not got the request."""
