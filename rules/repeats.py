"""Whether the state that a sensor tells is news.

Many sensors tell their state again and again: Zigbee2MQTT publishes the whole state of a device with every report of
its battery, an Aqara contact reports about every 50 minutes whatever happens, a radar says "somebody is there" every
few seconds of a person who lies still. A door that is still closed is nobody's doing, and taken for a sign of life it
would hide that somebody has not moved since yesterday.
"""

from typing import Final

import msgspec

from devices.observation import Kind, Observation, Quality

#: Kinds that tell how something is, not that something happened. Motion is none: a detector tells it anew when it sees
#: somebody move again.
STATES: Final = frozenset({Kind.DOOR, Kind.PRESENCE, Kind.BED, Kind.CHAIR, Kind.APPLIANCE})


class Told(msgspec.Struct, array_like=True):
    """What a sensor told last, and whether it has ever told that it was off."""

    on: bool
    both: bool


class Repeats:
    """The last state that each sensor told. ``told`` is device -> kind -> state; it belongs into a snapshot."""

    def __init__(self, told: dict[str, dict[Kind, Told]]) -> None:
        self.told = told

    def has(self, observation: Observation) -> bool:
        """Take a state up, and say whether it was told before."""
        late = Quality.LATE in observation.quality
        return self.told_again(observation.device, observation.kind, observation.value, late=late)

    def told_again(self, device: str, kind: Kind, value: float | None, *, late: bool) -> bool:
        """Take a state up, and say whether it was told before.

        A sensor that has never told that it was off tells events: some door sensors say only that they were opened. A
        first word that all is closed is no news, since nothing is known to have happened. What comes late is in no
        order with the rest, and changes nothing here.
        """
        if kind not in STATES or value not in {0.0, 1.0} or late:
            return False
        on = value == 1.0
        states = self.told.setdefault(device, {})
        last = states.get(kind)
        states[kind] = Told(on, not on or (last is not None and last.both))
        if last is None:
            return not on
        return last.on is on and last.both
