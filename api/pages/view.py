"""How pages are put together: templates, words, times as people read them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from api.context import context_of
from api.identity.caller import Caller
from api.pages.words import LANGUAGES, Words, negotiate

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def words_for(request: Request, caller: Caller | None) -> Words:
    """Return the language of the account, else the one asked for in the address, else the browser's."""
    if caller is not None:
        return Words(caller.language)
    asked = request.query_params.get("lang", "")
    return Words(asked if asked in LANGUAGES else negotiate(request.headers.get("accept-language", "")))


def page(
    request: Request, name: str, values: Mapping[str, Any], *, caller: Caller | None = None, status: int = 200
) -> Response:
    """Return a page from a template. ``t`` speaks, ``clock`` and ``day`` write local times, ``span`` durations."""
    context = context_of(request)
    words, zone, now = words_for(request, caller), ZoneInfo(context.settings.zone), context.clock.now()

    def clock(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return local.strftime("%H:%M" if local.date() == now.astimezone(zone).date() else "%-d/%-m %H:%M")

    text = _ENVIRONMENT.get_template(name).render(
        t=words,
        language=words.language,
        other_language=next(one for one in LANGUAGES if one != words.language),
        caller=caller,
        clock=clock,
        span=lambda moment: span(words, abs((now - moment).total_seconds())),
        now=now,
        path=request.url.path,
        **values,
    )
    return HTMLResponse(text, status)


def span(words: Words, seconds: float) -> str:
    """Return a duration as the script that makes it tick writes it too."""
    whole = int(seconds)
    if whole < 60:
        return words("time.seconds", n=whole)
    if whole < 3600:
        return words("time.minutes", n=whole // 60)
    if whole < 172800:
        return words("time.hours", h=whole // 3600, n=whole % 3600 // 60)
    return words("time.days", n=whole // 86400)
