"""A broker that does what the test says: the few packets of MQTT 3.1.1 that a subscriber meets."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def _length(number: int) -> bytes:
    coded = b""
    while True:
        number, low = divmod(number, 128)
        coded += bytes([low | (0x80 if number else 0)])
        if not number:
            return coded


class Connection:
    """One connection of the client under test."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._socket.settimeout(10)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def packet(self) -> tuple[int, bytes]:
        """Return type and body of the next packet. Raises EOFError when the client is gone, TimeoutError."""
        head = self._exactly(1)[0]
        length, shift = 0, 0
        while True:
            byte = self._exactly(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return head >> 4, self._exactly(length)

    def accept(self, *, session: bool = False, refuse: bool = False) -> None:
        """Answer CONNECT and SUBSCRIBE."""
        assert self.packet()[0] == 1
        self._socket.sendall(bytes([0x20, 2, int(session), 0]))
        kind, body = self.packet()
        assert kind == 8
        topics = _topics(body[2:])
        codes = bytes([0x80 if refuse else 1]) * topics
        self._socket.sendall(b"\x90" + _length(2 + len(codes)) + body[:2] + codes)

    def publish(self, topic: str, payload: bytes, mid: int, *, dup: bool = False) -> None:
        name = topic.encode()
        body = struct.pack("!H", len(name)) + name + struct.pack("!H", mid) + payload
        self._socket.sendall(bytes([0x32 | (8 if dup else 0)]) + _length(len(body)) + body)

    def try_publish(self, data: bytes) -> int:
        """Push bytes without waiting; return how many the network took."""
        self._socket.settimeout(0.3)
        try:
            return self._socket.send(data)
        except TimeoutError:
            return 0
        finally:
            self._socket.settimeout(10)

    def pubacks(self, count: int) -> list[int]:
        """Return the packet ids of the next ``count`` acknowledgements."""
        found: list[int] = []
        while len(found) < count:
            kind, body = self.packet()
            if kind == 4:
                found.append(struct.unpack("!H", body)[0])
        return found

    def everything_until_the_end(self) -> list[int]:
        """Return the types of all packets until the client closes."""
        kinds = []
        try:
            while True:
                kinds.append(self.packet()[0])
        except (EOFError, OSError):
            return kinds

    def cut(self) -> None:
        self._socket.close()


def _topics(body: bytes) -> int:
    count = 0
    while body:
        length = struct.unpack("!H", body[:2])[0]
        body = body[2 + length + 1 :]
        count += 1
    return count


class ScriptedBroker:
    """Listens; ``next`` waits for the client."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(10)
        self.port: int = self._server.getsockname()[1]
        self._connections: list[Connection] = []

    def next(self) -> Connection:
        self._connections.append(Connection(self._server.accept()[0]))
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            connection.cut()
        self._server.close()


@contextmanager
def thread_of(link: object) -> Iterator[list[BaseException]]:
    """Run a link in its thread; yield what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            link.run()  # type: ignore[attr-defined]
        except BaseException as error:  # noqa: BLE001 - it is the result
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield raised
    finally:
        link.close()  # type: ignore[attr-defined]
        thread.join(10)
        assert not thread.is_alive()
