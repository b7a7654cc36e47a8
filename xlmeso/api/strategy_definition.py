"""``client.strategy_definition``: what a run was asked to do."""

from __future__ import annotations

from xlmeso.api.resource import Resource
from xlmeso.model.document import JsonValue
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire import decoding, outbound


class StrategyDefinitions(Resource):
    """The strategy-definition route."""

    def get(self, backtest_id: str) -> StrategyDefinition:
        """Return the definition (version 3) with every spelling kept.

        Raises
        ------
        NotFoundError, PermissionDeniedError
            No such run, or not yours.
        """
        return decoding.decode_strategy_definition(self.get_raw(backtest_id))

    def get_raw(self, backtest_id: str) -> dict[str, JsonValue]:
        """Do as `get` and return the document alone."""
        return self._object(outbound.strategy_definition(backtest_id))
