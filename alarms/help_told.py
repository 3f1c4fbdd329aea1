"""What devices hear of the help that was called for: whether somebody has it, and whether somebody is on the way.

Whatever moves an alarm, the unit of work compares how it stood before and stands now, so no transition can forget it.
The devices that raised the alarm are told, and those of the home that can speak. Who was told that help comes is also
told when it does not come after all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import Connection, or_, select

from alarms.lifecycle.states import Handling
from alarms.model import Alarm
from devices.downlink import queue
from devices.downlink.kinds import Down
from devices.downlink.queue import Word
from rules.base import AlarmClass
from rules.canary import CanaryRule
from store.tables import assignment, device, finding, observation, occurrence, presence

#: The newest occurrences of an alarm whose devices are looked for; a button that is held down has thousands.
_NEWEST: Final = 50
_EVIDENCE: Final = 200


class Help(StrEnum):
    """How it stands with the help. Values travel on the wire."""

    #: The alarm is open: staff are called, nobody has it.
    TOLD = "told"
    ACCEPTED = "accepted"
    ON_ITS_WAY = "on_its_way"
    CLOSED = "closed"


#: What a device says or shows; it names nobody and nothing that was found.
SENTENCES: Final[Mapping[Help, Mapping[str, str]]] = {
    Help.TOLD: {
        "sv": "Ditt larm är framme. Vi söker någon som kan komma.",
        "en": "Your alarm is heard. We are calling for somebody who can come.",
    },
    Help.ACCEPTED: {"sv": "Någon har tagit emot ditt larm.", "en": "Somebody has taken your alarm."},
    Help.ON_ITS_WAY: {"sv": "Hjälp är på väg.", "en": "Help is on its way."},
    Help.CLOSED: {
        "sv": "Larmet är avslutat. Tryck igen om du behöver hjälp.",
        "en": "The alarm is closed. Press again if you need help.",
    },
}
_BY_HANDLING: Final[Mapping[Handling, Help]] = {
    Handling.OPEN: Help.TOLD,
    Handling.ACCEPTED: Help.ACCEPTED,
    Handling.ATTENDING: Help.ON_ITS_WAY,
    Handling.CLOSED: Help.CLOSED,
}
#: Nobody has it: of this hears only who was told that somebody had.
_WITHDRAWN: Final = frozenset({Help.TOLD, Help.CLOSED})


class Stand(NamedTuple):
    """What a device should know. ``presses`` counts while somebody has it: whoever presses again is told again."""

    state: Help
    presses: int = 0


def stand(alarm: Alarm) -> Stand | None:
    """Return how it stands with the help; None for alarms of which no resident is told: a battery waits for a shop."""
    if alarm.alarm_class is not AlarmClass.LIFE_SAFETY or alarm.rule == CanaryRule.name:
        return None
    now = _BY_HANDLING[alarm.handling]
    return Stand(now) if now in _WITHDRAWN else Stand(now, alarm.occurrences)


def tell(connection: Connection, changed: Sequence[Alarm], now: datetime) -> None:
    """Store what devices are to hear of alarms whose stand has changed, in the transaction that changed them."""
    stands = [(alarm, one) for alarm in changed if (one := stand(alarm)) is not None]
    if not stands:
        return
    told = queue.told(connection, Down.HELP, [str(alarm.id) for alarm, _ in stands])
    words = []
    for alarm, one in stands:
        devices = set(told.get(str(alarm.id), ()))
        if one.state not in _WITHDRAWN:
            devices |= _raisers(connection, alarm) | _voices(connection, alarm)
            devices -= _with_others(connection, alarm, devices)
        body = {"alarm": alarm.id, "state": one.state.value, **SENTENCES[one.state]}
        words += [Word(device=name, kind=Down.HELP, about=str(alarm.id), body=body) for name in devices]
    queue.put(connection, words, now)


def _raisers(connection: Connection, alarm: Alarm) -> set[str]:
    """Return the devices from which the alarm came: its own, and those whose observations are its evidence."""
    query = (
        select(finding.c.evidence, finding.c.device_id)
        .join(occurrence, occurrence.c.finding_key == finding.c.key)
        .where(occurrence.c.alarm_id == alarm.id)
        .order_by(occurrence.c.id.desc())
        .limit(_NEWEST)
    )
    rows = connection.execute(query).all()
    found = {alarm.device_id, *(row.device_id for row in rows)} - {""}
    evidence = [number for row in rows if not row.device_id for number in row.evidence][:_EVIDENCE]
    if evidence:
        found |= set(connection.scalars(select(observation.c.device_id).where(observation.c.id.in_(evidence))))
    return found


def _with_others(connection: Connection, alarm: Alarm, devices: set[str]) -> set[str]:
    """Return those of ``devices`` that serve another home or resident now: whose help it is, they do not know."""
    if alarm.home_id is None:
        return set()
    elsewhere = assignment.c.home_id != alarm.home_id
    if alarm.resident_id is not None:
        elsewhere |= assignment.c.resident_id != alarm.resident_id
    query = select(assignment.c.device_id).where(
        assignment.c.device_id.in_(devices), assignment.c.to_at.is_(None), elsewhere
    )
    return set(connection.scalars(query))


def _voices(connection: Connection, alarm: Alarm) -> set[str]:
    """Return the devices of the home that can speak, but not those that another resident wears."""
    if alarm.home_id is None:
        return set()
    query = (
        select(device.c.id)
        .join(assignment, assignment.c.device_id == device.c.id)
        .join(presence, presence.c.device_id == device.c.id)
        .where(assignment.c.home_id == alarm.home_id, assignment.c.to_at.is_(None), presence.c.voice == 1)
    )
    if alarm.resident_id is not None:
        query = query.where(or_(assignment.c.resident_id.is_(None), assignment.c.resident_id == alarm.resident_id))
    return set(connection.scalars(query))
