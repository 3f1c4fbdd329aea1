"""The network between the pendants and the broker, which can be cut or go silent."""

import asyncio
import contextlib
from typing import Literal

Cut = Literal["cut", "stall"]


class Cable:
    """Passes TCP connections on to a port of 127.0.0.1."""

    def __init__(self, to_port: int) -> None:
        self.port = 0
        self._to_port = to_port
        self._fault: Cut | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def fail(self, how: Cut) -> None:
        """Cut: connections break and none can be made. Stall: they live and carry nothing, as a dead modem does."""
        self._fault = how
        self._flows.clear()
        if how == "cut":
            self._break()

    def mend(self) -> None:
        self._fault = None
        self._flows.set()

    def close(self) -> None:
        self._server.close()
        self._break()

    def _break(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault == "cut":
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._open -= both
            for end in both:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        # Whichever direction ends first, a pendant's connection is of no use without the other.
        writer.transport.abort()
