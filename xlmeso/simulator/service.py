"""The FastAPI application: routes, key check, one form for all errors (reference section 7)."""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from typing import Any, Final

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from xlmeso._version import __version__
from xlmeso.simulator import routes_backtests, routes_results, routes_submit
from xlmeso.simulator.problem_details import MEDIA_TYPE, RefusedError, entry, title_of
from xlmeso.simulator.routes_common import ServiceContext, calling_user, context_of, json_reply

BASE_PATH: Final = "/api/v1"
"""Path of all routes of the Backtest API."""

SERVICE_NAME: Final = "xlmeso"
"""What /health answers, by which a running service is recognised."""

_log = logging.getLogger(__name__)


def create_app(context: ServiceContext) -> FastAPI:
    """Make the application that serves the routes of the context's contract."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.context = context
    key_first = [Depends(calling_user)]  # 401 comes before any other complaint
    routers = [routes_submit.router, routes_backtests.router, routes_results.router]
    if context.contract == "newer":
        routers.append(routes_backtests.newer_router)
    for router in routers:
        app.include_router(router, prefix=BASE_PATH, dependencies=key_first)
    app.add_api_route("/health", _health, methods=["GET"])
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    return app


async def _health() -> Response:
    """Tell who answers here; needs no key."""
    return json_reply({"service": SERVICE_NAME, "version": __version__})


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RefusedError)
    return _problem_reply(request, problem)


async def _bad_parameters(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    errors = [entry(str(found["loc"][-1]), str(found["msg"])) for found in problem.errors()]
    names = ", ".join(dict.fromkeys(found["path"] for found in errors))
    detail = f"Missing or not acceptable parameters: {names}."
    return _problem_reply(request, RefusedError(400, "invalid-parameter", detail, errors=errors))


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = {404: "no-such-route", 405: "method-not-allowed"}.get(problem.status_code, "http-error")
    detail = f"{title_of(problem.status_code)}."
    refusal = RefusedError(problem.status_code, code, detail, headers=problem.headers)
    return _problem_reply(request, refusal)


async def _unexpected(request: Request, problem: Exception) -> Response:
    """500 with nothing of the cause in it; the log has the same trace id."""
    refusal = RefusedError(500, "internal-error", "The service met an unexpected error.")
    trace_id = uuid.uuid4().hex
    _log.error("Request %s failed with %s", trace_id, type(problem).__name__)
    return _problem_reply(request, refusal, trace_id)


def _problem_reply(
    request: Request, refusal: RefusedError, trace_id: str | None = None
) -> Response:
    context = context_of(request)
    headers = refusal.reply_headers(context.limits.retry_after, dt.datetime.now(dt.UTC))
    if context.contract == "seed":
        return Response(status_code=refusal.status, headers=headers)
    body: dict[str, Any] = refusal.body(
        # Not request.url: that is built from the Host header, which may be anything.
        instance=request.scope["path"],
        trace_id=trace_id or uuid.uuid4().hex,
    )
    text = json.dumps(body, ensure_ascii=True)
    return Response(text, status_code=refusal.status, headers=headers, media_type=MEDIA_TYPE)
