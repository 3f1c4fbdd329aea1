"""What is kept for a device is said again with growing pauses until it confirms, newest wins, and there is an end."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import aiomqtt
import pytest
from sqlalchemy import Connection, event, select

from alarms.lifecycle import actions
from devices.downlink import queue, settings
from devices.downlink.kinds import MANNERS, Down
from devices.downlink.queue import Heard, Word
from devices.downlink.settings import CannotHearError, NothingToSetError, Settings
from devices.registry import NoSuchDeviceError
from gateway.address import BrokerAddress
from gateway.speaker import Speaker
from rules.base import Asks
from store import tables
from tests.gateway.world import World, press

HELP = "hemvakt/v1/pendant-1/down/help"


class Ear:
    """A client that notes what is published, or whose broker is away."""

    def __init__(self) -> None:
        self.away = False
        self.heard: list[tuple[str, dict[str, Any], int]] = []

    async def publish(self, topic: str, payload: bytes, *, qos: int, **_: Any) -> None:
        if self.away:
            raise aiomqtt.MqttError("away")
        self.heard.append((topic, json.loads(payload), qos))


class Spoken:
    """A town with a speaker whose broker the test is."""

    def __init__(self, world: World) -> None:
        self.world, self.ear = world, Ear()
        self.speaker = Speaker(world.database, world.clock, BrokerAddress(host="nowhere", port=1))
        self._seq = 0

    async def speak(self) -> list[tuple[str, dict[str, Any], int]]:
        """Say what is due; return what was said."""
        before = len(self.ear.heard)
        client: Any = self.ear
        while await self.speaker._say_due(client):
            pass
        return self.ear.heard[before:]

    async def after(self, seconds: float) -> list[tuple[str, dict[str, Any], int]]:
        self.world.clock.advance(seconds=seconds)
        return await self.speak()

    def put(self, kind: Down, device: str = "pendant-1", about: str = "", **body: Any) -> None:
        word = Word(device=device, kind=kind, about=about, body=body)
        self.world.database.write_now(lambda c: queue.put(c, [word], self.world.clock.now()))

    def confirm(self, message: Any, number: Any, device: str = "pendant-1", **more: Any) -> None:
        self._seq += 1
        body = {"boot": "ears", "seq": self._seq, "message": message, "number": number} | more
        self.world.say(f"hemvakt/v1/{device}/up/heard", json.dumps(body).encode())

    def row(self, device: str = "pendant-1") -> Any:
        (found,) = self.world.rows(tables.downlink, device_id=device)
        return found

    def accept(self) -> int:
        """Press, and let somebody take the alarm."""
        self.world.say(*press())
        (alarm,) = self.world.rows(tables.alarm)
        self.world.database.write_now(lambda c: actions.accept(c, alarm.id, "anna", self.world.clock.now()))
        return int(alarm.id)


@pytest.fixture
def spoken(world: World) -> Spoken:
    return Spoken(world)


async def test_help_is_said_again_with_growing_pauses_until_it_is_heard(spoken: Spoken) -> None:
    alarm = spoken.accept()
    ((topic, said, qos),) = await spoken.speak()
    assert (topic, said["alarm"], said["state"], said["number"], qos) == (HELP, alarm, "accepted", 1, 0)
    times = []
    for second in range(1, 130):
        times += [second] * len(await spoken.after(1))
    assert times == [2, 6, 14, 30, 62, 122]
    spoken.confirm(said["message"], 1)
    assert spoken.row().state == "heard"
    assert await spoken.after(3600) == []


async def test_a_late_word_about_the_older_does_not_stop_the_newer(spoken: Spoken) -> None:
    alarm = spoken.accept()
    ((_, said, _),) = await spoken.speak()
    spoken.world.database.write_now(lambda c: actions.attend(c, alarm, "anna", spoken.world.clock.now()))
    spoken.confirm(said["message"], 1)
    ((_, newer, _),) = await spoken.speak()
    assert (newer["message"], newer["number"], newer["state"]) == (said["message"], 2, "on_its_way")
    spoken.confirm(said["message"], 1)
    assert spoken.row().state == "waiting"
    spoken.confirm(said["message"], 2)
    assert spoken.row().state == "heard"


async def test_a_word_that_is_made_up_or_says_it_twice_changes_nothing(spoken: Spoken) -> None:
    spoken.accept()
    ((_, said, _),) = await spoken.speak()
    for device, message, number in (
        ("pendant-2", said["message"], 1),
        ("pendant-1", said["message"], 2),
        ("pendant-1", said["message"] + 1, 1),
        ("pendant-1", 2**53 - 1, 2**31 - 1),
        ("nobody", said["message"], 1),
    ):
        spoken.confirm(message, number, device)
    assert spoken.row().state == "waiting"
    spoken.confirm(said["message"], 1)
    heard_at = spoken.row().heard_at
    spoken.world.clock.advance(seconds=5)
    spoken.confirm(said["message"], 1)
    assert spoken.row().heard_at == heard_at


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"[", b"{}", b"\xff", b'{"boot":"b","seq":2,"message":"1","number":1}',
        b'{"boot":"b","seq":2,"message":0,"number":1}', b'{"boot":"b","seq":2,"message":1,"number":1e400}',
        b'{"boot":"b","seq":2,"message":1,"number":2147483648}',
        b'{"boot":"b","seq":2,"message":99999999999999999999999,"number":1}', b'{"a":' * 5000, b"x" * 2_000_000,
    ],
)  # fmt: skip
async def test_a_word_that_cannot_be_read_is_kept_and_is_no_call_for_help(small_world: World, payload: bytes) -> None:
    spoken = Spoken(small_world)
    spoken.accept()
    small_world.say("hemvakt/v1/pendant-1/up/heard", payload)
    assert small_world.rows(tables.inbox)[-1].disposition == "quarantined"
    classes = {row.rule: row.alarm_class for row in small_world.rows(tables.alarm)}
    assert classes == {"press": "life_safety", "intake": "technical"}
    assert spoken.row().state == "waiting"


async def test_what_nobody_confirms_has_an_end_and_a_late_word_is_still_taken(spoken: Spoken) -> None:
    spoken.accept()
    ((_, said, _),) = await spoken.speak()
    assert await spoken.after(MANNERS[Down.HELP].lasts.total_seconds()) == []
    assert spoken.row().state == "expired"
    assert await spoken.after(86_400) == []
    spoken.confirm(said["message"], 1)
    assert spoken.row().state == "heard"


async def test_what_is_said_once_is_said_once_and_never_late(spoken: Spoken) -> None:
    spoken.put(Down.FIND_ME, for_s=30)
    assert [topic for topic, _, _ in await spoken.speak()] == ["hemvakt/v1/pendant-1/down/find_me"]
    assert await spoken.after(30) == []
    spoken.put(Down.FIND_ME, for_s=30)
    spoken.ear.away = True
    with pytest.raises(aiomqtt.MqttError):
        await spoken.speak()
    spoken.ear.away = False
    assert await spoken.after(61) == []
    assert spoken.row().state == "expired"


async def test_what_the_broker_did_not_get_is_due_at_once(spoken: Spoken) -> None:
    spoken.accept()
    spoken.put(Down.FIND_ME, "hub-1", for_s=30)
    spoken.ear.away = True
    with pytest.raises(aiomqtt.MqttError):
        await spoken.speak()
    spoken.ear.away = False
    assert [topic.rsplit("/", 1)[1] for topic, _, _ in await spoken.speak()] == ["help", "find_me"]


async def test_help_goes_before_everything_else(spoken: Spoken) -> None:
    for number in range(150):
        spoken.put(Down.SETTINGS, "hub-1", about=str(number), volume=1)
    spoken.world.clock.advance(seconds=1)
    spoken.accept()
    assert (await spoken.speak())[0][0] == HELP


async def test_a_speaker_that_died_after_its_claim_has_delayed_the_word_and_not_lost_it(spoken: Spoken) -> None:
    spoken.accept()
    now = spoken.world.clock.now()
    assert len(spoken.world.database.write_now(lambda c: queue.claim(c, now, limit=10))) == 1
    again = Spoken(spoken.world)
    assert await again.speak() == []
    assert len(await again.after(2)) == 1


async def test_a_clock_that_is_set_back_keeps_no_device_waiting(spoken: Spoken) -> None:
    spoken.accept()
    assert len(await spoken.speak()) == 1
    assert len(await spoken.after(-3600)) == 1


async def test_a_restart_and_a_repeat_of_the_confirmation_lose_nothing(spoken: Spoken) -> None:
    spoken.accept()
    ((_, said, _),) = await spoken.speak()
    spoken.world.restart()
    body = json.dumps({"boot": "b", "seq": 9, "message": said["message"], "number": 1}).encode()
    for _ in range(2):
        spoken.world.say("hemvakt/v1/pendant-1/up/heard", body)
    assert spoken.row().state == "heard"
    assert ("hemvakt/v1/pendant-1/down/ack", b'{"boot":"b","seq":[9]}') in spoken.world.link.answers


async def test_settings_add_up_newest_wins_and_hold_when_the_device_confirms(spoken: Spoken) -> None:
    world = spoken.world

    def change(**wanted: Any) -> int:
        now = world.clock.now()
        done = world.database.write_now(lambda c: settings.change(c, "pendant-1", Settings(**wanted), now))
        return done.version

    def interval() -> float:
        (row,) = world.rows(tables.device, id="pendant-1")
        return float(row.interval_s)

    assert [change(heartbeat_s=60), change(volume=80), change(heartbeat_s=120, language="sv")] == [1, 2, 3]
    ((topic, said, _),) = await spoken.speak()
    assert topic == "hemvakt/v1/pendant-1/down/settings"
    assert {k: v for k, v in said.items() if k != "message"} == {
        "number": 3, "heartbeat_s": 120, "volume": 80, "language": "sv",
    }  # fmt: skip
    spoken.confirm(said["message"], 1)
    assert interval() == 0
    spoken.confirm(said["message"], 3)
    assert interval() == 120
    now = world.database.read_now(lambda c: settings.standing(c, "pendant-1"))
    assert now is not None
    assert (now.version, now.settings, now.confirmed_at) == (
        3, Settings(heartbeat_s=120, volume=80, language="sv"), world.clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("device", "wanted", "error"),
    [
        ("nobody", {"volume": 1}, NoSuchDeviceError),
        ("home-1-sos", {"volume": 1}, CannotHearError),
        ("pendant-1", {}, NothingToSetError),
    ],
)
async def test_settings_for_nobody_and_for_nothing_are_refused(
    spoken: Spoken, device: str, wanted: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        spoken.world.database.write_now(
            lambda c: settings.change(c, device, Settings(**wanted), spoken.world.clock.now())
        )
    assert spoken.world.rows(tables.downlink) == []


def test_one_table_says_how_each_kind_is_said() -> None:
    assert set(MANNERS) == set(Down)
    assert {kind.value for kind, manner in MANNERS.items() if not manner.kept} == {asks.value for asks in Asks}
    for manner in MANNERS.values():
        assert manner.pause(10**6) <= timedelta(seconds=manner.longest_s)
        # What is repeated is never heaped up by a broker as well.
        assert not (manner.until_heard and manner.qos)


def test_hearing_tells_of_each_word_once(small_world: World) -> None:
    spoken = Spoken(small_world)
    spoken.put(Down.SETTINGS, volume=5)
    row, now = spoken.row(), small_world.clock.now()
    said = [Heard(device="pendant-1", message=row.id, number=1)] * 3
    heard = small_world.database.write_now(lambda c: queue.hear(c, said, now))
    assert heard == [("pendant-1", Down.SETTINGS, {"volume": 5})]
    assert small_world.database.read_now(lambda c: c.scalar(select(tables.downlink.c.state))) == "heard"


def test_what_is_heard_changes_rows_in_the_order_in_which_they_are_put(world: World) -> None:
    """Else a desk that tells of two alarms and an intake that hears of both could wait for each other."""
    for about in ("9", "10"):
        world.database.write_now(partial(queue.put, words=[word(about)], now=world.clock.now()))
    rows = {row.about: row for row in world.rows(tables.downlink)}
    heard = [Heard(device="pendant-1", message=rows[about].id, number=1) for about in ("9", "10")]
    put = changed_by(world, partial(queue.put, words=[word("9"), word("10")], now=world.clock.now()))
    assert changed_by(world, partial(queue.hear, said=heard, now=world.clock.now())) == put == ["10", "9"]


def word(about: str) -> Word:
    return Word(device="pendant-1", kind=Down.HELP, about=about, body={})


def changed_by(world: World, work: Callable[[Connection], object]) -> list[str]:
    """Return the matters that a unit of work writes, each at its first place."""
    names = {row.id: row.about for row in world.rows(tables.downlink)} | {about: about for about in ("9", "10")}
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE")):
            values = parameters.values() if isinstance(parameters, dict) else parameters
            found.extend(names[one] for one in values if isinstance(one, (int, str)) and one in names)

    event.listen(world.database.writer, "before_cursor_execute", note)
    try:
        world.database.write_now(work)
    finally:
        event.remove(world.database.writer, "before_cursor_execute", note)
    return list(dict.fromkeys(found))
