"""Providers that behave as real ones do: they answer, fail, hang, and take a message without saying so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Literal

from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings

Mood = Literal["ok", "error", "refuse", "hang", "vanish", "endless"]


class Post:
    """One webhook that arrived."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class WebhookServer:
    """A real HTTP server on a free port of 127.0.0.1. ``mood`` says what it does after it has read a request."""

    def __init__(self) -> None:
        self.mood: Mood = "ok"
        self.posts: list[Post] = []
        self.port = 0
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.posts.append(Post(head[0].split(" ")[1], headers, body))
        if self.mood == "hang":
            await asyncio.sleep(3600)
        if self.mood == "vanish":
            return False
        if self.mood == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                await writer.drain()
        status = {"ok": "204 No Content", "error": "503 Service Unavailable", "refuse": "410 Gone"}[self.mood]
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        return True

    async def close(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@asynccontextmanager
async def webhook_server() -> AsyncIterator[WebhookServer]:
    provider = WebhookServer()
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
        await provider.close()


class Recorder:
    """A channel that a test holds in its hand. ``script`` is what the next attempts do; then all are accepted."""

    name: ClassVar[str] = "email"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings | None = None) -> None:
        self.settings = settings
        self.sent: list[Page] = []
        self.script: list[Receipt | Exception | asyncio.Event] = []

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings is not None

    async def send(self, page: Page) -> Receipt:
        self.sent.append(page)
        step = self.script.pop(0) if self.script else Receipt(Result.ACCEPTED, reference=f"r{len(self.sent)}")
        if isinstance(step, asyncio.Event):
            await step.wait()
            return Receipt(Result.ACCEPTED)
        if isinstance(step, Exception):
            raise step
        return step

    async def aclose(self) -> None:
        pass


async def until(true: Any, seconds: float = 20) -> None:
    """Wait until ``true()``; fail after ``seconds``, which is far more than it takes."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for is in a database or another process
            await asyncio.sleep(0.005)
