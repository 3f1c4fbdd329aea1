"""Help, settings, search and program: gone by once, confirmed each time, newest wins, whatever comes and however."""

import asyncio
import json
import sys
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

from devices.hub import page
from devices.hub.config import HubConfig
from devices.hub.desk import Desk
from devices.hub.memory import Fact, Memory
from devices.hub.speech import Speech, Voice
from devices.hub.storage import StorageFailedError
from hemvakt_sim.ble.cuff import Cuff
from tests.ble.home import CUFF, SCALE, Home, config, device, home
from tests.ble.spoken import SPOKEN, VOICES

pytestmark = [pytest.mark.looptime, pytest.mark.usefixtures("spoken")]

DEVICES = (device("cuff-1", CUFF, "blood_pressure"), device("scale-1", SCALE, "scale"))
SENTENCES = {
    "told": ("Vi söker någon.", "We are calling."),
    "accepted": ("Någon har larmet.", "Somebody has it."),
    "on_its_way": ("Hjälp är på väg.", "Help is on its way."),
    "closed": ("Larmet är avslutat.", "The alarm is closed."),
}


def settings(folder: Path, **more: Any) -> HubConfig:
    return config(folder, *DEVICES, **{"say_command": [sys.executable, "-c", "pass", "{volume}"]} | more)


def help_(number: int, state: str, message: int = 311, alarm: int = 4711) -> dict[str, Any]:
    swedish, english = SENTENCES[state]
    return {"message": message, "number": number, "alarm": alarm, "state": state, "sv": swedish, "en": english}


def shown(desk: Desk) -> list[str]:
    lines = page.text(desk).splitlines()
    return [line.removeprefix("To the resident: ") for line in lines if line.startswith("To the resident")]


async def confirmed(at: Home, name: str = "hub-1") -> list[tuple[int, int]]:
    """Return what was confirmed until now, message and number."""
    await asyncio.sleep(1)
    return [(one["message"], one["number"]) for one in at.gateway.said(f"{name} heard")]


async def test_help_is_shown_said_and_confirmed_and_ends_when_the_alarm_is_closed(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        for number, state in enumerate(("accepted", "on_its_way"), 1):
            at.gateway.say("hub-1", "help", help_(number, state))
            assert shown(desk) == [SENTENCES[state][0]]
        at.gateway.say("hub-1", "help", help_(3, "closed"))
        assert shown(desk) == []
        assert SPOKEN == ["!Någon har larmet.", "!Hjälp är på väg.", "!Larmet är avslutat."]
        assert (await confirmed(at))[-1] == (311, 3)


async def test_each_repeat_is_confirmed_and_said_once(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)):
        for repeat in range(1, 4):
            at.gateway.say("hub-1", "help", help_(1, "accepted"))
            assert await confirmed(at) == [(311, 1)] * repeat
        assert SPOKEN == ["!Någon har larmet."]


async def test_a_late_word_undoes_nothing_and_is_not_confirmed(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("hub-1", "help", help_(2, "on_its_way"))
        at.gateway.say("hub-1", "help", help_(1, "accepted"))
        assert shown(desk) == ["Hjälp är på väg."]
        assert SPOKEN == ["!Hjälp är på väg."]
        assert await confirmed(at) == [(311, 2)]


async def test_what_is_told_to_the_hub_and_its_devices_is_said_once_and_confirmed_by_each(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        for message, name in enumerate(("cuff-1", "hub-1"), 311):
            at.gateway.say(name, "help", help_(1, "accepted", message))
        assert (shown(desk), SPOKEN) == (["Någon har larmet."], ["!Någon har larmet."])
        # Somebody has pressed again: the answer is heard again, once.
        for message, name in enumerate(("cuff-1", "hub-1"), 311):
            at.gateway.say(name, "help", help_(2, "accepted", message))
        assert len(SPOKEN) == 2
        at.gateway.say("hub-1", "help", help_(3, "closed", 312))
        # Late, about an alarm that is over.
        at.gateway.say("cuff-1", "help", help_(3, "on_its_way", 311))
        assert (shown(desk), len(SPOKEN)) == ([], 3)
        assert (await confirmed(at, "cuff-1"))[-1] == (311, 3)
        assert (await confirmed(at, "hub-1"))[-1] == (312, 3)


async def test_two_alarms_are_two(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("hub-1", "help", help_(1, "accepted"))
        at.gateway.say("hub-1", "help", help_(1, "on_its_way", 312, 4712))
        at.gateway.say("hub-1", "help", help_(2, "closed"))
        assert shown(desk) == ["Hjälp är på väg."]


async def test_a_restart_says_nothing_again_and_shows_what_stands(tmp_path: Path) -> None:
    async with home() as at:
        async with at.hub(settings(tmp_path)):
            at.gateway.say("hub-1", "help", help_(2, "on_its_way"))
        async with at.hub(settings(tmp_path)) as desk:
            at.gateway.say("hub-1", "help", help_(2, "on_its_way"))
            at.gateway.say("hub-1", "help", help_(1, "accepted"))
            assert (shown(desk), SPOKEN) == (["Hjälp är på väg."], ["!Hjälp är på väg."])
            assert (await confirmed(at))[-1] == (311, 2)
            await asyncio.sleep(25 * 3600)
            assert shown(desk) == []


async def test_settings_hold_over_a_restart_and_the_newest_wins(tmp_path: Path) -> None:
    async with home() as at:
        async with at.hub(settings(tmp_path)) as desk:
            said = {"message": 17, "number": 3, "heartbeat_s": 60, "volume": 40, "language": "en"}
            at.gateway.say("hub-1", "settings", said)
            at.gateway.say("hub-1", "settings", said | {"number": 2, "language": "sv", "heartbeat_s": 10})
            assert await confirmed(at) == [(17, 3)]
            at.gateway.say("hub-1", "help", help_(1, "accepted"))
            assert (SPOKEN, shown(desk)) == (["!Somebody has it."], ["Somebody has it."])
            beats = len(at.gateway.said("hub-1 heartbeat"))
            await asyncio.sleep(600)
            assert len(at.gateway.said("hub-1 heartbeat")) == beats + 10
        async with at.hub(settings(tmp_path)) as desk:
            at.gateway.say("hub-1", "settings", {"message": 17, "number": 1, "language": "sv"})
            assert desk.settings.voice("hub-1") == Voice("en", 40)
            assert desk.settings.heartbeat_s("hub-1") == 60
            at.gateway.say("hub-1", "settings", {"message": 17, "number": 4, "volume": 90})
            assert desk.settings.voice("hub-1") == Voice("en", 90)


async def test_a_device_has_settings_of_its_own_and_else_the_voice_of_the_hub(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("hub-1", "settings", {"message": 1, "number": 1, "heartbeat_s": 60, "volume": 50})
        at.gateway.say("cuff-1", "settings", {"message": 2, "number": 1, "language": "en"})
        assert desk.settings.voice("cuff-1") == Voice("en", 50)
        assert desk.settings.voice("scale-1") == Voice("sv", 50)
        assert desk.settings.heartbeat_s("cuff-1") == 300
        at.gateway.say("cuff-1", "help", help_(1, "accepted"))
        assert SPOKEN == ["!Somebody has it."]
        assert [Voice("en", 50)] == VOICES
        assert await confirmed(at, "cuff-1") == [(2, 1), (311, 1)]


async def test_a_device_is_told_of_at_the_interval_that_was_set_for_it(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("cuff-1", "settings", {"message": 2, "number": 1, "heartbeat_s": 3600})
        for _ in range(12):
            desk.health.devices["cuff-1"].heard(at.clock.now(), -50)
            await asyncio.sleep(601)
        assert len(at.gateway.said("cuff-1 heartbeat")) == 3
        assert len(at.gateway.said("hub-1 heartbeat")) == 25


async def test_settings_that_cannot_be_kept_are_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageFailedError("database or disk is full.")

    said = {"message": 17, "number": 1, "language": "en"}
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        with monkeypatch.context() as broken:
            broken.setattr(Memory, "remember", full)
            at.gateway.say("hub-1", "settings", said)
            at.gateway.say("hub-1", "help", help_(1, "accepted"))
            # Help is told and confirmed all the same.
            assert await confirmed(at) == [(311, 1)]
            assert (SPOKEN, shown(desk)) == (["!Någon har larmet."], ["Någon har larmet."])
        at.gateway.say("hub-1", "settings", said)
        assert (await confirmed(at))[-1] == (17, 1)
        assert desk.settings.voice("hub-1").language == "en"


async def test_a_volume_that_the_program_cannot_follow_is_told(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path, say_command=[sys.executable, "-c", "pass"])) as desk:
        at.gateway.say("hub-1", "settings", {"message": 17, "number": 1, "volume": 40})
        assert "The volume set for hub-1 has no effect: say_command has no {volume}." in page.text(desk)
        at.gateway.say("hub-1", "settings", {"message": 17, "number": 2, "volume": 0})
        assert "no effect" not in page.text(desk)
        assert await confirmed(at) == [(17, 2)]


async def test_a_hub_that_is_looked_for_says_where_it_is_for_as_long_as_it_was_told(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)):
        at.gateway.say("hub-1", "settings", {"message": 17, "number": 1, "volume": 0})
        at.gateway.say("hub-1", "find_me", {"message": 18, "number": 1, "for_s": 30})
        await asyncio.sleep(29)
        assert SPOKEN == ["Här är hubben hub-1."] * 10
        assert {one.volume for one in VOICES} == {100}
        at.gateway.say("hub-1", "find_me", {"message": 18, "number": 1, "for_s": 30})
        await asyncio.sleep(100)
        assert len(SPOKEN) <= 11
        assert (await confirmed(at))[-1] == (18, 1)


async def test_a_device_that_is_looked_for_is_found_by_its_signal(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path, language="en")) as desk:
        desk.health.devices["cuff-1"].heard(at.clock.now(), -90)
        at.gateway.say("cuff-1", "find_me", {"message": 18, "number": 1, "for_s": 2})
        await asyncio.sleep(10)
        assert SPOKEN == ["Here is the hub. cuff-1 can make no sound. Its signal here is weak."]


async def test_a_hub_without_a_voice_does_not_say_that_it_can_be_found(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path, say_command=[])):
        at.gateway.say("hub-1", "find_me", {"message": 18, "number": 1, "for_s": 2})
        assert await confirmed(at) == []
        assert at.gateway.said("hub-1 heartbeat")[0]["prompt"] is False


async def test_the_program_is_named_at_once(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        await asyncio.sleep(100)
        assert len(at.gateway.said("hub-1 heartbeat")) == 1
        cuff = desk.health.devices["cuff-1"]
        cuff.firmware = "1.7"
        cuff.heard(at.clock.now(), -50)
        for name in ("hub-1", "cuff-1", "scale-1"):
            at.gateway.say(name, "firmware", {"message": 19, "number": 1})
        await asyncio.sleep(1)
        beat = at.gateway.said("hub-1 heartbeat")[1]
        assert (beat["firmware"], beat["prompt"]) == (version("hemvakt"), True)
        assert [one["firmware"] for one in at.gateway.said("cuff-1 heartbeat")] == ["1.7"]
        # Nobody has heard it, and nothing may hide that.
        assert at.gateway.said("scale-1 heartbeat") == []
        await asyncio.sleep(200)
        assert len(at.gateway.said("hub-1 heartbeat")) == 3


@pytest.mark.parametrize("channel", ["help", "settings", "find_me", "firmware"])
@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"[]", b"{}", b"[" * 16_000, b"x" * 100_000, b'{"message":1e400,"number":1}',
        b'{"message":0,"number":1,"alarm":1,"state":"told","sv":"x","en":"x","for_s":5}',
        b'{"message":1,"number":2147483648,"alarm":1,"state":"told","sv":"x","en":"x","for_s":5}',
        b'{"message":"1","number":1,"alarm":1,"state":"told","sv":"x","en":"x","for_s":5}',
        b'{"message":999999999999999999999999,"number":1,"alarm":1,"state":"told","sv":"x","en":"x","for_s":5}',
        b'{"number":1,"alarm":1,"state":"told","sv":"x","en":"x","for_s":5}',
    ],
)  # fmt: skip
async def test_what_cannot_be_read_changes_nothing(tmp_path: Path, channel: str, payload: bytes) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("hub-1", channel, payload)
        assert await confirmed(at) == []
        assert (shown(desk), SPOKEN) == ([], [])


@pytest.mark.parametrize(
    ("channel", "wrong"),
    [
        ("help", {"alarm": -1}), ("help", {"alarm": 2**70}), ("help", {"state": "<b>"}), ("help", {"state": ""}),
        ("help", {"sv": None}), ("settings", {"heartbeat_s": 9}), ("settings", {"heartbeat_s": 0.5}),
        ("settings", {"heartbeat_s": 86_401}), ("settings", {"volume": -1}), ("settings", {"volume": 101}),
        ("settings", {"language": "de"}), ("settings", {"language": "sv; reboot"}), ("find_me", {"for_s": 0}),
        ("find_me", {"for_s": 301}), ("find_me", {"for_s": True}),
    ],
)  # fmt: skip
async def test_a_value_out_of_bounds_is_refused_whole(tmp_path: Path, channel: str, wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"message": 1, "number": 1}
    right |= help_(1, "told", 1) if channel == "help" else {"for_s": 5} if channel == "find_me" else {"volume": 3}
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("hub-1", channel, right | wrong)
        assert await confirmed(at) == []
        assert SPOKEN == []
        assert desk.settings.voice("hub-1") == Voice("sv", 100)
        at.gateway.say("hub-1", channel, right)
        assert await confirmed(at) == [(1, 1)]


async def test_what_is_said_to_another_home_is_not_for_this_hub(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("neighbour", "help", help_(1, "accepted"))
        assert (shown(desk), SPOKEN, await confirmed(at, "neighbour")) == ([], [], [])


async def test_an_endless_row_of_words_is_bounded_and_keeps_no_message_waiting(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(settings(tmp_path)) as desk,
    ):
        at.gateway.willing = False
        for number in range(1, 500):
            at.gateway.say("hub-1", "help", help_(1, "accepted", number, number))
        assert len(shown(desk)) == 16
        assert len(desk.memory.fact("hub-1", Fact.SAID) or "") < 5000
        await asyncio.sleep(60)
        assert len(desk.queue) < 15
        cuff.measure(120, 80, 60)
        assert await cuff.call()
        at.gateway.willing = True
        await asyncio.sleep(60)
        assert len(at.gateway.said("cuff-1 measurement")) == 1
        assert len(desk.queue) == 0


async def test_a_confirmation_that_waits_is_not_doubled(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)):
        at.gateway.willing = False
        for _ in range(100):
            at.gateway.say("hub-1", "help", help_(1, "accepted"))
            await asyncio.sleep(1)
        assert len(at.gateway.said("hub-1 heard")) == 1
        at.gateway.say("hub-1", "help", help_(2, "on_its_way"))
        await asyncio.sleep(1)
        assert [one["number"] for one in at.gateway.said("hub-1 heard")] == [1, 2]


async def test_hostile_text_stays_text_and_no_log_holds_it(tmp_path: Path) -> None:
    hostile = "--help; $(touch hacked)\n<script>\x1b[2J\u202e " + "x" * 5000
    with capture_logs() as logged:
        async with home() as at, at.hub(settings(tmp_path)) as desk:
            at.gateway.say("hub-1", "help", help_(1, "accepted") | {"sv": hostile})
            assert SPOKEN[0].startswith("!--help; $(touch hacked) <script> [2J x")
            assert len(SPOKEN[0]) == 301
            assert "<script>" not in page.html(desk)
    assert "touch hacked" not in str(logged)


async def test_what_was_kept_and_is_spoilt_does_not_keep_the_hub_from_starting(tmp_path: Path) -> None:
    async with home() as at:
        async with at.hub(settings(tmp_path)) as desk:
            for fact in (Fact.SAID, Fact.SETTINGS, Fact.HELP):
                desk.memory.remember("hub-1", fact, '{"id": 7')
        async with at.hub(settings(tmp_path)) as desk:
            at.gateway.say("hub-1", "help", help_(1, "accepted"))
            assert shown(desk) == ["Någon har larmet."]


async def test_a_clock_that_is_set_back_lets_no_old_word_in(tmp_path: Path) -> None:
    async with home() as at, at.hub(settings(tmp_path)) as desk:
        at.gateway.say("hub-1", "settings", {"message": 17, "number": 3, "language": "en"})
        at.clock.jump -= timedelta(days=400)
        at.gateway.say("hub-1", "settings", {"message": 17, "number": 2, "language": "sv"})
        assert desk.settings.voice("hub-1").language == "en"


async def test_the_examples_of_the_document_are_gone_by(tmp_path: Path) -> None:
    text = await asyncio.to_thread((Path(__file__).parents[2] / "docs" / "asyncapi.yaml").read_text, encoding="utf-8")
    messages = yaml.safe_load(text)["components"]["messages"]
    async with home() as at, at.hub(settings(tmp_path)):
        for channel in ("help", "settings", "find_me", "firmware"):
            at.gateway.say("hub-1", channel, json.dumps(messages[channel]["examples"][0]["payload"]).encode())
        assert len(await confirmed(at)) == 4


async def test_urgent_sentences_keep_their_order_and_at_no_volume_nothing_waits() -> None:
    speech = Speech(["cat"])
    speech.say("a", Voice("en", 40))
    speech.say("b", Voice("sv", 0))
    assert len(speech._waiting) == 1
    assert not speech.is_idle
    for text in ("first", "second"):
        speech.say(text, Voice("sv", 100), urgent=True)
    assert [one.text for one in speech._waiting] == ["first", "second", "a"]
