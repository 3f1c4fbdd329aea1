"""What a device means by what it says, which depends on what it was installed as.

The input of a Shelly, a Tasmota or an ESPHome is whatever the technician wired to it; a pad under a mattress speaks as
a contact or as somebody's presence; and only an appliance that somebody switches on tells of a person by its power.
"""

from typing import Final

import msgspec

from devices.observation import Kind, Reading

_PADS: Final = {"bed": Kind.BED, "chair": Kind.CHAIR}
#: Kind of device, as it was installed -> what its contact says when it is on.
MEANINGS: dict[str, Kind] = {
    "pir": Kind.MOTION,
    "door": Kind.DOOR,
    "sos": Kind.PRESS,
    "button": Kind.PRESS,
    "pendant": Kind.PRESS,
    "smoke": Kind.SMOKE,
    "gas": Kind.GAS,
    "carbon_monoxide": Kind.CARBON_MONOXIDE,
    "leak": Kind.LEAK,
    **_PADS,
}
#: More than what standby may take, networked too (8 W, Commission Regulation (EU) 2023/826).
IN_USE_W: Final = 15.0


def as_installed(reading: Reading, device_kind: str) -> Reading:
    """Return what ``reading`` means of a device that was installed as ``device_kind``."""
    meaning = _meaning(reading.kind, device_kind)
    if meaning is None or reading.value is None:
        return reading
    if meaning is Kind.PRESS and reading.value == 0.0:
        # A button that is let go is a sign of life, no press.
        return Reading(kind=Kind.HEARTBEAT, value=1.0, time=reading.time)
    if reading.kind is Kind.POWER:
        return Reading(kind=meaning, value=float(reading.value >= IN_USE_W), time=reading.time)
    # A pad's contact is closed, which a door would call 0, while somebody lies on it.
    value = 1.0 - reading.value if reading.kind is Kind.DOOR else reading.value
    return msgspec.structs.replace(reading, kind=meaning, value=value)


def _meaning(said: Kind, device_kind: str) -> Kind | None:
    if said is Kind.SWITCH:
        return MEANINGS.get(device_kind)
    if said in {Kind.PRESENCE, Kind.DOOR}:
        return _PADS.get(device_kind)
    return Kind.APPLIANCE if said is Kind.POWER and device_kind == Kind.APPLIANCE.value else None
