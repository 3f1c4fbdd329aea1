"""A retained message is said again at every reconnect: it is a state of unknown age, never an event."""

import pytest

from store.tables import alarm, observation, presence
from tests.gateway.world import World, press


def test_a_retained_press_is_no_press(world: World) -> None:
    world.say(*press(), retain=True).say("zigbee2mqtt/home-1/sos", b'{"action":"emergency"}', retain=True)
    assert world.rows(alarm) == []


def test_a_retained_press_does_not_hide_the_press_that_follows_with_another_number(world: World) -> None:
    world.say(*press(seq=1), retain=True).say(*press(seq=2))
    assert world.presses() == 1


@pytest.mark.parametrize("state", [b'{"occupancy": true}', b'{"contact": false}', b'{"battery": 80}'])
def test_a_retained_movement_is_no_sign_of_life(world: World, state: bytes) -> None:
    world.say("zigbee2mqtt/home-1/pir", state, retain=True)
    assert [row for row in world.rows(observation) if not row.kind.startswith("system.")] == []
    assert world.rows(presence) == []


def test_retained_smoke_is_smoke(world: World) -> None:
    world.say("zigbee2mqtt/home-1/smoke", b'{"smoke": true}', retain=True)
    assert [row.rule for row in world.rows(alarm)] == ["smoke_leak"]


def test_retained_absence_of_smoke_proves_nothing(world: World) -> None:
    world.say("zigbee2mqtt/home-1/smoke", b'{"smoke": false}', retain=True)
    assert world.rows(presence) == []


def test_a_retained_status_is_taken_in(world: World) -> None:
    world.say("hemvakt/v1/pendant-1/status", b"offline", retain=True)
    assert [(row.kind, row.value) for row in world.rows(observation, device_id="pendant-1")] == [("online", 0.0)]
