"""Reads a file of supposed settings, for ``hemvakt replay --compare``, and checks them as a change would be."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.municipality.source import BadFileError, Problem, Source
from gateway.municipality.source import Place as Field
from rules.proposing import faults
from rules.registry import all_rules
from rules.roster import Roster, SettingEntry

Place = tuple[str, str, str]


class Supposed(BaseModel):
    """The file. Each rule's fields as in the municipality's file: for everybody, by home, by resident, by device."""

    model_config = ConfigDict(extra="forbid")

    settings: dict[str, dict[str, Any]] = {}
    homes: dict[str, dict[str, dict[str, Any]]] = {}
    residents: dict[str, dict[str, dict[str, Any]]] = {}
    devices: dict[str, dict[str, dict[str, Any]]] = {}


def read(path: Path, roster: Roster, now: datetime) -> dict[Place, dict[str, Any]]:
    """Return (rule, scope, subject) -> fields. Raises BadFileError that names line and field of each problem.

    ``roster`` has the settings over which these are set; a place that it does not know is a misspelt name.
    """
    try:
        source = Source(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError([Problem(1, "", f"the file cannot be read: {error}")]) from error
    try:
        supposed = Supposed.model_validate(source.data or {})
    except ValidationError as error:
        raise BadFileError([source.problem(one["loc"], one["msg"]) for one in error.errors()]) from error
    listed = list(_listed(supposed))
    problems = [
        source.problem((*field, *part), text)
        for place, fields, field in listed
        for part, text in _wrong(place, fields, roster, now)
    ]
    if problems or not listed:
        raise BadFileError(problems or [Problem(1, "", "no settings are named; docs/try-settings.md shows how")])
    return {place: fields for place, fields, _ in listed}


def _listed(supposed: Supposed) -> Iterator[tuple[Place, dict[str, Any], Field]]:
    for rule, fields in supposed.settings.items():
        yield (rule, "default", ""), fields, ("settings", rule)
    for scope, group in (("home", supposed.homes), ("resident", supposed.residents), ("device", supposed.devices)):
        for subject, rules in group.items():
            for rule, fields in rules.items():
                yield (rule, scope, subject), fields, (f"{scope}s", subject, rule)


def _wrong(place: Place, fields: dict[str, Any], roster: Roster, now: datetime) -> Iterator[tuple[Field, str]]:
    name, scope, subject = place
    rules = {rule.name: rule for rule in all_rules()}
    if name not in rules:
        yield (), f"there is no rule {name}; there are {', '.join(rules)}"
        return
    if scope != "default" and subject not in _known(roster)[scope]:
        yield (), f"no device has ever served a {scope} {subject}"
        return
    held = {(entry.rule, entry.scope, entry.subject): entry.settings for entry in roster.settings}
    entry = SettingEntry(
        rule=name, valid_from=now, settings={**held.get(place, {}), **fields}, scope=scope, subject=subject
    )
    homes = {stay.resident: stay.home for stay in roster.assignments if stay.resident}
    for fault in faults(rules[name], roster.settings, entry, homes):
        yield tuple(fault.field.split(".")), fault.reason


def _known(roster: Roster) -> dict[str, set[str]]:
    return {
        "home": {stay.home for stay in roster.assignments},
        "resident": {stay.resident for stay in roster.assignments},
        "device": {device.id for device in roster.devices},
    }
