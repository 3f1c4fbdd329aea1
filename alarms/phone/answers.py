"""What people are told who reply or press a key, in their language."""

from enum import StrEnum
from typing import Final


class Said(StrEnum):
    """What came of it."""

    YOURS = "yours"
    TAKEN = "taken"
    CLOSED = "closed"
    NO_CODE = "no_code"
    WRONG_CODE = "wrong_code"
    SEVERAL = "several"
    TOO_MANY = "too_many"
    UNVERIFIED = "unverified"
    OTHER_KEY = "other_key"


_TEXTS: Final = {
    "sv": {
        Said.YOURS: "Larm {alarm}: du har det. Bekräfta i konsolen.",
        Said.TAKEN: "Larm {alarm} är redan taget av {owner}.",
        Said.CLOSED: "Larm {alarm} är avslutat.",
        Said.NO_CODE: "Svara 1 och koden i meddelandet, eller öppna länken.",
        Said.WRONG_CODE: "Koden passar inget larm till dig. Läs det senaste meddelandet, eller öppna länken.",
        Said.SEVERAL: "Det går inte att säga vilket larm eller vem som menas. Öppna länken.",
        Said.TOO_MANY: "För många fel koder. Öppna länken i meddelandet.",
        Said.UNVERIFIED: "Numret är inte bekräftat i Hemvakt. Öppna konsolen för att ta larmet.",
        Said.OTHER_KEY: "Larmet är inte taget.",
    },
    "en": {
        Said.YOURS: "Alarm {alarm}: you have it. Confirm it in the console.",
        Said.TAKEN: "Alarm {alarm} is already with {owner}.",
        Said.CLOSED: "Alarm {alarm} is closed.",
        Said.NO_CODE: "Reply 1 and the code in the message, or open the link.",
        Said.WRONG_CODE: "The code fits no alarm of yours. Read the newest message, or open the link.",
        Said.SEVERAL: "It cannot be told which alarm or who is meant. Open the link.",
        Said.TOO_MANY: "Too many wrong codes. Open the link in the message.",
        Said.UNVERIFIED: "This number is not verified in Hemvakt. Open the console to take the alarm.",
        Said.OTHER_KEY: "The alarm is not taken.",
    },
}


def answer(said: Said, language: str, *, alarm: int | None = None, owner: str = "") -> str:
    """Return the sentence."""
    return _TEXTS.get(language, _TEXTS["en"])[said].format(alarm=alarm, owner=owner)
