"""Whether the state that a sensor tells is news.

Many sensors tell their state again and again: Zigbee2MQTT publishes the whole state of a device with every report of
its battery, an Aqara contact reports about every 50 minutes whatever happens, a radar says "somebody is there" every
few seconds of a person who lies still. A door that is still closed is nobody's doing, and taken for a sign of life it
would hide that somebody has not moved since yesterday.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from devices.observation import Kind, Observation, Quality

#: Kinds that tell how something is, not that something happened.
STATES: Final = frozenset({Kind.DOOR, Kind.PRESENCE, Kind.BED, Kind.CHAIR, Kind.APPLIANCE})
#: A motion detector tells its state anew when it sees somebody move again. One that has not cleared for so long is
#: stuck, or sees a curtain: nobody moves for two hours without a pause of a minute or two. (Product default.)
LONGEST_MOTION: Final = timedelta(hours=2)
WATCHED: Final = STATES | {Kind.MOTION}


class Told(msgspec.Struct, array_like=True):
    """What a sensor told last, since when (epoch s of arrival), and whether it has ever told that it was off."""

    on: bool
    both: bool
    since: float


class Repeats:
    """The last state that each sensor told. ``told`` is device -> kind -> state; it belongs into a snapshot."""

    def __init__(self, told: dict[str, dict[Kind, Told]]) -> None:
        self.told = told

    def has(self, observation: Observation) -> bool:
        """Take a state up, and say whether it was told before."""
        late = Quality.LATE in observation.quality
        return self.told_again(
            observation.device, observation.kind, observation.value, observation.received_at, late=late
        )

    def told_again(self, device: str, kind: Kind, value: float | None, at: datetime, *, late: bool) -> bool:
        """Take a state up, and say whether it was told before.

        A sensor that has never told that it was off tells events: some door sensors say only that they were opened. A
        first word that all is closed is no news, since nothing is known to have happened. What comes late is in no
        order with the rest, and changes nothing here.
        """
        if kind not in WATCHED or value not in {0.0, 1.0} or late:
            return False
        on = value == 1.0
        states = self.told.setdefault(device, {})
        last = states.get(kind)
        same = last is not None and last.on is on
        since = last.since if last is not None and same else at.timestamp()
        both = not on or (last is not None and last.both)
        states[kind] = Told(on, both, since)
        if last is None:
            return not on
        if kind is Kind.MOTION and on and at.timestamp() - since < LONGEST_MOTION.total_seconds():
            return False
        return same and both
