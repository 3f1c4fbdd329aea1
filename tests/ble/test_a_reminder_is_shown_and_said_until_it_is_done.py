"""What comes down for the resident: shown, said once by a program, kept until measured or over, and never dangerous."""

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from devices.hub import page
from devices.hub.speech import Speech
from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.scale import Scale
from tests.ble.home import CUFF, SCALE, START, config, device, home
from tests.ble.spoken import SPOKEN

DEVICES = (device("cuff-1", CUFF, "blood_pressure"), device("scale-1", SCALE, "scale"))
REMINDER: dict[str, Any] = {
    "reminder": "limits:resident-7:weight_reminder:08:00:2026-03-01",
    "measure": "weight",
    "until": (START + timedelta(hours=2)).isoformat(),
    "sv": "Dags att mäta: vikt, väntad kl. 08:00.",
    "en": "Time to measure: weight, expected at 08:00.",
}
PROMPT = {"prompt": "fall:x:1:fall_asked", "within_s": 20, "sv": "Behöver du hjälp?", "en": "Do you need help?"}


pytestmark = pytest.mark.usefixtures("spoken")


def shown(desk: Any) -> list[str]:
    return [line for line in page.text(desk).splitlines() if line.startswith("To the resident")]


@pytest.mark.looptime
async def test_it_is_shown_and_said_once_and_ends_with_the_measurement(tmp_path: Path) -> None:
    async with home() as at:
        cuff = Cuff(at.air, CUFF, "cuff", clock=at.clock.local)
        scale = Scale(at.air, SCALE, "scale", clock=at.clock.local)
        async with cuff.powered(), scale.powered(), at.hub(config(tmp_path, *DEVICES)) as desk:
            for name in ("hub-1", "cuff-1", "scale-1", "scale-1"):
                at.gateway.say(name, "reminder", REMINDER)
            assert shown(desk) == ["To the resident: Dags att mäta: vikt, väntad kl. 08:00."]
            assert SPOKEN == ["Dags att mäta: vikt, väntad kl. 08:00."]
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(10)
            assert shown(desk)
            scale.weigh(71.45)
            assert await scale.call()
            await asyncio.sleep(10)
            assert shown(desk) == []


@pytest.mark.looptime
async def test_it_is_over_when_its_time_is_and_stands_over_a_restart_until_then(tmp_path: Path) -> None:
    async with home() as at:
        settings = config(tmp_path, *DEVICES, language="en")
        async with at.hub(settings):
            at.gateway.say("hub-1", "reminder", REMINDER)
        async with at.hub(settings) as desk:
            assert shown(desk) == ["To the resident: Time to measure: weight, expected at 08:00."]
            at.gateway.say("hub-1", "reminder", REMINDER)
            assert len(SPOKEN) == 1
            await asyncio.sleep(7100)
            assert shown(desk)
            await asyncio.sleep(200)
            assert shown(desk) == []
            at.gateway.say("hub-1", "reminder", REMINDER)  # late: its time is over
            assert (shown(desk), len(SPOKEN)) == ([], 1)


@pytest.mark.looptime
async def test_a_question_is_said_first_and_shown_for_as_long_as_it_may_be_answered(tmp_path: Path) -> None:
    async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
        at.gateway.say("cuff-1", "prompt", PROMPT)
        assert SPOKEN == ["!Behöver du hjälp?"]
        assert shown(desk)
        await asyncio.sleep(21)
        assert shown(desk) == []


@pytest.mark.looptime
async def test_one_that_does_not_say_until_when_holds_four_hours_and_none_holds_for_ever(tmp_path: Path) -> None:
    async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
        at.gateway.say("hub-1", "reminder", {"reminder": "a", "sv": "A", "en": "A"})
        at.gateway.say("hub-1", "reminder", REMINDER | {"reminder": "b", "until": "9999-01-01T00:00:00Z"})
        await asyncio.sleep(3600)
        assert len(shown(desk)) == 2
        await asyncio.sleep(3 * 3600 + 60)
        assert len(shown(desk)) == 1
        await asyncio.sleep(21 * 3600)
        assert shown(desk) == []
        at.gateway.say("hub-1", "reminder", REMINDER | {"reminder": "c", "until": "9999-01-01T00:00:00Z"})
        at.clock.jump -= timedelta(days=400)
        assert shown(desk) == []


@pytest.mark.parametrize(
    ("channel", "payload"),
    [
        ("reminder", b""),
        ("reminder", b"\xff"),
        ("reminder", b"[" * 16_000),
        ("reminder", b'{"reminder": "a", "sv": "A"}'),
        ("reminder", REMINDER | {"reminder": ""}),
        ("reminder", REMINDER | {"reminder": "x" * 161}),
        ("reminder", REMINDER | {"sv": 7}),
        ("reminder", REMINDER | {"until": "soon"}),
        ("reminder", REMINDER | {"sv": "x" * 20_000}),
        ("prompt", PROMPT | {"within_s": 0}),
        ("prompt", PROMPT | {"within_s": 1e12}),
        ("prompt", PROMPT | {"within_s": "20"}),
        ("something_new", REMINDER),
        ("Reminder", REMINDER),
    ],
)
async def test_what_cannot_be_read_is_passed_over_and_stops_nothing(tmp_path: Path, channel: str, payload: Any) -> None:
    async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
        at.gateway.say("hub-1", channel, payload)
        assert (shown(desk), SPOKEN) == ([], [])
        at.gateway.say("hub-1", "reminder", REMINDER)
        assert len(shown(desk)) == 1


async def test_what_is_meant_for_another_hub_is_not_shown(tmp_path: Path) -> None:
    async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
        at.gateway.say("neighbour", "reminder", REMINDER)
        assert (shown(desk), SPOKEN) == ([], [])


async def test_hostile_text_stays_text(tmp_path: Path) -> None:
    hostile = "--help; $(touch hacked) `id`\n<script>\x1b[2J\x00\u202e " + "x" * 5000
    async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
        at.gateway.say("hub-1", "reminder", REMINDER | {"sv": hostile})
        (said,) = SPOKEN
        assert said.startswith("--help; $(touch hacked) `id` <script> [2J x")
        assert len(said) == 300
        assert "<script>" not in page.html(desk)


async def test_an_endless_row_of_reminders_is_cut_and_no_log_tells_what_is_expected(tmp_path: Path) -> None:
    with capture_logs() as logged:
        async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
            for number in range(200):
                at.gateway.say("hub-1", "reminder", REMINDER | {"reminder": str(number)})
            assert len(shown(desk)) == 16
    assert "vikt" not in str(logged)
    assert "weight" not in str(logged)


async def test_a_kept_list_that_is_spoilt_does_not_keep_the_hub_from_starting(tmp_path: Path) -> None:
    async with home() as at:
        settings = config(tmp_path, *DEVICES)
        async with at.hub(settings) as desk:
            desk.memory.remember("hub-1", "notices", '[{"id": 7')  # type: ignore[arg-type]
        async with at.hub(settings) as desk:
            assert shown(desk) == []


def program(folder: Path, body: str) -> list[str]:
    return [sys.executable, "-c", f"import os, sys, time\nos.chdir({str(folder)!r})\n{body}"]


async def spoken(speech: Speech, *texts: str, until: Any) -> None:
    task = asyncio.create_task(speech.run())
    for text in texts:
        speech.say(text)
    async with asyncio.timeout(60):
        while not until():  # noqa: ASYNC110 - the program is another process and has no event
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_program_gets_the_text_as_a_line_and_nothing_of_it_as_an_argument(tmp_path: Path) -> None:
    body = "open('said', 'a').write(sys.stdin.read() + repr(sys.argv[1:]) + chr(10)); open('done', 'a').write('x')"
    done = tmp_path / "done"
    speech = Speech([*program(tmp_path, body), "--stdin"])
    await spoken(speech, "--help $(id)", "två", until=lambda: done.exists() and done.read_text() == "xx")
    assert (tmp_path / "said").read_text() == "--help $(id)\n['--stdin']\ntvå\n['--stdin']\n"


async def test_a_program_that_hangs_is_ended_with_its_children_and_the_next_sentence_is_said(tmp_path: Path) -> None:
    body = """
text = sys.stdin.read()
if text.startswith("hang"):
    child = os.fork()
    if child:
        open("child", "w").write(str(child))
    time.sleep(3600)
open("said", "w").write(text)
"""
    said = tmp_path / "said"
    speech = Speech(program(tmp_path, body), limit_s=5.0)
    await spoken(speech, "hang", "after", until=lambda: said.exists() and said.read_text() == "after\n")
    child = int((tmp_path / "child").read_text())
    limit = time.monotonic() + 30
    while _lives(child) and time.monotonic() < limit:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.05)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_a_program_that_fails_or_is_gone_is_told_and_stops_nothing(tmp_path: Path) -> None:
    with capture_logs() as logged:
        failing = Speech(program(tmp_path, "sys.exit(3)"))
        await spoken(failing, "a", until=lambda: any(one.get("code") == 3 for one in logged))
        gone = Speech([str(tmp_path / "absent")])
        await spoken(gone, "b", until=lambda: any(one["event"] == "nothing can be said" for one in logged))
        deaf = Speech(program(tmp_path, "os.close(0)"))
        await spoken(deaf, "c" * 100_000, "d", until=lambda: not deaf._waiting)


async def test_what_waits_to_be_said_is_bounded_and_an_urgent_sentence_goes_first() -> None:
    speech = Speech(["cat"])
    for number in range(1000):
        speech.say(str(number))
    speech.say("help?", urgent=True)
    assert speech._waiting[0].text == "help?"
    assert len(speech._waiting) == 8
    silent = Speech([])
    silent.say("x")
    assert not silent._waiting


def test_the_reminder_that_the_gateway_sends_is_the_one_that_the_hub_reads(tmp_path: Path) -> None:
    import yaml

    wire = yaml.safe_load((Path(__file__).parents[2] / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))
    messages = wire["components"]["messages"]

    async def tell() -> None:
        async with home() as at, at.hub(config(tmp_path, *DEVICES)) as desk:
            at.clock.jump += timedelta(hours=1)
            for channel in ("reminder", "prompt"):
                at.gateway.say("hub-1", channel, json.dumps(messages[channel]["examples"][0]["payload"]).encode())
            assert len(shown(desk)) == 2

    asyncio.run(tell())
