"""What the limits rule remembers of one resident."""

from typing import NamedTuple

import msgspec


class Past(NamedTuple):
    """A measurement that was made: epoch seconds, value in the canonical unit, journal position."""

    at: float
    value: float
    id: int


class Repeat(NamedTuple):
    """A very high value that is to be measured again before ``until`` (epoch seconds)."""

    until: float
    value: float
    id: int


class LimitsState(msgspec.Struct):
    """Keys of the mappings are kinds and codes; nothing here grows with the number of messages."""

    #: The last three measurements per kind, oldest first.
    recent: dict[str, list[Past]] = msgspec.field(default_factory=dict)
    #: One weight a day (the day's last), at most 31, oldest first.
    weights: list[Past] = msgspec.field(default_factory=list)
    #: One value a day, as of the weights, of each kind whose slope matters for this person.
    daily: dict[str, list[Past]] = msgspec.field(default_factory=dict)
    #: What is wrong now, and what it is about: code -> kind.
    out: dict[str, str] = msgspec.field(default_factory=dict)
    #: When each code was last said (epoch seconds of arrival).
    said: dict[str, float] = msgspec.field(default_factory=dict)
    repeats: dict[str, Repeat] = msgspec.field(default_factory=dict)
    #: The last day (proleptic ordinal) that is settled, per expected measurement.
    settled: dict[str, int] = msgspec.field(default_factory=dict)
    #: The last day (proleptic ordinal) of which the resident was reminded, per expected measurement.
    reminded: dict[str, int] = msgspec.field(default_factory=dict)
    #: When the resident was last heard of (epoch seconds of arrival).
    heard: float = 0.0
