"""One table from the error tree to HTTP; every answer that is no success is problem+json."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gis.errors import (
    BusyError,
    ConflictError,
    Fault,
    NotFoundError,
    RefusedInputError,
    UnavailableError,
    WanggeError,
)
from layers.audit import note_refusal
from layers.rights import RightsError
from layers.usecases.events.photos import PhotoKindError, PhotoTooLargeError
from layers.usecases.plans.edits import StaleError
from layers.usecases.sessions import SignInError
from layers.usecases.sign_in import LockedError

STATUS: tuple[tuple[type[WanggeError], int], ...] = (
    (LockedError, 429),
    (SignInError, 401),
    (RightsError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (PhotoKindError, 415),
    (PhotoTooLargeError, 413),
    (RefusedInputError, 422),
    (UnavailableError, 503),
    (WanggeError, 500),
)
log = structlog.get_logger()


def problem(
    status: int,
    code: str,
    detail: str,
    faults: tuple[Fault, ...] = (),
    more: dict[str, Any] | None = None,
) -> JSONResponse:
    """Return an RFC 9457 answer with the stable code, and what else an error has to say."""
    content: dict[str, Any] = {
        "type": f"urn:wangge:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
        "faults": [fault.as_dict() for fault in faults],
        **(more or {}),
    }
    return JSONResponse(content, status_code=status, media_type="application/problem+json")


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of the house, of validation and of the unknown in one form."""

    @app.exception_handler(WanggeError)
    def refused(request: Request, error: WanggeError) -> JSONResponse:
        status = next(number for kind, number in STATUS if isinstance(error, kind))
        if status >= 500:
            # What failed inside is for the log; who asks from afar learns that it failed.
            log.error("request failed", code=error.code, message=error.message)
        if isinstance(error, RightsError):
            _note_refusal(request, error)
        more = error.more if isinstance(error, StaleError) else None
        answer = problem(status, error.code, error.message, error.faults, more)
        if isinstance(error, LockedError | BusyError):
            answer.headers["Retry-After"] = str(error.retry_s)
        return answer

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = tuple(
            Fault(field=".".join(str(part) for part in item["loc"]), reason=str(item["msg"]))
            for item in error.errors()
        )
        return problem(
            422, "bad_parameter", "; ".join(f"{f.field}: {f.reason}" for f in faults), faults
        )

    @app.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "not_found", 405: "method_not_allowed"}
        answer = problem(
            error.status_code, codes.get(error.status_code, "http_error"), str(error.detail)
        )
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    def unknown(request: Request, error: Exception) -> JSONResponse:
        log.error("request failed", path=request.url.path, exc_info=error)
        return problem(500, "internal_error", "an unexpected error; nothing was changed")


def _note_refusal(request: Request, error: RightsError) -> None:
    """Write into the audit what somebody who is signed in was not allowed to do."""
    visit = getattr(request.state, "visit", None)
    if visit is None or error.code == "password_expired":
        return
    route = getattr(request.scope.get("route"), "path", request.url.path)
    note_refusal(
        request.app.state.services.database.acting(visit.actor), f"{request.method} {route}", error
    )
