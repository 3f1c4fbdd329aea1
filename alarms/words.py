"""What a page says, in the language of who gets it: class, area, number and link. No name, no health data."""

from typing import Final

from alarms.channel import Page

_CLASS: Final = {
    "sv": {"life_safety": "LARM", "care": "Omsorgslarm", "technical": "Tekniskt larm", "test": "PROVLARM"},
    "en": {"life_safety": "ALARM", "care": "Care alarm", "technical": "Technical alarm", "test": "TEST ALARM"},
}
_REASON: Final = {
    "sv": {
        "ring": "ingen har tagit det",
        "occurrence": "larmar igen",
        "repeated": "larmar upprepade gånger",
        "hand_over": "lämnas över till dig, bekräfta",
        "restored": "enheten meddelar att felet upphört",
        "taken": "taget",
        "closed": "avslutat",
        "aged": "har väntat för länge",
    },
    "en": {
        "ring": "nobody has taken it",
        "occurrence": "calls again",
        "repeated": "calls again and again",
        "hand_over": "handed over to you, please confirm",
        "restored": "the device says that it is over",
        "taken": "taken",
        "closed": "closed",
        "aged": "has waited for too long",
    },
}


def subject(page: Page) -> str:
    """Return one line without line breaks."""
    language = page.language if page.language in _CLASS else "en"
    kind = _CLASS[language].get(page.alarm_class, _CLASS[language]["life_safety"])
    why = _REASON[language].get(page.reason)
    line = f"{kind} {page.alarm_id} {page.area}" + (f": {why}" if why else "")
    return " ".join(line.split())


def text(page: Page) -> str:
    """Return the message."""
    return f"{subject(page)}\n{page.link}\n"
