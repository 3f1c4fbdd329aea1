"""Which devices share a fate: a bridge in a home, an area, a transport within a team."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, bindparam, select

from alarms.repository import chunks
from store.tables import area, assignment, device, home


class Bond(StrEnum):
    """What devices of a group share, the closest first."""

    BRIDGE = "bridge"
    AREA = "area"
    TRANSPORT = "transport"


class Group(msgspec.Struct, frozen=True):
    """Devices that one fault can take away together. A transport is counted within a team, which answers for it."""

    bond: Bond
    name: str
    team_id: str

    @property
    def key(self) -> str:
        """The correlation key of the alarm about this group."""
        return f"mass_loss:{self.bond.value}:{self.name}:{self.team_id}"


class Member(msgspec.Struct, frozen=True):
    """A device in its place, with the groups it belongs to, the closest first."""

    device_id: str
    home_id: str
    area_id: str
    team_id: str
    groups: tuple[Group, ...]


_PLACED: Final[Select[Any]] = (
    select(
        device.c.id,
        device.c.family,
        device.c.address,
        home.c.id.label("home_id"),
        area.c.id.label("area_id"),
        area.c.team_id,
    )
    .join(assignment, assignment.c.device_id == device.c.id)
    .join(home, home.c.id == assignment.c.home_id)
    .join(area, area.c.id == home.c.area_id)
    .where(device.c.retired_at.is_(None), assignment.c.to_at.is_(None), device.c.interval_s > 0)
)
_SOME: Final = _PLACED.where(device.c.id.in_(bindparam("ids", expanding=True)))
_OF_TEAM: Final = _PLACED.where(area.c.team_id == bindparam("team"))


def members(connection: Connection, ids: Collection[str]) -> dict[str, Member]:
    """Return the devices with these ids that serve a home and promise regular messages."""
    rows = (row for some in chunks(sorted(ids)) for row in connection.execute(_SOME, {"ids": some}))
    return {row.id: _member(row) for row in rows}


def sizes(connection: Connection, teams: Iterable[str]) -> Counter[Group]:
    """Count the devices in each group of these teams."""
    counted: Counter[Group] = Counter()
    for team_id in sorted(set(teams)):
        for row in connection.execute(_OF_TEAM, {"team": team_id}):
            counted.update(_member(row).groups)
    return counted


def widest(lost: Iterable[Member]) -> list[tuple[Group, list[Member]]]:
    """Return the groups with those of ``lost`` in each: the one with most first, of equal ones the closest bond."""
    found: Mapping[Group, list[Member]] = defaultdict(list)
    for one in lost:
        for group in one.groups:
            found[group].append(one)
    closeness = {bond: place for place, bond in enumerate(Bond)}
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), closeness[pair[0].bond], pair[0].name))


def _member(row: Any) -> Member:
    # Behind Zigbee2MQTT the first part of a friendly name with a slash is the bridge of a home.
    bridge, slash, _ = row.address.partition("/")
    groups = [Group(Bond.BRIDGE, f"{row.family}/{bridge}", row.team_id)] if slash else []
    groups += [Group(Bond.AREA, row.area_id, row.team_id), Group(Bond.TRANSPORT, row.family, row.team_id)]
    return Member(row.id, row.home_id, row.area_id, row.team_id, tuple(groups))
