"""A change of settings by a person: checked as the engine will read it, then written as a version."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from api.errors import ApiError, NotFoundError
from api.identity import access, scope
from api.identity.caller import Caller
from rules.proposing import Fault, faults
from rules.registry import all_rules
from rules.roster import SettingEntry
from store import roster_version, settings_versions
from store.settings_versions import Version
from store.tables import device, home, resident

_MICROSECOND = timedelta(microseconds=1)
_MOST_BYTES = 20_000


class BadSettingsError(ApiError):
    """The settings cannot be used; nothing was written."""

    status = 422

    def __init__(self, errors: list[Fault]) -> None:
        """Name each field and what is wrong with it."""
        super().__init__("; ".join(f"{one.field}: {one.reason}" for one in errors))
        self.errors = [{"field": one.field, "reason": one.reason} for one in errors]


class ChangedMeanwhileError(ApiError):
    """Somebody has changed these settings since you read them; look at the newest version first."""

    status = 409

    def __init__(self, number: int) -> None:
        """``number`` is that of the newest version, 0 when there is none."""
        super().__init__()
        self.version = number


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to set. ``replaces`` is the newest version as the person saw it, None when nobody looked."""

    rule: str
    scope: str
    subject: str
    settings: dict[str, Any]
    reason: str
    review_on: date | None
    replaces: int | None


def change(connection: Connection, caller: Caller, now: datetime, proposed: Proposed) -> Version:
    """Write a version. Raises NotFoundError, ChangedMeanwhileError, BadSettingsError with every fault at once."""
    rule = next((rule for rule in all_rules() if rule.name == proposed.rule), None)
    if rule is None:
        raise BadSettingsError([Fault("rule", f"there are {', '.join(rule.name for rule in all_rules())}")])
    people = whom(connection, caller, proposed.scope, proposed.subject)
    # Whoever changes something holds the roster's number until the end: two cannot both replace the same version.
    roster_version.count_up(connection)
    versions = settings_versions.newest(connection, rule=rule.name)
    place = (proposed.rule, proposed.scope, proposed.subject)
    there = next((version for version in versions if version.place == place), None)
    newest = there.number if there else 0
    if proposed.replaces is not None and proposed.replaces != newest:
        raise ChangedMeanwhileError(newest)
    # A clock that runs behind must not write a version that is older than the one it replaces.
    since = now if there is None else max(now, there.valid_from + _MICROSECOND)
    entry = SettingEntry(
        rule=rule.name,
        valid_from=since,
        settings=proposed.settings,
        scope=proposed.scope,
        subject=proposed.subject,
    )
    wrong = [*_unfit(proposed.settings)]
    if not wrong:
        wrong += faults(rule, [as_entry(version) for version in versions], entry, homes_of(connection))
    if proposed.review_on is not None and proposed.review_on < now.date():
        wrong.append(Fault("review_on", "the day has passed"))
    if wrong:
        raise BadSettingsError(wrong)
    access.log(connection, caller, people, now=now, action="change", what="settings")
    row = {
        "rule": rule.name,
        "scope": proposed.scope,
        "subject": proposed.subject,
        "settings": proposed.settings,
        "author": caller.name,
        "account_id": caller.account_id,
        "reason": proposed.reason,
        "valid_from": since,
        "review_on": proposed.review_on,
        "origin": settings_versions.API,
    }
    (number,) = settings_versions.add(connection, [row])
    return settings_versions.named(connection, [number])[number]


def _unfit(settings: dict[str, Any]) -> Iterator[Fault]:
    """Refuse what neither database can hold, whatever the rule's own checks would say of it."""
    try:
        written = json.dumps(settings, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        yield Fault("settings", "they hold a number or a text that cannot be stored")
        return
    if len(written) > _MOST_BYTES:
        yield Fault("settings", f"they are longer than {_MOST_BYTES} bytes")
    elif b"\\u0000" in written:
        yield Fault("settings", "they hold a NUL character")


def whom(connection: Connection, caller: Caller, wide: str, subject: str) -> list[str]:
    """Return the residents whom settings of ``wide`` for ``subject`` are about. Raises NotFoundError.

    What holds for everybody, or for a device, is about nobody in particular.
    """
    if wide == "default":
        if subject:
            raise NotFoundError
        return []
    if wide == "device":
        if connection.scalar(select(device.c.id).where(device.c.id == subject)) is None:
            raise NotFoundError
        return []
    query = select(resident.c.id).join_from(resident, home).where(scope.homes(caller))
    column = resident.c.id if wide == "resident" else home.c.id
    found = list(connection.scalars(query.where(column == subject)))
    if not found:
        raise NotFoundError
    return found


def homes_of(connection: Connection) -> dict[str, str]:
    """Return resident -> home."""
    return {row.id: row.home_id for row in connection.execute(select(resident.c.id, resident.c.home_id))}


def as_entry(version: Version) -> SettingEntry:
    """Return a stored version as the engine reads it."""
    return SettingEntry(
        rule=version.rule,
        valid_from=version.valid_from,
        settings=version.settings,
        scope=version.scope,
        subject=version.subject,
        version=version.number,
    )
