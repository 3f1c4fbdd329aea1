"""Publishes a recording of a home's traffic again, in its own rhythm or faster."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from hemvakt_sim.broker import Broker
from hemvakt_sim.capture import Heard, read
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.link import Link, Session
from hemvakt_sim.pace import Pace
from hemvakt_sim.packet import Packet

_FIRST_SESSION_S = 15.0


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How to replay. ``speed`` None is as fast as the broker takes it.

    With ``shift_time`` the devices' own times are moved so that the recording begins now. With ``as_new`` their boots
    are others, so that a gateway which has heard the recording before does not take it for repeats.
    """

    speed: float | None = 1.0
    shift_time: bool = False
    as_new: str = ""


@dataclass(kw_only=True)
class Tally:
    """What became of a recording. ``downward`` messages were the gateway's own words and are not said again."""

    sent: int = 0
    downward: int = 0

    def __str__(self) -> str:
        return f"{self.sent} messages sent, {self.downward} of the gateway left out"


async def replay(path: Path, broker: Broker, manner: Manner, tell: Callable[[str, str], None]) -> Tally:
    """Publish everything in ``path``; the whole file is checked before the first message leaves.

    Raises RecordingError with the line of what cannot be replayed, BrokerUnreachableError.
    """
    for _ in read(path):
        pass
    tally = Tally()
    session = Session(client_id=f"sim-replay-{datetime.now(UTC).timestamp():.0f}")
    async with Link(broker, session) as link:
        await link.established(_FIRST_SESSION_S)
        pace = Pace(manner.speed or 1.0)
        began: datetime | None = None
        for heard in read(path):
            if "/down/" in heard.packet.topic:
                tally.downward += 1
                continue
            began = began or heard.at
            if manner.speed is not None:
                await pace.until((heard.at - began).total_seconds())
            shift = datetime.now(UTC) - heard.at if manner.shift_time else timedelta(0)
            await _publish(link, changed(heard, shift, manner.as_new))
            tally.sent += 1
            tell(heard.packet.topic, f"{len(heard.packet.payload)} bytes, recorded {heard.at:%Y-%m-%d %H:%M:%S}")
    return tally


def changed(heard: Heard, shift: timedelta, as_new: str) -> Packet:
    """Return a message with its device's time moved and its boot renamed; one that cannot be read stays as it is."""
    packet = heard.packet
    if not (shift or as_new) or not packet.topic.startswith("hemvakt/v1/"):
        return packet
    try:
        said = msgspec.json.decode(packet.payload, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return packet
    time, boot = said.get("time"), said.get("boot")
    if shift and isinstance(time, str):
        try:
            said["time"] = (datetime.fromisoformat(time) + shift).isoformat(timespec="milliseconds")
        except (ValueError, OverflowError):
            return packet
    if as_new and isinstance(boot, str):
        said["boot"] = f"{as_new}{boot}"[:32]
    return Packet(packet.topic, msgspec.json.encode(said), packet.retain)


async def _publish(link: Link, packet: Packet) -> None:
    while True:
        await link.wait_up()
        try:
            await link.publish(packet)
        except LinkDownError:
            await asyncio.sleep(0.1)
        else:
            return
