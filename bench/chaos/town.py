"""Who lives and works where a chaos run happens."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from api import accounts
from api.identity.roles import Role
from bench import town
from store import tables
from store.roster_version import count_up

#: On duty in turns, and the third when nobody else answers.
PEOPLE = ("anna", "bo", "sara")


def build(connection: Connection, homes: int, now: datetime, webhook_url: str) -> dict[str, str]:
    """Add to ``homes`` homes with a pendant each: an SOS button, people with three contacts each, and their tokens."""
    town.build(connection, homes, now)
    for name in PEOPLE:
        _person(connection, name, webhook_url)
    sos = {"id": "sos", "family": "zigbee2mqtt", "address": "h0/sos", "kind": "sos", "added_at": now}
    connection.execute(insert(tables.device), sos)
    stay = {"device_id": "sos", "home_id": "h0", "resident_id": "p0", "from_at": now}
    connection.execute(insert(tables.assignment), stay)
    connection.execute(tables.rotation.update().values(turns=[["anna"], ["bo"]]))
    count_up(connection)
    return {name: _token(connection, name, now) for name in PEOPLE}


def _person(connection: Connection, name: str, webhook_url: str) -> None:
    row: dict[str, Any] = {"id": name, "name": name.title(), "team_id": "t", "supervisor": name == "sara"}
    connection.execute(insert(tables.responder), row)
    for channel, address in (
        ("console", ""),
        ("webhook", f"{webhook_url}/{name}"),
        ("email", f"{name}@example.org"),
    ):
        contact = {"responder_id": name, "channel": channel, "address": address}
        connection.execute(insert(tables.contact), contact)


def _token(connection: Connection, name: str, now: datetime) -> str:
    accounts.create_account(connection, login=name, name=name.title(), role=Role.RESPONDER, now=now, responder_id=name)
    return accounts.create_token(connection, name, "chaos", now, days=30)
