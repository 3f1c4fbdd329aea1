"""What devices say, in one canonical form."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What an observation is about. Values are stable: they are stored and travel in the API."""

    PRESS = "press"
    ACCELERATION = "acceleration"
    WEARING = "wearing"
    HEARTBEAT = "heartbeat"
    BATTERY = "battery"
    ONLINE = "online"
    TAMPER = "tamper"
    MOTION = "motion"
    #: A radar's "somebody is there", moving or not.
    PRESENCE = "presence"
    DOOR = "door"
    #: Somebody lies in the bed, sits in the chair: 1, or has left it: 0.
    BED = "bed"
    CHAIR = "chair"
    #: An appliance that somebody switches on (a kettle, a stove, a television) is in use: 1, or not: 0.
    APPLIANCE = "appliance"
    #: Electric power of a plug (W), and the temperature of a room.
    POWER = "power"
    ROOM_TEMPERATURE = "room_temperature"
    SMOKE = "smoke"
    GAS = "gas"
    CARBON_MONOXIDE = "carbon_monoxide"
    LEAK = "leak"
    AWAY = "away"
    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    PULSE = "pulse"
    SPO2 = "spo2"
    TEMPERATURE = "temperature"
    GLUCOSE = "glucose"
    WEIGHT = "weight"
    BODY_WATER = "body_water"
    RESPIRATION = "respiration"
    #: Whether the person is given oxygen: 1 oxygen, 0 air.
    OXYGEN = "oxygen"
    #: 1 alert, 0 anything else: new confusion, reacts to voice or pain only, unresponsive (CVPU).
    CONSCIOUSNESS = "consciousness"
    #: A contact of a general device, on or off: what it means is what the device was installed as
    #: (``devices/installed.py``). It stays this where nobody has said what the device is.
    SWITCH = "switch"
    #: 1 when the cuff felt an irregular pulse in the measurement that it comes with, 0 when it did not.
    IRREGULAR_PULSE = "irregular_pulse"
    #: One answer; ``text`` is "questionnaire/question".
    QUESTIONNAIRE = "questionnaire"
    #: 1 when the wearer, asked by the device, says to be fine, 0 when help is wanted; ``text`` is what was asked about.
    ANSWER = "answer"
    #: Whether the device can ask its wearer.
    PROMPTS = "prompts"
    #: The device has heard what was said to it: ``text`` is the message, ``value`` its number.
    HEARD = "heard"
    #: What the gateway finds odd in how the device numbers its messages: ``text`` is a ``NumberingSign`` and the start
    #: that the message names, ``value`` its number, ``unit`` "s" when it carries a time and "1" when it does not.
    NUMBERING = "system.numbering"
    #: How many troubles a hub has; ``text`` is all of them, as "trouble" or "trouble/device", between spaces.
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    #: The gateway itself took up work (value absent). Journalled, so that a replay knows when nobody listened.
    RESUMED = "system.resumed"
    #: The gateway began to use a new roster (homes, devices, assignments, settings).
    ROSTER = "system.roster"


#: ``text`` of a state that anybody near the home may have sent: its sensor does not encrypt.
UNAUTHENTICATED = "unauthenticated"


class NumberingSign(StrEnum):
    """What is odd about the number of a message."""

    #: The device has started, or is another one: the start is not that of the message before.
    START = "start"
    #: Another message has the same number.
    SAME_NUMBER = "same_number"
    #: A new message with a number far below the highest of this start.
    FAR_BEHIND = "far_behind"
    #: A message that was heard before, from a start or a number that the device has left long ago.
    OLD_AGAIN = "old_again"


class Quality(StrEnum):
    """Why a value may not be what it seems. An observation is kept whatever its quality."""

    #: The device's clock is unset, in the future or too far in the past: ``received_at`` decides.
    CLOCK = "clock"
    #: Physically impossible for its kind.
    IMPOSSIBLE = "impossible"
    #: The device sent this while the broker was out of reach, or replayed it.
    LATE = "late"


class Acceleration(msgspec.Struct, frozen=True, kw_only=True):
    """A window of acceleration, as raw as it came.

    ``samples`` is little-endian int16, x y z interleaved (3 n values); one count is ``scale_g`` g.
    ``rate_hz`` is nominal, ``range_g`` the full scale, ``position`` one of waist, wrist, pendant.
    """

    samples: bytes
    rate_hz: float
    range_g: float
    scale_g: float
    position: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One value as a device family decodes it: no identity, no arrival yet.

    ``unit`` is UCUM. ``time`` is the device's own, kept as it came, or None where it has no clock.
    States (door, motion, bed, smoke, wearing, online) carry ``value`` 1.0 or 0.0.
    """

    kind: Kind
    value: float | None = None
    unit: str = "1"
    text: str = ""
    time: datetime | None = None
    acceleration: Acceleration | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that was accepted: who, where, when heard, and its place in the journal.

    ``id`` is the journal position, growing in order of arrival. ``received_at`` never goes back along ``id``.
    """

    id: int
    kind: Kind
    received_at: datetime
    time: datetime
    device: str = ""
    home: str = ""
    resident: str = ""
    room: str = ""
    value: float | None = None
    unit: str = "1"
    text: str = ""
    acceleration: Acceleration | None = None
    quality: frozenset[Quality] = frozenset()

    @property
    def at(self) -> datetime:
        """When it happened: the device's time unless its clock is not to be trusted."""
        return self.received_at if Quality.CLOCK in self.quality else self.time
