"""The event stream: each change of the own team's alarms once and in order, over reconnects and beside many writers."""

import asyncio
from datetime import timedelta

from api.metrics import STREAMS
from api.stream import BATCH, Streams
from store.tables import account, audit
from tests.api.conftest import Town
from tests.api.following import Following, follow
from tests.api.town import press


def context(town: Town) -> Streams:
    streams: Streams = town.app.state.context.streams
    return streams


async def hello(stream: Following) -> int:
    event = await stream.next()
    assert event is not None
    assert event.name == "hello"
    assert event.id is not None
    return event.id


async def test_a_press_arrives_without_a_poll(any_town: Town) -> None:
    context(any_town).poll_seconds = 3600
    context(any_town).ping_seconds = 3600
    async with follow(any_town.app, any_town.tokens["anna"]) as stream:
        await hello(stream)
        alarm = await asyncio.to_thread(press, any_town.database, any_town.clock.now())
        [event] = await stream.alarms(1)
    assert event.data["alarm_id"] == alarm
    assert event.data["action"] == "opened"
    assert event.id == event.data["seq"]
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["cache-control"] in {"no-store", "no-cache"}


async def test_a_client_that_was_away_gets_all_that_happened(any_town: Town) -> None:
    database, clock = any_town.database, any_town.clock
    async with follow(any_town.app, any_town.tokens["anna"]) as stream:
        start = await hello(stream)
    for _ in range(2 * BATCH + 30):
        clock.advance(seconds=1)
        press(database, clock.now())
    seen: list[int] = []
    position = start
    while len(seen) < 2 * BATCH + 30:
        # The line breaks again and again, each time a little later.
        async with follow(any_town.app, any_town.tokens["anna"], after=position) as stream:
            assert await hello(stream) == position
            wanted = min(77, 2 * BATCH + 30 - len(seen))
            events = await stream.alarms(wanted)
            seen += [event.data["seq"] for event in events]
            position = seen[-1]
    assert seen == sorted(set(seen))
    rows = database.read_now(lambda c: [row.seq for row in c.execute(audit.select().order_by(audit.c.seq))])
    assert seen == [seq for seq in rows if seq > start][: len(seen)]


async def test_nothing_is_missed_beside_many_writers(any_town: Town) -> None:
    database, now = any_town.database, any_town.clock.now()
    async with follow(any_town.app, any_town.tokens["anna"]) as stream:
        await hello(stream)
        await asyncio.gather(
            *(
                asyncio.to_thread(press, database, now + timedelta(seconds=number), 1 + number % 2, key=f"k{number}")
                for number in range(60)
            )
        )
        events = await stream.alarms(60)
    assert [event.data["seq"] for event in events] == sorted({event.data["seq"] for event in events})
    assert len(events) == 60


async def test_other_teams_are_not_heard(town: Town) -> None:
    async with follow(town.app, town.tokens["stina"]) as south, follow(town.app, town.tokens["karin"]) as everybody:
        await hello(south)
        await hello(everybody)
        await asyncio.to_thread(press, town.database, town.clock.now(), 1)
        mine = await asyncio.to_thread(press, town.database, town.clock.now(), 3)
        [event] = await south.alarms(1)
        assert event.data["alarm_id"] == mine
        assert {event.data["team_id"] for event in await everybody.alarms(2)} == {"north", "south"}


async def test_an_event_names_nobody(town: Town) -> None:
    async with follow(town.app, town.tokens["anna"]) as stream:
        await hello(stream)
        alarm = await asyncio.to_thread(press, town.database, town.clock.now())
        async with town.as_("anna") as client:
            await client.post(f"/api/v1/alarms/{alarm}/note", json={"text": "Greta har ont i höften"})
        for event in await stream.alarms(2):
            assert set(event.data) == {"seq", "at", "action", "alarm_id", "team_id"}
            assert "Greta" not in str(event.data)


async def test_pings_come_while_nothing_happens_and_carry_the_newest_number(town: Town) -> None:
    context(town).ping_seconds = 0.05
    async with follow(town.app, town.tokens["stina"]) as stream:
        start = await hello(stream)
        await asyncio.to_thread(press, town.database, town.clock.now(), 1)
        event = await stream.next()
        while event is not None and event.id == start:
            event = await stream.next()
    assert event is not None
    assert event.name == "ping"
    assert event.id is not None
    assert event.id > start


async def test_the_stream_ends_with_the_session(town: Town) -> None:
    context(town).ping_seconds = 0.02
    async with follow(town.app, town.tokens["anna"]) as stream:
        await hello(stream)
        town.clock.advance(days=400)
        names = []
        while (event := await stream.next()) is not None:
            names.append(event.name)
    assert names[-1] == "signed_out"


async def test_the_stream_ends_when_the_account_is_taken_away(town: Town) -> None:
    context(town).ping_seconds = 0.02
    async with follow(town.app, town.tokens["anna"]) as stream:
        await hello(stream)
        await town.database.write(lambda c: c.execute(account.update().values(active=False)))
        names = []
        while (event := await stream.next()) is not None:
            names.append(event.name)
    assert names[-1] == "signed_out"


async def test_a_number_from_the_future_begins_anew(town: Town) -> None:
    async with follow(town.app, town.tokens["anna"], after=10**15) as stream:
        assert await hello(stream) == 0
        await asyncio.to_thread(press, town.database, town.clock.now())
        assert len(await stream.alarms(1)) == 1


async def test_a_slow_client_holds_only_a_few_events(town: Town) -> None:
    clock = town.clock
    for _ in range(40):
        clock.advance(seconds=1)
        press(town.database, clock.now())
    async with follow(town.app, town.tokens["anna"], after=0) as stream:
        await hello(stream)
        stream.may_send.clear()
        before = stream.chunks
        for _ in range(200):
            await asyncio.sleep(0)
        assert stream.chunks - before <= 1
        stream.may_send.set()
        assert len(await stream.alarms(40)) == 40


async def test_streams_end_when_the_server_stops_and_are_counted(town: Town) -> None:
    async with follow(town.app, town.tokens["anna"]) as stream:
        await hello(stream)
        assert STREAMS._value.get() == 1
        context(town).close(town.database)
        assert await stream.next() is None
    assert STREAMS._value.get() == 0
