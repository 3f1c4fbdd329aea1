"""Providers that misbehave: an HTTP server for webhooks and a mail server, which note what they were given."""

import asyncio
import json
from collections import Counter
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

_STATUS = {"ok": "204 No Content", "error": "503 Service Unavailable", "refuse": "410 Gone"}


class Received:
    """What a provider was handed. ``taken`` counts by idempotency key what it said yes to, or took and did not say."""

    def __init__(self) -> None:
        self.mood = "ok"
        self.taken: Counter[str] = Counter()
        self.attempts = 0
        #: Numbers of the alarms that somebody was told of.
        self.alarms: set[int] = set()

    def take(self, key: str, alarm: int) -> None:
        self.taken[key] += 1
        self.alarms.add(alarm)


class Webhooks(Received):
    """Takes webhooks. ``mood`` is what becomes of a request once it has been read.

    ok, error (503), refuse (410), hang (no answer, nothing taken), slow (taken, answered late), vanish (taken, and the
    connection breaks before the answer).
    """

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self._server: asyncio.Server
        self._open: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # A callback of asyncio's streams logs whatever else ends this, also the end of the run.
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.attempts += 1
        mood = self.mood
        if mood == "hang":
            await asyncio.sleep(60)
            return False
        if mood in {"ok", "slow", "vanish"}:
            self.take(headers["webhook-id"], int(json.loads(body)["data"]["alarm"]))
        if mood == "vanish":
            return False
        if mood == "slow":
            await asyncio.sleep(3)
        writer.write(f"HTTP/1.1 {_STATUS.get(mood, _STATUS['ok'])}\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        return True


class Mail(Received):
    """Takes e-mail by SMTP; its moods are those of the webhooks."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self._server: asyncio.Server

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop, ident="chaos"), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._server.close()

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.attempts += 1
        mood = self.mood
        if mood == "error":
            return "451 Try again later"
        if mood == "refuse":
            return "550 No such mailbox"
        if mood == "hang":
            await asyncio.sleep(60)
            return "451 Too late"
        message = (envelope.content or b"").decode() if isinstance(envelope.content, bytes) else ""
        self.take(_header(message, "Message-ID").strip("<>").partition("@")[0], _alarm(message))
        if mood == "vanish" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if mood == "slow":
            await asyncio.sleep(3)
        return "250 Taken"


def _header(message: str, name: str) -> str:
    start = f"{name.lower()}: "
    return next(line[len(start) :] for line in message.splitlines() if line.lower().startswith(start))


def _alarm(message: str) -> int:
    """Return the number at the end of the link, which is all that a page says of an alarm."""
    _, _, rest = message.replace("=\n", "").partition("/alarms/")
    digits = ""
    for letter in rest:
        if not letter.isdigit():
            break
        digits += letter
    return int(digits)
