"""What the conformance suite and its fixtures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service_helpers import Caller

from xlmeso.model.document import to_python
from xlmeso.model.templates import load_template


@dataclass(frozen=True)
class Target:
    """A service, two of its users, and keys that must not open it."""

    owner: Caller
    stranger: Caller
    bad_keys: dict[str, str | None]


def submission(**changes: Any) -> dict[str, Any]:
    """Make a body from a template: a short put over one quarter, few seconds of work."""
    definition = to_python(load_template("short-put").document)
    definition["Backtest"] |= {"Name": "conformance", "End": "2018-03-31T23:59:59"}
    return {"StrategyDefinition": definition, "Shared": False, **changes}
