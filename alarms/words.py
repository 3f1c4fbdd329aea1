"""What a page says, in the language of who gets it: class, area, number and link. No name, no health data."""

from typing import Final

import msgspec

from alarms.channel import Page
from alarms.lifecycle.states import NEWS

_CLASS: Final = {
    "sv": {"life_safety": "LARM", "care": "Omsorgslarm", "technical": "Tekniskt larm", "test": "PROVLARM"},
    "en": {"life_safety": "ALARM", "care": "Care alarm", "technical": "Technical alarm", "test": "TEST ALARM"},
}
#: Pages by which nobody can take an alarm.
_NEWS: Final = NEWS | {"verify"}
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


_VERIFY: Final = {"sv": "Din kod i Hemvakt: {code}", "en": "Your code in Hemvakt: {code}"}
_REPLY: Final = {"sv": "Ta larmet: svara 1 {code}", "en": "Take it: reply 1 {code}"}
_CALL: Final = {
    "sv": "Hemvakt. {subject}. Tryck 1 för att ta larmet.",
    "en": "Hemvakt. {subject}. Press 1 to take the alarm.",
}


def can_be_taken(page: Page) -> bool:
    """Tell whether the page asks somebody to take its alarm."""
    return page.reason not in _NEWS


def reply_hint(page: Page, code: str) -> str:
    """Return the line of a text message that says how to take the alarm by a reply."""
    return _REPLY[_language(page.language)].format(code=code) + "\n"


def spoken(page: Page, language: str) -> str:
    """Return what a call says; the digits of a code apart, so that they are heard one by one."""
    if page.reason == "verify":
        return subject(msgspec.structs.replace(page, language=language, code=" ".join(page.code)))
    line = subject(msgspec.structs.replace(page, language=language))
    if not can_be_taken(page):
        return f"Hemvakt. {line}."
    return _CALL[_language(language)].format(subject=line)


def _language(asked: str) -> str:
    return asked if asked in _CLASS else "en"


def subject(page: Page) -> str:
    """Return one line without line breaks."""
    language = _language(page.language)
    if page.reason == "verify":
        return _VERIFY[language].format(code=page.code)
    kind = _CLASS[language].get(page.alarm_class, _CLASS[language]["life_safety"])
    why = _REASON[language].get(page.reason)
    line = f"{kind} {page.alarm_id} {page.area}" + (f": {why}" if why else "")
    return " ".join(line.split())


def text(page: Page) -> str:
    """Return the message."""
    return f"{subject(page)}\n{page.link}\n"
