"""Promise: a simulated day goes through the intake and the rules in virtual time, and ends as a real one would.

The day comes from the simulator's diary, the clock is set from message to message and from deadline to deadline, and
nothing waits: what takes a home 24 hours takes this seconds.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import Connection

from gateway.municipality.apply import apply
from gateway.municipality.check import check
from gateway.municipality.plan import make_plan
from gateway.municipality.source import read
from hemvakt_sim import diary
from hemvakt_sim.diary import Said
from hemvakt_sim.scenario import Devices, Home
from hemvakt_sim.wire import Channel
from store.clock import ManualClock
from store.database import Database
from store.tables import alarm, inbox, occurrence
from tests.gateway.world import World
from tests.scenarios.trial import ROOT

ZONE = ZoneInfo("Europe/Stockholm")
MIDNIGHT = datetime(2026, 3, 1)  # noqa: DTZ001 - local time, as daily life has it
HOME = Home(id="home-14", devices=Devices(pendant="pendant-14", rooms=("hall", "kitchen"), doors=("front-door",)))
HEARTBEAT_S = 900.0


def day(hours: float = 24, seed: int = 1) -> Iterator[Said]:
    """Return a day of a home in which nobody goes out."""
    stays = HOME.model_copy(update={"rhythm": HOME.rhythm.model_copy(update={"outings": 0.0})})
    said = diary.of_home(stays, MIDNIGHT, seed=seed, heartbeat_s=HEARTBEAT_S)
    return takewhile(lambda one: one.at < MIDNIGHT + timedelta(hours=hours), said)


class Virtual:
    """A gateway whose time goes from message to message, and stops at every deadline of a rule in between."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        clock.set(MIDNIGHT.replace(tzinfo=ZONE))
        self._clock = clock
        database.write_now(self._move_in)
        self.world = World(database, clock).start()
        self._scribe = diary.Scribe(HOME, boot="day")
        self.numbered: set[int] = set()

    def _move_in(self, connection: Connection) -> None:
        town, source = read(ROOT / "deploy" / "trial" / "municipality.yaml")
        check(town, source)
        now = self._clock.now()
        apply(connection, make_plan(connection, town, now), author="test", reason="test", now=now)

    def live(self, said: Iterator[Said]) -> None:
        for one in said:
            self.wait_until(one.at)
            packet = self._scribe.packet(one, one.at.replace(tzinfo=ZONE))
            if one.channel is not None:
                self.numbered.add(msgspec.json.decode(packet.payload)["seq"])
            self.world.say(packet.topic, packet.payload)

    def wait_until(self, local: datetime) -> None:
        """Let time pass, and every deadline in it."""
        moment = local.replace(tzinfo=ZONE)
        while (due := self.world.worker._intake.engine.next_deadline()) is not None and due < moment:
            self._clock.set(max(due, self._clock.now()))
            self.world.turn()
            if due == self.world.worker._intake.engine.next_deadline():
                break
        self._clock.set(moment)
        self.world.turn()

    def acknowledged(self) -> set[int]:
        mine = [payload for topic, payload in self.world.link.answers if topic == "hemvakt/v1/pendant-14/down/ack"]
        return {seq for payload in mine for seq in msgspec.json.decode(payload)["seq"]}

    def alarms_of_home(self) -> list[object]:
        return self.world.rows(alarm, home_id="home-14")


@pytest.fixture
def virtual(sqlite: Database, clock: ManualClock) -> Virtual:
    return Virtual(sqlite, clock)


def test_an_ordinary_day_is_stored_whole_and_raises_nothing(virtual: Virtual) -> None:
    said = list(day())
    virtual.live(iter(said))
    assert len(virtual.world.rows(inbox)) == len(said)
    assert virtual.acknowledged() == virtual.numbered
    assert len(virtual.numbered) == 24 * 4
    assert virtual.alarms_of_home() == []


def test_a_press_in_it_is_an_alarm_at_its_minute(virtual: Virtual) -> None:
    night = MIDNIGHT + timedelta(hours=3, minutes=12)
    said = [*day(), Said(night, "pendant-14", Channel.PRESS, {"button": "main"})]
    virtual.live(iter(sorted(said, key=lambda one: one.at)))
    (pressed,) = virtual.world.rows(alarm, home_id="home-14")
    assert (pressed.rule, pressed.alarm_class) == ("press", "life_safety")
    assert pressed.opened_at == night.replace(tzinfo=ZONE)
    assert len(virtual.world.rows(occurrence, alarm_id=pressed.id)) == 1


def test_somebody_who_lies_from_two_in_the_afternoon_is_found_the_same_day(virtual: Virtual) -> None:
    falls = MIDNIGHT + timedelta(hours=14)
    virtual.live(one for one in day() if one.at < falls or one.channel is not None)
    virtual.wait_until(MIDNIGHT + timedelta(hours=24))
    (found,) = virtual.world.rows(alarm, home_id="home-14", rule="inactivity")
    assert found.alarm_class == "life_safety"
    # Six hours by day, as the fixed limits are; the last motion may be some minutes before the fall.
    assert timedelta(hours=5) < found.opened_at - falls.replace(tzinfo=ZONE) < timedelta(hours=7)


def test_a_pendant_that_says_nothing_from_noon_on_is_found_within_its_interval(virtual: Virtual) -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    virtual.live(one for one in day() if one.at < noon or one.device != "pendant-14")
    (found,) = virtual.world.rows(alarm, home_id="home-14", rule="silence")
    # Three missed intervals of an hour and half a minute of grace.
    assert found.device_id == "pendant-14"
    assert timedelta(hours=2.7) < found.opened_at - noon.replace(tzinfo=ZONE) < timedelta(hours=3.1)


def test_the_same_day_twice_raises_the_same(sqlite: Database, clock: ManualClock) -> None:
    said = list(day(seed=5))
    first = Virtual(sqlite, clock)
    first.live(iter(said))
    before = len(first.world.rows(inbox))
    for topic, payload in [(row.topic, row.payload) for row in first.world.rows(inbox) if "/up/" in row.topic]:
        first.world.say(topic, payload)
    assert len(first.world.rows(inbox)) == before
