"""What the rule says of a score, in English and Swedish."""

from collections.abc import Iterable, Mapping

from rules.news2.score import Risk, Score

INCOMPLETE = "incomplete"
LOW_AGAIN = "low_again"
#: band -> what follows by the RCP (2017, chart 2 and 4), in English and Swedish
_RESPONSE = {
    Risk.HIGH: ("From 7 it calls for an emergency response", "Från 7 krävs akut bedömning"),
    Risk.MEDIUM: ("From 5 it calls for an urgent response", "Från 5 krävs skyndsam bedömning"),
    Risk.LOW_MEDIUM: (
        "3 in a single parameter calls for an urgent review",
        "3 poäng i en enskild parameter kräver skyndsam bedömning",
    ),
}
_NAMES = {
    "respiration": ("respiration", "andning"),
    "spo2": ("oxygen saturation", "syremättnad"),
    "oxygen": ("air or oxygen", "luft eller syrgas"),
    "systolic": ("blood pressure", "blodtryck"),
    "pulse": ("pulse", "puls"),
    "consciousness": ("consciousness", "medvetande"),
    "temperature": ("temperature", "temperatur"),
}
_NONE = ("no parameter", "ingen parameter")


def code(risk: Risk, *, complete: bool) -> str:
    """Return the code for a band; of an incomplete score it is the least that it can be."""
    return risk.value if complete else f"at_least_{risk.value}"


def facts(score: Score) -> dict[str, float | str]:
    """Return the numbers of the sentences. Names are written once for each language."""
    points = {name: number for name, number in score.parts.items() if number}
    return {
        "score": float(score.total),
        "parts_en": _listed((f"{_NAMES[name][0]} {number}" for name, number in points.items()), _NONE[0]),
        "parts_sv": _listed((f"{_NAMES[name][1]} {number}" for name, number in points.items()), _NONE[1]),
        "missing_en": _listed((_NAMES[name][0] for name in score.missing), "-"),
        "missing_sv": _listed((_NAMES[name][1] for name in score.missing), "-"),
    }


def _listed(words: Iterable[str], nothing: str) -> str:
    return ", ".join(words) or nothing


def _all() -> Mapping[str, Mapping[str, str]]:
    english = {
        INCOMPLETE: "NEWS2 is incomplete: {missing_en} missing. What is known gives {score:.0f} ({parts_en}), "
        "and it can be more.",
        LOW_AGAIN: "NEWS2 is {score:.0f} ({parts_en}) and no longer reaches what is to be told.",
    }
    swedish = {
        INCOMPLETE: "NEWS2 är ofullständig: {missing_sv} saknas. Det som är känt ger {score:.0f} ({parts_sv}), "
        "och det kan vara mer.",
        LOW_AGAIN: "NEWS2 är {score:.0f} ({parts_sv}) och når inte längre det som ska larmas.",
    }
    for risk, (calls_for, kraver) in _RESPONSE.items():
        english[code(risk, complete=True)] = f"NEWS2 is {{score:.0f}} ({{parts_en}}). {calls_for} (RCP 2017)."
        swedish[code(risk, complete=True)] = f"NEWS2 är {{score:.0f}} ({{parts_sv}}). {kraver} (RCP 2017)."
        english[code(risk, complete=False)] = (
            f"NEWS2 is at least {{score:.0f}} ({{parts_en}}); {{missing_en}} missing. {calls_for} (RCP 2017)."
        )
        swedish[code(risk, complete=False)] = (
            f"NEWS2 är minst {{score:.0f}} ({{parts_sv}}); {{missing_sv}} saknas. {kraver} (RCP 2017)."
        )
    return {"en": english, "sv": swedish}


SENTENCES = _all()
