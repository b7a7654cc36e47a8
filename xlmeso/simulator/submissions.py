"""A submission's body: taken apart, and its definition checked (reference section 7.2)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from xlmeso.model.document import DocumentError, canonical, loads, type_names
from xlmeso.model.problems import Problem, error, errors_of
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.external.source import NOTHING, ExternalReading
from xlmeso.simulator.limits import ServiceLimits
from xlmeso.simulator.problem_details import RefusedError, entries, entry

IDEMPOTENCY_KEY: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
"""Form of an idempotency key (reference section 7.2)."""

LONGEST_STRATEGY_NAME: Final = 128
LONGEST_BACKTEST_NAME: Final = 250

Checker = Callable[[StrategyDefinition], list[Problem]]
"""Returns the findings in a definition; errors among them refuse it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A body whose own fields are in order; the definition is not checked yet."""

    definition: StrategyDefinition
    shared: bool
    idempotency_key: str | None
    digest: str


def read_submission(body: bytes, limits: ServiceLimits, *, with_key: bool) -> Submission:
    """Take a body apart.

    ``with_key`` says whether the contract knows idempotency keys.
    Assumption: other fields of the body are ignored, though they count when an idempotency key
    is replayed.

    Raises
    ------
    RefusedError
        400 for text that is not acceptable JSON, or fields of a wrong type.
    """
    document = _read_json(body, limits)
    if not isinstance(document, dict):
        raise _invalid_body([entry("(body)", f"must be an object, not {_kind(document)}")])
    if mistakes := _body_mistakes(document, with_key=with_key):
        raise _invalid_body(mistakes)
    return Submission(
        definition=StrategyDefinition(document["StrategyDefinition"]),
        shared=document.get("Shared") is True,
        idempotency_key=document.get("IdempotencyKey") if with_key else None,
        # Assumption: the order of keys in objects does not make another payload.
        digest=hashlib.sha256(canonical(document).encode()).hexdigest(),
    )


def _read_json(body: bytes, limits: ServiceLimits) -> Any:
    try:
        return loads(body, max_bytes=limits.max_body_bytes, max_depth=limits.max_depth)
    except DocumentError as problem:
        raise RefusedError(400, "invalid-json", f"The body is not acceptable: {problem}") from None


def _body_mistakes(document: dict[str, Any], *, with_key: bool) -> list[dict[str, str]]:
    mistakes = []
    definition = document.get("StrategyDefinition")
    if not isinstance(definition, dict):
        message = f"must be an object, not {_kind(definition)}"
        mistakes.append(entry("StrategyDefinition", message))
    if not isinstance(document.get("Shared"), bool | None):
        mistakes.append(entry("Shared", "must be true or false"))
    key = document.get("IdempotencyKey")
    if with_key and key is not None and not _is_key(key):
        message = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -"
        mistakes.append(entry("IdempotencyKey", message))
    return mistakes


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and IDEMPOTENCY_KEY.fullmatch(value) is not None


def _kind(value: Any) -> str:
    return type_names.get(type(value), "something else")


def _invalid_body(mistakes: list[dict[str, str]]) -> RefusedError:
    first = f"{mistakes[0]['path']} {mistakes[0]['message']}"
    return RefusedError(
        400, "invalid-body", f"The body is not acceptable: {first}.", errors=mistakes
    )


def check_definition(
    definition: StrategyDefinition,
    validate: Checker,
    unsupported: Checker,
    external: ExternalReading = NOTHING,
) -> None:
    """Refuse a definition with mistakes, or with what this version cannot simulate.

    Mistakes in the external data are told together with all others.

    Raises
    ------
    RefusedError
        400 with all findings in ``errors``.
    """
    found = errors_of(validate(definition))
    flagged = {problem.path for problem in found}
    found += [problem for problem in name_problems(definition) if problem.path not in flagged]
    found += [problem for problem in external.problems if problem not in found]
    if found:
        raise RefusedError(
            400,
            "invalid-definition",
            f"The strategy definition has mistakes: {len(found)}. The first: {_brief(found[0])}",
            errors=entries(found),
        )
    if refused := errors_of(unsupported(definition)):
        fields = ", ".join(problem.path_text for problem in refused)
        raise RefusedError(
            400,
            "unsupported-feature",
            f"This version of the local service cannot simulate: {fields}.",
            errors=entries(refused),
        )


def _brief(problem: Problem) -> str:
    return f"{problem.path_text}: {problem.message}"


def name_problems(definition: StrategyDefinition) -> list[Problem]:
    """Return what is wrong with the two names (reference section 7.2)."""
    rules = (
        (("StrategyName",), LONGEST_STRATEGY_NAME),
        (("Backtest", "Name"), LONGEST_BACKTEST_NAME),
    )
    found = []
    for path, longest in rules:
        value = definition.get(*path)
        if not isinstance(value, str) or not value.strip():
            found.append(error(path, "must be a text that is not blank"))
        elif len(value) > longest:
            found.append(error(path, f"has {len(value)} characters; at most {longest} are allowed"))
        elif not _is_text(value):
            found.append(error(path, "holds half of a surrogate pair, which no file can keep"))
    return found


def _is_text(value: str) -> bool:
    """Whether a JSON text has a form in UTF-8; half of a surrogate pair has not."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
