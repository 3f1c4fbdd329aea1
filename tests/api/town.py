"""A small municipality with two teams, and an application to ask about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, insert

from alarms.desk import record
from api import accounts
from api.identity import passwords
from api.identity.roles import Role
from rules.base import AlarmClass, Finding, Scope
from store.database import Database
from store.tables import (
    account,
    area,
    assignment,
    contact,
    device,
    home,
    observation,
    resident,
    responder,
    rotation,
    team,
    unknown_device,
)

ORIGIN = "http://127.0.0.1:8080"
PASSWORD = "seven geese in the north wind"

#: login -> role, responder
PEOPLE: Mapping[str, tuple[Role, str | None]] = {
    "anna": (Role.RESPONDER, "anna"),
    "bo": (Role.RESPONDER, "bo"),
    "stina": (Role.RESPONDER, "stina"),
    "tor": (Role.TECHNICIAN, None),
    "karin": (Role.COORDINATOR, "karin"),
    "root": (Role.ADMIN, None),
    "greta": (Role.RESIDENT, None),
    "vera": (Role.RELATIVE, None),
}
#: Whose data these logins see.
RESIDENTS: Mapping[str, str] = {"greta": "greta", "vera": "greta"}


def build(connection: Connection, now: datetime) -> None:
    """Write the town: team north with Anna (on duty), Bo and Karin (supervisor); team south with Stina (on duty)."""
    for name in ("north", "south"):
        connection.execute(insert(team).values(id=name, name=name.title(), zone="Europe/Stockholm"))
        connection.execute(insert(area).values(id=name, name=name.title(), team_id=name, fallback=name == "north"))
    people = (
        ("anna", "Anna Ek", "north"),
        ("bo", "Bo Ask", "north"),
        ("karin", "Karin Al", "north"),
        ("stina", "Stina Rönn", "south"),
    )
    for key, name, its_team in people:
        row = {"id": key, "name": name, "team_id": its_team, "supervisor": key == "karin"}
        connection.execute(insert(responder).values(**row, language="sv", active=True))
        connection.execute(
            insert(contact).values(responder_id=key, channel="console", address="", position=0, active=True)
        )
    for its_team, turn in (("north", ["anna"]), ("south", ["stina"])):
        connection.execute(
            insert(rotation).values(
                id=its_team,
                team_id=its_team,
                starts_on=(now - timedelta(days=9)).date(),
                handovers=["07:00", "21:00"],
                turns=[turn],
                active=True,
            )
        )
    homes = (
        ("home-1", "north", "Granvägen 3, 1 tr", "Gavel mot skogen, röd dörr", "Nyckelskåp vid porten: 4711"),
        ("home-2", "north", "Storgatan 12 B", "Hiss till plan 4", "Kod 2280"),
        ("home-3", "south", "Hamngatan 1", "", "Under mattan"),
    )
    for key, its_area, address, directions, key_note in homes:
        connection.execute(
            insert(home).values(
                id=key,
                area_id=its_area,
                address=address,
                directions=directions,
                key_note=key_note,
                phone="",
                active=True,
            )
        )
    residents = (
        ("greta", "home-1", "Greta Holm", "female", 1938, "Hör dåligt på vänster öra."),
        ("nils", "home-2", "Nils Berg", "male", 1941, ""),
        ("maj", "home-3", "Maj Sund", "female", 1935, ""),
    )
    for key, its_home, name, sex, born, note in residents:
        connection.execute(
            insert(resident).values(
                id=key, home_id=its_home, name=name, sex=sex, birth_year=born, note=note, active=True
            )
        )
    for number, who in enumerate(("greta", "nils", "maj"), 1):
        key = f"pendant-{number}"
        connection.execute(
            insert(device).values(
                id=key, family="hemvakt", address=key, kind="pendant", model="", interval_s=300, added_at=now
            )
        )
        connection.execute(
            insert(assignment).values(
                device_id=key, home_id=f"home-{number}", resident_id=who, room="", from_at=now - timedelta(days=1)
            )
        )
    connection.execute(
        insert(unknown_device).values(
            family="zigbee2mqtt",
            address="home-1/hall/pir",
            first_seen_at=now,
            last_seen_at=now,
            messages=3,
            kinds="motion",
            sample=b"",
        )
    )


@cache
def _stored() -> str:
    """Hashing is slow on purpose: once is enough for all tests of a run."""
    return passwords.hash_password(PASSWORD, login="-")


def sign_up(connection: Connection, now: datetime) -> dict[str, str]:
    """Give everybody an account with PASSWORD; return API tokens by login."""
    tokens = {}
    for login, (role, its_responder) in PEOPLE.items():
        key = accounts.create_account(
            connection,
            login=login,
            name=login.title(),
            role=role,
            now=now,
            responder_id=its_responder,
            resident_id=RESIDENTS.get(login),
        )
        connection.execute(account.update().where(account.c.id == key).values(password_hash=_stored()))
        tokens[login] = accounts.create_token(connection, login, "test", now)
    return tokens


def press(database: Database, now: datetime, number: int = 1, *, key: str = "") -> int:
    """Let ``pendant-NUMBER`` be pressed; return the number of the alarm."""
    finding = Finding(
        key=key or f"press/pendant-{number}/{now.isoformat()}",
        rule="press",
        code="pressed",
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=Scope.DEVICE,
        subject=f"pendant-{number}",
        time=now,
    )
    done = database.write_now(lambda connection: record(connection, [finding], now))
    return (done.opened + done.occurred)[0]


def care(database: Database, now: datetime, who: str = "nils") -> int:
    """Let a blood pressure of ``who`` be over its limit; return the number of the alarm."""
    finding = Finding(
        key=f"limits/{who}/{now.isoformat()}",
        rule="limits",
        code="systolic_high",
        alarm_class=AlarmClass.CARE,
        scope=Scope.RESIDENT,
        subject=who,
        time=now,
        facts={"value": 182.0, "limit": 160.0, "source_en": "personal limit", "source_sv": "egen gräns"},
    )
    done = database.write_now(lambda connection: record(connection, [finding], now))
    return (done.opened + done.occurred)[0]


def observe(connection: Connection, number: int, now: datetime, **values: Any) -> None:
    """Write one observation of Greta's home."""
    row: dict[str, Any] = {
        "id": number,
        "received_at": now,
        "time": now,
        "device_id": "hub-1",
        "home_id": "home-1",
        "resident_id": "greta",
        "room": "",
        "kind": "systolic",
        "value": 141.0,
        "unit": "mm[Hg]",
        "text": "",
        "quality": "",
    }
    connection.execute(insert(observation).values(**row | values))


class Caller(httpx.AsyncClient):
    """A client of the application, in process. Given a token it is a program; else a browser on our own pages."""

    def __init__(self, app: FastAPI, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        super().__init__(transport=transport, base_url=ORIGIN, headers=headers)
