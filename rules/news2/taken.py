"""What was taken together, until it is scored."""

from typing import NamedTuple

import msgspec

from devices.observation import Kind, Observation
from rules.limits.judge import readable
from rules.news2.score import Consciousness, Risk, Vitals

#: In the order of the chart.
PARAMETERS = (
    Kind.RESPIRATION,
    Kind.SPO2,
    Kind.OXYGEN,
    Kind.SYSTOLIC,
    Kind.PULSE,
    Kind.CONSCIOUSNESS,
    Kind.TEMPERATURE,
)
#: Only a person who takes a score says these; anything else may come from a sensor that is always worn.
SAID_BY_A_PERSON = frozenset({Kind.OXYGEN, Kind.CONSCIOUSNESS})
#: So many of the seven are no coincidence of a cuff and a worn sensor.
FEWEST = 4


class Taken(NamedTuple):
    """One parameter: when it was taken (epoch seconds), its value in the unit of the chart, journal position."""

    at: float
    value: float
    id: int


class News2State(msgspec.Struct):
    """One value for each parameter. Times are epoch seconds; those of arrival decide how long a set stays open."""

    taken: dict[str, Taken] = msgspec.field(default_factory=dict)
    #: When somebody began to take a score, 0 while nobody does; and when the last of its values came.
    opened: float = 0.0
    last: float = 0.0
    #: The gravest band that was told of the open set.
    told: Risk = Risk.LOW
    #: A score was told and none below came since.
    raised: bool = False


def value_of(observation: Observation) -> float | None:
    """Return the value in the unit of the chart, None when it cannot be used: then the parameter is missing."""
    if observation.kind in SAID_BY_A_PERSON:
        return observation.value if observation.value in {0.0, 1.0} else None
    value = readable(observation)
    return value if isinstance(value, float) else None


def take(state: News2State, kind: Kind, new: Taken, together_s: float) -> bool:
    """Put ``new`` beside what was taken within ``together_s`` of it; return whether it is part of the set.

    The newest value of a parameter counts. What is older than the rest is left while a set is open; otherwise it may
    be the first to arrive after a clock was set right, and the rest is let go.
    """
    newest = max((one.at for one in state.taken.values()), default=new.at)
    if new.at < newest - together_s:
        if state.opened:
            return False
        state.taken.clear()
    state.taken = {name: one for name, one in state.taken.items() if one.at >= new.at - together_s}
    before = state.taken.get(kind)
    if before is not None and before.at > new.at:
        return False
    state.taken[kind] = new
    return True


def is_being_scored(state: News2State) -> bool:
    """Say whether somebody takes a score, rather than a sensor its readings."""
    return len(state.taken) >= FEWEST or not SAID_BY_A_PERSON.isdisjoint(state.taken)


def vitals(state: News2State, *, scale_2: bool) -> Vitals:
    """Return what was taken; what was not is None and never a default."""
    value = {name: one.value for name, one in state.taken.items()}
    oxygen, alert = value.get(Kind.OXYGEN), value.get(Kind.CONSCIOUSNESS)
    return Vitals(
        respiration=value.get(Kind.RESPIRATION),
        spo2=value.get(Kind.SPO2),
        on_oxygen=None if oxygen is None else oxygen == 1.0,
        systolic=value.get(Kind.SYSTOLIC),
        pulse=value.get(Kind.PULSE),
        consciousness=None if alert is None else Consciousness.ALERT if alert else Consciousness.CONFUSION,
        temperature=value.get(Kind.TEMPERATURE),
        scale_2=scale_2,
    )


def close(state: News2State) -> None:
    """Let the set go: the next score is taken anew."""
    state.taken, state.opened, state.last, state.told = {}, 0.0, 0.0, Risk.LOW
