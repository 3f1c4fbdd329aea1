"""Bluetooth sensors heard by a Theengs gateway or OpenMQTTGateway.

Topics are ``home/<gateway>/BTtoMQTT/<id>``, where the id is the sensor's address without colons; whichever gateway
hears it, it is the same device. What is shouted in the clear can be shouted by anybody, so a button heard this way is
no press: an encrypted BTHome button by the home hub is. Source: Theengs decoder documentation, device properties.
"""

import re
from typing import Any

from devices.family import Address, Message, OneWay, Own
from devices.fields import FieldError, FieldReader, alive, battery, flag, json_object, number, readings
from devices.observation import Kind, Reading

_TOPIC = re.compile(r"home/[^/\0]+/BTtoMQTT/([0-9A-Fa-f]{12})")

_FIELDS: dict[str, FieldReader] = {
    "open": flag(Kind.DOOR),
    "motion": flag(Kind.MOTION),
    "presence": flag(Kind.PRESENCE),
    "batt": battery,
}


class Theengs(OneWay):
    """Bluetooth devices by their address. They number nothing and wait for no ack."""

    name = "theengs"
    filters = ("home/+/BTtoMQTT/+",)

    def address(self, topic: str) -> Address | None:
        found = _TOPIC.fullmatch(topic)
        return None if found is None else Address(self.name, found[1].upper())

    def own(self, address: Address) -> Own:
        return Own((f"home/+/BTtoMQTT/{address.name}",))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        said = json_object(payload)
        return Message(address=address, readings=alive(readings(said, _FIELDS) + _weight(said)))

    def highest_kind(self, topic: str) -> Kind:  # noqa: ARG002 - every topic is a sensor
        return Kind.UNKNOWN


def _weight(said: dict[str, Any]) -> list[Reading]:
    # A scale weighs suitcases too, and says so.
    if said.get("weighing_mode") != "person":
        return []
    unit = {"kg": "kg", "lb": "[lb_av]"}.get(str(said.get("unit")))

    def read(value: Any) -> Reading:
        if unit is None:
            raise FieldError
        return Reading(kind=Kind.WEIGHT, value=number(value), unit=unit)

    return readings(said, {"weight": read})


FAMILY = Theengs()
