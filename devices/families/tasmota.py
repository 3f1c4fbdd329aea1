"""Sensors on Tasmota devices: switches and buttons wired to an ESP chip, and Zigbee devices behind a Tasmota bridge.

Topics are ``tele/<topic>/SENSOR``, ``tele/<topic>/STATE``, ``tele/<topic>/LWT`` and ``stat/<topic>/RESULT``, the
order of Tasmota's default ``FullTopic``. What a switch means is what the device was installed as. A Zigbee device
behind a bridge speaks on the bridge's topic; here it speaks as the bridge. Sources: Tasmota documentation, pages
MQTT, Buttons and Switches, Zigbee.
"""

import re
from collections.abc import Mapping
from typing import Any

from devices.family import Address, Message, OneWay, Own
from devices.fields import (
    FieldReader,
    alive,
    availability,
    battery,
    danger,
    flag,
    json_object,
    number,
    press,
    readings,
)
from devices.observation import Kind, Reading

_TOPIC = re.compile(r"(?:tele/([^/\0]+)/(?:SENSOR|STATE|LWT)|stat/([^/\0]+)/RESULT)")
_SWITCH = re.compile(r"Switch\d{1,2}")
_BUTTON = re.compile(r"Button\d{1,2}")

#: ``NONE`` is a button that nobody holds any more, ``0`` a panic button at rest.
_press = press(frozenset({"", "NONE", "0"}))
#: Of a Zigbee device behind a bridge. Contact 1 is open (Tasmota, Zigbee: ``Contact`` is ZoneStatus bit 0).
_ZIGBEE: dict[str, FieldReader] = {
    "Occupancy": flag(Kind.MOTION),
    "Contact": flag(Kind.DOOR),
    "Water": flag(Kind.LEAK),
    "Fire": danger(Kind.SMOKE),
    "CO": danger(Kind.CARBON_MONOXIDE),
    "Panic": _press,
    "Tamper": flag(Kind.TAMPER),
    "BatteryPercentage": battery,
}


class Tasmota(OneWay):
    """Devices with Tasmota firmware. They number nothing and wait for no ack."""

    name = "tasmota"
    filters = ("tele/+/SENSOR", "tele/+/STATE", "tele/+/LWT", "stat/+/RESULT")

    def address(self, topic: str) -> Address | None:
        found = _TOPIC.fullmatch(topic)
        return None if found is None else Address(self.name, found[1] or found[2])

    def own(self, address: Address) -> Own:
        return Own((f"tele/{address.name}/+", f"stat/{address.name}/+"), (f"cmnd/{address.name}/+",))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        if topic.endswith("/LWT"):
            return Message(address=address, readings=(availability(payload, "Online", "Offline"),))
        said = json_object(payload)
        found = [*_inputs(said), *_power(said.get("ENERGY")), *_zigbee(said.get("ZbReceived"))]
        return Message(address=address, readings=alive(found))

    def highest_kind(self, topic: str) -> Kind:
        return Kind.ONLINE if topic.endswith("/LWT") else Kind.UNKNOWN


def _inputs(said: Mapping[str, Any]) -> list[Reading]:
    table = {name: flag(Kind.SWITCH) for name in said if _SWITCH.fullmatch(name)}
    found = readings({name: _level(said[name]) for name in table}, table)
    for name in filter(_BUTTON.fullmatch, said):
        action = said[name].get("Action") if isinstance(said[name], dict) else said[name]
        found += readings({name: action}, {name: _press})
    return found


def _level(value: Any) -> Any:
    # A switch in a mode with actions says {"Action":"ON"} (Tasmota, SwitchMode 11 and up).
    return value.get("Action", "") if isinstance(value, dict) else value


def _power(energy: Any) -> list[Reading]:
    power = energy.get("Power") if isinstance(energy, dict) else None
    return readings({"Power": power}, {"Power": _watts}) if power != [] else []


def _watts(value: Any) -> Reading:
    # A device with several channels tells the power of each.
    channels = value if isinstance(value, list) else [value]
    return Reading(kind=Kind.POWER, value=sum(number(one) for one in channels), unit="W")


def _zigbee(received: Any) -> list[Reading]:
    if not isinstance(received, dict):
        return []
    devices = [said for said in received.values() if isinstance(said, dict)]
    return [reading for said in devices for reading in readings(said, _ZIGBEE)]


FAMILY = Tasmota()
