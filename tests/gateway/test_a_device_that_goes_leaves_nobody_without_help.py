"""Decommissioning: nobody is left without a way to call unless it is meant, and nothing of the device can act again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from alarms import decommissioning
from alarms.decommissioning import Decommissioned, LeavesWithoutError
from devices import announcements, claims, identity, sharing
from devices.claims import ClaimSpentError
from devices.discovery import Part
from devices.family import families
from devices.registry import NoSuchDeviceError
from gateway.broker.following import read_identities
from gateway.cli import app
from gateway.home_assistant.latest import Latest
from gateway.home_assistant.shown import shown
from store import tables
from tests.gateway.world import World, press


def gone(world: World, device: str, *, anyway: bool = False) -> Decommissioned:
    now = world.clock.now()
    return world.database.write_now(
        lambda c: decommissioning.decommission(c, device, by="tor", reason="moved", leave_without=anyway, now=now)
    )


def heard(world: World, *devices: str) -> None:
    """Let these have been heard where they are."""
    world.clock.advance(minutes=1)
    rows = [{"device_id": one, "last_seen_at": world.clock.now()} for one in devices]
    world.database.write_now(lambda c: c.execute(tables.presence.insert(), rows))


def assigned(world: World, device: str, **values: Any) -> None:
    rows = update(tables.assignment).where(tables.assignment.c.device_id == device)
    world.database.write_now(lambda c: c.execute(rows.values(**values)))


def test_the_last_button_of_a_resident_stays_unless_it_is_meant(world: World) -> None:
    heard(world, "pendant-1", "home-1-smoke", "home-1-pir")
    with pytest.raises(LeavesWithoutError, match="last of 1"):
        gone(world, "pendant-1")
    assert world.rows(tables.device, id="pendant-1")[0].retired_at is None
    assert world.rows(tables.audit) == []
    assert gone(world, "pendant-1", anyway=True).left_without == ("resident-1",)


def test_another_button_that_was_heard_stands_in(world: World) -> None:
    heard(world, "home-1-sos")
    assert gone(world, "pendant-1").left_without == ()
    with pytest.raises(LeavesWithoutError):
        gone(world, "home-1-sos")


def test_one_that_was_never_heard_or_is_somebody_elses_stands_in_for_nobody(world: World) -> None:
    with pytest.raises(LeavesWithoutError):
        gone(world, "pendant-1")
    heard(world, "home-1-sos")
    assigned(world, "home-1-sos", resident_id=None, home_id="home-2")
    with pytest.raises(LeavesWithoutError):
        gone(world, "pendant-1")


def test_what_serves_the_whole_home_is_missed_by_everybody_there(world: World) -> None:
    assigned(world, "pendant-2", home_id="home-1")
    rows = update(tables.resident).where(tables.resident.c.id == "resident-2").values(home_id="home-1")
    world.database.write_now(lambda c: c.execute(rows))
    heard(world, "pendant-1", "home-1-sos")
    assigned(world, "home-1-sos", resident_id=None)
    with pytest.raises(LeavesWithoutError, match="last of 1"):
        gone(world, "home-1-sos")


def test_a_sensor_and_a_device_that_serves_nobody_go_without_a_question(world: World) -> None:
    gone(world, "home-1-pir")
    assigned(world, "pendant-1", to_at=world.clock.now())
    gone(world, "pendant-1")
    with pytest.raises(NoSuchDeviceError):
        gone(world, "pendant-1")
    with pytest.raises(NoSuchDeviceError):
        gone(world, "nobody")


def test_nothing_of_it_can_act_again(world: World) -> None:
    now = world.clock.now()
    world.database.write_now(lambda c: identity.give(c, "home-1-smoke", now))
    world.database.write_now(lambda c: identity.rotate(c, "home-1-smoke", now, timedelta(days=7)))
    claim = world.database.write_now(lambda c: claims.issue(c, "home-1-smoke", now))
    part = Part(part="", identifier="", kind="smoke", name="x", model="y", state_topic="zigbee2mqtt/home-1/smoke")
    topic = "homeassistant/binary_sensor/x/config"
    world.database.write_now(lambda c: announcements.keep(c, topic, [part], families(), now))
    world.database.write_now(lambda c: sharing.share(c, "home-1", ["resident-1"], health=False, language="sv", now=now))
    heard(world, "pendant-1")
    assert gone(world, "home-1-smoke").had_identity
    assert [one.user for one in world.database.read_now(read_identities)] == ["home-assistant-home-1"]
    with pytest.raises(ClaimSpentError):
        world.database.read_now(lambda c: claims.device_of(c, claim.code, now))
    for table in (tables.announcement, tables.device_identity, tables.former_identity, tables.device_claim):
        assert world.rows(table) == [], "nothing lies about that would hold again if the device came back"
    homes = world.database.read_now(sharing.listed)
    assert "smoke" not in str(world.database.read_now(lambda c: shown(c, homes, Latest())))
    (row,) = world.rows(tables.audit)
    assert (row.action, row.actor, row.detail["device"]) == ("device_decommissioned", "tor", "home-1-smoke")


def test_what_it_said_stays_and_its_alarm_stays_open(world: World) -> None:
    world.say(*press()).clock.advance(minutes=1)
    found = gone(world, "pendant-1", anyway=True)
    assert (found.messages, found.observations, len(found.open_alarms)) == (1, 1, 1)
    assert found.first_at is not None
    (row,) = world.rows(tables.alarm)
    assert row.handling == "open"
    assert len(world.rows(tables.observation, device_id="pendant-1", kind="press")) == 1
    world.clock.advance(minutes=1)
    world.restart().say(*press(seq=2))
    assert "intake" in [one.rule for one in world.rows(tables.alarm)], "a press of a stranger reaches somebody"


def test_of_two_buttons_that_go_at_once_one_stays(world: World) -> None:
    heard(world, "pendant-1", "home-1-sos")
    done = [gone(world, "pendant-1")]
    with pytest.raises(LeavesWithoutError):
        done.append(gone(world, "home-1-sos"))
    still = select(tables.device.c.id).where(tables.device.c.retired_at.is_(None), tables.device.c.id == "home-1-sos")
    assert world.database.read_now(lambda c: c.scalar(still)) == "home-1-sos"


def test_the_command_says_what_stays_and_why_not(small_world: World, tmp_path: Any) -> None:
    small_world.say(*press())
    options = ["--reason", "moved", "--data", str(tmp_path)]
    refused = CliRunner().invoke(app, ["device", "decommission", "pendant-1", *options])
    assert refused.exit_code == 1
    done = CliRunner().invoke(app, ["device", "decommission", "pendant-1", "--yes-leave-without", *options])
    assert done.exit_code == 0, done.output
    assert "1 observations" in done.output
    assert "Hemvakt deletes no observation by itself" in done.output
