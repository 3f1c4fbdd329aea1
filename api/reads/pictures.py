"""Draws the finding of an alarm from what is stored, each look logged before it is given."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, or_, select

from alarms.errors import NoSuchAlarmError
from api.changing import as_entry
from api.identity import access
from api.identity.caller import Caller
from api.pictures import day, fall, measured
from api.pictures.bands import bands
from api.pictures.material import Activity, Found, Look, Measured, note
from api.pictures.svg import Svg
from api.reads.alarms import MEASURED, require_visible
from api.reads.signs import FIELDS, LIVELY, signs
from devices.observation import Acceleration, Kind, Observation, Quality
from rules.base import Rule, Scope
from rules.effective import EffectiveSettings
from rules.limits.units import CANONICAL, canonical
from rules.registry import all_rules
from store import settings_versions
from store.tables import alarm, finding, observation, occurrence, resident

PICTURE = "alarm_picture"
_MOST_SIGNS, _MOST_VALUES, _MOST_WINDOWS = 100_000, 2_000, 64
_SIDES = ("very_low", "low", "high", "very_high")


def drawn(
    connection: Connection, caller: Caller, now: datetime, alarm_id: int, look: Look, *, occurrence_id: int | None
) -> Svg:
    """Return the picture of an alarm's newest finding, or of the one of an occurrence. Raises NoSuchAlarmError.

    What a browser shows again within a while is the same look; each request of a program is one.
    """
    require_visible(connection, caller, alarm_id)
    row = connection.execute(select(alarm).where(alarm.c.id == alarm_id)).one()
    people = _people(connection, row)
    if caller.by_cookie:
        pairs = [(alarm_id, person) for person in people]
        people = [person for _, person in access.unlogged(connection, caller, pairs, now=now, what=PICTURE)]
    access.log(connection, caller, people, now=now, action="read", what=PICTURE, alarm_id=alarm_id)
    found = _found(connection, row, occurrence_id)
    rule = next((rule for rule in all_rules() if rule.name == found.rule), None)
    return _of(connection, row, found, rule, look)


def has_picture(name: str) -> bool:
    """Say whether the findings of a rule can be drawn."""
    return any(rule.name == name and _kind_of(rule) for rule in all_rules())


def _kind_of(rule: Rule) -> str:
    """Return what shows a rule's findings best, by what it listens to; empty for what happens in one moment."""
    if Kind.ACCELERATION in rule.kinds:
        return "fall"
    if rule.scope is not Scope.DEVICE and rule.kinds & {Kind.MOTION, Kind.DOOR}:
        return "day"
    return "measured" if rule.kinds & set(MEASURED) and rule.kinds <= set(MEASURED) else ""


def _of(connection: Connection, row: Row[Any], found: Found, rule: Rule | None, look: Look) -> Svg:
    kind = "" if rule is None else _kind_of(rule)
    if rule is None or not kind:
        return note(found, look, "picture.none")
    if kind == "fall":
        return fall.draw(found, list(_windows(connection, found)), look)
    if kind == "day":
        night = {
            name: value.isoformat()
            for name, value in _settings(connection, row, found, rule).items()
            if name in {"night_from", "night_to"}
        }
        return day.draw(found._replace(facts=night | dict(found.facts)), _activity(connection, row, found), look)
    return measured.draw(found, *_measured(connection, row, found, rule, look), look)


def _people(connection: Connection, row: Row[Any]) -> list[str]:
    if row.resident_id:
        return [row.resident_id]
    return list(connection.scalars(select(resident.c.id).where(resident.c.home_id == (row.home_id or ""))))


def _found(connection: Connection, row: Row[Any], occurrence_id: int | None) -> Found:
    query = (
        select(finding)
        .join(occurrence, occurrence.c.finding_key == finding.c.key)
        .where(occurrence.c.alarm_id == row.id)
        .order_by(occurrence.c.id.desc())
        .limit(1)
    )
    if occurrence_id is not None:
        query = query.where(occurrence.c.id == occurrence_id)
    one = connection.execute(query).one_or_none()
    if one is None:
        if occurrence_id is not None:
            raise NoSuchAlarmError
        return Found(row.id, row.rule, row.code, row.occurred_at, row.facts, ())
    return Found(row.id, one.rule, one.code, one.time, one.facts, one.evidence)


def _windows(connection: Connection, found: Found) -> Iterator[Observation]:
    numbers = list(found.evidence)[-_MOST_WINDOWS:]
    query = select(observation).where(observation.c.id.in_(numbers)).order_by(observation.c.id)
    for row in connection.execute(query):
        if row.acceleration is not None:
            yield Observation(
                id=row.id,
                kind=Kind(row.kind),
                received_at=row.received_at,
                time=row.time,
                acceleration=msgspec.msgpack.decode(row.acceleration, type=Acceleration),
                quality=_quality(row),
            )


def _activity(connection: Connection, row: Row[Any], found: Found) -> Activity:
    """Return the signs of the home from the day up to an hour after the finding, and the two weeks before."""
    hours = found.facts.get("quiet_h", 0)
    quiet = timedelta(hours=hours) if isinstance(hours, (int, float)) and 0 < hours < 72 else timedelta()
    end = found.time + 2 * day.SLOT
    begin = min(found.time - day.SHOWN, found.time - quiet - 8 * day.SLOT) + 2 * day.SLOT
    query = (
        select(*(observation.c[name] for name in FIELDS))
        .where(
            observation.c.home_id == (row.home_id or ""),
            observation.c.received_at > begin - timedelta(days=day.USUAL_DAYS),
            observation.c.received_at < end,
            observation.c.kind.in_([kind.value for kind in LIVELY]),
        )
        .order_by(observation.c.received_at.desc())
        .limit(_MOST_SIGNS)
    )
    rows = connection.execute(query).all() if row.home_id else []
    heard = [one.received_at for one in signs(reversed(rows))]
    return Activity(heard, begin, end)


def _measured(
    connection: Connection, row: Row[Any], found: Found, rule: Rule, look: Look
) -> tuple[list[Measured], datetime]:
    begin = found.time - timedelta(days=measured.DAYS)
    rows = _values(connection, row, found, begin)
    of_finding = {one.kind for one in rows if one.id in set(found.evidence)}
    kinds = [kind for kind in MEASURED if kind in CANONICAL and kind.value in of_finding] or _named_in(found.code)
    settings = _settings(connection, row, found, rule)
    on_oxygen = any(one.kind == Kind.OXYGEN.value and one.value == 1 and one.id in found.evidence for one in rows)
    panels = []
    for kind in kinds:
        points = (
            bands(kind, scale_2=bool(settings.get("scale_2")), on_oxygen=on_oxygen) if "tell_from" in settings else ()
        )
        panels.append(
            Measured(kind, CANONICAL[kind], list(_readable(rows, kind)), _limits(kind, settings, look), points)
        )
    return panels, begin


def _values(connection: Connection, row: Row[Any], found: Found, begin: datetime) -> list[Row[Any]]:
    mine: Any = (
        observation.c.resident_id == row.resident_id if row.resident_id else observation.c.home_id == row.home_id
    )
    query = (
        select(observation)
        .where(
            mine,
            observation.c.kind.in_([kind.value for kind in MEASURED]),
            observation.c.received_at >= begin,
            or_(observation.c.received_at <= found.time, observation.c.id.in_(list(found.evidence)[-_MOST_VALUES:])),
        )
        .order_by(observation.c.received_at.desc(), observation.c.id.desc())
        .limit(_MOST_VALUES)
    )
    return list(connection.execute(query))[::-1]


def _readable(rows: Iterable[Row[Any]], kind: Kind) -> Iterator[tuple[datetime, float, int, bool]]:
    for row in rows:
        if row.kind == kind.value and row.value is not None and abs(row.value) < 1e9:
            value = canonical(kind, row.value, row.unit)
            if value is not None:
                at = row.received_at if Quality.CLOCK in _quality(row) else min(row.time, row.received_at)
                yield at, value, row.id, Quality.IMPOSSIBLE not in _quality(row)


def _named_in(code: str) -> list[Kind]:
    return [kind for kind in CANONICAL if code.startswith(f"{kind.value}_")]


def _settings(connection: Connection, row: Row[Any], found: Found, rule: Rule) -> dict[str, Any]:
    """Return what was set for the person when it was found."""
    versions = settings_versions.newest(connection, rule=rule.name, at=found.time)
    effective = EffectiveSettings([as_entry(version) for version in versions], [rule], found.time)
    layers = [("default", ""), ("home", row.home_id or ""), ("resident", row.resident_id or "")]
    held = effective.of(rule, tuple(layer for layer in layers if layer[0] == "default" or layer[1])).model_dump()
    # What the finding itself names decides: a version may have been written while the gateway was down.
    field, limit = found.facts.get("limit_field"), found.facts.get("limit")
    return held | ({field: limit} if field in held and isinstance(limit, (int, float)) else {})


def _limits(kind: Kind, settings: Mapping[str, Any], look: Look) -> dict[str, float]:
    """Return the limits of a kind by their names; a rule with one limit for each kind names it like the kind."""
    found = {look.words(f"side.{side}"): settings.get(f"{kind.value}_{side}") for side in _SIDES}
    found[look.words("side.high")] = found[look.words("side.high")] or settings.get(kind.value)
    return {name: float(value) for name, value in found.items() if value is not None}


def _quality(row: Row[Any]) -> frozenset[Quality]:
    return frozenset(map(Quality, row.quality.split(","))) if row.quality else frozenset()
