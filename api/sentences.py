"""Sentences for people: those of the rules, and of findings that no rule made but the gateway or the desk itself."""

from collections.abc import Mapping
from typing import Any, Final

from alarms import lookout
from api.coverage_sentence import sentence
from api.pages.words import LANGUAGES, Words
from rules import sentences

#: Who reports -> code -> language -> template over the facts.
_OURS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "desk": {
        "nobody_reached": {
            "en": "Alarm {alarm} reached nobody in team {team}. Check its rota and contacts.",
            "sv": "Larm {alarm} nådde ingen i laget {team}. Se över schema och kontaktvägar.",
        },
    },
    "chain": {
        "late": {
            "en": "The alarm chain is slow or broken: a test press has taken {late_s} s, the limit is {limit_s} s. "
            "Presses from homes may not arrive.",
            "sv": "Larmkedjan är långsam eller bruten: ett provtryck har tagit {late_s} s, gränsen är {limit_s} s. "
            "Tryck från hemmen kanske inte kommer fram.",
        },
        "grounded": {
            "en": "The alarm chain has not tested itself for {late_s} s. The gateway may be down.",
            "sv": "Larmkedjan har inte provat sig själv på {late_s} s. Gatewayen kan vara nere.",
        },
    },
    "commissioning": {
        "untested": {
            "en": "{count} devices that can call for help were never tested to a phone and back, {never_heard} of them "
            "never heard; the oldest for {days} days. See the list under House.",
            "sv": "{count} larmande enheter har aldrig provats hela vägen till en telefon och tillbaka, varav "
            "{never_heard} aldrig hörts; den äldsta i {days} dygn. Se listan under Huset.",
        },
    },
    "mass_loss": {
        "mass_lost": {
            "en": "{lost} devices in {homes} homes were lost at about the same time ({name}); {restored} are back. "
            "A fault of what they share is likely. Pendants among them may not call.",
            "sv": "{lost} enheter i {homes} hem försvann ungefär samtidigt ({name}); {restored} hörs igen. "
            "Troligen ett fel i det de har gemensamt. Larmknappar bland dem kanske inte kan larma.",
        },
    },
    "intake": {
        "unreadable": {
            "en": "A message from {name} could not be read. It may have been a call for help.",
            "sv": "Ett meddelande från {name} gick inte att läsa. Det kan ha varit ett larm.",
        },
        "unknown_device": {
            "en": "{name}, a device that is not registered, calls. Nobody knows where it is.",
            "sv": "{name}, en enhet som inte är registrerad, larmar. Ingen vet var den finns.",
        },
        "failed": {
            "en": "A message from {name} could not be handled. It may have been a call for help.",
            "sv": "Ett meddelande från {name} gick inte att hantera. Det kan ha varit ett larm.",
        },
    },
    "link": {
        "session_lost": {
            "en": "The message broker forgot the gateway's session. Messages may have been lost with it.",
            "sv": "Meddelandeservern har glömt sessionen. Meddelanden kan ha gått förlorade.",
        },
    },
}


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def explain(rule: str, code: str, facts: Mapping[str, Any], language: str) -> str:
    """Return one sentence about a finding. It never fails: what is not known shows as it is, or as "?"."""
    if (rule, code) == (lookout.RULE, lookout.CODE):
        return sentence(facts, Words(language if language in LANGUAGES else "en"))
    ours = _OURS.get(rule, {}).get(code)
    if ours is None:
        return sentences.explain(rule, code, facts, language)
    return (ours.get(language) or ours["en"]).format_map(_Facts(facts))
