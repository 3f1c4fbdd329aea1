"""Homes that have said yes to being shown in a Home Assistant of their own; nobody is without that.

The yes is the home's for what serves all of it, and each resident's for what serves that person alone. Measured values
need a yes of their own. The home's Home Assistant reads the topics of its home at the broker, under a name and password
that are made here, and can say nothing there.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from devices.identity import Identity, new_password
from devices.registry import NoSuchPlaceError
from store import roster_version
from store.errors import HemvaktError
from store.tables import home, resident, shared_home

#: Above all topics of this kind.
ROOT: Final = "hemvakt/ha"
#: ``online`` while Hemvakt keeps these topics up to date.
STATUS: Final = f"{ROOT}/status"
LANGUAGES: Final = ("sv", "en")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")


class NotSharedError(HemvaktError):
    """This home is not shown in a Home Assistant."""


class NoSuchLanguageError(HemvaktError):
    """The language is sv or en."""


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What a home has said yes to. ``ended_at`` is set when it has changed its mind."""

    home_id: str
    residents: tuple[str, ...]
    health: bool
    language: str
    since_at: datetime
    ended_at: datetime | None


def slug(name: str) -> str:
    """Return a name as one level of a topic and as an id in Home Assistant; different names stay different."""
    plain = _UNSAFE.sub("_", name)
    return name if plain == name else f"{plain}_{blake2b(name.encode(), digest_size=4).hexdigest()}"


def prefix(home_id: str) -> str:
    """Return the topic below which a home is shown: its Home Assistant's "discovery prefix"."""
    return f"{ROOT}/{slug(home_id)}"


def user_name(home_id: str) -> str:
    """Return the name of the home's Home Assistant at the broker."""
    return f"home-assistant-{slug(home_id)}"


def share(
    connection: Connection, home_id: str, residents: Sequence[str], *, health: bool, language: str, now: datetime
) -> str:
    """Show a home from now on and return the password of its Home Assistant, the only time that it can be seen.

    What was agreed before is replaced. Raises NoSuchPlaceError, NoSuchLanguageError.
    """
    if language not in LANGUAGES:
        raise NoSuchLanguageError(language)
    _require(connection, home_id, residents)
    password, hashes = new_password()
    connection.execute(delete(shared_home).where(shared_home.c.home_id == home_id))
    agreed = {"residents": sorted(set(residents)), "health": health, "language": language, "since_at": now}
    connection.execute(insert(shared_home), {"home_id": home_id, **agreed, **hashes})
    roster_version.count_up(connection)
    return password


def end(connection: Connection, home_id: str, now: datetime) -> None:
    """Show a home no more. Raises NotSharedError."""
    ended = update(shared_home).where(shared_home.c.home_id == home_id, shared_home.c.ended_at.is_(None))
    if connection.execute(ended.values(ended_at=now)).rowcount == 0:
        raise NotSharedError(home_id)
    roster_version.count_up(connection)


def include(connection: Connection, home_id: str, resident_id: str) -> None:
    """Show what serves a resident too, who has said yes; the home's password stays.

    Raises NotSharedError, NoSuchPlaceError.
    """
    agreed = of_home(connection, home_id).residents
    _require(connection, home_id, [resident_id])
    _agree(connection, home_id, {*agreed, resident_id})


def leave_out(connection: Connection, home_id: str, resident_id: str) -> None:
    """Show no more what serves a resident alone; the rest of the home goes on. Raises NotSharedError."""
    agreed = of_home(connection, home_id).residents
    if resident_id not in agreed:
        raise NotSharedError(f"{home_id} {resident_id}")
    _agree(connection, home_id, {*agreed} - {resident_id})


def _agree(connection: Connection, home_id: str, residents: set[str]) -> None:
    agreed = update(shared_home).where(shared_home.c.home_id == home_id)
    connection.execute(agreed.values(residents=sorted(residents)))
    roster_version.count_up(connection)


def forget_ended(connection: Connection, before: datetime) -> None:
    """Forget homes that were ended before this moment: nothing of them is left at the broker."""
    connection.execute(delete(shared_home).where(shared_home.c.ended_at < before))


def listed(connection: Connection) -> list[Shared]:
    """Return the homes that are shown, and those that ended and are not cleared away yet."""
    return [_shared(row) for row in connection.execute(_agreed()).mappings()]


def going_on(connection: Connection, *, after: str = "", limit: int | None = None) -> list[Shared]:
    """Return the homes that are shown, by id, those behind ``after``."""
    query = _agreed().where(shared_home.c.ended_at.is_(None), shared_home.c.home_id > after).limit(limit)
    return [_shared(row) for row in connection.execute(query).mappings()]


def of_home(connection: Connection, home_id: str) -> Shared:
    """Return what a home that is shown has said yes to. Raises NotSharedError."""
    query = _agreed().where(shared_home.c.home_id == home_id, shared_home.c.ended_at.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotSharedError(home_id)
    return _shared(row)


def _agreed() -> Select[Any]:
    return select(*(shared_home.c[name] for name in Shared.__struct_fields__)).order_by(shared_home.c.home_id)


def _shared(row: RowMapping) -> Shared:
    return Shared(**{**row, "residents": tuple(row["residents"])})


def readers(connection: Connection) -> list[Identity]:
    """Return who may read what at the broker, for the homes that are shown."""
    rows = connection.execute(
        select(shared_home).where(shared_home.c.ended_at.is_(None)).order_by(shared_home.c.home_id)
    )
    return [
        Identity(
            user=user_name(row.home_id),
            nats_hash=row.nats_hash,
            mosquitto_hash=row.mosquitto_hash,
            says=(),
            hears=(f"{prefix(row.home_id)}/#", STATUS),
        )
        for row in rows
    ]


def _require(connection: Connection, home_id: str, residents: Sequence[str]) -> None:
    if not connection.scalar(select(func.count()).where(home.c.id == home_id)):
        raise NoSuchPlaceError(home_id)
    there = set(connection.scalars(select(resident.c.id).where(resident.c.home_id == home_id)))
    if strangers := sorted(set(residents) - there):
        raise NoSuchPlaceError(f"{home_id} {' '.join(strangers)}")
