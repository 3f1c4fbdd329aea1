"""Whether a proposed version of settings can be used, before anybody relies on it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pydantic import ValidationError

from rules.base import Rule
from rules.effective import reaches
from rules.roster import SettingEntry

#: A place for which settings can be made: ("resident", "r-1"); ("default", "") is everybody.
Place = tuple[str, str]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one field. ``reason`` quotes no value that was sent: a personal limit is health data."""

    field: str
    reason: str


def faults(
    rule: Rule, entries: Sequence[SettingEntry], proposed: SettingEntry, homes: Mapping[str, str]
) -> Iterator[Fault]:
    """Yield what is wrong with ``proposed`` over what holds now, and what it would make unusable of narrower scopes.

    ``entries`` are versions of any rule, ``homes`` tells where each resident lives.
    """
    here = (proposed.scope, proposed.subject)
    if proposed.scope not in reaches(rule.scope):
        reason = f"the rule {rule.name} is about one {rule.scope}; it takes no settings by {proposed.scope}"
        yield Fault("scope", reason)
        return
    held = _newest([entry for entry in entries if entry.rule == rule.name], proposed.valid_from)
    before, held[here] = held.get(here), proposed.settings
    own = list(_wrong(rule, _merged(held, _under(here, homes))))
    yield from own
    if own:
        return
    for place in held:
        if place != here and here in (layers := _under(place, homes)):
            now, was = _merged(held, layers), _merged(_with(held, here, before), layers)
            if any(_wrong(rule, now)) and not any(_wrong(rule, was)):
                yield Fault("settings", f"they would not fit what is set for {place[0]} {place[1]}; change that first")


def _under(place: Place, homes: Mapping[str, str]) -> tuple[Place, ...]:
    """Return the places whose settings reach ``place``, weakest first, itself last. A device's home is left out."""
    scope, subject = place
    home = (("home", homes[subject]),) if scope == "resident" and subject in homes else ()
    return (("default", ""), *home, *((place,) if scope != "default" else ()))


def _newest(entries: Sequence[SettingEntry], at: datetime) -> dict[Place, Mapping[str, Any]]:
    held: dict[Place, Mapping[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: entry.valid_from):
        if entry.valid_from <= at:
            held[entry.scope, entry.subject] = entry.settings
    return held


def _with(
    held: Mapping[Place, Mapping[str, Any]], place: Place, settings: Mapping[str, Any] | None
) -> dict[Place, Mapping[str, Any]]:
    return {**held, place: settings or {}}


def _merged(held: Mapping[Place, Mapping[str, Any]], layers: Sequence[Place]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for layer in layers:
        fields |= held.get(layer, {})
    return fields


def _wrong(rule: Rule, fields: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        rule.Settings.model_validate(fields)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            yield Fault(".".join(map(str, one["loc"])) or "settings", one["msg"].removeprefix("Value error, "))
    except Exception as error:  # noqa: BLE001 - whatever a validator trips over, the version is refused
        yield Fault("settings", f"they cannot be checked ({type(error).__name__})")
