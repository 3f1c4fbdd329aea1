"""Reads the steps that are about what devices are told: found, set, and what they have heard."""

from collections.abc import Callable, Mapping

from hemvakt_sim.errors import StepError
from hemvakt_sim.expect.steps import (
    HELPS,
    Change,
    ExpectBuzz,
    ExpectFirmware,
    ExpectHelp,
    ExpectLamp,
    ExpectQuestion,
    ExpectSettings,
    Find,
    OfDevice,
    Settings,
)
from hemvakt_sim.expect.words import Words
from hemvakt_sim.pendant import Lamp

_LAMPS = {
    "lit": Lamp.LIT,
    "told": Lamp.LIT,
    "coming": Lamp.COMING,
    "blinking": Lamp.BLINKING,
    "off": Lamp.OFF,
    "dark": Lamp.OFF,
}
_BUZZ_S = 30.0


def limit(words: Words) -> float:
    """Read within how many seconds. Raises StepError."""
    if not (words.skip("within") or words.skip("for")):
        raise StepError("say within what time: within 5 s")
    return words.length_of_time("the time")


def order(words: Words) -> Find | Change | None:
    """Read what a technician lets a device do; None when it is no such step. Raises StepError."""
    if words.skip("find"):
        device = words.take("the device")
        for_s = words.length_of_time("how long to buzz") if words.skip("for") else _BUZZ_S
        return Find(device, round(for_s), _login(words))
    if words.skip("set"):
        device = words.take("the device")
        settings = _settings(words)
        if not settings.said():
            raise StepError("set what? heartbeat 60 s, volume 40, language en")
        return Change(device, settings, _login(words))
    return None


def expectation(words: Words, *, absent: bool) -> OfDevice | ExpectFirmware | None:
    """Read what is expected of a device; None when it is about something else. Raises StepError."""
    about = words.one_of(_READERS)
    return None if about is None else _READERS[about](words, absent)


def _lamp(words: Words, absent: bool) -> ExpectLamp:
    device = words.take("the pendant")
    lamp = _LAMPS[words.one_of(_LAMPS) or "lit"]
    return ExpectLamp(device, lamp, limit(words), absent)


def _question(words: Words, absent: bool) -> ExpectQuestion:
    return ExpectQuestion(_on(words, "the pendant"), limit(words), absent)


def _help(words: Words, absent: bool) -> ExpectHelp:
    device = _on(words, "the device")
    state = words.one_of(HELPS)
    if state is None:
        raise StepError(f"how shall it stand with the help? It is {', '.join(HELPS)}")
    return ExpectHelp(device, state, limit(words), absent)


def _buzz(words: Words, absent: bool) -> ExpectBuzz:
    return ExpectBuzz(_on(words, "the device"), limit(words), absent)


def _set(words: Words, absent: bool) -> ExpectSettings:
    device = _on(words, "the device")
    settings, confirmed = _settings(words), words.skip("confirmed")
    if not (settings.said() or confirmed):
        raise StepError("which settings? heartbeat 60 s, volume 40, language en, or confirmed")
    return ExpectSettings(device, settings, confirmed, limit(words), absent)


def _firmware(words: Words, absent: bool) -> ExpectFirmware:
    return ExpectFirmware(words.take("the version"), limit(words), absent)


_READERS: Mapping[str, Callable[[Words, bool], OfDevice | ExpectFirmware]] = {
    "lamp": _lamp,
    "question": _question,
    "help": _help,
    "buzz": _buzz,
    "settings": _set,
    "firmware": _firmware,
}


def _on(words: Words, what: str) -> str:
    words.skip("on")
    return words.take(what)


def _login(words: Words) -> str:
    if not words.skip("as"):
        raise StepError("say as whom: as tim")
    return words.take("the login")


def _settings(words: Words) -> Settings:
    said: dict[str, int | str] = {}
    while (name := words.one_of(("heartbeat", "volume", "language"))) is not None:
        key = "heartbeat_s" if name == "heartbeat" else name
        if key in said:
            raise StepError(f"{name} is said twice")
        if name == "heartbeat":
            said[key] = round(words.length_of_time("the time between heartbeats"))
        else:
            said[key] = words.number("how loud") if name == "volume" else words.take("the language")
    return Settings(**said)  # type: ignore[arg-type]
