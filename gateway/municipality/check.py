"""Checks what refers to what, and the settings of the rules, before anything is written."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from devices.family import families
from gateway.municipality.duty_check import check_duty
from gateway.municipality.locating import check_homes
from gateway.municipality.model import Municipality, Settings, Why, only_settings
from gateway.municipality.policies import check_policies
from gateway.municipality.source import BadFileError, Place, Problem, Source
from rules.registry import all_rules


def check(town: Municipality, source: Source) -> None:
    """Raise BadFileError with every problem at once."""
    zones = list(_zones(town, source))
    found = [
        *zones,
        # Wall times mean nothing where the zone is none.
        *(check_duty(town, source) if not zones else ()),
        *check_homes(town, source),
        *_twice(town, source),
        *_references(town, source),
        *_turns(town, source),
        *_fallback(town, source),
        *_devices(town, source),
        *check_policies(town, source),
        *_settings(town, source),
    ]
    if found:
        raise BadFileError(sorted(found, key=lambda problem: problem.line))


def warnings(town: Municipality, source: Source) -> list[Problem]:
    """What is allowed and yet would leave somebody without an answer at night."""
    found: list[Problem] = []
    turning = {rotation.team: rotation for rotation in town.rotations}
    for number, area in enumerate(town.areas):
        if area.team not in turning:
            found.append(
                source.problem(("areas", number, "team"), f"team {area.team} has no rotation: nobody is on duty")
            )
    on_duty = {name for rotation in town.rotations for turn in rotation.turns for name in turn}
    for number, responder in enumerate(town.responders):
        if responder.id in on_duty and not responder.contacts:
            found.append(
                source.problem(("responders", number), f"{responder.id} is on duty and has no contact channel")
            )
    for number, home in enumerate(town.homes):
        for index, device in enumerate(home.devices):
            if " " in (device.address or ""):
                place: Place = ("homes", number, "devices", index, "address")
                found.append(
                    source.problem(place, "the built-in broker refuses a topic with a space; rename the device")
                )
    return found


def _zones(town: Municipality, source: Source) -> Iterator[Problem]:
    named: list[tuple[Place, str]] = [(("zone",), town.zone)]
    named += [(("teams", number, "zone"), team.zone) for number, team in enumerate(town.teams) if team.zone]
    for place, zone in named:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield source.problem(place, f"{zone!r} is no time zone; use a name such as Europe/Stockholm")


def _twice(town: Municipality, source: Source) -> Iterator[Problem]:
    lists: dict[str, list[tuple[Place, str]]] = {
        "team": [(("teams", number, "id"), one.id) for number, one in enumerate(town.teams)],
        "area": [(("areas", number, "id"), one.id) for number, one in enumerate(town.areas)],
        # An alarm centre is told like a person, so the two share their names.
        "responder or centre": [
            *((("responders", number, "id"), one.id) for number, one in enumerate(town.responders)),
            *((("centres", number, "id"), one.id) for number, one in enumerate(town.centres)),
        ],
        "policy": [(("policies", number, "id"), one.id) for number, one in enumerate(town.policies)],
        "login": [
            (("responders", number, "login"), one.login) for number, one in enumerate(town.responders) if one.login
        ],
        "rotation": [(("rotations", number, "id"), one.id) for number, one in enumerate(town.rotations)],
        "calendar": [(("calendars", number, "id"), one.id) for number, one in enumerate(town.calendars)],
        "substitution": [
            *((("overrides", number, "id"), one.id) for number, one in enumerate(town.overrides)),
            *((("swaps", number, "id"), one.id) for number, one in enumerate(town.swaps)),
        ],
        "absence": [(("absences", number, "id"), one.id) for number, one in enumerate(town.absences)],
        "home": [(("homes", number, "id"), one.id) for number, one in enumerate(town.homes)],
        "resident": [
            (("homes", number, "residents", index, "id"), one.id)
            for number, home in enumerate(town.homes)
            for index, one in enumerate(home.residents)
        ],
        "device": [
            (("homes", number, "devices", index, "id"), one.id)
            for number, home in enumerate(town.homes)
            for index, one in enumerate(home.devices)
        ],
        "device address": [
            (("homes", number, "devices", index, "address"), f"{one.family} {one.address or one.id}")
            for number, home in enumerate(town.homes)
            for index, one in enumerate(home.devices)
        ],
    }
    for what, named in lists.items():
        first: dict[str, Place] = {}
        for place, name in named:
            if name in first:
                yield source.problem(place, f"{what} {name} stands already on line {source.line(first[name])}")
            first.setdefault(name, place)


def _references(town: Municipality, source: Source) -> Iterator[Problem]:
    teams = {team.id for team in town.teams}
    areas = {area.id: area for area in town.areas}

    def known(place: Place, what: str, name: str, names: Iterable[str]) -> Iterator[Problem]:
        if name not in names:
            yield source.problem(place, f"there is no {what} {name}")

    for number, area in enumerate(town.areas):
        yield from known(("areas", number, "team"), "team", area.team, teams)
    for number, responder in enumerate(town.responders):
        yield from known(("responders", number, "team"), "team", responder.team, teams)
    for number, rotation in enumerate(town.rotations):
        yield from known(("rotations", number, "team"), "team", rotation.team, teams)
        if rotation.area is not None:
            yield from known(("rotations", number, "area"), "area", rotation.area, areas)
    for number, home in enumerate(town.homes):
        if home.area is not None:
            yield from known(("homes", number, "area"), "area", home.area, areas)


def _turns(town: Municipality, source: Source) -> Iterator[Problem]:
    members = {responder.id: responder.team for responder in town.responders}
    for number, rotation in enumerate(town.rotations):
        for index, name in ((index, name) for index, turn in enumerate(rotation.turns) for name in turn):
            place: Place = ("rotations", number, "turns", index)
            if name not in members:
                yield source.problem(place, f"there is no responder {name}")
            elif members[name] != rotation.team:
                yield source.problem(place, f"{name} is in team {members[name]}, not in {rotation.team}")


def _fallback(town: Municipality, source: Source) -> Iterator[Problem]:
    count = sum(area.fallback for area in town.areas)
    if town.areas and count != 1:
        yield source.problem(("areas",), f"exactly one area must have `fallback: true`; {count} have")


def _devices(town: Municipality, source: Source) -> Iterator[Problem]:
    known = {family.name for family in families()}
    for number, home in enumerate(town.homes):
        living = {resident.id for resident in home.residents}
        for index, device in enumerate(home.devices):
            place: Place = ("homes", number, "devices", index)
            if device.family not in known:
                yield source.problem(
                    (*place, "family"),
                    f"there is no device family {device.family}; there are {', '.join(sorted(known))}",
                )
            if device.resident is not None and device.resident not in living:
                yield source.problem((*place, "resident"), f"{device.resident} does not live in {home.id}")


def _settings(town: Municipality, source: Source) -> Iterator[Problem]:
    rules = {rule.name: rule for rule in all_rules()}
    for place, settings in _all_settings(town):
        for name, fields in settings.items():
            if name not in rules:
                yield source.problem((*place, name), f"there is no rule {name}; there are {', '.join(sorted(rules))}")
                continue
            for model, part in ((rules[name].Settings, only_settings(fields)), (Why, fields)):
                try:
                    model.model_validate(part)
                except ValidationError as error:
                    for one in error.errors():
                        yield source.problem((*place, name, *one["loc"]), one["msg"])


def _all_settings(town: Municipality) -> Iterator[tuple[Place, Settings]]:
    yield ("settings",), town.settings
    for number, home in enumerate(town.homes):
        yield ("homes", number, "settings"), home.settings
        for index, resident in enumerate(home.residents):
            yield ("homes", number, "residents", index, "settings"), resident.settings
        for index, device in enumerate(home.devices):
            yield ("homes", number, "devices", index, "settings"), device.settings
