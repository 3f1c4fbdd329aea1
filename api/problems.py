"""Every error as a problem document (RFC 9457), from one place."""

import json
import re
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from alarms.oncall.entries import DutyError, NoSuchEntryError
from api.metrics import route_of
from devices.claims import ClaimSpentError
from devices.downlink.settings import NothingToSetError
from devices.identity import NoIdentityError
from devices.registry import DeviceExistsError, NoSuchDeviceError, NoSuchPlaceError
from devices.sharing import NotSharedError
from store.engines import NotDurableError
from store.errors import HemvaktError
from store.schema import WrongSchemaError

MEDIA_TYPE = "application/problem+json"

#: Statuses of errors of layers that know nothing of HTTP, by class. What is neither here nor carries a ``status`` is a
#: conflict with the state of things: the request was right, the moment was not.
STATUS: Mapping[type[HemvaktError], int] = {
    NoSuchDeviceError: 404,
    NoIdentityError: 404,
    NotSharedError: 404,
    NoSuchEntryError: 404,
    DutyError: 422,
    NoSuchPlaceError: 422,
    DeviceExistsError: 409,
    ClaimSpentError: 410,
    NothingToSetError: 422,
    NotDurableError: 503,
    WrongSchemaError: 503,
}
#: Attributes of errors that become extension members of the problem document.
MEMBERS = ("owner", "taken_by", "version", "errors", "why", "unreachable")

_log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """An error. ``type`` is stable and names the kind; ``detail`` is for people and never holds health data."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:hemvakt:problem:not-found",
                    "title": "There is nothing here, or nothing that you may see.",
                    "status": 404,
                }
            ]
        },
    )

    type: str = Field(description="urn:hemvakt:problem:NAME")
    title: str
    status: int
    detail: str | None = None


def problem(status: int, name: str, title: str, detail: str = "", **members: Any) -> Response:
    """Return a problem document. ``members`` extend it (RFC 9457 3.2)."""
    body: dict[str, Any] = {"type": f"urn:hemvakt:problem:{name}", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    return Response(
        json.dumps(body | members, default=str), status, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"}
    )


def name_of(error: type[HemvaktError]) -> str:
    """Return the stable name of a kind of error: ``StaleVersionError`` is ``stale-version``."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", error.__name__.removesuffix("Error"))
    return "-".join(word.lower() for word in words)


def from_error(error: HemvaktError) -> Response:
    """Return the problem document of an error that was raised on purpose."""
    kind = type(error)
    status = getattr(error, "status", STATUS.get(kind, 409))
    members = {name: value for name in MEMBERS if (value := getattr(error, name, None)) is not None}
    title = " ".join((kind.__doc__ or "").split("\n\n", maxsplit=1)[0].split())
    response = problem(status, name_of(kind), title, error.detail, **members)
    response.headers.update(getattr(error, "headers", {}))
    return response


#: Shows an error to a person who asked for a page; None when a program asked.
Show = Callable[[Request, int], Response | None]


def add_handlers(app: FastAPI, show: Show) -> None:
    """Answer every error of ``app`` with a problem document, or with a page where a person asked for one."""

    @app.exception_handler(HemvaktError)
    async def _ours(request: Request, error: HemvaktError) -> Response:
        document = from_error(error)
        return show(request, document.status_code) or document

    @app.exception_handler(IntegrityError)
    async def _taken(_request: Request, _error: IntegrityError) -> Response:
        # Two did the same at once, and the database let one through.
        return problem(409, "conflict", "Things have changed meanwhile, or it exists already.")

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        # What was sent is not quoted: it may be a password or a measurement.
        found = [
            {"field": ".".join(str(part) for part in item["loc"]), "reason": item["msg"]} for item in error.errors()
        ]
        return show(request, 422) or problem(422, "invalid", "The request is not valid.", errors=found[:50])

    @app.exception_handler(HTTPException)
    async def _plain(request: Request, error: HTTPException) -> Response:
        if (shown := show(request, error.status_code)) is not None:
            return shown
        status = HTTPStatus(error.status_code)
        response = problem(
            error.status_code, status.name.lower().replace("_", "-"), status.description or status.phrase
        )
        response.headers.update(error.headers or {})
        return response


def unforeseen(scope: Scope, error: Exception) -> Response:
    """Log an error that nobody foresaw, and return its problem document.

    Its message is not logged and nothing that its frames held: both may quote what somebody measured.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request failed", method=scope["method"], route=route_of(scope), error=type(error).__name__, where=where)
    return problem(500, "internal", "Hemvakt failed to answer; the failure has been logged.")
