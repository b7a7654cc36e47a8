"""``client.analytics``: the figures of a finished run."""

from __future__ import annotations

from collections.abc import Mapping

from xlmeso.api.resource import Resource
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.model.document import JsonValue
from xlmeso.wire import decoding, outbound


class Analytics(Resource):
    """The analytics route."""

    def get(self, backtest_id: str) -> Mapping[str, AnalyticsValue]:
        """Return the figures under the service's names, in its order.

        Raises
        ------
        BacktestRunningError, BacktestFailedError, BacktestCancelledError
            The run has no figures (yet).
        NotFoundError, PermissionDeniedError
            No such run, or not yours.
        """
        return decoding.decode_analytics(self.get_raw(backtest_id))

    def get_raw(self, backtest_id: str) -> dict[str, JsonValue]:
        """Do as `get` and return the service's own document."""
        return self._object(outbound.analytics(backtest_id))
