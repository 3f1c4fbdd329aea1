"""The sentence that explains a finding.

Templates are those of the rules, ``str.format`` over the facts, with one more format: ``{seconds:span}`` writes a
duration in the words of the language ("3 h 20 min", "2 dygn 4 tim").
"""

from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any

from rules import failure, outage
from rules.registry import all_rules

_FALLBACK = "en"
_UNITS = {"en": (("d", 86400), ("h", 3600), ("min", 60)), "sv": (("dygn", 86400), ("tim", 3600), ("min", 60))}


def explain(finding_rule: str, code: str, facts: Mapping[str, float | str], language: str) -> str:
    """Return one sentence for a person. It never fails: a fact that is missing or of another kind shows as "?".

    An unknown language is English; an unknown rule or code is named as it is.
    """
    templates = sentences().get(finding_rule, {})
    template = templates.get(language, {}).get(code) or templates.get(_FALLBACK, {}).get(code)
    if template is None:
        return f"{finding_rule}: {code}."
    return _Sentence(language).vformat(template, (), facts)


def span(seconds: float, language: str) -> str:
    """Return a duration in its two greatest units, rounded down: 12,000 s is "3 h 20 min"."""
    whole = max(0, int(seconds))
    words = []
    for unit, size in _UNITS.get(language, _UNITS[_FALLBACK]):
        count, whole = divmod(whole, size)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words[:2]) or f"{whole} s"


@cache
def sentences() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return rule -> language -> code -> template, of the rules and of the engine itself."""
    return {
        failure.ENGINE: failure.sentences,
        "outage": outage.SENTENCES,
        **{rule.name: rule.sentences for rule in all_rules()},
    }


class _Sentence(Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002
        return kwargs.get(str(key), "?")

    def format_field(self, value: Any, format_spec: str) -> str:
        try:
            return span(value, self._language) if format_spec == "span" else format(value, format_spec)
        except (TypeError, ValueError, OverflowError):
            return str(value)
