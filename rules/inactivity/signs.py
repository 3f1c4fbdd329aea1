"""What counts as a sign of life, and since when."""

from datetime import datetime

from devices.observation import Kind, Observation, Quality
from rules.inactivity.settings import InactivitySettings
from rules.places import MOVEMENT, is_one_of

_MEASURED = frozenset(
    {Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.PULSE, Kind.SPO2, Kind.TEMPERATURE, Kind.GLUCOSE, Kind.WEIGHT, Kind.BODY_WATER}
)
#: Their end is nobody's doing: a timer or a thermostat ends them, or a radar that loses who lies still.
ENDS_ALONE = MOVEMENT | {Kind.APPLIANCE}
_SAID = frozenset({Kind.PRESS, Kind.AWAY, Kind.ANSWER, Kind.QUESTIONNAIRE})
_FURNITURE = frozenset({Kind.BED, Kind.CHAIR})
_INDOORS = MOVEMENT | _FURNITURE | {Kind.APPLIANCE}
KINDS = _INDOORS | {Kind.DOOR} | _SAID | _MEASURED


def is_sign(observation: Observation) -> bool:
    """Say whether somebody did something.

    A motion sensor that clears says nothing, nor does a kettle that is done. A door that closes does, and a bed left.
    """
    return observation.value == 1 or observation.kind not in ENDS_ALONE


def seen_at(observation: Observation) -> datetime:
    """Return when it was: on arrival, but a message that was kept back counts from when it was sent."""
    if Quality.LATE in observation.quality:
        return min(observation.received_at, observation.at)
    return observation.received_at


def is_way_out(observation: Observation, settings: InactivitySettings) -> bool:
    """Say whether it was a door through which one can leave."""
    return observation.kind is Kind.DOOR and not is_one_of(observation.room, settings.inner_doors)


def is_everyday(observation: Observation, settings: InactivitySettings) -> bool:
    """Say whether it came from a sensor of everyday life: motion, a bed, a door inside; a pendant is none."""
    return observation.kind in _INDOORS or (observation.kind is Kind.DOOR and not is_way_out(observation, settings))
