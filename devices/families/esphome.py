"""ESPHome nodes by MQTT, with ``topic_prefix: esphome/<node>``.

``esphome/<node>/binary_sensor/<name>/state`` is ON or OFF and a device of its own, named ``<node>/<name>``: one node
may watch a door, a bed and a button. ``esphome/<node>/event/<name>/state`` is a button's event.
``esphome/<node>/status`` is online or offline and speaks for the node, as does ``sensor/battery``. Source: ESPHome
documentation, MQTT Client Component.
"""

import re

from devices.family import Address, Message, OneWay, Own, UnreadablePayloadError
from devices.fields import FieldError, availability, json_object, press, state
from devices.observation import Kind, Reading

_TOPIC = re.compile(r"esphome/([^/\0]+)/(?:(status)|(binary_sensor|event|sensor)/([^/\0]+)/state)")
_BATTERY = "battery"
#: What a sensor without a value says; the word depends on the option ``publish_nan_as_none``.
_NOTHING_YET = frozenset({b"nan", b"None"})
_press = press()


class EspHome(OneWay):
    """ESPHome nodes. They number nothing and wait for no ack."""

    name = "esphome"
    filters = ("esphome/+/status", "esphome/+/+/+/state")

    def address(self, topic: str) -> Address | None:
        found = _TOPIC.fullmatch(topic)
        if found is None:
            return None
        node, status, sort, name = found.groups()
        if status or (sort == "sensor" and name == _BATTERY):
            return Address(self.name, node)
        # Numbers that are not the battery (illuminance, voltage) are no part of what Hemvakt watches.
        return None if sort == "sensor" else Address(self.name, f"{node}/{name}")

    def own(self, address: Address) -> Own:
        # The node holds the connection for all of its sensors.
        node = address.name.split("/")[0]
        return Own((f"esphome/{node}/status", f"esphome/{node}/+/+/state"))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        if topic.endswith("/status"):
            reading = availability(payload)
        elif topic.endswith(f"/sensor/{_BATTERY}/state"):
            reading = _battery(payload)
        elif "/event/" in topic:
            reading = _press(json_object(payload).get("event_type", "")) or Reading(kind=Kind.HEARTBEAT, value=1.0)
        else:
            reading = _switch(payload)
        return Message(address=address, readings=(reading,))

    def highest_kind(self, topic: str) -> Kind:
        return Kind.ONLINE if topic.endswith("/status") else Kind.UNKNOWN


def _battery(payload: bytes) -> Reading:
    if payload in _NOTHING_YET:
        return Reading(kind=Kind.HEARTBEAT, value=1.0)
    try:
        return Reading(kind=Kind.BATTERY, value=float(payload.decode("ascii")), unit="%")
    except ValueError as error:
        raise UnreadablePayloadError("A battery is a number.") from error


def _switch(payload: bytes) -> Reading:
    try:
        return Reading(kind=Kind.SWITCH, value=state(payload.decode("utf-8", "replace")))
    except FieldError as error:
        raise UnreadablePayloadError("A binary sensor is ON or OFF.") from error


FAMILY = EspHome()
