"""When no home is heard any more, the fault is told of once, and no home's or device's silence is judged meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from devices.observation import Kind
from rules.base import Rule
from rules.engine import Engine
from rules.registry import all_rules
from rules.roster import DeviceEntry
from rules.sentences import explain
from rules.silence import RULE as SILENCE
from tests.rules.world import START, after, heard, resumed, roster

HOMES = [f"pir-{n}" for n in (1, 3, 4, 5, 6, 7)]
#: With six homes; see rules/outage.py.
SILENT_AT = after(seconds=9000)
TOWN = roster(silence={"missed": 3})


def _awake(rules: Sequence[Rule] = (SILENCE,), until_s: float = 8999) -> Engine:
    engine = Engine(rules, TOWN, START)
    for number, device in enumerate(HOMES, start=1):
        engine.feed(heard(number, Kind.MOTION, START, device, room="hall"))
    engine.advance(after(seconds=until_s))
    return engine


def test_it_is_one_finding_and_no_alarm_of_a_home() -> None:
    engine = _awake(all_rules())
    found = engine.advance(after(days=2))
    assert [(finding.rule, finding.code, finding.time) for finding in found] == [("outage", "site_silent", SILENT_AT)]
    assert engine.next_deadline() is None
    assert "6" in explain("outage", "site_silent", found[0].facts, "sv")


def test_afterwards_each_device_has_its_time_again() -> None:
    engine = _awake()
    engine.advance(after(days=2))
    back = engine.feed(heard(10, Kind.MOTION, after(days=2), "pir-1"))
    assert [(finding.code, finding.restores) for finding in back] == [("site_heard", True)]
    # Heard last at START; three hours and the grace of listening have to pass for the others, and the grace at least.
    found = engine.advance(after(days=2) + timedelta(seconds=10_829))
    assert {finding.subject for finding in found} & set(HOMES) == set()
    found = engine.advance(after(days=2) + timedelta(seconds=10_830))
    assert {finding.subject for finding in found} >= set(HOMES[1:])


def test_a_bridge_that_says_it_is_online_is_no_home_that_is_heard() -> None:
    engine = _awake()
    engine.feed(heard(10, Kind.ONLINE, after(seconds=8999), "pir-1"))
    assert [finding.code for finding in engine.advance(SILENT_AT)] == ["site_silent"]


def test_the_time_in_which_the_gateway_was_down_is_no_silence_of_the_site() -> None:
    engine = _awake(until_s=7200)
    engine.feed(resumed(10, after(hours=9), last_listened=after(hours=2)))
    assert engine.advance(after(hours=9.5) - timedelta(seconds=1)) == []
    assert [finding.code for finding in engine.advance(after(days=2))] == ["site_silent"]


def test_what_waited_in_the_broker_is_heard_before_the_site_is_judged() -> None:
    engine = _awake()
    engine.feed(resumed(10, after(hours=9), last_listened=after(seconds=8999)))
    assert engine.feed(heard(11, Kind.MOTION, after(hours=9, seconds=19), "pir-1")) == []


def test_a_restart_in_the_middle_of_it_neither_ends_nor_repeats_it() -> None:
    engine = _awake()
    engine.advance(after(days=1))
    engine = Engine.restore(engine.snapshot(), [SILENCE], TOWN)
    assert engine.feed(resumed(10, after(days=2), last_listened=after(days=1))) == []
    assert engine.advance(after(days=3)) == []
    assert [finding.code for finding in engine.feed(heard(11, Kind.MOTION, after(days=3), "pir-3"))] == ["site_heard"]


def test_a_device_installed_meanwhile_is_under_watch_when_homes_are_heard_again() -> None:
    engine = _awake()
    engine.advance(after(days=1))
    new = DeviceEntry(id="new", since=after(days=1), interval_s=3600.0)
    engine.apply_roster(msgspec.structs.replace(TOWN, devices=(*TOWN.devices, new)), after(days=1))
    engine.feed(heard(10, Kind.MOTION, after(days=2), "pir-1"))
    told = {finding.subject: finding.time for finding in engine.advance(after(days=2, hours=4))}
    assert told["new"] == after(days=2) + timedelta(seconds=10_830)
