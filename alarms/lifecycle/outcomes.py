"""How an alarm may end, as data. Codes are stored and travel in the API; labels are for people."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """Why an alarm was closed. A person must choose one; only the last is the system's own."""

    HELPED = "helped"
    NO_HELP_NEEDED = "no_help_needed"
    FALSE_ALARM = "false_alarm"
    MOVED_TO_HOSPITAL = "moved_to_hospital"
    EMERGENCY_SERVICES = "emergency_services"
    MEASUREMENT_FOLLOWED_UP = "measurement_followed_up"
    TECHNICAL_FAULT_FIXED = "technical_fault_fixed"
    TEST = "test"
    OTHER = "other"
    RESTORED_ITSELF = "restored_itself"
    JOINED = "joined"
    CHAIN_WORKS = "chain_works"


#: The auto-close of a restored technical alarm writes the first; one that joined a mass loss of devices the second,
#: the canary's the third.
BY_SYSTEM: Final = frozenset({Outcome.RESTORED_ITSELF, Outcome.JOINED, Outcome.CHAIN_WORKS})

#: Language -> outcome -> label.
LABELS: Final[dict[str, dict[Outcome, str]]] = {
    "sv": {
        Outcome.HELPED: "Hjälp gavs",
        Outcome.NO_HELP_NEEDED: "Ingen hjälp behövdes",
        Outcome.FALSE_ALARM: "Falsklarm",
        Outcome.MOVED_TO_HOSPITAL: "Till sjukhus",
        Outcome.EMERGENCY_SERVICES: "Överlämnat till 112",
        Outcome.MEASUREMENT_FOLLOWED_UP: "Mätvärdet följdes upp",
        Outcome.TECHNICAL_FAULT_FIXED: "Tekniskt fel åtgärdat",
        Outcome.TEST: "Provlarm",
        Outcome.OTHER: "Annat, se anteckning",
        Outcome.RESTORED_ITSELF: "Felet upphörde av sig självt",
        Outcome.JOINED: "Ingår i ett larm om många enheter",
        Outcome.CHAIN_WORKS: "Larmkedjan fungerar",
    },
    "en": {
        Outcome.HELPED: "Help was given",
        Outcome.NO_HELP_NEEDED: "No help was needed",
        Outcome.FALSE_ALARM: "False alarm",
        Outcome.MOVED_TO_HOSPITAL: "Taken to hospital",
        Outcome.EMERGENCY_SERVICES: "Handed over to 112",
        Outcome.MEASUREMENT_FOLLOWED_UP: "Measurement followed up",
        Outcome.TECHNICAL_FAULT_FIXED: "Technical fault fixed",
        Outcome.TEST: "Test alarm",
        Outcome.OTHER: "Other, see the note",
        Outcome.RESTORED_ITSELF: "The fault went away by itself",
        Outcome.JOINED: "Part of an alarm about many devices",
        Outcome.CHAIN_WORKS: "The alarm chain works",
    },
}
