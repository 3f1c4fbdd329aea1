"""Sensors behind Zigbee2MQTT: motion, doors, SOS buttons, smoke, gas, leaks.

Topics are ``zigbee2mqtt/<friendly name>``; the name may hold slashes, spaces and any letters. Where several homes share
a broker, each has a base topic below ours (``zigbee2mqtt/home-1``), so that the home is the first part of every name.
The payload is the whole state of the device as a JSON object. Source: Zigbee2MQTT, usage/mqtt_topics_and_messages.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from devices.family import Address, Message, UnreadablePayloadError
from devices.observation import Kind, Reading

_BASE = "zigbee2mqtt/"
_AVAILABILITY = "/availability"
_BRIDGE_STATE = "bridge/state"
#: Requests to a device, not words of one.
_REQUESTS = ("/set", "/get")
#: A button that is let go says nothing new. Every other action is taken for a press, also one we have never heard of.
_RELEASES = frozenset({"", "release", "hold_release", "long_release", "off"})

_TRUE = frozenset({True, "true", "on"})
_FALSE = frozenset({False, "false", "off"})


class _NotAStateError(Exception):
    """The value is neither true nor false."""


def _state(value: Any) -> float:
    plain = value.lower() if isinstance(value, str) else value
    if isinstance(plain, str | bool | int | float):
        if plain in _TRUE:
            return 1.0
        if plain in _FALSE:
            return 0.0
    raise _NotAStateError


def _flag(kind: Kind, *, inverted: bool = False) -> Callable[[Any], Reading]:
    def read(value: Any) -> Reading:
        state = _state(value)
        return Reading(kind=kind, value=1.0 - state if inverted else state)

    return read


def _danger(kind: Kind) -> Callable[[Any], Reading]:
    def read(value: Any) -> Reading:
        try:
            return Reading(kind=kind, value=_state(value))
        except _NotAStateError:
            # A smoke detector that says something unheard-of is believed to burn, not to be well.
            return Reading(kind=kind, value=1.0, text="unreadable")

    return read


def _battery(value: Any) -> Reading:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _NotAStateError
    return Reading(kind=Kind.BATTERY, value=float(value), unit="%")


_FIELDS: dict[str, Callable[[Any], Reading]] = {
    "smoke": _danger(Kind.SMOKE),
    "gas": _danger(Kind.GAS),
    "carbon_monoxide": _danger(Kind.CARBON_MONOXIDE),
    "water_leak": _flag(Kind.LEAK),
    "occupancy": _flag(Kind.MOTION),
    "presence": _flag(Kind.MOTION),
    # Zigbee2MQTT: contact true means closed. Ours: door 1.0 means open.
    "contact": _flag(Kind.DOOR, inverted=True),
    "tamper": _flag(Kind.TAMPER),
    "battery": _battery,
}


class Zigbee2Mqtt:
    """Devices of a Zigbee2MQTT bridge. They number nothing and wait for no ack."""

    name = "zigbee2mqtt"
    filters = (f"{_BASE}#",)

    def address(self, topic: str) -> Address | None:
        if not topic.startswith(_BASE):
            return None
        name = topic[len(_BASE) :]
        if name.endswith(_BRIDGE_STATE) and name.removesuffix(_BRIDGE_STATE)[-1:] in {"", "/"}:
            return Address(self.name, name.removesuffix("/state"))
        name = name.removesuffix(_AVAILABILITY)
        if not name or name.endswith(_REQUESTS) or "bridge" in name.split("/")[:-1] or "\0" in name:
            return None
        return Address(self.name, name)

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.address(topic)
        if address is None:
            raise UnreadablePayloadError("No message of this family has this topic.")
        if topic.endswith((_AVAILABILITY, _BRIDGE_STATE)):
            return Message(address=address, readings=(_online(payload),))
        try:
            said = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadablePayloadError("It is not JSON.") from error
        if not isinstance(said, dict):
            raise UnreadablePayloadError("It is not a JSON object.")
        return Message(address=address, readings=tuple(_readings(said)))

    def ack_topic(self, address: Address) -> str | None:  # noqa: ARG002 - the family has no down topic
        return None

    def ack_payload(self, message: Message) -> bytes:  # noqa: ARG002 - as above
        return b""

    def request(self, address: Address, channel: str, said: Mapping[str, str | float]) -> tuple[str, bytes] | None:  # noqa: ARG002 - as above
        return None

    def highest_kind(self, topic: str) -> Kind:
        return Kind.ONLINE if topic.endswith((_AVAILABILITY, _BRIDGE_STATE)) else Kind.UNKNOWN


def _readings(said: dict[str, Any]) -> list[Reading]:
    readings: list[Reading] = []
    action = said.get("action")
    if action is not None and str(action) not in _RELEASES:
        readings.append(Reading(kind=Kind.PRESS, value=1.0, text=str(action)[:32]))
    for field, read in _FIELDS.items():
        if said.get(field) is None:
            continue
        try:
            readings.append(read(said[field]))
        except _NotAStateError:
            # One odd field does not cost the others.
            readings.append(Reading(kind=Kind.UNKNOWN, text=field))
    return readings or [Reading(kind=Kind.HEARTBEAT, value=1.0)]


def _online(payload: bytes) -> Reading:
    """Read ``online`` (Zigbee2MQTT 1.x) or ``{"state": "online"}`` (2.x)."""
    text: Any = payload.decode("utf-8", "replace")
    if payload.startswith(b"{"):
        try:
            text = msgspec.json.decode(payload).get("state")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadablePayloadError("It is not JSON.") from error
    if text not in {"online", "offline"}:
        raise UnreadablePayloadError("An availability is online or offline.")
    return Reading(kind=Kind.ONLINE, value=float(text == "online"))


FAMILY = Zigbee2Mqtt()
