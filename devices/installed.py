"""What a switch means: the input of a Shelly, a Tasmota or an ESPHome is whatever the technician wired to it."""

import msgspec

from devices.observation import Kind, Reading

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
}


def as_installed(reading: Reading, device_kind: str) -> Reading:
    """Return what a switch means for a device that was installed as ``device_kind``; any other reading as it is.

    A button that is let go is a sign of life, no press.
    """
    meaning = MEANINGS.get(device_kind) if reading.kind is Kind.SWITCH else None
    if meaning is None:
        return reading
    if meaning is Kind.PRESS and reading.value == 0.0:
        return Reading(kind=Kind.HEARTBEAT, value=1.0, time=reading.time)
    return msgspec.structs.replace(reading, kind=meaning)
