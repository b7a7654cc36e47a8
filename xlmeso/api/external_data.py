"""``client.external_data``: the users' own series that a run was fed with."""

from __future__ import annotations

from pathlib import Path

from xlmeso.api.downloads import check_zip
from xlmeso.api.resource import Resource
from xlmeso.wire import outbound


class ExternalData(Resource):
    """The external-data route."""

    def download(self, backtest_id: str, path: str | Path) -> Path:
        """Write the ZIP file, whole or not at all.

        Raises
        ------
        NotFoundError
            No such run, or it had no external data.
        WorkbookError
            The file cannot be written.
        DecodingError
            The reply is no ZIP file, or damaged.
        """
        return self._transport.download(outbound.external_data(backtest_id), path, check_zip)
