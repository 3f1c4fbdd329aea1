"""Everything that is to stand at the broker, retained, for the homes that are shown."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from alarms.lifecycle.states import Handling, Overlay
from devices.observation import Kind
from devices.sharing import STATUS, Shared, prefix, slug
from gateway.home_assistant import components
from gateway.home_assistant.latest import Latest
from rules.base import AlarmClass
from store.tables import alarm, assignment, device

_ORIGIN: Final = {"name": "Hemvakt", "sw_version": version("hemvakt")}
#: The handling that most needs somebody comes first.
_ATTENTION: Final = (Handling.OPEN, Handling.ACCEPTED, Handling.ATTENDING)


def shown(connection: Connection, homes: Sequence[Shared], latest: Latest) -> dict[str, bytes]:
    """Return topic -> payload."""
    found: dict[str, bytes] = {}
    for one in homes:
        found |= _home(connection, one)
        for row in _devices(connection, one):
            found |= _device(one, row, latest)
    return found


def _devices(connection: Connection, one: Shared) -> Sequence[Any]:
    """Return the devices that serve the whole home, or somebody there who has said yes."""
    query = (
        select(device.c.id, device.c.kind, device.c.model, assignment.c.room, assignment.c.resident_id)
        .join(assignment, assignment.c.device_id == device.c.id)
        .where(
            assignment.c.home_id == one.home_id,
            assignment.c.to_at.is_(None),
            device.c.retired_at.is_(None),
            or_(assignment.c.resident_id.is_(None), assignment.c.resident_id.in_(one.residents)),
        )
        .order_by(device.c.id)
    )
    return connection.execute(query).all()


def _device(one: Shared, row: Any, latest: Latest) -> dict[str, bytes]:
    kinds = components.kinds(row.kind, health=one.health)
    described = {kind.value: components.component(kind, one.language) for kind in kinds}
    about = {"name": row.id, "model": row.model or row.kind}
    if row.room:
        about["suggested_area"] = row.room
    found = _announced(one.home_id, row.id, about | {"via_device": _id(one.home_id, "")}, described)
    for kind in kinds:
        value = latest.get(one.home_id, row.id, kind, row.resident_id or "")
        if value is not None:
            found[_state(one.home_id, row.id, kind)] = components.written(Kind(kind), value).encode()
    return found


def _home(connection: Connection, one: Shared) -> dict[str, bytes]:
    """Show whether somebody has called for help; care alarms are about measured values, and shown only with these."""
    classes = [AlarmClass.LIFE_SAFETY, *([AlarmClass.CARE] if one.health else [])]
    query = select(alarm.c.handling).where(
        alarm.c.home_id == one.home_id,
        alarm.c.handling != Handling.CLOSED,
        alarm.c.overlay != Overlay.TEST,
        alarm.c.alarm_class.in_([one.value for one in classes]),
        or_(alarm.c.resident_id.is_(None), alarm.c.resident_id.in_(one.residents)),
    )
    handlings = {Handling(found) for found in connection.scalars(query)}
    gravest = next((handling.value for handling in _ATTENTION if handling in handlings), "none")
    about = {"name": f"Hemvakt {one.home_id}", "model": "Hemvakt"}
    found = _announced(one.home_id, "", about, components.alarm_components(one.language))
    found[_state(one.home_id, "", "alarm")] = b"ON" if handlings else b"OFF"
    found[_state(one.home_id, "", "alarm_state")] = components.ALARM_STATES[one.language][gravest].encode()
    return found


def _announced(
    home_id: str, device_id: str, about: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]]
) -> dict[str, bytes]:
    """Announce one device with its components (Home Assistant documentation, MQTT, "Device discovery payload")."""
    its_id = _id(home_id, device_id)
    said = {
        "device": {"identifiers": [its_id], "manufacturer": "Hemvakt", **about},
        "origin": _ORIGIN,
        "availability": [{"topic": STATUS}],
        "qos": 1,
        "components": {
            name: {**one, "unique_id": f"{its_id}_{name}", "state_topic": _state(home_id, device_id, name)}
            for name, one in described.items()
        },
    }
    return {f"{prefix(home_id)}/device/{its_id}/config": json.dumps(said, ensure_ascii=False).encode()}


def _id(home_id: str, device_id: str) -> str:
    return f"hemvakt_{slug(home_id)}" + (f"_{slug(device_id)}" if device_id else "")


def _state(home_id: str, device_id: str, name: str) -> str:
    return f"{prefix(home_id)}/state/{slug(device_id) if device_id else 'home'}/{name}"
