"""Reads steps from their words: ``press pendant-7``, ``expect alarm life_safety on team north within 2 s``."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from hemvakt_sim.errors import StepError
from hemvakt_sim.expect import device_words
from hemvakt_sim.expect.device_words import limit
from hemvakt_sim.expect.steps import (
    CLASSES,
    DEEDS,
    STANDINGS,
    Act,
    AnyStep,
    Call,
    Do,
    ExpectAlarm,
    Expectation,
    ExpectPage,
    Step,
    Wait,
    Wanted,
)
from hemvakt_sim.expect.words import Words
from hemvakt_sim.happening import Happening
from hemvakt_sim.happenings import AnyHappening
from hemvakt_sim.wire import UNITS

_HAPPENING: TypeAdapter[AnyHappening] = TypeAdapter(AnyHappening)
_TIMED = ("within", "for")
_FLAGS = {"alarm": "alarm", "anywhere": "anywhere"}
_NAMED = {("on", "team"): "team", ("about",): "about", ("in",): "home", ("from",): "source"}


def _models() -> Iterator[tuple[str, type[Happening]]]:
    for model in get_args(get_args(AnyHappening)[0]):
        for name in get_args(model.model_fields["do"].annotation):
            yield name, model


_DOABLE = dict(_models())


def parse(line: int, text: str, homes: Collection[str]) -> Step | None:
    """Read one line; None for one without words. ``homes`` tells homes from devices. Raises StepError."""
    words = Words(text)
    if not words:
        return None
    what = _step(words, homes)
    words.end()
    return Step(line, text.strip(), what)


def _step(words: Words, homes: Collection[str]) -> AnyStep:
    if words.skip("expect"):
        return _expectation(words)
    if words.skip("wait"):
        return Wait(words.length_of_time("how long to wait"))
    if words.skip("call"):
        return Call(words.take("the name of a command"))
    for deed in DEEDS:
        # ``close`` is also what a door does.
        if words.next_is(deed, "alarm") or any(words.next_is(deed, kind, "alarm") for kind in CLASSES):
            words.skip(deed)
            wanted = _wanted(words, ends=("as",))
            if not words.skip("as"):
                raise StepError(f"say as whom: {deed} alarm as anna")
            login = words.take("the login")
            outcome = words.take("the outcome") if deed == "close" and words.skip("with") else "other"
            return Act(deed, wanted, login, outcome)
    if (order := device_words.order(words)) is not None:
        return order
    return Do(happening(words, homes))


def _expectation(words: Words) -> Expectation:
    absent = words.skip("no")
    if (found := device_words.expectation(words, absent=absent)) is not None:
        return found
    if words.skip("page"):
        person = words.take("the person") if words.skip("to") else ""
        channel = (
            words.take("the channel")
            if words.next_is("on") and not words.next_is("on", "team") and words.skip("on")
            else None
        )
        words.skip("of")
        wanted = _wanted(words, ends=_TIMED, named=False)
        return ExpectPage(person, channel, wanted, limit(words), absent)
    return ExpectAlarm(_wanted(words, ends=_TIMED), limit(words), absent)


def _wanted(words: Words, *, ends: Sequence[str], named: bool = True) -> Wanted:
    """Read the description of an alarm, in any order, up to one of ``ends``; ``named`` asks for the word alarm."""
    said: dict[str, Any] = {}
    found = not named
    while words and not any(words.next_is(end) for end in ends):
        key, value = _trait(words)
        if key == "alarm":
            found = True
        elif key in said:
            raise StepError(f"{key} is said twice")
        else:
            said[key] = value
        if key == "standing" and words.skip("by"):
            said["by"] = words.take("the person")
    if not found:
        raise StepError("expect what? An alarm, page, lamp, question, help, buzz, settings or firmware")
    return Wanted(**said)


def _trait(words: Words) -> tuple[str, Any]:
    for word, key in _FLAGS.items():
        if words.skip(word):
            return key, True
    for choices, trait in ((CLASSES, "alarm_class"), (STANDINGS, "standing")):
        if (chosen := words.one_of(choices)) is not None:
            return trait, chosen
    for opening, key in _NAMED.items():
        if words.skip(*opening):
            return key, words.take(f"a name after {' '.join(opening)}")
    if words.skip("with"):
        count = words.number("how many occurrences")
        if words.skip("occurrences") or words.skip("occurrence"):
            return "occurrences", count
        raise StepError("with what? For example with 2 occurrences")
    raise StepError(f"{words.take('a word')!r} is not understood here")


def happening(words: Words, homes: Collection[str]) -> AnyHappening:
    """Read what shall happen. Raises StepError."""
    first = words.take("a step")
    name = first
    if first not in _DOABLE and (
        second := words.one_of({do.partition("_")[2] for do in _DOABLE if do.startswith(f"{first}_")})
    ):
        name = f"{first}_{second}"
    if name not in _DOABLE:
        raise StepError(
            f"{first!r} is no step; there are expect, wait, call, {', '.join(DEEDS)}, find, set, {', '.join(_DOABLE)}"
        )
    model = _DOABLE[name]
    said: dict[str, Any] = {"do": name, "at": 0}
    if words and not any(words.next_is(field) for field in model.model_fields):
        target = words.take("a home or a device")
        said["home" if target in homes else "device"] = target
    while words:
        field = words.take("a field")
        if "values" in model.model_fields and field in UNITS:
            said.setdefault("values", {})[field] = words.take(f"the value of {field}")
        elif field in model.model_fields and field not in said and field not in {"every", "values"}:
            said[field] = words.value(f"the value of {field}")
        else:
            raise StepError(
                f"{field!r} is not understood here; {name} takes {', '.join(_fields(model)) or 'nothing more'}"
            )
    try:
        return _HAPPENING.validate_python(said)
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(str(part) for part in detail["loc"][1:])
        raise StepError(f"{where}: {detail['msg']}".removeprefix(": ")) from None


def _fields(model: type[Happening]) -> list[str]:
    own = [name for name in model.model_fields if name not in {"do", "at", "every", "home", "device", "values"}]
    return own + (list(UNITS) if "values" in model.model_fields else [])
