"""What an import would change: the rows that the file asks for, beside those that are there."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Table, select

from devices.registry import Placement
from gateway.municipality import duty_rows, policies
from gateway.municipality.change import Change, Key, Row
from gateway.municipality.going_on import going_on
from gateway.municipality.locating import area_of, shapes_of
from gateway.municipality.model import Device, Home, Municipality, Settings, Why, only_settings
from store import settings_versions, tables
from store.settings_versions import IMPORT


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All changes, in an order in which the database takes them.

    ``kept`` are settings that a person changed after they were imported, where the file says what it said then: an
    import must not take back a limit that somebody has set since.
    """

    rows: list[Change]
    assignments: list[tuple[str, Placement]]
    settings: list[Row]
    kept: list[settings_versions.Version]
    #: Rows to take away, by table and key.
    gone: list[tuple[str, Key]] = []

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.assignments or self.settings or self.gone)


def make_plan(connection: Connection, town: Municipality, now: datetime) -> Plan:
    """Compare the file with the database. What is in the database and not in the file is left alone."""
    changes: list[Change] = []
    for table, key_columns, wanted in _wanted(town, now):
        there = _existing(connection, table, key_columns)
        for row in wanted:
            key = tuple(row[column] for column in key_columns)
            found = there.get(key)
            # A moment of creation is set once, and never compared.
            after = {name: value for name, value in row.items() if name not in key_columns}
            if found is None:
                changes.append(Change(table=table.name, key=key, before={}, after=row))
            elif different := {n: v for n, v in after.items() if n not in _ONCE and found[n] != v}:
                before = {name: found[name] for name in different}
                changes.append(Change(table=table.name, key=key, before=before, after=different))
    settings, kept = _settings(connection, town)
    return Plan(
        rows=going_on(connection, changes, now),
        assignments=_assignments(connection, town),
        settings=settings,
        kept=kept,
        gone=[("area_term", key) for key in duty_rows.terms_gone(connection, town)],
    )


_ONCE = frozenset({"added_at", "created_at", "author"})


def _wanted(town: Municipality, now: datetime) -> Iterator[tuple[Table, tuple[str, ...], list[Row]]]:
    yield duty_rows.calendars(town)
    yield (
        tables.team,
        ("id",),
        [{"id": t.id, "name": t.name, "zone": t.zone or town.zone, "calendar_id": t.calendar} for t in town.teams],
    )
    yield (
        tables.area,
        ("id",),
        [
            {
                "id": a.id,
                "name": a.name,
                "team_id": a.team,
                "fallback": a.fallback,
                "postal_codes": a.postal_codes,
                "geometry": a.geometry,
            }
            for a in town.areas
        ],
    )
    yield duty_rows.terms(town)
    yield (
        tables.responder,
        ("id",),
        [
            {
                "id": r.id,
                "name": r.name,
                "team_id": r.team,
                "language": r.language,
                "supervisor": r.supervisor,
                "skills": r.skills,
                "active": True,
            }
            for r in town.responders
        ],
    )
    yield (
        tables.contact,
        ("responder_id", "channel", "address"),
        [
            {
                "responder_id": r.id,
                "channel": c.channel,
                "address": c.address,
                "position": number,
                "active": True,
            }
            for r in town.responders
            for number, c in enumerate(r.contacts)
        ],
    )
    yield tables.responder, ("id",), policies.centres(town)
    yield tables.contact, ("responder_id", "channel", "address"), policies.contacts(town)
    yield tables.policy, ("id",), policies.rows(town)
    yield (
        tables.account,
        ("login",),
        [
            {
                "login": r.login,
                "name": r.name,
                "role": "responder",
                "responder_id": r.id,
                "language": r.language,
                "active": True,
                "created_at": now,
            }
            for r in town.responders
            if r.login
        ],
    )
    yield (
        tables.rotation,
        ("id",),
        [
            {
                "id": r.id,
                "team_id": r.team,
                "area_id": r.area,
                "starts_on": r.starts_on,
                "handovers": r.handovers,
                "turns": r.turns,
                "layer": r.layer,
                "days": r.days,
                "ends_on": r.ends_on,
                "active": True,
            }
            for r in town.rotations
        ],
    )
    yield from duty_rows.changes(town, now)
    shapes = shapes_of(town)
    yield tables.home, ("id",), [_home(home, area_of(home, shapes)) for home in town.homes]
    yield (
        tables.resident,
        ("id",),
        [
            {
                "id": r.id,
                "home_id": home.id,
                "name": r.name,
                "sex": r.sex,
                "birth_year": r.birth_year,
                "note": r.note,
                "active": True,
            }
            for home in town.homes
            for r in home.residents
        ],
    )
    yield tables.device, ("id",), [_device(one, now) for home in town.homes for one in home.devices]


def _home(home: Home, area_id: str) -> Row:
    longitude, latitude = home.point or (None, None)
    return {
        "id": home.id,
        "area_id": area_id,
        "postal_code": home.postal_code,
        "longitude": longitude,
        "latitude": latitude,
        "address": home.address,
        "directions": home.directions,
        "key_note": home.key_note,
        "phone": home.phone,
        "active": True,
    }


def _device(device: Device, now: datetime) -> Row:
    return {
        "id": device.id,
        "family": device.family,
        "address": device.address or device.id,
        "kind": device.kind,
        "model": device.model,
        "interval_s": device.interval,
        "added_at": now,
    }


def _existing(connection: Connection, table: Table, key_columns: tuple[str, ...]) -> dict[Key, Row]:
    rows = connection.execute(select(table)).mappings()
    return {tuple(row[column] for column in key_columns): dict(row) for row in rows}


def _assignments(connection: Connection, town: Municipality) -> list[tuple[str, Placement]]:
    open_now = {
        row.device_id: Placement(home=row.home_id, resident=row.resident_id or "", room=row.room)
        for row in connection.execute(select(tables.assignment).where(tables.assignment.c.to_at.is_(None)))
    }
    wanted = [
        (device.id, Placement(home=home.id, resident=device.resident or "", room=device.room))
        for home in town.homes
        for device in home.devices
    ]
    return [(device_id, place) for device_id, place in wanted if open_now.get(device_id) != place]


def _settings(connection: Connection, town: Municipality) -> tuple[list[Row], list[settings_versions.Version]]:
    """Return the versions to write, and those that somebody made since and that the unchanged file leaves alone."""
    newest = {version.place: version for version in settings_versions.newest(connection)}
    imported = {version.place: version for version in settings_versions.newest(connection, origin=IMPORT)}
    rows: list[Row] = []
    kept: list[settings_versions.Version] = []
    for scope, subject, settings in _all_settings(town):
        for rule, fields in settings.items():
            place, why = (rule, scope, subject), Why.model_validate(fields)
            wanted = (only_settings(fields), why.review_on)
            there, before = newest.get(place), imported.get(place)
            if there is not None and wanted == (there.settings, there.review_on):
                continue
            if there is not None and before is not None and wanted == (before.settings, before.review_on):
                kept.append(there)
                continue
            row = {"rule": rule, "scope": scope, "subject": subject, "settings": wanted[0], "review_on": wanted[1]}
            rows.append(row | ({"reason": why.reason} if why.reason else {}))
    return rows, kept


def _all_settings(town: Municipality) -> Iterator[tuple[str, str, Settings]]:
    yield "default", "", town.settings
    for home in town.homes:
        yield "home", home.id, home.settings
        for resident in home.residents:
            yield "resident", resident.id, resident.settings
        for device in home.devices:
            yield "device", device.id, device.settings
