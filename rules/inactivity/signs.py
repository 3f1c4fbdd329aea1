"""What counts as a sign of life, and since when."""

from datetime import datetime

from devices.observation import Kind, Observation, Quality
from rules.inactivity.settings import InactivitySettings
from rules.places import is_one_of

_MEASURED = frozenset(
    {Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.PULSE, Kind.SPO2, Kind.TEMPERATURE, Kind.GLUCOSE, Kind.WEIGHT, Kind.BODY_WATER}
)
_SAID = frozenset({Kind.PRESS, Kind.AWAY, Kind.ANSWER, Kind.QUESTIONNAIRE})
KINDS = frozenset({Kind.MOTION, Kind.DOOR}) | _SAID | _MEASURED


def is_sign(observation: Observation) -> bool:
    """Say whether somebody did something; a motion sensor that clears says nothing, a door that closes does."""
    return observation.kind is not Kind.MOTION or observation.value == 1


def seen_at(observation: Observation) -> datetime:
    """Return when it was: on arrival, but a message that was kept back counts from when it was sent."""
    if Quality.LATE in observation.quality:
        return min(observation.received_at, observation.at)
    return observation.received_at


def is_way_out(observation: Observation, settings: InactivitySettings) -> bool:
    """Say whether it was a door through which one can leave."""
    return observation.kind is Kind.DOOR and not is_one_of(observation.room, settings.inner_doors)


def is_everyday(observation: Observation, settings: InactivitySettings) -> bool:
    """Say whether it came from a sensor of everyday life: motion, or a door inside. A pendant or a scale is none."""
    return observation.kind is Kind.MOTION or (observation.kind is Kind.DOOR and not is_way_out(observation, settings))
