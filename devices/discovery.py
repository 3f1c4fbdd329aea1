"""What devices announce of themselves by Home Assistant's MQTT discovery: name, model, state topic, likely kind.

``homeassistant/<component>/[<node>/]<object>/config`` announces one thing; with ``device`` as component it announces a
device with all of its components. Announcements are retained, and an empty payload takes one back. They propose what a
device is; what it says is read by its family, or by nobody. Sources: Home Assistant documentation, MQTT, "MQTT
Discovery"; abbreviations: home-assistant/core, ``components/mqtt/abbreviations.py``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from devices.family import UnreadablePayloadError
from devices.fields import json_object

#: MQTT topic filters to subscribe to.
FILTERS: Final = ("homeassistant/+/+/config", "homeassistant/+/+/+/config")
_TOPIC: Final = re.compile(r"homeassistant/([a-z_]{1,32})/(?:[A-Za-z0-9_-]+/)?([A-Za-z0-9_-]+)/config")
#: What the table of announcements holds of a topic; longer ones are passed over.
LONGEST_TOPIC: Final = 255
_MOST_PARTS: Final = 256
_LONGEST_TEXT: Final = 120

#: Only what is read here.
_LONG_NAMES: Final = {
    "dev": "device",
    "cmps": "components",
    "p": "platform",
    "stat_t": "state_topic",
    "dev_cla": "device_class",
}
_LONG_DEVICE_NAMES: Final = {"ids": "identifiers", "cns": "connections", "mf": "manufacturer", "mdl": "model"}

#: Device class of a binary sensor -> what such a device is called here.
_KINDS: Final = {
    "motion": "pir",
    "moving": "pir",
    "occupancy": "pir",
    "presence": "pir",
    "vibration": "pir",
    "door": "door",
    "garage_door": "door",
    "opening": "door",
    "window": "door",
    "smoke": "smoke",
    "gas": "gas",
    "carbon_monoxide": "carbon_monoxide",
    "moisture": "leak",
}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was announced. Texts are empty where nothing is said; ``name`` is that of the whole device.

    ``part`` is its name within the announcement, ``identifier`` what things of the same device share, ``kind`` the
    likely kind of device.
    """

    part: str
    identifier: str
    kind: str
    name: str
    model: str
    state_topic: str


def is_announcement(topic: str) -> bool:
    """Tell whether something is announced, or taken back, on this topic."""
    return len(topic) <= LONGEST_TOPIC and _TOPIC.fullmatch(topic) is not None


def read(topic: str, payload: bytes) -> tuple[Part, ...]:
    """Return what is announced on ``topic``; nothing when it is taken back. Raises UnreadablePayloadError."""
    found = _TOPIC.fullmatch(topic)
    if found is None or len(topic) > LONGEST_TOPIC:
        raise UnreadablePayloadError("Nothing is announced on this topic.")
    if not payload:
        return ()
    said = _long(json_object(payload), _LONG_NAMES)
    component, object_id = found.groups()
    if component != "device":
        return (_part("", component, object_id, said, said),)
    return tuple(_components(said))


def _components(said: Mapping[str, Any]) -> Iterator[Part]:
    parts = said.get("components")
    if not isinstance(parts, dict) or not isinstance(said.get("device"), dict):
        raise UnreadablePayloadError("A device is announced with its components.")
    if len(parts) > _MOST_PARTS:
        raise UnreadablePayloadError(f"It announces more than {_MOST_PARTS} components.")
    for key, described in parts.items():
        part = _long(described, _LONG_NAMES) if isinstance(described, dict) else {}
        # A component that says its platform only is taken back.
        if part.keys() - {"platform"}:
            yield _part(_text(key, 64), _text(part.get("platform")), key, part, said)


def _part(key: str, component: str, object_id: str, part: Mapping[str, Any], whole: Mapping[str, Any]) -> Part:
    """Describe one component; what it does not say itself is said by the ``whole``."""
    described = whole.get("device")
    device = _long(described, _LONG_DEVICE_NAMES) if isinstance(described, dict) else {}
    model = " ".join(filter(None, (_text(device.get("manufacturer")), _text(device.get("model")))))
    return Part(
        part=key,
        identifier=_identifier(device),
        kind=_kind(component, object_id, part),
        name=_text(device.get("name")) or _text(part.get("name")),
        model=_text(model),
        state_topic=_topic(part.get("state_topic", whole.get("state_topic")), part.get("~", whole.get("~"))),
    )


def _kind(component: str, object_id: str, part: Mapping[str, Any]) -> str:
    said = part.get("device_class")
    if component == "binary_sensor":
        return _KINDS.get(said, "") if isinstance(said, str) else ""
    # Zigbee2MQTT announces a button as a device automation or an event, formerly as a sensor named "action".
    is_button = (
        (component == "event" and said in {"button", "doorbell"})
        or (component == "device_automation" and isinstance(part.get("type"), str))
        or (component == "sensor" and object_id == "action")
    )
    return "sos" if is_button else ""


def _identifier(device: Mapping[str, Any]) -> str:
    for name in ("identifiers", "connections"):
        said = device.get(name)
        while isinstance(said, list) and said:
            said = said[-1] if name == "connections" else said[0]
        if isinstance(said, str | int):
            return _text(str(said))
    return ""


def _topic(said: Any, base: Any) -> str:
    """Return a topic written out, or nothing when none can be subscribed to by this name."""
    if not isinstance(said, str):
        return ""
    if isinstance(base, str):
        if said.startswith("~"):
            said = f"{base}{said[1:]}"
        elif said.endswith("~"):
            said = f"{said[:-1]}{base}"
    is_plain = len(said) <= LONGEST_TOPIC and said.isprintable() and not set("+#") & set(said)
    return said if is_plain else ""


def _long(said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in said.items()}


def _text(said: Any, longest: int = _LONGEST_TEXT) -> str:
    """Return a text to show to a technician: one line, of bounded length, without signs that cannot be seen."""
    if not isinstance(said, str):
        return ""
    return "".join(sign for sign in said[: 4 * longest] if sign.isprintable())[:longest].strip()
