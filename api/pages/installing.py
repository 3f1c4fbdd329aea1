"""Every page of the console, its static files, and errors shown to a person."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from api.pages import (
    accounts,
    claim,
    console,
    contacts,
    device_identity,
    doors,
    duty,
    follow_up,
    house,
    limits,
    my_data,
)
from api.pages.view import page

_STATIC = Path(__file__).parent / "static"


def install(app: FastAPI) -> None:
    """Add the pages and their static files to ``app``."""
    for module in (doors, console, house, duty, limits, contacts, follow_up, my_data, accounts, claim, device_identity):
        app.include_router(module.router)
    app.mount("/static", _Static(directory=_STATIC), name="static")


def show_problem(request: Request, status: int) -> Response | None:
    """Show an error to a person: the way to sign in, or a page that says what is wrong. None for programs."""
    accepts = request.headers.get("accept", "")
    if request.method != "GET" or "text/html" not in accepts or request.url.path.startswith(("/api/", "/fragments/")):
        return None
    if status == 401:
        return RedirectResponse("/sign-in", 303)
    return page(request, "error.html", {"reason": "not_allowed" if status == 403 else "not_found"}, status=status)


class _Static(StaticFiles):
    """Files that may be kept but are asked for anew each time, so that an update reaches open consoles at once."""

    def file_response(self, *args: object, **values: object) -> object:  # type: ignore[override]
        response = super().file_response(*args, **values)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response
