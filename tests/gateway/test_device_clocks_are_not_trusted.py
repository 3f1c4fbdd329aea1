"""A device's time is kept as it came; one that cannot be right is flagged, and the time of receipt decides."""

import json
from datetime import timedelta

import pytest

from gateway import journal
from store.tables import observation
from tests.gateway.world import World, press


@pytest.mark.parametrize(
    ("offset", "quality"),
    [
        (timedelta(0), ""),
        (timedelta(minutes=1), ""),
        (timedelta(minutes=3), "clock"),
        (timedelta(days=4000), "clock"),
        (timedelta(minutes=-1), ""),
        (timedelta(hours=-5), "late"),
        (timedelta(days=-8), "clock"),
        (timedelta(days=-20_000), "clock"),
    ],
)
def test_a_time_is_kept_and_judged(world: World, offset: timedelta, quality: str) -> None:
    told = world.clock.now() + offset
    world.say(*press(time=told.isoformat()))
    (row,) = world.rows(observation, kind="press")
    assert (row.time, row.quality, row.received_at) == (told, quality, world.clock.now())
    read = world.database.read_now(lambda c: list(journal.observations(c)))[-1]
    assert read.at == (world.clock.now() if quality == "clock" else told)


@pytest.mark.parametrize("year", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-00:00", "1970-01-01T00:00:00Z"])
def test_the_ends_of_time_can_be_stored(world: World, year: str) -> None:
    world.say(*press(time=year))
    assert world.presses() == 1


def test_a_value_that_no_body_has_is_kept_and_flagged(world: World) -> None:
    values = [{"kind": "pulse", "value": 71, "unit": "/min"}, {"kind": "temperature", "value": 370, "unit": "Cel"}]
    world.say("hemvakt/v1/hub-1/up/measurement", json.dumps({"boot": "b", "seq": 1, "values": values}).encode())
    rows = [row for row in world.rows(observation, device_id="hub-1") if not row.kind.startswith("system.")]
    found = {row.kind: (row.value, row.quality) for row in rows}
    assert found == {"pulse": (71.0, ""), "temperature": (370.0, "impossible")}


def test_when_the_clock_of_the_gateway_goes_back_arrivals_do_not(world: World) -> None:
    world.say(*press(seq=1))
    world.clock.advance(hours=-1)
    world.say(*press(seq=2)).restart().say(*press(seq=3))
    times = [row.received_at for row in world.rows(observation)]
    assert times == sorted(times)
    assert world.presses() == 3
