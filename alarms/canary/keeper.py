"""Lets the canary's alarm end when its page came through, and raises a technical alarm when that took too long."""

from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from alarms import metrics
from alarms.canary import flights
from alarms.canary.sink import CHANNEL, TARGET
from alarms.escalation.policy import Policy, Step
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import ActorKind
from alarms.lifecycle.table import Event
from alarms.model import SYSTEM, Actor, Alarm, Placement, Signal
from alarms.placement import fallback
from alarms.raising import raise_alarm, restore, settle
from alarms.repository import NOT_CLOSED
from alarms.settings import DeskSettings
from alarms.unit import Unit
from rules.base import AlarmClass
from rules.canary import CanaryRule
from store.clock import Clock
from store.database import Database
from store.tables import alarm, finding, occurrence, page

RULE: Final = "chain"
_ACTOR: Final = Actor(ActorKind.SYSTEM, "canary")
_CORRELATION: Final = f"{RULE}:canary"
#: Seconds between two looks.
LOOK_S: Final = 1.0
#: Its page goes to the sink and to nobody else, however long it takes.
POLICY: Final = Policy(
    steps=(Step(after_s=0, targets=(TARGET,)),), ring=(TARGET,), ring_s=60, lease_s=86400, attend_lease_s=86400
)


class Keeper:
    """Looks again and again; several, in several desks, may look at once."""

    def __init__(self, database: Database, clock: Clock, settings: DeskSettings) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._since = clock.now()

    async def look(self) -> None:
        """Let come home what has come through, then judge the newest flight."""
        now, settings = self._clock.now(), self._settings
        if await self._database.read(_through) is not None:
            for seconds in await self._database.write(partial(come_home, now=now, settings=settings)):
                metrics.CANARY_SECONDS.observe(seconds)
        trouble = await self._database.read(lambda c: _trouble(c, now, self._since, settings))
        if trouble is not None:
            await self._database.write(partial(judge, now=now, trouble=trouble, settings=settings))


class _Trouble(tuple[str, str, float]):
    """Code, key and seconds of what is wrong; an empty code says that nothing is any more."""

    __slots__ = ()


def come_home(connection: Connection, now: datetime, settings: DeskSettings) -> list[float]:
    """Note the flights whose page was handed over, and close their alarm when it has no other; return their seconds."""
    unit = Unit(connection, now, settings)
    number = _through(connection)
    if number is None:
        return []
    found = unit.alarm(number)
    at = connection.execute(select(func.max(page.c.sent_at)).where(_sent(found))).scalar_one()
    query = (
        select(finding.c.facts, finding.c.time, occurrence.c.recorded_at)
        .join(occurrence, occurrence.c.finding_key == finding.c.key)
        .where(occurrence.c.alarm_id == number)
    )
    rows = connection.execute(query).all()
    home = [row for row in rows if row.recorded_at <= at]
    flights.land(connection, [int(row.facts["flight"]) for row in home if str(row.facts["flight"]).isdecimal()], at)
    if len(home) < len(rows):
        return []
    machine.apply(unit, found, Event.CAME_HOME, Move(actor=SYSTEM, outcome=Outcome.CHAIN_WORKS))
    settle(unit)
    return [(at - row.time).total_seconds() for row in home]


def judge(connection: Connection, now: datetime, trouble: _Trouble, settings: DeskSettings) -> None:
    """Raise the technical alarm about the chain, once for each flight, or say that it carries again."""
    code, key, seconds = trouble
    unit = Unit(connection, now, settings)
    area_id, team_id = fallback(connection, now)
    signal = Signal(
        key=key,
        correlation_key=_CORRELATION,
        alarm_class=AlarmClass.TECHNICAL,
        rule=RULE,
        code=code or "late",
        facts={"late_s": round(seconds, 1), "limit_s": settings.canary_limit_s},
        time=now,
        place=Placement(area_id=area_id, team_id=team_id),
        actor=_ACTOR,
    )
    if not code:
        restore(unit, [signal])
    elif not _known(connection, key):
        metrics.CANARY_LATE.inc()
        raise_alarm(unit, signal)
    settle(unit)


def _trouble(connection: Connection, now: datetime, since: datetime, settings: DeskSettings) -> _Trouble | None:
    """Return what there is to write down, None when nothing has changed."""
    every_s, limit_s = settings.canary_every_s, settings.canary_limit_s
    if every_s <= 0 or flights.installed(connection) is None:
        return None
    waited = flights.grounded_s(connection, now, since)
    flight = flights.newest_judged(connection, now, since, limit_s)
    found = None
    if waited > 2 * every_s + limit_s:
        found = _Trouble(("grounded", f"{RULE}:grounded:{int((now.timestamp() - waited) // 60)}", waited))
    elif flight is not None and flight.late_s > limit_s:
        found = _Trouble(("late", f"{RULE}:late:{flight.id}", flight.late_s))
    if found is not None:
        return None if _known(connection, found[1]) else found
    said = select(alarm.c.id).where(NOT_CLOSED, alarm.c.correlation_key == _CORRELATION, alarm.c.condition == "active")
    over = flight is not None and connection.execute(said).first() is not None
    return _Trouble(("", "", 0.0)) if over else None


def _known(connection: Connection, key: str) -> bool:
    return connection.execute(select(occurrence.c.id).where(occurrence.c.finding_key == key)).first() is not None


def _through(connection: Connection) -> int | None:
    """Return the canary's open alarm if a page about it was handed over."""
    query = (
        select(alarm.c.id)
        .join(page, page.c.alarm_id == alarm.c.id)
        .where(NOT_CLOSED, alarm.c.rule == CanaryRule.name, page.c.channel == CHANNEL, page.c.state == "sent")
    )
    return connection.execute(query.limit(1)).scalar()


def _sent(found: Alarm) -> ColumnElement[bool]:
    return (page.c.alarm_id == found.id) & (page.c.channel == CHANNEL) & (page.c.state == "sent")
