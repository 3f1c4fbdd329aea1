"""Hemvakt's own pendants and vitals hubs. The wire is described in docs/asyncapi.yaml."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from devices.family import Address, Message, Own, UnreadablePayloadError
from devices.observation import UNAUTHENTICATED, Acceleration, Kind, Reading
from devices.times import device_time

_DEVICE = r"[A-Za-z0-9_-]{1,64}"
_UP = re.compile(rf"hemvakt/v1/({_DEVICE})/up/([a-z]+)")
_STATUS = re.compile(rf"hemvakt/v1/({_DEVICE})/status")

_BYTES_PER_TRIPLE = 6
_MEASURED = (
    r"^(systolic|diastolic|pulse|spo2|temperature|glucose|weight|respiration|oxygen|consciousness|irregular_pulse)$"
)
#: What a cuff's own status says, as a hub passes it on.
_IRREGULAR = "irregular pulse"

Name = Annotated[str, msgspec.Meta(pattern=rf"^{_DEVICE}\Z")]
Text32 = Annotated[str, msgspec.Meta(max_length=32)]
Text200 = Annotated[str, msgspec.Meta(max_length=200)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Numbered(msgspec.Struct, kw_only=True):
    boot: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    seq: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    time: str | None = None


class _Press(_Numbered):
    button: Text32 = "main"


class _Acceleration(_Numbered):
    position: Annotated[str, msgspec.Meta(pattern="^(waist|wrist|pendant)$")]
    rate_hz: Annotated[float, msgspec.Meta(ge=10, le=1000)]
    range_g: Annotated[float, msgspec.Meta(gt=0, le=400)]
    scale_g: Annotated[float, msgspec.Meta(gt=0, le=1)]
    samples: str


class _Wearing(_Numbered):
    wearing: bool


class _Heartbeat(_Numbered):
    battery: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    tamper: bool = False
    firmware: Text32 = ""
    prompt: bool | None = None


class _Value(msgspec.Struct):
    kind: Annotated[str, msgspec.Meta(pattern=_MEASURED)]
    value: float
    unit: Annotated[str, msgspec.Meta(max_length=16)]


class _Measurement(_Numbered):
    values: Annotated[list[_Value], msgspec.Meta(min_length=1, max_length=8)]
    notes: Any = None


class _Answer(_Numbered):
    prompt: Annotated[str, msgspec.Meta(min_length=1, max_length=160)]
    answer: Annotated[str, msgspec.Meta(pattern="^(fine|help)$")]


class _Heard(_Numbered):
    message: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    number: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class _Answered(msgspec.Struct):
    question: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    value: float


class _Questionnaire(_Numbered):
    questionnaire: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    answers: Annotated[list[_Answered], msgspec.Meta(min_length=1, max_length=50)]


class _Sensor(_Numbered):
    kind: Annotated[str, msgspec.Meta(pattern=r"^(motion|door|smoke|gas|carbon_monoxide|leak)\Z")]
    value: Literal[0, 1]
    authenticated: bool


class _Near(msgspec.Struct, kw_only=True):
    """A device of a hub's home, as the hub hears it."""

    name: Name
    heard_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    rssi: Annotated[float, msgspec.Meta(ge=-200, le=50)] | None = None
    battery: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None


class _State(_Numbered):
    waiting: Annotated[int, msgspec.Meta(ge=0)]
    disk_full: bool
    clock_set: bool
    radio: bool
    devices: Annotated[list[_Near], msgspec.Meta(max_length=200)]
    oldest_s: Annotated[float, msgspec.Meta(ge=0)] | None = None


class _OneTrouble(msgspec.Struct, kw_only=True):
    trouble: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,32}\Z")]
    device: Name | None = None
    since: str | None = None
    sv: Text200 = ""
    en: Text200 = ""


class _Trouble(_Numbered):
    troubles: Annotated[list[_OneTrouble], msgspec.Meta(max_length=50)]


def _press(said: _Press, at: datetime | None) -> list[Reading]:
    return [Reading(kind=Kind.PRESS, value=1.0, text=said.button, time=at)]


def _acceleration(said: _Acceleration, at: datetime | None) -> list[Reading]:
    try:
        samples = base64.b64decode(said.samples, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadablePayloadError("The samples are not base64.") from error
    if not samples or len(samples) % _BYTES_PER_TRIPLE:
        raise UnreadablePayloadError("The samples are not a whole number of int16 triples.")
    window = Acceleration(
        samples=samples, rate_hz=said.rate_hz, range_g=said.range_g, scale_g=said.scale_g, position=said.position
    )
    return [Reading(kind=Kind.ACCELERATION, unit="[g]", time=at, acceleration=window)]


def _wearing(said: _Wearing, at: datetime | None) -> list[Reading]:
    return [Reading(kind=Kind.WEARING, value=float(said.wearing), time=at)]


def _heartbeat(said: _Heartbeat, at: datetime | None) -> list[Reading]:
    readings = [
        Reading(kind=Kind.HEARTBEAT, value=1.0, text=said.firmware, time=at),
        Reading(kind=Kind.TAMPER, value=float(said.tamper), time=at),
    ]
    if said.battery is not None:
        readings.append(Reading(kind=Kind.BATTERY, value=said.battery, unit="%", time=at))
    if said.prompt is not None:
        readings.append(Reading(kind=Kind.PROMPTS, value=float(said.prompt), time=at))
    return readings


def _measurement(said: _Measurement, at: datetime | None) -> list[Reading]:
    values = [Reading(kind=Kind(one.kind), value=one.value, unit=one.unit, time=at) for one in said.values]
    if isinstance(said.notes, list) and _IRREGULAR in said.notes:
        values.append(Reading(kind=Kind.IRREGULAR_PULSE, value=1.0, time=at))
    return values


def _answer(said: _Answer, at: datetime | None) -> list[Reading]:
    return [Reading(kind=Kind.ANSWER, value=float(said.answer == "fine"), text=said.prompt, time=at)]


def _heard(said: _Heard, at: datetime | None) -> list[Reading]:
    return [Reading(kind=Kind.HEARD, value=float(said.number), text=str(said.message), time=at)]


def _questionnaire(said: _Questionnaire, at: datetime | None) -> list[Reading]:
    return [
        Reading(kind=Kind.QUESTIONNAIRE, value=one.value, text=f"{said.questionnaire}/{one.question}", time=at)
        for one in said.answers
    ]


def _sensor(said: _Sensor, at: datetime | None) -> list[Reading]:
    doubt = "" if said.authenticated else UNAUTHENTICATED
    return [Reading(kind=Kind(said.kind), value=float(said.value), text=doubt, time=at)]


def _state(_said: _State, at: datetime | None) -> list[Reading]:
    # Kept whole with the message, for technicians. What is wrong is told by troubles, and devices have heartbeats.
    return [Reading(kind=Kind.HEARTBEAT, value=1.0, time=at)]


def _trouble(said: _Trouble, at: datetime | None) -> list[Reading]:
    named = sorted({one.trouble + (f"/{one.device}" if one.device else "") for one in said.troubles})
    return [Reading(kind=Kind.TROUBLE, value=float(len(named)), text=" ".join(named), time=at)]


_NUMBER = msgspec.json.Decoder(_Numbered)
# Each message: its decoder, what it becomes, and the gravest thing that it can say when it cannot be read.
_MESSAGES: dict[str, tuple[msgspec.json.Decoder[Any], Any, Kind]] = {
    "press": (msgspec.json.Decoder(_Press), _press, Kind.PRESS),
    "acceleration": (msgspec.json.Decoder(_Acceleration), _acceleration, Kind.ACCELERATION),
    "wearing": (msgspec.json.Decoder(_Wearing), _wearing, Kind.WEARING),
    "heartbeat": (msgspec.json.Decoder(_Heartbeat), _heartbeat, Kind.HEARTBEAT),
    "measurement": (msgspec.json.Decoder(_Measurement), _measurement, Kind.UNKNOWN),
    # Whoever was asked whether help is needed and cannot be understood is taken to need it.
    "answer": (msgspec.json.Decoder(_Answer), _answer, Kind.PRESS),
    "questionnaire": (msgspec.json.Decoder(_Questionnaire), _questionnaire, Kind.UNKNOWN),
    "heard": (msgspec.json.Decoder(_Heard), _heard, Kind.HEARD),
    "sensor": (msgspec.json.Decoder(_Sensor), _sensor, Kind.UNKNOWN),
    "state": (msgspec.json.Decoder(_State), _state, Kind.HEARTBEAT),
    "trouble": (msgspec.json.Decoder(_Trouble), _trouble, Kind.TROUBLE),
}


class Hemvakt:
    """Messages of our own devices, numbered by boot and seq, each acknowledged after it is stored."""

    name = "hemvakt"
    filters = ("hemvakt/v1/+/up/+", "hemvakt/v1/+/status")

    def address(self, topic: str) -> Address | None:
        found = _UP.fullmatch(topic) or _STATUS.fullmatch(topic)
        return Address(self.name, found[1]) if found else None

    def own(self, address: Address) -> Own:
        base = f"hemvakt/v1/{address.name}"
        return Own((f"{base}/up/+", f"{base}/status"), (f"{base}/down/+",))

    def decode(self, topic: str, payload: bytes) -> Message:
        if found := _STATUS.fullmatch(topic):
            return Message(address=Address(self.name, found[1]), readings=(self._status(payload),))
        found = _UP.fullmatch(topic)
        if found is None:
            raise UnreadablePayloadError("No message of this family has this topic.")
        address = Address(self.name, found[1])
        try:
            return _numbered(address, *_read(found[2], payload))
        except UnreadablePayloadError as error:
            raise UnreadablePayloadError(error.detail, numbered=_number(address, payload)) from error

    def ack_topic(self, address: Address) -> str | None:
        return f"hemvakt/v1/{address.name}/down/ack"

    def ack_payload(self, message: Message) -> bytes:
        return msgspec.json.encode({"boot": message.boot, "seq": [message.seq]})

    def request(self, address: Address, channel: str, said: Mapping[str, Any]) -> tuple[str, bytes] | None:
        return f"hemvakt/v1/{address.name}/down/{channel}", msgspec.json.encode(said)

    def highest_kind(self, topic: str) -> Kind:
        found = _UP.fullmatch(topic)
        if found is None:
            return Kind.ONLINE
        # A message that does not exist yet comes from a device with a button: take it for a press.
        return _MESSAGES[found[2]][2] if found[2] in _MESSAGES else Kind.PRESS

    @staticmethod
    def _status(payload: bytes) -> Reading:
        states = {b"online": 1.0, b"offline": 0.0}
        if payload not in states:
            raise UnreadablePayloadError("A status is online or offline.")
        return Reading(kind=Kind.ONLINE, value=states[payload])


def _read(channel: str, payload: bytes) -> tuple[_Numbered, list[Reading]]:
    if channel not in _MESSAGES:
        raise UnreadablePayloadError("No message of this family has this topic.")
    decoder, read, _ = _MESSAGES[channel]
    try:
        said = decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadablePayloadError(_reason(error)) from error
    return said, read(said, device_time(said.time))


def _number(address: Address, payload: bytes) -> Message | None:
    """Return what numbers a message that cannot be read: a device of a newer version has more to say than we know."""
    try:
        return _numbered(address, _NUMBER.decode(payload), [])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _numbered(address: Address, said: _Numbered, readings: list[Reading]) -> Message:
    return Message(address=address, readings=tuple(readings), boot=said.boot, seq=said.seq, wants_ack=True)


def _reason(error: Exception) -> str:
    """Say what is wrong and where, without quoting a value."""
    text = str(error)
    if "`$" in text:
        return f"A field does not fit at {text[text.index('`$') :]}."
    if "JSON" in text or isinstance(error, UnicodeDecodeError):
        return "It is not JSON."
    return "A field is missing or does not fit."


FAMILY = Hemvakt()
