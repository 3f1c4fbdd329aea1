"""A hub that keeps what it was to say instead of saying it."""

from typing import Any

from devices.hub.speech import Speech, Voice

#: What was said since the test began; an urgent sentence begins with "!".
SPOKEN: list[str] = []
VOICES: list[Voice] = []


class Spoken(Speech):
    """Speaks to the test."""

    def __init__(self, command: Any, **_: Any) -> None:
        super().__init__(command)

    def say(self, text: str, voice: Voice = Voice(), *, urgent: bool = False) -> None:  # noqa: B008 - it is immutable
        SPOKEN.append(f"!{text}" if urgent else text)
        VOICES.append(voice)
