"""The health page: plain text or HTML on this machine only, in plain words and without a value.

In HTML it also takes the resident's answer to a question.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from html import escape
from http import HTTPStatus

from devices.hub.answering import Answers
from devices.hub.desk import Desk
from devices.hub.health import DeviceHealth
from devices.hub.request import LONGEST, BadRequestError, Request, read
from store.errors import HemvaktError

_PATIENCE_S = 5.0
_HOST = "127.0.0.1"


class PagePortTakenError(HemvaktError):
    """Another program uses the port of the health page; choose another as page_port."""


def text(desk: Desk) -> str:
    """Say how the hub and its devices are."""
    return "\n".join([*_hub(desk), "", *(line for one in desk.health.devices.values() for line in _device(one, desk))])


def html(desk: Desk, forms: str = "") -> str:
    """The same as a page that reads itself anew, below the ``forms`` of open questions."""
    title = f"{desk.health.name}: {'well' if desk.health.is_well else 'needs attention'}"
    return _page(title, f"{forms}<pre>{escape(text(desk))}</pre>")


async def serve(desk: Desk, port: int, listening: Callable[[int], None] = lambda _: None) -> None:
    """Serve for ever on the loopback address. Raises PagePortTakenError."""
    answers = Answers(desk)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            async with asyncio.timeout(_PATIENCE_S):
                try:
                    response = _response(await read(reader), writer.get_extra_info("sockname")[1], desk, answers)
                except BadRequestError:
                    response = _message(HTTPStatus.BAD_REQUEST, "text/plain", "This is no request.\n")
                writer.write(response)
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(answer, _HOST, port, limit=LONGEST)
    except OSError as error:
        raise PagePortTakenError(f"It is {port}.") from error
    async with server:
        listening(server.sockets[0].getsockname()[1])
        await server.serve_forever()


def _response(request: Request, port: int, desk: Desk, answers: Answers) -> bytes:
    match request.method, request.path:
        case "GET", "/":
            return _health(request, port, desk, answers)
        case "POST", "/answer":
            if not request.is_for(port):
                return _message(HTTPStatus.FORBIDDEN, "text/plain", "An answer is given on the page itself.\n")
            status, said = answers.take(request.body)
            return _message(status, "text/html", _page(desk.health.name, f"<p>{escape(said)}</p>"))
        case _:
            return _message(HTTPStatus.NOT_FOUND, "text/plain", "There is one page, /.\n")


def _health(request: Request, port: int, desk: Desk, answers: Answers) -> bytes:
    status = HTTPStatus.OK if desk.health.is_well else HTTPStatus.SERVICE_UNAVAILABLE
    if "text/html" not in request.headers.get("accept", "").lower():
        return _message(status, "text/plain", text(desk) + "\n")
    return _message(status, "text/html", html(desk, answers.forms() if request.is_for(port) else ""))


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="10;url=/">'
        f"<title>{escape(title)}</title>"
        '<meta name="viewport" content="width=device-width">'
        "<style>pre{font:1rem/1.5 system-ui;white-space:pre-wrap}p,button{font:2rem/1.5 system-ui}"
        "button{padding:1rem 2rem}</style>"
        f"{body}</html>"
    )


def _message(status: HTTPStatus, kind: str, body: str) -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\nCache-Control: no-store\r\nConnection: close\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'\r\n\r\n"
    )
    return head.encode() + content


def _hub(desk: Desk) -> list[str]:
    health, now = desk.health, desk.now()
    lines = [
        f"Hub {health.name}: {'well' if health.is_well else 'needs attention'}. Started {_ago(health.started_at, now)}."
    ]
    if health.connected_since is None:
        lines.append("NOT connected to the gateway. What happens is kept and sent later.")
    else:
        lines.append(f"Connected to the gateway; the session began {_ago(health.connected_since, now)}.")
    waiting, oldest = len(desk.queue), desk.queue.oldest_since()
    if waiting:
        since = "" if oldest is None else f", the oldest {_ago(oldest, now)}"
        lines.append(f"Messages that wait for the gateway: {waiting}{since}.")
    if desk.queue.unsaved:
        lines.append(f"Presses that are only in memory: {desk.queue.unsaved}.")
    if not desk.is_synchronised():
        lines.append(
            "The hub's clock is not set by a time server: measured times are passed on as the devices say them."
        )
    lines += [f"To the resident: {one}" for one in desk.help.standing()]
    lines += [f"To the resident: {one.text}" for one in desk.notices.standing()]
    lines += desk.settings.problems()
    return lines + [problem for problem in (health.radio_problem, health.storage_problem) if problem]


def _device(device: DeviceHealth, desk: Desk) -> list[str]:
    now = desk.now()
    heard = "never heard since the start" if device.heard_at is None else f"heard {_ago(device.heard_at, now)}"
    parts = [heard, f"signal {device.signal}" + ("" if device.rssi is None else f" ({device.rssi} dBm)")]
    parts += [] if device.battery is None else [f"battery {device.battery} %"]
    parts += [] if device.taken_at is None else [f"last taken over {_ago(device.taken_at, now)}"]
    parts += [f"{kept} unreadable frames kept"] if (kept := desk.memory.rejected(device.name)) else []
    lines = [f"{device.name} ({device.kind.replace('_', ' ')}): {', '.join(parts)}."]
    return lines + ([f"    {device.problem}"] if device.problem else [])


def _ago(moment: datetime, now: datetime) -> str:
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} seconds ago"
