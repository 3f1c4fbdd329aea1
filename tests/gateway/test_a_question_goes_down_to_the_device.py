"""What a finding asks of a resident is published to the right device after the commit, and raises no alarm."""

import base64
import json
from typing import Any

import numpy as np

from rules.base import AlarmClass, Asks, Finding, Scope
from store.tables import alarm, finding
from tests.gateway.world import World

SCALE_G = 0.001


def _up(world: World, channel: str, seq: int, **said: Any) -> World:
    return world.say(f"hemvakt/v1/pendant-1/up/{channel}", json.dumps({"boot": "b", "seq": seq, **said}).encode())


def _fallen(world: World) -> dict[str, Any]:
    """Let a pendant that can ask feel a fall; return the prompt."""
    _up(world, "heartbeat", 1, prompt=True)
    _up(world, "acceleration", 2, position="pendant", rate_hz=50, range_g=8, scale_g=SCALE_G, samples=_fall())
    (said,) = [json.loads(payload) for topic, payload in world.link.answers if topic == PROMPT]
    assert world.rows(alarm) == []
    prompt: dict[str, Any] = said
    return prompt


PROMPT = "hemvakt/v1/pendant-1/down/prompt"


def _fall() -> str:
    """Return 4 s upright, a drop, a hit of 5 g, and 6 s of lying still, at 50 Hz."""
    rng = np.random.default_rng(1)
    up, down = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.05, 1.0])
    ringing_s = np.arange(30)[:, None] / 50
    hit = down + 4 * np.exp(-ringing_s / 0.09) * np.cos(2 * np.pi * 5 * ringing_s) * down
    parts = [np.tile(up, (200, 1)), np.tile(up * 0.3, (17, 1)), hit, np.tile(down, (300, 1))]
    samples = np.concatenate(parts) + rng.normal(0, 0.006, (547, 3))
    return base64.b64encode(np.round(samples / SCALE_G).astype("<i2").tobytes()).decode()


def test_the_pendant_asks_and_staff_are_told_when_nobody_answers(world: World) -> None:
    prompt = _fallen(world)
    assert prompt["within_s"] == 20
    assert "20 s" in prompt["sv"]
    assert [row.code for row in world.rows(finding)] == ["fall_asked"]
    world.clock.advance(seconds=21)
    world.turn()
    (raised,) = world.rows(alarm)
    assert (raised.rule, raised.alarm_class) == ("fall", "life_safety")


def test_an_answer_that_all_is_well_ends_it(world: World) -> None:
    prompt = _fallen(world)
    _up(world, "answer", 3, prompt=prompt["prompt"], answer="fine")
    world.clock.advance(minutes=10)
    world.turn()
    assert world.rows(alarm) == []
    assert [row.code for row in world.rows(finding)] == ["fall_asked", "fall_fine"]


def test_an_answer_that_help_is_needed_and_one_that_cannot_be_read_are_alarms_at_once(world: World) -> None:
    prompt = _fallen(world)
    _up(world, "answer", 3, prompt=prompt["prompt"], answer="help")
    _up(world, "answer", 4, prompt=prompt["prompt"], answer="perhaps")
    assert [(row.code, row.alarm_class) for row in world.rows(alarm)] == [
        ("fall_help", "life_safety"),
        ("unreadable", "life_safety"),
    ]


def test_a_crash_after_the_question_loses_no_fall(world: World) -> None:
    _fallen(world)
    world.restart()
    world.clock.advance(seconds=21)
    world.turn()
    assert [row.rule for row in world.rows(alarm)] == ["fall"]


def test_a_reminder_goes_to_the_devices_of_the_resident_and_to_nobody_else(world: World) -> None:
    reminder = Finding(
        key="limits:resident-1:weight_reminder:08:00:2026-01-13",
        rule="limits",
        code="weight_reminder",
        alarm_class=AlarmClass.CARE,
        scope=Scope.RESIDENT,
        subject="resident-1",
        time=world.clock.now(),
        facts={"due": "08:00", "measure": "weight", "until": "2026-01-13T09:00:00+00:00"},
        asks=Asks.REMINDER,
    )
    world.worker.concern(reminder)
    world.turn()
    assert {topic for topic, _ in world.link.answers} == {
        "hemvakt/v1/hub-1/down/reminder",
        "hemvakt/v1/pendant-1/down/reminder",
    }
    said = json.loads(world.link.answers[0][1])
    assert said["reminder"] == reminder.key
    assert (said["measure"], said["until"]) == ("weight", "2026-01-13T09:00:00+00:00")
    assert "08:00" in said["sv"]
    assert world.rows(alarm) == []
