"""What is stored about a resident, for the resident: the same rows that staff see, and who of them has looked."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select

from api.identity import access
from api.identity.caller import Caller
from devices import sharing
from store.tables import (
    access_log,
    account,
    account_resident,
    alarm,
    area,
    assignment,
    device,
    finding,
    home,
    observation,
    resident,
    rule_setting,
)

Rows = list[RowMapping]


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """What a Home Assistant is shown of a resident: the home, what serves this person alone, measured values too."""

    resident_id: str
    home: bool = False
    person: bool = False
    health: bool = False
    since_at: datetime | None = None


def look(connection: Connection, caller: Caller, now: datetime, *, action: str = "read") -> Rows:
    """Log that the caller looks, and return whom at. A relative's look is one that the resident wants to see too.

    It is a short write of its own, before a read that may be long: one thread writes, and alarms wait for it.
    """
    people = residents_of(connection, caller)
    access.log(connection, caller, (row["id"] for row in people), now=now, action=action, what="own_data")
    return people


def residents_of(connection: Connection, caller: Caller) -> Rows:
    """Return the residents whose data the caller's account shows, each with the home."""
    query = (
        select(
            resident.c.id,
            resident.c.name,
            resident.c.sex,
            resident.c.birth_year,
            resident.c.note,
            resident.c.home_id,
            home.c.address,
            home.c.directions,
            home.c.key_note,
            home.c.phone,
            area.c.name.label("area_name"),
        )
        .join_from(account_resident, resident)
        .join(home)
        .join(area)
        .where(account_resident.c.account_id == caller.account_id)
        .order_by(resident.c.id)
    )
    return list(connection.execute(query).mappings())


def about(connection: Connection, person: RowMapping, column_resident: Any, column_home: Any) -> ColumnElement[bool]:
    """Return the condition of what is about a person: what names them, and all of a home where nobody else lives.

    What a shared home says is about others too, and is not handed out (GDPR art. 15(4)).
    """
    named: ColumnElement[bool] = column_resident == person["id"]
    if not lives_alone(connection, person):
        return named
    return or_(named, and_(column_home == person["home_id"], or_(column_resident.is_(None), column_resident == "")))


def lives_alone(connection: Connection, person: RowMapping) -> bool:
    others = (resident.c.home_id == person["home_id"], resident.c.id != person["id"], resident.c.active)
    return not connection.scalar(select(func.count()).where(*others))


def showing(connection: Connection, person: RowMapping) -> Showing:
    """Return what a Home Assistant of the person's home is shown."""
    try:
        one = sharing.of_home(connection, person["home_id"])
    except sharing.NotSharedError:
        return Showing(resident_id=person["id"])
    return Showing(
        resident_id=person["id"],
        home=True,
        person=person["id"] in one.residents,
        health=one.health,
        since_at=one.since_at,
    )


def alarms(connection: Connection, person: RowMapping, limit: int) -> Rows:
    """Return the person's alarms, newest first."""
    whose = about(connection, person, alarm.c.resident_id, alarm.c.home_id)
    query = select(alarm).where(whose).order_by(alarm.c.id.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def measurements(connection: Connection, person: RowMapping, limit: int) -> Rows:
    """Return the newest values that were measured on the person."""
    query = (
        select(observation.c.kind, observation.c.value, observation.c.unit, observation.c.time)
        .where(observation.c.resident_id == person["id"], observation.c.value.is_not(None), observation.c.unit != "")
        .order_by(observation.c.received_at.desc(), observation.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def settings(connection: Connection, person: RowMapping) -> Rows:
    """Return the limits and other settings that were made for the person or the home, newest first."""
    own = and_(rule_setting.c.scope == "resident", rule_setting.c.subject == person["id"])
    of_home = and_(rule_setting.c.scope == "home", rule_setting.c.subject == person["home_id"])
    query = select(rule_setting).where(or_(own, of_home)).order_by(rule_setting.c.valid_from.desc(), rule_setting.c.id)
    return list(connection.execute(query).mappings())


def devices(connection: Connection, person: RowMapping) -> Rows:
    """Return the devices that serve or served the person, newest first."""
    query = (
        select(device.c.id, device.c.kind, device.c.model, assignment.c.room, assignment.c.from_at, assignment.c.to_at)
        .join_from(assignment, device)
        .where(about(connection, person, assignment.c.resident_id, assignment.c.home_id))
        .order_by(assignment.c.from_at.desc(), device.c.id)
    )
    return list(connection.execute(query).mappings())


def looks(connection: Connection, person: RowMapping, *, before: int | None, limit: int) -> Rows:
    """Return who looked at the person's data, newest first (patientdatalagen 8:5)."""
    query = (
        select(access_log, account.c.name.label("account_name"))
        .outerjoin_from(access_log, account, account.c.id == access_log.c.account_id)
        .where(access_log.c.resident_id == person["id"])
        .order_by(access_log.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query if before is None else query.where(access_log.c.id < before)).mappings())


def amounts(connection: Connection, person: RowMapping) -> dict[str, int]:
    """Return how many rows of each kind are stored about the person."""
    counted = {
        "observations": about(connection, person, observation.c.resident_id, observation.c.home_id),
        "findings": about(connection, person, finding.c.resident_id, finding.c.home_id),
        "alarms": about(connection, person, alarm.c.resident_id, alarm.c.home_id),
        "looks": access_log.c.resident_id == person["id"],
    }
    return {name: connection.scalar(select(func.count()).where(whose)) or 0 for name, whose in counted.items()}
