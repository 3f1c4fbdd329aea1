"""L5, S4: the desk looks at itself; an external watcher hears of it only while nothing is forgotten or late."""

import asyncio
from datetime import timedelta

import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import delete, select

from alarms.auditor import Health
from alarms.delivery import outbox
from alarms.escalation.ticker import Ticker
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.table import Event
from alarms.model import Alarm
from alarms.settings import DeskSettings
from alarms.unit import Unit
from alarms.watch import Watch
from store import tables
from tests.alarms.providers import until, webhook_server
from tests.alarms.town import Town


def watch(town: Town, **changed: object) -> Watch:
    settings = DeskSettings.model_validate({"audit_every_s": 0.02, "dead_man_every_s": 0.02, **changed})
    return Watch(town.database, town.clock, settings, "desk-1")


async def test_L5_all_is_well_while_alarms_are_driven_and_pages_taken(town: Town) -> None:
    watching = watch(town)
    assert not watching.well()
    town.press()
    town.do(lambda c: outbox.claim(c, "email", "desk-1", town.now, lease_s=20, limit=9, base_url="x"))
    assert (await watching.look()).forgotten == ()
    assert watching.well()


async def test_L5_a_forgotten_alarm_is_seen_logged_and_measured(town: Town) -> None:
    alarm = town.press()
    town.database.write_now(lambda c: c.execute(delete(tables.timer)))
    watching = watch(town)
    with structlog.testing.capture_logs() as logs:
        health = await watching.look()
    assert health.forgotten == (alarm,)
    assert not watching.well()
    assert [(log["event"], log["log_level"]) for log in logs] == [("desk_not_well", "error")]
    assert REGISTRY.get_sample_value("hemvakt_desk_forgotten_alarms") == 1
    assert REGISTRY.get_sample_value("hemvakt_desk_alarms", {"alarm_class": "life_safety", "handling": "open"}) == 1


@pytest.mark.parametrize("late", ["timer", "page"])
async def test_L5_what_is_late_is_not_well(town: Town, late: str) -> None:
    town.press()
    if late == "timer":
        pages = town.do(lambda c: outbox.claim(c, "email", "d", town.now, lease_s=1000, limit=9, base_url="x"))
        assert pages
        town.clock.advance(seconds=60 + 6)
    else:
        town.clock.advance(seconds=6)
    watching = watch(town)
    health = await watching.look()
    assert (health.timer_lag_s, health.page_lag_s) == ((6.0, 0.0) if late == "timer" else (0.0, 6.0))
    assert not watching.well()


async def test_L5_a_watch_that_has_stopped_looking_is_not_well(small_town: Town) -> None:
    watching = watch(small_town, audit_every_s=5)
    await watching.look()
    small_town.clock.advance(seconds=16)
    assert not watching.well()


async def test_L5_the_watcher_is_told_while_well_and_never_while_not(small_town: Town) -> None:
    async with webhook_server() as server:
        watching = watch(small_town, dead_man_url=f"http://127.0.0.1:{server.port}/ping/secret")
        running = asyncio.create_task(watching.run())
        await until(lambda: len(server.posts) >= 2)
        await asyncio.to_thread(small_town.press)
        small_town.database.write_now(lambda c: c.execute(delete(tables.timer)))
        await until(lambda: watching.health is not None and watching.health.forgotten != ())
        heard = len(server.posts)
        looked = watching.looked_at
        small_town.clock.advance(seconds=1)
        await until(lambda: watching.looked_at != looked)
        await asyncio.sleep(0.1)
        assert len(server.posts) <= heard + 1
        assert server.posts[0].path == "/ping/secret"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_watcher_that_is_out_of_reach_stops_nothing_and_its_address_is_not_logged(small_town: Town) -> None:
    watching = watch(small_town, dead_man_url="http://127.0.0.1:9/secret")
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(watching.run())
        await until(lambda: len([log for log in logs if log["event"] == "dead_man_not_fed"]) >= 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "secret" not in str(logs)


async def test_each_look_is_a_pulse_in_the_database(town: Town) -> None:
    watching = watch(town)
    await watching.look()
    town.clock.advance(seconds=5)
    await watching.look()
    (beat,) = town.see(lambda c: c.execute(select(tables.heartbeat)).all())
    assert (beat.role, beat.instance, beat.at) == ("desk", "desk-1", town.now)


def test_a_healthy_desk_is_within_its_lags() -> None:
    settings = DeskSettings()
    well = Health(forgotten=(), timer_lag_s=settings.lag_s, page_lag_s=0, open_alarms={})
    assert well.well(settings)


async def test_an_alarm_that_cannot_be_handled_holds_up_no_other_and_is_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = town.press()
    other = town.press(subject="pendant-2")
    real = machine.apply

    def poison(unit: Unit, alarm: Alarm, event: Event, move: Move) -> None:
        if alarm.id == poisoned:
            raise KeyError("broken")
        real(unit, alarm, event, move)

    monkeypatch.setattr(machine, "apply", poison)
    town.clock.advance(seconds=60)
    with structlog.testing.capture_logs():
        due = await Ticker(town.database, town.clock, town.settings).tick()
    town.check()
    assert town.actions_of(other) == ["opened", "step_due"]
    assert due == town.now + timedelta(seconds=30)
    monkeypatch.undo()
    town.advance(30)
    assert town.actions_of(poisoned) == ["opened", "step_due"]
