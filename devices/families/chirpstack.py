"""LoRaWAN sensors behind ChirpStack v4.

Events come on ``application/<id>/device/<DevEUI>/event/<event>``: ``up`` with the fields of the device profile's
codec, ``status`` with the battery, ``join``. The frame counter numbers uplinks: see
``devices.lorawan.numbered``. Source: ChirpStack documentation, Integrations, Event types.
"""

import re
from typing import Any

from devices.family import Address, Message, OneWay, Own
from devices.fields import alive, battery, json_object, readings
from devices.lorawan import decoded, network_time, numbered
from devices.observation import Kind, Reading

_TOPIC = re.compile(r"application/([^/\0]+)/device/([0-9a-fA-F]{16})/event/(up|status|join)")


class ChirpStack(OneWay):
    """Devices of a ChirpStack application, by their DevEUI."""

    name = "chirpstack"
    filters = tuple(f"application/+/device/+/event/{event}" for event in ("up", "status", "join"))

    def address(self, topic: str) -> Address | None:
        found = _TOPIC.fullmatch(topic)
        return None if found is None else Address(self.name, found[2].lower())

    def own(self, address: Address) -> Own:
        return Own((f"application/+/device/{address.name}/event/+",))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        said = json_object(payload)
        if not topic.endswith("/up"):
            return Message(address=address, readings=_status(said))
        boot, seq = numbered(said.get("devAddr", ""), said.get("time"), said.get("fCnt"))
        readings = decoded(said.get("object"), network_time(said.get("time")))
        return Message(address=address, readings=readings, boot=boot, seq=seq)

    def highest_kind(self, topic: str) -> Kind:
        return Kind.UNKNOWN if topic.endswith("/up") else Kind.HEARTBEAT


def _status(said: dict[str, Any]) -> tuple[Reading, ...]:
    if said.get("externalPowerSource") is True or said.get("batteryLevelUnavailable") is True:
        said = {}
    return alive(readings(said, {"batteryLevel": battery}))


FAMILY = ChirpStack()
