"""A client of the event stream in process: what ASGI sends, cut into events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from fastapi import FastAPI


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    id: int | None
    data: Any


class Following:
    """An open stream. ``chunks`` counts what the server has handed over so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks = 0
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._text = ""
        self._ended = False
        self.may_send = asyncio.Event()
        self.may_send.set()

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_send.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self.chunks += 1
        self._queue.put_nowait(message.get("body", b""))
        if not message.get("more_body"):
            self._queue.put_nowait(None)

    async def next(self) -> Event | None:
        """Return the next event, None when the stream has ended."""
        while "\n\n" not in self._text and not self._ended:
            chunk = await self._queue.get()
            self._ended = chunk is None
            self._text += (chunk or b"").decode()
        if "\n\n" not in self._text:
            return None
        block, self._text = self._text.split("\n\n", 1)
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        number = fields.get("id")
        return Event(fields.get("event", ""), int(number) if number else None, json.loads(fields.get("data", "null")))

    async def alarms(self, count: int) -> list[Event]:
        """Return the next ``count`` events that are about alarms."""
        found: list[Event] = []
        while len(found) < count:
            event = await self.next()
            assert event is not None, f"the stream ended after {len(found)} of {count}"
            if event.name == "alarm":
                found.append(event)
        return found


@asynccontextmanager
async def follow(app: FastAPI, token: str, after: int | None = None) -> AsyncIterator[Following]:
    """Open ``/api/v1/events`` and close it, as a client does that goes away."""
    headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
    if after is not None:
        headers.append((b"last-event-id", str(after).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/events",
        "raw_path": b"/api/v1/events",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8080),
    }
    stream = Following()
    task = asyncio.create_task(app(scope, stream.receive, stream.send))  # type: ignore[arg-type]
    try:
        yield stream
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
