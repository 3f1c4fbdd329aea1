"""A sensor that tells again how it is hides nobody who lies still: only what changes is a sign of life."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.families.zigbee2mqtt import FAMILY
from devices.observation import Kind, Observation, Quality
from rules.engine import Engine
from rules.registry import all_rules
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: A Wednesday; limits that are not learned make its hours exact.
NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
FIXED = {"learning": False, "day_limit_h": 4, "night_limit_h": 4, "away_limit_h": 24}
ROOMS = {"hall-pir": "hall", "fridge": "fridge", "front": "front door", "radar": "bathroom", "bed": "bedroom"}


class Home:
    """One home with its sensors on the real engine with all rules."""

    def __init__(self, **settings: dict[str, Any]) -> None:
        self.roster = Roster(
            devices=tuple(DeviceEntry(id=name, since=NOON) for name in ROOMS),
            assignments=tuple(AssignmentEntry(device=name, home="home-1", from_at=NOON) for name in ROOMS),
            settings=tuple(
                SettingEntry(rule=rule, valid_from=NOON, settings=fields)
                for rule, fields in {"inactivity": FIXED, **settings}.items()
            ),
            zone="UTC",
        )
        self.engine = Engine(all_rules(), self.roster, NOON)
        assert self.engine.problems == ()
        self.found = self.engine.advance(NOON)

    def hears(self, device: str, kind: Kind, value: float | None, at: datetime, *quality: Quality) -> None:
        observation = Observation(
            id=self.engine.position + 1,
            kind=kind,
            received_at=at,
            time=at,
            device=device,
            home="home-1",
            room=ROOMS[device],
            value=value,
            quality=frozenset(quality),
        )
        self.found += self.engine.feed(observation)

    def waits(self, until: datetime) -> None:
        self.found += self.engine.advance(until)

    def restarts(self) -> None:
        self.engine = Engine.restore(self.engine.snapshot(), all_rules(), self.roster)

    def codes(self, rule: str = "inactivity") -> list[str]:
        return [finding.code for finding in self.found if finding.rule == rule]


def every(step: timedelta, hours: float) -> Iterator[datetime]:
    return (NOON + number * step for number in range(1, int(hours * HOUR / step)))


@pytest.fixture
def home() -> Home:
    """A home in which each sensor has told both of its states, and somebody moved at noon."""
    home = Home()
    for device, kind in (("fridge", Kind.DOOR), ("front", Kind.DOOR), ("radar", Kind.PRESENCE), ("bed", Kind.BED)):
        home.hears(device, kind, 1.0, NOON)
        home.hears(device, kind, 0.0, NOON)
    home.hears("hall-pir", Kind.MOTION, 1.0, NOON)
    return home


@pytest.mark.parametrize(
    ("device", "kind", "state", "step"),
    [
        ("fridge", Kind.DOOR, 0.0, 50 * MINUTE),
        ("front", Kind.DOOR, 0.0, 50 * MINUTE),
        ("bed", Kind.BED, 0.0, 50 * MINUTE),
        ("bed", Kind.APPLIANCE, 0.0, 10 * MINUTE),
    ],
)
def test_a_report_of_what_is_as_it_was_hides_no_long_lie(
    home: Home, device: str, kind: Kind, state: float, step: timedelta
) -> None:
    for at in every(step, hours=6):
        home.hears(device, kind, state, at)
    assert home.codes() == ["inactivity"]
    assert home.found[-1].time == NOON + 4 * HOUR


@pytest.mark.parametrize(
    ("device", "kind"), [("fridge", Kind.DOOR), ("radar", Kind.PRESENCE), ("bed", Kind.BED), ("bed", Kind.APPLIANCE)]
)
def test_nor_does_one_of_what_has_been_on_since(home: Home, device: str, kind: Kind) -> None:
    """A fridge left open, a radar that sees who lies on the floor, a bed nobody leaves, a television left on."""
    home.hears(device, kind, 0.0, NOON)
    home.hears(device, kind, 1.0, NOON + MINUTE)
    for at in every(10 * MINUTE, hours=6):
        home.hears(device, kind, 1.0, at)
    assert home.codes() == ["inactivity"]
    assert home.found[-1].time == NOON + MINUTE + 4 * HOUR


@pytest.mark.parametrize(
    ("device", "kind"), [("fridge", Kind.DOOR), ("radar", Kind.PRESENCE), ("bed", Kind.BED), ("bed", Kind.APPLIANCE)]
)
def test_what_changes_is_a_sign(home: Home, device: str, kind: Kind) -> None:
    for number, at in enumerate(every(HOUR, hours=10)):
        home.hears(device, kind, float(number % 2 == 0), at)
    assert home.codes() == []


def test_a_motion_detector_tells_who_moves_again(home: Home) -> None:
    """As behind Zigbee2MQTT: on again with each movement, off when there was none for 90 s."""
    for at in every(MINUTE, hours=1.5):
        home.hears("hall-pir", Kind.MOTION, 1.0, at)
    home.hears("hall-pir", Kind.MOTION, 0.0, NOON + 1.5 * HOUR)
    home.waits(NOON + 6 * HOUR)
    assert [one.time for one in home.found if one.rule == "inactivity"] == [NOON + 89 * MINUTE + 4 * HOUR]


def test_one_that_is_stuck_or_sees_a_curtain_hides_nobody(home: Home) -> None:
    home.hears("hall-pir", Kind.MOTION, 0.0, NOON)
    for at in every(5 * MINUTE, hours=8):
        home.hears("hall-pir", Kind.MOTION, 1.0, at)
    (found,) = (one for one in home.found if one.rule == "inactivity")
    assert found.time == NOON + 2 * HOUR + 4 * HOUR


def test_one_that_never_clears_tells_of_movements() -> None:
    home = Home()
    for at in every(5 * MINUTE, hours=8):
        home.hears("hall-pir", Kind.MOTION, 1.0, at)
    assert home.codes() == []


def test_what_a_restart_knows_is_not_told_for_the_first_time(home: Home) -> None:
    for at in every(50 * MINUTE, hours=6):
        home.restarts()
        home.hears("fridge", Kind.DOOR, 0.0, at)
    assert home.codes() == ["inactivity"]


def test_a_door_that_only_ever_says_that_it_was_opened_is_opened_each_time() -> None:
    home = Home()
    for at in every(HOUR, hours=10):
        home.hears("fridge", Kind.DOOR, 1.0, at)
    assert home.codes() == []


def test_a_first_word_that_all_is_closed_is_no_sign() -> None:
    home = Home()
    home.hears("hall-pir", Kind.MOTION, 1.0, NOON)
    home.hears("fridge", Kind.DOOR, 0.0, NOON + 3 * HOUR)
    home.waits(NOON + 5 * HOUR)
    assert home.codes() == ["inactivity"]


def test_what_was_kept_back_does_not_make_news_of_what_is_known(home: Home) -> None:
    home.hears("fridge", Kind.DOOR, 1.0, NOON + 2 * HOUR, Quality.LATE)
    heard = len(home.found)
    home.hears("fridge", Kind.DOOR, 0.0, NOON + 3 * HOUR)
    home.waits(NOON + 6 * HOUR + MINUTE)
    assert home.codes() == ["inactivity"]
    assert home.found[heard].time < NOON + 7 * HOUR


@pytest.mark.parametrize("value", [None, 0.5, -1.0, 2.0, float("nan")])
def test_what_is_neither_on_nor_off_changes_nothing(home: Home, value: float | None) -> None:
    home.hears("radar", Kind.PRESENCE, value, NOON + HOUR)
    home.hears("radar", Kind.PRESENCE, 0.0, NOON + 2 * HOUR)
    home.waits(NOON + 6 * HOUR)
    assert home.codes() == ["inactivity"]


def test_it_is_a_sign_of_the_sensor_itself() -> None:
    """A device that reports every ten minutes that nothing has changed is not lost."""
    home = Home()
    home.roster = home.roster.__class__(
        devices=(DeviceEntry(id="fridge", since=NOON, interval_s=900.0),), assignments=home.roster.assignments[1:2]
    )
    home.engine = Engine(all_rules(), home.roster, NOON)
    for at in every(10 * MINUTE, hours=6):
        home.hears("fridge", Kind.DOOR, 0.0, at)
    assert home.codes("silence") == []
    home.waits(NOON + 9 * HOUR)
    assert home.codes("silence") != []


def test_a_bathroom_radar_that_is_told_again_does_not_begin_a_new_stay() -> None:
    home = Home(bathroom={"enabled": True, "limit_min": 30})
    home.hears("radar", Kind.PRESENCE, 1.0, NOON)
    for at in every(MINUTE, hours=1):
        # The front door reports its battery meanwhile; nobody is seen elsewhere.
        home.hears("front", Kind.DOOR, 0.0, at)
        home.hears("radar", Kind.PRESENCE, 1.0, at)
    assert home.codes("bathroom") == ["bathroom_too_long"]


def test_the_whole_state_of_a_zigbee_contact_is_read_so() -> None:
    """As an Aqara MCCGQ11LM behind Zigbee2MQTT reports its battery and its signal."""
    home = Home()
    home.hears("hall-pir", Kind.MOTION, 1.0, NOON)
    for number, at in enumerate(every(50 * MINUTE, hours=6)):
        payload = json.dumps({"battery": 100 - number, "contact": True, "linkquality": 80 + number, "voltage": 3025})
        for reading in FAMILY.decode("zigbee2mqtt/home-1/fridge", payload.encode()).readings:
            home.hears("fridge", reading.kind, reading.value, at)
    assert home.codes() == ["inactivity"]
