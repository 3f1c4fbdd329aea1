"""How a simulated provider behaves: well, or in one of the ways in which real ones fail."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Mood(StrEnum):
    """What happens to the next request."""

    OK = "ok"
    #: 503, and the message is not taken.
    ERROR = "error"
    #: 503, and yet the message is taken and goes out.
    LYING_ERROR = "lying_error"
    #: 400: this will never work.
    REFUSE = "refuse"
    #: No answer, and the message is not taken.
    HANG = "hang"
    #: The message is taken and goes out; the answer never comes.
    VANISH = "vanish"
    #: 200 with a page of HTML, as a hotel's network gives.
    PORTAL = "portal"


#: Moods in which the message goes out, whatever the sender hears of it.
TAKING = frozenset({Mood.OK, Mood.LYING_ERROR, Mood.VANISH})


@dataclass
class Manner:
    """``mood`` for all requests, after those of ``script``. Receipts come ``repeat`` times each, in random order if so.

    ``calls`` is the mood for calls, where it is another.
    ``arrives`` is False when the telephone is off; ``trouble`` is the share of requests that meet a random mood.
    """

    mood: Mood = Mood.OK
    calls: Mood | None = None
    script: list[Mood] = field(default_factory=list)
    delay_s: float = 0.0
    receipt_delay_s: float = 0.0
    repeat: int = 1
    shuffle: bool = False
    arrives: bool = True
    trouble: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - not for secrets

    def next_mood(self, *, call: bool = False) -> Mood:
        if call and self.calls is not None:
            return self.calls
        if self.script:
            return self.script.pop(0)
        if self.trouble and self.chance.random() < self.trouble:
            return self.chance.choice([mood for mood in Mood if mood is not Mood.OK])
        return self.mood

    def order(self, receipts: list[T]) -> list[T]:
        """Return receipts as they will be sent: doubled and shuffled as this manner has it."""
        wanted = [one for one in receipts for _ in range(self.repeat)]
        if self.shuffle:
            self.chance.shuffle(wanted)
        return wanted
