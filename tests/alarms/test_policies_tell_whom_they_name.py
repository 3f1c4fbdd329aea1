"""A step tells exactly whom its targets mean, round after round; an alarm centre is told and is nobody's colleague."""

from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import insert, select

from alarms.delivery import outbox
from alarms.errors import NoSuchResponderError, UnreachableColleagueError
from alarms.escalation.policy import DEFAULTS, Policies, Step
from alarms.escalation.target import parse
from rules.base import AlarmClass
from store import tables
from tests.alarms.town import Town, add_contact

LIFE = AlarmClass.LIFE_SAFETY


def policy(town: Town, steps: list[tuple[float, list[str]]], **more: Any) -> None:
    """Give every team a policy for life safety."""
    content = {"steps": [{"after_s": after, "targets": targets} for after, targets in steps], **more}
    row = {"id": "p", "name": "P", "alarm_class": "life_safety", "position": 0, "content": content, "active": True}
    town.do(lambda c: c.execute(insert(tables.policy).values(row)))


def centre(town: Town) -> None:
    row = {"id": "region", "name": "Region", "team_id": "north", "centre": True}
    town.do(lambda c: c.execute(insert(tables.responder).values(row)))
    town.do(lambda c: add_contact(c, "region", "webhook", "https://centre.example/alarm"))


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("on_duty", ["bo"]),
        ("on_duty@south", ["stig"]),
        ("team", ["anna", "bo", "cia", "sara"]),
        ("team:south", ["stig", "sven"]),
        ("supervisors", ["sara"]),
        ("fallback", ["stig", "sven"]),
        ("responder:cia", ["cia"]),
    ],
)
def test_a_target_means(town: Town, target: str, told: list[str]) -> None:
    policy(town, [(0, [target])])
    assert town.names(town.press(), "step") == told


@pytest.mark.parametrize(
    "target",
    [
        "",
        "nobody",
        "on_duty:",
        "on_duty:cook",
        "on_duty@",
        "team:",
        "responder",
        "centre:",
        "centre:a b",
        "on_duty:nurse:x",
    ],
)
def test_what_means_nobody_is_refused(target: str) -> None:
    with pytest.raises(ValidationError):
        Step(after_s=0, targets=(target,))


def test_a_target_carries_its_skill_and_its_team() -> None:
    assert parse("on_duty:home_care@south") == ("on_duty", "home_care", "south")
    assert parse("on_duty") == ("on_duty", None, None)
    assert parse("team:south") == ("team", "south", None)


def test_the_steps_are_gone_through_again_before_everybody_is_rung(town: Town) -> None:
    policy(town, [(0, ["responder:bo"]), (30, ["responder:cia"])], repeat=2, repeat_after_s=45)
    alarm, opened = town.press(), town.now
    town.advance(239)
    steps = [(told.responder_id, (told.created_at - opened).total_seconds()) for told in town.told(alarm, "step")]
    assert steps == [("bo", 0), ("cia", 30), ("bo", 75), ("cia", 105), ("bo", 150), ("cia", 180)]
    assert not town.alarm(alarm).exhausted
    town.advance(1)
    assert town.alarm(alarm).exhausted
    town.advance(600)
    rings = sorted({told.created_at for told in town.told(alarm, "ring")})
    assert {(second - first).total_seconds() for first, second in pairwise(rings)} == {60}


def test_an_alarm_centre_is_told_by_its_own_way_and_only_when_it_is_named(town: Town) -> None:
    centre(town)
    unnamed = town.press()
    town.advance(600)
    assert "region" not in [told.responder_id for told in town.detail(unnamed).told]
    policy(town, [(0, ["on_duty"]), (60, ["centre:region"])])
    alarm = town.press(subject="other")
    town.advance(60)
    assert town.names(alarm, "step", channel="webhook") == ["region"]
    claimed = town.do(
        lambda c: outbox.claim(c, "webhook", "here", town.now, lease_s=20, limit=9, base_url="http://127.0.0.1")
    )
    assert [page.address for page in claimed] == ["https://centre.example/alarm"]


def test_an_alarm_centre_takes_no_alarm_and_none_is_handed_to_it(town: Town) -> None:
    centre(town)
    alarm = town.press()
    with pytest.raises(NoSuchResponderError):
        town.accept(alarm, "region")
    town.accept(alarm, "anna")
    with pytest.raises(UnreachableColleagueError):
        town.act("hand_over", alarm, "anna", to="region", reason="far away")


def test_E5_an_alarm_centre_that_is_not_there_is_nobody_and_the_next_step_comes_at_once(town: Town) -> None:
    policy(town, [(0, ["centre:gone"]), (60, ["supervisors"])])
    alarm = town.press()
    assert town.names(alarm, "step") == ["sara"]
    code = select(tables.alarm.c.code).where(tables.alarm.c.rule == "desk")
    assert town.see(lambda c: c.execute(code).scalars().all()) == ["nobody_reached"]


def test_life_safety_is_told_at_once_and_at_60_120_and_180_s_unless_a_policy_says_otherwise() -> None:
    chain = DEFAULTS[LIFE]
    assert [(chain.delay(number), chain.step(number).targets) for number in range(chain.length)] == [
        (0, ("on_duty",)),
        (60, ("on_duty",)),
        (60, ("team",)),
        (60, ("supervisors",)),
    ]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"steps": [{"after_s": 1, "targets": ["on_duty"]}]}, "steps"),
        ({"steps": [{"after_s": 0, "targets": ["on_duty"]}, {"after_s": 901, "targets": ["team"]}]}, "steps"),
        ({"repeat": 1, "repeat_after_s": 901}, "steps"),
        ({"ring_s": 61}, "ring_s"),
        ({"confirm_s": None}, "confirm_s"),
    ],
)
def test_E4_a_policy_too_slow_or_too_quiet_for_life_safety_is_refused(content: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        Policies().with_changes(LIFE, "p", content)
    Policies().with_changes(AlarmClass.TECHNICAL, "p", content)
