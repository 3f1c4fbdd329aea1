"""What can be wrong with a hub or a device of its home, in words for people. It never holds a value."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Trouble(StrEnum):
    """Values travel on the wire."""

    RADIO = "radio"
    DISK = "disk"
    PAIRING = "pairing"
    UNREADABLE = "unreadable"
    REPLAYED = "replayed"


class Standing(NamedTuple):
    """A trouble that is not over; ``device`` is empty where it is the hub's own."""

    trouble: Trouble
    device: str = ""


#: Swedish and English.
_WORDS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.RADIO: (
        "Hubbens Bluetooth fungerar inte. Mätningar och tryck hörs inte.",
        "The hub's Bluetooth radio does not work. Measurements and presses are not heard.",
    ),
    Trouble.DISK: (
        "Hubben kan inte lagra något. Är disken full? Tryck skickas ändå.",
        "The hub can store nothing. Is its disk full? Presses are sent all the same.",
    ),
    Trouble.PAIRING: (
        "{device} måste parkopplas på nytt.",
        "{device} must be paired again.",
    ),
    Trouble.UNREADABLE: (
        "{device} har skickat något som inte går att läsa. Det är sparat.",
        "{device} has sent something that cannot be read. It is kept.",
    ),
    Trouble.REPLAYED: (
        "Tryck från {device} tas inte emot: ett gammalt tryck kom igen, eller så är batteriet bytt.",
        "Presses of {device} are not taken: an old press came again, or its battery was changed.",
    ),
}


def words(standing: Standing) -> tuple[str, str]:
    """Say it in Swedish and in English."""
    swedish, english = _WORDS[standing.trouble]
    return swedish.format(device=standing.device), english.format(device=standing.device)
