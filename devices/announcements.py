"""What devices have announced of themselves, kept for whoever adopts them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, exists, func, insert, select

from devices.discovery import Part
from devices.family import Family, match
from store.tables import announcement, device

#: A broker's client that announces without end fills no disk.
MOST: Final = 10_000
#: The likely kind of a device of which several things are announced, the gravest first.
_ORDER: Final = ("smoke", "carbon_monoxide", "gas", "sos", "leak", "door", "pir")


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A device that was announced and that nobody has installed.

    ``family`` and ``address`` are empty when no family reads its ``state_topic``: nothing that it says can be taken in.
    """

    family: str
    address: str
    state_topic: str
    kind: str
    name: str
    model: str
    first_at: datetime
    last_at: datetime


def keep(connection: Connection, topic: str, parts: Sequence[Part], known: Iterable[Family], at: datetime) -> bool:
    """Replace what was announced on ``topic``. Return False, and forget it, when there is no room for it."""
    connection.execute(delete(announcement).where(announcement.c.topic == topic))
    if not parts:
        return True
    held = connection.execute(select(func.count()).select_from(announcement)).scalar_one()
    if held + len(parts) > MOST:
        return False
    families = tuple(known)
    rows = {part.part: {"topic": topic, "heard_at": at, **_row(part, families)} for part in parts}
    connection.execute(insert(announcement), list(rows.values()))
    return True


def _row(part: Part, known: Sequence[Family]) -> dict[str, str]:
    found = match(known, part.state_topic) if part.state_topic else None
    family, address = ("", "") if found is None else (found[1].family, found[1].name)
    return msgspec.structs.asdict(part) | {"family": family, "address": address}


def announced(connection: Connection) -> list[Announced]:
    """Return what was announced and is not installed, the newest first."""
    installed = exists().where(device.c.family == announcement.c.family, device.c.address == announcement.c.address)
    query = select(announcement).where(~installed).order_by(announcement.c.topic, announcement.c.part)
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    kinds: dict[str, set[str]] = {}
    for row in connection.execute(query):
        if row.state_topic:
            groups.setdefault((row.family, row.address or row.state_topic), []).append(row)
        elif row.identifier:
            # A button's automation names no state; it says what the device is of which other things are announced.
            kinds.setdefault(row.identifier, set()).add(row.kind)
    found = [_of_one_device(rows, kinds) for rows in groups.values()]
    return sorted(found, key=lambda one: one.last_at, reverse=True)


def _of_one_device(rows: Sequence[Row[Any]], kinds: Mapping[str, set[str]]) -> Announced:
    said = {row.kind for row in rows}
    beside = set().union(*(kinds.get(row.identifier, set()) for row in rows))
    first = rows[0]
    return Announced(
        family=first.family,
        address=first.address,
        state_topic=first.state_topic,
        kind=next((kind for kind in _ORDER if kind in said), next((kind for kind in _ORDER if kind in beside), "")),
        name=next((row.name for row in rows if row.name), ""),
        model=next((row.model for row in rows if row.model), ""),
        first_at=min(row.heard_at for row in rows),
        last_at=max(row.heard_at for row in rows),
    )
