"""Sensors behind Zigbee2MQTT: motion, doors, SOS buttons, beds, smoke, gas, leaks.

Topics are ``zigbee2mqtt/<friendly name>``; the name may hold slashes, spaces and any letters. Where several homes share
a broker, each has a base topic below ours (``zigbee2mqtt/home-1``), so that the home is the first part of every name.
The payload is the whole state of the device as a JSON object. Source: Zigbee2MQTT, usage/mqtt_topics_and_messages.
"""

from devices.family import Address, Message, OneWay, Own, UnreadablePayloadError
from devices.fields import (
    FieldReader,
    alive,
    availability,
    battery,
    danger,
    flag,
    json_object,
    press,
    quantity,
    readings,
)
from devices.observation import Kind, Reading

_BASE = "zigbee2mqtt/"
_AVAILABILITY = "/availability"
_BRIDGE = "bridge"
_BRIDGE_STATE = "bridge/state"
#: Requests to a device, not words of one.
_REQUESTS = ("/set", "/get")

_FIELDS: dict[str, FieldReader] = {
    "action": press(),
    "smoke": danger(Kind.SMOKE),
    "gas": danger(Kind.GAS),
    "carbon_monoxide": danger(Kind.CARBON_MONOXIDE),
    "water_leak": flag(Kind.LEAK),
    "occupancy": flag(Kind.MOTION),
    # A radar: told again whenever the distance or the light changes.
    "presence": flag(Kind.PRESENCE),
    # On a door, a bed or a chair: somebody moves.
    "vibration": flag(Kind.MOTION),
    # Zigbee2MQTT: contact true means closed. Ours: door 1.0 means open.
    "contact": flag(Kind.DOOR, inverted=True),
    "tamper": flag(Kind.TAMPER),
    "power": quantity(Kind.POWER, "W"),
    "temperature": quantity(Kind.ROOM_TEMPERATURE, "Cel"),
    "battery": battery,
}


class Zigbee2Mqtt(OneWay):
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

    def own(self, address: Address) -> Own:
        # A bridge speaks for every device below its base topic, and listens there for what it is asked.
        if address.name.split("/")[-1] == _BRIDGE:
            base = f"{_BASE}{address.name.removesuffix(_BRIDGE)}"
            return Own((f"{base}#",), (f"{base}#",))
        return Own((f"{_BASE}{address.name}", f"{_BASE}{address.name}{_AVAILABILITY}"))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        if topic.endswith((_AVAILABILITY, _BRIDGE_STATE)):
            return Message(address=address, readings=(_online(payload),))
        return Message(address=address, readings=alive(readings(json_object(payload), _FIELDS)))

    def highest_kind(self, topic: str) -> Kind:
        return Kind.ONLINE if topic.endswith((_AVAILABILITY, _BRIDGE_STATE)) else Kind.UNKNOWN


def _online(payload: bytes) -> Reading:
    """Read ``online`` (Zigbee2MQTT 1.x) or ``{"state": "online"}`` (2.x)."""
    if not payload.startswith(b"{"):
        return availability(payload)
    said = json_object(payload).get("state")
    if not isinstance(said, str):
        raise UnreadablePayloadError("An availability is online or offline.")
    return availability(said.encode())


FAMILY = Zigbee2Mqtt()
