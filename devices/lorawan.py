"""What network servers for LoRaWAN have in common: counted uplinks whose payload a codec has made into fields.

The codec runs in the network server; its field names are those of the makers' published codecs (Milesight
SensorDecoders: WS101, WS301, WS202, WS203, EM300-SLD, VS370; Dragino dragino-end-node-decoder: LDS02, LWL02, LDS03A).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from devices.fields import FieldReader, alive, battery, danger, flag, press, readings
from devices.observation import Kind, Reading

_FIELDS: dict[str, FieldReader] = {
    "press": press,
    "button": press,
    "button_event": press,
    "sos": press,
    "sos_event": press,
    "alarm_status": press,
    "pir": flag(Kind.MOTION),
    "occupancy": flag(Kind.MOTION),
    "motion": flag(Kind.MOTION),
    "magnet_status": flag(Kind.DOOR),
    "door": flag(Kind.DOOR),
    "door_open_status": flag(Kind.DOOR),
    "leakage_status": flag(Kind.LEAK),
    "water_leak": flag(Kind.LEAK),
    "water_leak_status": flag(Kind.LEAK),
    "smoke": danger(Kind.SMOKE),
    "smoke_status": danger(Kind.SMOKE),
    "battery": battery,
}


def decoded(fields: Any, time: datetime | None) -> tuple[Reading, ...]:
    """Return what a codec's fields say; an uplink without any is a sign of life."""
    said = {name.lower(): value for name, value in fields.items()} if isinstance(fields, Mapping) else {}
    return tuple(msgspec.structs.replace(one, time=time) for one in alive(readings(said, _FIELDS)))


def network_time(text: Any) -> datetime | None:
    """Return a network server's time, which has nanoseconds, or None where it cannot be read."""
    try:
        time = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    return None if time.tzinfo is None else time


def counter(value: Any) -> int | None:
    """Return an uplink's frame counter (LoRaWAN 1.0.x: 32 bits), or None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32 else None
