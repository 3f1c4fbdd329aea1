"""The messages of Hemvakt's own devices, as ``docs/asyncapi.yaml`` tells them. Written from that page alone."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec

from hemvakt_sim.packet import Packet

#: Nothing a gateway acknowledges at once needs more; a larger ack is noise or an attack on a small device.
LARGEST_ACK = 16_384
#: UCUM unit of each kind of measurement; glucose may also be mg/dL.
UNITS: Mapping[str, str] = {
    "systolic": "mm[Hg]",
    "diastolic": "mm[Hg]",
    "pulse": "/min",
    "spo2": "%",
    "temperature": "Cel",
    "glucose": "mmol/L",
    "weight": "kg",
    "respiration": "/min",
    "oxygen": "1",
    "consciousness": "1",
    "irregular_pulse": "1",
}


class Channel(StrEnum):
    """The last part of an upward topic."""

    PRESS = "press"
    ACCELERATION = "acceleration"
    WEARING = "wearing"
    HEARTBEAT = "heartbeat"
    MEASUREMENT = "measurement"
    ANSWER = "answer"
    QUESTIONNAIRE = "questionnaire"
    HEARD = "heard"


class Down(StrEnum):
    """The last part of a downward topic whose messages are numbered and confirmed."""

    HELP = "help"
    SETTINGS = "settings"
    FIND_ME = "find_me"
    FIRMWARE = "firmware"


class Key(NamedTuple):
    """What numbers a message: two with the same key are the same message."""

    device: str
    boot: str
    seq: int


class Ack(msgspec.Struct, frozen=True):
    """The gateway's word that it has these messages durably."""

    boot: str
    seq: Annotated[list[int], msgspec.Meta(min_length=1)]


class Prompt(msgspec.Struct, frozen=True):
    """The gateway asks the wearer whether help is needed; staff are told in ``within_s`` without an answer."""

    prompt: Annotated[str, msgspec.Meta(max_length=160)]
    within_s: float
    sv: str
    en: str


class Said(msgspec.Struct, frozen=True):
    """What is confirmed with ``up/heard``: ``message`` names the matter, and the highest ``number`` of it holds."""

    message: Annotated[int, msgspec.Meta(ge=1)]
    number: Annotated[int, msgspec.Meta(ge=1)]


class Help(Said, frozen=True):
    """How it stands with the help for ``alarm``: told, accepted, on_its_way or closed."""

    alarm: int
    state: str
    sv: str
    en: str


class Settings(Said, frozen=True):
    """How the device is to behave; None leaves it as it is."""

    heartbeat_s: Annotated[int, msgspec.Meta(ge=10, le=86_400)] | None = None
    volume: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    language: Annotated[str, msgspec.Meta(pattern="^(sv|en)$")] | None = None


class FindMe(Said, frozen=True):
    """Buzz and blink for a while."""

    for_s: Annotated[int, msgspec.Meta(ge=1, le=300)]


class Firmware(Said, frozen=True):
    """The gateway asks which program runs."""


_SAID: Mapping[Down, type[Said]] = {
    Down.HELP: Help,
    Down.SETTINGS: Settings,
    Down.FIND_ME: FindMe,
    Down.FIRMWARE: Firmware,
}


class Value(msgspec.Struct, frozen=True):
    """One measured value; ``unit`` is UCUM."""

    kind: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Window:
    """Acceleration as raw as a sensor has it.

    ``samples`` is little-endian int16, x y z interleaved, oldest first; one count is ``scale_g`` g.
    """

    samples: bytes
    rate_hz: float
    range_g: float
    scale_g: float
    position: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / 6 / self.rate_hz

    def fields(self) -> dict[str, object]:
        return {
            "position": self.position,
            "rate_hz": self.rate_hz,
            "range_g": self.range_g,
            "scale_g": self.scale_g,
            "samples": base64.b64encode(self.samples).decode("ascii"),
        }


def up(key: Key, channel: Channel, time: datetime | None, fields: Mapping[str, object]) -> Packet:
    """Encode one numbered message; ``time`` carries an offset, or is None for a device without a clock."""
    stamped = {} if time is None else {"time": time.isoformat(timespec="milliseconds")}
    body = {"boot": key.boot, "seq": key.seq, **stamped, **fields}
    return Packet(f"hemvakt/v1/{key.device}/up/{channel}", msgspec.json.encode(body))


def status(device: str, *, online: bool) -> Packet:
    return Packet(f"hemvakt/v1/{device}/status", b"online" if online else b"offline", retain=True)


def ack_topic(device: str) -> str:
    """Where ``device`` hears that the gateway has its messages; ``+`` stands for every device."""
    return f"hemvakt/v1/{device}/down/ack"


def read_ack(payload: bytes) -> Ack | None:
    """Return None for anything that is not an ack: a device must not fall over what it is sent."""
    if len(payload) > LARGEST_ACK:
        return None
    try:
        return msgspec.json.decode(payload, type=Ack)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def prompt_topic(device: str) -> str:
    """Where ``device`` is asked to ask its wearer."""
    return f"hemvakt/v1/{device}/down/prompt"


def read_prompt(payload: bytes) -> Prompt | None:
    """Return None for anything that is not a prompt."""
    if len(payload) > LARGEST_ACK:
        return None
    try:
        return msgspec.json.decode(payload, type=Prompt)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def down_topic(device: str, down: Down) -> str:
    """Where ``device`` hears one kind of numbered message."""
    return f"hemvakt/v1/{device}/down/{down}"


def read_said(down: Down, payload: bytes) -> Said | None:
    """Return None for anything that is no message of this kind."""
    if len(payload) > LARGEST_ACK:
        return None
    try:
        return msgspec.json.decode(payload, type=_SAID[down])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
