"""Anything that speaks SenML (RFC 8428, JSON) on ``senml/<name>``.

A record's name says what it is, in our own words: the last part of its name after ``/`` or ``:`` is a kind of
observation (``press``, ``door``, ``systolic`` ...). Units are those of RFC 8428 and RFC 8798; a record without one
has the kind's own. Times below 2**28 are relative to now and count from arrival (RFC 8428, 4.5.3).
"""

import re
from datetime import UTC, datetime
from typing import Final

import msgspec

from devices.family import Address, Message, OneWay, Own, UnreadablePayloadError
from devices.observation import Kind, Reading

_TOPIC = re.compile(r"senml/([^\0]+)")
_RELATIVE: Final = 2.0**28
#: SenML -> UCUM; a ratio is given in per cent.
_UNITS: Final = {"": "", "Cel": "Cel", "kg": "kg", "%EL": "%", "beat/min": "/min", "mmHg": "mm[Hg]", "kPa": "kPa"}
_OWN_UNITS: Final = {
    Kind.BATTERY: "%",
    Kind.SPO2: "%",
    Kind.PULSE: "/min",
    Kind.RESPIRATION: "/min",
    Kind.SYSTOLIC: "mm[Hg]",
    Kind.DIASTOLIC: "mm[Hg]",
    Kind.TEMPERATURE: "Cel",
    Kind.WEIGHT: "kg",
    Kind.GLUCOSE: "mmol/L",
    Kind.BODY_WATER: "%",
}
#: What the gateway says of itself, and what needs more than a number.
_NOT_OURS: Final = frozenset(
    {Kind.RESUMED, Kind.ROSTER, Kind.NUMBERING, Kind.HEARD, Kind.ACCELERATION, Kind.TROUBLE, Kind.UNKNOWN}
)
_KINDS: Final = {kind.value: kind for kind in Kind if kind not in _NOT_OURS}


class _Record(msgspec.Struct):
    bn: str = ""
    bt: float = 0.0
    bu: str = ""
    bv: float = 0.0
    n: str = ""
    u: str = ""
    t: float = 0.0
    v: float | None = None
    vb: bool | None = None
    vs: str | None = None


_PACK = msgspec.json.Decoder(list[_Record])


class SenMl(OneWay):
    """Things that speak SenML. They number nothing and wait for no ack."""

    name = "senml"
    filters = ("senml/#",)

    def address(self, topic: str) -> Address | None:
        found = _TOPIC.fullmatch(topic)
        return None if found is None else Address(self.name, found[1])

    def own(self, address: Address) -> Own:
        return Own((f"senml/{address.name}",))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        try:
            pack = _PACK.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadablePayloadError("It is not a SenML pack.") from error
        if not pack:
            raise UnreadablePayloadError("The pack is empty.")
        return Message(address=address, readings=tuple(_resolved(pack)))

    def highest_kind(self, topic: str) -> Kind:  # noqa: ARG002 - every topic can say anything
        return Kind.UNKNOWN


def _resolved(pack: list[_Record]) -> list[Reading]:
    """Apply base fields, which hold until the next record that sets them."""
    found = []
    name, time, unit, value = "", 0.0, "", 0.0
    for record in pack:
        name, time = record.bn or name, record.bt or time
        unit, value = record.bu or unit, record.bv or value
        found.append(_reading(f"{name}{record.n}", time + record.t, record.u or unit, value, record))
    return found


def _reading(name: str, time: float, unit: str, base: float, record: _Record) -> Reading:
    word = re.split(r"[/:]", name)[-1]
    kind = _KINDS.get(word)
    value = record.v + base if record.v is not None else None if record.vb is None else float(record.vb)
    if kind is None or (value is None and record.vs is None):
        return Reading(kind=Kind.UNKNOWN, text=word[:32])
    factor = 1.0
    if unit == "/":
        unit, factor = "%", 100.0
    ucum = _UNITS.get(unit, unit) or _OWN_UNITS.get(kind, "1")
    return Reading(
        kind=kind,
        value=None if value is None else value * factor,
        unit=ucum,
        text=(record.vs or "")[:32],
        time=_absolute(time),
    )


def _absolute(time: float) -> datetime | None:
    if time < _RELATIVE:
        return None
    try:
        return datetime.fromtimestamp(time, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


FAMILY = SenMl()
