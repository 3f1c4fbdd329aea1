"""What a picture is drawn from, and in whose words and colours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from api.pages.words import Words
from api.pictures.palette import Palette
from api.pictures.svg import Svg
from api.sentences import explain
from devices.observation import Kind, Observation


class Found(NamedTuple):
    """The finding that is drawn, and the number of its alarm."""

    alarm_id: int
    rule: str
    code: str
    time: datetime
    facts: Mapping[str, Any]
    evidence: Sequence[int]


class Activity(NamedTuple):
    """Signs of life of a home, oldest first: of ``begin`` to ``end``, which is shown, and of the days before it."""

    heard: Sequence[datetime]
    begin: datetime
    end: datetime


class Measured(NamedTuple):
    """Values of one kind in its canonical unit, oldest first: time, value, journal position, whether it can be."""

    kind: Kind
    unit: str
    values: Sequence[tuple[datetime, float, int, bool]]
    #: name of the limit, as people read it -> value
    limits: Mapping[str, float]
    #: points of a score: (value from which they are given, points), ascending; empty where there is no score
    bands: Sequence[tuple[float, int]] = ()


class Look(NamedTuple):
    """In whose words, zone and colours."""

    words: Words
    zone: ZoneInfo
    colours: Palette

    def sentence(self, found: Found) -> str:
        return explain(found.rule, found.code, found.facts, self.words.language)

    def clock(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%-d/%-m %H:%M")

    def drawing(self, found: Found, height: float, desc: str) -> Svg:
        """Return an empty drawing with its text alternative, under the finding's own sentence."""
        title = self.words("picture.title", number=found.alarm_id, sentence=self.sentence(found))
        return Svg(WIDTH, height, title=title, desc=desc, language=self.words.language, ground=self.colours.ground)


WIDTH = 900.0
#: Samples of a fall, as observations.
Windows = Sequence[Observation]


def note(found: Found, look: Look, key: str) -> Svg:
    """Return a drawing that says in a sentence why there is none."""
    said = look.words(key, sentence=look.sentence(found))
    svg = look.drawing(found, 150, said)
    svg.paragraph(24, 44, said, fill=look.colours.ink, columns=100)
    return svg
