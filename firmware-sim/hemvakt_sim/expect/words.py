"""One line of a scenario, read word by word."""

import shlex
from collections.abc import Collection

from hemvakt_sim.errors import StepError
from hemvakt_sim.units import seconds

#: Units that may stand apart from their number, as people write them.
_UNITS = {
    "ms": "ms",
    "s": "s",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "m": "m",
    "min": "m",
    "minute": "m",
    "minutes": "m",
    "h": "h",
    "hour": "h",
    "hours": "h",
}
_LONGEST_LINE = 2_000


class Words:
    """The words of a line that are still unread. A name with a space stands in quotes."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST_LINE:
            raise StepError(f"longer than {_LONGEST_LINE} characters")
        try:
            self._left = shlex.split(text, comments=True)
        except ValueError as error:
            raise StepError(str(error)) from None

    def __bool__(self) -> bool:
        return bool(self._left)

    def next_is(self, *words: str) -> bool:
        return self._left[: len(words)] == list(words)

    def take(self, what: str) -> str:
        """Return the next word. Raises StepError that says ``what`` is missing."""
        if not self._left:
            raise StepError(f"{what} is missing at the end")
        return self._left.pop(0)

    def skip(self, *words: str) -> bool:
        """Read past ``words`` if they come next."""
        found = self.next_is(*words)
        if found:
            del self._left[: len(words)]
        return found

    def one_of(self, choices: Collection[str]) -> str | None:
        """Return the next word when it is one of ``choices``, else None."""
        return self._left.pop(0) if self._left and self._left[0] in choices else None

    def value(self, what: str) -> str:
        """Return the next word, with the unit of time that stands apart behind it."""
        word = self.take(what)
        if self._left and self._left[0] in _UNITS and word.replace(".", "", 1).isdigit():
            return word + _UNITS[self._left.pop(0)]
        return word

    def length_of_time(self, what: str) -> float:
        """Return seconds: ``2 s``, ``250ms``, ``1h30m``, ``2 minutes``."""
        word = self.value(what)
        try:
            found = seconds(word)
        except ValueError as error:
            raise StepError(f"{what}: {error}") from None
        if not isinstance(found, float) or found > 7 * 86_400:
            raise StepError(f"{what}: longer than a week")
        return found

    def number(self, what: str) -> int:
        word = self.take(what)
        if not (word.isascii() and word.isdigit() and len(word) < 7):
            raise StepError(f"{what}: {word!r} is no whole number")
        return int(word)

    def end(self) -> None:
        """Raise StepError when words are left."""
        if self._left:
            raise StepError(f"{' '.join(self._left)!r} is not understood here")
