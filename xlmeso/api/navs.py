"""``client.navs``: the net asset value of a run over time."""

from __future__ import annotations

from pathlib import Path

from xlmeso.api.downloads import check_csv
from xlmeso.api.resource import Resource
from xlmeso.wire import outbound
from xlmeso.wire.faults import NotInContractError
from xlmeso.wire.navs import NavTable, read_navs


class Navs(Resource):
    """The NAV route; ``view`` is None (the generic columns) or ``analytics``."""

    def get(self, backtest_id: str, *, view: str | None = None) -> NavTable:
        """Return the series with whatever columns the service has.

        Raises
        ------
        NotFoundError, PermissionDeniedError
            No such run, its artifacts were deleted, or it is not yours.
        NotInContractError
            A view, and the service has none (seed contract).
        """
        return read_navs(self._transport.fetch(self._request(backtest_id, view)))

    def get_raw(self, backtest_id: str, *, view: str | None = None) -> bytes:
        """Do as `get` and return the CSV as it came."""
        return self._transport.fetch(self._request(backtest_id, view))

    def download(self, backtest_id: str, path: str | Path, *, view: str | None = None) -> Path:
        """Write the CSV to a file, whole or not at all.

        Raises
        ------
        WorkbookError
            The file cannot be written.
        DecodingError
            The reply is no CSV.
        """
        return self._transport.download(self._request(backtest_id, view), path, check_csv)

    def _request(self, backtest_id: str, view: str | None) -> outbound.HttpRequest:
        if view is not None and not self._contract.has_nav_views:
            raise NotInContractError(
                "this service has one form of the NAV only", cure="Leave the view out."
            )
        return outbound.navs(backtest_id, view=view)
