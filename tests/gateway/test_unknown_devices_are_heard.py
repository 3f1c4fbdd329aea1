"""A device that nobody has registered lands on the adoption list, and a call for help from it reaches somebody."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from store.roster_version import count_up
from store.tables import alarm, device, finding, inbox, observation, unknown_device
from tests.gateway.world import World, press


def test_it_is_listed_with_what_it_says(world: World) -> None:
    world.say("zigbee2mqtt/home-9/pir", b'{"occupancy": true, "battery": 50}')
    world.clock.advance(minutes=5)
    world.say("zigbee2mqtt/home-9/pir", b'{"contact": false}')
    (row,) = world.rows(unknown_device)
    assert (row.family, row.address, row.messages) == ("zigbee2mqtt", "home-9/pir", 2)
    assert row.last_seen_at > row.first_seen_at
    assert row.sample == b'{"contact": false}'
    assert row.kinds == "battery,door,motion"
    assert world.rows(alarm) == []
    assert [row.disposition for row in world.rows(inbox)] == ["unknown_device"] * 2


def test_its_press_reaches_the_fallback_team_and_each_further_one_is_heard(world: World) -> None:
    world.say(*press("pendant-99", seq=1)).say(*press("pendant-99", seq=2))
    (raised,) = world.rows(alarm)
    assert (raised.alarm_class, raised.team_id, raised.occurrences) == ("life_safety", "north", 2)
    assert [topic for topic, _ in world.link.answers] == ["hemvakt/v1/pendant-99/down/ack"] * 2


def test_its_smoke_is_an_alarm_and_not_one_by_the_second(world: World) -> None:
    for _ in range(20):
        world.say("zigbee2mqtt/cellar", b'{"smoke": true}')
    assert len(world.rows(alarm)) == 1
    assert len(world.rows(finding)) == 1


def test_a_retired_device_is_unknown_and_its_press_is_not_lost(world: World) -> None:
    def retire(connection: object) -> None:
        connection.execute(update(device).where(device.c.id == "pendant-1").values(retired_at=world.clock.now()))  # type: ignore[attr-defined]
        count_up(connection)  # type: ignore[arg-type]

    world.database.write_now(retire)
    world.restart().say(*press())
    assert [row.rule for row in world.rows(alarm)] == ["intake"]


@pytest.mark.parametrize("name", ["x" * 300, "å" * 200, "a\0b", "-" * 60_000])
def test_a_name_of_any_length_can_be_listed(world: World, name: str) -> None:
    world.say(f"zigbee2mqtt/{name}", b'{"smoke": true, "action": "on"}')
    assert len(world.rows(unknown_device)) + len([r for r in world.rows(inbox) if r.disposition == "ignored"]) == 1


def test_nothing_of_it_enters_the_journal_of_observations(world: World) -> None:
    world.say(*press("pendant-99"))
    kinds = {row.kind for row in world.rows(observation)}
    assert kinds == {"system.resumed"}
    assert world.clock.now() > datetime(2026, 1, 1, tzinfo=UTC)
