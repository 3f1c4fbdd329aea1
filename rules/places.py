"""Where somebody is: what a sensor of a room tells, and rooms by the words in their names, in Swedish and English."""

from devices.observation import Kind

#: 1 when somebody moves in a room, or begins to be there. What tells it again is passed over (``rules/repeats.py``).
MOVEMENT = frozenset({Kind.MOTION, Kind.PRESENCE})

#: A door that does not lead out.
INNER_DOORS = frozenset({"fridge", "freezer", "cupboard", "kyl", "frys", "skåp"})
BATHROOMS = frozenset({"bath", "shower", "toilet", "wc", "bad", "dusch", "toalett"})
BEDROOMS = frozenset({"bedroom", "sovrum"})
HALLS = frozenset({"hall", "corridor", "korridor"})


def is_one_of(room: str, words: frozenset[str]) -> bool:
    """Say whether the name of ``room`` holds one of ``words``."""
    name = room.lower()
    return any(word in name for word in words)
