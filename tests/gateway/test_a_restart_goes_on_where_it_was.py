"""Promise 5 and the rules' fold: what a rule knew before a restart it knows after it, and nothing is raised twice."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from gateway import lease
from gateway.lease import LeaseLostError
from store.clock import ManualClock
from store.database import Database
from store.tables import finding, observation, snapshot
from tests.gateway.world import World, build_town, press

SMOKE = ("zigbee2mqtt/home-1/smoke", b'{"smoke": true}')


def test_a_detector_that_signalled_before_the_restart_is_no_news_after_it(world: World) -> None:
    world.say(*SMOKE).restart().say(*SMOKE)
    assert len(world.rows(finding, rule="smoke_leak")) == 1


def test_each_start_is_in_the_journal_with_the_time_until_which_was_listened(world: World) -> None:
    begun = world.clock.now()
    world.say(*SMOKE)
    world.clock.advance(hours=3)
    world.restart()
    resumed = world.rows(observation, kind="system.resumed")
    assert [row.received_at for row in resumed] == [begun, begun + timedelta(hours=3)]
    assert resumed[1].time == begun


def test_a_pulse_tells_until_when_was_listened_though_nothing_came(world: World) -> None:
    world.clock.advance(minutes=90)
    world.turn()
    heard = world.clock.now()
    world.clock.advance(minutes=10)
    world.restart()
    assert world.rows(observation, kind="system.resumed")[-1].time == heard


def test_a_restart_within_a_moment_is_no_time_in_which_nobody_listened(world: World) -> None:
    world.turn().restart()
    (first, second) = world.rows(observation, kind="system.resumed")
    assert first.time == first.received_at
    assert second.time == second.received_at - timedelta(microseconds=1)


def test_the_state_comes_from_the_newest_snapshot_that_decodes(world: World) -> None:
    world.say(*SMOKE)
    world.worker._snapshot(world.clock.now())
    world.say(*press(seq=1))
    world.worker._snapshot(world.clock.now())
    world.say(*press(seq=2))
    newest = world.rows(snapshot)[-1].id
    world.database.write_now(
        lambda c: c.execute(update(snapshot).where(snapshot.c.id == newest).values(state=b"damaged"))
    )
    world.restart().say(*SMOKE).say(*press(seq=3))
    assert len(world.rows(finding, rule="smoke_leak")) == 1
    assert world.presses() == 3


def test_two_snapshots_are_kept(world: World) -> None:
    for seq in range(1, 6):
        world.say(*press(seq=seq))
        world.worker._snapshot(world.clock.now())
    assert len(world.rows(snapshot)) == 2


def test_a_snapshot_is_taken_after_so_many_observations(sqlite: Database, clock: ManualClock) -> None:
    build_town(sqlite, clock)
    world = World(sqlite, clock, snapshot_observations=10).start()
    for seq in range(1, 26):
        world.say(*press(seq=seq))
    assert len(world.rows(snapshot)) == 2


def test_without_any_snapshot_the_journal_is_enough(world: World) -> None:
    world.say(*SMOKE)
    assert world.rows(snapshot) == []
    world.restart().say(*SMOKE)
    assert len(world.rows(finding, rule="smoke_leak")) == 1


def test_a_silence_goes_on_over_a_restart(sqlite: Database, clock: ManualClock) -> None:
    build_town(sqlite, clock)
    sqlite.write_now(lambda c: c.exec_driver_sql("UPDATE device SET interval_s = 600 WHERE id = 'pendant-1'"))
    world = World(sqlite, clock).start().say(*press(seq=1))
    for _ in range(12):
        clock.advance(minutes=5)
        world.turn().restart()
    silent = [row for row in world.rows(finding, rule="silence") if row.device_id == "pendant-1"]
    assert [row.code for row in silent] == ["silent"]


def test_a_second_worker_waits_and_takes_over_when_the_first_is_gone(world: World) -> None:
    world.turn()

    def take(holder: str, at: datetime) -> int | None:
        return world.database.write_now(lambda c: lease.acquire(c, "worker-0", holder, at))

    now = world.clock.now()
    assert take("other", now) is None
    assert take("other", now + lease.HELD + timedelta(seconds=1)) == world.worker._fence + 1


def test_a_worker_that_was_taken_for_dead_writes_nothing_more(world: World) -> None:
    world.clock.advance(minutes=1)
    world.database.write_now(lambda c: lease.acquire(c, "worker-0", "other", world.clock.now()))
    world.send(*press())
    with pytest.raises(LeaseLostError):
        world.turn()
    assert world.presses() == 0
    assert world.link.packets == []
