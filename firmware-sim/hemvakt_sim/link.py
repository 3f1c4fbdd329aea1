"""One MQTT connection of one device, that comes back by itself."""

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import BrokerUnreachableError, LinkDownError
from hemvakt_sim.noise import Noise
from hemvakt_sim.packet import Packet
from hemvakt_sim.tasks import end

#: Seconds before another attempt to connect: doubled from the first to the second.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a client says of itself: said again at every connection.

    ``birth`` is published after connecting, ``farewell`` before an orderly end; the broker publishes ``will`` when the
    client vanishes. ``keepalive_s`` is whole seconds, at least 1.
    """

    client_id: str
    subscriptions: tuple[str, ...] = ()
    subscribe_qos: int = 1
    birth: tuple[Packet, ...] = ()
    farewell: tuple[Packet, ...] = ()
    will: Packet | None = None
    keepalive_s: int = 15
    inflight: int = 20


def _ignore(_topic: str, _payload: bytes) -> None:
    return


class Link:
    """An MQTT session that reconnects until it is closed. Use as an async context manager.

    A single task owns the message iterator, without a timeout around it: a cancelled read of aiomqtt can swallow the
    message that it was about to hand over.
    """

    def __init__(self, broker: Broker, session: Session, on_message: Callable[[str, bytes], None] = _ignore) -> None:
        self.session = session
        #: Connections made so far; also tells one connection from the next.
        self.connections = 0
        self.last_error = ""
        #: What befalls messages on this link; without noise, nothing.
        self.noise = Noise(session.client_id)
        self._broker = broker
        self._on_message = on_message
        self._client: aiomqtt.Client | None = None
        self._up = asyncio.Event()
        self._answered = asyncio.Event()
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._restoring: asyncio.TimerHandle | None = None
        self._inflight: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._held: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        return self._up.is_set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=f"link {self.session.client_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._restoring is not None:
            self._restoring.cancel()
        self._closing.set()
        if self._held:
            await asyncio.wait(self._held, timeout=_LONGEST_PAUSE_S)
        with contextlib.suppress(LinkDownError):
            for packet in self.session.farewell if self.up else ():
                await self.publish(packet)
        await end(self._task)

    async def wait_up(self) -> None:
        await self._up.wait()

    async def established(self, within_s: float) -> None:
        """Wait for the first session. Raises BrokerUnreachableError with what the broker or the network said.

        A broker that refuses (a wrong password, say) is not waited for.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._answered.wait()
        if not self.up:
            raise BrokerUnreachableError(f"{self._broker}: {self.last_error or 'no answer'}")

    async def publish(self, packet: Packet) -> None:
        """Hand a message to the broker and wait for its PUBACK. Raises LinkDownError when it may not have got there.

        What the ``noise`` swallows or holds back counts as handed over: the sender cannot know.
        """
        if self.noise.silent:
            await self._publish(packet)
            return
        for delay_s, changed in self.noise.fates(packet):
            if delay_s:
                self._hold(changed, delay_s)
            else:
                await self._publish(changed)

    def _hold(self, packet: Packet, seconds: float) -> None:
        async def later() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._closing.wait()
            with contextlib.suppress(LinkDownError):
                await self._publish(packet)

        task = asyncio.create_task(later())
        self._held.add(task)
        task.add_done_callback(self._held.discard)

    async def _publish(self, packet: Packet) -> None:
        client = self._client
        if client is None or not self.up:
            raise LinkDownError
        task = asyncio.ensure_future(client.publish(packet.topic, packet.payload, qos=1, retain=packet.retain))
        self._inflight.add(task)
        task.add_done_callback(self._inflight.discard)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.cancelled():
            raise LinkDownError
        if (error := task.exception()) is not None:
            raise LinkDownError(str(error)) from error

    def cut(self, seconds: float = math.inf) -> None:
        """Lose the link as a device in a lift does: no DISCONNECT, so the will fires. It returns after ``seconds``."""
        self._allowed.clear()
        if self._restoring is not None:
            self._restoring.cancel()
        self._restoring = asyncio.get_running_loop().call_later(seconds, self.restore) if seconds < math.inf else None
        self._hang_up()

    def restore(self) -> None:
        """End a ``cut`` now."""
        self._allowed.set()

    async def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            await self._allowed.wait()
            before = self.connections
            try:
                await self._one_connection()
            except (aiomqtt.MqttError, OSError) as error:
                self.last_error = str(error)
                if isinstance(error, MqttConnectError):
                    self._answered.set()
            finally:
                self._lost()
            pause = _FIRST_PAUSE_S if self.connections > before else min(pause * 2, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def _one_connection(self) -> None:
        client = self._client = self._new_client()
        try:
            async with client:
                for topic in self.session.subscriptions:
                    await client.subscribe(topic, qos=self.session.subscribe_qos)
                for packet in self.session.birth:
                    await client.publish(packet.topic, packet.payload, qos=1, retain=packet.retain)
                if not self._allowed.is_set():
                    self._hang_up()
                self.connections += 1
                self._up.set()
                self._answered.set()
                async for message in client.messages:
                    if self.noise.lets_in():
                        self._on_message(message.topic.value, message.payload)
        finally:
            # aiomqtt leaves this exception unread when the link is lost outside the iteration; asyncio would log it.
            lost = client._disconnected  # noqa: SLF001
            if lost.done() and not lost.cancelled():
                lost.exception()

    def _new_client(self) -> aiomqtt.Client:
        will = self.session.will
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            identifier=self.session.client_id,
            username=self._broker.user,
            password=self._broker.password,
            tls_context=self._broker.tls_context(),
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain),
            keepalive=self.session.keepalive_s,
            max_inflight_messages=self.session.inflight,
            # Without, a small publish after a small PUBACK waits for the peer's delayed TCP ack, some 40 ms.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        client.pending_calls_threshold = self.session.inflight
        return client

    def _hang_up(self) -> None:
        # aiomqtt has no way to vanish without DISCONNECT; the socket of the paho client below it has.
        sock = None if self._client is None else self._client._client.socket()  # noqa: SLF001
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _lost(self) -> None:
        self._up.clear()
        self._client = None
        for task in self._inflight:
            task.cancel()
