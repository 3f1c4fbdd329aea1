"""Where providers of text messages and calls tell us what became of them, and what people answered.

Nobody signs in here. Twilio's signature, or 46elks' address, says who speaks; a token in the path, which only those
know whom we gave it, says of which message. A guess is answered like a page that does not exist.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import structlog
from fastapi import APIRouter, Request, Response

from alarms.delivery import reports
from alarms.phone import accepting, tokens
from alarms.phone.carriers import carriers
from alarms.phone.provider import Answer, Incoming, Provider
from api.asking import source_of
from api.context import Context, InContext
from api.errors import NotFoundError

log = structlog.get_logger(__name__)
router = APIRouter(prefix=tokens.PREFIX, include_in_schema=False)

_MOST_FIELDS = 100


@router.post("/{provider}/report/{key}/{given}")
async def report(context: InContext, request: Request, provider: str, key: str, given: str) -> Response:
    """Take in how a message or call goes on; nothing here changes an alarm."""
    carrier, incoming, _ = await _checked(context, request, provider, "report", key, given)
    said, now = carrier.report(incoming.form), context.clock.now()
    await context.database.write(lambda connection: reports.record(connection, key, carrier.name, said, now))
    return Response(status_code=204)


@router.post("/{provider}/press/{key}/{given}")
async def press(context: InContext, request: Request, provider: str, key: str, given: str) -> Response:
    """Take in a key that was pressed in a call."""
    carrier, incoming, _ = await _checked(context, request, provider, "press", key, given)
    pressed, now = carrier.press(incoming.form), context.clock.now()
    text, language = await context.database.write(
        lambda connection: accepting.by_press(connection, key, pressed, now, context.desk)
    )
    return _response(carrier.say_back(text, language)) if text else Response(status_code=204)


@router.post("/{provider}/reply/{given}")
async def reply(context: InContext, request: Request, provider: str, given: str) -> Response:
    """Take in a text message that somebody sent to our number."""
    carrier, incoming, secret = await _checked(context, request, provider, "reply", provider, given)
    message, now = carrier.reply(incoming.form), context.clock.now()
    text = await context.database.write(
        lambda connection: accepting.by_reply(connection, message, now, context.desk, secret)
    )
    return _response(carrier.text_back(text))


async def _checked(
    context: Context, request: Request, name: str, purpose: str, key: str, given: str
) -> tuple[Provider, Incoming, str]:
    """Return who speaks, what it says, and the secret of tokens. Raises NotFoundError for whoever proves nothing."""
    phone = context.desk.phone
    carrier = carriers(phone).get(name) if phone else None
    secret = phone.secret() if phone else ""
    incoming = Incoming(
        # The address as we gave it away: what the Host header says is for anybody to choose.
        url=_origin(context.desk.base_url) + request.url.path,
        form=_form(await request.body()),
        headers=request.headers,
        source=source_of(request),
    )
    if carrier is None or not tokens.matches(secret, purpose, key, given) or not carrier.genuine(incoming):
        log.warning("callback_refused", purpose=purpose, provider=carrier.name if carrier else "unknown")
        raise NotFoundError
    return carrier, incoming, secret


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _form(body: bytes) -> Mapping[str, str]:
    """Return the fields of a form, the last of each name; none where it cannot be read."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace"))
    except ValueError:
        return {}


def _response(answer: Answer) -> Response:
    return Response(answer.body, media_type=answer.media_type)
