"""What a pendant and a vitals hub share: numbered messages, kept and repeated until the gateway has them."""

import asyncio
import contextlib
import math
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, TypedDict, Unpack

from hemvakt_sim import wire
from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.link import Link, Session
from hemvakt_sim.outbox import Outbox, Pending
from hemvakt_sim.packet import Packet
from hemvakt_sim.tasks import end
from hemvakt_sim.wire import Channel, Down, Help, Key, Said


def true_time() -> datetime:
    """Return the time that a device with a set clock has."""
    return datetime.now(UTC)


def untold(_device: str, _text: str) -> None:
    """Keep what a bystander would see to oneself."""


class Options(TypedDict, total=False):
    """What may be said of a device when it is made.

    ``clock`` returns its time (None for a device without one), ``tell(device, text)`` hears what a bystander would see.
    A ``passing`` device has no status and no last will, so that it can speak beside the real one of the same name;
    with ``same_client`` it speaks under the real one's MQTT client id all the same, and they throw each other out.
    """

    clock: Callable[[], datetime | None]
    tell: Callable[[str, str], None]
    keepalive_s: int
    passing: bool
    same_client: bool


def _session(name: str, options: Options) -> Session:
    keepalive_s = options.get("keepalive_s", 15)
    down = (wire.ack_topic(name), wire.prompt_topic(name), *(wire.down_topic(name, kind) for kind in Down))
    if options.get("passing", False):
        own = "" if options.get("same_client", False) else f"-{secrets.token_hex(3)}"
        return Session(client_id=f"sim-{name}{own}", subscriptions=down, keepalive_s=keepalive_s)
    online, offline = wire.status(name, online=True), wire.status(name, online=False)
    return Session(
        client_id=f"sim-{name}",
        subscriptions=down,
        birth=(online,),
        farewell=(offline,),
        will=offline,
        keepalive_s=keepalive_s,
    )


class NumberedDevice:
    """A device with ``boot`` and ``seq``. Use as an async context manager: it connects, and reconnects, by itself.

    A message is kept in the device, across loss of the link and reboots, until the gateway acknowledges it.
    """

    def __init__(self, name: str, broker: Broker, **options: Unpack[Options]) -> None:
        self.name = name
        self.boot = secrets.token_hex(4)
        self.outbox = Outbox()
        #: Numbered messages made, publishes beyond the first of each, messages acknowledged, acks that were nonsense.
        self.made = self.repeats = self.acknowledged = self.bad_acks = 0
        #: As the gateway has set it; None while it has not.
        self.heartbeat_s: int | None = None
        self.volume, self.language = 100, "sv"
        #: The newest word about help that was called for, as on the wire; empty while there was none.
        self.help = ""
        #: How often it was told to ask its wearer, and to buzz.
        self.asked = self.buzzed = 0
        self._highest: dict[int, int] = {}
        self.link = Link(broker, _session(name, options), self._heard)
        self.clock = options.get("clock", true_time)
        self._tell = options.get("tell", untold)
        self._seq = 0
        self._changed = asyncio.Event()
        self._voice = asyncio.Event()
        self._voice.set()
        self._waiting: dict[Key, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.link.__aenter__()
        self._task = asyncio.create_task(self._send(), name=f"sender {self.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._task)
        await self.link.__aexit__(kind, error, trace)

    def send(
        self, channel: Channel, fields: Mapping[str, object], *, urgent: bool = False, time: datetime | None = None
    ) -> Key:
        """Number a message and keep it until it is acknowledged. ``time`` is the device's clock unless given."""
        self._seq += 1
        self.made += 1
        key = Key(self.name, self.boot, self._seq)
        packet = wire.up(key, channel, time or self.clock(), fields)
        self.outbox.put(key, packet, asyncio.get_running_loop().time(), urgent=urgent)
        self._changed.set()
        return key

    async def acked(self, key: Key) -> None:
        """Wait until the gateway has said that it has this message."""
        if key in self.outbox:
            await asyncio.shield(self._waiting.setdefault(key, asyncio.get_running_loop().create_future()))

    def hint(self, text: str) -> None:
        """Say what a bystander sees at this device."""
        self._tell(self.name, text)

    def heartbeat(self) -> Key:
        """Say that the device is alive."""
        return self.send(Channel.HEARTBEAT, {})

    async def beat(self, every_s: float) -> None:
        """Send a heartbeat now and every ``every_s`` seconds, or as often as was set; a silent device makes none."""
        while True:
            if not self.silent:
                self.heartbeat()
            await asyncio.sleep(self.heartbeat_s or every_s)

    async def settled(self) -> None:
        """Wait until every message made so far is acknowledged."""
        for key in self.outbox.waiting():
            await self.acked(key)

    async def publish_raw(self, channel: str, payload: bytes) -> None:
        """Publish bytes of any kind on one of this device's topics, once, as a broken device would."""
        await self.link.publish(Packet(f"hemvakt/v1/{self.name}/up/{channel}", payload))

    def reboot(self) -> None:
        """Start anew: the link breaks, the numbering begins again under a new boot; kept messages keep theirs."""
        self.boot = secrets.token_hex(4)
        self._seq = 0
        self.link.cut(seconds=1.0)
        self._tell(self.name, f"rebooted, now boot {self.boot}")

    def forget_sequence(self) -> None:
        """Count from 1 again under the same boot, as a device does that keeps its boot and loses its count."""
        self._seq = 0

    def count_like(self, other: "NumberedDevice") -> None:
        """Go on under the boot and after the number of another device."""
        self.boot, self._seq = other.boot, other._seq  # noqa: SLF001 - one of us

    def fall_silent(self, *, lose_link: bool = False) -> None:
        """Say nothing any more. The link stays open, as with a hung program, unless ``lose_link``."""
        self._voice.clear()
        if lose_link:
            self.link.cut()

    @property
    def silent(self) -> bool:
        return not self._voice.is_set()

    def speak_again(self) -> None:
        self._voice.set()
        self.link.restore()
        self._changed.set()

    def set_clock(self, *, ahead: timedelta | None) -> None:
        """Put the clock wrong by ``ahead`` (negative for behind); None takes the clock away."""
        self.clock = (lambda: None) if ahead is None else (lambda: true_time() + ahead)

    def drift(self, per_hour: timedelta) -> None:
        """Let the clock gain so much in each hour from now on (negative: lose)."""
        began = true_time()
        self.clock = lambda: true_time() + (true_time() - began) / timedelta(hours=1) * per_hour

    def _heard(self, topic: str, payload: bytes) -> None:
        if topic == wire.prompt_topic(self.name):
            if (prompt := wire.read_prompt(payload)) is not None:
                self.asked += 1
                self._asked(prompt)
            return
        for kind in Down:
            if topic == wire.down_topic(self.name, kind):
                if (said := wire.read_said(kind, payload)) is not None and self._voice.is_set():
                    self._listen(said)
                return
        ack = wire.read_ack(payload)
        if ack is None:
            self.bad_acks += 1
            return
        for pending in self.outbox.acknowledge(Key(self.name, ack.boot, seq) for seq in ack.seq):
            self.acknowledged += 1
            if (waiter := self._waiting.pop(pending.key, None)) is not None and not waiter.done():
                waiter.set_result(None)
            self._told(pending)
            self._changed.set()

    def _listen(self, said: Said) -> None:
        """Go by what is newer than what was heard of the same matter, and confirm every repeat of the newest."""
        before = self._highest.get(said.message, 0)
        if said.number < before:
            return
        if said.number > before:
            self._highest[said.message] = said.number
            self._obey(said)
        self.send(Channel.HEARD, {"message": said.message, "number": said.number})

    def _obey(self, said: Said) -> None:
        match said:
            case Help():
                self._helped(said)
            case wire.Settings():
                self.heartbeat_s = said.heartbeat_s or self.heartbeat_s
                self.volume = self.volume if said.volume is None else said.volume
                self.language = said.language or self.language
                self._tell(self.name, f"goes by settings {said.number}")
            case wire.FindMe():
                self.buzzed += 1
                self._tell(self.name, f"buzzes and blinks for {said.for_s} s")
            case wire.Firmware():
                self.heartbeat()

    def _helped(self, said: Help) -> None:
        """Show how it stands with the help."""
        self.help = said.state
        self._tell(self.name, f'says: "{said.sv if self.language == "sv" else said.en}"')

    def _asked(self, prompt: wire.Prompt) -> None:
        """React to a question to the wearer."""

    def _told(self, pending: Pending) -> None:
        """React to the ack of one message."""

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        connection = 0
        while True:
            await self.link.wait_up()
            await self._voice.wait()
            if connection != self.link.connections:
                connection = self.link.connections
                self.outbox.rewind()
            self._changed.clear()
            try:
                for pending in self.outbox.due(loop.time()):
                    await self._send_one(pending, loop.time())
            except LinkDownError:
                # A broker that is slow to answer looks like a lost link while the link still says that it is up.
                await asyncio.sleep(0.1)
                continue
            next_due = self.outbox.next_due()
            pause = math.inf if next_due is None else max(0.0, next_due - loop.time())
            await self._pause(pause)

    async def _send_one(self, pending: Pending, now: float) -> None:
        if pending.key not in self.outbox or not self._voice.is_set():
            return
        self.repeats += pending.sends > 0
        self.outbox.sent(pending, now)
        await self.link.publish(pending.packet)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._changed.wait()
