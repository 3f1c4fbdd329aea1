"""A recorded message without what points at a device, a home or a person."""

import re
from typing import Any, Final

import msgspec

from devices.family import Address, Family
from devices.grades import Sample, values
from devices.observation import Kind

#: Keys whose values name a thing, a place or a person.
_NAMES: Final = re.compile(
    r"(^id$|_id$|ids$|mac|eui|addr|ssid|^ip|latitude|longitude|serial|user|name|key)", re.IGNORECASE
)
_HIDDEN: Final = "hidden"
#: What stands for a measured value; nobody's.
_TYPICAL: Final = {
    Kind.SYSTOLIC: 142.0,
    Kind.DIASTOLIC: 91.0,
    Kind.PULSE: 71.0,
    Kind.SPO2: 97.0,
    Kind.TEMPERATURE: 36.8,
    Kind.GLUCOSE: 6.1,
    Kind.WEIGHT: 71.5,
    Kind.BODY_WATER: 55.0,
    Kind.RESPIRATION: 16.0,
}
#: What is never shown: what a body did is not made anonymous by another name.
_NEVER: Final = frozenset({Kind.ACCELERATION})


def redacted(family: Family, topic: str, payload: bytes) -> Sample | None:
    """Return a recorded message with other names and values, or None when it cannot be made harmless.

    Raises UnreadablePayloadError.
    """
    message = family.decode(topic, payload)
    measured = {one.value: _TYPICAL[one.kind] for one in message.readings if one.kind in _TYPICAL and one.value}
    if any(one.kind in _NEVER or (one.text and one.kind is not Kind.PRESS) for one in message.readings):
        return None
    said = _json(payload)
    clean = _clean(said, measured, message.address)
    other_topic = topic.replace(message.address.name, _other_name(message.address))
    sample = Sample(other_topic, clean, {})
    reads = values(family.decode(other_topic, sample.raw))
    kept = {one.value for one in message.readings if one.kind in _TYPICAL} & set(reads.values()) - set(
        _TYPICAL.values()
    )
    return None if kept else Sample(other_topic, clean, reads)


def _json(payload: bytes) -> Any:
    try:
        said = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    return said if isinstance(said, dict | list) else payload.decode("utf-8", "replace")


def _clean(said: Any, measured: dict[float, float], address: Address) -> Any:
    if isinstance(said, dict):
        return {
            key: _HIDDEN if _NAMES.search(key) and isinstance(value, str) else _clean(value, measured, address)
            for key, value in said.items()
        }
    if isinstance(said, list):
        return [_clean(one, measured, address) for one in said]
    if isinstance(said, str):
        return said.replace(address.name, _other_name(address))
    if isinstance(said, int | float) and not isinstance(said, bool):
        return measured.get(said, said)
    return said


def _other_name(address: Address) -> str:
    """Return a name of the same form: digits and letters in the place of digits and letters."""
    form = re.sub(r"[0-9a-fA-F]", "0", address.name) if re.fullmatch(r"[0-9a-fA-F]{12,16}", address.name) else None
    return form or "/".join(f"{address.family}-{number}" for number, _ in enumerate(address.name.split("/"), 1))
