"""The health page: plain text or HTML on this machine only, in plain words and without a value."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from html import escape
from http import HTTPStatus

from devices.hub.desk import Desk
from devices.hub.health import DeviceHealth
from store.errors import HemvaktError

_LONGEST_REQUEST = 8192
_PATIENCE_S = 5.0
_HOST = "127.0.0.1"


class PagePortTakenError(HemvaktError):
    """Another program uses the port of the health page; choose another as page_port."""


def text(desk: Desk) -> str:
    """Say how the hub and its devices are."""
    return "\n".join([*_hub(desk), "", *(line for one in desk.health.devices.values() for line in _device(one, desk))])


def html(desk: Desk) -> str:
    """The same as a page that reads itself anew."""
    well = "well" if desk.health.is_well else "needs attention"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="10">'
        f"<title>{escape(desk.health.name)}: {well}</title>"
        '<meta name="viewport" content="width=device-width">'
        "<style>pre{font:1rem/1.5 system-ui;white-space:pre-wrap}</style>"
        f"<pre>{escape(text(desk))}</pre></html>"
    )


async def serve(desk: Desk, port: int, listening: Callable[[int], None] = lambda _: None) -> None:
    """Serve for ever on the loopback address. Raises PagePortTakenError."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            async with asyncio.timeout(_PATIENCE_S):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request, desk))
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(answer, _HOST, port, limit=_LONGEST_REQUEST)
    except OSError as error:
        raise PagePortTakenError(f"It is {port}.") from error
    async with server:
        listening(server.sockets[0].getsockname()[1])
        await server.serve_forever()


def _response(request: bytes, desk: Desk) -> bytes:
    method, _, rest = request.partition(b" ")
    path = rest.split(b" ", 1)[0]
    wants_html = b"text/html" in request.lower()
    if method != b"GET" or path != b"/":
        return _message(HTTPStatus.NOT_FOUND, "text/plain", "There is one page, /.\n")
    status = HTTPStatus.OK if desk.health.is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return (
        _message(status, "text/html", html(desk)) if wants_html else _message(status, "text/plain", text(desk) + "\n")
    )


def _message(status: HTTPStatus, kind: str, body: str) -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\nCache-Control: no-store\r\nConnection: close\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n"
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
    lines += [f"To the resident: {one.text}" for one in desk.notices.standing()]
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
