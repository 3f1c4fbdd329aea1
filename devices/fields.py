"""Fields of a device's JSON as readings: the words for yes and no that most families share, and what a field says.

A family holds a table from its own field names to readers of this module. A field that no table names is no part of
what Hemvakt watches and is passed over; one that is named and cannot be read is told, as ``Kind.UNKNOWN``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from devices.family import UnreadablePayloadError
from devices.observation import Kind, Reading

FieldReader = Callable[[Any], Reading | None]


class Words(NamedTuple):
    """What a field says for yes and for no; text in lower case, compared without case."""

    yes: frozenset[str | bool]
    no: frozenset[str | bool]


YES_NO: Final = Words(frozenset({True, "true", "on"}), frozenset({False, "false", "off"}))
#: A button that is let go says nothing new. Every other word is taken for a press, also one that nobody has heard of.
RELEASES: Final = frozenset({"", "release", "hold_release", "long_release", "off"})


class FieldError(Exception):
    """The value is not one that this field can have."""


def json_object(payload: bytes) -> dict[str, Any]:
    """Return the JSON object in ``payload``. Raises UnreadablePayloadError."""
    try:
        said = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadablePayloadError("It is not JSON.") from error
    if not isinstance(said, dict):
        raise UnreadablePayloadError("It is not a JSON object.")
    return said


def readings(said: Mapping[str, Any], table: Mapping[str, FieldReader]) -> list[Reading]:
    """Read every field of ``said`` that ``table`` names; one odd field does not cost the others."""
    found: list[Reading] = []
    for field, read in table.items():
        if said.get(field) is None:
            continue
        try:
            reading = read(said[field])
        except FieldError:
            reading = Reading(kind=Kind.UNKNOWN, text=field)
        if reading is not None:
            found.append(reading)
    return found


def alive(found: list[Reading]) -> tuple[Reading, ...]:
    """Return the readings; a message without any is still a sign of life."""
    return tuple(found) or (Reading(kind=Kind.HEARTBEAT, value=1.0),)


def state(value: Any, words: Words = YES_NO) -> float:
    """Return 1.0 for yes and 0.0 for no. Raises FieldError for anything else."""
    plain = value.lower() if isinstance(value, str) else value
    if isinstance(plain, str | bool | int | float):
        if plain in words.yes:
            return 1.0
        if plain in words.no:
            return 0.0
    raise FieldError


def flag(kind: Kind, words: Words = YES_NO, *, inverted: bool = False) -> FieldReader:
    """Read yes or no."""

    def read(value: Any) -> Reading:
        said = state(value, words)
        return Reading(kind=kind, value=1.0 - said if inverted else said)

    return read


def danger(kind: Kind, words: Words = YES_NO) -> FieldReader:
    """Read yes or no of a detector that says something unheard-of: it is believed to burn, not to be well."""

    def read(value: Any) -> Reading:
        try:
            return Reading(kind=kind, value=state(value, words))
        except FieldError:
            return Reading(kind=kind, value=1.0, text="unreadable")

    return read


def press(idle: frozenset[str] = RELEASES) -> FieldReader:
    """Read the word of a button; those of ``idle``, in exactly this spelling, are no press."""

    def read(value: Any) -> Reading | None:
        word = str(value)
        return None if word in idle else Reading(kind=Kind.PRESS, value=1.0, text=word[:32])

    return read


def quantity(kind: Kind, unit: str) -> FieldReader:
    """Read a number in ``unit`` (UCUM)."""

    def read(value: Any) -> Reading:
        return Reading(kind=kind, value=number(value), unit=unit)

    return read


#: What is left of a battery, in per cent.
battery = quantity(Kind.BATTERY, "%")


def number(value: Any) -> float:
    """Return a number. Raises FieldError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError
    try:
        return float(value)
    except OverflowError as error:
        raise FieldError from error


def availability(payload: bytes, online: str = "online", offline: str = "offline") -> Reading:
    """Read one of two words, in exactly this spelling. Raises UnreadablePayloadError."""
    word = payload.decode("utf-8", "replace")
    if word not in {online, offline}:
        raise UnreadablePayloadError(f"An availability is {online} or {offline}.")
    return Reading(kind=Kind.ONLINE, value=float(word == online))
