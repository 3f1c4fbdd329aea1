"""The pages before and around the console: sign in and out, set a password, about, change of language."""

import math
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import Connection, update
from starlette.responses import RedirectResponse

from api.asking import identify, needs, source_of
from api.context import InContext
from api.errors import NotSignedInError, TooManyAttemptsError, WrongCredentialsError
from api.identity import sessions
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page
from api.pages.words import LANGUAGES
from api.routers.me import clear_cookie, set_cookie
from store.tables import account

router = APIRouter(include_in_schema=False)
_SEE_OTHER = 303


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    note = next((note for note in ("over", "ready") if note in request.query_params), "")
    return page(request, "sign_in.html", {"note": note, "wait": 0, "login": ""})


@router.post("/sign-in")
async def sign_in(
    context: InContext,
    request: Request,
    login: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    name = login.strip().replace("\0", "")
    try:
        entry = await context.door.sign_in(name, password, source_of(request))
    except WrongCredentialsError:
        return page(request, "sign_in.html", {"note": "wrong", "wait": 0, "login": name}, status=401)
    except TooManyAttemptsError as error:
        wait = math.ceil(int(error.headers["Retry-After"]) / 60)
        values = {"note": "wait", "wait": wait, "login": name}
        return page(request, "sign_in.html", values, status=429)
    response = RedirectResponse("/", _SEE_OTHER)
    set_cookie(response, context, entry.secret)
    return response


@router.post("/sign-out")
async def sign_out(context: InContext, caller: Annotated[Caller, needs(Permission.SELF)]) -> Response:
    await context.database.write(lambda connection: sessions.end(connection, caller.token_hash))
    response = RedirectResponse("/sign-in", _SEE_OTHER)
    clear_cookie(response, context)
    return response


@router.post("/language")
async def change_language(
    context: InContext, caller: Annotated[Caller, needs(Permission.SELF)], language: Annotated[str, Form()]
) -> Response:
    def change(connection: Connection) -> None:
        connection.execute(update(account).where(account.c.id == caller.account_id).values(language=language))

    if language in LANGUAGES:
        await context.database.write(change)
    return RedirectResponse("/", _SEE_OTHER)


@router.get("/welcome")
async def welcome_page(request: Request) -> Response:
    return page(request, "welcome.html", {})


@router.get("/about")
async def about_page(context: InContext, request: Request) -> Response:
    try:
        caller = await identify(request, context)
    except NotSignedInError:
        caller = None
    return page(request, "about.html", {"version": version("hemvakt")}, caller=caller)
