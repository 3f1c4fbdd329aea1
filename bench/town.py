"""An invented municipality of any size, straight into a database."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from store import tables
from store.roster_version import count_up

_CHUNK = 5_000


def build(connection: Connection, homes: int, now: datetime) -> None:
    """Make ``homes`` homes with one resident, a pendant and a hub each, in one area with one responder on duty."""
    connection.execute(insert(tables.team), {"id": "t", "name": "Team", "zone": "Europe/Stockholm"})
    connection.execute(insert(tables.area), {"id": "a", "name": "Area", "team_id": "t", "fallback": True})
    connection.execute(insert(tables.responder), {"id": "r", "name": "R", "team_id": "t"})
    connection.execute(insert(tables.contact), {"responder_id": "r", "channel": "console", "address": ""})
    rotation = {
        "id": "d",
        "team_id": "t",
        "starts_on": now.date() - timedelta(days=7),
        "handovers": ["07:00"],
        "turns": [["r"]],
    }
    connection.execute(insert(tables.rotation), rotation | {"active": True})
    numbers = range(homes)
    _insert(connection, tables.home, [{"id": f"h{n}", "area_id": "a", "address": f"Street {n}"} for n in numbers])
    residents = [{"id": f"p{n}", "home_id": f"h{n}", "name": f"P {n}", "sex": "female"} for n in numbers]
    _insert(connection, tables.resident, residents)
    devices = [_device(kind, n, now) for n in numbers for kind in ("pendant", "hub")]
    _insert(connection, tables.device, devices)
    stays = [
        {"device_id": f"{kind}-{n}", "home_id": f"h{n}", "resident_id": f"p{n}", "from_at": now}
        for n in numbers
        for kind in ("pendant", "hub")
    ]
    _insert(connection, tables.assignment, stays)
    count_up(connection)


def _device(kind: str, number: int, now: datetime) -> dict[str, Any]:
    name = f"{kind}-{number}"
    return {"id": name, "family": "hemvakt", "address": name, "kind": kind, "interval_s": 3600.0, "added_at": now}


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        connection.execute(insert(table), rows[start : start + _CHUNK])
