"""A stand-in for the gateway, for tests of devices and for trying a scenario without one. It stores nothing."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import msgspec

from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.link import Link, Session
from hemvakt_sim.packet import Packet
from hemvakt_sim.tasks import end
from hemvakt_sim.wire import ack_topic


class _Numbered(msgspec.Struct):
    boot: str
    seq: int


class StandInGateway:
    """Hears every device and acknowledges the numbered messages, while ``answering``. Use as an async context manager.

    ``heard`` holds (topic, payload) in order of arrival, repeats included.
    """

    def __init__(self, broker: Broker, *, client_id: str = "stand-in-gateway", answering: bool = True) -> None:
        self.answering = answering
        self.heard: list[tuple[str, bytes]] = []
        filters = ("hemvakt/v1/+/up/+", "hemvakt/v1/+/status", "zigbee2mqtt/#")
        self.link = Link(broker, Session(client_id=client_id, subscriptions=filters), self._on_message)
        self._acks: asyncio.Queue[Packet] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.link.__aenter__()
        await self.link.established(15)
        self._task = asyncio.create_task(self._answer())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._task)
        await self.link.__aexit__(kind, error, trace)

    def on(self, topic: str) -> list[bytes]:
        """Return the payloads heard on one topic."""
        return [payload for heard, payload in self.heard if heard == topic]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds; it is looked at after every message."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def say(self, device: str, payload: bytes) -> None:
        """Publish any bytes on the ack topic of a device."""
        await self.link.publish(Packet(ack_topic(device), payload))

    async def acknowledge(self, device: str, boot: str, seqs: Iterable[int]) -> None:
        await self.say(device, msgspec.json.encode({"boot": boot, "seq": list(seqs)}))

    def _on_message(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))
        self._changed.set()
        if not self.answering or "/up/" not in topic:
            return
        with contextlib.suppress(msgspec.MsgspecError):
            numbered = msgspec.json.decode(payload, type=_Numbered)
            answer = msgspec.json.encode({"boot": numbered.boot, "seq": [numbered.seq]})
            self._acks.put_nowait(Packet(ack_topic(topic.split("/")[2]), answer))

    async def _answer(self) -> None:
        while True:
            packet = await self._acks.get()
            with contextlib.suppress(LinkDownError):
                await self.link.publish(packet)
