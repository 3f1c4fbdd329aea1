"""The stream of alarm events: from the database, in order, with nothing left out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

from fastapi.sse import ServerSentEvent
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select

from alarms.audit import AuditEvent, events_after, last_seq
from api.identity import sessions
from api.identity.caller import Caller
from store.bell import ALARMS
from store.clock import Clock
from store.database import Database
from store.tables import page

#: Rows fetched at once. The generator waits while the client does, so this bounds what one slow client holds.
BATCH = 100


class AlarmEvent(BaseModel):
    """That something happened to an alarm. It names no person: whoever wants to know more asks for the alarm."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"seq": 4711, "at": "2026-01-13T01:30:00Z", "action": "opened", "alarm_id": 17, "team_id": "north"}
            ]
        }
    )

    seq: int
    at: datetime
    action: str
    alarm_id: int
    team_id: str


class Streams:
    """The streams that are open: how they beat, and how they are told to end."""

    def __init__(self, *, ping_seconds: float = 2.0, poll_seconds: float = 1.0) -> None:
        """``ping_seconds`` lets a page tell a dead connection within 5 s; ``poll_seconds`` bounds a missed ring."""
        self.ping_seconds, self.poll_seconds = ping_seconds, poll_seconds
        self.closing = False

    def close(self, database: Database) -> None:
        """End every stream, so that a server can stop. Pages come back by themselves."""
        self.closing = True
        database.bell.ring(ALARMS)

    async def follow(
        self, database: Database, clock: Clock, caller: Caller, after: int | None
    ) -> AsyncIterator[ServerSentEvent]:
        """Yield the events behind number ``after`` (None: from now on) until the caller's session ends.

        ``hello`` comes first and says where the stream begins; ``ping`` comes every ``ping_seconds`` and carries the
        newest number too, so that a client that saw none of it for hours still asks for little when it comes back.
        """
        loop = asyncio.get_running_loop()
        with database.bell.listen(ALARMS) as news:
            position = await database.read(lambda connection: _start(connection, after))
            yield ServerSentEvent(event="hello", data={"seq": position}, id=str(position), retry=1000)
            ping_at = loop.time() + self.ping_seconds
            while not self.closing:
                rows, called = await database.read(partial(_after, caller=caller, seq=position))
                for row in rows:
                    position = row.seq
                    if (event := _visible(row, caller, called)) is not None:
                        yield ServerSentEvent(event="alarm", data=event, id=str(position))
                if loop.time() >= ping_at:
                    if not await _still_valid(database, clock, caller):
                        yield ServerSentEvent(event="signed_out", data={})
                        return
                    yield ServerSentEvent(event="ping", data={"at": clock.now().isoformat()}, id=str(position))
                    ping_at = loop.time() + self.ping_seconds
                if len(rows) < BATCH:
                    await news.wait(max(0.0, min(self.poll_seconds, ping_at - loop.time())))


def _start(connection: Connection, after: int | None) -> int:
    newest = last_seq(connection)
    # A number from the future comes from a database that has been restored: begin anew rather than wait for it.
    return newest if after is None else min(after, newest)


def _after(connection: Connection, caller: Caller, seq: int) -> tuple[list[AuditEvent], frozenset[int]]:
    """Return the rows after ``seq``, and the alarms of other teams among them to which the caller was called."""
    rows = events_after(connection, seq, BATCH)
    if caller.teams is None or caller.responder_id is None:
        return rows, frozenset()
    foreign = {row.alarm_id for row in rows if row.alarm_id is not None and row.team_id not in caller.teams}
    paged = select(page.c.alarm_id).where(page.c.alarm_id.in_(foreign), page.c.responder_id == caller.responder_id)
    return rows, frozenset(connection.scalars(paged) if foreign else ())


def _visible(row: AuditEvent, caller: Caller, called: frozenset[int]) -> AlarmEvent | None:
    if row.alarm_id is None or row.team_id is None:
        return None
    if caller.teams is not None and row.team_id not in caller.teams and row.alarm_id not in called:
        return None
    return AlarmEvent(seq=row.seq, at=row.at, action=row.action, alarm_id=row.alarm_id, team_id=row.team_id)


async def _still_valid(database: Database, clock: Clock, caller: Caller) -> bool:
    now = clock.now()
    found = await database.read(
        lambda connection: sessions.find(connection, caller.token_hash, now, by_cookie=caller.by_cookie)
    )
    return found is not None and found.role == caller.role and found.teams == caller.teams
