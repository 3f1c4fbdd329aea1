"""Who asks for a calendar: a person, a program with an API token, or a calendar program with a password of its own."""

import hashlib
from functools import cache, partial
from typing import Any, Final

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase
from sqlalchemy import Connection

from api.asking import Bearer, identify, source_of
from api.context import Context, context_of
from api.errors import NotAllowedError, NotSignedInError
from api.identity import feeds, sessions, throttle
from api.identity.caller import Caller
from api.identity.roles import Permission

#: Without this answer no calendar program asks its owner for a password.
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Hemvakt", charset="UTF-8"'}


class _Scheme(SecurityBase):
    """Describes the scheme in the API; the header itself is read by feeds.credentials."""

    def __init__(self) -> None:
        self.scheme_name = "CalendarPassword"
        self.model = HTTPBase(
            scheme="basic", description="The login, and the password of a calendar program (POST /me/calendar-feeds)."
        )

    def __call__(self) -> None:
        """Let the dependency that knows both schemes decide."""


_scheme = Security(_Scheme())


@cache
def needs_calendar(permission: Permission) -> Any:
    """Return the dependency of a route with a calendar that asks for ``permission``; its value is the caller."""

    async def check(request: Request, _token: Bearer, _password: None = _scheme) -> Caller:
        context = context_of(request)
        given = feeds.credentials(request.headers.get("authorization", ""))
        caller = await _identify(request, context) if given is None else await _subscriber(request, context, *given)
        if not caller.may(permission):
            raise NotAllowedError
        return caller

    check.permission = permission  # type: ignore[attr-defined]
    return Depends(check)


async def _identify(request: Request, context: Context) -> Caller:
    try:
        return await identify(request, context)
    except NotSignedInError as error:
        # A browser whose session is over must not ask for a password that the person has not got.
        if context.settings.cookie_name not in request.cookies:
            error.headers |= _CHALLENGE
        raise


async def _subscriber(request: Request, context: Context, login: str, password: str) -> Caller:
    """Return in whose name a calendar program asks. Raises NotSignedInError, TooManyAttemptsError."""
    now, source, secret_hash = context.clock.now(), source_of(request), feeds.digest(password)
    # Counted apart from sign-ins: a telephone with an old password must not keep its owner out of the console.
    name, where = (f"calendar:{_short(value)}" for value in (login, source))

    def find(connection: Connection) -> tuple[Caller | None, bool]:
        throttle.check(connection, name, where, now)
        found = sessions.find_subscriber(connection, login, secret_hash, now, source=source)
        return found, found is not None and feeds.unseen(connection, secret_hash, now)

    caller, unseen = await context.database.read(find)
    if caller is None:
        await context.database.write(partial(throttle.begin, login=name, source=where, now=now))
        error = NotSignedInError()
        error.headers |= _CHALLENGE
        raise error
    if unseen:
        await context.database.write(partial(feeds.note_use, secret_hash=secret_hash, now=now))
    return caller


def _short(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]
