"""Signing in and out, passwords, and the caller's own account."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from sqlalchemy import Connection, update

from api.asking import needs, source_of
from api.context import Context, InContext
from api.identity import sessions
from api.identity.caller import Caller
from api.identity.roles import PERMISSIONS, Permission, Role
from store.tables import account

router = APIRouter(tags=["account"])

Login = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$", strip_whitespace=True)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class SignIn(BaseModel):
    """A user name and a password."""

    model_config = ConfigDict(extra="forbid")

    login: Login
    password: Password


class NewPassword(BaseModel):
    """The secret of a one-time link, and the password to set with it."""

    model_config = ConfigDict(extra="forbid")

    link: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    password: Password


class Named(BaseModel):
    """The user name to sign in with."""

    login: str


class Wishes(BaseModel):
    """What a person may change of the own account."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["sv", "en"]


class Me(BaseModel):
    """The caller's account. ``responder_id`` is null for one that cannot take alarms."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "login": "anna",
                    "name": "Anna Ek",
                    "role": "responder",
                    "language": "sv",
                    "responder_id": "anna",
                    "team_id": "north",
                    "signed_in_until": "2026-01-13T13:00:00Z",
                    "permissions": ["alarms.read", "alarms.handle"],
                }
            ]
        }
    )

    login: str
    name: str
    role: Role
    language: str
    responder_id: str | None
    team_id: str | None
    signed_in_until: datetime
    permissions: list[str]


@router.post("/session", summary="Sign in", status_code=204)
async def sign_in(context: InContext, request: Request, body: SignIn) -> Response:
    """Begin a session in a browser; its cookie is HttpOnly. Programs use API tokens instead."""
    entry = await context.door.sign_in(body.login, body.password.get_secret_value(), source_of(request))
    response = Response(status_code=204)
    set_cookie(response, context, entry.secret)
    return response


@router.delete("/session", summary="Sign out", status_code=204)
async def sign_out(context: InContext, caller: Annotated[Caller, needs(Permission.SELF)]) -> Response:
    """End the session; its event streams end with it."""
    await context.database.write(lambda connection: sessions.end(connection, caller.token_hash))
    response = Response(status_code=204)
    clear_cookie(response, context)
    return response


@router.post("/password", summary="Set a password through a one-time link")
async def set_password(context: InContext, body: NewPassword) -> Named:
    """Works once, before the link expires. Sessions that were open end."""
    login = await context.door.redeem(body.link.get_secret_value(), body.password.get_secret_value())
    return Named(login=login)


@router.get("/me", summary="Who am I")
async def read_me(caller: Annotated[Caller, needs(Permission.SELF)]) -> Me:
    """The caller's own account and what it may do."""
    return _shown(caller, caller.language)


@router.patch("/me", summary="Change my language")
async def change_me(context: InContext, caller: Annotated[Caller, needs(Permission.SELF)], wishes: Wishes) -> Me:
    """The language of sentences and of the console."""

    def change(connection: Connection) -> None:
        connection.execute(update(account).where(account.c.id == caller.account_id).values(language=wishes.language))

    await context.database.write(change)
    return _shown(caller, wishes.language)


def set_cookie(response: Response, context: Context, secret: str) -> None:
    """Hand the session to the browser, out of reach of scripts and of other sites."""
    settings = context.settings
    response.set_cookie(
        settings.cookie_name,
        secret,
        max_age=round(settings.session_hours * 3600),
        path="/",
        secure=settings.cookie_secure,
        httponly=True,
        samesite="strict",
    )


def clear_cookie(response: Response, context: Context) -> None:
    settings = context.settings
    response.delete_cookie(
        settings.cookie_name, path="/", secure=settings.cookie_secure, httponly=True, samesite="strict"
    )


def _shown(caller: Caller, language: str) -> Me:
    return Me(
        login=caller.login,
        name=caller.name,
        role=caller.role,
        language=language,
        responder_id=caller.responder_id,
        team_id=caller.team_id,
        signed_in_until=caller.expires_at,
        permissions=[permission.value for permission in PERMISSIONS if caller.may(permission)],
    )
