"""The gateway's session with the broker: nothing is acknowledged before the worker says so, and nothing is dropped.

paho-mqtt does the protocol; this module drives its socket from one thread of its own instead of paho's. So a full
queue simply stops the reading, an exception is never swallowed, and acknowledgements leave in bulk.
"""

import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway import metrics, wire
from gateway.address import BrokerAddress
from gateway.arrivals import Arrivals
from gateway.outstanding import Outstanding, Seen
from gateway.packet import Packet
from store.errors import HemvaktError

log = structlog.get_logger(__name__)

KEEPALIVE_S = 60
#: Seconds before another attempt to connect, from the first to all later ones.
_PAUSES_S = (0.2, 0.4, 0.8, 1.6, 3.2, 5.0)
#: Packets read between two looks at the other duties of the thread.
_BURST = 200
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SubscriptionRefusedError(HemvaktError):
    """The broker does not let the gateway subscribe to a topic of its devices; look at its access rules."""


class Link:
    """A persistent session (fixed client id, clean_session off) that reconnects until it is closed.

    MQTT 3.1.1, because both nats-server and Mosquitto speak it, and because its sessions have no expiry that a client
    can forget to ask for. ``on_session(lost)`` is called in the network thread at every connection; ``lost`` says that
    the broker forgot a session that it should know, and with it perhaps messages. The topics in ``spare`` a broker may
    refuse: what comes on them helps, and nothing that a resident says does.
    """

    def __init__(
        self,
        address: BrokerAddress,
        filters: Sequence[str],
        arrivals: Arrivals,
        *,
        client_id: str,
        spare: Sequence[str] = (),
        known_session: bool = False,
        on_session: Callable[[bool], None] = lambda _lost: None,
    ) -> None:
        self.address = address
        #: Connections made so far; the number of the newest.
        self.generation = 0
        #: Subscribed on a connection that lives.
        self.up = threading.Event()
        self.last_error = ""
        self._filters, self._arrivals = (*filters, *spare), arrivals
        self._spare = frozenset(spare)
        self._on_session, self._known_session = on_session, known_session
        self._outstanding = Outstanding()
        self._refused: list[str] = []
        self._closing = False
        self._live = False
        self._read = 0
        # What the worker asks for; the network thread alone touches paho and its socket.
        self._settled: deque[tuple[list[Packet], list[tuple[str, bytes]]]] = deque()
        self._out, self._leaving = bytearray(), bytearray()
        #: Both ends of the bell that wakes the network thread; there while it runs.
        self._near: socket.socket
        self._far: socket.socket | None = None
        self._client = self._new_client(client_id)

    def _new_client(self, client_id: str) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = 5.0
        if self.address.user is not None:
            client.username_pw_set(self.address.user, self.address.password)
        if (context := self.address.context()) is not None:
            client.tls_set_context(context)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived
        # With this set paho leaves all writing to us, so that its bytes and ours never mix within a packet.
        client.on_socket_register_write = lambda *_: None
        return client

    def settle(self, packets: list[Packet], answers: Iterable[tuple[str, bytes]] = ()) -> None:
        """Acknowledge ``packets`` to the broker, and publish ``answers`` (topic, payload) with QoS 0. Any thread.

        Taking from the queue made room in it; this also tells the network thread so.
        """
        self._settled.append((packets, list(answers)))
        self._wake()

    def close(self) -> None:
        """Stop reading, say what was settled, and disconnect; the broker keeps the session. Any thread."""
        self._closing = True
        self._wake()

    def _wake(self) -> None:
        # A bell that is full has rung often enough; one that is closed has nobody to wake.
        if self._far is not None:
            with suppress(OSError):
                self._far.send(b"\0")

    def run(self) -> None:
        """Body of the network thread: returns after ``close``. Raises SubscriptionRefusedError."""
        attempt = 0
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        try:
            while not self._closing:
                before = self.generation
                if (sock := self._open()) is not None:
                    self._serve(sock)
                attempt = 0 if self.generation > before else min(attempt + 1, len(_PAUSES_S) - 1)
                if not self._closing:
                    self._rest(_PAUSES_S[attempt])
        finally:
            self.up.clear()
            self._near.close()
            self._far.close()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._near, selectors.EVENT_READ)
            while not self._closing and (left := until - time.monotonic()) > 0:
                selector.select(left)
                self._drain_wakes()

    def _open(self) -> Any:
        try:
            self._client.connect(self.address.host, self.address.port, keepalive=KEEPALIVE_S)
        except OSError as error:
            if self.last_error != str(error):
                log.warning("broker_unreachable", broker=str(self.address), error=str(error))
            self.last_error = str(error)
            return None
        sock: Any = self._client.socket()
        if sock is not None:
            # A PUBACK is four bytes; held back to fill a segment, it would cost each message up to 40 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _serve(self, sock: Any) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._near, selectors.EVENT_READ)
                self._converse(selector, sock)
        except OSError as error:
            self.last_error = str(error)
        finally:
            self._live = False
            self.up.clear()
            self._out.clear()
            self._leaving.clear()
            self._client.disconnect()
            self._client.loop_write()
        if self._refused:
            raise SubscriptionRefusedError(", ".join(self._refused))
        if not self._closing:
            log.warning("broker_connection_lost", broker=str(self.address), generation=self.generation)

    def _converse(self, selector: selectors.BaseSelector, sock: Any) -> None:
        watched = 0
        spoke = time.monotonic()
        while self._is_open(sock) and not self._refused:
            if self._closing:
                self._farewell(sock)
                return
            may_read = not self._live or self._arrivals.has_room
            wanted = (selectors.EVENT_READ * may_read) | (selectors.EVENT_WRITE * self._has_to_write())
            if wanted != watched:
                _watch(selector, sock, watched, wanted)
                watched = wanted
            readable = _has_decrypted(sock) and may_read
            for key, events in selector.select(0 if readable else 1.0):
                if key.fileobj is self._near:
                    self._drain_wakes()
                else:
                    readable = readable or bool(events & selectors.EVENT_READ)
            if readable:
                self._read_burst()
            self._say_settled()
            self._flush(sock)
            if may_read:
                self._client.loop_misc()
                spoke = time.monotonic()
            elif time.monotonic() - spoke > KEEPALIVE_S / 2:
                # paho would give up, as it cannot read the answer; the broker only wants to hear that we are here.
                self._out += wire.PINGREQ
                spoke = time.monotonic()

    def _farewell(self, sock: Any) -> None:
        self._say_settled()
        until = time.monotonic() + 1.0
        while self._has_to_write() and time.monotonic() < until:
            self._flush(sock)

    def _read_burst(self) -> None:
        for _ in range(_BURST):
            before = self._read
            if self._client.loop_read() != mqtt.MQTT_ERR_SUCCESS:
                self.last_error = "The connection was lost."
                return
            if self._read == before or not self._arrivals.has_room:
                return

    def _drain_wakes(self) -> None:
        with suppress(BlockingIOError):
            while self._near.recv(4096):
                pass

    def _connected(
        self, _client: Any, _data: Any, flags: mqtt.ConnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            self.last_error = str(reason)
            log.error("broker_refuses", broker=str(self.address), reason=str(reason))
            return
        lost = self._known_session and not flags.session_present
        self._outstanding.connected(session_present=flags.session_present)
        self.generation += 1
        self._live = self._known_session = True
        metrics.CONNECTIONS.inc()
        log.info("broker_connected", broker=str(self.address), generation=self.generation, lost_session=lost)
        # Said at every connection: filters of a newer version are added, and retained states come again.
        self._client.subscribe([(topic, 1) for topic in self._filters])
        self._on_session(lost)

    def _subscribed(self, _client: Any, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        refused = [topic for topic, reason in zip(self._filters, reasons, strict=False) if reason.is_failure]
        self._refused = [topic for topic in refused if topic not in self._spare]
        if spared := [topic for topic in refused if topic in self._spare]:
            log.warning("broker_refuses_topics", topics=spared)
        if not self._refused:
            self.up.set()

    def _arrived(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._read += 1
        packet = Packet(
            topic=_topic(message),
            payload=bytes(message.payload),
            generation=self.generation,
            mid=message.mid,
            qos=message.qos,
            retain=message.retain,
        )
        if packet.qos:
            seen = self._outstanding.arrived(packet, duplicate=message.dup)
            if seen is Seen.IN_HAND:
                return
            packet.repeat = seen is Seen.BEFORE
        self._arrivals.put(packet)

    def _say_settled(self) -> None:
        while self._settled:
            packets, answers = self._settled.popleft()
            for packet in packets:
                # A stale one is dropped: the broker sends that message again on this connection.
                if packet.qos and self._live and packet.generation == self.generation:
                    self._outstanding.acknowledged(packet.mid)
                    self._out += wire.puback(packet.mid)
            for topic, payload in answers if self._live else ():
                # QoS 0: the device repeats until it has one, so a lost answer costs a repeat and no promise.
                self._out += wire.publish(topic, payload)

    def _is_open(self, sock: Any) -> bool:
        return self._client.socket() is sock

    def _has_to_write(self) -> bool:
        return bool(self._leaving or self._out or self._client.want_write())

    def _flush(self, sock: Any) -> None:
        while self._has_to_write() and self._is_open(sock):
            if self._leaving:
                try:
                    del self._leaving[: sock.send(self._leaving)]
                except _WOULD_BLOCK:
                    return
            elif self._client.want_write():
                self._client.loop_write()
                if self._client.want_write():
                    return
            else:
                self._leaving, self._out = self._out, self._leaving


def _watch(selector: selectors.BaseSelector, sock: Any, before: int, wanted: int) -> None:
    if not before:
        selector.register(sock, wanted)
    elif not wanted:
        selector.unregister(sock)
    else:
        selector.modify(sock, wanted)


def _has_decrypted(sock: Any) -> bool:
    return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0


def _topic(message: mqtt.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        # MQTT forbids it, but a broker may pass it on; it ends in quarantine like any topic that nobody reads.
        return message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001
