"""What network servers for LoRaWAN have in common: counted uplinks whose payload a codec has made into fields.

The codec runs in the network server; its field names are those of the makers' published codecs (Milesight
SensorDecoders: WS101, WS301, WS202, WS203, EM300-SLD, VS370; Dragino dragino-end-node-decoder: LDS02, LWL02, LDS03A,
TrackerD).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from devices.fields import RELEASES, YES_NO, FieldReader, Words, alive, battery, danger, flag, press, readings
from devices.observation import Kind, Reading

_OPEN = Words(YES_NO.yes | {"open"}, YES_NO.no | {"close", "closed"})
_SEEN = Words(YES_NO.yes | {"trigger", "triggered", "occupied"}, YES_NO.no | {"normal", "idle", "vacant"})
_WET = Words(YES_NO.yes | {"leak", "alarm"}, YES_NO.no | {"normal"})
_SMOKE = Words(YES_NO.yes | {"alarm"}, YES_NO.no | {"normal"})
#: A codec that tells a button's state also tells that it is at rest.
_press = press(RELEASES | {"FALSE", "False", "false", "0", "none", "normal"})

_FIELDS: dict[str, FieldReader] = {
    "press": _press,
    "button": _press,
    "button_event": _press,
    "sos": _press,
    "sos_event": _press,
    "alarm_status": _press,
    "pir": flag(Kind.MOTION, _SEEN),
    "occupancy": flag(Kind.PRESENCE, _SEEN),
    "motion": flag(Kind.MOTION, _SEEN),
    "magnet_status": flag(Kind.DOOR, _OPEN),
    "door": flag(Kind.DOOR, _OPEN),
    "door_open_status": flag(Kind.DOOR, _OPEN),
    "leakage_status": flag(Kind.LEAK, _WET),
    "water_leak": flag(Kind.LEAK, _WET),
    "water_leak_status": flag(Kind.LEAK, _WET),
    "smoke": danger(Kind.SMOKE, _SMOKE),
    "smoke_status": danger(Kind.SMOKE, _SMOKE),
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


def numbered(session: Any, heard_at: Any, counter: Any) -> tuple[str, int | None]:
    """Return ``boot`` and ``seq`` of an uplink; ``seq`` is None where nothing tells it from every other.

    A device that is activated by personalisation keeps its session for life and may count from 0 again after each new
    battery (LoRaWAN 1.0.x; the network server must be told to bear it), and its presses are not those of last year.
    So an uplink is numbered only where the network server says when it heard it: the intake compares that too
    (``gateway/sameness.py``).
    """
    counted = isinstance(counter, int) and not isinstance(counter, bool) and 0 <= counter < 2**32
    if not counted or network_time(heard_at) is None:
        return "", None
    return str(session)[:64], counter
