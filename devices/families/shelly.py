"""Shelly devices of the second generation and later: smoke, flood, presence, motion, inputs, BLU buttons.

Topics are ``<id>/events/rpc`` and ``<id>/online``, where the id begins with ``shelly``. A notice tells only what
changed: what it does not name is as it was, and a key that went away comes as null. A button event of a BLU device
comes from the gateway that heard it, and counts as a press of that gateway. Sources: Shelly API documentation, Gen2+,
pages Notifications, Input, Smoke, Flood, Presence, DevicePower, BTHomeDevice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from devices.family import Address, Message, OneWay, Own
from devices.fields import (
    FieldError,
    FieldReader,
    alive,
    availability,
    battery,
    danger,
    flag,
    json_object,
    number,
    quantity,
    readings,
)
from devices.observation import Kind, Reading

_NOTICES = "/events/rpc"
_ONLINE = "/online"
#: ``single_push``, ``long_push``, and those to come. ``btn_down`` and ``btn_up`` go with each; counted too, one press
#: would be three.
_PUSH = "push"

#: Component, without its number -> field -> reader.
_STATUS: dict[str, dict[str, FieldReader]] = {
    "smoke": {"alarm": danger(Kind.SMOKE)},
    "flood": {"alarm": flag(Kind.LEAK)},
    "presencezone": {"state": flag(Kind.PRESENCE), "value": flag(Kind.PRESENCE)},
    "motion": {"motion": flag(Kind.MOTION)},
    "input": {"state": flag(Kind.SWITCH)},
    "switch": {"apower": quantity(Kind.POWER, "W")},
    "pm1": {"apower": quantity(Kind.POWER, "W")},
    "temperature": {"tC": quantity(Kind.ROOM_TEMPERATURE, "Cel")},
    "bthomesensor": {"value": lambda value: flag(Kind.SWITCH)(value) if isinstance(value, bool) else None},
}


class Shelly(OneWay):
    """Devices that speak Shelly's RPC. They number nothing that survives a restart, and wait for no ack."""

    name = "shelly"
    filters = (f"+{_NOTICES}", f"+{_ONLINE}")

    def address(self, topic: str) -> Address | None:
        for ending in (_NOTICES, _ONLINE):
            who = topic.removesuffix(ending)
            if who != topic and who.startswith("shelly") and "/" not in who and "\0" not in who:
                return Address(self.name, who)
        return None

    def own(self, address: Address) -> Own:
        return Own((f"{address.name}{_NOTICES}", f"{address.name}{_ONLINE}"), (f"{address.name}/rpc",))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        if topic.endswith(_ONLINE):
            return Message(address=address, readings=(availability(payload, "true", "false"),))
        said = json_object(payload)
        params = said.get("params")
        found = list(_told(params)) if isinstance(params, dict) else []
        return Message(address=address, readings=alive(found))

    def highest_kind(self, topic: str) -> Kind:
        return Kind.ONLINE if topic.endswith(_ONLINE) else Kind.UNKNOWN


def _told(params: dict[str, Any]) -> Iterator[Reading]:
    time = _time(params.get("ts"))
    for key, status in params.items():
        if not isinstance(status, dict):
            continue
        table = _STATUS.get(key.split(":")[0], {})
        yield from _at(time, readings(status, table))
        if key.startswith("devicepower") and isinstance(status.get("battery"), dict):
            yield from _at(time, readings(status["battery"], {"percent": battery}))
    events = params.get("events")
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict) and str(event.get("event")).endswith(_PUSH):
            text = f"{event.get('component', '')} {event['event']}"[:32]
            yield Reading(kind=Kind.PRESS, value=1.0, text=text, time=_time(event.get("ts")) or time)


def _at(time: datetime | None, found: list[Reading]) -> Iterator[Reading]:
    return (msgspec.structs.replace(reading, time=time) for reading in found)


def _time(ts: Any) -> datetime | None:
    """Return the device's own time; it has none before its first contact with a time server."""
    try:
        return datetime.fromtimestamp(number(ts), tz=UTC)
    except (FieldError, OverflowError, OSError, ValueError):
        return None


FAMILY = Shelly()
