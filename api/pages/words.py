"""The words of the console, by language."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "messages"
#: The first is spoken to whoever asks for none of them.
LANGUAGES: Final = ("sv", "en")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the words of one of LANGUAGES by key: those of the console, and of each page that has its own file."""
    words: dict[str, str] = {}
    for path in (_FOLDER / f"{language}.json", *sorted(_FOLDER.glob(f"*.{language}.json"))):
        words |= json.loads(path.read_text("utf-8"))
    return words


class Words:
    """Speaks one language: ``words("time.minutes", n=3)``. An unknown key is an error, not a blank."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._table = catalogue(self.language)

    def __call__(self, key: str, **places: object) -> str:
        return self._table[key].format(**places)

    def has(self, key: str) -> bool:
        return key in self._table

    def some(self, *prefixes: str) -> dict[str, str]:
        """Return the words whose keys begin with one of ``prefixes``: those that the scripts need."""
        return {key: text for key, text in self._table.items() if key.startswith(prefixes)}


def negotiate(accept_language: str) -> str:
    """Return the one of LANGUAGES that a browser likes best (RFC 9110 12.5.4); hostile headers get the first one."""
    liked: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        primary = tag.strip().lower().partition("-")[0]
        if primary in LANGUAGES and 0 < weight <= 1:
            liked.append((weight, primary))
    return max(liked, key=lambda one: one[0])[1] if liked else LANGUAGES[0]
