"""The sentence of the alarm about duty ahead: what is wrong, where and from when, the gravest first."""

from collections.abc import Mapping
from typing import Any, Final

from api.pages.words import Words

#: So many fit into a sentence; the page about duty has them all.
_MOST: Final = 3


def sentence(facts: Mapping[str, Any], words: Words) -> str:
    """Return one sentence for the facts of ``alarms.lookout``. It never fails: what cannot be read is left out."""
    lacks = [one for one in facts.get("lacks") or [] if isinstance(one, Mapping)]
    said = [text for one in lacks[:_MOST] if (text := _one(one, words))]
    return " ".join([words("cover.alarm", count=facts.get("count", "?")), *said, words("cover.alarm_where")])


def _one(lack: Mapping[str, Any], words: Words) -> str:
    key = f"cover.kind.{lack.get('kind')}"
    if not words.has(key):
        return ""
    what = words(key, subject=lack.get("subject", "?"), channels=lack.get("channels", "?"))
    places = ", ".join(map(str, (lack.get("team", "?"), *(lack.get("areas") or ()))))
    return words("cover.alarm_one", what=what, where=places, time=lack.get("from", "?"))
