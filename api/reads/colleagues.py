"""To whom an alarm can be handed."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from alarms.oncall.directory import Directory
from alarms.settings import DeskSettings
from api.identity.caller import Caller
from api.reads.alarms import require_visible
from store.tables import alarm


class Colleague(NamedTuple):
    """A responder whom a page can reach."""

    id: str
    name: str
    on_duty: bool


def of(connection: Connection, caller: Caller, now: datetime, alarm_id: int, settings: DeskSettings) -> list[Colleague]:
    """Return those of the alarm's team who can be reached, without its owner; those on duty first, then by name.

    Raises NoSuchAlarmError, also for an alarm that the caller may not see.
    """
    require_visible(connection, caller, alarm_id)
    wanted = select(alarm.c.team_id, alarm.c.area_id, alarm.c.owner_id).where(alarm.c.id == alarm_id)
    team_id, area_id, owner_id = connection.execute(wanted).one()
    directory = Directory(connection, now, settings)
    team, on_duty = (directory.reach([target], team_id, area_id) for target in ("team", "on_duty"))
    serving = {one.person.id for one in on_duty}
    people = {one.person.id: one.person for one in (*on_duty, *team)}
    found = [Colleague(one.id, one.name, one.id in serving) for one in people.values() if one.id != owner_id]
    return sorted(found, key=lambda one: (not one.on_duty, one.name))
