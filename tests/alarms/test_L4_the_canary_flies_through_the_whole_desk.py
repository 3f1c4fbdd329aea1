"""L4: the canary's alarm ends by itself when its page came through, pages nobody, and is missed if not."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from alarms import auditor
from alarms.canary import flights
from alarms.canary.keeper import Keeper
from alarms.canary.sink import CHANNEL
from alarms.channel import Receipt, Result
from alarms.delivery import outbox
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Condition, Handling
from alarms.queries import list_alarms
from alarms.watch import Watch
from api.sentences import explain
from rules.base import AlarmClass
from rules.canary import DEVICE
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import Town, populate


@pytest.fixture
async def sky(database: Database, clock: ManualClock) -> "Sky":
    database.write_now(populate)
    return Sky(Town(database, clock))


class Sky:
    """A desk with a canary, step by step."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.keeper = Keeper(town.database, town.clock, town.settings)
        self.watch = Watch(town.database, town.clock, town.settings, "desk-1")
        assert town.do(lambda c: flights.install(c, town.now))

    def launch(self) -> int:
        return self.town.do(lambda c: flights.launch(c, self.town.now))

    def arrive(self, flight: int) -> int:
        facts = {"flight": str(flight)}
        values: dict[str, Any] = {"rule": "canary", "code": "flown", "alarm_class": AlarmClass.TECHNICAL}
        return self.town.press(subject=DEVICE, facts=facts, **values)

    def deliver(self) -> None:
        town = self.town
        pages = town.do(lambda c: outbox.claim(c, CHANNEL, "d", town.now, lease_s=9, limit=99, base_url="x"))
        for one in pages:
            town.do(lambda c, one=one: outbox.finish(c, one, "d", Receipt(Result.ACCEPTED), town.now))  # type: ignore[misc]

    async def fly(self, *, takes_s: float = 0.5) -> int:
        flight = self.launch()
        self.town.clock.advance(seconds=takes_s)
        number = self.arrive(flight)
        self.deliver()
        await self.keeper.look()
        return number

    def chain(self) -> list[Any]:
        query = select(tables.alarm).where(tables.alarm.c.rule == "chain").order_by(tables.alarm.c.id)
        return list(self.town.see(lambda c: c.execute(query).all()))

    def people_paged(self) -> list[str]:
        query = select(tables.page.c.responder_id).where(tables.page.c.channel != CHANNEL)
        return list(self.town.see(lambda c: c.execute(query).scalars().all()))

    async def well(self) -> bool:
        await self.watch.look()
        return self.watch.well()


async def test_L4_a_flight_that_comes_through_ends_by_itself_and_pages_nobody(sky: Sky) -> None:
    before = REGISTRY.get_sample_value("hemvakt_canary_flight_seconds_count") or 0
    for _ in range(3):
        number = await sky.fly()
        seen = sky.town.alarm(number)
        assert (seen.handling, seen.outcome, seen.rule) == (Handling.CLOSED, Outcome.CHAIN_WORKS, "canary")
        sky.town.advance(300)
    assert sky.people_paged() == []
    assert sky.chain() == []
    assert await sky.well()
    assert REGISTRY.get_sample_value("hemvakt_canary_flight_seconds_count") == before + 3


async def test_L4_a_flight_that_does_not_come_back_is_a_technical_alarm_and_the_watcher_is_not_fed(sky: Sky) -> None:
    await sky.fly()
    sky.town.advance(300)
    sky.launch()
    sky.town.clock.advance(seconds=30)
    await sky.keeper.look()
    assert sky.chain() == []
    assert await sky.well()
    sky.town.clock.advance(seconds=1)
    for _ in range(3):
        await sky.keeper.look()
    (found,) = sky.chain()
    assert (found.code, found.alarm_class, found.occurrences) == ("late", "technical", 1)
    assert "31" in explain(found.rule, found.code, found.facts, "sv")
    assert set(sky.people_paged()) == {"stig"}
    assert not await sky.well()


async def test_L4_a_slow_chain_counts_as_late_and_heals_with_a_flight_in_time(sky: Sky) -> None:
    await sky.fly(takes_s=40)
    (found,) = sky.chain()
    assert not await sky.well()
    sky.town.advance(260)
    await sky.fly()
    assert (await sky.watch.look()).canary_s < sky.town.settings.canary_limit_s
    assert sky.town.alarm(found.id).condition is Condition.RESTORED
    sky.town.advance(sky.town.settings.autoclose_s)
    assert sky.town.alarm(found.id).handling is Handling.CLOSED


async def test_L4_a_page_that_is_stuck_keeps_the_alarm_open_until_all_flights_are_home(sky: Sky) -> None:
    first = sky.arrive(sky.launch())
    await sky.keeper.look()
    assert sky.town.alarm(first).handling is Handling.OPEN
    sky.deliver()
    sky.town.clock.advance(seconds=1)
    second = sky.launch()
    assert sky.arrive(second) == first
    await sky.keeper.look()
    assert sky.town.alarm(first).handling is Handling.OPEN
    sky.deliver()
    await sky.keeper.look()
    assert sky.town.alarm(first).handling is Handling.CLOSED
    rows = sky.town.see(lambda c: c.execute(select(tables.canary_flight)).all())
    assert all(row.returned_at is not None for row in rows)


async def test_L4_a_gateway_that_sends_none_is_missed(sky: Sky) -> None:
    await sky.fly()
    sky.town.clock.advance(seconds=2 * 300 + 29)
    await sky.keeper.look()
    assert sky.chain() == []
    sky.town.clock.advance(seconds=2)
    await sky.keeper.look()
    await sky.keeper.look()
    (found,) = sky.chain()
    assert (found.code, found.occurrences) == ("grounded", 1)
    assert not await sky.well()


async def test_L4_what_was_under_way_when_all_was_stopped_is_no_fault(sky: Sky) -> None:
    sky.launch()
    sky.town.clock.advance(hours=8)
    again = Keeper(sky.town.database, sky.town.clock, sky.town.settings)
    await again.look()
    assert sky.chain() == []
    assert await sky.well() is False
    watching = Watch(sky.town.database, sky.town.clock, sky.town.settings, "desk-2")
    await watching.look()
    assert watching.well()


async def test_L4_switched_off_it_is_not_missed(sky: Sky) -> None:
    settings = sky.town.settings.model_copy(update={"canary_every_s": 0})
    sky.launch()
    sky.town.clock.advance(days=1)
    keeper = Keeper(sky.town.database, sky.town.clock, settings)
    await keeper.look()
    health = sky.town.see(lambda c: auditor.inspect(c, sky.town.now, settings, sky.town.now))
    assert (sky.chain(), health.canary_s) == ([], 0.0)


async def test_L4_it_is_in_no_list_and_no_team(sky: Sky) -> None:
    sky.arrive(sky.launch())
    assert sky.town.see(lambda c: list_alarms(c, None)).alarms == []
    assert sky.town.names(sky.town.press()) == ["bo"]
    sky.town.advance(400)
    assert DEVICE not in sky.people_paged()


async def test_L4_a_town_without_teams_has_no_canary_yet(sqlite: Database, clock: ManualClock) -> None:
    assert not sqlite.write_now(lambda c: flights.install(c, clock.now()))
    assert sqlite.read_now(flights.installed) is None
