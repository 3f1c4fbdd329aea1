"""The air over TCP: a device in another process has its radio here, and speaks HCI with it as with a Bluetooth stick.

Who listens is one process that holds the air; ``tcp:HOST:PORT`` is where. It listens on this machine only.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bumble.device import Device
from bumble.transport.common import StreamPacketSink, StreamPacketSource, Transport
from bumble.transport.tcp_client import open_tcp_client_transport

from hemvakt_sim.ble.air import Air, Radio, make_device
from hemvakt_sim.errors import LinkError

_HOST = "127.0.0.1"


@asynccontextmanager
async def listening(air: Air, port: int = 0) -> AsyncIterator[int]:
    """Give a radio in ``air`` to everybody who connects; yield the port. Raises LinkError."""
    lines: set[_Line] = set()
    try:
        server = await asyncio.get_running_loop().create_server(lambda: _Line(air, lines), _HOST, port)
    except OSError as error:
        raise LinkError(f"Nobody can listen on port {port}: {error.strerror}.") from error
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for line in list(lines):
            line.hang_up()
        await server.wait_closed()


class _Line(StreamPacketSource):
    """One connection: bytes in, a radio, bytes out. The radio is gone with the connection."""

    def __init__(self, air: Air, lines: "set[_Line]") -> None:
        super().__init__()
        self._air, self._lines = air, lines
        self._transport: asyncio.Transport
        self._radio: Radio | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is a stream
        self._transport = transport
        self._lines.add(self)
        sink = StreamPacketSink(transport)
        self._radio = Radio("remote", host_source=self, host_sink=sink, link=self._air)

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except Exception:  # noqa: BLE001 - whatever connects here, the air of all others goes on
            self.hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._lines.discard(self)
        if self._radio is not None:
            self._air.vanish(self._radio)

    def hang_up(self) -> None:
        self._transport.abort()


class RemoteAir:
    """The air of another process, as one device in it sees it. Use ``linked``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        #: Strengths are known where the air is.
        self.rssi: dict[str, int] = {}

    def device(self, name: str, address: str) -> Device:
        """Make the device of this link at a random static ``address``; one link is one radio."""
        return make_device(name, address, self._transport.source, self._transport.sink)

    def remove(self, device: Device) -> None:
        """The radio goes when the link is closed."""
        del device

    def take_away(self, address: str) -> None:
        raise LinkError(f"{address} is carried away where its air is.")


@asynccontextmanager
async def linked(link: str) -> AsyncIterator[RemoteAir]:
    """Get a radio in the air at ``link`` (tcp:HOST:PORT). Raises LinkError."""
    scheme, _, place = link.partition(":")
    host, _, port = place.rpartition(":")
    if scheme != "tcp" or not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise LinkError(f"{link} is no link; write it as tcp:127.0.0.1:9001.")
    try:
        transport = await open_tcp_client_transport(place)
    except OSError as error:
        raise LinkError(f"There is no air at {link}: {error.strerror or error}.") from error
    try:
        yield RemoteAir(transport)
    finally:
        with contextlib.suppress(OSError):
            await transport.close()
