"""Two devices of one identity, and old messages played again, are one technical alarm; every press of either counts."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from devices.families.ttn import FAMILY as TTN
from devices.observation import Kind, Observation
from gateway.numbering import Numbering
from rules.base import Enrolment, Scope
from rules.cloned import RULE, ClonedSettings
from store import tables
from store.clock import ManualClock
from store.database import Database
from store.schema import migrate
from tests.gateway.world import World, build_town, press

STATUS = "hemvakt/v1/pendant-1/status"


def beat(world: World, boot: str, seq: int, *, ago_s: float | None = 0.0, channel: str = "heartbeat") -> None:
    """Let ``pendant-1`` say something that it made ``ago_s`` seconds ago; None for one without a clock."""
    said: dict[str, Any] = {"boot": boot, "seq": seq}
    if ago_s is not None:
        said["time"] = (world.clock.now() - timedelta(seconds=ago_s)).isoformat()
    world.say(f"hemvakt/v1/pendant-1/up/{channel}", json.dumps(said).encode())


def codes(world: World) -> list[str]:
    return [row.code for row in world.rows(tables.finding, rule="cloned")]


def alarms(world: World) -> list[tuple[str, str, int]]:
    """Return class, device and occurrences of the alarms of this rule."""
    rows = world.rows(tables.alarm, rule="cloned")
    return [(row.alarm_class, row.device_id, row.occurrences) for row in rows]


def test_two_presses_under_one_number_are_both_heard_and_repeats_of_each_are_folded(world: World) -> None:
    one = press(time="2026-01-13T01:30:00+00:00")
    other = press(time="2026-01-13T01:30:01+00:00")
    world.send(*one)
    world.send(*other)
    world.turn()
    for message in (one, other, other, one):
        world.say(*message)
    world.restart().say(*other).say(*one)
    assert world.presses() == 2
    assert alarms(world) == [("technical", "pendant-1", 1)]
    assert codes(world) == ["same_number"]


def test_another_kind_of_message_under_the_number_of_a_heartbeat_is_heard(world: World) -> None:
    beat(world, "b", 1)
    world.say(*press(seq=1))
    assert world.presses() == 1
    assert codes(world) == ["same_number"]
    assert len([topic for topic, _ in world.link.answers if topic.endswith("/ack")]) == 2


def test_the_same_content_written_differently_is_the_same_message(world: World) -> None:
    world.say("hemvakt/v1/pendant-1/up/press", b'{"boot":"b","seq":1}')
    world.say("hemvakt/v1/pendant-1/up/press", b'{ "seq": 1, "boot": "b", "button": "main" }')
    assert world.presses() == 1
    assert alarms(world) == []


def test_two_starts_that_speak_in_turn_are_two_devices(world: World) -> None:
    for seq in range(1, 4):
        for boot in ("one", "two"):
            world.clock.advance(minutes=5)
            beat(world, boot, seq, channel="press")
    assert world.presses() == 6
    assert codes(world) == ["two_starts"]
    assert alarms(world) == [("technical", "pendant-1", 1)]


def test_without_a_clock_they_are_told_when_they_go_on(world: World) -> None:
    for seq in range(1, 5):
        for boot in ("one", "two"):
            beat(world, boot, seq, ago_s=None)
            world.clock.advance(minutes=5)
    assert codes(world) == ["two_starts"]


@pytest.mark.parametrize("ago_s", [3600.0, None])
def test_what_a_device_has_kept_before_it_began_anew_is_no_second_device(world: World, ago_s: float | None) -> None:
    beat(world, "old", 1)
    world.clock.advance(minutes=10)
    for seq in range(2, 30):
        # Presses go first, then comes what was kept, then what is new: for as long as it takes to drain.
        beat(world, "new", seq, channel="press")
        beat(world, "old", seq, ago_s=ago_s)
        world.clock.advance(seconds=5)
    world.clock.advance(days=1)
    beat(world, "new", 40)
    assert alarms(world) == []


def test_a_start_of_long_ago_that_comes_back_is_told(world: World) -> None:
    beat(world, "old", 1, ago_s=None)
    beat(world, "new", 1, ago_s=None)
    world.clock.advance(days=8)
    beat(world, "new", 2, ago_s=None)
    beat(world, "old", 2, ago_s=None, channel="press")
    assert codes(world) == ["old_start"]
    assert world.presses() == 1


def test_a_connection_that_is_taken_again_and_again_is_told(world: World) -> None:
    for _ in range(40):
        world.clock.advance(seconds=5)
        world.say(STATUS, b"offline").say(STATUS, b"online")
    assert codes(world) == ["taken_over"]
    assert [row.facts["count"] for row in world.rows(tables.finding, rule="cloned")] == [8]


def test_a_link_that_is_poor_and_a_gateway_that_comes_back_are_no_take_over(world: World) -> None:
    for _ in range(40):
        world.clock.advance(minutes=2)
        world.say(STATUS, b"offline").say(STATUS, b"online")
        for _ in range(3):
            world.say(STATUS, b"online", retain=True)
    assert codes(world) == []


def test_a_number_far_in_the_past_of_what_was_made_now_is_told_and_one_that_was_kept_is_not(world: World) -> None:
    beat(world, "b", 5000)
    beat(world, "b", 3000, ago_s=7200)
    beat(world, "b", 4500)
    assert codes(world) == []
    beat(world, "b", 2000, channel="press")
    assert codes(world) == ["far_behind"]
    assert world.presses() == 1


def test_recorded_messages_that_are_played_again_are_told_and_count_once(world: World) -> None:
    recorded = [press(seq=seq) for seq in range(1, 31)]
    for message in recorded:
        world.send(*message)
    world.turn()
    world.clock.advance(days=1)
    beat(world, "new", 1)
    for message in recorded[:19]:
        world.say(*message)
    assert codes(world) == []
    for message in recorded:
        world.say(*message)
    assert codes(world) == ["played_again"]
    assert world.presses() == 30


def _mischief(world: World, after_each: Callable[[], Any]) -> list[tuple[str, datetime]]:
    for step in range(60):
        world.clock.advance(minutes=3)
        beat(world, f"boot-{step % 3}", step // 3 + 1, ago_s=None if step % 2 else 0.0)
        world.say(*press(boot=f"boot-{step % 3}", seq=1, time="2026-01-13T01:30:00Z"))
        world.say(STATUS, b"online")
        after_each()
    rows = world.rows(tables.finding, rule="cloned")
    return [(row.code, row.time) for row in rows]


def test_all_that_is_seen_of_one_device_is_one_alarm_and_a_restart_anywhere_changes_nothing(world: World) -> None:
    seen = _mischief(world, world.restart)
    assert {code for code, _ in seen} == {"same_number", "two_starts"}
    assert [number for _, _, number in alarms(world)] == [2]


def test_the_same_messages_give_the_same_findings_with_and_without_restarts(small_world: World, tmp_path: Path) -> None:
    clock = ManualClock(small_world.clock.now())
    undisturbed = _mischief(small_world, lambda: None)
    with Database(f"sqlite:///{tmp_path / 'other.db'}") as other:
        migrate(other)
        build_town(other, clock)
        world = World(other, clock).start()
        disturbed = _mischief(world, world.restart)
    assert sorted(undisturbed) == sorted(disturbed)


def test_what_is_remembered_of_a_device_is_bounded() -> None:
    now = datetime.fromisoformat("2026-01-13T01:30:00+00:00")
    enrolment = Enrolment(scope=Scope.DEVICE, subject="d", since=now, settings=ClonedSettings())
    state = RULE.begin(enrolment)
    hostile = ("start", "same_number", "old_again", "far_behind", "", "x" * 5000)
    for number in range(20_000):
        now += timedelta(seconds=1)
        kind = Kind.ONLINE if number % 7 == 0 else Kind.NUMBERING
        text = f"{hostile[number % len(hostile)]} {'b' * 60}{number}"
        one = Observation(id=number, kind=kind, received_at=now, time=now, device="d", value=1.0, text=text)
        RULE.observe(state, one, enrolment)
    assert len(state.starts) == 8
    assert len(state.connected) <= 8
    assert len(state.told) <= 6
    assert state.repeats <= 1000


def uplink(world: World, received_at: str, rssi: int = -70) -> None:
    """Let the network server hand over a press with frame counter 7 of one session."""
    said = {"session_key_id": "s", "f_cnt": 7, "decoded_payload": {"press": "short"}, "rx_metadata": [rssi]}
    world.say("v3/app/devices/sos/up", json.dumps({"received_at": received_at, "uplink_message": said}).encode())


def lora(world: World) -> None:
    row = {"id": "lora", "family": "ttn", "address": "app/sos", "kind": "sos", "added_at": world.clock.now()}
    world.database.write_now(lambda c: c.execute(insert(tables.device), row))
    world.restart()


def test_an_uplink_that_the_network_delivers_twice_is_one(world: World) -> None:
    """A network server adds what it heard of the radio; the device has pressed once."""
    lora(world)
    uplink(world, "2026-01-13T01:29:58.1Z")
    uplink(world, "2026-01-13T01:29:58.4Z", rssi=-90)
    assert len(world.rows(tables.inbox)) == 1


def test_a_press_after_a_new_battery_is_not_the_one_of_last_year(world: World) -> None:
    """The counter of a device without a join begins anew; its session does not (``devices/lorawan.py``)."""
    lora(world)
    uplink(world, "2025-01-13T01:29:58Z")
    uplink(world, "2026-01-13T01:29:58Z")
    assert world.presses() == 2
    assert codes(world) == []


def test_the_highest_number_survives_a_restart(world: World) -> None:
    beat(world, "b", 5000)
    world.restart()
    beat(world, "b", 2000)
    assert codes(world) == ["far_behind"]
    (row,) = world.rows(tables.presence, device_id="pendant-1")
    assert (row.boot, row.seq) == ("b", 5000)


def test_what_a_network_server_numbers_is_no_sign_of_anything() -> None:
    numbering = Numbering({})
    for day in range(1, 4):
        said = {"received_at": f"2026-03-0{day}T09:13:57Z", "uplink_message": {"f_cnt": day, "decoded_payload": {}}}
        message = TTN.decode("v3/care/devices/sos-1/up", json.dumps(said).encode())
        assert message.seq == day
        assert numbering.new("sos-1", message, beside=False) is None
        assert numbering.repeated("sos-1", message) is None
    assert numbering.last("sos-1") is None
