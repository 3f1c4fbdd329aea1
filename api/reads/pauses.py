"""What is paused, as people see it. Why somebody is shelved may say how they fare: each look at it is logged."""

from datetime import datetime

from sqlalchemy import Connection, select

from alarms.lifecycle.states import Overlay
from alarms.pauses import book
from alarms.pauses.book import Pause
from api.identity import access
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import residents
from rules.base import Scope
from store.database import Database
from store.tables import assignment


async def current(database: Database, caller: Caller, now: datetime) -> list[Pause]:
    """Return the tests that hold now, and to those who may shelve also what is shelved."""
    found = await database.read(lambda connection: _visible(connection, caller, now))
    if all(one.kind is Overlay.TEST for one in found):
        return found

    def look(connection: Connection) -> list[Pause]:
        seen = _visible(connection, caller, now)
        people = {who for one in seen if one.kind is not Overlay.TEST for who in _people(connection, one)}
        access.log(connection, caller, people, now=now, action="read", what="pause")
        return seen

    return await database.write(look)


def _visible(connection: Connection, caller: Caller, now: datetime) -> list[Pause]:
    found = book.current(connection, now)
    return [one for one in found if one.kind is Overlay.TEST or caller.may(Permission.ALARMS_SHELVE)]


def _people(connection: Connection, one: Pause) -> list[str]:
    """Return whom a pause is about: a resident, or all whom the home or the device serves."""
    if one.scope is Scope.RESIDENT:
        return [one.subject]
    home = one.subject
    if one.scope is Scope.DEVICE:
        here = (assignment.c.device_id == one.subject, assignment.c.to_at.is_(None))
        placed = connection.execute(select(assignment.c.home_id, assignment.c.resident_id).where(*here)).first()
        if placed is None:
            return []
        if placed.resident_id:
            return [placed.resident_id]
        home = placed.home_id
    return sorted(residents.living_in(connection, home))
