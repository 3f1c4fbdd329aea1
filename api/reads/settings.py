"""Settings of rules as the API shows them, each look at a person's own logged before it is given."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from api.changing import as_entry, homes_of, whom
from api.identity import access
from api.identity.caller import Caller
from api.reads import residents
from rules.base import Rule
from rules.effective import EffectiveSettings, reaches
from rules.registry import all_rules
from store import settings_versions
from store.settings_versions import Version
from store.tables import resident

WHAT = "settings"


class InForce(NamedTuple):
    """What holds of one rule for one resident: every field, and the version behind each that is set closer."""

    rule: Rule
    settings: dict[str, Any]
    personal: dict[str, int]
    #: What a rule of the person's devices or home is given for this resident alone, as the newest version says.
    own: Version | None


def history(
    connection: Connection,
    caller: Caller,
    now: datetime,
    *,
    rule: str | None,
    place: tuple[str, str] | None,
    before: int | None,
    limit: int,
) -> list[Version]:
    """Return versions, newest first, of one place or of all. Raises NotFoundError for a place that is not there."""
    if place is not None:
        whom(connection, caller, *place)
    found = settings_versions.history(
        connection, rule=rule, places=None if place is None else [place], before=before, limit=limit
    )
    log(connection, caller, now, found)
    return found


def reviews(connection: Connection, caller: Caller, now: datetime, by: date) -> list[Version]:
    """Return the versions in force that are to be reviewed by a day, the longest overdue first."""
    found = settings_versions.due_for_review(connection, by)
    log(connection, caller, now, found)
    return found


def of_resident(
    connection: Connection, caller: Caller, now: datetime, resident_id: str, *, limit: int
) -> tuple[list[Version], list[InForce]]:
    """Return the versions made for a resident and the home, newest first, and what holds now. Raises NotFoundError."""
    row = residents.visible(connection, caller, resident_id)
    places = [("resident", resident_id), ("home", row["home_id"])]
    found = settings_versions.history(connection, places=places, limit=limit)
    holding = in_force(connection, now, *places)
    people = {resident_id}
    if any(version.scope == "home" for version in found):
        people |= residents.living_in(connection, row["home_id"])
    access.log(connection, caller, people, now=now, action="read", what=WHAT)
    return found, holding


def in_force(
    connection: Connection, now: datetime, person: tuple[str, str], home: tuple[str, str], *, only: str | None = None
) -> list[InForce]:
    """Return what holds at ``now`` of each rule, or of ``only`` one, for a resident in a home."""
    versions = settings_versions.newest(connection, rule=only, at=now)
    rules = [rule for rule in all_rules() if only in {None, rule.name} and "resident" in reaches(rule.scope)]
    effective = EffectiveSettings([as_entry(version) for version in versions], rules, now)
    own = {version.rule: version for version in versions if (version.scope, version.subject) == person}
    layers = (("default", ""), home, person)
    return [
        InForce(
            rule,
            effective.of(rule, layers).model_dump(mode="json"),
            dict(effective.personal(rule, layers)),
            own.get(rule.name),
        )
        for rule in rules
    ]


def log(connection: Connection, caller: Caller, now: datetime, versions: Iterable[Version]) -> None:
    """Write a look for each resident whom one of ``versions`` is about: a personal limit is health data."""
    people: set[str] = set()
    homes: set[str] = set()
    for version in versions:
        if version.scope == "resident":
            people.add(version.subject)
        elif version.scope == "home":
            homes.add(version.subject)
    people |= {person for person, home in homes_of(connection).items() if home in homes}
    access.log(connection, caller, people, now=now, action="read", what=WHAT)


def names(connection: Connection, versions: Iterable[Version]) -> dict[str, str]:
    """Return the names of the residents whom ``versions`` are made for; whoever calls this has logged the look."""
    wanted = {version.subject for version in versions if version.scope == "resident"}
    query = select(resident.c.id, resident.c.name).where(resident.c.id.in_(wanted))
    return {row.id: row.name for row in connection.execute(query)}
