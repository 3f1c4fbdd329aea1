"""Who asks: the one dependency through which every route learns its caller and its permission."""

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import Context, context_of
from api.errors import NotAllowedError, NotSignedInError
from api.identity import secrets, sessions
from api.identity.caller import Caller
from api.identity.roles import Permission

_bearer = HTTPBearer(auto_error=False, description="An API token made by `hemvakt token`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def source_of(request: Request) -> str:
    """Return the address of the client; behind a proxy the server in front of us (uvicorn) has put it right."""
    return request.client.host if request.client else ""


async def identify(request: Request, context: Context) -> Caller:
    """Return who asks, by API token or session cookie. Raises NotSignedInError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    by_cookie = not scheme
    secret = request.cookies.get(context.settings.cookie_name, "") if by_cookie else token.strip()
    if not secret or (not by_cookie and scheme.lower() != "bearer"):
        raise NotSignedInError
    digest, now, source = secrets.digest(secret), context.clock.now(), source_of(request)
    caller = await context.database.read(
        lambda connection: sessions.find(connection, digest, now, by_cookie=by_cookie, source=source)
    )
    if caller is None:
        raise NotSignedInError
    return caller


@cache
def needs(permission: Permission) -> Any:
    """Return the dependency of a route that asks for ``permission``; its value is the caller."""

    async def check(request: Request, _token: Bearer) -> Caller:
        caller = await identify(request, context_of(request))
        if not caller.may(permission):
            raise NotAllowedError
        return caller

    check.permission = permission  # type: ignore[attr-defined]
    return Depends(check)
