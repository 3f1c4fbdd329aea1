"""A provider on a port: takes messages in its manner, sends receipts, carries replies and key presses."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Self

import httpx

from hemvakt_sim.providers import http
from hemvakt_sim.providers.company import Company, Form
from hemvakt_sim.providers.manner import TAKING, Manner, Mood
from hemvakt_sim.providers.message import Message

_PORTAL = b"<html>Welcome to our network. Please accept the terms.</html>"


class Provider:
    """``taken`` are the messages that went out, in order; a message that was taken twice is there twice.

    ``tell`` hears a sentence about everything that happens.
    """

    def __init__(
        self, company: Company, manner: Manner | None = None, tell: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.company, self.manner, self._tell = company, manner or Manner(), tell
        self.taken: list[Message] = []
        self.requests = 0
        self.port = 0
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closing = asyncio.Event()
        self._later: list[tuple[Message, Form]] = []
        #: While True, receipts are kept until ``release``.
        self.holding = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[Self]:
        """Serve on a port of 127.0.0.1, a free one unless it is given."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._closing.set()
            serving = dict(self._serving)
            for writer in serving.values():
                writer.close()
            await asyncio.gather(*serving, return_exceptions=True)
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._client.aclose()

    async def settle(self) -> None:
        """Wait until every receipt that is under way has been answered."""
        while self._tasks:
            await asyncio.gather(*list(self._tasks), return_exceptions=True)

    async def release(self) -> None:
        """Send the receipts that were kept, all of them in the manner's order."""
        self.holding, kept = False, self._later
        self._later = []
        for message, form in self.manner.order(kept):
            await self._report(message, form)

    async def press(self, message: Message, digits: str) -> str:
        """Press keys in a call; return what the call says then."""
        answer = await self._call_back(message.press_url, self.company.pressed(message, digits))
        message.heard.append(self.company.heard(answer.text))
        return message.heard[-1]

    async def reply(self, url: str, number: str, text: str) -> str:
        """Write ``text`` from ``number`` to our number, which ``url`` stands behind; return what is written back."""
        answer = await self._call_back(url, self.company.replied(number, text))
        return self.company.heard(answer.text) if answer.is_success else f"HTTP {answer.status_code}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._serving[task] = writer
            task.add_done_callback(lambda done: self._serving.pop(done, None))
        try:
            while await self._answer(await http.read(reader), writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: http.Asked, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tell whether the connection stays open."""
        self.requests += 1
        if not self.company.authorized(asked.headers.get("authorization", "")):
            writer.write(http.answer(401, b"{}"))
            return True
        message = self.company.read(asked.path, asked.form)
        mood = self.manner.next_mood(call=message is not None and message.kind == "call")
        if message is not None and mood in TAKING:
            self._take(message)
        self._tell(f"{self.company.name}: {mood.value} {message.kind if message else asked.path}")
        if self.manner.delay_s:
            await asyncio.sleep(self.manner.delay_s)
        if mood in {Mood.HANG, Mood.VANISH}:
            await self._closing.wait()
            return False
        status, body = self._words(mood, message)
        writer.write(http.answer(status, body, "text/html" if mood is Mood.PORTAL else "application/json"))
        await writer.drain()
        return True

    def _words(self, mood: Mood, message: Message | None) -> tuple[int, bytes]:
        if message is None:
            return 404, b"{}"
        if mood is Mood.PORTAL:
            return 200, _PORTAL
        if mood in {Mood.ERROR, Mood.LYING_ERROR}:
            return 503, b"{}"
        return (400, b"{}") if mood is Mood.REFUSE else self.company.answer(message)

    def _take(self, message: Message) -> None:
        self.taken.append(message)
        self._tell(f"{self.company.name}: {message.kind} to {message.number}: {message.text!r}")
        receipts = [(message, form) for form in self.company.receipts(message, arrives=self.manner.arrives)]
        if self.holding:
            self._later += receipts
            return
        task = asyncio.create_task(self._report_all(self.manner.order(receipts)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report_all(self, receipts: list[tuple[Message, Form]]) -> None:
        for message, form in receipts:
            if self.manner.receipt_delay_s:
                await asyncio.sleep(self.manner.receipt_delay_s)
            await self._report(message, form)

    async def _report(self, message: Message, form: Form) -> None:
        if message.report_url:
            with suppress(httpx.HTTPError):
                message.receipts.append((await self._call_back(message.report_url, form)).status_code)

    async def _call_back(self, url: str, form: Form) -> httpx.Response:
        return await self._client.post(url, data=form, headers=self.company.headers(url, form))
